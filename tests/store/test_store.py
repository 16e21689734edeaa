"""The tables: made alike by migrations and at once, and refusing what must not be."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, delete, func, select, update
from sqlalchemy.exc import DatabaseError, IntegrityError

from ledger.errors import InputError, NetworkMismatch, SetupError
from ledger.store import accounts, audit, journal, network
from ledger.store.database import Database, sqlite_url
from ledger.store.journal import Account, Balance, Entry, Posting
from ledger.store.journal_tables import book_accounts, entries, postings
from ledger.store.migrate import settings, upgrade
from ledger.store.tables import HEAD, metadata, version
from ledger.store.tables import audit as audit_table

CASH, RENT, OTHER = Account("0xA", "cash", "CNY"), Account("0xA", "collections", "CNY"), Account("0xB", "cash", "USD")


def entry(block: int, amount: int, log_index: int = 0) -> Entry:
    return Entry(block, bytes([block]) * 32, log_index, "Collected", (Posting(CASH, RENT, amount),))


# --- Opening ---------------------------------------------------------------------------------------------------------


def test_migrations_make_what_is_made_at_once(url: str) -> None:
    with Database(url) as database:
        with database.write() as connection:
            metadata.drop_all(connection)
        upgrade(database)
        with database.read() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, metadata) == []
            assert connection.execute(select(version.c.version_num)).scalar_one() == HEAD
        refuses_changes(database)


def test_the_newest_migration_is_the_one_that_is_named() -> None:
    assert ScriptDirectory.from_config(settings()).get_current_head() == HEAD


def test_tables_of_another_version_are_not_used(url: str) -> None:
    with Database(url) as database, database.write() as connection:
        connection.execute(update(version).values(version_num="0000"))
    with pytest.raises(SetupError, match=f"are of version 0000, expected {HEAD}") as refused:
        Database(url)
    assert "crt store upgrade" in str(refused.value)


def test_nothing_is_made_where_nothing_is_to_be_made(url: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no database|the database is empty") as refused:
        Database(url, create=False)
    assert "crt store create" in str(refused.value) and list(tmp_path.glob("*.sqlite")) == []
    with Database(url) as made:
        assert made.is_new
        with made.write() as connection:
            metadata.drop_all(connection)
    with pytest.raises(InputError, match="the database is empty"):
        Database(url, create=False)
    with Database(url) as again, Database(url, create=False) as third:
        assert again.is_new and not third.is_new


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_files_are_nobody_else_s_to_read(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        with Database(sqlite_url(tmp_path / "ledger.sqlite")) as made, made.read():
            modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(["ledger.sqlite", "ledger.sqlite-shm", "ledger.sqlite-wal"], 0o600)


def test_tables_of_something_else_are_left_alone(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "other.sqlite")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("create table other (id integer)")
    engine.dispose()
    with pytest.raises(InputError, match="holds tables of something else") as refused:
        Database(url)
    assert (refused.value.file, refused.value.found) == (str(tmp_path / "other.sqlite"), "other")


def test_two_may_open_a_new_one_at_once(url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        for made in threads.map(lambda _: Database(url), range(4)):
            made.close()


@pytest.mark.parametrize("url", ["", "nothing", "mysql://root:secret@host/db", "postgresql:secret"])
def test_an_address_that_is_none_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(InputError, match="not the address of a database") as refused:
        Database(url)
    assert "secret" not in str(refused.value)


def test_nobody_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="cannot be opened") as refused:
        Database(f"postgresql://me:secret@/db?host={tmp_path}")
    assert "secret" not in str(refused.value)


def test_a_database_is_about_one_chain(database: Database) -> None:
    network.check(database, 1, b"\1" * 32)
    network.check(database, 1, b"\1" * 32)
    with pytest.raises(NetworkMismatch, match="the node is on chain 2"):
        network.check(database, 2, b"\1" * 32)
    with pytest.raises(NetworkMismatch, match="this chain was reset"):
        network.check(database, 1, b"\2" * 32)


# --- Leases ----------------------------------------------------------------------------------------------------------


def never(owner: str) -> bool:
    return False


def test_an_account_has_one_holder_at_a_time(database: Database) -> None:
    with database.write() as connection:
        first = accounts.lease(connection, "0xA", "one", 0, 100, never)
        assert first is not None
        assert accounts.lease(connection, "0xA", "two", 50, 150, never) is None
        assert accounts.lease(connection, "0xA", "one", 50, 150, never) == first
        assert accounts.lease(connection, "0xA", "two", 149, 150, lambda owner: owner == "one") == first + 1
    with pytest.raises(accounts.Fenced), database.write() as connection:
        accounts.fence(connection, "0xA", first)
    with database.write() as connection:
        accounts.fence(connection, "0xA", first + 1)
        accounts.release(connection, "0xA", first)  # too late: nothing happens
        assert accounts.lease(connection, "0xA", "one", 149, 200, never) is None
        accounts.release(connection, "0xA", first + 1)
        assert accounts.lease(connection, "0xA", "one", 149, 200, never) == first + 2


def test_of_many_who_want_it_one_gets_it(database: Database) -> None:
    start = threading.Barrier(6)

    def want(name: int) -> int | None:
        start.wait()
        with database.write() as connection:
            return accounts.lease(connection, "0xA", str(name), 0, 100, never)

    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(want, range(6)))
    assert sorted(one for one in found if one is not None) == [1]


# --- Journal ---------------------------------------------------------------------------------------------------------


def refuses_changes(database: Database) -> None:
    with database.write() as connection:
        journal.record(connection, [entry(1, 5)])
        audit.append(connection, at=0, actor="a", command="c", detail={}, result="done")
    for table in (entries, postings, audit_table):
        column = next(iter(table.primary_key)).name
        for statement in (delete(table), update(table).values({column: table.c[column]})):
            with pytest.raises(DatabaseError, match="never changed"), database.write() as connection:
                connection.execute(statement)


def test_nothing_in_the_journal_is_changed(database: Database) -> None:
    refuses_changes(database)


def test_an_entry_that_does_not_balance_has_no_way_in(database: Database) -> None:
    """Each row moves one amount between two accounts of one unit: there is no other kind of row."""
    with database.write() as connection:
        journal.record(connection, [entry(1, 5)])
        book = Entry(1, b"\1" * 32, 1, "x", (Posting(OTHER, OTHER._replace(name="fees"), 1),))
        journal.record(connection, [book])
    with database.read() as connection:
        ids = {row.unit: row.id for row in connection.execute(select(book_accounts))}
    for debit, credit, unit in (
        (ids["CNY"], ids["USD"], "CNY"),
        (ids["CNY"], ids["USD"], "USD"),
        (1, 1, "CNY"),
        (1, 99, "CNY"),
    ):
        with pytest.raises(IntegrityError), database.write() as connection:
            values = {"debit": debit, "credit": credit, "unit": unit, "amount": 1}
            connection.execute(postings.insert().values(entry_id=1, place=9, **values))


def test_what_is_taken_back_is_said_the_other_way_round(database: Database) -> None:
    with database.write() as connection:
        journal.record(connection, [entry(1, 5), entry(2, 2**200), entry(3, 7)])
        assert journal.reverse_above(connection, 1) == 2
        assert journal.reverse_above(connection, 1) == 0
        journal.record(connection, [entry(2, 11)])
        assert journal.reverse_above(connection, 0) == 2
        journal.record(connection, [entry(1, 5)])
        found = journal.balances(connection, ["0xA"])
        assert connection.execute(select(func.count()).select_from(entries)).scalar_one() == 9
    total = 5 + 2**200 + 7 + 11 + 5
    assert found == {CASH: Balance(total, total - 5), RENT: Balance(total - 5, total)}
