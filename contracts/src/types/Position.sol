// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Series} from "./Series.sol";

/// @notice One receipt in one storage word.
/// @dev Bit layout, from the lowest bit:
///
///      160  owner    zero: there is no such receipt
///       64  units    face value in minor units of the series' currency
///       31  epoch    the record dates up to here (exclusive) are settled for this receipt
///        1  frozen   set by compliance; a frozen receipt moves only by forced transfer
///
///      Kept as a word, never as a struct in memory: on the way of a transfer that costs about 3,100 gas more.
type Position is uint256;

using PositionLibrary for Position global;

library PositionLibrary {
    uint256 private constant UNITS_AT = 160;
    uint256 private constant EPOCH_AT = 224;
    uint256 private constant FROZEN_AT = 255;
    uint256 private constant EPOCH_MASK = uint256(0x7fffffff) << EPOCH_AT;
    uint256 private constant FROZEN_BIT = 1 << FROZEN_AT;

    function make(address owner_, uint256 units_, uint256 epoch_) internal pure returns (Position) {
        return Position.wrap(uint256(uint160(owner_)) | (units_ << UNITS_AT) | (epoch_ << EPOCH_AT));
    }

    function exists(Position self) internal pure returns (bool) {
        return uint160(Position.unwrap(self)) != 0;
    }

    function owner(Position self) internal pure returns (address) {
        return address(uint160(Position.unwrap(self)));
    }

    function units(Position self) internal pure returns (uint256) {
        return uint64(Position.unwrap(self) >> UNITS_AT);
    }

    function epoch(Position self) internal pure returns (uint256) {
        return (Position.unwrap(self) & EPOCH_MASK) >> EPOCH_AT;
    }

    function frozen(Position self) internal pure returns (bool) {
        return Position.unwrap(self) >> FROZEN_AT != 0;
    }

    /// @dev Whether it is not frozen, and all record dates before `epoch_` are settled, but not this one.
    function awaits(Position self, uint256 epoch_) internal pure returns (bool) {
        return Position.unwrap(self) >> EPOCH_AT == epoch_;
    }

    /// @dev Whether it is not frozen, and up to date with its series: both words have the epoch in their top 32 bits.
    function current(Position self, Series series) internal pure returns (bool) {
        return (Position.unwrap(self) ^ Series.unwrap(series)) >> EPOCH_AT == 0;
    }

    /// @dev The caller has checked that the sum stays within 64 bits: no series has more units.
    function plus(Position self, uint256 units_) internal pure returns (Position) {
        unchecked {
            return Position.wrap(Position.unwrap(self) + (units_ << UNITS_AT));
        }
    }

    /// @dev The caller has checked that there are as many units.
    function minus(Position self, uint256 units_) internal pure returns (Position) {
        unchecked {
            return Position.wrap(Position.unwrap(self) - (units_ << UNITS_AT));
        }
    }

    function withOwner(Position self, address owner_) internal pure returns (Position) {
        return Position.wrap((Position.unwrap(self) >> UNITS_AT << UNITS_AT) | uint256(uint160(owner_)));
    }

    function withEpoch(Position self, uint256 epoch_) internal pure returns (Position) {
        return Position.wrap((Position.unwrap(self) & ~EPOCH_MASK) | (epoch_ << EPOCH_AT));
    }

    /// @dev For one that is not frozen; 31 bits are never full.
    function withNextEpoch(Position self) internal pure returns (Position) {
        unchecked {
            return Position.wrap(Position.unwrap(self) + (1 << EPOCH_AT));
        }
    }

    function withFrozen(Position self, bool frozen_) internal pure returns (Position) {
        uint256 cleared = Position.unwrap(self) & ~FROZEN_BIT;
        return Position.wrap(frozen_ ? cleared | FROZEN_BIT : cleared);
    }
}
