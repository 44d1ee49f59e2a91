"""FastAPI's adapter: a router with the webhook's route, which starts and closes the receiver with the application."""

from __future__ import annotations

import contextlib
from typing import Any, AsyncIterator, Optional

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from ._receiver import BODY_BYTES_MAX, Receiver, already_read, too_large


def webhook_router(receiver: Receiver[Any], path: str = "/webhooks") -> APIRouter:
    """`app.include_router(webhook_router(receiver))`. The database is waited for in threads, never in the loop."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        await run_in_threadpool(receiver.start)
        try:
            yield
        finally:
            await run_in_threadpool(receiver.close)

    router = APIRouter(lifespan=lifespan)

    @router.post(path, include_in_schema=False)
    async def receive(request: Request) -> JSONResponse:
        try:
            body = await _raw_body(request)
        except RuntimeError:
            answer = already_read()
        else:
            answer = too_large() if body is None else await run_in_threadpool(receiver.receive, body, request.headers)
        return JSONResponse(answer.body, answer.status)

    return router


async def _raw_body(request: Request) -> Optional[bytes]:
    """The bytes as they came, or None where there are too many, of which no more are read."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > BODY_BYTES_MAX:
            return None
    return bytes(body)
