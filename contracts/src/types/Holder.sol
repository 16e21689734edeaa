// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice One holder in one storage word: who they are to compliance, and how many receipts they have.
/// @dev Bit layout, from the lowest bit:
///
///       32  classes        investor classes, one bit each
///       64  jurisdictions  jurisdictions, one bit each
///       40  validUntil     unix seconds; eligible up to and including then
///       64  count          receipts held, over all series (ERC-721 `balanceOf`)
///        1  frozen         by compliance: receives nothing, sends nothing, is paid later
///        1  receiver       a contract when it was registered: it is asked before it receives. Kept here, since
///                          looking at a cold account's code costs 2,600 gas and this word is read anyway
///        1  credited       there may be credits for this holder, of receipts moved between record and payment
type Holder is uint256;

using HolderLibrary for Holder global;

library HolderLibrary {
    uint256 private constant JURISDICTIONS_AT = 32;
    uint256 private constant VALID_AT = 96;
    uint256 private constant COUNT_AT = 136;
    uint256 private constant FROZEN = 1 << 200;
    uint256 private constant RECEIVER = 1 << 201;
    uint256 private constant CREDITED = 1 << 202;
    uint256 private constant STANDING_MASK = (1 << COUNT_AT) - 1;

    function classes(Holder self) internal pure returns (uint256) {
        return uint32(Holder.unwrap(self));
    }

    function jurisdictions(Holder self) internal pure returns (uint256) {
        return uint64(Holder.unwrap(self) >> JURISDICTIONS_AT);
    }

    function validUntil(Holder self) internal pure returns (uint256) {
        return uint40(Holder.unwrap(self) >> VALID_AT);
    }

    function count(Holder self) internal pure returns (uint256) {
        return uint64(Holder.unwrap(self) >> COUNT_AT);
    }

    function frozen(Holder self) internal pure returns (bool) {
        return Holder.unwrap(self) & FROZEN != 0;
    }

    function receiver(Holder self) internal pure returns (bool) {
        return Holder.unwrap(self) & RECEIVER != 0;
    }

    function credited(Holder self) internal pure returns (bool) {
        return Holder.unwrap(self) & CREDITED != 0;
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

    function withCredited(Holder self) internal pure returns (Holder) {
        return Holder.wrap(Holder.unwrap(self) | CREDITED);
    }

    function withStanding(Holder self, uint32 classes_, uint64 jurisdictions_, uint40 validUntil_, bool receiver_)
        internal
        pure
        returns (Holder)
    {
        uint256 kept = Holder.unwrap(self) & ~(STANDING_MASK | RECEIVER);
        uint256 standing =
            uint256(classes_) | (uint256(jurisdictions_) << JURISDICTIONS_AT) | (uint256(validUntil_) << VALID_AT);
        return Holder.wrap(kept | standing | (receiver_ ? RECEIVER : 0));
    }
}
