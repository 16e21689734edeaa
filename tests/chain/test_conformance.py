"""What every node must do alike: the same tests on the embedded chain, on the same one served, and on anvil that mines
what it gets at once, when somebody has it mine, or at its own times."""

from __future__ import annotations

import pytest

from ledger.chain.artifacts import Contract
from ledger.chain.bindings import Bound
from ledger.chain.devkeys import dev_account
from ledger.chain.node import BlockNotFound, CallRequest, DevNode, Node, Refusal, Refused
from ledger.chain.primitives import create_address
from ledger.chain.reverts import replay
from ledger.chain.signing import Account, Transaction
from ledger.errors import InputError, NetworkMismatch, Reverted
from tests.nodes import block_receipts

from .conftest import deploy, mined, transact

ADMIN, ALICE, BOB = (dev_account(index) for index in range(3))


@pytest.fixture
def bound(node: DevNode, probe: Contract) -> Bound:
    return deploy(node, probe, ADMIN.address, "算力")


def test_is_a_node(quiet_node: DevNode) -> None:
    node = quiet_node
    assert isinstance(node, Node) and isinstance(node, DevNode)
    assert node.chain_id() == 20250102
    assert node.block(0).number == 0 and node.block(0).parent_hash == bytes(32)
    newest = node.block()
    assert newest.number == node.block_number() and node.block(newest.number) == newest
    with pytest.raises(BlockNotFound):
        node.block(newest.number + 1_000)


def test_deploy_and_read(node: DevNode, bound: Bound, probe: Contract) -> None:
    assert bound.view(node, "title") == "算力"
    assert bound.view(node, "admin") == ADMIN.address
    assert len(node.code(bound.address)) == len(probe.deployed_bytecode)
    assert node.code(ALICE.address) == b""
    receipt = transact(node, ADMIN, None, probe.creation(BOB.address, ""))
    assert receipt.contract_address == create_address(ADMIN.address, node.nonce(ADMIN.address) - 1)


def test_every_kind_of_value_goes_round(node: DevNode, bound: Bound) -> None:
    leg = {"who": BOB.address, "units": 2**64 - 1, "note": "憑證"}
    found = bound.view(node, "echo", leg, 2**256 - 1, [-(2**127), 0, 7], [b"\1\2\3\4", b"\0\0\0\xff"])
    assert found[0] == (BOB.address, 2**64 - 1, "憑證") and found[0].note == "憑證"
    assert tuple(found)[1:] == (2**256 - 1, [-(2**127), 0, 7], [b"\1\2\3\4", b"\0\0\0\xff"])


def test_receipt_and_logs(node: DevNode, bound: Bound) -> None:
    first = transact(node, ADMIN, bound.address, bound.call_data("give", ALICE.address, 500))
    moved = transact(node, ALICE, bound.address, bound.call_data("moveMany", BOB.address, 7, 3))
    noted = transact(node, ALICE, bound.address, bound.call_data("note", 9, "n", (BOB.address, 3, "leg"), [1, 2]))

    assert [receipt.status for receipt in (first, moved, noted)] == [1, 1, 1]
    assert moved.contract_address is None and 21_000 < moved.gas_used < 150_000 and moved.gas_price >= 1
    assert node.block(moved.block_number).hash == moved.block_hash
    assert block_receipts(node, moved.block_number) == [moved]
    assert [log.index for log in moved.logs] == [0, 1, 2]
    assert all(log.tx_hash == moved.tx_hash and log.block_hash == moved.block_hash for log in moved.logs)

    both = node.logs(first.block_number, noted.block_number, [bound.address])
    assert both == [*first.logs, *moved.logs, *noted.logs]
    assert node.logs(0, "latest", [bound.address]) == both
    assert node.logs(first.block_number + 1, noted.block_number - 1, [bound.address]) == list(moved.logs)
    with pytest.raises(BlockNotFound):
        node.logs(0, noted.block_number + 1_000, [bound.address])
    assert node.logs(0, "latest", [ALICE.address]) == []

    events = list(bound.events(both))
    assert events[1].name == "Moved" and events[1].args == {"from": ALICE.address, "to": BOB.address, "units": 7}
    assert events[-1].args == {"id": 9, "note": "n", "leg": (BOB.address, 3, "leg"), "epochs": [1, 2]}
    assert bound.fetch(node, "Moved", 0, **{"from": ALICE.address}) == events[1:4]
    assert bound.fetch(node, "Moved", 0, to=ALICE.address) == events[:1]
    kinds = [bound.contract.event(name).topic for name in ("Moved", "Noted")]
    assert node.logs(0, "latest", [bound.address], [kinds]) == both
    assert node.logs(0, "latest", [bound.address], [None, None, None, None]) == both


