"""The official Stripe library for Python, pointed at the server that ISTRIPE_API_BASE and ISTRIPE_API_KEY name."""

from __future__ import annotations

import os
import uuid
from datetime import datetime, timezone

import pytest
import stripe


@pytest.fixture(scope="session")
def api_base() -> str:
    return os.environ["ISTRIPE_API_BASE"]


@pytest.fixture(scope="session")
def client(api_base: str) -> stripe.StripeClient:
    """A client that retries nothing, so that a test sees what the server said first."""
    return stripe.StripeClient(
        os.environ["ISTRIPE_API_KEY"],
        base_addresses={"api": api_base},
        max_network_retries=0,
    )


@pytest.fixture
def fresh() -> str:
    """A text that no other test uses: a group of charges, an idempotency key."""
    return f"python-{uuid.uuid4()}"


@pytest.fixture(scope="session")
def card() -> dict[str, str]:
    return {
        "cvc": "123",
        "exp_month": "12",
        "exp_year": str(datetime.now(timezone.utc).year + 1),
        "number": "4242424242424242",
    }
