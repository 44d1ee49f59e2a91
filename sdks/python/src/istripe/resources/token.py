"""Tokens: a card goes in once, its token is used in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Dict, List, Literal, Optional, Union

from .._object import IStripeObject
from .._resource import RequestOptions, Resource
from .card import Card
from .card_params import CardModifyParams, CardParams

if TYPE_CHECKING:
    from typing_extensions import Unpack


class TokenCreateParams(RequestOptions, total=False):
    card: CardParams
    metadata: Dict[str, str]
    expand: List[str]


class TokenModifyParams(RequestOptions, total=False):
    card: CardModifyParams
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
