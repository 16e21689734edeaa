// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IComputeReceipt} from "../src/interfaces/IComputeReceipt.sol";
import {IEligibility} from "../src/interfaces/IEligibility.sol";
import {Recorder, ReceiptWallet} from "./Conformance.t.sol";
import {Plain} from "./utils/Actors.sol";
import {Mood, VoucherWallet} from "./utils/VoucherActors.sol";

/// @notice ERC-721 of the receipts, clause by clause.
contract ConformanceErc721Test is Recorder {
    event Transfer(address indexed from, address indexed to, uint256 indexed tokenId);
    event Approval(address indexed owner, address indexed approved, uint256 indexed tokenId);
    event ApprovalForAll(address indexed owner, address indexed operator, bool approved);

    function _nonexistent(uint256 tokenId) private {
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, tokenId));
    }

    // --- ERC-721: owners -------------------------------------------------------------------------------------------

    /// @dev balanceOf: counts all tokens of an owner, possibly zero.
    function testBalanceOfCountsTokens() public {
        vm.assertEq(receipts.balanceOf(alice), 1);
        vm.assertEq(receipts.balanceOf(stranger), 0);
        vm.prank(bob);
        receipts.transferFrom(bob, alice, b1);
        vm.assertEq(receipts.balanceOf(alice), 2);
        vm.assertEq(receipts.balanceOf(bob), 0);
    }

    /// @dev balanceOf: tokens of the zero address are invalid, and asking for them throws.
    function testBalanceOfZeroAddressThrows() public {
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidOwner.selector, address(0)));
        receipts.balanceOf(address(0));
    }

    /// @dev ownerOf, getApproved, tokenURI: throw for a token that is not valid: never made, or destroyed.
    function testInvalidTokenThrows() public {
        vm.startPrank(alice);
        uint256 gone = receipts.split(a1, _ids(1))[0];
        receipts.merge(_ids(gone), a1);
        vm.stopPrank();
        uint256[] memory tokenIds = _ids(0, a1 + 50, gone);
        for (uint256 i; i < 3; ++i) {
            _nonexistent(tokenIds[i]);
            receipts.ownerOf(tokenIds[i]);
            _nonexistent(tokenIds[i]);
            receipts.getApproved(tokenIds[i]);
            _nonexistent(tokenIds[i]);
            receipts.tokenURI(tokenIds[i]);
            _nonexistent(tokenIds[i]);
            receipts.approve(bob, tokenIds[i]);
            _nonexistent(tokenIds[i]);
            receipts.transferFrom(alice, bob, tokenIds[i]);
            _nonexistent(tokenIds[i]);
            receipts.safeTransferFrom(alice, bob, tokenIds[i]);
            _nonexistent(tokenIds[i]);
            receipts.safeTransferFrom(alice, bob, tokenIds[i], "data");
        }
    }

    // --- ERC-721: transfers ----------------------------------------------------------------------------------------

    /// @dev Transfer: also for tokens that are made (from zero) or destroyed (to zero).
    function testTransferEventWhenMadeAndDestroyed() public {
        uint256 made = a1 + 3;
        vm.expectEmit(address(receipts));
        emit Transfer(address(0), alice, made);
        vm.prank(alice);
        receipts.split(a1, _ids(1));
        vm.expectEmit(address(receipts));
        emit Transfer(alice, address(0), made);
        vm.prank(alice);
        receipts.merge(_ids(made), a1);
    }

    /// @dev transferFrom, safeTransferFrom: the owner, an operator or the approved address may; each emits Transfer.
    function testTransferByOwnerOperatorOrApproved() public {
        vm.expectEmit(address(receipts));
        emit Transfer(alice, bob, a1);
        vm.prank(alice);
        receipts.transferFrom(alice, bob, a1);
        vm.assertEq(receipts.ownerOf(a1), bob);

        vm.prank(bob);
        receipts.setApprovalForAll(stranger, true);
        vm.expectEmit(address(receipts));
        emit Transfer(bob, carol, a1);
        vm.prank(stranger);
        receipts.safeTransferFrom(bob, carol, a1);

        vm.prank(carol);
        receipts.approve(stranger, a1);
        vm.expectEmit(address(receipts));
        emit Transfer(carol, dave, a1);
        vm.prank(stranger);
        receipts.safeTransferFrom(carol, dave, a1, "data");
        vm.assertEq(receipts.ownerOf(a1), dave);
    }

    /// @dev transferFrom, safeTransferFrom: throw for anyone else, an operator of another owner included.
    function testTransferByAnyoneElseThrows() public {
        vm.prank(bob);
        receipts.setApprovalForAll(stranger, true);
        bytes memory reason = abi.encodeWithSelector(IERC721Errors.ERC721InsufficientApproval.selector, stranger, a1);
        vm.startPrank(stranger);
        vm.expectRevert(reason);
        receipts.transferFrom(alice, bob, a1);
        vm.expectRevert(reason);
        receipts.safeTransferFrom(alice, bob, a1);
    }

    /// @dev transferFrom, safeTransferFrom: throw when `from` is not the owner.
    function testTransferFromAnotherThanTheOwnerThrows() public {
        bytes memory reason = abi.encodeWithSelector(IERC721Errors.ERC721IncorrectOwner.selector, bob, a1, alice);
        vm.startPrank(alice);
        vm.expectRevert(reason);
        receipts.transferFrom(bob, dave, a1);
        vm.expectRevert(reason);
        receipts.safeTransferFrom(bob, dave, a1);
    }

    /// @dev transferFrom, safeTransferFrom: throw when `to` is the zero address.
    function testTransferToZeroAddressThrows() public {
        bytes memory reason = abi.encodeWithSelector(IERC721Errors.ERC721InvalidReceiver.selector, address(0));
        vm.startPrank(alice);
        vm.expectRevert(reason);
        receipts.transferFrom(alice, address(0), a1);
        vm.expectRevert(reason);
        receipts.safeTransferFrom(alice, address(0), a1);
    }

    /// @dev Transfer: says that the approved address is reset to none; operators stay.
    function testTransferResetsTheApprovedAddress() public {
        vm.startPrank(alice);
        receipts.approve(dave, a1);
        receipts.setApprovalForAll(carol, true);
        receipts.transferFrom(alice, bob, a1);
        vm.stopPrank();
        vm.assertEq(receipts.getApproved(a1), address(0));
        vm.assertTrue(receipts.isApprovedForAll(alice, carol), "operator");
    }

    /// @dev Caveats of ERC-721 allow a stricter mutability than `payable`. IComputeReceipt says so ("left out").
    function testDeviationNotPayable() public {
        more.deal(alice, 3);
        bytes[3] memory calls = [
            abi.encodeWithSignature("transferFrom(address,address,uint256)", alice, bob, a1),
            abi.encodeWithSignature("safeTransferFrom(address,address,uint256)", alice, bob, a1),
            abi.encodeWithSignature("approve(address,uint256)", bob, a1)
        ];
        for (uint256 i; i < 3; ++i) {
            vm.prank(alice);
            (bool success,) = address(receipts).call{value: 1}(calls[i]);
            vm.assertTrue(!success, "refused");
        }
        vm.assertEq(receipts.ownerOf(a1), alice);
    }

    // --- ERC-721: receivers ----------------------------------------------------------------------------------------

    /// @dev safeTransferFrom: a contract is called when the transfer is complete, with operator, from, id and data.
    function testReceiverIsCalledAfterTheTransfer() public {
        ReceiptWallet wallet = _receiptWallet();
        vm.prank(alice);
        receipts.approve(stranger, a1);
        vm.prank(stranger);
        receipts.safeTransferFrom(alice, address(wallet), a1, "note");
        vm.assertEq(wallet.told(), keccak256(abi.encode(stranger, alice, a1, "note")));
        vm.assertEq(wallet.ownerThen(), address(wallet));
    }

    /// @dev safeTransferFrom without data: the same as with empty data.
    function testReceiverIsToldEmptyData() public {
        ReceiptWallet wallet = _receiptWallet();
        vm.prank(alice);
        receipts.safeTransferFrom(alice, address(wallet), a1);
        vm.assertEq(wallet.told(), keccak256(abi.encode(alice, alice, a1, "")));
    }

    /// @dev safeTransferFrom: throws unless the answer is the magic value; an error of the receiver throws too.
    function testReceiverThatRefusesThrows() public {
        ReceiptWallet wallet = _receiptWallet();
        bytes memory invalid = abi.encodeWithSelector(IERC721Errors.ERC721InvalidReceiver.selector, address(wallet));
        bytes[3] memory reasons = [invalid, abi.encodeWithSelector(VoucherWallet.NotNow.selector), invalid];
        vm.startPrank(alice);
        for (uint256 i; i < 3; ++i) {
            wallet.setMood(Mood(i + 1));
            vm.expectRevert(reasons[i]);
            receipts.safeTransferFrom(alice, address(wallet), a1);
        }
        vm.assertEq(receipts.ownerOf(a1), alice);
    }

    /// @dev safeTransferFrom: throws for a contract that doesn't know the call.
    function testReceiverWithoutTheFunctionThrows() public {
        address plain = address(new Plain());
        _admit(plain);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidReceiver.selector, plain));
        vm.prank(alice);
        receipts.safeTransferFrom(alice, plain, a1);
    }

    /// @dev transferFrom: the caller has to see to it that `to` can receive; nobody is asked.
    function testTransferFromAsksNobody() public {
        ReceiptWallet wallet = _receiptWallet();
        wallet.setMood(Mood.Revert);
        vm.prank(alice);
        receipts.transferFrom(alice, address(wallet), a1);
        vm.assertEq(wallet.asked(), 0);
        vm.assertEq(receipts.ownerOf(a1), address(wallet));
    }

    /// @dev A receiver owns the token when it is called: it may pass it on, and reach nothing else.
    function testReentrantReceiver() public {
        ReceiptWallet wallet = _receiptWallet();
        bytes4 selector = bytes4(keccak256("transferFrom(address,address,uint256)"));
        wallet.prepare(address(receipts), abi.encodeWithSelector(selector, address(wallet), dave, a1));
        vm.prank(alice);
        receipts.safeTransferFrom(alice, address(wallet), a1);
        vm.assertTrue(wallet.succeeded(), "passed on");
        vm.assertEq(receipts.ownerOf(a1), dave);
        vm.assertEq(receipts.balanceOf(address(wallet)), 0);

        wallet.prepare(address(receipts), abi.encodeWithSelector(selector, bob, dave, b1));
        vm.prank(dave);
        receipts.safeTransferFrom(dave, address(wallet), a1);
        vm.assertTrue(wallet.tried() && !wallet.succeeded(), "not the token of another");
        vm.assertEq(receipts.ownerOf(b1), bob);
    }

    // --- ERC-721: approvals ----------------------------------------------------------------------------------------

    /// @dev approve: sets or changes the one approved address and emits Approval; the zero address stands for none.
    function testApproveSetsChangesAndClears() public {
        address[3] memory approved = [bob, carol, address(0)];
        for (uint256 i; i < 3; ++i) {
            vm.expectEmit(address(receipts));
            emit Approval(alice, approved[i], a1);
            vm.prank(alice);
            receipts.approve(approved[i], a1);
            vm.assertEq(receipts.getApproved(a1), approved[i]);
        }
        vm.expectPartialRevert(IERC721Errors.ERC721InsufficientApproval.selector);
        vm.prank(bob);
        receipts.transferFrom(alice, bob, a1);
    }

    /// @dev approve: an operator of the owner may; the event names the owner.
    function testApproveByOperator() public {
        vm.prank(alice);
        receipts.setApprovalForAll(bob, true);
        vm.expectEmit(address(receipts));
        emit Approval(alice, carol, a1);
        vm.prank(bob);
        receipts.approve(carol, a1);
    }

    /// @dev approve: throws for anyone else, even the approved address.
    function testApproveByAnyoneElseThrows() public {
        vm.prank(alice);
        receipts.approve(bob, a1);
        address[2] memory callers = [bob, stranger];
        for (uint256 i; i < 2; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidApprover.selector, callers[i]));
            vm.prank(callers[i]);
            receipts.approve(carol, a1);
        }
    }

    /// @dev setApprovalForAll: enables and disables with ApprovalForAll; several operators at a time.
    function testSetApprovalForAllSeveralOperators() public {
        vm.startPrank(alice);
        vm.expectEmit(address(receipts));
        emit ApprovalForAll(alice, bob, true);
        receipts.setApprovalForAll(bob, true);
        receipts.setApprovalForAll(carol, true);
        vm.expectEmit(address(receipts));
        emit ApprovalForAll(alice, bob, false);
        receipts.setApprovalForAll(bob, false);
        vm.assertTrue(!receipts.isApprovedForAll(alice, bob), "disabled");
        vm.assertTrue(receipts.isApprovedForAll(alice, carol), "still enabled");
        vm.assertTrue(!receipts.isApprovedForAll(carol, alice), "one way");
        vm.stopPrank();
        vm.expectPartialRevert(IERC721Errors.ERC721InsufficientApproval.selector);
        vm.prank(bob);
        receipts.transferFrom(alice, bob, a1);
        vm.prank(carol);
        receipts.transferFrom(alice, bob, a1);
    }

    /// @dev ERC-721 excludes no operator; here zero is refused (IComputeReceipt, "Unlike the standards").
    function testDeviationZeroOperatorThrows() public {
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidOperator.selector, address(0)));
        receipts.setApprovalForAll(address(0), true);
    }

    // --- ERC-721: what this contract adds --------------------------------------------------------------------------

    /// @dev Only an eligible holder receives ("Nobody receives units without being eligible", IComputeReceipt).
    function testDeviationEligibility() public {
        vm.expectRevert(abi.encodeWithSelector(IEligibility.NotEligible.selector, stranger, slot));
        vm.prank(alice);
        receipts.transferFrom(alice, stranger, a1);
    }

    /// @dev A frozen token doesn't move, nor does a frozen holder send or receive (setReceiptFrozen, setHolderFrozen).
    function testDeviationFrozen() public {
        vm.prank(compliance);
        receipts.setReceiptFrozen(_ids(a1), true, "");
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.FrozenReceipt.selector, a1));
        vm.prank(alice);
        receipts.transferFrom(alice, dave, a1);

        vm.prank(compliance);
        receipts.setHolderFrozen(bob, true, "");
        bytes memory reason = abi.encodeWithSelector(IEligibility.FrozenHolder.selector, bob);
        vm.expectRevert(reason);
        vm.prank(bob);
        receipts.transferFrom(bob, dave, b1);
        vm.expectRevert(reason);
        vm.prank(carol);
        receipts.transferFrom(carol, bob, c1);
    }

    /// @dev A paused series doesn't move (`pause`).
    function testDeviationPaused() public {
        vm.prank(guardian);
        receipts.pause(slot);
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.SeriesNotMovable.selector, slot, false, true, false));
        vm.prank(alice);
        receipts.transferFrom(alice, dave, a1);
    }

    /// @dev Compliance moves units without approval, to a new token (`forcedTransfer`); the old one stays, empty.
    function testDeviationForcedTransfer() public {
        vm.expectEmit(address(receipts));
        emit Transfer(address(0), dave, a1 + 3);
        vm.prank(compliance);
        receipts.forcedTransfer(a1, dave, SIZE / 2, "order");
        vm.assertEq(receipts.ownerOf(a1), alice);
        vm.assertEq(receipts.balanceOf(a1), 0);
    }
}
