"""A sender that does nothing: it answers what the one would that does it, and leaves database and chain alone."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from ledger.chain.node import CallRequest
from ledger.chain.primitives import keccak
from ledger.engine.ahead import AHEAD
from ledger.engine.keyring import Keyring
from ledger.engine.operations import Operation, Outcome, Step
from ledger.engine.rehearsing import Rehearsal
from ledger.errors import ChainError, InputError, LedgerError, Reverted
from ledger.store.database import Database
from ledger.store.tables import metadata
from tests.engine.pool import Pool
from tests.engine.stage import ALICE, BOB, Stage, place, sender_of


@pytest.fixture
def rehearsal(database: Database, pool: Pool) -> Rehearsal:
    return Rehearsal(database, pool.node, Keyring([ALICE, BOB]))


def tables(database: Database) -> dict[str, list[Any]]:
    with database.read() as connection:
        return {table.name: sorted(map(repr, connection.execute(select(table)))) for table in metadata.sorted_tables}


def pay(stage: Stage, key: str, amount: int, *, to: str = ALICE.address, gas: int | None = None) -> Operation:
    """BOB's cash."""
    step = Step(stage.cash.address, stage.cash.call_data("transfer", to, amount))
    return Operation("test.pay", key, BOB.address, (step,), gas=gas)


def said(outcome: Outcome) -> list[tuple[Any, ...]]:
    return [(log.address, log.topics, log.data) for log in outcome.receipt.logs]


def same(one: object, other: object) -> bool:
    """Errors that say the same."""
    assert isinstance(one, LedgerError) and isinstance(other, LedgerError)
    arguments = (getattr(error, "arguments", None) for error in (one, other))
    return type(one) is type(other) and str(one) == str(other) and next(arguments) == next(arguments)


def test_it_answers_what_is_done_then_and_leaves_nothing(
    rehearsal: Rehearsal, database: Database, pool: Pool, stage: Stage
) -> None:
    wanted = [stage.mint("one", 5, to=BOB.address), pay(stage, "two", 3), stage.mint("three", through=None)]
    before, head = tables(database), pool.node.block()
    rehearsed = [rehearsal.submit(one) for one in wanted]
    assert tables(database) == before and pool.node.block() == head
    assert (stage.cash.view(pool.node, "balanceOf", BOB.address), stage.done(pool.node, "three")) == (0, 0)
    assert (stage.cash.view(rehearsal.node, "balanceOf", BOB.address), stage.done(rehearsal.node, "three")) == (2, 1)

    sender = sender_of(database, pool)
    done = [sender.submit(one) for one in wanted]
    for ours, theirs in zip(rehearsed, done, strict=True):
        assert said(ours) == said(theirs) and ours.operation == theirs.operation
        assert ours.events(stage.cash)[0].args == theirs.events(stage.cash)[0].args
    used = [receipt.gas_used for one in done if (receipt := pool.node.receipt(one.receipt.tx_hash))]
    assert [scene.gas for scene in rehearsal.scenes] == used
    assert [scene.operation for scene in rehearsal.scenes] == wanted
    assert [said(one) for one in done] == [
        [(log.address, log.topics, log.data) for log in scene.logs] for scene in rehearsal.scenes
    ]


@pytest.mark.parametrize("through", ["operator", None])
def test_what_is_refused_is_refused_with_the_same_error(
    rehearsal: Rehearsal, database: Database, pool: Pool, stage: Stage, through: str | None
) -> None:
    more = {} if through else {"through": None}
    wanted = [stage.mint("good", **more), stage.fail("bad", **more), stage.mint("better", **more)]
    ours = rehearsal.submit_many(wanted)
    theirs = sender_of(database, pool).submit_many(wanted)
    assert isinstance(ours[0], Outcome) and isinstance(ours[2], Outcome) and isinstance(ours[1], Reverted)
    assert same(ours[1], theirs[1]) and said(ours[0]) == said(theirs[0])  # type: ignore[arg-type]
    good, bad, better = rehearsal.scenes
    assert (good.error, better.error, bad.logs) == (None, None, ()) and isinstance(bad.error, Reverted)
    with pytest.raises(Reverted) as caught:
        Rehearsal(database, pool.node, Keyring([ALICE])).submit(stage.fail("worse", **more))
    assert same(caught.value, ours[1])


