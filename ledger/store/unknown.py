"""Transactions of our accounts that no operation wanted, and who has acknowledged which of them.

Somebody else who has the key made them, or they are of a time that this database does not know of.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, exists, func, select, update

from ledger.store.tables import attempts, operations, transactions

__all__ = ["Acknowledged", "Unwanted", "acknowledge", "counts", "find", "mined", "unwanted"]

_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """``who`` knows of a transaction since ``at`` (milliseconds since 1970), and ``why`` nothing is left to do."""

    who: str
    at: int
    why: str


@dataclass(frozen=True, slots=True)
class Unwanted:
    """A transaction that has no operation. ``unexplained``: it was found on the chain, and made elsewhere. One that is
    in no block has no ``mined_hash`` and no ``block_number``; one that was ``cancelled`` only spent its nonce."""

    id: int
    account: str
    nonce: int
    to: str | None
    data: bytes
    mined_hash: bytes | None
    block_number: int | None
    unexplained: bool
    cancelled: bool
    acknowledged: Acknowledged | None


_OF_ITS_OWN = exists().where(operations.c.transaction_id == transactions.c.id)
_CANCELLED = exists().where(attempts.c.hash == transactions.c.mined_hash, attempts.c.cancels)
_NAMES = ("id", "account", "nonce", "to", "data", "mined_hash", "block_number", "unexplained", "acknowledged")
_ASKED: Select[Any] = select(*(transactions.c[name] for name in _NAMES), _CANCELLED.label("cancelled")).where(
    ~_OF_ITS_OWN
)


def unwanted(connection: Connection) -> Iterator[Unwanted]:
    """Those that nobody has acknowledged: all that were made elsewhere, and what of ours did something though it has no
    operation. By account and nonce."""
    open_ones = _ASKED.where(transactions.c.acknowledged.is_(None))
    did = transactions.c.mined_hash.is_not(None) & ~_CANCELLED
    asked = open_ones.where(transactions.c.unexplained | did).order_by(transactions.c.account, transactions.c.nonce)
    with connection.execute(asked.execution_options(yield_per=_AT_ONCE)) as rows:
        yield from map(_unwanted, rows)


def mined(connection: Connection, last: int) -> int:
    """How many transactions are in blocks up to this one."""
    there = select(func.count()).select_from(transactions).where(transactions.c.block_number <= last)
    return int(connection.execute(there).scalar_one())


def counts(connection: Connection) -> dict[str, int]:
    """By account, how many were made elsewhere and nobody has acknowledged."""
    asked = select(transactions.c.account, func.count()).where(
        transactions.c.unexplained, transactions.c.acknowledged.is_(None)
    )
    return {account: int(number) for account, number in connection.execute(asked.group_by(transactions.c.account))}


def find(connection: Connection, account: str, nonce: int) -> Unwanted | None:
    """One transaction; None if there is none, or it has an operation."""
    row = connection.execute(
        _ASKED.where(transactions.c.account == account, transactions.c.nonce == nonce)
    ).one_or_none()
    return None if row is None else _unwanted(row)


def acknowledge(connection: Connection, transaction_id: int, by: Acknowledged) -> bool:
    """Somebody knows of a transaction. Says whether nobody had acknowledged it before; what was said first stays."""
    mine = (transactions.c.id == transaction_id) & transactions.c.acknowledged.is_(None)
    said = update(transactions).where(mine).values(acknowledged=json.dumps(asdict(by), ensure_ascii=False))
    return connection.execute(said).rowcount == 1


def _unwanted(row: Row[Any]) -> Unwanted:
    values = dict(row._mapping)
    text = values.pop("acknowledged")
    return Unwanted(**values, acknowledged=None if text is None else Acknowledged(**json.loads(text)))
