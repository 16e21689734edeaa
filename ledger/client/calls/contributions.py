"""What is asked for under `contributions`.

Made by scripts/make_client.py from the document of the HTTP API: change that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.client.calling import Caller, Id, Moment, Request, Write, path, write

if TYPE_CHECKING:
    from ledger.client.types import (
        Append,
        Appended,
        Batch,
        Bind,
        Binding,
        Bound,
        ConsistencyProof,
        InclusionProof,
        Page,
        ProofFile,
        Repository,
        ToSign,
        Verdict,
    )

__all__ = ["ContributionsCalls"]


class ContributionsCalls(Caller):
    """What is asked for under `contributions`."""

    def list_repositories(self, *, limit: int | None = None, cursor: str | None = None) -> Page[Repository]:
        """All repositories, in the order in which they were registered. Anybody can register anything: look at
        whose.
        """
        return self._json(Request("contributions", "GET", "/v1/repositories", query={"limit": limit, "cursor": cursor}))

    def get_repository(self, repository: Id) -> Repository:
        """One repository, and its log as it is now."""
        return self._json(Request("contributions", "GET", path("/v1/repositories/{repository}", repository)))

    def list_batches(self, repository: Id, *, limit: int | None = None, cursor: str | None = None) -> Page[Batch]:
        """All that was appended to a repository's log, the oldest first."""
        return self._json(
            Request(
                "contributions",
                "GET",
                path("/v1/repositories/{repository}/batches", repository),
                query={"limit": limit, "cursor": cursor},
            )
        )

    @write
    def append_batch(self, repository: Id, body: Append, *, idempotency_key: str | None = None) -> Write[Appended]:
        """Append a batch to a repository's log, as its maintainer or a writer has signed it; the ledger sends it."""
        return Write(
            "contributions",
            "POST",
            path("/v1/repositories/{repository}/batches", repository),
            body=body,
            idempotency_key=idempotency_key,
        )

    def get_batch_to_sign(self, repository: Id, *, size: Id, root: str, commit: str, as_of: Id | None = None) -> ToSign:
        """What a repository's maintainer or writer signs, to append the next batch."""
        return self._json(
            Request(
                "contributions",
                "GET",
                path("/v1/repositories/{repository}/batches/typed-data", repository),
                query={"size": size, "root": root, "commit": commit, "asOf": as_of},
            )
        )

    def list_bindings(self, repository: Id, *, limit: int | None = None, cursor: str | None = None) -> Page[Binding]:
        """The contributors of a repository whose persons are known: one's own; operators and auditors see those of
        all.
        """
        return self._json(
            Request(
                "contributions",
                "GET",
                path("/v1/repositories/{repository}/bindings", repository),
                query={"limit": limit, "cursor": cursor},
            )
        )

    @write
    def bind_contributor(self, repository: Id, body: Bind, *, idempotency_key: str | None = None) -> Write[Bound]:
        """Bind a contributor to the person who has a wallet, for good; both sides have signed it, and the ledger
        sends it.

        The maintainer's signature says that they have checked the evidence.
        """
        return Write(
            "contributions",
            "POST",
            path("/v1/repositories/{repository}/bindings", repository),
            body=body,
            idempotency_key=idempotency_key,
        )

    def get_binding_to_sign(
        self, repository: Id, *, contributor: str, wallet: str, evidence: str, deadline: Moment | None = None
    ) -> ToSign:
        """What a contributor's wallet and the repository's maintainer sign, both the same."""
        return self._json(
            Request(
                "contributions",
                "GET",
                path("/v1/repositories/{repository}/bindings/typed-data", repository),
                query={"contributor": contributor, "wallet": wallet, "evidence": evidence, "deadline": deadline},
            )
        )

    def verify_proof(self, body: InclusionProof | ConsistencyProof | ProofFile) -> Verdict:
        """Check a proof against a repository's log, as the chain has it. Nothing is changed, and no key is needed.

        Proofs are made by whoever has the log's entries: its maintainer publishes them.
        """
        return self._json(Request("contributions", "POST", "/v1/proofs/verify", body=body))
