"""The FastAPI application over one ledger."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from starlette.exceptions import HTTPException

from api import (
    audit,
    cash,
    distributions,
    events,
    holders,
    holding,
    investing,
    issuance,
    keys,
    meta,
    networks,
    operations,
    payments,
    people,
    pool,
    programmes,
    proofs,
    receipts,
    repositories,
    roots,
    series,
    sign_in,
    subscriptions,
    transactions,
    vouchers,
    wallets,
    webhooks,
)
from api.commands import run
from api.document import complete
from api.gate import Gate
from api.problems import Kind, Problem, document_of, response_of
from api.requests import invalid
from api.service import Service, Settings
from ledger.errors import LedgerError
from ledger.services.commands import Runner
from ledger.services.ledger import Ledger

__all__ = ["create_app"]

_ROUTERS = (
    *(meta.router, sign_in.router, keys.router, networks.router),
    *(series.router, issuance.router, pool.router, subscriptions.router, investing.router),
    *(distributions.router, payments.router),
    *(receipts.router, holding.router, holders.router, cash.router, transactions.router),
    *(repositories.router, proofs.router, people.router, programmes.router, roots.router, vouchers.router),
    *(wallets.router, operations.router),
    *(events.router, webhooks.router, audit.router),
)


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

    app = FastAPI(
        title="Compute receipt ledger",
        version=version("compute-receipt-ledger"),
        lifespan=lifespan,
        generate_unique_id_function=lambda route: route.name,
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
    )
    app.state.service = service
    app.add_middleware(Gate, service=service)
    if service.settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=service.settings.origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "Last-Event-ID"],
            expose_headers=["ETag", "Location", "Retry-After", "X-Request-Id"],
        )
    for kind, handler in _HANDLERS.items():
        app.add_exception_handler(kind, handler)
    complete(app, _ROUTERS)
    return app


async def _problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return response_of(error.document, error.headers)


async def _of_the_ledger(_: Request, error: Exception) -> Response:
    assert isinstance(error, LedgerError)
    return response_of(document_of(error))


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return response_of(invalid(error))


async def _of_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    kinds = {404: Kind.NOT_FOUND, 405: Kind.METHOD, 415: Kind.MEDIA, 400: Kind.MALFORMED}
    kind = kinds.get(error.status_code, Kind.INTERNAL)
    return response_of(kind.document(str(error.detail)), error.headers)


_HANDLERS: dict[Any, Callable[[Request, Exception], Awaitable[Response]]] = {
    Problem: _problem,
    LedgerError: _of_the_ledger,
    RequestValidationError: _invalid,
    HTTPException: _of_http,
}
