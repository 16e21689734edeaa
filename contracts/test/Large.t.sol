// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISpv, State} from "../src/interfaces/ISpv.sol";
import {Accounts} from "../src/libraries/Waterfall.sol";
import {Deal, Fixture} from "./utils/Fixture.sol";

/// @notice A series a hundred thousand times as large as usual, and as many days later, with its years counted in
/// seconds: 32 bits hold no amount of it, and 16 bits no day and no fraction of a year.
contract LargeTest is Fixture {
    uint32 private constant LARGE = 100_000;
    uint64 private constant ALL = SIZE * LARGE;
    uint64 private constant STEP = ALL / 4;
    uint64 private constant QUARTER = 3 * RENT * LARGE;
    uint64 private constant RESERVE = 10_000_000_000_000;
    // 9 % of it for 90, 91, 92 and 92 days of 365, less what is left over.
    uint64[4] private COUPONS = [66_575_342_465_753, 67_315_068_493_150, 68_054_794_520_547, 68_054_794_520_547];

    function setUp() public override {
        super.setUp();
        _at(ISSUE + LARGE - 10);
        _toOffering(_large());
        for (uint256 i; i < 2; ++i) {
            _subscribe(i == 0 ? alice : bob, ALL / 2);
        }
        _at(ISSUE + LARGE);
        vm.prank(administrator);
        spv.activate();
    }

    function _large() private view returns (Deal memory deal) {
        deal = _deal();
        deal.presentValue *= LARGE;
        deal.offering.softCap *= LARGE;
        deal.offering.cutOffDay += LARGE;
        deal.offering.openDay += LARGE;
        deal.offering.closeDay += LARGE;
        deal.offering.issueDay += LARGE;
        (deal.rules.size, deal.rules.basis) = (ALL, 365 days);
        (deal.rules.feeRate, deal.rules.feeCap, deal.rules.reserveTarget) = (5_000, type(uint64).max, RESERVE);
        deal.rules.ocTrigger = 1_400_000;
        for (uint256 i; i < 4; ++i) {
            deal.periods[i].recordDay += LARGE;
            deal.periods[i].paymentDay += LARGE;
            deal.periods[i].accrual *= 1 days;
            deal.periods[i].target *= LARGE;
        }
        for (uint256 i; i < 12; ++i) {
            deal.pool[i].face *= LARGE;
            deal.pool[i].dueDay += LARGE;
        }
        _seal(deal);
    }

    /// @dev Three rents, and the distribution of their quarter, which sets aside so much.
    function _quarter(uint256 first, uint256 amount) private returns (Accounts memory) {
        for (uint256 i = first; i < first + 3; ++i) {
            _collect(i, RENT * LARGE);
        }
        vm.assertEq(spv.epochAt(_distribute()).amount, amount);
        _solvent();
        return spv.accounts();
    }

    /// @dev A quarter without any rent, one with the rents of two, and two more: each amount by hand.
    function testEveryAccount() public {
        vm.assertEq(spv.periodAt(3).accrual, 92 days);
        vm.assertEq(spv.epochAt(_distribute()).amount, 0);
        Accounts memory a = spv.accounts();
        vm.assertEq(a.arrears, COUPONS[0]);
        vm.assertEq(a.undue, 3 * QUARTER);

        for (uint256 i; i < 3; ++i) {
            _collect(i, RENT * LARGE);
        }
        vm.assertEq(spv.accounts().collections, QUARTER);
        a = _quarter(3, COUPONS[0] + COUPONS[1]);
        vm.assertEq(a.feesPayable, 11_220_718_890_000); // 0.5 % of two quarters
        vm.assertEq(a.reserve, RESERVE);
        vm.assertEq(a.sinking, 2 * STEP);
        vm.assertEq(a.trapped, 2 * QUARTER - a.feesPayable - COUPONS[0] - COUPONS[1] - RESERVE - 2 * STEP);
        vm.assertEq(a.arrears, 0);

        a = _quarter(6, COUPONS[2]);
        vm.assertEq(a.feesPayable, 16_831_078_335_000);
        vm.assertEq(a.trapped, 3 * QUARTER - a.feesPayable - 133_890_410_958_903 - COUPONS[2] - RESERVE - 3 * STEP);
        vm.assertEq(a.principal, ALL);

        a = _quarter(9, COUPONS[3]);
        vm.assertTrue(spv.status().state == State.Matured, "matured");
        vm.assertEq(spv.epochAt(4).amount, ALL);
        vm.assertEq(a.feesPayable, 22_441_437_780_000);
        vm.assertEq(a.residualPayable, 1_195_846_118_220_003); // twelve rents less fees, coupons and principal
        vm.assertEq(a.principal + a.reserve + a.sinking + a.trapped + a.undue, 0);

        _collect(0, RENT * LARGE);
        vm.assertEq(spv.sweep(), RENT * LARGE);
        vm.assertEq(spv.payResidual(), 1_195_846_118_220_003 + RENT * LARGE);
        vm.assertEq(spv.payFees(), 22_441_437_780_000);
        _solvent();
    }

    /// @dev One rent is paid ahead in two parts, and more than it.
    function testPaidAhead() public {
        uint64 rent = RENT * LARGE;
        _collect(6, rent - 1);
        vm.assertEq(spv.periodAt(2).face, 2 * rent + 1);
        vm.assertEq(spv.accounts().undue, 11 * rent + 1);
        _collect(6, rent);
        vm.assertEq(spv.periodAt(2).face, 2 * rent);
        vm.assertEq(spv.accounts().undue, 11 * rent);
        vm.assertEq(spv.receivable(rents[6]).collected, 2 * rent - 1);
    }

    /// @dev Not on the day before: of the record, of the payment, of the expiry.
    function testDays() public {
        uint256 day = ISSUE + LARGE + 84;
        _at(day);
        vm.expectRevert(abi.encodeWithSelector(ISpv.TooEarly.selector, day, day + 1));
        vm.prank(servicer);
        spv.fixRecord();
        _at(day + 1);
        vm.startPrank(servicer);
        spv.fixRecord();
        _at(day + 5);
        vm.expectRevert(abi.encodeWithSelector(ISpv.TooEarly.selector, day + 5, day + 6));
        spv.fund();
        _at(day + 6);
        spv.fund();
        vm.stopPrank();
        vm.assertEq(spv.epochAt(0).expiryDay, day + 6 + 365);
        _at(day + 6 + 365);
        vm.expectRevert(abi.encodeWithSelector(ISpv.TooEarly.selector, day + 371, day + 372));
        spv.close(0);
    }
}
