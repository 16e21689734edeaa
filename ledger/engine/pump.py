"""Everything that is done for one sending account: watch what is out, give waiting operations a transaction, send.

The order of writing is what makes each operation happen once. Nonce, transaction and signed bytes are stored, together
with the operations that they do, before the bytes are sent; from then on no other bytes are made for these operations
but for the same nonce, and a chain takes a nonce once. Sending is repeated without harm: the same bytes have the same
hash. So whatever is interrupted, the next round, here or in another process, goes on from what is stored.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import takewhile

from sqlalchemy import Connection

from ledger.chain.node import Block, BlockNotFound, Fees, Node, Refusal, Refused, TxReceipt
from ledger.chain.signing import Account, Transaction
from ledger.engine import crash
from ledger.engine.planning import Call, plan
from ledger.engine.recovery import adopted, recover
from ledger.engine.results import results, to_json
from ledger.errors import ChainError, Reverted
from ledger.store import accounts, operations, transactions
from ledger.store.accounts import Fenced
from ledger.store.database import Database
from ledger.store.operations import Settled, StoredOperation
from ledger.store.transactions import Attempt, NewTransaction, StoredTransaction

__all__ = ["Pump", "Sending"]

_IS_OUT = (Refusal.ALREADY_KNOWN, Refusal.NONCE_TOO_LOW)  # or was: whether it is mined is for the watch to say
_SOON = 1.0  # seconds until what a node refused is tried again
_RAISED_AT_ONCE = 16  # those with higher nonces wait for these
_CANCEL_GAS = 21_000


@dataclass(frozen=True, slots=True)
class Sending:
    """How a network is used.

    ``confirmations``: blocks on top of a transaction's own until it is final. ``patience``: seconds until one that is
    not mined is sent again with higher fees. ``in_flight``: transactions of an account that may be out at a time;
    ``together``: operations in one of them. ``lease``: seconds for which a process holds an account. ``most_fee``: no
    transaction offers more, in wei per gas. ``first_block``: nothing of ours is in the chain before.
    """

    confirmations: int = 0
    patience: float = 30.0
    in_flight: int = 64
    together: int = 50
    lease: float = 30.0
    most_fee: int | None = None
    first_block: int = 0


@dataclass(slots=True)
class _Live:
    """A transaction that is not final, and its operations. Times are of this process's clock."""

    tx: StoredTransaction
    operations: list[StoredOperation]
    sent_at: float | None = None  # None until a node has it from this process
    fresh: bool = False  # signed by this process and handed to no node: it can still be taken back
    missing_since: float | None = None  # its nonce is spent, and not by any of its attempts
    refused: Refused | None = None  # what a node said of the newest attempt

    @property
    def nonce(self) -> int:
        return self.tx.nonce

    @property
    def newest(self) -> Attempt:
        return self.tx.attempts[-1]

    @property
    def is_open(self) -> bool:
        return self.tx.state == "open"


