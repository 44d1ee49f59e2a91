"""Card data leaves the library on the wire only: no error, repr, traceback, pickle or log holds it."""

from __future__ import annotations

import logging
import pickle
import traceback
from typing import Callable

import pytest
from faulty_server import Answer, FaultyServer, Reset, error_answer

import istripe

NUMBER = "4000000000000002"
#: Letters, since four digits also occur by chance in the random keys, addresses and times of what is said.
CVC = "zqxj"
CARD = {"number": NUMBER, "exp_month": 1, "exp_year": 2040, "cvc": CVC}

SOURCE = {**CARD, "object": "card"}

#: Every way a card goes in, and the name that its number has on the wire.
WAYS: dict[str, Callable[[istripe.Client], object]] = {
    "card[number]": lambda client: client.tokens.create(card=CARD),
    "source[number]": lambda client: client.customers.create_source("cus_1", source=SOURCE),
}

FAULTS = [
    Reset(),
    Answer(200, b"{", declared_length=90),
    Answer(502, f"<pre>card[number]={NUMBER}&card[cvc]={CVC}</pre>".encode(), {"Content-Type": "text/html"}),
    Answer(200, f"card[number]={NUMBER}&card[cvc]={CVC}".encode()),
    error_answer(402, type="card_error", message="Your card was declined."),
    error_answer(400, type="invalid_request_error", message="Received unknown parameter: foo"),
]


def everything_said(problem: BaseException) -> str:
    """All that an error tracker could keep: the chain, the attributes, the pickle, each frame's local variables."""
    with_locals = traceback.TracebackException.from_exception(problem, capture_locals=True)
    # The first frame is the test's own, which of course has the card.
    library = [line for line in with_locals.format() if "test_secrecy.py" not in line]
    chain = [problem.__cause__, problem.__context__]
    assert chain == [None, None]
    return "\n".join([str(problem), repr(problem), repr(vars(problem)), repr(pickle.dumps(problem)), *library])


@pytest.mark.usefixtures("delays")
@pytest.mark.parametrize("parameter", WAYS)
@pytest.mark.parametrize("fault", FAULTS)
def test_no_error_holds_the_card(
    server: FaultyServer, client: istripe.Client, caplog: pytest.LogCaptureFixture, fault: object, parameter: str
) -> None:
    caplog.set_level(logging.DEBUG)
    server.script = [fault] * 3
    with pytest.raises(istripe.error.IStripeError) as caught:
        WAYS[parameter](client)
    assert dict(server.received[0].form)[parameter] == NUMBER
    said = everything_said(caught.value)
    assert "_http.py" in said or "_response.py" in said
    for secret in (NUMBER, CVC, "sk_test_unit"):
        assert secret not in said
        assert secret not in caplog.text


def test_an_answer_keeps_nothing_of_the_request(server: FaultyServer, client: istripe.Client) -> None:
    server.script = [Answer(200, {"id": "tok_1", "object": "token"}, {"Request-Id": "req_1"})]
    token = client.tokens.create(card=CARD)
    kept = repr(vars(token)) + repr(token.last_response) + repr(vars(token.last_response))
    for secret in (NUMBER, CVC, "sk_test_unit"):
        assert secret not in kept


def test_a_redirect_is_not_followed_with_the_card(server: FaultyServer, client: istripe.Client) -> None:
    server.script = [Answer(307, b"", {"Location": f"{server.url}/elsewhere"})]
    with pytest.raises(istripe.error.APIError):
        client.tokens.create(card=CARD)
    assert [request.path for request in server.received] == ["/v1/tokens"]


def test_a_proxy_of_the_environment_does_not_see_cards_for_this_machine(
    server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    server.script = [Answer(200, {"id": "tok_1", "object": "token"})]
    with istripe.Client("sk_test_unit", api_base=server.url, max_network_retries=0) as client:
        assert client.tokens.create(card=CARD).id == "tok_1"


def test_the_callers_own_parameters_are_left_alone(server: FaultyServer, client: istripe.Client) -> None:
    server.script = [Answer(200, {"id": "tok_1", "object": "token"})]
    mine = {"card": dict(CARD), "metadata": {"a": "b"}}
    client.tokens.create(**mine)
    assert mine == {"card": CARD, "metadata": {"a": "b"}}
