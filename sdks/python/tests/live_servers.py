"""The real iStripe servers of the live tests, which the runner starts and names in the environment:

ISTRIPE_API_BASE, ISTRIPE_API_KEY: a server at today's date, with its secret test key;
ISTRIPE_PAST_API_BASE, ISTRIPE_PAST_API_KEY: one started with `--clock 2023-06-01T00:00:00Z`.

The servers may hold other data and serve other tests: each test looks at what it made itself.
"""

from __future__ import annotations

import os

import pytest

TIMEOUT_S = 10
CARD = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}


def required(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        pytest.fail(f"{name} is not set: the live tests need running iStripe servers, see live_servers.py.")
    return value
