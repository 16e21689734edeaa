"""`crt distribute`: a payment date, from its record to the last holder who is paid."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli import doing
from ledger.cli.asked import Asked, asked
from ledger.cli.manners import Change
from ledger.cli.options import AsMaybe
from ledger.cli.output import progress
from ledger.cli.reconcile import DIFFERENT
from ledger.cli.series_of import SeriesArgument, day_in, details_of
from ledger.errors import InputError, RuleError

if TYPE_CHECKING:
    from ledger.client.types import Distribution, SeriesDetails

__all__ = ["Step", "distribute"]


class Step(StrEnum):
    """A part of a payment date."""

    RECORD = "record"
    FUND = "fund"
    PAY = "pay"
    CLOSE = "close"


def distribute(
    context: Change,
    series: SeriesArgument,
    day: Annotated[
        str | None,
        typer.Option(
            "--date", metavar="DAY", help="Which payment date. Default: the newest one whose record day has come."
        ),
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Draw the waterfall and the cash flow as they would be, and do nothing.")
    ] = False,
    only: Annotated[
        Step | None,
        typer.Option(help="One step: fix the record; fund it; pay all holders; or close an epoch after its time."),
    ] = None,
    epoch: Annotated[
        int | None, typer.Option(min=0, help="With --only pay or close: up to which epoch, or which; from 0.")
    ] = None,
    who: AsMaybe = None,
) -> None:
    """Pay a payment date: fix the record, run the waterfall, pay all holders, in the series' currency. For servicers.

    What was done is passed over, so that it is repeated as it is when it was broken off: nobody is paid twice. Ends
    with 7 if chain, index and journal do not agree afterwards.

    Example: crt distribute CRT01 --preview
    """
    if only is not None and (day is not None or preview):
        raise InputError(
            "a step has no payment date of its own", field="--only", expected="neither --date nor --preview"
        )
    if epoch is not None and only not in (Step.PAY, Step.CLOSE):
        raise InputError("an epoch is for a step", field="--epoch", expected="--only pay or --only close, too")
    with asked(context, operator=who) as api:
        found = details_of(api, series)
        paid = list(api.client.rows(api.client.list_distributions, found["id"]))
        if only is not None:
            _step(api, found["id"], only, paid, epoch)
            return
        number = _newest(found, paid, day_in(api, found)) if day is None else _on(found, paid, day)
        if preview:
            _preview(api, found, paid, number)
            return
        done = doing.operate(api, api.client.run_payment_date, found["id"], {"period": number})
        result = None if done is None else done.get("result")
        if result is not None and not result["reconciled"]:
            print("crt: chain, index and journal do not agree\n  next: find out why: crt reconcile", file=sys.stderr)
            raise typer.Exit(DIFFERENT)


def _step(api: Asked, series: str, only: Step, paid: Sequence[Distribution], epoch: int | None) -> None:
    match only:
        case Step.RECORD:
            doing.operate(api, api.client.fix_record, series)
        case Step.FUND:
            doing.operate(api, api.client.fund_distribution, series)
        case Step.PAY:
            doing.operate(api, api.client.pay_holders, series, {"epoch": _last(paid) if epoch is None else epoch})
        case Step.CLOSE:
            if epoch is None:
                raise InputError("which epoch is not said", field="--epoch", expected="--epoch N", found="nothing")
            doing.operate(api, api.client.close_distribution, series, epoch)


def _last(paid: Sequence[Distribution]) -> int:
    """The last epoch that is funded."""
    funded = [one["epoch"] for one in paid if one["state"] == "payable"]
    if not funded:
        raise RuleError(
            "nothing is set aside for holders",
            field="--only",
            expected="a funded epoch",
            hint="fund it first: --only fund",
        )
    return max(funded)


def _newest(series: SeriesDetails, paid: Sequence[Distribution], today: date) -> int:
    """The newest period whose record day has come, from 0; as :func:`ledger.services.payment_date.payment_date` has it.

    Raises RuleError before the first one.
    """
    from ledger.cli.draw.cashflow import forgotten

    funded = _regular(paid)
    following = max((one["period"] for one in funded if one["period"] is not None), default=-1) + 1
    place = following - forgotten(series, funded)
    ahead = series["periods"][place:][:1]
    if ahead and (
        any(one["state"] == "recorded" for one in paid) or date.fromisoformat(ahead[0]["recordDate"]) <= today
    ):
        return following
    if following == 0:
        expected = f"{ahead[0]['recordDate']} or later" if ahead else "a payment date"
        raise RuleError(
            "the first record day has not come",
            field="--date",
            expected=expected,
            found=str(today),
            hint="wait for it; on a local chain: crt chain advance DAYS",
        )
    return following - 1


def _on(series: SeriesDetails, paid: Sequence[Distribution], day: str) -> int:
    """The period of a payment date. Raises InputError for a day that is none."""
    from ledger.cli.draw.cashflow import forgotten

    dates = [one["paymentDate"] for one in series["periods"]]
    if day not in dates:
        expected = f"one of {', '.join(dates)}" if dates else "a payment date that the node still knows: it knows none"
        raise InputError("not a payment date", field="--date", expected=expected, found=repr(day[:20]))
    return dates.index(day) + forgotten(series, _regular(paid))


def _regular(paid: Sequence[Distribution]) -> list[Distribution]:
    """Those that are funded and are of a period: a redemption is funded with one of them."""
    return [one for one in paid if one["kind"] == "distribution" and one["waterfall"] is not None]


def _preview(api: Asked, series: SeriesDetails, paid: Sequence[Distribution], period: int) -> None:
    """Print what a payment date would do, or has done: ``crt-distribution/1``."""
    from ledger.cli.draw.cashflow import cash_flow
    from ledger.cli.draw.waterfall import foreseen, held_before, waterfall
    from ledger.domain.money import currency

    with progress(api.context.as_json) as tell:
        tell("try it out")
        shown = api.client.run_payment_date.dry_run(series["id"], {"period": period})
    known = [one for one in paid if one["period"] == period and one["kind"] == "distribution"]
    one = foreseen(shown["events"], currency(series["currency"])) or (known[0] if known else None)
    document = {"series": series["id"], "period": period, "distribution": one, "preview": shown}

    def draw() -> str:
        look = api.look()
        pool = list(api.client.rows(api.client.list_receivables, series["id"]))
        flow = cash_flow(series, pool, paid, look, today=day_in(api, series))
        if one is None:
            return flow
        return f"{waterfall(one, look, code=series['code'], held=held_before(paid, one))}\n\n{flow}"

    api.say("distribution", document, draw)
