"""A copy of the audit log in which anything was changed does not verify."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.hashchain import START, record_hash, verify
from ledger.errors import InputError

DETAILS = st.dictionaries(st.text(), st.integers() | st.text() | st.lists(st.text()), max_size=3)
LOGS = st.lists(st.tuples(st.text(max_size=5), DETAILS), min_size=1, max_size=6)


def log(made: list[tuple[str, dict[str, Any]]]) -> list[str]:
    lines, previous = [], START
    for number, (command, detail) in enumerate(made, 1):
        record = {"seq": number, "command": command, "detail": detail, "previous": previous}
        record["hash"] = previous = record_hash(record)
        lines.append(json.dumps(record))
    return lines


def test_a_hash_is_that_of_its_text() -> None:
    text = '{"command":"支付","previous":"00","seq":1}'
    record = {"seq": 1, "previous": "00", "command": "支付", "hash": "anything"}
    assert record_hash(record) == hashlib.sha256(text.encode()).hexdigest()


@given(LOGS)
def test_what_was_written_verifies(made: list[tuple[str, dict[str, Any]]]) -> None:
    lines = log(made)
    assert verify(lines) == (len(made), json.loads(lines[-1])["hash"])


@given(LOGS, st.data())
def test_any_change_is_found(made: list[tuple[str, dict[str, Any]]], data: st.DataObject) -> None:
    lines = log(made)
    at = data.draw(st.integers(0, len(lines) - 1))
    record = json.loads(lines[at])
    kind = data.draw(st.sampled_from(["command", "detail", "drop", "twice", "swap", "rehash"]))
    if kind == "drop" and at < len(lines) - 1:
        del lines[at]
    elif kind == "twice":
        lines.insert(at, lines[at])
    elif kind == "swap" and at:
        lines[at - 1], lines[at] = lines[at], lines[at - 1]
    elif kind == "rehash" and at < len(lines) - 1:
        record["command"] += "!"
        lines[at] = json.dumps({**record, "hash": record_hash(record)})
    else:
        lines[at] = json.dumps({**record, "command": record["command"] + "!"})
    with pytest.raises(InputError) as refused:
        verify(lines)
    assert refused.value.line is not None and refused.value.line >= min(at, 1)


def test_what_is_missing_at_the_end_shows_in_the_last_hash() -> None:
    lines = log([("a", {}), ("b", {})])
    assert verify(lines[:1]) != verify(lines)
    assert verify([]) == (0, START)


@pytest.mark.parametrize("line", ["", "{}", "[]", "no", '{"seq":1}'])
def test_what_is_no_record_is_named(line: str) -> None:
    with pytest.raises(InputError, match="not a record"):
        verify([line])
