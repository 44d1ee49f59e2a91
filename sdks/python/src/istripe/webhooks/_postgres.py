"""The inbox on PostgreSQL, in the application's own database, shared by any number of processes and machines.

That two events of one object never run at the same time is a unique index, not a hope: of two processes that take them
at the same moment the second is refused by the database. Leases go by the database's clock. Needs psycopg 3.
"""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING, Any, ContextManager, Dict, Iterator, List, Optional, Protocol, Sequence, Set, Union

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

if TYPE_CHECKING:
    import psycopg
    import psycopg_pool

#: How long a call waits for a free connection, and for the database to be reached.
WAIT_S = 10.0
DEFAULT_POOL_SIZE_MAX = 10
#: How often one call takes events that another process takes at the same moment, before it leaves them to the next.
CLAIMS_MAX = 5
#: A server that is gone without a word is noticed within a minute, instead of hours.
_BOUNDS = {
    "connect_timeout": int(WAIT_S),
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}


class Pool(Protocol):
    """What is used of a `psycopg_pool.ConnectionPool`: a block with a connection that is committed or rolled back."""

    def connection(self) -> ContextManager[psycopg.Connection[Any]]: ...


class PostgresInbox:
    """`database` is a connection string, or the application's own pool of psycopg connections, which is left open.

    A pool needs room for the receiver's `concurrency` and two connections more. Raises psycopg.Error, or what the pool
    raises, from any method when the database does not answer.
    """

    def __init__(
        self, database: Union[str, Pool], *, table: str = DEFAULT_TABLE, pool_size_max: int = DEFAULT_POOL_SIZE_MAX
    ) -> None:
        self._given = None if isinstance(database, str) else database
        self._conninfo = database if isinstance(database, str) else ""
        self._pool_size_max = pool_size_max
        self._sql = _statements(table)
        self._table = table
        self._own: Optional[psycopg_pool.ConnectionPool[Any]] = None
        self._own_pid = 0
        self._forked: List[Any] = []
        # Of two pools made at once, one would stay open for good.
        self._opening = threading.Lock()

    def prepare(self) -> None:
        with self._cursor() as cursor:
            # Asked first, because a role that may not create tables may not even say `if not exists`.
            cursor.execute("select to_regclass(%s)::text", (self._table,))
            if cursor.fetchall() == [(None,)]:
                cursor.execute(self._sql["create"])

    def add(self, arrival: Arrival) -> bool:
        return self._changes("add", vars(arrival)) > 0

    def claim(self, limit: int, lease_s: float) -> List[LeasedEvent]:
        from psycopg import errors

        for _ in range(CLAIMS_MAX):
            try:
                with self._cursor() as cursor:
                    cursor.execute(self._sql["claim"], {"limit": limit, "lease_s": lease_s})
                    rows = cursor.fetchall()
                return [LeasedEvent(Lease(row[0], row[1]), row[2], row[3], row[4]) for row in rows]
            except (errors.UniqueViolation, errors.SerializationFailure, errors.DeadlockDetected):
                # Another process took the same object, or the same rows in another order: look again.
                continue
        return []

    def renew(self, leases: Sequence[Lease], lease_s: float) -> Set[str]:
        with self._cursor() as cursor:
            cursor.execute(self._sql["renew"], {**_columns(leases), "lease_s": lease_s})
            return {row[0] for row in cursor.fetchall()}

    def finish(self, lease: Lease) -> bool:
        return self._changes("finish", vars(lease)) > 0

    @contextlib.contextmanager
    def transaction(self, lease: Lease) -> Iterator[psycopg.Connection[Any]]:
        with self._pool().connection() as connection, connection.transaction():
            yield connection
            with connection.cursor() as cursor:
                cursor.execute(self._sql["finish"], vars(lease))
                if cursor.rowcount != 1:
                    raise LeaseLost(lease.event_id)

    def fail(self, lease: Lease, error: str, retry_in_s: Optional[float]) -> bool:
        return self._changes("fail", {**vars(lease), "error": storable(error), "retry_in_s": retry_in_s}) > 0

    def release(self, leases: Sequence[Lease]) -> None:
        self._changes("release", _columns(leases))

    def dead_letters(self, limit: int) -> List[DeadLetter]:
        with self._cursor() as cursor:
            cursor.execute(self._sql["dead_letters"], {"limit": limit})
            rows = cursor.fetchall()
        return [dead_letter(row) for row in rows]

    def retry(self, event_id: str) -> bool:
        return self._changes("retry", {"event_id": event_id}) > 0

    def discard(self, event_id: str) -> bool:
        return self._changes("discard", {"event_id": event_id}) > 0

    def prune(self, older_than_s: float) -> int:
        return self._changes("prune", {"older_than_s": older_than_s})

    def close(self) -> None:
        with self._opening:
            pool, self._own = self._own, None
            if pool is not None and self._own_pid == os.getpid():
                pool.close()

    def _changes(self, statement: str, values: Dict[str, Any]) -> int:
        with self._cursor() as cursor:
            return cursor.execute(self._sql[statement], values).rowcount

    @contextlib.contextmanager
    def _cursor(self) -> Iterator[psycopg.Cursor[Any]]:
        """A cursor for one statement, which is committed at the end of the block whatever the pool's own settings."""
        from psycopg.rows import tuple_row

        with self._pool().connection() as connection, connection.cursor(row_factory=tuple_row) as cursor:
            yield cursor

    def _pool(self) -> Pool:
        if self._given is not None:
            return self._given
        with self._opening:
            if self._own is not None and self._own_pid != os.getpid():
                # A forked process must neither use nor close its parent's connections, so they stay as they are.
                self._forked.append(self._own)
                self._own = None
            if self._own is None:
                self._own = self._opened()
                self._own_pid = os.getpid()
            return self._own

    def _opened(self) -> psycopg_pool.ConnectionPool[Any]:
        try:
            from psycopg_pool import ConnectionPool
        except ImportError:
            raise ImportError("PostgresInbox needs psycopg and its pool: pip install 'psycopg[binary,pool]'.") from None
        return ConnectionPool(
            self._conninfo,
            min_size=1,
            max_size=self._pool_size_max,
            timeout=WAIT_S,
            kwargs={"autocommit": True, **_BOUNDS},
            open=True,
        )


