"""`crt holder`: what somebody is to compliance, and whether they are frozen."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli import completing, doing
from ledger.cli.asked import asked
from ledger.cli.context import Context
from ledger.cli.investors import classes_of, jurisdictions_of
from ledger.cli.manners import Change
from ledger.cli.options import AsMaybe, command, operate
from ledger.cli.output import day_of

if TYPE_CHECKING:
    from ledger.client.types import GivenStanding

__all__ = ["app"]

app = typer.Typer(help="Holders: what they are to compliance, and whether they are frozen.", no_args_is_help=True)

_Holder = Annotated[
    str,
    typer.Argument(
        metavar="HOLDER", help="An address, or a name of the address book.", autocompletion=completing.addresses
    ),
]
_Why = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Published on the chain, for good.")]


@command(app, "show")
def show(context: Context, holder: _Holder, who: AsMaybe = None) -> None:
    """Show what a holder is to compliance, whether it is frozen, and of which series it may receive receipts.

    Example: crt holder show dev:1
    """
    from ledger.cli.draw.details import standing

    with asked(context) as api:
        address = api.address(holder, "HOLDER")
        found = api.client.get_standing(address)
        may = [
            (one["code"], api.client.get_eligibility(address, series=one["id"])["eligible"]) for one in api.all_series
        ]
        document = {**found, "eligible": [code for code, eligible in may if eligible]}
        api.say("holder", document, lambda: standing(found, api.look(full=True), may))


@operate(app, "standing")
def standing_(
    context: Change,
    holder: _Holder,
    class_: Annotated[str, typer.Option("--class", metavar="CLASS", help="What it is, such as insurance.")],
    jurisdiction: Annotated[str, typer.Option(metavar="CODE", help="Where it is, such as CN.")],
    until: Annotated[str, typer.Option(metavar="DAY", help="The last day (UTC) on which that holds: YYYY-MM-DD.")],
    who: AsMaybe = None,
) -> None:
    """Register what an investor is to compliance; it takes the place of what was registered before. For compliance.

    Example: crt holder standing dev:1 --class insurance --jurisdiction CN --until 2030-12-31
    """
    (kind,), (place,) = classes_of([class_]), jurisdictions_of([jurisdiction])
    end = datetime.combine(day_of(until, "--until"), time(23, 59, 59), UTC)
    body: GivenStanding = {"investorClass": kind, "jurisdiction": place, "validUntil": f"{end:%Y-%m-%dT%H:%M:%SZ}"}
    with asked(context, operator=who) as api:
        doing.operate(api, api.client.set_standing, api.address(holder, "HOLDER"), body)


@operate(app, "freeze")
def freeze(context: Change, holder: _Holder, reason: _Why, who: AsMaybe = None) -> None:
    """Freeze a holder, who neither sends, nor receives, nor is paid until the release. For compliance.

    Example: crt holder freeze dev:1 --reason 'court order 12/2026'
    """
    with asked(context, operator=who) as api:
        doing.operate(api, api.client.freeze_holder, api.address(holder, "HOLDER"), {"reason": reason})


@operate(app, "release")
def release(context: Change, holder: _Holder, reason: _Why, who: AsMaybe = None) -> None:
    """Release a frozen holder, who is paid what was held back when holders are paid next. For compliance.

    Example: crt holder release dev:1 --reason 'order 12/2026 was lifted'
    """
    with asked(context, operator=who) as api:
        doing.operate(api, api.client.release_holder, api.address(holder, "HOLDER"), {"reason": reason})
