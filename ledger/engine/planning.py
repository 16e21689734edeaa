"""Which operations share a transaction, and what it calls. Nothing is sent here, and nothing is written.

What a contract would refuse is found by simulation, before a nonce is spent on it. A simulation knows nothing of what
is sent and not mined yet; while there is such, a refusal proves nothing and the operation waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from ledger.chain.node import CallRequest, Node
from ledger.engine.operations import onchain_id
from ledger.engine.results import OPERATOR
from ledger.errors import ChainError, Reverted
from ledger.store.operations import StoredOperation

__all__ = ["Call", "Plan", "call_of", "plan"]

_MOST_GAS = 15_000_000  # of one transaction; a block is to take several
_GAS_EACH = 150_000  # of an operation among many, to begin with


@dataclass(frozen=True, slots=True)
class Call:
    """One transaction to be: what it calls, its gas limit, and the operations that it does, in their order."""

    to: str | None
    data: bytes
    gas: int
    operations: tuple[StoredOperation, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Transactions to make, in order, and operations that can't be done, with the reason. ``waits`` if an operation was
    left out until what is out is mined."""

    calls: list[Call] = field(default_factory=list)
    refused: list[tuple[StoredOperation, ChainError]] = field(default_factory=list)
    waits: bool = False


def plan(node: Node, waiting: Sequence[StoredOperation], *, idle: bool, room: int, together: int) -> Plan:
    """At most ``room`` transactions with ``together`` operations each; operations keep their order.

    ``idle`` says that nothing of this account is out, so that a refusal in simulation counts. Behind a refused
    operation nothing is planned yet: what follows may rest on what goes before.
    """
    made = Plan()
    for through, run in groupby(waiting, key=lambda one: one.through):
        group = list(run)
        size = 1 if through is None else together
        for start in range(0, len(group), size):
            if len(made.calls) == room:
                return made
            some = group[start : start + size]
            try:
                call = _call(node, some)
            except Reverted as refusal:
                if idle and not made.calls:
                    made.refused.append((some[0], refusal))
                    return made
                return Plan(made.calls, made.refused, waits=True)
            made.calls.append(call)
            if len(call.operations) < len(some):
                return Plan(made.calls, made.refused, waits=True)
    return made


def call_of(some: Sequence[StoredOperation]) -> CallRequest:
    """The call that does these operations: of one account, and through the same one."""
    first = some[0]
    if first.through is None:
        ((to, data),) = first.steps
        return CallRequest(to, data, first.actor)
    structs = [(onchain_id(one.key), list(one.steps)) for one in some]
    if len(structs) == 1:
        return CallRequest(first.through, OPERATOR.encode("execute", structs[0]), first.actor)
    return CallRequest(first.through, OPERATOR.encode("executeMany", structs), first.actor)


def _call(node: Node, some: Sequence[StoredOperation]) -> Call:
    """A call that does as many of these, from the first on, as would succeed. Raises ``Reverted`` if none would."""
    if len(some) > 1:
        gas = _gas_of_many(node, some)
        if gas is None:
            return _call(node, some[: len(some) // 2])
        request = call_of(some)
        return Call(request.to, request.data, gas, tuple(some))
    request = call_of(some)
    gas = some[0].gas
    if gas is None:
        gas = node.estimate_gas(request)
        gas += gas // 10  # what others do before it is mined may cost it a colder path
    return Call(request.to, request.data, gas, tuple(some))


def _gas_of_many(node: Node, some: Sequence[StoredOperation]) -> int | None:
    """A limit with which all of them would succeed; None if there is none. An estimate would not do: one of many that
    runs out of gas does not make the transaction fail."""
    request = call_of(some)
    gas = _GAS_EACH * len(some)
    while gas <= _MOST_GAS:
        answer = node.call(CallRequest(request.to, request.data, request.sender, gas=gas))
        if int.from_bytes(answer, "big") == len(some):
            return gas + gas // 4
        gas *= 2
    return None
