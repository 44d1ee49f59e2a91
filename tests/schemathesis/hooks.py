"""What Schemathesis cannot know of Stripe's wire: how nested parameters are spelt, and values that get through.

Names in brackets, ``card[number]`` and ``expand[]``, are how ``deepObject`` is written in a form; a card number that was
drawn at random is never one, and an id is one that an earlier answer told. Cases that are meant to be refused keep what
was drawn, and so does every fourth of the others: random texts are values like any other.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict, deque
from itertools import count
from typing import Any

import schemathesis
from hypothesis import strategies as st

schemathesis.openapi.format("currency", st.sampled_from(["usd", "eur", "jpy", "kwd", "gbp"]))
schemathesis.openapi.format("unix-time", st.integers(min_value=0, max_value=4_000_000_000))

KEPT_EVERY = 4
# The coverage phase spoils this one header in most of its cases, which hides everything behind it.
VERSION_SENT_EVERY = 8
REMEMBERED_MAX = 200

CARD = {"number": "4242424242424242", "exp_month": "12", "exp_year": "2040", "cvc": "123"}
PAYERS = ("tok_visa", "tok_mastercard", "tok_visa", "tok_chargeDeclined")
# What is required although no single parameter is.
ALTERNATIVES = {
    "/v1/charges": ("source", "customer", "card"),
    "/v1/customers/{customer}/cards": ("source", "card"),
    "/v1/customers/{customer}/sources": ("source", "card"),
    "/v1/tokens": ("card", "source"),
}
CURSORS = ("ending_before", "page", "payment_intent", "starting_after")
# Of collections that are not called by what they hold.
KINDS = {
    # Those that were made here: rolling the key that this run uses would end it.
    "api_keys": "istripe.new_api_key",
    "request_logs": "istripe.request_log",
    "sources": "card",
}
# Nobody listens there, and no request of a test leaves this machine, whatever address was drawn.
NOBODY = "http://127.0.0.1:9/nobody"

turns = count(1)
remembered: dict[str, deque] = defaultdict(lambda: deque(maxlen=REMEMBERED_MAX))


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Remembers what there is, and forgets what is gone."""
    if response.status_code != 200:
        return
    if case.method.upper() == "DELETE":
        forget(set((case.path_parameters or {}).values()))
        return
    try:
        body = json.loads(response.content)
    except ValueError:
        return
    if not isinstance(body, dict):
        return
    for thing in body.get("data", [body]) if isinstance(body.get("data", []), list) else []:
        if isinstance(thing, dict) and "id" in thing and not thing.get("deleted"):
            remembered[thing.get("object", "")].append(thing)


def forget(ids: set) -> None:
    """A customer's cards go with him; what he paid stays."""
    if len(ids) == 1:
        gone = ids
    else:
        gone = {each for each in ids if str(each).startswith("card_")}
    for kind in ("card", "customer", "token"):
        kept = [
            thing
            for thing in list(remembered[kind])
            if thing["id"] not in gone and thing.get("customer") not in gone
        ]
        remembered[kind] = deque(kept, maxlen=REMEMBERED_MAX)


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    turn = next(turns)
    mode = case.meta.generation.mode if case.meta is not None else None
    is_helped = (mode is None or mode.is_positive) and turn % KEPT_EVERY != 0
    if case.headers:
        tidy_headers(case, turn, is_helped)
    if is_helped and case.path_parameters and not is_linked(case):
        case.path_parameters = known_ids(case, turn)
    if isinstance(case.query, dict):
        case.query = in_brackets(plausible(case.query, turn) if is_helped else case.query)
    if isinstance(case.body, dict):
        if "url" in case.body:
            case.body["url"] = NOBODY
        if is_helped:
            case.body = plausible(case.body, turn)
            give_one_of(case.body, ALTERNATIVES.get(case.operation.path, ()), turn)
            leave_some_amounts_open(case, turn)
        case.body = in_brackets(case.body)


