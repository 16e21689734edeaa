// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IVouchers, ProgrammeTerms} from "../src/interfaces/IVouchers.sol";
import {VmMore} from "./Conformance.t.sol";
import {VoucherWallet} from "./utils/VoucherActors.sol";
import {TwoProgrammes} from "./utils/VoucherFixture.sol";

/// @notice ERC-165 and ERC-1155 of the vouchers, clause by clause; receivers are in `Conformance1155Receiver.t.sol`.
contract ConformanceErc1155Test is TwoProgrammes {
    VmMore private constant more = VmMore(address(vm));
    uint256 private constant MAX = type(uint256).max;

    event TransferBatch(
        address indexed operator, address indexed from, address indexed to, uint256[] ids, uint256[] values
    );
    event ApprovalForAll(address indexed account, address indexed operator, bool approved);
    event URI(string value, uint256 indexed id);

    // --- ERC-165 and metadata --------------------------------------------------------------------------------------

    /// @dev ERC-165: true for 0x01ffc9a7, 0xd9b67a26 and 0x0e89341c, with less than 30,000 gas; false for all others,
    /// as 0xffffffff and a receiver's.
    function testFuzzSupportsInterface(bytes4 interfaceId) public {
        bytes4[3] memory ids = [bytes4(0x01ffc9a7), 0xd9b67a26, 0x0e89341c];
        for (uint256 i; i < 3; ++i) {
            vm.assume(interfaceId != ids[i]);
            vm.assertTrue(vouchers.supportsInterface{gas: 30_000}(ids[i]), "claimed");
        }
        vm.assertTrue(!vouchers.supportsInterface{gas: 30_000}(interfaceId), "not claimed");
        vm.assertTrue(!vouchers.supportsInterface{gas: 30_000}(0xffffffff), "no interface");
        vm.assertTrue(!vouchers.supportsInterface{gas: 30_000}(0x4e2312e0), "not a receiver");
    }

    /// @dev URI: emitted when the URI of a token is set; `uri` returns the same.
    function testUriEvent() public {
        ProgrammeTerms memory terms = _terms();
        terms.uri = "ipfs://third";
        vm.expectEmit(address(vouchers));
        emit URI("ipfs://third", other + 1);
        vm.assertEq(bytes(vouchers.uri(_programme(terms))), "ipfs://third");
        vm.assertEq(bytes(vouchers.uri(id)), "ipfs://programme");
        vm.assertEq(bytes(vouchers.uri(other)), "ipfs://other");
        vm.assertEq(bytes(vouchers.uri(9)), "");
    }

    /// @dev TransferSingle: of zero from zero to zero, by its creator, to announce a token without balances.
    function testTransferSingleAnnouncesAToken() public {
        vm.expectEmit(address(vouchers));
        emit TransferSingle(district, address(0), address(0), other + 1, 0);
        _programme(_terms());
    }

    // --- Balances and approvals ------------------------------------------------------------------------------------

    /// @dev balanceOf, balanceOfBatch: of each pair of owner and id.
    function testBalances() public {
        vm.assertEq(vouchers.balanceOf(alice, id), 10);
        vm.assertEq(vouchers.balanceOf(bob, id), 0);
        address[] memory owners = new address[](3);
        (owners[0], owners[1], owners[2]) = (bob, alice, alice);
        vm.assertEq(abi.encode(vouchers.balanceOfBatch(owners, _ids(id, other, id))), abi.encode(_ids(0, 20, 10)));
        vm.assertEq(vouchers.balanceOfBatch(new address[](0), new uint256[](0)).length, 0);
        vm.expectRevert(abi.encodeWithSelector(IERC1155Errors.ERC1155InvalidArrayLength.selector, 1, 3));
        vouchers.balanceOfBatch(owners, _ids(id));
        vm.expectRevert(abi.encodeWithSelector(IERC1155Errors.ERC1155InvalidArrayLength.selector, 4, 3));
        vouchers.balanceOfBatch(owners, new uint256[](4));
    }

    /// @dev setApprovalForAll, isApprovedForAll: enables and disables with ApprovalForAll, for all tokens, one way.
    function testApprovalForAll() public {
        vm.startPrank(alice);
        vm.expectEmit(address(vouchers));
        emit ApprovalForAll(alice, bob, true);
        vouchers.setApprovalForAll(bob, true);
        vouchers.setApprovalForAll(carol, true);
        vm.assertTrue(vouchers.isApprovedForAll(alice, bob), "enabled");
        vm.assertTrue(!vouchers.isApprovedForAll(bob, alice), "one way");
        vm.expectEmit(address(vouchers));
        emit ApprovalForAll(alice, bob, false);
        vouchers.setApprovalForAll(bob, false);
        vm.assertTrue(!vouchers.isApprovedForAll(alice, bob), "disabled");
        vm.assertTrue(vouchers.isApprovedForAll(alice, carol), "still enabled");
        vm.stopPrank();
        _missing(alice, bob);
        vm.prank(bob);
        vouchers.safeTransferFrom(alice, bob, id, 1, "");
    }

    /// @dev The standard excludes no operator; here zero is refused (IVouchers: "can't be an operator").
    function testDeviationZeroOperatorReverts() public {
        vm.expectRevert(abi.encodeWithSelector(IERC1155Errors.ERC1155InvalidOperator.selector, address(0)));
        vouchers.setApprovalForAll(address(0), true);
    }

    // --- Transfers -------------------------------------------------------------------------------------------------

    /// @dev safeTransferFrom: TransferSingle by the owner or an operator, also for a value of zero.
    function testTransferSingle() public {
        vm.prank(alice);
        vouchers.setApprovalForAll(carol, true);
        address[2] memory callers = [alice, carol];
        for (uint256 i; i < 2; ++i) {
            vm.expectEmit(address(vouchers));
            emit TransferSingle(callers[i], alice, bob, id, 4 * i);
            vm.prank(callers[i]);
            vouchers.safeTransferFrom(alice, bob, id, 4 * i, "");
        }
        vm.assertEq(vouchers.balanceOf(alice, id), 6);
        vm.assertEq(vouchers.balanceOf(bob, id), 4);
    }

    /// @dev safeBatchTransferFrom: the lists in their order; an id may stand there twice, and values may be zero.
    function testTransferBatch() public {
        vm.prank(alice);
        vouchers.setApprovalForAll(carol, true);
        vm.expectEmit(address(vouchers));
        emit TransferBatch(carol, alice, bob, _ids(other, id, other), _ids(1, 0, 3));
        vm.prank(carol);
        vouchers.safeBatchTransferFrom(alice, bob, _ids(other, id, other), _ids(1, 0, 3), "");
        vm.assertEq(vouchers.balanceOf(bob, other), 4);
        vm.assertEq(vouchers.balanceOf(alice, other), 16);
        vm.assertEq(vouchers.balanceOf(alice, id), 10);
    }

    /// @dev Both: the caller has to be approved, even for a value of zero, when it is the receiver, or for nobody's.
    function testTransferByAnyoneElseReverts() public {
        vm.startPrank(bob);
        for (uint256 value; value < 2; ++value) {
            _missing(alice, bob);
            vouchers.safeTransferFrom(alice, bob, id, value, "");
            _missing(alice, bob);
            vouchers.safeBatchTransferFrom(alice, bob, _ids(id), _ids(value), "");
            _missing(address(0), bob);
            vouchers.safeTransferFrom(address(0), bob, id, value, "");
        }
    }

    /// @dev Both: from an account to itself, more than once in a batch.
    function testTransferToOneself() public {
        vm.startPrank(alice);
        vm.expectEmit(address(vouchers));
        emit TransferSingle(alice, alice, alice, id, 10);
        vouchers.safeTransferFrom(alice, alice, id, 10, "");
        vouchers.safeBatchTransferFrom(alice, alice, _ids(id, id), _ids(10, 10), "");
        vm.assertEq(vouchers.balanceOf(alice, id), 10);
        vm.assertEq(vouchers.redeemed(id, alice), 10);
    }

    /// @dev Both: revert if `to` is the zero address.
    function testTransferToZeroAddressReverts() public {
        vm.startPrank(alice);
        vm.expectRevert(_invalidReceiver(address(0)));
        vouchers.safeTransferFrom(alice, address(0), id, 1, "");
        vm.expectRevert(_invalidReceiver(address(0)));
        vouchers.safeBatchTransferFrom(alice, address(0), _ids(id), _ids(1), "");
    }

    /// @dev Both: revert if a balance is lower than its value; in a batch all or none, an id that stands twice
    /// counted.
    function testTransferAboveTheBalanceReverts() public {
        bytes4 selector = IERC1155Errors.ERC1155InsufficientBalance.selector;
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(selector, alice, 10, 11, id));
        vouchers.safeTransferFrom(alice, bob, id, 11, "");
        vm.expectRevert(abi.encodeWithSelector(selector, alice, 10, 1 << 64, id));
        vouchers.safeTransferFrom(alice, bob, id, 1 << 64, "");
        vm.expectRevert(abi.encodeWithSelector(selector, alice, 10, MAX, id));
        vouchers.safeTransferFrom(alice, bob, id, MAX, "");
        vm.expectRevert(abi.encodeWithSelector(selector, alice, 4, 5, id));
        vouchers.safeBatchTransferFrom(alice, bob, _ids(other, id, id), _ids(20, 6, 5), "");
        vm.assertEq(vouchers.balanceOf(alice, other), 20);
        vouchers.safeTransferFrom(alice, bob, id, 10, "");
        vm.assertEq(vouchers.balanceOf(bob, id), 10);
    }

    /// @dev safeBatchTransferFrom: reverts if the lists differ in length.
    function testBatchOfOtherLengthsReverts() public {
        bytes4 selector = IERC1155Errors.ERC1155InvalidArrayLength.selector;
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(selector, 2, 1));
        vouchers.safeBatchTransferFrom(alice, bob, _ids(id, other), _ids(1), "");
        vm.expectRevert(abi.encodeWithSelector(selector, 1, 2));
        vouchers.safeBatchTransferFrom(alice, bob, _ids(id), _ids(1, 1), "");
    }

    // --- Made and destroyed ----------------------------------------------------------------------------------------

    /// @dev Minting is from the zero address, burning is to it.
    function testMintAndBurnEvents() public {
        _fund(id, 3);
        vm.expectEmit(address(vouchers));
        emit TransferSingle(claims, address(0), bob, id, 3);
        _issue(_word(bob, 3 * POINTS));
        vm.expectEmit(address(vouchers));
        emit TransferSingle(bob, bob, address(0), id, 2);
        _redeem(_redemption(bob, 2, "invoice"));
        vm.expectEmit(address(vouchers));
        emit TransferSingle(district, bob, address(0), id, 1);
        vm.prank(district);
        vouchers.revoke(id, bob, 1, "");
    }

    /// @dev Scenario 9: whatever way units took, balances are what the events come to. (Nothing is refused here: forge
    /// records events of calls that reverted as well.)
    function testBalancesAreWhatTheEventsSay() public {
        VoucherWallet wallet = new VoucherWallet();
        _fund(id, 50);
        more.recordLogs();
        vm.startPrank(claims);
        vouchers.issue(id, _ids(_word(bob, 20 * POINTS), _word(address(wallet), 7 * POINTS)));
        vouchers.migrate(id, alice, carol);
        vm.stopPrank();
        vm.startPrank(bob);
        vouchers.safeTransferFrom(bob, address(wallet), id, 4, "");
        vouchers.safeBatchTransferFrom(bob, carol, _ids(id, id), _ids(1, 2), "");
        vm.stopPrank();
        _redeem(_redemption(bob, 5, "invoice"));
        vm.prank(district);
        vouchers.revoke(id, carol, 6, "");

        VmMore.Log[] memory logs = more.getRecordedLogs();
        address[4] memory accounts = [alice, bob, carol, address(wallet)];
        for (uint256 i; i < 4; ++i) {
            uint256 balance = i == 0 ? 10 : 0;
            for (uint256 j; j < logs.length; ++j) {
                balance = _after(balance, logs[j], accounts[i]);
            }
            vm.assertEq(vouchers.balanceOf(accounts[i], id), balance);
        }
        vm.assertEq(vouchers.balanceOf(bob, id), 8);
        vm.assertEq(vouchers.balanceOf(carol, id), 7);
        vm.assertEq(vouchers.balanceOf(address(wallet), id), 11);
    }

    function _after(uint256 balance, VmMore.Log memory entry, address account) private pure returns (uint256) {
        uint256 value;
        if (entry.topics[0] == keccak256("TransferSingle(address,address,address,uint256,uint256)")) {
            (, value) = abi.decode(entry.data, (uint256, uint256));
        } else if (entry.topics[0] == keccak256("TransferBatch(address,address,address,uint256[],uint256[])")) {
            (, uint256[] memory values) = abi.decode(entry.data, (uint256[], uint256[]));
            for (uint256 i; i < values.length; ++i) {
                value += values[i];
            }
        } else {
            return balance;
        }
        if (address(uint160(uint256(entry.topics[2]))) == account) balance -= value;
        if (address(uint160(uint256(entry.topics[3]))) == account) balance += value;
        return balance;
    }

    // --- What this contract adds -----------------------------------------------------------------------------------

    /// @dev Holders can't pass on what is not transferable, not even nothing to themselves (IVouchers: "Nothing, not
    /// even a value of zero, moves").
    function testDeviationNotTransferable() public {
        ProgrammeTerms memory terms = _terms();
        terms.transferable = false;
        id = _programme(terms);
        _hold(alice, 1);
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IVouchers.NotTransferable.selector, id));
        vouchers.safeTransferFrom(alice, bob, id, 1, "");
        vm.expectRevert(abi.encodeWithSelector(IVouchers.NotTransferable.selector, id));
        vouchers.safeTransferFrom(alice, alice, id, 0, "");
        vm.expectRevert(abi.encodeWithSelector(IVouchers.NotTransferable.selector, id));
        vouchers.safeBatchTransferFrom(alice, bob, _ids(other, id), _ids(1, 1), "");
    }

    /// @dev Nothing moves after the second of expiry (IVouchers, as above); balances still show.
    function testDeviationExpired() public {
        vm.startPrank(alice);
        vm.warp(EXPIRY);
        vouchers.safeTransferFrom(alice, bob, id, 1, "");
        vm.warp(EXPIRY + 1);
        vouchers.close(id);
        vm.expectRevert(abi.encodeWithSelector(IVouchers.Expired.selector, id, EXPIRY));
        vouchers.safeTransferFrom(alice, bob, id, 0, "");
        vm.expectRevert(abi.encodeWithSelector(IVouchers.Expired.selector, id, EXPIRY));
        vouchers.safeBatchTransferFrom(alice, bob, _ids(id), _ids(1), "");
        vm.assertEq(vouchers.balanceOf(alice, id), 9);
    }

    /// @dev A value of zero of no programme is within any balance, but refused (IVouchers, as above).
    function testDeviationNothingOfNoProgramme() public {
        vm.expectRevert(abi.encodeWithSelector(IVouchers.UnknownProgramme.selector, 9));
        vm.prank(alice);
        vouchers.safeTransferFrom(alice, bob, 9, 0, "");
    }

    /// @dev The issuer and the claims contract move units without approval, and are the operators of the events
    /// (IVouchers: "need no approval").
    function testDeviationMovesWithoutApproval() public {
        vm.expectEmit(address(vouchers));
        emit TransferSingle(district, alice, address(0), id, 1);
        vm.prank(district);
        vouchers.revoke(id, alice, 1, "");
        vm.expectEmit(address(vouchers));
        emit TransferSingle(claims, alice, bob, id, 9);
        vm.prank(claims);
        vouchers.migrate(id, alice, bob);
        vm.assertTrue(
            !vouchers.isApprovedForAll(alice, district) && !vouchers.isApprovedForAll(alice, claims), "not approved"
        );
    }
}
