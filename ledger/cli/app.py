"""The commands of `crt`, and how errors leave it."""

from __future__ import annotations

import io
import json
import re
import signal
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from ledger.cli import (
    acknowledge,
    api,
    audit,
    binding,
    cash,
    chain,
    claims,
    collect,
    completion,
    config,
    contrib,
    deploy,
    distribute,
    doctor,
    events,
    holder,
    investing,
    network,
    node,
    operations,
    payments,
    people,
    receipt,
    reconcile,
    redeem,
    series_life,
    spv,
    store,
    tx,
    verification,
    voucher,
    wallet_signing,
    webhook,
    whoami,
    work,
)
from ledger.cli.options import change, command, local, operate
from ledger.errors import LedgerError

__all__ = ["app", "main"]

_UsageError: Any = typer.BadParameter.__base__  # it has no public name: some versions of typer bring their own click
_LONG = re.compile(r"(?<=[('])[^()']{41,}(?=[)'])")


class _Careful(TyperGroup):
    """What is typed where it does not belong may be a key, or words: an error of usage repeats little of it."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except _UsageError as error:
            error.message = _LONG.sub(lambda long: f"{len(long[0])} characters, not shown", error.message)
            raise


app = typer.Typer(
    name="crt",
    cls=_Careful,
    help="Compute receipts: issue them against machine rent, hold, split, trade and redeem them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"crt {version('compute-receipt-ledger')}")
        raise typer.Exit


contrib.app.add_typer(verification.app)
contrib.app.add_typer(binding.app, name="bind")
contrib.app.add_typer(people.app)
contrib.app.add_typer(claims.app)
app.add_typer(contrib.app, name="contrib")
app.add_typer(voucher.app, name="voucher")
app.add_typer(chain.app, name="chain")
app.command("node")(node.node)
app.command("deploy")(deploy.deploy)
command(app, "work")(work.work)
command(app, "reconcile")(reconcile.reconcile)
command(app, "acknowledge")(acknowledge.acknowledge)
app.add_typer(operations.app, name="operations")
app.add_typer(series_life.app, name="series")
app.add_typer(spv.app, name="spv")
app.add_typer(receipt.app, name="receipt")
app.add_typer(holder.app, name="holder")
app.add_typer(cash.app, name="cash")
operate(app, "collect")(collect.collect)
operate(app, "distribute")(distribute.distribute)
operate(app, "redeem")(redeem.redeem)
command(app, "events")(events.events)
change(app, "subscribe")(investing.subscribe)
change(app, "claim")(investing.claim)
change(app, "take-back")(investing.take_back)
command(app, "payments")(payments.payments)
app.add_typer(tx.app, name="tx")
app.add_typer(store.app, name="store")
app.add_typer(audit.app, name="audit")
app.add_typer(webhook.app, name="webhook")
app.add_typer(api.app, name="api")
app.add_typer(wallet_signing.app, name="wallet")
app.add_typer(network.app, name="network")
app.add_typer(config.app, name="config")
command(app, "whoami")(whoami.whoami)
local(app, "doctor", places=True)(doctor.doctor)
local(app, "completion")(completion.completion)


@app.callback()
def _crt(
    _: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Keeps `demo` a command of its own while it is the only one."""


demo_app = typer.Typer(invoke_without_command=True)
app.add_typer(demo_app, name="demo")


@demo_app.callback()
def demo(
    context: typer.Context,
    terms: Annotated[Path | None, typer.Option(help="Term sheet (TOML). Default: the example CRT01's.")] = None,
    rent_roll: Annotated[
        Path | None, typer.Option(help="Receivables (CSV). Default: beside the term sheet, else CRT01's.")
    ] = None,
    subscriptions: Annotated[
        Path | None, typer.Option(help="Orders (CSV). Default: beside the term sheet, else CRT01's.")
    ] = None,
    collections: Annotated[
        Path | None, typer.Option(help="Rent as it arrived (CSV). Default: beside the term sheet, else CRT01's.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")] = False,
    report: Annotated[Path | None, typer.Option(help="Write one self-contained HTML page to this file.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
) -> None:
    """Carry a series through its whole life on an embedded chain: issue, rent, payment dates, redemption.

    Amounts are in the currency of the term sheet.

    Example: crt demo --collections examples/crt01/collections-on-time.csv --report build/crt01.html
    """
    if context.invoked_subcommand is not None:
        return
    from ledger.cli.demo import run_demo

    run_demo(terms, rent_roll, subscriptions, collections, as_json=as_json, report=report, quiet=quiet)


@demo_app.command("contributions")
def demo_contributions(
    repo: Annotated[Path | None, typer.Option(help="A git repository. Default: this project's own.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
) -> None:
    """Take a git history to a redeemed voucher: who earned what, one line's proof, graduation, claim, redemption.

    Points are thousandths of a line; amounts are in settlement cash.

    Example: crt demo contributions --repo .
    """
    from ledger.cli.contributions_demo import run_contributions_demo

    run_contributions_demo(repo, as_json=as_json, quiet=quiet)


class _Stopped(BaseException):
    """Ctrl-C. Not KeyboardInterrupt, which the option parser would swallow."""


def main() -> None:
    """Run the command line; every error of the ledger becomes one message and its exit code."""
    _speak_utf8()
    signal.signal(signal.SIGINT, _stop)
    completion.prepare()
    try:
        app(prog_name=completion.PROGRAM)
    except LedgerError as error:
        if "--json" in sys.argv[1:]:
            print(json.dumps({"schema": "crt-error/1", "error": _as_document(error)}, ensure_ascii=False, indent=2))
        print(f"crt: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except _Stopped:
        print("crt: stopped; nothing was kept", file=sys.stderr)
        sys.exit(130)


def _stop(*_: object) -> NoReturn:
    raise _Stopped


def _speak_utf8() -> None:
    """Names are in all scripts, and JSON is UTF-8 by definition; a terminal of another kind shows what it can."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _as_document(error: LedgerError) -> dict[str, Any]:
    fields = ("file", "line", "field", "expected", "found", "hint")
    found = {name: getattr(error, name, None) for name in fields}
    return {"type": type(error).__name__, "message": error.message} | {k: v for k, v in found.items() if v is not None}
