"""The resources, and which class stands for which `object` of the wire."""

from .._list import ListObject
from .._object import CLASSES
from .._search_result import SearchResultObject
from .account import Account
from .balance import Balance
from .balance_transaction import BalanceTransaction
from .card import Card
from .charge import Charge
from .customer import Customer
from .event import Event
from .refund import Refund
from .token import Token
from .webhook_endpoint import WebhookEndpoint

CLASSES.update(
    {
        "account": Account,
        "balance": Balance,
        "balance_transaction": BalanceTransaction,
        "card": Card,
        "charge": Charge,
        "customer": Customer,
        "event": Event,
        "list": ListObject,
        "refund": Refund,
        "search_result": SearchResultObject,
        "token": Token,
        "webhook_endpoint": WebhookEndpoint,
    }
)

__all__ = [
    "Account",
    "Balance",
    "BalanceTransaction",
    "Card",
    "Charge",
    "Customer",
    "Event",
    "Refund",
    "Token",
    "WebhookEndpoint",
]
