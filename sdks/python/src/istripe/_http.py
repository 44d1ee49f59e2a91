"""Sends a request and repeats it where that is safe: the one place that knows the HTTP library.

A POST keeps its idempotency key over all attempts, so it takes effect once. Redirects are never followed, and
the HTTP library's own exceptions stop here, because they hold the request and with it card data.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from time import sleep
from typing import Mapping, Optional, Union

import httpx

from ._response import Response
from .error import APIConnectionError

DELAY_FIRST_S = 0.5
DELAY_MAX_S = 5.0
RETRY_AFTER_MAX_S = 60.0

# Card numbers for a server on this machine have no business with a proxy that the environment names.
_NO_PROXY: Mapping[str, None] = {"all://127.0.0.1": None, "all://localhost": None, "all://[::1]": None}


@dataclass(frozen=True)
class Request:
    """All that goes over the wire. Its repr shows neither key nor body."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: Optional[bytes] = field(repr=False)
    timeout_s: float
    retries_max: int


@dataclass(frozen=True)
class Failure:
    """Why there is no answer, in words; `is_final` when another attempt could only fail the same way."""

    reason: str
    is_final: bool = False


class Http:
    """A pool of connections, shared by all threads and never by two processes."""

    def __init__(self, client: Optional[httpx.Client] = None) -> None:
        self._given = client
        self._own: Optional[httpx.Client] = None
        self._own_pid = -1
        self._is_closed = False

    def send(self, request: Request) -> Response:
        """Answers with the last response, whatever its status; raises APIConnectionError when none came."""
        attempt = 0
        while True:
            outcome = self._attempt(request)
            if attempt >= request.retries_max or not _should_retry(outcome):
                break
            attempt += 1
            sleep(_delay_s(attempt, outcome))
        if isinstance(outcome, Response):
            return outcome
        # Raised outside any `except`, so that no exception of the HTTP library hangs on it as a context.
        raise APIConnectionError(_explain(request, outcome, attempt + 1))

    def close(self) -> None:
        """Closes the connections that this object opened itself; a client that was passed in stays open."""
        self._is_closed = True
        if self._own is not None and self._own_pid == os.getpid():
            self._own.close()

    def _attempt(self, request: Request) -> Union[Response, Failure]:
        client = self._client()
        try:
            answer = client.request(
                request.method,
                request.url,
                content=request.body,
                headers=dict(request.headers),
                timeout=request.timeout_s,
                follow_redirects=False,
            )
        except httpx.TimeoutException:
            return Failure(f"no answer within {request.timeout_s:g} seconds")
        except (httpx.LocalProtocolError, httpx.UnsupportedProtocol):
            return Failure("the request cannot be sent as it is", is_final=True)  # Its own sentence may hold the key.
        except httpx.RequestError as problem:
            return Failure(str(problem) or type(problem).__name__)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Response(answer.status_code, headers, answer.content.decode("utf-8", "replace"))

    def _client(self) -> httpx.Client:
        if self._is_closed:
            raise RuntimeError("This istripe.Client is closed; make a new one.")
        if self._given is not None:
            return self._given
        # After a fork the connections belong to the parent: answers would mix. The parent's pool is left alone, not
        # closed. Two threads that meet here make two pools, of which one is soon forgotten: harmless, and no lock
        # that a fork could leave locked.
        if self._own is None or self._own_pid != os.getpid():
            self._own, self._own_pid = httpx.Client(mounts=_NO_PROXY), os.getpid()
        return self._own


def _should_retry(outcome: Union[Response, Failure]) -> bool:
    if isinstance(outcome, Failure):
        return not outcome.is_final
    advice = outcome.headers.get("stripe-should-retry")
    if advice in ("true", "false"):
        return advice == "true"
    return outcome.status == 409 or outcome.status >= 500


def _delay_s(attempt: int, outcome: Union[Response, Failure]) -> float:
    """Doubles from 0.5 s to 5 s, with up to half of it taken off at random so that clients do not come in waves."""
    delay: float = min(DELAY_FIRST_S * 2 ** (attempt - 1), DELAY_MAX_S)
    delay = max(DELAY_FIRST_S, delay * (0.5 + random.random() / 2))
    asked = outcome.headers.get("retry-after", "") if isinstance(outcome, Response) else ""
    if asked.isascii() and asked.isdigit() and int(asked) <= RETRY_AFTER_MAX_S:
        return max(delay, float(asked))
    return delay


def _explain(request: Request, failure: Failure, attempts: int) -> str:
    host = httpx.URL(request.url).netloc.decode("ascii")
    tried = f" after {attempts} attempts" if attempts > 1 else ""
    key = next((value for name, value in request.headers.items() if name.lower() == "idempotency-key"), None)
    again = f" If it did get through, repeating it with idempotency_key={key!r} has no second effect." if key else ""
    return f"No answer from {host}{tried}: {failure.reason}. Is the server running, and api_base right?{again}"
