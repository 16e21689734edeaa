"""The seam through which every change of state goes: an operation is handed over, and is done exactly once.

Services build an :class:`Operation` and give it to a :class:`Sender`; how it is signed, numbered, sent, confirmed and
kept is the sender's matter alone. An operation says what is intended, not how it gets there: it has no nonce, no fee
and no signature.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from ledger.chain.abi import DecodedEvent
from ledger.chain.bindings import Bound
from ledger.chain.node import TxReceipt
from ledger.chain.primitives import keccak
from ledger.errors import InputError

__all__ = ["Operation", "Outcome", "Sender", "Step"]


@dataclass(frozen=True, slots=True)
class Step:
    """One call: ``data`` to the contract at ``to``; ``to=None`` deploys a contract."""

    to: str | None
    data: bytes


@dataclass(frozen=True, slots=True)
class Operation:
    """One intended change of state.

    ``key`` names it: two operations with the same key are the same operation, and it is done once. ``actor`` is the
    address whose key signs. With ``through``, an ``OperatorAccount``, the steps are done by that account, all or none,
    and the chain itself refuses a second time; without, there is exactly one step.
    """

    kind: str
    key: str
    actor: str
    steps: tuple[Step, ...]
    through: str | None = None

    def __post_init__(self) -> None:
        if not self.steps or (self.through is None and len(self.steps) != 1):
            raise InputError(
                "an operation has the wrong number of steps",
                field=self.kind,
                expected="one step, or several through an operator account",
                found=str(len(self.steps)),
            )

    @property
    def onchain_id(self) -> int:
        """The id that an ``OperatorAccount`` knows it by."""
        return int.from_bytes(keccak(self.key.encode()), "big")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an operation: the transaction that did it, mined and successful."""

    operation: Operation
    receipt: TxReceipt

    def events(self, contract: Bound) -> list[DecodedEvent]:
        """Events that ``contract`` emitted in it."""
        return list(contract.events(self.receipt.logs))

    def event(self, contract: Bound, name: str) -> DecodedEvent:
        """The one event of a name. Raises :class:`LookupError` if there is none, for then the contract is another."""
        for event in self.events(contract):
            if event.name == name:
                return event
        raise LookupError(f"{self.operation.kind} emitted no {name}")


class Sender(Protocol):
    """Does operations, each exactly once."""

    def submit(self, operation: Operation) -> Outcome:
        """Do an operation and wait until it is mined.

        An operation with the key of one that was done gives that one's outcome, and nothing is sent. Raises
        :class:`~ledger.errors.Reverted` when a contract refuses it; if that shows in simulation, nothing was sent.
        """

    def submit_many(self, operations: Iterable[Operation]) -> list[Outcome]:
        """Do several, in order; stops at the first that is refused."""
