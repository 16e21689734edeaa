"""Tables of an older version become those of the newest, all of them or none."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from alembic.config import Config
from sqlalchemy import Connection, inspect, text

from ledger.errors import SetupError
from ledger.services.audit import newest, recorded
from ledger.services.storekeeping import upgrade
from ledger.store import database as database_module
from ledger.store import migrate, operations, unknown
from ledger.store.checking import check
from ledger.store.database import Database
from ledger.store.tables import HEAD

NEXT = '''"""one more table."""
import sqlalchemy as sa
from alembic import op

revision, down_revision = "next", "{before}"

def upgrade() -> None:
    """Apply this step."""
    op.create_table("more", sa.Column("id", sa.Integer, primary_key=True))
    with op.batch_alter_table("begun") as table:
        table.add_column(sa.Column("more", sa.Text))
    {then}
'''


def newer_ledger(patch: pytest.MonkeyPatch, home: Path, then: str = "pass") -> None:
    """From here on the newest version has one step more."""
    made = home / "migrations"
    shutil.copytree(Path(migrate.__file__).with_name("migrations"), made)
    (made / "versions" / "next_more.py").write_text(NEXT.format(then=then, before=HEAD), encoding="utf-8")
    real = migrate.settings

    def settings(connection: Connection | None = None) -> Config:
        found = real(connection)
        found.set_main_option("script_location", str(made))
        return found

    patch.setattr(migrate, "settings", settings)
    patch.setattr(database_module, "HEAD", "next")


def names(url: str) -> tuple[set[str], set[str], str]:
    engine = database_module._engine(url, durable=False)
    try:
        with engine.connect() as connection:
            found = inspect(connection)
            columns = {one["name"] for one in found.get_columns("begun")}
            version = connection.execute(text("select version_num from alembic_version")).scalar_one()
            return set(found.get_table_names()), columns, version
    finally:
        engine.dispose()


def test_an_older_database_is_brought_up_to_date(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Database(url) as old, recorded(old, "crt before", {}):
        pass
    newer_ledger(monkeypatch, tmp_path)
    with pytest.raises(SetupError, match=f"are of version {HEAD}, expected next") as refused:
        Database(url)
    assert "crt store upgrade" in str(refused.value)
    database, before = upgrade(url, tmp_path)
    with database:
        assert before == HEAD and [one["command"] for one in newest(database, 9)] == ["crt before"]
    tables, columns, version = names(url)
    assert "more" in tables and "more" in columns and version == "next"
    database, before = upgrade(url, tmp_path)
    database.close()
    assert before is None


def test_a_step_that_fails_leaves_all_as_it_was(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Database(url).close()
    before = names(url)
    newer_ledger(monkeypatch, tmp_path, then='raise RuntimeError("in the middle")')
    with pytest.raises(RuntimeError, match="in the middle"):
        upgrade(url, tmp_path)
    assert names(url) == before


def test_tables_of_a_newer_version_are_left_alone(url: str, tmp_path: Path) -> None:
    with Database(url) as made, made.write() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(SetupError, match="does not know"):
        upgrade(url, tmp_path)


OLD = """
insert into account (address, next_nonce) values ('0xA', 2);
insert into transaction_ (id, account, nonce, data, gas, state, mined_hash, block_number, block_hash, unexplained)
    values (1, '0xA', 0, x'01', 21000, 'final', x'02', 5, x'03', true);
insert into transaction_ (id, account, nonce, data, gas, state, mined_hash, block_number, block_hash, unexplained)
    values (2, '0xA', 1, x'01', 21000, 'final', x'04', 6, x'05', false);
insert into operation (id, key, kind, intent, actor, steps, state, transaction_id, done_hash, accepted_at)
    values (1, 'one', 'test', 'it', '0xA', '[]', 'done', 2, x'04', 7);
"""


def test_a_database_of_the_first_version_keeps_what_it_has(url: str, tmp_path: Path) -> None:
    """Made by the first step alone, with a transaction that nobody wanted: who knows of it can say so now."""
    empty = Database.__new__(Database)  # as it is before it makes the newest tables
    empty.engine = database_module._engine(url, durable=True)
    migrate.upgrade(empty, "0001")
    with empty.write() as connection:
        for statement in OLD.replace("transaction_ ", '"transaction" ').split(";")[:-1]:
            spelt = statement if "sqlite" in url else statement.replace("x'", "'\\x")
            connection.exec_driver_sql(spelt)
    empty.engine.dispose()
    database, before = upgrade(url, tmp_path)
    with database:
        assert before == "0001" and check(database) == []
        with database.read() as connection:
            assert unknown.counts(connection) == {"0xA": 1}
            assert [(one.nonce, one.acknowledged) for one in unknown.unwanted(connection)] == [(0, None)]
            assert operations.find(connection, ["one"])["one"].state == "done"
    Database(url).close()
