"""How amounts of a cash token are written."""

from __future__ import annotations

from typing import Any, Final

from ledger.chain.artifacts import Contract
from ledger.chain.bindings import Bound
from ledger.chain.node import Unreachable
from ledger.chain.transport import RpcError
from ledger.domain.money import currency
from ledger.domain.tokens import Money
from ledger.errors import ChainError, InputError, NetworkMismatch
from ledger.services.encoding import CASH_DECIMALS
from ledger.services.ledger import Ledger

__all__ = ["money_of"]

_LONGEST: Final = 20  # characters of a symbol
_UNITS: Final = Money("units", 0, 0)


def money_of(ledger: Ledger, token: str | None = None) -> Money:
    """How amounts of a token are written; of the chain's own cash if none is named. Asks the chain.

    A token that does not say it has ``units``. Raises InputError if there is no contract, and what the node raises.
    """
    if token is None:
        return _written(ledger.cash.view(ledger.node, "symbol"), CASH_DECIMALS)
    bound = Bound(Contract("SettlementCash"), token)
    try:
        return _written(bound.view(ledger.node, "symbol"), bound.view(ledger.node, "decimals"))
    except NetworkMismatch:
        raise InputError(
            "there is no token", field="cash", expected="the address of an ERC-20 contract", found=token
        ) from None
    except (Unreachable, RpcError):
        raise
    except ChainError:
        return _UNITS


def _written(symbol: Any, decimals: int) -> Money:
    # Whoever made a token named it as they like.
    name = "".join(char for char in str(symbol) if char.isprintable())[:_LONGEST]
    try:
        found = currency(name.removeprefix("s"))
    except InputError:
        return Money(name, min(2, decimals), decimals)
    return Money(found.code, min(found.exponent, decimals), decimals)
