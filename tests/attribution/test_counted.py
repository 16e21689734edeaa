"""What a programme counts: conserved, in order, apart; and what counted before stays."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from ledger.attribution.counted import Counted, count
from ledger.attribution.logfile import Record
from ledger.attribution.points import Scored
from ledger.attribution.tree import leaf_hash, root_of, verify_inclusion


def scored(number: int, line: int, contributor: int, start: int, share: int, points: int) -> Scored:
    entry = line.to_bytes(32, "big") + contributor.to_bytes(32, "big") + bytes(32)
    entry += start.to_bytes(2, "big") + share.to_bytes(2, "big")
    return Scored(Record(number, 0, b"a.py", entry), points)


PARTS = [[(0, 1000)], [(0, 500), (500, 500)], [(0, 334), (334, 333), (667, 333)], [(0, 250), (250, 750)]]


@st.composite
def logs(draw: st.DrawFn) -> dict[int, list[Scored]]:
    found = {}
    for repo in range(1, draw(st.integers(1, 3)) + 1):
        items = []
        for line in draw(st.lists(st.integers(0, 9), unique=True, max_size=8)):
            for start, share in draw(st.sampled_from(PARTS)):
                points = draw(st.sampled_from([0, share // 2, share]))
                items.append(scored(len(items), line, draw(st.integers(0, 4)), start, share, points))
        found[repo] = items
    return found


def person_of(repo: int, contributor: bytes) -> int:
    return contributor[-1]  # 0 is nobody


@given(logs())
def test_lines_are_in_order_apart_and_add_up(given_logs: dict[int, list[Scored]]) -> None:
    counted = count(given_logs, person_of)
    held: dict[bytes, list[tuple[int, int]]] = defaultdict(list)
    running: dict[int, int] = defaultdict(int)
    last: dict[int, int] = {}
    keys = [(line.line, line.start) for line in counted.lines]
    assert keys == sorted(set(keys))
    for at, line in enumerate(counted.lines):
        source = given_logs[line.repo][line.index]
        assert (source.record.line, source.record.start, source.record.share) == (line.line, line.start, line.share)
        assert line.points == source.points <= line.share and line.person == source.record.contributor[-1] != 0
        for start, end in held[line.line]:
            assert line.start + line.share <= start or end <= line.start
        held[line.line].append((line.start, line.start + line.share))
        running[line.person] += line.points
        assert line.running == running[line.person]
        assert line.previous == last.get(line.person, -1) + 1
        last[line.person] = at
    assert {claim.person: (claim.points, claim.last) for claim in counted.claims} == {
        person: (running[person], last[person]) for person in last
    }
    assert [claim.person for claim in counted.claims] == sorted(last)


@given(logs(), st.integers(0, 3))
def test_what_counted_before_stays(given_logs: dict[int, list[Scored]], later: int) -> None:
    """Also when a repository with a lower number comes later with the same lines."""
    first = {repo: items for repo, items in given_logs.items() if repo > later}
    before = count(first, person_of)
    after = count(given_logs, person_of, before=before)
    kept = {(line.line, line.start, line.share, line.person, line.points) for line in before.lines}
    assert kept <= {(line.line, line.start, line.share, line.person, line.points) for line in after.lines}


def test_another_programme_s_lines_are_left_out() -> None:
    items = {1: [scored(0, 1, 7, 0, 1000, 1000), scored(1, 2, 7, 0, 1000, 1000)]}
    counted = count(items, person_of, taken=lambda line, start, end: line[-1] == 1)
    assert [line.line[-1] for line in counted.lines] == [2]


def test_the_leaves_as_the_contract_has_them() -> None:
    """Bytes put together by hand from the interface: 72 for a line, 22 for a claim, and the claim's word."""
    counted = count({3: [scored(5, 1, 2, 0, 500, 400), scored(6, 1, 2, 500, 500, 500)]}, person_of)
    second = counted.lines[1]
    assert second.data().hex() == (
        f"{1:064x}" + "01f4" + "01f4" + f"{2:016x}" + f"{3:08x}" + f"{6:016x}" + "01f4" + f"{1:012x}" + f"{900:016x}"
    )
    (claim,) = counted.claims
    assert claim.data().hex() == f"{2:016x}" + f"{900:016x}" + f"{1:012x}"
    assert claim.word() == int(claim.data().hex(), 16)


@given(st.integers(1, 40), st.data())
def test_a_batch_leads_to_the_root(size: int, data: st.DataObject) -> None:
    counted = count({1: [scored(n, n, n + 1, 0, 1000, 1000) for n in range(size)]}, person_of)
    level = data.draw(st.integers(0, size.bit_length()))
    start = data.draw(st.integers(0, (size - 1) >> level)) << level
    count_ = min(1 << level, size - start)
    if level and count_ <= 1 << (level - 1):
        level = (count_ - 1).bit_length()
    if start % (1 << level):
        return
    chunk = root_of([leaf_hash(claim.data()) for claim in counted.claims[start : start + count_]])
    nodes = -(-size // (1 << level))
    path = counted.claims_path(start, count_)
    assert verify_inclusion(chunk, start >> level, nodes, path, counted.claims_tree.root)


def test_nobody_counts_nothing() -> None:
    assert count({1: []}, person_of) == Counted((), ())
