"""The receiver: kept before it is answered, handled in the background, tried again, dead at last, closed politely."""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import Any, Callable

import pytest
from deliveries import encoded, event, signed, wait_until
from inboxes import SECRET, inbox_on, query, states

import istripe
from istripe.webhooks import Receiver, SqliteInbox, sign, sign_standard

Make = Callable[..., Receiver[Any]]


def deliver(receiver: Receiver[Any], one: dict[str, Any]) -> Any:
    return receiver.receive(*signed(one, SECRET))


def test_an_event_is_committed_before_it_is_answered_200_and_only_once(make_receiver: Make, database: str) -> None:
    receiver = make_receiver(concurrency=0)
    assert deliver(receiver, event(1)).status == 200
    assert states(database) == {"evt_ch_1_1": "pending"}
    again = deliver(receiver, event(1))
    assert (again.status, again.body) == (200, {"received": True, "duplicate": True})
    assert query(database, "select count(*) from istripe_webhook_inbox") == [(1,)]
    assert query(database, "select body from istripe_webhook_inbox") == [(encoded(event(1)).decode(),)]


def test_standard_webhooks_headers_are_taken_too(make_receiver: Make, database: str) -> None:
    body = encoded(event(1))
    assert make_receiver(concurrency=0).receive(body, sign_standard(body, SECRET, "evt_1")).status == 200
    assert states(database) == {"evt_ch_1_1": "pending"}


@pytest.mark.parametrize(
    ("body", "header", "status", "code"),
    [
        (encoded(event(1)), "", 400, "header_missing"),
        (encoded(event(1)), sign(encoded(event(1)), "whsec_other"), 400, "signature_mismatch"),
        (encoded(event(1)), sign(encoded(event(1)), SECRET, 1_600_000_000), 400, "timestamp_too_old"),
        (b"hello", None, 400, "not_an_event"),
        (encoded({**event(1), "id": ""}), None, 400, "not_an_event"),
        (encoded({**event(1), "id": "evt_\x00"}), None, 400, "not_an_event"),
        (encoded({**event(1), "type": 3}), None, 400, "not_an_event"),
        (encoded({**event(1), "created": True}), None, 400, "not_an_event"),
        (encoded({**event(1), "created": 10**30}), None, 400, "not_an_event"),
        (encoded({**event(1), "data": {"object": []}}), None, 400, "not_an_event"),
        (b" " * (1024 * 1024 + 1), None, 413, "body_too_large"),
    ],
)
def test_what_is_refused_is_not_kept(tmp_path: Any, body: bytes, header: str | None, status: int, code: str) -> None:
    database = str(tmp_path / "app.db")
    receiver = Receiver(SECRET, SqliteInbox(database), concurrency=0)
    receiver.start()
    answer = receiver.receive(body, {"Stripe-Signature": sign(body, SECRET) if header is None else header})
    assert (answer.status, answer.body["error"]["code"]) == (status, code)  # type: ignore[index]
    assert states(database) == {}
    receiver.close()


