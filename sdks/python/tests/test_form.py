"""The form encoding is what Stripe's own libraries send."""

from __future__ import annotations

import datetime
import decimal
import enum
import urllib.parse

import pytest

from istripe import Token
from istripe._form import encode_body, encode_query


def decoded(params: dict) -> list[tuple[str, str]]:
    return urllib.parse.parse_qsl(encode_body(params).decode("ascii"), keep_blank_values=True)


def test_hashes_nest_in_brackets_and_lists_get_indexes() -> None:
    params = {"card": {"number": "4242", "address": {"city": "Ulm"}}, "expand": ["a", "b"], "items": [{"price": "p"}]}
    assert decoded(params) == [
        ("card[number]", "4242"),
        ("card[address][city]", "Ulm"),
        ("expand[0]", "a"),
        ("expand[1]", "b"),
        ("items[0][price]", "p"),
    ]


def test_scalars_are_written_as_the_wire_wants_them() -> None:
    class Colour(str, enum.Enum):
        RED = "red"

    params = {"yes": True, "no": False, "int": -3, "dec": decimal.Decimal("1.10"), "enum": Colour.RED, "tuple": (1,)}
    assert decoded(params) == [
        ("yes", "true"),
        ("no", "false"),
        ("int", "-3"),
        ("dec", "1.10"),
        ("enum", "red"),
        ("tuple[0]", "1"),
    ]


def test_none_clears_in_a_body_and_says_nothing_in_a_query() -> None:
    assert encode_body({"description": None, "metadata": {"order": None}}) == b"description=&metadata%5Border%5D="
    assert encode_query({"customer": None, "limit": 3}) == "limit=3"


def test_empty_hashes_and_lists_send_nothing() -> None:
    assert encode_body({"metadata": {}, "expand": []}) == b""


def test_a_moment_with_a_time_zone_is_exact_unix_seconds() -> None:
    zone = datetime.timezone(datetime.timedelta(hours=2))
    assert decoded({"created": {"gte": datetime.datetime(2023, 6, 1, 2, tzinfo=zone)}}) == [
        ("created[gte]", "1685577600")
    ]


def test_a_moment_without_a_time_zone_is_local_time() -> None:
    naive = datetime.datetime(2023, 6, 1, 2)
    assert decoded({"at": naive}) == [("at", str(int(naive.timestamp())))]


def test_an_object_of_the_server_stands_for_its_id() -> None:
    assert decoded({"source": Token({"id": "tok_1", "object": "token"})}) == [("source", "tok_1")]


def test_reserved_and_foreign_characters_survive() -> None:
    value = "a&b=c d+é€😀\n[x]%41"
    assert decoded({"description": value, "metadata": {"k&=": value}}) == [
        ("description", value),
        ("metadata[k&=]", value),
    ]


@pytest.mark.parametrize("value", [b"4242424242424242", {4242424242424242}, datetime.date(2024, 1, 1), object()])
def test_what_cannot_be_encoded_is_named_and_never_shown(value: object) -> None:
    with pytest.raises(TypeError) as caught:
        encode_body({"card": {"number": value}})
    assert "'card[number]'" in str(caught.value)
    assert "4242" not in str(caught.value)
