"""Searches against a real iStripe server, whose index follows the data within seconds."""

from __future__ import annotations

import time
import uuid
from itertools import islice
from typing import Any, Callable

import pytest

import istripe

INDEXED_WITHIN_S = 10


def found(search: Callable[[], istripe.SearchResultObject[Any]], count: int) -> list[str]:
    """The ids of all finds, once there are as many as there should be, or of what there was when time was up."""
    give_up = time.monotonic() + INDEXED_WITHIN_S
    while True:
        ids = [one.id for one in islice(search().auto_paging_iter(), 50)]
        if len(ids) >= count or time.monotonic() > give_up:
            return ids
        time.sleep(0.1)


def test_customers_are_found_on_all_pages_newest_first(live: istripe.Client) -> None:
    group = uuid.uuid4().hex
    made = [live.customers.create(name="Jenny", metadata={"group": group}).id for _ in range(3)]
    query = f"name:'Jenny' AND metadata['group']:'{group}'"
    assert found(lambda: live.customers.search(query=query, limit=2), 3) == made[::-1]
    first = live.customers.search(query=query, limit=2, expand=["total_count"])
    assert isinstance(first, istripe.SearchResultObject)
    assert isinstance(first[0], istripe.Customer)
    assert (len(first), first.has_more, first.total_count) == (2, True, 3)
    last = first.next_search_result_page()
    assert ([one.id for one in last], last.has_more, last.next_page) == (made[:1], False, None)


def test_charges_are_found_by_their_metadata_and_amount(live: istripe.Client) -> None:
    group = uuid.uuid4().hex
    made = [
        live.charges.create(amount=amount, currency="usd", source="tok_visa", metadata={"group": group}).id
        for amount in (100, 200, 300)
    ]
    query = f"metadata['group']:'{group}'"
    assert found(lambda: live.charges.search(query=query, limit=1), 3) == made[::-1]
    assert found(lambda: live.charges.search(query=f"{query} AND amount>150"), 2) == made[:0:-1]


def test_a_deleted_customer_is_not_found(live: istripe.Client) -> None:
    email = f"{uuid.uuid4()}@example.com"
    customer = live.customers.create(email=email)
    assert found(lambda: live.customers.search(query=f"email:'{email}'"), 1) == [customer.id]
    live.customers.delete(customer.id)
    assert live.customers.search(query=f"email:'{email}'").is_empty


def test_what_is_no_query_is_refused(live: istripe.Client) -> None:
    with pytest.raises(istripe.error.InvalidRequestError) as caught:
        live.customers.search(query="name=")
    assert caught.value.http_status == 400
    with pytest.raises(istripe.error.InvalidRequestError) as missing:
        live.customers.search()
    assert (missing.value.code, missing.value.param) == ("parameter_missing", "query")
