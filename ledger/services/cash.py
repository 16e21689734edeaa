"""Settlement cash of a local chain, in minor units of a series' currency."""

from __future__ import annotations

from ledger.chain.node import DevNode
from ledger.engine.operations import Step
from ledger.services.ledger import Ledger
from ledger.services.roles import Role
from ledger.services.series import Series

__all__ = ["balance", "mint", "top_up"]


def mint(series: Series, to: str, amount: int, *, key: str | None = None) -> None:
    """Make cash for ``to``: what a bank does when money arrives. Only the stand-in of a local chain can."""
    step = Step(series.cash.address, series.cash.call_data("mint", to, amount * series.cash_unit))
    series.ledger.operate(Role.ADMINISTRATOR, "cash.mint", step, key=key)


def balance(series: Series, holder: str) -> int:
    """Cash of ``holder`` in minor units, rounded down."""
    return int(series.cash.view(series.ledger.node, "balanceOf", holder)) // series.cash_unit


def top_up(ledger: Ledger, holder: str, amount: int, *, key: str | None = None) -> int:
    """See that ``holder`` has ``amount`` units of a local chain's cash; returns how much was made, in units too."""
    missing = max(0, amount - int(ledger.cash.view(ledger.node, "balanceOf", holder)))
    if missing == 0 or not isinstance(ledger.node, DevNode):
        return 0
    step = Step(ledger.cash.address, ledger.cash.call_data("mint", holder, missing))
    ledger.operate(Role.ADMINISTRATOR, "cash.mint", step, key=key)
    return missing
