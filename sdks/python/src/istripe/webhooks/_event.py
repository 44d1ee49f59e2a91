"""What a handler is given: the event as it was sent, and what it takes to act on it once."""

from __future__ import annotations

import threading
from typing import Any, Callable, Dict, Mapping, Optional

from .._webhook import NotAnEvent
from ..resources import Event

#: Fetches the object that an event is about, as it is now.
Current = Callable[[Event], Any]
_TEXT_CHARACTERS_MAX = 255
_CREATED_MAX = 2**53


class ReceivedEvent(Event):
    """An event in one attempt to handle it. `event.data.object` is as old as the event, `event.current()` is not.

    `attempt` is 1 for the first. `idempotency_key` is the same in every attempt: hand it on to whatever else the
    handler calls, so that it acts once.
    """

    attempt: int
    idempotency_key: str

    def __init__(self, values: Mapping[str, Any], attempt: int = 1, current: Optional[Current] = None) -> None:
        super().__init__(values)
        self.__dict__.update(
            attempt=attempt, idempotency_key=values["id"], _current=current, _found=[], _asking=threading.Lock()
        )

    def current(self) -> Any:
        """The object as it is now, by the receiver's `current`; asked for once an attempt. Raises what that raises."""
        fetch: Optional[Current] = self.__dict__["_current"]
        if fetch is None:
            raise RuntimeError("The Receiver was given no `current` to fetch the object with.")
        with self.__dict__["_asking"]:
            found = self.__dict__["_found"]
            if not found:
                found.append(fetch(self))
            return found[0]

    def __reduce__(self) -> Any:
        # A copy in another process can be read, but fetches nothing.
        return type(self), (self.to_dict(), self.attempt)


def check_event(values: Dict[str, Any]) -> None:
    """Checks what the inbox relies on; the rest is the sender's. Raises NotAnEvent."""
    created = values.get("created")
    is_time = isinstance(created, int) and not isinstance(created, bool) and 0 <= created <= _CREATED_MAX
    data = values.get("data")
    if not (_is_name(values.get("id")) and _is_name(values.get("type")) and is_time and isinstance(data, dict)):
        raise NotAnEvent("it lacks an id, a type, a time of creation or data")
    if not isinstance(data.get("object"), dict):
        raise NotAnEvent("its data holds no object")


def object_key(event: Event) -> str:
    """What an event is about; one whose object has no id of its own (a balance) stands alone."""
    id = event.data.object.get("id")
    return id if isinstance(id, str) and _is_name(id) else event.id


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable() and 0 < len(value) <= _TEXT_CHARACTERS_MAX
