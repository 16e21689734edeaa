"""Each command on a ledger leaves a record in its audit log: who gave it, how, and what came of it.

What a command reads or does without a ledger (offline checks, help) is in no log, for there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from ledger.errors import LedgerError

if TYPE_CHECKING:
    from ledger.services.audit import Note
    from ledger.services.storekeeping import Database

__all__ = ["acts_as", "audited", "ends_with", "recording"]


@dataclass(slots=True)
class _Trail:
    """The command that runs in this process."""

    name: str
    arguments: Mapping[str, Any]
    note: Note | None = None


_trail: ContextVar[_Trail | None] = ContextVar("trail", default=None)


@contextmanager
def audited(called: typer.Context, arguments: Mapping[str, Any], database: Callable[[], Database]) -> Iterator[None]:
    """A command runs. If it fails before it has opened a ledger, that is recorded in ``database``, if there is one."""
    trail = _Trail(_name(called), arguments)
    token = _trail.set(trail)
    try:
        yield
    except LedgerError as error:
        if trail.note is None:
            with suppress(Exception):  # the command's own error is what counts
                _refused(trail, database(), error)
        raise
    finally:
        _trail.reset(token)


@contextmanager
def recording(database: Database) -> Iterator[None]:
    """What the command does within is in the audit log of this database."""
    trail = _trail.get()
    if trail is None or trail.note is not None:
        yield
        return
    from ledger.services.audit import recorded, without_secrets

    with recorded(database, trail.name, without_secrets(trail.arguments)) as trail.note:
        yield


def acts_as(address: str) -> None:
    """The command signs for this account."""
    trail = _trail.get()
    if trail is not None and trail.note is not None:
        trail.note.acts_as(address)


def ends_with(result: str) -> None:
    """What the command has found, if that is not simply that it is done."""
    trail = _trail.get()
    if trail is not None and trail.note is not None:
        trail.note.result = result


def _refused(trail: _Trail, database: Database, error: LedgerError) -> None:
    from ledger.services.audit import refused, without_secrets

    with database:
        refused(database, trail.name, without_secrets(trail.arguments), error)


def _name(called: typer.Context) -> str:
    """As it is in the documents, whatever name the program goes by here: ``crt voucher open``."""
    words = []
    while called.parent is not None:
        words.append(str(called.info_name))
        called = called.parent  # type: ignore[assignment]
    return " ".join(["crt", *reversed(words)])
