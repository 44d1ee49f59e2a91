"""Everything that can go wrong with a request, one class for each way to react to it.

No error holds the request: parameters may be card data, so they are in no message, attribute, cause or pickle.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional

from ._object import IStripeObject


class ErrorObject(IStripeObject):
    """The `error` of the answer. A known field that does not apply is None, because absent is usual here."""

    type: str
    message: Optional[str]
    code: Optional[str]
    param: Optional[str]
    decline_code: Optional[str]
    advice_code: Optional[str]
    network_advice_code: Optional[str]
    network_decline_code: Optional[str]
    charge: Optional[str]
    doc_url: Optional[str]
    request_log_url: Optional[str]

    def __getattr__(self, name: str) -> Any:
        if name in ErrorObject.__annotations__ and name not in self._values:
            return None
        return super().__getattr__(name)


class IStripeError(Exception):
    """The base of all errors of this library.

    `user_message` is the server's sentence (of a CardError: fit for the cardholder), `str(error)` adds the request id.
    `code`, `param`, `error` say what was wrong; `http_status`, `http_body`, `json_body`, `headers`, `request_id`
    describe the answer and are None where there was none.
    """

    def __init__(
        self,
        message: Optional[str] = None,
        param: Optional[str] = None,
        code: Optional[str] = None,
        http_body: Optional[str] = None,
        http_status: Optional[int] = None,
        json_body: Optional[Dict[str, Any]] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> None:
        super().__init__(message)
        self._message = message
        self.param = param
        self.code = code
        self.http_body = http_body
        self.http_status = http_status
        self.json_body = json_body
        self.headers: Dict[str, str] = {name.lower(): value for name, value in (headers or {}).items()}
        self.request_id: Optional[str] = self.headers.get("request-id")
        details = (json_body or {}).get("error")
        self.error: Optional[ErrorObject] = ErrorObject(details) if isinstance(details, dict) else None

    @property
    def user_message(self) -> Optional[str]:
        """The sentence alone, without the request id."""
        return self._message

    @property
    def decline_code(self) -> Optional[str]:
        """Why the issuer declined, where it said so; not to be shown to the cardholder."""
        return self.error.decline_code if self.error else None

    def __str__(self) -> str:
        message = self._message or "<empty message>"
        return f"Request {self.request_id}: {message}" if self.request_id else message

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"{name}(message={self._message!r}, http_status={self.http_status!r}, request_id={self.request_id!r})"

    def __reduce__(self) -> Any:
        answer = (self.http_body, self.http_status, self.json_body, self.headers)
        return type(self), (self._message, self.param, self.code, *answer)


#: The name that code written for Stripe catches.
StripeError = IStripeError


class APIError(IStripeError):
    """The server failed, or answered something that is no answer of this API."""


class APIConnectionError(IStripeError):
    """No answer came: the server was not reached, or the connection broke or timed out."""


class AuthenticationError(IStripeError):
    """The API key is missing or wrong (401)."""


class PermissionError(IStripeError):
    """The API key is right, but may not do this (403)."""


class CardError(IStripeError):
    """The card was refused (402): show `user_message` to the cardholder."""


class IdempotencyError(IStripeError):
    """The idempotency key was used before with other parameters (400)."""


class InvalidRequestError(IStripeError):
    """A parameter is wrong or missing, or the object does not exist or is in the wrong state (400, 404)."""


class RateLimitError(IStripeError):
    """Too many requests, or too many at once on one object (429)."""


class SignatureVerificationError(IStripeError):
    """A webhook delivery is not shown to be genuine; the message says what is wrong. It does not hold the payload.

    `code` is `header_missing`, `header_malformed`, `signature_mismatch`, `timestamp_too_old`, `timestamp_in_future`
    or, of a receiver's adapters, `body_already_parsed`.
    """

    def __init__(
        self,
        message: str,
        sig_header: Optional[str] = None,
        http_body: Optional[str] = None,
        code: Optional[str] = None,
    ) -> None:
        super().__init__(message, code=code, http_body=http_body)
        self.sig_header = sig_header

    def __reduce__(self) -> Any:
        return type(self), (self._message, self.sig_header, self.http_body, self.code)
