"""Settlement cash of a local chain, in minor units of a series' currency."""

from __future__ import annotations

from ledger.engine.operations import Step
from ledger.services.roles import Role
from ledger.services.series import Series

__all__ = ["balance", "mint"]


def mint(series: Series, to: str, amount: int, *, key: str | None = None) -> None:
    """Make cash for ``to``: what a bank does when money arrives. Only the stand-in of a local chain can."""
    step = Step(series.cash.address, series.cash.call_data("mint", to, amount * series.cash_unit))
    series.ledger.operate(Role.ADMINISTRATOR, "cash.mint", step, key=key)


def balance(series: Series, holder: str) -> int:
    """Cash of ``holder`` in minor units, rounded down."""
    return int(series.cash.view(series.ledger.node, "balanceOf", holder)) // series.cash_unit