def test_a_database_that_does_not_answer_is_never_a_200(tmp_path: Any, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "missing"
    receiver = Receiver(SECRET, SqliteInbox(folder / "app.db"), concurrency=0)
    answer = deliver(receiver, event(1, description="confidential words"))
    assert (answer.status, answer.body["error"]["code"]) == (503, "inbox_unavailable")
    assert "could not be kept" in caplog.text
    assert "confidential" not in caplog.text
    folder.mkdir()
    assert deliver(receiver, event(1)).status == 200
    receiver.close()


def test_handlers_are_called_by_type_family_and_star(make_receiver: Make) -> None:
    receiver, called = make_receiver(), []

    @receiver.on("charge.succeeded", "charge.*")
    def exact(one: Any) -> None:
        called.append(("exact", one.type))

    @receiver.on("charge.*")
    def family(one: Any) -> None:
        called.append(("family", one.type))

    @receiver.on("*")
    def every(one: Any) -> None:
        called.append(("every", one.type))

    @receiver.on("charge")
    def never(one: Any) -> None:
        called.append(("never", one.type))

    for number, kind in enumerate(["charge.succeeded", "charge.dispute.created", "chargeback.made", "refund.created"]):
        deliver(receiver, event(number, f"ch_{number}", kind))
    receiver.close(5)
    receiver.drain()
    assert sorted(called) == sorted(
        [
            (name, kind)
            for name in ("exact", "family", "every")
            for kind in ("charge.succeeded", "charge.dispute.created")
        ]
        + [("every", "chargeback.made"), ("every", "refund.created")]
    )


def test_a_handler_gets_the_event_its_key_and_the_object_as_it_is_now(make_receiver: Make) -> None:
    asked, seen = [], []

    def current(one: istripe.Event) -> Any:
        asked.append(one.id)
        return {"amount": 999}

    receiver = make_receiver(current=current, concurrency=0)

    @receiver.on("*")
    def handle(one: Any) -> None:
        seen.append((one.data.object.amount, one.current(), one.current(), one.idempotency_key, one.attempt))
        assert isinstance(one, istripe.Event) and isinstance(one.data.object, istripe.Charge)

    deliver(receiver, event(1))
    assert receiver.drain() == 1
    assert seen == [(101, {"amount": 999}, {"amount": 999}, "evt_ch_1_1", 1)]
    assert asked == ["evt_ch_1_1"]


def test_an_event_is_handled_at_once_and_does_not_wait_for_the_next_look(make_receiver: Make, database: str) -> None:
    receiver = make_receiver(poll_s=60)
    with receiver:
        time.sleep(0.5)
        for number in range(3):
            deliver(receiver, event(number))
        wait_until(lambda: list(states(database).values()) == ["done"] * 3, "all are done", timeout_s=15)


def test_a_failing_handler_is_tried_again_until_it_succeeds(make_receiver: Make, database: str) -> None:
    receiver, attempts = make_receiver(), []

    @receiver.on("charge.succeeded")
    def handle(one: Any) -> None:
        attempts.append((one.attempt, one.idempotency_key))
        if one.attempt < 3:
            raise ConnectionError("not now")

    with receiver:
        deliver(receiver, event(1))
        wait_until(lambda: states(database) == {"evt_ch_1_1": "done"}, "the event is done")
    assert attempts == [(1, "evt_ch_1_1"), (2, "evt_ch_1_1"), (3, "evt_ch_1_1")]
    assert receiver.dead_letters() == []


def test_what_fails_for_good_is_a_dead_letter_that_can_be_retried_or_discarded(
    make_receiver: Make, database: str, caplog: pytest.LogCaptureFixture
) -> None:
    receiver, broken = make_receiver(attempts_max=3), {"ch_1", "ch_2"}

    @receiver.on("*")
    def handle(one: Any) -> None:
        if one.data.object.id in broken:
            raise LookupError(f"there is no {one.data.object.id}")

    with receiver:
        for number, key in [(1, "ch_1"), (2, "ch_1"), (1, "ch_2")]:
            deliver(receiver, event(number, key))
        wait_until(lambda: len(receiver.dead_letters()) == 3, "all three are dead letters")
        letters = {one.event_id: one for one in receiver.dead_letters()}
        assert {one.attempts for one in letters.values()} == {3}
        assert letters["evt_ch_1_1"].error.startswith("LookupError: there is no ch_1")
        assert "test_webhooks_receiver.py" in letters["evt_ch_1_1"].error
        broken.clear()
        assert receiver.retry("evt_ch_1_1")
        assert receiver.discard("evt_ch_1_2")
        wait_until(lambda: states(database)["evt_ch_1_1"] == "done", "the letter is done")
        assert [one.event_id for one in receiver.dead_letters()] == ["evt_ch_2_1"]
    assert states(database) == {"evt_ch_1_1": "done", "evt_ch_1_2": "discarded", "evt_ch_2_1": "dead"}
    assert "It is now a dead letter." in caplog.text


def test_reordered_events_of_an_object_are_handled_in_order_and_objects_side_by_side(
    make_receiver: Make, database: str
) -> None:
    front, back, seen = make_receiver(concurrency=0), make_receiver(concurrency=8), []
    together = threading.Barrier(3)

    @back.on("*")
    def handle(one: Any) -> None:
        if one.data.object.amount == 100:
            together.wait(10)
        seen.append((one.data.object.id, one.data.object.amount))

    for number in (4, 2, 0, 3, 1):
        for key in ("ch_1", "ch_2", "ch_3"):
            deliver(front, event(number, key))
    with back:
        wait_until(lambda: len(seen) == 15, "every event is handled")
    for key in ("ch_1", "ch_2", "ch_3"):
        assert [amount for one, amount in seen if one == key] == [100, 101, 102, 103, 104]


def test_the_transactions_handlers_take_effect_once_though_they_fail_first(make_receiver: Make, database: str) -> None:
    query(database, "create table credits (event text)")
    receiver, order = make_receiver(), []

    @receiver.in_transaction("charge.succeeded")
    def credit(one: Any, connection: Any) -> None:
        connection.execute(f"insert into credits values ('{one.id}')")
        order.append("credit")
        if one.attempt < 3:
            raise TimeoutError

    @receiver.on("charge.succeeded")
    def notify(one: Any) -> None:
        order.append("notify")

    with receiver:
        deliver(receiver, event(1))
        wait_until(lambda: states(database) == {"evt_ch_1_1": "done"}, "the event is done")
    assert query(database, "select event from credits") == [("evt_ch_1_1",)]
    assert order == ["notify", "credit"] * 3


def test_a_handler_that_outlives_its_lease_writes_nothing_in_the_transaction(
    make_receiver: Make, database: str
) -> None:
    query(database, "create table credits (event text, attempt int)")
    receiver = make_receiver(lease_s=0.3, timeout_s=0.01, concurrency=2)

    @receiver.on("*")
    def stall(one: Any) -> None:
        if one.attempt == 1:
            time.sleep(1.2)

    @receiver.in_transaction("*")
    def credit(one: Any, connection: Any) -> None:
        connection.execute(f"insert into credits values ('{one.id}', {one.attempt})")

    with receiver:
        deliver(receiver, event(1))
        wait_until(lambda: states(database) == {"evt_ch_1_1": "done"}, "the event is done")
        time.sleep(1.2)
    assert query(database, "select * from credits") == [("evt_ch_1_1", 2)]


def test_a_long_handler_keeps_its_lease(make_receiver: Make, database: str) -> None:
    receiver, attempts = make_receiver(lease_s=0.3, concurrency=2), []

    @receiver.on("*")
    def slow(one: Any) -> None:
        attempts.append(one.attempt)
        time.sleep(1.0)

    with receiver:
        deliver(receiver, event(1))
        wait_until(lambda: states(database) == {"evt_ch_1_1": "done"}, "the event is done")
    assert attempts == [1]


def test_an_event_that_ends_the_process_each_time_becomes_a_dead_letter(make_receiver: Make, database: str) -> None:
    receiver, inbox, called = make_receiver(attempts_max=2, concurrency=0), inbox_on(database), []
    receiver.on("*")(lambda one: called.append(one.id))
    deliver(receiver, event(1))
    for _ in range(2):
        assert len(inbox.claim(1, 0.1)) == 1
        time.sleep(0.2)
    assert receiver.drain() == 1
    assert called == []
    assert "The process ended in the last of 2 attempts" in receiver.dead_letters()[0].error
    inbox.close()


def test_closing_lets_what_runs_finish_and_takes_nothing_more(make_receiver: Make, database: str) -> None:
    receiver, started = make_receiver(concurrency=1), threading.Event()

    @receiver.on("*")
    def slow(one: Any) -> None:
        started.set()
        time.sleep(0.4)

    receiver.start()
    for number in (1, 2):
        deliver(receiver, event(number, f"ch_{number}"))
    assert started.wait(10)
    assert receiver.close(grace_s=10) is True
    assert sorted(states(database).values()) == ["done", "pending"]
    time.sleep(0.2)
    assert sorted(states(database).values()) == ["done", "pending"]
    assert deliver(receiver, event(3, "ch_3")).status == 200
    with receiver:
        wait_until(lambda: set(states(database).values()) == {"done"}, "the rest is done after another start")


def test_closing_does_not_wait_longer_than_it_may(make_receiver: Make) -> None:
    receiver, started, go_on = make_receiver(), threading.Event(), threading.Event()

    @receiver.on("*")
    def hang(one: Any) -> None:
        started.set()
        go_on.wait(20)

    deliver(receiver, event(1))
    assert started.wait(10)
    before = time.monotonic()
    assert receiver.close(grace_s=0.2) is False
    assert time.monotonic() - before < 5
    go_on.set()


def test_a_handler_that_comes_after_the_start_is_refused(make_receiver: Make) -> None:
    receiver = make_receiver()
    receiver.start()
    with pytest.raises(RuntimeError, match="after start"):
        receiver.on("charge.succeeded")(print)


@pytest.mark.parametrize("pattern", ["", "charge.", "*.succeeded", "Charge.succeeded", "charge*", "a b"])
def test_a_pattern_that_can_match_nothing_is_refused(make_receiver: Make, pattern: str) -> None:
    with pytest.raises(ValueError, match="pattern"):
        make_receiver().on(pattern)(print)


def test_an_async_handler_is_refused(make_receiver: Make) -> None:
    async def handle(one: Any) -> None: ...

    with pytest.raises(TypeError, match="threads"):
        make_receiver().on("*")(handle)


def test_no_log_holds_a_body_or_a_secret(make_receiver: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="istripe")
    receiver = make_receiver(attempts_max=1, concurrency=0)

    @receiver.on("*")
    def fail(one: Any) -> None:
        raise ValueError("no")

    deliver(receiver, event(1, description="confidential words"))
    receiver.receive(encoded(event(2)), {"Stripe-Signature": "t=1,v1=abc"})
    receiver.drain()
    assert "signature" in caplog.text.lower()
    assert "dead letter" in caplog.text
    for secret in ("confidential", SECRET, SECRET[6:]):
        assert secret not in caplog.text


if hasattr(os, "fork"):  # Elsewhere there is no such danger.

    def test_a_forked_process_receives_and_handles_with_connections_of_its_own(
        make_receiver: Make, database: str
    ) -> None:
        query(database, "create table credits (event text, pid int)")
        receiver = make_receiver()

        @receiver.in_transaction("*")
        def credit(one: Any, connection: Any) -> None:
            connection.execute(f"insert into credits values ('{one.id}', {os.getpid()})")

        receiver.start()
        deliver(receiver, event(1))
        wait_until(lambda: len(query(database, "select * from credits")) == 1, "the parent handles")
        receiver.close()
        receiver.start()
        child = os.fork()
        if child == 0:
            is_kept = deliver(receiver, event(2)).status == 200
            os._exit(0 if is_kept and receiver.close(10) else 1)
        wait_until(lambda: os.waitpid(child, os.WNOHANG) == (child, 0), "the child ends well")
        deliver(receiver, event(3))
        wait_until(lambda: len(query(database, "select * from credits")) == 3, "every event is handled once")
        assert set(states(database).values()) == {"done"}
