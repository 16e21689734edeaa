"""Settlement cash of a local chain, in minor units of a series' currency."""

from __future__ import annotations

from ledger.chain.bindings import Bound
from ledger.chain.node import DevNode
from ledger.domain.money import Currency, currency
from ledger.engine.operations import Step
from ledger.errors import RuleError
from ledger.services.deployment import cash_symbol
from ledger.services.encoding import CASH_DECIMALS
from ledger.services.ledger import Ledger
from ledger.services.roles import Role
from ledger.services.series import Series

__all__ = ["balance", "local_currency", "mint", "pour", "top_up"]


def mint(series: Series, to: str, amount: int, *, key: str | None = None) -> None:
    """Make cash for ``to``: what a bank does when money arrives. Only the stand-in of a local chain can."""
    _mint(series.ledger, series.cash, to, amount * series.cash_unit, key)


def balance(series: Series, holder: str) -> int:
    """Cash of ``holder`` in minor units, rounded down."""
    return int(series.cash.view(series.ledger.node, "balanceOf", holder)) // series.cash_unit


def local_currency(ledger: Ledger) -> Currency:
    """The currency of a local chain's cash. Raises RuleError on a network with cash of its own."""
    if not isinstance(ledger.node, DevNode):
        raise RuleError(
            "cash is made on a local chain only",
            expected="an embedded chain, or anvil",
            found="a network with settlement cash of its own",
            hint="money comes from the issuer of the network's cash token",
        )
    symbol = ledger.cash.view(ledger.node, "symbol")
    return currency(symbol.removeprefix(cash_symbol("")))


def pour(ledger: Ledger, to: str, amount: int, *, key: str | None = None) -> None:
    """Make a local chain's cash for ``to``, in minor units of its currency. Raises RuleError on other networks."""
    units = amount * 10 ** (CASH_DECIMALS - local_currency(ledger).exponent)
    _mint(ledger, ledger.cash, to, units, key)


def top_up(ledger: Ledger, holder: str, amount: int, *, key: str | None = None) -> int:
    """See that ``holder`` has ``amount`` units of a local chain's cash; returns how much was made, in units too."""
    missing = max(0, amount - int(ledger.cash.view(ledger.node, "balanceOf", holder)))
    if missing == 0 or not isinstance(ledger.node, DevNode):
        return 0
    _mint(ledger, ledger.cash, holder, missing, key)
    return missing


def _mint(ledger: Ledger, token: Bound, to: str, units: int, key: str | None) -> None:
    ledger.operate(Role.ADMINISTRATOR, "cash.mint", Step(token.address, token.call_data("mint", to, units)), key=key)
