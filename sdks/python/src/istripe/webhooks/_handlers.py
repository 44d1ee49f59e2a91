"""Which handlers an event goes to, and in what order: those outside the inbox's transaction first, as they were
registered, then those inside it, whose writes commit together with the event's being done.
"""

from __future__ import annotations

import contextlib
import inspect
import json
import re
from typing import Any, Callable, Generic, List, Optional, Tuple, TypeVar

from ._event import Current, ReceivedEvent
from ._inbox import Inbox, LeasedEvent

C = TypeVar("C")
Handler = Callable[[ReceivedEvent], object]
TransactionHandler = Callable[[ReceivedEvent, C], object]

_PATTERN = re.compile(r"\*|[a-z\d_]+(\.[a-z\d_]+)*(\.\*)?")


class Handlers(Generic[C]):
    """The registered functions. An event that none of them wants is simply done."""

    def __init__(self, inbox: Inbox[C], current: Optional[Current]) -> None:
        self._inbox = inbox
        self._current = current
        self._plain: List[Tuple[str, Handler]] = []
        self._transactional: List[Tuple[str, TransactionHandler[C]]] = []
        self._is_frozen = False

    def freeze(self) -> None:
        """Handling begins: a handler that came later would have missed events, which are done without it."""
        self._is_frozen = True

    def add(self, patterns: Tuple[str, ...], handler: Handler) -> None:
        """Registers a function outside the transaction. Raises ValueError for a pattern that can match no event."""
        self._plain += [(pattern, handler) for pattern in self._checked(patterns, handler)]

    def add_in_transaction(self, patterns: Tuple[str, ...], handler: TransactionHandler[C]) -> None:
        """Registers a function inside the transaction. Raises ValueError for a pattern that can match no event."""
        self._transactional += [(pattern, handler) for pattern in self._checked(patterns, handler)]

    def handle(self, leased: LeasedEvent) -> bool:
        """Hands one event out to the end. Answers whether it was still ours; raises what a handler raises."""
        event = ReceivedEvent(json.loads(leased.body), leased.attempt, self._current)
        for handler in _matching(self._plain, event.type):
            handler(event)
        inside = _matching(self._transactional, event.type)
        if not inside:
            return self._inbox.finish(leased.lease)
        with contextlib.ExitStack() as stack:
            connection = stack.enter_context(self._inbox.transaction(leased.lease))
            for write in inside:
                write(event, connection)
        return True

    def _checked(self, patterns: Tuple[str, ...], handler: Callable[..., Any]) -> Tuple[str, ...]:
        if self._is_frozen:
            raise RuntimeError(f"The handler for {patterns} comes after start(), when events of that type may be done.")
        for pattern in patterns or ("",):
            if not isinstance(pattern, str) or not _PATTERN.fullmatch(pattern):
                raise ValueError(
                    f"{pattern!r} is no pattern of events: use a type (charge.succeeded), a family (charge.*) or *."
                )
        if inspect.iscoroutinefunction(handler):
            raise TypeError("Handlers run in threads of their own and are plain functions; call asyncio.run() in one.")
        return patterns


def _matching(registered: List[Tuple[str, Callable[..., Any]]], type: str) -> List[Callable[..., Any]]:
    """Each function once, however many of its patterns fit."""
    fitting = [handler for pattern, handler in registered if _is_match(pattern, type)]
    return list(dict.fromkeys(fitting))


def _is_match(pattern: str, type: str) -> bool:
    return pattern in ("*", type) or (pattern.endswith(".*") and type.startswith(pattern[:-1]))