def test_too_little_gas_is_told(rehearsal: Rehearsal, database: Database, pool: Pool, stage: Stage) -> None:
    sender, errors = sender_of(database, pool), []
    sender.submit(stage.mint("money", 5, to=BOB.address))
    for one in (rehearsal, sender):
        with pytest.raises(Reverted, match="OutOfGas") as caught:
            one.submit(pay(stage, "short", 3, gas=25_000))
        errors.append(caught.value)
    assert same(*errors) and errors[0].arguments == {"used": 25_000}
    assert isinstance(rehearsal.submit(pay(stage, "enough", 3, gas=100_000)), Outcome)


def test_a_key_is_rehearsed_once(rehearsal: Rehearsal, stage: Stage) -> None:
    first = rehearsal.submit(stage.mint("once", 2))
    assert rehearsal.submit(stage.mint("once", 2)) is first is rehearsal.find("once")
    assert stage.done(rehearsal.node, "once") == 2 and len(rehearsal.scenes) == 1
    for other in ([stage.mint("once", 3)], [stage.mint("twice", 1), stage.mint("twice", 2)]):
        with pytest.raises(InputError, match="another operation was done under this key"):
            rehearsal.submit_many(other)
    twice = rehearsal.submit_many([stage.mint("twice"), stage.mint("twice")])
    assert twice[0] is twice[1] and stage.done(rehearsal.node, "twice") == 1
    assert rehearsal.find("never") is None
    with pytest.raises(InputError, match="not the key"):
        rehearsal.find("\0")


def test_what_was_really_done_is_not_rehearsed(
    rehearsal: Rehearsal, database: Database, pool: Pool, stage: Stage
) -> None:
    sender = sender_of(database, pool)
    done = sender.submit(stage.mint("done", 4))
    sender.submit_many([stage.fail("refused")])
    sender.accept([stage.mint("waits")])
    assert rehearsal.find("done") == done == rehearsal.submit(stage.mint("done", 4))
    assert rehearsal.scenes == [] and stage.done(rehearsal.node, "done") == 4
    for key in ("done", "refused", "waits"):
        with pytest.raises(InputError, match="another operation was done under this key"):
            rehearsal.submit(stage.mint(key, 5))
    assert rehearsal.find("refused") is None is rehearsal.find("waits")
    with pytest.raises(Reverted):
        rehearsal.submit(stage.fail("refused"))
    assert isinstance(rehearsal.submit(stage.mint("waits")), Outcome)
    assert not rehearsal.work() and stage.done(pool.node, "waits") == 0


def test_what_the_chain_has_done_under_a_lost_database_is_refused(
    rehearsal: Rehearsal, pool: Pool, stage: Stage
) -> None:
    with Database() as other:
        sender_of(other, pool).submit(stage.mint("known"))
    with pytest.raises(Reverted, match="AlreadyExecuted"):
        rehearsal.submit(stage.mint("known"))


def test_nobody_is_rehearsed_whose_key_is_not_there(database: Database, pool: Pool, stage: Stage) -> None:
    rehearsal = Rehearsal(database, pool.node, Keyring([BOB]))
    with pytest.raises(InputError, match="no key for the account"):
        rehearsal.submit(stage.mint("one"))
    assert rehearsal.scenes == []


def test_an_account_that_is_no_operator_says_nothing(rehearsal: Rehearsal, stage: Stage) -> None:
    with pytest.raises(ChainError, match="says nothing of it"):
        rehearsal.submit(stage.mint("one", through=BOB.address))
    assert [type(scene.error) for scene in rehearsal.scenes] == [ChainError]
    rehearsal.submit(stage.mint("two"))
    assert [scene.error is None for scene in rehearsal.scenes] == [False, True]


