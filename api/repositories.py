"""Repositories, what was appended to their logs, and who their contributors are."""

from __future__ import annotations

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
from api.values import Address, Commit, Count, Document, Hash, Moment, Path32, PersonId, RepositoryId, Signature, raw
from ledger.services import agreements, contributions, reading
from ledger.services.access import Principal
from ledger.services.acting import relayer
from ledger.services.ledger import Ledger

__all__ = ["Batch", "repository_of", "router", "shown_batch"]

router = routes_of("contributions")

InPath = Annotated[RepositoryId, Path()]
Size = Annotated[Count, Field(description="Entries of the log.", examples=["48210"])]
AsOf = Annotated[
    Count, Field(description="The block up to which lines of other repositories were left out.", examples=["1042"])
]
Contributor = Annotated[Hash, Field(description="A contributor, as the repository's log knows them.")]
Evidence = Annotated[Hash, Field(description="The hash of what the maintainer checked.")]


class Batch(Document):
    """What one append changed: the log as it was from there on."""

    repository: RepositoryId
    number: Annotated[Count, Field(description="How many came before it.", examples=["3"])]
    size: Size
    root: Annotated[Hash, Field(description="The root of the tree of all entries (RFC 9162 with keccak-256).")]
    commit: Commit
    as_of: AsOf
    signer: Annotated[Address, Field(description="Who appended it: the maintainer, or one of their writers.")]
    block: Annotated[str, Field(description="Its block.", examples=["1042"])]


class Repository(Document):
    """A repository, and its log as it is now."""

    id: RepositoryId
    name: Annotated[str, Field(description="As whoever registered it named it.", examples=["example/repo"])]
    maintainer: Annotated[Address, Field(description="Who appends to its log, now.")]
    genesis: Annotated[Commit, Field(description="The first commit of its history.")]
    rule: Annotated[str, Field(description="The number of the rules that lines are attributed by.", examples=["1"])]
    policy_hash: Annotated[Hash, Field(description="Keccak-256 of the policy that was published with it.")]
    head: Annotated[Batch | None, Field(description="The newest batch; null while there is none.")]


class Append(Document):
    """A batch, with its writer's signature."""

    number: Annotated[Count, Field(description="How many came before it.", examples=["3"])]
    size: Size
    root: Annotated[Hash, Field(description="The root of the tree of all entries, the new ones included.")]
    commit: Annotated[Commit, Field(description="Up to which commit the repository was read.")]
    as_of: AsOf = 0
    proof: Annotated[Path32, Field(description="That the new tree begins with the present one (RFC 9162, 2.1.4).")]
    signer: Annotated[Address, Field(description="The maintainer, or one of their writers.")]
    signature: Signature


class Appended(Document):
    """A log that went on."""

    repository: RepositoryId
    number: Count
    size: Size


class Binding(Document):
    """A contributor of a repository is a person."""

    repository: RepositoryId
    contributor: Contributor
    person: PersonId
    wallet: Annotated[Address, Field(description="The wallet that the person had then.")]
    evidence: Evidence
    block: Annotated[str, Field(description="Since which block.", examples=["1042"])]


class Bind(Document):
    """A contributor and a wallet, with the signatures of both sides."""

    contributor: Contributor
    wallet: Address
    evidence: Evidence
    deadline: Moment
    wallet_signature: Signature
    maintainer: Annotated[Address, Field(description="Who signed for the repository: its maintainer, or a writer.")]
    maintainer_signature: Signature


class Bound(Document):
    """Who a contributor is."""

    repository: RepositoryId
    contributor: Contributor
    person: PersonId


def repository_of(connection: Connection, number: int) -> reading.Repository:
    """A repository. Raises the problem that there is none."""
    found = reading.repositories(connection, repo=number)
    if not found:
        raise Problem(Kind.NOT_FOUND, f"there is no repository {number}")
    return found[0]


@router.get("/repositories")
def list_repositories(
    service: Asked, who: Annotated[Principal, allow(*EVERYBODY)], limit: Limit = 50, cursor: Cursor = None
) -> Page[Repository]:
    """All repositories, in the order in which they were registered. Anybody can register anything: look at whose."""
    after = read_cursor(cursor, [int, int], "repositories")
    with service.reading() as connection:
        found = reading.repositories(connection, after=after, limit=limit + 1)
        return page_of(found, limit, lambda one: one.at, lambda one: _shown(connection, one), "repositories")


@router.get("/repositories/{repository}")
def get_repository(service: Asked, repository: InPath, who: Annotated[Principal, allow(*EVERYBODY)]) -> Repository:
    """One repository, and its log as it is now."""
    with service.reading() as connection:
        return _shown(connection, repository_of(connection, repository))


