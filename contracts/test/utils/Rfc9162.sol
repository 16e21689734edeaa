// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The tree and its proofs as RFC 9162 defines them (2.1.1, 2.1.3.1, 2.1.4.1): by recursion, over D[from:to].
/// @dev Leaves may come in runs of the same data. Then even a tree of trillions has a root that can be worked out.
abstract contract Rfc9162 {
    /// @dev Leaves whose places are the same without these low bits hold the same data.
    uint256 internal runBits;

    function _hash(bytes memory data) internal pure virtual returns (bytes32) {
        return keccak256(data);
    }

    function _data(uint256 i) internal view virtual returns (bytes memory) {
        return abi.encode(i >> runBits);
    }

    function _leaf(uint256 i) internal view returns (bytes32) {
        return _hash(abi.encodePacked(hex"00", _data(i)));
    }

    function _node(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return _hash(abi.encodePacked(hex"01", left, right));
    }

    /// @dev MTH(D[from:to]).
    function _mth(uint256 from, uint256 to) internal view returns (bytes32) {
        uint256 n = to - from;
        if (n == 0) return _hash("");
        if (n == 1) return _leaf(from);
        uint256 k = _split(n);
        bytes32 left = _mth(from, from + k);
        // Both halves of a whole tree within a run are the same.
        if (n == 2 * k && from >> runBits == (to - 1) >> runBits) return _node(left, left);
        return _node(left, _mth(from + k, to));
    }

    function _root(uint256 n) internal view returns (bytes32) {
        return _mth(0, n);
    }

    /// @dev PATH(m, D[n]).
    function _path(uint256 m, uint256 n) internal view returns (bytes32[] memory) {
        return _path(m, 0, n);
    }

    /// @dev PATH(m, D[from:to]).
    function _path(uint256 m, uint256 from, uint256 to) private view returns (bytes32[] memory) {
        uint256 n = to - from;
        if (n == 1) return new bytes32[](0);
        uint256 k = _split(n);
        if (m < k) return _plus(_path(m, from, from + k), _mth(from + k, to));
        return _plus(_path(m - k, from + k, to), _mth(from, from + k));
    }

    /// @dev PROOF(m, D[n]), and none where there is nothing to prove.
    function _proof(uint256 m, uint256 n) internal view returns (bytes32[] memory) {
        return m == 0 || m == n ? new bytes32[](0) : _subproof(m, 0, n, true);
    }

    /// @dev SUBPROOF(m, D[from:to], whole).
    function _subproof(uint256 m, uint256 from, uint256 to, bool whole) private view returns (bytes32[] memory) {
        uint256 n = to - from;
        if (m == n) return whole ? new bytes32[](0) : _plus(new bytes32[](0), _mth(from, to));
        uint256 k = _split(n);
        if (m <= k) return _plus(_subproof(m, from, from + k, whole), _mth(from + k, to));
        return _plus(_subproof(m - k, from + k, to, false), _mth(from, from + k));
    }

    /// @dev The largest power of two smaller than n.
    function _split(uint256 n) private pure returns (uint256 k) {
        k = 1;
        while (2 * k < n) k *= 2;
    }

    // --- What may be done to a proof -------------------------------------------------------------------------------

    function _plus(bytes32[] memory list, bytes32 item) internal pure returns (bytes32[] memory longer) {
        longer = new bytes32[](list.length + 1);
        for (uint256 i; i < list.length; ++i) {
            longer[i] = list[i];
        }
        longer[list.length] = item;
    }

    /// @dev One of the `4 * length + 1` ways in which a list can differ a little: at each item, one is put before it,
    /// or it has a bit flipped, is doubled, or dropped; or one is put behind the last.
    function _tampered(bytes32[] memory list, uint256 way) internal pure returns (bytes32[] memory wrong) {
        wrong = new bytes32[](0);
        for (uint256 i; i < list.length; ++i) {
            uint256 here = way / 4 == i ? way % 4 : 4;
            if (here == 0) wrong = _plus(wrong, 0);
            if (here == 1) wrong = _plus(wrong, list[i] ^ bytes32(uint256(1) << (way * 37 % 256)));
            if (here == 2) wrong = _plus(wrong, list[i]);
            if (here != 1 && here != 3) wrong = _plus(wrong, list[i]);
        }
        if (way == 4 * list.length) wrong = _plus(wrong, 0);
    }
}
