"""A request is repeated only where that is safe, with the same idempotency key, and never for ever."""

from __future__ import annotations

import time

import pytest
from faulty_server import Answer, FaultyServer, Reset, Silence, error_answer

import istripe
from istripe import error

TOKEN = Answer(200, {"id": "tok_1", "object": "token"})
CARD = {"number": "4242424242424242", "exp_month": 1, "exp_year": 2040}

FAULTS = [
    Reset(),
    Answer(200, b'{"id": "tok', declared_length=500),
    error_answer(409),
    error_answer(500),
    error_answer(503),
    Answer(502, b"<html>bad gateway</html>"),
    error_answer(429, {"Stripe-Should-Retry": "true"}),
]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_passing_fault_is_repeated_under_the_same_idempotency_key(
    server: FaultyServer, client: istripe.Client, delays: list[float], fault: object
) -> None:
    server.script = [fault, fault, TOKEN]
    assert client.tokens.create(card=CARD).id == "tok_1"
    keys = [request.headers["idempotency-key"] for request in server.received]
    assert len(keys) == 3
    assert len(set(keys)) == 1
    assert len({tuple(request.form) for request in server.received}) == 1
    assert len(delays) == 2


FINAL = [
    error_answer(400, type="invalid_request_error"),
    error_answer(402, type="card_error"),
    error_answer(429),
    error_answer(409, {"Stripe-Should-Retry": "false"}),
    error_answer(501, {"Stripe-Should-Retry": "false"}),
]


@pytest.mark.parametrize("final", FINAL)
def test_an_answer_that_repeating_cannot_change_is_not_repeated(
    server: FaultyServer, client: istripe.Client, delays: list[float], final: Answer
) -> None:
    server.script = [final, TOKEN]
    with pytest.raises(error.IStripeError) as caught:
        client.tokens.create(card=CARD)
    assert caught.value.http_status == final.status
    assert len(server.received) == 1
    assert delays == []


def test_it_gives_up_after_the_retries_it_was_given(
    server: FaultyServer, client: istripe.Client, delays: list[float]
) -> None:
    server.script = [Reset()] * 10
    with pytest.raises(error.APIConnectionError, match="after 5 attempts"):
        client.tokens.create(card=CARD, max_network_retries=4)
    assert len(server.received) == 5
    server.received.clear()
    with pytest.raises(error.APIConnectionError):
        client.tokens.create(card=CARD, max_network_retries=0)
    assert len(server.received) == 1


def test_the_pauses_double_from_half_a_second_to_five_with_jitter(
    server: FaultyServer, client: istripe.Client, delays: list[float]
) -> None:
    server.script = [error_answer(500)] * 8
    with pytest.raises(error.APIError):
        client.balance.retrieve(max_network_retries=7)
    longest = [0.5, 1, 2, 4, 5, 5, 5]
    assert len(delays) == len(longest)
    for delay, limit in zip(delays, longest):
        assert max(0.5, limit / 2) <= delay <= limit


def test_retry_after_is_obeyed_up_to_a_minute(
    server: FaultyServer, client: istripe.Client, delays: list[float]
) -> None:
    for asked in ("7", "61", "soon"):
        server.script += [error_answer(503, {"Retry-After": asked}), Answer(200, {"object": "balance"})]
        client.balance.retrieve()
    assert delays == [7.0, 0.5, 0.5]


def test_silence_ends_at_the_timeout(server: FaultyServer, client: istripe.Client, delays: list[float]) -> None:
    server.script = [Silence(), Silence()]
    started = time.monotonic()
    with pytest.raises(error.APIConnectionError, match=r"no answer within 0\.2 seconds"):
        client.tokens.create(card=CARD, timeout=0.2, max_network_retries=1)
    assert time.monotonic() - started < 3
    assert len(server.received) == 2


def test_an_unreachable_server_is_named_and_the_key_to_repeat_with_is_given(
    client: istripe.Client, delays: list[float]
) -> None:
    with pytest.raises(error.APIConnectionError) as caught:
        client.tokens.create(card=CARD, api_base="http://127.0.0.1:1", idempotency_key="order-7")
    assert "127.0.0.1:1 after 3 attempts" in str(caught.value)
    assert "idempotency_key='order-7'" in str(caught.value)


def test_the_callers_idempotency_key_is_used_and_two_calls_never_share_a_made_one(
    server: FaultyServer, client: istripe.Client
) -> None:
    server.script = [TOKEN] * 3
    client.tokens.create(card=CARD, idempotency_key="order-7")
    client.tokens.create(card=CARD)
    client.tokens.create(card=CARD)
    keys = [request.headers["idempotency-key"] for request in server.received]
    assert keys[0] == "order-7"
    assert len(set(keys)) == 3


def test_reads_and_deletions_carry_no_idempotency_key(server: FaultyServer, client: istripe.Client) -> None:
    server.script = [Answer(200, {"object": "balance"}), Answer(200, {"id": "tok_1", "deleted": True})]
    client.balance.retrieve()
    client.tokens.delete("tok_1")
    assert [request.method for request in server.received] == ["GET", "DELETE"]
    assert not any("idempotency-key" in request.headers for request in server.received)
