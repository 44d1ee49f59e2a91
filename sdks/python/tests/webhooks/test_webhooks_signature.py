"""A delivery is accepted only with a right, recent signature over its exact bytes, and a refusal says why."""

from __future__ import annotations

import pickle
import time
from typing import Any

import pytest
from deliveries import encoded, event, signed

import istripe
from istripe.webhooks import NotAnEvent, sign, sign_standard

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
BODY = encoded(event(1))


def refusal(payload: Any, header: Any, secret: Any = SECRET, tolerance: Any = 300) -> istripe.error.StripeError:
    with pytest.raises(istripe.error.SignatureVerificationError) as caught:
        istripe.Webhook.construct_event(payload, header, secret, tolerance)
    return caught.value


def test_a_signed_body_becomes_its_event() -> None:
    made = istripe.Webhook.construct_event(BODY, sign(BODY, SECRET), SECRET)
    assert isinstance(made, istripe.Event)
    assert (made.id, made.type, made.data.object.amount) == ("evt_ch_1_1", "charge.succeeded", 101)
    assert isinstance(made.data.object, istripe.Charge)
    assert istripe.Webhook.construct_event(BODY.decode(), sign(BODY, SECRET), SECRET) == made


def test_the_signatures_are_those_that_other_programs_make() -> None:
    # Made with openssl: printf '1700000000.{"id"…' | openssl dgst -sha256 -hmac 'whsec_dGVzdA=='
    header = sign('{"id": "evt_1", "object": "event"}', "whsec_dGVzdA==", 1700000000)
    assert header == "t=1700000000,v1=631f1382c9adde53712e55f898dea996c2e8909e895c97154e1dc77626b807c9"
    # The example of the Standard Webhooks libraries.
    headers = sign_standard('{"test": 2432232314}', SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330)
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    ("change", "code", "sentence"),
    [
        (lambda h: "", "header_missing", "missing"),
        (lambda h: None, "header_missing", "missing"),
        (lambda h: h.replace("t=", "x="), "header_malformed", "t="),
        (lambda h: "t=1," + h, "header_malformed", "t="),
        (lambda h: "t=" + "9" * 5000, "header_malformed", "t="),
        (lambda h: "t=٣,v1=a", "header_malformed", "t="),
        (lambda h: h.replace("v1=", "v0="), "header_malformed", "scheme"),
        (lambda h: h[:-1] + ("0" if h[-1] != "0" else "1"), "signature_mismatch", "secret"),
        (lambda h: h + "é", "signature_mismatch", "secret"),
        (lambda h: h.replace("t=1", "t=2"), "signature_mismatch", "secret"),
    ],
)
def test_a_wrong_header_is_refused_with_a_reason(change: Any, code: str, sentence: str) -> None:
    problem = refusal(BODY, change(sign(BODY, SECRET)))
    assert problem.code == code
    assert sentence in str(problem)


@pytest.mark.parametrize("body", [BODY + b"\n", BODY.replace(b"\n", b"\r\n"), BODY.replace(b" ", b""), b""])
def test_a_body_that_was_changed_in_any_byte_is_refused(body: bytes) -> None:
    assert refusal(body, sign(BODY, SECRET)).code == "signature_mismatch"


def test_the_secret_of_another_endpoint_verifies_nothing() -> None:
    assert refusal(BODY, sign(BODY, OTHER)).code == "signature_mismatch"


def test_during_a_roll_either_secret_verifies_and_either_signature_counts() -> None:
    both = f"{sign(BODY, OTHER)},{sign(BODY, SECRET).partition(',')[2]},v0=abc"
    for header, secret in [(sign(BODY, OTHER), [SECRET, OTHER]), (both, SECRET), (both, [OTHER])]:
        assert istripe.Webhook.construct_event(BODY, header, secret).id == "evt_ch_1_1"


