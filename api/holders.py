"""What holders are to compliance, and who may hold what. Their receipts, payments and subscriptions are in the lists of
these, by holder."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from pydantic import Field

from api.commands import write
from api.problems import Kind, Problem
from api.requests import routes_of
from api.security import EVERYBODY, OVERSIGHT, allow
from api.series import spv_of
from api.series_shown import classes_of, jurisdictions_of
from api.service import Asked
from api.values import Address, Document, Jurisdiction, Moment, Reason, SeriesId, moment
from ledger.domain.investors import InvestorClass
from ledger.services import eligibility, reading
from ledger.services.access import Access, Principal
from ledger.services.ledger import Ledger

__all__ = ["router"]

router = routes_of("holders")

InPath = Annotated[Address, Path()]


class GivenStanding(Document):
    """What an investor is to compliance."""

    investor_class: Annotated[InvestorClass, Field(description="Which kind of investor.")]
    jurisdiction: Jurisdiction
    valid_until: Annotated[Moment, Field(description="Up to and including this second; to be renewed before.")]


class Standing(Document):
    """What an investor is to compliance, as the chain has it."""

    holder: Address
    classes: Annotated[list[InvestorClass], Field(description="Kinds of investors that it counts as.")]
    jurisdictions: Annotated[list[str], Field(description="Jurisdictions, by ISO 3166-1.", examples=[["CN"]])]
    valid_until: Annotated[Moment | None, Field(description="Up to and including then; null if nothing was ever set.")]
    frozen: Annotated[bool, Field(description="Whether it neither sends, nor receives, nor is paid.")]
    reason: Annotated[str | None, Field(description="Why it was frozen, or released; null if it never was.")]


class FrozenHolder(Document):
    """A holder who is frozen, or released."""

    holder: Address
    frozen: bool


class Eligibility(Document):
    """Whether somebody may receive receipts of a series."""

    holder: Address
    series: SeriesId
    eligible: Annotated[bool, Field(description="As of the newest block that the index has.")]


@router.get("/holders/{holder}/standing")
def get_standing(service: Asked, holder: InPath, who: Annotated[Principal, allow(*EVERYBODY)]) -> Standing:
    """What somebody is to compliance: oneself; operators and auditors see all."""
    _see(who, holder)
    with service.reading() as connection:
        found, frozen = reading.standing(connection, holder), reading.holder_freeze(connection, holder)
    if found is None and frozen is None:
        raise Problem(Kind.NOT_FOUND, f"nothing is known of {holder}")
    return Standing(
        holder=holder,
        classes=classes_of(found.classes if found else 0),
        jurisdictions=jurisdictions_of(found.jurisdictions if found else 0),
        valid_until=moment(found.valid_until) if found else None,
        frozen=frozen is not None and frozen.frozen,
        reason=frozen.reason if frozen else None,
    )


@router.get("/holders/{holder}/eligibility")
def get_eligibility(
    service: Asked,
    holder: InPath,
    who: Annotated[Principal, allow(*EVERYBODY)],
    series: Annotated[SeriesId, Query()],
) -> Eligibility:
    """Whether somebody may receive receipts of a series: oneself; operators and auditors see all."""
    _see(who, holder)
    with service.reading() as connection:
        spv, tip = spv_of(connection, series), reading.tip(connection)
        at = tip.timestamp if tip else 0
        eligible = reading.is_eligible(connection, holder, spv.slot, at)
    return Eligibility(holder=holder, series=series, eligible=eligible)


@write(router, "/holders/{holder}/standing", Access.COMPLIANCE, method="PUT")
def set_standing(ledger: Ledger, key: str, holder: InPath, body: GivenStanding) -> GivenStanding:
    """Register what an investor is to compliance. It takes the place of what was registered before."""
    eligibility.set_standing(ledger, holder, body.investor_class, body.jurisdiction, body.valid_until, key=key)
    return body


@write(router, "/holders/{holder}/freeze", Access.COMPLIANCE)
def freeze_holder(ledger: Ledger, key: str, holder: InPath, body: Reason) -> FrozenHolder:
    """Freeze a holder, who neither sends, nor receives, nor is paid until the release."""
    eligibility.freeze_holder(ledger, holder, frozen=True, reason=body.reason, key=key)
    return FrozenHolder(holder=holder, frozen=True)


@write(router, "/holders/{holder}/release", Access.COMPLIANCE)
def release_holder(ledger: Ledger, key: str, holder: InPath, body: Reason) -> FrozenHolder:
    """Release a frozen holder."""
    eligibility.freeze_holder(ledger, holder, frozen=False, reason=body.reason, key=key)
    return FrozenHolder(holder=holder, frozen=False)


def _see(who: Principal, holder: str) -> None:
    """Raises the problem that there is no such holder, for who may not see it."""
    if not who.may(*OVERSIGHT) and who.wallet != holder:
        raise Problem(Kind.NOT_FOUND, f"nothing is known of {holder}")
