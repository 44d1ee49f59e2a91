"""Every way a card is refused, as the official library tells of it, with the fields of the real service."""

from __future__ import annotations

import pytest
import stripe

# number, code, decline_code, param, advice_code, network_advice_code, network_decline_code
DECLINES = [
    ("4000000000000002", "card_declined", "generic_decline", None, "try_again_later", None, "01"),
    (
        "4000000000009995",
        "card_declined",
        "insufficient_funds",
        None,
        "try_again_later",
        "02",
        "51",
    ),
    ("4000000000009987", "card_declined", "lost_card", None, "do_not_try_again", "01", "41"),
    ("4000000000009979", "card_declined", "stolen_card", None, "do_not_try_again", "01", "43"),
    (
        "4000000000006975",
        "card_declined",
        "card_velocity_exceeded",
        None,
        "try_again_later",
        "02",
        "61",
    ),
    (
        "4000000000000069",
        "expired_card",
        "expired_card",
        "exp_month",
        "confirm_card_data",
        "03",
        "54",
    ),
    (
        "4000000000000127",
        "incorrect_cvc",
        "incorrect_cvc",
        "cvc",
        "confirm_card_data",
        "03",
        "N7",
    ),
    (
        "4000000000000119",
        "processing_error",
        "processing_error",
        None,
        "try_again_later",
        None,
        "06",
    ),
]
FIELDS = (
    "code",
    "decline_code",
    "param",
    "advice_code",
    "network_advice_code",
    "network_decline_code",
)


@pytest.mark.parametrize("row", DECLINES, ids=lambda row: row[0][-4:])
def test_a_declined_card_is_a_card_error_with_every_field(
    client: stripe.StripeClient, card: dict[str, str], row: tuple[str | None, ...]
) -> None:
    number, *expected = row
    token = client.v1.tokens.create(params={"card": {**card, "number": str(number)}})
    with pytest.raises(stripe.CardError) as declined:
        client.v1.charges.create(params={"amount": 2000, "currency": "usd", "source": token.id})
    assert declined.value.http_status == 402
    body = declined.value.json_body["error"]
    assert [body.get(field) for field in FIELDS] == expected
    assert set(body) == {
        *(field for field, value in zip(FIELDS, expected) if value is not None),
        *("charge", "doc_url", "message", "request_log_url", "type"),
    }
    kept = client.v1.charges.retrieve(body["charge"])
    assert (kept.status, kept.paid, kept.captured) == ("failed", False, False)
    assert (kept.failure_code, kept.failure_message) == (body["code"], body["message"])


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"number": "4242424242424241"}, "incorrect_number", "number"),
        ({"number": "42"}, "invalid_number", "number"),
        ({"exp_month": "13"}, "invalid_expiry_month", "exp_month"),
        ({"exp_year": "2020"}, "invalid_expiry_year", "exp_year"),
        ({"cvc": "1"}, "invalid_cvc", "cvc"),
    ],
)
def test_an_impossible_card_never_becomes_a_token(
    client: stripe.StripeClient,
    card: dict[str, str],
    change: dict[str, str],
    code: str,
    param: str,
) -> None:
    with pytest.raises(stripe.CardError) as refused:
        client.v1.tokens.create(params={"card": {**card, **change}})
    assert (refused.value.code, refused.value.param) == (code, param)
