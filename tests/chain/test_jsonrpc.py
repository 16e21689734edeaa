"""JSON-RPC on the embedded chain, without HTTP: what blocks and receipts show, what is refused and how, filters.

Roots and hashes are recomputed from the JSON by the Yellow Paper's and the EIPs' encodings, and anvil is asked the same.
"""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Iterator
from typing import Any

import pytest
import rlp
from eth_account import Account as Theirs
from trie import HexaryTrie

from ledger.chain.artifacts import Contract
from ledger.chain.bindings import Bound
from ledger.chain.devkeys import dev_account
from ledger.chain.embedded import EmbeddedNode
from ledger.chain.jsonrpc import JsonRpc
from ledger.chain.node import BlockRef, TopicFilter
from ledger.chain.primitives import keccak
from ledger.chain.rpc import AnvilNode
from ledger.chain.rpcfilters import Filters
from ledger.chain.signing import Transaction

from .conftest import deploy, transact

ALICE, BOB = dev_account(1), dev_account(2)
NOWHERE = "0x" + "ee" * 20
HEADER = [
    "parentHash",
    "sha3Uncles",
    "miner",
    "stateRoot",
    "transactionsRoot",
    "receiptsRoot",
    "logsBloom",
    "difficulty",
    "number",
    "gasLimit",
    "gasUsed",
    "timestamp",
    "extraData",
    "mixHash",
    "nonce",
    "baseFeePerGas",
    "withdrawalsRoot",
    "blobGasUsed",
    "excessBlobGas",
    "parentBeaconBlockRoot",
    "requestsHash",
]
QUANTITIES = {
    *(
        [
            "difficulty",
            "number",
            "gasLimit",
            "gasUsed",
            "timestamp",
            "baseFeePerGas",
            "blobGasUsed",
            "excessBlobGas",
            "nonce",
            "gasPrice",
            "gas",
        ]
    ),
    *(
        [
            "value",
            "maxFeePerGas",
            "maxPriorityFeePerGas",
            "chainId",
            "v",
            "r",
            "s",
            "yParity",
            "status",
            "cumulativeGasUsed",
        ]
    ),
}


class Asked:
    """A node behind JSON-RPC, without the network."""

    def __init__(self, node: EmbeddedNode) -> None:
        self.node, self.rpc = node, JsonRpc(node)

    def raw(self, body: bytes | str) -> Any:
        answer = self.rpc.answer(body.encode() if isinstance(body, str) else body)
        return None if answer is None else json.loads(answer)

    def __call__(self, method: str, *params: Any) -> Any:
        answer = self.raw(json.dumps({"jsonrpc": "2.0", "id": 7, "method": method, "params": params}))
        assert answer.keys() == {"jsonrpc", "id", "result"} and answer["id"] == 7, answer
        return answer["result"]

    def error(self, method: str, *params: Any) -> dict[str, Any]:
        answer = self.raw(json.dumps({"jsonrpc": "2.0", "id": 7, "method": method, "params": params}))
        assert answer.keys() == {"jsonrpc", "id", "error"} and answer["id"] == 7, answer
        found: dict[str, Any] = answer["error"]
        return found


@pytest.fixture
def ask(embedded: EmbeddedNode) -> Asked:
    return Asked(embedded)


@pytest.fixture(scope="module")
def story(probe: Contract) -> Iterator[tuple[Asked, Bound]]:
    """A chain with a creation, logs, a refusal, an empty block, and a transaction of each type that wallets send."""
    node = EmbeddedNode()
    bound = deploy(node, probe, ALICE.address, "算力")
    transact(node, ALICE, bound.address, bound.call_data("give", ALICE.address, 500))
    transact(node, ALICE, bound.address, bound.call_data("moveMany", BOB.address, 7, 3))
    transact(node, ALICE, bound.address, bound.call_data("failPlain", "no"))
    node.mine()
    key = "0x" + "00" * 31 + "05"
    extras: list[dict[str, Any]] = [
        {"gasPrice": 9},
        {"gasPrice": 9, "type": 1, "accessList": [{"address": bound.address, "storageKeys": [key]}]},
        {"maxFeePerGas": 50, "maxPriorityFeePerGas": 2, "type": 2, "accessList": []},
        {
            "maxFeePerGas": 50,
            "maxPriorityFeePerGas": 2,
            "type": 4,
            "accessList": [],
            "authorizationList": [
                Theirs.from_key(BOB.secret()).sign_authorization(
                    {"chainId": 20250102, "address": bound.address, "nonce": 0}
                )
            ],
        },
    ]
    for extra in extras:
        fields = {"chainId": 20250102, "nonce": node.nonce(ALICE.address), "gas": 100_000, "to": BOB.address}
        node.send_raw(
            bytes(Theirs.sign_transaction({**fields, "value": 1, "data": b"", **extra}, ALICE.secret()).raw_transaction)
        )
    yield Asked(node), bound
    node.close()


