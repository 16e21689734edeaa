"""What is asked for under `investing`.

Made by scripts/make_client.py from the document of the HTTP API: change that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.client.calling import Caller, Id, Moment, Request, path

if TYPE_CHECKING:
    from ledger.client.types import Fetched, Order, Prepared, Subscribed, TakenBack, ToSign, Wanted

__all__ = ["InvestingCalls"]


class InvestingCalls(Caller):
    """What is asked for under `investing`."""

    def get_permit_to_sign(self, series: Id, *, units: str, deadline: Moment | None = None) -> ToSign:
        """What a wallet signs so that the series may take the price of a subscription out of its cash, once: then it
        is bought in one transaction. By default it is good until the offering ends. The chain is asked for its
        number.

        A token that has no permits reverts: subscribe without one.
        """
        return self._json(
            Request(
                "investing",
                "GET",
                path("/v1/series/{series}/subscriptions/typed-data", series),
                query={"units": units, "deadline": deadline},
            )
        )

    def subscribe_series(self, series: Id, body: Order) -> Prepared[Subscribed]:
        """Buy a receipt in the offering, with cash of the wallet's own: one transaction with a permit, else two, of
        which the first gives the series an allowance of the price, unless there is one.
        """
        return self._json(Request("investing", "POST", path("/v1/series/{series}/subscriptions", series), body=body))

    def claim_payments(self, series: Id, body: Wanted) -> Prepared[Fetched]:
        """Fetch what is due to the wallet, coupons and principal, without waiting for the servicer's payment run. At
        the redemption its receipts are retired. Nobody is paid twice, whoever else is paying.
        """
        return self._json(Request("investing", "POST", path("/v1/series/{series}/claim", series), body=body))

    def take_back_subscriptions(self, series: Id) -> Prepared[TakenBack]:
        """Get back at par what the wallet paid for a series that has failed, or was cancelled. One that is still
        offered and can't be issued any more is declared failed first.
        """
        return self._json(Request("investing", "POST", path("/v1/series/{series}/take-back", series)))
