"""What is asked for under `payments`.

Made by scripts/make_client.py from the document of the HTTP API: change that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.client.calling import Caller, Id, Request, Write, path, write

if TYPE_CHECKING:
    from ledger.client.types import DateDone, OfPeriod, Page, PaidOut, Payment, Run, UpTo

__all__ = ["PaymentsCalls"]


class PaymentsCalls(Caller):
    """What is asked for under `payments`."""

    def list_payments(
        self,
        *,
        series: Id | None = None,
        epoch: int | None = None,
        holder: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Payment]:
        """Payments in the order in which they were made: one's own; operators and auditors see those of all."""
        return self._json(
            Request(
                "payments",
                "GET",
                "/v1/payments",
                query={"series": series, "epoch": epoch, "holder": holder, "limit": limit, "cursor": cursor},
            )
        )

    @write
    def pay_holders(self, series: Id, body: UpTo, *, idempotency_key: str | None = None) -> Write[Run]:
        """Pay all holders up to and with an epoch that is funded. Nobody is paid twice, whoever else is paying.

        Frozen holders and receipts are passed over, and paid when it is asked for again after their release.
        """
        return Write(
            "payments", "POST", path("/v1/series/{series}/payments", series), body=body, idempotency_key=idempotency_key
        )

    @write
    def run_payment_date(self, series: Id, body: OfPeriod, *, idempotency_key: str | None = None) -> Write[DateDone]:
        """A whole payment date: fix the record, fund it, pay all holders, and compare chain, index and journal.

        What was done is passed over, so that it may be asked for again.
        """
        return Write(
            "payments",
            "POST",
            path("/v1/series/{series}/payment-dates", series),
            body=body,
            idempotency_key=idempotency_key,
        )

    @write
    def redeem_receipts(self, series: Id, *, idempotency_key: str | None = None) -> Write[Run]:
        """Pay the principal of a matured series to all holders, and retire their receipts; open coupons are paid
        before.
        """
        return Write(
            "payments", "POST", path("/v1/series/{series}/redemptions", series), idempotency_key=idempotency_key
        )

    @write
    def pay_fees(self, series: Id, *, idempotency_key: str | None = None) -> Write[PaidOut]:
        """Pay the servicer's fees that were set aside."""
        return Write("payments", "POST", path("/v1/series/{series}/pay-fees", series), idempotency_key=idempotency_key)

    @write
    def pay_residual(self, series: Id, *, idempotency_key: str | None = None) -> Write[PaidOut]:
        """Pay the originator the residual that was released."""
        return Write(
            "payments", "POST", path("/v1/series/{series}/pay-residual", series), idempotency_key=idempotency_key
        )

    @write
    def sweep_series(self, series: Id, *, idempotency_key: str | None = None) -> Write[PaidOut]:
        """After maturity, release what came in late, and the last dust, to the originator."""
        return Write("payments", "POST", path("/v1/series/{series}/sweep", series), idempotency_key=idempotency_key)
