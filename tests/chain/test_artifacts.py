"""Artifacts, overloads, events and bindings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from eth_abi import decode, encode

from ledger.chain.artifacts import Contract, contract_names
from ledger.chain.bindings import Bound
from ledger.chain.devkeys import dev_account
from ledger.chain.node import CallRequest, Log
from ledger.chain.primitives import keccak
from ledger.errors import ChainError, InputError, SetupError

from .conftest import FIXTURES

ALICE, BOB = dev_account(1).address, dev_account(2).address


def log(topics: list[bytes], data: bytes) -> Log:
    return Log(BOB, tuple(topics), data, 5, bytes(32), b"\1" * 32, 0, 3)


def test_overloads(probe: Contract) -> None:
    for args, signature in (
        ((ALICE, BOB, 1), "transferFrom(address,address,uint256)"),
        ((1, BOB, 500), "transferFrom(uint256,address,uint256)"),
        ((1, 2, 500), "transferFrom(uint256,uint256,uint256)"),
    ):
        assert probe.function("transferFrom", *args).text == signature
        assert probe.function(signature).encode(*args) == probe.encode("transferFrom", *args)
        assert probe.encode("transferFrom", *args)[:4] == keccak(signature.encode())[:4]
    assert probe.function("approve", arity=2).text == "approve(address,uint256)"
    assert probe.function("approve(uint256, address, uint256)").text == "approve(uint256,address,uint256)"
    assert probe.encode("approve", 7, BOB, 1)[:4] == keccak(b"approve(uint256,address,uint256)")[:4]
    with pytest.raises(InputError, match="ambiguous") as caught:
        probe.function("transferFrom", arity=3)
    assert "transferFrom(uint256,uint256,uint256)" in str(caught.value)
    for key, args in (("transferFrom", (True, 1, 1)), ("transferFrom", (1, 2)), ("nothing", ()), ("tick(uint8)", ())):
        with pytest.raises(InputError):
            probe.encode(key, *args)


def test_arguments_that_do_not_fit_are_named(probe: Contract) -> None:
    with pytest.raises(InputError) as caught:
        probe.encode("give", "Alice", 5)
    assert (
        caught.value.field == "to"
        and caught.value.expected == "address"
        and "give(address,uint256)" in str(caught.value)
    )
    with pytest.raises(InputError, match="number of arguments"):
        probe.encode("give", ALICE)


def test_calldata_goes_round(probe: Contract) -> None:
    function = probe.function("note")
    calldata = function.encode(3, "text", {"who": BOB, "units": 4, "note": "x"}, [1, 2])
    assert calldata[4:] == encode(
        ["uint256", "string", "(address,uint64,string)", "uint64[]"], [3, "text", (BOB, 4, "x"), [1, 2]]
    )
    assert function.decode_input(calldata)["leg"].units == 4
    with pytest.raises(InputError):
        function.decode_input(probe.encode("tick"))
    assert not function.is_view and probe.function("title").is_view


def test_outputs(probe: Contract) -> None:
    assert probe.function("tick").decode_output(b"") is None
    assert probe.function("count").decode_output((7).to_bytes(32, "big")) == 7
    both = probe.function("clock").decode_output(encode(["uint256", "uint256"], [11, 12]))
    assert (both.timestamp, both.number) == (11, 12)
    for short in (b"", b"\0" * 31):
        with pytest.raises(ChainError):
            probe.function("count").decode_output(short)


def test_events(probe: Contract) -> None:
    moved = probe.event("Moved")
    topics = [moved.topic, bytes(12) + bytes.fromhex(ALICE[2:]), bytes(12) + bytes.fromhex(BOB[2:])]
    found = probe.decode_event(log(topics, encode(["uint256"], [9])))
    assert found is not None and found.args == {"from": ALICE, "to": BOB, "units": 9}
    assert (found.name, found.address, found.block_number, found.log_index, found.tx_hash) == (
        "Moved",
        BOB,
        5,
        3,
        b"\1" * 32,
    )
    assert moved.topics(to=BOB) == [moved.topic, None, topics[2]] and moved.topics() == [moved.topic]
    assert probe.decode_event(log([bytes(32)], b"")) is None and probe.decode_event(log([], b"")) is None
    with pytest.raises(ChainError):
        moved.decode(log([bytes(32)], b""))
    with pytest.raises(ChainError):
        moved.decode(log(topics[:2], encode(["uint256"], [9])))
    with pytest.raises(ChainError):
        moved.decode(log(topics, b""))
    with pytest.raises(InputError):
        moved.topics(units=5)


def test_an_indexed_string_is_its_hash() -> None:
    inputs = [{"name": "id", "type": "string", "indexed": True}, {"name": "n", "type": "uint8"}]
    contract = Contract.from_artifact({"contractName": "E", "abi": [{"type": "event", "name": "X", "inputs": inputs}]})
    event = contract.event("X(string,uint8)")
    assert event.arguments([event.topic, keccak(b"name")], (5).to_bytes(32, "big")) == {"id": keccak(b"name"), "n": 5}


def test_creation(probe: Contract) -> None:
    code = probe.creation(ALICE, "算")
    assert code.startswith(probe.bytecode)
    assert decode(["address", "string"], code[len(probe.bytecode) :]) == (ALICE.lower(), "算")
    with pytest.raises(InputError, match="constructor"):
        probe.creation(ALICE)
    with pytest.raises(InputError, match="interface"):
        Contract.from_artifact({"contractName": "I", "abi": [], "bytecode": "0x"}).creation()


def test_finding_artifacts(tmp_path: Path) -> None:
    assert contract_names(FIXTURES) == ["Probe"]
    with pytest.raises(SetupError, match="Nothing"):
        Contract("Nothing", directory=FIXTURES)
    (tmp_path / "Broken.json").write_text(json.dumps({"abi": []}))
    with pytest.raises(SetupError, match=r"Broken\.json"):
        Contract("Broken", directory=tmp_path)


def test_bound(embedded: object, probe: Contract) -> None:
    bound = Bound(probe, BOB.lower())
    assert bound.address == BOB and bound.call_data("tick") == probe.function("tick").selector
    with pytest.raises(InputError):
        Bound(probe, "0x1234")
    assert CallRequest(bound.address).sender is None
