"""`crt chain`: what only a local chain can do."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from ledger.cli.context import Context
from ledger.cli.options import command
from ledger.cli.output import moment

__all__ = ["app"]

app = typer.Typer(help="Local chains: move their clock.", no_args_is_help=True)


@command(app, "advance")
def advance(
    context: Context, days: Annotated[int, typer.Argument(metavar="DAYS", min=1, max=36_500, help="How many days.")]
) -> None:
    """Move a local chain's clock forward by some days, so that a challenge window or a programme's term passes.

    Example: crt chain advance 8
    """
    with context.ledger() as ledger:
        before = ledger.now()
        target = before + timedelta(days=days)
        ledger.go_to(target.date(), at=target.time())
        after = ledger.now()
    document = {"from": before.isoformat(), "to": after.isoformat()}
    context.say(
        "clock",
        document,
        f"from {moment(int(before.timestamp()))} to {moment(int(after.timestamp()))}",
    )
