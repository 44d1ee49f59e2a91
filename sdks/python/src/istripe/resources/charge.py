"""Charges: money taken from a token's card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Literal, Optional, TypedDict, Union

from .._list import ListObject
from .._object import IStripeObject
from .._resource import RequestOptions, Resource
from .balance_transaction import BalanceTransaction
from .list_params import ListParams

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .token import Token


class _AddressParams(TypedDict, total=False):
    line1: str
    line2: str
    city: str
    state: str
    postal_code: str
    country: str


class ChargeShippingParams(TypedDict, total=False):
    address: _AddressParams
    name: str
    phone: str
    carrier: str
    tracking_number: str


class ChargeCreateParams(RequestOptions, total=False):
    """`amount` is an integer in the smallest unit of `currency`; `source` is a token or its id."""

    amount: int
    currency: str
    source: Union[str, Token]
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


class ChargeListParams(ListParams, total=False):
    customer: str
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
    customer: Union[str, IStripeObject, None]
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
    refunds: ListObject[Any]
    review: Optional[str]
    shipping: Optional[IStripeObject]
    source: Any
    source_transfer: Optional[str]
    statement_descriptor: Optional[str]
    statement_descriptor_suffix: Optional[str]
    status: str
    transfer_data: Optional[IStripeObject]
    transfer_group: Optional[str]

    @classmethod
    def create(cls, **params: Unpack[ChargeCreateParams]) -> Charge:
        """Charges a token. Raises CardError when the card is declined."""
        return cls._request("POST", "/v1/charges", params)  # type: ignore[no-any-return]

    @classmethod
    def retrieve(cls, id: str, **params: Unpack[ChargeRetrieveParams]) -> Charge:
        """Reads a charge."""
        return cls._request("GET", cls._path("/v1/charges", id), params)  # type: ignore[no-any-return]

    @classmethod
    def list(cls, **params: Unpack[ChargeListParams]) -> ListObject[Charge]:
        """Reads a page of charges, newest first."""
        return cls._request("GET", "/v1/charges", params)  # type: ignore[no-any-return]
