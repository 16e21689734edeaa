"""What is asked for under `wallets`.

Made by scripts/make_client.py from the document of the HTTP API: change that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.client.calling import Caller, Id, Request, path

if TYPE_CHECKING:
    from ledger.client.types import Changed, NewRepository, Prepared, Redeem, Redeemed, Registered

__all__ = ["WalletsCalls"]


class WalletsCalls(Caller):
    """What is asked for under `wallets`."""

    def register_repository(self, body: NewRepository) -> Prepared[Registered]:
        """Register a repository, as its maintainer."""
        return self._json(Request("wallets", "POST", "/v1/repositories", body=body))

    def redeem_vouchers(self, programme: Id, body: Redeem) -> Prepared[Redeemed]:
        """Pay a provider's invoice in vouchers: one of holder and provider has signed, and the other one sends it."""
        return self._json(
            Request("wallets", "POST", path("/v1/programmes/{programme}/redemptions", programme), body=body)
        )

    def veto_recovery(self, person: Id) -> Prepared[Changed]:
        """Be against what a university proposed: the wallet of the person stays as it is."""
        return self._json(Request("wallets", "POST", path("/v1/people/{person}/recovery/veto", person)))
