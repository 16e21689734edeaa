"""The FastAPI application: read access to one ledger."""

from __future__ import annotations

from fastapi import FastAPI, HTTPException

from ledger.domain.money import decimal_string
from ledger.errors import InputError
from ledger.services.ledger import Ledger
from ledger.services.series import Series

__all__ = ["create_app"]


def create_app(ledger: Ledger) -> FastAPI:
    """An application that answers for ``ledger``. It changes nothing."""
    app = FastAPI(title="Compute receipt ledger", version="0.1.0")

    @app.get("/health")
    def health() -> dict[str, int]:
        """Chain id and newest block: the node answers."""
        return {"chainId": ledger.node.chain_id(), "block": ledger.node.block_number()}

    @app.get("/v1/series/{slot}/holders")
    def holders(slot: int) -> dict[str, object]:
        """The register of a series: units by holder, as decimal strings in major units of its currency."""
        try:
            series = Series.load(ledger, slot)
        except InputError as error:
            raise HTTPException(404, error.message) from error
        held = ledger.register.sync().holdings(slot)
        return {
            "series": series.code,
            "currency": series.currency.code,
            "holders": {holder: decimal_string(units, series.currency) for holder, units in held.items()},
        }

    return app
