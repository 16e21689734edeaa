// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IComputeReceipt, SeriesLabel} from "../src/interfaces/IComputeReceipt.sol";
import {IERC3525, IERC3525Metadata, IERC3525Receiver} from "../src/interfaces/IERC3525.sol";
import {IEligibility} from "../src/interfaces/IEligibility.sol";
import {Recorder} from "./Conformance.t.sol";

/// @notice ERC-3525, clause by clause; its receivers and metadata are in `Conformance3525Receiver.t.sol`. A second
/// series has this contract for its issuer.
contract ConformanceErc3525Test is Recorder {
    event Transfer(address indexed from, address indexed to, uint256 indexed tokenId);
    event TransferValue(uint256 indexed fromTokenId, uint256 indexed toTokenId, uint256 value);
    event SlotChanged(uint256 indexed tokenId, uint256 indexed oldSlot, uint256 indexed newSlot);
    event ApprovalValue(uint256 indexed tokenId, address indexed operator, uint256 value);

    uint256 private constant MAX = type(uint256).max;
    uint256 private other;
    uint256 private a2;

    function setUp() public override {
        super.setUp();
        authority.grantRole(FACTORY, address(this), 0);
        other = receipts.openSeries(address(this), SeriesLabel("CRT02", "CRT02", "CNY", 2), 1, 1);
        a2 = receipts.issue(other, alice, 100);
    }

    // --- Interfaces and views --------------------------------------------------------------------------------------

    /// @dev Identifiers as the standard gives them: the functions are the standard's, and no others.
    function testInterfaceIds() public {
        vm.assertTrue(type(IERC3525).interfaceId == 0xd5358140, "ERC-3525");
        vm.assertTrue(type(IERC3525Metadata).interfaceId == 0xe1600902, "metadata");
        vm.assertTrue(type(IERC3525Receiver).interfaceId == 0x009ce20b, "receiver");
    }

    /// @dev valueDecimals: by how many places a value is to be divided; units are minor units here (IERC3525 says 0).
    function testValueDecimals() public {
        vm.assertEq(receipts.valueDecimals(), 0);
    }

    /// @dev balanceOf(token), slotOf, allowance: of that token; for none there is no answer.
    function testValueAndSlotOfAToken() public {
        vm.assertEq(receipts.balanceOf(a1), SIZE / 2);
        vm.assertEq(receipts.balanceOf(a2), 100);
        vm.assertEq(receipts.slotOf(a1), slot);
        vm.assertEq(receipts.slotOf(a2), other);
        vm.assertEq(receipts.allowance(a1, dave), 0);
        bytes memory reason = abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 0);
        vm.expectRevert(reason);
        receipts.balanceOf(uint256(0));
        vm.expectRevert(reason);
        receipts.slotOf(0);
        vm.expectRevert(reason);
        receipts.allowance(0, dave);
    }

    // --- Approval by value -----------------------------------------------------------------------------------------

    /// @dev approve: the owner, an operator and the approved address may; ApprovalValue; the new value replaces the
    /// old.
    function testApproveValueByOwnerOperatorOrApproved() public {
        vm.startPrank(alice);
        receipts.setApprovalForAll(bob, true);
        receipts.approve(carol, a1);
        vm.stopPrank();
        address[3] memory callers = [alice, bob, carol];
        for (uint256 i; i < 3; ++i) {
            vm.expectEmit(address(receipts));
            emit ApprovalValue(a1, dave, 10 - i);
            vm.prank(callers[i]);
            receipts.approve(a1, dave, 10 - i);
            vm.assertEq(receipts.allowance(a1, dave), 10 - i);
        }
    }

    /// @dev approve: reverts for all others, even for one with an allowance: whoever approves has a higher level.
    function testApproveValueByAnyoneElseReverts() public {
        vm.prank(alice);
        receipts.approve(a1, dave, MAX);
        address[2] memory callers = [dave, stranger];
        for (uint256 i; i < 2; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidApprover.selector, callers[i]));
            vm.prank(callers[i]);
            receipts.approve(a1, bob, 1);
        }
    }

    /// @dev Security considerations: an approval by value changes nothing of ERC-721's approvals. Design decision: one
    /// of all of the value doesn't let the operator move the token.
    function testApproveValueIsApartFromErc721() public {
        vm.startPrank(alice);
        receipts.approve(bob, a1);
        receipts.approve(a1, dave, MAX);
        vm.stopPrank();
        vm.assertEq(receipts.getApproved(a1), bob);
        vm.assertTrue(!receipts.isApprovedForAll(alice, dave), "no operator");
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InsufficientApproval.selector, dave, a1));
        vm.prank(dave);
        receipts.transferFrom(alice, dave, a1);
    }

    /// @dev Approving rules: an operator, and the approved address of a token, manage its value too, without
    /// allowance.
    function testApprovalOfTheTokenIncludesItsValue() public {
        vm.startPrank(alice);
        receipts.setApprovalForAll(dave, true);
        receipts.approve(carol, a1);
        vm.stopPrank();
        vm.prank(dave);
        receipts.transferFrom(a1, b1, 1);
        vm.prank(carol);
        receipts.transferFrom(a1, carol, uint256(2));
        vm.assertEq(receipts.balanceOf(a1), SIZE / 2 - 3);
    }

    /// @dev The standard has no rule against an allowance for the owner; here it is refused (IComputeReceipt,
    /// "Unlike the standards").
    function testDeviationNoAllowanceForTheOwner() public {
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidOperator.selector, alice));
        vm.prank(alice);
        receipts.approve(a1, alice, 1);
    }

    /// @dev ApprovalValue: "MUST emit when the approval value of a token is set or changed": also when it is spent, by
    /// either transfer; not for one without limit, which stays.
    function testApprovalValueWhenAllowanceIsSpent() public {
        vm.startPrank(alice);
        receipts.approve(a1, dave, 10);
        receipts.approve(a1, bob, MAX);
        vm.stopPrank();
        vm.startPrank(dave);
        vm.expectEmit(address(receipts));
        emit ApprovalValue(a1, dave, 6);
        receipts.transferFrom(a1, b1, 4);
        vm.expectEmit(address(receipts));
        emit ApprovalValue(a1, dave, 0);
        receipts.transferFrom(a1, dave, uint256(6));
        vm.stopPrank();
        more.recordLogs();
        vm.prank(bob);
        receipts.transferFrom(a1, b1, 4);
        vm.assertEq(_emitted("ApprovalValue(uint256,address,uint256)"), 0);
        vm.assertEq(receipts.allowance(a1, bob), MAX);
    }

    /// @dev "MUST emit when the allowance of an operator is set or changed"; not here when it ends with a change of owner.
    function testDeviationNoApprovalValueWhenTheOwnerChanges() public {
        vm.startPrank(alice);
        receipts.approve(a1, dave, 10);
        more.recordLogs();
        receipts.transferFrom(alice, bob, a1);
        vm.assertEq(receipts.allowance(a1, dave), 0);
        vm.assertEq(_emitted("ApprovalValue(uint256,address,uint256)"), 0);
    }

    // --- From token to token ---------------------------------------------------------------------------------------

    /// @dev transferFrom(id, id, value): less in the one, more in the other; TransferValue, also for a value of zero.
    function testValueToToken() public {
        uint256[] memory values = _ids(5, 0, SIZE / 2 - 5);
        for (uint256 i; i < 3; ++i) {
            vm.expectEmit(address(receipts));
            emit TransferValue(a1, b1, values[i]);
            vm.prank(alice);
            receipts.transferFrom(a1, b1, values[i]);
        }
        vm.assertEq(receipts.balanceOf(a1), 0);
        vm.assertEq(receipts.balanceOf(b1), SIZE * 8 / 10);
        vm.assertEq(receipts.ownerOf(a1), alice);
    }

    /// @dev Both transfers: only the owner, an operator, the approved address, or within the allowance, which shrinks.
    function testValueWithinTheAllowance() public {
        vm.prank(alice);
        receipts.approve(a1, dave, 10);
        vm.startPrank(dave);
        receipts.transferFrom(a1, b1, 4);
        receipts.transferFrom(a1, dave, uint256(5));
        vm.assertEq(receipts.allowance(a1, dave), 1);
        bytes memory reason = abi.encodeWithSelector(IComputeReceipt.InsufficientAllowance.selector, a1, dave, 1, 2);
        vm.expectRevert(reason);
        receipts.transferFrom(a1, b1, 2);
        vm.expectRevert(reason);
        receipts.transferFrom(a1, dave, uint256(2));
    }

    /// @dev Both transfers: revert for all others, the owner of the other token included.
    function testValueByAnyoneElseReverts() public {
        address[2] memory callers = [bob, stranger];
        for (uint256 i; i < 2; ++i) {
            bytes memory reason =
                abi.encodeWithSelector(IComputeReceipt.InsufficientAllowance.selector, a1, callers[i], 0, 1);
            vm.startPrank(callers[i]);
            vm.expectRevert(reason);
            receipts.transferFrom(a1, b1, 1);
            vm.expectRevert(reason);
            receipts.transferFrom(a1, bob, uint256(1));
            vm.stopPrank();
        }
    }

    /// @dev Both transfers: revert for a value above that of the token, whatever the allowance.
    function testValueAboveTheBalanceReverts() public {
        uint256 most = SIZE / 2;
        vm.prank(alice);
        receipts.approve(a1, dave, MAX);
        address[2] memory callers = [alice, dave];
        for (uint256 i; i < 2; ++i) {
            vm.startPrank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.InsufficientUnits.selector, a1, most, most + 1));
            receipts.transferFrom(a1, b1, most + 1);
            vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.InsufficientUnits.selector, a1, most, MAX));
            receipts.transferFrom(a1, bob, MAX);
            vm.stopPrank();
        }
    }

    /// @dev Both transfers: revert if a token is zero or doesn't exist, in the same slot too, and for a value of zero.
    function testValueOfNoTokenReverts() public {
        uint256[] memory missing = _ids(0, a1 + 50);
        bytes4 nonexistent = IERC721Errors.ERC721NonexistentToken.selector;
        vm.startPrank(alice);
        for (uint256 value; value < 2; ++value) {
            vm.expectRevert();
            receipts.transferFrom(a1, uint256(0), value);
            vm.expectRevert();
            receipts.transferFrom(uint256(0), a1, value);
            vm.expectRevert(abi.encodeWithSelector(nonexistent, a1 + 50));
            receipts.transferFrom(a1, a1 + 50, value);
            vm.expectRevert(abi.encodeWithSelector(nonexistent, a1 + 50));
            receipts.transferFrom(a1 + 50, a1, value);
            for (uint256 i; i < 2; ++i) {
                vm.expectRevert(abi.encodeWithSelector(nonexistent, missing[i]));
                receipts.transferFrom(missing[i], bob, value);
            }
        }
    }

    /// @dev transferFrom(id, id, value): reverts if the slots don't match.
    function testValueToAnotherSlotReverts() public {
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.SlotMismatch.selector, slot, other));
        receipts.transferFrom(a1, a2, 1);
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.SlotMismatch.selector, other, slot));
        receipts.transferFrom(a2, a1, 0);
    }

    /// @dev The standard has no rule against one token twice; here it is refused (the NatSpec of `SameReceipt`).
    function testDeviationValueToTheSameToken() public {
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.SameReceipt.selector, a1));
        vm.prank(alice);
        receipts.transferFrom(a1, a1, 1);
    }

    /// @dev Zero is within any allowance, but only the owner, an operator and the approved address may move zero here.
    /// IComputeReceipt, "Unlike the standards".
    function testDeviationNothingByAllowance() public {
        vm.prank(alice);
        receipts.approve(a1, dave, 10);
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.InsufficientAllowance.selector, a1, dave, 10, 0));
        vm.prank(dave);
        receipts.transferFrom(a1, b1, 0);
    }

    // --- From token to address -------------------------------------------------------------------------------------

    /// @dev transferFrom(id, to, value): a token of `to` with the same slot receives it, and its id is returned;
    /// Transfer, TransferValue; SlotChanged when its slot is set. A new token also if `to` has one of the slot
    /// already.
    function testValueToAddress() public {
        address[2] memory receivers = [dave, bob];
        for (uint256 i; i < 2; ++i) {
            uint256 next = a1 + 3 + i;
            vm.expectEmit(address(receipts));
            emit Transfer(address(0), receivers[i], next);
            vm.expectEmit(address(receipts));
            emit SlotChanged(next, 0, slot);
            vm.expectEmit(address(receipts));
            emit TransferValue(a1, next, 5);
            vm.prank(alice);
            uint256 made = receipts.transferFrom(a1, receivers[i], uint256(5));
            vm.assertEq(made, next);
            vm.assertEq(receipts.ownerOf(made), receivers[i]);
            vm.assertEq(receipts.slotOf(made), slot);
            vm.assertEq(receipts.balanceOf(made), 5);
        }
        vm.assertEq(receipts.balanceOf(a1), SIZE / 2 - 10);
    }

    /// @dev transferFrom(id, to, value): reverts if `to` is the zero address.
    function testValueToZeroAddressReverts() public {
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidReceiver.selector, address(0)));
        vm.prank(alice);
        receipts.transferFrom(a1, address(0), uint256(1));
    }

    /// @dev The standard knows zero value transfers, but a new token has units here (the NatSpec of `NoUnits`).
    function testDeviationNothingToAddress() public {
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.NoUnits.selector));
        vm.prank(alice);
        receipts.transferFrom(a1, bob, uint256(0));
    }

    // --- Made and destroyed ----------------------------------------------------------------------------------------

    /// @dev TransferValue from zero and SlotChanged from zero when a token is made.
    function testEventsWhenMade() public {
        vm.expectEmit(address(receipts));
        emit Transfer(address(0), bob, a2 + 1);
        vm.expectEmit(address(receipts));
        emit SlotChanged(a2 + 1, 0, other);
        vm.expectEmit(address(receipts));
        emit TransferValue(0, a2 + 1, 7);
        receipts.issue(other, bob, 7);
    }

    /// @dev TransferValue to zero and SlotChanged to zero when a token is destroyed.
    function testEventsWhenDestroyed() public {
        vm.expectEmit(address(receipts));
        emit SlotChanged(a2, other, 0);
        vm.expectEmit(address(receipts));
        emit Transfer(alice, address(0), a2);
        vm.expectEmit(address(receipts));
        emit TransferValue(a2, 0, 100);
        receipts.destroy(other, _ids(a2));
    }

    /// @dev A merged token's value goes to the other token; the empty one is destroyed without a TransferValue of
    /// zero.
    function testEventsWhenMerged() public {
        vm.startPrank(alice);
        uint256 piece = receipts.split(a1, _ids(9))[0];
        vm.expectEmit(address(receipts));
        emit TransferValue(piece, a1, 9);
        vm.expectEmit(address(receipts));
        emit SlotChanged(piece, slot, 0);
        vm.expectEmit(address(receipts));
        emit Transfer(alice, address(0), piece);
        receipts.merge(_ids(piece), a1);
    }

    // --- What this contract adds -----------------------------------------------------------------------------------

    /// @dev Payable in the standard, not here (IERC3525: "Left out on purpose").
    function testDeviationNotPayable() public {
        more.deal(alice, 3);
        bytes[3] memory calls = [
            abi.encodeWithSignature("transferFrom(uint256,uint256,uint256)", a1, b1, 1),
            abi.encodeWithSignature("transferFrom(uint256,address,uint256)", a1, bob, 1),
            abi.encodeWithSignature("approve(uint256,address,uint256)", a1, bob, 1)
        ];
        for (uint256 i; i < 3; ++i) {
            vm.prank(alice);
            (bool success,) = address(receipts).call{value: 1}(calls[i]);
            vm.assertTrue(!success, "refused");
        }
        vm.assertEq(receipts.balanceOf(a1), SIZE / 2);
    }

    /// @dev Units only for an eligible holder, in both transfers (IComputeReceipt: "Nobody receives units without").
    function testDeviationEligibility() public {
        vm.expectRevert(abi.encodeWithSelector(IEligibility.NotEligible.selector, stranger, slot));
        vm.prank(alice);
        receipts.transferFrom(a1, stranger, uint256(1));
        vm.prank(compliance);
        receipts.setStanding(bob, 0, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(IEligibility.NotEligible.selector, bob, slot));
        vm.prank(alice);
        receipts.transferFrom(a1, b1, 1);
    }

    /// @dev Nothing out of a frozen token or to a frozen holder; but into a frozen token of one who isn't
    /// (IComputeReceipt says only "Freezes or releases receipts").
    function testDeviationFrozen() public {
        vm.prank(compliance);
        receipts.setReceiptFrozen(_ids(a1), true, "");
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.FrozenReceipt.selector, a1));
        vm.prank(alice);
        receipts.transferFrom(a1, b1, 1);
        vm.prank(bob);
        receipts.transferFrom(b1, a1, 1);
        vm.assertEq(receipts.balanceOf(a1), SIZE / 2 + 1);
        vm.prank(compliance);
        receipts.setHolderFrozen(carol, true, "");
        vm.expectRevert(abi.encodeWithSelector(IEligibility.FrozenHolder.selector, carol));
        vm.prank(bob);
        receipts.transferFrom(b1, c1, 1);
    }

    function _stays(bool locked, bool paused, bool retired) private {
        bytes memory reason =
            abi.encodeWithSelector(IComputeReceipt.SeriesNotMovable.selector, other, locked, paused, retired);
        vm.startPrank(alice);
        vm.expectRevert(reason);
        receipts.transferFrom(a2, bob, uint256(1));
        vm.expectRevert(reason);
        receipts.transferFrom(alice, bob, a2);
        vm.stopPrank();
    }

    /// @dev Nothing moves before a series is unlocked (`unlock`), while it is paused (`pause`), and once it is retired
    /// (`fixRecord`, `SeriesRetired`).
    function testDeviationLockedPausedRetired() public {
        _stays(true, false, false);
        receipts.unlock(other);
        vm.prank(alice);
        receipts.transferFrom(a2, bob, uint256(1));
        vm.prank(guardian);
        receipts.pause(other);
        _stays(false, true, false);
        vm.prank(administrator);
        receipts.unpause(other);
        receipts.fixRecord(other, true);
        _stays(false, false, true);
    }
}
