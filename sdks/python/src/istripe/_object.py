"""What the server answered, as objects: `charge.amount` and `charge["amount"]` read the same field.

An object is a read-only picture of one answer. Nothing here talks to the server.
"""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, List, Mapping, Optional, Type

if TYPE_CHECKING:
    from ._response import Response

    #: Reads one page of a list or a search: path and query parameters in, the answer out.
    Fetch = Callable[[str, Mapping[str, Any]], Any]

#: The class of each wire type, by the value of its `object` field; `resources/__init__.py` fills it.
CLASSES: Dict[str, Type[IStripeObject]] = {}


def construct(value: Any, fetch: Optional[Fetch] = None) -> Any:
    """Turns decoded JSON into objects, at every depth; lists of objects stay plain Python lists."""
    if isinstance(value, list):
        return [construct(item, fetch) for item in value]
    if isinstance(value, dict):
        kind = value.get("object")
        chosen = CLASSES.get(kind, IStripeObject) if isinstance(kind, str) else IStripeObject
        return chosen(value, fetch)
    return value


class IStripeObject:
    """Fields by attribute or by index; `to_dict()` gives them back as plain Python values."""

    _values: Dict[str, Any]
    _last_response: Optional[Response]

    def __init__(self, values: Mapping[str, Any], fetch: Optional[Fetch] = None) -> None:
        # Metadata belongs to the caller: a key called "object" in it says nothing about its class.
        own = {
            key: IStripeObject(item, fetch) if key == "metadata" and isinstance(item, dict) else construct(item, fetch)
            for key, item in values.items()
        }
        self.__dict__.update(_values=own, _last_response=None)

    @property
    def last_response(self) -> Optional[Response]:
        """Status, headers and request id of the answer this object came in; None for nested objects."""
        return self._last_response

    def to_dict(self) -> Dict[str, Any]:
        """A deep copy in plain dicts and lists, as the server sent it."""
        return {key: _plain(value) for key, value in self._values.items()}

    def get(self, key: str, default: Any = None) -> Any:
        """The field, or `default` where the server did not send it."""
        return self._values.get(key, default)

    def keys(self) -> List[str]:
        """The names of the fields the server sent, in its order."""
        return list(self._values)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # Python's own protocols (copy, pickle) ask before there are any values.
            raise AttributeError(name)
        try:
            return self._values[name]
        except KeyError:
            pass
        raise AttributeError(self._no_such_field(name))

    def __getitem__(self, key: Any) -> Any:
        try:
            return self._values[key]
        except KeyError:
            pass
        raise KeyError(self._no_such_field(str(key)))

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(
            f"This {type(self).__name__} is a read-only picture of the server's answer, so {name!r} cannot be set. "
            "Change the object on the server, or work on a copy from to_dict()."
        )

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IStripeObject) and self._values == other._values

    __hash__ = None  # type: ignore[assignment]

    def __dir__(self) -> List[str]:
        return sorted({*super().__dir__(), *self._values})

    def __str__(self) -> str:
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False)

    def __repr__(self) -> str:
        identity = f" id={self._values['id']}" if isinstance(self._values.get("id"), str) else ""
        return f"<{type(self).__name__}{identity}> JSON: {self}"

    def __reduce__(self) -> Any:
        return type(self), (self.to_dict(),)

    def _no_such_field(self, name: str) -> str:
        kind = type(self).__name__
        near = difflib.get_close_matches(name, self._values, n=1)
        if near:
            return f"This {kind} has no field {name!r}; did you mean {near[0]!r}?"
        if hasattr(dict, name):
            return f"This {kind} has no field {name!r}; it is not a dict, use to_dict() to get one."
        return f"This {kind} has no field {name!r}; the server sent: {', '.join(self._values) or 'nothing'}."


def _plain(value: Any) -> Any:
    if isinstance(value, IStripeObject):
        return value.to_dict()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
