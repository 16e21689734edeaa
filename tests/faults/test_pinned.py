"""Failures that were found once, each by its shortest history."""

from __future__ import annotations

import pytest

from ledger.chain.node import Fees, Refusal, Unreachable
from ledger.engine import outgoing
from ledger.engine.operations import Operation, Step
from ledger.engine.sender import DurableSender
from ledger.errors import ChainError, Reverted
from ledger.store import operations, transactions
from ledger.store.database import Database
from tests.engine.pool import Pool
from tests.engine.stage import ALICE, BOB, Stage, place, sender_of, signed
from tests.faults.audit import differences


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is refused is tried again in the next round."""
    monkeypatch.setattr(outgoing, "_SOON", 0.0)


def settle(sender: DurableSender, pool: Pool) -> None:
    """Work until nothing is left to do."""
    for _ in range(60):
        with sender.database.read() as connection:
            if not operations.actors(connection):
                break
        if not sender.work():
            pool.empty_block()
    assert differences(sender.database, pool.node) == []


def state(database: Database, key: str) -> str:
    with database.read() as connection:
        return operations.find(connection, [key])[key].state


def unexplained(database: Database) -> set[str | None]:
    """What ALICE's transactions called that nobody here wanted; those that made the stage are among them."""
    with database.read() as connection:
        return {to for to, _ in transactions.unexplained(connection, ALICE.address)}


def send_elsewhere(pool: Pool, stage: Stage, *keys: str) -> None:
    """Somebody else who has ALICE's key."""
    for key in keys:
        pool._mark()
        pool.node.send_raw(stage.elsewhere(pool.node, key))


def test_what_waits_goes_on_when_nothing_is_out_any_more(pool: Pool, stage: Stage, database: Database) -> None:
    sender, poor = sender_of(database, pool), stage.mint("poor", through=None)
    pool.refuse = lambda raw: Refusal.INSUFFICIENT_FUNDS if poor.steps[0].data in raw else None
    refused, failed = sender.submit_many([poor, stage.fail("fails", through=None)])
    assert "insufficient funds" in str(refused) and isinstance(failed, Reverted)


def test_a_spent_nonce_is_noticed_without_a_new_block(pool: Pool, stage: Stage, database: Database) -> None:
    sender = sender_of(database, pool, patience=0.0)
    sender.submit(stage.mint("before"))
    send_elsewhere(pool, stage, "x")
    assert sender.submit(stage.mint("after", through=None)).receipt.status == 1
    assert stage.done(pool, "after") == 1


def test_what_was_sent_elsewhere_and_is_gone_is_not_repeated(pool: Pool, stage: Stage, database: Database) -> None:
    """More of it than are replaced at once. Perhaps a thief did it: its nonces are spent for nothing."""
    sender, keys = sender_of(database, pool, patience=60.0), [f"x{i}" for i in range(20)]
    sender.submit(stage.mint("before"))
    send_elsewhere(pool, stage, *keys)
    sender.close()
    sender = sender_of(database, pool, patience=60.0)
    sender.submit(stage.mint("after"))
    pool.reorganise(21)
    sender.submit(stage.mint("last"))
    settle(sender, pool)
    assert b"" not in pool.sent
    assert [stage.done(pool, key) for key in (*keys, "after", "last")] == [*[0] * 20, 1, 1]


def test_what_was_sent_elsewhere_and_comes_again_is_taken_up_again(
    pool: Pool, stage: Stage, database: Database
) -> None:
    """Its block goes, and its bytes are mined before those that would have spent the nonce for nothing."""
    sender = sender_of(database, pool)
    sender.submit(stage.mint("before"))
    theirs = stage.elsewhere(pool.node, "x")
    send_elsewhere(pool, stage, "x")
    sender.close()
    sender.submit(stage.mint("after"))
    pool.auto = False
    pool.reorganise(2)
    pool._take(theirs)
    sender.work()
    pool.auto = True
    pool.mine()
    settle(sender, pool)
    assert stage.done(pool, "x") == stage.done(pool, "after") == 1
    assert stage.cash.address in unexplained(database)


