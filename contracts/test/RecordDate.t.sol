// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IComputeReceipt} from "../src/interfaces/IComputeReceipt.sol";
import {Epoch, ISpv, Payment, State} from "../src/interfaces/ISpv.sol";
import {Period} from "../src/libraries/Waterfall.sol";
import {Deal} from "./utils/Fixture.sol";
import {RecordFixture} from "./utils/RecordFixture.sol";

/// @notice Who is paid for a record date, how much, and only once. Receipts that moved since are in `Kept.t.sol`.
contract RecordDateTest is RecordFixture {
    event Paid(uint256 indexed epoch, Payment[] payments);
    event RecordFixed(uint256 indexed slot, uint256 indexed epoch, uint256 units);
    event DustKept(uint256 indexed epoch, uint256 amount);

    // --- Untouched receipts ----------------------------------------------------------------------------------------

    function testUntouchedArePaid() public {
        uint256 epoch = _distributeQuarter(0);
        uint256 total = spv.pay(epoch, _ids(a1, b1, c1));
        vm.assertEq(_balance(alice), FIRST / 2);
        vm.assertEq(_balance(bob), FIRST * 3 / 10);
        vm.assertEq(_balance(carol), FIRST / 5);
        vm.assertEq(total, _balance(alice) + _balance(bob) + _balance(carol));
        vm.assertEq(spv.accounts().dust, FIRST - total);
        vm.assertEq(spv.epochAt(epoch).unitsPaid, SIZE);
        vm.assertEq(receipts.positionOf(a1).epoch(), 1);
        _solvent();
    }

    /// @dev As the compiler would log it: `PaymentList` writes the event by hand. A run of receipts of one holder is
    /// one payment, and one that holds nothing is none.
    function testPaidIsLoggedOnceACall() public {
        vm.startPrank(alice);
        uint256 piece = receipts.split(a1, _ids(SOME))[0];
        uint256 empty = receipts.split(a1, _ids(1))[0];
        receipts.transferFrom(empty, a1, 1);
        vm.stopPrank();
        uint256 epoch = _distributeQuarter(0);
        Payment[] memory payments = new Payment[](2);
        payments[0] = Payment(alice, SIZE / 2, FIRST / 2);
        payments[1] = Payment(bob, SIZE * 3 / 10, _share(FIRST, SIZE * 3 / 10));
        vm.expectEmit(address(spv));
        emit Paid(epoch, payments);
        uint256[] memory list = new uint256[](4);
        (list[0], list[1], list[2], list[3]) = (a1, piece, empty, b1);
        spv.pay(epoch, list);

        payments = new Payment[](1);
        payments[0] = Payment(carol, SIZE / 5, _share(FIRST, SIZE / 5));
        vm.expectEmit(address(spv));
        emit Paid(epoch, payments);
        vm.expectEmit(address(spv));
        emit DustKept(epoch, 1);
        spv.pay(epoch, _ids(c1));
    }

    function testNobodyTwice() public {
        uint256 epoch = _distributeQuarter(0);
        spv.pay(epoch, _ids(a1, a1, a1));
        vm.assertEq(_balance(alice), FIRST / 2);
        vm.assertEq(spv.epochAt(epoch).unitsPaid, SIZE / 2);
        _paysNothing(epoch, _ids(a1));
        spv.pay(epoch, _ids(a1, b1, a1)); // resumed: alice is passed over
        vm.assertEq(_balance(alice), FIRST / 2);
        vm.assertEq(_balance(bob), FIRST * 3 / 10);
    }

    function testNotBeforeItIsFunded() public {
        _at(ISSUE + 85);
        vm.expectEmit(address(receipts));
        emit RecordFixed(slot, 0, SIZE);
        spv.fixRecord();
        vm.expectRevert(abi.encodeWithSelector(ISpv.NotFunded.selector, 0));
        spv.pay(0, _ids(a1));
    }

    function testSeveralMissedEpochsInOrder() public {
        _distributeQuarter(0);
        uint256 second = _distributeQuarter(1);
        _paysNothing(second, _ids(a1)); // the first comes first
        spv.pay(0, _ids(a1));
        spv.pay(second, _ids(a1));
        vm.assertEq(_balance(alice), FIRST / 2 + SECOND / 2);
    }

    function testPassedOver() public {
        uint256 epoch = _distributeQuarter(0);
        _paysNothing(epoch, new uint256[](0));
        _paysNothing(epoch, _ids(a1 + 50));
        spv.pay(epoch, _ids(a1 + 50, a1));
        vm.assertEq(_balance(alice), FIRST / 2);
    }

    function testReceiptsOfAnotherSeriesAreRefused() public {
        uint256 epoch = _distributeQuarter(0);
        uint256 other = a1 + (1 << 64);
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.SlotMismatch.selector, slot, slot + 1));
        spv.pay(epoch, _ids(a1, other));
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.NotIssuer.selector, slot + 1, address(spv)));
        spv.pay(epoch, _ids(other, a1));
        vm.assertEq(_balance(alice), 0);
    }

    /// @dev Another series of the same holder has its own records and its own money.
    function testAnotherSeriesHasItsOwnRecords() public {
        (ISpv first, uint256 firstSlot) = (spv, slot);
        Deal memory deal = _deal();
        deal.parties.termsHash = keccak256("CRT02");
        for (uint256 i; i < deal.pool.length; ++i) {
            deal.pool[i].id = keccak256(abi.encode("CRT02", i));
        }
        _seal(deal);
        _at(ISSUE - 10);
        _toOffering(deal);
        uint256 second = _subscribe(alice, SOME);
        (spv, slot) = (first, firstSlot);
        for (uint256 i; i < 12; ++i) {
            rents[i] = _deal().pool[i].id;
        }
        vm.prank(alice);
        uint256 piece = receipts.split(a1, _ids(SOME))[0];
        uint256 epoch = _distributeQuarter(0);
        spv.pay(epoch, _ids(a1, piece));
        vm.assertEq(_balance(alice), FIRST / 2);
        vm.assertEq(receipts.positionOf(second).epoch(), 0);
        vm.assertEq(receipts.balanceOf(alice), 3);
    }

    // --- Freezes ---------------------------------------------------------------------------------------------------

    function testFrozenIsPassedOverAndPaidLater() public {
        _freeze(a1, true);
        _freeze(bob, true);
        uint256 epoch = _distributeQuarter(0);
        spv.pay(epoch, _ids(a1, b1, c1));
        vm.assertEq(_balance(alice) + _balance(bob), 0);
        vm.assertEq(_balance(carol), FIRST / 5);
        _freeze(a1, false);
        _freeze(bob, false);
        spv.pay(epoch, _ids(a1, b1));
        vm.assertEq(_balance(alice), FIRST / 2);
        vm.assertEq(_balance(bob), FIRST * 3 / 10);
    }

    // --- Rounding --------------------------------------------------------------------------------------------------

    /// @dev Each run of receipts of one holder is rounded down once: in two runs it is two payments.
    function testRoundedDownOnceARun() public {
        vm.startPrank(alice);
        uint256[] memory ones = receipts.split(a1, _ids(30, 30, 30)); // 30 units are 0.66 of a coupon, 90 are 1.997
        vm.stopPrank();
        uint256 epoch = _distributeQuarter(0);
        vm.assertEq(spv.pay(epoch, _ids(ones[0], ones[1])), 1);
        vm.assertEq(spv.pay(epoch, _ids(ones[2])), 0);
        vm.assertEq(spv.epochAt(epoch).unitsPaid, 90);
        spv.pay(epoch, _ids(b1, c1));
        spv.pay(epoch, _ids(a1));
        vm.assertEq(_balance(alice), _share(FIRST, 60) + _share(FIRST, 30) + _share(FIRST, SIZE / 2 - 90));
        vm.assertEq(spv.accounts().dust, FIRST - _balance(alice) - _balance(bob) - _balance(carol));
        vm.assertEq(spv.epochAt(epoch).paid, FIRST);
    }

    /// @dev The same holding in four receipts, paid in any order and any grouping, some of them sold since: never more
    /// than in one payment, and in n payments less than n minor units less. The rest is dust.
    function testFuzzCutMakesNoDifference(uint64 x, uint64 y, uint64 z, uint8 order, uint8 moved) public {
        uint256 rest = SIZE / 2 - 3;
        uint256[] memory parts = _ids(1 + x % rest, 1, 1);
        rest = SIZE / 2 - parts[0] - 1;
        parts[1] = 1 + y % (rest - 1);
        parts[2] = 1 + z % (rest - parts[1]);
        vm.prank(alice);
        uint256[] memory made = receipts.split(a1, parts);
        uint256[4] memory all = [a1, made[0], made[1], made[2]];
        uint256 epoch = _distributeQuarter(0);
        for (uint256 i; i < 4; ++i) {
            if (moved & (1 << i) == 0) continue;
            vm.prank(alice);
            receipts.transferFrom(alice, dave, all[i]);
        }
        uint256 runs;
        for (uint256 i; i < 4; ++i) {
            uint256 next = (i + order) % 4;
            uint256[] memory list = order & 16 == 0 ? _ids(all[next]) : _ids(all[next], b1, all[(next + 1) % 4]);
            if (order & 32 != 0) list = _ids(all[next], all[next], all[(next + 1) % 4]);
            try spv.pay(epoch, list) {
                runs += order & 48 == 16 ? 2 : 1; // at most two, around bob
            } catch {}
        }
        vm.assertLe(_balance(alice), FIRST / 2, "never more");
        vm.assertGe(_balance(alice) + runs, FIRST / 2 + 1, "less than one a payment");
        vm.assertEq(_balance(dave), 0);
        try spv.pay(epoch, _ids(b1, c1)) {} catch {}
        try spv.pay(epoch, _ids(c1)) {} catch {}
        vm.assertEq(spv.epochAt(epoch).unitsPaid, SIZE);
        vm.assertEq(spv.epochAt(epoch).paid, FIRST);
        vm.assertEq(spv.accounts().dust, FIRST - _balance(alice) - _balance(bob) - _balance(carol));
    }

    // --- Redemption ------------------------------------------------------------------------------------------------

    function testRedemptionRetires() public {
        uint256 last = _mature();
        _paysNothing(last + 1, _ids(a1)); // earlier coupons come first
        for (uint256 epoch; epoch <= last + 1; ++epoch) {
            spv.pay(epoch, _ids(a1, b1, c1));
        }
        vm.assertEq(_balance(alice), (665_753_424 + 673_150_684 + uint256(680_547_945) / 2 * 2 * 2) / 2 + SIZE / 2);
        vm.assertEq(receipts.seriesOf(slot).units(), 0);
        vm.assertEq(receipts.balanceOf(alice), 0);
        vm.assertTrue(spv.status().state == State.Redeemed, "redeemed");
        _solvent();
    }

    function testRedemptionInPieces() public {
        vm.prank(alice);
        uint256 piece = receipts.split(a1, _ids(SOME))[0];
        uint256 last = _mature();
        for (uint256 epoch; epoch <= last; ++epoch) {
            spv.pay(epoch, _ids(a1, piece));
        }
        uint256 before = _balance(alice);
        spv.pay(last + 1, _ids(piece));
        spv.pay(last + 1, _ids(a1, piece, a1));
        vm.assertEq(_balance(alice) - before, SIZE / 2);
        vm.assertEq(receipts.seriesOf(slot).units(), SIZE / 2);
    }

    /// @dev A court can still say to whom the principal goes; coupons of earlier records stay where they were earned.
    function testForcedTransferInRedemptionMovesThePrincipal() public {
        uint256 last = _mature();
        vm.prank(compliance);
        uint256 moved = receipts.forcedTransfer(a1, dave, SIZE / 2, "court");
        uint256 before = _balance(dave);
        for (uint256 epoch; epoch <= last; ++epoch) {
            vm.assertTrue(spv.pay(epoch, _ids(a1)) > 0, "coupon to who held at the record");
            spv.pay(epoch, _ids(b1, c1));
        }
        vm.assertEq(spv.pay(last + 1, _ids(moved, b1, c1)), SIZE);
        vm.assertEq(_balance(dave) - before, SIZE / 2);
        vm.assertEq(receipts.seriesOf(slot).units(), 0);
        vm.assertTrue(spv.status().state == State.Redeemed, "redeemed");
        _solvent();
    }

    function testNothingMovesInRedemption() public {
        _mature();
        bytes memory reason =
            abi.encodeWithSelector(IComputeReceipt.SeriesNotMovable.selector, slot, false, false, true);
        vm.expectRevert(reason);
        vm.prank(alice);
        receipts.transferFrom(alice, dave, a1);
        vm.expectRevert(reason);
        vm.prank(alice);
        receipts.transferFrom(a1, b1, 5);
    }

    /// @dev What was planned for a period is over when it is funded: one word holds both, one after the other.
    function testAPlanGivesWayToWhatIsFunded() public {
        vm.assertEq(spv.periodAt(3).paymentDay, ISSUE + 365);
        vm.assertEq(abi.encode(spv.epochAt(3)), abi.encode(Epoch(0, 0, 0, 0, 0, false, false)));
        uint256 last = _mature();
        vm.assertEq(abi.encode(spv.periodAt(3)), abi.encode(Period(0, 0, 0, 0, 0)));
        uint256 expiry = ISSUE + 2 * 365;
        vm.assertEq(abi.encode(spv.epochAt(last)), abi.encode(Epoch(680_547_945, 0, 0, SIZE, expiry, false, false)));
        vm.assertEq(abi.encode(spv.epochAt(last + 1)), abi.encode(Epoch(SIZE, 0, 0, SIZE, expiry, true, false)));
    }

    // --- What strangers can't do ----------------------------------------------------------------------------------

    /// @dev By moving nothing a stranger could touch everybody's receipts before a push run, which would then read and
    /// pay a kept record for each: nobody's receipt is touched.
    function testStrangerSpoilsThePushRun() public {
        uint256 epoch = _distributeQuarter(0);
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.InsufficientAllowance.selector, a1, stranger, 0, 0));
        vm.prank(stranger);
        receipts.transferFrom(a1, b1, 0);
        vm.assertEq(receipts.positionOf(a1).epoch(), epoch);
        vm.assertEq(spv.pay(epoch, _ids(a1, b1)), FIRST / 2 + FIRST * 3 / 10);
    }
}
