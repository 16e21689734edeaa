"""The quick ways of collecting lines and of trees against plain restatements of what they stand for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from sha3 import keccak_256

from ledger.attribution.collect import _differing, _exactly
from ledger.attribution.rule import _without_comments, renamed
from ledger.attribution.tree import Tree, leaf_hash, root_of, verify_consistency, verify_inclusion
from tests.attribution.reference import unified, without_comments

NAME = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*")

blobs = st.lists(st.sampled_from([b"", b"a", b"b", b"some line", b"x" * 70, b"y" * 300]), max_size=60).map(b"\n".join)
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


@given(blobs, blobs, st.integers(1, 40))
def test_what_differs(old: bytes, new: bytes, times: int) -> None:
    for before, after in ((old, new), (old * times + new, old * times + b"z" + new), (new + old * times, old * times)):
        old_lines, new_lines = set(before.split(b"\n")), set(after.split(b"\n"))
        come, gone = _differing(before, after)
        assert new_lines - old_lines <= come <= new_lines
        assert old_lines - new_lines <= gone <= old_lines
        assert _exactly(before, after, come - gone, gone - come) == (
            {raw for raw in new_lines - old_lines if len(raw) <= 1_000},
            {raw for raw in old_lines - new_lines if len(raw) <= 1_000},
        )


@given(st.lists(raw_lines, min_size=1, max_size=8))
def test_comments(raws: list[bytes]) -> None:
    """Without comments line by line. The document's first match is where the quick one's is, on each line."""
    assert _without_comments(raws).split(b"\n") == [without_comments(raw) for raw in raws]


def plain_form(raw: bytes) -> tuple[bytes, ...] | None:
    """Gaps and words by turns, or nothing if the line takes no part."""
    line = unified(without_comments(raw))
    parts, end = [], 0
    for match in NAME.finditer(line):
        parts += [b"".join(line[end : match.start()].split()), match[0]]
        end = match.end()
    parts.append(b"".join(line[end:].split()))
    words = parts[1::2]
    return tuple(parts) if len(words) >= 2 and len(set(words)) <= 64 else None


def plainly_renamed(come: set[bytes], gone: set[bytes]) -> set[bytes]:
    """Section 5, word by word."""
    if len(come) < 3 or len(gone) < 3:
        return set()
    forms = {raw: form for raw in come | gone if (form := plain_form(raw)) is not None}
    pairs: dict[tuple[bytes, bytes], set[bytes]] = {}
    for new_raw in come & set(forms):
        for old_raw in gone & set(forms):
            new_words, old_words = forms[new_raw][1::2], forms[old_raw][1::2]
            for old in set(old_words):
                for new in set(new_words) - {old}:
                    replaced = tuple(
                        new if place % 2 and part == old else part for place, part in enumerate(forms[old_raw])
                    )
                    if replaced == forms[new_raw] and old not in new_words and new not in old_words:
                        pairs.setdefault((old, new), set()).add(new_raw)
    return set().union(*(raws for raws in pairs.values() if len(raws) >= 3))


words = st.sampled_from([b"foo", b"bar", b"baz", b"_q1", b"If"])
gaps = st.sampled_from(
    [b" ", b" = ", b"+", b"(", b" ) ", b" 12 ", b", ", b"'", b"`", b" /* c */ ", b" // c", b" # ", b"\0"]
)
code = st.lists(st.tuples(words, gaps), min_size=1, max_size=4).map(lambda pairs: b"".join(a + b for a, b in pairs))


@given(st.sets(code | raw_lines, max_size=8), st.sets(code, max_size=8), words, words)
def test_renames(come: set[bytes], gone: set[bytes], old: bytes, new: bytes) -> None:
    come |= {raw.replace(old, new) for raw in gone}
    come, gone = come - gone, gone - come
    assert renamed(come, gone) == plainly_renamed(come, gone)


@given(st.lists(code, max_size=12), st.lists(code, max_size=12), words, words)
def test_renames_in_blobs(lines: list[bytes], more: list[bytes], old: bytes, new: bytes) -> None:
    """The way they are found while collecting: first from lines too many, then exactly."""
    before, after = b"\n".join(lines + more), b"\n".join([raw.replace(old, new) for raw in lines] + more)
    come, gone = _differing(before, after)
    come, gone = come - gone, gone - come
    found = renamed(come, gone, lambda: _exactly(before, after, come, gone))
    old_lines, new_lines = set(before.split(b"\n")), set(after.split(b"\n"))
    assert found == plainly_renamed(new_lines - old_lines, old_lines - new_lines)


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