def test_what_was_cancelled_is_asked_for_like_anything_else(pool: Pool, stage: Stage, database: Database) -> None:
    """While it was there, whoever asks for the same is told of it once; a transaction that did nothing is not it."""
    sender, same = sender_of(database, pool), Step(stage.cash.address, stage.cash.call_data("mint", place("x"), 1))
    wanted = Operation("test.mint", "x", ALICE.address, (same,))
    sender.submit(stage.mint("before"))
    send_elsewhere(pool, stage, "x")
    sender.close()
    sender.submit(stage.mint("after"))
    pool.reorganise(2)
    sender.submit(stage.mint("last"))
    settle(sender, pool)
    assert stage.done(pool, "x") == 0
    assert sender.submit(wanted).receipt.status == 1
    assert stage.done(pool, "x") == 1


def test_what_no_node_has_does_not_get_dearer(pool: Pool, stage: Stage, database: Database) -> None:
    sender, poor = sender_of(database, pool, together=1), stage.mint("poor")
    pool.refuse = lambda raw: Refusal.INSUFFICIENT_FUNDS if poor.steps[0].data in raw else None
    sender.accept([poor, stage.mint("behind")])
    for _ in range(5):
        sender.work()
    assert len(set(pool.sent)) == 2 < len(pool.sent)
    pool.refuse = lambda raw: None
    settle(sender, pool)
    assert stage.done(pool, "poor") == stage.done(pool, "behind") == 1


def test_who_stops_after_an_error_gives_the_account_back(pool: Pool, stage: Stage, database: Database) -> None:
    sender = sender_of(database, pool)
    sender.accept([stage.mint("next")])
    pool.lose("fees")
    with pytest.raises(Unreachable):
        sender.work()
    sender.close()
    assert sender_of(database, pool).work()


def test_where_gas_is_free_the_same_bytes_are_sent_again(
    pool: Pool, stage: Stage, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool.node, "fees", lambda: Fees(0, 0))
    pool.auto, sender = False, sender_of(database, pool, patience=0.0)
    sender.accept([stage.mint("free")])
    for _ in range(3):
        sender.work()
    assert len(pool.sent) > 1 and len(set(pool.sent)) == 1


def test_what_another_database_did_goes_with_its_block(pool: Pool, stage: Stage, database: Database) -> None:
    """Restored without the record of an operation, which is then asked for again, and found done; until a
    reorganisation."""
    sender = sender_of(database, pool)
    sender.submit(stage.mint("before"))
    sender.close()
    with Database() as other:
        sender_of(other, pool).submit(stage.mint("lost"))
    sender.submit(stage.mint("next"))
    assert stage.operator in unexplained(database)
    assert sender.submit(stage.mint("lost")).receipt.status == 1
    assert stage.operator not in unexplained(database)
    pool.reorganise(2)
    sender.submit(stage.mint("last"))
    settle(sender, pool)
    assert state(database, "lost") == "done" and stage.done(pool, "lost") == 1


def test_what_was_done_in_the_same_block_before_is_done(pool: Pool, stage: Stage, database: Database) -> None:
    """Restored while bytes are pending that do the same with a lower nonce."""
    pool.auto, lost = False, stage.mint("lost")
    with Database() as other:
        sender = sender_of(other, pool)
        sender.accept([lost])
        sender.work()
    sender = sender_of(database, pool, together=1, patience=0.0)
    sender.accept([stage.mint("first"), lost])
    sender.work()
    assert len(pool.pool) == 2
    pool.mine()
    pool.auto = True
    settle(sender, pool)
    assert state(database, "lost") == "done" and stage.done(pool, "lost") == stage.done(pool, "first") == 1
    assert stage.operator not in unexplained(database)


def test_what_was_done_a_block_before_is_explained_by_it(pool: Pool, stage: Stage, database: Database) -> None:
    """Restored while bytes are pending that do the same: they are found as unknown ones, before ours come to nothing."""
    pool.auto, lost = False, stage.mint("lost")
    with Database() as other:
        sender = sender_of(other, pool)
        sender.accept([lost])
        sender.work()
    sender = sender_of(database, pool, together=1, patience=0.0)
    sender.accept([stage.mint("first"), lost])
    sender.work()
    pool.mine(1)
    for _ in range(3):
        sender.work()
    assert stage.operator in unexplained(database) and state(database, "lost") == "assigned"
    pool.auto = True
    pool.mine()
    settle(sender, pool)
    assert stage.operator not in unexplained(database)
    assert state(database, "lost") == "done" and stage.done(pool, "lost") == stage.done(pool, "first") == 1


