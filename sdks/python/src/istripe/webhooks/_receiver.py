"""The receiver: verifies a delivery, keeps it in the inbox before it answers 200, and handles it in the background.

Whatever crashes when, an event that was answered 200 is handled to the end or is among the dead letters.
"""

from __future__ import annotations

import atexit
import os
import threading
from dataclasses import dataclass
from typing import Callable, Dict, Generic, List, Mapping, Optional, TypeVar

from .._webhook import DEFAULT_TOLERANCE_S, NotAnEvent, Payload, Secret, parse_event, secrets_of, verify_request
from ..error import SignatureVerificationError
from ..resources import Event
from ._event import Current, check_event, object_key
from ._handlers import Handler, Handlers, TransactionHandler
from ._inbox import Arrival, DeadLetter, Inbox
from ._worker import Attempts, Settings, Worker, log

BODY_BYTES_MAX = 1024 * 1024
DEFAULT_GRACE_S = 10.0
DAY_S = 24 * 3600.0
DRAINED_EVENTS_MAX = 100_000
DEAD_LETTERS_MAX = 1000

C = TypeVar("C")
H = TypeVar("H", bound=Handler)


@dataclass(frozen=True)
class Answer:
    """What to answer a sender with: a status, and an object to send as JSON."""

    status: int
    body: Dict[str, object]


