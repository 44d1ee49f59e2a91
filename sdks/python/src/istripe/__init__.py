"""iStripe's Python library: cards in, tokens out, over Stripe's wire.

The globals below are the settings of `istripe.Token` and its like; `istripe.Client` does without globals.
"""

from typing import Optional as _Optional

from . import error
from ._client import DEFAULT_RETRIES_MAX, DEFAULT_TIMEOUT_S, Client
from ._list import ListObject
from ._object import IStripeObject
from ._response import Response
from ._search_result import SearchResultObject
from ._version import API_VERSION, VERSION
from ._webhook import Webhook, WebhookSignature
from .error import (
    APIConnectionError,
    APIError,
    AuthenticationError,
    CardError,
    IdempotencyError,
    InvalidRequestError,
    IStripeError,
    PermissionError,
    RateLimitError,
    SignatureVerificationError,
    StripeError,
)
from .resources import (
    Account,
    Balance,
    BalanceTransaction,
    Card,
    Charge,
    Customer,
    Event,
    Refund,
    Token,
    WebhookEndpoint,
)

__version__ = VERSION

#: The secret or publishable key; None: the environment variable ISTRIPE_API_KEY.
api_key: _Optional[str] = None
#: The server's URL; None: the environment variable ISTRIPE_API_BASE, else http://127.0.0.1:4242.
api_base: _Optional[str] = None
#: Sent as `Stripe-Version`.
api_version: str = API_VERSION
#: How often a request is repeated after a broken connection, a conflict or a failure of the server.
max_network_retries: int = DEFAULT_RETRIES_MAX
#: Seconds to wait for a sign of life of the server.
timeout: float = DEFAULT_TIMEOUT_S

__all__ = [
    "error",
    "api_key",
    "api_base",
    "api_version",
    "max_network_retries",
    "timeout",
    "Client",
    "Response",
    "IStripeObject",
    "ListObject",
    "SearchResultObject",
    "Token",
    "Card",
    "Customer",
    "Charge",
    "Refund",
    "Event",
    "Balance",
    "BalanceTransaction",
    "Account",
    "WebhookEndpoint",
    "Webhook",
    "WebhookSignature",
    "IStripeError",
    "StripeError",
    "APIError",
    "APIConnectionError",
    "AuthenticationError",
    "CardError",
    "IdempotencyError",
    "InvalidRequestError",
    "PermissionError",
    "RateLimitError",
    "SignatureVerificationError",
]
