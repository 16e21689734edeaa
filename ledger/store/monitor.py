"""What there is to do, and what has been waiting: a few figures for those who watch the ledger.

Each is read by an index, so that asking costs the same when millions of operations are done.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from ledger.store import unknown
from ledger.store.operations import actors
from ledger.store.tables import accounts, attempts, operations, transactions

__all__ = ["AccountFigures", "accepted", "account_figures"]

_LEFT = ("waiting", "assigned")
_SENDS = accounts.c.address.startswith("0x")  # other leases are kept with them


@dataclass(frozen=True, slots=True)
class AccountFigures:
    """One sending account.

    ``halted`` says why nothing is sent for it, None if it works. ``held`` says whether a process has it now.
    ``waiting`` operations have no transaction yet, ``assigned`` ones have one that is not mined; ``refused`` ones did
    nothing. ``open_transactions`` are not mined; ``replaced`` of them have been sent with higher fees. ``unknown`` ones
    were made elsewhere, and nobody has acknowledged them. ``oldest`` is when the first of what is left was accepted, in
    milliseconds since 1970 UTC, None if nothing is left.
    """

    address: str
    halted: str | None
    held: bool
    next_nonce: int | None
    waiting: int
    assigned: int
    refused: int
    open_transactions: int
    replaced: int
    unknown: int
    oldest: int | None


def accepted(connection: Connection) -> int:
    """How many operations were ever accepted; gaps, where a database transaction was given up, count too."""
    return connection.execute(select(func.max(operations.c.id))).scalar_one() or 0


def account_figures(connection: Connection, now: int) -> list[AccountFigures]:
    """Of every account that anything was accepted for; ``now`` is the database's time in milliseconds."""
    known = {row.address: row for row in connection.execute(select(accounts).where(_SENDS))}
    strange, addresses = unknown.counts(connection), sorted({*known, *actors(connection)})
    return [_figures(connection, one, known.get(one), now, strange.get(one, 0)) for one in addresses]


def _figures(connection: Connection, address: str, row: Row[Any] | None, now: int, strange: int) -> AccountFigures:
    """``row`` is there from the first time on that somebody works for the account."""
    once, more = _attempts_of_open(connection, address)
    return AccountFigures(
        address=address,
        halted=None if row is None else row.halted,
        held=row is not None and row.lease_until > now,
        next_nonce=None if row is None else row.next_nonce,
        waiting=_operations(connection, address, "waiting"),
        assigned=_operations(connection, address, "assigned"),
        refused=_operations(connection, address, "refused"),
        open_transactions=once + more,
        replaced=more,
        unknown=strange,
        oldest=_oldest(connection, address),
    )


def _operations(connection: Connection, actor: str, state: str) -> int:
    asked = select(func.count()).where(operations.c.actor == actor, operations.c.state == state)
    return connection.execute(asked).scalar_one()


def _attempts_of_open(connection: Connection, account: str) -> tuple[int, int]:
    """Transactions that are not mined: those with one attempt, those with more."""
    tries = (
        select(func.count().label("tries"))
        .select_from(transactions.join(attempts, attempts.c.transaction_id == transactions.c.id))
        .where(transactions.c.account == account, transactions.c.state == "open")
        .group_by(transactions.c.id)
        .subquery()
    )
    found = [row.tries for row in connection.execute(select(tries))]
    once = sum(one == 1 for one in found)
    return once, len(found) - once


def _oldest(connection: Connection, actor: str) -> int | None:
    asked = select(func.min(operations.c.accepted_at)).where(operations.c.actor == actor, operations.c.state.in_(_LEFT))
    found: int | None = connection.execute(asked).scalar_one()
    return found
