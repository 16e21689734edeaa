"""What is asked for under `distributions`.

Made by scripts/make_client.py from the document of the HTTP API: change that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.client.calling import Caller, Id, Request, Write, path, write

if TYPE_CHECKING:
    from ledger.client.types import Closed, Distribution, Page, Recorded

__all__ = ["DistributionsCalls"]


class DistributionsCalls(Caller):
    """What is asked for under `distributions`."""

    def list_distributions(
        self, series: Id, *, limit: int | None = None, cursor: str | None = None
    ) -> Page[Distribution]:
        """The distributions of a series, in their order, by their record dates."""
        return self._json(
            Request(
                "distributions",
                "GET",
                path("/v1/series/{series}/distributions", series),
                query={"limit": limit, "cursor": cursor},
            )
        )

    @write
    def fund_distribution(self, series: Id, *, idempotency_key: str | None = None) -> Write[Distribution]:
        """Run the waterfall over what was collected, and set aside what the holders at the record get."""
        return Write(
            "distributions", "POST", path("/v1/series/{series}/distributions", series), idempotency_key=idempotency_key
        )

    def get_distribution(self, series: Id, epoch: int) -> Distribution:
        """One distribution."""
        return self._json(
            Request("distributions", "GET", path("/v1/series/{series}/distributions/{epoch}", series, epoch))
        )

    @write
    def fix_record(self, series: Id, *, idempotency_key: str | None = None) -> Write[Recorded]:
        """Fix the record of the next distribution: who holds now is paid, also who sells before the money is there."""
        return Write(
            "distributions",
            "POST",
            path("/v1/series/{series}/distributions/record", series),
            idempotency_key=idempotency_key,
        )

    @write
    def close_distribution(self, series: Id, epoch: int, *, idempotency_key: str | None = None) -> Write[Closed]:
        """When the time to claim is over, send what nobody claimed where the terms say."""
        return Write(
            "distributions",
            "POST",
            path("/v1/series/{series}/distributions/{epoch}/close", series, epoch),
            idempotency_key=idempotency_key,
        )
