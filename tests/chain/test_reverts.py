"""One decoder for every way that a refusal arrives."""

from __future__ import annotations

import pytest
from eth_tester import EthereumTester
from eth_tester.exceptions import TransactionFailed
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger.chain.artifacts import Contract
from ledger.chain.bindings import Bound
from ledger.chain.devkeys import dev_account
from ledger.chain.embedded import EmbeddedNode
from ledger.chain.node import CallRequest
from ledger.chain.primitives import checksum
from ledger.chain.reverts import PANICS, Decoder, decode, from_text
from ledger.chain.rpc import AnvilNode
from ledger.chain.transport import RpcError
from ledger.errors import Reverted

from .conftest import deploy

ALICE = dev_account(1)
ADDRESSES = st.binary(min_size=20, max_size=20).map(checksum)
WORDS = st.integers(0, 2**256 - 1)
EPOCHS = st.lists(st.integers(0, 2**64 - 1), max_size=4)


@pytest.fixture(scope="module")
def decoder(probe: Contract) -> Decoder:
    return Decoder([probe])


@settings(deadline=None)
@given(who=ADDRESSES, asked=WORDS, held=WORDS, seal=st.binary(min_size=32, max_size=32), why=st.text(), epochs=EPOCHS)
@example(
    who="0x" + "00" * 20,
    asked=0x27,
    held=0x22,
    seal=b"'\"\\b'\x00\n".ljust(32, b"\0"),
    why="it's \"so\" \\ b''",
    epochs=[],
)
def test_round_trip_in_every_form(
    decoder: Decoder, probe: Contract, who: str, asked: int, held: int, seal: bytes, why: str, epochs: list[int]
) -> None:
    for name, args in (
        ("TooMuch", {"who": who, "asked": asked, "held": held}),
        ("Sealed", {"seal": seal, "why": why, "epochs": epochs}),
        ("Bare", {}),
    ):
        data = probe.error(name).encode(*args.values())
        text = "0x" + data.hex()
        for found in (
            decoder.decode(data),
            decoder.from_text(str(data)),  # eth-tester
            decoder.from_text(f"execution reverted: {data!r}"),
            decoder.from_rpc({"code": 3, "message": "execution reverted", "data": text}),  # geth, anvil
            decoder.from_rpc({"code": -32015, "message": "VM execution error.", "data": f"Reverted {text}"}),
            decoder.from_rpc({"code": -32000, "message": "revert", "data": {"message": "x", "data": text}}),
        ):
            assert isinstance(found, Reverted)
            assert (found.name, found.arguments) == (name, args)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_data_is_shown(data: bytes) -> None:
    found = decode(data)
    assert isinstance(found, Reverted) and str(found)
    assert isinstance(from_text(str(data)), Reverted)


@given(st.text())
def test_any_text_is_shown(text: str) -> None:
    assert isinstance(from_text(text), Reverted)


def test_names_that_are_not_a_contracts(decoder: Decoder) -> None:
    assert decoder.decode(b"").name == "NoReason"
    unknown = decoder.decode(b"\xde\xad\xbe\xef\0")
    assert unknown.name == "UnknownError" and unknown.arguments["selector"] == "0xdeadbeef"
    cut = decoder.decode(bytes.fromhex("08c379a0") + b"\0" * 31)
    assert cut.name == "UnknownError"
    for code, meaning in PANICS.items():
        panic = decoder.decode(bytes.fromhex("4e487b71") + code.to_bytes(32, "big"))
        assert panic.arguments == {"code": code, "meaning": meaning}
    assert str(decoder.from_text("not enough")) == "Error(reason=not enough)"
    assert decoder.from_rpc({"code": -32601, "message": "method not found"}) is None
    assert decoder.from_rpc({"code": -32003, "message": "EVM error OutOfGas"}) is not None


FAILING = [
    ("move", (ALICE.address, 6), "TooMuch", {"who": ALICE.address, "asked": 6, "held": 5}),
    (
        "failSealed",
        (b"\7'" * 16, "說", [1, 2**64 - 1]),
        "Sealed",
        {"seal": b"\7'" * 16, "why": "說", "epochs": [1, 2**64 - 1]},
    ),
    ("failPlain", ('it\'s not "so"',), "Error", {"reason": 'it\'s not "so"'}),
    ("failBare", (), "Bare", {}),
    ("failEmpty", (), "NoReason", {}),
    ("failPanic", (1, 0), "Panic", {"code": 0x12, "meaning": "division or modulo by zero"}),
    ("failRaw", (b"\1\2\3\4rest",), "UnknownError", {"selector": "0x01020304", "data": "0x0102030472657374"}),
]


@pytest.fixture(scope="module")
def embedded_probe(probe: Contract) -> tuple[EmbeddedNode, Bound]:
    node = EmbeddedNode()
    bound = deploy(node, probe, ALICE.address, "")
    prepare(node, bound)
    return node, bound


@pytest.fixture(scope="module")
def anvil_probe(anvil: AnvilNode, probe: Contract) -> tuple[AnvilNode, Bound]:
    bound = deploy(anvil, probe, ALICE.address, "")
    prepare(anvil, bound)
    return anvil, bound


def prepare(node: EmbeddedNode | AnvilNode, bound: Bound) -> None:
    from .conftest import transact

    transact(node, ALICE, bound.address, bound.call_data("give", ALICE.address, 5))


@pytest.mark.parametrize(("key", "args", "name", "arguments"), FAILING, ids=[row[0] for row in FAILING])
def test_real_refusals(
    embedded_probe: tuple[EmbeddedNode, Bound],
    decoder: Decoder,
    key: str,
    args: tuple[object, ...],
    name: str,
    arguments: dict[str, object],
) -> None:
    node, bound = embedded_probe
    data = bound.call_data(key, *args)
    stock = EthereumTester(node.backend())
    with pytest.raises(TransactionFailed) as failed:
        stock.call({"from": ALICE.address, "to": bound.address, "data": "0x" + data.hex(), "gas": 1_000_000})
    found = decoder.from_text(str(failed.value))
    assert (found.name, found.arguments) == (name, arguments)
    with pytest.raises(Reverted):
        node.call(CallRequest(bound.address, data, ALICE.address))


@pytest.mark.parametrize(("key", "args", "name", "arguments"), FAILING, ids=[row[0] for row in FAILING])
def test_real_refusals_of_anvil(
    anvil_probe: tuple[AnvilNode, Bound],
    decoder: Decoder,
    key: str,
    args: tuple[object, ...],
    name: str,
    arguments: dict[str, object],
) -> None:
    node, bound = anvil_probe
    call = {"from": ALICE.address, "to": bound.address, "data": "0x" + bound.call_data(key, *args).hex()}
    with pytest.raises(RpcError) as failed:
        node.request("eth_call", call, "latest")
    found = decoder.from_rpc(failed.value.body)
    assert found is not None and (found.name, found.arguments) == (name, arguments)
