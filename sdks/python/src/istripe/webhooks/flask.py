"""Flask's adapter: a blueprint with the webhook's route. Start the receiver where the application is made."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge

from ._receiver import BODY_BYTES_MAX, Answer, Receiver, already_read, too_large


def webhook_blueprint(receiver: Receiver[Any], path: str = "/webhooks", name: str = "istripe_webhooks") -> Blueprint:
    """`app.register_blueprint(webhook_blueprint(receiver))`. With Flask-WTF, exempt the blueprint from CSRF."""
    blueprint = Blueprint(name, __name__)

    @blueprint.post(path)
    def receive() -> Response:
        answer = _answer(receiver)
        response = jsonify(answer.body)
        response.status_code = answer.status
        return response

    return blueprint


def _answer(receiver: Receiver[Any]) -> Answer:
    request.max_content_length = BODY_BYTES_MAX
    try:
        body = request.get_data()
    except RequestEntityTooLarge:
        return too_large()
    if not body and request.content_length:
        return already_read()
    return receiver.receive(body, dict(request.headers))
