"""Many operations at once: in pieces, while others are handed over, and with no more requests than are needed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.chain.node import Refusal, Unreachable
from ledger.chain.primitives import keccak
from ledger.engine import mined, planning, pump
from ledger.engine.operations import Operation, Outcome, Step
from ledger.errors import Reverted
from ledger.store import operations
from ledger.store.database import Database
from ledger.store.operations import StoredOperation
from tests.engine.pool import Pool
from tests.engine.stage import ALICE, BOB, Stage, sender_of

GAS = 150_000


def counted(pool: Pool) -> Counter[str]:
    """The requests that come from here on."""
    asked: Counter[str] = Counter()
    pool.before = lambda method: asked.update([method])
    return asked


@pytest.mark.parametrize("through", [True, False])
def test_what_comes_in_pieces_is_done_in_its_order(
    pool: Pool, stage: Stage, database: Database, monkeypatch: pytest.MonkeyPatch, through: bool
) -> None:
    """The next piece is signed while the one before is handed over."""
    monkeypatch.setattr(pump, "_AT_ONCE", 3)
    sender = sender_of(database, pool, together=2)
    keys = [f"piece {number}" for number in range(11)]
    more: dict[str, Any] = {} if through else {"through": None}
    found = sender.submit_many([stage.mint(key, gas=GAS, **more) for key in keys])
    assert [one.operation.key for one in found if isinstance(one, Outcome)] == keys
    assert [stage.done(pool, key) for key in keys] == [1] * len(keys)
    places = [(one.receipt.block_number, one.receipt.logs[0].index) for one in found if isinstance(one, Outcome)]
    assert places == sorted(places)
    assert len(pool.sent) == len(set(pool.sent)) == (7 if through else 11)


@pytest.mark.parametrize("answer", [True, False])
def test_what_gets_lost_while_the_next_is_signed_is_sent_again(
    pool: Pool, stage: Stage, database: Database, monkeypatch: pytest.MonkeyPatch, answer: bool
) -> None:
    monkeypatch.setattr(pump, "_AT_ONCE", 2)
    sender = sender_of(database, pool)
    wanted = [stage.mint(f"lost {number}", gas=GAS, through=None) for number in range(6)]
    sender.accept(wanted)
    pool.lose("send_many", answer=answer)
    found: list[Any] = []
    for _ in range(20):
        try:
            found = sender.submit_many(wanted)
            break
        except Unreachable:
            continue
    assert len(found) == 6 and all(stage.done(pool, one.key) == 1 for one in wanted)


def test_a_refused_one_in_an_earlier_piece_leaves_no_gap(
    pool: Pool, stage: Stage, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pump, "_AT_ONCE", 2)
    sender = sender_of(database, pool, patience=0.05)
    wanted = [stage.mint(f"refused {number}", gas=GAS, through=None) for number in range(6)]
    pool.refuse = lambda raw: Refusal.INVALID if wanted[1].steps[0].data in raw else None
    found = sender.submit_many(wanted)
    assert [isinstance(one, Outcome) for one in found] == [True, False, True, True, True, True]
    assert [stage.done(pool, one.key) for one in wanted] == [1, 0, 1, 1, 1, 1]
    pool.refuse = lambda raw: None
    assert isinstance(sender.submit(wanted[1]), Outcome) and stage.done(pool, wanted[1].key) == 1


def test_nothing_is_simulated_whose_gas_is_known(pool: Pool, stage: Stage, database: Database) -> None:
    sender, asked = sender_of(database, pool, together=5), counted(pool)
    found = sender.submit_many([stage.mint(f"known {number}", gas=GAS) for number in range(10)])
    assert all(isinstance(one, Outcome) for one in found) and len(pool.sent) == 2
    assert not asked.keys() & {"call", "call_many", "estimate_gas"}
    assert {pool._decoded(raw).gas for raw in pool.sent} == {5 * GAS + 5 * GAS // 31}
    failed = sender.submit_many([stage.mint("before", gas=GAS), stage.fail("failed", gas=GAS)])
    assert isinstance(failed[0], Outcome) and isinstance(failed[1], Reverted)


def test_transactions_are_simulated_in_one_request(pool: Pool, stage: Stage, database: Database) -> None:
    sender, asked = sender_of(database, pool, together=2), counted(pool)
    found = sender.submit_many([stage.mint(f"many {number}") for number in range(10)])
    assert all(isinstance(one, Outcome) for one in found) and len(pool.sent) == 5
    assert asked["call_many"] == asked["send_many"] == 1 and asked["call"] == 0


def test_each_receipt_is_asked_for_once(pool: Pool, stage: Stage, database: Database) -> None:
    sender = sender_of(database, pool, together=5)
    sender.submit(stage.mint("first"))
    asked: list[bytes] = []
    pool.change = lambda receipt: asked.append(receipt.tx_hash) or receipt  # type: ignore[func-returns-value]
    sender.submit_many([stage.mint(f"once {number}", gas=GAS) for number in range(20)])
    assert len(asked) == len(set(asked)) == 4


def test_blocks_are_asked_for_when_that_is_less(
    pool: Pool, stage: Stage, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mined, "_A_BLOCK", 1)
    sender = sender_of(database, pool)
    sender.submit(stage.mint("first"))
    asked = counted(pool)
    pool.change = lambda receipt: asked.update(["receipt"]) or receipt  # type: ignore[func-returns-value]
    found = sender.submit_many([stage.mint(f"block {number}", through=None, gas=GAS) for number in range(5)])
    assert all(isinstance(one, Outcome) and one.receipt.status == 1 for one in found)
    assert 1 <= asked["logs"] <= 2 and asked["receipt"] == 0


def test_what_leaves_no_logs_is_asked_for_by_itself(
    pool: Pool, stage: Stage, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It failed, or it did something that leaves none."""
    monkeypatch.setattr(mined, "_A_BLOCK", 1)
    monkeypatch.setattr(mined, "_SOON", 0.1)
    sender = sender_of(database, pool)
    sender.submit(stage.mint("first"))
    silent = Step(stage.cash.address, stage.cash.call_data("totalSupply"))
    failing = Step(stage.cash.address, stage.cash.call_data("transfer", BOB.address, 10**18))
    wanted = [
        stage.mint("loud", through=None, gas=GAS),
        *(Operation("t", name, ALICE.address, (step,), gas=GAS) for name, step in (("a", silent), ("b", failing))),
    ]
    found = sender.submit_many(wanted)
    assert [isinstance(one, Outcome) and len(one.receipt.logs) for one in found[:2]] == [1, 0]
    assert isinstance(found[2], Reverted) and found[2].name == "ERC20InsufficientBalance"


