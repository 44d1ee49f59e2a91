"""Encodes parameters the way Stripe's own libraries do: `application/x-www-form-urlencoded` with brackets.

Values appear in the encoded text only: a parameter that cannot be encoded is named by its path, never shown,
because it may be a card number.
"""

import calendar
import datetime
import decimal
import enum
import time
import urllib.parse
from typing import Any, Iterator, Mapping, Optional, Tuple

from ._object import IStripeObject

_ACCEPTED = "str, int, float, bool, Decimal, Enum, datetime, dict, list, tuple or None"


def encode_body(params: Mapping[str, Any]) -> bytes:
    """Encodes the body of a POST. `None` becomes the empty string, which clears a field."""
    return urllib.parse.urlencode(list(_pairs(params, none=""))).encode("ascii")


def encode_query(params: Mapping[str, Any]) -> str:
    """Encodes a query string. `None` is left out: a query has nothing to clear, so it can only mean "not given"."""
    return urllib.parse.urlencode(list(_pairs(params, none=None)))


def _pairs(params: Mapping[str, Any], none: Optional[str]) -> Iterator[Tuple[str, str]]:
    for key, value in params.items():
        yield from _flatten(str(key), value, none)


def _flatten(path: str, value: Any, none: Optional[str]) -> Iterator[Tuple[str, str]]:
    if isinstance(value, IStripeObject) and "id" in value:
        value = value["id"]  # `source=token` means the token's id.
    elif isinstance(value, IStripeObject):
        value = value.to_dict()
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flatten(f"{path}[{key}]", inner, none)
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from _flatten(f"{path}[{index}]", inner, none)
    elif value is not None:
        yield path, _scalar(path, value)
    elif none is not None:
        yield path, none


def _scalar(path: str, value: Any) -> str:
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float, decimal.Decimal)):
        return str(value)
    if isinstance(value, datetime.datetime):
        return str(_unix_seconds(value))
    raise TypeError(f"The parameter {path!r} is a {type(value).__name__}; it can be {_ACCEPTED}.")


def _unix_seconds(moment: datetime.datetime) -> int:
    """A moment with a time zone is exact; one without is local time, as everywhere in Python."""
    if moment.utcoffset() is not None:
        return calendar.timegm(moment.utctimetuple())
    return int(time.mktime(moment.timetuple()))
