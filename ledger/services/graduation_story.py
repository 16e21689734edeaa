"""Contributions from a git repository to a provider's reimbursement, on an embedded chain: what the demo tells.

Wallets and keys are public development keys, and the maintainer binds authors without asking for evidence: in earnest
that takes a signature by their git key (``docs/contributions.md``). All else is as it is in earnest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from ledger.attribution.attribute import attribute
from ledger.attribution.counted import Counted, count
from ledger.attribution.git import Repository
from ledger.attribution.logfile import LogFile, Pinned, Record
from ledger.attribution.points import Scored, score
from ledger.attribution.policy import Policy
from ledger.attribution.proof import Proof
from ledger.attribution.rule import line_hash
from ledger.chain.devkeys import dev_account
from ledger.chain.node import full_receipt
from ledger.chain.primitives import keccak
from ledger.errors import InputError, Reverted
from ledger.services import cash, contributions, people, programmes
from ledger.services.ledger import Ledger, fund_account, open_local
from ledger.services.roles import Role

__all__ = ["Earned", "Graduate", "GraduationStory", "run_graduation"]

POINTS_PER_VOUCHER: Final = 100_000
"""A voucher for each hundred lines."""
VOUCHER: Final = 5_000_000
"""Worth 5.00, in units of a token of 6 decimals."""
_GRADUATES: Final = 3
_FIRST_ACCOUNT: Final = 20  # development accounts from here on, which nothing else uses
_DAY: Final = 86_400
_LONG_LINE: Final = 100
_YEAR: Final = 365 * _DAY


@dataclass(frozen=True, slots=True)
class Earned:
    """What one address earned: lines (shared ones in parts) in thousandths, and points."""

    address: str
    contributor: bytes
    thousandths: int
    points: int


@dataclass(frozen=True, slots=True)
class Graduate:
    """One author's way: person on chain, points claimed, vouchers for them, and what a second claim gave."""

    address: str
    person: int
    wallet: str
    points: int
    vouchers: int
    again: int


@dataclass(frozen=True, slots=True)
class GraduationStory:
    """The whole story. Cash in units of a token of 6 decimals."""

    repository: str
    pinned: Pinned
    earned: list[Earned]
    anchor_gas: int
    line: str
    line_path: str
    proof: Proof
    proof_commit: str
    graduates: list[Graduate]
    budget: int
    redeemed_units: int
    redeemed_value: int
    refused: str
    reimbursed: int
    left: int


def run_graduation(
    repository: Path, policy: Policy | None = None, tell: Callable[[str], None] = lambda _: None
) -> GraduationStory:
    """Run it on a repository's history. Raises InputError if nobody earned anything there."""
    policy = policy or Policy()
    with LogFile(None) as log:
        tell(f"attribute the history of {repository}")
        pinned = attribute(repository, log, policy=policy, tell=tell)
        earned = earnings(log, policy)
        if not earned:
            raise InputError(
                "nobody earned a line here",
                file=str(repository),
                expected="a history with lines of code",
                found=f"{pinned.positions:,} commits, {pinned.entries:,} entries",
            )
        if earned[0].points < POINTS_PER_VOUCHER:
            raise InputError(
                "nobody earned as much as a voucher takes",
                file=str(repository),
                expected=f"an author with {POINTS_PER_VOUCHER:,} points: as many thousandths of a line",
                found=f"{earned[0].points:,} points of the one who has the most",
                hint="take a longer history",
            )
        tell("start the embedded chain and deploy the contracts")
        with open_local() as ledger:
            return _Run(ledger, log, policy, tell).run(repository, pinned, earned)


def earnings(log: LogFile, policy: Policy) -> list[Earned]:
    """What each address earned, the most first."""
    thousandths: Counter[bytes] = Counter()
    points: Counter[bytes] = Counter()
    for item in score(log, policy):
        thousandths[item.record.contributor] += item.record.share
        points[item.record.contributor] += item.points
    addresses = log.contributors()
    found = [
        Earned(addresses[one].decode("utf-8", "replace"), one, thousandths[one], points[one]) for one in thousandths
    ]
    return sorted(found, key=lambda one: (-one.points, -one.thousandths, one.address))


