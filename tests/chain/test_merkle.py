"""Merkle trees, against a verifier written from OpenZeppelin's description of `MerkleProof`."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.chain.merkle import MerkleTree
from ledger.chain.primitives import keccak
from ledger.errors import InputError


def combine(a: bytes, b: bytes) -> bytes:
    return keccak(a + b if a < b else b + a)


def verify(leaf: bytes, proof: list[bytes]) -> bytes:
    value = keccak(keccak(leaf))
    for sibling in proof:
        value = combine(value, sibling)
    return value


def verify_many(leaves: list[bytes], proof: list[bytes], flags: list[bool]) -> bytes:
    """Rebuilds the root: each flag takes two from the queue, or one from the queue and one from the proof."""
    assert len(leaves) + len(proof) == len(flags) + 1
    queue, rest = [keccak(keccak(leaf)) for leaf in leaves], list(proof)
    for flag in flags:
        first = queue.pop(0)
        queue.append(combine(first, queue.pop(0) if flag else rest.pop(0)))
    return queue[0] if flags else (queue or rest)[0]


LEAVES = st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=40)


@settings(deadline=None)
@given(LEAVES)
def test_each_leaf_is_proved(leaves: list[bytes]) -> None:
    tree = MerkleTree(leaves)
    assert all(verify(leaf, tree.proof(index)) == tree.root for index, leaf in enumerate(leaves))


@settings(deadline=None)
@given(LEAVES, st.data())
def test_many_leaves_are_proved_at_once(leaves: list[bytes], data: st.DataObject) -> None:
    tree = MerkleTree(leaves)
    chosen = data.draw(st.sets(st.integers(0, len(leaves) - 1), min_size=1))
    proof = tree.multi_proof(chosen)
    assert set(proof.indices) == chosen
    assert verify_many([leaves[i] for i in proof.indices], list(proof.proof), list(proof.flags)) == tree.root


def test_the_root_of_three_by_hand() -> None:
    a, b, c = (keccak(keccak(leaf)) for leaf in (b"a", b"b", b"c"))
    # Leaf i is node 4 - i: nodes 3 and 4 (b, a) pair first, and their parent pairs with c.
    assert MerkleTree([b"a", b"b", b"c"]).root == combine(combine(b, a), c)


def test_no_leaves_no_tree() -> None:
    with pytest.raises(InputError):
        MerkleTree([])
