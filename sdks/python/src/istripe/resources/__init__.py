"""The resources, and which class stands for which `object` of the wire."""

from .._list import ListObject
from .._object import CLASSES
from .balance import Balance
from .balance_transaction import BalanceTransaction
from .card import Card
from .charge import Charge
from .event import Event
from .token import Token

CLASSES.update(
    {
        "balance": Balance,
        "balance_transaction": BalanceTransaction,
        "card": Card,
        "charge": Charge,
        "event": Event,
        "list": ListObject,
        "token": Token,
    }
)

__all__ = ["Balance", "BalanceTransaction", "Card", "Charge", "Event", "Token"]
