"""What the two databases spell differently, and pieces that both take."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

import orjson
from sqlalchemy import Column, Connection, Row, String, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from ledger.store.amounts import Amount

__all__ = ["delete_all", "find_all", "insert_all", "insert_and_tell", "insert_new", "pieces", "update_all"]
__all__ += ["upsert_all"]

T = TypeVar("T")
_PIECE = 1_000  # values in one `in (...)`


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows that break no unique rule; the others are there already and stay as they are."""
    if rows:
        make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        connection.execute(make(table).on_conflict_do_nothing(), list(rows))


def insert_and_tell(
    connection: Connection, table: Table, names: Sequence[str], rows: Sequence[Sequence[Any]], told: Sequence[str]
) -> Sequence[Row[Any]]:
    """:func:`insert_new` of very many rows, of text and small numbers in the columns of these names. Returns what is
    asked to be told of those that are new."""
    if not rows:
        return []
    columns = [table.c[name] for name in names]
    insert = f"insert into {_name(connection, table)} ({_names(connection, columns)}) select"
    then = f"on conflict do nothing returning {_names(connection, [table.c[name] for name in told])}"
    found: list[Row[Any]] = []
    given: tuple[Any, ...]
    for some in pieces(rows):
        if connection.dialect.name == "sqlite":
            values = ", ".join(f"value ->> {place}" for place in range(len(columns)))
            # "where true" tells SQLite that what comes next is not a join's condition.
            statement, given = f"{insert} {values} from json_each(?) where true {then}", (orjson.dumps(some).decode(),)
        else:
            given = tuple(map(list, zip(*some, strict=True)))
            statement = f"{insert} * from unnest({_arrays(connection, columns)}) {then}"
        found += connection.exec_driver_sql(statement, given)
    return found


def insert_all(
    connection: Connection, table: Table, rows: Sequence[Sequence[Any]], names: Sequence[str] | None = None
) -> None:
    """Insert many rows by the fastest way that the database has: values in the order of the table's columns, or of
    those of these names."""
    if not rows:
        return
    columns = list(table.c) if names is None else [table.c[name] for name in names]
    into = f"{_name(connection, table)} ({_names(connection, columns)})"
    if connection.dialect.name == "sqlite":
        insert = f"insert into {into} values ({', '.join('?' * len(columns))})"  # noqa: S608 - names are ours
        connection.exec_driver_sql(insert, _stored(connection, columns, rows))
        return
    raw, dbapi, copying = connection.connection.driver_connection, connection.dialect.dbapi, f"copy {into} from stdin"
    assert raw is not None and dbapi is not None
    try:
        with raw.cursor() as cursor, cursor.copy(copying) as copy:
            for row in rows:
                copy.write_row(row)
    except dbapi.Error as error:  # what SQLAlchemy would make of it
        raise DBAPIError.instance(copying, None, error, dbapi.Error, dialect=connection.dialect) from error


def upsert_all(connection: Connection, table: Table, rows: Sequence[Sequence[Any]]) -> None:
    """Insert many rows as :func:`insert_all` does; one whose primary key is there already takes its place. No key is
    given twice."""
    if not rows:
        return
    keys = ", ".join(column.name for column in table.primary_key)
    news = ", ".join(f"{column.name} = excluded.{column.name}" for column in table.c if not column.primary_key)
    then = f"on conflict ({keys}) do update set {news}"
    names = _names(connection, table.c)
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(table.c))
        insert = f"insert into {table.name} ({names}) values ({marks}) {then}"  # noqa: S608 - names are ours
        connection.exec_driver_sql(insert, _stored(connection, list(table.c), rows))
        return
    arrays = _arrays(connection, list(table.c))
    insert = f"insert into {table.name} ({names}) select * from unnest({arrays}) {then}"  # noqa: S608 - names are ours
    connection.exec_driver_sql(insert, tuple(map(list, zip(*rows, strict=True))))


def find_all(connection: Connection, table: Table, keys: Sequence[Sequence[Any]]) -> Iterator[Row[Any]]:
    """The rows of these primary keys, of those that there are."""
    if not keys:
        return
    own = list(table.primary_key)
    if connection.dialect.name == "sqlite":
        # The keys in the outer loop, so that each row is looked up by its key.
        on = " and ".join(f"{table.name}.{one.name} = wanted.value ->> {place}" for place, one in enumerate(own))
        names = ", ".join(f"{table.name}.{one.name}" for one in table.c)
        find = f"select {names} from json_each(?) as wanted cross join {table.name} on {on}"  # noqa: S608 - names are ours
        yield from connection.exec_driver_sql(find, (json.dumps([list(key) for key in keys]),))
        return
    names = ", ".join(column.name for column in own)
    wanted = f"unnest({_arrays(connection, own)}) as wanted ({names})"
    find = f"select {_names(connection, table.c)} from {table.name} join {wanted} using ({names})"  # noqa: S608 - names are ours
    yield from connection.exec_driver_sql(find, tuple(map(list, zip(*keys, strict=True))))


def delete_all(connection: Connection, table: Table, keys: Sequence[Sequence[Any]]) -> None:
    """Delete the rows of these primary keys."""
    if not keys:
        return
    own = list(table.primary_key)
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    where = " and ".join(f"{column.name} = {mark}" for column in own)
    delete = f"delete from {table.name} where {where}"  # noqa: S608 - names are ours
    connection.exec_driver_sql(delete, [tuple(key) for key in keys])


def update_all(connection: Connection, table: Table, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Set columns of rows: their values, as the database takes them, and the row's primary key last."""
    if not rows:
        return
    (key,) = table.primary_key
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    quote = connection.dialect.identifier_preparer
    news = ", ".join(f"{quote.quote(name)} = {mark}" for name in names)
    update = f"update {_name(connection, table)} set {news} where {key.name} = {mark}"  # noqa: S608 - names are ours
    connection.exec_driver_sql(update, [tuple(row) for row in rows])


def pieces(values: Sequence[T]) -> Iterator[list[T]]:
    """A long list in lists that a statement takes."""
    rest = iter(values)
    while piece := list(islice(rest, _PIECE)):
        yield piece


def _name(connection: Connection, table: Table) -> str:
    return connection.dialect.identifier_preparer.format_table(table)


def _names(connection: Connection, columns: Iterable[Column[Any]]) -> str:
    return ", ".join(connection.dialect.identifier_preparer.quote(column.name) for column in columns)


def _arrays(connection: Connection, columns: Sequence[Column[Any]]) -> str:
    """Marks for one array of each column's values. Text that is too long is for the column to refuse: a cast would cut
    it."""
    kinds = ("text" if isinstance(one.type, String) else one.type.compile(connection.dialect) for one in columns)
    return ", ".join(f"%s::{kind}[]" for kind in kinds)


def _stored(connection: Connection, columns: Sequence[Column[Any]], rows: Sequence[Sequence[Any]]) -> list[Any]:
    """The rows as SQLite stores them: it has no numbers of 256 bits."""
    making = [(place, column.type) for place, column in enumerate(columns) if isinstance(column.type, Amount)]
    if not making:
        return list(rows)
    made = [list(row) for row in rows]
    for row in made:
        for place, kind in making:
            row[place] = kind.process_bind_param(row[place], connection.dialect)
    return [tuple(row) for row in made]
