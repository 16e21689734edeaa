"""`crt store check` on both databases: a whole one has no faults, and what is missing is said."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from ledger.services.audit import recorded
from ledger.store.checking import check
from ledger.store.database import Database
from ledger.store.outbox_tables import outbox


def test_a_new_database_is_whole(database: Database) -> None:
    with recorded(database, "crt one", {"text": "台北"}):
        pass
    assert check(database) == []


@pytest.mark.parametrize("table", ["audit", "entry", "posting"])
def test_rows_that_nothing_keeps_are_said(database: Database, table: str) -> None:
    name = f"{table}_no_update"
    with database.write() as connection:
        connection.execute(text(f"drop trigger {name}" + ("" if database.is_sqlite else f" on {table}")))
    assert check(database) == [f"nothing keeps rows of {table} from update"]


def test_tables_that_are_not_as_they_were_made_are_said(database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("alter table begun add column more text"))
    (fault,) = check(database)
    assert fault.startswith("the tables are not as they were made: ('remove_column'")


def test_a_gap_in_the_feed_is_said(database: Database) -> None:
    with database.write() as connection:
        for first in (1, 4):
            connection.execute(outbox.insert().values(first=first, length=2, state="void"))
    assert check(database) == ["the feed goes on with message 4 where 3 was expected"]
