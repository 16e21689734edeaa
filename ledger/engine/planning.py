"""Which operations share a transaction, and what it calls. Nothing is sent here, and nothing is written.

What a contract would refuse is found by simulation, before a nonce is spent on it. A simulation knows nothing of what
is sent and not mined yet; while there is such, a refusal proves nothing and the operation waits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, islice

from ledger.chain.node import CallRequest, Node
from ledger.engine.operations import onchain_id
from ledger.engine.results import OPERATOR
from ledger.errors import ChainError, Reverted
from ledger.store.operations import NewOperation, StoredOperation

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
    groups = list(islice(_groups(waiting, together), room))
    for some, gas in zip(groups, _gas_of_groups(node, groups), strict=True):
        try:
            call = _call(node, some, gas)
        except Reverted as refusal:
            if idle and not made.calls:
                made.refused.append((some[0], refusal))
                return made
            return Plan(made.calls, made.refused, waits=True)
        made.calls.append(call)
        if len(call.operations) < len(some):
            return Plan(made.calls, made.refused, waits=True)
    return made


def _groups(waiting: Sequence[StoredOperation], together: int) -> Iterator[list[StoredOperation]]:
    """Operations that may share a transaction, in their order."""
    for through, run in groupby(waiting, key=lambda one: one.through):
        size, some, gas = 1 if through is None else together, list[StoredOperation](), 0
        for one in run:
            gas += one.gas or _GAS_EACH
            if some and (len(some) == size or gas > _MOST_GAS):
                yield some
                some, gas = [], one.gas or _GAS_EACH
            some.append(one)
        yield some


def call_of(some: Sequence[NewOperation]) -> CallRequest:
    """The call that does these operations: of one account, and through the same one."""
    first = some[0]
    if first.through is None:
        ((to, data),) = first.steps
        return CallRequest(to, data, first.actor)
    structs = [(onchain_id(one.key), list(one.steps)) for one in some]
    if len(structs) == 1:
        return CallRequest(first.through, OPERATOR.encode("execute", structs[0]), first.actor)
    return CallRequest(first.through, OPERATOR.encode("executeMany", structs), first.actor)


def _gas_of_groups(node: Node, groups: Sequence[Sequence[StoredOperation]]) -> list[int | None]:
    """A limit for each group with which all of it would succeed, as far as that is known at the first try."""
    found = [_known_gas(some) for some in groups]
    unknown = [place for place, some in enumerate(groups) if len(some) > 1 and found[place] is None]
    guesses = [_GAS_EACH * len(groups[place]) for place in unknown]
    asked = [_with_gas(groups[place], gas) for place, gas in zip(unknown, guesses, strict=True)]
    for place, gas, answer in zip(unknown, guesses, node.call_many(asked) if asked else [], strict=True):
        if isinstance(answer, bytes) and int.from_bytes(answer, "big") == len(groups[place]):
            found[place] = gas + gas // 4
    return found


def _known_gas(some: Sequence[StoredOperation]) -> int | None:
    """What its operations say, if all do. Each call within a call leaves out a 64th of what there is."""
    known = [one.gas for one in some if one.gas is not None]
    if len(known) < len(some):
        return None
    return known[0] if len(known) == 1 else sum(known) + sum(known) // 31


def _call(node: Node, some: Sequence[StoredOperation], gas: int | None) -> Call:
    """A call that does as many of these, from the first on, as would succeed. Raises ``Reverted`` if none would."""
    if gas is None and len(some) > 1:
        gas = _gas_of_many(node, some)
        if gas is None:
            first = some[: len(some) // 2]
            return _call(node, first, _known_gas(first))
    request = call_of(some)
    if gas is None:
        gas = node.estimate_gas(request)
        gas += gas // 10  # what others do before it is mined may cost it a colder path
    return Call(request.to, request.data, gas, tuple(some))


def _gas_of_many(node: Node, some: Sequence[StoredOperation]) -> int | None:
    """A limit with which all of them would succeed; None if there is none. An estimate would not do: one of many that
    runs out of gas does not make the transaction fail."""
    gas = _GAS_EACH * len(some)
    while gas <= _MOST_GAS:
        answer = node.call(_with_gas(some, gas))
        if int.from_bytes(answer, "big") == len(some):
            return gas + gas // 4
        gas *= 2
    return None


def _with_gas(some: Sequence[StoredOperation], gas: int) -> CallRequest:
    return replace(call_of(some), gas=gas)
