// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The money of a programme, and the units that it stands for, in one storage word.
/// @dev Bit layout, from the lowest bit:
///
///      128  cash   paid in, less what went back to the issuer
///       64  held   units that holders have
///       64  spent  units that providers took
///
///      Units held and spent are worth no more than the cash, always.
type Budget is uint256;

using BudgetLibrary for Budget global;

library BudgetLibrary {
    uint256 private constant HELD_AT = 128;
    uint256 private constant SPENT_AT = 192;

    function cash(Budget self) internal pure returns (uint256) {
        return uint128(Budget.unwrap(self));
    }

    function held(Budget self) internal pure returns (uint256) {
        return uint64(Budget.unwrap(self) >> HELD_AT);
    }

    function spent(Budget self) internal pure returns (uint256) {
        return Budget.unwrap(self) >> SPENT_AT;
    }

    /// @dev Units that there is cash for, and that are neither held nor spent.
    function free(Budget self, uint256 unitValue) internal pure returns (uint256) {
        unchecked {
            return self.cash() / unitValue - self.held() - self.spent();
        }
    }

    /// @dev The caller has checked that all cash is worth less than 2^64 units of less than 2^64 each.
    function plusCash(Budget self, uint256 amount) internal pure returns (Budget) {
        unchecked {
            return Budget.wrap(Budget.unwrap(self) + amount);
        }
    }

    /// @dev The caller takes no more than is free.
    function plusHeld(Budget self, uint256 units) internal pure returns (Budget) {
        unchecked {
            return Budget.wrap(Budget.unwrap(self) + (units << HELD_AT));
        }
    }

    /// @dev The caller took these units from a holder.
    function minusHeld(Budget self, uint256 units) internal pure returns (Budget) {
        unchecked {
            return Budget.wrap(Budget.unwrap(self) - (units << HELD_AT));
        }
    }

    /// @dev Held units become spent ones.
    function plusSpent(Budget self, uint256 units) internal pure returns (Budget) {
        unchecked {
            return Budget.wrap(Budget.unwrap(self.minusHeld(units)) + (units << SPENT_AT));
        }
    }

    /// @dev What the spent units are worth stays; held ones lapse.
    function closed(Budget self, uint256 unitValue) internal pure returns (Budget) {
        unchecked {
            return Budget.wrap((self.spent() << SPENT_AT) | (self.spent() * unitValue));
        }
    }
}
