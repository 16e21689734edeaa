"""A whole payment date in one call: everything once, however often it is interrupted and repeated."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from ledger.engine.operations import Step
from ledger.errors import Reverted, RuleError
from ledger.services import cash, collections, distribution
from ledger.services.ledger import Ledger, open_local
from ledger.services.payment_date import payment_date
from ledger.services.series import Series
from tests.services.small import HOLDERS, RENT, active, small_case

ROOT = Path(__file__).resolve().parents[2]
HELD = (150_000, 100_000, 50_000)
PAID = {holder.address: amount for holder, amount in zip(HOLDERS, (1_500, 1_000, 500), strict=True)}  # 1 % a month
RECORD, PAYMENT = date(2025, 1, 27), date(2025, 2, 1)


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with open_local(start=date(2024, 12, 1)) as found:
        yield found


def collected(series: Series, number: int, day: date) -> None:
    series.go_to(day)
    cash.mint(series, series.ledger.deployment.operator, RENT)
    collections.collect(series, [(f"R{number + 1}-{series.code}", RENT)])


def balances(series: Series) -> dict[str, int]:
    return {holder.address: cash.balance(series, holder.address) for holder in HOLDERS}


def test_everything_is_done_once(ledger: Ledger) -> None:
    series, _ = active(ledger, small_case(), *HELD)
    collected(series, 0, PAYMENT)
    first = payment_date(series)
    assert (first.period, first.epoch, first.redemption_epoch) == (0, 0, None)
    assert {one.holder: one.amount for one in first.payments} == PAID == balances(series)
    assert first.report.agree and first.report.compared["receipt"] == 3
    for period in (None, 0):
        again = payment_date(series, period)
        assert (again.period, again.epoch, again.payments) == (0, 0, []) and again.report.agree
    assert balances(series) == PAID


def test_steps_that_others_have_done_are_passed_over(ledger: Ledger) -> None:
    series, (alices, *_) = active(ledger, small_case(), *HELD)
    collected(series, 0, PAYMENT)
    distribution.fix_record(series)
    assert {one.holder: one.amount for one in payment_date(series).payments} == PAID
    collected(series, 1, date(2025, 3, 1))
    distribution.fix_record(series)
    distribution.fund(series)
    ledger.anyone("spv.pay", Step(series.spv.address, series.spv.call_data("pay", 1, [alices])))
    late = {one.holder: one.amount for one in payment_date(series, 1).payments}
    assert late == {holder: amount for holder, amount in PAID.items() if holder != HOLDERS[0].address}
    assert balances(series) == {holder: 2 * amount for holder, amount in PAID.items()}


def test_the_last_one_repays_the_principal(ledger: Ledger) -> None:
    series, _ = active(ledger, small_case(), *HELD)
    for number, day in enumerate((PAYMENT, date(2025, 3, 1), date(2025, 4, 1))):
        collected(series, number, day)
        made = payment_date(series, number)
        assert made.report.agree
    assert (made.epoch, made.redemption_epoch) == (2, 3)
    whole = {holder: 3 * PAID[holder] + units for holder, units in zip(PAID, HELD, strict=True)}
    assert balances(series) == whole and series.state().value == "Redeemed"
    assert payment_date(series).payments == []


def test_a_period_whose_turn_it_is_not_is_refused(ledger: Ledger) -> None:
    series, _ = active(ledger, small_case(), *HELD)
    with pytest.raises(RuleError, match="first record day has not come"):
        payment_date(series)
    series.go_to(RECORD)
    for period in (-1, 1, 3):
        with pytest.raises(RuleError, match="not the period's turn"):
            payment_date(series, period)
    with pytest.raises(Reverted, match="TooEarly"):
        payment_date(series)
    assert series.view("status").recordOpen
    collected(series, 0, PAYMENT)
    assert payment_date(series).period == 0 and balances(series) == PAID


# Each run goes on where the one before was killed.
KILLS = (
    "assign.stored",  # the record is signed and not sent
    "send.after:2",  # the record is sent again, the funding is sent, and its answer is lost
    "assign.storing",  # payments are stored, and not signed yet
    "mined.storing",  # they are mined, and nobody has noted it
)


def test_a_killed_one_goes_on_where_it_was(tmp_path: Path) -> None:
    home = tmp_path / "chain"
    with open_local(home, start=date(2024, 12, 1)) as ledger:
        series, _ = active(ledger, small_case(), *HELD)
        collected(series, 0, PAYMENT)
    for point in (*KILLS, ""):
        environment = {**os.environ, "CRT_CRASH": point, "PYTHONPATH": str(ROOT)}
        run = subprocess.run([sys.executable, "-m", "tests.services.payer", str(home)], env=environment, cwd=ROOT)
        assert run.returncode == (-signal.SIGKILL if point else 0), point
    with open_local(home) as ledger:
        series = Series.load(ledger, 1)
        assert balances(series) == PAID
        assert sorted((one.holder, one.amount) for one in distribution.payments(series)) == sorted(PAID.items())
        assert payment_date(series).report.agree
