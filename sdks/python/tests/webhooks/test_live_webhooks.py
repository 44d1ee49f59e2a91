"""The same applications behind a real iStripe: what it sends verifies, and takes effect once though sent twice."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator

import pytest
import stripe
from app_process import AppProcess
from deliveries import keep_event, wait_until
from inboxes import migrated, query, states
from live_servers import CARD

import istripe

DUPLICATES = 2


@pytest.fixture
def endpoint(live: istripe.Client) -> Iterator[istripe.WebhookEndpoint]:
    """An endpoint whose address is not known yet."""
    made = live.webhook_endpoints.create(url="http://127.0.0.1:9/webhooks", enabled_events=["charge.succeeded"])
    yield made
    live.webhook_endpoints.delete(made.id)


def test_an_endpoint_lives_its_life(live: istripe.Client, endpoint: istripe.WebhookEndpoint) -> None:
    assert isinstance(endpoint, istripe.WebhookEndpoint)
    assert endpoint.secret.startswith("whsec_")
    read = live.webhook_endpoints.retrieve(endpoint.id)
    assert (read.status, read.enabled_events, read.get("secret")) == ("enabled", ["charge.succeeded"], None)
    changed = live.webhook_endpoints.modify(endpoint.id, disabled=True, metadata={"team": "shop"})
    assert (changed.status, changed.metadata.team) == ("disabled", "shop")
    assert live.webhook_endpoints.modify(endpoint.id, disabled=False).status == "enabled"
    assert endpoint.id in [one.id for one in live.webhook_endpoints.list(limit=100).auto_paging_iter()]
    other = live.webhook_endpoints.create(
        url="http://127.0.0.1:9/other", enabled_events=["*"], api_version=istripe.API_VERSION
    )
    assert other.api_version == istripe.API_VERSION
    assert live.webhook_endpoints.delete(other.id).deleted is True
    with pytest.raises(istripe.error.InvalidRequestError, match="No such"):
        live.webhook_endpoints.retrieve(other.id)


@pytest.mark.parametrize("framework", ["fastapi", "django", "flask"])
def test_what_istripe_sends_takes_effect_once(
    live: istripe.Client, endpoint: istripe.WebhookEndpoint, framework: str, tmp_path: Path
) -> None:
    database = migrated(str(tmp_path / "app.db"))
    settings = f"/v1/istripe/webhook_endpoints/{endpoint.id}/settings"
    live.request("post", settings, {"faults": {"duplicate": DUPLICATES, "reorder": True}, "standard_webhooks": True})
    with AppProcess(framework, database, endpoint.secret) as app:
        live.webhook_endpoints.modify(endpoint.id, url=f"{app.url}/webhooks")
        charges = [
            live.charges.create(amount=1000 + n, currency="usd", source=live.tokens.create(card=CARD)) for n in range(3)
        ]
        wait_until(lambda: outcomes(live, endpoint) == [("succeeded", 1 + DUPLICATES)] * 3, "each was sent thrice")
        wait_until(lambda: set(states(database).values()) == {"done"}, "all are handled")
    credits = query(database, "select charge, amount from credits")
    assert sorted(credits) == sorted((charge.id, charge.amount) for charge in charges)
    verify_both_schemes(live, endpoint)


def verify_both_schemes(live: istripe.Client, endpoint: istripe.WebhookEndpoint) -> None:
    """The receiver goes by the first scheme that it finds, so each is verified alone on what was sent; Stripe's own
    library verifies it too."""
    page = live.request("get", "/v1/istripe/webhook_deliveries", {"endpoint": endpoint.id})
    for delivery in page.data:
        attempts = live.request("get", f"/v1/istripe/webhook_deliveries/{delivery.id}/attempts")
        for sent in [attempt.request for attempt in attempts.data]:
            keep_event(sent.body)
            headers = {name.lower(): value for name, value in sent.headers.to_dict().items()}
            for prefix in ("stripe-", "webhook-"):
                scheme = {name: value for name, value in headers.items() if name.startswith(prefix)}
                assert istripe.Webhook.construct_event(sent.body, scheme, endpoint.secret).id == delivery.event
            official = stripe.Webhook.construct_event(sent.body, headers["stripe-signature"], endpoint.secret)
            assert official.id == delivery.event


def outcomes(live: istripe.Client, endpoint: istripe.WebhookEndpoint) -> list[tuple[str, int]]:
    """Status and number of attempts of the deliveries."""
    page = live.request("get", "/v1/istripe/webhook_deliveries", {"endpoint": endpoint.id})
    return [(one.status, one.attempt_count) for one in page.data]
