"""`crt redeem`: the principal of a matured series, paid to all; by `crt claim` a holder fetches their own."""

from __future__ import annotations

from ledger.cli import doing
from ledger.cli.asked import asked
from ledger.cli.manners import Change
from ledger.cli.options import AsMaybe
from ledger.cli.series_of import SeriesArgument

__all__ = ["redeem"]


def redeem(context: Change, series: SeriesArgument, who: AsMaybe = None) -> None:
    """Pay the principal of a matured series to all holders, and retire their receipts. For servicers.

    In the series' currency; coupons that are open are paid before. Repeated, it goes on where it was.

    Example: crt redeem CRT01
    """
    with asked(context, operator=who) as api:
        doing.operate(api, api.client.redeem_receipts, api.series(series)["id"])
