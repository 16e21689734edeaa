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
    "Fall",
    "Issue",
    "Programme",
    "Redemption",
    "Reimbursement",
    "Root",
    "balance",
    "balances",
    "cash_of_programmes",
    "falls",
    "held",
    "issues",
    "programmes",
    "providers",
    "redemptions",
    "reimbursements",
    "roots",
    "spent",
]


class Programme(NamedTuple):
    """A programme as it was opened, for good; ``unit_value`` is cash per voucher, ``cap`` vouchers per person (0: no
    limit), ``expiry`` the last second (Unix time) in which it is open."""

    at: Place
    number: int
    issuer: str
    publisher: str
    cash: str
    unit_value: int
    points_per_unit: int
    cap: int
    expiry: int
    transferable: bool
    policy_hash: bytes
    uri: str


class Root(NamedTuple):
    """What a programme's publisher proposed to count; claimable from a second on (Unix time), unless it fell."""

    at: Place
    programme: int
    number: int
    lines_root: bytes
    claims_root: bytes
    claimable_from: int


class Fall(NamedTuple):
    """A programme's proposal is gone: somebody proved a fault (its number in the contracts), or the guardian had a
    reason."""

    at: Place
    programme: int
    lines_root: bytes
    fault: int | None
    reason: str | None


class Issue(NamedTuple):
    """Units that a claim brought to an account."""

    at: Place
    programme: int
    account: str
    units: int


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


def programmes(
    connection: Connection, *, number: int | None = None, after: Place | None = None, limit: int | None = None
) -> list[Programme]:
    """All programmes, or that of a number."""
    return page(connection, tables.programmes, Programme, after, limit, programme=number)


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


def falls(connection: Connection, programme: int) -> list[Fall]:
    """Proposals of a programme that are gone."""
    return page(connection, tables.fallen_roots, Fall, programme=programme)


def issues(
    connection: Connection,
    *,
    programme: int | None = None,
    account: str | None = None,
    after: Place | None = None,
    limit: int | None = None,
) -> list[Issue]:
    """What claims brought: of a programme, to an account, or all."""
    return page(connection, tables.issues, Issue, after, limit, programme=programme, account=account)


def held(connection: Connection, programme: int) -> int:
    """Vouchers of a programme that accounts have, all together."""
    total = select(func.sum(voucher_moves.c.units)).where(voucher_moves.c.programme == programme)
    return int(connection.execute(total).scalar_one() or 0)


def spent(connection: Connection, programme: int) -> int:
    """Vouchers of a programme that were redeemed."""
    table = tables.redemptions
    total = select(func.sum(table.c.units)).where(table.c.programme == programme)
    return int(connection.execute(total).scalar_one() or 0)


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
    connection: Connection, provider: str | None = None, *, after: Place | None = None, limit: int | None = None
) -> list[Reimbursement]:
    """What a provider got, or all."""
    return page(connection, tables.reimbursements, Reimbursement, after, limit, provider=provider)
