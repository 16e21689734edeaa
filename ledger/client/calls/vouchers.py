"""What is asked for under `vouchers`.

Made by scripts/make_client.py from the document of the HTTP API: change that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.client.calling import Caller, Id, Moment, Request, Write, path, write

if TYPE_CHECKING:
    from ledger.client.types import (
        Balance,
        Claimed,
        Claims,
        Issue,
        Page,
        Reimburse,
        Reimbursed,
        Reimbursement,
        ToSign,
        VoucherRedemption,
    )

__all__ = ["VouchersCalls"]


class VouchersCalls(Caller):
    """What is asked for under `vouchers`."""

    @write
    def claim_vouchers(self, programme: Id, body: Claims, *, idempotency_key: str | None = None) -> Write[Claimed]:
        """Issue the vouchers that these persons have coming, those who graduated, as far as the budget goes.

        Anybody may ask for it: vouchers go to the wallets of the persons. The publisher of the programme
        publishes the trees from which the proof is made.
        """
        return Write(
            "vouchers",
            "POST",
            path("/v1/programmes/{programme}/claims", programme),
            body=body,
            idempotency_key=idempotency_key,
        )

    def list_issues(
        self, programme: Id, *, account: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Page[Issue]:
        """What claims brought, in the order of the chain: one's own; operators and auditors see those of all."""
        return self._json(
            Request(
                "vouchers",
                "GET",
                path("/v1/programmes/{programme}/issues", programme),
                query={"account": account, "limit": limit, "cursor": cursor},
            )
        )

    def list_balances(
        self, programme: Id, *, account: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Page[Balance]:
        """Who has vouchers of a programme, in the order of the addresses: oneself; operators and auditors see all."""
        return self._json(
            Request(
                "vouchers",
                "GET",
                path("/v1/programmes/{programme}/balances", programme),
                query={"account": account, "limit": limit, "cursor": cursor},
            )
        )

    def list_voucher_redemptions(
        self,
        programme: Id,
        *,
        holder: str | None = None,
        provider: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[VoucherRedemption]:
        """What was redeemed, in the order of the chain: one's own, or with oneself as `provider` what was redeemed
        there; operators and auditors see that of all.
        """
        return self._json(
            Request(
                "vouchers",
                "GET",
                path("/v1/programmes/{programme}/redemptions", programme),
                query={"holder": holder, "provider": provider, "limit": limit, "cursor": cursor},
            )
        )

    def get_redemption_to_sign(
        self, programme: Id, *, holder: str, provider: str, units: Id, invoice: str, deadline: Moment | None = None
    ) -> ToSign:
        """What one of holder and provider signs; the other one sends it, from their own account."""
        return self._json(
            Request(
                "vouchers",
                "GET",
                path("/v1/programmes/{programme}/redemptions/typed-data", programme),
                query={
                    "holder": holder,
                    "provider": provider,
                    "units": units,
                    "invoice": invoice,
                    "deadline": deadline,
                },
            )
        )

    def list_reimbursements(
        self, *, provider: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Page[Reimbursement]:
        """What providers were paid, in the order of the chain: one's own; operators and auditors see those of all."""
        return self._json(
            Request(
                "vouchers", "GET", "/v1/reimbursements", query={"provider": provider, "limit": limit, "cursor": cursor}
            )
        )

    @write
    def reimburse_provider(self, body: Reimburse, *, idempotency_key: str | None = None) -> Write[Reimbursed]:
        """Pay a provider all that it has to get in a token. Anybody may ask for it: the cash goes to the provider."""
        return Write("vouchers", "POST", "/v1/reimbursements", body=body, idempotency_key=idempotency_key)
