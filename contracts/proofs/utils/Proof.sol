// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "../../test/utils/Vm.sol";
// Named in foundry.toml only, in the place of OpenZeppelin's, so forge would not see that proofs need it.
import {Math as PlainMath} from "./PlainMath.sol";

/// @notice What proofs have in common. halmos runs each function whose name begins with `check_` for all arguments at
/// once; a proof fails if any `assert` can fail. With `--panic-error-codes *` it also fails if anything else can panic:
/// overflow, division by zero.
/// @dev A contract's proofs are bit by bit unless it asks for `cvc5-int`, which reasons about integers: products and
/// quotients as wide as they are.
abstract contract Proof {
    Vm internal constant vm = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);

    /// @dev Bits of a word.
    function _bits(uint256 word, uint256 from, uint256 width) internal pure returns (uint256) {
        return (word >> from) & ((1 << width) - 1);
    }

    /// @dev The word with these bits in place of those that it has.
    function _with(uint256 word, uint256 from, uint256 width, uint256 bits) internal pure returns (uint256) {
        uint256 mask = ((1 << width) - 1) << from;
        return (word & ~mask) | (bits << from);
    }

    function _min(uint256 x, uint256 y) internal pure returns (uint256) {
        return x < y ? x : y;
    }
}
