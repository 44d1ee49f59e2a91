"""An application in Flask, on its own threaded server."""

from __future__ import annotations

import signal
import sys
from typing import Any

from flask import Flask, request
from shop import receiver
from werkzeug.serving import make_server

from istripe.webhooks.flask import webhook_blueprint

app = Flask(__name__)
app.register_blueprint(webhook_blueprint(receiver, "/webhooks"))
receiver.start()


@app.post("/echo")
def echo() -> Any:
    return request.get_json()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    print("PORT", server.server_port, flush=True)
    server.serve_forever()
