"""The official library and ours agree on what is signed: each verifies what the other's rules made."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import stripe

import istripe.webhooks

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = json.dumps(
    {"id": "evt_1", "object": "event", "type": "charge.succeeded", "data": {"object": {"id": "ch_ü"}}}, indent=2
)


def test_the_official_library_verifies_our_test_headers() -> None:
    event = stripe.Webhook.construct_event(BODY, istripe.webhooks.sign(BODY, SECRET), SECRET)
    assert (event.id, event.type) == ("evt_1", "charge.succeeded")


@pytest.mark.parametrize(
    ("header", "refused"),
    [
        (lambda now: istripe.webhooks.sign(BODY, SECRET, now - 290), False),
        (lambda now: istripe.webhooks.sign(BODY, SECRET, now + 5000), False),
        (lambda now: istripe.webhooks.sign(BODY, SECRET, now - 310), True),
        (lambda now: istripe.webhooks.sign(BODY + " ", SECRET, now), True),
        (lambda now: istripe.webhooks.sign(BODY, "whsec_other", now), True),
        (lambda now: istripe.webhooks.sign(BODY, SECRET, now) + ",v1=00,v0=00", False),
        (lambda now: istripe.webhooks.sign(BODY, SECRET, now).replace("v1", "v0"), True),
        (lambda now: "t=,v1=", True),
    ],
)
def test_both_libraries_accept_and_refuse_the_same_headers(header: Any, refused: bool) -> None:
    given = header(int(time.time()))
    verdicts = []
    for construct, error in [
        (stripe.Webhook.construct_event, stripe.SignatureVerificationError),
        (istripe.Webhook.construct_event, istripe.error.SignatureVerificationError),
    ]:
        try:
            construct(BODY, given, SECRET)  # type: ignore[operator]
            verdicts.append(False)
        except error:
            verdicts.append(True)
    assert verdicts == [refused, refused]
