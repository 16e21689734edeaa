// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {IVouchers, Redemption} from "../src/interfaces/IVouchers.sol";
import {VmMore} from "./Conformance.t.sol";
import {Plain} from "./utils/Actors.sol";
import {Mood, VoucherWallet} from "./utils/VoucherActors.sol";
import {TwoProgrammes} from "./utils/VoucherFixture.sol";

/// @notice ERC-1155's receivers, and ERC-5267 and ERC-1271 of the vouchers, clause by clause.
contract ConformanceErc1155ReceiverTest is TwoProgrammes {
    VmMore private constant more = VmMore(address(vm));

    event DeliveryRefused(uint256 indexed programme, address indexed from, address indexed to, uint256 units);

    // --- Receivers -------------------------------------------------------------------------------------------------

    /// @dev onERC1155Received, onERC1155BatchReceived: with operator, from, ids, values, and the data unaltered.
    function testFuzzReceiverIsToldAll(bytes memory data) public {
        VoucherWallet wallet = new VoucherWallet();
        vm.prank(alice);
        vouchers.setApprovalForAll(carol, true);
        vm.startPrank(carol);
        vouchers.safeTransferFrom(alice, address(wallet), id, 4, data);
        vm.assertEq(wallet.told(), keccak256(abi.encode(carol, alice, id, 4, data)));
        vouchers.safeBatchTransferFrom(alice, address(wallet), _ids(id, other), _ids(1, 2), data);
        vm.assertEq(wallet.told(), keccak256(abi.encode(carol, alice, _ids(id, other), _ids(1, 2), data)));
        vm.assertEq(wallet.asked(), 2);
        vm.assertEq(vouchers.balanceOf(address(wallet), id), 5);
    }

    /// @dev Scenarios 4 and 5: an unknown answer or an error reverts the transfer.
    function testReceiverThatRefusesReverts() public {
        VoucherWallet wallet = new VoucherWallet();
        bytes memory invalid = _invalidReceiver(address(wallet));
        bytes[3] memory reasons = [invalid, abi.encodeWithSelector(VoucherWallet.NotNow.selector), invalid];
        vm.startPrank(alice);
        for (uint256 i; i < 3; ++i) {
            wallet.setMood(Mood(i + 1));
            vm.expectRevert(reasons[i]);
            vouchers.safeTransferFrom(alice, address(wallet), id, 1, "");
            vm.expectRevert(reasons[i]);
            vouchers.safeBatchTransferFrom(alice, address(wallet), _ids(id), _ids(1), "");
        }
        vm.assertEq(vouchers.balanceOf(alice, id), 10);
    }

    /// @dev Scenario 3: a contract without the functions reverts the transfer, even one of a value of zero.
    function testReceiverWithoutTheFunctionReverts() public {
        address plain = address(new Plain());
        vm.startPrank(alice);
        for (uint256 value; value < 2; ++value) {
            vm.expectRevert(_invalidReceiver(plain));
            vouchers.safeTransferFrom(alice, plain, id, value, "");
            vm.expectRevert(_invalidReceiver(plain));
            vouchers.safeBatchTransferFrom(alice, plain, _ids(id), _ids(value), "");
        }
    }

    /// @dev Scenarios 6 to 8: balances are changed and events emitted before the call, so that units may be forwarded.
    function testReceiverThatForwards() public {
        VoucherWallet wallet = new VoucherWallet();
        bytes memory forward = abi.encodeCall(vouchers.safeTransferFrom, (address(wallet), bob, id, 4, ""));
        vm.startPrank(alice);
        for (uint256 i; i < 2; ++i) {
            wallet.prepare(address(vouchers), forward);
            more.recordLogs();
            if (i == 0) vouchers.safeTransferFrom(alice, address(wallet), id, 4, "");
            else vouchers.safeBatchTransferFrom(alice, address(wallet), _ids(id), _ids(4), "");
            vm.assertTrue(wallet.succeeded(), "forwarded");
            VmMore.Log[] memory logs = more.getRecordedLogs();
            vm.assertEq(logs.length, 2);
            vm.assertEq(logs[0].topics[3], bytes32(uint256(uint160(address(wallet)))));
            vm.assertEq(logs[1].topics[3], bytes32(uint256(uint160(bob))));
        }
        vm.assertEq(vouchers.balanceOf(bob, id), 8);
        vm.assertEq(vouchers.balanceOf(address(wallet), id), 0);
    }

    /// @dev A receiver reaches nothing of others when it is called.
    function testReceiverThatReaches() public {
        VoucherWallet wallet = new VoucherWallet();
        wallet.prepare(
            address(vouchers), abi.encodeCall(vouchers.safeTransferFrom, (alice, address(wallet), id, 1, ""))
        );
        vm.prank(alice);
        vouchers.safeTransferFrom(alice, address(wallet), id, 4, "");
        vm.assertTrue(wallet.tried() && !wallet.succeeded(), "refused");
    }

    /// @dev Scenario 2: not called but for what it receives.
    function testReceiverIsNotCalledOtherwise() public {
        VoucherWallet wallet = new VoucherWallet();
        vm.prank(alice);
        vouchers.safeTransferFrom(alice, address(wallet), id, 4, "");
        vm.prank(address(wallet));
        vouchers.safeTransferFrom(address(wallet), bob, id, 1, "");
        vm.prank(district);
        vouchers.revoke(id, address(wallet), 1, "");
        vm.assertEq(wallet.asked(), 1);
    }

    /// @dev Scenario 9: issue and migration ask a contract too; `from` is zero for the one and the holder for the
    /// other. Not when there is nothing to issue.
    function testReceiverIsAskedAtIssueAndMigration() public {
        VoucherWallet wallet = new VoucherWallet();
        _fund(id, 5);
        vm.expectEmit(address(vouchers));
        emit TransferSingle(claims, address(0), address(wallet), id, 5);
        vm.assertEq(_issue(_word(address(wallet), 5 * POINTS)), 5);
        vm.assertEq(wallet.told(), keccak256(abi.encode(claims, address(0), id, 5, "")));
        vm.assertEq(vouchers.redeemed(id, address(wallet)), 5);
        vm.assertEq(_issue(_word(address(wallet), 5 * POINTS)), 0);
        vm.assertEq(wallet.asked(), 1);
        vm.prank(claims);
        vouchers.migrate(id, alice, address(wallet));
        vm.assertEq(wallet.told(), keccak256(abi.encode(claims, alice, id, 10, "")));
        vm.assertEq(vouchers.balanceOf(address(wallet), id), 15);
    }

    /// @dev "If the receiver is a contract the hooks still need to be called" (scenario 9): it is one if it has code at
    /// that moment, whatever it was when its word, or the one before it, was made.
    function testReceiverIsAContractFromWhenItHasCode() public {
        address predicted = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        _fund(id, 5);
        vm.assertEq(_issue(_word(predicted, POINTS)), 1);
        VoucherWallet wallet = new VoucherWallet();
        vm.assertEq(address(wallet), predicted);
        wallet.setMood(Mood.Revert);
        vm.assertEq(_issue(_word(predicted, 2 * POINTS)), 0);
        vm.prank(claims);
        vouchers.migrate(id, alice, predicted);
        vm.expectRevert(VoucherWallet.NotNow.selector);
        vm.prank(alice);
        vouchers.safeTransferFrom(alice, predicted, id, 1, "");
        vm.assertEq(vouchers.balanceOf(predicted, id), 1);
    }

    /// @dev "If the recipient reverts the transaction MUST be reverted": here only its part of a migration is, and it
    /// can have that later (IVouchers: "takes back that part, not the transaction"). Of an issue: `Vouchers.t.sol`,
    /// `testAContractThatRefusesHoldsUpNobody`.
    function testDeviationRefusalTakesBackOnlyItsPart() public {
        VoucherWallet wallet = new VoucherWallet();
        for (uint256 mood = 1; mood <= uint256(type(Mood).max); ++mood) {
            wallet.setMood(Mood(mood));
            vm.expectEmit(address(vouchers));
            emit DeliveryRefused(id, alice, address(wallet), 10);
            vm.prank(claims);
            vouchers.migrate(id, alice, address(wallet));
            vm.assertEq(vouchers.balanceOf(alice, id), 10);
            vm.assertEq(vouchers.redeemed(id, address(wallet)), 10);
        }
        wallet.setMood(Mood.Accept);
        vm.prank(claims);
        vouchers.migrate(id, alice, address(wallet));
        vm.assertEq(vouchers.balanceOf(address(wallet), id), 10);
    }

    // --- ERC-5267 and ERC-1271 -------------------------------------------------------------------------------------

    /// @dev ERC-5267: the fields are those of the domain that signatures are in.
    function testDomainIsTheOneOfSignatures() public {
        (bytes1 fields, string memory name, string memory version, uint256 chain, address verifier, bytes32 salt,) =
            IERC5267(address(vouchers)).eip712Domain();
        vm.assertTrue(fields == 0x0f && salt == 0, "fields");
        vm.assertTrue(chain == block.chainid && verifier == address(vouchers), "here");
        vm.assertEq(abi.encode(name, version), abi.encode("Model Vouchers", "1"));
        _redeem(_redemption(alice, 1, "invoice"));
    }

    /// @dev ERC-1271: a contract as holder and as provider; only 0x1626ba7e for this very hash is its signature.
    function testRedemptionByContractWallets() public {
        VoucherWallet wallet = new VoucherWallet();
        vm.prank(alice);
        vouchers.safeTransferFrom(alice, address(wallet), id, 4, "");
        vm.prank(district);
        vouchers.setProvider(id, address(wallet), true);

        Redemption memory asHolder = _redemption(address(wallet), 2, "one");
        Redemption memory asProvider = _redemption(alice, 2, "two");
        asProvider.provider = address(wallet);
        Redemption[2] memory list = [asHolder, asProvider];
        address[2] memory senders = [provider, alice];
        for (uint256 i; i < 2; ++i) {
            bytes32 digest = _digestOf(list[i]);
            vm.expectRevert(abi.encodeWithSelector(IVouchers.SignatureInvalid.selector, address(wallet)));
            vm.prank(senders[i]);
            vouchers.redeem(list[i], _signed(ALICE_KEY, digest));
            wallet.approveDigest(digest);
            vm.prank(senders[i]);
            vouchers.redeem(list[i], "");
        }
        vm.assertEq(_spent(id), 4);
    }

    /// @dev ERC-1271: a contract that doesn't know the call signs nothing.
    function testRedemptionByContractWithoutTheFunction() public {
        address plain = address(new Plain());
        vm.prank(district);
        vouchers.setProvider(id, plain, true);
        Redemption memory r = _redemption(alice, 2, "one");
        r.provider = plain;
        vm.expectRevert(abi.encodeWithSelector(IVouchers.SignatureInvalid.selector, plain));
        vm.prank(alice);
        vouchers.redeem(r, "");
    }
}
