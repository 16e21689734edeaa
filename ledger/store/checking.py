"""Whether a database is whole in itself: its pages, its tables, and what must never change in them."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select, text

from ledger.domain.hashchain import line_of, verify
from ledger.errors import InputError
from ledger.store import audit
from ledger.store.database import Database
from ledger.store.for_good import KEPT
from ledger.store.outbox_tables import outbox
from ledger.store.tables import metadata

__all__ = ["check"]


def check(database: Database) -> list[str]:
    """What is wrong, in words; nothing if all is well. PostgreSQL's own pages are checked by its tools, not here.

    What the tables say is compared with the chain elsewhere: ``ledger.services.reconcile``.
    """
    with database.read() as connection:
        found = [*_pages(connection), *_tables(connection), *_triggers(connection)]
        return found or [*_audit(connection), *_feed(connection)]


def _pages(connection: Connection) -> Iterator[str]:
    if connection.dialect.name != "sqlite":
        return
    for (said,) in connection.execute(text("pragma integrity_check(100)")):
        if said != "ok":
            yield f"SQLite: {said}"
    for table, row, parent, _ in connection.execute(text("pragma foreign_key_check")):
        yield f"row {row} of {table} names a row of {parent} that is not there"


def _tables(connection: Connection) -> Iterator[str]:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    context = MigrationContext.configure(connection, opts={"compare_type": True})
    for difference in compare_metadata(context, metadata):
        yield f"the tables are not as they were made: {difference!r:.200}"


def _triggers(connection: Connection) -> Iterator[str]:
    there = "select name from sqlite_master where type = 'trigger'"
    if connection.dialect.name != "sqlite":
        there = "select tgname from pg_trigger where not tgisinternal and tgenabled <> 'D'"
    known = set(connection.execute(text(there)).scalars())
    for table in KEPT:
        for action in ("update", "delete"):
            if f"{table}_no_{action}" not in known:
                yield f"nothing keeps rows of {table} from {action}"


def _audit(connection: Connection) -> Iterator[str]:
    try:
        verify(map(line_of, audit.records(connection)))
    except InputError as error:
        yield f"audit log, record {error.line}: {error.message}"


def _feed(connection: Connection) -> Iterator[str]:
    next_one = 1
    for row in connection.execute(select(outbox.c.first, outbox.c.length).order_by(outbox.c.first)):
        if row.first != next_one:
            yield f"the feed goes on with message {row.first} where {next_one} was expected"
        next_one = row.first + row.length
