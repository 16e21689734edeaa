"""What the ledger's transactions cost, against what they cost when the snapshot was made."""

from __future__ import annotations

import json

from bench.gas.__main__ import END, PAGE, SNAPSHOT, START, page
from bench.gas.ours import ours
from bench.gas.terms import Terms

FIGURES = {  # of the design: at most
    "transfer units between receipts": 40_500,
    "split off a receipt": 68_000,
    "transfer units to a new receipt": 68_000,
    "pay one holder, who asks": 62_000,
    "fix the record date, and fund": 120_000,
    "pay 100 holders, each": 16_000,
    "anchor a batch of 10,000 lines": 70_000,
}


def snapshot() -> dict[str, Terms]:
    rows = json.loads(SNAPSHOT.read_text())
    return {row.pop("work"): Terms(**{name: gas for name, gas in row.items() if name != "gas"}) for row in rows}


def test_no_work_costs_more_than_before() -> None:
    """By more than one in a hundred. Who makes one cheaper, or has a reason: python -m bench.gas --snapshot."""
    before, now = snapshot(), ours()
    assert now.keys() == before.keys()
    dearer = {work: (before[work], found) for work, found in now.items() if found.gas > before[work].gas * 1.01}
    assert dearer == {}


def test_the_figures_are_reached() -> None:
    found = snapshot()
    assert {work: found[work].gas for work, most in FIGURES.items() if found[work].gas > most} == {}


def test_the_page_has_the_snapshot() -> None:
    text = PAGE.read_text()
    assert text[text.index(START) + len(START) : text.index(END)] == page(snapshot())
