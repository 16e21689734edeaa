// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IComputeReceipt} from "../src/interfaces/IComputeReceipt.sol";
import {ISpv, State} from "../src/interfaces/ISpv.sol";
import {ActiveFixture, Deal} from "./utils/Fixture.sol";

/// @notice Who is paid for a record date, how much, and only once.
contract RecordDateTest is ActiveFixture {
    event Credited(uint256 indexed slot, uint256 indexed epoch, address indexed holder, uint256 units);
    event Paid(uint256 indexed epoch, address indexed holder, uint256 units, uint256 amount);

    uint256 internal constant FIRST = 665_753_424; // coupons of CRT01
    uint256 internal constant SECOND = 673_150_684;

    function _distributeQuarter(uint256 quarter) internal returns (uint256 epoch) {
        _collectQuarter(quarter);
        return _distribute();
    }

    function _share(uint256 amount, uint256 units) internal pure returns (uint256) {
        return amount * units / SIZE;
    }

    function _payCredits(uint256 epoch, address holder) internal returns (uint256) {
        return spv.payCredits(epoch, _holders(holder));
    }

    // --- Untouched receipts ----------------------------------------------------------------------------------------

    function testUntouchedArePaid() public {
        uint256 epoch = _distributeQuarter(0);
        vm.expectEmit(address(spv));
        emit Paid(epoch, alice, SIZE / 2, FIRST / 2);
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

    function testNobodyTwice() public {
        uint256 epoch = _distributeQuarter(0);
        spv.pay(epoch, _ids(a1, a1, a1));
        vm.assertEq(_balance(alice), FIRST / 2);
        vm.expectRevert(abi.encodeWithSelector(ISpv.NothingToPay.selector, epoch));
        spv.pay(epoch, _ids(a1));
        vm.expectRevert(abi.encodeWithSelector(ISpv.NothingToPay.selector, epoch));
        _payCredits(epoch, alice);
        spv.pay(epoch, _ids(a1, b1, a1)); // resumed: alice is passed over
        vm.assertEq(_balance(alice), FIRST / 2);
        vm.assertEq(_balance(bob), FIRST * 3 / 10);
    }

    function testNotBeforeItIsFunded() public {
        _at(ISSUE + 85);
        spv.fixRecord();
        vm.expectRevert(abi.encodeWithSelector(ISpv.NotFunded.selector, 0));
        spv.pay(0, _ids(a1));
        vm.expectRevert(abi.encodeWithSelector(ISpv.NotFunded.selector, 0));
        _payCredits(0, alice);
    }

    function testSeveralMissedEpochsInOrder() public {
        _distributeQuarter(0);
        uint256 second = _distributeQuarter(1);
        vm.expectRevert(abi.encodeWithSelector(ISpv.NothingToPay.selector, second));
        spv.pay(second, _ids(a1)); // the first comes first
        spv.pay(0, _ids(a1));
        spv.pay(second, _ids(a1));
        vm.assertEq(_balance(alice), FIRST / 2 + SECOND / 2);
    }

    function testPassedOver() public {
        uint256 epoch = _distributeQuarter(0);
        uint256[] memory odd = _ids(a1 + 50, a1 + (1 << 64), a1);
        spv.pay(epoch, odd);
        vm.assertEq(_balance(alice), FIRST / 2);
    }

    // --- Receipts that move between record and payment ---------------------------------------------------------------

    function testSellerIsPaid() public {
        _collectQuarter(0);
        _at(ISSUE + 85);
        spv.fixRecord();
        vm.expectEmit(address(receipts));
        emit Credited(slot, 0, alice, SIZE / 2);
        vm.prank(alice);
        receipts.transferFrom(alice, dave, a1);
        uint256 epoch = _distribute();
        vm.expectRevert(abi.encodeWithSelector(ISpv.NothingToPay.selector, epoch));
        spv.pay(epoch, _ids(a1));
        _payCredits(epoch, alice);
        vm.assertEq(_balance(alice), FIRST / 2);
        vm.assertEq(_balance(dave), 0);
        vm.assertEq(receipts.creditOf(slot, epoch, alice).paid(), SIZE / 2);
        vm.assertEq(receipts.creditOf(slot, epoch, alice).pending(), 0);
    }

    function testBuyerBeforeTheRecordIsPaid() public {
        vm.prank(alice);
        uint256 bought = receipts.transferFrom(a1, dave, SIZE / 4);
        uint256 epoch = _distributeQuarter(0);
        spv.pay(epoch, _ids(bought, a1));
        vm.assertEq(_balance(dave), _share(FIRST, SIZE / 4));
        vm.assertEq(_balance(alice), _share(FIRST, SIZE / 4));
    }

    function testLateTouchCreditsEachMissedEpoch() public {
        _distributeQuarter(0);
        _distributeQuarter(1);
        vm.prank(alice);
        receipts.transferFrom(a1, b1, 5); // both sides missed two record dates
        for (uint256 epoch; epoch < 2; ++epoch) {
            vm.assertEq(receipts.creditOf(slot, epoch, alice).pending(), SIZE / 2);
            vm.assertEq(receipts.creditOf(slot, epoch, bob).pending(), SIZE * 3 / 10);
            _payCredits(epoch, alice);
            _payCredits(epoch, bob);
        }
        vm.assertEq(_balance(alice), FIRST / 2 + SECOND / 2);
        vm.assertEq(_balance(bob), _share(FIRST, SIZE * 3 / 10) + _share(SECOND, SIZE * 3 / 10));
        vm.assertEq(receipts.positionOf(a1).epoch(), 2);
    }

    function testMergedAndSplitStillCountOnce() public {
        vm.prank(alice);
        uint256[] memory made = receipts.split(a1, _ids(SOME, 2 * SOME));
        uint256 epoch = _distributeQuarter(0);
        vm.prank(alice);
        receipts.merge(_ids(made[0]), made[1]); // both are credited, one is gone
        spv.pay(epoch, _ids(made[1], a1)); // pays a1, and the credits with it
        vm.assertEq(_balance(alice), FIRST / 2);
        vm.expectRevert(abi.encodeWithSelector(ISpv.NothingToPay.selector, epoch));
        _payCredits(epoch, alice);
    }

    function testForcedTransferKeepsTheRecord() public {
        uint256 epoch = _distributeQuarter(0);
        vm.prank(compliance);
        receipts.forcedTransfer(a1, dave, SIZE / 2, "court");
        _payCredits(epoch, alice);
        vm.assertEq(_balance(alice), FIRST / 2);
        vm.assertEq(_balance(dave), 0);
    }

    // --- Freezes ---------------------------------------------------------------------------------------------------

    function testFrozenIsPassedOverAndPaidLater() public {
        vm.startPrank(compliance);
        receipts.setReceiptFrozen(_ids(a1), true, "court");
        receipts.setHolderFrozen(bob, true, "list");
        vm.stopPrank();
        uint256 epoch = _distributeQuarter(0);
        spv.pay(epoch, _ids(a1, b1, c1));
        vm.assertEq(_balance(alice) + _balance(bob), 0);
        vm.assertEq(_balance(carol), FIRST / 5);
        vm.startPrank(compliance);
        receipts.setReceiptFrozen(_ids(a1), false, "");
        receipts.setHolderFrozen(bob, false, "");
        vm.stopPrank();
        spv.pay(epoch, _ids(a1, b1));
        vm.assertEq(_balance(alice), FIRST / 2);
        vm.assertEq(_balance(bob), FIRST * 3 / 10);
    }

    function testFrozenHoldersCreditWaits() public {
        uint256 epoch = _distributeQuarter(0);
        vm.prank(alice);
        receipts.transferFrom(alice, dave, a1);
        vm.prank(compliance);
        receipts.setHolderFrozen(alice, true, "list");
        vm.expectRevert(abi.encodeWithSelector(ISpv.NothingToPay.selector, epoch));
        _payCredits(epoch, alice);
        vm.prank(compliance);
        receipts.setHolderFrozen(alice, false, "");
        _payCredits(epoch, alice);
        vm.assertEq(_balance(alice), FIRST / 2);
    }

    // --- However it is cut -----------------------------------------------------------------------------------------

    /// @dev Another series, so that a holder has more receipts than the group that is paid.
    function testReceiptsOfAnotherSeriesDoNotCount() public {
        (ISpv first, uint256 firstSlot) = (spv, slot);
        Deal memory deal = _deal();
        deal.parties.termsHash = keccak256("CRT02");
        for (uint256 i; i < deal.pool.length; ++i) deal.pool[i].id = keccak256(abi.encode("CRT02", i));
        _seal(deal);
        _at(ISSUE - 10);
        _toOffering(deal);
        uint256 second = _subscribe(alice, SOME);
        (spv, slot) = (first, firstSlot);
        for (uint256 i; i < 12; ++i) rents[i] = _deal().pool[i].id;
        vm.prank(alice);
        uint256 piece = receipts.split(a1, _ids(SOME))[0];
        uint256 epoch = _distributeQuarter(0);
        spv.pay(epoch, _ids(a1, second)); // two of three, one of them of another series
        spv.pay(epoch, _ids(piece, second));
        vm.assertEq(_balance(alice), FIRST / 2);
        vm.expectRevert(abi.encodeWithSelector(ISpv.NothingToPay.selector, epoch));
        spv.pay(epoch, _ids(a1, second, piece));
    }

    /// @dev The same holding in four receipts, paid in any order and any grouping, some of them moved: the same sum.
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
        for (uint256 i; i < 4; ++i) {
            uint256 next = (i + order) % 4;
            uint256[] memory list = order & 16 == 0 ? _ids(all[next]) : _ids(all[next], b1, all[(next + 1) % 4]);
            try spv.pay(epoch, list) {} catch {}
            if (order & 32 == 0) try spv.payCredits(epoch, _holders(alice)) {} catch {}
        }
        try spv.payCredits(epoch, _holders(alice)) {} catch {}
        vm.assertEq(_balance(alice), FIRST / 2);
        vm.assertEq(_balance(dave), 0);
        try spv.pay(epoch, _ids(b1, c1)) {} catch {}
        vm.assertEq(spv.epochAt(epoch).unitsPaid, SIZE);
        vm.assertEq(spv.epochAt(epoch).paid, FIRST);
    }

    // --- Redemption ------------------------------------------------------------------------------------------------

    function _mature() internal returns (uint256 coupon) {
        for (uint256 quarter; quarter < 4; ++quarter) coupon = _distributeQuarter(quarter);
        vm.assertTrue(spv.status().state == State.Matured, "matured");
    }

    function testRedemptionRetires() public {
        uint256 last = _mature();
        vm.expectRevert(abi.encodeWithSelector(ISpv.NothingToPay.selector, last + 1));
        spv.pay(last + 1, _ids(a1)); // earlier coupons come first
        for (uint256 epoch; epoch <= last + 1; ++epoch) spv.pay(epoch, _ids(a1, b1, c1));
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
        for (uint256 epoch; epoch <= last; ++epoch) spv.pay(epoch, _ids(a1, piece));
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
            address[] memory holders = new address[](1);
            holders[0] = alice;
            vm.assertTrue(spv.payCredits(epoch, holders) > 0, "coupon to who held at the record");
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

    // --- What strangers can't do ----------------------------------------------------------------------------------

    /// @dev A stranger touches everybody's receipts by moving nothing, and a push run finds nobody to pay.
    function testStrangerSpoilsThePushRun() public {
        uint256 epoch = _distributeQuarter(0);
        vm.prank(stranger);
        try receipts.transferFrom(a1, b1, 0) {} catch {}
        vm.assertEq(spv.pay(epoch, _ids(a1, b1)), FIRST / 2 + FIRST * 3 / 10);
    }
}
