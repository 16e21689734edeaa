// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IVouchers, ProgrammeTerms} from "../src/interfaces/IVouchers.sol";
import {Plain} from "./utils/Actors.sol";
import {Mood, VoucherWallet} from "./utils/VoucherActors.sol";
import {VoucherFixture} from "./utils/VoucherFixture.sol";

/// @notice ERC-1155 and ERC-165, clause by clause, and what a programme adds to them.
contract VouchersTokenTest is VoucherFixture {
    event TransferBatch(
        address indexed operator, address indexed from, address indexed to, uint256[] ids, uint256[] values
    );
    event ApprovalForAll(address indexed account, address indexed operator, bool approved);

    uint256 internal other;

    function setUp() public override {
        super.setUp();
        ProgrammeTerms memory terms = _terms();
        terms.uri = "ipfs://other";
        _hold(alice, 10);
        other = _programme(terms);
        id = other;
        _hold(alice, 20);
        id = 1;
    }

    function _missing(address owner, address operator) private {
        vm.expectRevert(
            abi.encodeWithSelector(IERC1155Errors.ERC1155MissingApprovalForAll.selector, operator, owner)
        );
    }

    // --- ERC-165 and metadata --------------------------------------------------------------------------------------

    function testInterfaces() public {
        vm.assertTrue(vouchers.supportsInterface(0x01ffc9a7), "ERC-165");
        vm.assertTrue(vouchers.supportsInterface(0xd9b67a26), "ERC-1155");
        vm.assertTrue(vouchers.supportsInterface(0x0e89341c), "ERC-1155 metadata");
        vm.assertTrue(!vouchers.supportsInterface(0xffffffff), "no interface");
        vm.assertTrue(!vouchers.supportsInterface(0x4e2312e0), "not a receiver");
    }

    function testUri() public {
        vm.assertEq(bytes(vouchers.uri(id)), "ipfs://programme");
        vm.assertEq(bytes(vouchers.uri(other)), "ipfs://other");
        vm.assertEq(bytes(vouchers.uri(9)), "");
    }

    // --- Balances --------------------------------------------------------------------------------------------------

    function testBalances() public {
        address[] memory accounts = new address[](3);
        (accounts[0], accounts[1], accounts[2]) = (alice, alice, bob);
        uint256[] memory balances = vouchers.balanceOfBatch(accounts, _ids(id, other, id));
        vm.assertEq(abi.encode(balances), abi.encode(_ids(10, 20, 0)));
        vm.expectRevert(abi.encodeWithSelector(IERC1155Errors.ERC1155InvalidArrayLength.selector, 2, 3));
        vouchers.balanceOfBatch(accounts, _ids(id, other));
    }

    // --- Single transfer -------------------------------------------------------------------------------------------

    function testOwnerTransfers() public {
        vm.expectEmit(address(vouchers));
        emit TransferSingle(alice, alice, bob, id, 4);
        vm.prank(alice);
        vouchers.safeTransferFrom(alice, bob, id, 4, "");
        vm.assertEq(vouchers.balanceOf(alice, id), 6);
        vm.assertEq(vouchers.balanceOf(bob, id), 4);
        // Points stay with whom they were issued to.
        vm.assertEq(vouchers.redeemed(id, alice), 10);
        vm.assertEq(vouchers.redeemed(id, bob), 0);
        vm.assertEq(_held(id), 10);
    }

    function testOperatorTransfers() public {
        _missing(alice, bob);
        vm.prank(bob);
        vouchers.safeTransferFrom(alice, bob, id, 4, "");

        vm.expectEmit(address(vouchers));
        emit ApprovalForAll(alice, bob, true);
        vm.prank(alice);
        vouchers.setApprovalForAll(bob, true);
        vm.assertTrue(vouchers.isApprovedForAll(alice, bob), "approved");
        vm.assertTrue(!vouchers.isApprovedForAll(bob, alice), "one way");
        vm.expectEmit(address(vouchers));
        emit TransferSingle(bob, alice, carol, id, 4);
        vm.prank(bob);
        vouchers.safeTransferFrom(alice, carol, id, 4, "");

        vm.expectEmit(address(vouchers));
        emit ApprovalForAll(alice, bob, false);
        vm.prank(alice);
        vouchers.setApprovalForAll(bob, false);
        _missing(alice, bob);
        vm.prank(bob);
        vouchers.safeTransferFrom(alice, carol, id, 4, "");
        _missing(alice, bob);
        vm.prank(bob);
        vouchers.safeBatchTransferFrom(alice, carol, _ids(id), _ids(1), "");
    }

    function testNobodyIsNoParty() public {
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IERC1155Errors.ERC1155InvalidOperator.selector, address(0)));
        vouchers.setApprovalForAll(address(0), true);
        vm.expectRevert(abi.encodeWithSelector(IERC1155Errors.ERC1155InvalidReceiver.selector, address(0)));
        vouchers.safeTransferFrom(alice, address(0), id, 1, "");
        vm.expectRevert(abi.encodeWithSelector(IERC1155Errors.ERC1155InvalidReceiver.selector, address(0)));
        vouchers.safeBatchTransferFrom(alice, address(0), _ids(id), _ids(1), "");
        _missing(address(0), alice);
        vouchers.safeTransferFrom(address(0), alice, id, 1, "");
    }

    function testNoMoreThanThereIs() public {
        uint256[3] memory values = [uint256(11), 1 << 64, type(uint256).max];
        vm.startPrank(alice);
        for (uint256 i; i < 3; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    IERC1155Errors.ERC1155InsufficientBalance.selector, alice, 10, values[i], id
                )
            );
            vouchers.safeTransferFrom(alice, bob, id, values[i], "");
        }
        vouchers.safeTransferFrom(alice, bob, id, 10, "");
        vouchers.safeTransferFrom(alice, bob, id, 0, "");
        vm.assertEq(vouchers.balanceOf(bob, id), 10);
    }

    function testToItself() public {
        vm.startPrank(alice);
        vouchers.safeTransferFrom(alice, alice, id, 10, "");
        vouchers.safeBatchTransferFrom(alice, alice, _ids(id, id), _ids(10, 10), "");
        vm.assertEq(vouchers.balanceOf(alice, id), 10);
        vm.assertEq(vouchers.redeemed(id, alice), 10);
    }

    // --- Batch transfer --------------------------------------------------------------------------------------------

    function testBatch() public {
        vm.expectEmit(address(vouchers));
        emit TransferBatch(alice, alice, bob, _ids(id, other, id), _ids(1, 2, 3));
        vm.prank(alice);
        vouchers.safeBatchTransferFrom(alice, bob, _ids(id, other, id), _ids(1, 2, 3), "");
        vm.assertEq(vouchers.balanceOf(bob, id), 4);
        vm.assertEq(vouchers.balanceOf(bob, other), 2);
        vm.assertEq(vouchers.balanceOf(alice, id), 6);
    }

    function testBatchAllOrNone() public {
        vm.startPrank(alice);
        vm.expectRevert(
            abi.encodeWithSelector(IERC1155Errors.ERC1155InsufficientBalance.selector, alice, 4, 5, id)
        );
        vouchers.safeBatchTransferFrom(alice, bob, _ids(id, other, id), _ids(6, 2, 5), "");
        vm.expectRevert(abi.encodeWithSelector(IERC1155Errors.ERC1155InvalidArrayLength.selector, 2, 1));
        vouchers.safeBatchTransferFrom(alice, bob, _ids(id, other), _ids(6), "");
        vm.assertEq(vouchers.balanceOf(alice, id), 10);
    }

    // --- Acceptance ------------------------------------------------------------------------------------------------

    function testReceiverIsAsked() public {
        VoucherWallet wallet = new VoucherWallet();
        vm.startPrank(alice);
        vouchers.safeTransferFrom(alice, address(wallet), id, 4, "note");
        vm.assertEq(uint256(wallet.told()), uint256(keccak256(abi.encode(alice, alice, id, 4, "note"))));
        vouchers.safeBatchTransferFrom(alice, address(wallet), _ids(id, other), _ids(1, 2), "notes");
        vm.assertEq(
            uint256(wallet.told()), uint256(keccak256(abi.encode(alice, alice, _ids(id, other), _ids(1, 2), "notes")))
        );
        vm.assertEq(wallet.asked(), 2);
        vm.assertEq(vouchers.balanceOf(address(wallet), id), 5);
    }

    function testReceiverThatRefuses() public {
        VoucherWallet wallet = new VoucherWallet();
        bytes memory invalid =
            abi.encodeWithSelector(IERC1155Errors.ERC1155InvalidReceiver.selector, address(wallet));
        bytes[3] memory reasons = [invalid, abi.encodeWithSelector(VoucherWallet.NotNow.selector), invalid];
        vm.startPrank(alice);
        for (uint256 i; i < 3; ++i) {
            wallet.setMood(Mood(1 + i));
            vm.expectRevert(reasons[i]);
            vouchers.safeTransferFrom(alice, address(wallet), id, 4, "");
            vm.expectRevert(reasons[i]);
            vouchers.safeBatchTransferFrom(alice, address(wallet), _ids(id), _ids(1), "");
        }
        vm.assertEq(vouchers.balanceOf(alice, id), 10);
    }

    function testReceiverThatKnowsNothing() public {
        address plain = address(new Plain());
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IERC1155Errors.ERC1155InvalidReceiver.selector, plain));
        vouchers.safeTransferFrom(alice, plain, id, 4, "");
        vm.expectRevert(abi.encodeWithSelector(IERC1155Errors.ERC1155InvalidReceiver.selector, plain));
        vouchers.safeBatchTransferFrom(alice, plain, _ids(id), _ids(1), "");
    }

    /// @dev The units are there when the receiver is asked, so that it may pass them on.
    function testReceiverSeesItsUnits() public {
        VoucherWallet wallet = new VoucherWallet();
        wallet.prepare(
            address(vouchers), abi.encodeCall(vouchers.safeTransferFrom, (address(wallet), bob, id, 4, ""))
        );
        vm.prank(alice);
        vouchers.safeTransferFrom(alice, address(wallet), id, 4, "");
        vm.assertTrue(wallet.succeeded(), "passed on");
        vm.assertEq(vouchers.balanceOf(bob, id), 4);
        vm.assertEq(vouchers.balanceOf(address(wallet), id), 0);
        vm.assertEq(vouchers.balanceOf(alice, id), 6);
    }

    // --- Programmes ------------------------------------------------------------------------------------------------

    function testNotTransferable() public {
        ProgrammeTerms memory terms = _terms();
        terms.transferable = false;
        id = _programme(terms);
        _hold(bob, 10);
        bytes memory reason = abi.encodeWithSelector(IVouchers.NotTransferable.selector, id);
        vm.startPrank(bob);
        vm.expectRevert(reason);
        vouchers.safeTransferFrom(bob, alice, id, 1, "");
        vm.expectRevert(reason);
        vouchers.safeTransferFrom(bob, bob, id, 0, "");
        vm.expectRevert(reason);
        vouchers.safeBatchTransferFrom(bob, alice, _ids(other, id), _ids(0, 1), "");
    }

    function testNothingMovesAfterExpiry() public {
        vm.startPrank(alice);
        vm.warp(EXPIRY);
        vouchers.safeTransferFrom(alice, bob, id, 1, "");
        vm.warp(EXPIRY + 1);
        bytes memory reason = abi.encodeWithSelector(IVouchers.Expired.selector, id, EXPIRY);
        vm.expectRevert(reason);
        vouchers.safeTransferFrom(alice, bob, id, 1, "");
        vm.expectRevert(reason);
        vouchers.safeBatchTransferFrom(alice, bob, _ids(id), _ids(1), "");
        vm.expectRevert(abi.encodeWithSelector(IVouchers.UnknownProgramme.selector, 9));
        vouchers.safeTransferFrom(alice, bob, 9, 0, "");
        vm.assertEq(vouchers.balanceOf(alice, id), 9);
    }

    function testFuzzTransfersKeepTheSum(uint8[12] memory seeds) public {
        address[3] memory people = [alice, bob, carol];
        for (uint256 i; i < 12; ++i) {
            address from = people[seeds[i] % 3];
            uint256 value = seeds[i] % (vouchers.balanceOf(from, id) + 1);
            vm.prank(from);
            vouchers.safeTransferFrom(from, people[(seeds[i] / 3) % 3], id, value, "");
        }
        uint256 sum;
        for (uint256 i; i < 3; ++i) sum += vouchers.balanceOf(people[i], id);
        vm.assertEq(sum, 10);
        vm.assertEq(vouchers.redeemed(id, alice), 10);
    }
}
