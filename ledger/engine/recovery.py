"""After a restore from an older backup, or beside a second server: what the chain knows of an account and the database
does not.

Nothing is sent for the account meanwhile. Its transactions are read from the chain, nonce by nonce, and told by what
they call: operations of an operator account by their ids, others by contract and data. What was done is done, what is
still to do gets new nonces, and the account goes on behind the last one that the chain has.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlalchemy import Connection

from ledger.chain.node import MinedTransaction, Node
from ledger.engine import crash
from ledger.engine.holding import Holding
from ledger.engine.operations import onchain_id
from ledger.engine.results import OPERATOR
from ledger.errors import ChainError
from ledger.store import accounts, operations, transactions
from ledger.store.operations import Settled, StoredOperation

__all__ = ["Halted", "adopted", "recover"]

_logger = logging.getLogger(__name__)

_MANY = 10**9


def adopted(node: Node, operation: StoredOperation, first_block: int) -> Settled | None:
    """The operation, done, if its own account did exactly this under its id; None if nobody did, or something else was
    done. A key of another role may have used the id up, which does nothing of what was wanted."""
    event = OPERATOR.event("OperationExecuted")
    topics = event.topics(id=onchain_id(operation.key), key=operation.actor)
    for log in node.logs(first_block, "latest", [operation.through] if operation.through else [], topics):
        for tx in node.transactions(log.block_number):
            if tx.hash == log.tx_hash and _wanted([operation], tx):
                return Settled(operation.id, tx.hash)
    return None


class Halted(Exception):
    """Nothing may be sent for an account yet."""


def recover(holding: Holding, node: Node, address: str, first_block: int, confirmations: int) -> None:
    """Set an account right. It is halted until the node has answered all that is asked of it, and until what took the
    place of ours is final: should its block go, the bytes that were sent before it may be mined after all.

    An account that the database has never used, and that has sent before, may be one of a database that was restored:
    what it sent since ``first_block`` is taken up. It may also have a life of its own before that.

    Raises :class:`~ledger.errors.ChainError` if the node does not answer, :class:`Halted` if that is not final,
    :class:`~ledger.store.accounts.Fenced` if somebody else holds the account.
    """
    with holding.write() as connection:
        state = accounts.state(connection, address)
        accounts.halt(connection, address, "the chain has transactions of it that the database does not know")
        watched = transactions.watched(connection, address)
        crash.point("recover.halting")
    crash.point("recover.halted")
    _logger.warning(
        "the account is halted: the chain has transactions that are not known here", extra={"account": address}
    )
    on_chain = node.nonce(address)
    open_ones = [tx for tx in watched if tx.state == "open" and tx.nonce < on_chain]
    hashes = [attempt.hash for tx in open_ones for attempt in tx.attempts]
    mined = {one for one, receipt in zip(hashes, node.receipts(hashes), strict=True) if receipt is not None}
    missing = {tx.nonce for tx in open_ones if not any(one.hash in mined for one in tx.attempts)}
    missing |= set(range(state.next_nonce or 0, on_chain))
    known = {attempt.hash for tx in watched for attempt in tx.attempts}  # mined since, or unknown to a node behind
    calls = {tx.nonce: (tx.to, tx.data) for tx in open_ones}
    final = node.block_number() - confirmations
    sent = _sent(node, address, missing, first_block)
    if len(sent) < len(missing) and state.next_nonce is not None:
        lack = len(missing) - len(sent)
        raise ChainError(
            f"the node counts {on_chain} transactions of {address} and does not show {lack} of them",
            hint="ask a node that has all blocks since the ledger was deployed",
        )
    found = [(number, tx) for number, tx in sent if tx.hash not in known]
    if any(number > final and calls.get(tx.nonce, (tx.to, tx.data)) != (tx.to, tx.data) for number, tx in found):
        raise Halted(address)
    with holding.write() as connection:
        _take_up(connection, address, [tx for _, tx in found])
        accounts.set_next_nonce(connection, address, max(on_chain, state.next_nonce or 0))
        accounts.halt(connection, address, None)
        crash.point("recover.storing")
    crash.point("recover.stored")
    _logger.warning("the account goes on", extra={"account": address, "taken_up": len(found)})


def _sent(node: Node, address: str, nonces: set[int], first_block: int) -> list[tuple[int, MinedTransaction]]:
    """The transactions of these nonces, in their order, with their blocks; looked for from the newest block on."""
    left, found = set(nonces), []
    for number in range(node.block_number(), first_block - 1, -1):
        if not left:
            break
        for tx in node.transactions(number):
            if tx.sender == address and tx.nonce in left:
                left.discard(tx.nonce)
                found.append((number, tx))
    return sorted(found, key=lambda pair: pair[1].nonce)


def _take_up(connection: Connection, address: str, found: Sequence[MinedTransaction]) -> None:
    ids = [transactions.found_elsewhere(connection, address, tx.nonce, tx.to, tx.data, tx.gas, tx.hash) for tx in found]
    transactions.credit(connection, operations.done_by(connection, address, [tx.hash for tx in found]))
    have = operations.of(connection, ids)
    waiting = operations.waiting(connection, address, _MANY)
    for number, tx in zip(ids, found, strict=True):
        wanted = _wanted(waiting, tx)
        waiting = [one for one in waiting if one not in wanted]
        transactions.give(connection, [(one.id, number) for one in wanted])
        transactions.explain(connection, number, explained=bool(have[number] or wanted))


def _wanted(waiting: Sequence[StoredOperation], tx: MinedTransaction) -> list[StoredOperation]:
    """Which of these operations a transaction does: those of its ids, or the first one that calls the same."""
    calls = _calls(tx.data)
    if calls is None:
        return [one for one in waiting if one.through is None and one.steps == ((tx.to, tx.data),)][:1]
    return [one for one in waiting if one.through == tx.to and calls.get(onchain_id(one.key)) == list(one.steps)]


def _calls(data: bytes) -> dict[int, list[tuple[str, bytes]]] | None:
    """What an operator account was asked to do, by operation id; None if it is another call."""
    for name, of in (("execute", lambda args: [args["operation"]]), ("executeMany", lambda args: args["operations"])):
        function = OPERATOR.function(name)
        if data[:4] == function.selector:
            given = of(function.decode_input(data))
            return {number: [(to, call) for to, call in calls] for number, calls in given}
    return None
