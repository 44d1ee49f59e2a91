"""Refunds: money of a charge that is given back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Dict, List, Literal, Optional, Union

from .._list import ListObject
from .._object import IStripeObject
from .._resource import RequestOptions, Resource
from .balance_transaction import BalanceTransaction
from .list_params import ListParams

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .charge import Charge
    from .customer import Customer


class RefundCreateParams(RequestOptions, total=False):
    """`amount` is an integer in the smallest unit of the charge's currency; without it, all that is left."""

    charge: Union[str, Charge]
    amount: int
    metadata: Dict[str, str]
    payment_intent: str
    reason: Literal["duplicate", "fraudulent", "requested_by_customer"]
    expand: List[str]


class RefundRetrieveParams(RequestOptions, total=False):
    expand: List[str]


class RefundModifyParams(RequestOptions, total=False):
    metadata: Union[Dict[str, Optional[str]], Literal[""], None]
    expand: List[str]


class RefundListParams(ListParams, total=False):
    charge: Union[str, Charge]
    payment_intent: str


class Refund(Resource):
    """Amounts are in the smallest unit of `currency`, times in Unix seconds; `failure_*` only where it failed."""

    id: str
    object: Literal["refund"]
    amount: int
    balance_transaction: Union[str, BalanceTransaction, None]
    charge: Union[str, Charge, None]
    created: int
    currency: str
    customer: Union[str, Customer, None]
    customer_account: Optional[str]
    destination_details: IStripeObject
    failure_balance_transaction: Union[str, BalanceTransaction]
    failure_reason: str
    metadata: IStripeObject
    payment_intent: Optional[str]
    payment_method: Optional[str]
    pending_reason: str
    reason: Optional[str]
    receipt_number: Optional[str]
    source_transfer_reversal: Optional[str]
    status: str
    transfer_reversal: Optional[str]

    @classmethod
    def create(cls, **params: Unpack[RefundCreateParams]) -> Refund:
        """Gives a charge back, wholly or in part; the charge's fee is not given back."""
        return cls._request("POST", "/v1/refunds", params)  # type: ignore[no-any-return]

    @classmethod
    def retrieve(cls, id: str, **params: Unpack[RefundRetrieveParams]) -> Refund:
        """Reads a refund."""
        return cls._request("GET", cls._path("/v1/refunds", id), params)  # type: ignore[no-any-return]

    @classmethod
    def modify(cls, id: str, **params: Unpack[RefundModifyParams]) -> Refund:
        """Changes a refund's metadata."""
        return cls._request("POST", cls._path("/v1/refunds", id), params)  # type: ignore[no-any-return]

    @classmethod
    def list(cls, **params: Unpack[RefundListParams]) -> ListObject[Refund]:
        """Reads a page of refunds, newest first."""
        return cls._request("GET", "/v1/refunds", params)  # type: ignore[no-any-return]

    @classmethod
    def cancel(cls, id: str, **params: Unpack[RefundRetrieveParams]) -> Refund:
        """Cancels a refund that waits for the customer to act; one to a card never does, so it is refused."""
        return cls._request("POST", cls._path("/v1/refunds", id) + "/cancel", params)  # type: ignore[no-any-return]
