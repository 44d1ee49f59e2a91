"""Webhook endpoints: the addresses that events are delivered to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Dict, List, Literal, Optional, Union

from .._list import ListObject
from .._object import IStripeObject
from .._resource import RequestOptions, Resource
from .list_params import PageParams

if TYPE_CHECKING:
    from typing_extensions import Unpack


class WebhookEndpointCreateParams(RequestOptions, total=False):
    """`enabled_events` are event types, or `["*"]`.

    `api_version` is what events are rendered in, and is chosen only here; the option of that name, which other
    operations have, is `stripe_version`.
    """

    url: str
    enabled_events: List[str]
    connect: bool
    description: str
    metadata: Dict[str, str]
    expand: List[str]


class WebhookEndpointRetrieveParams(RequestOptions, total=False):
    expand: List[str]


class WebhookEndpointModifyParams(RequestOptions, total=False):
    url: str
    enabled_events: List[str]
    description: Union[str, None]
    disabled: bool
    metadata: Union[Dict[str, Optional[str]], Literal[""], None]
    expand: List[str]


class WebhookEndpoint(Resource):
    """Where events go. `secret` is answered once, by the create; a deleted endpoint is answered with `deleted`."""

    id: str
    object: Literal["webhook_endpoint"]
    api_version: Optional[str]
    application: Optional[str]
    created: int
    deleted: Literal[True]
    description: Optional[str]
    enabled_events: List[str]
    livemode: bool
    metadata: IStripeObject
    secret: str
    status: str
    url: str

    @classmethod
    def create(cls, **params: Unpack[WebhookEndpointCreateParams]) -> WebhookEndpoint:
        """Registers an address. Its answer alone holds the `secret` that verifies the deliveries."""
        return cls._request("POST", "/v1/webhook_endpoints", params, ("api_version",))  # type: ignore[no-any-return]

    @classmethod
    def retrieve(cls, id: str, **params: Unpack[WebhookEndpointRetrieveParams]) -> WebhookEndpoint:
        """Reads an endpoint, without its secret."""
        return cls._request("GET", cls._path("/v1/webhook_endpoints", id), params)  # type: ignore[no-any-return]

    @classmethod
    def modify(cls, id: str, **params: Unpack[WebhookEndpointModifyParams]) -> WebhookEndpoint:
        """Changes an endpoint; `disabled=True` stops deliveries to it and `disabled=False` resumes them."""
        return cls._request("POST", cls._path("/v1/webhook_endpoints", id), params)  # type: ignore[no-any-return]

    @classmethod
    def delete(cls, id: str, **params: Unpack[RequestOptions]) -> WebhookEndpoint:
        """Deletes an endpoint: nothing is delivered to it any more, retries included."""
        return cls._request("DELETE", cls._path("/v1/webhook_endpoints", id), params)  # type: ignore[no-any-return]

    @classmethod
    def list(cls, **params: Unpack[PageParams]) -> ListObject[WebhookEndpoint]:
        """Reads a page of endpoints, newest first."""
        return cls._request("GET", "/v1/webhook_endpoints", params)  # type: ignore[no-any-return]
