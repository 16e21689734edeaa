"""Whether the node that is asked now has the chain that the database is about: it may have been reset, or swapped,
under a process that runs."""

from __future__ import annotations

from ledger.chain.networks import genesis
from ledger.chain.node import Node
from ledger.errors import ChainError
from ledger.store import network
from ledger.store.database import Database

__all__ = ["check_chain", "check_depth"]

_DEEPEST = 256  # blocks that a node loses by a restart, at most; one that lacks more is still taking them in


def check_chain(database: Database, node: Node) -> None:
    """Raises :class:`~ledger.errors.NetworkMismatch` for another chain than the database's. To be asked before anything
    is done because blocks are gone."""
    network.check(database, node.chain_id(), genesis(node))


def check_depth(head: int, known: int) -> None:
    """Raises ChainError for a node whose newest block is far before one that is known."""
    if head < known - _DEEPEST:
        raise ChainError(
            f"the node's chain ends at block {head}, and block {known} is known",
            hint="if it is still taking in blocks, wait or ask another one",
        )
