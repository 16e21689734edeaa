"""A payment date from its record to its proof, in one call that may be repeated."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.errors import RuleError
from ledger.services.distribution import Payment, fix_record, fund, pay_all
from ledger.services.reconcile import Report, reconcile
from ledger.services.series import Series
from ledger.store import index_money

__all__ = ["PaymentDate", "payment_date"]


@dataclass(frozen=True, slots=True)
class PaymentDate:
    """``payments`` are those that this call made, ``report`` compares chain, index and journal after them.

    Holders were paid from ``epoch``, and before that for all epochs that were still open; ``redemption_epoch`` is there
    when the principal was repaid too.
    """

    period: int
    epoch: int
    redemption_epoch: int | None
    payments: list[Payment]
    report: Report


def payment_date(series: Series, period: int | None = None) -> PaymentDate:
    """Fix the record of a period, counted from 0, fund it, pay all holders, and reconcile; by default of the newest
    period whose record day has come.

    What was done is passed over. So a call that was interrupted, at whatever point, is repeated as it was: each step
    is done once and nobody is paid twice. Raises RuleError for a period whose turn it is not, what the contract refuses
    with before the payment day, and what :func:`~ledger.services.distribution.pay_all` raises: then all who can be paid
    are paid, and the next call reconciles.
    """
    status = series.view("status")
    if period is None:
        period = _newest(series, status.period, status.periods, is_open=status.recordOpen)
    if not 0 <= period <= min(status.period, status.periods - 1):
        raise RuleError(
            "it is not the period's turn",
            field="period",
            expected=f"0 to {min(status.period, status.periods - 1)}",
            found=str(period),
            hint="distribute the periods before it first",
        )
    if period == status.period:
        name = f"{series.spv.address}/period/{period}"
        if not status.recordOpen:
            fix_record(series, key=f"{name}/fix")
        fund(series, key=f"{name}/fund")
    epoch, redemption = _epochs(series, period)
    paid = pay_all(series, epoch if redemption is None else redemption)
    return PaymentDate(period, epoch, redemption, paid, reconcile(series.ledger))


def _newest(series: Series, following: int, periods: int, *, is_open: bool) -> int:
    if is_open or (following < periods and series.view("today") >= series.view("periodAt", following).recordDay):
        return following
    if following == 0:
        raise RuleError(
            "the first record day has not come", field="period", hint="wait for it, or move the clock of a local chain"
        )
    return following - 1


def _epochs(series: Series, period: int) -> tuple[int, int | None]:
    """What the holders of a period are paid from: its epoch, and that of the redemption if it funded one."""
    with series.ledger.reading() as connection:
        found = index_money.distributions(connection, series.spv.address)
    epoch = next(one.epoch for one in found if one.period == period)
    following = epoch + 1
    if following < series.view("status").epochs and series.view("epochAt", following).redemption:
        return epoch, following
    return epoch, None
