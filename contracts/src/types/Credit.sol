// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What a holder has coming from one record date beyond untouched receipts, in one storage word.
/// @dev Bit layout, from the lowest bit:
///
///       64  pending   units held at the record in receipts that moved since, not paid yet
///       64  paid      units already paid for
///
///      Payments are differences of `floor(amount * paidUnits / units)`, so that it makes no difference into how
///      many receipts, or payments, a holding is cut.
type Credit is uint256;

using CreditLibrary for Credit global;

library CreditLibrary {
    uint256 private constant PAID_AT = 64;

    function make(uint256 pending_, uint256 paid_) internal pure returns (Credit) {
        return Credit.wrap(pending_ | (paid_ << PAID_AT));
    }

    function pending(Credit self) internal pure returns (uint256) {
        return uint64(Credit.unwrap(self));
    }

    function paid(Credit self) internal pure returns (uint256) {
        return Credit.unwrap(self) >> PAID_AT;
    }

    /// @dev Units of one series, so that the sum stays within 64 bits.
    function plusPending(Credit self, uint256 units) internal pure returns (Credit) {
        unchecked {
            return Credit.wrap(Credit.unwrap(self) + units);
        }
    }
}
