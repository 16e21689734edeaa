"""Facts of the index in pages, in the order of the chain."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, Connection, Integer, Select, Table, bindparam, select, tuple_

__all__ = ["Place", "newest", "page"]

T = TypeVar("T")

Place: TypeAlias = "tuple[int, ...]"
"""Where in the chain a fact was said: block, index of the event in the block, and place in the event if it says
several."""


def page(
    connection: Connection,
    table: Table,
    make: Callable[..., T],
    after: Place | None = None,
    limit: int | None = None,
    **equal: Any,
) -> list[T]:
    """Facts whose columns equal what is given (None: any value), as ``make`` makes them of place and values.

    ``after`` is the place of the last one that one has, ``limit`` how many are wanted at most.
    """
    given = {name: value for name, value in equal.items() if value is not None}
    asked = _page(table, tuple(given), after is not None, limit is not None)
    place = {f"after_{number}": part for number, part in enumerate(after or ())}
    rows = connection.execute(asked, given | place | ({} if limit is None else {"most": limit}))
    width = len(table.primary_key)
    return [make(tuple(row[:width]), *row[width:]) for row in rows]


def newest(connection: Connection, table: Table, make: Callable[..., T], **equal: Any) -> T | None:
    """The last of these facts, None if there is none."""
    row = connection.execute(_newest(table, tuple(equal)), equal).one_or_none()
    width = len(table.primary_key)
    return None if row is None else make(tuple(row[:width]), *row[width:])


@cache  # to make a statement anew takes longer than to execute it
def _page(table: Table, names: tuple[str, ...], later: bool, limited: bool) -> Select[Any]:
    keys = list(table.primary_key)
    asked = select(table).where(*_equal(table, names)).order_by(*keys)
    if later:
        after = (bindparam(f"after_{number}", type_=key.type) for number, key in enumerate(keys))
        asked = asked.where(tuple_(*keys) > tuple_(*after))
    return asked.limit(bindparam("most", type_=Integer)) if limited else asked


@cache
def _newest(table: Table, names: tuple[str, ...]) -> Select[Any]:
    return select(table).where(*_equal(table, names)).order_by(*(key.desc() for key in table.primary_key)).limit(1)


def _equal(table: Table, names: tuple[str, ...]) -> list[ColumnElement[bool]]:
    return [table.c[name] == bindparam(name, type_=table.c[name].type) for name in names]
