"""Looking after a database: bringing it up to date, and checking it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import delete, false
from sqlalchemy.exc import DBAPIError

from ledger.errors import InputError, StoreError
from ledger.store.checking import check
from ledger.store.database import Database, sqlite_url
from ledger.store.tables import HEAD, version

__all__ = [
    "VERSION",
    "Database",
    "check",
    "check_used",
    "check_writable",
    "deployment_beside",
    "file_beside",
    "open_database",
    "upgrade",
]

VERSION = HEAD
"""Of the tables of a database that was opened."""


_DEPLOYMENT = ".deployment.json"


def deployment_beside(chain: Path) -> Path:
    """The deployment of a local chain, beside its file."""
    return Path(f"{chain}{_DEPLOYMENT}")


def file_beside(path: Path) -> Path:
    """The database of a local chain's file, or of a deployment's. A local chain's own deployment has the chain's, so
    that it is the same one whether the chain is opened or asked through `crt node`."""
    return Path(f"{str(path).removesuffix(_DEPLOYMENT)}.ledger.sqlite")


def check_used(chain: Path) -> None:
    """Raise InputError for a local chain that has neither contracts nor a database yet."""
    if not deployment_beside(chain).exists() and not file_beside(chain).exists():
        raise InputError(
            "the chain has no contracts yet",
            file=str(chain),
            expected="a local chain that a ledger has used",
            found="one without contracts and database",
            hint="crt contrib anchor and crt voucher open put the contracts there",
        )


def open_database(url: str | None, path: Path, *, create: bool = False) -> Database:
    """The database at ``url``, or else in the file beside ``path``; with ``create``, made if there is none or it is
    empty. Raises what :class:`~ledger.store.database.Database` raises."""
    return Database(url or sqlite_url(file_beside(path)), create=create)


def check_writable(database: Database) -> None:
    """Raise StoreError for a database that takes no writes: a standby, a disk that is full, a user who only reads."""
    try:
        with database.trial() as connection:
            connection.execute(delete(version).where(false()))
    except DBAPIError as error:
        raise StoreError(repr(database), str(error.orig)) from error


def upgrade(url: str | None, path: Path) -> tuple[Database, str | None]:
    """The same, brought up to date if it was made by an older version, which is returned too; None if it was not.

    All of it, or nothing: a step that fails leaves the database as it was.
    """
    database = Database(url or sqlite_url(file_beside(path)), create=False, upgrade=True)
    return database, database.upgraded_from
