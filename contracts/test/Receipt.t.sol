// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC3525} from "../src/interfaces/IERC3525.sol";
import {IComputeReceipt} from "../src/interfaces/IComputeReceipt.sol";
import {Receiver} from "./utils/Actors.sol";
import {ActiveFixture} from "./utils/Fixture.sol";

/// @notice How receipts move: by value, whole, cut and joined; who may move them; how they show.
contract ReceiptTest is ActiveFixture {
    event Transfer(address indexed from, address indexed to, uint256 indexed tokenId);
    event TransferValue(uint256 indexed fromTokenId, uint256 indexed toTokenId, uint256 value);
    event SlotChanged(uint256 indexed tokenId, uint256 indexed oldSlot, uint256 indexed newSlot);
    event ApprovalValue(uint256 indexed tokenId, address indexed operator, uint256 value);

    uint256 internal constant MAX = type(uint256).max;

    // --- By value --------------------------------------------------------------------------------------------------

    function testValueToReceipt() public {
        vm.expectEmit(address(receipts));
        emit TransferValue(a1, b1, 5);
        vm.prank(alice);
        receipts.transferFrom(a1, b1, 5);
        vm.assertEq(receipts.balanceOf(a1), SIZE / 2 - 5);
        vm.assertEq(receipts.balanceOf(b1), SIZE * 3 / 10 + 5);
        vm.assertEq(receipts.seriesOf(slot).units(), SIZE);
    }

    function testValueToAddress() public {
        uint256 expected = (slot << 64) | 4;
        vm.expectEmit(address(receipts));
        emit Transfer(address(0), dave, expected);
        vm.expectEmit(address(receipts));
        emit SlotChanged(expected, 0, slot);
        vm.expectEmit(address(receipts));
        emit TransferValue(a1, expected, 5);
        vm.prank(alice);
        uint256 made = receipts.transferFrom(a1, dave, 5);
        vm.assertEq(made, expected);
        vm.assertEq(receipts.ownerOf(made), dave);
        vm.assertEq(receipts.balanceOf(made), 5);
        vm.assertEq(receipts.balanceOf(dave), 1);
        vm.assertEq(receipts.slotOf(made), slot);
        vm.assertEq(receipts.seriesOf(slot).units(), SIZE);
    }

    function testTooMuch() public {
        bytes memory reason =
            abi.encodeWithSelector(IComputeReceipt.InsufficientUnits.selector, a1, SIZE / 2, SIZE / 2 + 1);
        vm.expectRevert(reason);
        vm.prank(alice);
        receipts.transferFrom(a1, b1, SIZE / 2 + 1);
        vm.expectRevert(reason);
        vm.prank(alice);
        receipts.transferFrom(a1, dave, SIZE / 2 + 1);
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.InsufficientUnits.selector, a1, SIZE / 2, MAX));
        vm.prank(alice);
        receipts.transferFrom(a1, b1, MAX);
    }

    function testIntoItself() public {
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.SameReceipt.selector, a1));
        vm.prank(alice);
        receipts.transferFrom(a1, a1, 5);
    }

    function testOtherSeriesAndNoReceipt() public {
        uint256 other = a1 + (1 << 64);
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.SlotMismatch.selector, slot, slot + 1));
        vm.prank(alice);
        receipts.transferFrom(a1, other, 5);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, a1 + 50));
        vm.prank(alice);
        receipts.transferFrom(a1, a1 + 50, 5);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, a1 + 50));
        receipts.transferFrom(a1 + 50, dave, 5);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidReceiver.selector, address(0)));
        vm.prank(alice);
        receipts.transferFrom(a1, address(0), uint256(5));
    }

    function testBatchAllOrNone() public {
        vm.prank(alice);
        receipts.transferBatch(_ids(a1, a1), _ids(b1, c1), _ids(1, 2));
        vm.assertEq(receipts.balanceOf(b1), SIZE * 3 / 10 + 1);
        vm.assertEq(receipts.balanceOf(c1), SIZE / 5 + 2);

        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.LengthMismatch.selector, 2, 1));
        receipts.transferBatch(_ids(a1, a1), _ids(b1), _ids(1, 2));
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.LengthMismatch.selector, 2, 1));
        receipts.transferBatch(_ids(a1, a1), _ids(b1, c1), _ids(1));
        vm.expectPartialRevert(IComputeReceipt.InsufficientAllowance.selector);
        vm.prank(alice);
        receipts.transferBatch(_ids(a1, b1), _ids(b1, c1), _ids(1, 2));
        vm.assertEq(receipts.balanceOf(b1), SIZE * 3 / 10 + 1);
    }

    // --- Split and merge -------------------------------------------------------------------------------------------

    function testSplit() public {
        vm.prank(alice);
        uint256[] memory made = receipts.split(a1, _ids(10, 20, 30));
        vm.assertEq(made.length, 3);
        for (uint256 i; i < 3; ++i) {
            vm.assertEq(receipts.ownerOf(made[i]), alice);
            vm.assertEq(receipts.balanceOf(made[i]), 10 * (i + 1));
        }
        vm.assertEq(receipts.balanceOf(a1), SIZE / 2 - 60);
        vm.assertEq(receipts.balanceOf(alice), 4);

        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.InsufficientUnits.selector, made[0], 5, 6));
        vm.prank(alice);
        receipts.split(made[0], _ids(5, 6));
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.InsufficientAllowance.selector, a1, bob, 0, 1));
        vm.prank(bob);
        receipts.split(a1, _ids(1));
    }

    function testMerge() public {
        vm.prank(alice);
        uint256[] memory made = receipts.split(a1, _ids(10, 20));
        vm.expectEmit(address(receipts));
        emit TransferValue(made[0], a1, 10);
        vm.expectEmit(address(receipts));
        emit SlotChanged(made[0], slot, 0);
        vm.expectEmit(address(receipts));
        emit Transfer(alice, address(0), made[0]);
        vm.prank(alice);
        receipts.merge(made, a1);
        vm.assertEq(receipts.balanceOf(a1), SIZE / 2);
        vm.assertEq(receipts.balanceOf(alice), 1);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, made[0]));
        receipts.ownerOf(made[0]);
    }

    function testMergeRefusals() public {
        vm.prank(alice);
        uint256 piece = receipts.split(a1, _ids(10))[0];
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.SameReceipt.selector, a1));
        vm.prank(alice);
        receipts.merge(_ids(piece, a1), a1);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, piece));
        vm.prank(alice);
        receipts.merge(_ids(piece, piece), a1);
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.OwnerMismatch.selector, b1, bob, alice));
        vm.prank(alice);
        receipts.merge(_ids(b1), a1);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InsufficientApproval.selector, bob, piece));
        vm.prank(bob);
        receipts.merge(_ids(piece), a1);
    }

    function testFuzzCutAndJoinKeepsUnits(uint64 x, uint64 y, uint64 z) public {
        uint256 rest = SIZE / 2;
        uint256[] memory parts = _ids(x % rest, 0, 0);
        parts[1] = y % (rest - parts[0]);
        parts[2] = z % (rest - parts[0] - parts[1]);
        for (uint256 i; i < 3; ++i) vm.assume(parts[i] != 0);
        vm.prank(alice);
        uint256[] memory made = receipts.split(a1, parts);
        vm.prank(alice);
        receipts.transferFrom(made[0], made[1], parts[0] / 2);
        vm.prank(alice);
        receipts.merge(made, a1);
        vm.assertEq(receipts.balanceOf(a1), SIZE / 2);
        vm.assertEq(receipts.balanceOf(alice), 1);
    }

    // --- Whole -----------------------------------------------------------------------------------------------------

    function testWhole() public {
        vm.prank(alice);
        receipts.approve(bob, a1);
        vm.expectEmit(address(receipts));
        emit Transfer(alice, dave, a1);
        vm.prank(alice);
        receipts.transferFrom(alice, dave, a1);
        vm.assertEq(receipts.ownerOf(a1), dave);
        vm.assertEq(receipts.balanceOf(alice), 0);
        vm.assertEq(receipts.balanceOf(dave), 1);
        vm.assertEq(receipts.getApproved(a1), address(0));
    }

    function testWholeToOneself() public {
        vm.prank(alice);
        receipts.transferFrom(alice, alice, a1);
        vm.assertEq(receipts.ownerOf(a1), alice);
        vm.assertEq(receipts.balanceOf(alice), 1);
        vm.assertEq(receipts.balanceOf(a1), SIZE / 2);
    }

    function testWholeRefusals() public {
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721IncorrectOwner.selector, bob, a1, alice));
        vm.prank(alice);
        receipts.transferFrom(bob, dave, a1);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InsufficientApproval.selector, bob, a1));
        vm.prank(bob);
        receipts.transferFrom(alice, dave, a1);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidReceiver.selector, address(0)));
        vm.prank(alice);
        receipts.transferFrom(alice, address(0), a1);
    }

    function testSafeWhole() public {
        address accepting = address(new Receiver(bytes4(0)));
        _admit(accepting);
        vm.prank(alice);
        receipts.safeTransferFrom(alice, accepting, a1);
        vm.assertEq(receipts.ownerOf(a1), accepting);

        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidReceiver.selector, accepting));
        vm.prank(bob);
        receipts.safeTransferFrom(bob, accepting, b1, "refused");
        vm.prank(bob);
        receipts.safeTransferFrom(bob, dave, b1, "to a person");
        vm.assertEq(receipts.ownerOf(b1), dave);
    }

    // --- Approvals -------------------------------------------------------------------------------------------------

    function testApprovedForOne() public {
        vm.prank(alice);
        receipts.approve(bob, a1);
        vm.assertEq(receipts.getApproved(a1), bob);
        vm.prank(bob);
        receipts.transferFrom(a1, b1, 5);
        vm.prank(bob);
        receipts.transferFrom(alice, dave, a1);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidApprover.selector, alice));
        vm.prank(alice);
        receipts.approve(bob, a1);
    }

    function testApprovedForAll() public {
        vm.prank(alice);
        receipts.setApprovalForAll(bob, true);
        vm.assertTrue(receipts.isApprovedForAll(alice, bob), "operator");
        vm.prank(bob);
        receipts.approve(carol, a1);
        vm.prank(bob);
        receipts.transferFrom(a1, b1, 5);
        vm.prank(alice);
        receipts.setApprovalForAll(bob, false);
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.InsufficientAllowance.selector, a1, bob, 0, 5));
        vm.prank(bob);
        receipts.transferFrom(a1, b1, 5);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidOperator.selector, address(0)));
        receipts.setApprovalForAll(address(0), true);
    }

    function testAllowance() public {
        vm.expectEmit(address(receipts));
        emit ApprovalValue(a1, dave, 10);
        vm.prank(alice);
        receipts.approve(a1, dave, 10);
        vm.startPrank(dave);
        receipts.transferFrom(a1, b1, 4);
        vm.assertEq(receipts.allowance(a1, dave), 6);
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.InsufficientAllowance.selector, a1, dave, 6, 7));
        receipts.transferFrom(a1, b1, 7);
        receipts.transferFrom(a1, dave, 6);
        vm.assertEq(receipts.allowance(a1, dave), 0);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InsufficientApproval.selector, dave, a1));
        receipts.transferFrom(alice, dave, a1);
        vm.stopPrank();
    }

    function testAllowanceWithoutLimit() public {
        vm.prank(alice);
        receipts.approve(a1, dave, MAX);
        vm.prank(dave);
        receipts.transferFrom(a1, b1, 4);
        vm.assertEq(receipts.allowance(a1, dave), MAX);
    }

    function testNewOwnerStartsClean() public {
        vm.prank(alice);
        receipts.approve(a1, dave, MAX);
        vm.prank(alice);
        receipts.transferFrom(alice, bob, a1);
        vm.assertEq(receipts.allowance(a1, dave), 0);
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.InsufficientAllowance.selector, a1, dave, 0, 1));
        vm.prank(dave);
        receipts.transferFrom(a1, b1, 1);
    }

    function testWhoMayApproveValue() public {
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidApprover.selector, bob));
        vm.prank(bob);
        receipts.approve(a1, dave, 1);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidOperator.selector, alice));
        vm.prank(alice);
        receipts.approve(a1, alice, 1);
    }

    // --- How it shows ----------------------------------------------------------------------------------------------

    function testInterfaces() public {
        bytes4[7] memory ids =
            [bytes4(0x01ffc9a7), 0x80ac58cd, 0x5b5e139f, 0xd5358140, 0xe1600902, 0x49064906, 0xffffffff];
        for (uint256 i; i < 7; ++i) vm.assertTrue(receipts.supportsInterface(ids[i]) == (i != 6), "interface");
        vm.assertEq(uint32(type(IERC3525).interfaceId), 0xd5358140);
        vm.assertEq(receipts.valueDecimals(), 0);
    }

    function testMetadataIsDrawn() public {
        vm.assertTrue(bytes(receipts.tokenURI(a1)).length > 1000, "token");
        vm.assertTrue(bytes(receipts.slotURI(slot)).length > 100, "slot");
        vm.assertTrue(bytes(receipts.contractURI()).length > 100, "contract");
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.UnknownSeries.selector, 9));
        receipts.slotURI(9);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidOwner.selector, address(0)));
        receipts.balanceOf(address(0));
    }

    // --- What strangers can't do ----------------------------------------------------------------------------------

    /// @dev Nothing is not within an allowance of nothing: a stranger may make receipts for others, without end.
    function testStrangerMakesEmptyReceipts() public {
        vm.prank(stranger);
        try receipts.transferFrom(a1, bob, uint256(0)) {} catch {}
        vm.assertEq(receipts.balanceOf(bob), 1);
    }

    /// @dev An allowance given before a sale is alive again when the receipt comes back.
    function testAllowanceRevivesWhenReceiptReturns() public {
        vm.prank(alice);
        receipts.approve(a1, dave, MAX);
        vm.prank(alice);
        receipts.transferFrom(alice, bob, a1);
        vm.prank(bob);
        receipts.transferFrom(bob, alice, a1);
        vm.assertEq(receipts.allowance(a1, dave), 0);
    }
}
