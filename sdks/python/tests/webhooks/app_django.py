"""An application in Django, on the server of its `runserver`."""

from __future__ import annotations

import json
import signal
import sys
from typing import Any

import django
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="only-for-this-test",
)
django.setup()

from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpRequest, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402
from shop import receiver  # noqa: E402

from istripe.webhooks.django import webhook_view  # noqa: E402


@csrf_exempt
def echo(request: HttpRequest) -> Any:
    return JsonResponse(json.loads(request.body))


urlpatterns = [path("webhooks", webhook_view(receiver)), path("echo", echo)]
application = get_wsgi_application()
receiver.start()

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler)
    server.daemon_threads = True
    server.set_app(application)
    print("PORT", server.server_port, flush=True)
    server.serve_forever()
