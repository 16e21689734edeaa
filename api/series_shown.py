"""How a series is answered: what it is, its terms, and its money."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Connection

from api.service import Service
from api.values import Address, Amount, Document, Hash, Jurisdiction, Rate, SeriesId, day, money, rate
from ledger.domain.investors import JURISDICTIONS, InvestorClass
from ledger.domain.waterfall import State
from ledger.services import reading

__all__ = ["Parties", "Requirement", "Series", "SeriesDetails", "classes_of", "details", "jurisdictions_of", "shown"]


class Series(Document):
    """One issue of receipts, and the contract (SPV) that holds its cash."""

    id: SeriesId
    code: Annotated[str, Field(description="Its name in the market.", examples=["CRT01"])]
    currency: Annotated[str, Field(description="ISO 4217.", examples=["CNY"])]
    state: Annotated[State, Field(description="Where it is in its life.")]
    contract: Annotated[Address, Field(description="The contract that issues it.")]
    terms_hash: Annotated[Hash, Field(description="Keccak-256 of its terms.")]
    collected: Annotated[Amount, Field(description="Rent that has arrived since it began.")]


class Requirement(Document):
    """Who may receive receipts of a series."""

    classes: Annotated[
        list[InvestorClass], Field(max_length=32, description="Classes of investors, of which one is enough.")
    ]
    jurisdictions: Annotated[list[Jurisdiction], Field(max_length=64, description="Where they are: one of these.")]


class Parties(Document):
    """Who takes part in a series beside its investors."""

    originator: Annotated[Address, Field(description="Sells the rent; gets the proceeds and the residual.")]
    fee_recipient: Annotated[Address, Field(description="Gets the servicer's fees.")]
    unclaimed_to: Annotated[Address, Field(description="Gets what nobody claimed in time.")]
    valuation_agent: Annotated[Address, Field(description="Attests what the pool is worth.")]


class PaymentDay(Document):
    """A period of a series, by the days that end it."""

    record_date: Annotated[date, Field(description="Who holds when the record is fixed on it or later is paid.")]
    payment_date: Annotated[date, Field(description="From this day on it is paid.")]


class Accounts(Document):
    """The cash of a series, and what it stands for."""

    cash: Annotated[Amount, Field(description="All of it: the sum of the others.")]
    subscriptions: Annotated[Amount, Field(description="Paid in by subscribers, before the issue or the refund.")]
    collections: Annotated[Amount, Field(description="Rent since the last distribution.")]
    reserve: Annotated[Amount, Field(description="The reserve.")]
    sinking: Annotated[Amount, Field(description="Set aside for principal.")]
    payable: Annotated[Amount, Field(description="Set aside for holders, and not paid to them yet.")]
    fees: Annotated[Amount, Field(description="Set aside for the servicer.")]
    residual: Annotated[Amount, Field(description="Released to the originator, and not fetched yet.")]
    trapped: Annotated[Amount, Field(description="Kept back from the originator.")]
    dust: Annotated[Amount, Field(description="Left by rounding: joins the next distribution.")]


class SeriesDetails(Series):
    """A series with its terms and its money."""

    name: Annotated[str, Field(description="Its long name.", examples=["Compute receipts 2025-1"])]
    paused: Annotated[bool, Field(description="Whether its receipts are kept from moving.")]
    size: Annotated[Amount, Field(description="Face value of all receipts that may be sold.")]
    soft_cap: Annotated[Amount, Field(description="If less is sold by the close date, it fails.")]
    sold: Annotated[Amount, Field(description="Face value that was sold, less what was refunded.")]
    outstanding: Annotated[Amount, Field(description="Principal that is not repaid yet, nor set aside for repayment.")]
    target_yield: Annotated[Rate, Field(description="Coupon a year: a target, paid out of what is collected.")]
    advance_rate: Annotated[Rate, Field(description="Size over present value of the pool, at most.")]
    discount_rate: Annotated[Rate, Field(description="A year, effective: of the present value.")]
    pool_face: Annotated[Amount, Field(description="Face value of all receivables together.")]
    pool_count: Annotated[int, Field(description="How many receivables there are.", examples=[12])]
    present_value: Annotated[Amount | None, Field(description="Of the pool, as attested; null before the offering.")]
    open_date: Annotated[date, Field(description="The first day of the offering.")]
    close_date: Annotated[date, Field(description="The last day of the offering.")]
    issue_date: Annotated[date, Field(description="The first day on which it may be issued.")]
    cut_off_date: Annotated[date, Field(description="The day of the present value.")]
    periods: Annotated[
        list[PaymentDay],
        Field(description="In their order, the last with the maturity date; those that the chain's node still knows."),
    ]
    utc_offset: Annotated[int, Field(description="Its days are in this time zone: minutes east of UTC.")]
    requirement: Annotated[Requirement, Field(description="Who may receive its receipts.")]
    parties: Parties
    cash_token: Annotated[Address, Field(description="The token (ERC-20) in which it pays.")]
    accounts: Annotated[Accounts, Field(description="As the journal has them.")]


def classes_of(mask: int) -> list[InvestorClass]:
    """The classes in a set of bits."""
    return [one for one in InvestorClass if mask >> one.bit & 1]


def jurisdictions_of(mask: int) -> list[str]:
    """The jurisdictions in a set of bits."""
    return [code for bit, code in enumerate(JURISDICTIONS) if mask >> bit & 1]


def shown(service: Service, connection: Connection, spv: reading.Spv) -> Series:
    """A series as it is answered among others."""
    return Series(**_fields(service, connection, spv))


def details(service: Service, connection: Connection, spv: reading.Spv) -> SeriesDetails:
    """A series as it is answered alone."""
    facts, fields = service.catalogue.of(spv), _fields(service, connection, spv)
    parties, offering, rules = facts.parties, facts.offering, facts.rules
    needed, value = reading.requirement(connection, spv.slot), reading.present_value(connection, spv.address)

    def amount(minor: int) -> Amount:
        return money(minor, facts.currency)

    return SeriesDetails(
        **fields,
        name=facts.name,
        paused=reading.is_paused(connection, spv.slot),
        size=amount(rules.size),
        soft_cap=amount(offering.softCap),
        sold=amount(reading.sold(connection, spv.address)),
        outstanding=amount(reading.outstanding(connection, spv.address)),
        target_yield=rate(rules.couponRate),
        advance_rate=rate(offering.advanceRate),
        discount_rate=rate(offering.discountRate),
        pool_face=amount(offering.poolFace),
        pool_count=offering.poolCount,
        present_value=None if value is None else amount(value),
        open_date=day(offering.openDay),
        close_date=day(offering.closeDay),
        issue_date=day(offering.issueDay),
        cut_off_date=day(offering.cutOffDay),
        periods=[PaymentDay(record_date=day(record), payment_date=day(paid)) for record, paid in facts.periods],
        utc_offset=facts.utc_offset,
        requirement=Requirement(
            classes=classes_of(needed.classes if needed else 0),
            jurisdictions=jurisdictions_of(needed.jurisdictions if needed else 0),
        ),
        parties=Parties(
            originator=parties.originator,
            fee_recipient=parties.feeRecipient,
            unclaimed_to=parties.unclaimedTo,
            valuation_agent=parties.valuationAgent,
        ),
        cash_token=facts.cash,
        accounts=_accounts(reading.accounts(connection, spv.address), amount),
    )


def _fields(service: Service, connection: Connection, spv: reading.Spv) -> dict[str, Any]:
    of, number = service.catalogue.of(spv).currency, reading.state(connection, spv.address)
    return {
        "id": spv.slot,
        "code": spv.code,
        "currency": of.code,
        "state": reading.state_of(number) if number else State.DRAFT,
        "contract": spv.address,
        "terms_hash": f"0x{spv.terms_hash.hex()}",
        "collected": money(reading.collected(connection, spv.address), of),
    }


def _accounts(left: dict[str, int], amount: Callable[[int], Amount]) -> Accounts:
    payable = sum(minor for name, minor in left.items() if name.startswith("payable "))
    names = [name for name in Accounts.model_fields if name != "payable"]
    return Accounts(payable=amount(payable), **{name: amount(left.get(name, 0)) for name in names})
