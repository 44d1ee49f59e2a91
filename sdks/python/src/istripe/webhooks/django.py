"""Django's adapter: a view for `urls.py`. Start the receiver in `wsgi.py` or `asgi.py`, so that no command does."""

from __future__ import annotations

from typing import Any, Callable

from django.http import HttpRequest, JsonResponse, RawPostDataException
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from ._receiver import BODY_BYTES_MAX, Answer, Receiver, already_read, too_large


def webhook_view(receiver: Receiver[Any]) -> Callable[[HttpRequest], JsonResponse]:
    """`path("webhooks", webhook_view(receiver))`. The signature stands in for the CSRF token, which it has none of."""

    def receive(request: HttpRequest) -> JsonResponse:
        answer = _answer(receiver, request)
        return JsonResponse(answer.body, status=answer.status)

    view: Callable[[HttpRequest], JsonResponse] = csrf_exempt(require_POST(receive))
    return view


def _answer(receiver: Receiver[Any], request: HttpRequest) -> Answer:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > BODY_BYTES_MAX:
        return too_large()
    try:
        body = request.body
    except RawPostDataException:
        return already_read()
    return receiver.receive(body, request.headers)
