"""What is asked for under `issuance`.

Made by scripts/make_client.py from the document of the HTTP API: change that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.client.calling import Caller, Id, Request, Write, path, write

if TYPE_CHECKING:
    from ledger.client.types import Founded, Founding, Issued, Progress, Refunds, Released, TypedData, Valuation

__all__ = ["IssuanceCalls"]


class IssuanceCalls(Caller):
    """What is asked for under `issuance`."""

    @write
    def create_series(self, body: Founding, *, idempotency_key: str | None = None) -> Write[Founded]:
        """Found a series: make its contract, and sell its receivables to it.

        The files are checked before anything is accepted: what is wrong names file, line and field. Of one term
        sheet there is one series: the same again with the same parties finds it as it is.
        """
        return Write("issuance", "POST", "/v1/series", body=body, idempotency_key=idempotency_key)

    def get_valuation(self, series: Id, *, present_value: str) -> TypedData:
        """What the valuation agent signs for a present value."""
        return self._json(
            Request(
                "issuance", "GET", path("/v1/series/{series}/valuation", series), query={"presentValue": present_value}
            )
        )

    @write
    def offer_series(self, series: Id, body: Valuation, *, idempotency_key: str | None = None) -> Write[Progress]:
        """Open the offering on an attested present value; the size is at most the advance rate times that."""
        return Write(
            "issuance", "POST", path("/v1/series/{series}/offer", series), body=body, idempotency_key=idempotency_key
        )

    @write
    def activate_series(self, series: Id, *, idempotency_key: str | None = None) -> Write[Issued]:
        """Issue: pay the proceeds to the originator and let the receipts move."""
        return Write("issuance", "POST", path("/v1/series/{series}/activate", series), idempotency_key=idempotency_key)

    @write
    def cancel_series(self, series: Id, *, idempotency_key: str | None = None) -> Write[Progress]:
        """Give up before the issue: the series has failed, and subscribers can be refunded."""
        return Write("issuance", "POST", path("/v1/series/{series}/cancel", series), idempotency_key=idempotency_key)

    @write
    def fail_series(self, series: Id, *, idempotency_key: str | None = None) -> Write[Progress]:
        """Declare failed what missed its soft cap, or was not issued before its first record day."""
        return Write("issuance", "POST", path("/v1/series/{series}/fail", series), idempotency_key=idempotency_key)

    @write
    def refund_series(self, series: Id, *, idempotency_key: str | None = None) -> Write[Refunds]:
        """Pay all subscribers of a failed series back at par, and destroy their receipts."""
        return Write("issuance", "POST", path("/v1/series/{series}/refunds", series), idempotency_key=idempotency_key)

    @write
    def release_pool(self, series: Id, *, idempotency_key: str | None = None) -> Write[Released]:
        """Let the receivables of a failed series be sold to another one."""
        return Write(
            "issuance", "POST", path("/v1/series/{series}/pool/release", series), idempotency_key=idempotency_key
        )
