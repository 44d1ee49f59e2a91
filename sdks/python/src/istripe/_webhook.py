"""Whether a webhook delivery is genuine: signatures are checked over the raw bytes, in constant time, before parsing.

Two schemes are known: the header `Stripe-Signature`, and the three headers of Standard Webhooks. While a secret is
being rolled several are valid at once, so a secret may be a list wherever one is asked for.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

from .error import SignatureVerificationError
from .resources import Event

DEFAULT_TOLERANCE_S = 300
_HEADER_CHARACTERS_MAX = 8192
_SECRETS_MAX = 10
_TIMESTAMP_DIGITS_MAX = 12
_STANDARD_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")
_MISMATCH = (
    "No signature found matching the expected signature for payload: either the secret is not this endpoint's (another "
    "endpoint, or another mode), or the payload is not the raw body (it was parsed and written again, or its line ends "
    "were changed)."
)

Secret = Union[str, Sequence[str]]
Payload = Union[bytes, bytearray, str]


class NotAnEvent(ValueError):
    """The payload is genuine, but is no event."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The body is signed, but it is no event: {why}.")


class Webhook:
    """Stripe's door to verification, under Stripe's names."""

    DEFAULT_TOLERANCE = DEFAULT_TOLERANCE_S

    @staticmethod
    def construct_event(
        payload: Payload,
        sig_header: Union[str, Mapping[str, str], None],
        secret: Secret,
        tolerance: Optional[int] = DEFAULT_TOLERANCE_S,
    ) -> Event:
        """Verifies a delivery and answers its event.

        `sig_header` is the value of `Stripe-Signature`, or all headers of the request, which may then be those of
        Standard Webhooks. `tolerance` is in seconds; None or 0 accepts a delivery of any age.
        Raises SignatureVerificationError, or ValueError where a genuine payload is no event.
        """
        if isinstance(sig_header, Mapping):
            verify_request(payload, sig_header, secret, tolerance)
        else:
            WebhookSignature.verify_header(payload, sig_header, secret, tolerance)
        return Event(parse_event(payload))


class WebhookSignature:
    """The check alone, without making an event."""

    EXPECTED_SCHEME = "v1"

    @staticmethod
    def verify_header(payload: Payload, header: Optional[str], secret: Secret, tolerance: Optional[int] = None) -> bool:
        """Answers True, or raises SignatureVerificationError with a sentence about what is wrong."""
        body = _raw(payload)
        keys = [_encoded(one) for one in secrets_of(secret)]
        timestamp, signatures = _read_stripe_header(header)
        message = b"%d." % timestamp + body
        expected = [hmac.new(key, message, hashlib.sha256).hexdigest() for key in keys]
        if not _any_matches(expected, signatures):
            raise SignatureVerificationError(_MISMATCH, header, code="signature_mismatch")
        _check_age(timestamp, tolerance, header)
        return True


def verify_request(
    payload: Payload, headers: Mapping[str, str], secret: Secret, tolerance: Optional[int] = DEFAULT_TOLERANCE_S
) -> None:
    """Verifies by `Stripe-Signature` where the request has it, else by the headers of Standard Webhooks."""
    named = {name.lower(): value for name, value in headers.items()}
    if "stripe-signature" in named or "webhook-signature" not in named:
        WebhookSignature.verify_header(payload, named.get("stripe-signature"), secret, tolerance)
    else:
        _verify_standard(_raw(payload), named, secret, tolerance)


def parse_event(payload: Payload) -> Dict[str, Any]:
    """The fields of an event. Raises NotAnEvent where the payload is none; says nothing of what it holds instead."""
    try:
        values = json.loads(payload if isinstance(payload, str) else payload.decode("utf-8"))
    except (ValueError, RecursionError):
        raise NotAnEvent("it is not JSON in UTF-8") from None
    if not isinstance(values, dict) or values.get("object") != "event":
        raise NotAnEvent('it has no "object": "event"')
    return values


def secrets_of(secret: Secret) -> List[str]:
    """One or several secrets as a list; refuses what would verify nothing, without showing it."""
    given = [secret] if isinstance(secret, str) else list(secret or [])
    # White space around a secret comes from files and shells; no secret contains any.
    trimmed = [one.strip() for one in given if isinstance(one, str)]
    if not trimmed or len(trimmed) < len(given) or not all(trimmed):
        raise ValueError("The webhook endpoint's secret (whsec_…) is missing or empty.")
    if len(trimmed) > _SECRETS_MAX:
        raise ValueError(f"At most {_SECRETS_MAX} secrets can be tried.")
    return trimmed


def sign(payload: Payload, secret: str, timestamp: Optional[int] = None) -> str:
    """A `Stripe-Signature` header for tests, as the sender would make it; `timestamp` in Unix seconds, default now."""
    when = int(time.time()) if timestamp is None else timestamp
    message = b"%d." % when + _raw(payload)
    return f"t={when},v1={hmac.new(_encoded(secret), message, hashlib.sha256).hexdigest()}"


