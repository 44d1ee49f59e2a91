"""Objects show what the server sent, and nothing that it did not send."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

import istripe
from istripe._object import construct

CHARGE = {
    "id": "ch_1",
    "object": "charge",
    "amount": 2000,
    "customer": None,
    "metadata": {"object": "list", "items": "x"},
    "outcome": {"type": "authorized"},
    "refunds": {"object": "list", "data": [{"id": "re_1", "object": "refund"}], "has_more": False, "url": "/v1/r"},
    "source": {"id": "card_1", "object": "card", "last4": "4242"},
}


def charge() -> istripe.Charge:
    built = construct(copy.deepcopy(CHARGE))
    assert type(built) is istripe.Charge
    return built


def test_a_field_reads_the_same_by_attribute_and_by_index() -> None:
    assert charge().amount == charge()["amount"] == charge().get("amount") == 2000
    assert charge().customer is None
    assert charge().outcome.type == charge()["outcome"]["type"] == "authorized"


def test_nested_objects_have_the_classes_of_their_object_field() -> None:
    assert isinstance(charge().source, istripe.Card)
    assert isinstance(charge().refunds, istripe.ListObject)
    assert [(type(refund), refund.id) for refund in charge().refunds] == [(istripe.Refund, "re_1")]


def test_metadata_is_never_taken_for_an_object_of_the_wire() -> None:
    assert type(charge().metadata) is istripe.IStripeObject
    assert charge().metadata["items"] == "x"


def test_an_unknown_attribute_is_an_attribute_error_that_helps() -> None:
    with pytest.raises(AttributeError, match="This Charge has no field 'amout'; did you mean 'amount'"):
        _ = charge().amout
    with pytest.raises(AttributeError, match=r"not a dict, use to_dict\(\)"):
        charge().values()
    with pytest.raises(KeyError, match="did you mean 'amount'"):
        _ = charge()["amuont"]
    assert not hasattr(charge(), "colour")
    assert charge().get("colour", "none") == "none"
    assert "colour" not in charge()
    assert "amount" in charge()


def test_a_declared_field_that_was_not_sent_is_not_made_up() -> None:
    assert "livemode" in istripe.Charge.__annotations__
    with pytest.raises(AttributeError, match="the server sent: id, object"):
        _ = construct({"id": "ch_1", "object": "charge"}).livemode


@pytest.mark.parametrize(("kind", "cls"), [("customer", istripe.Customer), ("card", istripe.Card)])
def test_a_deleted_object_says_so_and_a_living_one_does_not(kind: str, cls: type) -> None:
    gone = construct({"id": "x_1", "object": kind, "deleted": True})
    assert type(gone) is cls
    assert gone.deleted is True
    living = construct({"id": "x_1", "object": kind})
    assert not hasattr(living, "deleted")
    assert living.get("deleted") is None


def test_to_dict_gives_back_exactly_what_was_sent_and_shares_nothing() -> None:
    built = charge()
    plain = built.to_dict()
    assert plain == CHARGE
    plain["outcome"]["type"] = "changed"
    plain["refunds"]["data"].clear()
    assert built.to_dict() == CHARGE


def test_repr_and_str_show_the_json() -> None:
    assert json.loads(str(charge())) == CHARGE
    assert repr(charge()).startswith('<Charge id=ch_1> JSON: {\n  "id": "ch_1"')


def test_an_object_cannot_be_changed_by_mistake() -> None:
    built = charge()
    with pytest.raises(AttributeError, match="read-only"):
        built.amount = 1
    assert built.amount == 2000


def test_objects_compare_copy_and_pickle_by_value() -> None:
    for twin in (charge(), copy.copy(charge()), copy.deepcopy(charge()), pickle.loads(pickle.dumps(charge()))):
        assert type(twin) is istripe.Charge
        assert twin == charge()
        assert isinstance(twin.refunds, istripe.ListObject)
    assert charge() != construct({**CHARGE, "amount": 1})


def test_completion_offers_the_fields() -> None:
    assert {"amount", "to_dict"} <= set(dir(charge()))
