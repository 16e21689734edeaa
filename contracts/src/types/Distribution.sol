// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Period} from "../libraries/Waterfall.sol";

/// @notice One distribution in one storage word: what is planned for it, and once it is funded what was set aside. A
/// plan is over when it is funded, and a used word is cheaper to write than a new one. Where the code has one in hand
/// it is called `plan` before it is funded, and `pot` afterwards; outside it is a `Period` then, and an `Epoch`.
/// @dev Bit layout, from the lowest bit:
///
///      planned                                     funded
///       32  recordDay                               56  amount     set aside for holders, minor units
///       32  paymentDay                              56  paid       of it
///       32  accrual     see `Period`                56  unitsPaid
///       64  target                                  56  units      at the record
///       64  face                                    24  expiryDay  the last one to claim
///       31  unused                                   1  redemption receipts are destroyed as they are paid
///        1  funded      0                            1  closed     what was unclaimed has gone
///                                                    5  unused
///                                                    1  funded     1
///
///      56 bits hold all that a series ever pays: `TermsCheck`.
type Distribution is uint256;

using DistributionLibrary for Distribution global;

library DistributionLibrary {
    uint256 private constant PAYMENT_DAY_AT = 32;
    uint256 private constant ACCRUAL_AT = 64;
    uint256 private constant TARGET_AT = 96;
    uint256 private constant FACE_AT = 160;

    uint256 private constant PAID_AT = 56;
    uint256 private constant UNITS_PAID_AT = 112;
    uint256 private constant UNITS_AT = 168;
    uint256 private constant EXPIRY_AT = 224;
    uint256 private constant REDEMPTION = 1 << 248;
    uint256 private constant CLOSED = 1 << 249;
    uint256 private constant FUNDED = 1 << 255;

    function funded(Distribution self) internal pure returns (bool) {
        return Distribution.unwrap(self) & FUNDED != 0;
    }

    // --- Planned -----------------------------------------------------------------------------------------------

    function plan(Period memory p) internal pure returns (Distribution) {
        return Distribution.wrap(
            p.recordDay | (uint256(p.paymentDay) << PAYMENT_DAY_AT) | (uint256(p.accrual) << ACCRUAL_AT)
                | (uint256(p.target) << TARGET_AT) | (uint256(p.face) << FACE_AT)
        );
    }

    function period(Distribution self) internal pure returns (Period memory) {
        uint256 word = Distribution.unwrap(self);
        return Period({
            recordDay: uint32(word),
            paymentDay: uint32(word >> PAYMENT_DAY_AT),
            accrual: uint32(word >> ACCRUAL_AT),
            target: uint64(word >> TARGET_AT),
            face: uint64(word >> FACE_AT)
        });
    }

    function recordDay(Distribution self) internal pure returns (uint256) {
        return uint32(Distribution.unwrap(self));
    }

    function paymentDay(Distribution self) internal pure returns (uint256) {
        return uint32(Distribution.unwrap(self) >> PAYMENT_DAY_AT);
    }

    /// @dev The caller has checked that the sum stays within 64 bits: no pool has more.
    function plusFace(Distribution self, uint256 face) internal pure returns (Distribution) {
        return Distribution.wrap(Distribution.unwrap(self) + (face << FACE_AT));
    }

    /// @dev The caller takes away only what was added.
    function minusFace(Distribution self, uint256 face) internal pure returns (Distribution) {
        return Distribution.wrap(Distribution.unwrap(self) - (face << FACE_AT));
    }

    // --- Funded ------------------------------------------------------------------------------------------------

    /// @dev The caller knows that amount and units fit.
    function fund(uint256 amount_, uint256 units_, uint256 expiryDay_, bool redemption_)
        internal
        pure
        returns (Distribution)
    {
        return Distribution.wrap(
            amount_ | (units_ << UNITS_AT) | (expiryDay_ << EXPIRY_AT) | (redemption_ ? REDEMPTION | FUNDED : FUNDED)
        );
    }

    function amount(Distribution self) internal pure returns (uint256) {
        return uint56(Distribution.unwrap(self));
    }

    function paid(Distribution self) internal pure returns (uint256) {
        return uint56(Distribution.unwrap(self) >> PAID_AT);
    }

    function unitsPaid(Distribution self) internal pure returns (uint256) {
        return uint56(Distribution.unwrap(self) >> UNITS_PAID_AT);
    }

    function units(Distribution self) internal pure returns (uint256) {
        return uint56(Distribution.unwrap(self) >> UNITS_AT);
    }

    function expiryDay(Distribution self) internal pure returns (uint256) {
        return uint24(Distribution.unwrap(self) >> EXPIRY_AT);
    }

    function redemption(Distribution self) internal pure returns (bool) {
        return Distribution.unwrap(self) & REDEMPTION != 0;
    }

    function closed(Distribution self) internal pure returns (bool) {
        return Distribution.unwrap(self) & CLOSED != 0;
    }

    /// @dev The caller pays no more than is left, to units that are not paid yet.
    function plusPaid(Distribution self, uint256 paid_, uint256 units_) internal pure returns (Distribution) {
        unchecked {
            return Distribution.wrap(Distribution.unwrap(self) + (paid_ << PAID_AT) + (units_ << UNITS_PAID_AT));
        }
    }

    function asClosed(Distribution self) internal pure returns (Distribution) {
        return Distribution.wrap(Distribution.unwrap(self) | CLOSED);
    }
}
