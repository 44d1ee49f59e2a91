"""Customers and the cards that they keep, against a real iStripe server."""

from __future__ import annotations

import uuid
from itertools import islice

import pytest
from live_servers import CARD

import istripe

ADDRESS = {"line1": "Torstr. 1", "city": "Berlin", "postal_code": "10119", "country": "DE"}


def test_a_customer_is_made_changed_merged_and_cleared(live: istripe.Client) -> None:
    customer = live.customers.create(
        address=ADDRESS,
        email="jenny@example.com",
        metadata={"order": "6735"},
        name="Jenny Rosen",
        preferred_locales=["de", "en"],
        shipping={"address": ADDRESS, "name": "Jenny Rosen"},
    )
    assert isinstance(customer, istripe.Customer)
    assert (customer.name, customer.email, customer.livemode) == ("Jenny Rosen", "jenny@example.com", False)
    assert customer.address is not None
    assert (customer.address.city, customer.address.line2) == ("Berlin", None)
    assert customer.preferred_locales == ["de", "en"]
    assert live.customers.retrieve(customer.id) == customer
    changed = live.customers.modify(
        customer.id, email=None, shipping="", metadata={"order": None, "size": "L"}, name="Jenny R."
    )
    assert (changed.name, changed.email, changed.shipping) == ("Jenny R.", None, None)
    assert changed.metadata.to_dict() == {"size": "L"}
    assert changed.address == customer.address
    assert live.customers.modify(customer.id, metadata="").metadata.to_dict() == {}


def test_a_deleted_customer_says_so_and_nothing_else(live: istripe.Client) -> None:
    customer = live.customers.create(email=f"{uuid.uuid4()}@example.com", source="tok_visa")
    gone = {"id": customer.id, "object": "customer", "deleted": True}
    assert live.customers.delete(customer.id).to_dict() == gone
    read = live.customers.retrieve(customer.id)
    assert isinstance(read, istripe.Customer)
    assert read.deleted is True
    assert read.to_dict() == gone
    assert not hasattr(read, "email")
    assert live.customers.list(email=customer.email).is_empty
    with pytest.raises(istripe.error.InvalidRequestError, match="No such customer") as caught:
        live.customers.modify(customer.id, name="x")
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")


def test_customers_page_by_email_in_both_directions(live: istripe.Client) -> None:
    email = f"{uuid.uuid4()}@example.com"
    made = [live.customers.create(email=email).id for _ in range(5)]
    forwards = live.customers.list(email=email, limit=2)
    assert [one.id for one in islice(forwards.auto_paging_iter(), 20)] == made[::-1]
    backwards = live.customers.list(email=email, limit=2, ending_before=made[0])
    assert [one.id for one in islice(backwards.auto_paging_iter(), 20)] == made[1:]


def test_a_card_is_kept_changed_and_deleted_through_its_customer(live: istripe.Client) -> None:
    customer = live.customers.create()
    token = live.tokens.create(card={**CARD, "name": "Jenny"})
    card = live.customers.create_source(customer.id, source=token, metadata={"shelf": "top"})
    assert isinstance(card, istripe.Card)
    assert (card.last4, card.customer, card.cvc_check) == ("4242", customer.id, "pass")
    assert card.metadata.to_dict() == {"shelf": "top"}
    assert live.customers.retrieve_source(customer.id, card.id) == card
    changed = live.customers.modify_source(
        customer.id, card.id, exp_month=1, exp_year=2041, name=None, address_city="Ulm", metadata={"shelf": "low"}
    )
    assert (changed.exp_month, changed.exp_year, changed.name, changed.address_city) == (1, 2041, None, "Ulm")
    assert changed.metadata.to_dict() == {"shelf": "low"}
    gone = live.customers.delete_source(customer.id, card.id)
    assert isinstance(gone, istripe.Card)
    assert gone.to_dict() == {"id": card.id, "object": "card", "deleted": True}
    with pytest.raises(istripe.error.InvalidRequestError, match="No such source") as caught:
        live.customers.retrieve_source(customer.id, card.id)
    assert caught.value.http_status == 404
    assert live.customers.retrieve(customer.id).default_source is None


def test_cards_are_listed_expanded_and_one_is_the_default(live: istripe.Client) -> None:
    customer = live.customers.create(source="tok_visa")
    first = customer.default_source
    second = live.customers.create_source(customer.id, source={**CARD, "object": "card"})
    third = live.customers.create_source(customer.id, source="tok_mastercard")
    made = [third.id, second.id, first]
    pages = live.customers.list_sources(customer.id, limit=1)
    assert [card.id for card in islice(pages.auto_paging_iter(), 20)] == made
    assert live.customers.list_sources(customer.id, object="bank_account").is_empty
    whole = live.customers.retrieve(customer.id, expand=["sources", "default_source"])
    assert [card.id for card in whole.sources] == made
    assert isinstance(whole.default_source, istripe.Card)
    assert whole.default_source.id == first
    assert live.customers.modify(customer.id, default_source=third).default_source == third.id
    assert CARD["number"] not in repr(whole) + repr(second)


def test_a_declined_card_is_not_kept(live: istripe.Client) -> None:
    customer = live.customers.create()
    with pytest.raises(istripe.error.CardError) as caught:
        live.customers.create_source(customer.id, source="tok_chargeDeclinedExpiredCard")
    assert (caught.value.code, caught.value.param) == ("expired_card", "exp_month")
    assert caught.value.user_message == "Your card has expired."
    with pytest.raises(istripe.error.CardError) as wrong:
        live.customers.create_source(customer.id, source={**CARD, "number": "4242424242424241", "object": "card"})
    assert wrong.value.code == "incorrect_number"
    assert "4242424242424241" not in repr(vars(wrong.value))
    assert live.customers.list_sources(customer.id).is_empty


def test_a_card_of_one_customer_is_not_found_through_another(live: istripe.Client) -> None:
    mine, other = live.customers.create(source="tok_visa"), live.customers.create()
    assert isinstance(mine.default_source, str)
    for attempt in (live.customers.retrieve_source, live.customers.modify_source, live.customers.delete_source):
        with pytest.raises(istripe.error.InvalidRequestError) as caught:
            attempt(other.id, mine.default_source)
        assert caught.value.http_status == 404
    assert live.customers.retrieve_source(mine.id, mine.default_source).id == mine.default_source


def test_a_customer_pays_with_the_default_card_or_another_one_again_and_again(live: istripe.Client) -> None:
    customer = live.customers.create(source="tok_visa")
    other = live.customers.create_source(customer.id, source="tok_mastercard")
    paid = [live.charges.create(amount=500, currency="usd", customer=customer) for _ in range(2)]
    paid.append(live.charges.create(amount=500, currency="usd", customer=customer.id, source=other))
    assert [charge.customer for charge in paid] == [customer.id] * 3
    sources = [charge.source.id for charge in paid if charge.source is not None]
    assert sources == [customer.default_source, customer.default_source, other.id]
    assert [one.id for one in live.charges.list(customer=customer)] == [charge.id for charge in paid[::-1]]
    with pytest.raises(istripe.error.InvalidRequestError):
        live.charges.create(amount=500, currency="usd", customer=live.customers.create(), source=other)
