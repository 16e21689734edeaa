"""Facts of series and holders, the money of an SPV, the feed: what is said, and that no amount is lost."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from ledger.cli.draw.details import money, series_facts, spv_facts, spvs, standing
from ledger.cli.draw.happened import happened
from ledger.cli.draw.look import Look
from ledger.domain.money import currency, decimal_string
from tests.cli.draw.documents import ANN, BOB, CASH, NAMES, RECEIPTS, SPV, cny, series

ACCOUNTS = ("subscriptions", "collections", "fees", "payable", "reserve", "sinking", "residual", "trapped", "dust")


def details(accounts: dict[str, str] | None = None, **other: Any) -> dict[str, Any]:
    """A series with all that the API says of one alone. What ``accounts`` leaves out is zero."""
    given = dict.fromkeys(("cash", *ACCOUNTS), "0.00") | (accounts or {})
    more = {
        "size": cny("1000.00"),
        "softCap": cny("600.00"),
        "sold": cny("1000.00"),
        "outstanding": cny("900.00"),
        "advanceRate": "0.7",
        "discountRate": "0.09",
        "poolFace": cny("1600.00"),
        "poolCount": 4,
        "presentValue": None,
        "openDate": "2024-12-16",
        "closeDate": "2024-12-31",
        "cutOffDate": "2025-01-01",
        "requirement": {"classes": ["insurance", "bank"], "jurisdictions": ["CN"]},
        "parties": {"originator": ANN, "feeRecipient": BOB, "unclaimedTo": BOB, "valuationAgent": ANN},
        "cashToken": CASH,
        "accounts": {name: cny(amount) for name, amount in given.items()},
    }
    return series(**more | other)


MINOR = st.integers(0, 2**50)


@given(st.lists(MINOR, min_size=9, max_size=9), st.integers(0, 1), st.integers(60, 160))
def test_all_that_is_owed_is_shown_and_compared_with_the_cash(owed: list[int], more: int, width: int) -> None:
    cash = sum(owed) + more
    given = {name: decimal_string(one, currency("CNY")) for name, one in zip(ACCOUNTS, owed, strict=True)}
    text = money(details(given | {"cash": decimal_string(cash, currency("CNY"))}), Look(width))
    figures = [int(re.sub(r"[,.]", "", one)) for one in re.findall(r"(?<!\S)[0-9,]+\.[0-9]{2}(?=[\s,]|$)", text)]
    together = [sum(owed), cash] if not more else [sum(owed), cash, sum(owed)]
    assert sorted(figures) == sorted([one for one in owed if one] + together)
    assert ("that it owes" in text) is (more == 0)
    assert all(cell_len(line) <= width for line in text.split("\n"))


@pytest.mark.parametrize("width", [40, 80, 120])
def test_facts_of_a_series(width: int) -> None:
    text = series_facts(details(paused=True), Look(width, names=NAMES))
    words = " ".join(text.split())
    assert "Active, paused: nothing moves" in words and "8.25% a year" in words and "not attested yet" in words
    assert "insurance, bank; in CN" in words and "江州銀行理財" in words
    assert "worth 1,200.00 as attested" in " ".join(
        series_facts(details(presentValue=cny("1200.00")), Look(width)).split()
    )
    assert all(cell_len(line) <= width for line in text.split("\n"))


def test_an_spv_and_its_list() -> None:
    assert SPV in spv_facts(details(), Look(120, full=True)) and "800.00 CNY since it began" in spv_facts(
        details(), Look(120)
    )
    one = details({"cash": "60.00", "payable": "10.00", "reserve": "20.00", "sinking": "30.00"})
    row = spvs([one, details(code="T2")], Look(120)).split("\n")[1].split()
    assert row[0] == "T1" and row[-4:] == ["60.00", "60.00", "0.00", "0.00"]  # cash, for holders, fees, residual
    assert spvs([], Look(80)).startswith("no series\n  next: ")


def test_what_a_holder_is() -> None:
    found = {"holder": ANN, "classes": ["bank"], "jurisdictions": [], "validUntil": None, "frozen": True}
    text = standing(found | {"reason": "a\x1b[2Jb"}, Look(80), [("T1", False), ("T2", True)])
    assert "frozen: a?[2Jb" in text and "may not receive  T1" in text and "may receive      T2" in text
    assert "nothing was ever registered" in text and re.search(r"jurisdictions +none", text)
    free = standing(found | {"frozen": False, "reason": "lifted", "validUntil": "2030-12-31T23:59:59Z"}, Look(80))
    assert "not frozen any more: lifted" in free and "2030-12-31 23:59 UTC" in free
    assert "not frozen\n" in standing(found | {"frozen": False, "reason": None}, Look(80)) + "\n"


def message(seq: int, kind: str, name: str, args: dict[str, Any], reverts: int | None = None) -> dict[str, Any]:
    block = {"number": 9, "hash": "0x" + "ab" * 32}
    data = {"id": f"evt_{seq}", "seq": seq, "reverts": reverts, "block": block, "transaction": "0x" + "cd" * 32}
    data |= {"logIndex": 0, "contract": RECEIPTS, "kind": kind, "name": name, "args": args}
    return {"type": f"{kind}.{name}.added", "timestamp": "2025-02-01T01:00:00Z", "data": data}


def test_the_feed_in_its_order() -> None:
    frozen = {"holder": ANN, "frozen": True, "reason": "order 12"}
    void = {"type": "feed.reset", "data": {"id": "evt_4", "seq": 4, "after": 2}}
    messages = [
        message(1, "ComputeReceipt", "HolderFrozen", frozen),
        message(2, "ComputeReceipt", "SlotChanged", {}),  # which the message beside it tells
        message(3, "ComputeReceipt", "HolderFrozen", frozen, reverts=1),
        void,
    ]
    told = list(happened(messages, Look(80, names=NAMES)))
    assert len(told) == 3
    head, sentence = told[0].split("\n")
    assert head.split() == ["1", "2025-02-01", "01:00", "block", "9"]
    assert sentence.strip() == "江州銀行理財 0xBcd404…954096 is frozen: order 12"
    assert "no longer: 江州銀行理財" in told[1]
    assert "message 2 is void" in told[2]
    assert all(cell_len(line) <= 30 for text in happened(messages, Look(30)) for line in text.split("\n")[1:])
