"""What a change would do, and what became of it."""

from __future__ import annotations

from string import Formatter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from ledger.chain.artifacts import Contract, contract_names
from ledger.cli.draw.look import Look
from ledger.cli.draw.operation import operation, problem_lines
from ledger.cli.draw.preview import preview
from ledger.cli.draw.words import SENTENCES, SILENT, STATES, Words
from ledger.services.reading import state_of
from tests.cli.draw.documents import ANN, BOB, FIRST, NAMES, NETWORK, PICTURES, RECEIPTS, SPLIT, cny, series

CONTRACTS = {"ComputeReceipt": RECEIPTS}


def prepared(**other: Any) -> dict[str, Any]:
    data = Contract("ComputeReceipt").encode("split", int(FIRST), [10050, 200])
    tx = {"chainId": 20250102, "nonce": 7, "to": RECEIPTS, "value": "0", "data": f"0x{data.hex()}", "gas": "180000"}
    tx |= {"maxFeePerGas": "2000000007", "maxPriorityFeePerGas": "1000000000", "type": "0x2"}
    return {"transactions": [tx | other], "preview": SPLIT}


def drawn(document: dict[str, Any], look: Look) -> str:
    return preview(document, look, network=NETWORK, series=[series()], contracts=CONTRACTS)


@pytest.mark.parametrize(
    ("name", "document", "look"),
    [
        ("preview-80", SPLIT, Look(80, names=NAMES)),
        ("prepared-80", prepared(), Look(80, names=NAMES)),
        ("prepared-60", prepared(), Look(60, names=NAMES)),
        ("preview-full", SPLIT, Look(120, full=True, names=NAMES)),
    ],
)
def test_it_looks_like_this(name: str, document: dict[str, Any], look: Look) -> None:
    assert drawn(document, look) + "\n" == (PICTURES / f"{name}.txt").read_text(encoding="utf-8")


def test_what_is_signed_is_read_from_its_bytes() -> None:
    text = drawn(prepared(), Look(100))
    assert f"split(tokenId={FIRST}, units=[10050, 200])" in text
    assert "at most 0.00036000000126 coins" in text  # 180,000 * 2,000,000,007 wei
    # Bytes and targets that are not known are said to be so, and coins that go along are in sight.
    assert "a call that is not known here" in drawn(prepared(data="0xdeadbeef"), Look(100))
    elsewhere = drawn(prepared(to=BOB, value="1500000000000000000"), Look(100))
    assert "which is no contract of the ledger" in elsewhere and "with 1.5 coins" in elsewhere


def test_a_change_of_nothing_says_so() -> None:
    text = drawn(SPLIT | {"changes": [], "events": []}, Look(80))
    assert "no balance is another then" in text and "nothing that is told" in text


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=50), st.integers(40, 120), st.booleans())
def test_hostile_text_does_nothing(text: str, width: int, colour: bool) -> None:
    event = {"contract": RECEIPTS, "kind": "ComputeReceipt", "name": "ReceiptFrozen"}
    event |= {"args": {"tokenId": FIRST, "frozen": True, "reason": text}}
    change = {"holder": ANN, "account": None, "asset": "cash", "of": text, "code": text, "amount": "1"}
    look = Look(width, colour, names={ANN: text})
    shown = preview(SPLIT | {"events": [event, event | {"name": text}], "changes": [change]}, look, network=text)
    plain = shown if not colour else "".join(part.partition("m")[2] for part in ("m" + shown).split("\x1b["))
    assert all(char.isprintable() or char == "\n" for char in plain)
    assert all(cell_len(line) <= width for line in plain.split("\n"))


# --- Events ------------------------------------------------------------------------------------------------------


def events() -> dict[str, set[str]]:
    return {
        f"{name}.{event.name}": set(event.inputs.fields) for name in contract_names() for event in Contract(name).events
    }


def test_sentences_are_of_events_that_there_are() -> None:
    there = events()
    for name, sentence in SENTENCES.items():
        fields = {field for _, field, _, _ in Formatter().parse(sentence) if field}
        assert fields <= there[name.split()[0]], name
    assert set(there) >= SILENT
    assert not {name.split()[0] for name in SENTENCES} & SILENT


