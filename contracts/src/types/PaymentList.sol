// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISpv} from "../interfaces/ISpv.sol";

/// @notice The payments of one call, in memory as `ISpv.Paid` is logged: the place of the list (0x20), its length, and
/// three words a payment. The compiler would make an object of each, and copy all of them to log them.
/// @dev The address of the list in memory.
type PaymentList is uint256;

using PaymentListLibrary for PaymentList global;

library PaymentListLibrary {
    uint256 private constant HEAD = 0x40;
    uint256 private constant PAYMENT = 0x60;

    /// @dev Room for `length` payments, each to be `set` before it is read.
    function make(uint256 length) internal pure returns (PaymentList list) {
        assembly ("memory-safe") {
            list := mload(0x40)
            mstore(0x40, add(list, add(HEAD, mul(length, PAYMENT))))
            mstore(list, 0x20)
            mstore(add(list, 0x20), length)
        }
    }

    /// @dev The caller keeps `index` below the length.
    function set(PaymentList list, uint256 index, address holder, uint256 units, uint256 amount) internal pure {
        assembly ("memory-safe") {
            let payment := add(add(list, HEAD), mul(index, PAYMENT))
            mstore(payment, holder)
            mstore(add(payment, 0x20), units)
            mstore(add(payment, 0x40), amount)
        }
    }

    /// @dev The caller keeps `index` below the length.
    function get(PaymentList list, uint256 index) internal pure returns (address holder, uint256 amount) {
        assembly ("memory-safe") {
            let payment := add(add(list, HEAD), mul(index, PAYMENT))
            holder := mload(payment)
            amount := mload(add(payment, 0x40))
        }
    }

    /// @dev Emits `ISpv.Paid`.
    function log(PaymentList list, uint256 epoch) internal {
        bytes32 topic = ISpv.Paid.selector;
        assembly ("memory-safe") {
            log2(list, add(HEAD, mul(mload(add(list, 0x20)), PAYMENT)), topic, epoch)
        }
    }
}
