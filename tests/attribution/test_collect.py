"""The quick ways of collecting lines and of trees against plain restatements of what they stand for."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sha3 import keccak_256

from ledger.attribution import difference
from ledger.attribution.rule import _NUMBER, _without_comments, bare, renamed, without_comment_lines
from ledger.attribution.tree import Tree, leaf_hash, root_of, verify_consistency, verify_inclusion
from tests.attribution.reference import NUMBER, come_and_gone, renamed_lines, without_comments
from tests.attribution.reference import bare as bare_line

marks = [bytes([byte]) for byte in b"#/*<!->:[ \t\r\v\f'`0.,;_aeF\xe5+&"] + [
    b"\xe2\x80\x8b",
    b"\xc2\xa0",
    b"http:",
    b"1e-3",
]
pieces = st.sampled_from(
    [*marks, b"//", b"/*", b"*/", b"<!--", b"-->", b"--", b"define", b"if", b"ifx", b"0x1f", b" # "]
)
raw_lines = st.lists(pieces, max_size=12).map(b"".join)


@given(st.lists(raw_lines, min_size=1, max_size=8))
def test_comments(raws: list[bytes]) -> None:
    """Without comments line by line. The document's first match is where the quick one's is, on each line."""
    assert _without_comments(raws).split(b"\n") == [without_comments(raw) for raw in raws]


numbers = st.text("0179.ex_+-P a", max_size=16).map(str.encode)


@given(st.lists(numbers, max_size=8))
def test_numbers(raws: list[bytes]) -> None:
    """The quick expression for numbers against that of the document."""
    assert [_NUMBER.sub(b"0", raw) for raw in raws] == [NUMBER.sub(b"0", raw) for raw in raws]


words = st.sampled_from([b"foo", b"bar", b"baz", b"_q1", b"If", b"e3", b"http"])
new_words = st.sampled_from([b"new", b"q", b"_2", b"fooBar"])
plain_gaps = st.sampled_from([b" ", b" = ", b"+", b"(", b" ) ", b", ", b" 12 ", b" .5", b"0x1f", b"1e-3 "])
quotes = st.sampled_from([b"'", b"`", b'"'])
comments = st.sampled_from([b" # ", b" // ", b"://", b" /* ", b"*/ ", b" -- ", b"<!--"])
odd_gaps = st.sampled_from([b"\0", b"\xff", b"\xe5\xa4\xa9", b"\xe2\x80\x8b"])
comment_lines = st.sampled_from([b"# foo bar", b"#: a.c:12", b"# foo */ bar(q)", b"# foo *\xe2\x80\x8b/ bar(q)", b"#"])
gaps = plain_gaps | quotes | comments | odd_gaps
code = st.lists(st.tuples(words, gaps), min_size=1, max_size=5).map(lambda pairs: b"".join(a + b for a, b in pairs))


NAME = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*")


@st.composite
def rewritten(draw: st.DrawFn) -> tuple[list[bytes], list[bytes]]:
    """The raw lines of two blobs: in some lines of the one, up to three words are others in the other."""
    before = draw(st.lists(code | code.map(lambda raw: b"q = " + raw), min_size=2, max_size=12))
    before += draw(st.lists(st.sampled_from(before) | raw_lines | comment_lines, max_size=3))
    others = draw(st.dictionaries(words, new_words | words, min_size=1, max_size=3))
    after = []
    for raw in before:
        other = NAME.sub(lambda word: others.get(word[0], word[0]), raw)
        once = NAME.sub(lambda word: others.get(word[0], word[0]), raw, count=1)
        spaced = other.replace(b" ", b"\t ").replace(b"12", b"345").replace(b"'", b"`")
        after += draw(
            st.sampled_from([[other]] * 4 + [[once], [spaced], [other, spaced], [raw, other], [other] * 2, []])
        )
    return before, after + draw(st.lists(st.sampled_from(before) | code | raw_lines | comment_lines, max_size=3))


@settings(max_examples=300)
@given(rewritten())
def test_renames(lines: tuple[list[bytes], list[bytes]]) -> None:
    """Section 5 from the lines that are more often and less often against the whole of it."""
    before, after = lines
    come = [raw for raw in dict.fromkeys(after) if raw and after.count(raw) > before.count(raw)]
    gone = [raw for raw in dict.fromkeys(before) if raw and after.count(raw) < before.count(raw)]
    assert (set(come), set(gone)) == come_and_gone(after, before)
    assert bare(come) + bare(gone) == [bare_line(raw) for raw in come + gone]
    assert renamed(bare(come), bare(gone)) == {bare_line(raw) for raw in renamed_lines(after, before)}
    few = [bare(without_comment_lines(raws)) for raws in (come, gone)]
    assert renamed(*few) == renamed(bare(come), bare(gone))
    assert {*few[0], b""} == {*bare(come), b""}


few_lines = st.sampled_from(
    [b"", b"a", b"b = 1", b"}", b"return", b"\r", b"a longer line of text", b"a longer line of tests"]
)
texts = st.lists(few_lines, max_size=40).map(b"\n".join)


@settings(max_examples=500)
@given(st.data(), texts, st.integers(1, 12), st.integers(1, 30), st.integers(0, 9))
def test_differences(data: st.DataObject, old: bytes, close: int, small: int, cuts: int) -> None:
    """Which lines come and are gone, wherever equal texts are cut out."""
    new = data.draw(texts)
    for _ in range(data.draw(st.integers(0, 3))):  # mostly the same
        at, end = sorted(data.draw(st.tuples(st.integers(0, len(old)), st.integers(0, len(old)))))
        new = old[:at] + data.draw(texts) + old[end:]
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"_CLOSE": close, "_PROBE": close, "_SMALL": small, "_CUTS": cuts}.items():
            patch.setattr(difference, name, value)
        assert difference.differing(old, new) == come_and_gone(new.split(b"\n"), old.split(b"\n"))


def keccak(data: bytes) -> bytes:
    return keccak_256(data).digest()


def plain_root(leaves: Sequence[bytes]) -> bytes:
    """RFC 9162, 2.1.1."""
    if len(leaves) < 2:
        return keccak(b"\0" + leaves[0]) if leaves else keccak(b"")
    half = _half(len(leaves))
    return keccak(b"\1" + plain_root(leaves[:half]) + plain_root(leaves[half:]))


def plain_path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """RFC 9162, 2.1.3.1."""
    if len(leaves) == 1:
        return []
    half = _half(len(leaves))
    if index < half:
        return [*plain_path(index, leaves[:half]), plain_root(leaves[half:])]
    return [*plain_path(index - half, leaves[half:]), plain_root(leaves[:half])]


def plain_proof(size: int, leaves: Sequence[bytes], whole: bool = True) -> list[bytes]:
    """RFC 9162, 2.1.4.1: SUBPROOF."""
    if size == len(leaves):
        return [] if whole else [plain_root(leaves)]
    half = _half(len(leaves))
    if size <= half:
        return [*plain_proof(size, leaves[:half], whole), plain_root(leaves[half:])]
    return [*plain_proof(size - half, leaves[half:], False), plain_root(leaves[:half])]


def _half(size: int) -> int:
    return 1 << (size - 1).bit_length() - 1


LEAVES = [b"leaf %d" % number for number in range(41)]


def tampered(proof: list[bytes]) -> list[list[bytes]]:
    """The proof with one bit of a node turned, without a node, with one more, and with two changed about."""
    found = [[*proof, bytes(32)], [bytes(32), *proof]]
    for at, node in enumerate(proof):
        found += [[*proof[:at], bytes([node[0] ^ 1]) + node[1:], *proof[at + 1 :]], proof[:at] + proof[at + 1 :]]
        if at:
            found.append([*proof[: at - 1], node, proof[at - 1], *proof[at + 1 :]])
    return found


def test_trees_of_all_sizes() -> None:
    for size in range(41):
        leaves = LEAVES[:size]
        hashes = [leaf_hash(leaf) for leaf in leaves]
        tree, root = Tree(hashes), plain_root(leaves)
        assert (tree.root, root_of(hashes), len(tree)) == (root, root, size)
        for index in range(size):
            path = tree.inclusion(index)
            assert path == plain_path(index, leaves)
            assert verify_inclusion(hashes[index], index, size, path, root)
            assert not verify_inclusion(hashes[index], index, size, path, keccak(root))
            assert not verify_inclusion(keccak(hashes[index]), index, size, path, root)
            assert not any(verify_inclusion(hashes[index], index, size, other, root) for other in tampered(path))


def test_consistency_of_all_sizes() -> None:
    roots = [plain_root(LEAVES[:size]) for size in range(41)]
    for new in range(41):
        tree = Tree([leaf_hash(leaf) for leaf in LEAVES[:new]])
        for old in range(new + 1):
            proof = tree.consistency(old)
            assert proof == (plain_proof(old, LEAVES[:new]) if old else [])
            assert verify_consistency(old, roots[old], new, roots[new], proof)
            assert not verify_consistency(old, keccak(roots[old]), new, roots[new], proof)
            assert not any(verify_consistency(old, roots[old], new, roots[new], other) for other in tampered(proof))
            if old:
                assert not verify_consistency(old, roots[old], new, keccak(roots[new]), proof)
