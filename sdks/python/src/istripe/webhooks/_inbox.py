"""The durable inbox: one table in the application's own database, in which an event is kept before its sender is told
200 and from which it is handled.

`Inbox` is what a database has to promise; `PostgresInbox` and `SqliteInbox` keep it, and the same tests hold for both.
The table is the one that the TypeScript toolkit makes, so that both may work on one inbox.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from typing import Any, ContextManager, List, Optional, Protocol, Sequence, Set, Tuple, TypeVar

DEFAULT_TABLE = "istripe_webhook_inbox"
#: How many rows one call of `prune` deletes at most.
PRUNED_ROWS_MAX = 1000
ERROR_CHARACTERS_MAX = 2000

C_co = TypeVar("C_co", covariant=True)

_TABLE = re.compile(r"(?:[a-z_][a-z\d_]{0,62}\.)?([a-z_][a-z\d_]{0,47})")


class LeaseLost(Exception):
    """Somebody else handles the event by now, because this worker stalled for longer than its lease."""


@dataclass(frozen=True)
class Arrival:
    """An event that has just been verified.

    Events with the same `object_key` are handed out one at a time, by `created` (Unix seconds), then by arrival.
    `settle_s` is how long it waits before that, so that what was created earlier can overtake it.
    """

    event_id: str
    event_type: str
    object_key: str
    created: int
    body: str = field(repr=False)
    settle_s: float = 0.0


@dataclass(frozen=True)
class Lease:
    """The right to handle one event.

    The fence rises with every lease of that event, so whoever holds an older one can change nothing any more.
    """

    event_id: str
    fence: int


@dataclass(frozen=True)
class LeasedEvent:
    """What a worker gets. `attempt` is 1 for the first; one that a crash cut short counts."""

    lease: Lease
    event_type: str
    body: str = field(repr=False)
    attempt: int


@dataclass(frozen=True)
class DeadLetter:
    """An event that failed for good: nothing happens to it until somebody calls `retry` or `discard`."""

    event_id: str
    event_type: str
    object_key: str
    body: str = field(repr=False)
    attempts: int
    error: str
    received_at: datetime.datetime
    died_at: datetime.datetime


class Inbox(Protocol[C_co]):
    """`C` is the connection that a handler is given to write within the inbox's transaction.

    Every method may be called from any thread. Those that take a lease answer False, having changed nothing, if the
    lease was lost.
    """

    def prepare(self) -> None:
        """Makes the table if it is not there. Safe in several processes at once."""

    def add(self, arrival: Arrival) -> bool:
        """Returns once the event is committed; False if it was there already, and then nothing has changed."""
        ...

    def claim(self, limit: int, lease_s: float) -> List[LeasedEvent]:
        """Leases events that are due, at most one per object key, whatever other processes do at the same time."""
        ...

    def renew(self, leases: Sequence[Lease], lease_s: float) -> Set[str]:
        """Answers the ids of those that are still held, now for `lease_s` longer."""
        ...

    def finish(self, lease: Lease) -> bool:
        """Marks the event done."""
        ...

    def transaction(self, lease: Lease) -> ContextManager[C_co]:
        """Commits what is written on the connection together with the event's being done, or neither.

        Raises LeaseLost instead of committing when the lease was lost.
        """
        ...

    def fail(self, lease: Lease, error: str, retry_in_s: Optional[float]) -> bool:
        """Puts the event back for another attempt; None for never: it becomes a dead letter."""
        ...

    def release(self, leases: Sequence[Lease]) -> None:
        """Gives back what was not begun, as if it had never been leased."""

    def dead_letters(self, limit: int) -> List[DeadLetter]:
        """The oldest first."""
        ...

    def retry(self, event_id: str) -> bool:
        """Hands a dead letter out again, with all its attempts. Answers whether there was one."""
        ...

    def discard(self, event_id: str) -> bool:
        """Gives a dead letter up for good; it still counts as received. Answers whether there was one."""
        ...

    def prune(self, older_than_s: float) -> int:
        """Deletes some of what was done or discarded that long ago. Answers how many."""
        ...

    def close(self) -> None:
        """Closes the connections that the inbox opened itself. It may be used again: it then opens others."""


def table_names(table: str) -> Tuple[str, str]:
    """The table's name for use in SQL, and the bare name that its indexes are named after."""
    match = _TABLE.fullmatch(table)
    if match is None:
        raise ValueError(
            f"A table's name is `name` or `schema.name` in lower-case letters, digits and underscores, not {table!r}."
        )
    return table, match.group(1)


def storable(error: str) -> str:
    """An error's text as both databases take it: bounded, and without what is no text."""
    return error.replace("\0", "").encode("utf-8", "replace").decode("utf-8")[:ERROR_CHARACTERS_MAX]


def dead_letter(row: Sequence[Any]) -> DeadLetter:
    """From a row of both databases, whose two times are Unix milliseconds."""
    event_id, event_type, key, body, attempts, error, received_at_ms, died_at_ms = row
    return DeadLetter(event_id, event_type, key, body, attempts, error, _moment(received_at_ms), _moment(died_at_ms))


def _moment(milliseconds: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.timezone.utc)
