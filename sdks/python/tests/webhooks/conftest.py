"""Fixtures of the webhook tests: an empty database of each kind, an inbox on it, receivers that are closed."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any, Callable, Iterator

import psycopg
import pytest
from inboxes import SECRET, inbox_on
from live_servers import required

from istripe.webhooks import Receiver

#: Short enough for a test, and long enough for a machine that is shared.
QUICK = {"poll_s": 0.05, "first_delay_s": 0.01, "delay_max_s": 0.05}


@pytest.fixture
def postgres() -> str:
    """The URL of a fresh, empty database."""
    server = required("ISTRIPE_TEST_POSTGRES_URL")
    name = f"webhooks_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True, connect_timeout=10) as connection:
        connection.execute(f"create database {name}".encode())
    return f"{server.rpartition('/')[0]}/{name}"


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """What an inbox of each kind is given: the path of a file that is not there yet, or a URL."""
    if request.param == "sqlite":
        return str(tmp_path / "app.db")
    return str(request.getfixturevalue("postgres"))


@pytest.fixture
def inbox(database: str) -> Iterator[Any]:
    made = inbox_on(database)
    made.prepare()
    yield made
    made.close()


@pytest.fixture
def make_receiver(database: str) -> Iterator[Callable[..., Receiver[Any]]]:
    """Makes receivers, each with an inbox object of its own, as another process would have it."""
    made: list[Receiver[Any]] = []

    def make(**options: Any) -> Receiver[Any]:
        receiver = Receiver(SECRET, inbox_on(database), **{**QUICK, **options})
        made.append(receiver)
        return receiver

    yield make
    for receiver in made:
        receiver.close(grace_s=5)
