// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Trees and proofs of RFC 9162 over lists of leaf hashes, as it defines them: by recursion.
library Trees {
    function leaf(bytes memory data) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"00", data));
    }

    function node(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"01", left, right));
    }

    function root(bytes32[] memory leaves) internal pure returns (bytes32) {
        return leaves.length == 0 ? keccak256("") : root(leaves, 0, leaves.length);
    }

    function root(bytes32[] memory leaves, uint256 from, uint256 to) internal pure returns (bytes32) {
        if (to - from == 1) return leaves[from];
        uint256 middle = from + _split(to - from);
        return node(root(leaves, from, middle), root(leaves, middle, to));
    }

    /// @notice PATH(index, leaves).
    function path(bytes32[] memory leaves, uint256 index) internal pure returns (bytes32[] memory) {
        return _path(leaves, index, 0, leaves.length);
    }

    function _path(bytes32[] memory leaves, uint256 index, uint256 from, uint256 to)
        private
        pure
        returns (bytes32[] memory)
    {
        if (to - from == 1) return new bytes32[](0);
        uint256 middle = from + _split(to - from);
        if (index < middle) return _plus(_path(leaves, index, from, middle), root(leaves, middle, to));
        return _plus(_path(leaves, index, middle, to), root(leaves, from, middle));
    }

    /// @notice The path from the whole subtree of level `level` that holds `start`.
    function pathOfRange(bytes32[] memory leaves, uint256 start, uint256 level)
        internal
        pure
        returns (bytes32[] memory)
    {
        uint256 span = 1 << level;
        bytes32[] memory nodes = new bytes32[]((leaves.length + span - 1) / span);
        for (uint256 i; i < nodes.length; ++i) {
            uint256 end = (i + 1) * span;
            nodes[i] = root(leaves, i * span, end < leaves.length ? end : leaves.length);
        }
        return path(nodes, start / span);
    }

    /// @notice PROOF(size, leaves), and none where there is nothing to prove.
    function consistency(bytes32[] memory leaves, uint256 size) internal pure returns (bytes32[] memory) {
        if (size == 0 || size == leaves.length) return new bytes32[](0);
        return _subproof(leaves, size, 0, leaves.length, true);
    }

    function _subproof(bytes32[] memory leaves, uint256 size, uint256 from, uint256 to, bool whole)
        private
        pure
        returns (bytes32[] memory)
    {
        if (size == to) return whole ? new bytes32[](0) : _plus(new bytes32[](0), root(leaves, from, to));
        uint256 middle = from + _split(to - from);
        if (size <= middle) return _plus(_subproof(leaves, size, from, middle, whole), root(leaves, middle, to));
        return _plus(_subproof(leaves, size, middle, to, false), root(leaves, from, middle));
    }

    /// @dev The largest power of two smaller than n.
    function _split(uint256 n) private pure returns (uint256 k) {
        k = 1;
        while (2 * k < n) k *= 2;
    }

    function _plus(bytes32[] memory list, bytes32 item) private pure returns (bytes32[] memory longer) {
        longer = new bytes32[](list.length + 1);
        for (uint256 i; i < list.length; ++i) {
            longer[i] = list[i];
        }
        longer[list.length] = item;
    }
}
