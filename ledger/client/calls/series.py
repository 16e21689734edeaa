"""What is asked for under `series`.

Made by scripts/make_client.py from the document of the HTTP API: change that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.client.calling import Caller, Id, Request, Write, path, write

if TYPE_CHECKING:
    from ledger.client.types import Page, Paused, Register, Requirement, Series, SeriesDetails

__all__ = ["SeriesCalls"]


class SeriesCalls(Caller):
    """What is asked for under `series`."""

    def list_series(self, *, limit: int | None = None, cursor: str | None = None) -> Page[Series]:
        """All series, in the order in which they were made."""
        return self._json(Request("series", "GET", "/v1/series", query={"limit": limit, "cursor": cursor}))

    def get_series(self, series: Id) -> SeriesDetails:
        """One series, with its terms and its money."""
        return self._json(Request("series", "GET", path("/v1/series/{series}", series)))

    def list_holders(
        self, series: Id, *, block: int | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Register:
        """The register of a series, in the order of the addresses: who holds how much, now or after any block.

        The first page says which block it is of; the next pages are of the same one.
        """
        return self._json(
            Request(
                "series",
                "GET",
                path("/v1/series/{series}/holders", series),
                query={"block": block, "limit": limit, "cursor": cursor},
            )
        )

    @write
    def pause_series(self, series: Id, *, idempotency_key: str | None = None) -> Write[Paused]:
        """Stop all moves of a series."""
        return Write("series", "POST", path("/v1/series/{series}/pause", series), idempotency_key=idempotency_key)

    @write
    def resume_series(self, series: Id, *, idempotency_key: str | None = None) -> Write[Paused]:
        """Let a paused series move again."""
        return Write("series", "POST", path("/v1/series/{series}/resume", series), idempotency_key=idempotency_key)

    @write
    def set_requirement(
        self, series: Id, body: Requirement, *, idempotency_key: str | None = None
    ) -> Write[Requirement]:
        """Say who may receive receipts of a series from now on; who holds some keeps them."""
        return Write(
            "series", "PUT", path("/v1/series/{series}/requirement", series), body=body, idempotency_key=idempotency_key
        )
