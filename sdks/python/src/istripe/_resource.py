"""What the declared resources stand on: one way to make a request, and the options that every request has."""

from __future__ import annotations

import urllib.parse
from typing import TYPE_CHECKING, Any, ClassVar, Dict, Mapping, Optional, Sequence, TypedDict, cast

from . import error
from ._object import IStripeObject

if TYPE_CHECKING:
    from ._client import Client


class RequestOptions(TypedDict, total=False):
    """Options of a single request, given beside its parameters. `timeout` is in seconds without a sign of life."""

    api_key: Optional[str]
    api_base: Optional[str]
    idempotency_key: Optional[str]
    stripe_version: Optional[str]
    api_version: Optional[str]
    timeout: Optional[float]
    max_network_retries: Optional[int]


OPTION_NAMES = tuple(RequestOptions.__annotations__)


class Resource(IStripeObject):
    """An object with an address of its own. Subclasses declare fields and operations, nothing else."""

    _client: ClassVar[Optional[Client]] = None

    @classmethod
    def _request(cls, method: str, path: str, params: Mapping[str, object], own: Sequence[str] = ()) -> Any:
        """Makes the request of one declared operation from all its keyword arguments, parameters and options.

        `own` names parameters of the operation that are called like an option.
        """
        from ._client import default_client

        client = cls._client or default_client()
        given = cast(Dict[str, Any], params)
        options = {name: given.pop(name) for name in OPTION_NAMES if name in given and name not in own}
        try:
            request = client._prepare(method, path, given, options)
            filters = {} if method == "POST" else dict(given)
        finally:
            # Error trackers record the local variables of every frame: the operation's own must not hold a card.
            given.clear()
        return client._perform(request, filters, options)

    @classmethod
    def _path(cls, collection: str, id: str) -> str:
        """The address of one object. What would be another's address is refused: an empty id and the dots that HTTP
        libraries take for "here" and "one up" would name the collection, or what it belongs to."""
        if not isinstance(id, str) or id in ("", ".", ".."):
            kind = repr(id) if id in (".", "..") else f"a {type(id).__name__}"
            raise error.InvalidRequestError(
                f"{cls.__name__} needs the id of an object, a non-empty string; it got {kind}.", param="id"
            )
        return f"{collection}/{urllib.parse.quote(id, safe='')}"