def test_unknown_receipt(node: DevNode) -> None:
    assert node.receipt(bytes(32)) is None


def test_refused_calls(node: DevNode, bound: Bound) -> None:
    with pytest.raises(Reverted) as caught:
        bound.view(node, "failPlain", "not today")
    assert (caught.value.name, caught.value.arguments) == ("Error", {"reason": "not today"})
    with pytest.raises(Reverted, match="NoReason"):
        bound.view(node, "failEmpty")
    with pytest.raises(Reverted) as caught:
        bound.view(node, "failPanic", 1, 0)
    assert caught.value.arguments == {"code": 0x12, "meaning": "division or modulo by zero"}
    with pytest.raises(Reverted, match=r"Halted|NoReason"):
        bound.view(node, "failHalt")
    with pytest.raises(Reverted, match="UnknownError"):  # no artifact of ours declares the fixture's errors
        bound.view(node, "failBare")


def test_many_calls_are_answered_each(node: DevNode, bound: Bound) -> None:
    before = node.block_number()
    transact(node, ALICE, bound.address, bound.call_data("tick"))
    asked = [bound.call_data("count"), bound.call_data("failPlain", "no"), bound.call_data("count")]
    count = bound.view(node, "count")
    first, refused, last = node.call_many([CallRequest(bound.address, data) for data in asked])
    assert first == last == int(count).to_bytes(32, "big")
    assert isinstance(refused, Reverted) and refused.arguments == {"reason": "no"}
    assert node.call_many([]) == [] == bound.view_many(node, "held", [])
    assert bound.view_many(node, "count", [()] * 3, before) == [bound.view(node, "count", block=before)] * 3
    holders = [(ALICE.address,), (BOB.address,)]
    assert bound.view_many(node, "held", holders) == [bound.view(node, "held", *one) for one in holders]
    with pytest.raises(Reverted):
        bound.view_many(node, "failPlain", [("no",)])


def test_estimate(node: DevNode, bound: Bound) -> None:
    assert node.estimate_gas(CallRequest(BOB.address, sender=ALICE.address, value=1)) == 21_000
    for call in (("give", ALICE.address, 10**6), ("clear", 4), ("tick",)):
        data = bound.call_data(*call)
        gas = node.estimate_gas(CallRequest(bound.address, data, ALICE.address))
        receipt = transact(node, ALICE, bound.address, data, gas=gas)
        assert receipt.status == 1 and receipt.gas_used <= gas
    with pytest.raises(Reverted):
        node.estimate_gas(CallRequest(bound.address, bound.call_data("failPlain", "no"), ALICE.address))


def test_a_failing_transaction_is_mined_and_its_reason_found(node: DevNode, bound: Bound) -> None:
    data = bound.call_data("failPlain", "too late")
    receipt = transact(node, ALICE, bound.address, data)
    assert receipt.status == 0 and receipt.logs == () and receipt.gas_used > 21_000
    request = CallRequest(bound.address, data, ALICE.address)
    reason = replay(node, request, receipt.block_number - 1)
    assert reason is not None and reason.arguments == {"reason": "too late"}
    assert replay(node, CallRequest(bound.address, bound.call_data("tick"))) is None


