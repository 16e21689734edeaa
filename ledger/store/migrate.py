"""Bring the tables of an older database up to date, by the steps in ``migrations``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ledger.errors import SetupError

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

    from ledger.store.database import Database

__all__ = ["settings", "upgrade"]


def settings(connection: Connection | None = None) -> Config:
    """alembic's settings, which need no file."""
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    return config


def upgrade(database: Database, to: str = "head") -> None:
    """All steps that are missing, in one database transaction: all of them, or none.

    Raises :class:`~ledger.errors.SetupError` for tables of a newer version.
    """
    from alembic import command
    from alembic.util import CommandError

    with database.write() as connection:
        try:
            command.upgrade(settings(connection), to)
        except CommandError as error:
            raise SetupError(
                f"the tables of {database!r} are of a version that this ledger does not know",
                hint="use the ledger that made them, or a newer one",
            ) from error
