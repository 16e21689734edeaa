// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISpv, State} from "../src/interfaces/ISpv.sol";
import {ActiveFixture} from "./utils/Fixture.sol";

/// @notice After the last period: what is recovered reaches holders, also with a servicer who is against it.
contract RecoveryTest is ActiveFixture {
    function setUp() public override {
        super.setUp();
        for (uint256 i; i < 4; ++i) {
            _distribute(); // nothing was collected
        }
        vm.assertTrue(spv.status().state == State.Defaulted, "defaulted");
        for (uint256 epoch; epoch < 4; ++epoch) {
            spv.pay(epoch, _ids(a1, b1, c1));
        }
        _at(spv.today() + 1);
    }

    function _fund() private returns (uint256 epoch) {
        vm.startPrank(servicer);
        if (!spv.status().recordOpen) spv.fixRecord();
        spv.fund();
        vm.stopPrank();
        return spv.status().epochs - 1;
    }

    function _refusesToFund(bytes memory reason) private {
        if (!spv.status().recordOpen) {
            vm.prank(servicer);
            spv.fixRecord();
        }
        vm.expectRevert(reason);
        vm.prank(servicer);
        spv.fund();
    }

    /// @dev Each receipt has to be counted for each epoch: a servicer's key without a cent makes none.
    function testNoEmptyEpochs() public {
        _refusesToFund(abi.encodeWithSelector(ISpv.NothingToDistribute.selector, 4));
        _at(spv.today() + 100);
        _refusesToFund(abi.encodeWithSelector(ISpv.NothingToDistribute.selector, 4));
        _collect(0, RENT);
        uint256 epoch = _fund();
        vm.assertEq(epoch, 4);
        vm.assertEq(spv.epochAt(epoch).amount, RENT);
        vm.assertEq(spv.pay(epoch, _ids(a1, b1, c1)), RENT);
    }

    /// @dev Nor one for each cent: one a day. The first day is that of the last period's distribution.
    function testOneADay() public {
        _at(spv.today() - 1);
        for (uint256 i; i < 3; ++i) {
            uint256 day = spv.today();
            _collect(0, 100);
            _refusesToFund(abi.encodeWithSelector(ISpv.TooEarly.selector, day, day + 1));
            vm.warp((day + 1) * 1 days - 8 hours - 1);
            _refusesToFund(abi.encodeWithSelector(ISpv.TooEarly.selector, day, day + 1));
            vm.warp((day + 1) * 1 days - 8 hours); // midnight in Shanghai
            vm.assertEq(_fund(), 4 + i);
            vm.assertEq(spv.epochAt(4 + i).expiryDay, day + 1 + 365);
        }
        for (uint256 epoch = 4; epoch < 7; ++epoch) {
            spv.pay(epoch, _ids(a1, b1, c1));
        }
        vm.assertEq(_balance(alice) + _balance(bob) + _balance(carol) + spv.accounts().dust, 300);
    }

    /// @dev What rounding left is something.
    function testDustAlone() public {
        _collect(0, 1);
        vm.assertEq(spv.pay(_fund(), _ids(a1, b1, c1)), 0);
        vm.assertEq(spv.accounts().dust, 1);
        _at(spv.today() + 1);
        vm.assertEq(spv.epochAt(_fund()).amount, 1);
        vm.assertEq(spv.accounts().dust, 0);
    }
}
