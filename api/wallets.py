"""What contributors, graduates and providers do about contributions and vouchers: prepared here, signed by their
wallets, and sent to `/v1/transactions`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.commands import sign
from api.people import Changed
from api.people import InPath as PersonInPath
from api.programmes import InPath as ProgrammeInPath
from api.requests import routes_of
from api.values import (
    Address,
    Cash,
    Commit,
    Document,
    Moment,
    Plain,
    ProgrammeId,
    RepositoryId,
    Signature,
    Units,
    cash,
    raw,
)
from ledger.services import agreements, contributions, programmes
from ledger.services.ledger import Ledger
from ledger.services.tokens import money_of

__all__ = ["router"]

router = routes_of("wallets")


class NewRepository(Document):
    """A repository to register, whose log is empty at first."""

    genesis: Annotated[Commit, Field(description="The first commit of its history.")]
    name: Annotated[Plain, Field(min_length=1, max_length=200, description="A name.", examples=["example/repo"])]
    policy: Annotated[
        Plain, Field(max_length=20_000, description="The policy file as it stands; it is published with it.")
    ] = ""


class Registered(Document):
    """A repository that is registered."""

    repository: RepositoryId


class Redeem(Document):
    """An invoice to pay in vouchers, with the signature of the other side."""

    holder: Annotated[Address, Field(description="Whose vouchers pay it.")]
    provider: Annotated[Address, Field(description="Whose invoice it is.")]
    units: Units
    invoice: Annotated[
        Plain, Field(min_length=1, max_length=200, description="The provider's number of it.", examples=["2026-0117"])
    ]
    deadline: Moment
    signature: Annotated[Signature, Field(description="The provider's if the holder sends it, else the holder's.")]


class Redeemed(Document):
    """Vouchers that paid an invoice."""

    programme: ProgrammeId
    units: Units
    value: Annotated[Cash, Field(description="What the provider gets for them.")]


@sign(router, "/repositories")
def register_repository(ledger: Ledger, wallet: str, body: NewRepository) -> Registered:
    """Register a repository, as its maintainer."""
    return Registered(repository=contributions.enter(ledger, wallet, body.genesis, body.name, body.policy))


@sign(router, "/people/{person}/recovery/veto")
def veto_recovery(ledger: Ledger, wallet: str, person: PersonInPath) -> Changed:
    """Be against what a university proposed: the wallet of the person stays as it is."""
    agreements.cancel_recovery(ledger, person, wallet)
    return Changed(person=person)


@sign(router, "/programmes/{programme}/redemptions")
def redeem_vouchers(ledger: Ledger, wallet: str, programme: ProgrammeInPath, body: Redeem) -> Redeemed:
    """Pay a provider's invoice in vouchers: one of holder and provider has signed, and the other one sends it."""
    money = money_of(ledger, programmes.programme(ledger, programme).terms.cash)
    until, invoice = int(body.deadline.timestamp()), programmes.invoice_id(body.invoice)
    agreed = programmes.Redemption(programme, body.holder, body.provider, body.units, invoice, until)
    value = programmes.redeem_signed(ledger, agreed, raw(body.signature), wallet)
    return Redeemed(programme=programme, units=body.units, value=cash(value, money))
