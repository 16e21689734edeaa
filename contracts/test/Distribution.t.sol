// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Governed} from "../src/Governed.sol";
import {Collection, Epoch, ISpv, Receivable, State} from "../src/interfaces/ISpv.sol";
import {Accounts, Outcome, Period} from "../src/libraries/Waterfall.sol";
import {Distribution, DistributionLibrary} from "../src/types/Distribution.sol";
import {Deal, Fixture} from "./utils/Fixture.sol";

/// @notice A series from its first rent to its end: on time, late, short, defaulted. The SPV is solvent after each step.
contract DistributionTest is Fixture {
    event StateChanged(State from, State to);
    event Funded(uint256 indexed epoch, uint256 period, uint256 amount, Outcome outcome);
    event EpochClosed(uint256 indexed epoch, uint256 unclaimed, address to);
    event DustKept(uint256 indexed epoch, uint256 amount);

    uint64 internal constant QUARTER = 3 * RENT;
    uint64[4] internal COUPONS = [uint64(665_753_424), 673_150_684, 680_547_945, 680_547_945];
    uint64 internal constant STEP = SIZE / 4;

    uint256 internal a1;
    uint256 internal b1;

    function _start(Deal memory deal) internal {
        _toOffering(deal);
        a1 = _subscribe(alice, SIZE / 2);
        b1 = _subscribe(bob, SIZE / 2);
        _activate();
    }

    function _quarter(uint256 quarter) internal returns (uint256 epoch) {
        _collectQuarter(quarter);
        _solvent();
        epoch = _distribute();
        _solvent();
    }

    function _pay(uint256 epoch) internal {
        spv.pay(epoch, _ids(a1, b1));
        _solvent();
    }

    function _state() internal view returns (State) {
        return spv.status().state;
    }

    // --- On time ---------------------------------------------------------------------------------------------------

    function testReferenceCase() public {
        _start(_deal());
        uint256 residual;
        for (uint256 i; i < 4; ++i) {
            uint256 epoch = _quarter(i);
            vm.assertEq(spv.epochAt(epoch).amount, COUPONS[i]);
            _pay(epoch);
            Accounts memory a = spv.accounts();
            if (i < 3) {
                residual += QUARTER - COUPONS[i] - STEP;
                vm.assertEq(a.sinking, STEP * (i + 1));
                vm.assertEq(a.principal, SIZE);
                vm.assertEq(a.undue, QUARTER * (3 - i));
            }
            // The third coupon is odd, and has two holders: its dust is in the last distribution.
            vm.assertEq(a.residualPayable, i < 3 ? residual : residual + QUARTER - COUPONS[3] - STEP + 1);
            vm.assertEq(a.trapped, 0);
        }
        vm.assertTrue(_state() == State.Matured, "matured");
        vm.assertEq(spv.epochAt(4).amount, SIZE);
        vm.assertTrue(spv.epochAt(4).redemption, "redemption");
        _pay(4);
        vm.assertTrue(_state() == State.Redeemed, "redeemed");
        vm.assertEq(_balance(alice) + _balance(bob), 32_699_999_998 - 2); // 9 % and the principal, less the dust
        spv.payResidual();
        _solvent();
        vm.assertEq(spv.sweep(), 1);
        spv.payResidual();
        vm.assertEq(_balance(originator), SIZE + 12 * uint256(RENT) - _balance(alice) - _balance(bob));
        vm.assertEq(cash.balanceOf(address(spv)), 0);
        vm.assertEq(_owed(), 0);
    }

    /// @dev One event says all of it: the number of the epoch, the period, what holders get, and how it came about.
    function testFundedIsLogged() public {
        _start(_deal());
        _collectQuarter(0);
        Outcome memory o;
        (o.available, o.coupon, o.due, o.paid) = (QUARTER, COUPONS[0], COUPONS[0], COUPONS[0]);
        (o.toSinking, o.residual, o.passed) = (STEP, QUARTER - COUPONS[0] - STEP, true);
        o.assets = 9 * uint256(RENT) + STEP;
        _at(ISSUE + 90);
        spv.fixRecord();
        vm.expectEmit(address(spv));
        emit Funded(0, 0, COUPONS[0], o);
        vm.prank(servicer);
        spv.fund();
    }

    function testPartlySoldScalesTheTargets() public {
        Deal memory deal = _deal();
        _toOffering(deal);
        _subscribe(alice, deal.offering.softCap);
        _activate();
        uint256 epoch = _quarter(0);
        vm.assertEq(spv.epochAt(epoch).amount, uint256(24_000_000_000) * 9 * 90 / 36_500);
        vm.assertEq(spv.accounts().sinking, 6_000_000_000);
    }

    // --- Late and short --------------------------------------------------------------------------------------------

    function testLateQuarterIsMadeGood() public {
        _start(_deal());
        _quarter(0);
        spv.payResidual();
        uint256 epoch = _distribute(); // nothing was collected
        vm.assertEq(spv.epochAt(epoch).amount, 0);
        vm.assertEq(spv.accounts().arrears, COUPONS[1]);
        vm.assertEq(spv.status().arrearsRun, 1);
        vm.assertTrue(_state() == State.Active, "active");
        _collectQuarter(1); // late
        epoch = _quarter(2);
        vm.assertEq(spv.epochAt(epoch).amount, COUPONS[1] + COUPONS[2]);
        vm.assertEq(spv.accounts().arrears, 0);
        vm.assertEq(spv.status().arrearsRun, 0);
        vm.assertEq(spv.accounts().sinking, 3 * STEP);
        _quarter(3);
        vm.assertTrue(_state() == State.Matured, "matured");
        for (uint256 i; i < 5; ++i) {
            _pay(i);
        }
    }

    function testReservePaysAShortCoupon() public {
        Deal memory deal = _deal();
        deal.rules.reserveTarget = 100_000_000;
        _start(deal);
        _quarter(0);
        vm.assertEq(spv.accounts().reserve, 100_000_000);
        _collect(3, 500_000_000);
        uint256 epoch = _distribute();
        vm.assertEq(spv.epochAt(epoch).amount, 600_000_000);
        vm.assertEq(spv.accounts().reserve, 0);
        vm.assertEq(spv.accounts().arrears, COUPONS[1] - 600_000_000);
        _solvent();
        _collectQuarter(1);
        _quarter(2);
        vm.assertEq(spv.accounts().reserve, 100_000_000);
        uint256 residual = spv.accounts().residualPayable;
        _quarter(3); // the reserve is released
        vm.assertEq(
            spv.accounts().residualPayable - residual, 100_000_000 + 3 * STEP + QUARTER - COUPONS[3] - uint256(SIZE)
        );
    }

    function testResidualIsTrappedWhileATestFails() public {
        Deal memory deal = _deal();
        deal.rules.ocTrigger = 1_400_000;
        _start(deal);
        _quarter(0);
        uint256 trapped = QUARTER - COUPONS[0] - STEP;
        vm.assertEq(spv.accounts().trapped, trapped);
        vm.assertEq(spv.payResidual(), 0);
        _quarter(1);
        trapped += QUARTER - COUPONS[1] - STEP;
        vm.assertEq(spv.accounts().trapped, trapped);
        _quarter(2);
        _quarter(3);
        vm.assertEq(spv.accounts().trapped, 0);
        vm.assertEq(spv.accounts().residualPayable, 12 * uint256(RENT) - SIZE - 2_699_999_998);
    }

    /// @dev The next distribution gives the originator nothing, by its event and in the account.
    function _nothingToOriginator(uint256 period, Outcome memory o) internal {
        uint256 residual = spv.accounts().residualPayable;
        _at(spv.periodAt(period).recordDay);
        spv.fixRecord();
        _at(spv.periodAt(period).paymentDay);
        (o.residual, o.passed) = (0, false);
        vm.expectEmit(address(spv));
        emit Funded(period, period, o.paid, o);
        vm.prank(servicer);
        spv.fund();
        vm.assertEq(spv.accounts().residualPayable, residual);
    }

    /// @dev A reserve that is short takes all that is left, before principal and the originator.
    function testNothingToTheOriginatorWhileTheReserveIsShort() public {
        Deal memory deal = _deal();
        deal.rules.reserveTarget = 15_000_000_000;
        _start(deal);
        _collectQuarter(0);
        Outcome memory o;
        (o.available, o.coupon, o.due, o.paid) = (QUARTER, COUPONS[0], COUPONS[0], COUPONS[0]);
        o.toReserve = QUARTER - COUPONS[0];
        o.assets = 9 * uint256(RENT) + o.toReserve;
        _nothingToOriginator(0, o);
        vm.assertEq(spv.accounts().reserve, QUARTER - COUPONS[0]);
        vm.assertEq(spv.accounts().sinking, 0);
        _quarter(1); // the reserve is full, and principal takes what is left
        uint256 left = 2 * uint256(QUARTER) - COUPONS[0] - COUPONS[1] - 15_000_000_000;
        vm.assertEq(spv.accounts().reserve, 15_000_000_000);
        vm.assertEq(spv.accounts().sinking, left);
        vm.assertEq(spv.accounts().residualPayable, 0);
    }

    /// @dev In arrears holders have all that there is.
    function testNothingToTheOriginatorWhileInArrears() public {
        Deal memory deal = _deal();
        deal.rules.arrearsLimit = 9;
        _start(deal);
        _distribute(); // nothing was collected
        _collect(0, COUPONS[0] + COUPONS[1] - 1);
        Outcome memory o;
        o.available = COUPONS[0] + COUPONS[1] - 1;
        (o.coupon, o.due, o.paid) = (COUPONS[1], uint256(COUPONS[0]) + COUPONS[1], o.available);
        o.assets = 6 * uint256(RENT);
        _nothingToOriginator(1, o);
        vm.assertEq(spv.accounts().arrears, 1);
        vm.assertEq(spv.accounts().sinking, 0);
    }

    // --- Acceleration, default, recovery ---------------------------------------------------------------------------

    function testAcceleratesByArrears() public {
        Deal memory deal = _deal();
        deal.rules.ocDefault = 0;
        _start(deal);
        _distribute();
        vm.assertTrue(_state() == State.Active, "one is borne");
        _at(deal.periods[1].paymentDay);
        spv.fixRecord();
        vm.expectEmit(address(spv));
        emit StateChanged(State.Active, State.Accelerated);
        _distribute();
        vm.assertTrue(_state() == State.Accelerated, "two are not");
        _collectQuarter(0);
        uint256 epoch = _quarter(2);
        uint256 due = uint256(COUPONS[0]) + COUPONS[1] + COUPONS[2];
        vm.assertEq(spv.epochAt(epoch).amount, 2 * uint256(QUARTER)); // everything goes to holders
        vm.assertEq(spv.accounts().principal, SIZE - (2 * uint256(QUARTER) - due));
        vm.assertEq(spv.accounts().sinking, 0);
        for (uint256 i; i < 3; ++i) {
            _pay(i);
        }
        vm.assertEq(_balance(alice) + _balance(bob), 2 * uint256(QUARTER));
    }

    function testAcceleratesByOverCollateralisation() public {
        Deal memory deal = _deal();
        deal.rules.arrearsLimit = 9;
        _start(deal);
        _distribute(); // 9 rents to come are 112 %
        vm.assertTrue(_state() == State.Active, "above");
        _distribute(); // 6 rents to come are 75 %
        vm.assertTrue(_state() == State.Accelerated, "below");
    }

    function testDefaultAndRecovery() public {
        _start(_deal());
        for (uint256 i; i < 3; ++i) {
            _quarter(i);
        }
        _distribute();
        vm.assertTrue(_state() == State.Defaulted, "defaulted");
        vm.assertEq(spv.accounts().principal, SIZE + COUPONS[3] - 3 * STEP); // the sinking account went to holders

        vm.expectPartialRevert(Governed.Unauthorized.selector);
        spv.fixRecord();
        _collect(9, RENT);
        _at(spv.today() + 1);
        vm.prank(servicer);
        spv.fixRecord();
        vm.expectPartialRevert(Governed.Unauthorized.selector);
        spv.fund();
        vm.prank(servicer);
        spv.fund();
        vm.assertEq(spv.epochAt(4).amount, RENT); // no further coupon
        vm.assertEq(spv.accounts().principal, SIZE + COUPONS[3] - 3 * STEP - RENT);
        _solvent();

        _collect(10, RENT);
        _collect(11, RENT);
        _at(spv.today() + 1);
        vm.startPrank(servicer);
        spv.fixRecord();
        spv.fund();
        vm.stopPrank();
        vm.assertTrue(_state() == State.Matured, "recovered");
        for (uint256 i; i < 7; ++i) {
            _pay(i);
        }
        vm.assertTrue(_state() == State.Redeemed, "redeemed");
        vm.expectRevert(abi.encodeWithSelector(ISpv.WrongState.selector, State.Redeemed));
        vm.prank(servicer);
        spv.fixRecord();
        vm.assertEq(_balance(alice) + _balance(bob) + spv.accounts().dust, 32_699_999_998);
    }

    // --- Surplus, prepaid, pass-through, fees ----------------------------------------------------------------------

    function testPrepaidAndSurplus() public {
        _start(_deal());
        _collectQuarter(0);
        _collect(3, RENT + 1_000); // of the second quarter: paid ahead, with a surplus
        _collect(4, 600);
        vm.assertEq(spv.accounts().undue, 12 * uint256(RENT) - RENT - 600);
        vm.assertEq(spv.periodAt(1).face, QUARTER - RENT - 600);
        _collect(0, 500); // surplus of what is due
        vm.assertEq(spv.accounts().undue, 12 * uint256(RENT) - RENT - 600);
        _distribute();
        vm.assertEq(spv.accounts().undue, 9 * uint256(RENT) - RENT - 600);
        vm.assertEq(spv.accounts().residualPayable, QUARTER + RENT + 2_100 - COUPONS[0] - STEP);
        vm.assertEq(spv.receivable(rents[3]).collected, RENT + 1_000);
        _collect(4, 400); // not ahead any more
        vm.assertEq(spv.accounts().undue, 9 * uint256(RENT) - RENT - 600);
        _distribute();
        vm.assertEq(spv.accounts().undue, 6 * uint256(RENT));
        _solvent();
    }

    function testPassThrough() public {
        Deal memory deal = _deal();
        deal.rules.bullet = false;
        _start(deal);
        uint256 principal = SIZE;
        for (uint256 i; i < 4; ++i) {
            uint256 epoch = _quarter(i);
            uint256 coupon = principal * 90_000 * deal.periods[i].accrual / 365e6;
            vm.assertEq(spv.epochAt(epoch).amount, i < 3 ? coupon + STEP : coupon);
            principal -= STEP;
            vm.assertEq(spv.accounts().principal, principal);
            _pay(epoch);
        }
        vm.assertEq(spv.epochAt(4).amount, STEP);
        _pay(4);
        vm.assertTrue(_state() == State.Redeemed, "redeemed");
        vm.assertEq(receipts.seriesOf(slot).units(), 0);
    }

    function testFeesAreCapped() public {
        Deal memory deal = _deal();
        deal.rules.feeRate = 5_000;
        deal.rules.feeCap = 30_000_000;
        _start(deal);
        _collect(0, 1_000_000_199);
        _distribute();
        vm.assertEq(spv.accounts().feesPayable, 5_000_000); // rounded down
        _quarter(1);
        vm.assertEq(spv.accounts().feesPayable, 35_000_000);
        vm.assertEq(spv.payFees(), 35_000_000);
        vm.assertEq(_balance(feeRecipient), 35_000_000);
        vm.assertEq(spv.payFees(), 0);
        _solvent();
    }

    // --- Who and when ----------------------------------------------------------------------------------------------

    function testWhoMayFixAndFundWhen() public {
        Deal memory deal = _deal();
        _start(deal);
        for (uint256 i; i < 4; ++i) {
            _collectQuarter(i);
            _strangersDistribute(deal, i);
        }
        vm.assertTrue(_state() == State.Matured, "matured");
        vm.assertEq(spv.status().epochs, 5); // and the redemption
    }

    /// @dev Without any rent, and so in acceleration as well, up to and with the last period.
    function testNoDistributionWaitsForTheServicer() public {
        Deal memory deal = _deal();
        _start(deal);
        for (uint256 i; i < 4; ++i) {
            vm.assertTrue(_state() == (i < 2 ? State.Active : State.Accelerated), "state");
            _strangersDistribute(deal, i);
        }
        vm.assertTrue(_state() == State.Defaulted, "defaulted");
        vm.assertEq(spv.status().epochs, 4);
    }

    /// @dev A whole period without the servicer: nothing before its day, nor twice; after the grace days anyone may
    /// fund.
    function _strangersDistribute(Deal memory deal, uint256 i) internal {
        (uint256 recordDay, uint256 paymentDay) = (deal.periods[i].recordDay, deal.periods[i].paymentDay);
        vm.expectRevert(abi.encodeWithSelector(ISpv.RecordState.selector, false));
        spv.fund();
        _at(recordDay - 1);
        vm.expectRevert(abi.encodeWithSelector(ISpv.TooEarly.selector, recordDay - 1, recordDay));
        vm.prank(servicer);
        spv.fixRecord();
        _at(recordDay);
        vm.prank(stranger);
        spv.fixRecord();
        vm.expectRevert(abi.encodeWithSelector(ISpv.RecordState.selector, true));
        spv.fixRecord();
        _at(paymentDay - 1);
        vm.expectRevert(abi.encodeWithSelector(ISpv.TooEarly.selector, paymentDay - 1, paymentDay));
        vm.prank(servicer);
        spv.fund();
        bytes memory notYet = abi.encodeWithSelector(Governed.Unauthorized.selector, stranger, ISpv.fund.selector);
        for (uint256 day = paymentDay; day < paymentDay + 10; day += 9) {
            _at(day);
            vm.expectRevert(notYet);
            vm.prank(stranger);
            spv.fund();
        }
        _at(paymentDay + 10);
        vm.prank(stranger);
        spv.fund();
        vm.assertEq(spv.status().period, i + 1);
        _solvent();
    }

    function testCollectRefusals() public {
        Deal memory deal = _deal();
        _toOffering(deal);
        Collection[] memory items = new Collection[](1);
        items[0] = Collection(rents[0], 5);
        vm.startPrank(servicer);
        vm.expectRevert(abi.encodeWithSelector(ISpv.WrongState.selector, State.Offering));
        spv.collect(items);
        vm.stopPrank();
        _subscribe(alice, SIZE);
        _activate();
        vm.expectPartialRevert(Governed.Unauthorized.selector);
        spv.collect(items);
        vm.startPrank(servicer);
        items[0].amount = 0;
        vm.expectRevert(abi.encodeWithSelector(ISpv.NothingGiven.selector, rents[0]));
        spv.collect(items);
        items[0] = Collection(keccak256("other"), 5);
        vm.expectRevert(abi.encodeWithSelector(ISpv.UnknownReceivable.selector, keccak256("other")));
        spv.collect(items);
        vm.stopPrank();
    }

    // --- Expiry and what comes late --------------------------------------------------------------------------------

    function testUnclaimedExpires() public {
        _start(_deal());
        uint256 epoch = _quarter(0);
        spv.pay(epoch, _ids(a1));
        uint256 last = ISSUE + 90 + 365;
        vm.assertEq(spv.epochAt(epoch).expiryDay, last);
        _at(last);
        vm.expectRevert(abi.encodeWithSelector(ISpv.TooEarly.selector, last, last + 1));
        spv.close(epoch);
        _at(last + 1);
        vm.expectEmit(address(spv));
        emit EpochClosed(epoch, COUPONS[0] / 2, unclaimedTo);
        spv.close(epoch);
        vm.assertEq(_balance(unclaimedTo), COUPONS[0] / 2);
        _solvent();
        vm.expectRevert(abi.encodeWithSelector(ISpv.NothingToPay.selector, epoch));
        spv.close(epoch);
        vm.expectRevert(abi.encodeWithSelector(ISpv.NotFunded.selector, 1));
        spv.close(1);
        spv.pay(epoch, _ids(b1)); // too late: counted, not paid
        vm.assertEq(_balance(bob), 0);
        vm.assertEq(receipts.positionOf(b1).epoch(), 1);
        vm.assertEq(spv.accounts().dust, 0);
        _solvent();
    }

    /// @dev Who has all units is paid nothing of what is closed, as anyone.
    function testTheOnlyHolderComesTooLate() public {
        _toOffering(_deal());
        a1 = _subscribe(alice, SIZE);
        _activate();
        uint256 epoch = _quarter(0);
        _at(spv.epochAt(epoch).expiryDay + 1);
        spv.close(epoch);
        vm.assertEq(spv.pay(epoch, _ids(a1)), 0);
        vm.assertEq(spv.epochAt(epoch).unitsPaid, SIZE);
        _solvent();
    }

    /// @dev The third coupon is the first odd one, which two holders can't share.
    function testNoDustIsNotLogged() public {
        _start(_deal());
        for (uint256 i; i < 3; ++i) {
            uint256 epoch = _quarter(i);
            uint256 dust = COUPONS[i] % 2;
            vm.expectEmit(address(spv), uint64(dust));
            emit DustKept(epoch, dust);
            _pay(epoch);
        }
    }

    function testClosedRedemptionEndsTheSeries() public {
        _start(_deal());
        for (uint256 i; i < 4; ++i) {
            _quarter(i);
        }
        for (uint256 i; i < 5; ++i) {
            spv.pay(i, _ids(a1));
        }
        _at(ISSUE + 365 + 366);
        for (uint256 i; i < 5; ++i) {
            spv.close(i);
        }
        vm.assertTrue(_state() == State.Redeemed, "redeemed");
        vm.assertEq(_balance(unclaimedTo), 32_699_999_998 - _balance(alice));
        for (uint256 i; i < 5; ++i) {
            _pay2(i);
        }
        vm.assertEq(_balance(bob), 0);
        vm.assertEq(receipts.seriesOf(slot).units(), 0);
    }

    function _pay2(uint256 epoch) internal {
        spv.pay(epoch, _ids(b1));
        _solvent();
    }

    function testSweepTakesWhatComesLate() public {
        _start(_deal());
        vm.expectRevert(abi.encodeWithSelector(ISpv.WrongState.selector, State.Active));
        spv.sweep();
        for (uint256 i; i < 4; ++i) {
            _quarter(i);
        }
        spv.payResidual();
        _collect(0, 77);
        vm.assertEq(spv.sweep(), 77);
        vm.assertEq(spv.payResidual(), 77);
        _solvent();
    }

    // --- One word for plan and pot ---------------------------------------------------------------------------------

    function testFuzzPlanAndPotInOneWord(Period memory p, uint56[3] memory amounts, uint56 units, uint24 day) public {
        vm.assertEq(abi.encode(DistributionLibrary.plan(p).period()), abi.encode(p));
        vm.assertTrue(!DistributionLibrary.plan(p).funded(), "planned");
        (uint256 paid, uint256 counted) = (amounts[1] % (uint256(amounts[0]) + 1), amounts[2] % (uint256(units) + 1));
        Distribution pot = DistributionLibrary.fund(amounts[0], units, day, day % 2 == 0).plusPaid(paid, counted);
        if (units % 2 == 0) pot = pot.asClosed();
        vm.assertTrue(pot.funded(), "funded");
        vm.assertEq(pot.amount(), amounts[0]);
        vm.assertEq(pot.units(), units);
        vm.assertEq(pot.paid(), paid);
        vm.assertEq(pot.unitsPaid(), counted);
        vm.assertEq(pot.expiryDay(), day);
        vm.assertTrue(pot.redemption() == (day % 2 == 0) && pot.closed() == (units % 2 == 0), "flags");
    }

    /// @dev Each field's lowest bit is beside its neighbour's highest: targets, faces and units are odd.
    function testOddNumbersStayInTheirFields() public {
        Deal memory deal = _deal();
        deal.rules.size = SIZE + 1;
        for (uint256 i; i < 4; ++i) {
            deal.periods[i].target += 1;
            deal.pool[3 * i].face += 1;
        }
        _seal(deal);
        _toOffering(deal);
        a1 = _subscribe(alice, SOME + 1);
        b1 = _subscribe(bob, SIZE - SOME);
        _activate();
        for (uint256 i; i < 4; ++i) {
            deal.periods[i].face = QUARTER + 1;
            vm.assertEq(abi.encode(spv.periodAt(i)), abi.encode(deal.periods[i]));
        }
        uint256 epoch = _quarter(0);
        uint256 amount = uint256(SIZE + 1) * 9 * 90 / 36_500;
        uint256 share = amount * (SOME + 1) / (SIZE + 1);
        vm.assertEq(spv.pay(epoch, _ids(a1)), share);
        Epoch memory pot = Epoch(amount, share, SOME + 1, SIZE + 1, ISSUE + 90 + 365, false, false);
        vm.assertEq(abi.encode(spv.epochAt(epoch)), abi.encode(pot));
    }

    /// @dev Repaid in the second of four periods: the redemption has the third one's number. Rents for the third and
    /// fourth that come in then leave it as it is, and what was paid ahead before is not in it either.
    function testRentPaidAheadAfterMaturityTouchesNoPot() public {
        Deal memory deal = _deal();
        deal.rules.bullet = false;
        (deal.periods[0].target, deal.periods[1].target, deal.periods[2].target) = (SIZE / 3, SIZE, SIZE);
        _start(deal);
        _quarter(0);
        _collectQuarter(2); // ahead
        _quarter(1);
        vm.assertTrue(_state() == State.Matured, "matured");
        bytes memory before = abi.encode(spv.epochAt(0), spv.epochAt(1), spv.epochAt(2));
        vm.assertTrue(spv.epochAt(2).redemption, "redemption");
        vm.assertEq(spv.periodAt(2).paymentDay, 0);
        for (uint256 i = 6; i < 12; ++i) {
            _collect(i, RENT + 7);
        }
        vm.assertEq(abi.encode(spv.epochAt(0), spv.epochAt(1), spv.epochAt(2)), before);
        vm.assertEq(spv.periodAt(3).face, 0);
        for (uint256 i; i < 3; ++i) {
            _pay(i);
        }
        vm.assertTrue(_state() == State.Redeemed, "redeemed");
        spv.sweep();
        spv.payResidual();
        vm.assertEq(_owed(), 0);
        vm.assertEq(cash.balanceOf(address(spv)), 0);
    }

    // --- Long ------------------------------------------------------------------------------------------------------

    /// @dev 300 daily periods, all in arrears: more than the counter of arrears could count.
    function testLongArrearsDoNotStopDistributions() public {
        Deal memory deal = _deal();
        deal.rules.ocDefault = 0;
        deal.periods = new Period[](300);
        for (uint256 i; i < 300; ++i) {
            uint32 day = uint32(ISSUE + i + 1);
            deal.periods[i] = Period(day, day, 1, uint64(SIZE * (i + 1) / 300), 0);
        }
        Receivable[] memory pool = new Receivable[](2);
        for (uint256 i; i < 2; ++i) {
            pool[i] = Receivable(keccak256(abi.encode(i)), 7 * RENT, uint32(ISSUE + 300));
        }
        deal.pool = pool;
        _seal(deal);
        _start(deal);
        for (uint256 i; i < 256; ++i) {
            _distribute();
        }
        vm.assertTrue(_state() == State.Accelerated, "accelerated");
    }
}
