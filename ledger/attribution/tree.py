"""Merkle trees after RFC 9162, section 2.1, with keccak-256 in place of SHA-256.

``data`` is what a leaf stands for. A tree of one leaf has that leaf's hash as its root, that of none
``keccak256("")``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from tiny_keccak import keccak256 as keccak

__all__ = ["EMPTY", "Tree", "leaf_hash", "root_of", "verify_consistency", "verify_inclusion"]

EMPTY: Final[bytes] = keccak(b"")


def leaf_hash(data: bytes) -> bytes:
    """``keccak256(0x00 || data)``."""
    return keccak(b"\0" + data)


def _node(left: bytes, right: bytes) -> bytes:
    return keccak(b"\1" + left + right)


def _level_above(level: Sequence[bytes]) -> list[bytes]:
    above = [keccak(b"\1" + left + right) for left, right in zip(level[::2], level[1::2], strict=False)]
    if len(level) % 2:
        above.append(level[-1])  # a node without a sibling goes up as it is: the same tree as RFC 9162's by halves
    return above


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over leaf hashes; keeps nothing."""
    level = hashes
    while len(level) > 1:
        level = _level_above(level)
    return level[0] if level else EMPTY


class Tree:
    """A tree with all its nodes, for proofs: 32 bytes a node, twice the leaves."""

    def __init__(self, hashes: Iterable[bytes]) -> None:
        """Over leaf hashes (see :func:`leaf_hash`)."""
        self._levels = [list(hashes)]
        while len(self._levels[-1]) > 1:
            self._levels.append(_level_above(self._levels[-1]))

    def __len__(self) -> int:
        return len(self._levels[0])

    @property
    def root(self) -> bytes:
        """The tree's root."""
        return self._levels[-1][0] if len(self) else EMPTY

    def inclusion(self, index: int) -> list[bytes]:
        """PATH(index, leaves): what leads from a leaf to the root. Raises IndexError."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        path = []
        for level in self._levels[:-1]:
            if index ^ 1 < len(level):
                path.append(level[index ^ 1])
            index >>= 1
        return path

    def consistency(self, size: int) -> list[bytes]:
        """PROOF(size, leaves): that the tree of the first ``size`` leaves is the beginning of this one."""
        if not 0 <= size <= len(self):
            raise IndexError(size)
        if size in (0, len(self)):
            return []
        proof = []
        # From the last node of the old tree upwards: begin where it is a whole left-over, then add what is beside.
        index, depth = size - 1, 0
        while index % 2:
            index, depth = index >> 1, depth + 1
        if index:
            proof.append(self._levels[depth][index])
        for level in self._levels[depth:-1]:
            if index % 2:
                proof.append(level[index - 1])
            elif index + 1 < len(level):
                proof.append(level[index + 1])
            index >>= 1
        return proof


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf hash is leaf ``index`` of the tree of ``size`` leaves with this root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    found, last, rest = leaf, size - 1, index
    for sibling in path:
        if last == 0:
            return False
        if rest % 2 or rest == last:
            found = _node(sibling, found)
            while not rest % 2 and rest:
                rest, last = rest >> 1, last >> 1
        else:
            found = _node(found, sibling)
        rest, last = rest >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the tree of ``new`` leaves begins with that of ``old`` leaves (RFC 9162, 2.1.4.2)."""
    if old > new or old < 0:
        return False
    if old in (0, new):
        return not proof and (old_root == new_root if old == new else old_root == EMPTY)
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    rest, last = old - 1, new - 1
    while rest % 2:
        rest, last = rest >> 1, last >> 1
    first = second = path[0]
    for node in path[1:]:
        if last == 0:
            return False
        if rest % 2 or rest == last:
            first, second = _node(node, first), _node(node, second)
            while not rest % 2 and rest:
                rest, last = rest >> 1, last >> 1
        else:
            second = _node(second, node)
        rest, last = rest >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root
