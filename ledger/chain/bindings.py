"""A contract at an address: reading it, and building calls for it.

There is no ``transact`` here on purpose. A state change is an operation with an identity of its own, so that it happens
exactly once; the engine makes it, out of the ``call_data`` built here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.chain.abi import DecodedEvent
from ledger.chain.artifacts import Contract
from ledger.chain.node import BlockRef, CallRequest, Log, Node, TopicFilter
from ledger.chain.primitives import address_bytes, checksum
from ledger.errors import ChainError, NetworkMismatch

__all__ = ["Bound"]

_AT_ONCE = 1_000  # calls whose arguments and answers are held at a time


@dataclass(frozen=True, slots=True)
class Bound:
    """``contract`` at ``address``."""

    contract: Contract
    address: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "address", checksum(address_bytes(self.address)))

    def call_data(self, key: str, *args: Any) -> bytes:
        """Calldata for a function by name or signature. Raises :class:`~ledger.errors.InputError`."""
        return self.contract.encode(key, *args)

    def view(self, node: Node, key: str, *args: Any, block: BlockRef = "latest", sender: str | None = None) -> Any:
        """What the function returns on the state after ``block``, decoded; one ``eth_call``.

        Raises :class:`~ledger.errors.Reverted` when the contract refuses, and
        :class:`~ledger.errors.NetworkMismatch` when there is no contract at the address.
        """
        function = self.contract.function(key, *args, arity=len(args))
        request = CallRequest(to=self.address, data=function.encode(*args), sender=sender)
        answer = node.call(request, block)
        # Only an empty answer is worth the second request: a contract answers a view with at least a word.
        if not answer and function.outputs.items and not node.code(self.address):
            raise NetworkMismatch(
                f"there is no contract at {self.address}, where {self.contract.name} was expected",
                hint="check the network: it may be another chain, or one that was reset",
            )
        return function.decode_output(answer)

    def view_many(self, node: Node, key: str, calls: Sequence[Sequence[Any]], block: BlockRef = "latest") -> list[Any]:
        """:meth:`view` of one function with many arguments, decoded. Raises the first refusal."""
        found: list[Any] = []
        for start in range(0, len(calls), _AT_ONCE):
            some = calls[start : start + _AT_ONCE]
            function = self.contract.function(key, arity=len(some[0]))
            requests = [CallRequest(self.address, function.encode(*args)) for args in some]
            for answer in node.call_many(requests, block):
                if isinstance(answer, ChainError):
                    raise answer
                found.append(function.decode_output(answer))
        return found

    def events(self, logs: Iterable[Log]) -> Iterator[DecodedEvent]:
        """The events among ``logs`` that this contract emitted at this address."""
        return self.contract.decode_events(log for log in logs if log.address == self.address)

    def fetch(
        self, node: Node, key: str, from_block: int = 0, to_block: BlockRef = "latest", **indexed: Any
    ) -> list[DecodedEvent]:
        """All events of one kind in a range of blocks, with these indexed arguments."""
        event = self.contract.event(key)
        topics: TopicFilter = event.topics(**indexed)
        return [event.decode(log) for log in node.logs(from_block, to_block, [self.address], topics)]
