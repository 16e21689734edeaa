"""Checking proofs against the logs as the index has them: that an entry is in a log, that a log continues another one.

The entries themselves are with the maintainers, and so is whatever makes a proof (``crt contrib prove``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from ledger.attribution.proof import Proof
from ledger.attribution.tree import EMPTY, verify_consistency
from ledger.chain.primitives import address_bytes
from ledger.services.contributions import commit_word
from ledger.services.ledger import Ledger
from ledger.store.index_people import Batch, batches

__all__ = ["Entry", "Proof", "Verdict", "continues", "includes", "made", "read"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A part of a line that somebody wrote: ``share`` thousandths from ``start`` on."""

    line: bytes
    contributor: bytes
    commit: str
    start: int
    share: int

    def values(self) -> tuple[bytes, bytes, bytes, int, int]:
        """As the contract takes it."""
        return self.line, self.contributor, commit_word(self.commit), self.start, self.share

    def data(self) -> bytes:
        """What the leaf's hash is over: 100 bytes."""
        numbers = self.start.to_bytes(2, "big") + self.share.to_bytes(2, "big")
        return self.line + self.contributor + commit_word(self.commit) + numbers


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a proof holds: with the batch whose root it leads to, or why it does not."""

    batch: Batch | None = None
    why: str | None = None


def read(ledger: Ledger, content: bytes) -> Proof | Verdict:
    """A proof's file, or why it cannot hold here. Raises InputError for what is none."""
    proof = Proof.unpack(content)
    if proof.chain_id != ledger.deployment.chain_id:
        return Verdict(why=f"it is of chain {proof.chain_id}, this is chain {ledger.deployment.chain_id}")
    if proof.contract != address_bytes(ledger.contributions.address):
        return Verdict(
            why=f"it is of contract 0x{proof.contract.hex()}, the logs are in {ledger.contributions.address}"
        )
    return proof


def made(ledger: Ledger, repo: int, size: int, index: int, entry: Entry, path: Sequence[bytes]) -> Proof:
    """A proof for a log of this ledger."""
    contract = address_bytes(ledger.contributions.address)
    return Proof(ledger.deployment.chain_id, contract, repo, size, index, entry.data(), tuple(path))


def includes(connection: Connection, proof: Proof) -> Verdict:
    """Whether an entry is in a repository's log, as the proof says."""
    batch = _batch(connection, proof.repo, proof.size)
    if batch is None:
        return Verdict(why=f"repository {proof.repo} never had a log of {proof.size:,} entries")
    return Verdict(batch) if proof.holds(batch.root) else Verdict(why="it leads to another root than that of the log")


def continues(connection: Connection, repo: int, old: int, new: int, proof: Sequence[bytes]) -> Verdict:
    """Whether a repository's log of ``new`` entries begins with that of ``old`` entries, as the proof says."""
    after, before = _batch(connection, repo, new), _batch(connection, repo, old)
    if after is None or (before is None and old):
        return Verdict(why=f"repository {repo} never had a log of {(old if after else new):,} entries")
    root = before.root if before else EMPTY
    holds = verify_consistency(old, root, new, after.root, proof)
    return Verdict(after) if holds else Verdict(why="it does not lead from the one root to the other")


def _batch(connection: Connection, repo: int, size: int) -> Batch | None:
    """The first one that left a log of so many entries; those that did have the same root."""
    return next(iter(batches(connection, repo=repo, size=size, limit=1)), None)
