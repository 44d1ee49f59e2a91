"""What both inboxes promise: kept once, one event of an object at a time and in order, and no say without the lease."""

from __future__ import annotations

import datetime
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import psycopg_pool
import pytest
from inboxes import inbox_on, query, states
from psycopg.rows import dict_row

from istripe.webhooks import Arrival, Inbox, LeaseLost, PostgresInbox, SqliteInbox

LEASE_S = 30.0


def arrival(number: int, key: str = "ch_1", created: int = 0, settle_s: float = 0.0) -> Arrival:
    return Arrival(f"evt_{number}", "charge.succeeded", key, created or number, f'{{"n": {number}}}', settle_s)


def claimed(inbox: Inbox[Any], limit: int = 10, lease_s: float = LEASE_S) -> list[str]:
    return [leased.lease.event_id for leased in inbox.claim(limit, lease_s)]


def test_an_event_is_kept_once_however_many_add_it_at_the_same_time(inbox: Inbox[Any], database: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        added = list(pool.map(lambda _: inbox.add(arrival(1)), range(16)))
    assert sorted(added) == [False] * 15 + [True]
    assert query(database, "select count(*) from istripe_webhook_inbox") == [(1,)]


def test_an_event_that_is_done_is_still_a_duplicate(inbox: Inbox[Any]) -> None:
    inbox.add(arrival(1))
    assert inbox.finish(inbox.claim(1, LEASE_S)[0].lease)
    assert inbox.add(arrival(1)) is False
    assert claimed(inbox) == []


def test_events_of_one_object_are_handed_out_one_at_a_time_and_by_creation(inbox: Inbox[Any]) -> None:
    for number in (3, 1, 2):
        inbox.add(arrival(number))
    inbox.add(arrival(4, "ch_2"))
    order = []
    for _ in range(3):
        leased = [one for one in inbox.claim(10, LEASE_S) if one.lease.event_id != "evt_4"]
        assert len(leased) == 1
        assert claimed(inbox) == []
        order.append(leased[0].lease.event_id)
        inbox.finish(leased[0].lease)
    assert order == ["evt_1", "evt_2", "evt_3"]


def test_events_of_one_second_are_handed_out_by_arrival(inbox: Inbox[Any]) -> None:
    for number in (2, 1):
        inbox.add(arrival(number, created=7))
    leased = inbox.claim(10, LEASE_S)
    assert [one.lease.event_id for one in leased] == ["evt_2"]


def test_an_earlier_event_that_arrives_late_does_not_run_beside_a_later_one(inbox: Inbox[Any]) -> None:
    inbox.add(arrival(2))
    late = inbox.claim(1, LEASE_S)[0]
    inbox.add(arrival(1))
    assert claimed(inbox) == []
    inbox.finish(late.lease)
    assert claimed(inbox) == ["evt_1"]


def test_a_settling_event_is_overtaken_by_what_was_created_earlier(inbox: Inbox[Any]) -> None:
    inbox.add(arrival(2, settle_s=0.5))
    inbox.add(arrival(1, settle_s=0))
    first = inbox.claim(10, LEASE_S)
    assert [one.lease.event_id for one in first] == ["evt_1"]
    inbox.finish(first[0].lease)
    assert claimed(inbox) == []
    time.sleep(0.6)
    assert claimed(inbox) == ["evt_2"]


def test_a_failing_event_holds_back_its_own_object_only_and_only_until_it_is_dead(inbox: Inbox[Any]) -> None:
    inbox.add(arrival(1))
    inbox.add(arrival(2))
    inbox.add(arrival(3, "ch_2"))
    by_id = {one.lease.event_id: one for one in inbox.claim(10, LEASE_S)}
    assert sorted(by_id) == ["evt_1", "evt_3"]
    assert inbox.fail(by_id["evt_1"].lease, "no", 0.4)
    assert claimed(inbox) == []
    time.sleep(0.5)
    again = inbox.claim(10, LEASE_S)
    assert [(one.lease.event_id, one.attempt) for one in again] == [("evt_1", 2)]
    assert inbox.fail(again[0].lease, "still no", None)
    assert claimed(inbox) == ["evt_2"]


def test_a_lease_runs_out_and_its_holder_can_change_nothing_any_more(inbox: Inbox[Any], database: str) -> None:
    inbox.add(arrival(1))
    stalled = inbox.claim(1, 0.2)[0]
    time.sleep(0.3)
    taken_over = inbox.claim(1, LEASE_S)[0]
    assert (taken_over.attempt, taken_over.lease.fence) == (2, stalled.lease.fence + 1)
    assert inbox.renew([stalled.lease], LEASE_S) == set()
    assert inbox.finish(stalled.lease) is False
    assert inbox.fail(stalled.lease, "late", None) is False
    inbox.release([stalled.lease])
    with pytest.raises(LeaseLost), inbox.transaction(stalled.lease) as connection:
        connection.execute("create table effects (n int)")
    assert states(database) == {"evt_1": "running"}
    assert inbox.finish(taken_over.lease)
    assert states(database) == {"evt_1": "done"}
    with pytest.raises((psycopg.Error, Exception), match="effects"):
        query(database, "select * from effects")


def test_a_renewed_lease_does_not_run_out(inbox: Inbox[Any]) -> None:
    inbox.add(arrival(1))
    leased = inbox.claim(1, 0.3)[0]
    assert inbox.renew([leased.lease], LEASE_S) == {"evt_1"}
    time.sleep(0.4)
    assert claimed(inbox) == []


def test_what_is_given_back_counts_as_not_attempted(inbox: Inbox[Any]) -> None:
    inbox.add(arrival(1))
    inbox.release([inbox.claim(1, LEASE_S)[0].lease])
    assert inbox.claim(1, LEASE_S)[0].attempt == 1


def test_effect_and_done_commit_together_or_not_at_all(inbox: Inbox[Any], database: str) -> None:
    query(database, "create table effects (n int)")
    inbox.add(arrival(1))
    leased = inbox.claim(1, LEASE_S)[0]
    with pytest.raises(ZeroDivisionError), inbox.transaction(leased.lease) as connection:
        connection.execute("insert into effects values (1)")
        raise ZeroDivisionError
    assert query(database, "select count(*) from effects") == [(0,)]
    assert states(database) == {"evt_1": "running"}
    with inbox.transaction(leased.lease) as connection:
        connection.execute("insert into effects values (1)")
    assert query(database, "select count(*) from effects") == [(1,)]
    assert states(database) == {"evt_1": "done"}
    with pytest.raises(LeaseLost), inbox.transaction(leased.lease) as connection:
        connection.execute("insert into effects values (1)")
    assert query(database, "select count(*) from effects") == [(1,)]


@pytest.mark.parametrize(
    "end",
    [
        lambda connection: connection.commit(),
        lambda connection: connection.rollback(),
        lambda connection: connection.__enter__().__exit__(None, None, None),
    ],
)
def test_a_handler_cannot_end_the_inboxs_transaction(inbox: Inbox[Any], database: str, end: Any) -> None:
    query(database, "create table effects (n int)")
    inbox.add(arrival(1))
    leased = inbox.claim(1, LEASE_S)[0]
    with pytest.raises((psycopg.Error, RuntimeError)), inbox.transaction(leased.lease) as connection:
        connection.execute("insert into effects values (1)")
        end(connection)
    assert query(database, "select count(*) from effects") == [(0,)]
    assert states(database) == {"evt_1": "running"}


@pytest.mark.parametrize("statement", ["commit", "rollback", "end", "create table other (n int); commit"])
def test_sqlite_refuses_a_handlers_commit_in_sql(tmp_path: Any, statement: str) -> None:
    database = str(tmp_path / "app.db")
    inbox = SqliteInbox(database)
    inbox.prepare()
    query(database, "create table effects (n int)")
    inbox.add(arrival(1))
    leased = inbox.claim(1, LEASE_S)[0]
    with pytest.raises(Exception, match="not authorized"), inbox.transaction(leased.lease) as connection:
        connection.execute("insert into effects values (1)")
        connection.cursor().executescript(statement)
    assert query(database, "select count(*) from effects") == [(0,)]
    assert inbox.finish(leased.lease)
    inbox.close()


def test_dead_letters_are_listed_retried_and_discarded(inbox: Inbox[Any]) -> None:
    for number in (1, 2):
        inbox.add(arrival(number, f"ch_{number}"))
    assert inbox.dead_letters(10) == []
    for leased in inbox.claim(10, LEASE_S):
        inbox.fail(leased.lease, f"no {leased.lease.event_id}\0\ud800 " + "x" * 5000, None)
    letters = {one.event_id: one for one in inbox.dead_letters(10)}
    assert sorted(letters) == ["evt_1", "evt_2"]
    letter = letters["evt_1"]
    assert (letter.event_type, letter.object_key, letter.attempts) == ("charge.succeeded", "ch_1", 1)
    assert letter.error.startswith("no evt_1")
    assert len(letter.error) == 2000
    assert letter.body == '{"n": 1}'
    now = datetime.datetime.now(datetime.timezone.utc)
    assert now - datetime.timedelta(minutes=1) < letter.received_at <= letter.died_at < now + datetime.timedelta(1)
    assert len(inbox.dead_letters(1)) == 1
    assert (inbox.retry("evt_1"), inbox.retry("evt_1"), inbox.retry("evt_3")) == (True, False, False)
    assert (inbox.discard("evt_2"), inbox.discard("evt_2"), inbox.discard("evt_1")) == (True, False, False)
    assert inbox.dead_letters(10) == []
    again = inbox.claim(10, LEASE_S)
    assert [(one.lease.event_id, one.attempt) for one in again] == [("evt_1", 1)]
    assert inbox.add(arrival(2)) is False


def test_only_what_is_over_and_old_is_pruned(inbox: Inbox[Any], database: str) -> None:
    for number in range(1, 5):
        inbox.add(arrival(number, f"ch_{number}"))
    leased = {one.lease.event_id: one.lease for one in inbox.claim(3, LEASE_S)}
    inbox.finish(leased["evt_1"])
    inbox.fail(leased["evt_2"], "no", None)
    time.sleep(0.01)
    assert inbox.prune(60) == 0
    assert inbox.prune(0.001) == 1
    assert states(database) == {"evt_2": "dead", "evt_3": "running", "evt_4": "pending"}


def test_many_workers_take_each_event_once_and_never_two_of_an_object(database: str) -> None:
    objects, events, inboxes = 5, 12, [inbox_on(database) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda one: one.prepare(), inboxes))
    for number in range(objects * events):
        inboxes[0].add(arrival(number + 1, f"ch_{number % objects}"))
    lock, running, order, overlaps = threading.Lock(), set(), {f"ch_{n}": [] for n in range(objects)}, []
    deadline = time.monotonic() + 20

    def work(inbox: Inbox[Any]) -> None:
        while sum(map(len, order.values())) < objects * events and time.monotonic() < deadline:
            for leased in inbox.claim(2, LEASE_S):
                number = int(leased.lease.event_id[4:])
                key = f"ch_{(number - 1) % objects}"
                with lock:
                    overlaps.extend([key] if key in running else [])
                    running.add(key)
                time.sleep(0.002)
                with lock:
                    running.remove(key)
                    order[key].append(number)
                assert inbox.finish(leased.lease)

    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(work, inboxes[n % 3]) for n in range(6)]:
            done.result()
    for inbox in inboxes:
        inbox.close()
    assert overlaps == []
    assert order == {f"ch_{n}": [n + 1 + objects * k for k in range(events)] for n in range(objects)}


