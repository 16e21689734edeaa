"""Lists: figures are all there, at any width; sums are those of the rows."""

from __future__ import annotations

import io
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from ledger.cli.draw import lists
from ledger.cli.draw.look import Look, look_of
from ledger.cli.draw.values import grouped, percent, signed
from ledger.domain.money import currency, decimal_string
from tests.cli.draw.documents import ANN, BOB, NAMES, PICTURES, POOL, cny, distribution, last, payment, receipt, series

CODES = {"1": "T1"}
RECEIPTS = [
    receipt(),
    receipt(id=str((1 << 64) + 2), owner=BOB, units=cny("399.99"), frozen=True),
    receipt(id=str((1 << 64) + 3), owner=BOB, units=cny("0.01")),
    receipt(id=str((1 << 64) + 4), owner=BOB, units=cny("0.00")),
]
HOLDERS = [{"holder": BOB, "units": cny("400.00")}, {"holder": ANN, "units": cny("600.00")}]
BOUGHT = {"id": "20-5", "block": "20", "time": "2024-12-16T01:00:03Z", "series": "1", "holder": ANN}
BOUGHT |= {"receipt": receipt()["id"], "units": cny("600.00")}
CAME = {"id": "43-0", "block": "43", "time": "2025-02-01T01:00:02Z", "receivable": "0x" + "4a" * 32}
ASKED = {"id": "op_" + "1" * 32, "command": "pay_fees", "state": "failed", "acceptedAt": "2025-04-02T01:00:00Z"}


def everything(look: Look) -> str:
    """Each kind of list once."""
    return "\n\n".join(
        [
            lists.series([series()], look),
            lists.receipts(RECEIPTS, look, CODES),
            lists.holders(HOLDERS, look),
            lists.subscriptions([BOUGHT], look, CODES),
            lists.pool(POOL, look),
            lists.collections([CAME | {"amount": cny("7.00")}, CAME | {"amount": cny("1234.50")}], look),
            lists.distributions([distribution(), last()], look),
            lists.payments([payment("12.34"), payment("1000.66")], look, CODES),
            lists.operations([ASKED], look),
        ]
    )


@pytest.mark.parametrize("width", [80, 40])
def test_they_look_like_this(width: int) -> None:
    expected = (PICTURES / f"lists-{width}.txt").read_text(encoding="utf-8")
    assert everything(Look(width, names=NAMES)) + "\n" == expected


def test_nothing_says_what_to_do() -> None:
    look = Look(80)
    empty = [
        lists.series([], look),
        lists.receipts([], look, CODES),
        lists.holders([], look),
        lists.subscriptions([], look, CODES),
        lists.pool([], look),
        lists.collections([], look),
        lists.distributions([], look),
        lists.payments([], look, CODES),
        lists.operations([], look),
    ]
    for text in empty:
        assert re.fullmatch(r"no [a-z]+\n  next: .+", text)


MINORS = st.lists(st.integers(0, 2**50), min_size=1, max_size=6)


@given(MINORS, st.integers(24, 160), st.booleans())
def test_no_digit_is_lost(minors: list[int], width: int, full: bool) -> None:
    found = [receipt(units=cny(decimal_string(one, currency("CNY")))) for one in minors]
    text = lists.receipts(found, Look(width, full=full, names=NAMES), CODES)
    figures = [Decimal(one.replace(",", "")) for one in re.findall(r"(?<!\S)[0-9,]+\.[0-9]{2}(?!\S)", text)]
    expected = [Decimal(one).scaleb(-2) for one in minors]
    assert figures == (expected if len(minors) == 1 else [*expected, sum(expected)])
    assert all(cell_len(line) <= width for line in text.split("\n"))


def test_several_currencies_are_each_said_and_not_summed() -> None:
    found = [receipt(), receipt(units={"amount": "5000", "currency": "JPY"})]
    text = lists.receipts(found, Look(80), CODES)
    assert "600.00 CNY" in text and "5,000 JPY" in text and "together" not in text


def test_the_register_has_the_largest_first_and_all_of_it() -> None:
    lines = lists.holders(HOLDERS, Look(80)).split("\n")
    assert lines[2].split() == ["0xBcd404…954096", "600.00", "60.0000", "%"]
    assert lines[3].split() == ["0x71bE63…6c5788", "400.00", "40.0000", "%"]
    assert lines[4].split() == ["together", "1,000.00"]


def test_addresses_are_whole_if_asked_for() -> None:
    assert BOB in lists.holders(HOLDERS, Look(120, full=True))
    assert BOB not in lists.holders(HOLDERS, Look(120))


def test_names_do_nothing_to_the_terminal() -> None:
    text = lists.holders(HOLDERS, Look(80, names={BOB: "a\x1b[2Jb\nc\u202ed"}))
    assert "\x1b" not in text and "a?[2Jb c?d" in text


def terminal(**more: Any) -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=70, **more)


def test_colours_are_as_the_terminal_has_them() -> None:
    assert look_of(terminal(color_system="truecolor")).colour
    assert not look_of(terminal(color_system="truecolor", no_color=True)).colour
    assert not look_of(Console(file=io.StringIO())).colour
    assert look_of(terminal(color_system="truecolor")).width == 70
    assert "\x1b[" in everything(Look(80, True)) and "\x1b" not in everything(Look(80))


def test_the_environment_has_no_say_beside_the_look(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = everything(Look(80, True))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "33")
    assert everything(Look(80, True)) == expected
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" not in everything(Look(80))


@pytest.mark.parametrize(
    ("digits", "shown"),
    [("0.00", "0.00"), ("-1234.50", "-1,234.50"), ("1000000", "1,000,000"), ("9" * 30 + ".1", ",".join(["999"] * 10) + ".1")],
)  # fmt: skip
def test_digits_are_grouped(digits: str, shown: str) -> None:
    assert grouped(digits) == shown
    assert signed(digits) == (shown if shown.startswith("-") else f"+{shown}")


def test_rates_are_percentages() -> None:
    assert [percent(one) for one in ("0.09", "0.7", "1", "0.000001", "1.25")] == [
        "9%",
        "70%",
        "100%",
        "0.0001%",
        "125%",
    ]
