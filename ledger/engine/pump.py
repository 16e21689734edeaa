"""Everything that is done for one sending account: watch what is out, give waiting operations a transaction, send.

The order of writing is what makes each operation happen once. Nonce, transaction and signed bytes are stored, together
with the operations that they do, before the bytes are sent; from then on no other bytes are made for these operations
but for the same nonce, and a chain takes a nonce once. Sending is repeated without harm: the same bytes have the same
hash. So whatever is interrupted, the next round, here or in another process, goes on from what is stored.
"""

from __future__ import annotations

import logging
import time
from contextlib import nullcontext
from dataclasses import replace

from sqlalchemy import Connection

from ledger.chain.node import Block, Mined, Node, stands
from ledger.chain.signer import Signer
from ledger.engine import crash
from ledger.engine.holding import Holding
from ledger.engine.mined import Found, are_in_the_chain, look
from ledger.engine.outgoing import Live, Outgoing, Sending
from ledger.engine.planning import plan
from ledger.engine.recovery import Halted, adopted, recover
from ledger.engine.results import results, to_json
from ledger.engine.same_chain import check_chain, check_depth
from ledger.errors import ChainError
from ledger.store import accounts, operations, transactions
from ledger.store.accounts import Fenced
from ledger.store.database import Database
from ledger.store.operations import Settled, StoredOperation
from ledger.store.transactions import NewTransaction

__all__ = ["Pump"]

_logger = logging.getLogger(__name__)

_AT_ONCE = 1_000  # operations that get their transactions together, at most
_ROUND = 1.0  # seconds, about, after which others have their turn
_NONE = Found([], [])