def test_an_old_delivery_is_refused_unless_any_age_is_accepted() -> None:
    header = sign(BODY, SECRET, int(time.time()) - 302)
    problem = refusal(BODY, header)
    assert problem.code == "timestamp_too_old"
    assert "seconds ago" in str(problem)
    assert istripe.Webhook.construct_event(BODY, header, SECRET, tolerance=None).id == "evt_ch_1_1"
    assert istripe.WebhookSignature.verify_header(BODY, header, SECRET)
    recent = sign(BODY, SECRET, int(time.time()) - 290)
    assert istripe.Webhook.construct_event(BODY, recent, SECRET).id == "evt_ch_1_1"


def test_standard_webhooks_headers_verify_and_are_refused_likewise() -> None:
    headers = sign_standard(BODY, SECRET, "evt_1")
    shown = {name.title(): value for name, value in headers.items()}
    assert istripe.Webhook.construct_event(BODY, shown, SECRET).id == "evt_ch_1_1"
    several = {**headers, "webhook-signature": f"v1,AAAA v1a,xyz {headers['webhook-signature']}"}
    assert istripe.Webhook.construct_event(BODY, several, [OTHER, SECRET]).id == "evt_ch_1_1"
    assert refusal(BODY, {**headers, "webhook-id": "evt_2"}).code == "signature_mismatch"
    assert refusal(BODY + b" ", headers).code == "signature_mismatch"
    assert refusal(BODY, {**headers, "webhook-timestamp": "soon"}).code == "header_malformed"
    assert refusal(BODY, {"webhook-signature": headers["webhook-signature"]}).code == "header_missing"
    assert refusal(BODY, {}).code == "header_missing"
    now = int(time.time())
    assert refusal(BODY, sign_standard(BODY, SECRET, "evt_1", now - 302)).code == "timestamp_too_old"
    assert refusal(BODY, sign_standard(BODY, SECRET, "evt_1", now + 320)).code == "timestamp_in_future"


def test_a_right_standard_signature_does_not_mend_a_wrong_stripe_signature() -> None:
    headers = {**sign_standard(BODY, SECRET, "evt_1"), "Stripe-Signature": sign(BODY, OTHER)}
    assert refusal(BODY, headers).code == "signature_mismatch"


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b"\xff", b'{"object": "charge"}', b"[" * 100_000])
def test_a_genuine_payload_that_is_no_event_says_so(body: bytes) -> None:
    with pytest.raises(NotAnEvent):
        istripe.Webhook.construct_event(body, sign(body, SECRET), SECRET)


def test_a_parsed_body_is_a_mistake_of_the_program() -> None:
    with pytest.raises(TypeError, match="raw body"):
        istripe.Webhook.construct_event(event(1), sign(BODY, SECRET), SECRET)  # type: ignore[arg-type]


@pytest.mark.parametrize("secret", ["", "  ", [], ["whsec_a", ""], None, ["whsec_a"] * 11])
def test_a_missing_secret_is_a_mistake_of_the_program_and_verifies_nothing(secret: Any) -> None:
    with pytest.raises(ValueError, match="secret"):
        istripe.Webhook.construct_event(BODY, sign(BODY, "x"), secret)


def test_the_newline_of_a_secrets_file_does_no_harm() -> None:
    assert istripe.Webhook.construct_event(BODY, sign(BODY, SECRET), f"{SECRET}\n").id == "evt_ch_1_1"


def test_no_refusal_holds_the_secret_or_the_body() -> None:
    body, headers = signed(event(1, description="confidential words"), OTHER)
    problem = refusal(body, headers["Stripe-Signature"])
    kept = repr(problem) + str(problem) + repr(vars(problem)) + repr(pickle.dumps(problem))
    for secret in (SECRET, SECRET[6:], "confidential"):
        assert secret not in kept
    again = pickle.loads(pickle.dumps(problem))
    assert (again.code, str(again)) == (problem.code, str(problem))
