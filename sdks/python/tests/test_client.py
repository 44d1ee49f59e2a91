"""Settings come from the request, else the client, else the environment; clients do not disturb one another."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from faulty_server import Answer, FaultyServer

import istripe

BALANCE = Answer(200, {"object": "balance", "available": []}, {"Request-Id": "req_9"})


def test_the_globals_are_read_at_each_request(server: FaultyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.script = [BALANCE] * 2
    monkeypatch.setattr(istripe, "api_base", server.url)
    for key in ("sk_test_one", "sk_test_two"):
        monkeypatch.setattr(istripe, "api_key", key)
        istripe.Balance.retrieve()
    assert [r.headers["authorization"] for r in server.received] == ["Bearer sk_test_one", "Bearer sk_test_two"]


def test_the_environment_serves_when_nothing_else_is_set(server: FaultyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.script = [BALANCE] * 2
    monkeypatch.setenv("ISTRIPE_API_KEY", "sk_test_env")
    monkeypatch.setenv("ISTRIPE_API_BASE", server.url + "/")
    istripe.Balance.retrieve()
    with istripe.Client() as client:
        client.balance.retrieve()
    assert [(r.path, r.headers["authorization"]) for r in server.received] == [
        ("/v1/balance", "Bearer sk_test_env")
    ] * 2


def test_a_request_says_who_it_is_and_which_version_it_speaks(server: FaultyServer, client: istripe.Client) -> None:
    server.script = [BALANCE] * 3
    client.balance.retrieve()
    client.balance.retrieve(stripe_version="2025-01-01")
    client.balance.retrieve(api_version="2025-02-02")
    versions = [request.headers["stripe-version"] for request in server.received]
    assert versions == [istripe.API_VERSION, "2025-01-01", "2025-02-02"]
    assert server.received[0].headers["user-agent"].startswith("iStripe/v1 PythonBindings/")


def test_last_response_tells_status_headers_and_request_id(server: FaultyServer, client: istripe.Client) -> None:
    server.script = [BALANCE]
    response = client.balance.retrieve().last_response
    assert response is not None
    assert (response.status, response.request_id, response.headers["request-id"]) == (200, "req_9", "req_9")


def test_the_raw_request_reaches_what_is_not_declared(server: FaultyServer, client: istripe.Client) -> None:
    server.script = [Answer(200, {"id": "pi_1", "object": "payment_intent"})]
    intent = client.request("post", "/v1/payment_intents", {"amount": 100}, idempotency_key="k")
    assert intent.id == "pi_1"
    sent = server.received[0]
    assert (sent.method, sent.path, sent.form) == ("POST", "/v1/payment_intents", [("amount", "100")])
    assert sent.headers["idempotency-key"] == "k"


def test_a_client_shared_by_threads_gives_each_its_own_answer(server: FaultyServer, client: istripe.Client) -> None:
    count = 40
    server.script = [Answer(200, {"id": "ch", "object": "charge"})] * count
    with ThreadPoolExecutor(8) as pool:
        charges = list(pool.map(lambda n: client.charges.retrieve(f"ch_{n}"), range(count)))
    assert len(charges) == count
    assert sorted(r.path for r in server.received) == sorted(f"/v1/charges/ch_{n}" for n in range(count))


def test_two_clients_keep_their_keys_apart(server: FaultyServer) -> None:
    server.script = [BALANCE] * 2
    with istripe.Client("sk_test_a", api_base=server.url) as a, istripe.Client("sk_test_b", api_base=server.url) as b:
        b.balance.retrieve()
        a.balance.retrieve()
    assert [r.headers["authorization"] for r in server.received] == ["Bearer sk_test_b", "Bearer sk_test_a"]


def test_a_closed_client_says_so_and_leaves_a_given_one_open(server: FaultyServer) -> None:
    server.script = [BALANCE]
    with httpx.Client() as given:
        client = istripe.Client("sk_test_a", api_base=server.url, http_client=given)
        client.balance.retrieve()
        client.close()
        assert not given.is_closed
    with pytest.raises(RuntimeError, match="closed"):
        client.balance.retrieve()


if hasattr(os, "fork"):  # Elsewhere there is no such danger.

    def test_a_forked_process_does_not_use_its_parents_connections(
        server: FaultyServer, client: istripe.Client
    ) -> None:
        server.script = [BALANCE] * 3
        client.balance.retrieve()
        parents = client._http._own
        child = os.fork()
        if child == 0:
            ok = client.balance.retrieve().object == "balance" and client._http._own is not parents
            os._exit(0 if ok else 1)
        done: list[int] = []
        waiter = threading.Thread(target=lambda: done.append(os.waitpid(child, 0)[1]))
        waiter.start()
        waiter.join(10)
        assert done == [0]
        client.balance.retrieve()
        assert client._http._own is parents