def sign_standard(payload: Payload, secret: str, id: str, timestamp: Optional[int] = None) -> Dict[str, str]:
    """The three headers of Standard Webhooks for tests; `id` names the message, for iStripe the event."""
    when = int(time.time()) if timestamp is None else timestamp
    signature = _standard_signature(_standard_key(secret), id, when, _raw(payload))
    return dict(zip(_STANDARD_HEADERS, (id, str(when), f"v1,{signature}")))


def _verify_standard(body: bytes, headers: Mapping[str, str], secret: Secret, tolerance: Optional[int]) -> None:
    missing = [name for name in _STANDARD_HEADERS if not headers.get(name)]
    given = headers.get("webhook-signature", "")
    if missing:
        raise SignatureVerificationError(f"The header {missing[0]} is missing.", given, code="header_missing")
    timestamp = _unix_seconds(headers["webhook-timestamp"])
    if timestamp is None or len(given) > _HEADER_CHARACTERS_MAX:
        raise SignatureVerificationError(
            "The headers webhook-timestamp and webhook-signature cannot be read.", given, code="header_malformed"
        )
    signatures = [one.partition(",")[2] for one in given.split(" ") if one.startswith("v1,")]
    keys = [_standard_key(one) for one in secrets_of(secret)]
    expected = [_standard_signature(key, headers["webhook-id"], timestamp, body) for key in keys]
    if not _any_matches(expected, signatures):
        raise SignatureVerificationError(_MISMATCH, given, code="signature_mismatch")
    _check_age(timestamp, tolerance, given)
    # Standard Webhooks, unlike Stripe, also refuses what comes from the future.
    if tolerance and timestamp > time.time() + tolerance:
        raise SignatureVerificationError(
            "Timestamp is too far in the future: one of the two clocks is wrong.", given, code="timestamp_in_future"
        )


def _read_stripe_header(header: Optional[str]) -> Tuple[int, List[str]]:
    if not header:
        raise SignatureVerificationError(
            "The header Stripe-Signature is missing: either the sender is another, or a proxy removed it.",
            header,
            code="header_missing",
        )
    items = [item.strip().partition("=") for item in header[:_HEADER_CHARACTERS_MAX].split(",")]
    times = [_unix_seconds(value) for name, _, value in items if name == "t"]
    if len(times) != 1 or times[0] is None:
        raise SignatureVerificationError(
            "Unable to extract timestamp and signatures from header: it should read t=…,v1=….",
            header,
            code="header_malformed",
        )
    signatures = [value for name, _, value in items if name == WebhookSignature.EXPECTED_SCHEME]
    if not signatures:
        raise SignatureVerificationError(
            "No signatures found with expected scheme v1.", header, code="header_malformed"
        )
    return times[0], signatures


def _check_age(timestamp: int, tolerance: Optional[int], header: Optional[str]) -> None:
    age = int(time.time()) - timestamp
    if tolerance and age > tolerance:
        raise SignatureVerificationError(
            f"Timestamp outside the tolerance zone: the delivery was signed {age} seconds ago and {tolerance} are "
            "allowed. Either it was replayed, or one of the two clocks is wrong.",
            header,
            code="timestamp_too_old",
        )


def _any_matches(expected: Sequence[str], given: Sequence[str]) -> bool:
    pairs = [(_encoded(one), _encoded(other)) for one in expected for other in given]
    # A list, not a generator: every pair is compared, so the time does not tell which one matched.
    return any([hmac.compare_digest(one, other) for one, other in pairs])


def _standard_key(secret: str) -> bytes:
    encoded = secret[len("whsec_") :] if secret.startswith("whsec_") else secret
    try:
        return base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise ValueError("This secret cannot verify Standard Webhooks: after whsec_ it is not base64.") from None


def _standard_signature(key: bytes, id: str, timestamp: int, body: bytes) -> str:
    message = _encoded(id) + b".%d." % timestamp + body
    return base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode("ascii")


def _unix_seconds(text: str) -> Optional[int]:
    is_number = text.isascii() and text.isdigit() and len(text) <= _TIMESTAMP_DIGITS_MAX
    return int(text) if is_number else None


def _raw(payload: Payload) -> bytes:
    if isinstance(payload, str):
        return _encoded(payload)
    if isinstance(payload, (bytes, bytearray)):
        return bytes(payload)
    raise TypeError(
        f"The payload must be the raw body of the request, bytes or str, not {type(payload).__name__}: a body that was "
        "parsed and written again does not verify."
    )


def _encoded(text: str) -> bytes:
    # Whatever a header holds becomes bytes: a comparison must answer no, not fail.
    return text.encode("utf-8", "surrogatepass")
