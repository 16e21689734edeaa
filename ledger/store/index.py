"""Reading what the chain's events say: which blocks were looked at, and the register of receipts at any of them.

The register of a block is asked for by its number; without one, it is that of the newest block of the index. Lists that
may be long come in pages: ``after`` is the key of the last row that one has, ``limit`` how many are wanted at most, all
without it. A page costs what its rows cost, wherever it begins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    String,
    and_,
    bindparam,
    func,
    literal_column,
    select,
    true,
    tuple_,
    union_all,
)

from ledger.store.index_tables import blocks, contracts, past_receipts, receipts
from ledger.store.index_tables import kept as kept_table
from ledger.store.sql import find_all

__all__ = [
    "IndexedBlock",
    "Kept",
    "Receipt",
    "Token",
    "holders",
    "holdings",
    "kept",
    "known_contracts",
    "moments",
    "receipt",
    "receipts_at",
    "tip",
    "token_id",
    "versions",
]

Token = tuple[int, int]
"""A receipt by series and number within it."""

_SLOT_AT = 64
_COLUMNS = [column.name for column in receipts.c]

# Made once: to make a statement takes longer than to execute it.
_TIP = select(blocks).order_by(blocks.c.number.desc()).limit(1)
_ONE = select(receipts).where(receipts.c.slot == bindparam("slot"), receipts.c.number == bindparam("number"))


class IndexedBlock(NamedTuple):
    """A block that was looked at; ``timestamp`` in seconds since 1970 UTC."""

    number: int
    hash: bytes
    timestamp: int


class Receipt(NamedTuple):
    """A receipt as it is from block ``since`` on: ``units`` of face value, in minor units of its series' currency."""

    slot: int
    number: int
    since: int
    owner: str
    units: int
    frozen: bool

    @property
    def token_id(self) -> int:
        """Its id on chain: the series, and the number within it."""
        return token_id(self.slot, self.number)


class Kept(NamedTuple):
    """What ``holder`` was to be paid for of a receipt that moved after the record: ``units``. Paid since or not."""

    token_id: int
    holder: str
    units: int


def token_id(slot: int, number: int) -> int:
    """A receipt's id on chain."""
    return (slot << _SLOT_AT) + number


def token(token_id: int) -> Token:
    """A receipt's series, and its number there."""
    return token_id >> _SLOT_AT, token_id & ((1 << _SLOT_AT) - 1)


def tip(connection: Connection) -> IndexedBlock | None:
    """The newest block that was looked at."""
    row = connection.execute(_TIP).one_or_none()
    return None if row is None else IndexedBlock(*row)


def known_contracts(connection: Connection) -> dict[str, str]:
    """What kind of contract is at an address, of those that the index found by itself."""
    return {row.address: row.kind for row in connection.execute(select(contracts))}


def receipt(connection: Connection, token_id: int, block: int | None = None) -> Receipt | None:
    """One receipt, if there is one of this id."""
    slot, number = token(token_id)
    if block is None:
        row = connection.execute(_ONE, {"slot": slot, "number": number}).one_or_none()
    else:
        row = connection.execute(_at(block, slot, None, lambda table: table.c.number == number, True)).one_or_none()
    return None if row is None else Receipt._make(row)


def receipts_at(
    connection: Connection,
    block: int | None = None,
    *,
    slot: int | None = None,
    owner: str | None = None,
    after: Token | None = None,
    limit: int | None = None,
) -> Iterator[Receipt]:
    """Receipts in the order of their ids, of one series and one owner if these are given."""

    given: dict[str, Any] = {"block": block, "slot": slot, "owner": owner, "most": limit}
    given = {name: value for name, value in given.items() if value is not None}
    asked = _listed(frozenset(given), after is not None)
    if after is not None:
        given |= {"after_number": after[1]} | ({} if slot is not None else {"after_slot": after[0]})
    options = {} if limit is not None else {"yield_per": 1_000}
    for row in connection.execute(asked, given, execution_options=options):
        yield Receipt._make(row)


@cache
def _listed(given: frozenset[str], after: bool) -> Any:
    """The statement of :func:`receipts_at`, for what it is given."""
    slot, number = (bindparam(f"after_{name}", type_=BigInteger) for name in ("slot", "number"))

    def later(table: FromClause) -> ColumnElement[bool]:
        if not after:
            return true()
        return (
            table.c.number > number if "slot" in given else tuple_(table.c.slot, table.c.number) > tuple_(slot, number)
        )

    kinds = {"block": BigInteger, "slot": BigInteger, "owner": String, "most": Integer}
    marks: dict[str, Any] = {
        name: bindparam(name, type_=kind) if name in given else None for name, kind in kinds.items()
    }
    asked = _at(marks["block"], marks["slot"], marks["owner"], later, "most" in given and "owner" not in given)
    asked = asked.order_by("number") if "slot" in given else asked.order_by("slot", "number")
    return asked if marks["most"] is None else asked.limit(marks["most"])


