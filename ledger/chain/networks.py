"""Named networks: what to open, and how to know that it is the right chain.

A chain id alone does not tell a local chain from the one that was there before it was reset, so the first use of a
network should remember the genesis hash (:func:`genesis`) and expect it from then on.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ledger.chain.node import Node
from ledger.errors import InputError, NetworkMismatch

__all__ = ["Network", "check", "genesis"]


@dataclass(frozen=True, slots=True)
class Network:
    """A network by profile.

    ``embedded``: a chain in this process, in the file ``path``, or in memory without one. ``rpc``: the node at ``url``,
    be it the embedded chain served on loopback, anvil, or a real network. ``chain_id`` and ``genesis_hash`` are what
    is expected there; ``None`` expects nothing. ``timeout`` in seconds holds for each request to a ``url``.
    """

    profile: Literal["embedded", "rpc"] = "embedded"
    path: Path | None = None
    url: str | None = None
    chain_id: int | None = None
    genesis_hash: bytes | None = None
    timeout: float = 10.0

    def open(self) -> Node:
        """Open the node and check it; local ones are also a :class:`~ledger.chain.node.DevNode`.

        Raises :class:`NetworkMismatch` for another chain than expected, ``Unreachable`` when nobody answers,
        :class:`InputError` for a profile without its address, and what opening a chain file may raise.
        """
        node = self._open()
        try:
            check(node, chain_id=self.chain_id, genesis_hash=self.genesis_hash)
        except BaseException:
            node.close()
            raise
        return node

    def _open(self) -> Node:
        if self.profile == "embedded":
            from ledger.chain.embedded import EmbeddedNode

            return EmbeddedNode(self.path, chain_id=self.chain_id)
        if self.profile == "rpc":
            if self.url is None:
                raise InputError("the network has no address", field="url", expected="http://host:port")
            from ledger.chain.rpc import connect

            return connect(self.url, timeout=self.timeout)
        raise InputError("unknown network profile", expected="embedded or rpc", found=str(self.profile))

    def __repr__(self) -> str:
        # The address may hold a key.
        where = self.path if self.profile == "embedded" else "(address)" if self.url else None
        return f"Network({self.profile}, {where})"


def genesis(node: Node) -> bytes:
    """The hash of block 0, which tells this chain from every other."""
    return node.block(0).hash


def check(node: Node, *, chain_id: int | None = None, genesis_hash: bytes | None = None) -> None:
    """Raises :class:`NetworkMismatch` unless the node is on the chain that is expected."""
    if chain_id is not None and node.chain_id() != chain_id:
        raise NetworkMismatch(
            f"the node is on chain {node.chain_id()}, expected {chain_id}",
            hint="check the network's address, or the chain id that is expected of it",
        )
    if genesis_hash is not None:
        found = genesis(node)
        if found != genesis_hash:
            raise NetworkMismatch(
                f"the chain starts with block {found.hex()[:16]}..., expected {genesis_hash.hex()[:16]}...",
                hint="this chain was reset: what is stored about it belongs to the one before",
            )