def test_a_chain_that_changed_is_told(rehearsal: Rehearsal, database: Database, pool: Pool, stage: Stage) -> None:
    sender = sender_of(database, pool)
    sender.submit(stage.mint("money", 5, to=BOB.address))
    rehearsal.submit(pay(stage, "all", 5))
    sender.submit(pay(stage, "elsewhere", 1))
    with pytest.raises(ChainError, match="the chain changed while"):
        rehearsal.submit(stage.mint("next"))
    with pytest.raises(ChainError, match="the chain changed while"):
        stage.cash.view(rehearsal.node, "balanceOf", BOB.address)


# --- The node of a rehearsal ------------------------------------------------------------------------------------------


def test_calls_see_what_is_rehearsed_and_nothing_of_each_other(
    rehearsal: Rehearsal, database: Database, pool: Pool, stage: Stage
) -> None:
    sender_of(database, pool).submit(stage.mint("money", 2, to=BOB.address))
    head = pool.node.block_number()
    rehearsal.submit(stage.mint("more", 3, to=BOB.address))
    node, cash = rehearsal.node, stage.cash

    def asked(amount: int) -> list[CallRequest]:
        balance = CallRequest(cash.address, cash.call_data("balanceOf", BOB.address))
        transfer = CallRequest(cash.address, cash.call_data("transfer", ALICE.address, amount), BOB.address)
        return [balance, balance, transfer, balance, transfer, balance, balance, balance]

    def answers(number: int) -> list[int]:
        return [number, number, 1, number, 1, number, number, number]

    assert [int.from_bytes(one, "big") for one in node.call_many(asked(4)) if isinstance(one, bytes)] == answers(5)
    found = node.call_many(asked(6))
    assert [isinstance(one, Reverted) for one in found] == [one == 1 for one in answers(5)]
    for block, balance in (("latest", 5), (AHEAD, 5), (head, 2), (head - 1, 0)):
        assert cash.view(node, "balanceOf", BOB.address, block=block) == balance
        assert cash.view_many(node, "balanceOf", [(BOB.address,)] * 3, block) == [balance] * 3
    with pytest.raises(Reverted):
        cash.view(node, "transfer", ALICE.address, 6, sender=BOB.address)


def test_logs_and_blocks_are_those_of_the_chain_and_one_more(
    rehearsal: Rehearsal, database: Database, pool: Pool, stage: Stage
) -> None:
    sender_of(database, pool).submit(stage.mint("money", 2))
    head, node, cash = pool.node.block(), rehearsal.node, stage.cash
    real = pool.node.logs(0, "latest", [cash.address])
    assert node.logs(0, "latest", [cash.address]) == real
    rehearsal.submit(stage.mint("more", 3))
    rehearsal.submit(stage.mint("most", 4))
    assert node.logs(0, head.number, [cash.address]) == real
    for last in ("latest", AHEAD):
        *before, more, most = node.logs(0, last, [cash.address])  # type: ignore[arg-type]
        assert before == real and (more.block_number, most.block_number) == (AHEAD, AHEAD) and more.index < most.index
    topics = cash.contract.event("Transfer").topics(to=place("most"))
    assert node.logs(0, "latest", [cash.address], topics) == [most]
    assert node.logs(0, "latest", [BOB.address]) == []
    assert len(node.logs(head.number + 1 - 1, "latest")) == len(pool.node.logs(head.number, "latest")) + 4
    assert (node.block(), node.block_number(), node.chain_id()) == (head, head.number, pool.node.chain_id())
    assert [one.number for one in node.blocks([0, AHEAD, head.number])] == [0, AHEAD, head.number]
    assert node.nonce(ALICE.address) == pool.node.nonce(ALICE.address)


def test_nothing_is_sent(rehearsal: Rehearsal, pool: Pool, stage: Stage) -> None:
    raw = stage.elsewhere(pool.node, "sent")
    for send in (lambda: rehearsal.node.send_raw(raw), lambda: rehearsal.node.send_many([raw])):
        with pytest.raises(InputError, match="nothing is sent"):
            send()
    assert pool.node.receipt(keccak(raw)) is None
