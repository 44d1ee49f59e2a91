"""Auto-paging yields every item once, in both directions, and ends."""

from __future__ import annotations

from itertools import islice

import pytest
from faulty_server import Answer, FaultyServer

import istripe


def page(numbers: list[int], has_more: bool) -> Answer:
    data = [{"id": f"ch_{number}", "object": "charge"} for number in numbers]
    return Answer(200, {"object": "list", "url": "/v1/charges", "has_more": has_more, "data": data})


def test_forwards_it_follows_the_last_id_and_keeps_filters_and_options(
    server: FaultyServer, client: istripe.Client
) -> None:
    server.script = [page([5, 4], True), page([3, 2], True), page([1], False)]
    charges = client.charges.list(limit=2, created={"gte": 7}, api_key="sk_test_other")
    assert [charge.id for charge in charges.auto_paging_iter()] == ["ch_5", "ch_4", "ch_3", "ch_2", "ch_1"]
    assert [request.query for request in server.received] == [
        [("limit", "2"), ("created[gte]", "7")],
        [("limit", "2"), ("created[gte]", "7"), ("starting_after", "ch_4")],
        [("limit", "2"), ("created[gte]", "7"), ("starting_after", "ch_2")],
    ]
    assert {request.headers["authorization"] for request in server.received} == {"Bearer sk_test_other"}


def test_backwards_it_walks_to_newer_items_in_order(server: FaultyServer, client: istripe.Client) -> None:
    server.script = [page([3, 2], True), page([5, 4], False)]
    charges = client.charges.list(ending_before="ch_1", limit=2)
    assert [charge.id for charge in charges] == ["ch_3", "ch_2"]
    assert [charge.id for charge in charges.auto_paging_iter()] == ["ch_2", "ch_3", "ch_4", "ch_5"]
    assert server.received[1].query == [("limit", "2"), ("ending_before", "ch_3")]


def test_items_not_asked_for_are_not_fetched(server: FaultyServer, client: istripe.Client) -> None:
    server.script = [page([5, 4], True)]
    assert [charge.id for charge in islice(client.charges.list().auto_paging_iter(), 2)] == ["ch_5", "ch_4"]
    assert len(server.received) == 1


def test_a_list_that_never_advances_is_an_error_and_not_an_endless_loop(
    server: FaultyServer, client: istripe.Client
) -> None:
    server.script = [page([2, 1], True)] * 50
    with pytest.raises(istripe.error.APIError, match="same page again"):
        list(client.charges.list().auto_paging_iter())
    assert len(server.received) == 2


def test_an_empty_page_ends_it_whatever_has_more_says(server: FaultyServer, client: istripe.Client) -> None:
    server.script = [page([1], True), page([], True)]
    assert len(list(client.charges.list().auto_paging_iter())) == 1


def test_a_page_is_a_sequence_of_its_items(server: FaultyServer, client: istripe.Client) -> None:
    server.script = [page([2, 1], False), page([], False)]
    charges = client.charges.list()
    assert (len(charges), charges[0].id, charges[-1].id, charges["has_more"]) == (2, "ch_2", "ch_1", False)
    assert charges[0] in charges
    empty = client.charges.list()
    assert not empty
    assert empty.is_empty


def test_pages_turn_by_hand_and_the_other_cursor_is_dropped(server: FaultyServer, client: istripe.Client) -> None:
    server.script = [page([2, 1], True), page([0], False), page([2, 1], False)]
    second = client.charges.list(limit=2).next_page()
    assert [charge.id for charge in second.previous_page()] == ["ch_2", "ch_1"]
    assert server.received[2].query == [("limit", "2"), ("ending_before", "ch_0")]


def test_a_nested_list_pages_by_its_own_url(server: FaultyServer, client: istripe.Client) -> None:
    nested = {"object": "list", "url": "/v1/charges/ch_1/refunds", "has_more": True, "data": [{"id": "re_2"}]}
    rest = {**nested, "has_more": False, "data": [{"id": "re_1"}]}
    server.script = [Answer(200, {"id": "ch_1", "object": "charge", "refunds": nested}), Answer(200, rest)]
    refunds = client.charges.retrieve("ch_1").refunds
    assert [refund.id for refund in refunds.auto_paging_iter()] == ["re_2", "re_1"]
    assert server.received[1].path == "/v1/charges/ch_1/refunds"


@pytest.mark.parametrize("url", ["@evil.example/v1/charges", "http://evil.example/"])
def test_a_list_cannot_send_the_key_to_another_host(server: FaultyServer, client: istripe.Client, url: str) -> None:
    server.script = [Answer(200, {"object": "list", "url": url, "has_more": True, "data": [{"id": "ch_1"}]})]
    with pytest.raises(istripe.error.APIError, match="not a path of this server"):
        list(client.charges.list().auto_paging_iter())


def test_what_is_no_list_does_not_go_on_with_one(server: FaultyServer, client: istripe.Client) -> None:
    server.script = [page([2, 1], True), Answer(200, {"id": "ch_1", "object": "charge"})]
    with pytest.raises(istripe.error.APIError, match="not a ListObject"):
        client.charges.list().next_page()
