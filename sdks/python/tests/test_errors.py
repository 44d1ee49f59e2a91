"""Each failure is the class that Stripe's own library raises for it, with everything that was answered."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from faulty_server import Answer, FaultyServer, error_answer

import istripe
from istripe import error

MAPPING = [
    (400, {"type": "invalid_request_error"}, error.InvalidRequestError),
    (400, {"type": "idempotency_error"}, error.IdempotencyError),
    (400, {"type": "invalid_request_error", "code": "rate_limit"}, error.RateLimitError),
    (401, {"type": "invalid_request_error"}, error.AuthenticationError),
    (402, {"type": "card_error"}, error.CardError),
    (403, {"type": "invalid_request_error"}, error.PermissionError),
    (404, {"type": "invalid_request_error"}, error.InvalidRequestError),
    (409, {"type": "idempotency_error"}, error.APIError),
    (424, {"type": "api_error"}, error.APIError),
    (429, {"type": "invalid_request_error", "code": "lock_timeout"}, error.RateLimitError),
    (500, {"type": "api_error"}, error.APIError),
    (501, {"type": "api_error", "code": "not_implemented"}, error.APIError),
]


@pytest.mark.parametrize(("status", "fields", "expected"), MAPPING)
def test_status_and_type_choose_the_class(
    server: FaultyServer, client: istripe.Client, status: int, fields: dict, expected: type
) -> None:
    server.script = [error_answer(status, message="It failed.", **fields)]
    with pytest.raises(error.IStripeError) as caught:
        client.charges.retrieve("ch_1", max_network_retries=0)
    assert type(caught.value) is expected
    assert isinstance(caught.value, error.StripeError)


def declined(server: FaultyServer, client: istripe.Client) -> error.CardError:
    fields = {"type": "card_error", "message": "Your card has insufficient funds.", "code": "card_declined"}
    more = {"decline_code": "insufficient_funds", "param": "number", "charge": "ch_1"}
    server.script = [error_answer(402, {"Request-Id": "req_abc"}, **fields, **more)]
    with pytest.raises(error.CardError) as caught:
        client.charges.create(amount=100, currency="usd", source="tok_1")
    return caught.value


def test_a_card_error_holds_all_that_was_answered(server: FaultyServer, client: istripe.Client) -> None:
    e = declined(server, client)
    assert e.user_message == "Your card has insufficient funds."
    assert str(e) == "Request req_abc: Your card has insufficient funds."
    assert (e.code, e.param, e.decline_code) == ("card_declined", "number", "insufficient_funds")
    assert (e.http_status, e.request_id, e.headers["request-id"]) == (402, "req_abc", "req_abc")
    assert e.json_body is not None
    assert e.json_body["error"]["charge"] == "ch_1"
    assert e.http_body is not None
    assert '"insufficient_funds"' in e.http_body
    assert e.error is not None
    assert (e.error.type, e.error.charge) == ("card_error", "ch_1")


def test_a_known_error_field_that_does_not_apply_is_none_and_a_made_up_one_is_not(
    server: FaultyServer, client: istripe.Client
) -> None:
    details = declined(server, client).error
    assert details is not None
    assert details.advice_code is None
    with pytest.raises(AttributeError):
        _ = details.colour


def test_an_error_survives_copy_and_pickle(server: FaultyServer, client: istripe.Client) -> None:
    e = declined(server, client)
    for twin in (copy.copy(e), pickle.loads(pickle.dumps(e))):
        assert type(twin) is error.CardError
        assert (str(twin), twin.code, twin.http_status, twin.decline_code) == (str(e), e.code, 402, e.decline_code)


@pytest.mark.parametrize("status", [200, 404, 302])
def test_a_page_that_is_no_answer_of_the_api_is_an_api_error_that_asks_about_api_base(
    server: FaultyServer, client: istripe.Client, status: int
) -> None:
    server.script = [Answer(status, b"<html>nginx</html>", {"Content-Type": "text/html", "Location": server.url})]
    with pytest.raises(error.APIError, match=f"HTTP {status}, text/html.*api_base"):
        client.balance.retrieve()
    assert len(server.received) == 1


def test_a_missing_key_is_said_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch, server: FaultyServer) -> None:
    monkeypatch.delenv("ISTRIPE_API_KEY", raising=False)
    with pytest.raises(error.AuthenticationError, match="ISTRIPE_API_KEY"):
        istripe.Token.create(card={"number": "4242424242424242", "exp_month": 1, "exp_year": 40}, api_base=server.url)
    assert server.received == []


def test_a_key_with_a_line_break_is_refused_and_not_shown(server: FaultyServer, client: istripe.Client) -> None:
    with pytest.raises(ValueError, match="The API key holds") as caught:
        client.balance.retrieve(api_key="sk_test_secret\n")
    assert "secret" not in str(caught.value)
    assert server.received == []


@pytest.mark.parametrize(
    "base", ["127.0.0.1:4242", "ftp://127.0.0.1", "http://", "http://u:p@127.0.0.1", "http://h/?a"]
)
def test_an_unusable_api_base_is_refused(client: istripe.Client, base: str) -> None:
    with pytest.raises(ValueError, match="api_base"):
        client.balance.retrieve(api_base=base)


@pytest.mark.parametrize("id", ["", None, 7, ".", ".."])
def test_what_is_no_id_does_not_become_the_address_of_something_else(
    server: FaultyServer, client: istripe.Client, id: Any
) -> None:
    deletions = [
        lambda: client.tokens.delete(id),
        lambda: client.customers.delete_source("cus_1", id),
        lambda: client.customers.delete_source(id, "card_1"),
    ]
    for delete in deletions:
        with pytest.raises(error.InvalidRequestError, match="needs the id"):
            delete()
    assert server.received == []


def test_an_id_cannot_leave_its_place_in_the_path(server: FaultyServer, client: istripe.Client) -> None:
    server.script = [Answer(200, {"id": "x", "object": "charge"})]
    client.charges.retrieve("../events?a=b")
    assert server.received[0].path == "/v1/charges/..%2Fevents%3Fa%3Db"
    assert server.received[0].query == []


def test_an_unknown_option_of_the_raw_request_is_refused(client: istripe.Client) -> None:
    with pytest.raises(TypeError, match="Unknown option 'idempotencykey'"):
        client.request("post", "/v1/charges", {}, idempotencykey="x")
