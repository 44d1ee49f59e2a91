"""Fixtures of all tests: the faulty server, a client of it, and a sleep that is recorded instead of slept."""

from __future__ import annotations

from typing import Iterator

import pytest
from faulty_server import FaultyServer

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
