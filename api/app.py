"""The FastAPI application over one ledger."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from api.answering import answering
from api.commands import run
from api.document import complete
from api.gate import Gate
from api.parts import PARTS, routers_of
from api.problems import document_of
from api.service import Service, Settings
from ledger.services.commands import Runner
from ledger.services.ledger import Ledger

__all__ = ["create_app"]


def create_app(ledger: Ledger, settings: Settings | None = None, *, works: bool = True) -> FastAPI:
    """An application that serves ``ledger``; errors are problem documents (RFC 9457).

    With ``works`` it does what it accepts, in threads of this process, while it runs; without, another one does.
    """
    service = Service(ledger, settings or Settings())
    if works:
        service.runner = Runner(ledger, run, document_of, threads=service.settings.threads)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if service.runner is not None:
            service.runner.start()
        yield
        if service.runner is not None:
            service.runner.stop()

    app = answering(service, lifespan)
    app.add_middleware(Gate, service=service)
    if service.settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=service.settings.origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "Last-Event-ID"],
            expose_headers=["ETag", "Location", "Retry-After", "X-Request-Id"],
        )
    complete(app, [router for part in PARTS for router in routers_of(part)])
    return app
