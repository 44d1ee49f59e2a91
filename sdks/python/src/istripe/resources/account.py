"""The account that an API key belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Literal, Optional

from .._object import IStripeObject
from .._resource import RequestOptions, Resource

if TYPE_CHECKING:
    from typing_extensions import Unpack


class AccountRetrieveParams(RequestOptions, total=False):
    expand: List[str]


class Account(Resource):
    """Who takes the money: its country, its default currency, its settings."""

    id: str
    object: Literal["account"]
    business_profile: Optional[IStripeObject]
    business_type: Optional[str]
    capabilities: IStripeObject
    charges_enabled: bool
    controller: IStripeObject
    country: str
    created: int
    default_currency: str
    details_submitted: bool
    email: Optional[str]
    metadata: IStripeObject
    payouts_enabled: bool
    settings: Optional[IStripeObject]
    type: str

    @classmethod
    def retrieve(cls, **params: Unpack[AccountRetrieveParams]) -> Account:
        """Reads the account that the key belongs to."""
        return cls._request("GET", "/v1/account", params)  # type: ignore[no-any-return]