def holdings(connection: Connection, slot: int, block: int | None = None) -> dict[str, int]:
    """Units by holder, of those who have any."""
    return dict(holders(connection, slot, block))


def holders(
    connection: Connection, slot: int, block: int | None = None, *, after: str = "", limit: int | None = None
) -> list[tuple[str, int]]:
    """Holders in the order of their addresses, and their units, which are more than none."""
    made: list[tuple[str, int]] = []
    last: str | None = after
    while last is not None and (limit is None or len(made) < limit):
        first, last = last, None if limit is None else _owner_after(connection, slot, last, limit)
        made += _between(connection, slot, block, first, last)
    return made[:limit]


def _owner_after(connection: Connection, slot: int, after: str, number: int) -> str | None:
    """The owner so many places after an address; None if there are not so many. Found by the index of owners: a plus
    keeps the database from looking through the series."""
    same = (receipts.c.owner > after) & (literal_column("receipt.slot + 0") == slot)
    asked = select(receipts.c.owner).where(same).group_by(receipts.c.owner).order_by(receipts.c.owner)
    return connection.execute(asked.offset(number - 1).limit(1)).scalar_one_or_none()


def _between(
    connection: Connection, slot: int, block: int | None, after: str, last: str | None
) -> list[tuple[str, int]]:
    """Holders after an address, up to and with the last one, if there is a last one."""

    def wanted(table: FromClause) -> ColumnElement[bool]:
        within = and_(table.c.units > 0, table.c.owner > after)
        return within if last is None else and_(within, table.c.owner <= last, table.c.slot + 0 == slot)

    found = _at(block, slot if last is None else None, None, wanted).subquery()
    asked = select(found.c.owner, func.sum(found.c.units)).group_by(found.c.owner).order_by(found.c.owner)
    return [(owner, int(units)) for owner, units in connection.execute(asked)]


def versions(
    connection: Connection,
    token_id: int,
    *,
    owner: str | None = None,
    after: int | None = None,
    limit: int | None = None,
) -> list[tuple[Receipt, int | None]]:
    """All that a receipt ever was, or was while somebody owned it, the oldest first, each with the block that ended it;
    None for what it is. In pages, ``after`` such a block."""
    slot, number = token(token_id)
    past = select(*(past_receipts.c[name] for name in _COLUMNS), past_receipts.c.until)
    past = past.where(past_receipts.c.slot == slot, past_receipts.c.number == number)
    if owner is not None:
        past = past.where(past_receipts.c.owner == owner)
    if after is not None:
        past = past.where(past_receipts.c.until > after)
    rows = connection.execute(past.order_by(past_receipts.c.until).limit(limit))
    found: list[tuple[Receipt, int | None]] = [(Receipt._make(row[:-1]), row[-1]) for row in rows]
    present = receipt(connection, token_id)
    whole = limit is not None and len(found) == limit
    return found if whole or present is None or owner not in (None, present.owner) else [*found, (present, None)]


def moments(connection: Connection, numbers: Iterable[int]) -> dict[int, int]:
    """When these blocks were made, in seconds since 1970 UTC, of those that brought something."""
    return {row.number: row.timestamp for row in find_all(connection, blocks, [(one,) for one in set(numbers)])}


def kept(connection: Connection, slot: int, epoch: int) -> list[Kept]:
    """What is kept of the record of an epoch for receipts that moved after it, in the order in which they did."""
    asked = select(kept_table).where(kept_table.c.slot == slot, kept_table.c.epoch == epoch)
    found = connection.execute(asked.order_by(kept_table.c.block_number, kept_table.c.log_index))
    return [Kept(token_id(row.slot, row.number), row.holder, row.units) for row in found]


def _at(
    block: int | BindParameter[int] | None,
    slot: int | BindParameter[int] | None,
    owner: BindParameter[str] | None,
    wanted: Callable[[FromClause], ColumnElement[bool]],
    by_number: bool = False,
) -> Any:
    """Receipts as they were after a block: of those that are, and of those that were.

    A few of them are found by series and number; all of them faster in the order in which they ended, from that block
    on. A plus before a column keeps the database from the first way.
    """
    present = select(*receipts.c).where(wanted(receipts))
    past = select(*(past_receipts.c[name] for name in _COLUMNS)).where(wanted(past_receipts))
    if slot is not None:
        present = present.where(receipts.c.slot == slot)
        past = past.where((past_receipts.c.slot if by_number else literal_column("+past_receipt.slot")) == slot)
    if owner is not None:
        present, past = present.where(receipts.c.owner == owner), past.where(past_receipts.c.owner == owner)
    if block is None:
        return present
    past = past.where(past_receipts.c.until > block, past_receipts.c.since <= block)
    return union_all(present.where(receipts.c.since <= block), past)
