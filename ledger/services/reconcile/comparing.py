"""Comparing our books with the state of the chain after one block."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection

from ledger.chain.bindings import Bound
from ledger.chain.node import CallRequest
from ledger.errors import ChainError, Reverted
from ledger.services.ledger import Ledger
from ledger.services.reconcile.report import Difference
from ledger.store.index import IndexedBlock

__all__ = ["Comparison", "View", "pieces"]

T = TypeVar("T")
_AT_ONCE = 1_000  # views asked for, and rows held, at a time


class View(NamedTuple):
    """A view of a contract to ask for, and what is known of its answer."""

    contract: Bound
    key: str
    args: tuple[Any, ...]
    known: Any


class Comparison:
    """Our books as one database transaction sees them, and the chain after the block up to which they go."""

    def __init__(self, ledger: Ledger, connection: Connection, tip: IndexedBlock) -> None:
        self.ledger, self.connection, self.tip = ledger, connection, tip
        self.compared: Counter[str] = Counter()
        self.differences: list[Difference] = []
        self.surplus: list[Difference] = []

    def same(self, kind: str, where: str, expected: Any, found: Any) -> None:
        """One more thing of a kind, which is as it should be, or is a difference."""
        self.compared[kind] += 1
        if expected != found:
            self.differs(kind, where, expected, found)

    def differs(self, kind: str, where: str, expected: Any, found: Any) -> None:
        """A difference."""
        self.differences.append(Difference(kind, where, _shown(expected), _shown(found)))

    def covered(self, kind: str, where: str, expected: int, found: int) -> None:
        """Cash that has to be there; what is there beyond it is a surplus."""
        self.compared[kind] += 1
        if found < expected:
            self.differs(kind, where, expected, found)
        elif found > expected:
            self.surplus.append(Difference(kind, where, _shown(expected), _shown(found)))

    def views(self, wanted: Iterable[View]) -> Iterator[tuple[Any, Any]]:
        """What is known of each view, and what it answers; a refusal is the answer too."""
        node, block = self.ledger.node, self.tip.number
        for some in pieces(wanted):
            functions = [one.contract.contract.function(one.key, *one.args) for one in some]
            requests = [
                CallRequest(one.contract.address, function.encode(*one.args))
                for one, function in zip(some, functions, strict=True)
            ]
            answers = node.call_many(requests, block)
            for one, function, answer in zip(some, functions, answers, strict=True):
                if isinstance(answer, Reverted):
                    yield one.known, answer
                elif isinstance(answer, ChainError):
                    raise answer
                else:
                    yield one.known, function.decode_output(answer)

    def view(self, contract: Bound, key: str, *args: Any) -> Any:
        """What one view answers. Raises what the contract refuses with."""
        return contract.view(self.ledger.node, key, *args, block=self.tip.number)


def pieces(things: Iterable[T]) -> Iterator[list[T]]:
    """So many at a time that memory stays small."""
    rest = iter(things)
    while piece := list(islice(rest, _AT_ONCE)):
        yield piece


def _shown(value: Any) -> str:
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    if isinstance(value, tuple):
        return ", ".join(map(_shown, value))
    return value.message if isinstance(value, Reverted) else str(value)
