"""Persons: their wallets, what they are the contributors of, and whether they graduated."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import Path, Query
from pydantic import Field
from sqlalchemy import Connection

from api.commands import write
from api.paging import Cursor, Limit, Page, page_of, read_cursor
from api.problems import Kind, Problem
from api.requests import routes_of
from api.security import EVERYBODY, OVERSIGHT, SENDERS, allow
from api.service import Asked
from api.typed import Deadline, ToSign, deadline_of, to_sign
from api.values import (
    Address,
    Document,
    Hash,
    Moment,
    PersonId,
    ProgrammeId,
    Reason,
    RepositoryId,
    Signature,
    moment,
    raw,
)
from ledger.domain.daycount import date_of, day_number
from ledger.services import agreements, reading
from ledger.services.access import Access, Principal
from ledger.services.acting import relayer
from ledger.services.ledger import Ledger
from ledger.services.roles import Role

__all__ = ["router"]

router = routes_of("people")

InPath = Annotated[PersonId, Path()]
Day = Annotated[date, Field(description="Of graduation.", examples=["2026-06-30"])]
University = Annotated[Address, Field(description="Whose word it is.")]


class Contributor(Document):
    """What somebody is known as in a repository's log."""

    repository: RepositoryId
    contributor: Annotated[Hash, Field(description="A contributor, as the repository's log knows them.")]


class Graduation(Document):
    """A university's word that somebody graduated, to which they agreed."""

    programme: Annotated[ProgrammeId, Field(description="What they claim from.")]
    university: University
    day: Day


class Recovery(Document):
    """A wallet that a university wants to give to somebody who lost theirs."""

    wallet: Address
    ready_at: Annotated[datetime, Field(description="From when on it can be theirs, unless the present one vetoes.")]
    university: University


class Person(Document):
    """A person: one wallet at a time, and any number of contributors."""

    id: PersonId
    wallet: Annotated[Address, Field(description="The present one.")]
    past_wallets: Annotated[list[Address], Field(description="Those before it, the oldest first.")]
    contributors: Annotated[list[Contributor], Field(description="What they are known as, in the order of binding.")]
    graduation: Annotated[Graduation | None, Field(description="Null before graduation.")]
    recovery: Annotated[Recovery | None, Field(description="Null when nothing is proposed.")]


class Rotation(Document):
    """Another wallet for a person, with the signatures of both wallets."""

    wallet: Annotated[Address, Field(description="The new one, which nobody had before.")]
    deadline: Moment
    old_signature: Signature
    new_signature: Signature


class RecoveryProposal(Document):
    """Another wallet for a person who lost theirs, with the signature of the new one."""

    wallet: Annotated[Address, Field(description="The new one, which nobody had before.")]
    deadline: Moment
    signature: Signature


class Attestation(Document):
    """A graduation, with the signatures of university and person."""

    programme: ProgrammeId
    day: Day
    wallet: Annotated[Address, Field(description="The person's, which agrees.")]
    university: University
    deadline: Moment
    signature: Annotated[Signature, Field(description="The university's.")]
    consent: Annotated[Signature, Field(description="The wallet's, over the same.")]


class Changed(Document):
    """A person whose record changed."""

    person: PersonId


def _wallets(connection: Connection, who: Principal, person: int) -> list[str]:
    """A person's wallets, the present one last. Raises the problem that there is nobody whom one may see."""
    found = reading.wallets(connection, person)
    if not found or not (who.may(*OVERSIGHT) or found[-1] == who.wallet):
        raise Problem(Kind.NOT_FOUND, f"there is no person {person}")
    return found


