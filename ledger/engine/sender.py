"""Does operations, each exactly once, whatever is interrupted: what is to be done is stored before it is tried.

Any number of processes may work on one database. Each account is held by one of them at a time
(``ledger.engine.pump``); an operation that is accepted here may so be done by another that has the account's key.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from ledger.chain.node import Block, Mined, Node, stands
from ledger.chain.primitives import address_bytes, checksum
from ledger.engine import crash
from ledger.engine.holding import name_of_this_process
from ledger.engine.keyring import Keyring
from ledger.engine.operations import Operation, Outcome, Step, check_key
from ledger.engine.outgoing import Sending
from ledger.engine.pump import Pump
from ledger.engine.results import from_json, own_receipts
from ledger.engine.same_chain import check_chain, check_depth
from ledger.errors import ChainError, LedgerError
from ledger.store import accounts, operations, transactions
from ledger.store.database import Database
from ledger.store.operations import Ended, NewOperation, StoredOperation

__all__ = ["DurableSender"]

_LOOK = 0.1  # seconds until it is looked again for what others did, at least
_RARELY = 10  # times as long as looking takes
_MOST_PAUSE = 0.25  # seconds between two looks at the chain
_ELSEWHERE = 30.0  # seconds between two looks whether somebody else has sent for our accounts


class DurableSender:
    """A :class:`~ledger.engine.operations.Sender` on a database and a node. Safe for threads."""

    def __init__(
        self,
        database: Database,
        node: Node,
        keyring: Keyring,
        *,
        sending: Sending | None = None,
        timeout: float = 120.0,
        on_outcome: Callable[[Outcome], None] | None = None,
    ) -> None:
        """``timeout`` in seconds for which callers wait; ``on_outcome`` is told each success that one waited for.

        Raises :class:`~ledger.errors.NetworkMismatch` if the database is about another chain.
        """
        self.database, self.node, self.keyring = database, node, keyring
        self._sending, self._timeout, self._on_outcome = sending or Sending(), timeout, on_outcome
        self._chain_id = node.chain_id()
        self._owner = name_of_this_process()
        self._pumps: dict[str, tuple[threading.Lock, Pump]] = {}
        self._head: Block | None = None  # up to which it is known that nothing is gone that counted as final
        self._look_at = 0.0  # when accounts are compared with the chain again, by this process's clock
        check_chain(database, node)

    # --- For callers -------------------------------------------------------------------------------------------------

    def accept(self, wanted: Iterable[Operation]) -> list[StoredOperation]:
        """Store operations, and return what is stored under their keys; whoever works on the account does them.

        Raises :class:`~ledger.errors.InputError` if one is known and was meant to do something else; none is stored.
        """
        given = list(wanted)
        with self.database.write() as connection:
            stored = operations.accept(connection, [_new(one) for one in given], self.database.now(connection))
            for one, known in zip(given, stored, strict=True):
                if known.intent != one.intent:
                    _operation(known).expect(one.intent)
            crash.point("accept.storing")
        crash.point("accept.stored")
        return stored

    def submit(self, operation: Operation) -> Outcome:
        """See :meth:`Sender.submit <ledger.engine.operations.Sender.submit>`."""
        (outcome,) = self.submit_many([operation])
        if isinstance(outcome, LedgerError):
            raise outcome
        return outcome

    def submit_many(self, wanted: Iterable[Operation]) -> list[Outcome | LedgerError]:
        """See :meth:`Sender.submit_many <ledger.engine.operations.Sender.submit_many>`."""
        given = list(wanted)
        for actor in {one.actor for one in given}:
            _ = self.keyring[actor]
        found = self._wait(self.accept(given))
        return [found[one.key] for one in given]

    def find(self, key: str) -> Outcome | None:
        """See :meth:`Sender.find <ledger.engine.operations.Sender.find>`. Waits for one that is being done."""
        check_key(key)
        with self.database.read() as connection:
            stored = operations.find(connection, [key]).get(key)
        if stored is None:
            return None
        found = self._wait([stored])[key]
        return found if isinstance(found, Outcome) else None

    # --- For those who work ------------------------------------------------------------------------------------------

    def work(self) -> bool:
        """One round for every account that has something to do, and that this process can sign for. Says whether
        anything moved. From time to time it is also seen whether somebody else has sent for one of them."""
        with self.database.read() as connection:
            actors = operations.actors(connection)
        moved, failed = False, list[LedgerError]()
        for actor in dict.fromkeys([*actors, *self._shaken(), *self._used_elsewhere()]):
            if actor in self.keyring:
                try:
                    moved |= self._run(actor)
                except LedgerError as error:  # the trouble of one account does not hold up the others
                    failed.append(error)
        if failed:
            raise failed[0]
        return moved

    def _shaken(self) -> list[str]:
        """Accounts of which blocks went that counted as final: since the last round, or while nobody looked."""
        head = self.node.block()
        if self._head is not None and stands(self.node, self._head.number, self._head.hash):
            found = []
            if head.number < self._head.number:
                head = self._head  # a node that is behind: nothing went
        else:
            if self._head is not None:
                check_chain(self.database, self.node)
                check_depth(head.number, self._head.number)
            with self.database.read() as connection:
                newest = transactions.newest(connection)
            found = [account for account, number, block in newest if not stands(self.node, number, block)]
        self._head = head
        return found

    def _used_elsewhere(self) -> list[str]:
        """Accounts, idle ones too, of which the chain has more transactions than are stored: they are compared with the
        chain at their turn. One that was never used here is compared when it is."""
        if time.monotonic() < self._look_at:
            return []
        nonces = {account.address: self.node.nonce(account.address) for account in self.keyring}
        with self.database.read() as connection:  # after the chain: what is sent meanwhile is stored before
            stored = {address: accounts.state(connection, address).next_nonce for address in nonces}
        found = [address for address, known in stored.items() if known is not None and nonces[address] > known]
        for address in found:
            self._pump(address).doubt()
        self._look_at = time.monotonic() + _ELSEWHERE
        return found

    def close(self) -> None:
        """Let others have the accounts at once."""
        for lock, pump in list(self._pumps.values()):
            with lock:
                pump.rest()

    def _pump(self, address: str) -> Pump:
        """Who does what is to be done for an account."""
        if address not in self._pumps:
            account = self.keyring[address]
            made = Pump(self.database, self.node, account, self._chain_id, self._owner, self._sending)
            self._pumps.setdefault(address, (threading.Lock(), made))
        return self._pumps[address][1]

    def _run(self, address: str, patience: float = -1) -> bool:
        """A round for an account, if it is nobody else's turn within ``patience`` seconds."""
        pump, (turn, _) = self._pump(address), self._pumps[address]
        if not turn.acquire(timeout=patience):
            return False
        try:
            return pump.run()
        finally:
            turn.release()

    def _wait(self, wanted: Sequence[StoredOperation]) -> dict[str, Outcome | LedgerError]:
        """What became of operations, in the end."""
        deadline = time.monotonic() + self._timeout
        left: dict[str, StoredOperation] = {one.key: one for one in wanted}
        pumps = {actor: self._pump(actor) for actor in {one.actor for one in wanted} if actor in self.keyring}
        found: dict[str, Outcome | LedgerError] = {}
        pause, look_at, took = 0.01, 0.0, 0.0
        while True:
            now = time.monotonic()
            told = {key: mined for pump in pumps.values() for key, mined in pump.ended.copy().items()}
            # What others do shows in the database alone, in which it takes a while to look for very many.
            asked = list(left) if now >= look_at else [key for key in told if key in left]
            if asked:
                with self.database.read() as connection:
                    ended = operations.settled(connection, asked)
                took = time.monotonic() - now
                for key, outcome in self._outcomes([(left[one.key], one) for one in ended], told):
                    found[key] = outcome
                    del left[key]
            if now >= look_at:
                look_at = min(now + max(_LOOK, _RARELY * took), max(deadline, now + _LOOK))
            if not left:
                return found
            if time.monotonic() > deadline:
                raise ChainError(
                    f"{len(left)} of {len(wanted)} operations were not done in {self._timeout:.0f} s",
                    hint="they are stored, and are done once: ask again under the same key",
                )
            moved = [self._run(actor, _MOST_PAUSE) for actor in pumps]
            if any(moved):
                pause = 0.01
            else:
                time.sleep(pause)
                pause = min(2 * pause, _MOST_PAUSE)

    def _outcomes(
        self, ended: Sequence[tuple[StoredOperation, Ended]], told: Mapping[str, Mined | None]
    ) -> Iterator[tuple[str, Outcome | LedgerError]]:
        """By key, of those that are done or refused. Not of one whose transaction has just gone with its block, or is
        in another one where it failed."""
        done: dict[bytes, list[StoredOperation]] = defaultdict(list)
        for one, end in ended:
            if end.error is not None:
                yield one.key, from_json(end.error)
            else:
                assert end.done_hash is not None
                done[end.done_hash].append(one)
        known = {one.tx_hash: one for one in told.values() if one is not None}
        asked = [one for one in done if one not in known]
        answers = zip(asked, self.node.receipts(asked), strict=True)
        known |= {tx_hash: receipt for tx_hash, receipt in answers if receipt is not None}
        for tx_hash, some in done.items():
            receipt = known.get(tx_hash)
            if receipt is None or receipt.status != 1:
                continue
            for one, own in zip(some, own_receipts(receipt, some), strict=True):
                outcome = Outcome(_operation(one), own)
                if self._on_outcome is not None:
                    self._on_outcome(outcome)
                yield one.key, outcome


def _new(one: Operation) -> NewOperation:
    steps = tuple((None if step.to is None else _spelt(step.to), step.data) for step in one.steps)
    through = None if one.through is None else _spelt(one.through)
    return NewOperation(one.key, one.kind, one.intent, _spelt(one.actor), through, steps, one.gas)


def _operation(stored: StoredOperation) -> Operation:
    steps = tuple(Step(to, data) for to, data in stored.steps)
    return Operation(stored.kind, stored.key, stored.actor, steps, stored.through, stored.intent, stored.gas)


def _spelt(address: str) -> str:
    return checksum(address_bytes(address))
