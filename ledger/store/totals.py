"""Sums of the facts of an SPV, remembered in this process: there may be a hundred thousand of them.

The hash of a block stands for all that was before it. So a sum up to a fact is as good as new while the fact is there
in the same block, whoever writes the index; what came later is added.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import BigInteger, Connection, Engine, Select, String, Table, bindparam, func, select, tuple_

from ledger.store.index_tables import blocks

__all__ = ["total"]


class _Sum(NamedTuple):
    """The last fact that is in it, by block, place there and hash of the block; and the sum."""

    number: int
    place: int
    hash: bytes
    sum: int


_known: WeakKeyDictionary[Engine, dict[tuple[str, str, str], _Sum]] = WeakKeyDictionary()


def total(connection: Connection, table: Table, column: str, spv: str) -> int:
    """The sum of a column over all facts of an SPV: 0 without any."""
    last = connection.execute(_last(table), {"spv": spv}).one_or_none()
    if last is None:
        return 0
    if connection.get_execution_options().get("writes"):  # what is seen there may be taken back, or be a trial
        return _summed(connection, table, column, spv, None)
    remembered = _known.setdefault(connection.engine, {})
    before = remembered.get((table.name, column, spv))
    if before is not None and before[:3] == tuple(last):
        return before.sum
    if before is not None:
        same = connection.execute(_HASH, {"number": before.number}).scalar_one_or_none()
        before = before if same == before.hash else None
    found = _summed(connection, table, column, spv, before)
    remembered[table.name, column, spv] = _Sum._make((*last, found))
    return found


_HASH = select(blocks.c.hash).where(blocks.c.number == bindparam("number"))


@cache
def _last(table: Table) -> Select[Any]:
    keys = list(table.primary_key)
    asked = select(*keys, blocks.c.hash).join(blocks, blocks.c.number == table.c.block_number)
    return asked.where(table.c.spv == bindparam("spv")).order_by(*(key.desc() for key in keys)).limit(1)


def _summed(connection: Connection, table: Table, column: str, spv: str, before: _Sum | None) -> int:
    if before is None:
        return int(connection.execute(_all(table, column), {"spv": spv}).scalar_one() or 0)
    given = {"spv": spv, "number": before.number, "index": before.place}
    return before.sum + int(connection.execute(_later(table, column), given).scalar_one() or 0)


@cache
def _all(table: Table, column: str) -> Select[Any]:
    return select(func.sum(table.c[column])).where(table.c.spv == bindparam("spv", type_=String))


@cache
def _later(table: Table, column: str) -> Select[Any]:
    after = (bindparam("number", type_=BigInteger), bindparam("index", type_=BigInteger))
    return _all(table, column).where(tuple_(*table.primary_key) > tuple_(*after))