def item(name: str, value: str) -> bytes | int:
    return int(value, 16) if name in QUANTITIES else bytes.fromhex(value[2:])


def encoded(tx: dict[str, Any]) -> bytes:
    """EIP-155, EIP-2930, EIP-1559 and EIP-7702: a transaction's bytes out of its JSON."""
    kind = int(tx["type"], 16)
    prices = ["gasPrice"] if kind < 2 else ["maxPriorityFeePerGas", "maxFeePerGas"]
    fields: list[Any] = [int(tx[name], 16) for name in ["nonce", *prices, "gas"]]
    fields += [bytes.fromhex((tx["to"] or "0x")[2:]), int(tx["value"], 16), bytes.fromhex(tx["input"][2:])]
    if kind == 0:
        return bytes(rlp.encode([*fields, *(int(tx[name], 16) for name in "vrs")]))
    access = [
        [bytes.fromhex(one["address"][2:]), [bytes.fromhex(key[2:]) for key in one["storageKeys"]]]
        for one in tx["accessList"]
    ]
    fields = [int(tx["chainId"], 16), *fields, access]
    if kind == 4:
        names = ["chainId", "address", "nonce", "yParity", "r", "s"]
        lists = tx["authorizationList"]
        fields.append(
            [[bytes.fromhex(one[n][2:]) if n == "address" else int(one[n], 16) for n in names] for one in lists]
        )
    return bytes([kind]) + bytes(rlp.encode([*fields, *(int(tx[name], 16) for name in ("yParity", "r", "s"))]))


def encoded_receipt(receipt: dict[str, Any]) -> bytes:
    logs = [
        [bytes.fromhex(part[2:]) for part in [log["address"]]]
        + [[bytes.fromhex(topic[2:]) for topic in log["topics"]], bytes.fromhex(log["data"][2:])]
        for log in receipt["logs"]
    ]
    status, gas = int(receipt["status"], 16), int(receipt["cumulativeGasUsed"], 16)
    body = bytes(rlp.encode([status, gas, bytes.fromhex(receipt["logsBloom"][2:]), logs]))
    kind = int(receipt["type"], 16)
    return body if kind == 0 else bytes([kind]) + body


def root(items: list[bytes]) -> str:
    trie = HexaryTrie({})
    for index, one in enumerate(items):
        trie[rlp.encode(index)] = one
    return "0x" + trie.root_hash.hex()


def test_hashes_and_roots_follow_from_what_is_shown(story: tuple[Asked, Bound]) -> None:
    ask, _ = story
    kinds = set()
    head = int(ask("eth_blockNumber"), 16)
    assert head == 9
    for number in range(head + 1):
        block = ask("eth_getBlockByNumber", hex(number), True)
        header = bytes(rlp.encode([b"\0" * 8 if name == "nonce" else item(name, block[name]) for name in HEADER]))
        assert block["nonce"] == "0x" + "00" * 8 and block["hash"] == "0x" + keccak(header).hex()
        raws = [encoded(tx) for tx in block["transactions"]]
        receipts = ask("eth_getBlockReceipts", hex(number))
        assert block["transactionsRoot"] == root(raws)
        assert block["receiptsRoot"] == root([encoded_receipt(receipt) for receipt in receipts])
        in_block = [raw if raw[0] >= 0xC0 else rlp.encode(raw) for raw in raws]
        listed = bytes(rlp.encode([rlp.decode(one) for one in in_block]))
        payload = len(header) + len(listed) + 2  # no uncles, no withdrawals
        assert int(block["size"], 16) == payload + 3 and 256 <= payload < 65_536
        for tx, raw, receipt in zip(block["transactions"], raws, receipts, strict=True):
            kinds.add(raw[0] if raw[0] < 0xC0 else 0)
            assert tx["hash"] == receipt["transactionHash"] == "0x" + keccak(raw).hex()
            sender = Theirs.recover_transaction(raw).lower()
            assert tx["from"] == receipt["from"] == sender and tx["to"] == receipt["to"]
            assert tx["gasPrice"] == receipt["effectiveGasPrice"]
            assert ask("eth_getTransactionByHash", tx["hash"]) == tx
            assert ask("eth_getTransactionReceipt", tx["hash"]) == receipt
            place = tx["transactionIndex"]
            assert ask("eth_getTransactionByBlockNumberAndIndex", hex(number), place) == tx
            assert ask("eth_getTransactionByBlockHashAndIndex", block["hash"], place) == tx
        assert ask("eth_getBlockByHash", block["hash"], True) == block
        brief = {**block, "transactions": [tx["hash"] for tx in block["transactions"]]}
        assert ask("eth_getBlockByNumber", hex(number), False) == brief == ask("eth_getBlockByHash", block["hash"])
        assert int(ask("eth_getBlockTransactionCountByNumber", hex(number)), 16) == len(raws)
        assert int(ask("eth_getBlockTransactionCountByHash", block["hash"]), 16) == len(raws)
        assert ask("eth_getBlockReceipts", {"blockHash": block["hash"]}) == receipts
    assert kinds == {0, 1, 2, 4}


