"""What all applications of the API have in common: how they are called, and that errors are problem documents."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api.problems import Kind, Problem, document_of, response_of
from api.requests import invalid
from api.service import Service
from ledger.errors import LedgerError

__all__ = ["answering"]


def answering(
    service: Service, lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None
) -> FastAPI:
    """An application of this service, without routes."""
    app = FastAPI(
        title="Compute receipt ledger",
        version=version("compute-receipt-ledger"),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # it would go wherever Host says, without TLS
        openapi_url="/v1/openapi.json",
    )
    app.state.service = service
    for kind, handler in _HANDLERS.items():
        app.add_exception_handler(kind, handler)
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
