"""Copies of a database, as administrators make them."""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

__all__ = ["Backup"]


class Backup:
    """A copy of one database, made of the file or by the server; and the way back. On PostgreSQL nobody may use the
    database while it is made, and on both nobody while it is restored."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._is_sqlite = self._url.get_backend_name() == "sqlite"
        self._name = str(self._url.database)
        self._copy = Path(f"{self._name}.backup") if self._is_sqlite else f"{self._name}_backup"

    def make(self) -> None:
        """In place of the one before."""
        self.close()
        if self._is_sqlite:
            self._on_server(f"vacuum into '{self._copy}'", self._name)
        else:
            self._on_server(f"create database {self._copy} template {self._name}")

    def restore(self) -> None:
        if self._is_sqlite:
            for more in ("-wal", "-shm"):
                Path(self._name + more).unlink(missing_ok=True)
            shutil.copy(self._copy, self._name)
        else:
            self._on_server(f"drop database {self._name} with (force)")
            self._on_server(f"create database {self._name} template {self._copy}")

    def close(self) -> None:
        """There is no copy any more."""
        if isinstance(self._copy, Path):
            self._copy.unlink(missing_ok=True)
        else:
            self._on_server(f"drop database if exists {self._copy} with (force)")

    def _on_server(self, statement: str, database: str = "postgres") -> None:
        driver = "sqlite" if self._is_sqlite else "postgresql+psycopg"
        engine = create_engine(self._url.set(drivername=driver, database=database), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()
