"""An application in FastAPI, on uvicorn."""

from __future__ import annotations

import socket

import uvicorn
from fastapi import FastAPI
from shop import receiver

from istripe.webhooks.fastapi import webhook_router

app = FastAPI()
app.include_router(webhook_router(receiver, "/webhooks"))


@app.post("/echo")
def echo(said: dict[str, str]) -> dict[str, str]:
    return said


if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", 0))
    print("PORT", listener.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