def test_the_same_members_as_anvil(story: tuple[Asked, Bound], anvil: AnvilNode, probe: Contract) -> None:
    ask, bound = story
    theirs = deploy(anvil, probe, ALICE.address, "")
    receipt = transact(anvil, ALICE, theirs.address, theirs.call_data("give", ALICE.address, 500))
    anvils = anvil.request("eth_getBlockByNumber", hex(receipt.block_number), True)
    ours = ask("eth_getBlockByNumber", "0x2", True)
    optional = {"totalDifficulty", "blockTimestamp", "blobGasPrice", "blobGasUsed"}
    assert ours.keys() - optional == anvils.keys() - optional
    assert ours["transactions"][0].keys() - optional == anvils["transactions"][0].keys() - optional
    anvils = anvil.request("eth_getTransactionReceipt", "0x" + receipt.tx_hash.hex())
    ours = ask("eth_getBlockReceipts", "0x2")[0]
    assert ours.keys() - optional == anvils.keys() - optional
    assert ours["logs"][0].keys() - optional == anvils["logs"][0].keys() - optional
    assert ours["gasUsed"] == anvils["gasUsed"]
    place = "0x" + "00" * 32
    assert ask("eth_getStorageAt", bound.address, place, "latest") == anvil.request(
        "eth_getStorageAt", theirs.address, place, "latest"
    )


def test_state_at_a_block(story: tuple[Asked, Bound]) -> None:
    ask, bound = story
    first = ask("eth_getBlockByNumber", "earliest", False)["hash"]
    nonces = [ask("eth_getTransactionCount", ALICE.address, hex(number)) for number in range(10)]
    assert nonces == [hex(count) for count in (0, 0, 1, 2, 3, 3, 4, 5, 6, 7)]
    assert (
        ask("eth_getTransactionCount", ALICE.address, "pending")
        == "0x7"
        == ask("eth_getTransactionCount", ALICE.address)
    )
    for at in ("earliest", "0x0", first, {"blockHash": first}, {"blockNumber": "0x0"}):
        assert ask("eth_getBalance", ALICE.address, at) == hex(10**27)
        assert ask("eth_getCode", bound.address, at) == "0x"
    # The hundred thousand units of gas are only a limit: 21,000 at 9 wei, for a plain payment of one wei.
    paid = int(ask("eth_getBalance", ALICE.address, "0x5"), 16) - int(ask("eth_getBalance", ALICE.address, "0x6"), 16)
    assert paid == 21_000 * 9 + 1
    call = {"to": bound.address, "input": "0x" + bound.call_data("held", ALICE.address).hex()}
    held = [int(ask("eth_call", call, hex(number)), 16) for number in (2, 3)]
    assert held == [500, 500 - 3 * 7]
    for tag in ("latest", "safe", "finalized", "pending"):
        assert int(ask("eth_call", call, tag), 16) == 479
    assert ask.error("eth_getBalance", ALICE.address, "0x99") == {"code": -32000, "message": "header not found"}
    assert ask.error("eth_call", call, "0x99")["message"] == "header not found"
    for method in ("eth_getBlockByNumber", "eth_getBlockReceipts", "eth_getBlockTransactionCountByNumber"):
        assert ask(method, "0x99") is None
    unknown = "0x" + "00" * 32
    for method in ("eth_getBlockByHash", "eth_getTransactionByHash", "eth_getTransactionReceipt"):
        assert ask(method, unknown) is None
    assert ask("eth_getTransactionByBlockNumberAndIndex", "latest", "0x1") is None


@pytest.mark.parametrize("from_block", [0, 2, 3, 9, 50])
@pytest.mark.parametrize("to_block", ["latest", 2, 5, 50])
@pytest.mark.parametrize("choice", range(5))
def test_logs_are_those_of_the_node(
    story: tuple[Asked, Bound], from_block: int, to_block: BlockRef, choice: int
) -> None:
    ask, bound = story
    moved = bound.contract.event("Moved").topic
    alice = bytes(12) + bytes.fromhex(ALICE.address[2:])
    topics: TopicFilter = ((), (moved,), ((moved, bytes(32)),), (None, alice), (None, None, alice))[choice]
    for who in ([], [bound.address], [ALICE.address], [ALICE.address, bound.address]):
        last = min(to_block, ask.node.block_number()) if isinstance(to_block, int) else to_block
        expected = ask.node.logs(from_block, last, who, topics)  # served, blocks that are not there yet have no logs
        if isinstance(to_block, int) and from_block > to_block:
            continue
        query = {
            "fromBlock": hex(from_block),
            "toBlock": to_block if isinstance(to_block, str) else hex(to_block),
            "address": who[0] if len(who) == 1 else who,
            "topics": [
                None if one is None else "0x" + one.hex() if isinstance(one, bytes) else ["0x" + t.hex() for t in one]
                for one in topics
            ],
        }
        found = ask("eth_getLogs", query)
        assert [(log["transactionHash"], int(log["logIndex"], 16), log["data"]) for log in found] == [
            ("0x" + log.tx_hash.hex(), log.index, "0x" + log.data.hex()) for log in expected
        ]


