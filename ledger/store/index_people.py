"""Reading the index: repositories and their logs, who contributed, and who graduated.

Lists come in the order of the chain, and in pages as in :func:`ledger.store.paging.page`.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, select

from ledger.store import index_tables as tables
from ledger.store.paging import Place, newest, page

__all__ = [
    "Batch",
    "Binding",
    "Graduation",
    "Recovery",
    "Repository",
    "batches",
    "bindings",
    "graduations",
    "last_batch",
    "maintainer",
    "people",
    "person_of",
    "recovery",
    "repositories",
    "wallets",
]


class Repository(NamedTuple):
    """A repository as it was registered: by whom, and the first commit of its history, padded to 32 bytes."""

    at: Place
    repo: int
    maintainer: str
    genesis: bytes
    name: str
    rule: int
    policy_hash: bytes


class Batch(NamedTuple):
    """A repository's log as it was from here on: ``size`` entries, and the commit up to which it was read.

    ``as_of`` is the block up to which lines of other repositories were left out, ``signer`` who appended it.
    """

    at: Place
    repo: int
    number: int
    size: int
    root: bytes
    head: bytes
    as_of: int
    signer: str


class Binding(NamedTuple):
    """A contributor of a repository is a person, who had this wallet then; ``evidence`` is its hash."""

    at: Place
    person: int
    repo: int
    contributor: bytes
    wallet: str
    evidence: bytes


class Recovery(NamedTuple):
    """A wallet that a university wants to give to a person, from a second on (Unix time)."""

    at: Place
    person: int
    wallet: str
    ready_from: int
    university: str


class Graduation(NamedTuple):
    """A university's word that a person graduated, on a day counted from 1970; without a day, it was taken back."""

    at: Place
    person: int
    programme: int
    university: str
    day: int | None


def repositories(
    connection: Connection,
    *,
    repo: int | None = None,
    genesis: bytes | None = None,
    after: Place | None = None,
    limit: int | None = None,
) -> list[Repository]:
    """All repositories, that of a number, or those of a history."""
    return page(connection, tables.repositories, Repository, after, limit, repo=repo, genesis=genesis)


def maintainer(connection: Connection, repo: int) -> str | None:
    """Who maintains a repository now; None if there is none of this number."""
    given = newest(connection, tables.maintainers, lambda at, repo, account: account, repo=repo)
    return given or newest(connection, tables.repositories, lambda at, repo, account, *rest: account, repo=repo)


def batches(
    connection: Connection,
    *,
    repo: int | None = None,
    size: int | None = None,
    after: Place | None = None,
    limit: int | None = None,
) -> list[Batch]:
    """What was appended to a repository's log, or to all; of those that left a log of so many entries."""
    return page(connection, tables.batches, Batch, after, limit, repo=repo, size=size)


def last_batch(connection: Connection, repo: int) -> Batch | None:
    """The newest one; None if nothing was appended yet."""
    return newest(connection, tables.batches, Batch, repo=repo)


def bindings(
    connection: Connection,
    *,
    person: int | None = None,
    repo: int | None = None,
    after: Place | None = None,
    limit: int | None = None,
) -> list[Binding]:
    """The contributors that a person is, those of a repository that are bound, or all."""
    return page(connection, tables.bindings, Binding, after, limit, person=person, repo=repo)


def people(connection: Connection, *, after: int = 0, limit: int | None = None) -> list[int]:
    """The numbers of all persons."""
    person = tables.bindings.c.person
    asked = select(person).distinct().where(person > after).order_by(person).limit(limit)
    return list(connection.execute(asked).scalars())


def person_of(connection: Connection, wallet: str) -> int | None:
    """The person whose wallet this is now; None if it is nobody's."""
    number = newest(connection, tables.rotations, lambda at, person, *rest: person, wallet=wallet)
    if number is None:
        number = newest(connection, tables.bindings, lambda at, person, *rest: person, wallet=wallet)
    return number if number is not None and wallets(connection, number)[-1] == wallet else None


def recovery(connection: Connection, person: int) -> Recovery | None:
    """What is proposed for a person who lost their wallet; None when nothing is, or it is over."""
    found = newest(connection, tables.recoveries, Recovery, person=person)
    if found is None or found.university is None:
        return None
    moved = newest(connection, tables.rotations, lambda at, *rest: at, person=person)
    return found if moved is None or moved < found.at else None


def wallets(connection: Connection, person: int) -> list[str]:
    """The wallets that a person had and has, the present one last; none for a person who is not there."""
    changes = page(connection, tables.rotations, lambda at, person, before, wallet: (before, wallet), person=person)
    if changes:
        return [changes[0][0], *(wallet for _, wallet in changes)]
    return [one.wallet for one in bindings(connection, person=person, limit=1)]


def graduations(
    connection: Connection,
    *,
    person: int | None = None,
    programme: int | None = None,
    after: Place | None = None,
    limit: int | None = None,
) -> list[Graduation]:
    """What universities said of a person, or for a programme, or of all."""
    return page(connection, tables.graduations, Graduation, after, limit, person=person, programme=programme)
