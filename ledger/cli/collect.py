"""`crt collect`: rent that arrived is booked."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ledger.cli import doing
from ledger.cli.asked import Asked, asked
from ledger.cli.manners import Change
from ledger.cli.options import AsMaybe
from ledger.cli.output import day_of
from ledger.cli.series_of import SeriesArgument
from ledger.errors import InputError

if TYPE_CHECKING:
    from ledger.client.types import Arrival

__all__ = ["collect"]

_MOST: Final = 1_000  # that the API takes at once


def collect(
    context: Change,
    series: SeriesArgument,
    who: AsMaybe = None,
    receivable: Annotated[
        str | None, typer.Argument(metavar="RECEIVABLE", help="Its name, as the rent roll has it.")
    ] = None,
    amount: Annotated[
        str | None, typer.Argument(metavar="AMOUNT", help="What arrived for it, in the series' currency.")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(metavar="CSV", help="Many: date, receivable, currency, amount, as docs/files.md has it."),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="Of the file, what arrived on this day or later.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="DAY", help="Of the file, what arrived on this day or before.")
    ] = None,
) -> None:
    """Book rent that arrived, from the operator account's cash, in the series' currency. For servicers.

    All of a file is booked, or nothing. The same file again is booked again: give --key, and it is done once.

    Example: crt collect CRT01 --file collections.csv --from 2025-04-03 --to 2025-07-02 --key 2025-Q2
    """
    with asked(context, operator=who) as api:
        found = api.series(series)
        if file is None:
            if since is not None or until is not None:
                raise _said("days are those of a file", "--from, --to", "--file, too")
            if receivable is None or amount is None:
                raise _said("what arrived is not said", "RECEIVABLE", "RECEIVABLE and AMOUNT, or --file CSV")
            arrivals: list[Arrival] = [
                {"receivable": receivable, "amount": api.amount(amount, found["currency"], "AMOUNT")}
            ]
        elif receivable is not None:
            raise _said("what arrived is said twice", "RECEIVABLE", "RECEIVABLE and AMOUNT, or --file CSV")
        else:
            days = (None if one is None else day_of(one, name) for one, name in ((since, "--from"), (until, "--to")))
            arrivals = _of_file(api, found, file, *days)
        doing.operate(api, api.client.book_collections, found["id"], {"collections": arrivals})


def _of_file(api: Asked, series: Any, file: Path, since: date | None, until: date | None) -> list[Arrival]:
    """What a file says arrived between these days. Raises InputError with file, line and field."""
    from ledger.domain.money import currency, decimal_string
    from ledger.services.encoding import receivable_id
    from ledger.services.inputs.collections import read_arrivals
    from ledger.services.inputs.csvfile import Row
    from ledger.services.inputs.text import read

    of = currency(series["currency"])
    known = {one["id"] for one in api.client.rows(api.client.list_receivables, series["id"])}

    def check(row: Row) -> None:
        with row.at("receivable"):
            if f"0x{receivable_id(row['receivable']).hex()}" not in known:
                expected = f"a receivable of {series['code']}, as its rent roll names it"
                raise InputError("unknown receivable", expected=expected, found=repr(row["receivable"]))

    found = [
        one
        for one in read_arrivals(read(file), of, check)
        if (since is None or since <= one.day) and (until is None or one.day <= until)
    ]
    if not 0 < len(found) <= _MOST:
        expected = f"1 to {_MOST:,} rows between the days that are asked for"
        hint = "name narrower days with --from and --to" if found else "look at --from and --to"
        raise InputError(
            "not to be booked at once", file=str(file), expected=expected, found=f"{len(found):,}", hint=hint
        )
    return [
        {"receivable": one.receivable, "amount": {"amount": decimal_string(one.amount, of), "currency": of.code}}
        for one in found
    ]


def _said(message: str, field: str, expected: str) -> InputError:
    return InputError(message, field=field, expected=expected, found="others")
