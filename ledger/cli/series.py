"""`crt series`: what there is of each; :mod:`ledger.cli.series_life` has what changes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ledger.cli.asked import asked
from ledger.cli.context import Context
from ledger.cli.options import All, AsMaybe, Full, Limit, command
from ledger.cli.series_of import SeriesArgument, day_in, details_of

__all__ = ["app"]

app = typer.Typer(
    help="Series: one issue of receipts each, from its offering to its redemption.",
    no_args_is_help=True,
)


@command(app, "list")
def list_(
    context: Context, full: Full = False, limit: Limit = 50, everything: All = False, who: AsMaybe = None
) -> None:
    """List all series: codes, states, and the rent that came in, in the currency of each.

    Example: crt series list
    """
    from ledger.cli.draw import lists

    with asked(context) as api:
        rows, more = api.rows(api.client.list_series, limit, everything)
        api.say_rows("series-list", rows, more, lambda: lists.series(rows, api.look(full=full)))


@command(app, "show")
def show(context: Context, series: SeriesArgument, full: Full = False, who: AsMaybe = None) -> None:
    """Show a series: its terms, and its cash flow by payment dates; amounts in its currency, days in its time zone.

    Example: crt series show CRT01
    """
    from ledger.cli.draw.cashflow import cash_flow
    from ledger.cli.draw.details import series_facts

    with asked(context) as api:
        found = details_of(api, series)
        pool = list(api.client.rows(api.client.list_receivables, found["id"]))
        paid = list(api.client.rows(api.client.list_distributions, found["id"]))
        today = day_in(api, found)

        def draw() -> str:
            look = api.look(full=full)
            return f"{series_facts(found, look)}\n\n{cash_flow(found, pool, paid, look, today=today)}"

        document = {"today": today.isoformat(), "series": found, "pool": pool, "distributions": paid}
        api.say("series", document, draw)


@command(app, "holders")
def holders(
    context: Context,
    series: SeriesArgument,
    block: Annotated[int | None, typer.Option(min=0, help="As it was after this block. Default: the newest.")] = None,
    full: Full = False,
    limit: Limit = 1_000,
    everything: All = False,
    who: AsMaybe = None,
) -> None:
    """Show the register of a series: who holds how much face value, now or after any block.

    Example: crt series holders CRT01 --all
    """
    from ledger.cli.draw import lists

    with asked(context) as api:
        number, at = api.series(series)["id"], block
        if at is None:
            newest = api.client.list_networks()["data"][0]["newest"]
            at = int(newest["number"]) if newest else 0
        rows, more = api.rows(api.client.list_holders, limit, everything, series=number, block=at)

        tail = "; there are more: --all, or --limit" if more else ""
        document = {"series": number, "block": str(at), "data": rows, "more": more}
        api.say("holders", document, lambda: f"{lists.holders(rows, api.look(full=full))}\nafter block {at:,}{tail}")


@command(app, "pool")
def pool(
    context: Context,
    series: SeriesArgument,
    full: Full = False,
    limit: Limit = 100,
    everything: All = False,
    who: AsMaybe = None,
) -> None:
    """List the receivables of a series: when each is due, its face value and what came in, in the series' currency.

    Example: crt series pool CRT01
    """
    from ledger.cli.draw import lists

    with asked(context) as api:
        rows, more = api.rows(api.client.list_receivables, limit, everything, series=api.series(series)["id"])
        api.say_rows("pool", rows, more, lambda: lists.pool(rows, api.look(full=full)))


@command(app, "collections")
def collections(
    context: Context,
    series: SeriesArgument,
    full: Full = False,
    limit: Limit = 100,
    everything: All = False,
    who: AsMaybe = None,
) -> None:
    """List the rent that came in for a series, in the order in which it was booked, in its currency; times in UTC.

    Example: crt series collections CRT01 --all
    """
    from ledger.cli.draw import lists

    with asked(context) as api:
        rows, more = api.rows(api.client.list_collections, limit, everything, series=api.series(series)["id"])
        api.say_rows("collections", rows, more, lambda: lists.collections(rows, api.look(full=full)))


@command(app, "subscriptions")
def subscriptions(
    context: Context,
    series: SeriesArgument,
    holder: Annotated[str | None, typer.Option(metavar="ACCOUNT", help="Of this one alone.")] = None,
    full: Full = False,
    limit: Limit = 100,
    everything: All = False,
    who: AsMaybe = None,
) -> None:
    """List who subscribed to a series, in the order in which they did: face value in its currency, times in UTC.

    Example: crt series subscriptions CRT01
    """
    from ledger.cli.draw import lists

    with asked(context) as api:
        number = api.series(series)["id"]
        whose = None if holder is None else api.address(holder, "--holder")
        rows, more = api.rows(api.client.list_subscriptions, limit, everything, series=number, holder=whose)
        api.say_rows("subscriptions", rows, more, lambda: lists.subscriptions(rows, api.look(full=full), api.codes))


@command(app, "distributions")
def distributions(
    context: Context, series: SeriesArgument, limit: Limit = 100, everything: All = False, who: AsMaybe = None
) -> None:
    """List the distributions of a series: what was set aside for holders, and paid of it, in its currency.

    Example: crt series distributions CRT01
    """
    from ledger.cli.draw import lists

    with asked(context) as api:
        rows, more = api.rows(api.client.list_distributions, limit, everything, series=api.series(series)["id"])
        api.say_rows("distributions", rows, more, lambda: lists.distributions(rows, api.look()))


@command(app, "valuation")
def valuation(
    context: Context,
    series: SeriesArgument,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="What the pool is worth, in the series' currency.")],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write what is to be signed to this file.")] = None,
    who: AsMaybe = None,
) -> None:
    """Show what the valuation agent signs for a present value of the pool: crt wallet sign WALLET --typed FILE.

    Rates are in parts per million, amounts in minor units.

    Example: crt series valuation CRT01 428,571,428.68 --out valuation.json
    """
    from ledger.cli.draw.details import facts
    from ledger.cli.files import write_new

    with asked(context) as api:
        found = api.series(series)
        worth = api.amount(value, found["currency"], "VALUE")
        asked_for = api.client.get_valuation(found["id"], present_value=worth["amount"])
        if out is not None:
            write_new(out, json.dumps(asked_for, ensure_ascii=False, indent=2).encode())
        told = [(name, str(one)) for name, one in {**asked_for["domain"], **asked_for["message"]}.items()]
        next_ = [] if out is None else [("written to", str(out))]
        document = {"series": found["id"], "typedData": asked_for}
        api.say("valuation", document, lambda: facts([*told, *next_], api.look(full=True)))
