// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IComputeReceipt} from "../src/interfaces/IComputeReceipt.sol";
import {ISpvFactory} from "../src/interfaces/ISpvFactory.sol";
import {Wallet} from "./utils/Actors.sol";
import {ActiveFixture, Deal} from "./utils/Fixture.sol";

/// @notice Signatures used again, elsewhere, later or in another form.
contract AttacksSignaturesTest is ActiveFixture {
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    // --- Permits ---------------------------------------------------------------------------------------------------

    bytes32 private constant PERMIT =
        keccak256("Permit(address owner,address spender,uint256 tokenId,uint256 nonce,uint256 deadline)");

    function _permit(bytes32 domain, uint256 nonce, uint256 deadline) private view returns (bytes32) {
        return _digest(domain, abi.encode(PERMIT, alice, dave, a1, nonce, deadline));
    }

    function _here() private view returns (bytes32) {
        return _domain("Compute Receipt", address(receipts));
    }

    function _invalid(bytes memory signature) private {
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.PermitInvalid.selector, alice));
        receipts.permit(dave, a1, block.timestamp, signature);
    }

    function testPermitOfTheSameNonce() public {
        bytes memory signature = _signed(ALICE_KEY, _permit(_here(), 0, block.timestamp));
        receipts.permit(dave, a1, block.timestamp, signature);
        vm.prank(alice);
        receipts.approve(address(0), a1);
        _invalid(signature);
        vm.assertEq(receipts.getApproved(a1), address(0));
    }

    function testPermitOfALaterNonce() public {
        _invalid(_signed(ALICE_KEY, _permit(_here(), 1, block.timestamp)));
    }

    function testPermitForAnotherChain() public {
        bytes memory signature = _signed(ALICE_KEY, _permit(_here(), 0, block.timestamp));
        vm.chainId(block.chainid + 1);
        _invalid(signature);
    }

    function testPermitForAnotherContract() public {
        bytes32 other = _domain("Compute Receipt", address(spv));
        _invalid(_signed(ALICE_KEY, _permit(other, 0, block.timestamp)));
    }

    function testPermitForAnotherReceiptOrSpender() public {
        vm.prank(alice);
        uint256 piece = receipts.split(a1, _ids(5))[0];
        bytes memory signature = _signed(ALICE_KEY, _permit(_here(), 0, block.timestamp));
        bytes memory reason = abi.encodeWithSelector(IComputeReceipt.PermitInvalid.selector, alice);
        vm.expectRevert(reason);
        receipts.permit(dave, piece, block.timestamp, signature);
        vm.expectRevert(reason);
        receipts.permit(stranger, a1, block.timestamp, signature);
        vm.expectRevert(reason);
        receipts.permit(dave, a1, block.timestamp + 1, signature); // a longer time
    }

    function testPermitThatRanOut() public {
        uint256 deadline = block.timestamp;
        bytes memory signature = _signed(ALICE_KEY, _permit(_here(), 0, deadline));
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.PermitExpired.selector, deadline));
        receipts.permit(dave, a1, deadline, signature);
    }

    /// @dev The owner who signed has sold: the new owner has signed nothing.
    function testPermitOfAFormerOwner() public {
        bytes memory signature = _signed(ALICE_KEY, _permit(_here(), 0, block.timestamp));
        vm.prank(alice);
        receipts.transferFrom(alice, bob, a1);
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.PermitInvalid.selector, bob));
        receipts.permit(dave, a1, block.timestamp, signature);
    }

    /// @dev Two wallets that are signed for by one key: a permit names the one that it is for.
    function testPermitOfAnotherWalletOfTheSameKey() public {
        Wallet first = new Wallet();
        Wallet second = new Wallet();
        _admit(address(first));
        _admit(address(second));
        bytes32 digest = _digest(_here(), abi.encode(PERMIT, first, dave, a1, 0, block.timestamp));
        first.approveDigest(digest);
        second.approveDigest(digest);
        vm.prank(alice);
        receipts.transferFrom(alice, address(second), a1);
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.PermitInvalid.selector, second));
        receipts.permit(dave, a1, block.timestamp, "");
        vm.prank(address(second));
        receipts.transferFrom(address(second), address(first), a1);
        receipts.permit(dave, a1, block.timestamp, "");
        vm.assertEq(receipts.getApproved(a1), dave);
    }

    /// @dev A permit that was not used is good again when the receipt comes back, until its nonce is used.
    function testUnusedPermitEndsWithItsNonce() public {
        bytes memory signature = _signed(ALICE_KEY, _permit(_here(), 0, block.timestamp));
        vm.prank(alice);
        receipts.transferFrom(alice, bob, a1);
        vm.prank(bob);
        receipts.transferFrom(bob, alice, a1);
        uint256 before = vm.snapshotState();
        receipts.permit(dave, a1, block.timestamp, signature);
        vm.assertEq(receipts.getApproved(a1), dave);
        vm.revertToState(before);
        bytes32 other = _digest(_here(), abi.encode(PERMIT, alice, alice, a1, 0, block.timestamp));
        receipts.permit(alice, a1, block.timestamp, _signed(ALICE_KEY, other));
        _invalid(signature);
    }

    /// @dev The other signature of the same content, with s in the upper half.
    function testPermitWithMalleableS() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(ALICE_KEY, _permit(_here(), 0, block.timestamp));
        _invalid(abi.encodePacked(r, ORDER - uint256(s), v == 27 ? uint8(28) : uint8(27)));
    }

    /// @dev The compact form of ERC-2098, which would be another signature of the same content.
    function testPermitInCompactForm() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(ALICE_KEY, _permit(_here(), 0, block.timestamp));
        _invalid(abi.encodePacked(r, uint256(s) | (v == 28 ? 1 << 255 : 0)));
        _invalid("");
    }

    // --- Valuations ------------------------------------------------------------------------------------------------

    /// @dev A valuation counts for one SPV, on one chain.
    function testValuationReplay() public {
        Deal memory deal = _deal();
        deal.parties.termsHash = keccak256("CRT02");
        for (uint256 i; i < deal.pool.length; ++i) {
            deal.pool[i].id = keccak256(abi.encode("CRT02", i));
        }
        _seal(deal);
        _create(deal);
        _register(deal);
        bytes memory signature = _signed(AGENT_KEY, _valuation(deal));
        bytes memory reason = abi.encodeWithSelector(ISpvFactory.ValuationNotSigned.selector, agent);
        uint256 chain = block.chainid;
        vm.chainId(chain + 1);
        vm.expectRevert(reason);
        vm.prank(administrator);
        factory.offer(address(spv), PV, signature);
        vm.chainId(chain);
        deal.parties.termsHash = keccak256("CRT03");
        _create(deal);
        vm.expectRevert(reason);
        vm.prank(administrator);
        factory.offer(address(spv), PV, signature);
    }

    // --- Permits for cash ------------------------------------------------------------------------------------------

    /// @dev The cash permit of one subscriber in the hands of another: whoever subscribes pays oneself.
    function testCashPermitOfAnother() public {
        _at(ISSUE - 10);
        Deal memory deal = _deal();
        deal.parties.termsHash = keccak256("CRT02");
        for (uint256 i; i < deal.pool.length; ++i) {
            deal.pool[i].id = keccak256(abi.encode("CRT02", i));
        }
        _seal(deal);
        _toOffering(deal);
        uint256 value = uint256(SOME) * CASH_UNIT;
        cash.mint(alice, value);
        bytes32 typehash =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes memory content = abi.encode(typehash, alice, address(spv), value, 0, block.timestamp);
        bytes32 digest = _digest(_domain("Local settlement cash", address(cash)), content);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(ALICE_KEY, digest);
        vm.startPrank(bob);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, spv, 0, value));
        spv.subscribeWithPermit(SOME, block.timestamp, v, r, s);
        cash.permit(alice, address(spv), value, block.timestamp, v, r, s); // and used up before alice does
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, spv, 0, value));
        spv.subscribe(SOME);
        vm.stopPrank();
        vm.assertEq(cash.balanceOf(alice), value);
        vm.prank(alice);
        uint256 tokenId = spv.subscribeWithPermit(SOME, block.timestamp, v, r, s);
        vm.assertEq(receipts.ownerOf(tokenId), alice);
    }
}