def test_logs_of_one_block_and_defaults(story: tuple[Asked, Bound]) -> None:
    ask, _ = story
    third = ask("eth_getBlockByNumber", "0x3")["hash"]
    of_third = ask("eth_getLogs", {"fromBlock": "0x3", "toBlock": "0x3"})
    assert len(of_third) == 3 and ask("eth_getLogs", {"blockHash": third}) == of_third
    assert ask("eth_getLogs", {}) == [] == ask("eth_getLogs", {"fromBlock": "latest"})
    assert len(ask("eth_getLogs", {"fromBlock": "earliest", "topics": [[], [None]]})) == 4
    assert ask.error("eth_getLogs", {"blockHash": "0x" + "00" * 32}) == {"code": -32000, "message": "unknown block"}
    for broken in (
        {"blockHash": third, "fromBlock": "0x1"},
        {"fromBlock": "0x3", "toBlock": "0x2"},
        {"fromBlock": third},
        {"topics": "0x"},
        {"topics": [third] * 5},
        {"topics": ["0x12"]},
        {"address": 5},
        [],
    ):
        assert ask.error("eth_getLogs", broken)["code"] == -32602


def test_refused_calls_carry_the_data(story: tuple[Asked, Bound]) -> None:
    ask, bound = story

    def fails(key: str, *args: object, method: str = "eth_call", **more: str) -> dict[str, Any]:
        data = "0x" + bound.call_data(key, *args).hex()
        return ask.error(method, {"from": ALICE.address, "to": bound.address, "data": data, **more})

    reason = "0x08c379a0" + f"{32:064x}{2:064x}" + b"no".hex().ljust(64, "0")  # Error(string)
    panic = "0x4e487b71" + f"{0x12:064x}"  # Panic(uint256)
    for method in ("eth_call", "eth_estimateGas"):
        assert fails("failPlain", "no", method=method) == {
            "code": 3,
            "message": "execution reverted: no",
            "data": reason,
        }
        found = fails("failPanic", 1, 0, method=method)
        assert found["data"] == panic and found["message"].startswith("execution reverted: division or modulo by zero")
        assert fails("failEmpty", method=method) == {"code": 3, "message": "execution reverted", "data": "0x"}
        bare = "0x" + keccak(b"Bare()")[:4].hex()
        assert fails("failBare", method=method) == {"code": 3, "message": "execution reverted", "data": bare}
        assert fails("failHalt", method=method) == {"code": -32000, "message": "invalid opcode"}
    assert fails("clear", 5, gas="0x9c40") == {"code": -32000, "message": "out of gas"}
    assert fails("clear", 5, method="eth_estimateGas", gas="0x9c40") == {
        "code": -32000,
        "message": "gas required exceeds allowance (40000)",
    }
    assert fails("tick", value=hex(10**40))["message"].startswith("insufficient funds for gas * price + value")
    assert "data" not in fails("tick", gas="0x10") and fails("tick", gas="0x10")["code"] == -32000


def test_a_refusal_of_our_contracts_is_named(ask: Asked) -> None:
    cash = deploy(ask.node, Contract("SettlementCash"), dev_account(0).address, "Settlement cash", "sCNY")
    data = cash.call_data("transfer", BOB.address, 5)
    found = ask.error("eth_call", {"from": ALICE.address, "to": cash.address, "data": "0x" + data.hex()}, "latest")
    # ERC-6093: ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)
    selector = keccak(b"ERC20InsufficientBalance(address,uint256,uint256)")[:4].hex()
    assert found["code"] == 3
    assert found["data"] == f"0x{selector}{ALICE.address[2:].lower():0>64}{0:064x}{5:064x}"
    assert found["message"].startswith("execution reverted: ERC20InsufficientBalance(")


