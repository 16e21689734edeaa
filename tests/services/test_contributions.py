"""Contributions on chain: anchored, proved, bound, graduated, claimed, redeemed; each once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

import pytest

from ledger.attribution.counted import Counted, count
from ledger.attribution.logfile import LogFile, Pinned
from ledger.attribution.points import score
from ledger.attribution.policy import Policy
from ledger.attribution.tree import leaf_hash, root_of
from ledger.chain.devkeys import dev_account
from ledger.chain.primitives import keccak
from ledger.chain.signing import Account
from ledger.engine.operations import Step
from ledger.errors import InputError, NetworkMismatch, Reverted
from ledger.services import contributions, people, programmes
from ledger.services.ledger import Ledger, fund_account, open_local
from ledger.services.roles import Role

START = date(2026, 1, 5)
LINES = 40
VALUE = 5_000_000  # a voucher's worth, in units of the token
OID = "12" * 20


def make_log(lines: int, first: int = 0) -> LogFile:
    """A log of made-up entries: even lines are of contributor 1, odd ones of contributor 2."""
    log = LogFile(None)
    extend(log, lines, first)
    return log


def extend(log: LogFile, lines: int, first: int = 0, oid: str = OID) -> None:
    start = len(log)
    people_ = [(number, f"{number}@x".encode(), keccak(bytes([number]))) for number in (1, 2)]
    with log.transaction():
        if not log.pinned():
            log.add_people(people_)
            log.set("salt", bytes(32))
            log.set("genesis", OID.encode())
            log.add_commits([(0, OID, 0, False, (1, 2), keccak(b"\1"), 0)])
        path = log.number_paths([b"a.py"])[b"a.py"]
        rows = []
        for number in range(start, lines):
            contributor = people_[number % 2][2]
            entry = keccak(f"line {first + number}".encode()) + contributor + bytes.fromhex(OID).ljust(32, b"\0")
            rows.append((0, path, entry + (0).to_bytes(2, "big") + (1000).to_bytes(2, "big")))
        log.add_entries(rows)
        log.pin(Pinned(oid, 1, lines, root_of([leaf_hash(entry) for entry in log.entries()])))


@dataclass
class World:
    ledger: Ledger
    maintainer: Account
    provider: Account
    students: list[Account]

    @cached_property
    def district(self) -> str:
        return self.ledger.keys[Role.DISTRICT]

    @cached_property
    def university(self) -> Account:
        return self.ledger.keyring[self.ledger.keys[Role.UNIVERSITY]]

    def anchored(self, log: LogFile) -> int:
        repo = contributions.register(self.ledger, self.maintainer.address, log, "made up")
        contributions.anchor(self.ledger, repo, log, self.maintainer)
        return repo

    def bound(self, repo: int, contributor: int, student: Account) -> int:
        binding, signature = people.sign_binding(
            self.ledger, repo, keccak(bytes([contributor])), student, keccak(b"evidence")
        )
        return people.bind(self.ledger, binding, signature, self.maintainer)

    def programme(self, budget: int, *, points_per_unit: int = 1000, cap: int = 0) -> int:
        cash = self.ledger.cash
        step = Step(cash.address, cash.call_data("mint", self.district, budget))
        self.ledger.operate(Role.ADMINISTRATOR, "cash.mint", step)
        expiry = self.ledger.node.block().timestamp + 400 * 86_400
        terms = programmes.Terms(self.district, cash.address, VALUE, points_per_unit, expiry, cap)
        number = programmes.open_programme(self.ledger, self.district, terms, [self.provider.address])
        programmes.fund(self.ledger, number, self.district, budget)
        return number

    def counted(self, repo: int, log: LogFile, before: Counted | None = None) -> Counted:
        return count(
            {repo: score(log, Policy())},
            lambda one, who: self.ledger.claims.view(self.ledger.node, "personOfContributor", one, who),
            before=before,
        )

    def published(self, number: int, counted: Counted) -> None:
        programmes.publish(self.ledger, number, self.district, counted)
        self.later(8)

    def later(self, days: int) -> None:
        self.ledger.go_to(self.ledger.now().date() + timedelta(days=days))

    def graduate(self, person: int, number: int, wallet: Account | None = None) -> None:
        people.attest(self.ledger, person, number, self.ledger.now().date(), self.university, wallet=wallet)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with open_local(start=START) as ledger:
        yield World(
            ledger,
            fund_account(ledger, dev_account(20)),
            fund_account(ledger, dev_account(21)),
            [fund_account(ledger, dev_account(30 + index)) for index in range(8)],
        )


def test_a_log_is_anchored_once_and_grows(world: World) -> None:
    log = make_log(5)
    repo = world.anchored(log)
    assert contributions.head(world.ledger, repo).size == 5
    assert contributions.anchor(world.ledger, repo, log, world.maintainer) is None
    extend(log, 9, oid="34" * 20)
    relayer = world.students[7].address
    assert contributions.anchor(world.ledger, repo, log, world.maintainer, relayer=relayer) is not None
    found = contributions.heads(world.ledger, repo)
    assert [(size, commit) for size, _, commit in found] == [(5, OID), (9, "34" * 20)]
    assert found[1][1] == root_of([leaf_hash(entry) for entry in log.entries()])


def test_another_history_is_not_anchored(world: World) -> None:
    repo = world.anchored(make_log(5))
    with pytest.raises(InputError, match="does not continue"):
        contributions.anchor(world.ledger, repo, make_log(9, first=1), world.maintainer)
    with pytest.raises(InputError, match="does not continue"):
        contributions.anchor(world.ledger, repo, make_log(3), world.maintainer)


def test_only_writers_append(world: World) -> None:
    log = make_log(5)
    repo = contributions.register(world.ledger, world.maintainer.address, log, "made up")
    with pytest.raises(Reverted, match="NotWriter"):
        contributions.anchor(world.ledger, repo, log, world.students[0])
    contributions.set_writer(world.ledger, repo, world.students[0].address)
    contributions.anchor(world.ledger, repo, log, world.students[0])
    with pytest.raises(InputError, match="no such repository"):
        contributions.head(world.ledger, 999)


def test_a_line_is_proved_from_the_chain_alone(world: World) -> None:
    log = make_log(21)
    repo = world.anchored(log)
    (proof,) = contributions.prove(world.ledger, repo, log, entry=13)
    node, contract = world.ledger.node, world.ledger.contributions.address
    assert contributions.verify(node, contract, proof) == OID
    extend(log, 30)
    contributions.anchor(world.ledger, repo, log, world.maintainer)
    assert contributions.verify(node, contract, proof) == OID  # of the log as it was, which stays on chain
    (now,) = contributions.prove(world.ledger, repo, log, entry=13)
    args = (proof.entry[:32], proof.entry[32:64], proof.entry[64:96], 0, 1000)
    assert world.ledger.contributions.view(world.ledger.node, "includes", repo, args, 13, 30, list(now.path))
    other = replace(proof, entry=proof.entry[:-1] + b"\0")
    with pytest.raises(InputError, match="does not hold"):
        contributions.verify(node, contract, other)
    with pytest.raises(NetworkMismatch):
        contributions.verify(node, contract, replace(proof, chain_id=1))
    with pytest.raises(InputError, match="another contract"):
        contributions.verify(node, contract, replace(proof, contract=bytes(20)))
    extend(log, 31)
    with pytest.raises(InputError, match="not on chain yet"):
        contributions.prove(world.ledger, repo, log, entry=30)
    with pytest.raises(InputError, match="earns nothing"):
        contributions.prove(world.ledger, repo, log, text="}")
    with pytest.raises(InputError, match="nobody earned"):
        contributions.prove(world.ledger, repo, log, text="return something_that_is_not_there")


def test_from_lines_to_reimbursement_each_once(world: World) -> None:
    """40 lines, 20 of each contributor; a voucher a line; a budget for 30 vouchers first."""
    log = make_log(LINES, first=1000)
    repo = world.anchored(log)
    one, two = world.students[:2]
    first, second = world.bound(repo, 1, one), world.bound(repo, 2, two)
    number = world.programme(30 * VALUE)
    world.graduate(first, number)
    counted = world.counted(repo, log)
    world.published(number, counted)
    node, ledger = world.ledger.node, world.ledger

    assert programmes.claim(ledger, number, counted, first, two.address) == 20  # anyone may send it
    assert programmes.claim(ledger, number, counted, first, one.address) == 0
    assert programmes.claim(ledger, number, counted, second, two.address) == 0  # not graduated yet
    world.graduate(second, number)
    assert programmes.claim(ledger, number, counted, second, two.address) == 10  # what the budget has
    assert programmes.programme(ledger, number).free == 0
    step = Step(ledger.cash.address, ledger.cash.call_data("mint", world.district, 100 * VALUE))
    ledger.operate(Role.ADMINISTRATOR, "cash.mint", step)
    programmes.fund(ledger, number, world.district, 100 * VALUE)
    assert programmes.claim_all(ledger, number, counted, two.address) == 10
    assert [programmes.units_of(ledger, number, who.address) for who in (one, two)] == [20, 20]

    assert programmes.redeem(ledger, number, one, world.provider, 15, "A-1") == 15 * VALUE
    for units, invoice, refusal in ((1, "A-1", "AlreadyInvoiced"), (6, "A-2", "ERC1155InsufficientBalance")):
        with pytest.raises(Reverted, match=refusal):
            programmes.redeem(ledger, number, one, world.provider, units, invoice)
    with pytest.raises(Reverted, match="NotAccepted"):
        programmes.redeem(ledger, number, one, world.students[5], 1, "A-3")
    cash = ledger.cash.address
    assert programmes.reimburse(ledger, world.provider.address, cash, one.address) == 15 * VALUE
    assert ledger.cash.view(node, "balanceOf", world.provider.address) == 15 * VALUE
    with pytest.raises(Reverted, match="NothingToPay"):
        programmes.reimburse(ledger, world.provider.address, cash, one.address)
    programmes.revoke(ledger, number, two.address, 5, "copied from a colleague")
    assert programmes.programme(ledger, number).free == 130 - 40 + 5
    assert programmes.claim(ledger, number, counted, second, two.address) == 0  # what was revoked does not come back

    with pytest.raises(Reverted, match="NotExpired"):
        programmes.close(ledger, number, one.address)
    world.later(500)
    with pytest.raises(Reverted, match="Expired"):
        programmes.redeem(ledger, number, one, world.provider, 1, "A-4")
    assert programmes.close(ledger, number, one.address) == (130 - 15) * VALUE


def test_more_lines_later_pay_the_difference_also_at_another_wallet(world: World) -> None:
    log = make_log(10, first=2000)
    repo = world.anchored(log)
    old, new = world.students[2:4]
    person = world.bound(repo, 1, old)
    number = world.programme(100 * VALUE)
    world.graduate(person, number)
    before = world.counted(repo, log)
    world.published(number, before)
    assert programmes.claim(world.ledger, number, before, person, old.address) == 5
    people.rotate(world.ledger, person, old, new)
    assert people.person(world.ledger, person).wallet == new.address
    assert people.person_of(world.ledger, old.address).number == person
    assert programmes.claim(world.ledger, number, before, person, new.address) == 0
    extend(log, 14)
    contributions.anchor(world.ledger, repo, log, world.maintainer)
    after = world.counted(repo, log, before)
    world.published(number, after)
    assert programmes.claim(world.ledger, number, after, person, new.address) == 2
    balances = [programmes.units_of(world.ledger, number, who.address) for who in (old, new)]
    assert balances == [0, 7]  # the vouchers moved with the person
    with pytest.raises(InputError, match="not those of the active root"):
        programmes.claim(world.ledger, number, before, person, new.address)


def test_a_lost_wallet_is_replaced_after_the_delay_unless_it_vetoes(world: World) -> None:
    repo = world.anchored(make_log(4, first=3000))
    old, new = world.students[4:6]
    person = world.bound(repo, 1, old)
    people.propose_recovery(world.ledger, person, new, world.university.address)
    people.cancel_recovery(world.ledger, person)
    with pytest.raises(Reverted, match="NoRecovery"):
        people.finish_recovery(world.ledger, person, new.address)
    people.propose_recovery(world.ledger, person, new, world.university.address)
    with pytest.raises(Reverted, match="TooEarly"):
        people.finish_recovery(world.ledger, person, new.address)
    world.later(15)
    people.finish_recovery(world.ledger, person, new.address)
    assert people.person(world.ledger, person).wallet == new.address
    with pytest.raises(Reverted, match="Unauthorized"):
        people.propose_recovery(world.ledger, person, world.students[6], world.maintainer.address)


def test_what_a_university_left_behind_ends_with_its_role(world: World) -> None:
    """A recovery that it proposed, and an attestation, which the guardian annuls."""
    repo = world.anchored(make_log(4, first=6000))
    old, new = dev_account(41), dev_account(42)
    person = world.bound(repo, 1, old)
    number = world.programme(VALUE)
    world.graduate(person, number, old)
    people.propose_recovery(world.ledger, person, new, world.university.address)
    with pytest.raises(Reverted, match="StillUniversity"):
        people.annul_attestation(world.ledger, person, "its own affair")
    authority = world.ledger.authority
    for function, arguments in (("revokeRole", ()), ("grantRole", (0,))):
        data = authority.call_data(function, int(Role.UNIVERSITY), world.university.address, *arguments)
        world.ledger.operate(Role.ADMIN, "role", Step(authority.address, data))
        if function == "revokeRole":
            world.later(15)
            with pytest.raises(Reverted, match="Unauthorized"):
                people.finish_recovery(world.ledger, person, world.maintainer.address)
            people.annul_attestation(world.ledger, person, "stolen key")
            assert people.person(world.ledger, person).programme == 0


def test_nobody_graduates_without_the_consent_of_their_wallet(world: World) -> None:
    """Nor by the consent that they gave to another programme, day or university."""
    ledger, own, other = world.ledger, dev_account(43), dev_account(44)
    person = world.bound(world.anchored(make_log(4, first=9000)), 1, own)
    other_programme, number, today = world.programme(VALUE), world.programme(VALUE), ledger.now().date()
    for wallet in (other, world.university):
        with pytest.raises(Reverted, match=f"NotSigned\\(account={own.address}"):
            world.graduate(person, number, wallet)
    with pytest.raises(InputError, match="no key"):
        world.graduate(person, number)
    attestation, signature = people.sign_attestation(ledger, person, number, today, world.university)
    for changes in (
        {"programme": other_programme},
        {"day": attestation.day - 1},
        {"deadline": attestation.deadline + 1},
    ):
        with pytest.raises(Reverted, match=f"NotSigned\\(account={world.university.address}"):
            people.graduate(ledger, replace(attestation, **changes), signature, own, relayer=world.maintainer.address)
    people.graduate(ledger, attestation, signature, own, relayer=world.maintainer.address)
    assert people.person(ledger, person).programme == number


def test_a_binding_is_for_one_repository_and_needs_its_maintainer(world: World) -> None:
    one, two = (world.anchored(make_log(4, first=4000 + 10 * index)) for index in range(2))
    student = world.students[6]
    binding, signature = people.sign_binding(world.ledger, one, keccak(b"\1"), student, keccak(b"evidence"))
    with pytest.raises(Reverted, match="NotSigned"):
        people.bind(world.ledger, replace(binding, repo=two), signature, world.maintainer)
    with pytest.raises(Reverted, match="NotWriter"):
        people.bind(world.ledger, binding, signature, world.provider)
    person = people.bind(world.ledger, binding, signature, world.maintainer)
    with pytest.raises(Reverted, match="AlreadyBound"):
        people.bind(world.ledger, binding, signature, world.maintainer)
    number = world.programme(VALUE)
    world.graduate(person, number)
    people.revoke_attestation(world.ledger, person, world.university.address, "a mistake")
    assert people.person(world.ledger, person).programme == 0
    with pytest.raises(InputError, match="bound to nobody"):
        people.person_of(world.ledger, dev_account(99).address)
    with pytest.raises(Reverted, match="UnknownPerson"):
        people.person(world.ledger, 99)


def test_a_programme_without_a_root_says_until_when_it_can_be_challenged(world: World) -> None:
    log = make_log(4, first=5000)
    repo = world.anchored(log)
    person = world.bound(repo, 2, dev_account(40))
    number = world.programme(VALUE)
    counted = world.counted(repo, log)
    with pytest.raises(InputError, match="no root"):
        programmes.claim(world.ledger, number, counted, person, world.maintainer.address)
    programmes.publish(world.ledger, number, world.district, counted)
    with pytest.raises(InputError) as early:
        programmes.claim(world.ledger, number, counted, person, world.maintainer.address)
    until = datetime.fromtimestamp(world.ledger.node.block().timestamp + 7 * 86_400, UTC)
    assert f"{until:%Y-%m-%d %H:%M:%S} UTC" in str(early.value)
    with pytest.raises(InputError, match="no such programme"):
        programmes.programme(world.ledger, 999)
    with pytest.raises(InputError, match="nothing is counted"):
        programmes.claim(world.ledger, number, counted, 999, world.maintainer.address)
