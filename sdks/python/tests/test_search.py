"""A search yields every find once, by the server's page tokens, and ends."""

from __future__ import annotations

import copy
from itertools import islice

import pytest
from faulty_server import Answer, FaultyServer

import istripe

URL = "/v1/customers/search"


def found(numbers: list[int], next_page: str | None) -> Answer:
    data = [{"id": f"cus_{number}", "object": "customer"} for number in numbers]
    has_more = next_page is not None
    return Answer(
        200, {"object": "search_result", "url": URL, "has_more": has_more, "data": data, "next_page": next_page}
    )


def test_it_follows_the_page_tokens_and_keeps_query_and_options(server: FaultyServer, client: istripe.Client) -> None:
    server.script = [found([5, 4], "a"), found([3, 2], "b"), found([1], None)]
    result = client.customers.search(query="name:'x'", limit=2, api_key="sk_test_other")
    assert [one.id for one in result.auto_paging_iter()] == ["cus_5", "cus_4", "cus_3", "cus_2", "cus_1"]
    own = [("query", "name:'x'"), ("limit", "2")]
    assert [request.query for request in server.received] == [own, [*own, ("page", "a")], [*own, ("page", "b")]]
    assert {request.path for request in server.received} == {URL}
    assert {request.headers["authorization"] for request in server.received} == {"Bearer sk_test_other"}


def test_a_page_is_a_sequence_of_its_items_and_tells_the_token(server: FaultyServer, client: istripe.Client) -> None:
    server.script = [found([2, 1], "a"), found([], None)]
    result = client.customers.search(query="name:'x'")
    assert isinstance(result, istripe.SearchResultObject)
    assert isinstance(result[0], istripe.Customer)
    assert (len(result), result[-1].id, result.next_page, result["next_page"]) == (2, "cus_1", "a", "a")
    following = result.next_search_result_page(limit=7)
    assert following.is_empty
    assert dict(server.received[1].query) == {"query": "name:'x'", "limit": "7", "page": "a"}


def test_an_empty_page_is_not_the_end_while_there_is_more(server: FaultyServer, client: istripe.Client) -> None:
    server.script = [found([], "a"), found([1], None)]
    assert [one.id for one in client.customers.search(query="q").auto_paging_iter()] == ["cus_1"]


def test_items_not_asked_for_are_not_fetched(server: FaultyServer, client: istripe.Client) -> None:
    server.script = [found([2, 1], "a")]
    assert len(list(islice(client.charges.search(query="q").auto_paging_iter(), 2))) == 2
    assert [request.path for request in server.received] == ["/v1/charges/search"]


def test_a_search_that_never_advances_is_an_error_and_not_an_endless_loop(
    server: FaultyServer, client: istripe.Client
) -> None:
    server.script = [found([2, 1], "a")] * 50
    with pytest.raises(istripe.error.APIError, match="same page again"):
        list(client.customers.search(query="q").auto_paging_iter())
    assert len(server.received) == 2


def test_finds_are_never_cut_short_in_silence(server: FaultyServer, client: istripe.Client) -> None:
    body = {"object": "search_result", "url": URL, "has_more": True, "data": [{"id": "cus_1"}], "next_page": None}
    server.script = [Answer(200, body), Answer(200, body), Answer(200, {"object": "list", "data": [], "url": URL})]
    with pytest.raises(istripe.error.APIError, match="named no page after this one"):
        list(client.customers.search(query="q").auto_paging_iter())
    server.script[0] = Answer(200, {**body, "next_page": "a"})
    with pytest.raises(istripe.error.APIError, match="not a SearchResultObject"):
        client.customers.search(query="q").next_search_result_page()


def test_a_copied_page_keeps_its_items_and_reads_no_others(server: FaultyServer, client: istripe.Client) -> None:
    server.script = [found([1], "a")]
    twin = copy.deepcopy(client.customers.search(query="q"))
    assert [one.id for one in twin] == ["cus_1"]
    with pytest.raises(RuntimeError, match="copied or unpickled"):
        twin.next_search_result_page()
