"""What programmes count, counted again by anyone from the logs, the chain's events and the policies.

A root is counted as of the place in the chain where it was proposed: what was logged and who was bound until then. So
whoever has the logs comes to the same trees, also when more was logged or bound since.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final

from ledger.attribution.counted import Counted, count
from ledger.attribution.logfile import LogFile
from ledger.attribution.points import Scored, score
from ledger.attribution.policy import Policy
from ledger.chain.primitives import keccak
from ledger.errors import InputError
from ledger.services.contributions import check_log, head
from ledger.services.ledger import Ledger
from ledger.services.programmes import active_root, programme, roots_of
from ledger.store import index_people, index_vouchers
from ledger.store.paging import Place

__all__ = ["Recount"]

_TRIES: Final = 5  # what was mined between counting and proposing was not counted


class Recount:
    """The counts of all programmes that these logs and this policy explain.

    ``logs`` by repository number; ``policy`` is the text of the programme's policy file, empty for the usual one.
    Raises InputError for a log that is not the one on chain.
    """

    def __init__(self, ledger: Ledger, logs: Mapping[int, LogFile], policy: str = "") -> None:
        for repo, log in logs.items():
            check_log(log, head(ledger, repo))
        self._ledger, self._logs = ledger, logs
        self._policy = keccak(policy.encode())
        self._policies = {keccak(text.encode()): text for text in ("", policy)}
        self._scored: dict[bytes, dict[int, list[Scored]]] = {}
        self.unknown: set[int] = set()
        """Programmes with a root that these logs and policies do not explain."""

    def active(self, number: int) -> Counted:
        """What the programme's active root counts. Raises InputError if there is none, or other logs were counted."""
        active_root(self._ledger, number)
        self._check_policy(number)
        found = self._roots.get(roots_of(self._ledger, number).active)
        if found is None:
            raise InputError(
                "the logs don't give the root that the programme is claimed by",
                field="programme",
                expected="all logs that its publisher counted, and the same policy",
                found=f"repositories {', '.join(map(str, sorted(self._logs)))}",
                hint="name all of the programme's logs, and its policy with --policy",
            )
        return found

    def next(self, number: int) -> Counted:
        """What the programme's publisher proposes now: all that was counted, and what came since."""
        policy = self._check_policy(number)
        before = self._last.get(number)
        if before is None and number in self.unknown:
            self.active(number)
        return self._count(policy, (1 << 62, 0), before, _taken(self._last, number))

    def _check_policy(self, number: int) -> bytes:
        """The hash of the programme's policy, which is the one given."""
        policy: bytes = programme(self._ledger, number).terms.policyHash
        if policy != self._policy:
            none = keccak(b"")
            wanted = "none, as the programme has" if policy == none else f"the file of keccak-256 0x{policy.hex()}"
            raise InputError(
                "the policy is not the programme's",
                field="--policy",
                expected=wanted,
                found="none" if self._policy == none else f"a file of keccak-256 0x{self._policy.hex()}",
            )
        return policy

    def active_is(self, number: int, counted: Counted) -> bool:
        """Whether the programme's newest root gives exactly this."""
        newest = self._last.get(number)
        return newest is not None and newest.lines_tree.root == counted.lines_tree.root

    @cached_property
    def _last(self) -> dict[int, Counted]:
        """The newest count of each programme."""
        _ = self._roots
        return self._newest

    @cached_property
    def _roots(self) -> dict[int, Counted]:
        """Counts by the number of the root; those that fell are left out."""
        view = self._ledger.claims.view
        found: dict[int, Counted] = {}
        self._newest: dict[int, Counted] = {}
        with self._ledger.reading() as connection:
            proposed = index_vouchers.roots(connection)
        for one in proposed:
            root, number = view(self._ledger.node, "rootAt", one.number), one.programme
            if not any(root.claimsRoot):
                continue
            counted = self._explained(number, root, one.at)
            if counted is None:
                self.unknown.add(number)
                self._newest.pop(number, None)
            else:
                found[one.number] = self._newest[number] = counted
        return found

    def _explained(self, number: int, root: Any, place: Place) -> Counted | None:
        """The count that gives a root that was proposed at a place, if these logs do."""
        policy = programme(self._ledger, number).terms.policyHash
        if policy not in self._policies:
            return None
        taken = _taken(self._newest, number)
        changes = sorted({at for at, *_ in (*self._sizes, *self._people)})
        end = bisect_left(changes, place)
        for until in (place, *reversed(changes[max(0, end - _TRIES) : end])):
            counted = self._count(policy, until, self._newest.get(number), taken)
            if (counted.lines_tree.root, counted.claims_tree.root) == (root.linesRoot, root.claimsRoot):
                return counted
        return None

    def _count(
        self, policy: bytes, until: Place, before: Counted | None, taken: Callable[[bytes, int, int], bool]
    ) -> Counted:
        """Count what was on chain before a place."""
        sizes = {repo: size for at, repo, size in self._sizes if at < until}
        people = {contributor: person for at, contributor, person in self._people if at < until}
        scored = {
            repo: (item for item in items if item.record.number < sizes.get(repo, 0))
            for repo, items in self._by_policy(policy).items()
        }
        return count(scored, lambda repo, who: people.get((repo, who), 0), before=before, taken=taken)

    def _by_policy(self, policy: bytes) -> dict[int, list[Scored]]:
        if policy not in self._scored:
            text = self._policies[policy]
            rules = Policy.parse(text) if text else Policy()
            self._scored[policy] = {repo: list(score(log, rules)) for repo, log in sorted(self._logs.items())}
        return self._scored[policy]

    @cached_property
    def _sizes(self) -> list[tuple[Place, int, int]]:
        """When the logs grew: place, repository, size."""
        with self._ledger.reading() as connection:
            return [
                (one.at, repo, one.size) for repo in self._logs for one in index_people.batches(connection, repo=repo)
            ]

    @cached_property
    def _people(self) -> list[tuple[Place, tuple[int, bytes], int]]:
        """Who was bound when: place, repository and contributor, person."""
        with self._ledger.reading() as connection:
            return [
                (one.at, (one.repo, one.contributor), one.person)
                for repo in self._logs
                for one in index_people.bindings(connection, repo=repo)
            ]


def _taken(counts: Mapping[int, Counted], own: int) -> Callable[[bytes, int, int], bool]:
    """Whether another programme counts any part of a line."""
    parts: dict[bytes, list[tuple[int, int]]] = defaultdict(list)
    for line, start, end in _lines(counts, own):
        parts[line].append((start, end))
    return lambda line, start, end: any(start < last and first < end for first, last in parts.get(line, ()))


def _lines(counts: Mapping[int, Counted], own: int) -> Iterator[tuple[bytes, int, int]]:
    for number, counted in counts.items():
        if number != own:
            yield from ((line.line, line.start, line.start + line.share) for line in counted.lines)
