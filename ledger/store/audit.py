"""Who did what, with which result: one record for each command, chained by hashes (``ledger.domain.hashchain``).

A command is noted when it begins, and its record is made when it ends. For one that was killed, the next command makes
the record: it says that nobody knows how far it came.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Row, delete, select, text

from ledger.domain.hashchain import START, record_hash
from ledger.store.tables import audit, begun

__all__ = ["append", "begin", "end", "last", "newest", "records"]

_KILLED = "killed: look in the chain and the list of operations for what it did"


def begin(
    connection: Connection,
    *,
    owner: str,
    at: int,
    actor: str,
    command: str,
    detail: Mapping[str, Any],
    has_ended: Callable[[str], bool],
) -> None:
    """A command begins; those of processes that have ended get their records. ``owner`` names the one that begins, and
    none before or after it.

    ``at`` in milliseconds since 1970 UTC; ``detail`` holds no secrets.
    """
    for row in connection.execute(select(begun).order_by(begun.c.at, begun.c.owner)).all():
        if has_ended(row.owner):
            told = {**json.loads(row.detail), "began": row.at}
            _move(connection, row.owner, at=at, actor=row.actor, command=row.command, detail=told, result=_KILLED)
    values = {"owner": owner, "at": at, "actor": actor, "command": command, "detail": _text(detail)}
    connection.execute(begun.insert().values(**values))


def end(connection: Connection, owner: str, *, at: int, detail: Mapping[str, Any], result: str) -> None:
    """A command has ended; ``detail`` as it is known now. If its record was made already, it stays as it is."""
    row = connection.execute(select(begun).where(begun.c.owner == owner)).one_or_none()
    if row is not None:
        _move(connection, owner, at=at, actor=row.actor, command=row.command, detail=detail, result=result)


def append(connection: Connection, *, at: int, actor: str, command: str, detail: Mapping[str, Any], result: str) -> str:
    """Add a record; returns its hash."""
    if connection.dialect.name != "sqlite":
        connection.execute(text("select pg_advisory_xact_lock(4355571)"))  # one after the other
    number, before = last(connection)
    record = {
        "seq": number + 1,
        "at": at,
        "actor": actor,
        "command": command,
        "detail": dict(detail),
        "result": result,
        "previous": before,
    }
    record["hash"] = record_hash(record)
    connection.execute(audit.insert().values(**{**record, "detail": _text(detail)}))
    return str(record["hash"])


def records(connection: Connection, after: int = 0, limit: int | None = None) -> Iterator[dict[str, Any]]:
    """All records, or so many of those after a number, the oldest first, as :mod:`ledger.domain.hashchain` hashes
    them."""
    asked = select(audit).where(audit.c.seq > after).order_by(audit.c.seq).limit(limit)
    with connection.execute(asked.execution_options(yield_per=1_000)) as rows:
        yield from map(_record, rows)


def newest(connection: Connection, count: int, before: int | None = None) -> list[dict[str, Any]]:
    """The last records, of those before a number if it is given, the oldest of them first."""
    asked = select(audit).order_by(audit.c.seq.desc()).limit(count)
    if before is not None:
        asked = asked.where(audit.c.seq < before)
    return [_record(row) for row in reversed(connection.execute(asked).all())]


def last(connection: Connection) -> tuple[int, str]:
    """Number and hash of the newest record: to be kept elsewhere."""
    row = connection.execute(select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)).one_or_none()
    return (0, START) if row is None else (row.seq, row.hash)


def _record(row: Row[Any]) -> dict[str, Any]:
    return {**row._mapping, "detail": json.loads(row.detail)}


def _move(connection: Connection, owner: str, **record: Any) -> None:
    # Two who end the same command at once: the row goes once, and who finds it gone adds nothing.
    if connection.execute(delete(begun).where(begun.c.owner == owner)).rowcount:
        append(connection, **record)


def _text(detail: Mapping[str, Any]) -> str:
    return json.dumps(dict(detail), sort_keys=True, ensure_ascii=False)
