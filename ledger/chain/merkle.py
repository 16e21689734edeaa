"""Merkle trees as OpenZeppelin's ``MerkleProof`` verifies them: sorted pairs, leaves hashed twice.

The tree is complete and kept in one list, the root first; leaf ``i`` of ``n`` is node ``2n - 2 - i``, as in
OpenZeppelin's JavaScript library, so that other tools find the same root for the same leaves in the same order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ledger.chain.primitives import keccak
from ledger.errors import InputError

__all__ = ["MerkleTree", "MultiProof"]


@dataclass(frozen=True, slots=True)
class MultiProof:
    """Proves several leaves at once; ``indices`` is the order in which the verifier wants the leaves."""

    indices: tuple[int, ...]
    proof: tuple[bytes, ...]
    flags: tuple[bool, ...]


class MerkleTree:
    """A tree over ``leaves``, the encoded values before hashing. Raises InputError if there are none."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        if not leaves:
            raise InputError("a tree needs a leaf", expected="at least one", found="none")
        count = len(leaves)
        nodes = [b""] * (2 * count - 1)
        for index, leaf in enumerate(leaves):
            nodes[2 * count - 2 - index] = keccak(keccak(leaf))
        for node in range(count - 2, -1, -1):
            nodes[node] = _pair(nodes[2 * node + 1], nodes[2 * node + 2])
        self._nodes, self._count = nodes, count

    @property
    def root(self) -> bytes:
        """The root, 32 bytes."""
        return self._nodes[0]

    def proof(self, index: int) -> list[bytes]:
        """The siblings from leaf ``index`` up to the root."""
        node, found = 2 * self._count - 2 - index, []
        while node:
            found.append(self._nodes[_sibling(node)])
            node = (node - 1) // 2
        return found

    def multi_proof(self, indices: Iterable[int]) -> MultiProof:
        """A proof of several leaves at once."""
        wanted = sorted({2 * self._count - 2 - index for index in indices}, reverse=True)
        order = tuple(2 * self._count - 2 - node for node in wanted)
        queue, proof, flags = list(wanted), [], []
        while queue and queue[0]:
            node = queue.pop(0)
            if queue and queue[0] == _sibling(node):
                queue.pop(0)
                flags.append(True)
            else:
                proof.append(self._nodes[_sibling(node)])
                flags.append(False)
            queue.append((node - 1) // 2)
        if not wanted:
            proof.append(self.root)
        return MultiProof(order, tuple(proof), tuple(flags))


def _sibling(node: int) -> int:
    return node + 1 if node % 2 else node - 1


def _pair(first: bytes, second: bytes) -> bytes:
    return keccak(min(first, second) + max(first, second))