def test_refused_transactions(node: DevNode) -> None:
    def raw(account: Account = ALICE, **changes: int) -> bytes:
        fields = {"chain_id": node.chain_id(), "nonce": node.nonce(account.address), "max_priority_fee": 1}
        fields |= {"max_fee": 100, "gas": 21_000, "value": 1} | changes
        return account.sign_transaction(Transaction(to=BOB.address, **fields)).raw  # type: ignore[arg-type]

    sent = raw()
    mined(node, node.send_raw(sent))
    with pytest.raises(Refused) as caught:
        node.send_raw(sent)
    assert caught.value.reason in (Refusal.ALREADY_KNOWN, Refusal.NONCE_TOO_LOW)  # anvil forgets what it mined

    for broken, reason in (
        (raw(nonce=node.nonce(ALICE.address) - 1, value=2), Refusal.NONCE_TOO_LOW),
        (raw(Account.create()), Refusal.INSUFFICIENT_FUNDS),
        (raw(chain_id=1), Refusal.INVALID),
        (raw(gas=20_999), Refusal.INVALID),
        (b"\x02\xc0", Refusal.INVALID),
        (b"", Refusal.INVALID),
    ):
        with pytest.raises(Refused) as caught:
            node.send_raw(broken)
        assert caught.value.reason is reason, caught.value


def test_send_many_answers_each(node: DevNode) -> None:
    nonce, chain = node.nonce(ALICE.address), node.chain_id()
    good = [
        ALICE.sign_transaction(Transaction(chain, nonce + step, 1, 100, 21_000, BOB.address, 1)) for step in range(3)
    ]
    answers = node.send_many([good[0].raw, b"\x02", good[1].raw, good[2].raw])
    assert answers[0] == good[0].hash and answers[2:] == [good[1].hash, good[2].hash]
    assert isinstance(answers[1], Refused)
    for one in good:
        mined(node, one.hash)


def test_clock(quiet_node: DevNode, probe: Contract) -> None:
    node = quiet_node
    bound = deploy(node, probe, ADMIN.address, "clock")
    now = node.block().timestamp
    with pytest.raises(InputError):
        node.set_time(now)
    node.set_time(now + 86_400)
    receipt = transact(node, ALICE, bound.address, bound.call_data("tick"))
    assert node.block(receipt.block_number).timestamp == now + 86_400
    before = node.block_number()
    node.mine(3)
    assert node.block_number() == before + 3
    # The clock runs on from there.
    assert now + 86_400 <= node.block().timestamp < now + 86_400 + 120
    at, number = bound.view(node, "clock")
    assert (number, at) == (node.block().number, node.block().timestamp) or at >= now + 86_400


def test_a_clock_that_was_moved_goes_on(node: DevNode, bound: Bound) -> None:
    then = node.block().timestamp + 86_400
    node.set_time(then)
    receipt = transact(node, ALICE, bound.address, bound.call_data("tick"))
    assert then <= node.block(receipt.block_number).timestamp < then + 120


def test_calls_on_an_old_block(node: DevNode, bound: Bound) -> None:
    before = node.block_number()
    transact(node, ADMIN, bound.address, bound.call_data("give", ALICE.address, 5))
    assert bound.view(node, "held", ALICE.address, block=before) == 0
    assert bound.view(node, "held", ALICE.address) == 5
    with pytest.raises(BlockNotFound):
        bound.view(node, "count", block=before + 1_000)


def test_fund(node: DevNode, bound: Bound) -> None:
    someone = Account.create().address
    node.fund(someone, 10**18)
    assert node.balance(someone) == 10**18
    node.fund(someone, 5)
    assert node.balance(someone) == 10**18


def test_a_contract_that_is_not_there(node: DevNode, probe: Contract) -> None:
    with pytest.raises(NetworkMismatch, match="no contract"):
        Bound(probe, Account.create().address).view(node, "title")


