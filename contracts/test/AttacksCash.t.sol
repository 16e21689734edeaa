// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SettlementCash} from "../src/SettlementCash.sol";
import {IEligibility} from "../src/interfaces/IEligibility.sol";
import {Collection, ISpv, State} from "../src/interfaces/ISpv.sol";
import {HostileCash, HostileReceiver, Trick} from "./utils/AttackActors.sol";
import {Deal, Fixture} from "./utils/Fixture.sol";

/// @notice A cash token that is bad, or turns bad later, against an SPV that is paid in it; and running ahead of
/// subscribers.
contract AttacksCashTest is Fixture {
    uint256 private constant FIRST = 665_753_424;

    HostileCash private bad;
    uint256 private a1;
    uint256 private b1;

    function setUp() public override {
        super.setUp();
        bad = new HostileCash();
        cash = SettlementCash(address(bad));
        Deal memory deal = _deal();
        deal.parties.cash = address(bad);
        _toOffering(deal);
    }

    function _start() private {
        a1 = _subscribe(alice, SIZE / 2);
        b1 = _subscribe(bob, SIZE / 2);
        _activate();
    }

    function _firstEpoch() private {
        _start();
        _collectQuarter(0);
        _distribute();
    }

    function _collectionOf(uint64 amount) private view returns (Collection[] memory items) {
        items = new Collection[](1);
        items[0] = Collection(rents[0], amount);
    }

    // --- Fees ------------------------------------------------------------------------------------------------------

    function testCashThatKeepsAFee() public {
        _give(alice, SOME);
        bad.setTrick(Trick.KeepsAFee);
        uint256 value = uint256(SOME) * CASH_UNIT;
        vm.expectRevert(abi.encodeWithSelector(ISpv.CashMismatch.selector, value, value - 1));
        vm.prank(alice);
        spv.subscribe(SOME);
    }

    /// @dev From then on nothing comes in; what is there goes out, less the token's own fee, and the books stay right.
    function testCashThatKeepsAFeeLater() public {
        _firstEpoch();
        bad.setTrick(Trick.KeepsAFee);
        _give(servicer, 100);
        vm.expectRevert(abi.encodeWithSelector(ISpv.CashMismatch.selector, 1_000_000, 999_999));
        vm.prank(servicer);
        spv.collect(_collectionOf(100));
        spv.pay(0, _ids(a1, b1));
        vm.assertEq(bad.balanceOf(alice), FIRST / 2 * CASH_UNIT - 1);
        vm.assertEq(spv.epochAt(0).paid, FIRST);
        _solvent();
    }

    // --- Answers ---------------------------------------------------------------------------------------------------

    /// @dev Nothing is booked as paid or as received, and all can be done when the token does what it should.
    function testCashThatReturnsFalse() public {
        _firstEpoch();
        bad.setTrick(Trick.ReturnsFalse);
        bytes memory reason = abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(bad));
        vm.expectRevert(reason);
        spv.pay(0, _ids(a1, b1));
        vm.expectRevert(reason);
        spv.payResidual();
        vm.expectRevert(reason);
        vm.prank(servicer);
        spv.collect(_collectionOf(100));
        vm.assertEq(spv.epochAt(0).unitsPaid, 0);
        vm.assertEq(spv.accounts().collections, 0);
        bad.setTrick(Trick.None);
        spv.pay(0, _ids(a1, b1));
        vm.assertEq(_balance(alice), FIRST / 2);
        _solvent();
    }

    /// @dev As some old tokens do: a series lives its life with it.
    function testCashThatReturnsNothing() public {
        bad.setTrick(Trick.ReturnsNothing);
        _firstEpoch();
        spv.pay(0, _ids(a1, b1));
        spv.payResidual();
        vm.assertEq(_balance(alice) + _balance(bob), FIRST);
        _solvent();
    }

    /// @dev A holder whom the token blocks reverts a list, and is left out of the next: nobody else waits, and the
    /// money is there for as long as any other's.
    function testCashThatBlocksAHolder() public {
        _firstEpoch();
        bad.setBlocked(alice, true);
        vm.expectRevert(abi.encodeWithSelector(HostileCash.Blocked.selector, alice));
        spv.pay(0, _ids(a1, b1));
        spv.pay(0, _ids(b1));
        vm.assertEq(_balance(bob), FIRST / 2);
        uint256 before = vm.snapshotState();
        bad.setBlocked(alice, false);
        spv.pay(0, _ids(a1));
        vm.assertEq(_balance(alice), FIRST / 2);
        vm.revertToState(before);
        _at(spv.epochAt(0).expiryDay + 1);
        spv.close(0);
        vm.assertEq(_balance(unclaimedTo), FIRST / 2);
        vm.assertEq(spv.pay(0, _ids(a1)), 0); // counted, so that later epochs can be paid
        _solvent();
    }

    // --- Calls back ------------------------------------------------------------------------------------------------

    /// @dev Each entry point that moves cash.
    function _entries() private view returns (bytes[] memory calls) {
        calls = new bytes[](9);
        calls[0] = abi.encodeCall(ISpv.subscribe, (SOME));
        calls[1] = abi.encodeCall(ISpv.subscribeWithPermit, (SOME, block.timestamp, 27, 0, 0));
        calls[2] = abi.encodeCall(ISpv.activate, ());
        calls[3] = abi.encodeCall(ISpv.refund, (_ids(a1)));
        calls[4] = abi.encodeCall(ISpv.collect, (_collectionOf(1)));
        calls[5] = abi.encodeCall(ISpv.pay, (0, _ids(a1, b1)));
        calls[6] = abi.encodeCall(ISpv.close, (0));
        calls[7] = abi.encodeCall(ISpv.payFees, ());
        calls[8] = abi.encodeCall(ISpv.payResidual, ());
    }

    /// @dev Whatever the token may do, it does none of these while `outer` runs: it has all the roles.
    function _reenters(address caller, bytes memory outer) private {
        authority.grantRole(ADMINISTRATOR, address(bad), 0);
        authority.grantRole(SERVICER, address(bad), 0);
        bytes[] memory calls = _entries();
        for (uint256 i; i < calls.length; ++i) {
            uint256 before = vm.snapshotState();
            bad.prepare(address(spv), calls[i]);
            vm.prank(caller);
            (bool success,) = address(spv).call(outer);
            vm.assertTrue(success && bad.tried() && !bad.succeeded(), "refused");
            bytes memory expected =
                abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
            vm.assertEq(bad.result(), expected);
            _solvent();
            vm.revertToState(before);
        }
    }

    function testCashReentersSubscribe() public {
        _give(alice, SOME);
        _reenters(alice, abi.encodeCall(ISpv.subscribe, (SOME)));
    }

    function testCashReentersActivate() public {
        _subscribe(alice, SIZE);
        _at(ISSUE);
        _reenters(administrator, abi.encodeCall(ISpv.activate, ()));
    }

    function testCashReentersRefund() public {
        a1 = _subscribe(alice, SOME);
        vm.prank(administrator);
        spv.cancel();
        _reenters(stranger, abi.encodeCall(ISpv.refund, (_ids(a1))));
    }

    function testCashReentersCollect() public {
        _start();
        _give(servicer, 100);
        _reenters(servicer, abi.encodeCall(ISpv.collect, (_collectionOf(100))));
    }

    function testCashReentersPay() public {
        _firstEpoch();
        _reenters(stranger, abi.encodeCall(ISpv.pay, (0, _ids(a1, b1))));
    }

    /// @dev While cash moves, what is booked has not arrived, or has not gone: nobody else is shown it.
    function testCashReadsInTheMiddle() public {
        _firstEpoch();
        bytes memory refused = abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        for (uint256 i; i < 4; ++i) {
            bytes4 selector = i % 2 == 0 ? ISpv.status.selector : ISpv.accounts.selector;
            _give(servicer, 100);
            bad.prepare(address(spv), abi.encodeWithSelector(selector));
            if (i < 2) {
                vm.prank(servicer);
                spv.collect(_collectionOf(100));
            } else {
                spv.pay(0, _ids(i == 2 ? a1 : b1));
            }
            vm.assertTrue(bad.tried() && !bad.succeeded(), "refused");
            vm.assertEq(bad.result(), refused);
        }
    }

    function testCashReentersClose() public {
        _firstEpoch();
        _at(spv.epochAt(0).expiryDay + 1);
        _reenters(stranger, abi.encodeCall(ISpv.close, (0)));
    }

    function testCashReentersPayResidual() public {
        _firstEpoch();
        _reenters(stranger, abi.encodeCall(ISpv.payResidual, ()));
    }

    function testCashReentersPayFees() public {
        Deal memory deal = _deal();
        deal.parties.cash = address(bad);
        deal.parties.termsHash = keccak256("CRT02");
        deal.rules.feeRate = 5_000;
        for (uint256 i; i < deal.pool.length; ++i) {
            deal.pool[i].id = keccak256(abi.encode("CRT02", i));
        }
        _seal(deal);
        _toOffering(deal);
        _firstEpoch();
        _reenters(stranger, abi.encodeCall(ISpv.payFees, ()));
    }

    /// @dev A payer of the rent whose token funds the distribution before its rent has arrived: what was booked
    /// arrives, or the whole call is undone.
    function testCashFundsWhileRentIsCollected() public {
        _start();
        _at(ISSUE + 85);
        spv.fixRecord();
        _at(ISSUE + 90 + 10); // anyone may fund
        _give(servicer, FIRST);
        bad.prepare(address(spv), abi.encodeCall(ISpv.fund, ()));
        vm.prank(servicer);
        spv.collect(_collectionOf(uint64(FIRST)));
        vm.assertTrue(bad.succeeded(), "funded");
        vm.assertEq(spv.epochAt(0).amount, FIRST);
        spv.pay(0, _ids(a1, b1));
        vm.assertEq(_balance(alice) + _balance(bob), FIRST);
        _solvent();
    }

    /// @dev The next record is fixed, or late money is swept, in the middle of a payment: the books stay right.
    function testCashFixesTheNextRecordWhileItPays() public {
        _firstEpoch();
        _at(ISSUE + 181);
        bad.prepare(address(spv), abi.encodeCall(ISpv.fixRecord, ()));
        spv.pay(0, _ids(a1, b1));
        vm.assertTrue(bad.succeeded(), "anyone may");
        vm.assertEq(receipts.positionOf(a1).epoch(), 1);
        _collectQuarter(1);
        uint256 epoch = _distribute();
        spv.pay(epoch, _ids(a1, b1));
        vm.assertEq(spv.epochAt(epoch).unitsPaid, SIZE);
        _solvent();
    }

    function testCashSweepsWhileTheLastIsRedeemed() public {
        _start();
        for (uint256 i; i < 4; ++i) {
            _collectQuarter(i);
            _distribute();
            spv.pay(i, _ids(a1, b1));
        }
        bad.prepare(address(spv), abi.encodeCall(ISpv.sweep, ()));
        spv.pay(4, _ids(a1, b1));
        vm.assertTrue(bad.succeeded(), "anyone may");
        vm.assertTrue(spv.status().state == State.Redeemed, "redeemed");
        vm.assertEq(_owed() * CASH_UNIT, bad.balanceOf(address(spv)));
    }

    // --- Subscribers -----------------------------------------------------------------------------------------------

    /// @dev A contract that subscribes again when it is asked to accept, beyond what is left.
    function testReceiverSubscribesWhileItSubscribes() public {
        HostileReceiver mallory = new HostileReceiver();
        _admit(address(mallory));
        _give(address(mallory), 2 * uint256(SIZE));
        mallory.prepare(address(spv), abi.encodeCall(ISpv.subscribe, (SIZE)));
        mallory.subscribe(spv, SIZE);
        vm.assertTrue(mallory.tried() && !mallory.succeeded(), "refused");
        vm.assertEq(spv.status().sold, SIZE);
        vm.assertEq(receipts.seriesOf(slot).units(), SIZE);
    }

    /// @dev The last units are bought first: the later buyer pays nothing.
    function testFrontRunOfTheLastUnits() public {
        _give(alice, SOME);
        _subscribe(bob, SIZE);
        vm.expectRevert(abi.encodeWithSelector(ISpv.OverSubscribed.selector, 0, SOME));
        vm.prank(alice);
        spv.subscribe(SOME);
        vm.assertEq(_balance(alice), SOME);
    }

    /// @dev The buyer's standing is ended first: the same.
    function testFrontRunOfAStanding() public {
        _give(alice, SOME);
        vm.prank(compliance);
        receipts.setStanding(alice, 1, 1, 0);
        vm.expectRevert(abi.encodeWithSelector(IEligibility.NotEligible.selector, alice, slot));
        vm.prank(alice);
        spv.subscribe(SOME);
        vm.assertEq(_balance(alice), SOME);
    }
}
