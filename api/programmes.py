"""Voucher programmes: their terms, their budget, and the providers that they accept."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import Field
from sqlalchemy import Connection

from api.commands import write
from api.paging import Cursor, Limit, Page, page_of, read_cursor
from api.problems import Kind, Problem
from api.requests import routes_of
from api.security import EVERYBODY, SENDERS, allow
from api.service import Asked, Service
from api.values import Address, Document, Hash, Moment, Number, Plain, ProgrammeId, Text, Units, cash, moment
from api.values import Cash as Money
from ledger.services import programmes, reading
from ledger.services.access import Access, Principal
from ledger.services.acting import check_own, relayer
from ledger.services.ledger import Ledger
from ledger.services.roles import Role
from ledger.services.tokens import money_of

__all__ = ["InPath", "check_issuer", "programme_of", "router"]

router = routes_of("programmes")

InPath = Annotated[ProgrammeId, Path()]
PointsPerUnit = Annotated[
    Number, Field(ge=1, description="Points for a voucher: thousandths of a line.", examples=["1000"])
]
Cap = Annotated[Number | None, Field(description="Vouchers that one person gets at most; null: no limit.")]
ExpiresAt = Annotated[datetime, Field(description="The last second in which vouchers are issued, moved and redeemed.")]
Transferable = Annotated[bool, Field(description="Whether holders may pass vouchers on.")]
Uri = Annotated[str, Field(description="Metadata of the token (ERC-1155).", examples=["https://example.org/1.json"])]


class Programme(Document):
    """A programme as it was opened, for good."""

    id: ProgrammeId
    issuer: Annotated[Address, Field(description="The district that opened it.")]
    publisher: Annotated[Address, Field(description="Who says what it counts.")]
    cash: Annotated[Address, Field(description="The token that its budget is in.")]
    currency: Annotated[str, Field(description="The code of the token's currency, or its symbol.", examples=["CNY"])]
    unit_value: Annotated[Money, Field(description="What a voucher is worth.")]
    points_per_unit: PointsPerUnit
    cap: Cap
    expires_at: ExpiresAt
    transferable: Transferable
    policy_hash: Annotated[Hash, Field(description="Keccak-256 of the policy that points are given by.")]
    uri: Uri


class Budget(Document):
    """The money of a programme, and what it stands for."""

    cash: Annotated[Money, Field(description="Paid in, less what went back to the issuer.")]
    held: Annotated[Units, Field(description="Vouchers that accounts have.")]
    spent: Annotated[Units, Field(description="Vouchers that were redeemed.")]
    free: Annotated[Units, Field(description="Vouchers that there is cash for, and that nobody has yet.")]


class ProgrammeNow(Programme):
    """A programme as it stands."""

    budget: Budget


class Provider(Document):
    """Who takes a programme's vouchers."""

    provider: Address
    accepted: Annotated[bool, Field(description="Whether it is accepted now.")]
    owed: Annotated[Money, Field(description="What it has to get of this token, of all programmes.")]


class ProgrammeTerms(Document):
    """A programme's terms; they never change."""

    publisher: Annotated[Address | None, Field(description="Who says what it counts; the district by default.")] = None
    cash: Annotated[Address | None, Field(description="The token of the budget; the ledger's own by default.")] = None
    unit_value: Annotated[Money, Field(description="What a voucher is worth.")]
    points_per_unit: PointsPerUnit
    cap: Cap = None
    expires_at: Moment
    transferable: Transferable = False
    policy: Annotated[
        Plain, Field(max_length=100_000, description="The policy file as it stands; its hash goes on chain.")
    ] = ""
    uri: Annotated[Plain, Field(max_length=500, description="Metadata of the token (ERC-1155).")] = ""
    providers: Annotated[list[Address], Field(max_length=100, description="Whom it accepts; more can be named later.")]


class OpenedProgramme(Document):
    """A programme that was opened."""

    programme: ProgrammeId


class Fund(Document):
    """Cash for a programme."""

    amount: Money


class Funded(Document):
    """Cash that was paid in, or came back."""

    programme: ProgrammeId
    amount: Money


class Accept(Document):
    """Whether a provider is accepted."""

    provider: Address
    accepted: Annotated[bool, Field(description="Whether it is accepted from now on.")] = True


class Accepted(Accept):
    """A provider that is accepted, or not any more."""

    programme: ProgrammeId


class Revoke(Document):
    """Vouchers to take back."""

    holder: Address
    units: Units
    reason: Annotated[Text, Field(description="Why, for the record on the chain.", examples=["issued by mistake"])]


class Revoked(Document):
    """Vouchers that were taken back."""

    programme: ProgrammeId
    holder: Address
    units: Units


def programme_of(connection: Connection, number: int) -> reading.Programme:
    """A programme. Raises the problem that there is none."""
    found = reading.programmes(connection, number=number)
    if not found:
        raise Problem(Kind.NOT_FOUND, f"there is no programme {number}")
    return found[0]


def check_issuer(ledger: Ledger, number: int) -> programmes.Programme:
    """A programme that the ledger's district has opened. Raises InputError if there is none, RuleError for others."""
    found = programmes.programme(ledger, number)
    check_own(ledger, Role.DISTRICT, found.issuer, f"the issuer of programme {number}")
    return found


