"""What is asked for under `pool`.

Made by scripts/make_client.py from the document of the HTTP API: change that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.client.calling import Caller, Id, Request, Write, path, write

if TYPE_CHECKING:
    from ledger.client.types import Arrivals, Booked, Collection, Page, Receivable

__all__ = ["PoolCalls"]


class PoolCalls(Caller):
    """What is asked for under `pool`."""

    def list_receivables(self, series: Id, *, limit: int | None = None, cursor: str | None = None) -> Page[Receivable]:
        """The receivables of a series, in the order in which they were registered."""
        return self._json(
            Request("pool", "GET", path("/v1/series/{series}/pool", series), query={"limit": limit, "cursor": cursor})
        )

    def list_collections(self, series: Id, *, limit: int | None = None, cursor: str | None = None) -> Page[Collection]:
        """Rent that came in for a series, in the order in which it was booked."""
        return self._json(
            Request(
                "pool", "GET", path("/v1/series/{series}/collections", series), query={"limit": limit, "cursor": cursor}
            )
        )

    @write
    def book_collections(self, series: Id, body: Arrivals, *, idempotency_key: str | None = None) -> Write[Booked]:
        """Pay rent in from the operator account's cash, each sum for the receivable that it is for.

        Nothing is booked if one is not of the pool, or there is less cash than that.
        """
        return Write(
            "pool", "POST", path("/v1/series/{series}/collections", series), body=body, idempotency_key=idempotency_key
        )
