"""Transactions that holders sign by themselves, with wallets of their own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from api.commands import write
from api.requests import routes_of
from api.service import Service
from api.values import Address, Document, Hash, Number, moment
from ledger.services import commands, reading, relay
from ledger.services.access import Access, Principal
from ledger.services.ledger import Ledger

__all__ = ["router"]

router = routes_of("transactions")


class RawTransaction(Document):
    """A transaction that a wallet has signed."""

    raw: Annotated[
        str,
        Field(
            pattern="^0x([0-9a-fA-F]{2})+$",
            max_length=65_536,
            description="A signed EIP-1559 transaction that calls a contract of the ledger, as hexadecimal digits.",
            examples=["0x02f8b1..."],
        ),
    ]

    @property
    def data(self) -> bytes:
        """The bytes."""
        return bytes.fromhex(self.raw[2:])


class RelayedTransaction(Document):
    """A transaction that is final, and has done what it says."""

    hash: Hash
    sender: Address
    block: Annotated[Number, Field(description="The block that it is in.")]


def _check(service: Service, who: Principal, body: RawTransaction) -> None:
    with service.reading() as connection:
        tokens = {service.catalogue.of(spv).cash for spv in reading.spvs(connection)}
        signed = relay.check(service.ledger, connection, body.data, who.wallet, tokens)
        waiting = commands.open_of(connection, who.id, relay_transaction.__name__)
    if who.wallet is not None:
        service.limits.relay(who, waiting)
    relay.check_payable(service.ledger, signed)


@write(router, "/transactions", Access.HOLDER, Access.ADMINISTRATOR, check=_check, roles=(), tries=False)
def relay_transaction(ledger: Ledger, key: str, body: RawTransaction) -> RelayedTransaction:
    """Send a transaction that a wallet has signed, and follow it until it is final.

    Holders send their own; an administrator may send anybody's. Sent twice, it is done once: the chain takes a nonce
    once. It fails with the contract's error if that refuses it, if another transaction takes its nonce, and if it is in
    no block after a day. What the wallet cannot pay for, or the chain could not take, is not accepted.
    """
    with ledger.database.read() as connection:
        known = commands.find(connection, key)
    since = datetime.now(UTC) - (moment(known.accepted_at / 1000) if known else datetime.now(UTC))
    done = relay.relay(ledger, body.data, since=since)
    return RelayedTransaction(
        hash=f"0x{done.signed.hash.hex()}", sender=done.signed.sender, block=done.mined.block_number
    )