@router.get("/programmes")
def list_programmes(
    service: Asked, who: Annotated[Principal, allow(*EVERYBODY)], limit: Limit = 50, cursor: Cursor = None
) -> Page[Programme]:
    """All programmes, in the order in which they were opened."""
    after = read_cursor(cursor, [int, int], "programmes")
    with service.reading() as connection:
        found = reading.programmes(connection, after=after, limit=limit + 1)
    return page_of(found, limit, lambda one: one.at, lambda one: _shown(service, one), "programmes")


@router.get("/programmes/{programme}")
def get_programme(service: Asked, programme: InPath, who: Annotated[Principal, allow(*EVERYBODY)]) -> ProgrammeNow:
    """One programme, and its budget."""
    with service.reading() as connection:
        found = programme_of(connection, programme)
        budget = reading.budget_of(service.ledger, connection, found)
    shown, money = _shown(service, found), service.catalogue.money(found.cash)
    return ProgrammeNow(
        **{name: getattr(shown, name) for name in Programme.model_fields},
        budget=Budget(cash=cash(budget.cash, money), held=budget.held, spent=budget.spent, free=budget.free),
    )


@write(router, "/programmes", Access.DISTRICT)
def open_programme(ledger: Ledger, key: str, body: ProgrammeTerms) -> OpenedProgramme:
    """Open a programme, as the district."""
    district, token = ledger.account(Role.DISTRICT), body.cash or ledger.cash.address
    terms = programmes.Terms(
        body.publisher or district,
        token,
        body.unit_value.units(money_of(ledger, token), "unitValue"),
        body.points_per_unit,
        int(body.expires_at.timestamp()),
        body.cap or 0,
        body.transferable,
        body.policy,
        body.uri,
    )
    return OpenedProgramme(programme=programmes.open_programme(ledger, district, terms, body.providers, key=key))


@write(router, "/programmes/{programme}/fundings", Access.DISTRICT)
def fund_programme(ledger: Ledger, key: str, programme: InPath, body: Fund) -> Funded:
    """Pay cash of the district's into a programme's budget."""
    money = money_of(ledger, programmes.programme(ledger, programme).terms.cash)
    amount = body.amount.units(money, "amount")
    programmes.fund(ledger, programme, ledger.account(Role.DISTRICT), amount, key=key)
    return Funded(programme=programme, amount=cash(amount, money))


@write(router, "/programmes/{programme}/close", *SENDERS)
def close_programme(ledger: Ledger, key: str, programme: InPath) -> Funded:
    """Return what was not spent to the issuer, when the programme has expired. Anybody may ask for it."""
    money = money_of(ledger, programmes.programme(ledger, programme).terms.cash)
    amount = programmes.close(ledger, programme, relayer(ledger), key=key)
    return Funded(programme=programme, amount=cash(amount, money))


@write(router, "/programmes/{programme}/revocations", Access.DISTRICT)
def revoke_vouchers(ledger: Ledger, key: str, programme: InPath, body: Revoke) -> Revoked:
    """Take vouchers back, as the district that opened the programme, for a reason that is published."""
    check_issuer(ledger, programme)
    programmes.revoke(ledger, programme, body.holder, body.units, body.reason, key=key)
    return Revoked(programme=programme, holder=body.holder, units=body.units)


@router.get("/programmes/{programme}/providers")
def list_providers(
    service: Asked,
    programme: InPath,
    who: Annotated[Principal, allow(*EVERYBODY)],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Provider]:
    """Whoever was named as a programme's provider, in the order of the addresses."""
    after = read_cursor(cursor, [str], "providers", programme)
    with service.reading() as connection:
        found = programme_of(connection, programme)
        named = sorted(reading.providers(connection, programme).items())
        rows = [one for one in named if after is None or one[0] > after[0]][: limit + 1]
        owed = {name: reading.owed(service.ledger, connection, name, found.cash) for name, _ in rows}
    money = service.catalogue.money(found.cash)

    def shown(one: tuple[str, bool]) -> Provider:
        return Provider(provider=one[0], accepted=one[1], owed=cash(owed[one[0]], money))

    return page_of(rows, limit, lambda one: [one[0]], shown, "providers", programme)


@write(router, "/programmes/{programme}/providers", Access.DISTRICT)
def set_provider(ledger: Ledger, key: str, programme: InPath, body: Accept) -> Accepted:
    """Accept a provider, or no longer, as the district that opened the programme."""
    check_issuer(ledger, programme)
    programmes.set_provider(ledger, programme, body.provider, body.accepted, key=key)
    return Accepted(programme=programme, provider=body.provider, accepted=body.accepted)


def _shown(service: Service, one: reading.Programme) -> Programme:
    money = service.catalogue.money(one.cash)
    return Programme(
        id=one.number,
        issuer=one.issuer,
        publisher=one.publisher,
        cash=one.cash,
        currency=money.code,
        unit_value=cash(one.unit_value, money),
        points_per_unit=one.points_per_unit,
        cap=one.cap or None,
        expires_at=moment(one.expiry),
        transferable=one.transferable,
        policy_hash=f"0x{one.policy_hash.hex()}",
        uri=one.uri,
    )
