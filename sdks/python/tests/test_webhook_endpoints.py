"""Webhook endpoints as a resource: each operation is the request that Stripe's route takes."""

from __future__ import annotations

from faulty_server import Answer, FaultyServer

import istripe

ENDPOINT = {"id": "we_1", "object": "webhook_endpoint", "status": "enabled", "enabled_events": ["*"]}


def test_an_endpoint_is_made_with_its_own_api_version(server: FaultyServer, client: istripe.Client) -> None:
    server.script = [Answer(200, {**ENDPOINT, "secret": "whsec_x"})]
    made = client.webhook_endpoints.create(
        url="https://example.com/hooks",
        enabled_events=["charge.succeeded", "charge.failed"],
        api_version="2024-04-10",
        stripe_version="2026-08-26.dahlia",
    )
    assert isinstance(made, istripe.WebhookEndpoint)
    assert (made.id, made.secret) == ("we_1", "whsec_x")
    sent = server.received[0]
    assert (sent.method, sent.path) == ("POST", "/v1/webhook_endpoints")
    assert sent.form == [
        ("url", "https://example.com/hooks"),
        ("enabled_events[0]", "charge.succeeded"),
        ("enabled_events[1]", "charge.failed"),
        ("api_version", "2024-04-10"),
    ]
    assert sent.headers["stripe-version"] == "2026-08-26.dahlia"


def test_an_endpoint_is_read_changed_listed_and_deleted(server: FaultyServer, client: istripe.Client) -> None:
    page = {"object": "list", "data": [ENDPOINT], "has_more": False, "url": "/v1/webhook_endpoints"}
    deleted = {"id": "we_1", "object": "webhook_endpoint", "deleted": True}
    server.script = [Answer(200, answer) for answer in (ENDPOINT, ENDPOINT, page, deleted)]
    assert client.webhook_endpoints.retrieve("we_1").status == "enabled"
    client.webhook_endpoints.modify("we_1", disabled=True, description=None)
    assert [one.id for one in client.webhook_endpoints.list(limit=3)] == ["we_1"]
    assert client.webhook_endpoints.delete("we_1").get("deleted") is True
    assert [(one.method, one.path) for one in server.received] == [
        ("GET", "/v1/webhook_endpoints/we_1"),
        ("POST", "/v1/webhook_endpoints/we_1"),
        ("GET", "/v1/webhook_endpoints"),
        ("DELETE", "/v1/webhook_endpoints/we_1"),
    ]
    assert server.received[2].query == [("limit", "3")]
    assert server.received[1].form == [("disabled", "true"), ("description", "")]