@router.get("/people")
def list_people(
    service: Asked,
    who: Annotated[Principal, allow(*EVERYBODY)],
    wallet: Annotated[Address | None, Query(description="Whose present wallet it is.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Person]:
    """Persons in the order of their numbers: oneself; operators and auditors see all."""
    of = wallet if who.may(*OVERSIGHT) else who.wallet
    if wallet is not None and wallet != of:
        raise Problem(Kind.FORBIDDEN, "holders see themselves only")
    after = read_cursor(cursor, [int], "people", of)
    with service.reading() as connection:
        if of is None:
            found = reading.people(connection, after=after[0] if after else 0, limit=limit + 1)
        else:
            found = [one for one in [reading.person_of(connection, of)] if one is not None and after is None]
        return page_of(found, limit, lambda one: [one], lambda one: _shown(connection, one), "people", of)


@router.get("/people/{person}")
def get_person(service: Asked, person: InPath, who: Annotated[Principal, allow(*EVERYBODY)]) -> Person:
    """One person: oneself; operators and auditors see all."""
    with service.reading() as connection:
        _wallets(connection, who, person)
        return _shown(connection, person)


@router.get("/people/{person}/wallet/typed-data")
def get_rotation_to_sign(
    service: Asked,
    person: InPath,
    who: Annotated[Principal, allow(*EVERYBODY)],
    wallet: Annotated[Address, Query(description="The new one.")],
    deadline: Deadline = None,
) -> ToSign:
    """What the present and the new wallet sign to move a person; for a recovery, the new one alone."""
    with service.reading() as connection:
        known = _wallets(connection, who, person)
        until = deadline_of(connection, deadline)
    rotation = agreements.Rotation(person, known[-1], wallet, len(known) - 1, until)
    return to_sign(rotation.to_sign(service.ledger), until)


@write(router, "/people/{person}/wallet", *SENDERS)
def rotate_wallet(ledger: Ledger, key: str, person: InPath, body: Rotation) -> Changed:
    """Give a person another wallet, as both wallets have signed; the ledger sends it.

    Vouchers follow with the next claim. Until then the old wallet can spend them: claim at once.
    """
    signatures = raw(body.old_signature), raw(body.new_signature)
    until = int(body.deadline.timestamp())
    agreements.rotate(ledger, person, body.wallet, until, *signatures, relayer(ledger), key=key)
    return Changed(person=person)


@write(router, "/people/{person}/recovery", Access.UNIVERSITY)
def propose_recovery(ledger: Ledger, key: str, person: InPath, body: RecoveryProposal) -> Changed:
    """Propose, as the university, a wallet for a person who lost theirs; the new wallet has signed.

    It can be theirs after the delay of the contract, unless the present wallet is against it.
    """
    until, university = int(body.deadline.timestamp()), ledger.account(Role.UNIVERSITY)
    agreements.propose_recovery(ledger, person, body.wallet, until, raw(body.signature), university, key=key)
    return Changed(person=person)


@write(router, "/people/{person}/recovery/finish", *SENDERS)
def finish_recovery(ledger: Ledger, key: str, person: InPath) -> Changed:
    """Give a person the proposed wallet, when the delay is over. Anybody may ask for it."""
    agreements.finish_recovery(ledger, person, relayer(ledger), key=key)
    return Changed(person=person)


@router.get("/people/{person}/graduation/typed-data")
def get_attestation_to_sign(
    service: Asked,
    person: InPath,
    who: Annotated[Principal, allow(*EVERYBODY)],
    programme: Annotated[ProgrammeId, Query()],
    day: Annotated[Day, Query()],
    university: Annotated[Address, Query()],
    deadline: Deadline = None,
) -> ToSign:
    """What a university and the person's wallet sign, both the same, when the person has graduated."""
    with service.reading() as connection:
        wallet = _wallets(connection, who, person)[-1]
        until = deadline_of(connection, deadline)
    attestation = agreements.Attestation(person, wallet, programme, day_number(day), until, university)
    return to_sign(attestation.to_sign(service.ledger), until)


@write(router, "/people/{person}/graduation", *SENDERS)
def attest_graduation(ledger: Ledger, key: str, person: InPath, body: Attestation) -> Changed:
    """Make a person a graduate, by the signatures of university and person; the ledger sends it.

    A person claims from one programme, for good once something was claimed.
    """
    until = int(body.deadline.timestamp())
    message = person, body.wallet, body.programme, day_number(body.day), until, body.university
    signatures = raw(body.signature), raw(body.consent)
    agreements.graduate(ledger, agreements.Attestation(*message), *signatures, relayer(ledger), key=key)
    return Changed(person=person)


@write(router, "/people/{person}/graduation/revoke", Access.UNIVERSITY)
def revoke_graduation(ledger: Ledger, key: str, person: InPath, body: Reason) -> Changed:
    """Take back, as the university, what it attested, before anything was claimed by it."""
    agreements.revoke_attestation(ledger, person, ledger.account(Role.UNIVERSITY), body.reason, key=key)
    return Changed(person=person)


@write(router, "/people/{person}/graduation/annul", Access.GUARDIAN)
def annul_graduation(ledger: Ledger, key: str, person: InPath, body: Reason) -> Changed:
    """Take back what a former university attested, before anything was claimed by it."""
    agreements.annul_attestation(ledger, person, body.reason, key=key)
    return Changed(person=person)


def _shown(connection: Connection, number: int) -> Person:
    wallets, recovery = reading.wallets(connection, number), reading.recovery(connection, number)
    said = reading.graduations(connection, person=number)
    last = said[-1] if said else None
    return Person(
        id=number,
        wallet=wallets[-1],
        past_wallets=wallets[:-1],
        contributors=[
            Contributor(repository=one.repo, contributor=f"0x{one.contributor.hex()}")
            for one in reading.bindings(connection, person=number)
        ],
        graduation=None
        if last is None or last.day is None
        else Graduation(programme=last.programme, university=last.university, day=date_of(last.day)),
        recovery=None
        if recovery is None
        else Recovery(wallet=recovery.wallet, ready_at=moment(recovery.ready_from), university=recovery.university),
    )
