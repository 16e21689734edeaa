"""The chains that are served: one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.paging import Page
from api.requests import routes_of
from api.security import EVERYBODY, allow
from api.service import Asked
from api.values import Address, Document, Hash, moment
from ledger.services.access import Principal
from ledger.services.networks import network

__all__ = ["router"]

router = routes_of("networks")


class NewestBlock(Document):
    """A block of the chain."""

    number: Annotated[str, Field(description="How many were before it.", examples=["1042"])]
    hash: Hash
    timestamp: Annotated[datetime, Field(description="Its time.")]


class Network(Document):
    """A chain, and where the ledger's contracts are on it."""

    chain_id: Annotated[str, Field(description="Its id (EIP-155).", examples=["20250102"])]
    kind: Annotated[
        Literal["embedded", "local", "rpc"],
        Field(
            description="`embedded`: it runs within this service; `local`: a node for tests, whose clock and coins are "
            "ours; `rpc`: any other."
        ),
    ]
    genesis: Annotated[Hash, Field(description="The hash of its first block, which tells it from all others.")]
    newest: Annotated[NewestBlock | None, Field(description="The newest block that answers know of.")]
    confirmations: Annotated[
        int, Field(description="Blocks on top of a transaction's own until it is final.", examples=[64])
    ]
    contracts: Annotated[dict[str, Address], Field(description="Where each of the contracts is, by name.")]


@router.get("/networks")
def list_networks(service: Asked, who: Annotated[Principal, allow(*EVERYBODY)]) -> Page[Network]:
    """The chain that this service is on."""
    with service.reading() as connection:
        found = network(service.ledger, connection)
    block = found.newest
    newest = block and NewestBlock(
        number=str(block.number), hash=f"0x{block.hash.hex()}", timestamp=moment(block.timestamp)
    )
    shown = Network(
        chain_id=str(found.chain_id),
        kind=found.kind,
        genesis=found.genesis,
        newest=newest,
        confirmations=found.confirmations,
        contracts=found.contracts,
    )
    return Page(data=[shown], next_cursor=None)
