// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice One contributor as a person, in one storage word: where they are paid, and what they graduated for.
/// @dev Bit layout, from the lowest bit:
///
///      160  wallet     zero: there is no such person
///       32  day        of graduation, counted from 1970-01-01
///       32  programme  that a university let them graduate for; zero: none
///        8  rotations  wallets that they had before
type Person is uint256;

using PersonLibrary for Person global;

library PersonLibrary {
    uint256 private constant DAY_AT = 160;
    uint256 private constant PROGRAMME_AT = 192;
    uint256 private constant ROTATIONS_AT = 224;
    uint256 private constant GRADUATION = uint256(type(uint64).max) << DAY_AT;

    function make(address wallet_) internal pure returns (Person) {
        return Person.wrap(uint160(wallet_));
    }

    function wallet(Person self) internal pure returns (address) {
        return address(uint160(Person.unwrap(self)));
    }

    function day(Person self) internal pure returns (uint256) {
        return uint32(Person.unwrap(self) >> DAY_AT);
    }

    function programme(Person self) internal pure returns (uint256) {
        return uint32(Person.unwrap(self) >> PROGRAMME_AT);
    }

    function rotations(Person self) internal pure returns (uint256) {
        return uint8(Person.unwrap(self) >> ROTATIONS_AT);
    }

    /// @notice The word by which vouchers are issued: the wallet, and the points above it.
    function payee(Person self, uint256 points) internal pure returns (uint256) {
        return (Person.unwrap(self) << 96 >> 96) | (points << DAY_AT);
    }

    /// @dev The caller has checked that there is room for one rotation more.
    function rotated(Person self, address to) internal pure returns (Person) {
        uint256 kept = Person.unwrap(self) >> DAY_AT << DAY_AT;
        unchecked {
            return Person.wrap((kept + (1 << ROTATIONS_AT)) | uint160(to));
        }
    }

    /// @dev Zeros: graduated for nothing.
    function withGraduation(Person self, uint32 programme_, uint32 day_) internal pure returns (Person) {
        uint256 graduation = (uint256(programme_) << PROGRAMME_AT) | (uint256(day_) << DAY_AT);
        return Person.wrap((Person.unwrap(self) & ~GRADUATION) | graduation);
    }
}
