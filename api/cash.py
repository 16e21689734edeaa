"""Settlement cash of a local chain, to try things with."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.commands import write
from api.requests import routes_of
from api.service import Service
from api.values import Address, Amount, Document
from ledger.services import cash
from ledger.services.access import Access, Principal
from ledger.services.ledger import Ledger

__all__ = ["router"]

router = routes_of("cash")


class Minting(Document):
    """Cash that is made."""

    account: Annotated[Address, Field(description="Who gets it: a subscriber, or the operator account.")]
    amount: Annotated[Amount, Field(description="How much, in the currency of the chain's cash.")]


def _local(service: Service, who: Principal, body: Minting) -> None:
    body.amount.positive(cash.local_currency(service.ledger))


@write(router, "/cash", Access.ADMINISTRATOR, check=_local)
def mint_cash(ledger: Ledger, key: str, body: Minting) -> Minting:
    """Make cash, as a bank does when money arrives: on a local chain only, whose cash is a stand-in."""
    cash.pour(ledger, body.account, body.amount.minor(cash.local_currency(ledger)), key=key)
    return body
