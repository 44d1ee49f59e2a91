"""What a sender sends: signed events, the same one several times, out of order, again until it is answered 200."""

from __future__ import annotations

import json
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable

import httpx

from istripe.webhooks import sign

CREATED = 1_700_000_000


def event(number: int, object_id: str = "ch_1", type: str = "charge.succeeded", **fields: Any) -> dict[str, Any]:
    """Event `number` of the object: the higher the later."""
    return {
        "id": f"evt_{object_id}_{number}",
        "object": "event",
        "api_version": "2026-08-26.dahlia",
        "created": CREATED + number,
        "data": {"object": {"id": object_id, "object": "charge", "amount": 100 + number, **fields}},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": type,
    }


def keep_event(text: str) -> None:
    """Keeps what iStripe sent for the contract's judge at the end of a full run; see tests/support/sent-events.ts."""
    folder = os.environ.get("ISTRIPE_KEEP_EVENTS")
    if folder is not None:
        with open(os.path.join(folder, "python.jsonl"), "a", encoding="utf-8") as kept:
            kept.write(json.dumps(text) + "\n")


def encoded(one: dict[str, Any]) -> bytes:
    return json.dumps(one, indent=2).encode()


def signed(one: dict[str, Any], secret: str) -> tuple[bytes, dict[str, str]]:
    body = encoded(one)
    return body, {"Stripe-Signature": sign(body, secret), "Content-Type": "application/json; charset=utf-8"}


class Sender:
    """Sends until 200, as a sender with a short schedule; `answers` are all the bodies of 200s."""

    def __init__(self, url: Callable[[], str], secret: str, seed: int) -> None:
        self._url = url
        self._secret = secret
        self._random = random.Random(seed)
        self._deadline = time.monotonic() + 40
        self.answers: list[Any] = []

    def send_all(self, events: list[dict[str, Any]], copies: int) -> None:
        """Every event `copies` times, shuffled, four at a time."""
        deliveries = events * copies
        self._random.shuffle(deliveries)
        with ThreadPoolExecutor(4) as pool, httpx.Client(timeout=15, trust_env=False) as client:
            for done in [pool.submit(self._send, client, one) for one in deliveries]:
                done.result()

    def _send(self, client: httpx.Client, one: dict[str, Any]) -> None:
        while True:
            body, headers = signed(one, self._secret)
            try:
                answer = client.post(self._url(), content=body, headers=headers)
                if answer.status_code == 200:
                    self.answers.append(answer.json())
                    return
                problem = f"{answer.status_code} {answer.text[:200]}"
            except httpx.TransportError as broken:
                problem = repr(broken)
            if time.monotonic() > self._deadline:
                raise AssertionError(f"The application never answered 200 to {one['id']}: {problem}")
            time.sleep(0.05)


def wait_until(is_so: Callable[[], bool], what: str, timeout_s: float = 20) -> None:
    deadline = time.monotonic() + timeout_s
    while not is_so():
        if time.monotonic() > deadline:
            raise AssertionError(f"It did not become true within {timeout_s} s that {what}.")
        time.sleep(0.02)
