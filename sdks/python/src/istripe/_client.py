"""The client: settings, resources, and the way of a request from parameters to an object.

A setting is the request's own option, else the client's, else the environment's. `istripe.Token` and its like use
one client of the whole process, whose settings are the module's globals at the moment of the request.
"""

from __future__ import annotations

import os
import sys
import urllib.parse
import uuid
from dataclasses import dataclass, field
from typing import Any, Dict, Mapping, Optional, Type, TypeVar, cast

import httpx

from . import _form, _http, error
from ._object import construct
from ._page import Page
from ._resource import OPTION_NAMES, Resource
from ._response import read_answer
from ._version import API_VERSION, VERSION
from .resources import (
    Account,
    Balance,
    BalanceTransaction,
    Charge,
    Customer,
    Event,
    Refund,
    Token,
    WebhookEndpoint,
)

DEFAULT_API_BASE = "http://127.0.0.1:4242"
DEFAULT_RETRIES_MAX = 2
DEFAULT_TIMEOUT_S = 80.0

R = TypeVar("R", bound=Resource)


@dataclass(frozen=True)
class Settings:
    """What a request is made with when it does not say otherwise."""

    api_key: Optional[str] = field(repr=False)
    api_base: Optional[str]
    api_version: str
    max_network_retries: int
    timeout: float


class Client:
    """All resources under one key, without globals; safe to share between threads.

    `with istripe.Client("sk_test_…") as client: client.tokens.create(…)`. The connections close with the block.
    Pass `http_client` (an `httpx.Client`) for proxies, certificates or transports of your own; it is left open.
    """

    def __init__(
        self,
        api_key: Optional[str] = None,
        *,
        api_base: Optional[str] = None,
        api_version: str = API_VERSION,
        max_network_retries: int = DEFAULT_RETRIES_MAX,
        timeout: float = DEFAULT_TIMEOUT_S,
        http_client: Optional[httpx.Client] = None,
    ) -> None:
        self._own_settings = Settings(api_key, api_base, api_version, max_network_retries, timeout)
        self._http = _http.Http(http_client)
        self.tokens: Type[Token] = _bound(Token, self)
        self.customers: Type[Customer] = _bound(Customer, self)
        self.charges: Type[Charge] = _bound(Charge, self)
        self.refunds: Type[Refund] = _bound(Refund, self)
        self.events: Type[Event] = _bound(Event, self)
        self.balance: Type[Balance] = _bound(Balance, self)
        self.balance_transactions: Type[BalanceTransaction] = _bound(BalanceTransaction, self)
        self.account: Type[Account] = _bound(Account, self)
        self.webhook_endpoints: Type[WebhookEndpoint] = _bound(WebhookEndpoint, self)

    def request(self, method: str, path: str, params: Optional[Mapping[str, Any]] = None, **options: Any) -> Any:
        """Calls any endpoint: for what the resources do not declare yet. Answers like the resources do."""
        method = method.upper()
        params = params or {}
        return self._perform(self._prepare(method, path, params, options), {} if method == "POST" else params, options)

    def close(self) -> None:
        """Closes the connections; the client cannot be used afterwards."""
        self._http.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _settings(self) -> Settings:
        return self._own_settings

    def _prepare(self, method: str, path: str, params: Mapping[str, Any], options: Mapping[str, Any]) -> _http.Request:
        given = _known_options(options)
        settings = self._settings()
        headers = {
            "Authorization": f"Bearer {_usable_key(given.get('api_key') or settings.api_key)}",
            "Stripe-Version": given.get("stripe_version") or given.get("api_version") or settings.api_version,
            "User-Agent": f"iStripe/v1 PythonBindings/{VERSION}",
            "Accept": "application/json",
        }
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        key = given.get("idempotency_key") or (str(uuid.uuid4()) if method == "POST" else None)
        if key is not None:
            headers["Idempotency-Key"] = key
        _check_headers(headers)
        query = _form.encode_query(params) if method != "POST" else ""
        return _http.Request(
            method=method,
            url=_usable_base(given.get("api_base") or settings.api_base) + path + (f"?{query}" if query else ""),
            headers=headers,
            body=_form.encode_body(params) if method == "POST" else None,
            timeout_s=given.get("timeout", settings.timeout),
            retries_max=given.get("max_network_retries", settings.max_network_retries),
        )

    def _perform(self, request: _http.Request, filters: Mapping[str, Any], options: Mapping[str, Any]) -> Any:
        response = self._http.send(request)
        further = {name: value for name, value in options.items() if name != "idempotency_key"}

        def fetch(path: str, params: Mapping[str, Any]) -> Any:
            if not path.startswith("/"):
                raise error.APIError(f"The list's url {path!r} is not a path of this server.")
            return self.request("GET", path, params, **further)

        answer = construct(read_answer(response), fetch)
        answer.__dict__["_last_response"] = response
        if isinstance(answer, Page):
            answer.__dict__["_params"] = dict(filters)
        return answer


class _DefaultClient(Client):
    """The client behind `istripe.Token` and its like: its settings are the module's globals, read anew each time."""

    def _settings(self) -> Settings:
        module: Any = sys.modules["istripe"]
        return Settings(module.api_key, module.api_base, module.api_version, module.max_network_retries, module.timeout)


def _bound(resource: Type[R], client: Client) -> Type[R]:
    """The resource's class with its requests going through `client`; what it answers are the same public classes."""
    return cast(Type[R], type(resource.__name__, (resource,), {"__doc__": resource.__doc__, "_client": client}))


def _known_options(options: Mapping[str, Any]) -> Dict[str, Any]:
    unknown = [name for name in options if name not in OPTION_NAMES]
    if unknown:
        raise TypeError(f"Unknown option {unknown[0]!r}; the options are {', '.join(OPTION_NAMES)}.")
    return {name: value for name, value in options.items() if value is not None}


def _usable_key(chosen: Optional[str]) -> str:
    key = chosen or os.environ.get("ISTRIPE_API_KEY")
    if not key:
        raise error.AuthenticationError(
            'No API key provided. Set istripe.api_key = "sk_test_…" or the environment variable ISTRIPE_API_KEY; '
            "iStripe prints the keys of its test account when it starts."
        )
    return key


def _usable_base(chosen: Optional[str]) -> str:
    api_base = (chosen or os.environ.get("ISTRIPE_API_BASE") or DEFAULT_API_BASE).rstrip("/")
    parts = urllib.parse.urlsplit(api_base)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError(f'api_base must be a plain URL such as "{DEFAULT_API_BASE}", with http:// or https://.')
    return api_base


def _check_headers(headers: Mapping[str, str]) -> None:
    """Refuses what no header may hold, without showing it: a key with the newline of its file is a usual mistake."""
    for name, value in headers.items():
        if not value.isascii() or not value.isprintable() or value != value.strip():
            what = "The API key" if name == "Authorization" else f"The value for {name}"
            raise ValueError(f"{what} holds a space, line break or other character that cannot be sent; remove it.")


_DEFAULT: Client = _DefaultClient()


def default_client() -> Client:
    """The client that `istripe.Token` and its like use."""
    return _DEFAULT
