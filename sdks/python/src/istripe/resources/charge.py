"""Charges: money taken from a card, which a token or a customer stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Dict, List, Literal, Optional, TypedDict, Union

from .._list import ListObject
from .._object import IStripeObject
from .._resource import RequestOptions, Resource
from .._search_result import SearchResultObject
from .address_params import ShippingParams
from .balance_transaction import BalanceTransaction
from .card import Card
from .card_params import CardSourceParams
from .list_params import ListParams, PageParams, SearchParams

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .customer import Customer
    from .refund import Refund
    from .token import Token


class ChargeShippingParams(ShippingParams, total=False):
    carrier: str
    tracking_number: str


class FraudDetailsParams(TypedDict):
    user_report: Literal["fraudulent", "safe", "", None]


class ChargeCreateParams(RequestOptions, total=False):
    """`amount` is an integer in the smallest unit of `currency`.

    `source` is a token, its id, or a card; with `customer` it is one of the customer's cards, by default the default.
    """

    amount: int
    currency: str
    source: Union[str, Token, Card, CardSourceParams]
    customer: Union[str, Customer]
    capture: bool
    description: Optional[str]
    metadata: Dict[str, str]
    receipt_email: Optional[str]
    shipping: ChargeShippingParams
    statement_descriptor: Optional[str]
    statement_descriptor_suffix: Optional[str]
    transfer_group: str
    expand: List[str]


class ChargeRetrieveParams(RequestOptions, total=False):
    expand: List[str]


class ChargeModifyParams(RequestOptions, total=False):
    """`None` or `""` clears the description and the address for the receipt; `customer` can be set only once."""

    customer: Union[str, Customer]
    description: Optional[str]
    fraud_details: FraudDetailsParams
    metadata: Union[Dict[str, Optional[str]], Literal[""], None]
    receipt_email: Optional[str]
    shipping: ChargeShippingParams
    transfer_group: str
    expand: List[str]


class ChargeCaptureParams(RequestOptions, total=False):
    """`amount` is what to take of the charge's amount; without it, all. The rest is let go."""

    amount: int
    receipt_email: str
    statement_descriptor: str
    statement_descriptor_suffix: str
    transfer_group: str
    expand: List[str]


class ChargeListParams(ListParams, total=False):
    customer: Union[str, Customer]
    payment_intent: str
    transfer_group: str


class Charge(Resource):
    """One attempt to take money. Amounts are in the smallest unit of `currency`, times in Unix seconds."""

    id: str
    object: Literal["charge"]
    amount: int
    amount_captured: int
    amount_refunded: int
    application: Optional[str]
    application_fee: Optional[str]
    application_fee_amount: Optional[int]
    balance_transaction: Union[str, BalanceTransaction, None]
    billing_details: IStripeObject
    calculated_statement_descriptor: Optional[str]
    captured: bool
    created: int
    currency: str
    customer: Union[str, Customer, None]
    description: Optional[str]
    disputed: bool
    failure_balance_transaction: Union[str, BalanceTransaction, None]
    failure_code: Optional[str]
    failure_message: Optional[str]
    fraud_details: Optional[IStripeObject]
    livemode: bool
    metadata: IStripeObject
    on_behalf_of: Optional[str]
    outcome: Optional[IStripeObject]
    paid: bool
    payment_intent: Union[str, IStripeObject, None]
    payment_method: Optional[str]
    payment_method_details: Optional[IStripeObject]
    radar_options: IStripeObject
    receipt_email: Optional[str]
    receipt_number: Optional[str]
    receipt_url: Optional[str]
    refunded: bool
    #: Sent only where `expand=["refunds"]` asks for it.
    refunds: ListObject[Refund]
    review: Optional[str]
    shipping: Optional[IStripeObject]
    source: Optional[Card]
    source_transfer: Optional[str]
    statement_descriptor: Optional[str]
    statement_descriptor_suffix: Optional[str]
    status: str
    transfer_data: Optional[IStripeObject]
    transfer_group: Optional[str]

    @classmethod
    def create(cls, **params: Unpack[ChargeCreateParams]) -> Charge:
        """Charges a card, or with `capture=False` only authorizes it. Raises CardError when it is declined."""
        return cls._request("POST", "/v1/charges", params)  # type: ignore[no-any-return]

    @classmethod
    def retrieve(cls, id: str, **params: Unpack[ChargeRetrieveParams]) -> Charge:
        """Reads a charge."""
        return cls._request("GET", cls._path("/v1/charges", id), params)  # type: ignore[no-any-return]

    @classmethod
    def modify(cls, id: str, **params: Unpack[ChargeModifyParams]) -> Charge:
        """Changes what is given and leaves the rest; metadata is merged."""
        return cls._request("POST", cls._path("/v1/charges", id), params)  # type: ignore[no-any-return]

    @classmethod
    def capture(cls, id: str, **params: Unpack[ChargeCaptureParams]) -> Charge:
        """Takes the money of a charge that was only authorized."""
        return cls._request("POST", cls._path("/v1/charges", id) + "/capture", params)  # type: ignore[no-any-return]

    @classmethod
    def list(cls, **params: Unpack[ChargeListParams]) -> ListObject[Charge]:
        """Reads a page of charges, newest first."""
        return cls._request("GET", "/v1/charges", params)  # type: ignore[no-any-return]

    @classmethod
    def search(cls, **params: Unpack[SearchParams]) -> SearchResultObject[Charge]:
        """Finds charges. What changed a moment ago may be missing: the index follows the data."""
        return cls._request("GET", "/v1/charges/search", params)  # type: ignore[no-any-return]

    @classmethod
    def list_refunds(cls, charge: str, **params: Unpack[PageParams]) -> ListObject[Refund]:
        """Reads a page of a charge's refunds, newest first."""
        return cls._request("GET", cls._path("/v1/charges", charge) + "/refunds", params)  # type: ignore[no-any-return]
