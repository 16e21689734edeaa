"""The API within this process: what is asked is answered here, from the ledger that is open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger.client.client import Client
    from ledger.services.ledger import Ledger

__all__ = ["inside", "resume"]


@contextmanager
def inside(ledger: Ledger, wallet: str | None, operator: str | None) -> Iterator[Client]:
    """A client that asks this ledger: as the holder of ``wallet``, if given; with the roles of ``operator`` alone, by
    its name, if given."""
    from api.inside import Inside
    from ledger.cli.accounts import account
    from ledger.client.client import Client

    acting = None
    if operator is not None:
        acting = account(ledger, operator).address
        if acting not in ledger.keys.values():
            ledger.take_roles(first=acting)
    with Client(Inside(ledger, wallet=wallet, operator=acting)) as client:
        yield client


def resume(client: Client) -> None:
    """Do what was accepted before and is not done, for as long as this process runs."""
    from api.inside import Inside

    if isinstance(client.transport, Inside):
        client.transport.resume()