def test_a_pool_of_the_applications_own_is_used_as_it_is_and_left_open(postgres: str) -> None:
    with psycopg_pool.ConnectionPool(postgres, min_size=1, max_size=3, kwargs={"row_factory": dict_row}) as pool:
        inbox = PostgresInbox(pool, table="shop.inbox")
        query(postgres, "create schema shop")
        inbox.prepare()
        assert inbox.add(arrival(1))
        leased = inbox.claim(1, LEASE_S)[0]
        with inbox.transaction(leased.lease) as connection:
            assert connection.execute("select 1 as one").fetchall() == [{"one": 1}]
        inbox.close()
        with pool.connection() as connection:
            rows = connection.execute("select status from shop.inbox").fetchall()
        assert rows == [{"status": "done"}]


def test_a_role_that_may_not_create_tables_uses_the_one_that_is_there(postgres: str) -> None:
    PostgresInbox(postgres).prepare()
    role = "reader_" + postgres.rpartition("_")[2]
    query(postgres, f"create role {role} login")
    query(postgres, f"grant select, insert, update, delete on istripe_webhook_inbox to {role}")
    inbox = PostgresInbox(postgres.replace("postgres@", f"{role}@"))
    inbox.prepare()
    assert inbox.add(arrival(1))
    inbox.close()


@pytest.mark.parametrize("table", ["", "Inbox", "a b", "inbox;drop table x", "a.b.c", 'in"box', "x" * 70])
def test_a_tables_name_is_a_plain_name(table: str) -> None:
    for make in (lambda: SqliteInbox("app.db", table=table), lambda: PostgresInbox("", table=table)):
        with pytest.raises(ValueError, match="table's name"):
            make()


@pytest.mark.parametrize("path", ["", ":memory:", "file:x?mode=memory"])
def test_an_inbox_in_memory_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="after a crash"):
        SqliteInbox(path)
