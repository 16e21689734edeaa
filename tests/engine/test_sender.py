"""The direct sender when answers are lost, nonces are wanted by several, and a block refuses what simulation took."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from ledger.chain.devkeys import dev_account
from ledger.chain.embedded import EmbeddedNode
from ledger.chain.node import BlockNotFound, Refusal, Refused, TxReceipt, Unreachable
from ledger.chain.primitives import keccak
from ledger.engine.operations import Operation, Outcome, Step
from ledger.engine.sender import DirectSender, Keyring
from ledger.errors import ChainError, InputError, Reverted

ALICE, BOB = dev_account(1), dev_account(2)


class Pool:
    """A node whose transactions wait in a pool until ``mine_all``, unless ``auto``; it counts what it was sent."""

    def __init__(self, node: EmbeddedNode) -> None:
        self.node, self.auto, self.pool = node, True, {}  # type: ignore[var-annotated]
        self.sent: list[bytes] = []
        self.refuse: ChainError | None = None
        self.lose_answer = False
        self.receipt_changes: dict[str, Any] = {}
        self.replay_error: ChainError | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.node, name)

    def nonce(self, address: str) -> int:
        found = self.node.nonce(address)
        time.sleep(0.02)  # so that others come in between
        return found

    def send_raw(self, raw: bytes) -> bytes:
        self.sent.append(raw)
        if self.refuse is not None:
            raise self.refuse
        if self.auto:
            self.node.send_raw(raw)
        else:
            self.pool[keccak(raw)] = raw
        if self.lose_answer:
            raise Unreachable("the answer was lost")
        return keccak(raw)

    def mine_all(self) -> None:
        while self.pool:
            self.node.send_raw(self.pool.pop(next(iter(self.pool))))

    def receipt(self, tx_hash: bytes) -> TxReceipt | None:
        found = self.node.receipt(tx_hash)
        return found and replace(found, **self.receipt_changes)

    def call(self, *args: Any) -> bytes:
        if self.replay_error is not None:
            raise self.replay_error
        return self.node.call(*args)


@pytest.fixture(scope="module")
def chain() -> Iterator[EmbeddedNode]:
    node = EmbeddedNode()
    yield node
    node.close()


@pytest.fixture
def node(chain: EmbeddedNode) -> Pool:
    return Pool(chain)


def sender_of(node: Any, **options: Any) -> DirectSender:
    return DirectSender(node, Keyring([ALICE, BOB]), **options)


def operation(key: str, data: bytes = b"\1", **more: Any) -> Operation:
    return Operation("test.call", key, ALICE.address, (Step(BOB.address, data),), **more)


def test_a_key_is_known_by_what_is_wanted(node: Pool) -> None:
    sender = sender_of(node)
    assert sender.find("k") is None
    first = sender.submit(operation("k", b"\1", intent="pay 5"))
    assert sender.find("k") is first
    assert sender.submit(operation("k", b"\2", intent="pay 5")) is first
    other_actor = Operation("test.call", "k", BOB.address, (Step(BOB.address, b"\3"),), intent="pay 5")
    assert sender.submit(other_actor) is first
    with pytest.raises(InputError, match="another operation was done under this key"):
        sender.submit(operation("k", b"\1", intent="pay 6"))
    assert len(node.sent) == 1


def test_the_intent_is_made_of_kind_and_steps() -> None:
    assert operation("a").intent == operation("b").intent != operation("a", b"\2").intent
    assert operation("a", intent="x").intent == "x"


def test_a_time_out_sends_the_same_bytes_again(node: Pool) -> None:
    told: list[Outcome] = []
    sender = sender_of(node, timeout=0.05, on_outcome=told.append)
    before, node.auto = node.node.nonce(ALICE.address), False
    for _ in range(2):
        with pytest.raises(ChainError, match="was not mined"):
            sender.submit(operation("slow"))
    assert len(node.sent) == 2 and node.sent[0] == node.sent[1]
    with pytest.raises(InputError, match="another operation"):
        sender.submit(operation("slow", b"\2"))
    node.mine_all()
    assert sender.submit(operation("slow")).receipt.tx_hash == keccak(node.sent[0])
    assert len(node.sent) == 2 and node.node.nonce(ALICE.address) == before + 1
    assert [outcome.operation.key for outcome in told] == ["slow"]


def test_what_was_mined_after_a_lost_answer_is_found(node: Pool) -> None:
    sender = sender_of(node)
    before, node.lose_answer = node.node.nonce(ALICE.address), True
    with pytest.raises(Unreachable):
        sender.submit(operation("lost"))
    found = sender.find("lost")
    assert found is not None and sender.submit(operation("lost")) is found
    assert len(node.sent) == 1 and node.node.nonce(ALICE.address) == before + 1


def test_bytes_that_the_node_knows_are_waited_for(node: Pool) -> None:
    sender = sender_of(node, timeout=0.05)
    node.auto = False
    with pytest.raises(ChainError, match="was not mined"):
        sender.submit(operation("known"))
    node.refuse = Refused(Refusal.ALREADY_KNOWN)
    with pytest.raises(ChainError, match="was not mined"):
        sender.submit(operation("known"))
    node.mine_all()
    assert sender.submit(operation("known")).receipt.tx_hash == keccak(node.sent[0])


def test_a_nonce_that_was_spent_elsewhere_is_not_replaced(node: Pool) -> None:
    sender = sender_of(node, timeout=0.05)
    node.auto = False
    with pytest.raises(ChainError, match="was not mined"):
        sender.submit(operation("overtaken"))
    node.pool.clear()
    sender_of(node.node).submit(operation("somebody else's", b"\2"))
    node.auto = True
    for _ in range(2):
        with pytest.raises(ChainError, match=r"its nonce .* is spent") as caught:
            sender.submit(operation("overtaken"))
        assert not isinstance(caught.value, Refused) and "another key" in (caught.value.hint or "")
    assert set(node.sent) == {node.sent[0]}


def test_one_transaction_does_not_count_for_two_keys(node: Pool) -> None:
    sender = sender_of(node, timeout=0.05)
    node.auto = False
    with pytest.raises(ChainError, match="was not mined"):
        sender.submit(operation("one"))
    node.pool.clear()
    node.auto = True
    sender.submit(operation("two"))
    with pytest.raises(ChainError, match=r"its nonce .* is spent"):
        sender.submit(operation("one"))
    assert sender.find("one") is None


def test_what_the_node_refused_at_first_is_free_to_be_made_anew(node: Pool) -> None:
    sender = sender_of(node)
    node.refuse = Refused(Refusal.UNDERPRICED)
    with pytest.raises(Refused):
        sender.submit(operation("cheap"))
    node.refuse = None
    sender_of(node.node).submit(operation("takes the nonce"))
    assert sender.submit(operation("cheap")).receipt.status == 1
    # But not what was out before.
    node.auto, sender = False, sender_of(node, timeout=0.05)
    with pytest.raises(ChainError, match="was not mined"):
        sender.submit(operation("out"))
    node.refuse = Refused(Refusal.INSUFFICIENT_FUNDS)
    with pytest.raises(Refused):
        sender.submit(operation("out"))
    assert node.sent[-1] == node.sent[-2]


@pytest.mark.parametrize("auto", [True, False])
def test_threads_do_not_take_the_same_nonce(node: Pool, auto: bool) -> None:
    sender = sender_of(node, timeout=20)
    before, node.auto = node.node.nonce(ALICE.address), auto
    with ThreadPoolExecutor(6) as threads:
        work = [threads.submit(sender.submit, operation(f"thread-{auto}-{i}")) for i in range(6)]
        if not auto:
            while len(node.sent) < 6:
                time.sleep(0.01)
            node.mine_all()
        outcomes = [each.result() for each in work]
    assert len({outcome.receipt.tx_hash for outcome in outcomes}) == len(node.sent) == 6
    assert node.node.nonce(ALICE.address) == before + 6


def test_threads_with_one_key_do_one_thing(node: Pool) -> None:
    sender = sender_of(node)
    start = threading.Barrier(4)

    def work() -> Outcome:
        start.wait()
        return sender.submit(operation("shared"))

    with ThreadPoolExecutor(4) as threads:
        outcomes = [each.result() for each in [threads.submit(work) for _ in range(4)]]
    assert all(outcome is outcomes[0] for outcome in outcomes) and len(node.sent) == 1


def test_a_failure_in_its_block_is_called_what_it_is(node: Pool) -> None:
    sender = sender_of(node)

    def fail(key: str, used: int, replay_error: ChainError | None = None) -> Reverted:
        node.receipt_changes = {"status": 0, "gas_used": used}
        node.replay_error = replay_error
        with pytest.raises(Reverted) as caught:
            sender.submit(operation(key))
        assert sender.find(key) is None
        return caught.value

    changed = fail("changed", 20_000)
    assert (changed.name, changed.hint is not None) == ("ChangedMeanwhile", True)
    assert changed.arguments == {"block": node.node.block_number()}
    assert fail("gas", 10**9).name == "OutOfGas"
    assert fail("known", 20_000, Reverted("TooMuch")).name == "TooMuch"
    unknown = fail("pruned", 10**9, BlockNotFound("missing trie node"))
    assert unknown.name == "ReasonUnknown" and "missing trie node" in str(unknown)
    node.receipt_changes = {}
    assert sender.submit(operation("changed")).receipt.status == 1


def test_an_operator_account_deploys_nothing() -> None:
    with pytest.raises(InputError, match="deploys no contracts"):
        Operation("x", "k", ALICE.address, (Step(None, b"\1"),), through=BOB.address)
    Operation("x", "k", ALICE.address, (Step(None, b"\1"),))


def test_a_key_ring_reads_any_spelling_of_an_address() -> None:
    ring = Keyring([ALICE])
    assert ring[ALICE.address.lower()] is ring[ALICE.address] is ALICE
    assert ALICE.address.lower() in ring and BOB.address not in ring
    assert ring.add(BOB) is ring[BOB.address.lower()]
    with pytest.raises(InputError, match="no key"):
        ring[dev_account(3).address]


def test_an_event_that_is_not_there_is_an_error_of_ours(node: Pool) -> None:
    outcome = sender_of(node).submit(operation("silent"))
    contract: Any = SimpleNamespace(address=BOB.address, events=lambda logs: [])
    with pytest.raises(ChainError, match=r"test\.call emitted no Made"):
        outcome.event(contract, "Made")
