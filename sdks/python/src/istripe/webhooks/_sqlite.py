"""The inbox on SQLite, in the application's own file: the same table and the same rules as on PostgreSQL.

Several threads and processes may share the file. Each call uses a connection of the inbox's own, so the application's
transactions are never touched; writers of this process wait in line, and for others as long as `busy_timeout_s`.
"""

from __future__ import annotations

import contextlib
import math
import os
import sqlite3
import threading
import time
from typing import Any, Dict, Iterator, List, Optional, Sequence, Set, Union

from ._inbox import (
    DEFAULT_TABLE,
    PRUNED_ROWS_MAX,
    Arrival,
    DeadLetter,
    Lease,
    LeasedEvent,
    LeaseLost,
    dead_letter,
    storable,
    table_names,
)

DEFAULT_BUSY_TIMEOUT_S = 10.0


class InboxConnection(sqlite3.Connection):
    """What a handler writes on: the inbox commits it, so the ways to end its transaction are closed."""

    def commit(self) -> None:
        raise _not_yours("commit()")

    def rollback(self) -> None:
        raise _not_yours("rollback()")

    def close(self) -> None:
        raise _not_yours("close()")

    def __enter__(self) -> InboxConnection:
        raise _not_yours("`with connection`")


class SqliteInbox:
    """`path` is the application's database file. Raises sqlite3.Error from any method when the file does not answer.

    The file's journal mode is left as it is; `pragma journal_mode = wal`, set once by the application, is faster.
    """

    def __init__(
        self,
        path: Union[str, os.PathLike[str]],
        *,
        table: str = DEFAULT_TABLE,
        busy_timeout_s: float = DEFAULT_BUSY_TIMEOUT_S,
    ) -> None:
        self._path = os.fspath(path)
        if self._path in ("", ":memory:") or "mode=memory" in self._path:
            raise ValueError("The inbox needs a database file: what is only in memory is not there after a crash.")
        self._sql = _statements(table)
        self._busy_timeout_s = busy_timeout_s
        self._process = _Process()
        self._forked: List[_Process] = []

    def prepare(self) -> None:
        with self._writing() as connection:
            for statement in self._sql["create"].split(";\n"):
                connection.execute(statement)

    def add(self, arrival: Arrival) -> bool:
        now = _now_ms()
        due = now + math.ceil(arrival.settle_s * 1000)
        values = (arrival.event_id, arrival.event_type, arrival.object_key, arrival.created, arrival.body, due, now)
        return self._changes("add", values) > 0

    def claim(self, limit: int, lease_s: float) -> List[LeasedEvent]:
        now = _now_ms()
        with self._writing() as connection:
            rows = connection.execute(self._sql["due"], (now, limit)).fetchall()
            until = now + math.ceil(lease_s * 1000)
            connection.executemany(self._sql["take"], [(until, row[0]) for row in rows])
        return [
            LeasedEvent(Lease(event_id, fence + 1), event_type, body, attempts + 1)
            for _, event_id, event_type, body, attempts, fence in rows
        ]

    def renew(self, leases: Sequence[Lease], lease_s: float) -> Set[str]:
        until = _now_ms() + math.ceil(lease_s * 1000)
        with self._writing() as connection:
            return {
                lease.event_id
                for lease in leases
                if connection.execute(self._sql["renew"], (until, lease.event_id, lease.fence)).rowcount > 0
            }

    def finish(self, lease: Lease) -> bool:
        return self._changes("finish", (_now_ms(), lease.event_id, lease.fence)) > 0

    @contextlib.contextmanager
    def transaction(self, lease: Lease) -> Iterator[sqlite3.Connection]:
        with self._writing() as connection:
            connection.set_authorizer(_no_end)
            try:
                yield connection
            finally:
                connection.set_authorizer(_anything)
            if not connection.in_transaction:
                raise sqlite3.OperationalError("SQLite rolled the handler's transaction back after an error.")
            if connection.execute(self._sql["finish"], (_now_ms(), lease.event_id, lease.fence)).rowcount != 1:
                raise LeaseLost(lease.event_id)

    def fail(self, lease: Lease, error: str, retry_in_s: Optional[float]) -> bool:
        now = _now_ms()
        status, finished_at = ("dead", now) if retry_in_s is None else ("pending", None)
        due = now + math.ceil((retry_in_s or 0) * 1000)
        return self._changes("fail", (status, due, storable(error), finished_at, lease.event_id, lease.fence)) > 0

    def release(self, leases: Sequence[Lease]) -> None:
        with self._writing() as connection:
            values = [(_now_ms(), lease.event_id, lease.fence) for lease in leases]
            connection.executemany(self._sql["release"], values)

    def dead_letters(self, limit: int) -> List[DeadLetter]:
        with self._connection() as connection:
            rows = connection.execute(self._sql["dead_letters"], (limit,)).fetchall()
        return [dead_letter(row) for row in rows]

    def retry(self, event_id: str) -> bool:
        return self._changes("retry", (_now_ms(), event_id)) > 0

    def discard(self, event_id: str) -> bool:
        return self._changes("discard", (_now_ms(), event_id)) > 0

    def prune(self, older_than_s: float) -> int:
        return self._changes("prune", (_now_ms() - math.ceil(older_than_s * 1000),))

    def close(self) -> None:
        idle = self._here().idle
        while idle:
            sqlite3.Connection.close(idle.pop())

    def _changes(self, statement: str, values: Sequence[Any]) -> int:
        with self._writing() as connection:
            return connection.execute(self._sql[statement], values).rowcount

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that is committed at the end of the block, or rolled back if that raises."""
        writer = self._here().writer
        # SQLite's own waiting sleeps and tries again; threads of one process can take turns without either.
        if not writer.acquire(timeout=self._busy_timeout_s):
            raise sqlite3.OperationalError(
                f"The inbox was written to for {self._busy_timeout_s} seconds without a break: a handler inside its "
                "transaction takes too long, or itself uses the inbox."
            )
        try:
            with self._connection() as connection:
                connection.execute("begin immediate")
                try:
                    yield connection
                    connection.execute("commit")
                finally:
                    # Also after a commit that failed; SQLite itself ends the transaction after some errors.
                    if connection.in_transaction:
                        connection.execute("rollback")
        finally:
            writer.release()

    @contextlib.contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        idle = self._here().idle
        connection = idle.pop() if idle else self._open()
        try:
            yield connection
        except BaseException:
            # What went wrong may be the connection itself, and a handler may have left anything on it.
            sqlite3.Connection.close(connection)
            raise
        idle.append(connection)

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path,
            timeout=self._busy_timeout_s,
            isolation_level=None,
            check_same_thread=False,
            factory=InboxConnection,
            uri=self._path.startswith("file:"),
        )
        # What the sender is told is kept must survive a loss of power, whatever this SQLite was built to do.
        connection.execute("pragma synchronous = full")
        return connection

    def _here(self) -> _Process:
        if self._process.pid != os.getpid():
            # A forked process must neither use nor close its parent's connections, so they stay as they are.
            self._forked.append(self._process)
            self._process = _Process()
        return self._process


class _Process:
    """What belongs to one process and is lost by a fork."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.idle: List[sqlite3.Connection] = []
        self.writer = threading.Lock()


