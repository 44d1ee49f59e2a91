"""Balance transactions: each movement of money into or out of the balance."""

from __future__ import annotations

import typing
from typing import TYPE_CHECKING, Any, Literal, Optional

from .._list import ListObject
from .._object import IStripeObject
from .._resource import RequestOptions, Resource
from .list_params import ListParams

if TYPE_CHECKING:
    from typing_extensions import Unpack


class BalanceTransactionRetrieveParams(RequestOptions, total=False):
    expand: typing.List[str]


class BalanceTransactionListParams(ListParams, total=False):
    currency: str
    source: str
    type: str


class BalanceTransaction(Resource):
    """`net` is `amount` less `fee`, all in the smallest unit of `currency`; times are in Unix seconds."""

    id: str
    object: Literal["balance_transaction"]
    amount: int
    available_on: int
    balance_type: str
    created: int
    currency: str
    description: Optional[str]
    exchange_rate: Optional[float]
    fee: int
    fee_details: typing.List[IStripeObject]
    net: int
    reporting_category: str
    source: Any
    status: str
    type: str

    @classmethod
    def retrieve(cls, id: str, **params: Unpack[BalanceTransactionRetrieveParams]) -> BalanceTransaction:
        """Reads a balance transaction."""
        return cls._request("GET", cls._path("/v1/balance_transactions", id), params)  # type: ignore[no-any-return]

    @classmethod
    def list(cls, **params: Unpack[BalanceTransactionListParams]) -> ListObject[BalanceTransaction]:
        """Reads a page of balance transactions, newest first."""
        return cls._request("GET", "/v1/balance_transactions", params)  # type: ignore[no-any-return]
