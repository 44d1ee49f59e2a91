"""What becomes of a charge, against a real iStripe server: changed, captured, refunded; and the account itself."""

from __future__ import annotations

import re
import uuid
from itertools import islice

import pytest

import istripe


def charged(live: istripe.Client, amount: int = 1000, capture: bool = True) -> istripe.Charge:
    return live.charges.create(amount=amount, currency="usd", source="tok_visa", capture=capture)


def test_a_charge_is_changed_and_its_metadata_merged(live: istripe.Client) -> None:
    paid = live.charges.create(amount=500, currency="usd", source="tok_visa", metadata={"a": "1"}, description="Tea")
    changed = live.charges.modify(
        paid.id,
        description=None,
        fraud_details={"user_report": "safe"},
        metadata={"b": "2"},
        receipt_email="jenny@example.com",
        shipping={"address": {"line1": "Torstr. 1"}, "name": "Jenny", "carrier": "DHL"},
    )
    assert (changed.description, changed.receipt_email) == (None, "jenny@example.com")
    assert changed.metadata.to_dict() == {"a": "1", "b": "2"}
    assert changed.fraud_details is not None
    assert changed.fraud_details.user_report == "safe"
    assert changed.shipping is not None
    assert (changed.shipping.carrier, changed.shipping.address.city) == ("DHL", None)
    assert live.charges.retrieve(paid.id) == changed


def test_a_charge_is_authorized_and_captured_in_part_once(live: istripe.Client) -> None:
    held = charged(live, capture=False)
    assert (held.captured, held.paid, held.amount_captured, held.balance_transaction) == (False, True, 0, None)
    taken = live.charges.capture(held.id, amount=600, expand=["balance_transaction"])
    assert (taken.captured, taken.amount, taken.amount_captured, taken.amount_refunded) == (True, 1000, 600, 400)
    assert isinstance(taken.balance_transaction, istripe.BalanceTransaction)
    assert taken.balance_transaction.amount == 600
    with pytest.raises(istripe.error.InvalidRequestError) as caught:
        live.charges.capture(held.id)
    assert caught.value.code == "charge_already_captured"


def test_a_refund_in_part_and_then_of_the_rest(live: istripe.Client) -> None:
    paid = charged(live)
    part = live.refunds.create(charge=paid, amount=400, reason="requested_by_customer", metadata={"order": "1"})
    assert isinstance(part, istripe.Refund)
    assert (part.amount, part.charge, part.currency, part.status) == (400, paid.id, "usd", "succeeded")
    assert (part.reason, part.metadata["order"]) == ("requested_by_customer", "1")
    assert live.refunds.retrieve(part.id) == part
    rest = live.refunds.create(charge=paid.id, expand=["charge", "balance_transaction"])
    assert rest.amount == 600
    assert isinstance(rest.charge, istripe.Charge)
    assert (rest.charge.refunded, rest.charge.amount_refunded) == (True, 1000)
    assert isinstance(rest.balance_transaction, istripe.BalanceTransaction)
    assert (rest.balance_transaction.net, rest.balance_transaction.type) == (-600, "refund")
    with pytest.raises(istripe.error.InvalidRequestError, match="has already been refunded") as caught:
        live.refunds.create(charge=paid.id)
    assert caught.value.code == "charge_already_refunded"


def test_more_than_is_left_is_refused_and_nothing_is_moved(live: istripe.Client) -> None:
    paid = charged(live)
    with pytest.raises(istripe.error.InvalidRequestError) as caught:
        live.refunds.create(charge=paid.id, amount=1500)
    assert caught.value.user_message == "Refund amount ($15.00) is greater than charge amount ($10.00)"
    assert caught.value.param == "amount"
    assert live.charges.retrieve(paid.id).amount_refunded == 0


def test_refunds_are_listed_below_their_charge_and_changed(live: istripe.Client) -> None:
    paid, other = charged(live), charged(live)
    made = [live.refunds.create(charge=paid.id, amount=100 + n).id for n in range(3)]
    live.refunds.create(charge=other.id)
    pages = live.charges.list_refunds(paid.id, limit=2)
    assert [refund.id for refund in islice(pages.auto_paging_iter(), 20)] == made[::-1]
    assert [refund.id for refund in live.refunds.list(charge=paid, limit=1).auto_paging_iter()] == made[::-1]
    whole = live.charges.retrieve(paid.id, expand=["refunds"])
    assert [refund.amount for refund in whole.refunds] == [102, 101, 100]
    live.refunds.modify(made[0], metadata={"a": "1"})
    changed = live.refunds.modify(made[0], metadata={"b": "2"})
    assert changed.metadata.to_dict() == {"a": "1", "b": "2"}
    with pytest.raises(istripe.error.InvalidRequestError, match="cannot cancel this Refund"):
        live.refunds.cancel(made[0])


def test_the_account_is_that_of_the_key(live: istripe.Client) -> None:
    account = live.account.retrieve()
    assert isinstance(account, istripe.Account)
    assert re.fullmatch(r"acct_\w+", account.id)
    assert (account.country, account.default_currency, account.charges_enabled) == ("US", "usd", True)


def test_an_idempotency_key_refunds_once(live: istripe.Client) -> None:
    paid, key = charged(live), str(uuid.uuid4())
    first = live.refunds.create(charge=paid.id, amount=300, idempotency_key=key)
    assert live.refunds.create(charge=paid.id, amount=300, idempotency_key=key) == first
    assert live.charges.retrieve(paid.id).amount_refunded == 300