@router.get("/repositories/{repository}/batches")
def list_batches(
    service: Asked,
    repository: InPath,
    who: Annotated[Principal, allow(*EVERYBODY)],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Batch]:
    """All that was appended to a repository's log, the oldest first."""
    after = read_cursor(cursor, [int, int], "batches", repository)
    with service.reading() as connection:
        repository_of(connection, repository)
        found = reading.batches(connection, repo=repository, after=after, limit=limit + 1)
    return page_of(found, limit, lambda one: one.at, shown_batch, "batches", repository)


@router.get("/repositories/{repository}/batches/typed-data")
def get_batch_to_sign(
    service: Asked,
    repository: InPath,
    who: Annotated[Principal, allow(*EVERYBODY)],
    size: Annotated[Size, Query()],
    root: Annotated[Hash, Query()],
    commit: Annotated[Commit, Query()],
    as_of: Annotated[AsOf, Query(alias="asOf")] = 0,
) -> ToSign:
    """What a repository's maintainer or writer signs, to append the next batch."""
    with service.reading() as connection:
        repository_of(connection, repository)
        last = reading.last_batch(connection, repository)
    number = last.number + 1 if last else 0
    batch = contributions.Batch(repository, number, size, raw(root), commit, as_of)
    return to_sign(batch.to_sign(service.ledger))


@write(router, "/repositories/{repository}/batches", *SENDERS)
def append_batch(ledger: Ledger, key: str, repository: InPath, body: Append) -> Appended:
    """Append a batch to a repository's log, as its maintainer or a writer has signed it; the ledger sends it."""
    batch = contributions.Batch(repository, body.number, body.size, raw(body.root), body.commit, body.as_of)
    proof = [raw(one) for one in body.proof]
    contributions.append(ledger, batch, proof, body.signer, raw(body.signature), relayer(ledger), key=key)
    return Appended(repository=repository, number=body.number, size=body.size)


@router.get("/repositories/{repository}/bindings")
def list_bindings(
    service: Asked,
    repository: InPath,
    who: Annotated[Principal, allow(*EVERYBODY)],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Binding]:
    """The contributors of a repository whose persons are known: one's own; operators and auditors see those of all."""
    with service.reading() as connection:
        repository_of(connection, repository)
        person = None if who.may(*OVERSIGHT) else reading.person_of(connection, who.wallet or "") or 0
        after = read_cursor(cursor, [int, int], "bindings", repository, person)
        found = reading.bindings(connection, repo=repository, person=person, after=after, limit=limit + 1)
    return page_of(found, limit, lambda one: one.at, _shown_binding, "bindings", repository, person)


@router.get("/repositories/{repository}/bindings/typed-data")
def get_binding_to_sign(
    service: Asked,
    repository: InPath,
    who: Annotated[Principal, allow(*EVERYBODY)],
    contributor: Annotated[Contributor, Query()],
    wallet: Annotated[Address, Query()],
    evidence: Annotated[Evidence, Query()],
    deadline: Deadline = None,
) -> ToSign:
    """What a contributor's wallet and the repository's maintainer sign, both the same."""
    with service.reading() as connection:
        repository_of(connection, repository)
        until = deadline_of(connection, deadline)
    binding = agreements.Binding(repository, raw(contributor), wallet, raw(evidence), until)
    return to_sign(binding.to_sign(service.ledger), until)


@write(router, "/repositories/{repository}/bindings", *SENDERS)
def bind_contributor(ledger: Ledger, key: str, repository: InPath, body: Bind) -> Bound:
    """Bind a contributor to the person who has a wallet, for good; both sides have signed it, and the ledger sends it.

    The maintainer's signature says that they have checked the evidence.
    """
    until = int(body.deadline.timestamp())
    binding = agreements.Binding(repository, raw(body.contributor), body.wallet, raw(body.evidence), until)
    signatures = raw(body.wallet_signature), body.maintainer, raw(body.maintainer_signature)
    person = agreements.bind(ledger, binding, *signatures, relayer(ledger), key=key)
    return Bound(repository=repository, contributor=body.contributor, person=person)


def shown_batch(one: reading.Batch) -> Batch:
    """A batch as it is answered."""
    return Batch(
        repository=one.repo,
        number=one.number,
        size=one.size,
        root=f"0x{one.root.hex()}",
        commit=contributions.commit_of(one.head),
        as_of=one.as_of,
        signer=one.signer,
        block=str(one.at[0]),
    )


def _shown(connection: Connection, one: reading.Repository) -> Repository:
    last = reading.last_batch(connection, one.repo)
    return Repository(
        id=one.repo,
        name=one.name,
        maintainer=reading.maintainer(connection, one.repo) or one.maintainer,
        genesis=contributions.commit_of(one.genesis),
        rule=str(one.rule),
        policy_hash=f"0x{one.policy_hash.hex()}",
        head=None if last is None else shown_batch(last),
    )


def _shown_binding(one: reading.Binding) -> Binding:
    return Binding(
        repository=one.repo,
        contributor=f"0x{one.contributor.hex()}",
        person=one.person,
        wallet=one.wallet,
        evidence=f"0x{one.evidence.hex()}",
        block=str(one.at[0]),
    )
