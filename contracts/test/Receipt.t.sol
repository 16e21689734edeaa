// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IComputeReceipt} from "../src/interfaces/IComputeReceipt.sol";
import {ActiveFixture} from "./utils/Fixture.sol";

/// @notice How receipts move beyond the standards, whose clauses are in the `Conformance` files: in batches, cut and
/// joined, to oneself.
contract ReceiptTest is ActiveFixture {
    uint256 internal constant MAX = type(uint256).max;

    // --- By value --------------------------------------------------------------------------------------------------

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
        for (uint256 i; i < 3; ++i) {
            vm.assume(parts[i] != 0);
        }
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

    function testWholeToOneself() public {
        vm.prank(alice);
        receipts.transferFrom(alice, alice, a1);
        vm.assertEq(receipts.ownerOf(a1), alice);
        vm.assertEq(receipts.balanceOf(alice), 1);
        vm.assertEq(receipts.balanceOf(a1), SIZE / 2);
    }

    // --- Approvals -------------------------------------------------------------------------------------------------

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

    // --- What strangers can't do ----------------------------------------------------------------------------------

    /// @dev Nothing is not within an allowance of nothing: else a stranger could touch everybody's receipts, and make
    /// them for others, without end.
    function testStrangerMovesNothingOutOfAReceipt() public {
        bytes memory reason = abi.encodeWithSelector(IComputeReceipt.InsufficientAllowance.selector, a1, stranger, 0, 0);
        vm.startPrank(stranger);
        vm.expectRevert(reason);
        receipts.transferFrom(a1, bob, uint256(0));
        vm.expectRevert(reason);
        receipts.transferFrom(a1, b1, 0);
        vm.expectRevert(reason);
        receipts.split(a1, _ids(0));
        vm.expectRevert(reason);
        receipts.transferBatch(_ids(a1), _ids(b1), _ids(0));
        vm.stopPrank();
    }

    /// @dev Nor does who may move units make receipts without any.
    function testNobodyMakesEmptyReceipts() public {
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.NoUnits.selector));
        receipts.transferFrom(a1, bob, uint256(0));
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.NoUnits.selector));
        receipts.split(a1, _ids(0));
        vm.stopPrank();
        vm.assertEq(receipts.balanceOf(bob), 1);
        vm.assertEq(receipts.balanceOf(alice), 1);
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
