// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What one person has coming from a programme, in one word: a leaf of the tree of claims.
/// @dev Bit layout, from the lowest bit:
///
///       48  last    the index of the person's last line in the tree of lines
///       64  points  of all the person's lines
///       64  person
///
///      The leaf's data are these 22 bytes as they stand, the person first.
type Claim is uint256;

using ClaimLibrary for Claim global;

library ClaimLibrary {
    uint256 private constant POINTS_AT = 48;
    uint256 private constant PERSON_AT = 112;

    function last(Claim self) internal pure returns (uint256) {
        return uint48(Claim.unwrap(self));
    }

    function points(Claim self) internal pure returns (uint256) {
        return uint64(Claim.unwrap(self) >> POINTS_AT);
    }

    function person(Claim self) internal pure returns (uint256) {
        return uint64(Claim.unwrap(self) >> PERSON_AT);
    }

    /// @notice The leaf's hash in the tree; bits above the person's mean nothing.
    function leaf(Claim self) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            // A zero byte, and 22 bytes of data.
            mstore(0x00, shr(8, shl(80, self)))
            hash := keccak256(0x00, 23)
        }
    }

    /// @notice One of a list. The caller knows that it is long enough.
    function get(Claim[] calldata list, uint256 i) internal pure returns (Claim item) {
        assembly ("memory-safe") {
            item := calldataload(add(list.offset, shl(5, i)))
        }
    }

    /// @notice The hashes of all leaves of a list.
    function leaves(Claim[] calldata list) internal pure returns (bytes32[] memory hashes) {
        hashes = new bytes32[](list.length);
        assembly ("memory-safe") {
            let to := add(hashes, 0x20)
            let end := add(list.offset, shl(5, list.length))
            for { let from := list.offset } lt(from, end) { from := add(from, 0x20) } {
                mstore(0x00, shr(8, shl(80, calldataload(from))))
                mstore(to, keccak256(0x00, 23))
                to := add(to, 0x20)
            }
        }
    }
}
