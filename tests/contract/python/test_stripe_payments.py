"""A shop's life with the official library: card, token, charge, event, balance. Only the base URL is ours."""

from __future__ import annotations

import os
from typing import Any

import pytest
import stripe


def charge(client: stripe.StripeClient, **more: Any) -> stripe.Charge:
    params = {"amount": 2000, "currency": "usd", "source": "tok_visa", **more}
    return client.v1.charges.create(params=params)


def test_a_card_becomes_a_token_and_the_token_a_charge(
    client: stripe.StripeClient, card: dict[str, str]
) -> None:
    token = client.v1.tokens.create(params={"card": card})
    assert (token.object, token.used, token.livemode) == ("token", False, False)
    assert token.card is not None
    assert (token.card.brand, token.card.last4) == ("Visa", "4242")
    assert client.v1.tokens.retrieve(token.id).to_dict() == token.to_dict()
    made = charge(client, source=token.id, description="Coffee", metadata={"order": "1"})
    assert (made.status, made.paid, made.captured) == ("succeeded", True, True)
    assert (made.description, made.metadata["order"]) == ("Coffee", "1")
    assert client.v1.charges.retrieve(made.id).to_dict() == made.to_dict()
    assert client.v1.tokens.retrieve(token.id).used is True


def test_the_module_wide_settings_work_too(
    api_base: str, card: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stripe, "api_base", api_base)
    monkeypatch.setattr(stripe, "api_key", os.environ["ISTRIPE_API_KEY"])
    token = stripe.Token.create(card=card)
    made = stripe.Charge.create(amount=500, currency="eur", source=token.id)
    assert stripe.Charge.retrieve(made.id).currency == "eur"


def test_pages_walk_every_charge_once_in_both_directions(
    client: stripe.StripeClient, fresh: str
) -> None:
    made = [charge(client, transfer_group=fresh).id for _ in range(5)][::-1]
    forward = client.v1.charges.list(params={"limit": 2, "transfer_group": fresh})
    assert [one.id for one in forward.auto_paging_iter()] == made
    backward = client.v1.charges.list(
        params={"limit": 2, "transfer_group": fresh, "ending_before": made[-1]}
    )
    assert [one.id for one in backward.auto_paging_iter()] == made[:-1][::-1]


def test_an_event_tells_of_the_charge(client: stripe.StripeClient, fresh: str) -> None:
    made = client.v1.charges.create(
        params={"amount": 700, "currency": "usd", "source": "tok_visa"},
        options={"idempotency_key": fresh},
    )
    events = client.v1.events.list(params={"type": "charge.succeeded", "limit": 20}).data
    event = next(event for event in events if event.data.object["id"] == made.id)
    # By its key, because the library has a method of the same name.
    assert event["request"]["idempotency_key"] == fresh
    assert client.v1.events.retrieve(event.id).to_dict() == event.to_dict()
    both = client.v1.events.list(params={"types": ["charge.failed", "charge.succeeded"]})
    assert {one.type for one in both.data} <= {"charge.failed", "charge.succeeded"}


def test_the_balance_is_what_its_transactions_add_up_to(
    client: stripe.StripeClient,
) -> None:
    def total() -> int:
        balance = client.v1.balance.retrieve()
        parts = [*balance.available, *balance.pending]
        return sum(part.amount for part in parts if part.currency == "sek")

    before = total()
    made = charge(client, amount=10_000, currency="sek", expand=["balance_transaction"])
    transaction = made.balance_transaction
    assert isinstance(transaction, stripe.BalanceTransaction)
    assert (transaction.amount, transaction.fee, transaction.net) == (10_000, 320, 9680)
    assert total() - before == 9680
    found = client.v1.balance_transactions.list(params={"source": made.id}).data
    assert [one.id for one in found] == [transaction.id]
    assert client.v1.balance_transactions.retrieve(transaction.id).net == 9680


def test_an_idempotency_key_gives_one_charge_and_the_same_answer(
    client: stripe.StripeClient, fresh: str
) -> None:
    params: Any = {"amount": 900, "currency": "usd", "source": "tok_visa"}
    options: Any = {"idempotency_key": fresh}
    first = client.v1.charges.create(params=params, options=options)
    second = client.v1.charges.create(params=params, options=options)
    assert first.last_response.body == second.last_response.body
    assert second.last_response.headers["idempotent-replayed"] == "true"
    with pytest.raises(stripe.IdempotencyError):
        client.v1.charges.create(params={**params, "amount": 901}, options=options)


def test_a_token_is_used_once(client: stripe.StripeClient, card: dict[str, str]) -> None:
    token = client.v1.tokens.create(params={"card": card})
    charge(client, source=token.id)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        charge(client, source=token.id)
    assert refused.value.code == "token_already_used"


def test_a_wrong_key_is_an_authentication_error(api_base: str) -> None:
    stranger = stripe.StripeClient("sk_test_wrong1234", base_addresses={"api": api_base})
    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key provided: sk_test_"):
        stranger.v1.balance.retrieve()


def test_missing_objects_and_parameters_are_named(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as missing:
        client.v1.charges.retrieve("ch_none")
    assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")
    params: Any = {"currency": "usd", "source": "tok_visa"}
    with pytest.raises(stripe.InvalidRequestError) as incomplete:
        client.v1.charges.create(params=params)
    assert (incomplete.value.code, incomplete.value.param) == ("parameter_missing", "amount")
