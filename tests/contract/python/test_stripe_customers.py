"""Customers and their cards with the official library. Only the base URL is ours."""

from __future__ import annotations

import os
from typing import Any

import pytest
import stripe

ADDRESS: Any = {"line1": "Torstr. 1", "city": "Berlin", "postal_code": "10119", "country": "DE"}


def customer_of(client: stripe.StripeClient, **params: Any) -> stripe.Customer:
    return client.v1.customers.create(params=params)


def keep(client: stripe.StripeClient, customer: str, source: Any, **more: Any) -> Any:
    return client.v1.customers.payment_sources.create(customer, params={"source": source, **more})


def test_a_customer_is_made_read_back_changed_and_cleared(
    client: stripe.StripeClient,
) -> None:
    made = customer_of(
        client,
        address=ADDRESS,
        email="jenny@example.com",
        metadata={"order": "6735"},
        name="Jenny Rosen",
        shipping={"address": ADDRESS, "name": "Jenny Rosen"},
    )
    assert (made.object, made.livemode, made.name) == ("customer", False, "Jenny Rosen")
    assert made.address is not None
    assert (made.address.city, made.address.line2) == ("Berlin", None)
    assert client.v1.customers.retrieve(made.id).to_dict() == made.to_dict()
    changed = client.v1.customers.update(
        made.id,
        params={"email": "", "metadata": {"order": "", "size": "L"}, "shipping": ""},
    )
    assert (changed.email, changed.shipping, changed.name) == (None, None, "Jenny Rosen")
    assert changed.metadata is not None
    assert changed.metadata.to_dict() == {"size": "L"}


def test_pages_walk_every_customer_once_in_both_directions(
    client: stripe.StripeClient, fresh: str
) -> None:
    email = f"{fresh}@example.com"
    made = [customer_of(client, email=email).id for _ in range(5)][::-1]
    forward = client.v1.customers.list(params={"email": email, "limit": 2})
    assert [one.id for one in forward.auto_paging_iter()] == made
    backward = client.v1.customers.list(
        params={"email": email, "limit": 2, "ending_before": made[-1]}
    )
    assert [one.id for one in backward.auto_paging_iter()] == made[:-1][::-1]


def test_a_deleted_customer_says_so_and_nothing_else(
    client: stripe.StripeClient, fresh: str
) -> None:
    made = customer_of(client, email=f"{fresh}@example.com", source="tok_visa")
    stub = {"id": made.id, "object": "customer", "deleted": True}
    assert client.v1.customers.delete(made.id).to_dict() == stub
    assert client.v1.customers.retrieve(made.id).to_dict() == stub
    assert client.v1.customers.list(params={"email": f"{fresh}@example.com"}).data == []
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.customers.update(made.id, params={"name": "x"})
    assert refused.value.user_message == f"No such customer: '{made.id}'"
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


def test_a_card_is_kept_read_back_changed_and_deleted(
    client: stripe.StripeClient, card: dict[str, str]
) -> None:
    made = customer_of(client)
    token = client.v1.tokens.create(params={"card": card})
    kept = keep(client, made.id, token.id, metadata={"shelf": "top"})
    assert isinstance(kept, stripe.Card)
    assert (kept.brand, kept.last4, kept.customer) == ("Visa", "4242", made.id)
    sources = client.v1.customers.payment_sources
    changed = sources.update(
        made.id,
        kept.id,
        params={"exp_month": "1", "name": "Jenny", "address_city": "Ulm", "metadata": ""},
    )
    assert isinstance(changed, stripe.Card)
    assert (changed.exp_month, changed.name, changed.address_city) == (1, "Jenny", "Ulm")
    assert changed.metadata is not None
    assert changed.metadata.to_dict() == {}
    assert sources.retrieve(made.id, kept.id).to_dict() == changed.to_dict()
    gone = {"id": kept.id, "object": "card", "deleted": True}
    assert sources.delete(made.id, kept.id).to_dict() == gone
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sources.retrieve(made.id, kept.id)
    assert refused.value.user_message == f"No such source: '{kept.id}'"
    assert refused.value.http_status == 404


def test_the_default_card_is_shown_chosen_and_follows_a_deletion(
    client: stripe.StripeClient, card: dict[str, str]
) -> None:
    made = customer_of(client, source="tok_visa")
    first = made.default_source
    second = keep(client, made.id, {"object": "card", **card}).id
    whole = client.v1.customers.retrieve(made.id, params={"expand": ["sources", "default_source"]})
    assert whole.sources is not None
    assert [source.id for source in whole.sources.data] == [second, first]
    assert isinstance(whole.default_source, stripe.Card)
    assert whole.default_source.id == first
    chosen = client.v1.customers.update(made.id, params={"default_source": second})
    assert chosen.default_source == second
    client.v1.customers.payment_sources.delete(made.id, second)
    assert client.v1.customers.retrieve(made.id).default_source == first
    listed = client.v1.customers.payment_sources.list(made.id, params={"object": "card"})
    assert [source.id for source in listed.auto_paging_iter()] == [first]


def test_the_methods_of_the_class_work_too(api_base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stripe, "api_base", api_base)
    monkeypatch.setattr(stripe, "api_key", os.environ["ISTRIPE_API_KEY"])
    made = stripe.Customer.create(name="Jenny")
    kept = stripe.Customer.create_source(made.id, source="tok_amex")
    assert stripe.Customer.modify_source(made.id, kept.id, name="Jo")["name"] == "Jo"
    assert [one.id for one in stripe.Customer.list_sources(made.id)] == [kept.id]
    assert stripe.Customer.delete_source(made.id, kept.id).deleted is True
    assert stripe.Customer.delete(made.id).deleted is True


def test_a_declined_card_is_not_kept(client: stripe.StripeClient) -> None:
    made = customer_of(client)
    with pytest.raises(stripe.CardError) as declined:
        keep(client, made.id, "tok_chargeDeclinedExpiredCard")
    assert (declined.value.code, declined.value.param) == ("expired_card", "exp_month")
    assert "charge" not in declined.value.json_body["error"]
    assert client.v1.customers.payment_sources.list(made.id).data == []


def test_what_is_wrong_is_refused_in_stripes_words(client: stripe.StripeClient) -> None:
    refusals = [
        ({"email": "foo"}, "email_invalid", "Invalid email address: foo"),
        (
            {"emial": "a@example.com"},
            "parameter_unknown",
            "Received unknown parameter: emial. Did you mean email?",
        ),
        (
            {"shipping": {"address": ADDRESS}},
            "parameter_missing",
            "Missing required param: shipping[name].",
        ),
    ]
    for params, code, message in refusals:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            customer_of(client, **params)
        assert (refused.value.code, refused.value.user_message) == (code, message)


def test_a_customer_pays_with_the_default_card_or_another_one(
    client: stripe.StripeClient,
) -> None:
    made = customer_of(client, source="tok_visa")
    other = keep(client, made.id, "tok_mastercard").id
    params: Any = {"amount": 500, "currency": "usd", "customer": made.id}
    first = client.v1.charges.create(params=params)
    second = client.v1.charges.create(params={**params, "source": other})
    assert first.source is not None
    assert second.source is not None
    assert [first.source.id, second.source.id] == [made.default_source, other]
    listed = client.v1.charges.list(params={"customer": made.id, "limit": 1})
    assert [one.id for one in listed.auto_paging_iter()] == [second.id, first.id]
