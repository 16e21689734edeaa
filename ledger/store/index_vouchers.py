"""Reading the index: voucher programmes, who has vouchers, and what was redeemed. Cash in units of its token.

Lists come in the order of the chain, and in pages as in :func:`ledger.store.paging.page`.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, func, select

from ledger.store import index_tables as tables
from ledger.store.index_tables import voucher_moves
from ledger.store.paging import Place, page

__all__ = [
    "Programme",
    "Redemption",
    "Reimbursement",
    "Root",
    "balance",
    "balances",
    "cash_of_programmes",
    "programmes",
    "providers",
    "redemptions",
    "reimbursements",
    "roots",
]


class Programme(NamedTuple):
    """A programme as it was opened; ``unit_value`` is cash per voucher."""

    at: Place
    number: int
    issuer: str
    publisher: str
    cash: str
    unit_value: int


class Root(NamedTuple):
    """What a programme's publisher proposed to count; claimable from a second on (Unix time), unless it fell."""

    at: Place
    programme: int
    number: int
    lines_root: bytes
    claims_root: bytes
    claimable_from: int


class Redemption(NamedTuple):
    """Vouchers that paid a provider's invoice, and the cash that the provider has to get for it."""

    at: Place
    programme: int
    holder: str
    provider: str
    units: int
    value: int
    invoice: bytes


class Reimbursement(NamedTuple):
    """Cash that a provider got."""

    at: Place
    provider: str
    cash: str
    amount: int


def programmes(connection: Connection, *, after: Place | None = None, limit: int | None = None) -> list[Programme]:
    """All programmes."""
    return page(connection, tables.programmes, Programme, after, limit)


def cash_of_programmes(connection: Connection) -> dict[int, str]:
    """The cash token of each programme."""
    wanted = select(tables.programmes.c.programme, tables.programmes.c.cash)
    return {row.programme: row.cash for row in connection.execute(wanted)}


def providers(connection: Connection, programme: int) -> dict[str, bool]:
    """Those who were ever named as a programme's provider, and whether they are accepted now."""
    said = page(connection, tables.providers, lambda at, programme, *said: said, programme=programme)
    return dict(said)


def roots(connection: Connection, *, programme: int | None = None) -> list[Root]:
    """Everything that was proposed to be counted, by a programme or by all."""
    return page(connection, tables.roots, Root, programme=programme)


def balance(connection: Connection, programme: int, account: str) -> int:
    """Vouchers of a programme that an account has."""
    of = (voucher_moves.c.account == account) & (voucher_moves.c.programme == programme)
    return int(connection.execute(select(func.sum(voucher_moves.c.units)).where(of)).scalar_one() or 0)


def balances(
    connection: Connection, programme: int, *, after: str = "", limit: int | None = None
) -> list[tuple[str, int]]:
    """Accounts that have vouchers of a programme, in the order of their addresses, and how many."""
    total = func.sum(voucher_moves.c.units)
    asked = select(voucher_moves.c.account, total).where(voucher_moves.c.programme == programme)
    asked = asked.where(voucher_moves.c.account > after).group_by(voucher_moves.c.account).having(total > 0)
    found = connection.execute(asked.order_by(voucher_moves.c.account).limit(limit))
    return [(account, int(units)) for account, units in found]


def redemptions(
    connection: Connection,
    *,
    programme: int | None = None,
    holder: str | None = None,
    provider: str | None = None,
    after: Place | None = None,
    limit: int | None = None,
) -> list[Redemption]:
    """Redemptions of a programme, a holder, a provider, or several of these."""
    which = {"programme": programme, "holder": holder, "provider": provider}
    return page(connection, tables.redemptions, Redemption, after, limit, **which)


def reimbursements(
    connection: Connection, provider: str, *, after: Place | None = None, limit: int | None = None
) -> list[Reimbursement]:
    """What a provider got."""
    return page(connection, tables.reimbursements, Reimbursement, after, limit, provider=provider)
