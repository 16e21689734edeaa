// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Holder} from "./Holder.sol";
import {Position} from "./Position.sol";

/// @notice What every move of a series' receipts has to know, in one storage word.
/// @dev Bit layout, from the lowest bit. Classes and jurisdictions lie where `Holder` has them, and the epoch where
/// `Position` has it, so that they compare without shifts.
///
///       64  units          units of all receipts of the series
///       48  serial         receipts ever made; the next one has this number plus one
///       32  classes        investor classes admitted, one bit each
///       64  jurisdictions  jurisdictions admitted, one bit each
///        1  paused         by the guardian
///        1  locked         receipts don't move before the series is active
///        1  retired        the redemption record is fixed: receipts are paid and retired, and don't move
///        1  guarded        some holder is frozen: who gives units away is looked at
///       12  unused
///       31  epoch          record dates fixed so far
///        1  never set      where `Position` says that a receipt is frozen
type Series is uint256;

using SeriesLibrary for Series global;

library SeriesLibrary {
    uint256 private constant SERIAL_AT = 64;
    uint256 private constant CLASSES_AT = 112;
    uint256 private constant JURISDICTIONS_AT = 144;
    uint256 private constant EPOCH_AT = 224;
    uint256 private constant CLASSES = uint256(type(uint32).max) << CLASSES_AT;
    uint256 private constant JURISDICTIONS = uint256(type(uint64).max) << JURISDICTIONS_AT;
    uint256 private constant PAUSED = 1 << 208;
    uint256 private constant LOCKED = 1 << 209;
    uint256 private constant RETIRED = 1 << 210;
    uint256 private constant GUARDED = 1 << 211;
    uint256 private constant STOPPED = PAUSED | LOCKED | RETIRED;

    function make(uint32 classes_, uint64 jurisdictions_, bool guarded_) internal pure returns (Series) {
        return Series.wrap(LOCKED).withRequirement(classes_, jurisdictions_).withGuarded(guarded_);
    }

    function units(Series self) internal pure returns (uint256) {
        return uint64(Series.unwrap(self));
    }

    function serial(Series self) internal pure returns (uint256) {
        return uint48(Series.unwrap(self) >> SERIAL_AT);
    }

    function epoch(Series self) internal pure returns (uint256) {
        return Series.unwrap(self) >> EPOCH_AT;
    }

    function classes(Series self) internal pure returns (uint256) {
        return uint32(Series.unwrap(self) >> CLASSES_AT);
    }

    function jurisdictions(Series self) internal pure returns (uint256) {
        return uint64(Series.unwrap(self) >> JURISDICTIONS_AT);
    }

    function paused(Series self) internal pure returns (bool) {
        return Series.unwrap(self) & PAUSED != 0;
    }

    function locked(Series self) internal pure returns (bool) {
        return Series.unwrap(self) & LOCKED != 0;
    }

    function retired(Series self) internal pure returns (bool) {
        return Series.unwrap(self) & RETIRED != 0;
    }

    /// @dev Not paused, not locked, not retired.
    function movable(Series self) internal pure returns (bool) {
        return Series.unwrap(self) & STOPPED == 0;
    }

    function guarded(Series self) internal pure returns (bool) {
        return Series.unwrap(self) & GUARDED != 0;
    }

    /// @dev Whether units can leave a receipt as it is, in one comparison: the series moves and is not guarded, and the
    /// receipt is not frozen and missed no record date (then both words have the same top 32 bits).
    function frees(Series self, Position position) internal pure returns (bool) {
        uint256 word = Series.unwrap(self);
        return (word & (STOPPED | GUARDED)) | ((word ^ Position.unwrap(position)) >> EPOCH_AT) == 0;
    }

    /// @dev Whether a holder may receive receipts at a time: of a class and a jurisdiction that the series admits,
    /// not run out, not frozen.
    function admits(Series self, Holder holder, uint256 time) internal pure returns (bool) {
        uint256 common = Series.unwrap(self) & Holder.unwrap(holder);
        if (common & CLASSES == 0) return false;
        if (common & JURISDICTIONS == 0) return false;
        if (holder.frozen()) return false;
        return holder.validUntil() >= time;
    }

    /// @dev One receipt more. 48 bits outlast the chain: at one receipt per unit of gas, centuries.
    function withNextSerial(Series self) internal pure returns (Series) {
        unchecked {
            return Series.wrap(Series.unwrap(self) + (1 << SERIAL_AT));
        }
    }

    /// @dev The caller has checked that the sum stays within 64 bits.
    function plus(Series self, uint256 units_) internal pure returns (Series) {
        unchecked {
            return Series.wrap(Series.unwrap(self) + units_);
        }
    }

    /// @dev The caller takes away only units of receipts of this series.
    function minus(Series self, uint256 units_) internal pure returns (Series) {
        unchecked {
            return Series.wrap(Series.unwrap(self) - units_);
        }
    }

    /// @dev One record date more: 31 bits are five million years of daily ones.
    function withNextEpoch(Series self) internal pure returns (Series) {
        unchecked {
            return Series.wrap(Series.unwrap(self) + (1 << EPOCH_AT));
        }
    }

    /// @dev The caller knows that a record date was fixed.
    function withPreviousEpoch(Series self) internal pure returns (Series) {
        unchecked {
            return Series.wrap(Series.unwrap(self) - (1 << EPOCH_AT));
        }
    }

    function withPaused(Series self, bool on) internal pure returns (Series) {
        return Series.wrap(on ? Series.unwrap(self) | PAUSED : Series.unwrap(self) & ~PAUSED);
    }

    function withGuarded(Series self, bool on) internal pure returns (Series) {
        return Series.wrap(on ? Series.unwrap(self) | GUARDED : Series.unwrap(self) & ~GUARDED);
    }

    function unlocked(Series self) internal pure returns (Series) {
        return Series.wrap(Series.unwrap(self) & ~LOCKED);
    }

    function asRetired(Series self) internal pure returns (Series) {
        return Series.wrap(Series.unwrap(self) | RETIRED);
    }

    function withRequirement(Series self, uint32 classes_, uint64 jurisdictions_) internal pure returns (Series) {
        uint256 cleared = Series.unwrap(self) & ~(CLASSES | JURISDICTIONS);
        return Series.wrap(
            cleared | (uint256(classes_) << CLASSES_AT) | (uint256(jurisdictions_) << JURISDICTIONS_AT)
        );
    }
}
