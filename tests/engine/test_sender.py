"""Operations are done once: when answers are lost, nonces are spent elsewhere, blocks go, and processes end."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest

from ledger.chain.devkeys import dev_account
from ledger.chain.node import Refusal, Refused, Unreachable
from ledger.chain.primitives import keccak
from ledger.engine.keyring import Keyring
from ledger.engine.operations import Operation, Outcome, Step
from ledger.errors import ChainError, InputError, NetworkMismatch, Reverted
from ledger.store.database import Database
from tests.engine.pool import Pool
from tests.engine.stage import ALICE, BOB, Stage, sender_of


def test_a_key_is_known_by_what_is_wanted(pool: Pool, stage: Stage, database: Database) -> None:
    sender = sender_of(database, pool)
    assert sender.find("k") is None
    first = sender.submit(stage.mint("k", 1, intent="pay 5"))
    assert sender.find("k") == first
    assert sender.submit(stage.mint("k", 2, intent="pay 5")) == first
    other = Operation("test", "k", BOB.address, (Step(BOB.address, b"\3"),), intent="pay 5")
    assert sender.submit(other) == first
    with pytest.raises(InputError, match="another operation was done under this key"):
        sender.submit(stage.mint("k", 1, intent="pay 6"))
    assert len(pool.sent) == stage.done(pool, "k") == 1


def test_the_intent_is_made_of_kind_and_steps(stage: Stage) -> None:
    to = BOB.address
    assert stage.mint("a", to=to).intent == stage.mint("b", to=to).intent != stage.mint("a", 2, to=to).intent
    assert stage.mint("a", intent="x").intent == "x"


def test_another_process_goes_on_from_what_is_stored(pool: Pool, stage: Stage, database: Database) -> None:
    told: list[Outcome] = []
    pool.auto, first = False, sender_of(database, pool, timeout=0.05)
    with pytest.raises(ChainError, match="were not done in"):
        first.submit(stage.mint("slow"))
    second = sender_of(database, pool, timeout=0.05)
    with pytest.raises(ChainError, match="were not done in"):
        second.submit(stage.mint("slow"))  # the first one holds the account
    assert len(pool.sent) == 1
    first.close()
    with pytest.raises(ChainError, match="were not done in"):
        second.submit(stage.mint("slow"))
    assert len(pool.sent) == 2 and pool.sent[0] == pool.sent[1]
    pool.mine()
    second.close()
    third = sender_of(database, pool)
    third._on_outcome = told.append
    assert third.submit(stage.mint("slow")).receipt.tx_hash == keccak(pool.sent[0])
    assert len(pool.sent) == 2 and stage.done(pool, "slow") == 1
    assert [outcome.operation.key for outcome in told] == ["slow"]


@pytest.mark.parametrize("answer", [True, False])
@pytest.mark.parametrize("method", ["send_many", "receipts", "nonce", "block", "estimate_gas", "fees"])
def test_what_gets_lost_is_asked_again(pool: Pool, stage: Stage, database: Database, method: str, answer: bool) -> None:
    sender = sender_of(database, pool)
    sender.submit(stage.mint("before"))
    pool.lose(method, answer=answer)
    with pytest.raises(Unreachable):
        sender.submit(stage.mint("lost"))
    assert sender.submit(stage.mint("lost")).receipt.status == 1
    assert stage.done(pool, "lost") == 1 and len(set(pool.sent)) == 2


def test_bytes_that_the_node_knows_are_waited_for(pool: Pool, stage: Stage, database: Database) -> None:
    pool.auto, sender = False, sender_of(database, pool)
    sender.accept([stage.mint("known")])
    sender.work()
    sender.close()  # another process, which sends the same again
    sender = sender_of(database, pool)
    sender.work()
    assert len(pool.sent) == 2 and pool.sent[0] == pool.sent[1]
    pool.mine()
    assert sender.submit(stage.mint("known")).receipt.status == 1
    assert stage.done(pool, "known") == 1


def test_a_transaction_that_nobody_mines_pays_more(pool: Pool, stage: Stage, database: Database) -> None:
    pool.auto, sender = False, sender_of(database, pool, patience=0.0)
    sender.accept([stage.mint("cheap")])
    for _ in range(6):
        sender.work()
    made = [pool._decoded(raw) for raw in dict.fromkeys(pool.sent)]
    assert len(made) > 2 and len({tx.nonce for tx in made}) == 1 and len({bytes(tx.data) for tx in made}) == 1
    for one, other in pairwise(made):
        assert 8 * other.max_fee_per_gas >= 9 * one.max_fee_per_gas
        assert 8 * other.max_priority_fee_per_gas >= 9 * one.max_priority_fee_per_gas
    pool.pool = {pool._sender(raw): raw for raw in pool.sent[:1]}  # the first one is mined after all
    pool.mine()
    assert sender.submit(stage.mint("cheap")).receipt.tx_hash == keccak(pool.sent[0])
    assert stage.done(pool, "cheap") == 1


def test_no_transaction_pays_more_than_is_allowed(pool: Pool, stage: Stage, database: Database) -> None:
    most = 2 * pool.fees().max_fee()
    pool.auto, sender = False, sender_of(database, pool, patience=0.0, most_fee=most)
    sender.accept([stage.mint("dear")])
    for _ in range(12):
        sender.work()
    assert most >= max(pool._decoded(raw).max_fee_per_gas for raw in pool.sent) > most // 2


@pytest.mark.parametrize("reason", [Refusal.INSUFFICIENT_FUNDS, Refusal.INVALID])
def test_what_no_node_has_taken_leaves_no_gap(pool: Pool, stage: Stage, database: Database, reason: Refusal) -> None:
    sender = sender_of(database, pool)
    pool.refuse = lambda raw: reason
    for _ in range(2):
        with pytest.raises(Refused) as caught:
            sender.submit(stage.mint("poor"))
        assert caught.value.reason is reason
    pool.refuse = lambda raw: None
    assert sender.submit(stage.mint("next")).receipt.status == 1
    assert sender.submit(stage.mint("poor")).receipt.status == 1
    assert stage.done(pool, "poor") == stage.done(pool, "next") == 1


def test_a_gap_in_the_middle_is_closed(pool: Pool, stage: Stage, database: Database) -> None:
    sender = sender_of(database, pool, patience=0.05, together=1)
    bad = stage.mint("bad")
    pool.refuse = lambda raw: Refusal.INVALID if bad.steps[0].data in raw else None
    first, refused, last = sender.submit_many([stage.mint("first"), bad, stage.mint("last")])
    assert isinstance(first, Outcome) and isinstance(last, Outcome)
    assert isinstance(refused, ChainError) and "no node took it" in str(refused)
    assert [stage.done(pool, key) for key in ("first", "bad", "last")] == [1, 0, 1]


def test_a_nonce_that_was_spent_elsewhere_is_noticed(pool: Pool, stage: Stage, database: Database) -> None:
    pool.auto, sender = False, sender_of(database, pool, timeout=2, patience=0.05)
    sender._timeout = 0.02
    with pytest.raises(ChainError, match="were not done in"):
        sender.submit(stage.mint("overtaken"))
    pool.pool.clear()
    with Database() as other:
        sender_of(other, pool.node).submit(stage.mint("somebody else's"))
    pool.auto, sender._timeout = True, 5.0
    assert sender.submit(stage.mint("overtaken")).receipt.status == 1
    assert stage.done(pool, "overtaken") == stage.done(pool, "somebody else's") == 1


def test_threads_do_not_take_the_same_nonce(pool: Pool, stage: Stage, database: Database) -> None:
    sender = sender_of(database, pool, timeout=20)
    keys = [f"thread {i}" for i in range(8)]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda key: sender.submit(stage.mint(key)), keys))
    assert all(stage.done(pool, key) == 1 for key in keys) and len({one.operation.key for one in found}) == 8


def test_threads_with_one_key_do_one_thing(pool: Pool, stage: Stage, database: Database) -> None:
    sender, start = sender_of(database, pool), threading.Barrier(4)

    def work() -> Outcome:
        start.wait()
        return sender.submit(stage.mint("shared"))

    with ThreadPoolExecutor(4) as threads:
        outcomes = [each.result() for each in [threads.submit(work) for _ in range(4)]]
    assert all(outcome == outcomes[0] for outcome in outcomes) and stage.done(pool, "shared") == 1


def test_many_share_a_transaction_and_fail_alone(pool: Pool, stage: Stage, database: Database) -> None:
    sender = sender_of(database, pool)
    wanted = [stage.mint("a"), stage.mint("b"), stage.fail("c"), stage.mint("d"), stage.mint("e", through=None)]
    found = sender.submit_many([*wanted, stage.mint("f")])
    kinds = [type(one).__name__ for one in found]
    assert kinds == ["Outcome", "Outcome", "Reverted", "Outcome", "Outcome", "Outcome"]
    assert [stage.done(pool, key) for key in "abcdef"] == [1, 1, 0, 1, 1, 1]
    assert isinstance(found[2], Reverted) and found[2].name == "ERC20InsufficientBalance"
    assert found[0].receipt.tx_hash == found[1].receipt.tx_hash  # type: ignore[union-attr]
    for one in found:
        if isinstance(one, Outcome):  # each sees its own events alone
            assert len(one.receipt.logs) == (2 if one.operation.through else 1)
            assert [event.args["value"] for event in one.events(stage.cash)] == [1]
    assert isinstance(sender.submit(stage.mint("c", intent=stage.fail("c").intent)), Outcome)


def test_a_failure_in_its_block_is_called_what_it_is(pool: Pool, stage: Stage, database: Database) -> None:
    sender = sender_of(database, pool)

    def fail(key: str, used: int) -> Reverted:
        pool.change = lambda receipt: replace(receipt, status=0, gas_used=used)
        with pytest.raises(Reverted) as caught:
            sender.submit(stage.mint(key, through=None))
        assert sender.find(key) is None
        pool.change = lambda receipt: receipt
        return caught.value

    changed = fail("changed", 20_000)
    assert (changed.name, changed.hint is not None) == ("ChangedMeanwhile", True)
    assert changed.arguments == {"block": pool.block_number()}
    assert fail("gas", 10**9).name == "OutOfGas"
    assert sender.submit(stage.mint("changed", through=None)).receipt.status == 1


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("confirmations", [0, 3])
def test_blocks_that_go_are_made_up_for(
    pool: Pool, stage: Stage, database: Database, keep: bool, confirmations: int
) -> None:
    sender = sender_of(database, pool, confirmations=confirmations)
    found: list[Any] = []
    keys = [f"key {i}" for i in range(4)]
    for key in keys:
        thread = threading.Thread(target=lambda key=key: found.append(sender.submit(stage.mint(key))))
        thread.start()
        while thread.is_alive():
            thread.join(0.05)
            pool.empty_block()
    depth = confirmations or pool.block_number() - found[2].receipt.block_number + 1  # two of them go, if that may be
    pool.reorganise(depth, keep=keep)
    assert confirmations or [stage.done(pool, key) for key in keys] == [1, 1, 0, 0]
    for _ in range(20):
        sender.work()
        sender.submit(stage.mint("after")) if not confirmations else pool.empty_block()
    assert [stage.done(pool, key) for key in keys] == [1, 1, 1, 1]


def test_a_database_is_about_one_chain(pool: Pool, database: Database) -> None:
    sender_of(database, pool)
    other: Any = SimpleNamespace(chain_id=pool.chain_id, block=lambda number: replace(pool.block(0), hash=b"\1" * 32))
    with pytest.raises(NetworkMismatch, match="the chain starts with block 0101"):
        sender_of(database, other)
    other = SimpleNamespace(chain_id=lambda: 5, block=pool.block)
    with pytest.raises(NetworkMismatch, match="the node is on chain 5"):
        sender_of(database, other)


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


def test_an_event_that_is_not_there_is_an_error_of_ours(pool: Pool, stage: Stage, database: Database) -> None:
    outcome = sender_of(database, pool).submit(stage.mint("silent"))
    contract: Any = SimpleNamespace(address=BOB.address, events=lambda logs: [])
    with pytest.raises(ChainError, match=r"test\.mint emitted no Made"):
        outcome.event(contract, "Made")


def test_who_has_no_key_for_an_account_is_told_so(pool: Pool, stage: Stage, database: Database) -> None:
    sender = sender_of(database, pool)
    with pytest.raises(InputError, match="no key"):
        sender.submit(replace(stage.mint("x"), actor=dev_account(9).address))
    assert sender.find("x") is None
