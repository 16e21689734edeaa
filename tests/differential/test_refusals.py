"""Every call on every day of four short lives: both worlds would do it, or both refuse, and for a reason of the rules.

Each first and last day of the rules, and each state but the draft, are among these days.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from ledger.domain.daycount import DayCount, day_number
from ledger.domain.money import currency
from ledger.domain.terms import InvestorClass, Principal, Receivable, Terms
from ledger.domain.waterfall import State

from .compare import Both
from .lives import Act, Life, Move, Pay, Rent, Subscribe, Verb
from .play import play
from .stage import HOLDERS, Stage

OPENED = date(2024, 2, 22)
TERMS = Terms(
    code="SHORT",
    name="Short",
    currency=currency("CNY"),
    size=1_000,
    soft_cap=600,
    target_yield=900_000,
    day_count=DayCount.ACT_ACT_ISDA,
    issue_date=OPENED + timedelta(3),
    maturity_date=OPENED + timedelta(13),
    frequency=None,
    payment_dates=(OPENED + timedelta(7), OPENED + timedelta(13)),
    record_lag_days=2,
    principal=Principal.PASS_THROUGH,
    principal_targets=(),
    open_date=OPENED,
    close_date=OPENED + timedelta(1),
    classes=frozenset(InvestorClass),
    jurisdictions=frozenset({"CN"}),
    originator="originator",
    cut_off_date=OPENED,
    discount_rate=90_000,
    advance_rate=1_000_000,
    fee_rate=5_000,
    fee_cap=1_000,
    reserve_target=0,
    oc_trigger=1_000_000,
    oc_default=0,
    arrears_limit=1,
    grace_days=2,
    claim_days=3,
    utc_offset=480,
)
POOL = (
    Receivable("R0", "lessee", 1, OPENED + timedelta(6), 600),
    Receivable("R1", "lessee", 1, OPENED + timedelta(13), 600),
)
EVERYBODY = 0b1111111


def short_life(*acts: tuple[int, Act], **changes: Any) -> Life:
    """Days are counted from the first of the offering."""
    first = day_number(OPENED)
    return Life(replace(TERMS, **changes), POOL, tuple((first + day, act) for day, act in acts))


REPAID = short_life(
    (0, Subscribe(0, 700)),
    (1, Subscribe(1, 300)),
    (3, Verb("activate")),
    (5, Rent((("R0", 600),))),
    (5, Verb("fix_record", True)),
    (6, Move("move_to_new", 0, 2, 30)),
    (7, Verb("fund", True)),
    (8, Pay("all", 0b001)),
    (12, Verb("fix_record", False)),
    (12, Rent((("R1", 600),))),
    (14, Verb("fund", True)),
    (15, Pay("all", 0b010)),
    (15, Verb("close", 0)),
    (17, Pay("all", EVERYBODY)),
    (18, Verb("close", 1)),
    (18, Verb("sweep")),
    (19, Verb("pay_residual")),
)
IN_DEFAULT = short_life(
    (0, Subscribe(0, 600)),
    (3, Verb("activate")),
    (5, Verb("fix_record", True)),
    (9, Verb("fund", False)),  # no rent: arrears, and the series accelerates
    (11, Verb("fix_record", True)),
    (13, Verb("fund", True)),
    (14, Verb("fix_record", True)),
    (15, Rent((("R1", 5),))),
    (15, Verb("fund", True)),
    (16, Rent((("R0", 2_000),))),
    (17, Verb("fix_record", True)),
    (18, Verb("fund", True)),
    (20, Pay("all", EVERYBODY)),
    (20, Verb("close", 0)),
)
FAILED = short_life((0, Subscribe(0, 300)), (1, Subscribe(1, 299)), (4, Verb("fail")), (5, Verb("refund", 0b01)))
NOT_ISSUED = short_life((0, Subscribe(0, 1_000)), (6, Verb("fail")), (7, Verb("refund", EVERYBODY)))


# What has to come up at least, so that no test is empty.
WHILE_SOLD = {"subscribe": "TooEarly TooLate OverSubscribed NothingGiven", "activate": "TooEarly", "fail": "NotFailed"}
WHILE_IT_RUNS = {
    "collect": "WrongState UnknownReceivable NothingGiven",
    "move_whole": "SeriesNotMovable",
    "move_to_new": "SeriesNotMovable InsufficientUnits",
    "fix_record": "WrongState RecordState TooEarly",
    "fund": "RecordState TooEarly Unauthorized",
    "pay": "NotFunded NothingToPay",
    "close": "NotFunded NothingToPay TooEarly",
    "sweep": "WrongState",
    "subscribe": "WrongState",
    "activate": "WrongState",
    "cancel": "WrongState",
    "fail": "WrongState",
    "refund": "WrongState",
}

IN_THE_END = {"fix_record": "Unauthorized", "fund": "NothingToDistribute"}


@pytest.mark.parametrize(
    ("life", "end", "refusals"),
    [
        pytest.param(REPAID, State.REDEEMED, [WHILE_SOLD, WHILE_IT_RUNS], id="repaid"),
        pytest.param(IN_DEFAULT, State.REDEEMED, [WHILE_IT_RUNS, IN_THE_END], id="default"),
        pytest.param(FAILED, State.FAILED, [WHILE_SOLD, {"activate": "NotSold"}], id="failed"),
        pytest.param(NOT_ISSUED, State.FAILED, [{"activate": "TooLate"}], id="not issued in time"),
    ],
)
def test_every_call_on_every_day(stage: Stage, life: Life, end: State, refusals: list[dict[str, str]]) -> None:
    both = walk(stage, life)
    assert both.reference.model.state is end
    expected = {f"{verb} refused: {name}" for part in refusals for verb in part for name in part[verb].split()}
    assert expected - set(both.tally) == set()


def walk(stage: Stage, life: Life) -> Both:
    """A life, with every call tried at the end of each day, from the one before the offering."""

    def try_everything(both: Both) -> None:
        for verb, *args in calls(both):
            both.would(verb, *args)

    days = range(day_number(OPENED) - 1, life.acts[-1][0] + 5)
    return play(stage, life, days=days, at_night=try_everything)


def calls(both: Both) -> Iterator[tuple[Any, ...]]:
    """Each verb, with arguments on both sides of each limit."""
    book, model = both.reference.book, both.reference.model
    left = model.setup.size - model.units
    for units in {0, 1, left, left + 1}:
        yield "subscribe", HOLDERS[2], units
    for verb in ("activate", "fail", "cancel", "sweep", "pay_fees", "pay_residual"):
        yield (verb,)
    for items in ((("R0", 1),), (("R0", 0),), (("R0", 1), ("R9", 1))):
        yield "collect", items
    for servicer in (True, False):
        yield "fix_record", servicer
        yield "fund", servicer
    receipts = sorted(book.receipts)
    for epoch in range(len(model.epochs) + 2):
        yield "close", epoch
        yield "pay", epoch, receipts
    if receipts:
        first, last = receipts[0], receipts[-1]
        units = book.receipts[first].units
        yield "refund", [first]
        yield "move_whole", first, HOLDERS[3]
        yield "move_to_new", first, HOLDERS[3], units + 1
        yield "move_units", first, last, units
        own = book.of(book.receipts[first].holder)
        yield "merge", own[1:] or own, first
