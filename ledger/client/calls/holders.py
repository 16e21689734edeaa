"""What is asked for under `holders`.

Made by scripts/make_client.py from the document of the HTTP API: change that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.client.calling import Caller, Id, Request, Write, path, write

if TYPE_CHECKING:
    from ledger.client.types import Eligibility, FrozenHolder, GivenStanding, Reason, Standing

__all__ = ["HoldersCalls"]


class HoldersCalls(Caller):
    """What is asked for under `holders`."""

    def get_standing(self, holder: str) -> Standing:
        """What somebody is to compliance: oneself; operators and auditors see all."""
        return self._json(Request("holders", "GET", path("/v1/holders/{holder}/standing", holder)))

    @write
    def set_standing(
        self, holder: str, body: GivenStanding, *, idempotency_key: str | None = None
    ) -> Write[GivenStanding]:
        """Register what an investor is to compliance. It takes the place of what was registered before."""
        return Write(
            "holders", "PUT", path("/v1/holders/{holder}/standing", holder), body=body, idempotency_key=idempotency_key
        )

    def get_eligibility(self, holder: str, *, series: Id) -> Eligibility:
        """Whether somebody may receive receipts of a series: oneself; operators and auditors see all."""
        return self._json(
            Request("holders", "GET", path("/v1/holders/{holder}/eligibility", holder), query={"series": series})
        )

    @write
    def freeze_holder(self, holder: str, body: Reason, *, idempotency_key: str | None = None) -> Write[FrozenHolder]:
        """Freeze a holder, who neither sends, nor receives, nor is paid until the release."""
        return Write(
            "holders", "POST", path("/v1/holders/{holder}/freeze", holder), body=body, idempotency_key=idempotency_key
        )

    @write
    def release_holder(self, holder: str, body: Reason, *, idempotency_key: str | None = None) -> Write[FrozenHolder]:
        """Release a frozen holder."""
        return Write(
            "holders", "POST", path("/v1/holders/{holder}/release", holder), body=body, idempotency_key=idempotency_key
        )
