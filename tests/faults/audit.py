"""What has to be true when everything is settled: the database and the chain say the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ledger.chain.node import Node
from ledger.engine.indexer import Indexer
from ledger.store import accounts, index, journal, operations
from ledger.store.database import Database
from ledger.store.index_tables import FACTS
from ledger.store.tables import operations as operation_table
from ledger.store.tables import transactions
from tests.engine.stage import ALICE, Stage

__all__ = ["differences", "indexed", "rebuilt_alike"]


def differences(database: Database, node: Node) -> list[str]:
    """Where database and chain disagree about ALICE, in words."""
    return list(_differences(database, node, ALICE.address))


def indexed(database: Database, stage: Stage) -> tuple[Any, ...]:
    """What the index says, and the books."""
    with database.read() as connection:
        facts = {one.name: sorted(map(tuple, connection.execute(one.select()))) for one in FACTS}
        return index.tip(connection), facts, journal.balances(connection, [stage.cash.address])


def rebuilt_alike(database: Database, node: Node, stage: Stage) -> bool:
    """Whether the index, up to date, is the same as one that is made anew of the chain."""
    kinds = {stage.cash.address: "SettlementCash"}
    Indexer(database, node, kinds).sync()
    with Database() as fresh:
        Indexer(fresh, node, kinds).sync()
        return indexed(database, stage) == indexed(fresh, stage)


def _differences(database: Database, node: Node, address: str) -> Iterator[str]:
    with database.read() as connection:
        counts = operations.counts(connection)
        account = accounts.state(connection, address)
        sent = connection.execute(transactions.select().order_by(transactions.c.nonce)).all()
        kept = connection.execute(operation_table.select().order_by(operation_table.c.id)).all()
    for state in ("waiting", "assigned"):
        if counts.get(state):
            yield f"{counts[state]} operations are {state}"
    if account.halted is not None:
        yield f"the account is halted: {account.halted}"
    if account.next_nonce is not None and account.next_nonce != node.nonce(address):
        yield f"the next nonce is {account.next_nonce} in the database, {node.nonce(address)} on the chain"
    nonces = [one.nonce for one in sent]
    if nonces and nonces != list(range(nonces[0], account.next_nonce or 0)):
        yield f"the nonces have gaps: {nonces}"
    for tx in sent:
        receipt = None if tx.mined_hash is None else node.receipt(tx.mined_hash)
        if tx.state != "final":
            yield f"the transaction with nonce {tx.nonce} is {tx.state}"
        elif receipt is None or (receipt.block_number, receipt.block_hash) != (tx.block_number, tx.block_hash):
            yield f"the transaction with nonce {tx.nonce} is not in block {tx.block_number}"
    for one in kept:
        if one.state == "done":
            receipt = node.receipt(one.done_hash)
            if receipt is None or receipt.status != 1:
                yield f"{one.key} was not done by {one.done_hash.hex()}"
