"""What a transaction's gas is made of, from its execution: what the EVM asks for what is touched, and the computing.

The first of these is the floor of the work as it is stored: cold accounts and storage words (EIP-2929), written words
(EIP-2200, EIP-3529), logs, and the call data and base of the transaction. The rest is what our code adds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

from ledger.chain.node import CallRequest
from ledger.services.ledger import Ledger

__all__ = ["Terms", "terms"]

BASE = 21_000
COLD_READ = 2_100
CALLS = ("CALL", "STATICCALL", "DELEGATECALL")


@dataclass(slots=True)
class Terms:
    """Gas by what it is for."""

    base: int = 0
    calldata: int = 0
    accounts: int = 0
    reads: int = 0
    writes: int = 0
    logs: int = 0
    computing: int = 0

    @property
    def gas(self) -> int:
        """All of it."""
        return sum(getattr(self, item.name) for item in fields(self))

    @property
    def floor(self) -> int:
        """Without the computing."""
        return self.gas - self.computing

    def __add__(self, other: Terms) -> Terms:
        return Terms(*(getattr(self, item.name) + getattr(other, item.name) for item in fields(self)))

    def each(self, count: int) -> Terms:
        """A share of it, rounded down."""
        return Terms(*(getattr(self, item.name) // count for item in fields(self)))


def terms(ledger: Ledger, sender: str, to: str, data: bytes) -> Terms:
    """What a transaction that is sent now would cost, by what it is for. Nothing is changed."""
    found = Terms(base=BASE, calldata=sum(16 if byte else 4 for byte in data))
    with _watched(found):
        ledger.node.call(CallRequest(sender=sender, to=to, data=data))
    return found


@contextmanager
def _watched(found: Terms) -> Iterator[None]:
    from eth.vm.forks.prague.computation import PragueComputation

    usual = PragueComputation.opcodes
    PragueComputation.opcodes = {code: _counted(opcode, found) for code, opcode in usual.items()}
    try:
        yield
    finally:
        PragueComputation.opcodes = usual


def _counted(opcode: Any, found: Terms) -> Any:
    name: str = getattr(opcode, "mnemonic", "")

    def run(computation: Any) -> None:
        before, children = computation._gas_meter.gas_remaining, len(computation.children)
        opcode(computation=computation)
        used = before - computation._gas_meter.gas_remaining
        if len(computation.children) > children:
            used -= computation.children[-1].get_gas_used()
        kind = _kind(name, used)
        setattr(found, kind, getattr(found, kind) + used)

    vars(run).update(mnemonic=name, gas_cost=getattr(opcode, "gas_cost", None))
    return run


def _kind(name: str, used: int) -> str:
    if name in CALLS:
        return "accounts"
    if name == "SLOAD" and used == COLD_READ:
        return "reads"
    if name == "SSTORE" and used > COLD_READ:
        return "writes"
    return "logs" if name.startswith("LOG") else "computing"
