"""A real HTTP server on a free port that plays a script, one step for each request, and records what it was sent.

It stands in for faults that a healthy iStripe cannot be asked for: resets, half answers, silence, proxies' pages.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
import urllib.parse
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Answer:
    """An HTTP answer. `declared_length` may promise more bytes than `body` has."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    declared_length: int | None = None


@dataclass(frozen=True)
class Reset:
    """The connection is cut without an answer."""


@dataclass(frozen=True)
class Silence:
    """The connection stays open and nothing comes, until the server stops."""


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    form: list[tuple[str, str]]


class FaultyServer:
    """`script` is played in order; a request beyond its end is answered with HTTP 418."""

    def __init__(self) -> None:
        self.script: list[Any] = []
        self.received: list[Received] = []
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._request_class())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()

    def next_step(self, received: Received) -> Any:
        with self._lock:
            self.received.append(received)
            return self.script.pop(0) if self.script else Answer(418, {"error": {"message": "The script is over."}})

    def wait_until_stopped(self) -> None:
        self._stopped.wait(10)

    def _request_class(self) -> type[BaseHTTPRequestHandler]:
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def play(self) -> None:
                url = urllib.parse.urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode("ascii")
                pairs = [urllib.parse.parse_qsl(part, keep_blank_values=True) for part in (url.query, body)]
                headers = {name.lower(): value for name, value in self.headers.items()}
                step = stand_in.next_step(Received(self.command, url.path, pairs[0], headers, pairs[1]))
                if isinstance(step, Reset):
                    # A linger of zero makes the close an RST.
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.connection.close()
                    self.close_connection = True
                elif isinstance(step, Silence):
                    stand_in.wait_until_stopped()
                    self.close_connection = True
                else:
                    self.answer(step)

            do_GET = do_POST = do_DELETE = play

            def answer(self, step: Answer) -> None:
                body = step.body if isinstance(step.body, bytes) else json.dumps(step.body).encode()
                self.send_response(step.status)
                self.send_header("Content-Length", str(step.declared_length or len(body)))
                for name, value in {"Content-Type": "application/json", **step.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
                if step.declared_length is not None:
                    self.close_connection = True

            def log_message(self, format: str, *args: Any) -> None:
                """Requests are in `received`; stderr stays clean."""

            def finish(self) -> None:
                try:
                    super().finish()
                except OSError:
                    self.close_connection = True

        return Handler


def error_answer(status: int, headers: dict[str, str] | None = None, **fields: Any) -> Answer:
    """An error in the API's shape."""
    return Answer(status, {"error": {"type": "api_error", **fields}}, headers or {})
