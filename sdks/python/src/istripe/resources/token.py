"""Tokens: a card goes in once, its token is used in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Dict, List, Literal, Optional, TypedDict, Union

from .._object import IStripeObject
from .._resource import RequestOptions, Resource
from .card import Card

if TYPE_CHECKING:
    from typing_extensions import Unpack


class _CardRequired(TypedDict):
    number: str
    exp_month: Union[int, str]
    exp_year: Union[int, str]


class TokenCardParams(_CardRequired, total=False):
    """The card to put into the vault. `exp_year` has four digits, or two for 20xx."""

    cvc: str
    name: str
    address_line1: str
    address_line2: str
    address_city: str
    address_state: str
    address_zip: str
    address_country: str


class TokenModifyCardParams(TypedDict, total=False):
    """What of a stored card may change; `None` or `""` clears an address field or the name."""

    exp_month: Union[int, str]
    exp_year: Union[int, str]
    name: Optional[str]
    address_line1: Optional[str]
    address_line2: Optional[str]
    address_city: Optional[str]
    address_state: Optional[str]
    address_zip: Optional[str]
    address_country: Optional[str]


class TokenCreateParams(RequestOptions, total=False):
    card: TokenCardParams
    metadata: Dict[str, str]
    expand: List[str]


class TokenModifyParams(RequestOptions, total=False):
    card: TokenModifyCardParams
    metadata: Union[Dict[str, Optional[str]], Literal[""], None]
    expand: List[str]


class TokenRetrieveParams(RequestOptions, total=False):
    expand: List[str]


class Token(Resource):
    """A single-use stand-in for a card. A deleted one is answered with `deleted` and without the card."""

    id: str
    object: Literal["token"]
    card: Card
    client_ip: Optional[str]
    created: int
    deleted: Literal[True]
    livemode: bool
    #: Sent only where there is some: Stripe's own tokens have none.
    metadata: IStripeObject
    type: str
    used: bool

    @classmethod
    def create(cls, **params: Unpack[TokenCreateParams]) -> Token:
        """Seals a card and answers its token. Raises CardError for a number, date or CVC that cannot be."""
        return cls._request("POST", "/v1/tokens", params)  # type: ignore[no-any-return]

    @classmethod
    def retrieve(cls, id: str, **params: Unpack[TokenRetrieveParams]) -> Token:
        """Reads a token."""
        return cls._request("GET", cls._path("/v1/tokens", id), params)  # type: ignore[no-any-return]

    @classmethod
    def modify(cls, id: str, **params: Unpack[TokenModifyParams]) -> Token:
        """Changes expiry, billing address, name or metadata of an unused token (iStripe's own, Stripe has none)."""
        return cls._request("POST", cls._path("/v1/tokens", id), params)  # type: ignore[no-any-return]

    @classmethod
    def delete(cls, id: str, **params: Unpack[RequestOptions]) -> Token:
        """Deletes an unused token and destroys its card (iStripe's own, Stripe has none)."""
        return cls._request("DELETE", cls._path("/v1/tokens", id), params)  # type: ignore[no-any-return]
