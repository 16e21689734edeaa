// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Governed} from "../src/Governed.sol";
import {IComputeReceipt, SeriesLabel} from "../src/interfaces/IComputeReceipt.sol";
import {IEligibility} from "../src/interfaces/IEligibility.sol";
import {ActiveFixture} from "./utils/Fixture.sol";

/// @notice What stops a receipt from moving, or moves it against its owner's will: eligibility, freezes, pause, forced
/// transfers; and permits. Freezes of holders over all series are in `Guard.t.sol`.
contract ReceiptControlTest is ActiveFixture {
    event ReceiptFrozen(uint256 indexed tokenId, bool frozen, string reason);
    event HolderFrozen(address indexed holder, bool frozen, string reason);
    event SeriesPaused(uint256 indexed slot, bool paused, address by);
    event TransferValue(uint256 indexed fromTokenId, uint256 indexed toTokenId, uint256 value);
    event ForcedTransfer(
        uint256 indexed fromTokenId, uint256 indexed toTokenId, address from, address to, uint256 units, string reason
    );

    // --- Eligibility -----------------------------------------------------------------------------------------------

    function _standing(address holder, uint32 classes, uint64 jurisdictions, uint40 until) internal {
        vm.prank(compliance);
        receipts.setStanding(holder, classes, jurisdictions, until);
    }

    function _refuses(address holder) internal {
        vm.assertTrue(!receipts.isEligible(holder, slot), "not eligible");
        bytes memory reason = abi.encodeWithSelector(IEligibility.NotEligible.selector, holder, slot);
        vm.expectRevert(reason);
        vm.prank(alice);
        receipts.transferFrom(a1, holder, uint256(5));
        vm.expectRevert(reason);
        vm.prank(alice);
        receipts.transferFrom(alice, holder, a1);
    }

    function testEligibility() public {
        _refuses(stranger);
        _standing(dave, 2, 1, type(uint40).max);
        _refuses(dave);
        _standing(dave, 1, 2, type(uint40).max);
        _refuses(dave);
        _standing(dave, 1, 1, uint40(block.timestamp - 1));
        _refuses(dave);
        _standing(dave, 3, 3, uint40(block.timestamp));
        vm.prank(alice);
        receipts.transferFrom(a1, dave, uint256(5));
    }

    function testStandingRunOutStillSells() public {
        _standing(bob, 0, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(IEligibility.NotEligible.selector, bob, slot));
        vm.prank(alice);
        receipts.transferFrom(a1, b1, 5);
        vm.prank(bob);
        receipts.transferFrom(b1, a1, 5);
        vm.assertEq(receipts.balanceOf(a1), SIZE / 2 + 5);
    }

    function testStandingKeepsCountAndFreeze() public {
        vm.prank(compliance);
        receipts.setHolderFrozen(bob, true, "court");
        _standing(bob, 5, 6, 7);
        vm.assertTrue(receipts.holderOf(bob).frozen(), "frozen");
        vm.assertEq(receipts.balanceOf(bob), 1);
        vm.assertEq(receipts.holderOf(bob).jurisdictions(), 6);
        vm.assertEq(receipts.holderOf(bob).validUntil(), 7);
    }

    function testNobodyIsTheZeroAddress() public {
        vm.expectRevert(abi.encodeWithSelector(IEligibility.NotAHolder.selector, address(0)));
        vm.prank(compliance);
        receipts.setStanding(address(0), 1, 1, type(uint40).max);
        vm.assertTrue(!receipts.isEligible(address(0), slot), "never");
    }

    function testRequirement() public {
        vm.prank(compliance);
        receipts.setRequirement(slot, 2, 1);
        vm.expectRevert(abi.encodeWithSelector(IEligibility.NotEligible.selector, bob, slot));
        vm.prank(alice);
        receipts.transferFrom(a1, b1, 5);
        vm.assertEq(receipts.seriesOf(slot).classes(), 2);
        vm.assertEq(receipts.seriesOf(slot).units(), SIZE);
        vm.startPrank(compliance);
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.EmptyRequirement.selector, uint32(0), uint64(1)));
        receipts.setRequirement(slot, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.UnknownSeries.selector, 9));
        receipts.setRequirement(9, 1, 1);
        vm.stopPrank();
    }

    // --- Freezes and pause -----------------------------------------------------------------------------------------

    function testFrozenReceipt() public {
        vm.expectEmit(address(receipts));
        emit ReceiptFrozen(a1, true, "court");
        vm.prank(compliance);
        receipts.setReceiptFrozen(_ids(a1), true, "court");
        bytes memory reason = abi.encodeWithSelector(IComputeReceipt.FrozenReceipt.selector, a1);
        vm.startPrank(alice);
        vm.expectRevert(reason);
        receipts.transferFrom(a1, b1, 5);
        vm.expectRevert(reason);
        receipts.split(a1, _ids(5));
        vm.expectRevert(reason);
        receipts.transferFrom(alice, dave, a1);
        vm.stopPrank();
        vm.prank(compliance);
        receipts.setReceiptFrozen(_ids(a1), false, "released");
        vm.prank(alice);
        receipts.transferFrom(a1, b1, 5);
    }

    function testFrozenHolder() public {
        vm.expectEmit(address(receipts));
        emit HolderFrozen(bob, true, "list");
        vm.prank(compliance);
        receipts.setHolderFrozen(bob, true, "list");
        bytes memory reason = abi.encodeWithSelector(IEligibility.FrozenHolder.selector, bob);
        vm.expectRevert(reason);
        vm.prank(bob);
        receipts.transferFrom(b1, a1, 5);
        vm.expectRevert(reason);
        vm.prank(bob);
        receipts.transferFrom(bob, dave, b1);
        vm.expectRevert(reason);
        vm.prank(alice);
        receipts.transferFrom(a1, b1, 5);
        vm.expectRevert(reason);
        vm.prank(alice);
        receipts.transferFrom(a1, bob, uint256(5));
    }

    function testPause() public {
        vm.expectEmit(address(receipts));
        emit SeriesPaused(slot, true, guardian);
        vm.prank(guardian);
        receipts.pause(slot);
        bytes memory reason =
            abi.encodeWithSelector(IComputeReceipt.SeriesNotMovable.selector, slot, false, true, false);
        vm.startPrank(alice);
        vm.expectRevert(reason);
        receipts.transferFrom(a1, b1, 5);
        vm.expectRevert(reason);
        receipts.transferFrom(alice, dave, a1);
        vm.expectRevert(reason);
        receipts.split(a1, _ids(5));
        vm.stopPrank();
        vm.prank(administrator);
        receipts.unpause(slot);
        vm.prank(alice);
        receipts.transferFrom(a1, b1, 5);
    }

    function testRoles() public {
        vm.startPrank(stranger);
        vm.expectRevert(
            abi.encodeWithSelector(Governed.Unauthorized.selector, stranger, IComputeReceipt.pause.selector)
        );
        receipts.pause(slot);
        vm.expectPartialRevert(Governed.Unauthorized.selector);
        receipts.unpause(slot);
        vm.expectPartialRevert(Governed.Unauthorized.selector);
        receipts.setStanding(stranger, 1, 1, 1);
        vm.expectPartialRevert(Governed.Unauthorized.selector);
        receipts.setHolderFrozen(alice, true, "");
        vm.expectPartialRevert(Governed.Unauthorized.selector);
        receipts.setReceiptFrozen(_ids(a1), true, "");
        vm.expectPartialRevert(Governed.Unauthorized.selector);
        receipts.forcedTransfer(a1, stranger, 1, "");
        vm.expectPartialRevert(Governed.Unauthorized.selector);
        receipts.setRequirement(slot, 1, 1);
        vm.expectPartialRevert(Governed.Unauthorized.selector);
        receipts.openSeries(stranger, SeriesLabel("", "", "", 2), 1, 1);
        vm.stopPrank();
        vm.expectPartialRevert(Governed.Unauthorized.selector);
        vm.prank(guardian); // pauses only
        receipts.unpause(slot);
    }

    function testIssuerOnly() public {
        bytes memory reason = abi.encodeWithSelector(IComputeReceipt.NotIssuer.selector, slot, administrator);
        vm.startPrank(administrator);
        vm.expectRevert(reason);
        receipts.issue(slot, alice, 1);
        vm.expectRevert(reason);
        receipts.unlock(slot);
        vm.expectRevert(reason);
        receipts.fixRecord(slot, true);
        vm.expectRevert(reason);
        receipts.tally(0, _ids(a1));
        vm.expectRevert(reason);
        receipts.destroy(slot, _ids(a1));
        vm.stopPrank();
    }

    function testDelayedRoleHasToSchedule() public {
        authority.grantRole(GUARDIAN, stranger, 3600);
        vm.expectRevert(abi.encodeWithSelector(Governed.MustSchedule.selector, stranger, uint32(3600)));
        vm.prank(stranger);
        receipts.pause(slot);
    }

    // --- Forced transfer -------------------------------------------------------------------------------------------

    function testForcedTransferOutOfEverything() public {
        vm.startPrank(compliance);
        receipts.setReceiptFrozen(_ids(a1), true, "court");
        receipts.setHolderFrozen(alice, true, "court");
        vm.stopPrank();
        vm.prank(guardian);
        receipts.pause(slot);
        vm.expectEmit(address(receipts));
        emit TransferValue(a1, (slot << 64) | 4, 7);
        vm.expectEmit(address(receipts));
        emit ForcedTransfer(a1, (slot << 64) | 4, alice, dave, 7, "case 12");
        vm.prank(compliance);
        uint256 made = receipts.forcedTransfer(a1, dave, 7, "case 12");
        vm.assertEq(receipts.ownerOf(made), dave);
        vm.assertEq(receipts.balanceOf(made), 7);
        vm.assertEq(receipts.balanceOf(a1), SIZE / 2 - 7);
        vm.assertTrue(receipts.positionOf(a1).frozen() && !receipts.positionOf(made).frozen(), "freeze stays");
        vm.assertEq(receipts.seriesOf(slot).units(), SIZE);
    }

    function testForcedTransferRefusals() public {
        vm.startPrank(compliance);
        vm.expectRevert(abi.encodeWithSelector(IEligibility.NotEligible.selector, stranger, slot));
        receipts.forcedTransfer(a1, stranger, 7, "");
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.InsufficientUnits.selector, a1, SIZE / 2, SIZE / 2 + 1));
        receipts.forcedTransfer(a1, dave, SIZE / 2 + 1, "");
        vm.stopPrank();
    }

    // --- Permits ---------------------------------------------------------------------------------------------------

    /// @dev What is refused is in `AttacksSignatures.t.sol`, the wallet's signature in `Conformance.t.sol`.
    function testPermit() public {
        bytes32 typehash =
            keccak256("Permit(address owner,address spender,uint256 tokenId,uint256 nonce,uint256 deadline)");
        bytes memory content = abi.encode(typehash, alice, dave, a1, 0, block.timestamp);
        bytes32 digest = _digest(_domain("Compute Receipt", address(receipts)), content);
        vm.prank(stranger);
        receipts.permit(dave, a1, block.timestamp, _signed(ALICE_KEY, digest));
        vm.assertEq(receipts.getApproved(a1), dave);
        vm.assertEq(receipts.nonces(alice), 1);
        vm.prank(dave);
        receipts.transferFrom(alice, dave, a1);
        vm.assertEq(receipts.ownerOf(a1), dave);
    }
}
