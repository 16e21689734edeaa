// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Svm} from "./Svm.sol";
import {Vm} from "../../test/utils/Vm.sol";

/// @notice What `Waterfall` uses of OpenZeppelin's `Math`, which chooses by a product with zero or one. Here a result
/// is any number of which holds what is said of it: no path splits, and on each all is sums and differences.
/// `check_plainMath` proves that OpenZeppelin's results are such numbers, and that there are no others.
library Math {
    Svm private constant svm = Svm(0xF3993A62377BCd56AE39D773740A5390411E8BC9);
    Vm private constant vm = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);

    function min(uint256 a, uint256 b) internal pure returns (uint256 least) {
        least = svm.createUint256("least");
        vm.assume(isMin(a, b, least));
    }

    function saturatingSub(uint256 a, uint256 b) internal pure returns (uint256 left) {
        left = svm.createUint256("left");
        vm.assume(isLeft(a, b, left));
    }

    /// @dev Either `a` is not more than `b` and it is `a`, or `a` is not less than `b` and it is `b`.
    function isMin(uint256 a, uint256 b, uint256 least) internal pure returns (bool holds) {
        assembly ("memory-safe") {
            holds := or(and(iszero(gt(a, b)), eq(least, a)), and(iszero(lt(a, b)), eq(least, b)))
        }
    }

    /// @dev Either `a` is more than `b` and it is the difference, or `a` is not more than `b` and it is zero.
    function isLeft(uint256 a, uint256 b, uint256 left) internal pure returns (bool holds) {
        assembly ("memory-safe") {
            holds := or(and(gt(a, b), eq(left, sub(a, b))), and(iszero(gt(a, b)), iszero(left)))
        }
    }
}