@pytest.mark.parametrize("contract", ["ComputeReceipt", "Spv", "Vouchers", "SettlementCash"])
def test_what_happens_to_money_and_receipts_has_a_sentence(contract: str) -> None:
    generic = {"Vouchers.ApprovalForAll", "Vouchers.DeliveryRefused", "Vouchers.Migrated", "Vouchers.TransferBatch"}
    names = {name for name in events() if name.startswith(f"{contract}.") and not name.endswith("EIP712DomainChanged")}
    assert names <= {name.split()[0] for name in SENTENCES} | SILENT | generic


def test_states_are_numbered_as_in_the_contracts() -> None:
    for number in range(1, len(STATES)):
        assert state_of(number).value == STATES[number]


def test_each_sentence_can_be_said() -> None:
    """With arguments of the ABI's types, as the API has them."""
    samples = {"address": ANN, "bool": True, "string": "a reason", "bytes32": "0x" + "ab" * 32, "tuple": {}}
    words = Words(Look(100), [series()])
    for name in contract_names():
        for entry in Contract(name).abi:
            if entry["type"] == "event":
                args = {
                    one["name"]: [] if one["type"].endswith("]") else samples.get(one["type"], "1")
                    for one in entry["inputs"]
                }
                said = words.of({"contract": BOB, "kind": name, "name": entry["name"], "args": args})
                assert said is None or (said and "{" not in said)


# --- Operations --------------------------------------------------------------------------------------------------


def done(**other: Any) -> dict[str, Any]:
    found = {"id": "op_" + "0" * 32, "command": "freeze_receipt", "state": "done"}
    found |= {"acceptedAt": "2025-04-02T01:00:00Z", "endedAt": "2025-04-02T01:00:02Z", "problem": None}
    found |= {"result": {"receipt": FIRST, "frozen": True, "holder": ANN, "paid": cny("1000.50"), "left": None}}
    found["transactions"] = [{"hash": "0x" + "cd" * 32, "block": "1042", "state": "final"}]
    return found | other


PROBLEM = {
    "type": "/problems/invalid",
    "title": "A value is not as expected",
    "status": 422,
    "detail": "unknown receivable",
    "errors": [
        {"message": "unknown receivable", "field": "receivable", "expected": "one of the pool", "found": "\x1bx"}
    ],
    "hint": "name it as the rent roll does",
}


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("operation-done", done()),
        ("operation-failed", done(state="failed", result=None, problem=PROBLEM, transactions=[])),
        (
            "operation-accepted",
            done(state="accepted", result=None, endedAt=None, transactions=[
                {"hash": "0x" + "cd" * 32, "block": None, "state": "open"}
            ]),
        ),
    ],
)  # fmt: skip
def test_what_became_of_it_looks_like_this(name: str, document: dict[str, Any]) -> None:
    text = operation(document, Look(80, names=NAMES), network=NETWORK)
    assert text + "\n" == (PICTURES / f"{name}.txt").read_text(encoding="utf-8")


def test_what_a_contract_refused_is_shown_with_its_arguments_in_words_and_with_a_hint() -> None:
    refused = {"name": "TooEarly", "arguments": {"today": "20271", "day": "20358"}}
    problem = {"detail": "TooEarly(today=20271, day=20358)", "error": refused}
    assert problem_lines(problem) == [
        "TooEarly(today=20271, day=20358)",
        "  today is 2025-07-02 where the series is; this is for 2025-09-27 and later (TooEarly)",
        "  next: do it then; a local chain: crt chain advance DAYS",
    ]
    assert problem_lines({"detail": "Other(x=1)", "error": {"name": "Other", "arguments": {}}}) == ["Other(x=1)"]


def test_a_problem_says_what_where_and_what_next() -> None:
    assert problem_lines(PROBLEM) == [
        "unknown receivable",
        "  field: receivable",
        "  expected: one of the pool",
        "  found: ?x",
        "  next: name it as the rent roll does",
    ]
