"""The library against real iStripe servers: the guide, tokens, charges, events, the balance; see live_servers.py."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import uuid
from itertools import islice

import pytest
from live_servers import CARD, required

import istripe

GUIDE = """
import istripe

istripe.api_key = "sk_test_..."

try:
    token = istripe.Token.create(
        card={
            "number": "4242424242424242",
            "exp_month": "12",
            "exp_year": "24",
            "cvc": "123",
        },
    )
    print("Token ID:", token.id)
except istripe.error.CardError as e:
    print("Card error:", e.user_message)
"""


def run_guide(api_base: str, api_key: str) -> str:
    """What the guide's snippet prints. The program goes in by stdin: a command line can be read by everyone."""
    ran = subprocess.run(
        [sys.executable, "-"],
        input=GUIDE.replace("sk_test_...", api_key),
        env={**os.environ, "ISTRIPE_API_BASE": api_base},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout.strip()


def test_the_guides_snippet_prints_the_card_error_because_its_year_is_past() -> None:
    printed = run_guide(required("ISTRIPE_API_BASE"), required("ISTRIPE_API_KEY"))
    assert printed == "Card error: Your card's expiration year is invalid."


def test_the_guides_snippet_prints_a_token_id_where_the_clock_stands_in_2023() -> None:
    printed = run_guide(required("ISTRIPE_PAST_API_BASE"), required("ISTRIPE_PAST_API_KEY"))
    assert re.fullmatch(r"Token ID: tok_[0-9A-Za-z]{14,}", printed), printed


def test_module_globals_and_a_token_that_never_shows_the_number(
    live: istripe.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(istripe, "api_key", required("ISTRIPE_API_KEY"))
    token = istripe.Token.create(card=CARD)
    assert (token.object, token.type, token.used, token.livemode) == ("token", "card", False, False)
    assert (token.card.brand, token.card.last4, token.card.exp_year) == ("Visa", "4242", 2040)
    assert CARD["number"] not in repr(token)
    assert "cvc" not in token.card
    assert token.last_response is not None
    assert re.fullmatch(r"req_\w+", token.last_response.request_id or "")
    assert live.tokens.retrieve(token.id).to_dict() == token.to_dict()


def test_a_modified_token_is_charged_as_modified(live: istripe.Client) -> None:
    token = live.tokens.create(card={**CARD, "name": "Ada", "address_city": "Ulm"})
    changed = live.tokens.modify(
        token.id, card={"exp_month": 7, "exp_year": 2041, "name": None, "address_zip": "89073"}, metadata={"order": "7"}
    )
    card = changed.card
    assert (changed.id, card.id, card.last4) == (token.id, token.card.id, "4242")
    assert (card.exp_month, card.exp_year, card.name) == (7, 2041, None)
    assert (card.address_city, card.address_zip) == ("Ulm", "89073")
    assert changed.metadata.to_dict() == {"order": "7"}
    assert live.tokens.retrieve(token.id) == changed
    charge = live.charges.create(amount=500, currency="usd", source=token.id)
    assert charge.payment_method_details is not None
    charged = charge.payment_method_details.card
    assert (charged.exp_month, charged.exp_year, charged.last4) == (7, 2041, "4242")


def test_a_token_cannot_be_modified_to_an_impossible_expiry(live: istripe.Client) -> None:
    token = live.tokens.create(card=CARD)
    with pytest.raises(istripe.error.CardError) as caught:
        live.tokens.modify(token.id, card={"exp_year": 1999})
    assert (caught.value.code, caught.value.param) == ("invalid_expiry_year", "exp_year")
    assert live.tokens.retrieve(token.id) == token


def test_a_deleted_token_is_gone_and_pays_for_nothing(live: istripe.Client) -> None:
    token = live.tokens.create(card=CARD)
    assert live.tokens.delete(token.id).to_dict() == {"id": token.id, "object": "token", "deleted": True}
    with pytest.raises(istripe.error.InvalidRequestError) as read:
        live.tokens.retrieve(token.id)
    assert read.value.http_status == 404
    with pytest.raises(istripe.error.InvalidRequestError) as charged:
        live.charges.create(amount=500, currency="usd", source=token.id)
    assert (charged.value.http_status, charged.value.code) == (400, "resource_missing")


def test_a_charge_is_created_read_back_and_uses_its_token_up(live: istripe.Client) -> None:
    token = live.tokens.create(card=CARD)
    charge = live.charges.create(
        amount=2000, currency="usd", source=token, description="Ärger & Co", metadata={"order": "6735"}
    )
    assert (charge.status, charge.paid, charge.captured) == ("succeeded", True, True)
    assert (charge.amount, charge["amount"], charge.currency) == (2000, 2000, "usd")
    assert (charge.description, charge.metadata["order"]) == ("Ärger & Co", "6735")
    assert live.charges.retrieve(charge.id) == charge
    assert live.tokens.retrieve(token.id).used is True
    with pytest.raises(istripe.error.InvalidRequestError) as caught:
        live.charges.create(amount=2000, currency="usd", source=token)
    assert caught.value.code == "token_already_used"


def test_a_decline_is_a_card_error_with_all_the_reasons(live: istripe.Client) -> None:
    token = live.tokens.create(card={**CARD, "number": "4000000000009995"})
    with pytest.raises(istripe.error.CardError) as caught:
        live.charges.create(amount=2000, currency="usd", source=token)
    e = caught.value
    assert e.user_message == "Your card has insufficient funds."
    assert str(e) == f"Request {e.request_id}: Your card has insufficient funds."
    assert (e.http_status, e.code, e.decline_code) == (402, "card_declined", "insufficient_funds")
    assert e.error is not None
    assert e.error.charge is not None
    assert (e.error.request_log_url or "").endswith(f"/{e.request_id}")
    assert live.charges.retrieve(e.error.charge).status == "failed"


def test_a_wrong_number_is_refused_when_the_token_is_made(live: istripe.Client) -> None:
    with pytest.raises(istripe.error.CardError) as caught:
        live.tokens.create(card={**CARD, "number": "4242424242424241"})
    assert (caught.value.code, caught.value.param) == ("incorrect_number", "number")
    assert "4242424242424241" not in repr(vars(caught.value))


def test_one_idempotency_key_makes_one_charge(live: istripe.Client) -> None:
    key = str(uuid.uuid4())
    first = live.charges.create(amount=700, currency="usd", source="tok_visa", idempotency_key=key)
    again = live.charges.create(amount=700, currency="usd", source="tok_visa", idempotency_key=key)
    assert again == first
    assert again.last_response is not None
    assert again.last_response.headers["idempotent-replayed"] == "true"
    with pytest.raises(istripe.error.IdempotencyError):
        live.charges.create(amount=701, currency="usd", source="tok_visa", idempotency_key=key)


def test_lists_page_through_every_charge_once_in_both_directions(live: istripe.Client) -> None:
    group = f"live-{uuid.uuid4()}"
    made = [
        live.charges.create(amount=100 + n, currency="usd", source="tok_visa", transfer_group=group).id
        for n in range(5)
    ]
    newest_first = made[::-1]
    page = live.charges.list(transfer_group=group, limit=2)
    assert [charge.id for charge in page] == newest_first[:2]
    assert page.has_more is True
    assert [charge.id for charge in islice(page.auto_paging_iter(), 20)] == newest_first
    backwards = live.charges.list(transfer_group=group, limit=2, ending_before=made[0])
    assert [charge.id for charge in islice(backwards.auto_paging_iter(), 20)] == made[1:]


def test_each_charge_has_its_event_with_the_charge_as_it_was(live: istripe.Client) -> None:
    charge = live.charges.create(amount=900, currency="usd", source="tok_visa", idempotency_key=str(uuid.uuid4()))
    events = live.events.list(type="charge.succeeded", limit=100, created={"gte": charge.created})
    about = [event for event in islice(events.auto_paging_iter(), 1000) if event.data.object.id == charge.id]
    assert len(about) == 1
    event = live.events.retrieve(about[0].id)
    assert event == about[0]
    assert isinstance(event.data.object, istripe.Charge)
    assert event.data.object.amount == 900
    assert event.request is not None
    assert charge.last_response is not None
    assert event.request.idempotency_key == charge.last_response.idempotency_key


def test_money_charged_is_in_the_balance_less_the_fee(live: istripe.Client) -> None:
    def total(currency: str) -> int:
        balance = live.balance.retrieve()
        return sum(entry.amount for entry in [*balance.available, *balance.pending] if entry.currency == currency)

    before = total("nzd")
    charge = live.charges.create(
        amount=5000, currency="nzd", source="tok_visa", expand=["balance_transaction"], description="balance"
    )
    transaction = charge.balance_transaction
    assert isinstance(transaction, istripe.BalanceTransaction)
    assert (transaction.amount, transaction.net, transaction.source) == (5000, 5000 - transaction.fee, charge.id)
    assert total("nzd") == before + transaction.net
    assert live.balance_transactions.retrieve(transaction.id) == transaction
    assert [one.id for one in live.balance_transactions.list(source=charge.id)] == [transaction.id]


def test_a_wrong_key_and_a_missing_object_are_their_own_errors(live: istripe.Client) -> None:
    with pytest.raises(istripe.error.AuthenticationError, match="Invalid API Key provided: sk_test_"):
        live.balance.retrieve(api_key="sk_test_" + "0" * 24)
    with pytest.raises(istripe.error.InvalidRequestError, match="No such charge: 'ch_none'") as caught:
        live.charges.retrieve("ch_none")
    assert (caught.value.http_status, caught.value.code, caught.value.param) == (404, "resource_missing", "id")
    with pytest.raises(istripe.error.InvalidRequestError) as unknown:
        live.charges.create(amount=100, currency="usd", source="tok_visa", colour="red")  # type: ignore[call-arg]
    assert (unknown.value.code, unknown.value.param) == ("parameter_unknown", "colour")