def test_very_many_that_are_late_are_sent_again(pool: Pool, stage: Stage, database: Database) -> None:
    pool.auto = False
    sender = sender_of(database, pool, in_flight=300, patience=0.0)
    sender.accept([stage.mint(f"late {number}", through=None, gas=GAS) for number in range(250)])
    for _ in range(6):
        sender.work()
    sent = Counter(keccak(raw) for raw in pool.sent)
    assert len(sent) > 250 and sum(sent.values()) > 2 * 250
    pool.mine()
    pool.auto = True
    while sender.work():
        pass
    with database.read() as connection:
        assert operations.counts(connection) == {"done": 250}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([None, "a", "b"]), st.none() | st.integers(1, 16_000_000)), max_size=40),
    st.integers(1, 20),
)
def test_operations_share_transactions_by_account_size_and_gas(
    stage: Stage, made: list[tuple[str | None, int | None]], together: int
) -> None:
    waiting = [
        StoredOperation(str(number), "kind", "", ALICE.address, through, ((BOB.address, b""),), gas, id=number)
        for number, (through, gas) in enumerate(made)
    ]
    groups = list(planning._groups(waiting, together))
    assert [one for some in groups for one in some] == waiting
    for some in groups:
        assert len({one.through for one in some}) == 1
        assert len(some) <= (1 if some[0].through is None else together)
        assert len(some) == 1 or sum(one.gas or planning._GAS_EACH for one in some) <= planning._MOST_GAS
    for one, other in pairwise(groups):  # none could have been longer
        longer = [*one, other[0]]
        too_much = sum(each.gas or planning._GAS_EACH for each in longer) > planning._MOST_GAS
        assert one[0].through is None or len(one) == together or too_much or other[0].through != one[0].through


def test_what_is_accepted_again_is_what_is_stored(stage: Stage, pool: Pool, database: Database) -> None:
    """New keys, known ones and the same one twice, in one call."""
    sender = sender_of(database, pool)
    old = stage.mint("old", 1, intent="one")
    sender.submit(old)
    wanted = [replace(stage.mint("old", 2), intent="one"), stage.mint("new"), stage.mint("newer"), stage.mint("new")]
    stored = sender.accept(wanted)
    assert [one.key for one in stored] == ["old", "new", "newer", "new"]
    assert [one.state for one in stored] == ["done", "waiting", "waiting", "waiting"]
    assert stored[0].steps == tuple((step.to, step.data) for step in old.steps)
    with database.read() as connection:
        assert operations.find(connection, ["old", "new", "newer"]) == {one.key: one for one in stored}
    assert stored[1].id < stored[2].id
