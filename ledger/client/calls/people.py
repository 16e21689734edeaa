"""What is asked for under `people`.

Made by scripts/make_client.py from the document of the HTTP API: change that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.client.calling import Caller, Day, Id, Moment, Request, Write, path, write

if TYPE_CHECKING:
    from ledger.client.types import Attestation, Changed, Page, Person, Reason, RecoveryProposal, Rotation, ToSign

__all__ = ["PeopleCalls"]


class PeopleCalls(Caller):
    """What is asked for under `people`."""

    def list_people(
        self, *, wallet: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Page[Person]:
        """Persons in the order of their numbers: oneself; operators and auditors see all."""
        return self._json(
            Request("people", "GET", "/v1/people", query={"wallet": wallet, "limit": limit, "cursor": cursor})
        )

    def get_person(self, person: Id) -> Person:
        """One person: oneself; operators and auditors see all."""
        return self._json(Request("people", "GET", path("/v1/people/{person}", person)))

    def get_rotation_to_sign(self, person: Id, *, wallet: str, deadline: Moment | None = None) -> ToSign:
        """What the present and the new wallet sign to move a person; for a recovery, the new one alone."""
        return self._json(
            Request(
                "people",
                "GET",
                path("/v1/people/{person}/wallet/typed-data", person),
                query={"wallet": wallet, "deadline": deadline},
            )
        )

    @write
    def rotate_wallet(self, person: Id, body: Rotation, *, idempotency_key: str | None = None) -> Write[Changed]:
        """Give a person another wallet, as both wallets have signed; the ledger sends it.

        Vouchers follow with the next claim. Until then the old wallet can spend them: claim at once.
        """
        return Write(
            "people", "POST", path("/v1/people/{person}/wallet", person), body=body, idempotency_key=idempotency_key
        )

    @write
    def propose_recovery(
        self, person: Id, body: RecoveryProposal, *, idempotency_key: str | None = None
    ) -> Write[Changed]:
        """Propose, as the university, a wallet for a person who lost theirs; the new wallet has signed.

        It can be theirs after the delay of the contract, unless the present wallet is against it.
        """
        return Write(
            "people", "POST", path("/v1/people/{person}/recovery", person), body=body, idempotency_key=idempotency_key
        )

    @write
    def finish_recovery(self, person: Id, *, idempotency_key: str | None = None) -> Write[Changed]:
        """Give a person the proposed wallet, when the delay is over. Anybody may ask for it."""
        return Write(
            "people", "POST", path("/v1/people/{person}/recovery/finish", person), idempotency_key=idempotency_key
        )

    def get_attestation_to_sign(
        self, person: Id, *, programme: Id, day: Day, university: str, deadline: Moment | None = None
    ) -> ToSign:
        """What a university and the person's wallet sign, both the same, when the person has graduated."""
        return self._json(
            Request(
                "people",
                "GET",
                path("/v1/people/{person}/graduation/typed-data", person),
                query={"programme": programme, "day": day, "university": university, "deadline": deadline},
            )
        )

    @write
    def attest_graduation(self, person: Id, body: Attestation, *, idempotency_key: str | None = None) -> Write[Changed]:
        """Make a person a graduate, by the signatures of university and person; the ledger sends it.

        A person claims from one programme, for good once something was claimed.
        """
        return Write(
            "people", "POST", path("/v1/people/{person}/graduation", person), body=body, idempotency_key=idempotency_key
        )

    @write
    def revoke_graduation(self, person: Id, body: Reason, *, idempotency_key: str | None = None) -> Write[Changed]:
        """Take back, as the university, what it attested, before anything was claimed by it."""
        return Write(
            "people",
            "POST",
            path("/v1/people/{person}/graduation/revoke", person),
            body=body,
            idempotency_key=idempotency_key,
        )

    @write
    def annul_graduation(self, person: Id, body: Reason, *, idempotency_key: str | None = None) -> Write[Changed]:
        """Take back what a former university attested, before anything was claimed by it."""
        return Write(
            "people",
            "POST",
            path("/v1/people/{person}/graduation/annul", person),
            body=body,
            idempotency_key=idempotency_key,
        )