def test_calls_that_are_not_supported(ask: Asked) -> None:
    for call in (
        ({"to": BOB.address}, "latest", {BOB.address: {"balance": "0x1"}}),
        ({"to": BOB.address}, "latest", None, {"time": "0x1"}),
        ({"to": BOB.address, "accessList": [{"address": BOB.address, "storageKeys": []}]},),
        ({"to": BOB.address, "data": "0x01", "input": "0x02"},),
        ({"to": "0x12"},),
        ({"to": BOB.address, "value": "1"},),
        ("0x",),
    ):
        assert ask.error("eth_call", *call)["code"] == -32602
    assert "not supported" in ask.error("eth_call", {"to": BOB.address}, "latest", {BOB.address: {}})["message"]
    # What wallets add, and what no answer depends on.
    extra = {"type": "0x2", "nonce": "0x5", "maxFeePerGas": "0x5", "accessList": [], "chainId": "0x1"}
    assert ask("eth_call", {"to": BOB.address, **extra}, "latest", {}) == "0x"
    assert ask("eth_estimateGas", {"from": ALICE.address, "to": BOB.address, "value": "0x1", **extra}) == hex(21_000)
    assert ask("eth_estimateGas", {"to": NOWHERE}, "0x0", {}) == hex(21_000)


def test_simulated_blocks(story: tuple[Asked, Bound]) -> None:
    ask, bound = story
    head = ask("eth_getBlockByNumber", "latest", False)

    def call(key: str, *args: object, **more: str) -> dict[str, str]:
        return {"from": ALICE.address, "to": bound.address, "data": "0x" + bound.call_data(key, *args).hex(), **more}

    calls = [
        call("give", BOB.address, 3),
        call("failPlain", "no"),
        call("failHalt", gas="0x7530"),
        call("held", BOB.address),
    ]
    for at in ((), ("latest",), ("pending",), (head["number"],), (head["hash"],), ({"blockHash": head["hash"]},)):
        (block,) = ask("eth_simulateV1", {"blockStateCalls": [{"calls": calls}]}, *at)
        gave, refused, halted, held = block["calls"]
        assert int(block["number"], 16) == int(head["number"], 16) + 1 and block["parentHash"] == head["hash"]
        assert block["baseFeePerGas"] == "0x0" and int(block["timestamp"], 16) > int(head["timestamp"], 16)
        assert int(block["gasUsed"], 16) == sum(int(one["gasUsed"], 16) for one in block["calls"])
        assert [one["status"] for one in block["calls"]] == ["0x1", "0x0", "0x0", "0x1"]
        (log,) = gave["logs"]
        assert (log["blockNumber"], log["logIndex"], log["removed"]) == (block["number"], "0x0", False)
        assert [int(part, 16) for part in (*log["topics"][1:], log["data"])] == [0, int(BOB.address, 16), 3]
        assert refused["error"]["code"] == 3 and refused["error"]["message"] == "execution reverted: no"
        assert refused["error"]["data"] == refused["returnData"] and refused["logs"] == []
        assert halted["error"] == {"code": -32015, "message": "invalid opcode"} and halted["gasUsed"] == "0x7530"
        assert int(held["returnData"], 16) == 21 + 3 and "error" not in held  # 21 were moved before
    assert ask("eth_getBlockByNumber", "latest", False) == head
    (block,) = ask("eth_simulateV1", {"blockStateCalls": [{"stateOverrides": {}, "blockOverrides": None}]})
    assert block["calls"] == [] and block["gasUsed"] == "0x0"


def test_simulations_that_are_refused(story: tuple[Asked, Bound]) -> None:
    ask, bound = story
    good = {"from": ALICE.address, "to": bound.address}

    def error(*blocks: Any, at: str = "latest", **more: Any) -> tuple[int, str]:
        found = ask.error("eth_simulateV1", {"blockStateCalls": list(blocks), **more}, at)
        return found["code"], found["message"]

    assert ask.error("eth_simulateV1") == {"code": -32602, "message": "missing value for required argument 0"}
    assert error() == (-32602, "invalid argument 0: empty input")
    for broken in (
        ([{"calls": []}, {"calls": []}],),
        (["0x"],),
        ([{"calls": {}}],),
        ([{"calls": [{"to": "0x12"}]}],),
        ([{"calls": [], "stateOverrides": {BOB.address: {"balance": "0x1"}}}],),
        ([{"calls": [], "blockOverrides": {"time": "0x1"}}],),
    ):
        assert error(*broken[0])[0] == -32602
    for name in ("validation", "traceTransfers", "returnFullTransactions"):
        assert error({"calls": [good]}, **{name: True}) == (-32602, f"invalid argument 0: {name} is not supported")
        assert error({"calls": [good]}, **{name: 1})[0] == -32602
    for payload in (5, [], {}, {"blockStateCalls": {}}):
        assert ask.error("eth_simulateV1", payload, "latest")["code"] == -32602
    assert error({"calls": [good]}, at="0x2")[0] == -32602
    assert error({"calls": [good]}, at="0x99") == (-32000, "header not found")
    # The codes of geth for what could be in no block.
    code, message = error({"calls": [{**good, "value": hex(10**40)}]})
    assert code == -38014 and message.startswith("insufficient funds for gas * price + value")
    assert error({"calls": [{**good, "gas": "0x10"}]}) == (-38013, "intrinsic gas too low")


