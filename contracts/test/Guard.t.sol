// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IComputeReceipt, SeriesLabel} from "../src/interfaces/IComputeReceipt.sol";
import {IEligibility} from "../src/interfaces/IEligibility.sol";
import {Position} from "../src/types/Position.sol";
import {RecordFixture} from "./utils/RecordFixture.sol";

/// @notice While some holder is frozen, every series looks at who gives units away or is paid; while nobody is, none
/// does. This contract is the issuer of a second series, opened before the freezes, and can open others.
contract GuardTest is RecordFixture {
    uint256 private other;
    uint256 private a2;

    function setUp() public override {
        super.setUp();
        authority.grantRole(FACTORY, address(this), 0);
        (other, a2) = _open();
    }

    /// @dev A series of this contract that moves, with 100 units of alice's and 50 of bob's behind them.
    function _open() private returns (uint256 series, uint256 tokenId) {
        series = receipts.openSeries(address(this), SeriesLabel("CRT02", "CRT02", "CNY", 2), 1, 1);
        receipts.unlock(series);
        if (receipts.holderOf(alice).frozen()) return (series, 0);
        tokenId = receipts.issue(series, alice, 100);
        receipts.issue(series, bob, 50);
    }

    function _guarded(bool on) private {
        vm.assertTrue(receipts.seriesOf(slot).guarded() == on, "first series");
        vm.assertTrue(receipts.seriesOf(other).guarded() == on, "second series");
    }

    // --- On and off ------------------------------------------------------------------------------------------------

    function testFirstFreezeGuardsAndLastReleaseEndsIt() public {
        _guarded(false);
        _freeze(alice, true);
        _guarded(true);
        _freeze(bob, true);
        _freeze(alice, false);
        _guarded(true); // one of two
        _freeze(bob, false);
        _guarded(false);
    }

    function testFrozenTwiceCountsOnce() public {
        _freeze(alice, true);
        _freeze(alice, true);
        _freeze(alice, false);
        _guarded(false);
    }

    function testReleasedTwiceCountsOnce() public {
        _freeze(alice, true);
        _freeze(bob, true);
        _freeze(alice, false);
        _freeze(alice, false);
        _guarded(true);
        _freeze(carol, false); // who never was
        _guarded(true);
        _stays(bob, b1, slot, true);
        _freeze(bob, false);
        _guarded(false);
    }

    function testStandingDoesNotEndAFreeze() public {
        _freeze(alice, true);
        _admit(alice);
        _guarded(true);
        _stays(alice, a1, slot, true);
    }

    function testSeriesOpenedWhileSomebodyIsFrozen() public {
        _freeze(carol, true);
        (uint256 third, uint256 a3) = _open();
        vm.assertTrue(receipts.seriesOf(third).guarded(), "guarded from the start");
        _freeze(alice, true);
        _freeze(carol, false);
        _stays(alice, a3, third, true);
        _freeze(alice, false);
        vm.assertTrue(!receipts.seriesOf(third).guarded(), "and released with the others");
        _stays(alice, a3, third, false);
    }

    /// @dev Nothing else in the word changes.
    function testGuardLeavesTheSeriesAsItIs() public {
        uint256 before = _word(slot);
        _freeze(alice, true);
        vm.assertTrue(_word(slot) != before, "guarded");
        _freeze(alice, false);
        vm.assertEq(_word(slot), before);
    }

    function _word(uint256 series) private view returns (uint256) {
        (, bytes memory word) = address(receipts).staticcall(abi.encodeCall(receipts.seriesOf, (series)));
        return abi.decode(word, (uint256));
    }

    function testTooManySeries() public {
        while (other < 1_000) other = receipts.openSeries(address(this), SeriesLabel("", "", "", 2), 1, 1);
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.TooManySeries.selector, 1_000));
        receipts.openSeries(address(this), SeriesLabel("", "", "", 2), 1, 1);
    }

    // --- Who is frozen sends nothing -------------------------------------------------------------------------------

    /// @dev Each way out of a receipt, by its owner and by an operator.
    function _stays(address owner, uint256 tokenId, uint256 series, bool frozen) private {
        bytes memory reason = abi.encodeWithSelector(IEligibility.FrozenHolder.selector, owner);
        vm.prank(owner);
        receipts.setApprovalForAll(stranger, true);
        address[2] memory senders = [owner, stranger];
        for (uint256 i; i < 2; ++i) {
            uint256 before = vm.snapshotState();
            vm.startPrank(senders[i]);
            if (frozen) vm.expectRevert(reason);
            receipts.split(tokenId, _ids(5));
            if (frozen) vm.expectRevert(reason);
            receipts.transferFrom(tokenId, dave, uint256(5));
            uint256 target = (series << 64) | receipts.seriesOf(series).serial();
            if (target == tokenId) --target;
            if (frozen) vm.expectRevert(reason);
            receipts.transferFrom(tokenId, target, 5);
            if (frozen) vm.expectRevert(reason);
            receipts.transferFrom(owner, dave, tokenId);
            vm.stopPrank();
            vm.revertToState(before);
        }
    }

    function testFrozenHolderSendsNothing() public {
        _stays(alice, a1, slot, false);
        _stays(alice, a2, other, false);
        _freeze(alice, true);
        _stays(alice, a1, slot, true);
        _stays(alice, a2, other, true);
        _stays(bob, b1, slot, false); // everybody else does
    }

    function testFrozenHolderMergesNothing() public {
        vm.prank(alice);
        uint256 piece = receipts.split(a1, _ids(5))[0];
        _freeze(alice, true);
        vm.expectRevert(abi.encodeWithSelector(IEligibility.FrozenHolder.selector, alice));
        vm.prank(alice);
        receipts.merge(_ids(piece), a1);
    }

    // --- Nor is paid -----------------------------------------------------------------------------------------------

    function _dueOf(uint256 tokenId) private returns (uint256 units) {
        Position[] memory due = receipts.tally(0, _ids(tokenId));
        return due.length == 0 ? 0 : due[0].units();
    }

    function testFrozenHolderIsNotTallied() public {
        vm.prank(alice);
        uint256 piece = receipts.split(a2, _ids(30))[0];
        receipts.fixRecord(other, false);
        vm.prank(alice);
        receipts.transferFrom(alice, dave, piece); // is kept, the other untouched
        _freeze(alice, true);
        vm.assertEq(_dueOf(a2) + _dueOf(piece), 0);
        _freeze(alice, false);
        vm.assertEq(_dueOf(a2), 70);
        vm.assertEq(_dueOf(piece), 30);
        vm.assertEq(_dueOf(a2) + _dueOf(piece), 0);
    }

    function testFrozenHolderIsNotTalliedInASeriesOpenedLater() public {
        _freeze(carol, true);
        (uint256 third, uint256 a3) = _open();
        vm.prank(alice);
        uint256 piece = receipts.split(a3, _ids(30))[0];
        receipts.fixRecord(third, false);
        vm.prank(alice);
        receipts.transferFrom(alice, dave, piece);
        _freeze(alice, true);
        vm.assertEq(_dueOf(a3) + _dueOf(piece), 0);
        _freeze(alice, false); // carol still is
        vm.assertEq(_dueOf(a3), 70);
        vm.assertEq(_dueOf(piece), 30);
    }

    /// @dev At redemption the receipt stays until its holder is released, and is retired then.
    function testFrozenHolderIsNotRedeemed() public {
        receipts.fixRecord(other, true);
        _freeze(alice, true);
        vm.assertEq(_dueOf(a2), 0);
        vm.assertEq(receipts.balanceOf(a2), 100);
        _freeze(alice, false);
        vm.assertEq(_dueOf(a2), 100);
        vm.assertEq(receipts.seriesOf(other).units(), 50);
    }

    /// @dev A run of one holder's receipts is one word, whatever stands between that is passed over.
    function testTallyJoinsRuns() public {
        vm.prank(alice);
        uint256 piece = receipts.split(a2, _ids(30))[0];
        receipts.fixRecord(other, false);
        uint256[] memory list = new uint256[](5);
        (list[0], list[1], list[2], list[3], list[4]) = (a2, a2, piece + 9, piece, a2 + 1);
        Position[] memory due = receipts.tally(0, list);
        vm.assertEq(due.length, 2);
        vm.assertEq(due[0].owner(), alice);
        vm.assertEq(due[0].units(), 100);
        vm.assertEq(due[1].owner(), bob);
        vm.assertEq(due[1].units(), 50);
        vm.assertEq(receipts.tally(0, new uint256[](0)).length, 0);
    }

    function testTallyIsTheIssuersOfOneSeries() public {
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.NotIssuer.selector, slot, address(this)));
        receipts.tally(0, _ids(a1, a2));
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.SlotMismatch.selector, other, slot));
        receipts.tally(0, _ids(a2, a1));
    }
}
