"""What becomes of a charge with the official library: changed, captured, refunded. Only the base URL is ours."""

from __future__ import annotations

from typing import Any

import pytest
import stripe


def charge(client: stripe.StripeClient, **more: Any) -> stripe.Charge:
    params = {"amount": 1000, "currency": "usd", "source": "tok_visa", **more}
    return client.v1.charges.create(params=params)


def refund(client: stripe.StripeClient, charge: str, **more: Any) -> stripe.Refund:
    return client.v1.refunds.create(params={"charge": charge, **more})


def test_a_refund_in_part_and_then_of_the_rest(client: stripe.StripeClient) -> None:
    paid = charge(client)
    part = refund(
        client, paid.id, amount=400, reason="requested_by_customer", metadata={"order": "1"}
    )
    assert (part.object, part.amount, part.charge) == ("refund", 400, paid.id)
    assert (part.status, part.reason) == ("succeeded", "requested_by_customer")
    assert client.v1.refunds.retrieve(part.id).to_dict() == part.to_dict()
    assert client.v1.charges.retrieve(paid.id).amount_refunded == 400
    rest = refund(client, paid.id, expand=["balance_transaction"])
    assert rest.amount == 600
    assert isinstance(rest.balance_transaction, stripe.BalanceTransaction)
    assert (rest.balance_transaction.net, rest.balance_transaction.type) == (-600, "refund")
    whole = client.v1.charges.retrieve(paid.id, params={"expand": ["refunds"]})
    assert (whole.refunded, whole.amount_refunded) == (True, 1000)
    assert whole.refunds is not None
    assert [one.id for one in whole.refunds.data] == [rest.id, part.id]


def test_every_refund_tells_of_itself_and_of_its_charge(client: stripe.StripeClient) -> None:
    paid = charge(client)
    made = refund(client, paid.id)
    for kind, told in (("refund.created", made.id), ("charge.refunded", paid.id)):
        events = client.v1.events.list(params={"type": kind, "limit": 100}).data
        assert told in [event.data.object["id"] for event in events]


def test_more_than_is_left_is_refused_and_nothing_is_moved(
    client: stripe.StripeClient,
) -> None:
    paid = charge(client)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        refund(client, paid.id, amount=1500)
    assert refused.value.param == "amount"
    said = "Refund amount ($15.00) is greater than charge amount ($10.00)"
    assert refused.value.user_message == said
    assert client.v1.charges.retrieve(paid.id).amount_refunded == 0
    refund(client, paid.id)
    with pytest.raises(stripe.InvalidRequestError) as again:
        refund(client, paid.id)
    assert again.value.code == "charge_already_refunded"


def test_refunds_page_by_their_charge_and_below_it(client: stripe.StripeClient) -> None:
    paid, other = charge(client), charge(client)
    made = [refund(client, paid.id, amount=100).id for _ in range(3)][::-1]
    refund(client, other.id)
    pages = client.v1.refunds.list(params={"charge": paid.id, "limit": 2})
    assert [one.id for one in pages.auto_paging_iter()] == made
    below = client.raw_request("get", f"/v1/charges/{paid.id}/refunds?limit=2")
    page = client.deserialize(below, api_mode="V1")
    assert isinstance(page, stripe.ListObject)
    assert [one.id for one in page.auto_paging_iter()] == made


def test_a_refunds_metadata_is_merged_and_it_cannot_be_canceled(
    client: stripe.StripeClient,
) -> None:
    made = refund(client, charge(client).id, metadata={"a": "1"})
    changed = client.v1.refunds.update(made.id, params={"metadata": {"b": "2"}})
    assert changed.metadata is not None
    assert changed.metadata.to_dict() == {"a": "1", "b": "2"}
    with pytest.raises(stripe.InvalidRequestError, match="cannot cancel this Refund"):
        client.v1.refunds.cancel(made.id)


def test_a_charge_is_changed_and_the_rest_of_it_is_not(client: stripe.StripeClient) -> None:
    paid = charge(client, description="Coffee", metadata={"a": "1"})
    changed = client.v1.charges.update(
        paid.id,
        params={
            "description": "Tea",
            "fraud_details": {"user_report": "fraudulent"},
            "metadata": {"b": "2"},
            "receipt_email": "jenny@example.com",
        },
    )
    assert (changed.description, changed.receipt_email) == ("Tea", "jenny@example.com")
    assert changed.metadata.to_dict() == {"a": "1", "b": "2"}
    assert changed.fraud_details is not None
    assert changed.fraud_details.user_report == "fraudulent"
    unchangeable: Any = {"amount": 1}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.charges.update(paid.id, params=unchangeable)
    assert (refused.value.code, refused.value.param) == ("parameter_unknown", "amount")


def test_a_charge_is_authorized_and_captured_in_part_once(
    client: stripe.StripeClient,
) -> None:
    held = charge(client, capture=False)
    assert (held.captured, held.amount_captured) == (False, 0)
    taken = client.v1.charges.capture(held.id, params={"amount": 600})
    assert (taken.captured, taken.amount_captured, taken.amount_refunded) == (True, 600, 400)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.charges.capture(held.id)
    assert refused.value.code == "charge_already_captured"


def test_the_account_is_that_of_the_key(client: stripe.StripeClient) -> None:
    account = client.v1.accounts.retrieve_current()
    assert (account.country, account.default_currency) == ("US", "usd")
    assert account.charges_enabled is True
