"""An application under test as a process: started, asked where it listens, killed, started again."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from inboxes import SECRET

HERE = Path(__file__).parent
START_TIMEOUT_S = 30


class AppProcess:
    """`framework` is one of `app_*.py`. It is gone at the end of the `with` block, whatever happens in it."""

    def __init__(self, framework: str, database: str, secret: str = SECRET) -> None:
        self._command = [sys.executable, str(HERE / f"app_{framework}.py")]
        # Compiled once for all starts, and not beside the sources.
        compiled = {
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir(), "istripe-pyc")),
        }
        self._environment = {**os.environ, **compiled, "SHOP_DATABASE": database, "SHOP_SECRET": secret}
        self._lines: queue.Queue[str] = queue.Queue()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._child = subprocess.Popen(
            self._command, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        threading.Thread(target=self._read, args=(self._child,), daemon=True).start()
        self.port = int(self.wait_for("PORT").split()[1])

    def wait_for(self, start: str) -> str:
        """The next line that begins like this."""
        while True:
            try:
                line = self._lines.get(timeout=START_TIMEOUT_S)
            except queue.Empty:
                raise AssertionError(f"{self._command[1]} did not say {start!r} in {START_TIMEOUT_S} s.") from None
            if line.startswith(start):
                return line

    def has_said(self, start: str) -> bool:
        """Whether a line that begins like this has come by now."""
        return any(line.startswith(start) for line in list(self._lines.queue))

    def kill(self) -> None:
        """As a crash: nothing is finished, nothing is said."""
        self._child.kill()
        self._child.wait(10)

    def terminate(self) -> int:
        """As a deployment. Answers the exit code."""
        self._child.send_signal(signal.SIGTERM)
        return self._child.wait(START_TIMEOUT_S)

    def __enter__(self) -> AppProcess:
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.kill()

    def _read(self, child: subprocess.Popen[str]) -> None:
        assert child.stdout is not None
        for line in child.stdout:
            self._lines.put(line.rstrip())
