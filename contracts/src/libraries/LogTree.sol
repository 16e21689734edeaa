// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The Merkle tree of RFC 9162 (Certificate Transparency 2.0), with keccak-256
/// @notice A leaf is keccak256(0x00 || data), a node keccak256(0x01 || left || right): neither passes for the other.
/// The left side of a tree is the largest whole one with fewer leaves, so that what was appended to stays in place.
/// @dev In the proofs, `index` is a leaf's place and `last` the last leaf's. Halving both climbs one level. While they
/// differ, each level has a node beside ours: on the left if the index is odd, on the right if it is even. From where
/// they meet, ours is the last of its level, and there are nodes on the left only: one for each bit that `index` has.
library LogTree {
    /// @notice The proof is not one of this leaf, or of these two trees. The root that a wrong proof leads to would
    /// tell nothing, so that there is no argument.
    error BadProof();

    /// @notice The root of the tree without leaves: keccak256("").
    bytes32 internal constant EMPTY = 0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470;

    /// @notice The hash of a leaf with this data.
    function leafHash(bytes memory data) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            // The zero byte goes before the data, in place of the length's last byte.
            let length := mload(data)
            mstore8(add(data, 0x1f), 0)
            hash := keccak256(add(data, 0x1f), add(length, 1))
            mstore(data, length)
        }
    }

    /// @notice The hash of a node with these children.
    function node(bytes32 left, bytes32 right) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            // One byte more than the scratch space: it is the free memory pointer's first, which is zero always.
            mstore8(0x00, 1)
            mstore(0x01, left)
            mstore(0x21, right)
            hash := keccak256(0x00, 0x41)
            mstore8(0x40, 0)
        }
    }

    /// @notice The root of the tree with these leaf hashes. Uses up the list: what stays in it means nothing.
    function rootOfRange(bytes32[] memory leaves) internal pure returns (bytes32 root) {
        if (leaves.length == 0) return EMPTY;
        assembly ("memory-safe") {
            let length := mload(leaves)
            let first := add(leaves, 0x20)
            for { let n := length } gt(n, 1) { n := shr(1, add(n, 1)) } {
                let end := add(first, shl(6, shr(1, n)))
                let to := first
                for { let from := first } lt(from, end) { from := add(from, 0x40) } {
                    // Both children are in place: a node's byte goes before them, where nothing is needed any more.
                    mstore8(sub(from, 1), 1)
                    mstore(to, keccak256(sub(from, 1), 0x41))
                    to := add(to, 0x20)
                }
                // An odd one out is a node of the next level as it is.
                if and(n, 1) { mstore(to, mload(end)) }
            }
            root := mload(first)
            mstore(leaves, length)
        }
    }

    /// @notice The root of a tree of `size` leaves in which this leaf is at `index` (2.1.3.2).
    /// @dev A root says nothing of the size, and one path may fit several: take both from the same place.
    function rootFromInclusion(bytes32 leaf, uint256 index, uint256 size, bytes32[] calldata path)
        internal
        pure
        returns (bytes32)
    {
        (bool fits, bytes32 root) = tryRootFromInclusion(leaf, index, size, path);
        if (!fits) revert BadProof();
        return root;
    }

    /// @notice The same for those who would rather have an answer than a revert.
    /// @return fits There is such an index, and the path is as long as it must be; if not, the root means nothing.
    function tryRootFromInclusion(bytes32 leaf, uint256 index, uint256 size, bytes32[] calldata path)
        internal
        pure
        returns (bool fits, bytes32 root)
    {
        if (index >= size) return (false, 0);
        root = leaf;
        uint256 used;
        unchecked {
            for (uint256 last = size - 1; index != last; (index, last) = (index >> 1, last >> 1)) {
                bytes32 beside = _at(path, used++);
                root = index & 1 == 1 ? node(beside, root) : node(root, beside);
            }
            for (; index != 0; index &= index - 1) {
                root = node(_at(path, used++), root);
            }
        }
        fits = used == path.length;
    }

    /// @notice Reverts unless the tree of `newSize` leaves begins with that of `oldSize` (2.1.4.2). Everything begins
    /// with the empty tree, and a tree with itself: then the proof is empty.
    function checkConsistency(
        uint256 oldSize,
        bytes32 oldRoot,
        uint256 newSize,
        bytes32 newRoot,
        bytes32[] calldata proof
    ) internal pure {
        if (!_consistent(oldSize, oldRoot, newSize, newRoot, proof)) revert BadProof();
    }

    function _consistent(uint256 oldSize, bytes32 oldRoot, uint256 newSize, bytes32 newRoot, bytes32[] calldata proof)
        private
        pure
        returns (bool)
    {
        if (oldSize == newSize) return proof.length == 0 && oldRoot == newRoot;
        if (oldSize == 0) return proof.length == 0;
        if (oldSize > newSize) return false;
        unchecked {
            // Up to the top of the whole tree that the old one ends with: from there on, it is like a leaf's path.
            (uint256 index, uint256 last) = (oldSize - 1, newSize - 1);
            for (; index & 1 == 1; index >>= 1) last >>= 1;
            uint256 used;
            bytes32 older = index == 0 ? oldRoot : _at(proof, used++);
            bytes32 newer = older;
            for (; index != last; (index, last) = (index >> 1, last >> 1)) {
                bytes32 beside = _at(proof, used++);
                if (index & 1 == 1) (older, newer) = (node(beside, older), node(beside, newer));
                else newer = node(newer, beside);
            }
            for (; index != 0; index &= index - 1) {
                bytes32 beside = _at(proof, used++);
                (older, newer) = (node(beside, older), node(beside, newer));
            }
            return used == proof.length && older == oldRoot && newer == newRoot;
        }
    }

    /// @dev Beyond the end comes whatever follows in the calldata: the caller compares the length when it is through.
    function _at(bytes32[] calldata list, uint256 i) private pure returns (bytes32 item) {
        assembly ("memory-safe") {
            item := calldataload(add(list.offset, shl(5, i)))
        }
    }
}
