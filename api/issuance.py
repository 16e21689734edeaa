"""From a term sheet to an issue, and the other way out: cancel or fail, refund, release the receivables."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from pydantic import AfterValidator, Field

from api.commands import write
from api.requests import routes_of
from api.security import EVERYBODY, allow
from api.series import InPath, known, spv_of
from api.series_shown import Parties
from api.service import Asked, Service
from api.values import Address, Amount, Document, SeriesId, Signature, money, parsed, text
from ledger.chain.abi import as_json
from ledger.domain.waterfall import State
from ledger.services import issuance, reading
from ledger.services.access import Access, Principal
from ledger.services.inputs.case import Case, build_case
from ledger.services.inputs.text import decode
from ledger.services.ledger import Ledger
from ledger.services.series import Series

__all__ = ["router"]

router = routes_of("issuance")

FileText = Annotated[str, Field(min_length=1, max_length=400_000), AfterValidator(text)]  # two within a body


class Founding(Document):
    """What a series is made of."""

    term_sheet: Annotated[
        FileText, Field(description="A TOML file, with lines that end in LF.", examples=['[series]\ncode = "CRT01"\n'])
    ]
    rent_roll: Annotated[
        FileText,
        Field(
            description="A CSV file of all receivables, with lines that end in LF.",
            examples=["receivable,lessee,machines,due,currency,amount\nR1,Lab,10,2025-02-01,CNY,1600.00\n"],
        ),
    ]
    parties: Parties
    cash_token: Annotated[
        Address | None, Field(description="The token (ERC-20) in which it pays, the ledger's own by default.")
    ] = None

    def case(self) -> Case:
        """What the files say. Raises InputError or RuleError with file, line and field."""
        files = {"termSheet": self.term_sheet, "rentRoll": self.rent_roll}
        return build_case(*(decode(name, content.encode()) for name, content in files.items()))


class Founded(Document):
    """A series whose pool is registered."""

    series: SeriesId
    contract: Annotated[Address, Field(description="The contract that issues it.")]
    present_value: Annotated[
        Amount, Field(description="What the pool is worth by its terms: what the valuation agent is asked to attest.")
    ]


class Valuation(Document):
    """What a valuation agent attests."""

    present_value: Annotated[Amount, Field(description="Of the whole pool, on the cut-off date.")]
    signature: Annotated[Signature, Field(description="The valuation agent's, over the typed data of the valuation.")]


class TypedData(Document):
    """EIP-712 typed data, as wallets take it (`eth_signTypedData_v4`)."""

    types: Annotated[dict[str, list[dict[str, str]]], Field(description="The fields of each struct.")]
    primary_type: Annotated[str, Field(description="The struct that is signed.", examples=["Valuation"])]
    domain: Annotated[dict[str, Any], Field(description="What the signature is for.")]
    message: Annotated[
        dict[str, Any],
        Field(description="What is signed, integers as decimal digits: amounts in minor units, rates in ppm."),
    ]


class Progress(Document):
    """Where a series is in its life now."""

    series: SeriesId
    state: State


class Issued(Progress):
    """A series that is issued."""

    units: Annotated[Amount, Field(description="Face value that was issued: what the originator was paid.")]


class Refunds(Document):
    """What the subscribers of a failed series got back."""

    series: SeriesId
    refunded: Annotated[Amount, Field(description="All that was paid back so far.")]
    left: Annotated[
        Amount, Field(description="Not paid back yet: receipts that are frozen, or whose holders are. Ask again later.")
    ]


class Released(Document):
    """Receivables of a failed series that can be sold again."""

    series: SeriesId
    released: Annotated[int, Field(description="How many, so far.")]


def _readable(service: Service, who: Principal, body: Founding) -> None:
    body.case()


@write(router, "/series", Access.ADMINISTRATOR, check=_readable)
def create_series(ledger: Ledger, key: str, body: Founding) -> Founded:
    """Found a series: make its contract, and sell its receivables to it.

    The files are checked before anything is accepted: what is wrong names file, line and field. Of one term sheet there
    is one series: the same again with the same parties finds it as it is.
    """
    case, given = body.case(), body.parties
    parties = issuance.Parties(given.originator, given.fee_recipient, given.unclaimed_to, given.valuation_agent)
    made = issuance.create(ledger, case, parties, cash=body.cash_token)
    issuance.register_pool(made, case.receivables)
    value = money(case.present_value.minor, made.currency)
    return Founded(series=made.slot, contract=made.spv.address, present_value=value)


@router.get("/series/{series}/valuation")
def get_valuation(
    service: Asked,
    series: InPath,
    who: Annotated[Principal, allow(*EVERYBODY)],
    present_value: Annotated[
        str,
        Query(
            alias="presentValue",
            max_length=30,
            description="What the pool is worth, in major units of the series' currency, as a decimal string.",
            examples=["428571428.68"],
        ),
    ],
) -> TypedData:
    """What the valuation agent signs for a present value."""
    with service.reading() as connection:
        spv = spv_of(connection, series)
    facts = service.catalogue.of(spv)
    minor = parsed(present_value, facts.currency, "presentValue")
    found = issuance.valuation(service.ledger, spv.address, facts.parties, facts.offering, minor)
    return TypedData(
        types={"EIP712Domain": _DOMAIN, **found["types"]},
        primary_type=found["primaryType"],
        domain={name: as_json(value) for name, value in found["domain"].items()},
        message={name: as_json(value) for name, value in found["message"].items()},
    )


def _attested(service: Service, who: Principal, series: int, body: Valuation) -> None:
    with service.reading() as connection:
        spv = spv_of(connection, series)
    body.present_value.positive(service.catalogue.of(spv).currency, "presentValue")


@write(router, "/series/{series}/offer", Access.ADMINISTRATOR, check=_attested)
def offer_series(ledger: Ledger, key: str, series: InPath, body: Valuation) -> Progress:
    """Open the offering on an attested present value; the size is at most the advance rate times that."""
    found = Series.load(ledger, series)
    value, signature = body.present_value.minor(found.currency, "presentValue"), bytes.fromhex(body.signature[2:])
    issuance.offer(found, value, signature, key=key)
    return _progress(found)


@write(router, "/series/{series}/activate", Access.ADMINISTRATOR, check=known)
def activate_series(ledger: Ledger, key: str, series: InPath) -> Issued:
    """Issue: pay the proceeds to the originator and let the receipts move."""
    found = Series.load(ledger, series)
    units = issuance.activate(found)
    return Issued(units=money(units, found.currency), **dict(_progress(found)))


@write(router, "/series/{series}/cancel", Access.ADMINISTRATOR, check=known)
def cancel_series(ledger: Ledger, key: str, series: InPath) -> Progress:
    """Give up before the issue: the series has failed, and subscribers can be refunded."""
    found = Series.load(ledger, series)
    issuance.cancel(found)
    return _progress(found)


@write(router, "/series/{series}/fail", Access.SERVICER, check=known)
def fail_series(ledger: Ledger, key: str, series: InPath) -> Progress:
    """Declare failed what missed its soft cap, or was not issued before its first record day."""
    found = Series.load(ledger, series)
    issuance.fail(found)
    return _progress(found)


@write(router, "/series/{series}/refunds", Access.SERVICER, check=known)
def refund_series(ledger: Ledger, key: str, series: InPath) -> Refunds:
    """Pay all subscribers of a failed series back at par, and destroy their receipts."""
    found = Series.load(ledger, series)
    issuance.refund_all(found, key=key)
    with ledger.reading() as connection:
        back = sum(one.units for one in reading.refunds(connection, found.spv.address))
        left = reading.sold(connection, found.spv.address)
    return Refunds(series=series, refunded=money(back, found.currency), left=money(left, found.currency))


@write(router, "/series/{series}/pool/release", Access.SERVICER, check=known)
def release_pool(ledger: Ledger, key: str, series: InPath) -> Released:
    """Let the receivables of a failed series be sold to another one."""
    found = Series.load(ledger, series)
    issuance.release(found, key=key)
    with ledger.reading() as connection:
        return Released(series=series, released=len(reading.released(connection, found.spv.address)))


def _progress(found: Series) -> Progress:
    return Progress(series=found.slot, state=found.state())


_DOMAIN = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
]
