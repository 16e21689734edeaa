// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Waterfall} from "../src/libraries/Waterfall.sol";
import {Budget} from "../src/types/Budget.sol";
import {Proof} from "./utils/Proof.sol";

/// @notice The formulas that multiply and divide, as wide as they are: shares, coupons, and what vouchers are worth.
/// @custom:halmos --solver cvc5-int --panic-error-codes *
contract ArithmeticProof is Proof {
    uint256 private constant PPM = 1_000_000;

    /// @dev Unchecked, as `Spv.pay` is; that no product here exceeds a word is proved on its own.
    function _share(uint256 amount, uint256 units, uint256 total) private pure returns (uint256) {
        unchecked {
            return amount * units / total;
        }
    }

    // --- Shares: amount * units / total, as `Spv.pay` has it ------------------------------------------------------

    /// @dev The product of a share can't overflow. Amounts below 2^56, units below 2^64: all that the words hold.
    function check_shareFits(uint56 amount, uint64 units) external pure {
        uint256 product;
        unchecked {
            product = uint256(amount) * units;
        }
        assert(product < 1 << 120);
    }

    /// @dev A share is never more than the amount, and all units get the whole of it. Amounts and units below 2^56.
    function check_shareOfAll(uint56 amount, uint56 units, uint56 total) external pure {
        vm.assume(total != 0 && units <= total);
        assert(_share(amount, units, total) <= amount);
        assert(_share(amount, total, total) == amount);
    }

    /// @dev More units never bring less. Amounts and units below 2^56.
    function check_shareGrows(uint56 amount, uint56 units, uint56 more, uint56 total) external pure {
        vm.assume(total != 0 && units <= more);
        assert(_share(amount, units, total) <= _share(amount, more, total));
    }

    /// @dev A share is rounded down: times all units it is at most the product. Products below 2^112, which those of 56
    /// bits are; totals below 2^56.
    function check_shareRoundsDown(uint112 product, uint56 total) external pure {
        vm.assume(total != 0);
        unchecked {
            assert(uint256(product) / total * total <= product);
        }
    }

    /// @dev Less than one minor unit is rounded away, so that the dust is less than one a payment. The same widths.
    function check_shareRoundsLittle(uint112 product, uint56 total) external pure {
        vm.assume(total != 0);
        unchecked {
            assert(product - uint256(product) / total * total < total);
        }
    }

    /// @dev Units in two payments multiply to what they do in one. So all shares of an amount, however they are paid,
    /// times all units are at most the amount times all units: `check_shareRoundsDown`, added up. Any below 2^56.
    function check_sharesMultiply(uint56 amount, uint56 units, uint56 others) external pure {
        unchecked {
            uint256 both = uint256(amount) * units + uint256(amount) * others;
            assert(uint256(amount) * (uint256(units) + others) == both);
        }
    }

    /// @dev What is more stays more when both are multiplied. So all shares together are at most the amount: were they
    /// more, they would be more times all units. Shares together below 2^64, amounts and totals below 2^56.
    function check_sharesWithinAmount(uint56 amount, uint64 shares, uint56 total) external pure {
        vm.assume(total != 0 && amount < shares);
        unchecked {
            assert(uint256(amount) * total < uint256(shares) * total);
        }
    }

    // --- Coupon: principal * rate * accrual / (PPM * basis) ------------------------------------------------------

    /// @dev A coupon can't overflow, nor its divisor be zero: principal of 64 bits times a rate of 32 is within 96, and
    /// that times 32 bits of accrual within 128. Any basis.
    function check_couponFits(uint64 principal, uint32 rate, uint96 yearly, uint32 accrual, uint32 basis)
        external
        pure
    {
        vm.assume(basis != 0);
        unchecked {
            assert(uint256(principal) * rate < 1 << 96);
            assert(uint256(yearly) * accrual < 1 << 128);
            assert(PPM * basis != 0);
            assert(PPM * basis < 1 << 52);
        }
    }

    /// @dev A factor more never makes a product less: of principal and rate, and of that and the accrual. Factors of 96
    /// and 32 bits, any of both.
    function check_couponFactorsGrow(uint96 factor, uint96 larger, uint32 other, uint32 higher) external pure {
        vm.assume(factor <= larger && other <= higher);
        unchecked {
            assert(uint256(factor) * other <= uint256(larger) * other);
            assert(uint256(factor) * other <= uint256(factor) * higher);
        }
    }

    /// @dev A dividend more never makes a quotient less: so more principal, a higher rate, and more days never bear
    /// less, and a coupon of at most `size` is within what `TermsCheck` adds up. Dividends below 2^128, divisors below
    /// 2^52.
    function check_couponGrows(uint128 dividend, uint128 larger, uint56 divisor) external pure {
        vm.assume(divisor != 0 && divisor < 1 << 52 && dividend <= larger);
        assert(dividend / divisor <= larger / divisor);
    }

    // --- Fee, targets, the coverage test, what vouchers are worth ----------------------------------------------------

    /// @dev A fee is at most the collections, and its product can't overflow. Any rate up to 100 %.
    function check_feeWithinCollections(uint64 collections, uint32 rate) external pure {
        vm.assume(rate <= PPM);
        unchecked {
            assert(uint256(collections) * rate < 1 << 96);
            assert(uint256(collections) * rate / PPM <= collections);
        }
    }

    /// @dev A target in proportion to the units sold is at most the target, and at most the units. Any target up to the
    /// size, units up to the size, sizes below 2^64.
    function check_targetWithinUnits(uint64 target, uint64 units, uint64 size) external pure {
        vm.assume(size != 0 && target <= size && units <= size);
        uint256 scaled = _share(target, units, size);
        assert(scaled <= target);
        assert(scaled <= units);
    }

    /// @dev The test can't overflow, and more assets never fail what fewer pass. Assets below 2^66, which three
    /// accounts are; ratios and principal of the terms' widths.
    function check_covers(uint256 assets, uint256 more, uint32 ratio, uint64 principal) external pure {
        vm.assume(assets <= more && more < 1 << 66);
        if (Waterfall.covers(assets, ratio, principal)) assert(Waterfall.covers(more, ratio, principal));
    }

    /// @dev What is free is what the cash is worth, less held and spent units, without wrapping below zero. Any
    /// programme whose held and spent units are within what its cash is worth; unit values below 2^64.
    function check_budgetFree(uint128 cash, uint64 held, uint64 spent, uint64 unitValue) external pure {
        vm.assume(unitValue != 0 && uint256(held) + spent <= cash / unitValue);
        uint256 free = Budget.wrap(cash | (uint256(held) << 128) | (uint256(spent) << 192)).free(unitValue);
        assert(free <= cash / unitValue);
        assert(free + held + spent == cash / unitValue);
    }

    /// @dev Cash that `Vouchers.fund` lets in, since it is worth less than 2^64 units, is within its 128 bits. Any
    /// cash; unit values below 2^64.
    function check_budgetFits(uint256 cash, uint64 unitValue) external pure {
        vm.assume(unitValue != 0 && cash / unitValue <= type(uint64).max);
        assert(cash < 1 << 128);
    }

    /// @dev A closed programme keeps what spent units are worth, and it is within its 128 bits. Any word; unit values
    /// below 2^64.
    function check_budgetClosed(uint128 cash, uint64 held, uint64 spent, uint64 unitValue) external pure {
        Budget b = Budget.wrap(cash | (uint256(held) << 128) | (uint256(spent) << 192)).closed(unitValue);
        unchecked {
            assert(uint256(spent) * unitValue < 1 << 128);
            assert(b.cash() == uint256(spent) * unitValue);
        }
        assert(b.held() == 0);
        assert(b.spent() == spent);
    }
}
