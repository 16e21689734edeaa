"""One database: SQLite in a file by default, PostgreSQL by its address. The tables and all rules are the same on both.

A transaction is written through :meth:`Database.write` and is in the file, or on the server's disk, when that returns.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, select, text
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError

from ledger import sqlitefile
from ledger.errors import InputError, SetupError, StoreError
from ledger.store import access_tables, index_tables, journal_tables, outbox_tables  # noqa: F401 - so that all tables are known
from ledger.store.tables import HEAD, metadata, version

__all__ = ["Database", "sqlite_url"]

_BUSY = 30.0  # seconds that a writer waits for another one
_WHOSE = f"select count(*), count(*) filter (where name = '{version.name}') from sqlite_master"  # noqa: S608 - our own
_MADE_BY = "one that crt store create, crt deploy or a new local chain has made"
_HOW_TO_MAKE = "name the right chain or deployment, or restore the backup; crt store create makes a new, empty one"


def sqlite_url(path: Path) -> str:
    """The address of a SQLite file."""
    return f"sqlite:///{path}"


class Database:
    """Connections to one database. Safe to use from several threads, and from several processes at once."""

    def __init__(self, url: str | None = None, *, create: bool = True, upgrade: bool = False) -> None:
        """Opens the database at ``url`` and makes the tables in it if it is empty, unless ``create`` is False. Without
        ``url``, one for the time being that is gone when it is closed. A new file has mode 0600.

        Raises :class:`~ledger.errors.InputError` for an address that is none, for a file that can't be used, and for
        nothing there that is not to be made; :class:`~ledger.errors.SetupError` if nobody answers there, or the tables
        are of another version; with ``upgrade`` older ones are brought up to date.
        """
        self._temporary = tempfile.TemporaryDirectory(prefix="crt-") if url is None else None
        if self._temporary is not None:
            url = sqlite_url(Path(self._temporary.name) / "ledger.sqlite")
        self.engine = _engine(url or "", durable=self._temporary is None)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self.upgraded_from: str | None = None
        """The version that the tables had before, if they were brought up to date just now."""
        self.is_new = False
        """Whether the tables were made just now."""
        try:
            if self.is_sqlite and self.engine.url.database not in (None, "", ":memory:"):
                file = Path(str(self.engine.url.database))
                if not create and not file.exists():
                    raise self._nothing("there is no database of a ledger", "nothing")
                sqlitefile.prepare(file, "a ledger's database")
            self._prepare(create, upgrade)
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        return f"Database({self.engine.url.render_as_string(hide_password=True)})"

    @contextmanager
    def write(self, within: Connection | None = None) -> Iterator[Connection]:
        """One transaction: all of it, durably, or nothing. On SQLite writers come one after the other. ``within`` is
        one that is under way: what is written becomes a part of it.

        Raises :class:`~ledger.errors.StoreError` if the database fails: it is full, it does not answer...
        """
        if within is not None:
            yield within
            return
        with self._telling(), self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A view of one moment, which no writer disturbs. Raises :class:`~ledger.errors.StoreError`."""
        isolation: dict[str, Any] = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        with self._telling(), self.engine.connect().execution_options(**isolation) as connection, connection.begin():
            yield connection

    @contextmanager
    def trial(self) -> Iterator[Connection]:
        """A transaction like that of :meth:`write`, which is taken back at its end: nobody else ever sees any of it.
        Meanwhile others wait to write, on SQLite."""
        with self._telling(), self.engine.connect().execution_options(writes=True) as connection:
            transaction = connection.begin()
            try:
                yield connection
            finally:
                transaction.rollback()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except OperationalError as error:
            raise StoreError(repr(self), str(error.orig)) from error

    def now(self, connection: Connection) -> int:
        """Milliseconds since 1970 UTC: the server's clock, which all who use the database share."""
        if self.is_sqlite:
            return int(time.time() * 1000)
        found: int = connection.execute(
            text("select (extract(epoch from clock_timestamp()) * 1000)::bigint")
        ).scalar_one()
        return found

    def close(self) -> None:
        """Release all connections; a database for the time being is gone."""
        self.engine.dispose()
        if self._temporary is not None:
            self._temporary.cleanup()

    def __enter__(self) -> Database:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _prepare(self, create: bool, upgrade: bool) -> None:
        try:
            with self.write() as connection:
                if not self.is_sqlite:
                    connection.execute(
                        text("select pg_advisory_xact_lock(4355570)")
                    )  # one makes the tables, others wait
                found = self._version(connection)
                if found is None:
                    if not create:
                        raise self._nothing("the database is empty", "no tables")
                    self.is_new = True
                    metadata.create_all(connection)
                    connection.execute(version.insert().values(version_num=HEAD))
                    return
        except (StoreError, DatabaseError) as error:
            if isinstance(error, DatabaseError):
                raise self._nothing("the file is no database", str(error.orig)) from error
            raise SetupError(
                f"{self!r} cannot be opened: {error.detail}", hint="check the database's address, and that it runs"
            ) from error
        if found == HEAD:
            return
        if not upgrade:
            raise SetupError(
                f"the tables of {self!r} are of version {found}, expected {HEAD}",
                hint="back it up, then bring it up to date: crt store upgrade",
            )
        from ledger.store.migrate import upgrade as migrate

        migrate(self)
        self.upgraded_from = found

    def _nothing(self, message: str, found: str) -> InputError:
        where = self.engine.url.database if self.is_sqlite else self.engine.url.render_as_string(hide_password=True)
        return InputError(message, file=where, expected=_MADE_BY, found=found, hint=_HOW_TO_MAKE)

    def _version(self, connection: Connection) -> str | None:
        """None for a database without tables. Raises InputError if there are others than ours."""
        names = set(inspect(connection).get_table_names())
        if version.name in names:
            found: str | None = connection.execute(select(version.c.version_num)).scalar_one_or_none()
            if found is not None:
                return found
        if names:
            raise self._nothing("the database holds tables of something else", ", ".join(sorted(names))[:80])
        return None


def _engine(url: str, *, durable: bool) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    name = None if parsed is None else parsed.get_backend_name()
    if parsed is None or name not in ("sqlite", "postgresql"):
        # Raised outside the handler: the address may hold a password.
        raise InputError(
            "not the address of a database", expected="sqlite:///FILE, or postgresql://USER@HOST/NAME", found=str(name)
        )
    if name == "postgresql":
        return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    engine = create_engine(parsed, connect_args={"timeout": _BUSY, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # `begin` below is ours, so that writers take their turn at the start
        tables, ours = connection.execute(_WHOSE).fetchone()
        if ours or not tables:  # what is somebody else's is left alone
            connection.execute("pragma journal_mode = wal")
        connection.execute(f"pragma synchronous = {'full' if durable else 'off'}")
        connection.execute("pragma foreign_keys = on")

    @event.listens_for(engine, "begin")
    def _begins(connection: Connection) -> None:
        connection.exec_driver_sql("begin immediate" if connection.get_execution_options().get("writes") else "begin")

    return engine
