"""Real applications in each framework, over HTTP, on each database: every event takes effect exactly once.

The sender repeats and reorders; the application is killed in the middle of a handler, and at a moment that is
nobody's choice, and started again. Effects are counted in the application's own database.
"""

from __future__ import annotations

import itertools
import os
import random
import threading
import time
from pathlib import Path
from typing import Any, Callable, Iterator

import httpx
import pytest
from app_process import AppProcess
from deliveries import Sender, encoded, event, signed, wait_until
from inboxes import SECRET, inbox_on, migrated, query, states

from istripe.webhooks import sign

FRAMEWORKS = ["fastapi", "django", "flask"]
OBJECTS, EVENTS_EACH, COPIES = 6, 5, 2


@pytest.fixture
def shop(database: str) -> str:
    """The application's database, after its migrations."""
    return migrated(database)


def send_in_background(sender: Sender, events: list[dict[str, Any]]) -> Callable[[], None]:
    """Starts sending; what it returns waits for the end and raises what went wrong."""
    problems: list[BaseException] = []

    def run() -> None:
        try:
            sender.send_all(events, COPIES)
        except BaseException as problem:
            problems.append(problem)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def finish() -> None:
        thread.join(60)
        assert not thread.is_alive()
        assert problems == []

    return finish


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_every_event_takes_effect_once_through_duplicates_reordering_failures_and_kills(
    framework: str, shop: str
) -> None:
    seed = int.from_bytes(os.urandom(4), "big")
    print(f"The seed is {seed}.")
    events = [event(number, f"ch_{key}") for number in range(EVENTS_EACH) for key in range(OBJECTS)]
    events[0]["data"]["object"]["stall"] = True
    events[1]["data"]["object"]["fail_times"] = 2
    dead = event(0, "ch_dead", fail_always=True)
    expected = sorted(one["id"] for one in events)
    with AppProcess(framework, shop) as app:
        sender = Sender(lambda: f"{app.url}/webhooks", SECRET, seed)
        finish = send_in_background(sender, [*events, dead])
        stalled = app.wait_for("STALLED")
        assert stalled.split()[1] not in [row[0] for row in query(shop, "select event from credits")]
        app.kill()
        app.start()
        time.sleep(random.Random(seed).uniform(0.05, 0.6))
        app.kill()
        app.start()
        finish()
        wait_until(lambda: "pending" not in (now := states(shop).values()) and "running" not in now, "all are handled")
        statuses = states(shop)
    assert sorted(row[0] for row in query(shop, "select event from credits")) == expected
    assert statuses == {**{one: "done" for one in expected}, dead["id"]: "dead"}
    assert len(sender.answers) == COPIES * (len(events) + 1)
    # An answer that a kill cut off may have been the one that said it was new.
    assert sum("duplicate" not in answer for answer in sender.answers) <= len(events) + 1
    inbox = inbox_on(shop)
    letters = inbox.dead_letters(10)
    inbox.close()
    # If a kill cut the last attempt short, the one that finds that out is counted too.
    assert [(one.event_id, one.attempts in (5, 6)) for one in letters] == [(dead["id"], True)]


@pytest.mark.parametrize("framework", ["flask"])
def test_two_processes_share_an_inbox_and_one_takes_over_from_the_other(framework: str, postgres: str) -> None:
    migrated(postgres)
    events = [event(number, f"ch_{key}") for number in range(EVENTS_EACH) for key in range(OBJECTS)]
    events[3]["data"]["object"]["stall"] = True
    with AppProcess(framework, postgres) as one, AppProcess(framework, postgres) as other:
        apps, turn = [one, other], itertools.count()

        def url() -> str:
            alive = list(apps)
            return f"{alive[next(turn) % len(alive)].url}/webhooks"

        finish = send_in_background(Sender(url, SECRET, 1), events)
        stalling = wait_for_either(apps)
        apps.remove(stalling)
        stalling.kill()
        finish()
        wait_until(lambda: set(states(postgres).values()) == {"done"}, "the other process has done all")
    credited = [row[0] for row in query(postgres, "select event from credits")]
    assert sorted(credited) == sorted(one["id"] for one in events)


def wait_for_either(apps: list[AppProcess]) -> AppProcess:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for app in apps:
            if app.has_said("STALLED"):
                return app
        time.sleep(0.02)
    raise AssertionError("Neither process came to the event that stalls.")


@pytest.fixture(scope="module", params=FRAMEWORKS)
def quiet_app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The URL and the database of an application that nobody kills."""
    database = migrated(str(tmp_path_factory.mktemp("shop") / "app.db"))
    with AppProcess(request.param, database) as app:
        yield app.url, database


def test_what_is_not_genuine_is_refused_by_the_application(quiet_app: tuple[str, str]) -> None:
    url, database = quiet_app
    body, headers = signed(event(1, "ch_forged"), SECRET)
    for changed, sent, code in [
        (body + b" ", headers, "signature_mismatch"),
        (body, {"Content-Type": "application/json"}, "header_missing"),
        (b"", headers, "signature_mismatch"),
    ]:
        answer = httpx.post(f"{url}/webhooks", content=changed, headers=sent, timeout=10, trust_env=False)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert not [id for id in states(database) if "forged" in id]


def test_a_body_that_is_too_large_is_refused_with_or_without_its_length(quiet_app: tuple[str, str]) -> None:
    url, database = quiet_app
    body, headers = signed(event(1, "ch_large", description="x" * 1_100_000), SECRET)
    for content in (body, iter([body[:600_000], body[600_000:]])):
        try:
            answer = httpx.post(f"{url}/webhooks", content=content, headers=headers, timeout=10, trust_env=False)
        except httpx.TransportError:
            continue  # The server closed the connection on what it did not want to read.
        # Django's server knows no bodies without a length, and takes this one for empty.
        assert answer.status_code == 413 or (content is not body and answer.status_code == 400)
    assert not [id for id in states(database) if "large" in id]


def test_bytes_that_a_parser_would_change_verify(quiet_app: tuple[str, str]) -> None:
    url, database = quiet_app
    odd = encoded(event(1, "ch_odd", description="ü\u2028 \\u00fc 1.0")).replace(b"\n", b"\r\n") + b"\r\n"
    headers = {"stripe-signature": sign(odd, SECRET), "content-type": "application/x-www-form-urlencoded"}
    answer = httpx.post(f"{url}/webhooks", content=odd, headers=headers, timeout=10, trust_env=False)
    assert answer.json() == {"received": True}
    wait_until(lambda: states(database).get("evt_ch_odd_1") == "done", "the event is done")


def test_other_routes_and_other_methods_are_the_applications(quiet_app: tuple[str, str]) -> None:
    url, _ = quiet_app
    answer = httpx.post(f"{url}/echo", json={"said": "hello"}, timeout=10, trust_env=False)
    assert answer.json() == {"said": "hello"}
    assert httpx.get(f"{url}/webhooks", timeout=10, trust_env=False).status_code == 405


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_terminated_application_finishes_what_runs(framework: str, tmp_path: Path) -> None:
    database = migrated(str(tmp_path / "app.db"))
    with AppProcess(framework, database) as app:
        for number in range(5):
            body, headers = signed(event(number, f"ch_{number}"), SECRET)
            httpx.post(f"{app.url}/webhooks", content=body, headers=headers, timeout=10, trust_env=False)
        assert app.terminate() in (0, -15)
    assert "running" not in states(database).values()
