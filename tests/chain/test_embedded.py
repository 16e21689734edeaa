"""The embedded chain: durability, its clock, and receipts and logs against stock eth-tester."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import rlp
from eth_account import Account as Theirs
from eth_tester import EthereumTester

from ledger.chain.artifacts import Contract
from ledger.chain.chaindata import ChainData
from ledger.chain.devkeys import dev_account
from ledger.chain.embedded import EmbeddedNode
from ledger.chain.node import CallRequest, Refusal, Refused
from ledger.chain.primitives import create_address
from ledger.chain.signing import Account, Transaction
from ledger.errors import ChainError, InputError, NetworkMismatch, Reverted
from tests.nodes import ROOT, block_receipts

from .conftest import deploy, transact

ALICE, BOB = dev_account(1), dev_account(2)

WRITER = """
import sys
from ledger.chain.devkeys import dev_account
from ledger.chain.embedded import EmbeddedNode
from ledger.chain.signing import Transaction

node = EmbeddedNode(sys.argv[1])
alice, bob = dev_account(1), dev_account(2)
print("open", flush=True)
for nonce in range(node.nonce(alice.address), 10_000):
    tx = Transaction(node.chain_id(), nonce, 1, 100, 21_000, bob.address, 1)
    tx_hash = node.send_raw(alice.sign_transaction(tx).raw)
    receipt = node.receipt(tx_hash)
    print(nonce, receipt.block_number, receipt.block_hash.hex(), tx_hash.hex(), flush=True)
