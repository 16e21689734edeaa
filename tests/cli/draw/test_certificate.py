"""Certificates on a terminal."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from ledger.cli.draw.certificate import certificate, state_of
from ledger.cli.draw.look import Look
from ledger.domain.money import currency, decimal_string
from tests.cli.draw.documents import ANN, NAMES, NETWORK, PICTURES, cny, payment, receipt, series

PAYMENTS = [payment("12.34"), payment("1000.66")]


def drawn(look: Look, of: dict[str, Any] | None = None, within: dict[str, Any] | None = None) -> str:
    return certificate(of or receipt(), within or series(), look, network=NETWORK, payments=PAYMENTS)


@pytest.mark.parametrize("width", [80, 60])
def test_it_looks_like_this(width: int) -> None:
    expected = (PICTURES / f"certificate-{width}.txt").read_text(encoding="utf-8")
    assert drawn(Look(width, names=NAMES)) + "\n" == expected


def is_framed(text: str, most: int) -> None:
    lines = text.split("\n")
    widths = {cell_len(line) for line in lines}
    assert len(widths) == 1 and widths.pop() <= most
    assert all(line[0] in "╔║╚" and line[-1] in "╗║╝" for line in lines)


ANY_NAME = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=60)


@given(
    width=st.integers(44, 200),
    minor=st.integers(0, 2**63 - 1),
    name=ANY_NAME,
    holder=st.sampled_from(["שלום עולם בעמ", "شركة الحوسبة", "\x1b[31mred\x1b[0m", "a\nb\r\x07", "‮evil", "é" * 30])
    | ANY_NAME,
    frozen=st.booleans(),
)
def test_the_frame_is_straight_whatever_is_in_it(width: int, minor: int, name: str, holder: str, frozen: bool) -> None:
    face = decimal_string(minor, currency("CNY"))
    of, within = receipt(units=cny(face), frozen=frozen), series(name=name, code=name[:31])
    text = drawn(Look(width, names={ANN: holder}), of, within)
    is_framed(text, width)
    assert "\x1b" not in text
    digits = re.sub(r"[^0-9.]", "", "".join(line for line in text.split("\n") if "CNY" in line or "," in line))
    assert face in digits  # all its digits, in their order
    coloured = drawn(Look(width, True, names={ANN: holder}), of, within)
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == text  # colours, and nothing else


def test_colours_are_there_when_they_are_on() -> None:
    assert "\x1b[36m" in drawn(Look(80, True))


@pytest.mark.parametrize(
    ("of", "within", "told"),
    [
        ({}, {}, "movable"),
        ({"frozen": True}, {"paused": True}, "FROZEN"),
        ({}, {"paused": True}, "paused"),
        ({}, {"state": "Offering"}, "not issued"),
        ({}, {"state": "Failed"}, "the offering failed"),
        ({}, {"state": "Matured"}, "in redemption"),
        ({"units": cny("0.00")}, {"state": "Redeemed"}, "redeemed"),
        ({}, {"state": "Defaulted"}, "movable"),
    ],
)
def test_it_says_whether_the_receipt_moves(of: dict[str, Any], within: dict[str, Any], told: str) -> None:
    state, _ = state_of(receipt(**of), series(**within))
    assert state.startswith(told)
    text = " ".join(drawn(Look(80), receipt(**of), series(**within)).replace("║", " ").split())
    assert f"State {state}" in text


def test_what_is_known_is_on_it() -> None:
    text = drawn(Look(80, full=True))
    for part in ("算力收益憑證", "COMPUTE RECEIPT", "8.25% a year", "2025-07-02", "collected rent only", ANN, "No. 1"):
        assert part in text
    assert "1,013.00 CNY in 2 payments" in text
    assert "nothing yet" in certificate(receipt(), series(), Look(80), network=NETWORK)
    due = drawn(Look(80), within=series(periods=[]))
    assert re.search(r"║ +8.25% a year +due +collected rent", due)
