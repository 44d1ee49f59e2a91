"""Events: what happened, in order, with the object as it was then."""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Literal, Optional

from .._list import ListObject
from .._object import IStripeObject
from .._resource import RequestOptions, Resource
from .list_params import ListParams

if TYPE_CHECKING:
    from typing_extensions import Unpack


class EventRetrieveParams(RequestOptions, total=False):
    expand: List[str]


class EventListParams(ListParams, total=False):
    type: str
    types: List[str]


class Event(Resource):
    """One change. `data.object` is the object after it, `data.previous_attributes` what an update replaced."""

    id: str
    object: Literal["event"]
    api_version: Optional[str]
    created: int
    data: IStripeObject
    livemode: bool
    pending_webhooks: int
    request: Optional[IStripeObject]
    type: str

    @classmethod
    def retrieve(cls, id: str, **params: Unpack[EventRetrieveParams]) -> Event:
        """Reads an event."""
        return cls._request("GET", cls._path("/v1/events", id), params)  # type: ignore[no-any-return]

    @classmethod
    def list(cls, **params: Unpack[EventListParams]) -> ListObject[Event]:
        """Reads a page of events, newest first."""
        return cls._request("GET", "/v1/events", params)  # type: ignore[no-any-return]