"""


def pay(node: EmbeddedNode, value: int = 1) -> bytes:
    return transact(node, ALICE, BOB.address, value=value, gas=21_000).tx_hash


def test_kill_9_loses_nothing_that_was_reported(tmp_path: Path) -> None:
    path = tmp_path / "chain.db"
    node = EmbeddedNode(path)
    genesis = node.block(0)
    node.close()
    dice = random.Random(20250102)
    reported: dict[int, tuple[int, str, str]] = {}
    for _ in range(4):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert writer.stdout is not None and writer.stdout.readline() == "open\n"
        lines = [writer.stdout.readline() for _ in range(dice.randrange(1, 40))]
        # Some way into the next transaction, wherever that is.
        time.sleep(dice.random() * 0.02)
        os.kill(writer.pid, signal.SIGKILL)
        lines += writer.stdout.readlines()
        writer.stdout.close()
        assert writer.wait() == -signal.SIGKILL
        for line in lines:
            if line.endswith("\n"):
                nonce, number, block_hash, tx_hash = line.split()
                reported[int(nonce)] = (int(number), block_hash, tx_hash)

        node = EmbeddedNode(path)
        assert node.chain_id() == 20250102 and node.block(0) == genesis
        head = node.block_number()
        assert node.nonce(ALICE.address) == head, "one block per transaction"
        assert max(reported) + 1 <= head <= max(reported) + 2, "at most the one that was under way is more"
        for number, block_hash, tx_hash in reported.values():
            receipt = node.receipt(bytes.fromhex(tx_hash))
            assert receipt is not None and (receipt.block_number, receipt.block_hash.hex()) == (number, block_hash)
        for number in range(head, 0, -1):
            assert node.block(number).parent_hash == node.block(number - 1).hash
        assert len(block_receipts(node, head)) == 1
        pay(node)
        reported[head] = (head + 1, node.block().hash.hex(), block_receipts(node, head + 1)[0].tx_hash.hex())
        node.close()
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_second_opener_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "chain.db"
    node = EmbeddedNode(path)
    with pytest.raises(ChainError, match=f"in use by process {os.getpid()}"):
        EmbeddedNode(path)
    ask = subprocess.run(
        [sys.executable, "-c", "import sys; from ledger.chain.embedded import *; EmbeddedNode(sys.argv[1])", str(path)],
        capture_output=True,
        check=False,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert ask.returncode != 0 and f"in use by process {os.getpid()}" in ask.stderr
    node.close()
    node.close()
    EmbeddedNode(path).close()


def test_what_is_not_a_chain_is_left_alone(tmp_path: Path) -> None:
    text, other = tmp_path / "notes.txt", tmp_path / "other.db"
    text.write_text("not a database, " * 100)
    with sqlite3.connect(other) as database:
        database.execute("CREATE TABLE mine (x)")
    for path in (text, other):
        before = path.read_bytes()
        with pytest.raises(InputError, match="not a local chain"):
            EmbeddedNode(path)
        assert path.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.txt", "other.db"]
    with sqlite3.connect(other) as database:
        assert database.execute("SELECT name FROM sqlite_master").fetchall() == [("mine",)]


def test_chain_id_is_kept_and_checked(tmp_path: Path) -> None:
    path = tmp_path / "chain.db"
    EmbeddedNode(path, chain_id=777).close()
    with pytest.raises(NetworkMismatch, match="777"):
        EmbeddedNode(path, chain_id=778)
    node = EmbeddedNode(path)
    assert node.chain_id() == 777
    pay(node)
    node.close()


def test_each_chain_has_a_first_block_of_its_own(embedded: EmbeddedNode) -> None:
    """By which a database tells it from one that was made anew."""
    other = EmbeddedNode()
    assert other.block(0).hash != embedded.block(0).hash
    assert replace(other.block(0), hash=embedded.block(0).hash) == embedded.block(0)
    other.close()


def test_the_clock_survives_a_restart(tmp_path: Path) -> None:
    path, wall = tmp_path / "chain.db", [1_800_000_000.0]

    def reopen() -> EmbeddedNode:
        return EmbeddedNode(path, now=lambda: wall[0])

    node = reopen()
    node.set_time(1_735_776_000)  # 2025-01-02, the reference case's issue date
    node.close()
    node = reopen()
    pay(node)
    assert node.block().timestamp == 1_735_776_000
    wall[0] += 90
    pay(node)
    assert node.block().timestamp == 1_735_776_090
    node.close()
    wall[0] += 10
    node = reopen()
    pay(node)
    pay(node)
    assert node.block().timestamp == 1_735_776_101, "strictly later, within one second of the wall clock too"
    node.close()


def test_a_block_that_fails_half_way_leaves_no_trace(
    embedded: EmbeddedNode, probe: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    bound = deploy(embedded, probe, ALICE.address, "")
    before = embedded.block()
    embedded.set_time(before.timestamp + 100)

    def disk_full(data: ChainData) -> None:
        data._pending.clear()
        raise ChainError("the block could not be written: disk full")

    with monkeypatch.context() as patch:
        patch.setattr(ChainData, "commit", disk_full)
        with pytest.raises(ChainError, match="disk full"):
            transact(embedded, ALICE, bound.address, bound.call_data("give", BOB.address, 5))
    assert embedded.block() == before and embedded.nonce(ALICE.address) == 0
    receipt = transact(embedded, ALICE, bound.address, bound.call_data("give", BOB.address, 5))
    assert receipt.status == 1 and embedded.block().timestamp == before.timestamp + 100
    assert embedded.block().number == before.number + 1


def test_receipts_and_logs_equal_those_of_eth_tester(embedded: EmbeddedNode, probe: Contract) -> None:
    bound = deploy(embedded, probe, ALICE.address, "")
    embedded.fund(bound.address, 10)
    transact(embedded, ALICE, bound.address, bound.call_data("give", ALICE.address, 100))
    transact(embedded, ALICE, bound.address, bound.call_data("moveMany", BOB.address, 1, 4))
    transact(embedded, ALICE, bound.address, bound.call_data("move", BOB.address, 10_000))  # refused
    embedded.mine(2)
    transact(embedded, ALICE, bound.address, bound.call_data("note", 1, "x" * 99, (BOB.address, 1, "y"), [3] * 9))

    stock = EthereumTester(embedded.backend())
    ours = [receipt for number in range(1, embedded.block_number() + 1) for receipt in block_receipts(embedded, number)]
    assert [receipt.status for receipt in ours] == [1, 1, 1, 1, 0, 1]
    for receipt in ours:
        theirs = stock.get_transaction_receipt("0x" + receipt.tx_hash.hex())
        assert receipt == embedded.receipt(receipt.tx_hash)
        assert (receipt.status, receipt.gas_used, receipt.tx_index) == (
            theirs["status"],
            theirs["gas_used"],
            theirs["transaction_index"],
        )
        assert receipt.block_number == theirs["block_number"]
        assert "0x" + receipt.block_hash.hex() == theirs["block_hash"]
        assert receipt.gas_price == theirs["effective_gas_price"]
        assert receipt.contract_address == theirs["contract_address"]
        assert [(log.address, log.index, "0x" + log.data.hex()) for log in receipt.logs] == [
            (log["address"], log["log_index"], log["data"]) for log in theirs["logs"]
        ]
        assert [["0x" + topic.hex() for topic in log.topics] for log in receipt.logs] == [
            list(log["topics"]) for log in theirs["logs"]
        ]
    theirs = stock.get_logs(from_block=0)
    assert [(log.tx_hash.hex(), log.index) for log in embedded.logs(0)] == [
        (log["transaction_hash"][2:], log["log_index"]) for log in theirs
    ]
    assert len(theirs) == 6


def test_a_log_query_reads_each_block_once(
    embedded: EmbeddedNode, probe: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    bound = deploy(embedded, probe, ALICE.address, "")
    for step in range(30):
        if step % 3:
            pay(embedded)
        else:
            transact(embedded, ALICE, bound.address, bound.call_data("give", BOB.address, step))
    head = embedded.block_number()
    embedded._evm.blocks._receipts.clear()
    headers, bodies = [], []
    header, read = embedded._evm.blocks.header, embedded._evm.blocks._read
    monkeypatch.setattr(embedded._evm.blocks, "header", lambda number: (headers.append(number), header(number))[1])
    monkeypatch.setattr(embedded._evm.blocks, "_read", lambda head: (bodies.append(head.block_number), read(head))[1])
    assert len(embedded.logs(0, head, [bound.address])) == 10
    assert len(headers) <= (head + 1) + 10, "one header a block, and again for each block that matches"
    assert len(bodies) == 10, "transactions and receipts only where the bloom filter says so"
    headers.clear()
    assert embedded.logs(head - 3, head, [BOB.address]) == [] and len(headers) == 4


def test_the_right_refusals(embedded: EmbeddedNode) -> None:
    def raw(**changes: int) -> bytes:
        fields = {"nonce": embedded.nonce(ALICE.address), "max_priority_fee": 1, "max_fee": 100, "value": 1} | changes
        return ALICE.sign_transaction(Transaction(20250102, gas=21_000, to=BOB.address, **fields)).raw

    sent = raw()
    embedded.send_raw(sent)
    for broken, reason in (
        (sent, Refusal.ALREADY_KNOWN),
        (raw(nonce=0, value=2), Refusal.NONCE_TOO_LOW),
        (raw(nonce=9), Refusal.NONCE_TOO_HIGH),
        (raw(max_fee=6), Refusal.UNDERPRICED),
    ):
        with pytest.raises(Refused) as caught:
            embedded.send_raw(broken)
        assert caught.value.reason is reason
    assert embedded.block_number() == 1


def test_what_py_evm_would_let_through_or_stumble_over(embedded: EmbeddedNode) -> None:
    with pytest.raises(Refused, match="max priority fee per gas higher than max fee per gas"):  # EIP-1559
        embedded.send_raw(ALICE.sign_transaction(Transaction(20250102, 0, 10, 9, 21_000, BOB.address)).raw)
    with pytest.raises(Refused, match="max initcode size exceeded"):  # EIP-3860
        creation = Transaction(20250102, 0, 1, 9, 10_000_000, None, 0, bytes(49_153))
        embedded.send_raw(ALICE.sign_transaction(creation).raw)
    with pytest.raises(Refused, match="max initcode size exceeded"):
        embedded.call(CallRequest(None, bytes(49_153)))
    # A signature of nobody's: no point of the curve has x = 5.
    fields = [20250102, 0, 1, 9, 21_000, bytes.fromhex(BOB.address[2:]), 1, b"", [], 0, 5, 1]
    with pytest.raises(Refused, match="invalid sender"):
        embedded.send_raw(b"\2" + bytes(rlp.encode(fields)))
    assert embedded.block_number() == 0 and embedded.nonce(ALICE.address) == 0


def test_the_account_that_pays_out_can_not_be_paid(embedded: EmbeddedNode) -> None:
    faucet = dev_account(0).address
    embedded.fund(faucet, 10**27)
    with pytest.raises(InputError):
        embedded.fund(faucet, 10**27 + 1)
    assert embedded.balance(faucet) == 10**27 and embedded.block_number() == 0


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_every_type_of_transaction_that_wallets_send(embedded: EmbeddedNode, kind: int) -> None:
    fees = {"maxFeePerGas": 50, "maxPriorityFeePerGas": 2} if kind == 2 else {"gasPrice": 9}
    extra = {} if kind == 0 else {"type": kind, "accessList": []}
    fields = {
        "chainId": 20250102,
        "nonce": 0,
        "gas": 30_000,
        "to": BOB.address,
        "value": 1,
        "data": b"",
        **fees,
        **extra,
    }
    signed = Theirs.sign_transaction(fields, ALICE.secret())
    receipt = embedded.receipt(embedded.send_raw(bytes(signed.raw_transaction)))
    assert receipt is not None and receipt.tx_hash == bytes(signed.hash)
    assert (receipt.status, receipt.gas_used, receipt.gas_price) == (1, 21_000, 9)
    without_chain = (
        Theirs.sign_transaction({key: fields[key] for key in fields if key != "chainId"} | {"nonce": 1}, ALICE.secret())
        if kind == 0
        else None
    )
    if without_chain is not None:
        with pytest.raises(Refused, match="chain"):
            embedded.send_raw(bytes(without_chain.raw_transaction))


def test_threads_take_turns(embedded: EmbeddedNode) -> None:
    senders = [dev_account(index) for index in range(1, 5)]
    with ThreadPoolExecutor(4) as pool:
        receipts = list(
            pool.map(lambda account: [transact(embedded, account, BOB.address, value=1) for _ in range(5)], senders)
        )
    numbers = [receipt.block_number for mine in receipts for receipt in mine]
    assert sorted(numbers) == list(range(1, 21))


def test_a_rehearsed_contract_is_there_for_those_after_it(embedded: EmbeddedNode, probe: Contract) -> None:
    address = create_address(ALICE.address, 0)
    creation = CallRequest(None, probe.creation(BOB.address, "算力"), ALICE.address)
    made, title, second = embedded.rehearse([creation, CallRequest(address, probe.encode("title")), creation])
    assert made.error is None and made.output == embedded.call(creation)
    assert probe.function("title").decode_output(title.output) == "算力"
    assert second.error is None and second.gas == made.gas  # at the next nonce: it meets nothing of the first one
    assert embedded.code(address) == b"" and embedded.nonce(ALICE.address) == 0 == embedded.block_number()


def test_rehearsing_beside_threads_that_send(embedded: EmbeddedNode, probe: Contract) -> None:
    bound = deploy(embedded, probe, ALICE.address, "")
    asked = [CallRequest(bound.address, bound.call_data(name), BOB.address) for name in ("tick", "tick", "count")]

    def rehearse(_: int) -> int:
        before = bound.view(embedded, "count")
        found = embedded.rehearse(asked)
        return int.from_bytes(found[2].output, "big") - before

    with ThreadPoolExecutor(4) as threads:
        sent = threads.submit(lambda: [transact(embedded, ALICE, bound.address, asked[0].data) for _ in range(20)])
        seen = list(threads.map(rehearse, range(60)))
        receipts = sent.result()
    assert all(receipt.status == 1 for receipt in receipts) and bound.view(embedded, "count") == 20
    assert min(seen) == 2 and sum(rehearse(0) for _ in range(2)) == 4


def test_running_out_of_gas_is_mined(embedded: EmbeddedNode, probe: Contract) -> None:
    bound = deploy(embedded, probe, ALICE.address, "")
    receipt = transact(embedded, ALICE, bound.address, bound.call_data("clear", 5), gas=40_000)
    assert receipt.status == 0 and receipt.gas_used == 40_000
    with pytest.raises(Reverted, match="Halted"):
        embedded.call(CallRequest(bound.address, bound.call_data("clear", 5), ALICE.address, gas=40_000))


def test_large_blocks(embedded: EmbeddedNode, probe: Contract) -> None:
    bound = deploy(embedded, probe, ALICE.address, "")
    transact(embedded, ALICE, bound.address, bound.call_data("give", ALICE.address, 10**6))
    data = bound.call_data("moveMany", BOB.address, 1, 200)
    receipt = transact(embedded, ALICE, bound.address, data, gas=60_000_000)
    assert receipt.status == 1 and len(receipt.logs) == 200


def test_opening_is_the_only_heavy_import() -> None:
    modules = "node networks rpc embedded signing devkeys artifacts abi bindings reverts"
    code = "import sys\n" + "".join(f"import ledger.chain.{name}\n" for name in modules.split())
    code += (
        "heavy = {'web3', 'eth', 'eth_tester', 'eth_abi', 'eth_account', 'eth_utils', 'requests'} & set(sys.modules)\n"
    )
    code += "assert not heavy, heavy"
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})


def test_accounts_are_anvils() -> None:
    assert dev_account(0).address == "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    assert Account.from_key(dev_account(3).secret()) == dev_account(3)