class Pump:
    """For one account that this process has the key of. One thread at a time."""

    def __init__(
        self, database: Database, node: Node, account: Signer, chain_id: int, owner: str, how: Sending
    ) -> None:
        """``owner`` names this process among all that use the database."""
        self._database, self._node, self._how = database, node, how
        self._address = account.address
        self._holding = Holding(database, account.address, owner, how.lease, told=_logger)
        self._out = Outgoing(self._holding, node, account, chain_id, how)
        self._unexplained: dict[tuple[str | None, bytes], int] = {}
        self._head: Block | None = None
        self._newest: tuple[int, bytes] | None = None  # the newest block that has a transaction of the account
        self._waited_at: bytes | None = None  # the head at which an operation had to wait for what is out
        self._more = False  # there may be more operations that wait than were looked at
        self.ended: dict[str, Mined | None] = {}
        """Operations that ended in the last round, by key, and what their transactions did, if that is known."""

    def run(self) -> bool:
        """One round; says whether anything moved. Raises what the node raises when it does not answer."""
        self.ended = {}
        try:
            changed = self._holding.take()
            if changed is None:
                return False
            head = self._node.block()
            if changed:
                self._load()
            with nullcontext() if changed else self._out.sending():  # what was loaded may be mined
                moved = self._watch(head)
                moved |= self._assign()
            until = time.monotonic() + _ROUND
            while self._more and time.monotonic() < until:
                with self._out.sending():  # what is signed is handed over while the next is signed
                    moved |= self._watch(self._node.block())
                    moved |= self._assign()
            return self._out.send() or moved
        except (Fenced, Halted):
            self._holding.forget()
            return False
        except BaseException:
            self._holding.forget()  # what is in memory may not be what is stored
            raise

    def doubt(self) -> None:
        """Somebody else may have sent for the account: in the next round it is compared with the chain."""
        self._holding.forget()

    def rest(self) -> None:
        """Give the account back, for others to take at once."""
        self._holding.release()

    def _load(self) -> None:
        """Take up what is stored of the account, after setting right what the chain knows better."""
        check_chain(self._database, self._node)
        on_chain = self._node.nonce(self._address)
        with self._holding.write() as connection:
            state = accounts.state(connection, self._address)
        if state.halted is not None or on_chain > (state.next_nonce or 0):
            recover(self._holding, self._node, self._address, self._how.first_block, self._how.confirmations)
        self._rewind()
        with self._holding.write() as connection:
            self._out.next_nonce = accounts.state(connection, self._address).next_nonce or 0
            watched = transactions.watched(connection, self._address)
            found = operations.of(connection, [tx.id for tx in watched])
            self._unexplained = transactions.unexplained(connection, self._address)
        self._out.live = {tx.nonce: Live(tx, found[tx.id]) for tx in watched}
        self._head, self._waited_at = None, None

    # --- Watching what is out ----------------------------------------------------------------------------------------

    def _watch(self, head: Block) -> bool:
        """What happened up to a block, which was asked for before all else."""
        missing = any(live.missing_since is not None for live in self._out.live.values())
        if self._head is not None and head.hash == self._head.hash and not missing:
            return False
        if not self._all_stand():
            self._load()
        elif self._head is not None and head.number < self._head.number:
            return False  # a node that is behind: nothing went
        found = look(self._node, self._address, self._out.live.values(), self._head, head) if self._out.live else _NONE
        if any(live.missing_for() > self._how.patience for live in found.missing):
            # A nonce that is spent by something else for long enough, and not only because a node lags behind, means
            # that somebody else has the key, or that the database is older than what was sent.
            recover(self._holding, self._node, self._address, self._how.first_block, self._how.confirmations)
            raise Fenced(self._address)  # what is in memory is not true any more
        mined = found.mined
        if mined and not (stands(self._node, head.number, head.hash) and are_in_the_chain(self._node, mined)):
            return False  # blocks went meanwhile: what was known before may not be true, and is looked at first
        moved = self._note(head.number, mined)
        self._head = head  # not before: what was not answered is asked again
        return moved

    def _all_stand(self) -> bool:
        """Whether the newest block that matters is still there: the one up to which it was watched, or that of a
        transaction, of which the node that was asked last may not have known yet."""
        known = [] if self._head is None else [(self._head.number, self._head.hash)]
        if self._newest is not None and (not known or self._newest[0] > known[0][0]):
            known = [self._newest]
        return all(stands(self._node, *one) for one in known)

    def _rewind(self) -> None:
        """Transactions whose block is gone are open again; they are sent again, with the bytes that they have."""
        gone: list[int] = []
        self._newest = None
        with self._database.read() as connection:
            for tx in transactions.in_blocks(connection, self._address):
                assert tx.block_number is not None and tx.block_hash is not None
                if stands(self._node, tx.block_number, tx.block_hash):
                    self._newest = (tx.block_number, tx.block_hash)
                    break
                gone.append(tx.id)
                check_depth(self._node.block_number(), tx.block_number)
        if gone:
            with self._holding.write() as connection:
                transactions.reopen(connection, gone)
                crash.point("rewind.storing")
            crash.point("rewind.stored")
            told = {"account": self._address, "transactions": len(gone)}
            _logger.warning("blocks with transactions of the account are gone: they are sent again", extra=told)

    def _note(self, head: int, found: list[tuple[Live, Mined]]) -> bool:
        """Store what was mined, what that did, and what is final by now."""
        settled, elsewhere = list[Settled](), list[Settled]()
        for live, receipt in found:
            told = results(self._node, live.tx, live.operations, receipt)
            for operation, result in zip(live.operations, told, strict=True):
                settled.append(one := self._adopt(operation, result))
                if one is not result:
                    elsewhere.append(one)
        deep = head - self._how.confirmations
        changed = [live for live in self._out.live.values() if live.tx.state == "mined" and live.block_number <= deep]
        for live in changed:
            live.tx = replace(live.tx, state="final")
        for live, receipt in found:
            live.mined = receipt
            live.tx = replace(
                live.tx,
                state="final" if receipt.block_number <= deep else "mined",
                mined_hash=receipt.tx_hash,
                block_number=receipt.block_number,
                block_hash=receipt.block_hash,
            )
            changed.append(live)
        if not changed:
            return False
        with self._holding.write() as connection:
            transactions.mined(connection, [live.tx for live in changed])
            operations.settle(connection, settled)
            if elsewhere or any(live.tx.unexplained for live, _ in found):
                self._credit(connection, elsewhere)
            crash.point("mined.storing")
        crash.point("mined.stored")
        blocks = [(receipt.block_number, receipt.block_hash) for _, receipt in found]
        self._newest = max([*blocks, *([] if self._newest is None else [self._newest])], default=None)
        for live in changed:
            if live.tx.state == "final":
                del self._out.live[live.nonce]
                self.ended.update({one.key: live.mined for one in live.operations})
        return True

    # --- Giving operations a transaction -----------------------------------------------------------------------------

    def _assign(self) -> bool:
        self._more = False
        out = sum(live.is_open for live in self._out.live.values())
        room = self._how.in_flight - out
        most = min(room * self._how.together, _AT_ONCE)
        if room <= 0 or (out and self._head is not None and self._waited_at == self._head.hash):
            return False
        with self._database.read() as connection:
            waiting = operations.waiting(connection, self._address, most)
        if not waiting:
            return False
        told = [one for one in waiting if self._perhaps_done(one)]
        if told:
            return True
        made = plan(self._node, waiting, idle=out == 0, room=room, together=self._how.together)
        if made.refused and not self._all_stand():
            return True  # what it needs may have gone with a block, and come again
        self._waited_at = self._head.hash if made.waits and self._head is not None else None
        if not made.calls and not made.refused:
            return False
        fees = self._node.fees()
        refused = [self._adopt(one, Settled(one.id, error=to_json(error))) for one, error in made.refused]
        self.ended.update({one.key: None for one, _ in made.refused})
        first = self._out.next_nonce
        with self._holding.write() as connection:
            now = self._holding.now(connection)
            new = [
                NewTransaction(
                    nonce=nonce,
                    to=call.to,
                    data=call.data,
                    gas=call.gas,
                    attempt=self._out.sign(nonce, call.to, call.data, call.gas, fees, now),
                    operation_ids=tuple(one.id for one in call.operations),
                )
                for nonce, call in enumerate(made.calls, first)
            ]
            stored = transactions.assign(connection, self._address, new)
            operations.settle(connection, refused)
            if any(one.done_hash for one in refused):
                self._credit(connection, refused)
            accounts.set_next_nonce(connection, self._address, first + len(new))
            crash.point("assign.storing")
        crash.point("assign.stored")
        self._out.next_nonce = first + len(new)
        for tx, call in zip(stored, made.calls, strict=True):
            self._out.live[tx.nonce] = Live(tx, list(call.operations), fresh=True)
        self._more = len(waiting) == most and not made.waits and not made.refused
        return True

    def _perhaps_done(self, one: StoredOperation) -> bool:
        """Refuse, once, what an unknown transaction of this account may have done: it calls exactly the same."""
        number = self._unexplained.get(one.steps[0]) if one.through is None else None
        if number is None:
            return False
        error = ChainError(
            f"transaction {number} of the database, which it found on the chain, calls the same",
            hint="look it up: if it was this operation, nothing is left to do; if not, ask for the operation again",
        )
        with self._holding.write() as connection:
            operations.settle(connection, [Settled(one.id, error=to_json(error))])
            transactions.explain(connection, number)
        del self._unexplained[one.steps[0]]
        return True

    def _credit(self, connection: Connection, done: list[Settled]) -> None:
        """What others did explains their transactions, and so does a transaction that was cancelled."""
        transactions.credit(connection, done)
        self._unexplained = transactions.unexplained(connection, self._address)

    def _adopt(self, one: StoredOperation, result: Settled) -> Settled:
        """What is refused because it was done before is done: by another process, before a restore."""
        reason = None if result.error is None or one.through is None else result.error.get("reverted")
        if reason not in ("AlreadyExecuted", "ChangedMeanwhile"):
            return result
        return adopted(self._node, one, self._how.first_block) or result
