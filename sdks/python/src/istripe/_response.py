"""An answer of the server, and the error it stands for when it is not a success.

Only JSON of the API's own shape is kept: a page of some proxy may repeat the request, card number and all.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Dict, Mapping, Optional, Type

from . import error


@dataclass(frozen=True)
class Response:
    """What came back beside the object: `status` (HTTP), `headers` (names in lower case) and the body's text."""

    status: int
    headers: Mapping[str, str]
    body: str = field(repr=False)

    @property
    def request_id(self) -> Optional[str]:
        """The `req_…` under which the server logged the request."""
        return self.headers.get("request-id")

    @property
    def idempotency_key(self) -> Optional[str]:
        """The key the request was made under."""
        return self.headers.get("idempotency-key")


def read_answer(response: Response) -> Dict[str, Any]:
    """The decoded body of a success; anything else is raised as the error it stands for."""
    body = _json_object(response)
    if 200 <= response.status < 300 and body is not None:
        return body
    details = body.get("error") if body is not None else None
    if not isinstance(details, dict):
        raise error.APIError(
            f"The answer (HTTP {response.status}, {response.headers.get('content-type', 'no content type')}) is not "
            "one of the iStripe API. Does api_base point to an iStripe server?",
            http_status=response.status,
            headers=response.headers,
        )
    raise _error_class(response.status, details)(
        details.get("message"),
        param=details.get("param"),
        code=details.get("code"),
        http_body=response.body,
        http_status=response.status,
        json_body=body,
        headers=response.headers,
    )


def _json_object(response: Response) -> Optional[Dict[str, Any]]:
    try:
        body = json.loads(response.body)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _error_class(status: int, details: Mapping[str, Any]) -> Type[error.IStripeError]:
    if status == 429 or (status == 400 and details.get("code") == "rate_limit"):
        return error.RateLimitError
    if status in (400, 404):
        idempotency = details.get("type") == "idempotency_error"
        return error.IdempotencyError if idempotency else error.InvalidRequestError
    by_status: Dict[int, Type[error.IStripeError]] = {
        401: error.AuthenticationError,
        402: error.CardError,
        403: error.PermissionError,
    }
    return by_status.get(status, error.APIError)
