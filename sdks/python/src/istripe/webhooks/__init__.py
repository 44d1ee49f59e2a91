"""The receiver's side of webhooks: a durable inbox in the application's own database, and handlers that act once.

`istripe.webhooks.fastapi`, `.django` and `.flask` are the adapters; a framework is imported only with its adapter.
"""

from .._webhook import NotAnEvent, sign, sign_standard
from ..error import SignatureVerificationError
from ._event import ReceivedEvent
from ._inbox import Arrival, DeadLetter, Inbox, Lease, LeasedEvent, LeaseLost
from ._postgres import PostgresInbox
from ._receiver import Answer, Receiver
from ._sqlite import SqliteInbox

__all__ = [
    "Receiver",
    "ReceivedEvent",
    "PostgresInbox",
    "SqliteInbox",
    "DeadLetter",
    "Answer",
    "sign",
    "sign_standard",
    "SignatureVerificationError",
    "NotAnEvent",
    "Inbox",
    "Arrival",
    "Lease",
    "LeasedEvent",
    "LeaseLost",
]
