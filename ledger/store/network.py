"""The chain that a database is about, told by its id and its first block."""

from __future__ import annotations

from sqlalchemy import select

from ledger.errors import NetworkMismatch
from ledger.store.database import Database
from ledger.store.sql import insert_new
from ledger.store.tables import network

__all__ = ["check"]


def check(database: Database, chain_id: int, genesis: bytes) -> None:
    """Remember the chain at the first time. Raises :class:`~ledger.errors.NetworkMismatch` for another one later."""
    asked = select(network.c.chain_id, network.c.genesis)
    with database.read() as connection:
        known = connection.execute(asked).one_or_none()
    if known is None:
        with database.write() as connection:
            insert_new(connection, network, [{"id": 1, "chain_id": chain_id, "genesis": genesis}])
            known = connection.execute(asked).one()
    if known.chain_id != chain_id:
        raise NetworkMismatch(
            f"the node is on chain {chain_id}, and {database!r} is about chain {known.chain_id}",
            hint="name the database of this chain, or the node of that one",
        )
    if bytes(known.genesis) != genesis:
        raise NetworkMismatch(
            f"the chain starts with block {genesis.hex()[:16]}..., {database!r} is about {known.genesis.hex()[:16]}...",
            hint="this chain was reset: keep the database of the one before, and begin with a new one",
        )
