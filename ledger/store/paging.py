"""Facts of the index in pages, in the order of the chain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Connection, Table, select, tuple_

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
    keys = list(table.primary_key)
    asked = select(table).order_by(*keys).limit(limit)
    for name, value in equal.items():
        if value is not None:
            asked = asked.where(table.c[name] == value)
    if after is not None:
        asked = asked.where(tuple_(*keys) > after)
    return [make(tuple(row[: len(keys)]), *row[len(keys) :]) for row in connection.execute(asked)]


def newest(connection: Connection, table: Table, make: Callable[..., T], **equal: Any) -> T | None:
    """The last of these facts, None if there is none."""
    keys = list(table.primary_key)
    asked = select(table).order_by(*(key.desc() for key in keys)).limit(1)
    for name, value in equal.items():
        asked = asked.where(table.c[name] == value)
    row = connection.execute(asked).one_or_none()
    return None if row is None else make(tuple(row[: len(keys)]), *row[len(keys) :])
