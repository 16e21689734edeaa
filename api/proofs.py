"""Checking proofs of contributions."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Literal

from pydantic import Field

from api.repositories import Batch, shown_batch
from api.requests import routes_of
from api.security import EVERYBODY, allow
from api.service import Asked, Service
from api.values import Commit, Count, Document, Hash, Path32, RepositoryId, raw
from ledger.errors import InputError
from ledger.services import proofs
from ledger.services.access import Principal

__all__ = ["Entry", "router"]

router = routes_of("contributions")

Size = Annotated[Count, Field(description="Entries of the log that the proof is for.", examples=["48210"])]


class Entry(Document):
    """A part of a line that somebody wrote."""

    line: Annotated[Hash, Field(description="The hash of the normalised line.")]
    contributor: Annotated[Hash, Field(description="Who wrote it, as the repository's log knows them.")]
    commit: Commit
    start: Annotated[int, Field(alias="from", ge=0, le=999, description="The first thousandth of the line.")]
    share: Annotated[int, Field(ge=1, le=1000, description="How many thousandths of the line.", examples=[1000])]

    def given(self) -> proofs.Entry:
        """As the log has it."""
        return proofs.Entry(raw(self.line), raw(self.contributor), self.commit, self.start, self.share)


class InclusionProof(Document):
    """That an entry is in a log (RFC 9162, 2.1.3)."""

    kind: Annotated[Literal["inclusion"], Field(description="What is proved, and how.")]
    repository: RepositoryId
    size: Size
    index: Annotated[Count, Field(description="The number of the entry, from 0.", examples=["17"])]
    entry: Entry
    path: Path32


class ConsistencyProof(Document):
    """That a log begins with what it was before (RFC 9162, 2.1.4)."""

    kind: Annotated[Literal["consistency"], Field(description="What is proved, and how.")]
    repository: RepositoryId
    old_size: Size
    size: Size
    path: Path32


class ProofFile(Document):
    """A proof that an entry is in a log, in a file as `crt contrib prove` writes it."""

    kind: Annotated[Literal["file"], Field(description="What is proved, and how.")]
    content: Annotated[str, Field(max_length=4_000, description="Its bytes in base64.", examples=["Q1IB"])]


class Verdict(Document):
    """Whether a proof holds."""

    holds: Annotated[bool, Field(description="Whether the log on chain is as the proof says.")]
    batch: Annotated[Batch | None, Field(description="The log that it holds for; null if it does not hold.")]
    why: Annotated[str | None, Field(description="Why it does not hold; null if it does.")]


Asked_ = Annotated[InclusionProof | ConsistencyProof | ProofFile, Field(discriminator="kind")]


@router.post("/proofs/verify")
def verify_proof(service: Asked, who: Annotated[Principal, allow(*EVERYBODY)], body: Asked_) -> Verdict:
    """Check a proof against a repository's log, as the chain has it. Nothing is changed, and no key is needed.

    Proofs are made by whoever has the log's entries: its maintainer publishes them.
    """
    with service.reading() as connection:
        if isinstance(body, ConsistencyProof):
            path = [raw(one) for one in body.path]
            found = proofs.continues(connection, body.repository, body.old_size, body.size, path)
        else:
            proof = _read(service, body) if isinstance(body, ProofFile) else _made(service, body)
            found = proof if isinstance(proof, proofs.Verdict) else proofs.includes(connection, proof)
    return Verdict(
        holds=found.batch is not None,
        batch=None if found.batch is None else shown_batch(found.batch),
        why=found.why,
    )


def _read(service: Service, body: ProofFile) -> proofs.Proof | proofs.Verdict:
    return proofs.read(service.ledger, _bytes(body.content))


def _made(service: Service, body: InclusionProof) -> proofs.Proof:
    path = [raw(step) for step in body.path]
    return proofs.made(service.ledger, body.repository, body.size, body.index, body.entry.given(), path)


def _bytes(content: str) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise InputError("not base64", field="content", expected="the proof's file in base64") from None
