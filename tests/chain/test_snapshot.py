"""Taking the embedded chain back to a mark, as if nothing had been sent since."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.chain.devkeys import dev_account
from ledger.chain.embedded import EmbeddedNode
from ledger.chain.node import BlockNotFound
from ledger.chain.signing import SignedTransaction, Transaction
from ledger.errors import InputError

ALICE, BOB = dev_account(1), dev_account(2)


def signed(node: EmbeddedNode, value: int) -> SignedTransaction:
    nonce = node.nonce(ALICE.address)
    return ALICE.sign_transaction(Transaction(node.chain_id(), nonce, 1, 100, 21_000, BOB.address, value))


def state(node: EmbeddedNode) -> tuple[object, ...]:
    return node.block(), node.nonce(ALICE.address), node.balance(ALICE.address), node.balance(BOB.address)


def test_revert_forgets_blocks_transactions_and_the_clock() -> None:
    node = EmbeddedNode(now=lambda: 0)
    node.send_raw(signed(node, 1).raw)
    before, mark = state(node), node.snapshot()
    payment = signed(node, 5)
    node.set_time(node.block().timestamp + 1_000_000)
    node.send_raw(payment.raw)
    later = node.block()
    node.revert(mark)
    assert state(node) == before
    assert node.receipt(payment.hash) is None
    with pytest.raises(BlockNotFound):
        node.block(later.number)
    # The same bytes are taken again, and are mined at the time that the clock had then.
    assert node.send_raw(payment.raw) == payment.hash
    found = node.receipt(payment.hash)
    assert found is not None and found.status == 1
    assert node.block().number == later.number and node.block().timestamp < later.timestamp
    assert node.logs(0) == []
    node.close()


def test_marks_are_nested_and_used_up() -> None:
    node = EmbeddedNode(now=lambda: 0)
    states, marks = [], []
    for value in (1, 2, 3):
        states.append(state(node))
        marks.append(node.snapshot())
        node.send_raw(signed(node, value).raw)
    node.revert(marks[2])
    assert state(node) == states[2]
    node.send_raw(signed(node, 4).raw)
    node.revert(marks[0])
    assert state(node) == states[0]
    for mark in (*marks, -1):
        with pytest.raises(InputError, match="no such mark"):
            node.revert(mark)
    again = node.snapshot()
    node.send_raw(signed(node, 5).raw)
    node.revert(again)
    assert state(node) == states[0]
    node.close()


def test_an_undecided_clock_is_part_of_the_mark() -> None:
    node = EmbeddedNode(now=lambda: 0)
    moment = node.block().timestamp + 500
    node.set_time(moment)
    mark = node.snapshot()
    node.mine()
    node.revert(mark)
    node.mine()
    assert node.block().timestamp == moment
    node.close()


def test_a_file_is_taken_back_as_well(tmp_path: Path) -> None:
    path = tmp_path / "chain.db"
    node = EmbeddedNode(path)
    node.send_raw(signed(node, 1).raw)
    before, mark = state(node), node.snapshot()
    for value in range(5):
        node.send_raw(signed(node, value).raw)
    node.revert(mark)
    node.close()
    node = EmbeddedNode(path)
    with pytest.raises(InputError, match="no such mark"):  # marks end with the node
        node.revert(mark)
    assert state(node) == before
    node.send_raw(signed(node, 7).raw)
    node.close()
