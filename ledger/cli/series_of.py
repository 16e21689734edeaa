"""What commands on a series share: how it is named, its document, and its day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli import completing
from ledger.errors import ChainError

if TYPE_CHECKING:
    from ledger.cli.asked import Asked
    from ledger.client.types import SeriesDetails

__all__ = ["SeriesArgument", "day_in", "details_of"]

SeriesArgument = Annotated[
    str,
    typer.Argument(metavar="SERIES", help="Its code or number, such as CRT01 or 1.", autocompletion=completing.series),
]


def details_of(api: Asked, name: str) -> SeriesDetails:
    """A series with its terms and its money. Raises Unknown."""
    return api.client.get_series(api.series(name)["id"])


def day_in(api: Asked, series: SeriesDetails) -> date:
    """The day where a series is, by the newest block that the ledger knows of. Raises ChainError if it knows none."""
    from ledger.cli.draw.values import day_at

    newest = api.client.list_networks()["data"][0]["newest"]
    if newest is None:
        raise ChainError("the ledger knows no block yet", hint="wait until it has followed the chain")
    return day_at(newest["timestamp"], series["utcOffset"])
