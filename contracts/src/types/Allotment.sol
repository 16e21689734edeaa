// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What an account has of a programme, in one storage word.
/// @dev Bit layout, from the lowest bit:
///
///       64  units     vouchers that it holds
///      192  redeemed  units that it was issued for its points; only ever more, until it moves on as a whole
///
///      All the rest of the word is for `redeemed`, so that no number of moves can make it overflow.
type Allotment is uint256;

using AllotmentLibrary for Allotment global;

/// @notice Where an allotment is stored: a reference finds it once, to read it and to write it.
struct Place {
    Allotment allotment;
}

library AllotmentLibrary {
    uint256 private constant REDEEMED_AT = 64;
    uint256 private constant ONE_OF_BOTH = (1 << REDEEMED_AT) | 1;

    function units(Allotment self) internal pure returns (uint256) {
        return uint64(Allotment.unwrap(self));
    }

    function redeemed(Allotment self) internal pure returns (uint256) {
        return Allotment.unwrap(self) >> REDEEMED_AT;
    }

    /// @dev Units that the account's points come to, at most `cap`, less what it was issued; and at most `free`. In
    /// assembly, since every account of an issue costs it: 100 gas less.
    function due(Allotment self, uint256 points, uint256 pointsPerUnit, uint256 cap, uint256 free)
        internal
        pure
        returns (uint256 units_)
    {
        assembly ("memory-safe") {
            units_ := div(points, pointsPerUnit)
            if gt(units_, cap) { units_ := cap }
            let had := shr(REDEEMED_AT, self)
            units_ := mul(gt(units_, had), sub(units_, had))
            if gt(units_, free) { units_ := free }
        }
    }

    /// @dev Units issued for points. The caller has checked that the budget has room for them: then all units of the
    /// programme are within 64 bits.
    function plusIssued(Allotment self, uint256 units_) internal pure returns (Allotment) {
        unchecked {
            return Allotment.wrap(Allotment.unwrap(self) + units_ * ONE_OF_BOTH);
        }
    }

    /// @dev Units of another account of the programme, so that they stay within 64 bits.
    function plus(Allotment self, uint256 units_) internal pure returns (Allotment) {
        unchecked {
            return Allotment.wrap(Allotment.unwrap(self) + units_);
        }
    }

    /// @dev The caller has checked that there are as many units.
    function minus(Allotment self, uint256 units_) internal pure returns (Allotment) {
        unchecked {
            return Allotment.wrap(Allotment.unwrap(self) - units_);
        }
    }

    function plusRedeemed(Allotment self, uint256 redeemed_) internal pure returns (Allotment) {
        unchecked {
            return Allotment.wrap(Allotment.unwrap(self) + (redeemed_ << REDEEMED_AT));
        }
    }

    function withoutRedeemed(Allotment self) internal pure returns (Allotment) {
        return Allotment.wrap(uint64(Allotment.unwrap(self)));
    }
}
