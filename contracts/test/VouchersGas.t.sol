// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {VoucherFixture} from "./utils/VoucherFixture.sol";

/// @notice Gas of an issue to 1,000 accounts, for the call alone: the claims contract needs its part of what a whole
/// claim may take (`Claims.t.sol`). Of this, 2,600 for each account is a look at its code.
abstract contract VouchersGas is VoucherFixture {
    uint256 internal constant ACCOUNTS = 1_000;

    function setUp() public virtual override {
        super.setUp();
        _fund(id, 100_000);
    }

    /// @return perAccount What the call takes, without making its data.
    function _measure(uint256 points) internal returns (uint256 perAccount) {
        uint256[] memory words = new uint256[](ACCOUNTS);
        for (uint256 i; i < ACCOUNTS; ++i) {
            words[i] = _word(address(uint160(uint256(keccak256(abi.encode(i))))), points);
        }
        bytes memory data = abi.encodeCall(vouchers.issue, (id, words));
        address target = address(vouchers);
        bool success;
        vm.prank(claims);
        assembly ("memory-safe") {
            let before := gas()
            success := call(gas(), target, 0, add(data, 0x20), mload(data), 0, 0)
            perAccount := div(sub(before, gas()), ACCOUNTS)
        }
        vm.assertTrue(success, "issued");
    }
}

contract VouchersGasFirstTest is VouchersGas {
    function testGasOfTheFirstIssue() public {
        uint256 gas = _measure(10 * POINTS);
        vm.assertEq(_held(id), 10 * ACCOUNTS);
        vm.assertLe(gas, 27_600, "first time");
    }
}

contract VouchersGasLaterTest is VouchersGas {
    function setUp() public override {
        super.setUp();
        _measure(10 * POINTS);
    }

    function testGasOfALaterIssue() public {
        uint256 gas = _measure(25 * POINTS);
        vm.assertEq(_held(id), 25 * ACCOUNTS);
        vm.assertLe(gas, 10_500, "later");
    }
}
