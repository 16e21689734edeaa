// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Who may move a receipt, in one storage word.
/// @dev Bit layout, from the lowest bit:
///
///      160  approved  may move it whole (ERC-721); zero: nobody
///        1  valued    there are allowances by value (ERC-3525) in this round
///       95  round     changes of owner that had allowances to end
///
type Permission is uint256;

using PermissionLibrary for Permission global;

library PermissionLibrary {
    uint256 private constant VALUED = 1 << 160;
    uint256 private constant ROUND_AT = 161;

    function approved(Permission self) internal pure returns (address) {
        return address(uint160(Permission.unwrap(self)));
    }

    function round(Permission self) internal pure returns (uint256) {
        return Permission.unwrap(self) >> ROUND_AT;
    }

    function valued(Permission self) internal pure returns (bool) {
        return Permission.unwrap(self) & VALUED != 0;
    }

    /// @dev Whether there is anything that a change of owner has to end.
    function any(Permission self) internal pure returns (bool) {
        return Permission.unwrap(self) << (256 - ROUND_AT) != 0;
    }

    function withApproved(Permission self, address approved_) internal pure returns (Permission) {
        return Permission.wrap((Permission.unwrap(self) >> 160 << 160) | uint256(uint160(approved_)));
    }

    function withValued(Permission self) internal pure returns (Permission) {
        return Permission.wrap(Permission.unwrap(self) | VALUED);
    }

    /// @dev All approvals end; 95 bits outlast the chain.
    function nextRound(Permission self) internal pure returns (Permission) {
        unchecked {
            return Permission.wrap((round(self) + 1) << ROUND_AT);
        }
    }
}
