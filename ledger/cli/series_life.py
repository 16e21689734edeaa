"""`crt series`: what operators do with one, from the offering to the issue, or to its failure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli import doing
from ledger.cli.asked import asked
from ledger.cli.investors import classes_of, jurisdictions_of
from ledger.cli.manners import Change
from ledger.cli.options import AsMaybe, operate
from ledger.cli.series import app
from ledger.cli.series_of import SeriesArgument

if TYPE_CHECKING:
    from ledger.client.types import Requirement

__all__ = ["app"]


@operate(app, "offer")
def offer(
    context: Change,
    series: SeriesArgument,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="What the pool is worth, in the series' currency.")],
    signature: Annotated[
        str, typer.Option(metavar="0x...", help="The valuation agent's, over `crt series valuation`.")
    ],
    who: AsMaybe = None,
) -> None:
    """Open the offering of a series on the present value that its valuation agent has signed for. For administrators.

    Example: crt series offer CRT01 428,571,428.68 --signature 0x5c...
    """
    with asked(context, operator=who) as api:
        found = api.series(series)
        worth = api.amount(value, found["currency"], "VALUE")
        doing.operate(api, api.client.offer_series, found["id"], {"presentValue": worth, "signature": signature})


@operate(app, "activate")
def activate(context: Change, series: SeriesArgument, who: AsMaybe = None) -> None:
    """Issue a series: the originator gets the proceeds, and the receipts can move. For administrators.

    Example: crt series activate CRT01
    """
    with asked(context, operator=who) as api:
        doing.operate(api, api.client.activate_series, api.series(series)["id"])


@operate(app, "cancel")
def cancel(context: Change, series: SeriesArgument, who: AsMaybe = None) -> None:
    """Give a series up before it is issued: it has failed then, and subscribers are refunded. For administrators.

    Example: crt series cancel CRT01
    """
    with asked(context, operator=who) as api:
        doing.operate(api, api.client.cancel_series, api.series(series)["id"])


@operate(app, "fail")
def fail(context: Change, series: SeriesArgument, who: AsMaybe = None) -> None:
    """Declare a series failed that missed its soft cap, or was not issued in time. For servicers.

    Example: crt series fail CRT01
    """
    with asked(context, operator=who) as api:
        doing.operate(api, api.client.fail_series, api.series(series)["id"])


@operate(app, "refund")
def refund(context: Change, series: SeriesArgument, who: AsMaybe = None) -> None:
    """Pay all subscribers of a failed series back, in its currency; frozen receipts wait. For servicers.

    Example: crt series refund CRT01
    """
    with asked(context, operator=who) as api:
        doing.operate(api, api.client.refund_series, api.series(series)["id"])


@operate(app, "release")
def release(context: Change, series: SeriesArgument, who: AsMaybe = None) -> None:
    """Let the receivables of a failed series be sold to another one. For servicers.

    Example: crt series release CRT01
    """
    with asked(context, operator=who) as api:
        doing.operate(api, api.client.release_pool, api.series(series)["id"])


@operate(app, "pause")
def pause(context: Change, series: SeriesArgument, who: AsMaybe = None) -> None:
    """Stop all moves of a series' receipts; payments go on. For guardians.

    Example: crt series pause CRT01
    """
    with asked(context, operator=who) as api:
        doing.operate(api, api.client.pause_series, api.series(series)["id"])


@operate(app, "resume")
def resume(context: Change, series: SeriesArgument, who: AsMaybe = None) -> None:
    """Let the receipts of a paused series move again. For administrators.

    Example: crt series resume CRT01
    """
    with asked(context, operator=who) as api:
        doing.operate(api, api.client.resume_series, api.series(series)["id"])


@operate(app, "requirement")
def requirement(
    context: Change,
    series: SeriesArgument,
    classes: Annotated[
        list[str], typer.Option("--class", metavar="CLASS", help="Who may receive, such as insurance; again for more.")
    ],
    jurisdictions: Annotated[
        list[str], typer.Option("--jurisdiction", metavar="CODE", help="Where they are, such as CN; again for more.")
    ],
    who: AsMaybe = None,
) -> None:
    """Say who may receive receipts of a series from now on; who holds some keeps them. For compliance.

    Example: crt series requirement CRT01 --class insurance --class bank-wealth --jurisdiction CN
    """
    body: Requirement = {"classes": classes_of(classes), "jurisdictions": jurisdictions_of(jurisdictions)}
    with asked(context, operator=who) as api:
        doing.operate(api, api.client.set_requirement, api.series(series)["id"], body)
