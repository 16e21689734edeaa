// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice One holder in one storage word: who they are to compliance, and how many receipts they have.
/// @dev Bit layout, from the lowest bit. Classes and jurisdictions lie where `Series` has them.
///
///       40  validUntil     unix seconds; eligible up to and including then
///       64  count          receipts held, over all series (ERC-721 `balanceOf`)
///        8  unused
///       32  classes        investor classes, one bit each
///       64  jurisdictions  jurisdictions, one bit each
///        1  frozen         by compliance: receives nothing, sends nothing, is paid later
///        1  receiver       a contract when it was registered: it is asked when it receives. Kept here, since
///                          looking at a cold account's code costs 2,600 gas and this word is read anyway
type Holder is uint256;

using HolderLibrary for Holder global;

library HolderLibrary {
    uint256 private constant COUNT_AT = 40;
    uint256 private constant CLASSES_AT = 112;
    uint256 private constant JURISDICTIONS_AT = 144;
    uint256 private constant FROZEN = 1 << 208;
    uint256 private constant RECEIVER = 1 << 209;
    /// @dev What a new standing leaves as it is.
    uint256 private constant KEPT = (uint256(type(uint64).max) << COUNT_AT) | FROZEN;

    function validUntil(Holder self) internal pure returns (uint256) {
        return uint40(Holder.unwrap(self));
    }

    function count(Holder self) internal pure returns (uint256) {
        return uint64(Holder.unwrap(self) >> COUNT_AT);
    }

    function classes(Holder self) internal pure returns (uint256) {
        return uint32(Holder.unwrap(self) >> CLASSES_AT);
    }

    function jurisdictions(Holder self) internal pure returns (uint256) {
        return uint64(Holder.unwrap(self) >> JURISDICTIONS_AT);
    }

    function frozen(Holder self) internal pure returns (bool) {
        return Holder.unwrap(self) & FROZEN != 0;
    }

    function receiver(Holder self) internal pure returns (bool) {
        return Holder.unwrap(self) & RECEIVER != 0;
    }

    /// @dev A holder can't have more receipts than were ever made, and those are counted in 48 bits a series.
    function plusReceipt(Holder self) internal pure returns (Holder) {
        unchecked {
            return Holder.wrap(Holder.unwrap(self) + (1 << COUNT_AT));
        }
    }

    /// @dev The caller takes away only receipts that the holder has.
    function minusReceipt(Holder self) internal pure returns (Holder) {
        unchecked {
            return Holder.wrap(Holder.unwrap(self) - (1 << COUNT_AT));
        }
    }

    function withFrozen(Holder self, bool on) internal pure returns (Holder) {
        return Holder.wrap(on ? Holder.unwrap(self) | FROZEN : Holder.unwrap(self) & ~FROZEN);
    }

    function withStanding(Holder self, uint32 classes_, uint64 jurisdictions_, uint40 validUntil_, bool receiver_)
        internal
        pure
        returns (Holder)
    {
        uint256 standing =
            uint256(validUntil_) | (uint256(classes_) << CLASSES_AT) | (uint256(jurisdictions_) << JURISDICTIONS_AT);
        return Holder.wrap((Holder.unwrap(self) & KEPT) | standing | (receiver_ ? RECEIVER : 0));
    }
}
