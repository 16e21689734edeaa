"""Writing and reading the journal (``ledger.store.journal_tables``)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, exists, func, select, update

from ledger.store.journal_tables import book_accounts, entries, postings
from ledger.store.sql import insert_all, insert_new, pieces

__all__ = ["Account", "Balance", "Entry", "Posting", "balance", "balances", "record", "reverse_above"]


class Account(NamedTuple):
    """Whose money, what for, and in which unit: a currency, or the address of a cash token."""

    owner: str
    name: str
    unit: str


class Posting(NamedTuple):
    """An amount that one account is charged with, and another one gets."""

    debit: Account
    credit: Account
    amount: int


@dataclass(frozen=True, slots=True)
class Entry:
    """What one event of the chain did to the books."""

    block_number: int
    block_hash: bytes
    log_index: int
    kind: str
    postings: tuple[Posting, ...]


class Balance(NamedTuple):
    """All that an account was ever charged with and got."""

    debits: int
    credits: int


_OWNED = select(book_accounts).where(book_accounts.c.owner.in_(bindparam("owners", expanding=True)))


def balances(connection: Connection, owners: Iterable[str]) -> dict[Account, Balance]:
    """The balances of all accounts of these owners."""
    found = {}
    for some in pieces(sorted(owners)):
        for row in connection.execute(_OWNED, {"owners": some}):
            found[Account(row.owner, row.name, row.unit)] = Balance(row.debits, row.credits)
    return found


def balance(connection: Connection, account: Account) -> Balance:
    """The balance of one account; nothing if nobody has posted to it."""
    same = [book_accounts.c[name] == value for name, value in account._asdict().items()]
    row = connection.execute(select(book_accounts.c.debits, book_accounts.c.credits).where(*same)).one_or_none()
    return Balance(0, 0) if row is None else Balance(row.debits, row.credits)


def record(connection: Connection, made: Sequence[Entry]) -> None:
    """Add entries, and what they do to the balances. Who writes has the index locked (``ledger.store.index_writing``):
    entries are numbered one after the other."""
    if not made:
        return
    ids = _accounts(connection, {account for one in made for posting in one.postings for account in posting[:2]})
    numbered = list(enumerate(made, _next(connection)))
    rows = [(number, one.block_number, one.block_hash, one.log_index, one.kind, None) for number, one in numbered]
    insert_all(connection, entries, rows)
    moves = [
        (number, place, ids[posting.debit], ids[posting.credit], posting.debit.unit, posting.amount)
        for number, one in numbered
        for place, posting in enumerate(one.postings)
    ]
    _post(connection, moves)


def reverse_above(connection: Connection, block: int) -> int:
    """Say the opposite of all entries of blocks above a number that still count. Returns how many there were."""
    other = entries.alias()
    is_reversed = exists().where(other.c.reverses == entries.c.id)
    counts = (entries.c.block_number > block) & entries.c.reverses.is_(None) & ~is_reversed
    gone = list(connection.execute(select(entries.c.id).where(counts).order_by(entries.c.id.desc())).scalars())
    for some in pieces(gone):
        numbers = dict(zip(some, range(_next(connection), _next(connection) + len(some)), strict=True))
        known = {row.id: row for row in connection.execute(select(entries).where(entries.c.id.in_(some)))}
        rows = [
            (numbers[one], row.block_number, row.block_hash, row.log_index, row.kind, one)
            for one, row in ((one, known[one]) for one in some)
        ]
        insert_all(connection, entries, rows)
        moves = [
            (numbers[row.entry_id], row.place, row.credit, row.debit, row.unit, row.amount)
            for row in connection.execute(select(postings).where(postings.c.entry_id.in_(some)))
        ]
        _post(connection, moves)
    return len(gone)


def _next(connection: Connection) -> int:
    return (connection.execute(select(func.max(entries.c.id))).scalar_one() or 0) + 1


def _post(connection: Connection, rows: Sequence[tuple[int, int, int, int, str, int]]) -> None:
    insert_all(connection, postings, rows)
    debits: dict[int, int] = defaultdict(int)
    credits_: dict[int, int] = defaultdict(int)
    for _, _, debit, credit, _, amount in rows:
        debits[debit] += amount
        credits_[credit] += amount
    changed = sorted({*debits, *credits_})
    now = {}
    for some in pieces(changed):
        asked = select(book_accounts.c.id, book_accounts.c.debits, book_accounts.c.credits)
        for row in connection.execute(asked.where(book_accounts.c.id.in_(some)).with_for_update()):
            now[row.id] = (row.debits + debits[row.id], row.credits + credits_[row.id])
    connection.execute(
        update(book_accounts)
        .where(book_accounts.c.id == bindparam("the_id"))
        .values(debits=bindparam("new_debits"), credits=bindparam("new_credits")),
        [{"the_id": one, "new_debits": now[one][0], "new_credits": now[one][1]} for one in changed],
    )


def _accounts(connection: Connection, wanted: Iterable[Account]) -> dict[Account, int]:
    """Their ids; those that are new are opened."""
    rows = [{**account._asdict(), "debits": 0, "credits": 0} for account in sorted(wanted)]
    insert_new(connection, book_accounts, rows)
    owners = sorted({str(row["owner"]) for row in rows})
    found = {}
    for some in pieces(owners):
        for row in connection.execute(select(book_accounts).where(book_accounts.c.owner.in_(some))):
            found[Account(row.owner, row.name, row.unit)] = int(row.id)
    return found
