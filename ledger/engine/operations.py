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
from ledger.chain.node import Mined
from ledger.chain.primitives import keccak
from ledger.errors import ChainError, InputError, LedgerError

__all__ = ["Operation", "Outcome", "Sender", "Step", "check_key", "is_text", "onchain_id"]

_LONGEST_KEY, _LONGEST_KIND = 255, 64  # as the columns
_MOST_GAS = 2**63


def onchain_id(key: str) -> int:
    """The id by which an ``OperatorAccount`` knows the operation of a key."""
    return int.from_bytes(keccak(key.encode()), "big")


def check_key(key: str) -> None:
    """Raises :class:`~ledger.errors.InputError` for a key that no operation can have."""
    if not is_text(key) or len(key) > _LONGEST_KEY:
        raise InputError(
            "not the key of an operation",
            field="key",
            expected=f"at most {_LONGEST_KEY} characters, without NUL and half characters",
            found=ascii(key)[:100],
        )


def is_text(text: str) -> bool:
    """Whether both databases keep it as it is."""
    return "\0" not in text and (text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text))


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

    ``intent`` is what is wanted: function and business arguments, and nothing that differs from one attempt to the
    next (a permit's nonce, deadline and signature, the present owner of a receipt). By it a second operation of a key
    is told from another one. By default it is made of kind and steps.

    ``gas`` is the limit of a single step, for those who know it: it is not simulated then.
    """

    kind: str
    key: str
    actor: str
    steps: tuple[Step, ...]
    through: str | None = None
    intent: str = ""
    gas: int | None = None

    def __post_init__(self) -> None:
        if not self.steps or (self.through is None and len(self.steps) != 1):
            raise InputError(
                "an operation has the wrong number of steps",
                field=self.kind,
                expected="one step, or several through an operator account",
                found=str(len(self.steps)),
            )
        if self.through is not None and any(step.to is None for step in self.steps):
            raise InputError(
                "an operator account deploys no contracts", field=self.kind, expected="a contract for each step to call"
            )
        if not self.intent:
            steps = " ".join(f"{step.to or 'deploy'}:{step.data.hex()}" for step in self.steps)
            object.__setattr__(self, "intent", f"{self.kind} {keccak(steps.lower().encode()).hex()}")
        check_key(self.key)
        if not (is_text(self.kind) and is_text(self.intent)) or len(self.kind) > _LONGEST_KIND:
            raise InputError(
                "kind or intent of an operation can't be stored",
                field="kind",
                expected=f"text without NUL and half characters, and a kind of at most {_LONGEST_KIND} characters",
                found=ascii(self.kind)[:100],
            )
        if self.gas is not None and not 0 < self.gas < _MOST_GAS:
            raise InputError("not a limit of gas", field=self.kind, expected="1 to 2**63 - 1", found=str(self.gas))

    @property
    def onchain_id(self) -> int:
        """The id that an ``OperatorAccount`` knows it by."""
        return onchain_id(self.key)

    def expect(self, intent: str) -> None:
        """Raises :class:`~ledger.errors.InputError` if this operation was meant to do something else."""
        if self.intent != intent:
            raise InputError("another operation was done under this key", field=self.kind, found=self.key)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an operation: the transaction that did it, mined and successful."""

    operation: Operation
    receipt: Mined

    def events(self, contract: Bound) -> list[DecodedEvent]:
        """Events that ``contract`` emitted in it."""
        return list(contract.events(self.receipt.logs))

    def event(self, contract: Bound, name: str) -> DecodedEvent:
        """The one event of a name. Raises ChainError if there is none, for then the contract is another."""
        for event in self.events(contract):
            if event.name == name:
                return event
        raise ChainError(
            f"{self.operation.kind} emitted no {name}", hint=f"check which contract is at {contract.address}"
        )

    def expect(self, intent: str) -> Outcome:
        """Itself. Raises :class:`~ledger.errors.InputError` if it is the outcome of something else."""
        self.operation.expect(intent)
        return self


class Sender(Protocol):
    """Does operations, each exactly once."""

    def submit(self, operation: Operation) -> Outcome:
        """Do an operation and wait until it is mined.

        An operation with the key of one that was done gives that one's outcome, and nothing is sent; InputError if its
        intent is another. Raises :class:`~ledger.errors.Reverted` when a contract refuses it; if that shows in
        simulation, nothing was sent.
        """

    def find(self, key: str) -> Outcome | None:
        """What became of the operation of a key, if it was done.

        Services that take a key ask this before they look anything up, and :meth:`Outcome.expect` what they want:
        what they would look up may have changed by that very operation.
        """

    def work(self) -> bool:
        """One round of what is to be done for those who do not wait. Says whether anything moved."""

    def close(self) -> None:
        """Release what the sender holds. What it has accepted stays accepted."""

    def submit_many(self, wanted: Iterable[Operation]) -> list[Outcome | LedgerError]:
        """Do several that don't need each other: those of one account in their order, and many in one transaction where
        that is possible. What was refused has the reason in its place."""
