"""The figures of the reference case, through the contracts and the model alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path

import pytest

from ledger.domain.daycount import day_number
from ledger.domain.terms import Receivable
from ledger.domain.valuation import present_value, xirr
from ledger.domain.waterfall import State
from ledger.errors import Reverted
from ledger.services.inputs.case import Case, load_case

from .compare import REFUSED, Both
from .lives import Act, Life, Pay, Rent, Subscribe, Verb
from .play import play
from .stage import HOLDERS, Stage

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "crt01"
COUPONS = [665_753_424, 673_150_684, 680_547_945, 680_547_945]
PRINCIPAL = 30_000_000_000


@pytest.fixture(scope="module")
def crt01() -> Case:
    names = ("terms.toml", "rent-roll.csv", "subscriptions.csv", "collections-on-time.csv")
    return load_case(*(EXAMPLE / name for name in names))


def test_crt01_with_rent_on_time(stage: Stage, crt01: Case) -> None:
    terms = crt01.terms
    acts: list[tuple[int, Act]] = [
        (day_number(terms.open_date), Subscribe(holder, order.units))
        for holder, order in enumerate(crt01.subscriptions)
    ]
    acts.append((day_number(terms.issue_date), Verb("activate")))
    for day, entries in groupby(crt01.collections, lambda entry: entry.day):
        acts.append((day_number(day), Rent(tuple((entry.receivable, entry.amount) for entry in entries))))
    for period in crt01.periods:
        acts.append((period.record_day, Verb("fix_record", True)))
        acts += [(period.payment_day, Verb("fund", True)), (period.payment_day, Pay("all", 0b1111111))]
    both = play(stage, Life(terms, crt01.receivables, tuple(sorted(acts, key=lambda entry: entry[0]))))
    amounts = [both.chain.series.view("epochAt", epoch).amount for epoch in range(5)]
    assert amounts == [*COUPONS, PRINCIPAL]
    assert both.chain.series.state() is State.REDEEMED
    flows = [(terms.issue_date, -PRINCIPAL)]
    days = [*terms.payment_dates, terms.maturity_date]
    assert xirr(flows + list(zip(days, amounts, strict=True))) == Decimal("0.0930834594")


def test_a_payment_over_the_seven_holders(stage: Stage, crt01: Case) -> None:
    units = [100_000_000, 70_000_000, 50_000_000, 33_333_333, 26_666_667, 19_999_999, 1]
    paid = ["4438356.16", "3106849.31", "2219178.08", "1479452.03", "1183561.65", "887671.18", "0.04"]
    terms = crt01.terms
    end = terms.issue_date + timedelta(180)
    terms = replace(terms, maturity_date=end, payment_dates=(end,), frequency=None)
    both = Both(stage, terms, (Receivable("R", "lessee", 1, end, 2 * PRINCIPAL),))
    both.do("offer", 2 * PRINCIPAL)
    both.go_to(day_number(terms.open_date))
    for holder, part in zip(HOLDERS, units, strict=True):
        both.do("subscribe", holder, 100 * part)
    both.go_to(day_number(terms.issue_date))
    both.do("activate")
    both.go_to(day_number(end))
    both.do("collect", (("R", 2 * PRINCIPAL),))
    both.do("fix_record", True)
    assert both.do("fund", True)["amounts"] == [1_331_506_849, PRINCIPAL]
    payments = both.do("pay", 0, list(range(1, 8)))
    assert [Decimal(amount).scaleb(-2) for _, _, amount in payments] == [Decimal(text) for text in paid]
    assert both.chain.series.view("accounts").dust == 4
    both.finish()


def test_the_advance_test_sees_one_cent(stage: Stage, crt01: Case) -> None:
    days = sorted({item.due for item in crt01.receivables})
    limits = {3_740_239_629: 29_999_999_999, 3_740_239_630: 30_000_000_007}
    for rent, limit in limits.items():
        pool = tuple(Receivable(f"R{number}", "lessee", 1_000, day, rent) for number, day in enumerate(days))
        terms = crt01.terms
        value = present_value(pool, terms.discount_rate, terms.cut_off_date, terms.currency).minor
        both = Both(stage, terms, pool)
        if limit < PRINCIPAL:
            assert both.do("offer", value) is REFUSED
            with pytest.raises(Reverted) as refusal:
                both.chain.offer(value)
            assert refusal.value.name == "AdvanceExceeded"
            assert refusal.value.arguments == {"size": PRINCIPAL, "limit": limit}
        else:
            assert both.do("offer", value) is None
            assert both.chain.series.state() is State.OFFERING
        assert value * terms.advance_rate // 1_000_000 == limit