def _no_end(action: int, operation: Optional[str], *_rest: object) -> int:
    """Whatever way a handler takes to commit or to roll back, a script's included, SQLite answers "not authorized"."""
    return sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_TRANSACTION and operation != "BEGIN" else sqlite3.SQLITE_OK


def _anything(*_asked: object) -> int:
    return sqlite3.SQLITE_OK


def _not_yours(what: str) -> RuntimeError:
    return RuntimeError(f"{what} is not for handlers: the inbox commits what they write, together with the event.")


def _now_ms() -> int:
    return int(time.time() * 1000)


def _statements(name: str) -> Dict[str, str]:
    """`due_at` says when a row may be taken: a waiting one at its next attempt, a running one when its lease runs out.

    Only a crash or a stall lets that happen. Whoever is running comes before whoever is earlier: it has begun.
    """
    table, bare = table_names(name)
    schema = table[: -len(bare)]
    held = "event_id = ? and fence = ? and status = 'running'"
    open_ = "status in ('pending', 'running')"
    return {
        "create": f"""create table if not exists {table} (
              arrival integer primary key autoincrement,
              event_id text not null unique,
              event_type text not null,
              object_key text not null,
              created integer not null,
              body text not null,
              status text not null default 'pending'
                check (status in ('pending', 'running', 'done', 'dead', 'discarded')),
              due_at integer not null,
              attempts integer not null default 0,
              fence integer not null default 0,
              last_error text,
              received_at integer not null,
              finished_at integer
            );
            create index if not exists {schema}{bare}_due on {bare} (due_at, arrival) where {open_};
            create index if not exists {schema}{bare}_order on {bare} (object_key, created, arrival) where {open_};
            create unique index if not exists {schema}{bare}_one_per_object on {bare} (object_key)
              where status = 'running';
            create index if not exists {schema}{bare}_dead on {bare} (finished_at) where status = 'dead'""",
        "add": f"""insert into {table} (event_id, event_type, object_key, created, body, due_at, received_at)
            values (?, ?, ?, ?, ?, ?, ?) on conflict (event_id) do nothing""",
        "due": f"""select arrival, event_id, event_type, body, attempts, fence from {table} t
            where {open_} and due_at <= ? and (status = 'running' or not exists (
              select 1 from {table} o
              where o.object_key = t.object_key and o.{open_}
                and (o.status = 'running' or (o.created, o.arrival) < (t.created, t.arrival))))
            order by due_at, arrival limit ?""",
        # SQLite has had `returning` only since 3.35; the transaction makes the two statements one.
        "take": f"""update {table} set status = 'running', attempts = attempts + 1, fence = fence + 1, due_at = ?
            where arrival = ?""",
        "renew": f"update {table} set due_at = ? where {held}",
        "finish": f"update {table} set status = 'done', finished_at = ? where {held}",
        "fail": f"update {table} set status = ?, due_at = ?, last_error = ?, finished_at = ? where {held}",
        "release": f"update {table} set status = 'pending', attempts = attempts - 1, due_at = ? where {held}",
        "dead_letters": f"""select event_id, event_type, object_key, body, attempts, last_error,
              received_at, finished_at
            from {table} where status = 'dead' order by finished_at, arrival limit ?""",
        "retry": f"""update {table} set status = 'pending', attempts = 0, due_at = ?, finished_at = null
            where event_id = ? and status = 'dead'""",
        "discard": f"update {table} set status = 'discarded', finished_at = ? where event_id = ? and status = 'dead'",
        "prune": f"""delete from {table} where arrival in (
            select arrival from {table} where status in ('done', 'discarded') and finished_at < ?
            order by arrival limit {PRUNED_ROWS_MAX})""",
    }
