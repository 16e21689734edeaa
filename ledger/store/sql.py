"""What the two databases spell differently, and pieces that both take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

__all__ = ["insert_new", "pieces"]

T = TypeVar("T")
_PIECE = 1_000  # values in one `in (...)`


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows that break no unique rule; the others are there already and stay as they are."""
    if rows:
        make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        connection.execute(make(table).on_conflict_do_nothing(), list(rows))


def pieces(values: Sequence[T]) -> Iterator[list[T]]:
    """A long list in lists that a statement takes."""
    rest = iter(values)
    while piece := list(islice(rest, _PIECE)):
        yield piece