def test_refused_transactions_in_the_words_of_geth(ask: Asked) -> None:
    def raw(**changes: Any) -> str:
        fields = {"nonce": 1, "max_priority_fee": 1, "max_fee": 100, "gas": 21_000, "value": 1, "chain_id": 20250102}
        return "0x" + ALICE.sign_transaction(Transaction(to=BOB.address, **{**fields, **changes})).raw.hex()

    sent = raw(nonce=0)
    tx_hash = ask("eth_sendRawTransaction", sent)
    assert tx_hash == "0x" + keccak(bytes.fromhex(sent[2:])).hex()
    assert ask("eth_getTransactionReceipt", tx_hash)["status"] == "0x1"
    # The texts are those of geth's core/error.go and core/txpool/errors.go.
    for broken, words in (
        (sent, "already known"),
        (raw(nonce=0, value=2), "nonce too low: next nonce 1, tx nonce 0"),
        (raw(nonce=5), "nonce too high"),
        (raw(max_fee=3), "max fee per gas less than block base fee"),
        (raw(max_fee=9, max_priority_fee=10), "max priority fee per gas higher than max fee per gas"),
        (raw(value=10**40), "insufficient funds for gas * price + value"),
        (raw(gas=20_999), "intrinsic gas too low"),
    ):
        error = ask.error("eth_sendRawTransaction", broken)
        assert error["code"] == -32000 and error["message"].startswith(words), error
    too_long = Transaction(20250102, 1, 1, 100, 10_000_000, None, 0, bytes(49_153))  # EIP-3860: 49,152 bytes
    error = ask.error("eth_sendRawTransaction", "0x" + ALICE.sign_transaction(too_long).raw.hex())
    assert error["message"].startswith("max initcode size exceeded")
    for broken in ("0x", "0x02", "0x03c0", "0xc0", "0x7f"):
        assert ask.error("eth_sendRawTransaction", broken)["code"] == -32000
    assert ask.error("eth_sendRawTransaction", "02")["code"] == -32602
    assert ask("eth_blockNumber") == "0x1"


def test_small_ones(ask: Asked) -> None:
    assert ask("web3_clientVersion").startswith("crt-node/0.")
    assert ask("web3_sha3", "0x68656c6c6f20776f726c64") == (  # the example of the specification
        "0x47173285a8d7341e5e972fc677286384f802f8ef42a5ec5f03bbfa254cb01fad"
    )
    assert ask("net_version") == "20250102" and ask("eth_chainId") == hex(20250102)
    assert ask("net_listening") is True and ask("eth_syncing") is False and ask("eth_accounts") == []
    assert (ask("eth_gasPrice"), ask("eth_maxPriorityFeePerGas")) == ("0x8", "0x1")


def test_fee_history(ask: Asked) -> None:
    for tip in (1, 4, 2):
        nonce = ask.node.nonce(ALICE.address)
        payment = Transaction(20250102, nonce, tip, 50, 21_000, BOB.address, 1)
        ask.node.send_raw(ALICE.sign_transaction(payment).raw)
    assert ask("eth_feeHistory", "0x3", "latest", [10, 90.5]) == {
        "oldestBlock": "0x1",
        "baseFeePerGas": ["0x7"] * 4,
        "gasUsedRatio": [21_000 / 100_000_000] * 3,
        "reward": [["0x1", "0x1"], ["0x4", "0x4"], ["0x2", "0x2"]],
    }
    assert ask("eth_feeHistory", 2, "0x1") == {
        "oldestBlock": "0x0",
        "baseFeePerGas": ["0x7"] * 3,
        "gasUsedRatio": [0.0, 0.00021],
    }
    assert ask("eth_feeHistory", "0x1", "0x0", [50])["reward"] == [["0x0"]]
    assert ask.error("eth_feeHistory", "0x1", "latest", [90, 10])["code"] == -32602


def test_the_clock_and_blocks(ask: Asked) -> None:
    def time() -> int:
        return int(ask("eth_getBlockByNumber", "latest")["timestamp"], 16)

    assert ask("evm_setNextBlockTimestamp", hex(1_735_776_000)) is None
    assert ask("evm_mine") == "0x0" and time() == 1_735_776_000
    ask("evm_setNextBlockTimestamp", 1_735_776_100)
    assert ask("evm_increaseTime", "0x64") < 0  # still long before the wall clock
    ask("evm_increaseTime", 50)
    ask("evm_mine", {"blocks": 3})
    assert ask("eth_blockNumber") == "0x4"
    assert int(ask("eth_getBlockByNumber", "0x2")["timestamp"], 16) == 1_735_776_250
    ask("evm_mine", 1_735_800_000)
    assert time() == 1_735_800_000
    assert "only goes forward" in ask.error("evm_setNextBlockTimestamp", 5)["message"]
    assert ask.error("evm_mine", {"blocks": "0xffffff"})["code"] == -32602


