"""The end of a series, and what goes to others than its holders: redemption, fees, residual."""

from __future__ import annotations

from ledger.engine.operations import Step
from ledger.errors import RuleError
from ledger.services.distribution import Payment, pay_all
from ledger.services.series import Series

__all__ = ["pay_fees", "pay_residual", "redeem_all", "redemption_epoch", "sweep"]


def redeem_all(series: Series) -> list[Payment]:
    """Pay the principal to all holders, and retire their receipts; coupons that are still open are paid before.

    Raises RuleError while the series is not matured.
    """
    epoch = redemption_epoch(series)
    return pay_all(series, epoch)


def redemption_epoch(series: Series) -> int:
    """What the principal of a series is paid from. Raises RuleError while it is not matured."""
    for epoch in reversed(range(series.view("status").epochs)):
        if series.view("epochAt", epoch).redemption:
            return epoch
    raise RuleError("the series is not matured", expected="Matured", found=series.state().value)


def sweep(series: Series, *, key: str | None = None) -> int:
    """After maturity, add what came in late, and the last dust, to the residual; returns how much."""
    return _take(series, "sweep", "ResidualSwept", key)


def pay_fees(series: Series, *, key: str | None = None) -> int:
    """Pay the servicer's fees that were set aside; returns how much."""
    return _take(series, "payFees", "FeesPaid", key)


def pay_residual(series: Series, *, key: str | None = None) -> int:
    """Pay the originator the residual that was released; returns how much."""
    return _take(series, "payResidual", "ResidualPaid", key)


def _take(series: Series, function: str, event: str, key: str | None) -> int:
    step = Step(series.spv.address, series.spv.call_data(function))
    outcome = series.ledger.anyone(f"spv.{function}", step, key=key)
    amount: int = outcome.event(series.spv, event).args["amount"]
    return amount
