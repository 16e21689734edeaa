"""The audit log of one ledger: who did what, with which result (docs/reconcile.md)."""

from __future__ import annotations

import getpass
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection

from ledger.domain.hashchain import line_of
from ledger.engine.holding import has_ended, name_of_this_process
from ledger.errors import LedgerError
from ledger.services.secrets import without_keys
from ledger.store import audit
from ledger.store.database import Database

__all__ = ["Note", "export", "head", "newest", "note", "recorded", "refused", "somebody", "without_secrets"]

_PAGE = 1_000  # records that are read at once
_LONG = 1_000  # characters


@dataclass(slots=True)
class Note:
    """What will be in the record of a command that runs."""

    detail: dict[str, Any] = field(default_factory=dict)
    result: str = "done"

    def acts_as(self, address: str) -> None:
        """The command signs for this account."""
        accounts = self.detail.setdefault("accounts", [])
        if address not in accounts:
            accounts.append(address)


@contextmanager
def recorded(database: Database, command: str, detail: Mapping[str, Any], actor: str | None = None) -> Iterator[Note]:
    """What is done within is one command of the audit log, whether it succeeds or fails: ``actor``, by default who is
    logged in to this machine, gave it, and ``detail`` says how, without secrets.

    It is noted before anything is done, so that one which is killed is in the log too: the next one records it.
    """
    note, owner = Note(dict(detail)), name_of_this_process()
    with database.write() as connection:
        audit.begin(
            connection,
            owner=owner,
            at=database.now(connection),
            actor=actor or somebody(),
            command=command,
            detail=note.detail,
            has_ended=has_ended,
        )
    try:
        yield note
    except BaseException as error:
        note.result = _failure(error)
        raise
    finally:
        with database.write() as connection:
            audit.end(connection, owner, at=database.now(connection), detail=note.detail, result=note.result)


def note(
    database: Database,
    connection: Connection,
    command: str,
    detail: Mapping[str, Any],
    error: BaseException | None = None,
    actor: str | None = None,
) -> None:
    """What came of a command, in the database transaction that stores it: it is done, or has failed."""
    at, result = database.now(connection), "done" if error is None else _failure(error)
    audit.append(connection, at=at, actor=actor or somebody(), command=command, detail=detail, result=result)


def refused(
    database: Database, command: str, detail: Mapping[str, Any], error: BaseException, actor: str | None = None
) -> None:
    """A command that failed before it did anything."""
    with database.write() as connection:
        note(database, connection, command, detail, error, actor)


def newest(database: Database, count: int, before: int | None = None) -> list[dict[str, Any]]:
    """The last records, of those before the one with number ``before`` if it is given, the oldest of them first;
    ``at`` in milliseconds since 1970 UTC."""
    with database.read() as connection:
        return audit.newest(connection, count, before)


def head(database: Database) -> tuple[int, str]:
    """How many records there are, and the hash of the last: kept elsewhere, it shows if any of them is changed."""
    with database.read() as connection:
        return audit.last(connection)


def export(database: Database) -> Iterator[str]:
    """All records that there are when it begins, a line of JSON each, as :func:`ledger.domain.hashchain.verify` reads
    them. However slowly they are taken, no view of the database is held meanwhile: no record ever changes."""
    (end, _), after = head(database), 0
    while after < end:
        with database.read() as connection:
            page = list(audit.records(connection, after, min(_PAGE, end - after)))
        yield from map(line_of, page)
        after += len(page)


def without_secrets(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of a command as they may be kept: of what may be a private key, and of a text as long as a file, only
    its SHA-256, of an address on the network only host and port; what was not given is left out."""
    given = {name: value for name, value in arguments.items() if value is not None and value is not False}
    return {name: _shown(value) for name, value in given.items() if value not in ([], (), "")}


def _shown(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _shown(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(one) for one in value]
    if value is None or isinstance(value, bool | int):
        return value
    text = str(value)
    if len(text) > _LONG:
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    text = without_keys(text)
    if "://" in text:
        try:
            parts = urlsplit(text)
            return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}"
        except ValueError:
            return "an address"
    return text


def somebody() -> str:
    """Who is logged in to this machine."""
    try:
        return f"os:{getpass.getuser()}"
    except (OSError, KeyError):
        return f"os:{os.getuid()}"  # a user without a name


def _failure(error: BaseException) -> str:
    if isinstance(error, LedgerError):
        return f"{type(error).__name__}: {error.message}"
    if isinstance(error, Exception):
        return type(error).__name__  # its text is not ours, and may hold anything
    return "stopped"
