"""`crt reconcile`: chain, index and journal compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import typer

from ledger.cli.auditing import ends_with
from ledger.cli.context import Context
from ledger.cli.output import moment, some

if TYPE_CHECKING:
    from ledger.services.reconcile import Difference, Report

__all__ = ["DIFFERENT", "reconcile"]

DIFFERENT: Final = 7  # exit code: no failure has it, so that an alarm can tell the two apart
_SHOWN = 200  # differences in text; JSON has all


def reconcile(context: Context) -> None:
    """Compare everything that is stored with the chain, at its newest block, and list every difference.

    Ends with 0 if there is none, with 7 if there are some, with another code if it could not compare. Cash that
    somebody sent to an SPV unasked is listed as a surplus, and is no difference.

    Example: crt reconcile --chain crt-chain.db
    """
    from ledger.services.reconcile import reconcile as compare

    with context.ledger() as ledger:
        report = compare(ledger)
        if not report.agree:
            ends_with(some(len(report.differences), "difference"))
    context.say("reconcile", report.document(), *_lines(report))
    if not report.agree:
        raise typer.Exit(DIFFERENT)


def _lines(report: Report) -> list[str]:
    compared = ", ".join(some(count, kind) for kind, count in sorted(report.compared.items()))
    lines = [f"after block {report.block_number}, {moment(report.timestamp)}", f"compared: {compared}"]
    for one in report.differences[:_SHOWN]:
        lines += ["", *_difference(one)]
    if len(report.differences) > _SHOWN:
        lines += ["", f"and {len(report.differences) - _SHOWN:,} more: --json lists them all"]
    for one in report.surplus:
        lines += ["", f"surplus: {one.where}", f"  booked  {one.expected}", f"  there   {one.found}"]
    return [*lines, "", some(len(report.differences), "difference") if report.differences else "no differences"]


def _difference(one: Difference) -> list[str]:
    return [f"{one.kind}: {one.where}", f"  books  {one.expected}", f"  chain  {one.found}"]