def _columns(leases: Sequence[Lease]) -> Dict[str, Any]:
    return {"event_ids": [lease.event_id for lease in leases], "fences": [lease.fence for lease in leases]}


def _statements(name: str) -> Dict[str, bytes]:
    """`due_at` says when a row may be taken: a waiting one at its next attempt, a running one when its lease runs out.

    Only a crash or a stall lets that happen. Whoever is running comes before whoever is earlier: it has begun.
    """
    table, bare = table_names(name)
    held = "event_id = %(event_id)s and fence = %(fence)s and status = 'running'"
    all_held = (
        "status = 'running' and (event_id, fence) in (select * from unnest(%(event_ids)s::text[], %(fences)s::int[]))"
    )
    open_ = "status in ('pending', 'running')"
    texts = {
        # One statement text is one transaction; the lock keeps processes that start together from making it twice.
        "create": f"""select pg_advisory_xact_lock(hashtext('{table}'));
            create table if not exists {table} (
              arrival bigint generated always as identity primary key,
              event_id text not null unique,
              event_type text not null,
              object_key text not null,
              created bigint not null,
              body text not null,
              status text not null default 'pending'
                check (status in ('pending', 'running', 'done', 'dead', 'discarded')),
              due_at timestamptz not null,
              attempts int not null default 0,
              fence int not null default 0,
              last_error text,
              received_at timestamptz not null default now(),
              finished_at timestamptz
            );
            create index if not exists {bare}_due on {table} (due_at, arrival) where {open_};
            create index if not exists {bare}_order on {table} (object_key, created, arrival) where {open_};
            create unique index if not exists {bare}_one_per_object on {table} (object_key) where status = 'running';
            create index if not exists {bare}_dead on {table} (finished_at) where status = 'dead'""",
        "add": f"""insert into {table} (event_id, event_type, object_key, created, body, due_at)
            values (%(event_id)s, %(event_type)s, %(object_key)s, %(created)s, %(body)s,
              now() + %(settle_s)s * interval '1 s') on conflict (event_id) do nothing""",
        "claim": f"""with free as materialized (
              select arrival from {table} t
              where {open_} and due_at <= now() and (status = 'running' or not exists (
                select 1 from {table} o
                where o.object_key = t.object_key and o.{open_}
                  and (o.status = 'running' or (o.created, o.arrival) < (t.created, t.arrival))))
              order by due_at, arrival limit %(limit)s for update of t skip locked
            )
            update {table} t set status = 'running', attempts = attempts + 1, fence = fence + 1,
              due_at = now() + %(lease_s)s * interval '1 s'
            from free where t.arrival = free.arrival
            returning t.event_id, t.fence, t.event_type, t.body, t.attempts""",
        "renew": f"""update {table} set due_at = now() + %(lease_s)s * interval '1 s'
            where {all_held} returning event_id""",
        "finish": f"update {table} set status = 'done', finished_at = clock_timestamp() where {held}",
        "fail": f"""update {table} set
              status = case when %(retry_in_s)s::float8 is null then 'dead' else 'pending' end,
              due_at = now() + coalesce(%(retry_in_s)s::float8, 0) * interval '1 s',
              last_error = %(error)s,
              finished_at = case when %(retry_in_s)s::float8 is null then now() end
            where {held}""",
        "release": f"update {table} set status = 'pending', attempts = attempts - 1, due_at = now() where {all_held}",
        "dead_letters": f"""select event_id, event_type, object_key, body, attempts, last_error,
              (extract(epoch from received_at) * 1000)::bigint, (extract(epoch from finished_at) * 1000)::bigint
            from {table} where status = 'dead' order by finished_at, arrival limit %(limit)s""",
        "retry": f"""update {table} set status = 'pending', attempts = 0, due_at = now(), finished_at = null
            where event_id = %(event_id)s and status = 'dead'""",
        "discard": f"""update {table} set status = 'discarded', finished_at = now()
            where event_id = %(event_id)s and status = 'dead'""",
        "prune": f"""delete from {table} where arrival in (
            select arrival from {table}
            where status in ('done', 'discarded') and finished_at < now() - %(older_than_s)s * interval '1 s'
            order by arrival limit {PRUNED_ROWS_MAX} for update skip locked)""",
    }
    return {key: text.encode() for key, text in texts.items()}
