"""What attackers earn keeps to what docs/attribution.md promises, on a history that looks like one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.attacks import ATTACKS, POLICY, Honest, Row, markdown, play_all
from ledger.attribution.policy import Policy
from tests.attribution.repos import ANN, BOB, Repo, lifelike, shares

PROMISED = [attack for attack in ATTACKS if attack.most is not None]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Row], Honest]:
    place = tmp_path_factory.mktemp("attacks")
    repo, other = lifelike(place / "repo", 1), lifelike(place / "other", 2, 10)
    before = sorted(file for file in repo.path.rglob("*") if file.is_file())
    rows, honest = play_all(repo.path, other.path, PROMISED, processes=1, alone=False)
    assert sorted(file for file in repo.path.rglob("*") if file.is_file()) == before
    return {row.attack.name: row for row in rows}, honest


@pytest.mark.parametrize("attack", PROMISED, ids=lambda attack: attack.name)
def test_attacks_earn_what_is_promised(played: tuple[dict[str, Row], Honest], attack: object) -> None:
    row = next(row for row in played[0].values() if row.attack is attack)
    assert row.added >= 300
    assert row.earned <= row.attack.most
    assert row.merged <= row.earned


def test_honest_lines_are_kept(played: tuple[dict[str, Row], Honest]) -> None:
    honest = played[1]
    assert honest.plain > 1_000
    assert honest.share >= 0.85


def test_what_policy_and_landing_do(tmp_path: Path) -> None:
    """Random lines are paid up to the cap of a merge, if another party merges them or seems to."""
    repo = lifelike(tmp_path / "repo", 3, 6)
    names = ("1,000 lines of random id", "1,000 random lines, another")
    plain, false = play_all(repo.path, None, [one for one in ATTACKS if one.name.startswith(names)], processes=1)[0]
    assert (plain.added, plain.earned, plain.alone, plain.merged) == (1000, 1000, 0, 400)
    assert (false.added, false.earned, false.alone, false.merged) == (1000, 1000, 400, 400)


def test_the_table() -> None:
    rows = [Row(PROMISED[0], 1234, 0, 0, 0), Row(ATTACKS[-1], 1000, 1000, 0, 400.5)]
    lines = markdown(rows, Honest(1800, 1900, 2000)).splitlines()
    assert lines[2] == f"| {PROMISED[0].name} | 1,234 | 0 | 0 | 0 | 0 |"
    assert lines[3] == f"| {ATTACKS[-1].name} | 1,000 | 1,000 |  | 0 | 400 |"
    assert (
        lines[-1]
        == "Honest lines: of 2,000 different ones the rule keeps 1,900 (95.0%), 1,800 with the policy's exclusions."
    )


def test_the_example_policy() -> None:
    policy = Policy.load(POLICY)
    assert (policy.merged_by_another, policy.lines_per_merge, policy.lines_per_day) == (True, 400, 1000)
    assert (policy.exclude, policy.bots) == (Policy().exclude, Policy().bots)
    assert {weight.pattern for weight in policy.weights} >= {"docs/", "tests/"}


# The smallest examples of attacks that the rule has learnt to know,

CLOSED = {
    "a hexadecimal number counts as a word": (b"indent_size = 4\n", b"indent_size = 0x4\n"),
    "a number takes the full stop after it": (b"the limit is 5.\n", b"the limit is 0x5.\n"),
    "numbers in other notations": (b"limit = value + 5\n", b"limit = value + 5e0\n"),
    "a comment needs white before it": (b"total = count + one\n", b"total = count + one# qwe rty uio\n"),
    "a comment may not begin with if": (b"total = count + one\n", b"total = count + one # if qwe rty\n"),
    "nor with an exclamation mark": (b"total = count + one\n", b"total = count + one #! qwe rty\n"),
    "a comment's end is no comment": (b"total = count + one;\n", b"/*\nqwe rty */ total = count + one;\n"),
    "characters that nobody sees": (b"total = count + one\n", "total = count + one\u200b\n".encode()),
    "white that is not ASCII's": (b"total = count + one\n", "total = count +\u00a0one\n".encode()),
}

# and of those that it has not: section 9 of the document names them.

KNOWN = {
    "a line of one word is not seen": (b"importlib_metadata\n", b"importlib _metadata\n"),
    "nor are its pieces": (
        b"first = (\n  importlib_metadata,\n  tomllib)\n",
        b"first = (\n  importlib_metadata, tomllib)\n",
    ),
    "what is in comments is not seen": (b"# total = count + one\n", b"total = count + one\n"),
    "two names exchanged": (
        b"one = foo[bar]\ntwo = foo(bar)\nsix = foo + bar\n",
        b"one = bar[foo]\ntwo = bar(foo)\nsix = bar + foo\n",
    ),
    "all words of a line renamed": (
        b"foo[bar] += 1\nfoo(bar) += 1\nfoo + bar == 1\n",
        b"abc[xyz] += 1\nabc(xyz) += 1\nabc + xyz == 1\n",
    ),
    "a long line made shorter": (b"total = " + b"count + " * 130 + b"one\n", b"total=" + b"count+" * 130 + b"one\n"),
}


def earns(tmp_path: Path, before: bytes, after: bytes) -> bool:
    repo = Repo(tmp_path / "repo")
    root = repo.commit({"a.py": before, "b": b"an_honest = line\n"}, author=ANN)
    head = repo.commit({"a.py": after, "b": b"an_honest = line\n"}, root, author=BOB)
    return "bob@example.org" in shares(repo, head)


@pytest.mark.parametrize("name", CLOSED)
def test_smallest_examples(name: str, tmp_path: Path) -> None:
    assert not earns(tmp_path, *CLOSED[name])


@pytest.mark.xfail(strict=True, reason="rule 1 does not know this attack")
@pytest.mark.parametrize("name", KNOWN)
def test_smallest_examples_of_what_earns(name: str, tmp_path: Path) -> None:
    assert not earns(tmp_path, *KNOWN[name])