def tidy_headers(case: Any, turn: int, is_helped: bool) -> None:
    for name in list(case.headers):
        if name.lower() == "stripe-version" and turn % VERSION_SENT_EVERY != 0:
            del case.headers[name]
        elif name.lower() == "idempotency-key" and is_helped:
            # One key for each request: the same one again would be the answer of before.
            case.headers[name] = f"schemathesis-{turn}"


def is_linked(case: Any) -> bool:
    """Whether the ids in the path came from an answer by a link."""
    ids = [str(value) for value in case.path_parameters.values()]
    told = {thing["id"] for kind in list(remembered.values()) for thing in list(kind)}
    return all(each in told for each in ids)


def known_ids(case: Any, turn: int) -> dict[str, Any]:
    """The path's ids, those of one thing and what it belongs to, where there is such a thing."""
    places = re.findall(r"/(\w+)/\{(\w+)\}", case.operation.path)
    collection, name = places[-1]
    things = list(remembered[KINDS.get(collection, collection.removesuffix("s"))])
    if len(places) > 1:
        things = [thing for thing in things if thing.get(places[0][1])]
    if not things:
        return case.path_parameters
    thing = things[turn % len(things)]
    ids = {name: thing["id"]}
    if len(places) > 1:
        ids[places[0][1]] = thing[places[0][1]]
    return {**case.path_parameters, **ids}


def plausible(parameters: dict[str, Any], turn: int) -> dict[str, Any]:
    kept = {}
    for name, value in parameters.items():
        if name in CURSORS or name == "expand":
            continue
        if name in ("charge", "customer"):
            value = some_id(name, value, turn)
            if value is None:
                continue
        if isinstance(value, dict) and name != "metadata":
            value = plausible(value, turn)
        kept[name] = plausible_value(name, value, turn)
    return kept


def some_id(kind: str, given: Any, turn: int) -> Any:
    things = list(remembered[kind])
    if any(thing["id"] == given for thing in things):
        return given
    return things[turn % len(things)]["id"] if things else None


def plausible_value(name: str, value: Any, turn: int) -> Any:
    """The value itself, or one of its kind that an operation can do something with."""
    if name == "amount" and isinstance(value, int):
        return 50 + abs(value) % 5000
    if name in ("source", "card") and isinstance(value, dict):
        return {**{key: value[key] for key in value if key == "object"}, **CARD}
    if name == "source" and not str(value).startswith(("tok_", "card_")):
        return PAYERS[turn % len(PAYERS)]
    return CARD.get(name, value)


def give_one_of(parameters: dict[str, Any], names: tuple[str, ...], turn: int) -> None:
    if names and not any(name in parameters for name in names):
        parameters[names[0]] = CARD if names[0] == "card" else PAYERS[turn % len(PAYERS)]


def leave_some_amounts_open(case: Any, turn: int) -> None:
    """Some charges are held, and half of what is captured or refunded is all that there is."""
    path = case.operation.path
    if path == "/v1/charges" and turn % 3 == 0:
        case.body["capture"] = False
    if path.endswith(("/capture", "/refunds")) and turn % 2 == 0:
        case.body.pop("amount", None)


def in_brackets(parameters: dict[str, Any]) -> dict[str, Any]:
    """``{"card": {"number": 1}, "expand": ["a"]}`` as ``{"card[number]": 1, "expand[]": ["a"]}``."""
    flat: dict[str, Any] = {}

    def add(name: str, value: Any) -> None:
        if isinstance(value, dict):
            for key, child in value.items():
                add(f"{name}[{key}]", child)
        elif isinstance(value, (list, tuple)):
            if any(isinstance(child, (dict, list)) for child in value):
                for index, child in enumerate(value):
                    add(f"{name}[{index}]", child)
            else:
                flat[f"{name}[]"] = [as_text(child) for child in value]
        else:
            flat[name] = as_text(value)

    for name, value in parameters.items():
        add(name, value)
    return flat


def as_text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else value
