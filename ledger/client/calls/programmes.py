"""What is asked for under `programmes`.

Made by scripts/make_client.py from the document of the HTTP API: change that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.client.calling import Caller, Id, Request, Write, path, write

if TYPE_CHECKING:
    from ledger.client.types import (
        Accept,
        Accepted,
        ClaimsFault,
        DroppedFault,
        ElsewhereFault,
        Fund,
        Funded,
        Gone,
        LogFault,
        MissingFault,
        OpenedProgramme,
        OrderFault,
        Page,
        Programme,
        ProgrammeNow,
        ProgrammeTerms,
        Propose,
        Proposed,
        Provider,
        Reason,
        Revoke,
        Revoked,
        Root,
        RunningFault,
        TotalFault,
    )

__all__ = ["ProgrammesCalls"]


class ProgrammesCalls(Caller):
    """What is asked for under `programmes`."""

    def list_programmes(self, *, limit: int | None = None, cursor: str | None = None) -> Page[Programme]:
        """All programmes, in the order in which they were opened."""
        return self._json(Request("programmes", "GET", "/v1/programmes", query={"limit": limit, "cursor": cursor}))

    @write
    def open_programme(self, body: ProgrammeTerms, *, idempotency_key: str | None = None) -> Write[OpenedProgramme]:
        """Open a programme, as the district."""
        return Write("programmes", "POST", "/v1/programmes", body=body, idempotency_key=idempotency_key)

    def get_programme(self, programme: Id) -> ProgrammeNow:
        """One programme, and its budget."""
        return self._json(Request("programmes", "GET", path("/v1/programmes/{programme}", programme)))

    @write
    def fund_programme(self, programme: Id, body: Fund, *, idempotency_key: str | None = None) -> Write[Funded]:
        """Pay cash of the district's into a programme's budget."""
        return Write(
            "programmes",
            "POST",
            path("/v1/programmes/{programme}/fundings", programme),
            body=body,
            idempotency_key=idempotency_key,
        )

    @write
    def close_programme(self, programme: Id, *, idempotency_key: str | None = None) -> Write[Funded]:
        """Return what was not spent to the issuer, when the programme has expired. Anybody may ask for it."""
        return Write(
            "programmes", "POST", path("/v1/programmes/{programme}/close", programme), idempotency_key=idempotency_key
        )

    @write
    def revoke_vouchers(self, programme: Id, body: Revoke, *, idempotency_key: str | None = None) -> Write[Revoked]:
        """Take vouchers back, as the district that opened the programme, for a reason that is published."""
        return Write(
            "programmes",
            "POST",
            path("/v1/programmes/{programme}/revocations", programme),
            body=body,
            idempotency_key=idempotency_key,
        )

    def list_providers(self, programme: Id, *, limit: int | None = None, cursor: str | None = None) -> Page[Provider]:
        """Whoever was named as a programme's provider, in the order of the addresses."""
        return self._json(
            Request(
                "programmes",
                "GET",
                path("/v1/programmes/{programme}/providers", programme),
                query={"limit": limit, "cursor": cursor},
            )
        )

    @write
    def set_provider(self, programme: Id, body: Accept, *, idempotency_key: str | None = None) -> Write[Accepted]:
        """Accept a provider, or no longer, as the district that opened the programme."""
        return Write(
            "programmes",
            "POST",
            path("/v1/programmes/{programme}/providers", programme),
            body=body,
            idempotency_key=idempotency_key,
        )

    def list_roots(self, programme: Id, *, limit: int | None = None, cursor: str | None = None) -> Page[Root]:
        """All that was proposed to be counted, the oldest first, and what became of it."""
        return self._json(
            Request(
                "programmes",
                "GET",
                path("/v1/programmes/{programme}/roots", programme),
                query={"limit": limit, "cursor": cursor},
            )
        )

    @write
    def propose_root(self, programme: Id, body: Propose, *, idempotency_key: str | None = None) -> Write[Proposed]:
        """Propose what a programme counts from now on, if the district is its publisher. It can be challenged for a
        while, and is claimed by then.
        """
        return Write(
            "programmes",
            "POST",
            path("/v1/programmes/{programme}/roots", programme),
            body=body,
            idempotency_key=idempotency_key,
        )

    @write
    def stop_root(self, programme: Id, body: Reason, *, idempotency_key: str | None = None) -> Write[Gone]:
        """Stop a programme's proposal that can still be challenged, for a reason that is published."""
        return Write(
            "programmes",
            "POST",
            path("/v1/programmes/{programme}/roots/stop", programme),
            body=body,
            idempotency_key=idempotency_key,
        )

    @write
    def challenge_root(
        self,
        programme: Id,
        body: OrderFault
        | RunningFault
        | TotalFault
        | LogFault
        | DroppedFault
        | ElsewhereFault
        | ClaimsFault
        | MissingFault,
        *,
        idempotency_key: str | None = None,
    ) -> Write[Gone]:
        """Prove a fault of a programme's proposal, which falls by it. Anybody may."""
        return Write(
            "programmes",
            "POST",
            path("/v1/programmes/{programme}/roots/challenge", programme),
            body=body,
            idempotency_key=idempotency_key,
        )
