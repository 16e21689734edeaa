"""The chain that a ledger is on, as the ledger knows it: nothing is asked of a node."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from ledger.chain.embedded import EmbeddedNode
from ledger.chain.node import DevNode
from ledger.services.ledger import Ledger
from ledger.store.index import IndexedBlock, tip

__all__ = ["Network", "network"]


@dataclass(frozen=True, slots=True)
class Network:
    """``kind``: ``embedded`` in this process, ``local`` on a node whose clock and coins are ours, ``rpc`` on any other.

    ``genesis``: the hash of block 0. ``newest``: the newest block that the index has, None if it has none.
    ``confirmations``: blocks on top of a transaction's own until it is final. ``contracts``: addresses by name.
    """

    kind: Literal["embedded", "local", "rpc"]
    chain_id: int
    genesis: str
    newest: IndexedBlock | None
    confirmations: int
    contracts: dict[str, str]


def network(ledger: Ledger, connection: Connection) -> Network:
    """The chain of a ledger, as its index has it."""
    found = ledger.deployment
    kind: Literal["embedded", "local", "rpc"] = "rpc"
    if isinstance(ledger.node, EmbeddedNode):
        kind = "embedded"
    elif isinstance(ledger.node, DevNode):
        kind = "local"
    return Network(kind, found.chain_id, found.genesis, tip(connection), ledger.confirmations, found.contracts)
