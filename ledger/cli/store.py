"""`crt store`: the database in which a ledger keeps what is to be done, and what it knows of the chain."""

from __future__ import annotations

import typer

from ledger.cli.auditing import ends_with, recording
from ledger.cli.context import Context
from ledger.cli.options import command
from ledger.cli.output import moment, progress, some

__all__ = ["app"]

app = typer.Typer(
    help="The ledger's database: make it, bring it up to date, check it, read its index anew.", no_args_is_help=True
)


@command(app, "create")
def create(context: Context) -> None:
    """Make the database of a ledger that has none: its tables, with nothing in them. One that is there stays as it is.

    It is the one in CRT_DATABASE, or a file beside the deployment or the local chain. `crt deploy`, and commands that
    make a local chain, do this too. If there was one before, restore its backup instead.

    Example: crt store create --deployment deployment.json
    """
    from ledger.services import storekeeping

    with context.create_database() as database, recording(database):
        version, is_new = storekeeping.VERSION, database.is_new
    told = "is made" if is_new else "was there already, and is as it was"
    context.say(
        "store-create", {"version": version, "created": is_new}, f"the database {told}; its tables: version {version}"
    )


@command(app, "upgrade")
def upgrade(context: Context) -> None:
    """Bring the tables of an older version up to date: all steps, or none. Back the database up before.

    Example: crt store upgrade --chain crt-chain.db
    """
    from ledger.services import storekeeping

    database, before = storekeeping.upgrade(*context.database_place)
    with database, recording(database):
        version = storekeeping.VERSION
    told = f"the tables are of version {version}" + ("" if before is None else f" now; they were of {before}")
    context.say("store-upgrade", {"version": version, "before": before}, told)


@command(app, "check")
def check(context: Context) -> None:
    """Check that the database is whole: its pages, tables, and what must never change. Ends with 1 if it is not.

    Whether it says what the chain says is another question: crt reconcile.

    Example: crt store check --chain crt-chain.db
    """
    from ledger.services import storekeeping

    with context.database() as database:
        version, found = storekeeping.VERSION, storekeeping.check(database)
        if found:
            ends_with(some(len(found), "fault"))
    lines = found or ["the database is whole"]
    context.say("store-check", {"version": version, "whole": not found, "faults": found}, *lines)
    if found:
        raise typer.Exit(1)


@command(app, "rebuild")
def rebuild(context: Context) -> None:
    """Make the index anew from the chain: what it said is forgotten, and read again from the first block on.

    Operations and the audit log stay; the journal, in which nothing is changed, gets the opposite of all entries, and
    then all of them again.

    Example: crt store rebuild --chain crt-chain.db
    """
    with context.ledger() as ledger, progress(context.as_json) as tell:
        tell("read the chain")
        tip = ledger.rebuild()
    document = {"block": {"number": tip.number, "hash": f"0x{tip.hash.hex()}", "timestamp": tip.timestamp}}
    blocks = some(tip.number + 1, "block")
    context.say("store-rebuild", document, f"made from {blocks}, up to {moment(tip.timestamp)}")
