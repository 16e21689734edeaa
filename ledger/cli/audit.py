"""`crt audit`: who did what with a ledger, and a copy of it that can be checked anywhere."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from ledger.cli.context import Context
from ledger.cli.options import command
from ledger.cli.output import moment, printable, say, some
from ledger.errors import InputError

__all__ = ["app"]

app = typer.Typer(help="The audit log: who gave which command, with what result.", no_args_is_help=True)

_File = Annotated[Path, typer.Argument(metavar="FILE", help="The copy: a line of JSON for each record.")]


@command(app, "show")
def show(
    context: Context,
    last: Annotated[int, typer.Option("--last", min=1, max=100_000, help="How many of the newest records.")] = 20,
) -> None:
    """Show the newest records, and the hash of the last one: kept elsewhere, it proves that none was changed.

    Example: crt audit show --last 50
    """
    from ledger.services import audit

    with context.database() as database:
        count, head = audit.head(database)
        found = audit.newest(database, last)
    lines = [line for record in found for line in _lines(record)]
    document = {"count": count, "head": head, "records": found}
    context.say("audit", document, *lines, f"{some(count, 'record')}, the last with hash {head}")


@command(app, "export")
def export(context: Context, file: _File) -> None:
    """Copy all records to a file, for `crt audit verify`.

    Example: crt audit export build/audit.jsonl
    """
    from ledger.services import audit

    with context.database() as database:
        count, head = _written(file, audit.export(database))
    context.say("audit-export", {"count": count, "head": head}, f"{some(count, 'record')}, the last with hash {head}")


@app.command("verify")
def verify(
    file: _File,
    expect: Annotated[
        str | None, typer.Option("--expect", metavar="HASH", help="A hash that was the last one at some time.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")] = False,
) -> None:
    """Check a copy without chain and database: that no record was changed, taken out or put in.

    What was cut off at the end shows by --expect alone: the log then lacks the record of that hash.

    Example: crt audit verify build/audit.jsonl
    """
    from ledger.domain.hashchain import verify as check

    try:
        with file.open(encoding="utf-8") as lines:
            count, head = check(lines, file=str(file), expect=None if expect is None else expect.strip().lower())
    except (OSError, UnicodeDecodeError) as error:
        found = (error.strerror if isinstance(error, OSError) else None) or "bytes that are not UTF-8"
        raise InputError("the copy can't be read", file=str(file), found=found) from None
    told = f"{some(count, 'record')}, each as it was written; the last has the hash {head}"
    say(as_json, "audit-verify", {"count": count, "head": head}, told)


def _written(file: Path, lines: Iterator[str]) -> tuple[int, str]:
    """How many there were, and the hash of the last; the file is there with all of them, or as it was before."""
    from ledger.domain.hashchain import START

    part, count, line = file.with_name(f"{file.name}.part"), 0, ""
    try:
        with part.open("w", encoding="utf-8") as out:
            for count, line in enumerate(lines, 1):  # noqa: B007 - the last ones are used
                out.write(line + "\n")
        os.replace(part, file)
    except OSError as error:
        raise InputError("the copy can't be written", file=str(file), found=error.strerror or str(error)) from None
    return count, json.loads(line)["hash"] if line else START


def _lines(record: dict[str, Any]) -> list[str]:
    detail = ", ".join(f"{name} {_plain(value)}" for name, value in record["detail"].items())
    head = f"{record['seq']}  {moment(record['at'] // 1000)}  {_plain(record['actor'])}  {record['command']}"
    return [head + (f"  ({detail})" if detail else ""), f"   {_plain(record['result'])}"]


def _plain(value: Any) -> str:
    return printable(" ".join(map(str, value)) if isinstance(value, list) else str(value))
