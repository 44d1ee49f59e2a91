"""Takes what is due out of the inbox and has it handled by threads, so many at a time, until it is closed.

Every event that was taken ends as done, as failed with a time or among the dead letters, or is given back; if the
process dies first, its lease runs out and another takes it.
"""

from __future__ import annotations

import logging
import os
import queue
import random
import threading
import time
import traceback
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Tuple

from ._inbox import Inbox, Lease, LeasedEvent, LeaseLost

#: The logger of the toolkit. Bodies, secrets and signatures are never part of a record.
log = logging.getLogger("istripe.webhooks")

PRUNE_EVERY_S = 3600.0
PRUNES_AT_ONCE_MAX = 10
#: How often an outcome is written again, and after which pauses, before its lease is left to run out.
_OUTCOME_PAUSES_S = (0.0, 0.2, 1.0)
_JITTER_SHARE = 0.5


@dataclass(frozen=True)
class Settings:
    """`concurrency` is a number of threads; all times are in seconds."""

    concurrency: int
    attempts_max: int
    first_delay_s: float
    delay_max_s: float
    lease_s: float
    timeout_s: float
    poll_s: float
    keep_s: float


class Attempts:
    """One attempt at one event, and what becomes of it."""

    def __init__(self, inbox: Inbox[Any], handle: Callable[[LeasedEvent], bool], settings: Settings) -> None:
        self._inbox = inbox
        self._handle = handle
        self._settings = settings

    def run(self, leased: LeasedEvent) -> None:
        """What a handler raises becomes the event's failure, whatever its class; only Ctrl-C is then raised on."""
        name = f"Event {leased.lease.event_id} ({leased.event_type})"
        try:
            if leased.attempt > self._settings.attempts_max:
                raise RuntimeError(f"The process ended in the last of {self._settings.attempts_max} attempts.")
            is_ours = self._handle(leased)
        except LeaseLost:
            is_ours = False
        except BaseException as problem:
            is_ours = self._record(leased, name, problem)
            if isinstance(problem, KeyboardInterrupt):
                raise
        if not is_ours:
            log.warning("%s: attempt %d went on past its lease, and somebody else has it.", name, leased.attempt)

    def _record(self, leased: LeasedEvent, name: str, problem: BaseException) -> bool:
        is_last = leased.attempt >= self._settings.attempts_max
        delay = None if is_last else retry_delay_s(leased.attempt, self._settings)
        following = "It is now a dead letter." if delay is None else f"It is tried again in {delay:.1f} s."
        log.warning("%s failed in attempt %d. %s", name, leased.attempt, following, exc_info=problem)
        # A traceback says last what went wrong, and the inbox keeps the beginning of what it is given.
        path = "".join(traceback.format_exception(type(problem), problem, problem.__traceback__))
        error = f"{type(problem).__name__}: {problem}\n{path}"
        for pause in _OUTCOME_PAUSES_S:
            time.sleep(pause)
            try:
                return self._inbox.fail(leased.lease, error, delay)
            except Exception:
                log.exception("%s: its failure could not be written to the inbox.", name)
        # Still ours, as far as anybody knows: it is tried again when its lease has run out.
        return True


class Worker:
    """Threads of one process: one takes events, one renews leases, the others handle."""

    def __init__(self, inbox: Inbox[Any], attempts: Attempts, settings: Settings) -> None:
        self.pid = os.getpid()
        self._inbox = inbox
        self._attempts = attempts
        self._settings = settings
        self._change = threading.Condition()
        self._is_asked = False
        self._is_closing = False
        self._running: Dict[Lease, Tuple[LeasedEvent, float]] = {}
        self._taken: queue.SimpleQueue[Optional[LeasedEvent]] = queue.SimpleQueue()
        loops: List[Callable[[], None]] = [self._take, self._renew, *[self._work] * settings.concurrency]
        self._threads = [
            # Daemons: an application that ends without closing ends all the same, as if it had crashed.
            threading.Thread(target=loop, name=f"istripe-webhooks{loop.__name__}", daemon=True)
            for loop in (loops if settings.concurrency > 0 else [])
        ]
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Something may be due."""
        with self._change:
            self._is_asked = True
            self._change.notify_all()

    def close(self, grace_s: float) -> bool:
        """Takes nothing more and lets what runs finish for `grace_s`. Answers whether all did."""
        deadline = time.monotonic() + grace_s
        with self._change:
            self._is_closing = True
            self._change.notify_all()
        for thread in self._threads:
            # From a handler, its own thread cannot be waited for.
            if thread is not threading.current_thread():
                thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _take(self) -> None:
        pause, pruned_at = self._settings.poll_s, time.monotonic() - PRUNE_EVERY_S
        while True:
            with self._change:
                self._change.wait_for(lambda: self._is_asked or self._is_closing, timeout=pause)
                if self._is_closing:
                    break
                self._is_asked = False
                free = self._settings.concurrency - len(self._running)
            try:
                self._begin(self._inbox.claim(free, self._settings.lease_s) if free > 0 else [])
                if time.monotonic() - pruned_at >= PRUNE_EVERY_S:
                    pruned_at = time.monotonic()
                    self._prune()
                pause = self._settings.poll_s
            except Exception:
                pause = min(max(pause * 2, 1.0), 30.0)
                log.exception("The webhook inbox did not answer; it is asked again in %.0f s.", pause)
        for _ in range(self._settings.concurrency):
            self._taken.put(None)

    def _begin(self, leased: List[LeasedEvent]) -> None:
        with self._change:
            is_closing = self._is_closing
            if not is_closing:
                now = time.monotonic()
                self._running.update({one.lease: (one, now) for one in leased})
        if is_closing and leased:
            self._inbox.release([one.lease for one in leased])
        elif not is_closing:
            for one in leased:
                self._taken.put(one)

    def _work(self) -> None:
        while True:
            leased = self._taken.get()
            if leased is None:
                return
            self._attempts.run(leased)
            with self._change:
                del self._running[leased.lease]
            self.wake()

    def _renew(self) -> None:
        while True:
            with self._change:
                if self._change.wait_for(self._has_ended, timeout=self._settings.lease_s / 3):
                    return
                # A handler that hangs cannot be stopped, but its event is not held back for ever.
                oldest = time.monotonic() - self._settings.timeout_s
                leases = [one.lease for one, begun_at in self._running.values() if begun_at > oldest]
            try:
                if leases:
                    self._inbox.renew(leases, self._settings.lease_s)
            except Exception:
                log.exception("The leases of %d webhook events could not be renewed.", len(leases))

    def _has_ended(self) -> bool:
        return self._is_closing and not self._running

    def _prune(self) -> None:
        for _ in range(PRUNES_AT_ONCE_MAX):
            if not self._inbox.prune(self._settings.keep_s):
                return


def retry_delay_s(attempt: int, settings: Settings) -> float:
    """Twice as long after each attempt, up to a bound, with jitter: what failed together does not return together."""
    whole = min(settings.delay_max_s, settings.first_delay_s * 2.0 ** min(attempt - 1, 30))
    return whole * (1 - _JITTER_SHARE * random.random())
