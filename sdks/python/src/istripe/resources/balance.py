"""The balance: what the account has, and what is on its way."""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Literal

from .._object import IStripeObject
from .._resource import RequestOptions, Resource

if TYPE_CHECKING:
    from typing_extensions import Unpack


class BalanceRetrieveParams(RequestOptions, total=False):
    expand: List[str]


class Balance(Resource):
    """Each entry of `available` and `pending` is an `amount` in the smallest unit of its `currency`."""

    object: Literal["balance"]
    available: List[IStripeObject]
    livemode: bool
    pending: List[IStripeObject]

    @classmethod
    def retrieve(cls, **params: Unpack[BalanceRetrieveParams]) -> Balance:
        """Reads the balance of the account that the key belongs to."""
        return cls._request("GET", "/v1/balance", params)  # type: ignore[no-any-return]