class _Run:
    def __init__(self, ledger: Ledger, log: LogFile, policy: Policy, tell: Callable[[str], None]) -> None:
        self.ledger, self.log, self.policy, self.tell = ledger, log, policy, tell
        self.maintainer, self.provider, *self.students = [
            fund_account(ledger, dev_account(_FIRST_ACCOUNT + index)) for index in range(2 + _GRADUATES)
        ]
        self.district = ledger.keys[Role.DISTRICT]
        self.university = ledger.keyring[ledger.keys[Role.UNIVERSITY]]

    def run(self, repository: Path, pinned: Pinned, earned: list[Earned]) -> GraduationStory:
        ledger, tell = self.ledger, self.tell
        tell("register the repository, and anchor its log")
        repo = contributions.register(ledger, self.maintainer.address, self.log, repository.resolve().name)
        appended = contributions.anchor(ledger, repo, self.log, self.maintainer)
        assert appended is not None
        tell("prove one line")
        record, line = _some_line(Repository(repository), self.log)
        proof = Proof.unpack(contributions.prove(ledger, repo, self.log, entry=record.number)[0].pack())
        commit = contributions.verify(ledger.node, ledger.contributions.address, proof)
        authors = [one for one in earned if one.points >= POINTS_PER_VOUCHER][:_GRADUATES]
        tell(f"bind {len(authors)} authors to wallets, and attest their graduation")
        bound = [self._bind(repo, one, index) for index, one in enumerate(authors)]
        number, budget = self._programme(sum(one.points for one in authors))
        for person in bound:
            people.attest(ledger, person, number, ledger.now().date(), self.university)
        tell("publish what counts, and wait out the challenge window")
        counted = self._count(repo, bound)
        programmes.publish(ledger, number, self.district, counted)
        ledger.go_to(ledger.now().date() + timedelta(days=8))
        tell("claim, redeem, reimburse")
        graduates = [self._claim(number, counted, one, person) for one, person in zip(authors, bound, strict=True)]
        units = max(1, graduates[0].vouchers // 2)
        value = programmes.redeem(ledger, number, self.students[0], self.provider, units, "INV-2026-001")
        refused = self._redeem_again(number, units)
        provider = self.provider.address
        reimbursed = programmes.reimburse(ledger, provider, ledger.cash.address, provider)
        return GraduationStory(
            str(repository),
            pinned,
            earned,
            full_receipt(ledger.node, appended.receipt).gas_used,
            line,
            record.path.decode("utf-8", "replace"),
            proof,
            commit,
            graduates,
            budget,
            units,
            value,
            refused,
            reimbursed,
            programmes.programme(ledger, number).free * VOUCHER,
        )

    def _bind(self, repo: int, one: Earned, index: int) -> int:
        evidence = keccak(b"a demonstration: nobody was asked")
        binding, signature = people.sign_binding(self.ledger, repo, one.contributor, self.students[index], evidence)
        return people.bind(self.ledger, binding, signature, self.maintainer)

    def _programme(self, points: int) -> tuple[int, int]:
        """A programme that has vouchers for all of these points, and ten more."""
        ledger, budget = self.ledger, (points // POINTS_PER_VOUCHER + 10) * VOUCHER
        cash.top_up(ledger, self.district, budget)
        expiry = ledger.node.block().timestamp + _YEAR
        terms = programmes.Terms(self.district, ledger.cash.address, VOUCHER, POINTS_PER_VOUCHER, expiry)
        number = programmes.open_programme(ledger, self.district, terms, [self.provider.address])
        programmes.fund(ledger, number, self.district, budget)
        return number, budget

    def _count(self, repo: int, bound: list[int]) -> Counted:
        known: dict[bytes, int] = {}

        def person_of(_: int, contributor: bytes) -> int:
            if contributor not in known:
                known[contributor] = self.ledger.claims.view(self.ledger.node, "personOfContributor", repo, contributor)
            return known[contributor]

        scored: dict[int, list[Scored]] = {repo: list(score(self.log, self.policy))}
        counted = count(scored, person_of)
        assert [claim.person for claim in counted.claims] == sorted(bound)
        return counted

    def _claim(self, number: int, counted: Counted, one: Earned, person: int) -> Graduate:
        wallet = people.person(self.ledger, person).wallet
        first, again = (programmes.claim(self.ledger, number, counted, person, wallet) for _ in range(2))
        return Graduate(one.address, person, wallet, one.points, first, again)

    def _redeem_again(self, number: int, units: int) -> str:
        """The same invoice once more: what the contract says to that."""
        try:
            programmes.redeem(self.ledger, number, self.students[0], self.provider, units, "INV-2026-001")
        except Reverted as refused:
            return refused.name
        raise AssertionError("the same invoice was redeemed twice")


def _some_line(repository: Repository, log: LogFile) -> tuple[Record, str]:
    """The longest line, up to a length, among some in the middle of the log; its text as the commit has it."""
    records = [item for item in log.records() if b"\n" not in item.path]
    middle = len(records) // 2
    best: tuple[Record, str] | None = None
    for record in records[middle : middle + 50]:
        oid = record.entry[64:96].hex()[: 2 * repository.oid_bytes]
        place = f"{oid}:{record.path.decode('utf-8', 'surrogateescape')}"
        _, content = next(repository.objects([place], "blob"))
        for raw in (content or b"").split(b"\n"):
            text = raw.decode("utf-8", "replace").strip()
            longer = best is None or len(best[1]) < len(text) < _LONG_LINE
            if longer and line_hash(raw) == record.line:
                best = record, text
    assert best is not None, "a commit has the lines that it brought"
    return best
