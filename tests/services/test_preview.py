"""A preview says what happens then: result, events, gas, and all balances; and nothing has happened before.

Each step of two whole stories is previewed, then done; what it changed is asked of the chain and of the journal.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import select

from ledger.chain.devkeys import dev_account
from ledger.chain.signing import Account
from ledger.engine.operations import Step
from ledger.errors import InputError, LedgerError, Reverted, RuleError
from ledger.services import (
    cash,
    collections,
    contributions,
    distribution,
    issuance,
    programmes,
    receipts,
    redemption,
    subscribing,
)
from ledger.services.events import stream
from ledger.services.ledger import Ledger, fund_account, open_local
from ledger.services.payment_date import PaymentDate, payment_date
from ledger.services.preview import Asset, Change, Preview, preview
from ledger.services.reconcile import reconcile
from ledger.services.roles import Role
from ledger.services.series import Series
from ledger.store import index, index_money, journal, outbox
from ledger.store.tables import metadata
from tests.services.small import HOLDERS, RENT, active, offered, small_case
from tests.services.test_contributions import VALUE, World, make_log
from tests.services.test_every_network import anvil, anvil_timed, embedded, served
from tests.store import databases

T = TypeVar("T")
ALICE, BOB, CAROL = HOLDERS
CASE = small_case()
RENTS = (date(2025, 2, 1), date(2025, 3, 1), date(2025, 4, 1))
PAIRS = ((embedded, "sqlite"), (embedded, "postgresql"), (served, "sqlite"), (anvil, "postgresql"))


def name(pair: tuple[Any, str]) -> str:
    return f"{pair[0].__name__}-{pair[1]}"


@pytest.fixture(params=PAIRS, ids=name)
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    network, kind = request.param
    server = request.getfixturevalue("postgresql") if kind == "postgresql" else ""
    with databases.empty(kind, tmp_path, server) as url, network(tmp_path, url) as opened, opened() as found:
        yield found


@pytest.fixture
def local() -> Iterator[Ledger]:
    with open_local(start=date(2024, 12, 1)) as found:
        yield found


def tables(ledger: Ledger) -> dict[str, list[str]]:
    """All that is stored."""
    with ledger.database.read() as connection:
        return {table.name: sorted(map(repr, connection.execute(select(table)))) for table in metadata.sorted_tables}


@contextmanager
def unchanged(ledger: Ledger) -> Iterator[None]:
    ledger.sync()
    stored, head = tables(ledger), ledger.node.block()
    nonces = [ledger.node.nonce(one.address) for one in ledger.keyring]
    yield
    assert tables(ledger) == stored and ledger.node.block() == head
    assert [ledger.node.nonce(one.address) for one in ledger.keyring] == nonces


@dataclass
class Balances:
    """What everybody has, as the chain and the journal say; by holder, account and kind of asset with its id."""

    ledger: Ledger
    found: dict[tuple[str, str, str, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        ledger = self.ledger
        with ledger.reading() as connection:
            spvs = index_money.spvs(connection)
            for spv in spvs:
                for holder, units in index.holdings(connection, spv.slot).items():
                    self.found[holder, "", "units", str(spv.slot)] = units
            books = journal.balances(connection, [ledger.vouchers.address, *(spv.address for spv in spvs)])
        for account, (debits, credits_) in books.items():
            unit = ("cash", account.unit) if account.owner == ledger.vouchers.address else ("money", "CNY")
            amount = debits - credits_ if account.name == "cash" else credits_ - debits
            self.found[account.owner, account.name, *unit] = amount
        contracts = [ledger.deployment.operator, ledger.vouchers.address, *(spv.address for spv in spvs)]
        local = [dev_account(number).address for number in range(25)]
        for who in [*contracts, *local]:
            self.found[who, "", "cash", ledger.cash.address] = ledger.cash.view(ledger.node, "balanceOf", who)
            for programme in range(1, 3):
                held = ledger.vouchers.view(ledger.node, "balanceOf", who, programme)
                self.found[who, "", "vouchers", str(programme)] = held

    def since(self, before: Balances) -> dict[tuple[str, str, str, str], int]:
        keys = self.found.keys() | before.found.keys()
        moved = {key: self.found.get(key, 0) - before.found.get(key, 0) for key in keys}
        return {key: amount for key, amount in moved.items() if amount}


def by_key(changes: list[Change]) -> dict[tuple[str, str, str, str], int]:
    found = {(one.holder, one.account, one.asset.kind, one.asset.id): one.amount for one in changes}
    assert len(found) == len(changes)
    return found


def told(ledger: Ledger, after: int) -> list[tuple[str, str, dict[str, Any]]]:
    ledger.sync()
    return [(one.type, one.contract, one.args) for one in stream(ledger, after).events]  # type: ignore[union-attr]


def plain(events: list[tuple[str, str, dict[str, Any]]]) -> list[tuple[str, str, dict[str, Any]]]:
    """Without ids of operations, whose keys are made up anew when none are given."""
    return [
        (*rest, {k: v for k, v in args.items() if k != "id" or "Operator" not in rest[0]}) for *rest, args in events
    ]


def gas_since(ledger: Ledger, head: int) -> int:
    found = [
        tx for number in range(head + 1, ledger.node.block_number() + 1) for tx in ledger.node.transactions(number)
    ]
    return sum(receipt.gas_used for receipt in ledger.node.receipts([tx.hash for tx in found]) if receipt)


def previewed(ledger: Ledger, service: Callable[[Ledger], T]) -> tuple[T, Preview[T]]:
    """Do it, after its preview, which has to say the same."""
    with unchanged(ledger):
        shown = preview(ledger, service)
    before, head = Balances(ledger), ledger.node.block_number()
    with ledger.database.read() as connection:
        seq = outbox.end(connection)
    result = service(ledger)
    ours = [(one.type, one.contract, one.args) for one in shown.events]
    assert plain(ours) == plain(told(ledger, seq)) and ours
    assert by_key(shown.changes) == Balances(ledger).since(before)
    # Ids of operations whose keys are made up anew differ in how many of their bytes are zeros, at 12 gas each.
    assert abs(shown.gas - gas_since(ledger, head)) <= 60 * len(shown.scenes)
    assert sum(one.gas for one in shown.scenes) == shown.gas and all(one.error is None for one in shown.scenes)
    return result, shown


def done(ledger: Ledger, service: Callable[[Ledger], T]) -> T:
    result, shown = previewed(ledger, service)
    assert shown.result == result
    return result


def test_the_life_of_a_series(ledger: Ledger) -> None:
    agent = fund_account(ledger, dev_account(6))
    for holder in HOLDERS:
        fund_account(ledger, holder)

    def found_series(one: Ledger) -> int:
        """Each of its steps reads what those before it have done."""
        parties = issuance.Parties(*(dev_account(index).address for index in (7, 8, 9)), agent.address)
        series = issuance.create(one, CASE, parties)
        issuance.register_pool(series, CASE.receivables)
        issuance.offer(series, CASE.present_value.minor, issuance.attest(series, CASE.present_value.minor, agent))
        assert series.state().value == "Offering" and series.code == CASE.terms.code
        return series.slot

    slot = done(ledger, found_series)
    assert slot == 1

    series = offered(ledger, CASE)  # finds it, and lets the holders in

    def at(one: Ledger) -> Series:
        return Series.load(one, slot)

    tokens = []
    for holder, units in zip(HOLDERS, (150_000, 100_000, 50_000), strict=True):

        def subscribe(one: Ledger, holder: Account = holder, units: int = units) -> int:
            cash.mint(at(one), holder.address, units)
            return subscribing.subscribe(at(one), holder, units)

        token, shown = previewed(ledger, subscribe)
        assert shown.result == token
        coins = Asset("cash", ledger.cash.address, "sCNY", "", 6)
        spv = series.spv.address
        assert shown.changes == sorted(
            [
                Change(holder.address, "", Asset("units", "1", "SMALL", "CNY", 2), units),
                Change(spv, "", coins, units * 10_000),
                Change(spv, "cash", Asset("money", "CNY", "SMALL", "CNY", 2), units),
                Change(spv, "subscriptions", Asset("money", "CNY", "SMALL", "CNY", 2), units),
            ]
        )
        tokens.append(token)
    series.go_to(CASE.terms.issue_date)
    assert done(ledger, lambda one: issuance.activate(at(one))) == 300_000

    def split_and_sell(one: Ledger) -> int:
        (part,) = receipts.split(one, tokens[0], [30_000])
        receipts.transfer(one, part, BOB.address)
        assert receipts.receipt(one, part).owner == BOB.address
        assert receipts.holdings(one, slot)[ALICE.address] == 120_000
        return part

    part = done(ledger, split_and_sell)
    done(ledger, lambda one: receipts.merge(one, [part], tokens[1]))
    done(ledger, lambda one: receipts.transfer_units(one, tokens[1], tokens[2], 10_000, key="sold"))
    again = preview(ledger, lambda one: receipts.transfer_units(one, tokens[1], tokens[2], 10_000, key="sold"))
    assert (again.scenes, again.events, again.changes, again.gas) == ([], [], [], 0)
    done(ledger, lambda one: receipts.transfer_units_to(one, tokens[1], ALICE.address, 20_000))
    done(ledger, lambda one: receipts.freeze(one, [tokens[2]], frozen=True, reason="asked"))
    done(ledger, lambda one: receipts.freeze(one, [tokens[2]], frozen=False, reason="answered"))

    for number, day in enumerate(RENTS):
        series.go_to(day)

        def collect(one: Ledger, number: int = number) -> int:
            cash.mint(at(one), one.deployment.operator, RENT)
            return collections.collect(at(one), [(f"R{number + 1}-SMALL", RENT)])

        assert done(ledger, collect) == RENT

        def pay(one: Ledger) -> PaymentDate:
            made = payment_date(at(one))
            assert made.report.agree, made.report.differences
            return made

        made, shown = previewed(ledger, pay)
        assert replace(shown.result, report=made.report) == made
        assert shown.result.report.compared.keys() == made.report.compared.keys()
    assert (made.epoch, made.redemption_epoch) == (2, 3)
    assert series.state().value == "Redeemed"
    assert done(ledger, lambda one: redemption.pay_residual(at(one))) > 0
    assert reconcile(ledger).agree


def test_the_life_of_a_programme(ledger: Ledger) -> None:
    maintainer, provider, student = (fund_account(ledger, dev_account(number)) for number in (20, 21, 22))
    log = make_log(6)

    def world(one: Ledger) -> World:
        return World(one, maintainer, provider, [student])

    repo = done(ledger, lambda one: world(one).anchored(log))
    assert contributions.head(ledger, repo).size == 6
    person = done(ledger, lambda one: world(one).bound(repo, 1, student))
    expiry = ledger.node.block().timestamp + 400 * 86_400

    def programme(one: Ledger) -> int:
        district = world(one).district
        cash.top_up(one, district, 10 * VALUE)
        terms = programmes.Terms(district, one.cash.address, VALUE, 1000, expiry)
        number = programmes.open_programme(one, district, terms, [provider.address])
        programmes.fund(one, number, district, 10 * VALUE)
        assert programmes.programme(one, number).free == 10
        return number

    number = done(ledger, programme)
    done(ledger, lambda one: world(one).graduate(person, number))
    counted = world(ledger).counted(repo, log)
    world(ledger).published(number, counted)
    assert done(ledger, lambda one: programmes.claim(one, number, counted, person, student.address)) == 3

    def redeem_twice(one: Ledger) -> tuple[int, int, int]:
        first = programmes.redeem(one, number, student, provider, 1, "INV-1")
        assert programmes.units_of(one, number, student.address) == 2
        second = programmes.redeem(one, number, student, provider, 1, "INV-2")
        return first, second, programmes.reimburse(one, provider.address, one.cash.address, provider.address)

    assert done(ledger, redeem_twice) == (VALUE, VALUE, 2 * VALUE)
    assert reconcile(ledger).agree


def test_payments_in_many_transactions(local: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distribution, "HOLDERS_AT_ONCE", 1)
    series, (_, bobs, _) = active(local, CASE, 150_000, 100_000, 50_000)
    series.go_to(RENTS[0])
    cash.mint(series, local.deployment.operator, RENT)
    collections.collect(series, [("R1-SMALL", RENT)])
    distribution.fix_record(series)
    distribution.fund(series)

    def pay(one: Ledger) -> list[distribution.Payment]:
        return distribution.pay_all(Series.load(one, series.slot), 0)

    def released(one: Ledger) -> list[distribution.Payment]:
        receipts.freeze(one, [bobs], frozen=False, reason="answered")
        return pay(one)

    receipts.freeze(local, [bobs], frozen=True, reason="asked")
    paid = done(local, pay)
    assert {one.holder: one.amount for one in paid} == {ALICE.address: 1_500, CAROL.address: 500}
    assert [(one.holder, one.amount) for one in done(local, released)] == [(BOB.address, 1_000)]
    with unchanged(local):
        shown = preview(local, pay)
    assert (shown.result, shown.scenes, shown.changes) == ([], [], [])


def refused(ledger: Ledger, service: Callable[[Ledger], object]) -> LedgerError:
    """What it is refused with, in the preview and then."""
    with unchanged(ledger), pytest.raises(LedgerError) as shown:
        preview(ledger, service)
    with pytest.raises(LedgerError) as caught:
        service(ledger)
    assert type(shown.value) is type(caught.value) and str(shown.value) == str(caught.value)
    assert getattr(shown.value, "arguments", None) == getattr(caught.value, "arguments", None)
    return caught.value


def test_what_is_refused_is_refused_with_the_same_error(ledger: Ledger) -> None:
    series, (alices, bobs, _) = active(ledger, CASE, 150_000, 100_000, 50_000)
    slot, stranger = series.slot, fund_account(ledger, dev_account(23))

    def gone(one: Ledger) -> None:
        receipts.merge(one, [bobs], receipts.split(one, bobs, [1])[0])
        receipts.transfer(one, bobs, ALICE.address)

    for service in (  # by keys of their own, and through the operator account
        lambda one: receipts.split(one, alices, [150_001]),
        lambda one: receipts.transfer(one, alices, stranger.address),
        lambda one: receipts.force_transfer(one, alices, stranger.address, 1, reason="asked"),
        lambda one: issuance.fail(Series.load(one, slot)),
        lambda one: redemption.sweep(Series.load(one, slot)),
    ):
        assert isinstance(refused(ledger, service), Reverted)
    with unchanged(ledger), pytest.raises(InputError, match="no such receipt"):
        preview(ledger, gone)  # it went in the step before
    assert receipts.receipt(ledger, bobs).units == 100_000
    assert isinstance(refused(ledger, lambda one: receipts.receipt(one, 5)), InputError)
    assert isinstance(refused(ledger, lambda one: payment_date(Series.load(one, slot))), RuleError)
    series.go_to(date(2025, 1, 27))
    with unchanged(ledger), pytest.raises(Reverted, match="TooEarly"):
        preview(ledger, lambda one: payment_date(Series.load(one, slot)))  # behind the record, which could be fixed
    assert not series.view("status").recordOpen
    unknown = refused(ledger, lambda one: collections.collect(Series.load(one, slot), [("R9", 1)]))
    assert isinstance(unknown, InputError) and unknown.field == "receivable"
    poor = refused(ledger, lambda one: collections.collect(Series.load(one, slot), [("R1-SMALL", 1)]))
    assert "too little cash" in poor.message
    del ledger.keys[Role.COMPLIANCE]
    assert "no key" in str(refused(ledger, lambda one: receipts.freeze(one, [alices], frozen=True, reason="x")))


def test_the_clock_and_coins_stay(local: Ledger) -> None:
    someone = Account.create()
    for service in (lambda one: one.go_to(date(2025, 6, 1)), lambda one: one.node.mine()):
        with unchanged(local), pytest.raises(InputError):
            preview(local, service)

    def topped_up(one: Ledger) -> int:
        fund_account(one, someone)
        return cash.top_up(one, someone.address, 5)

    with unchanged(local):
        assert preview(local, topped_up).result == 5
    assert local.node.balance(someone.address) == 0


@pytest.mark.parametrize("ledger", [*PAIRS, (anvil_timed, "sqlite")], indirect=True, ids=name)
def test_a_preview_beside_work_disturbs_nothing(ledger: Ledger) -> None:
    series, (alices, bobs, _) = active(ledger, CASE, 150_000, 100_000, 50_000)
    ended, shown, failed = threading.Event(), list[Preview[Any]](), list[Exception]()

    def look() -> None:
        try:
            while not ended.is_set():
                shown.append(preview(ledger, lambda one: receipts.split(one, bobs, [1_000, 2_000])))
        except Exception as error:  # noqa: BLE001
            failed.append(error)

    thread = threading.Thread(target=look)
    thread.start()
    for _ in range(15):
        receipts.transfer_units(ledger, alices, bobs, 10)
    ended.set()
    thread.join()
    assert not failed and shown
    for one in shown:
        assert len(one.result) == 2 and one.changes == []  # of the same owner
        assert [event.name for event in one.events].count("TransferValue") == 2
    assert receipts.holdings(ledger, series.slot)[BOB.address] == 100_150
    assert len(receipts.receipts_of(ledger, series.slot)) == 3 and reconcile(ledger).agree


def test_a_step_by_hand_is_shown_too(local: Ledger) -> None:
    """What is neither of an SPV nor of the vouchers: cash of anybody."""
    giver = fund_account(local, ALICE)
    cash.top_up(local, giver.address, 7)
    step = Step(local.cash.address, local.cash.call_data("transfer", BOB.address, 3))
    shown = preview(local, lambda one: one.act(giver.address, "cash.transfer", step))
    coins = Asset("cash", local.cash.address, "sCNY", "", 6)
    assert shown.changes == sorted([Change(ALICE.address, "", coins, -3), Change(BOB.address, "", coins, 3)])
    assert shown.events == [] and [scene.operation.kind for scene in shown.scenes] == ["cash.transfer"]