def test_balances_can_be_raised(ask: Asked) -> None:
    assert ask("anvil_setBalance", NOWHERE, hex(10**18)) is None and ask("eth_getBalance", NOWHERE) == hex(10**18)
    assert ask("hardhat_setBalance", NOWHERE, hex(2 * 10**18)) is True
    error = ask.error("anvil_setBalance", NOWHERE, "0x1")
    assert error["code"] == -32602 and "only be raised" in error["message"]
    assert ask.error("anvil_setBalance", dev_account(0).address, hex(10**28))["code"] == -32602


def test_filters(embedded: EmbeddedNode, probe: Contract) -> None:
    ask = Asked(embedded)
    bound = deploy(embedded, probe, ALICE.address, "")
    transact(embedded, ALICE, bound.address, bound.call_data("give", ALICE.address, 100))
    logs = ask("eth_newFilter", {"address": bound.address, "fromBlock": "0x0"})
    few = ask("eth_newFilter", {"toBlock": "0x3"})
    blocks = ask("eth_newBlockFilter")
    assert len({logs, few, blocks}) == 3 and ask("eth_getFilterChanges", logs) == []
    for step in range(2):
        transact(embedded, ALICE, bound.address, bound.call_data("move", BOB.address, step + 1))
    new = ask("eth_getLogs", {"fromBlock": "0x3", "toBlock": "0x4"})
    assert len(new) == 2 and ask("eth_getFilterChanges", logs) == new and ask("eth_getFilterChanges", logs) == []
    assert ask("eth_getFilterChanges", few) == new[:1]
    hashes = [ask("eth_getBlockByNumber", number)["hash"] for number in ("0x3", "0x4")]
    assert ask("eth_getFilterChanges", blocks) == hashes and ask("eth_getFilterChanges", blocks) == []
    assert ask("eth_getFilterLogs", logs) == ask("eth_getLogs", {"fromBlock": "0x0"})
    assert ask.error("eth_getFilterLogs", blocks)["code"] == -32000
    assert ask("eth_uninstallFilter", logs) is True and ask("eth_uninstallFilter", logs) is False
    assert ask.error("eth_getFilterChanges", logs) == {"code": -32000, "message": "filter not found"}
    assert ask.error("eth_newFilter", {"blockHash": hashes[0]})["code"] == -32602


def test_filters_that_nobody_asks_are_forgotten(embedded: EmbeddedNode) -> None:
    clock = [0.0]
    methods = Filters(embedded, now=lambda: clock[0]).methods()

    def run(name: str, *params: Any) -> Any:
        return methods[name](embedded, params=list(params))

    asked, silent = run("eth_newBlockFilter"), run("eth_newBlockFilter")
    for clock[0] in (200.0, 400.0):
        run("eth_getFilterChanges", asked)
    assert run("eth_uninstallFilter", asked) is True and run("eth_uninstallFilter", silent) is False
    for _ in range(1_000):
        run("eth_newBlockFilter")
    with pytest.raises(Exception, match="too many filters"):
        run("eth_newBlockFilter")
    clock[0] = 1_000.0
    run("eth_newBlockFilter")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", -32700),
        ("{", -32700),
        ("\xff", -32700),
        ('{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]', -32700),
        ('{"jsonrpc": "2.0", "id": NaN, "method": "eth_chainId"}', -32700),
        ("[" * 100_000, -32700),
        ('{"jsonrpc": "2.0", "id": ' + '{"a":' * 100_000 + "1" + "}" * 100_001, -32700),
        ('{"jsonrpc": "2.0", "id": "\\ud800", "method": "eth_chainId"}', -32700),
        ("1", -32600),
        ("null", -32600),
        ("[]", -32600),
        ('{"jsonrpc": "2.0", "method": 1, "params": "bar"}', -32600),
        ('{"id": 1, "method": "eth_chainId"}', -32600),
        ('{"jsonrpc": "1.0", "id": 1, "method": "eth_chainId"}', -32600),
        ('{"jsonrpc": "2.0", "id": [1], "method": "eth_chainId"}', -32600),
        ('{"jsonrpc": "2.0", "id": true, "method": "eth_chainId"}', -32600),
        ('{"jsonrpc": "2.0", "id": 1e999, "method": "eth_chainId"}', -32700),
        ('{"jsonrpc": "2.0", "id": 1, "method": "eth_nothing"}', -32601),
        ('{"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": {"a": 1}}', -32602),
        ('{"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": null}', -32602),
        ('{"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": [1]}', -32602),
        ('{"jsonrpc": "2.0", "id": 1, "method": "eth_getBalance", "params": []}', -32602),
    ],
)
def test_requests_that_are_none(ask: Asked, body: str, code: int) -> None:
    answer = ask.raw(body.encode("latin-1"))
    assert answer["jsonrpc"] == "2.0" and answer["error"]["code"] == code and "result" not in answer
    assert answer["id"] == (1 if '"id": 1,' in body else None)


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("eth_getBalance", [value])
        for value in (1, True, None, [], {}, "0x", "f39Fd6e51aad88F6F4ce6aB8827279cffFb92266", "0x" + "zz" * 20)
    ]
    + [("eth_getBalance", ["0xF39Fd6e51aad88F6F4ce6aB8827279cffFb92266"])]  # one letter's case is wrong
    + [("eth_getBalance", [NOWHERE, at]) for at in ("newest", "0x", "0x12g", True, -1, 1.5, [], {}, "0x" + "1" * 65)]
    + [("eth_getBalance", [NOWHERE, {"blockHash": "0x12"}])]
    + [("eth_getBalance", [NOWHERE, {"blockHash": "0x" + "00" * 32, "blockNumber": "0x1"}])]
    + [("eth_getBlockByNumber", ["latest", "yes"]), ("eth_getTransactionReceipt", ["0x12"]), ("web3_sha3", ["0x123"])]
    + [("eth_getStorageAt", [NOWHERE, "place"]), ("eth_uninstallFilter", [None])],
)
def test_parameters_that_are_none(ask: Asked, method: str, params: list[Any]) -> None:
    assert ask.error(method, *params)["code"] == -32602


