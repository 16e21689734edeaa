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

from ledger.chain.node import Block, BlockNotFound, Mined, Node, stands
from ledger.chain.signing import Account
from ledger.engine import crash
from ledger.engine.holding import Holding
from ledger.engine.outgoing import Live, Outgoing, Sending
from ledger.engine.planning import plan
from ledger.engine.recovery import Halted, adopted, recover
from ledger.engine.results import from_logs, results, to_json
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
_A_BLOCK = 10  # receipts that cost as much as the logs of a block
_ROUND = 1.0  # seconds, about, after which others have their turn
_SOON = 1.0  # seconds in which a block is there whose nonces a node counts already


class Pump:
    """For one account that this process has the key of. One thread at a time."""

    def __init__(
        self, database: Database, node: Node, account: Account, chain_id: int, owner: str, how: Sending
    ) -> None:
        """``owner`` names this process among all that use the database."""
        self._database, self._node, self._how = database, node, how
        self._address = account.address
        self._holding = Holding(database, account.address, owner, how.lease)
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
        found = self._found(head) if self._out.live else []
        if found and not (stands(self._node, head.number, head.hash) and self._are_in_the_chain(found)):
            return False  # blocks went meanwhile: what was known before may not be true, and is looked at first
        moved = self._note(head.number, found)
        self._head = head  # not before: what was not answered is asked again
        return moved

    def _all_stand(self) -> bool:
        """Whether the newest block that matters is still there: the one up to which it was watched, or that of a
        transaction, of which the node that was asked last may not have known yet."""
        known = [] if self._head is None else [(self._head.number, self._head.hash)]
        if self._newest is not None and (not known or self._newest[0] > known[0][0]):
            known = [self._newest]
        return all(stands(self._node, *one) for one in known)

    def _are_in_the_chain(self, found: list[tuple[Live, Mined]]) -> bool:
        """Several nodes may answer at one address, on different forks."""
        wanted = {(mined.block_number, mined.block_hash) for _, mined in found}
        try:
            blocks = self._node.blocks(sorted({number for number, _ in wanted}))
        except BlockNotFound:
            return False
        return wanted == {(one.number, one.hash) for one in blocks}

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

    def _found(self, head: Block) -> list[tuple[Live, Mined]]:
        """Those that were mined since."""
        on_chain = self._node.nonce(self._address)
        unmined = [live for live in self._out.live.values() if live.is_open]
        spent = [live for live in unmined if live.nonce < on_chain]
        blocks = 0 if self._head is None else head.number - self._head.number
        by_block = self._head is not None and blocks >= 0 and len(spent) >= _A_BLOCK * max(blocks, 1)
        logged = self._told(head) if by_block else None
        told, by_block = logged or {}, logged is not None
        left = [live for live in spent if not any(attempt.hash in told for attempt in live.tx.attempts)]
        if by_block:
            left = [live for live in left if live.missing_for() > _SOON]
        asked = [attempt.hash for live in left for attempt in live.tx.attempts]
        answers = zip(asked, self._node.receipts(asked), strict=True)
        told |= {tx_hash: receipt for tx_hash, receipt in answers if receipt is not None}
        attempts = ((live, attempt.hash) for live in spent for attempt in live.tx.attempts)
        mined = {live.nonce: (live, told[tx_hash]) for live, tx_hash in attempts if tx_hash in told}
        for live in unmined:
            if live.nonce >= on_chain and not live.newest.raw:
                live.sent_at = float("-inf")  # made elsewhere, and gone with its block: it needs bytes of ours
            self._mind_missing(live, live.nonce < on_chain and live.nonce not in mined)
        return [pair for pair in mined.values() if pair[1].block_number <= head.number]

    def _told(self, head: Block) -> dict[bytes, Mined] | None:
        """What left logs in the blocks since the last time, and so succeeded. Receipts cost a node far more: for blocks
        of very many transactions, more than executing them. None if the node does not give them: not all give those of
        every contract."""
        assert self._head is not None
        try:
            logs = self._node.logs(self._head.number + 1, head.number)
        except BlockNotFound:
            return {}  # the chain has just changed
        except ChainError:
            return None
        return {one.tx_hash: one for one in from_logs(logs)}

    def _mind_missing(self, live: Live, missing: bool) -> None:
        """A nonce that is spent by something else for long enough, and not only because a node lags behind, means that
        somebody else has the key, or that the database is older than what was sent."""
        if not missing:
            live.missing_since = None
        elif live.missing_since is None:
            live.missing_since = time.monotonic()
        elif live.missing_for() > self._how.patience:
            recover(self._holding, self._node, self._address, self._how.first_block, self._how.confirmations)
            raise Fenced(self._address)  # what is in memory is not true any more

    def _note(self, head: int, found: list[tuple[Live, Mined]]) -> bool:
        """Store what was mined, what that did, and what is final by now."""
        settled = [
            self._adopt(operation, result)
            for live, receipt in found
            for operation, result in zip(
                live.operations, results(self._node, live.tx, live.operations, receipt), strict=True
            )
        ]
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
            transactions.credit(connection, refused)
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

    def _adopt(self, one: StoredOperation, result: Settled) -> Settled:
        """What is refused because it was done before is done: by another process, before a restore."""
        reason = None if result.error is None or one.through is None else result.error.get("reverted")
        if reason not in ("AlreadyExecuted", "ChangedMeanwhile"):
            return result
        return adopted(self._node, one, self._how.first_block) or result
