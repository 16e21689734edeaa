"""What the two databases spell differently, and pieces that both take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from ledger.store.amounts import Amount

__all__ = ["insert_all", "insert_new", "pieces"]

T = TypeVar("T")
_PIECE = 1_000  # values in one `in (...)`


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows that break no unique rule; the others are there already and stay as they are."""
    if rows:
        make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        connection.execute(make(table).on_conflict_do_nothing(), list(rows))


def insert_all(connection: Connection, table: Table, rows: Sequence[Sequence[Any]]) -> None:
    """Insert many rows, values in the order of the table's columns, by the fastest way that the database has."""
    if not rows:
        return
    dialect = connection.dialect
    making = [(place, column.type) for place, column in enumerate(table.c) if isinstance(column.type, Amount)]
    if making and dialect.name == "sqlite":
        rows = [list(row) for row in rows]
        for row in rows:
            for place, kind in making:
                row[place] = kind.process_bind_param(row[place], dialect)  # type: ignore[index]
    names = ", ".join(dialect.identifier_preparer.quote(column.name) for column in table.c)
    if dialect.name == "sqlite":
        marks = ", ".join("?" * len(table.c))
        insert = f"insert into {table.name} ({names}) values ({marks})"  # noqa: S608 - all names are ours
        connection.exec_driver_sql(insert, [tuple(row) for row in rows])
        return
    raw = connection.connection.driver_connection
    assert raw is not None
    with raw.cursor() as cursor, cursor.copy(f"copy {table.name} ({names}) from stdin") as copy:
        for row in rows:
            copy.write_row(row)


def pieces(values: Sequence[T]) -> Iterator[list[T]]:
    """A long list in lists that a statement takes."""
    rest = iter(values)
    while piece := list(islice(rest, _PIECE)):
        yield piece