class Pump:
    """For one account that this process has the key of. One thread at a time."""

    def __init__(
        self, database: Database, node: Node, account: Account, chain_id: int, owner: str, how: Sending
    ) -> None:
        """``owner`` names this process among all that use the database."""
        self._database, self._node, self._account, self._how = database, node, account, how
        self._chain_id, self._owner = chain_id, owner
        self._address = account.address
        self._token: int | None = None
        self._held_until = 0.0
        self._next_nonce = 0
        self._live: dict[int, _Live] = {}  # by nonce, in their order
        self._unexplained: dict[tuple[str | None, bytes], int] = {}
        self._head: Block | None = None
        self._waited_at: bytes | None = None  # the head at which an operation had to wait for what is out

    def run(self) -> bool:
        """One round; says whether anything moved.

        Raises :class:`Halted` if the account is, and what the node raises when it does not answer.
        """
        try:
            if not self._hold():
                return False
            moved = self._watch()
            moved |= self._assign()
            return self._send() or moved
        except Fenced:
            self._token = None
            return False

    def rest(self) -> None:
        """Give the account back, for others to take at once."""
        if self._token is not None:
            with self._database.write() as connection:
                accounts.release(connection, self._address, self._token)
            self._token = None

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        """A database transaction in which the account is certainly ours."""
        assert self._token is not None
        with self._database.write() as connection:
            accounts.fence(connection, self._address, self._token)
            yield connection

    # --- The lease ---------------------------------------------------------------------------------------------------

    def _hold(self) -> bool:
        now = time.monotonic()
        if self._token is not None and now < self._held_until:
            return True
        with self._database.write() as connection:
            clock = self._database.now(connection)
            until = clock + int(self._how.lease * 1000)
            token = accounts.lease(connection, self._address, self._owner, clock, until)
        known, self._token, self._held_until = self._token, token, now + self._how.lease / 2
        if token is not None and token != known:
            try:
                self._load()
            except BaseException:
                self._token = None  # what is in memory is of no use
                raise
        return token is not None

    def _load(self) -> None:
        """Take up what is stored of the account, after setting right what the chain knows better."""
        assert self._token is not None
        on_chain = self._node.nonce(self._address)
        with self._write() as connection:
            state = accounts.state(connection, self._address)
            if state.next_nonce is None:
                accounts.set_next_nonce(connection, self._address, on_chain)
        if state.next_nonce is not None and (state.halted is not None or on_chain > state.next_nonce):
            recover(self._database, self._node, self._address, self._token, self._how.first_block)
        self._rewind()
        with self._write() as connection:
            self._next_nonce = accounts.state(connection, self._address).next_nonce or on_chain
            watched = transactions.watched(connection, self._address)
            found = operations.of(connection, [tx.id for tx in watched])
            self._unexplained = transactions.unexplained(connection, self._address)
        self._live = {tx.nonce: _Live(tx, found[tx.id]) for tx in watched}
        self._head, self._waited_at = None, None

    # --- Watching what is out ----------------------------------------------------------------------------------------

    def _watch(self) -> bool:
        head = self._node.block()
        missing = any(live.missing_since is not None for live in self._live.values())
        if self._head is not None and head.hash == self._head.hash and not missing:
            return False
        if self._head is not None and not self._stands(self._head.number, self._head.hash):
            self._load()
        moved = bool(self._live) and self._note(head.number, self._found(head))
        self._head = head  # not before: what was not answered is asked again
        return moved

    def _stands(self, number: int, block_hash: bytes) -> bool:
        """Whether a block is still part of the chain."""
        try:
            return self._node.block(number).hash == block_hash
        except BlockNotFound:
            return False

    def _is_gone(self, tx: StoredTransaction) -> bool:
        assert tx.block_number is not None and tx.block_hash is not None
        return not self._stands(tx.block_number, tx.block_hash)

    def _rewind(self) -> None:
        """Transactions whose block is gone are open again; they are sent again, with the bytes that they have."""
        with self._database.read() as connection:
            newest_first = transactions.in_blocks(connection, self._address)
            gone = [tx.id for tx in takewhile(self._is_gone, newest_first)]
        if gone:
            with self._write() as connection:
                transactions.reopen(connection, gone)
                crash.point("rewind.storing")
            crash.point("rewind.stored")

    def _found(self, head: Block) -> list[tuple[_Live, TxReceipt]]:
        """Those that were mined since."""
        on_chain = self._node.nonce(self._address)
        spent = [live for live in self._live.values() if live.is_open and live.nonce < on_chain]
        asked = [(live, attempt.hash) for live in spent for attempt in live.tx.attempts]
        answers = self._node.receipts([tx_hash for _, tx_hash in asked])
        mined = {live.nonce: (live, receipt) for (live, _), receipt in zip(asked, answers, strict=True) if receipt}
        for live in spent:
            self._mind_missing(live, live.nonce not in mined)
        return [pair for pair in mined.values() if pair[1].block_number <= head.number]

    def _mind_missing(self, live: _Live, missing: bool) -> None:
        """A nonce that is spent by something else for long enough, and not only because a node lags behind, means that
        somebody else has the key, or that the database is older than what was sent."""
        now = time.monotonic()
        if not missing:
            live.missing_since = None
        elif live.missing_since is None:
            live.missing_since = now
        elif now - live.missing_since > self._how.patience:
            assert self._token is not None
            recover(self._database, self._node, self._address, self._token, self._how.first_block)
            self._token = None  # what is in memory is not true any more
            raise Fenced(self._address)

    def _note(self, head: int, found: list[tuple[_Live, TxReceipt]]) -> bool:
        """Store what was mined, what that did, and what is final by now."""
        settled = [one for live, receipt in found for one in results(self._node, live.tx, live.operations, receipt)]
        for live, receipt in found:
            live.tx = replace(
                live.tx,
                state="mined",
                mined_hash=receipt.tx_hash,
                block_number=receipt.block_number,
                block_hash=receipt.block_hash,
            )
        deep = head - self._how.confirmations
        changed = {live.nonce: live for live, _ in found}
        for live in self._live.values():
            if live.tx.block_number is not None and live.tx.block_number <= deep:
                live.tx = replace(live.tx, state="final")
                changed[live.nonce] = live
        if not changed:
            return False
        try:
            with self._write() as connection:
                transactions.mined(connection, [live.tx for live in changed.values()])
                operations.settle(connection, settled)
                crash.point("mined.storing")
        except BaseException:
            self._token = None  # memory is ahead of what is stored
            raise
        crash.point("mined.stored")
        for live in changed.values():
            if live.tx.state == "final":
                del self._live[live.nonce]
        return True

    # --- Giving operations a transaction -----------------------------------------------------------------------------

    def _assign(self) -> bool:
        out = sum(live.is_open for live in self._live.values())
        room = self._how.in_flight - out
        if room <= 0 or (self._head is not None and self._waited_at == self._head.hash):
            return False
        with self._database.read() as connection:
            waiting = operations.waiting(connection, self._address, room * self._how.together)
        if not waiting:
            return False
        told = [self._perhaps_done(one) for one in waiting] if self._unexplained else []
        if any(told):
            return True
        made = plan(self._node, waiting, idle=out == 0, room=room, together=self._how.together)
        self._waited_at = self._head.hash if made.waits and self._head is not None else None
        if not made.calls and not made.refused:
            return False
        fees = self._node.fees()
        refused = [self._settled(one, error) for one, error in made.refused]
        with self._write() as connection:
            now = self._database.now(connection)
            new = [
                NewTransaction(nonce, call.to, call.data, call.gas, self._sign(nonce, call, fees, now), _ids(call))
                for nonce, call in enumerate(made.calls, self._next_nonce)
            ]
            stored = transactions.assign(connection, self._address, new) if new else []
            operations.settle(connection, refused)
            accounts.set_next_nonce(connection, self._address, self._next_nonce + len(new))
            crash.point("assign.storing")
        crash.point("assign.stored")
        self._next_nonce += len(new)
        for tx, call in zip(stored, made.calls, strict=True):
            self._live[tx.nonce] = _Live(tx, list(call.operations), fresh=True)
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
        with self._write() as connection:
            operations.settle(connection, [Settled(one.id, error=to_json(error))])
            transactions.explain(connection, number)
        del self._unexplained[one.steps[0]]
        return True

    def _settled(self, one: StoredOperation, error: ChainError) -> Settled:
        """What a simulation refuses because it was done before is done: of another process, before a restore."""
        if isinstance(error, Reverted) and error.name == "AlreadyExecuted":
            done = adopted(self._node, one, self._how.first_block)
            if done is not None:
                return done
        return Settled(one.id, error=to_json(error))

    def _sign(self, nonce: int, call: Call, fees: Fees, now: int) -> Attempt:
        return self._attempt(nonce, call.to, call.data, call.gas, fees.max_fee(), fees.priority_fee, now)

    def _attempt(
        self,
        nonce: int,
        to: str | None,
        data: bytes,
        gas: int,
        max_fee: int,
        tip: int,
        now: int,
        *,
        cancels: bool = False,
    ) -> Attempt:
        tx = Transaction(self._chain_id, nonce, tip, max_fee, gas, to, 0, data)
        signed = self._account.sign_transaction(tx)
        return Attempt(signed.hash, signed.raw, max_fee, tip, now, cancels)

    # --- Sending -----------------------------------------------------------------------------------------------------

    def _send(self) -> bool:
        now = time.monotonic()
        due = [live for live in self._live.values() if live.is_open and self._is_due(live, now)]
        if not due:
            return False
        late = [live for live in due if live.sent_at is not None or live.refused is not None]
        if late:
            self._raise_fees(late[:_RAISED_AT_ONCE])
        new = [live for live in due if live.fresh]
        for live in due:
            live.fresh = False  # from here on a node may have it
        crash.point("send.before")
        answers = self._node.send_many([live.newest.raw for live in due])
        crash.point("send.after")
        for live, answer in zip(due, answers, strict=True):
            live.sent_at, live.refused = now, None
            if isinstance(answer, Refused) and answer.reason not in _IS_OUT:
                live.refused = answer
            elif isinstance(answer, ChainError) and not isinstance(answer, Refused):
                live.sent_at = None  # perhaps it is out: the next round sends it again
        self._take_back(new)
        return True

    def _is_due(self, live: _Live, now: float) -> bool:
        if live.sent_at is None:
            return True
        pause = _SOON if live.refused is not None else self._how.patience
        return now - live.sent_at >= pause

    def _take_back(self, new: list[_Live]) -> None:
        """What was refused at the first time is nowhere: unless something stands behind it, its nonce is free again."""
        while new and (refused := new[-1].refused) is not None and new[-1].nonce == self._next_nonce - 1:
            live = new.pop()
            if refused.reason in (Refusal.UNDERPRICED, Refusal.NONCE_TOO_HIGH):
                return
            with self._write() as connection:
                operations.settle(connection, [Settled(one.id, error=to_json(refused)) for one in live.operations])
                transactions.withdraw(connection, live.tx.id)
                accounts.set_next_nonce(connection, self._address, live.nonce)
            self._next_nonce = live.nonce
            del self._live[live.nonce]

    def _raise_fees(self, late: list[_Live]) -> None:
        """Other bytes for the same nonces, that offer an eighth more and what is asked now. What a node calls invalid
        is replaced by a transaction that does nothing, so that those behind it are not held up."""
        fees = self._node.fees()
        made: list[tuple[_Live, Attempt]] = []
        with self._write() as connection:
            now = self._database.now(connection)
            for live in late:
                tx, last = live.tx, live.newest
                max_fee, tip = (
                    max(_more(last.max_fee), fees.max_fee()),
                    max(_more(last.priority_fee), fees.priority_fee),
                )
                if self._how.most_fee is not None and max_fee > self._how.most_fee:
                    continue
                cancels = last.cancels or (live.refused is not None and live.refused.reason is Refusal.INVALID)
                to, data, gas = (self._address, b"", _CANCEL_GAS) if cancels else (tx.to, tx.data, tx.gas)
                attempt = self._attempt(tx.nonce, to, data, gas, max_fee, tip, now, cancels=cancels)
                transactions.add_attempt(connection, tx.id, attempt)
                made.append((live, attempt))
            crash.point("raise.storing")
        crash.point("raise.stored")
        for live, attempt in made:
            live.tx = replace(live.tx, attempts=(*live.tx.attempts, attempt))


def _ids(call: Call) -> tuple[int, ...]:
    return tuple(one.id for one in call.operations)


def _more(fee: int) -> int:
    """An eighth more, rounded up: what the most demanding nodes want of a replacement."""
    return fee + -(-fee // 8)
