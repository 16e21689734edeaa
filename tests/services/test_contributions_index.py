"""Contributions and vouchers in the index: what the contracts say, on both databases, whichever way it came about."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from ledger.chain.devkeys import dev_account
from ledger.chain.primitives import keccak
from ledger.engine.indexer import Indexer
from ledger.engine.operations import Step
from ledger.errors import Reverted
from ledger.services import agreements, budgets, contributions, people, programmes, roots
from ledger.services.budgets import RootState
from ledger.services.ledger import Ledger, fund_account, open_local
from ledger.services.roles import Role
from ledger.store import index_people, index_vouchers
from ledger.store.database import Database
from tests.engine.test_index_lives import rows
from tests.services.test_contributions import OID, START, VALUE, World, extend, make_log


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """Two persons, of whom one moved and is to move again; roots of each kind; claims, a redemption, a programme that
    is closed."""
    with open_local(start=START) as ledger:
        accounts = [fund_account(ledger, dev_account(20 + index)) for index in range(7)]
        world = World(ledger, accounts[0], accounts[1], accounts[2:])
        log, (one, two, three, four, _) = make_log(10), world.students
        repo = world.anchored(log)
        first, second = world.bound(repo, 1, one), world.bound(repo, 2, two)
        people.rotate(ledger, first, one, three)
        people.propose_recovery(ledger, first, four, world.university.address)
        people.cancel_recovery(ledger, first)
        people.propose_recovery(ledger, first, four, world.university.address)
        number, short = world.programme(20 * VALUE, cap=4), world.programme(2 * VALUE)
        for person in (first, second):
            world.graduate(person, number)
        people.revoke_attestation(ledger, second, world.university.address, "a mistake")
        world.graduate(second, short, two)
        counted = world.counted(repo, log)
        programmes.publish(ledger, number, world.district, counted)
        roots.stop(ledger, number, "for a test")
        world.published(number, counted)
        programmes.claim(ledger, number, counted, first, one.address)
        programmes.redeem(ledger, number, three, world.provider, 3, "A-1")
        extend(log, 14)
        programmes.publish(ledger, number, world.district, world.counted(repo, log, counted))
        world.later(401)
        programmes.close(ledger, short, one.address)
        yield world


def indexer_of(database: Database, ledger: Ledger) -> Indexer:
    return Indexer(database, ledger.node, ledger.deployment.kinds)


def test_people_are_as_the_contracts_have_them(world: World, database: Database) -> None:
    ledger = world.ledger
    tip = indexer_of(database, ledger).sync()
    assert tip is not None
    one, two, three, four, _ = (account.address for account in world.students)
    view = ledger.claims.view
    with database.read() as connection:
        assert index_people.people(connection) == list(range(1, view(ledger.node, "people") + 1)) == [1, 2]
        assert index_people.people(connection, after=1, limit=5) == [2]
        for number in (1, 2):
            known = people.person(ledger, number)
            wallets = index_people.wallets(connection, number)
            assert wallets == [*view(ledger.node, "pastWallets", number), known.wallet]
            last = index_people.graduations(connection, person=number)[-1]
            assert (last.programme, last.day) == (known.programme, known.day)
        owners = {wallet: index_people.person_of(connection, wallet) for wallet in (one, two, three, four)}
        assert owners == {one: None, two: 2, three: 1, four: None}
        found = index_people.recovery(connection, 1)
        assert found is not None
        assert (found.wallet, found.ready_from, found.university) == tuple(view(ledger.node, "recoveryOf", 1))
        assert index_people.recovery(connection, 2) is None
        (said,) = index_people.bindings(connection, person=2)
        assert (said.evidence, said.contributor) == (keccak(b"evidence"), keccak(b"\2"))
        (batch,) = index_people.batches(connection, repo=said.repo)
        assert (batch.signer, batch.as_of, batch.head[:20].hex()) == (world.maintainer.address, 0, OID)
        assert index_people.repositories(connection)[0].rule == 1


def test_programmes_are_as_the_contracts_have_them(world: World, database: Database) -> None:
    ledger = world.ledger
    tip = indexer_of(database, ledger).sync()
    assert tip is not None
    view = ledger.vouchers.view
    with database.read() as connection:
        known = index_vouchers.programmes(connection)
        assert [one.number for one in known] == [1, 2]
        for one in known:
            terms = view(ledger.node, "programme", one.number)
            assert one[3:] == (
                terms.publisher,
                terms.cash,
                *terms[2:6],
                terms.transferable,
                terms.policyHash,
                terms.uri,
            )
            assert index_vouchers.programmes(connection, number=one.number) == [one]
            found = budgets.budget_of(ledger, connection, one)
            assert (found.cash, found.held, found.spent) == view(ledger.node, "budgetOf", one.number)
            assert found.free == view(ledger.node, "freeUnits", one.number)
        assert [one.units for one in index_vouchers.issues(connection, programme=1)] == [4]  # the cap
        assert budgets.owed(ledger, connection, world.provider.address, ledger.cash.address) == 3 * VALUE
        assert budgets.owed(ledger, connection, world.maintainer.address, ledger.cash.address) == 0
        said = budgets.roots_of(connection, 1, tip.timestamp)
        assert [one.state for one in said] == [RootState.STOPPED, RootState.PAST, RootState.ACTIVE]
        assert said[0].reason == "for a test"
        before = budgets.roots_of(connection, 1, said[2].root.claimable_from - 1)
        assert [one.state for one in before] == [RootState.STOPPED, RootState.ACTIVE, RootState.PROPOSED]
        assert ledger.claims.view(ledger.node, "rootsOf", 1) == (said[2].root.number, 0)


def test_what_was_taken_back_comes_again(world: World, database: Database) -> None:
    indexer = indexer_of(database, world.ledger)
    indexer.sync()
    whole, chance = rows(database), random.Random(1)
    for name in ("recovery", "fallen_root", "issue", "programme", "redemption"):
        assert whole[name], name
    for number in chance.sample(range(world.ledger.node.block_number()), 8):
        indexer.take_back(number)
        indexer.sync()
        assert rows(database) == whole
    indexer.rebuild()
    indexer.sync()
    assert rows(database) == whole


def test_what_is_done_under_a_key_is_done_once(world: World) -> None:
    """Also when what it needed has changed by it: the allowance of a payment, the root of a claim."""
    ledger, cash = world.ledger, world.ledger.cash
    number = world.programme(VALUE)
    ledger.operate(Role.ADMINISTRATOR, "mint", Step(cash.address, cash.call_data("mint", world.district, 10 * VALUE)))
    approve = cash.call_data("approve", ledger.vouchers.address, VALUE)
    ledger.act(world.district, "approve", Step(cash.address, approve))
    for _ in range(2):
        programmes.fund(ledger, number, world.district, VALUE, key="pay once")
    assert programmes.programme(ledger, number).cash == 2 * VALUE
    assert cash.view(ledger.node, "allowance", world.district, ledger.vouchers.address) == 0
    log = make_log(4, first=700)
    repo = world.anchored(log)
    person = world.bound(repo, 1, world.students[4])
    world.graduate(person, number)
    counted = world.counted(repo, log)
    world.published(number, counted)
    assert programmes.claim(ledger, number, counted, person, world.district, key="claim once") == 2
    extend(log, 6)
    contributions.anchor(ledger, repo, log, world.maintainer)
    world.published(number, world.counted(repo, log, counted))
    assert programmes.claim(ledger, number, counted, person, world.district, key="claim once") == 2


def test_signatures_of_elsewhere_are_those_of_accounts(world: World) -> None:
    """What is signed names all that it is for: nothing of it can be changed by who sends it."""
    ledger, (one, *_) = world.ledger, [dev_account(60)]
    repo = world.anchored(make_log(2, first=900))
    binding, own = people.sign_binding(ledger, repo, keccak(b"\7"), one, keccak(b"evidence"))
    theirs = binding.to_sign(ledger).sign(world.maintainer)
    args = own, world.maintainer.address, theirs, world.provider.address
    for change in ({"wallet": world.provider.address}, {"evidence": bytes(32)}, {"deadline": binding.deadline + 1}):
        with pytest.raises(Reverted, match="NotSigned"):
            agreements.bind(ledger, replace(binding, **change), *args)
    person = agreements.bind(ledger, binding, *args)
    assert people.person(ledger, person).wallet == one.address