def test_any_parameters_are_answered_in_order(ask: Asked, probe: Contract) -> None:
    """Whatever is asked, the answer is a result or one of the errors of the specification, never an internal one."""
    dice = random.Random(20250102)
    bound = deploy(ask.node, probe, ALICE.address, "")
    receipt = transact(ask.node, ALICE, bound.address, bound.call_data("give", ALICE.address, 5))
    block, tx, most = "0x" + receipt.block_hash.hex(), "0x" + receipt.tx_hash.hex(), "0x" + "f" * 64
    # Error(string) whose text is not UTF-8, and one whose offset leads nowhere.
    broken_text = bytes.fromhex("08c379a0" + f"{32:064x}{4:064x}" + "ffeda080".ljust(64, "0"))
    nowhere = bytes.fromhex("08c379a0" + f"{2**255:064x}" * 2)
    refusals = [{"to": bound.address, "data": "0x" + bound.call_data("failRaw", raw).hex()}
                for raw in (broken_text, nowhere)]  # fmt: skip
    values: list[Any] = [
        *(None, True, 0, -1, 2**63, 2**64 - 1, 1.5, "0x0", "0x1", most, "latest", "earliest", block, tx, NOWHERE, ""),
        *(bound.address, {}, [], {"blockHash": block}, {"blockNumber": most}, "0x", "0x6001600055", [10, 99.5]),
        *({"data": "0xfe"}, {"data": "0x" + "00" * 50_000}, {"to": NOWHERE, "gas": most, "value": most}, *refusals),
        *({"fromBlock": "0x0", "toBlock": most, "topics": [[None, tx], None]}, {"fromBlock": most}, {"blocks": 2}),
        *({"timestamp": most}, {"address": [bound.address] * 3}, {"from": bound.address, "to": bound.address}),
    ]
    methods = sorted(ask.rpc._methods)
    codes = set()
    for _ in range(6_000):
        params = [dice.choice(values) for _ in range(dice.choice([0, 1, 1, 2, 2, 3]))]
        call = {"jsonrpc": "2.0", "id": 1, "method": dice.choice(methods), "params": params}
        answer = ask.raw(json.dumps(call))
        assert answer.keys() in ({"jsonrpc", "id", "result"}, {"jsonrpc", "id", "error"})
        codes.add(answer.get("error", {}).get("code"))
    assert codes == {None, 3, -32000, -32602}


def test_batches_and_notifications(ask: Asked) -> None:
    def call(method: str, **more: Any) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "method": method, **more}

    answers = ask.raw(
        json.dumps(
            [call("eth_chainId", id="a"), call("evm_mine"), 5, call("eth_no", id=2), call("eth_blockNumber", id=0)]
        )
    )
    assert [answer["id"] for answer in answers] == ["a", None, 2, 0]
    assert [answer.get("error", {}).get("code") for answer in answers] == [None, -32600, -32601, None]
    assert answers[3]["result"] == "0x1", "the notification was done, and before what follows it"
    assert ask.raw(json.dumps(call("evm_mine"))) is None and ask.raw(json.dumps([call("evm_mine"), call("no")])) is None
    assert ask("eth_blockNumber") == "0x3"
    too_many = ask.raw(json.dumps([call("eth_chainId", id=1)] * 1_001))
    assert too_many["error"]["code"] == -32600 and too_many["id"] is None


def test_a_mistake_of_ours_is_answered_and_logged(
    ask: Asked, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ask.node, "fees", lambda: 1 / 0)
    with caplog.at_level(logging.ERROR):
        assert ask.error("eth_gasPrice")["code"] == -32603
    assert "eth_gasPrice failed" in caplog.text and "ZeroDivisionError" in caplog.text