class Receiver(Generic[C]):
    """Five lines of an application: a receiver, its handlers, a route, and `start()` and `close()` around them.

    - `secret`: the endpoint's `whsec_…`; during a roll, the old one and the new one.
    - `current`: fetches the object that an event is about, for `event.current()`.
    - `concurrency`: how many events this process handles at a time; 0: it only receives, and others handle.
    - `attempts_max`: after so many failures an event is a dead letter. In between, `first_delay_s` doubles up to
      `delay_max_s`, with jitter.
    - `lease_s`: how long after a crash another worker takes an event over. A handler may take longer, up to
      `timeout_s`: after that its event is handed out again although it still runs, because threads cannot be stopped.
    - `order_by`: what an event is about; events with the same answer keep their order. By default its object's id.
    - `settle_s`: how long an event waits, so that one of the same object that was created earlier can overtake it.
    - `keep_days`: how long handled events are remembered: events can be sent again for 30 days.
    """

    def __init__(
        self,
        secret: Secret,
        inbox: Inbox[C],
        *,
        current: Optional[Current] = None,
        tolerance_s: int = DEFAULT_TOLERANCE_S,
        order_by: Callable[[Event], str] = object_key,
        concurrency: int = 5,
        attempts_max: int = 20,
        first_delay_s: float = 1.0,
        delay_max_s: float = 3600.0,
        lease_s: float = 30.0,
        timeout_s: float = 600.0,
        poll_s: float = 0.5,
        settle_s: float = 0.0,
        keep_days: float = 35.0,
    ) -> None:
        self._secrets = secrets_of(secret)
        self._inbox = inbox
        self._tolerance_s = tolerance_s
        self._order_by = order_by
        self._settle_s = settle_s
        self._settings = Settings(
            concurrency, attempts_max, first_delay_s, delay_max_s, lease_s, timeout_s, poll_s, keep_days * DAY_S
        )
        _check(self._settings)
        self._handlers: Handlers[C] = Handlers(inbox, current)
        self._attempts = Attempts(inbox, self._handlers.handle, self._settings)
        self._lock = threading.RLock()
        self._worker: Optional[Worker] = None
        self._prepared_in = 0
        self._is_closed = False

    def on(self, *patterns: str) -> Callable[[H], H]:
        """Registers the decorated `handler(event)` for types (`charge.succeeded`), families (`charge.*`) or `*`.

        It is called at least once: again after a failure or a crash, with the same `event.idempotency_key`.
        """

        def register(handler: H) -> H:
            self._handlers.add(patterns, handler)
            return handler

        return register

    def in_transaction(self, *patterns: str) -> Callable[[TransactionHandler[C]], TransactionHandler[C]]:
        """Registers the decorated `handler(event, connection)`: what it writes there takes effect exactly once.

        It commits together with the event's being done, or not at all. It runs after the handlers registered with
        `on`, and should be quick: on SQLite nothing else can write meanwhile.
        """

        def register(handler: TransactionHandler[C]) -> TransactionHandler[C]:
            self._handlers.add_in_transaction(patterns, handler)
            return handler

        return register

    def receive(self, payload: Payload, headers: Mapping[str, str]) -> Answer:
        """Takes one delivery, its exact bytes: verifies it, commits it to the inbox, and says what to answer.

        200: the event is kept, or was before; 400 or 413: it is refused; 503: the database did not answer, and the
        sender will come back. The first delivery starts the workers, if `start` was forgotten.
        """
        if len(payload) > BODY_BYTES_MAX:
            return too_large()
        try:
            verify_request(payload, headers, self._secrets, self._tolerance_s)
            is_new = self._keep(payload)
        except SignatureVerificationError as refused:
            # No warning: anybody on the Internet can cause these.
            log.info("A webhook was refused: %s", refused)
            return _refusal(400, refused.code, str(refused))
        except NotAnEvent as refused:
            log.warning("A webhook was refused: %s", refused)
            return _refusal(400, "not_an_event", str(refused))
        except Exception:
            log.exception("A webhook could not be kept.")
            return _refusal(503, "inbox_unavailable", "The event could not be kept. Send it again.")
        return Answer(200, {"received": True} if is_new else {"received": True, "duplicate": True})

    def start(self) -> None:
        """Makes the table if need be and starts the workers; once more does nothing. Raises what the database raises.

        Register every handler before: an event without one is done. A process that is forked later, as by a server
        that loads the application first, starts workers of its own at its first delivery.
        """
        if self._worker is not None and self._worker.pid == os.getpid():
            return
        with self._lock:
            self._is_closed = False
            self._handlers.freeze()
            self._prepare()
            if self._worker is None or self._worker.pid != os.getpid():
                self._worker = Worker(self._inbox, self._attempts, self._settings)
                # Ends politely with the interpreter; harmless if the application closes first.
                atexit.unregister(self.close)
                atexit.register(self.close)
                self._worker.wake()

    def close(self, grace_s: float = DEFAULT_GRACE_S) -> bool:
        """Takes nothing more, lets what runs finish for `grace_s`, and closes the inbox's own connections.

        Answers whether everything did finish; what did not is handed out again, here or in another process.
        """
        with self._lock:
            worker, self._worker, self._is_closed = self._worker, None, True
        is_done = worker is None or worker.pid != os.getpid() or worker.close(grace_s)
        self._inbox.close()
        return is_done

    def drain(self) -> int:
        """Handles in this thread what is due, until nothing is, and answers how many attempts that took.

        For a scheduled command or a test, instead of `start`.
        """
        self._handlers.freeze()
        self._prepare()
        for count in range(DRAINED_EVENTS_MAX):
            leased = self._inbox.claim(1, self._settings.lease_s)
            if not leased:
                return count
            self._attempts.run(leased[0])
        return DRAINED_EVENTS_MAX

    def dead_letters(self, limit: int = 100) -> List[DeadLetter]:
        """Events that failed for good, the oldest first."""
        self._prepare()
        return self._inbox.dead_letters(min(limit, DEAD_LETTERS_MAX))

    def retry(self, event_id: str) -> bool:
        """Hands a dead letter out again, with all its attempts. Answers whether there was one."""
        self._prepare()
        is_found = self._inbox.retry(event_id)
        self._wake()
        return is_found

    def discard(self, event_id: str) -> bool:
        """Gives a dead letter up for good; sent again, it is a duplicate. Answers whether there was one."""
        self._prepare()
        return self._inbox.discard(event_id)

    def __enter__(self) -> Receiver[C]:
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _keep(self, payload: Payload) -> bool:
        values = parse_event(payload)
        check_event(values)
        if not self._is_closed:
            self.start()
        body = payload if isinstance(payload, str) else payload.decode("utf-8")
        key = self._order_by(Event(values))
        is_new = self._inbox.add(Arrival(values["id"], values["type"], key, values["created"], body, self._settle_s))
        self._wake()
        return is_new

    def _prepare(self) -> None:
        if self._prepared_in != os.getpid():
            with self._lock:
                self._inbox.prepare()
                self._prepared_in = os.getpid()

    def _wake(self) -> None:
        worker = self._worker
        if worker is not None and worker.pid == os.getpid():
            worker.wake()


def too_large() -> Answer:
    """The answer to a body that an adapter does not even read."""
    return _refusal(413, "body_too_large", f"The body is larger than {BODY_BYTES_MAX} bytes.")


def already_read() -> Answer:
    """The answer where something else read the body before, so that its exact bytes are gone."""
    return _refusal(
        500, "body_already_parsed", "The body was read before its signature could be verified; exclude this route."
    )


def _refusal(status: int, code: Optional[str], message: str) -> Answer:
    return Answer(status, {"error": {"code": code, "message": message}})


def _check(settings: Settings) -> None:
    limits = vars(settings)
    if settings.concurrency < 0 or any(value <= 0 for name, value in limits.items() if name != "concurrency"):
        raise ValueError("A receiver's limits and times must be greater than 0; only `concurrency` may be 0.")
