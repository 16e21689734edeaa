// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {Governed} from "../src/Governed.sol";
import {SettlementCash} from "../src/SettlementCash.sol";
import {ISpvFactory} from "../src/interfaces/ISpvFactory.sol";
import {Plain, Wallet} from "./utils/Actors.sol";
import {Deal, Fixture} from "./utils/Fixture.sol";

/// @notice ERC-20, ERC-2612 and ERC-5267 of the settlement cash, clause by clause; and ERC-1271 at the SPV factory.
contract ConformanceErc20Test is Fixture {
    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    uint256 private constant MAX = type(uint256).max;
    uint256 private constant HALF = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    function setUp() public override {
        super.setUp();
        cash.mint(alice, 100);
    }

    function _insufficient(address account, uint256 balance, uint256 needed) private {
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, account, balance, needed)
        );
    }

    // --- ERC-20 ----------------------------------------------------------------------------------------------------

    /// @dev name, symbol, decimals: as it was made.
    function testNameSymbolDecimals() public {
        vm.assertEq(abi.encode(cash.name(), cash.symbol()), abi.encode("Local settlement cash", "LSC"));
        vm.assertEq(cash.decimals(), 6);
    }

    /// @dev totalSupply, balanceOf: what was made less what was destroyed; Transfer from zero when tokens are made.
    function testSupply() public {
        vm.expectEmit(address(cash));
        emit Transfer(address(0), bob, 50);
        cash.mint(bob, 50);
        vm.expectEmit(address(cash));
        emit Transfer(alice, address(0), 30);
        vm.prank(alice);
        cash.burn(30);
        vm.assertEq(cash.totalSupply(), 120);
        vm.assertEq(cash.balanceOf(alice), 70);
        vm.assertEq(cash.balanceOf(bob), 50);
    }

    /// @dev transfer: fires Transfer and returns true, for a value of zero like any other, and to oneself.
    function testTransfer() public {
        uint256[] memory values = _ids(60, 0, 40);
        for (uint256 i; i < 3; ++i) {
            vm.expectEmit(address(cash));
            emit Transfer(alice, bob, values[i]);
            vm.prank(alice);
            vm.assertTrue(cash.transfer(bob, values[i]), "true");
        }
        vm.prank(bob);
        vm.assertTrue(cash.transfer(bob, 100), "true");
        vm.assertEq(cash.balanceOf(alice), 0);
        vm.assertEq(cash.balanceOf(bob), 100);
    }

    /// @dev transfer: throws if the balance is not enough.
    function testTransferAboveTheBalanceThrows() public {
        _insufficient(alice, 100, 101);
        vm.prank(alice);
        cash.transfer(bob, 101);
        _insufficient(stranger, 0, MAX);
        vm.prank(stranger);
        cash.transfer(bob, MAX);
    }

    /// @dev approve, allowance: overwrites what was there, fires Approval and returns true.
    function testApprove() public {
        uint256[] memory values = _ids(60, 0, MAX);
        for (uint256 i; i < 3; ++i) {
            vm.expectEmit(address(cash));
            emit Approval(alice, bob, values[i]);
            vm.prank(alice);
            vm.assertTrue(cash.approve(bob, values[i]), "true");
            vm.assertEq(cash.allowance(alice, bob), values[i]);
        }
        vm.assertEq(cash.allowance(bob, alice), 0);
    }

    /// @dev transferFrom: within what the sender authorised, several times; fires Transfer and returns true, zero too.
    function testTransferFrom() public {
        vm.prank(alice);
        cash.approve(bob, 60);
        uint256[] memory values = _ids(20, 0, 40);
        for (uint256 i; i < 3; ++i) {
            vm.expectEmit(address(cash));
            emit Transfer(alice, carol, values[i]);
            vm.prank(bob);
            vm.assertTrue(cash.transferFrom(alice, carol, values[i]), "true");
        }
        vm.assertEq(cash.allowance(alice, bob), 0);
        vm.assertEq(cash.balanceOf(carol), 60);
    }

    /// @dev transferFrom: throws unless it is authorised, the owner's own included; and above the balance.
    function testTransferFromWithoutAuthorisationThrows() public {
        vm.prank(alice);
        cash.approve(bob, 5);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, bob, 5, 6));
        vm.prank(bob);
        cash.transferFrom(alice, bob, 6);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, alice, 0, 1));
        vm.prank(alice);
        cash.transferFrom(alice, bob, 1);
        vm.prank(alice);
        cash.approve(bob, MAX);
        _insufficient(alice, 100, 101);
        vm.prank(bob);
        cash.transferFrom(alice, bob, 101);
    }

    /// @dev ERC-20 has no rule about the zero address; here it is refused, with ERC-6093's errors (SettlementCash:
    /// "neither receiver nor spender").
    function testDeviationZeroAddressThrows() public {
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0)));
        cash.transfer(address(0), 1);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidSpender.selector, address(0)));
        cash.approve(address(0), 1);
    }

    // --- Minting ---------------------------------------------------------------------------------------------------

    /// @dev No standard's: who may mint says the authority.
    function testOnlyWhomTheAuthorityNamesMints() public {
        bytes4 mint = SettlementCash.mint.selector;
        address[2] memory others = [alice, administrator];
        for (uint256 i; i < 2; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Governed.Unauthorized.selector, others[i], mint));
            vm.prank(others[i]);
            cash.mint(alice, 1);
        }
        _open(address(cash), ADMINISTRATOR, mint);
        vm.prank(administrator);
        cash.mint(bob, 1);
        vm.assertEq(cash.balanceOf(alice), 100);
        vm.assertEq(cash.balanceOf(bob), 1);
        vm.assertEq(cash.totalSupply(), 101);
    }

    // --- ERC-2612 and ERC-5267 -------------------------------------------------------------------------------------

    function _permit(address owner, address spender, uint256 value, uint256 nonce, uint256 deadline)
        private
        view
        returns (bytes32)
    {
        bytes32 typehash =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes memory content = abi.encode(typehash, owner, spender, value, nonce, deadline);
        return _digest(_domain("Local settlement cash", address(cash)), content);
    }

    function _invalidSigner() private {
        vm.expectPartialRevert(ERC20Permit.ERC2612InvalidSigner.selector);
    }

    /// @dev DOMAIN_SEPARATOR, eip712Domain: unique to contract and chain, and those of the signatures below.
    function testDomain() public {
        vm.assertEq(cash.DOMAIN_SEPARATOR(), _domain("Local settlement cash", address(cash)));
        (bytes1 fields, string memory name, string memory version, uint256 chain, address verifier, bytes32 salt,) =
            IERC5267(address(cash)).eip712Domain();
        vm.assertTrue(fields == 0x0f && salt == 0, "fields");
        vm.assertTrue(chain == block.chainid && verifier == address(cash), "here");
        vm.assertEq(abi.encode(name, version), abi.encode("Local settlement cash", "1"));
        vm.chainId(block.chainid + 1);
        vm.assertEq(cash.DOMAIN_SEPARATOR(), _domain("Local settlement cash", address(cash)));
    }

    /// @dev permit: anyone sends it, up to and including the deadline; allowance, Approval, and the nonce goes up by
    /// one.
    function testPermit() public {
        for (uint256 i; i < 2; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(ALICE_KEY, _permit(alice, bob, 7 + i, i, block.timestamp));
            vm.assertEq(cash.nonces(alice), i);
            vm.expectEmit(address(cash));
            emit Approval(alice, bob, 7 + i);
            vm.prank(stranger);
            cash.permit(alice, bob, 7 + i, block.timestamp, v, r, s);
            vm.assertEq(cash.allowance(alice, bob), 7 + i);
        }
        vm.assertEq(cash.nonces(alice), 2);
        vm.assertEq(cash.nonces(stranger), 0);
    }

    /// @dev permit: reverts past the deadline.
    function testPermitPastTheDeadlineReverts() public {
        uint256 deadline = block.timestamp - 1;
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(ALICE_KEY, _permit(alice, bob, 7, 0, deadline));
        vm.expectRevert(abi.encodeWithSelector(ERC20Permit.ERC2612ExpiredSignature.selector, deadline));
        cash.permit(alice, bob, 7, deadline, v, r, s);
    }

    /// @dev permit: reverts for a used nonce, another signer, other contents, another chain or contract.
    function testPermitWithAnotherSignatureReverts() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(ALICE_KEY, _permit(alice, bob, 7, 0, block.timestamp));
        _invalidSigner();
        cash.permit(bob, alice, 7, block.timestamp, v, r, s);
        _invalidSigner();
        cash.permit(alice, carol, 7, block.timestamp, v, r, s);
        _invalidSigner();
        cash.permit(alice, bob, 8, block.timestamp, v, r, s);
        _invalidSigner();
        cash.permit(alice, bob, 7, block.timestamp + 1, v, r, s);
        uint256 chain = block.chainid;
        vm.chainId(chain + 1);
        _invalidSigner();
        cash.permit(alice, bob, 7, block.timestamp, v, r, s);
        vm.chainId(chain);
        cash.permit(alice, bob, 7, block.timestamp, v, r, s);
        _invalidSigner();
        cash.permit(alice, bob, 7, block.timestamp, v, r, s);
        vm.assertEq(cash.nonces(alice), 1);
    }

    /// @dev permit: reverts for a signature that recovers to the zero address, with that owner as well, and for the
    /// other one of the two signatures of a key (EIP-2: s in the lower half).
    function testPermitWithABrokenSignatureReverts() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(ALICE_KEY, _permit(alice, bob, 7, 0, block.timestamp));
        address[2] memory owners = [alice, address(0)];
        for (uint256 i; i < 2; ++i) {
            vm.expectRevert();
            cash.permit(owners[i], bob, 7, block.timestamp, 0, r, s);
            vm.expectRevert();
            cash.permit(owners[i], bob, 7, block.timestamp, v, 0, 0);
        }
        bytes32 mirrored = bytes32(2 * HALF + 1 - uint256(s));
        vm.expectRevert();
        cash.permit(alice, bob, 7, block.timestamp, 55 - v, r, mirrored);
        vm.assertEq(cash.allowance(alice, bob), 0);
        vm.assertEq(cash.nonces(alice), 0);
    }

    // --- ERC-1271 --------------------------------------------------------------------------------------------------

    /// @dev ERC-1271 (`ISpvFactory.offer`: "ERC-1271 wallets too"): a contract for the valuation agent; only
    /// 0x1626ba7e for this very hash is its signature, and none of a contract that doesn't know the call.
    function testValuationByContractWallets() public {
        Deal memory deal = _deal();
        Wallet wallet = new Wallet();
        deal.parties.valuationAgent = address(wallet);
        _create(deal);
        _register(deal);
        bytes memory reason = abi.encodeWithSelector(ISpvFactory.ValuationNotSigned.selector, address(wallet));
        bytes memory signature = _signed(AGENT_KEY, _valuation(deal));
        vm.startPrank(administrator);
        vm.expectRevert(reason);
        factory.offer(address(spv), deal.presentValue, signature);
        wallet.approveDigest(_valuation(deal));
        vm.expectRevert(reason);
        factory.offer(address(spv), deal.presentValue - 1, "");
        factory.offer(address(spv), deal.presentValue, "");
    }

    /// @dev ERC-1271: a contract that doesn't know the call signs nothing.
    function testValuationByContractWithoutTheFunction() public {
        Deal memory deal = _deal();
        address plain = address(new Plain());
        deal.parties.valuationAgent = plain;
        _create(deal);
        _register(deal);
        bytes memory signature = _signed(AGENT_KEY, _valuation(deal));
        vm.expectRevert(abi.encodeWithSelector(ISpvFactory.ValuationNotSigned.selector, plain));
        vm.prank(administrator);
        factory.offer(address(spv), deal.presentValue, signature);
    }
}