def test_what_was_done_elsewhere_and_is_told_by_its_id_goes_with_its_block(
    pool: Pool, stage: Stage, database: Database
) -> None:
    """As above, and then all of it is gone: what was credited is done once all the same."""
    pool.auto, lost = False, stage.mint("lost")
    with Database() as other:
        sender = sender_of(other, pool)
        sender.accept([lost])
        sender.work()
    sender = sender_of(database, pool, together=1, patience=0.0)
    sender.accept([stage.mint("first"), lost])
    sender.work()
    pool.mine()
    pool.auto = True
    settle(sender, pool)
    pool.reorganise(3)
    sender.submit(stage.mint("last"))
    settle(sender, pool)
    assert state(database, "lost") == "done" and stage.done(pool, "lost") == stage.done(pool, "first") == 1


def test_a_node_that_does_not_know_the_receipt_yet_is_waited_for(pool: Pool, stage: Stage, database: Database) -> None:
    sender, change = sender_of(database, pool, patience=0.0), pool.change
    sender.accept([stage.mint("slow", through=None)])
    pool.change = lambda receipt: None
    for _ in range(5):
        sender.work()
    pool.change = change
    settle(sender, pool)
    assert state(database, "slow") == "done" and stage.done(pool, "slow") == 1


def test_a_refusal_is_none_until_its_block_is_final(pool: Pool, stage: Stage, database: Database) -> None:
    """Asked for again before, the operation is the same one: in another block it may succeed."""
    sender = sender_of(database, pool, confirmations=2, timeout=0.02)
    sender.accept([stage.mint("cash", 5, to=BOB.address)])
    settle(sender, pool)
    burn = Step(stage.cash.address, stage.cash.call_data("burn", 1))
    wanted = Operation("burn", "burn", ALICE.address, (burn,), gas=100_000)
    for _ in range(2):
        with pytest.raises(ChainError, match="were not done in"):
            sender.submit(wanted)
    assert len(set(pool.sent)) == 2 and state(database, "burn") == "refused"
    pool.reorganise(1)
    data = stage.cash.call_data("transfer", ALICE.address, 5)
    pool.node.send_raw(signed(pool, BOB, stage.cash.address, data))
    settle(sender, pool)
    assert state(database, "burn") == "done" and stage.cash.view(pool, "totalSupply") == 4


def test_blocks_that_go_in_the_middle_of_a_round(pool: Pool, stage: Stage, database: Database) -> None:
    """What was mined before them is not overlooked for what is mined behind."""
    pool.auto, sender = False, sender_of(database, pool, patience=60.0)
    for key in ("first", "second"):
        sender.accept([stage.mint(key, through=None)])
        sender.work()
    pool.mine(1)
    sender.work()
    assert state(database, "first") == "done"

    def reorganise(method: str) -> None:
        if method == "nonce":
            pool.before = lambda method: None
            pool.reorganise(5, keep=True)
            pool.mine()

    for _ in range(4):
        pool.empty_block()
    pool.before, pool.auto = reorganise, True
    sender.work()
    settle(sender, pool)
    assert stage.done(pool, "first") == stage.done(pool, "second") == 1


def test_what_was_displaced_waits_until_that_is_final(pool: Pool, stage: Stage, database: Database) -> None:
    """The bytes that were sent for it may be mined after all, when the block of what took their place goes."""
    pool.auto, sender = False, sender_of(database, pool, confirmations=3, patience=0.0)
    sender.accept([stage.mint("mine", through=None)])
    sender.work()
    bytes_of_ours = pool.sent[0]
    send_elsewhere(pool, stage, "x")
    pool.mine()
    for _ in range(4):
        sender.work()
    assert state(database, "mine") == "assigned"
    pool.reorganise(1)
    pool._take(bytes_of_ours)
    pool.auto = True
    pool.mine()
    settle(sender, pool)
    assert stage.done(pool, "mine") == 1
    assert stage.done(pool, "x") == 0


def test_what_was_displaced_for_good_is_done_with_another_nonce(pool: Pool, stage: Stage, database: Database) -> None:
    pool.auto, sender = False, sender_of(database, pool, confirmations=3, patience=0.0)
    sender.accept([stage.mint("mine", through=None)])
    sender.work()
    send_elsewhere(pool, stage, "x")
    pool.mine()
    pool.auto = True
    settle(sender, pool)
    assert stage.done(pool, "mine") == stage.done(pool, "x") == 1
