"""A programme as the index has it: its budget, its roots, and what its providers have to get.

Amounts are in units of the programme's cash token, units are vouchers.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from ledger.services.ledger import Ledger
from ledger.store import index_vouchers, journal
from ledger.store.index_vouchers import Programme, Root
from ledger.store.journal import Account

__all__ = ["Budget", "Fault", "RootState", "budget_of", "owed", "roots_of"]


@dataclass(frozen=True, slots=True)
class Budget:
    """Of the ``cash`` that was paid in, ``held`` vouchers are with accounts, ``spent`` redeemed, ``free`` to issue."""

    cash: int
    held: int
    spent: int
    free: int


class RootState(StrEnum):
    """Where a root is in its life."""

    PROPOSED = "proposed"
    """It can be challenged."""
    ACTIVE = "active"
    """The programme is claimed by it."""
    PAST = "past"
    """It was active before."""
    FALLEN = "fallen"
    """Somebody proved a fault."""
    STOPPED = "stopped"
    """The guardian stopped it."""


class Fault(StrEnum):
    """What can be wrong with a root, in the order of the contract's enum."""

    ORDER = "order"
    RUNNING = "running"
    TOTAL = "total"
    LOG = "log"
    DROPPED = "dropped"
    ELSEWHERE = "elsewhere"
    CLAIMS = "claims"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class KnownRoot:
    """A root that was proposed, and what became of it."""

    root: Root
    state: RootState
    fault: Fault | None = None
    reason: str | None = None


def budget_of(ledger: Ledger, connection: Connection, programme: Programme) -> Budget:
    """A programme's budget."""
    left = _left(ledger, connection, f"programme {programme.number}", programme.cash)
    held = index_vouchers.held(connection, programme.number)
    spent = index_vouchers.spent(connection, programme.number)
    # Vouchers are never worth more than the cash that is left: those of a programme that was closed have lapsed.
    held = held if held * programme.unit_value <= left else 0
    return Budget(left + spent * programme.unit_value, held, spent, left // programme.unit_value - held)


def owed(ledger: Ledger, connection: Connection, provider: str, cash: str) -> int:
    """What a provider has to get of a cash token."""
    return _left(ledger, connection, f"provider {provider}", cash)


def roots_of(connection: Connection, programme: int, now: int) -> list[KnownRoot]:
    """All roots of a programme, the oldest first, as they are at a second (Unix time)."""
    roots, falls = index_vouchers.roots(connection, programme=programme), index_vouchers.falls(connection, programme)
    found: list[KnownRoot] = []
    ahead = [one.at for one in roots[1:]]
    active = 0
    for root, next_at in zip(roots, [*ahead, None], strict=True):
        # A programme has one proposal at a time: what fell before the next one was this one.
        fall = next((one for one in falls if root.at < one.at and (next_at is None or one.at < next_at)), None)
        if fall is None:
            open_ = now < root.claimable_from
            found.append(KnownRoot(root, RootState.PROPOSED if open_ else RootState.ACTIVE))
            active = active if open_ else root.number
        elif fall.fault is None:
            found.append(KnownRoot(root, RootState.STOPPED, reason=fall.reason))
        else:
            found.append(KnownRoot(root, RootState.FALLEN, fault=list(Fault)[fall.fault]))
    return [
        KnownRoot(one.root, RootState.PAST) if one.state is RootState.ACTIVE and one.root.number != active else one
        for one in found
    ]


def _left(ledger: Ledger, connection: Connection, name: str, cash: str) -> int:
    balance = journal.balance(connection, Account(ledger.vouchers.address, name, cash))
    return balance.credits - balance.debits
