"""Fixtures of all tests: the faulty server, a client of it, recorded sleeps, a client of the real server."""

from __future__ import annotations

from typing import Iterator

import pytest
from faulty_server import FaultyServer
from live_servers import TIMEOUT_S, required

import istripe


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    faulty = FaultyServer()
    yield faulty
    faulty.stop()


@pytest.fixture
def client(server: FaultyServer) -> Iterator[istripe.Client]:
    with istripe.Client("sk_test_unit", api_base=server.url, timeout=5) as client:
        yield client


@pytest.fixture
def delays(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the library would have slept between attempts; time is an input of these tests."""
    recorded: list[float] = []
    monkeypatch.setattr("istripe._http.sleep", recorded.append)
    return recorded


@pytest.fixture(scope="session")
def live() -> Iterator[istripe.Client]:
    """A client of the real server at today's date."""
    key, base = required("ISTRIPE_API_KEY"), required("ISTRIPE_API_BASE")
    with istripe.Client(key, api_base=base, timeout=TIMEOUT_S) as client:
        yield client
