// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IComputeReceipt} from "../src/interfaces/IComputeReceipt.sol";
import {IEligibility} from "../src/interfaces/IEligibility.sol";
import {ISpv} from "../src/interfaces/ISpv.sol";
import {HostileReceiver} from "./utils/AttackActors.sol";
import {RecordFixture} from "./utils/RecordFixture.sol";

/// @notice Receivers that call back, dust, rounding, and running ahead of others. Bad cash is in `AttacksCash.t.sol`,
/// stolen keys and signatures in `AttacksKeys.t.sol`, gas in `AttacksGas.t.sol`.
contract AttacksTest is RecordFixture {
    bytes4 private constant MOVE_WHOLE = bytes4(keccak256("transferFrom(address,address,uint256)"));
    bytes4 private constant MOVE_VALUE = bytes4(keccak256("transferFrom(uint256,uint256,uint256)"));

    HostileReceiver private mallory;
    uint256 private _unitsAtSale;

    function setUp() public override {
        super.setUp();
        mallory = new HostileReceiver();
        _admit(address(mallory));
    }

    /// @dev Two receipts of the hostile contract, of 10 units and of the rest of alice's.
    function _arm() private returns (uint256 small, uint256 large) {
        vm.startPrank(alice);
        small = receipts.split(a1, _ids(10))[0];
        receipts.transferFrom(alice, address(mallory), small);
        receipts.transferFrom(alice, address(mallory), a1);
        vm.stopPrank();
        large = a1;
    }

    function _wholeUnits() private {
        uint256 units;
        for (uint256 id = a1; id <= (slot << 64 | receipts.seriesOf(slot).serial()); ++id) {
            try receipts.balanceOf(id) returns (uint256 held) {
                units += held;
            } catch {}
        }
        vm.assertEq(units, SIZE);
        vm.assertEq(receipts.seriesOf(slot).units(), SIZE);
    }

    // --- Receivers that call back ----------------------------------------------------------------------------------

    /// @dev A receiver that is asked in the middle of a merge could give the emptied receipt away (its count would fall
    /// twice, into the investor classes in the end), fill it again, or merge it twice. It is not asked.
    function testReceiverIsNotAskedWhileItMerges() public {
        (uint256 small, uint256 large) = _arm();
        mallory.prepare(address(receipts), abi.encodeWithSelector(MOVE_WHOLE, address(mallory), bob, small));
        vm.prank(address(mallory));
        receipts.merge(_ids(small), large);
        vm.assertTrue(!mallory.succeeded(), "called back");
        _wholeUnits();
        vm.assertEq(receipts.balanceOf(address(mallory)), 1);
    }

    /// @dev The source is sold, or emptied, by who is asked in a split: all is cut by then.
    function testReceiverMovesTheSourceOfASplit() public {
        (, uint256 large) = _arm();
        uint256 before = vm.snapshotState();
        mallory.prepare(address(receipts), abi.encodeWithSelector(MOVE_WHOLE, address(mallory), bob, large));
        vm.prank(address(mallory));
        uint256[] memory made = receipts.split(large, _ids(5, 6));
        vm.assertTrue(mallory.succeeded(), "its own");
        vm.assertEq(receipts.ownerOf(large), bob);
        vm.assertEq(receipts.balanceOf(large), SIZE / 2 - 21);
        vm.assertEq(receipts.balanceOf(made[1]), 6);
        vm.assertEq(mallory.asked(), 2);
        _wholeUnits();
        vm.revertToState(before);
        mallory.prepare(address(receipts), abi.encodeWithSelector(MOVE_VALUE, large, b1, SIZE / 2 - 21));
        vm.prank(address(mallory));
        receipts.split(large, _ids(5, 6));
        vm.assertTrue(mallory.succeeded(), "its own");
        vm.assertEq(receipts.balanceOf(large), 0);
        _wholeUnits();
    }

    /// @dev What was received is spent when all of the batch is moved: no part of it finds less.
    function testReceiverSpendsInTheMiddleOfABatch() public {
        (uint256 small, uint256 large) = _arm();
        mallory.prepare(address(receipts), abi.encodeWithSelector(MOVE_VALUE, large, b1, SIZE / 2 - 13));
        vm.prank(address(mallory));
        receipts.transferBatch(_ids(large, large), _ids(small, b1), _ids(3, SIZE / 2 - 13));
        vm.assertTrue(mallory.tried() && !mallory.succeeded(), "nothing left");
        vm.assertEq(receipts.balanceOf(small), 13);
        vm.assertEq(receipts.balanceOf(b1), SIZE * 3 / 10 + SIZE / 2 - 13);
        _wholeUnits();
    }

    /// @dev Sells a receipt of the hostile contract to bob, and notes what it has at that moment.
    function sell(uint256 tokenId) external {
        _unitsAtSale = receipts.balanceOf(tokenId);
        receipts.transferFrom(address(mallory), bob, tokenId);
    }

    /// @dev Seller and buyer have one custodian, who is an operator of both. While the custodian moves units out of the
    /// seller's receipt, the seller sells it: the custodian's list takes nothing from the buyer.
    function testReceiverSellsWhatACustodianMoves() public {
        (uint256 small, uint256 large) = _arm();
        address custodian = address(0xC057);
        vm.startPrank(address(mallory));
        receipts.setApprovalForAll(custodian, true);
        receipts.setApprovalForAll(address(this), true);
        vm.stopPrank();
        vm.prank(bob);
        receipts.setApprovalForAll(custodian, true);
        uint256 before = vm.snapshotState();
        for (uint256 i; i < 2; ++i) {
            mallory.prepare(address(this), abi.encodeCall(this.sell, (large)));
            vm.prank(custodian);
            if (i == 0) receipts.split(large, _ids(1, 900_000));
            else receipts.transferBatch(_ids(large, large), _ids(small, small), _ids(1, 900_000));
            vm.assertTrue(mallory.succeeded(), "sold");
            vm.assertEq(receipts.ownerOf(large), bob);
            vm.assertEq(receipts.balanceOf(large), _unitsAtSale);
            vm.assertEq(_unitsAtSale, SIZE / 2 - 10 - 900_001);
            _wholeUnits();
            vm.revertToState(before);
        }
    }

    /// @dev A receipt that arrives whole is sent on, and back: it is where the last move left it, and counted once.
    function testReceiverSendsAReceiptOn() public {
        mallory.prepare(address(receipts), abi.encodeWithSelector(MOVE_WHOLE, address(mallory), carol, b1));
        vm.prank(bob);
        receipts.safeTransferFrom(bob, address(mallory), b1);
        vm.assertTrue(mallory.succeeded(), "its own");
        vm.assertEq(receipts.ownerOf(b1), carol);
        vm.assertEq(receipts.balanceOf(address(mallory)) + receipts.balanceOf(bob), 0);
        vm.assertEq(receipts.balanceOf(carol), 2);
    }

    /// @dev Paid while it receives: for the record it was kept for its giver, and the new owner gets nothing of it.
    function testReceiverHasItselfPaidWhileItReceives() public {
        uint256 epoch = _distributeQuarter(0);
        mallory.prepare(address(spv), abi.encodeCall(ISpv.pay, (epoch, _ids(b1))));
        vm.prank(bob);
        receipts.safeTransferFrom(bob, address(mallory), b1);
        vm.assertTrue(mallory.succeeded(), "anyone pays");
        vm.assertEq(_balance(bob), _share(FIRST, SIZE * 3 / 10));
        vm.assertEq(_balance(address(mallory)), 0);
        _paysNothing(epoch, _ids(b1));
    }

    // --- Dust ------------------------------------------------------------------------------------------------------

    /// @dev A hundred receipts of one unit, sent to a victim: the victim's own coupon is paid whole and alone, the
    /// receipts can be joined, or be left unpaid; whoever pays them one by one takes nothing away from others.
    function testVictimOfManyDustReceipts() public {
        uint256[] memory dust = new uint256[](100);
        vm.startPrank(bob);
        for (uint256 i; i < 100; ++i) {
            dust[i] = receipts.transferFrom(b1, alice, uint256(1));
        }
        vm.stopPrank();
        uint256 epoch = _distributeQuarter(0);
        spv.pay(epoch, _ids(a1));
        vm.assertEq(_balance(alice), FIRST / 2);
        for (uint256 i; i < 50; ++i) {
            spv.pay(epoch, _ids(dust[i])); // 0.02 each
        }
        vm.assertEq(_balance(alice), FIRST / 2);
        vm.prank(alice);
        receipts.merge(dust, a1); // the other fifty keep their record
        spv.pay(epoch, dust);
        vm.assertEq(_balance(alice), FIRST / 2 + _share(FIRST, 50));
        spv.pay(epoch, _ids(b1, c1));
        vm.assertEq(_balance(bob), _share(FIRST, SIZE * 3 / 10 - 100));
        vm.assertEq(_balance(carol), FIRST / 5);
        vm.assertEq(receipts.balanceOf(alice), 1);
    }

    // --- Rounding --------------------------------------------------------------------------------------------------

    /// @dev Cut into tiny receipts and paid one by one, of any size: never more than whole, nothing of others.
    function testFuzzRoundingGainsNothingByTinySplits(uint256 seed) public {
        uint256[] memory sizes = new uint256[](24);
        uint256 units;
        for (uint256 i; i < 24; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            sizes[i] = 1 + seed % 10 ** ((seed >> 128) % 8);
            units += sizes[i];
        }
        vm.prank(alice);
        uint256[] memory cut = receipts.split(a1, sizes);
        uint256 epoch = _distributeQuarter(0);
        for (uint256 i; i < 24; ++i) {
            spv.pay(epoch, _ids(cut[i]));
        }
        vm.assertLe(_balance(alice), _share(FIRST, units), "never more");
        vm.assertGe(_balance(alice) + 24, _share(FIRST, units) + 1, "less than one a payment");
        spv.pay(epoch, _ids(b1, c1));
        vm.assertEq(_balance(bob), FIRST * 3 / 10);
        vm.assertEq(_balance(carol), FIRST / 5);
    }

    /// @dev The worst case: 1,000 receipts of 45 units, of which 45.06 would bring one minor unit. Paid one by one they
    /// bring nothing, which stays in the series for all holders; in one list they bring 998.
    function testRoundingDrainedByAThousandSplits() public {
        uint256[] memory sizes = new uint256[](1_000);
        for (uint256 i; i < sizes.length; ++i) {
            sizes[i] = 45;
        }
        vm.prank(alice);
        uint256[] memory cut = receipts.split(a1, sizes);
        uint256 epoch = _distributeQuarter(0);
        uint256 before = vm.snapshotState();
        vm.assertEq(spv.pay(epoch, cut), 998);
        vm.revertToState(before);
        for (uint256 i; i < cut.length; ++i) {
            vm.assertEq(spv.pay(epoch, _ids(cut[i])), 0);
        }
        spv.pay(epoch, _ids(a1, b1, c1));
        uint256 paid = _balance(alice) + _balance(bob) + _balance(carol);
        vm.assertEq(spv.accounts().dust, FIRST - paid);
        vm.assertLe(FIRST - paid, 1_003, "less than one a payment");
        _solvent();
    }

    /// @dev A stranger names the receipts of two holders in turn: each is a payment of its own, rounded down, all in
    /// one call. The holders lose less than one minor unit a payment, which stays in the series.
    function testOneCallRoundsAHolderDownManyTimes() public {
        uint256[] memory units = new uint256[](50);
        for (uint256 i; i < 50; ++i) {
            units[i] = 134; // 2.97 of the first coupon
        }
        vm.prank(alice);
        uint256[] memory hers = receipts.split(a1, units);
        vm.prank(bob);
        uint256[] memory his = receipts.split(b1, units);
        uint256 epoch = _distributeQuarter(0);
        uint256[] memory list = new uint256[](100);
        for (uint256 i; i < 50; ++i) {
            (list[2 * i], list[2 * i + 1]) = (hers[i], his[i]);
        }
        vm.prank(stranger);
        vm.assertEq(spv.pay(epoch, list), 200);
        vm.assertEq(_balance(alice), 100);
        vm.assertEq(_balance(bob), 100);
        vm.assertEq(_share(FIRST, 134 * 50), 148); // in one payment
        spv.pay(epoch, _ids(a1, b1, c1));
        uint256 paid = _balance(alice) + _balance(bob) + _balance(carol);
        vm.assertEq(spv.accounts().dust, FIRST - paid);
        vm.assertLe(FIRST - paid, 103, "less than one a payment");
    }

    // --- Running ahead ---------------------------------------------------------------------------------------------

    /// @dev Somebody pays first: the run passes over who is paid, and says so when that is all of them. Nobody loses
    /// more than rounding.
    function testFrontRunOfPay() public {
        uint256 epoch = _distributeQuarter(0);
        vm.prank(stranger);
        spv.pay(epoch, _ids(b1));
        spv.pay(epoch, _ids(a1, b1));
        vm.prank(stranger);
        spv.pay(epoch, _ids(c1));
        _paysNothing(epoch, _ids(a1, b1, c1));
        vm.assertEq(_balance(alice), FIRST / 2);
        vm.assertEq(_balance(bob), FIRST * 3 / 10);
        vm.assertEq(_balance(carol), FIRST / 5);
        vm.assertEq(_balance(stranger), 0);
    }

    /// @dev The receipt is sold before `pay` arrives: the seller is paid all the same.
    function testFrontRunOfPayByASale() public {
        uint256 epoch = _distributeQuarter(0);
        vm.prank(alice);
        receipts.transferFrom(alice, dave, a1);
        spv.pay(epoch, _ids(a1, b1));
        vm.assertEq(_balance(alice), FIRST / 2);
        vm.assertEq(_balance(dave), 0);
    }

    // --- Force -----------------------------------------------------------------------------------------------------

    /// @dev Out of a frozen receipt of a frozen holder in a paused series: exactly what it says goes from one to the
    /// other, nothing is reduced that doesn't arrive, and the rest stays frozen.
    function testFuzzForcedTransferMovesExactlyWhatItSays(uint64 units) public {
        _freeze(a1, true);
        _freeze(alice, true);
        vm.prank(guardian);
        receipts.pause(slot);
        vm.prank(compliance);
        try receipts.forcedTransfer(a1, dave, units, "court") returns (uint256 made) {
            vm.assertTrue(units != 0 && units <= SIZE / 2, "no more than there is");
            vm.assertEq(receipts.balanceOf(made), units);
            vm.assertEq(receipts.balanceOf(a1), SIZE / 2 - units);
            vm.assertEq(receipts.ownerOf(made), dave);
            vm.assertTrue(!receipts.positionOf(made).frozen(), "dave's is free");
        } catch {
            vm.assertTrue(units == 0 || units > SIZE / 2, "refused");
            vm.assertEq(receipts.balanceOf(a1), SIZE / 2);
        }
        vm.assertTrue(receipts.positionOf(a1).frozen() && receipts.holderOf(alice).frozen(), "stays frozen");
        vm.assertEq(receipts.ownerOf(a1), alice);
        _wholeUnits();
    }

    /// @dev To who may not hold, and to who is frozen too: nothing moves, and nothing is reduced.
    function testForcedTransferToNobody() public {
        _freeze(a1, true);
        _freeze(dave, true);
        vm.startPrank(compliance);
        vm.expectRevert(abi.encodeWithSelector(IEligibility.NotEligible.selector, stranger, slot));
        receipts.forcedTransfer(a1, stranger, 5, "court");
        vm.expectRevert(abi.encodeWithSelector(IEligibility.FrozenHolder.selector, dave));
        receipts.forcedTransfer(a1, dave, 5, "court");
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidReceiver.selector, address(0)));
        receipts.forcedTransfer(a1, address(0), 5, "court");
        vm.stopPrank();
        vm.assertEq(receipts.balanceOf(a1), SIZE / 2);
        _wholeUnits();
    }
}
