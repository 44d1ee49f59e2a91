"""Searches with the official library. The index follows the data within seconds. Only the base URL is ours."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import stripe

INDEXED_WITHIN_S = 10


def found(search: Callable[[], stripe.SearchResultObject[Any]], count: int) -> list[str]:
    """The ids of all finds, once there are as many as there should be, or of what there was when time was up."""
    give_up = time.monotonic() + INDEXED_WITHIN_S
    while True:
        ids = [one.id for one in search().auto_paging_iter()]
        if len(ids) >= count or time.monotonic() > give_up:
            return ids
        time.sleep(0.1)


def test_customers_are_found_on_all_pages_newest_first(
    client: stripe.StripeClient, fresh: str
) -> None:
    params: Any = {"metadata": {"group": fresh}}
    made = [client.v1.customers.create(params=params).id for _ in range(3)][::-1]
    query: Any = {"query": f"metadata['group']:'{fresh}'", "limit": 2}
    assert found(lambda: client.v1.customers.search(params=query), 3) == made
    first = client.v1.customers.search(params={**query, "expand": ["total_count"]})
    assert (first.has_more, first.total_count) == (True, 3)


def test_charges_are_found_by_their_customer_and_amount(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create(params={"source": "tok_visa"}).id
    made = [
        client.v1.charges.create(
            params={"amount": amount, "currency": "usd", "customer": customer}
        ).id
        for amount in (100, 200, 300)
    ]
    query = f"customer:'{customer}' AND amount>150"
    search: Any = {"query": query, "limit": 1}
    assert found(lambda: client.v1.charges.search(params=search), 2) == made[:0:-1]


def test_what_is_no_query_is_refused(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.charges.search(params={"query": "amount>"})
    assert refused.value.http_status == 400
