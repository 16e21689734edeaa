"""`crt spv`: the contract that issues a series, its money, and how it is made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli import completing, doing
from ledger.cli.asked import asked
from ledger.cli.context import Context
from ledger.cli.manners import Change
from ledger.cli.options import All, AsMaybe, Full, Limit, command, operate
from ledger.cli.series_of import SeriesArgument, details_of

if TYPE_CHECKING:
    from ledger.client.types import Founding, Parties

__all__ = ["app"]

app = typer.Typer(
    help="SPVs: the contract that issues a series; its money, whom it owes what, and who is paid beside holders.",
    no_args_is_help=True,
)


def _party(name: str, help: str) -> typer.models.OptionInfo:
    found: typer.models.OptionInfo = typer.Option(
        f"--{name}", metavar="ACCOUNT", help=help, autocompletion=completing.addresses
    )
    return found


@command(app, "list")
def list_(
    context: Context, full: Full = False, limit: Limit = 50, everything: All = False, who: AsMaybe = None
) -> None:
    """List all SPVs with their cash, and what is set aside of it, in the currency of each.

    Example: crt spv list
    """
    from ledger.cli.draw.details import spvs

    with asked(context) as api:
        rows, more = api.rows(api.client.list_series, limit, everything)
        found = [api.client.get_series(one["id"]) for one in rows]
        api.say_rows("spv-list", found, more, lambda: spvs(found, api.look(full=full)))


@command(app, "show")
def show(context: Context, series: SeriesArgument, full: Full = False, who: AsMaybe = None) -> None:
    """Show an SPV: its cash, whom it owes what, and its pool of receivables, in its series' currency.

    Example: crt spv show CRT01
    """
    from ledger.cli.draw import lists
    from ledger.cli.draw.details import money, spv_facts

    with asked(context) as api:
        found = details_of(api, series)
        pool = list(api.client.rows(api.client.list_receivables, found["id"]))

        def draw() -> str:
            look = api.look(full=full)
            return "\n\n".join([spv_facts(found, look), money(found, look), lists.pool(pool, look)])

        api.say("spv", {"series": found, "pool": pool}, draw)


@operate(app, "create")
def create(
    context: Change,
    terms: Annotated[Path, typer.Argument(metavar="TERMS", help="Term sheet (TOML).")],
    rent_roll: Annotated[Path, typer.Argument(metavar="RENT_ROLL", help="All receivables (CSV).")],
    originator: Annotated[str, _party("originator", "Sells the rent; gets the proceeds and the residual.")],
    fees: Annotated[str, _party("fees", "Gets the servicer's fees.")],
    agent: Annotated[str, _party("valuation-agent", "Attests what the pool is worth.")],
    who: AsMaybe = None,
    unclaimed: Annotated[
        str | None, _party("unclaimed", "Gets what nobody claimed in time. Default: who gets the fees.")
    ] = None,
    cash: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="The token it pays in. Default: the ledger's own.")
    ] = None,
) -> None:
    """Make an SPV and its series from a term sheet and a rent roll, and sell the receivables to it. For administrators.

    All is checked before anything is sent: a mistake is named with file, line and field (docs/files.md). Of one term
    sheet there is one series: the same command again finds it.

    Example: crt spv create terms.toml rent-roll.csv --originator dev:1 --fees dev:2 --valuation-agent agent
    """
    from ledger.services.inputs.case import build_case
    from ledger.services.inputs.text import read

    sheet, roll = read(terms), read(rent_roll)
    build_case(sheet, roll)  # with the names that the files have here
    with asked(context, operator=who) as api:
        parties: Parties = {
            "originator": api.address(originator, "--originator"),
            "feeRecipient": api.address(fees, "--fees"),
            "unclaimedTo": api.address(unclaimed or fees, "--unclaimed"),
            "valuationAgent": api.address(agent, "--valuation-agent"),
        }
        body: Founding = {"termSheet": sheet.text, "rentRoll": roll.text, "parties": parties}
        if cash is not None:
            body["cashToken"] = api.address(cash, "--cash")
        doing.operate(api, api.client.create_series, body)


@operate(app, "pay-fees")
def pay_fees(context: Change, series: SeriesArgument, who: AsMaybe = None) -> None:
    """Pay the servicer the fees that were set aside, in the series' currency. For servicers.

    Example: crt spv pay-fees CRT01
    """
    with asked(context, operator=who) as api:
        doing.operate(api, api.client.pay_fees, api.series(series)["id"])


@operate(app, "pay-residual")
def pay_residual(context: Change, series: SeriesArgument, who: AsMaybe = None) -> None:
    """Pay the originator the residual that was released, in the series' currency. For servicers.

    Example: crt spv pay-residual CRT01
    """
    with asked(context, operator=who) as api:
        doing.operate(api, api.client.pay_residual, api.series(series)["id"])


@operate(app, "sweep")
def sweep(context: Change, series: SeriesArgument, who: AsMaybe = None) -> None:
    """After maturity, release what came in late, and the last dust, to the originator. For servicers.

    Example: crt spv sweep CRT01
    """
    with asked(context, operator=who) as api:
        doing.operate(api, api.client.sweep_series, api.series(series)["id"])
