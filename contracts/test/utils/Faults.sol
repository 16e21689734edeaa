// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The errors with which a call may be refused, four bytes each; zero: it has to succeed.
library Faults {
    /// @notice How a model refuses a call.
    error Refused(uint256 faults);

    function when(uint256 self, bool holds, bytes4 selector) internal pure returns (uint256) {
        return holds ? (self << 32) | uint32(selector) : self;
    }

    function has(uint256 self, bytes4 selector) internal pure returns (bool) {
        for (; self != 0; self >>= 32) {
            if (uint32(self) == uint32(selector)) return true;
        }
        return false;
    }

    /// @dev Undoes what the model has done of the call so far.
    function stop(uint256 self) internal pure {
        if (self != 0) revert Refused(self);
    }
}
