"""What operations would do, seen before anything is done: a sender that stores nothing and sends nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from ledger.chain.node import CallRequest, Log, Mined, Node, Rehearsed
from ledger.engine.ahead import AHEAD, ahead
from ledger.engine.foreseen import Foreseen
from ledger.engine.indexer import Indexer
from ledger.engine.keyring import Keyring
from ledger.engine.operations import Operation, Outcome, check_key
from ledger.engine.planning import call_of
from ledger.engine.results import failure, from_json, own_receipts, to_json
from ledger.engine.sender import as_new, as_operation
from ledger.errors import ChainError, LedgerError, Reverted
from ledger.store import operations
from ledger.store.database import Database
from ledger.store.index import IndexedBlock
from ledger.store.operations import NewOperation, StoredOperation

__all__ = ["Rehearsal", "Scene"]


@dataclass(frozen=True, slots=True)
class Scene:
    """What came of one operation: what it would log, and the gas that it would use if it had a transaction of its own;
    or why it would not be done."""

    operation: Operation
    logs: tuple[Log, ...]
    gas: int
    error: LedgerError | None


class Rehearsal:
    """A :class:`~ledger.engine.operations.Sender` that only shows what would be done. For one thread.

    Each operation is rehearsed on the newest state after those that were submitted before it, and answered with what it
    would do, or refused as it would be. ``node`` shows the state after all of them. An operation that was really done
    under its key is answered with what it did.
    """

    def __init__(self, database: Database, node: Node, keyring: Keyring, others: Collection[str] = ()) -> None:
        """``others`` are accounts that sign by themselves what is shown to them: nobody here has their keys."""
        self.node = ahead(node)
        self._database, self._keyring, self._others = database, keyring, frozenset(others)
        self._outcomes: dict[str, Outcome] = {}
        self._played: list[tuple[Operation, Rehearsed, ChainError | None]] = []

    @property
    def scenes(self) -> list[Scene]:
        """What was submitted, in its order, but for what was done before."""
        taken = iter(self.node.done)
        newest = ((one, first if first.error else next(taken), error) for one, first, error in self._played)
        return [Scene(one, now.logs, now.gas, error) for one, now, error in newest]

    def submit(self, operation: Operation) -> Outcome:
        """See :meth:`Sender.submit <ledger.engine.operations.Sender.submit>`."""
        (outcome,) = self.submit_many([operation])
        if isinstance(outcome, LedgerError):
            raise outcome
        return outcome

    def submit_many(self, wanted: Iterable[Operation]) -> list[Outcome | LedgerError]:
        """See :meth:`Sender.submit_many <ledger.engine.operations.Sender.submit_many>`."""
        given = list(wanted)
        for actor in {one.actor for one in given} - self._others:
            _ = self._keyring[actor]
        stored = self._stored([one.key for one in given])
        answers: dict[str, Outcome | LedgerError] = {}
        new: dict[str, Operation] = {}
        for one in given:
            known = self._outcomes.get(one.key) or self._done(stored.get(one.key))
            if known is not None:
                answers[one.key] = known.expect(one.intent)
            elif one.key in stored:
                as_operation(stored[one.key]).expect(one.intent)
            new.setdefault(one.key, one).expect(one.intent)
        new = {key: one for key, one in new.items() if key not in answers}
        found = self.node.take([_request(as_new(one)) for one in new.values()])
        for one, result in zip(new.values(), found, strict=True):
            answers[one.key] = self._answer(one, result)
        return [answers[one.key] for one in given]

    def find(self, key: str) -> Outcome | None:
        """See :meth:`Sender.find <ledger.engine.operations.Sender.find>`."""
        check_key(key)
        return self._outcomes.get(key) or self._done(self._stored([key]).get(key))

    def work(self) -> bool:
        """There is nothing to do."""
        return False

    def close(self) -> None:
        """There is nothing to release."""

    def foresee(self, index: Indexer, tip: IndexedBlock) -> AbstractContextManager[Foreseen]:
        """What ``index``, which goes up to ``tip``, would have more, and a view of the database with it."""
        return index.foresee(*self.node.behind(tip))

    def _stored(self, keys: list[str]) -> dict[str, StoredOperation]:
        with self._database.read() as connection:
            return operations.find(connection, keys)

    def _done(self, stored: StoredOperation | None) -> Outcome | None:
        """What was really done; nobody is waited for who is doing it just now."""
        if stored is None or stored.done_hash is None:
            return None
        receipt = self.node.receipt(stored.done_hash)
        if receipt is None or receipt.status != 1:
            return None
        return Outcome(as_operation(stored), own_receipts(receipt, [stored])[0])

    def _answer(self, one: Operation, result: Rehearsed) -> Outcome | LedgerError:
        """What the sender would answer that really does it."""
        new, place = as_new(one), len(self._played)
        (own,) = own_receipts(Mined(bytes(32), 1, AHEAD, bytes(32), place, result.logs), [new])
        error = result.error or failure(new, own)
        if result.error is not None and one.gas is not None and result.gas >= one.gas:
            without_limit = self.node.rehearse([call_of([new])])[0]
            if without_limit.error is None:
                error = Reverted("OutOfGas", {"used": result.gas}, hint="prepare it again with more gas")
        self._played.append((one, result, error))
        if error is not None:
            return from_json(to_json(error))
        outcome = self._outcomes[one.key] = Outcome(as_operation(new), own)
        return outcome


def _request(one: NewOperation) -> CallRequest:
    """The transaction that would do it, if it were alone."""
    return replace(call_of([one]), gas=one.gas)
