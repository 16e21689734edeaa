"""The FastAPI application: read access to one ledger."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from ledger.domain.money import decimal_string
from ledger.errors import ChainError, InputError, LedgerError
from ledger.services.ledger import Ledger
from ledger.services.receipts import holdings
from ledger.services.series import Series

__all__ = ["create_app"]

_PROBLEM = "application/problem+json"


def create_app(ledger: Ledger) -> FastAPI:
    """An application that answers for ``ledger``. It changes nothing; errors are problem documents (RFC 9457)."""
    app = FastAPI(title="Compute receipt ledger", version="0.1.0")

    @app.exception_handler(LedgerError)
    def problem(_: Request, error: LedgerError) -> JSONResponse:
        status = _status(error)
        body = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": error.message}
        return JSONResponse(body, status.value, media_type=_PROBLEM)

    @app.get("/health")
    def health() -> dict[str, int]:
        """Chain id and newest block: the node answers."""
        return {"chainId": ledger.node.chain_id(), "block": ledger.node.block_number()}

    @app.get("/v1/series/{slot}/holders")
    def holders(slot: int) -> dict[str, object]:
        """The register of a series: units by holder, as decimal strings in major units of its currency."""
        series = Series.load(ledger, slot)
        held = holdings(ledger, slot)
        return {
            "series": series.code,
            "currency": series.currency.code,
            "holders": {holder: decimal_string(units, series.currency) for holder, units in held.items()},
        }

    return app


def _status(error: LedgerError) -> HTTPStatus:
    if isinstance(error, InputError):
        return HTTPStatus.NOT_FOUND  # all that can be given is what to look for
    if isinstance(error, ChainError):
        return HTTPStatus.BAD_GATEWAY
    return HTTPStatus.INTERNAL_SERVER_ERROR