def test_rehearsed_transactions_see_those_before_them_and_leave_nothing(node: DevNode, bound: Bound) -> None:
    given, moved = bound.call_data("give", ALICE.address, 500), bound.call_data("moveMany", BOB.address, 7, 3)
    calls = [
        CallRequest(bound.address, given, ADMIN.address),
        CallRequest(bound.address, bound.call_data("failPlain", "no"), ALICE.address),
        CallRequest(bound.address, moved, ALICE.address),
        CallRequest(bound.address, moved, ALICE.address),
        CallRequest(bound.address, bound.call_data("held", ALICE.address)),
    ]
    before = [node.nonce(one.address) for one in (ADMIN, ALICE)]
    gave, refused, first, second, held = node.rehearse(calls)
    assert int.from_bytes(held.output, "big") == 500 - 2 * 3 * 7 and held.logs == ()
    assert refused.error is not None and refused.error.arguments == {"reason": "no"}
    assert (refused.output, refused.logs) == (b"", ()) and refused.gas > 21_000
    assert bound.view(node, "held", ALICE.address) == 0 == len(node.logs(0, "latest", [bound.address]))
    assert [node.nonce(one.address) for one in (ADMIN, ALICE)] == before

    done = [
        transact(node, sender, bound.address, data) for sender, data in ((ADMIN, given), (ALICE, moved), (ALICE, moved))
    ]
    logged = [(log.address, log.topics, log.data) for one in done for log in one.logs]
    told = [log for one in (gave, first, second) for log in one.logs]
    assert [(log.address, log.topics, log.data) for log in told] == logged and len(logged) == 7
    assert [(log.tx_index, log.index) for log in told] == [
        (0, 0),
        *((2, at) for at in (1, 2, 3)),
        *((3, at) for at in (4, 5, 6)),
    ]
    assert {(log.block_hash, log.tx_hash) for log in told} == {(bytes(32), bytes(32))}
    assert [one.gas for one in (gave, first, second)] == [one.gas_used for one in done]


def test_rehearsing_fails_as_calls_do(node: DevNode, bound: Bound) -> None:
    assert node.rehearse([]) == []
    names = ("failEmpty", "failHalt", "failBare")
    empty, halted, bare = node.rehearse(
        [CallRequest(bound.address, bound.call_data(name), ALICE.address) for name in names]
    )
    assert empty.error is not None and empty.error.name == "NoReason"
    assert halted.error is not None and halted.error.name in ("Halted", "NoReason")
    assert bare.error is not None and bare.error.name == "UnknownError"
    (panic,) = node.rehearse([CallRequest(bound.address, bound.call_data("failPanic", 1, 0))])
    assert panic.error is not None and panic.error.arguments["code"] == 0x12
    tick = CallRequest(bound.address, bound.call_data("tick"), ALICE.address)
    (short,) = node.rehearse([CallRequest(bound.address, tick.data, ALICE.address, gas=21_500)])
    assert short.error is not None and short.gas == 21_500
    for impossible, reason in (
        (CallRequest(BOB.address, sender=Account.create().address, value=1), Refusal.INSUFFICIENT_FUNDS),
        (CallRequest(bound.address, tick.data, ALICE.address, gas=20_999), Refusal.INVALID),
    ):
        with pytest.raises(Refused) as caught:
            node.rehearse([tick, impossible])
        assert caught.value.reason is reason


def test_rehearsing_is_at_the_time_of_the_next_block(quiet_node: DevNode, probe: Contract) -> None:
    node = quiet_node
    bound = deploy(node, probe, ADMIN.address, "clock")
    then = node.block().timestamp + 86_400
    node.set_time(then)
    (found,) = node.rehearse([CallRequest(bound.address, bound.call_data("clock"))])
    assert int.from_bytes(found.output[:32], "big") == then
    receipt = transact(node, ALICE, bound.address, bound.call_data("tick"))
    assert node.block(receipt.block_number).timestamp == then
