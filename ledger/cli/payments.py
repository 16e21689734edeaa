"""`crt payments`: what holders were paid."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli import completing
from ledger.cli.asked import asked
from ledger.cli.context import Context
from ledger.cli.options import All, AsMaybe, Full, Limit
from ledger.errors import InputError

__all__ = ["payments"]


def payments(
    context: Context,
    series: Annotated[
        str | None, typer.Option(help="Only of this series: its code or number.", autocompletion=completing.series)
    ] = None,
    epoch: Annotated[int | None, typer.Option(min=0, help="Only for this epoch of the series.")] = None,
    holder: Annotated[
        str | None, typer.Option(help="Only to this holder: a name or an address.", autocompletion=completing.addresses)
    ] = None,
    everybody: Annotated[bool, typer.Option("--everybody", help="Also those to others, whoever --as is.")] = False,
    limit: Limit = 100,
    everything: All = False,
    full: Full = False,
    who: AsMaybe = None,
) -> None:
    """List what was paid for receipts, in the order of time: to whoever --as names, else to all whom you may see.

    Example: crt payments --series CRT01 --as alice
    """
    if everybody and holder is not None:
        raise InputError(
            "everybody, or one of them?", field="--everybody", expected="one of both", found="--holder too"
        )
    with asked(context) as api:
        slot = None if series is None else api.series(series, "--series")["id"]
        name = holder or (None if everybody else who)
        of = api.wallet if name is None and not everybody else None
        of = of if name is None else api.address(name, "--holder" if holder else "--as")
        rows, more = api.rows(api.client.list_payments, limit, everything, series=slot, epoch=epoch, holder=of)

        def text() -> str:
            from ledger.cli.draw.lists import payments as drawn

            return drawn(rows, api.look(full=full), api.codes)

        api.say_rows("payments", rows, more, text)
