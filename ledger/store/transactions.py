"""What was sent: a transaction is one nonce of an account and what it calls; its attempts are signed bytes that
differ in their fees alone.

It is *open* until an attempt is mined, *mined* while that block may still go, and *final* after that. Writers hold the
account's lease and have asked :func:`ledger.store.accounts.fence`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, select, update

from ledger.store.operations import Settled
from ledger.store.sql import insert_all, pieces, update_all
from ledger.store.tables import NOT_FINAL, accounts, attempts, operations, transactions

__all__ = ["Attempt", "NewTransaction", "StoredTransaction", "add_attempt", "assign", "credit", "explain"]
__all__ += [
    "found_elsewhere",
    "give",
    "in_blocks",
    "mined",
    "newest",
    "of",
    "reopen",
    "unexplained",
    "watched",
    "withdraw",
]


@dataclass(frozen=True, slots=True)
class Attempt:
    """Signed bytes. Fees in wei per gas; ``made_at`` in milliseconds since 1970; ``cancels`` if it only spends the
    nonce. One that was found on the chain, and made elsewhere, has no bytes."""

    hash: bytes
    raw: bytes
    max_fee: int
    priority_fee: int
    made_at: int
    cancels: bool = False


@dataclass(frozen=True, slots=True)
class NewTransaction:
    """A call, signed with a nonce, and the operations that it does."""

    nonce: int
    to: str | None
    data: bytes
    gas: int
    attempt: Attempt
    operation_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StoredTransaction:
    """As it is stored: ``attempts`` in the order in which they were made, those that offer most last, and the block
    that one of them is in."""

    id: int
    account: str
    nonce: int
    to: str | None
    data: bytes
    gas: int
    state: str
    mined_hash: bytes | None
    block_number: int | None
    block_hash: bytes | None
    unexplained: bool
    attempts: tuple[Attempt, ...]


def assign(connection: Connection, account: str, made: Sequence[NewTransaction]) -> list[StoredTransaction]:
    """Operations get their transaction, its nonce and its signed bytes, all at once. Nonces follow each other, and
    are the first that the account has left."""
    if not made:
        return []
    rows = [(account, one.nonce, one.to, one.data, one.gas, "open") for one in made]
    insert_all(connection, transactions, rows, ("account", "nonce", "to", "data", "gas", "state"))
    mine = (transactions.c.account == account) & (transactions.c.nonce >= made[0].nonce)
    ids = connection.execute(select(transactions.c.id).where(mine).order_by(transactions.c.nonce)).scalars()
    pairs = list(zip(ids, made, strict=True))
    insert_all(connection, attempts, [_attempt(number, one.attempt) for number, one in pairs])
    give(connection, [(one, number) for number, new in pairs for one in new.operation_ids])
    return [
        StoredTransaction(
            number, account, one.nonce, one.to, one.data, one.gas, "open", None, None, None, False, (one.attempt,)
        )
        for number, one in pairs
    ]


def give(connection: Connection, pairs: Iterable[tuple[int, int]]) -> None:
    """Operations are done by transactions: the ids of both."""
    rows = [("assigned", number, one) for one, number in pairs]
    update_all(connection, operations, ("state", "transaction_id"), rows)


def add_attempt(connection: Connection, transaction_id: int, attempt: Attempt) -> None:
    """Other bytes for the same nonce, or those of an attempt that was found without its bytes."""
    connection.execute(delete(attempts).where(attempts.c.hash == attempt.hash))
    insert_all(connection, attempts, [_attempt(transaction_id, attempt)])


def watched(connection: Connection, account: str) -> list[StoredTransaction]:
    """Transactions of an account that are not final, by nonce."""
    asked = select(transactions).where(transactions.c.account == account, transactions.c.state.in_(NOT_FINAL))
    return _with_attempts(connection, list(connection.execute(asked.order_by(transactions.c.nonce))))


def of(connection: Connection, ids: Sequence[int]) -> dict[int, StoredTransaction]:
    """Transactions by their ids."""
    rows = [
        row
        for some in pieces(ids)
        for row in connection.execute(select(transactions).where(transactions.c.id.in_(some)))
    ]
    return {one.id: one for one in _with_attempts(connection, rows)}


def _with_attempts(connection: Connection, rows: Sequence[Row[Any]]) -> list[StoredTransaction]:
    made: dict[int, list[Attempt]] = {row.id: [] for row in rows}
    for some in pieces(list(made)):
        of_these = select(attempts).where(attempts.c.transaction_id.in_(some))
        # Each offers more than the one before; a clock may have been put back in between.
        for row in connection.execute(of_these.order_by(attempts.c.max_fee, attempts.c.cancels, attempts.c.made_at)):
            made[row.transaction_id].append(_made(row))
    return [StoredTransaction(**row._mapping, attempts=tuple(made[row.id])) for row in rows]


def in_blocks(connection: Connection, account: str) -> Iterator[StoredTransaction]:
    """Mined and final transactions of an account, without their attempts, the newest block first."""
    asked = select(transactions).where(transactions.c.account == account, transactions.c.state != "open")
    newest = asked.order_by(transactions.c.block_number.desc(), transactions.c.nonce.desc())
    with connection.execute(newest.execution_options(yield_per=100)) as rows:  # who asks may have seen enough
        for row in rows:
            yield StoredTransaction(**row._mapping, attempts=())


def newest(connection: Connection) -> list[tuple[str, int, bytes]]:
    """Of each account the newest block that has a transaction of it: address, number and hash."""
    columns = (transactions.c.account, transactions.c.block_number, transactions.c.block_hash)
    known = select(*columns).where(transactions.c.block_number.is_not(None)).order_by(columns[1].desc()).limit(1)
    rows = [
        connection.execute(known.where(transactions.c.account == account)).one_or_none()
        for account in connection.execute(select(accounts.c.address)).scalars().all()
    ]
    return [(row.account, row.block_number, row.block_hash) for row in rows if row is not None]


def mined(connection: Connection, found: Iterable[StoredTransaction]) -> None:
    """Transactions are in blocks, as they say of themselves."""
    names = ("state", "mined_hash", "block_number", "block_hash")
    rows = [(*(getattr(one, name) for name in names), one.id) for one in found]
    update_all(connection, transactions, names, rows)


def reopen(connection: Connection, ids: Sequence[int]) -> None:
    """The blocks of these transactions are gone: they are open again, and what they did is not done."""
    for some in pieces(ids):
        none = {"mined_hash": None, "block_number": None, "block_hash": None}
        connection.execute(update(transactions).where(transactions.c.id.in_(some)).values(state="open", **none))
        undone = update(operations).where(operations.c.transaction_id.in_(some))
        connection.execute(undone.values(state="assigned", done_hash=None, error=None))


def withdraw(connection: Connection, transaction_id: int) -> None:
    """A transaction that no node has taken never was."""
    mine = operations.c.transaction_id == transaction_id
    connection.execute(update(operations).where(mine).values(transaction_id=None))
    connection.execute(delete(attempts).where(attempts.c.transaction_id == transaction_id))
    connection.execute(delete(transactions).where(transactions.c.id == transaction_id))


def found_elsewhere(
    connection: Connection, account: str, nonce: int, to: str | None, data: bytes, gas: int, tx_hash: bytes
) -> int:
    """A nonce was spent by bytes that were made elsewhere. Returns the transaction's id.

    If operations had been given this nonce for another call, they wait again: what was signed for them is never mined.
    """
    mine = (transactions.c.account == account) & (transactions.c.nonce == nonce)
    asked = select(transactions.c.id, transactions.c.to, transactions.c.data).where(mine)
    known = connection.execute(asked).one_or_none()
    if known is None:
        new = transactions.insert().values(account=account, nonce=nonce, to=to, data=data, gas=gas, state="open")
        number = int(connection.execute(new.returning(transactions.c.id)).scalar_one())
    else:
        number = int(known.id)
        if (known.to, known.data) != (to, data):
            displaced = update(operations).where(operations.c.transaction_id == number)
            connection.execute(displaced.values(state="waiting", transaction_id=None))
            connection.execute(delete(attempts).where(attempts.c.transaction_id == number))
            connection.execute(update(transactions).where(mine).values(to=to, data=data, gas=gas))
    add_attempt(connection, number, Attempt(tx_hash, b"", 0, 0, 0))
    return number


def credit(connection: Connection, done: Iterable[Settled]) -> None:
    """Operations were done by transactions that the database had not given them to: they are done as long as those
    are."""
    of = select(attempts.c.transaction_id).where(attempts.c.hash == bindparam("by")).scalar_subquery()
    rows = [{"the_id": one.id, "by": one.done_hash} for one in done if one.done_hash is not None]
    if rows:
        connection.execute(
            update(operations).where(operations.c.id == bindparam("the_id")).values(transaction_id=of), rows
        )


def explain(connection: Connection, transaction_id: int, *, explained: bool = True) -> None:
    """Whether it is known what a transaction was for: which operation wanted it, or that somebody was told of it."""
    mine = transactions.c.id == transaction_id
    connection.execute(update(transactions).where(mine).values(unexplained=not explained))


def unexplained(connection: Connection, account: str) -> dict[tuple[str | None, bytes], int]:
    """Transactions that no known operation wanted, by what they called."""
    asked = select(transactions.c.to, transactions.c.data, transactions.c.id)
    mine = (transactions.c.account == account) & transactions.c.unexplained
    return {(row.to, row.data): row.id for row in connection.execute(asked.where(mine))}


def _attempt(transaction_id: int, one: Attempt) -> tuple[object, ...]:
    """In the order of the table's columns."""
    return (one.hash, transaction_id, one.raw, one.max_fee, one.priority_fee, one.made_at, one.cancels)


def _made(row: Row[Any]) -> Attempt:
    return Attempt(row.hash, row.raw, row.max_fee, row.priority_fee, row.made_at, row.cancels)
