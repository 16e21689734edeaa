"""Who did what, with which result: one record for each command, chained by hashes (``ledger.domain.hashchain``)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, select, text

from ledger.domain.hashchain import START, record_hash
from ledger.store.tables import audit

__all__ = ["append", "export", "last_hash"]


def append(connection: Connection, *, at: int, actor: str, command: str, detail: Mapping[str, Any], result: str) -> str:
    """Add a record; returns its hash. ``at`` in milliseconds since 1970 UTC; ``detail`` holds no secrets."""
    if connection.dialect.name != "sqlite":
        connection.execute(text("select pg_advisory_xact_lock(4355571)"))  # one after the other
    last = connection.execute(select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)).one_or_none()
    record = {
        "seq": 1 if last is None else last.seq + 1,
        "at": at,
        "actor": actor,
        "command": command,
        "detail": dict(detail),
        "result": result,
        "previous": START if last is None else last.hash,
    }
    record["hash"] = record_hash(record)
    connection.execute(audit.insert().values(**{**record, "detail": json.dumps(record["detail"], sort_keys=True)}))
    return str(record["hash"])


def export(connection: Connection) -> Iterator[str]:
    """All records, a line of JSON each, as :func:`ledger.domain.hashchain.verify` reads them."""
    for row in connection.execute(select(audit).order_by(audit.c.seq).execution_options(yield_per=1_000)):
        yield json.dumps({**row._mapping, "detail": json.loads(row.detail)}, ensure_ascii=False)


def last_hash(connection: Connection) -> str:
    """The hash of the newest record: to be kept elsewhere."""
    found = connection.execute(select(audit.c.hash).order_by(audit.c.seq.desc()).limit(1)).scalar_one_or_none()
    return START if found is None else str(found)
