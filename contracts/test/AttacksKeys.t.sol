// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Governed} from "../src/Governed.sol";
import {SettlementCash} from "../src/SettlementCash.sol";
import {IComputeReceipt} from "../src/interfaces/IComputeReceipt.sol";
import {IEligibility} from "../src/interfaces/IEligibility.sol";
import {Collection, ISpv, State} from "../src/interfaces/ISpv.sol";
import {ISpvFactory} from "../src/interfaces/ISpvFactory.sol";
import {Call, IOperatorAccount, Operation} from "../src/interfaces/IOperatorAccount.sol";
import {Deal} from "./utils/Fixture.sol";
import {RecordFixture} from "./utils/RecordFixture.sol";

/// @notice What a stolen key behind the operator account can and can't do to a running series, a valuation agent gone
/// bad, and a standing that runs out in the middle.
contract AttacksKeysTest is RecordFixture {
    uint256 private _operation;

    function setUp() public override {
        super.setUp();
        _at(ISSUE - 10); // where another series starts
        for (uint64 role = ADMINISTRATOR; role <= GUARDIAN; ++role) {
            authority.grantRole(role, address(operator), 0);
        }
        authority.grantRole(ADMINISTRATOR, address(this), 0);
        _open(address(cash), ADMINISTRATOR, SettlementCash.mint.selector);
        _at(ISSUE);
    }

    // --- Stolen keys -----------------------------------------------------------------------------------------------

    function _operate(address target, bytes memory data) private returns (Operation memory made) {
        made = Operation(++_operation, new Call[](1));
        made.calls[0] = Call(target, data);
    }

    function _can(address key, address target, bytes memory data) private {
        Operation memory made = _operate(target, data);
        vm.prank(key);
        operator.execute(made);
    }

    /// @dev Refused by the account: the key's own role doesn't have the function, though the account's roles do.
    function _mayNot(address key, address target, bytes memory data) private {
        Operation memory made = _operate(target, data);
        vm.expectRevert(abi.encodeWithSelector(IOperatorAccount.KeyNotAllowed.selector, key, target, bytes4(data)));
        vm.prank(key);
        operator.execute(made);
    }

    /// @dev Refused by the contract, whoever calls.
    function _cant(address key, address target, bytes memory data, bytes memory reason) private {
        Operation memory made = _operate(target, data);
        vm.expectRevert(reason);
        vm.prank(key);
        operator.execute(made);
    }

    function _state(State state) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ISpv.WrongState.selector, state);
    }

    /// @dev Money is paid to holders, and nobody else has any of the receipts.
    function _holdersArePaid(uint256 quarter) private {
        uint256 epoch = _distributeQuarter(quarter);
        spv.pay(epoch, _ids(a1, b1, c1));
        vm.assertEq(_balance(alice), FIRST / 2);
        vm.assertEq(receipts.seriesOf(slot).units(), SIZE);
        _solvent();
    }

    /// @dev Stops moves until somebody else resumes them; no payment, and nothing of anybody's.
    function testStolenGuardianKey() public {
        _can(guardian, address(receipts), abi.encodeCall(receipts.pause, (slot)));
        _mayNot(guardian, address(receipts), abi.encodeCall(receipts.unpause, (slot)));
        _mayNot(guardian, address(receipts), abi.encodeCall(receipts.forcedTransfer, (a1, dave, 5, "")));
        _mayNot(guardian, address(receipts), abi.encodeCall(receipts.setHolderFrozen, (alice, true, "")));
        _mayNot(guardian, address(spv), abi.encodeCall(ISpv.fund, ()));
        _mayNot(guardian, address(spv), abi.encodeCall(ISpv.cancel, ()));
        _mayNot(guardian, address(cash), abi.encodeCall(SettlementCash.mint, (guardian, 5)));
        _holdersArePaid(0);
    }

    /// @dev Fixes and funds on the days only, to the holders only; pays rent in only with the account's own money.
    function testStolenServicerKey() public {
        _cant(
            servicer,
            address(spv),
            abi.encodeCall(ISpv.fixRecord, ()),
            abi.encodeWithSelector(ISpv.TooEarly.selector, ISSUE, ISSUE + 85)
        );
        _cant(
            servicer,
            address(spv),
            abi.encodeCall(ISpv.fund, ()),
            abi.encodeWithSelector(ISpv.RecordState.selector, false)
        );
        Collection[] memory items = new Collection[](1);
        items[0] = Collection(rents[0], 5);
        vm.prank(address(operator));
        cash.approve(address(spv), type(uint256).max);
        uint256 value = 5 * uint256(CASH_UNIT);
        _cant(
            servicer,
            address(spv),
            abi.encodeCall(ISpv.collect, (items)),
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, operator, 0, value)
        );
        _mayNot(servicer, address(spv), abi.encodeCall(ISpv.cancel, ()));
        _mayNot(servicer, address(receipts), abi.encodeCall(receipts.forcedTransfer, (a1, dave, 5, "")));
        _mayNot(servicer, address(receipts), abi.encodeCall(receipts.setStanding, (servicer, 1, 1, 9)));
        _mayNot(servicer, address(cash), abi.encodeCall(SettlementCash.mint, (servicer, 5)));
        _holdersArePaid(0);
    }

    /// @dev Takes receipts and holds up payments, in the open; but not the coupon of a record that is fixed, nor cash,
    /// nor units out of nothing.
    function testStolenComplianceKey() public {
        address mallory = address(0xBAD);
        uint256 epoch = _distributeQuarter(0);
        _can(compliance, address(receipts), abi.encodeCall(receipts.setStanding, (mallory, 1, 1, type(uint40).max)));
        _can(compliance, address(receipts), abi.encodeCall(receipts.forcedTransfer, (a1, mallory, SIZE / 2, "")));
        _can(compliance, address(receipts), abi.encodeCall(receipts.setHolderFrozen, (bob, true, "")));
        bytes memory tooMany = abi.encodeCall(receipts.forcedTransfer, (a1, mallory, 1, ""));
        _cant(
            compliance,
            address(receipts),
            tooMany,
            abi.encodeWithSelector(IComputeReceipt.InsufficientUnits.selector, a1, 0, 1)
        );
        _mayNot(compliance, address(receipts), abi.encodeCall(receipts.issue, (slot, mallory, 1)));
        _mayNot(compliance, address(receipts), abi.encodeCall(receipts.unpause, (slot)));
        _mayNot(compliance, address(spv), abi.encodeCall(ISpv.fund, ()));
        _mayNot(compliance, address(cash), abi.encodeCall(SettlementCash.mint, (mallory, 5)));
        spv.pay(epoch, _ids(a1, b1, c1));
        vm.assertEq(_balance(alice), FIRST / 2);
        vm.assertEq(_balance(mallory) + _balance(bob), 0);
        _freeze(bob, false);
        spv.pay(epoch, _ids(b1));
        vm.assertEq(_balance(bob), _share(FIRST, SIZE * 3 / 10));
        vm.assertEq(receipts.seriesOf(slot).units(), SIZE);
    }

    /// @dev A running series is past all that an administrator decides: its units, its terms and its end. Another
    /// series needs the agent's signature, and receivables of its own.
    function testStolenAdministratorKey() public {
        _cant(administrator, address(spv), abi.encodeCall(ISpv.cancel, ()), _state(State.Active));
        _cant(administrator, address(spv), abi.encodeCall(ISpv.activate, ()), _state(State.Active));
        _mayNot(administrator, address(receipts), abi.encodeCall(receipts.forcedTransfer, (a1, dave, 5, "")));
        _mayNot(administrator, address(receipts), abi.encodeCall(receipts.setStanding, (dave, 1, 1, 9)));
        _mayNot(administrator, address(receipts), abi.encodeCall(receipts.pause, (slot)));
        _mayNot(administrator, address(spv), abi.encodeCall(ISpv.fund, ()));
        bytes memory grant = abi.encodeCall(IAccessManager.grantRole, (COMPLIANCE, administrator, 0));
        _mayNot(administrator, address(authority), grant);
        bytes memory offer = abi.encodeCall(ISpvFactory.offer, (address(spv), PV, ""));
        _cant(
            administrator,
            address(factory),
            offer,
            abi.encodeWithSelector(ISpvFactory.ValuationNotSigned.selector, agent)
        );
        _holdersArePaid(0);
    }

    /// @dev What was done once is not done again, by whatever key.
    function testStolenKeyRepeatsAnOperation() public {
        Operation memory made = _operate(address(cash), abi.encodeCall(SettlementCash.mint, (originator, 5)));
        vm.prank(administrator);
        operator.execute(made);
        authority.grantRole(ADMINISTRATOR, stranger, 0);
        vm.expectRevert(abi.encodeWithSelector(IOperatorAccount.AlreadyExecuted.selector, made.id));
        vm.prank(stranger);
        operator.execute(made);
    }

    // --- A valuation agent gone bad --------------------------------------------------------------------------------

    function _second() private returns (Deal memory deal) {
        deal = _deal();
        deal.parties.termsHash = keccak256("CRT02");
        for (uint256 i; i < deal.pool.length; ++i) {
            deal.pool[i].id = keccak256(abi.encode("CRT02", i));
        }
        _seal(deal);
        _at(ISSUE - 10);
        _create(deal);
        _register(deal);
    }

    /// @dev Signs any value: no more is sold than the terms say, and only what an administrator offers.
    function testValuationAgentSignsTooMuch() public {
        Deal memory deal = _second();
        deal.presentValue = type(uint64).max;
        bytes memory signature = _signed(AGENT_KEY, _valuation(deal));
        vm.expectRevert(abi.encodeWithSelector(Governed.Unauthorized.selector, agent, ISpvFactory.offer.selector));
        vm.prank(agent);
        factory.offer(address(spv), deal.presentValue, signature);
        _offer(deal);
        _subscribe(alice, SIZE);
        _give(bob, 1);
        vm.expectRevert(abi.encodeWithSelector(ISpv.OverSubscribed.selector, 0, 1));
        vm.prank(bob);
        spv.subscribe(1);
        vm.expectRevert(_state(State.Offering)); // not a second time, with another value
        vm.prank(administrator);
        factory.offer(address(spv), deal.presentValue, signature);
    }

    /// @dev Signs too little, or for another pool: nothing is offered, which harms no series that is.
    function testValuationAgentSignsTooLittle() public {
        Deal memory deal = _second();
        deal.presentValue = 1;
        bytes memory signature = _signed(AGENT_KEY, _valuation(deal));
        vm.expectRevert(abi.encodeWithSelector(ISpv.AdvanceExceeded.selector, SIZE, 0));
        vm.prank(administrator);
        factory.offer(address(spv), 1, signature);
        deal.presentValue = PV;
        deal.parties.poolRoot = keccak256("another pool");
        signature = _signed(AGENT_KEY, _valuation(deal));
        vm.expectRevert(abi.encodeWithSelector(ISpvFactory.ValuationNotSigned.selector, agent));
        vm.prank(administrator);
        factory.offer(address(spv), PV, signature);
    }

    // --- A standing that runs out ----------------------------------------------------------------------------------

    function _expire(address holder) private {
        vm.prank(compliance);
        receipts.setStanding(holder, 1, 1, uint40(block.timestamp));
        vm.warp(block.timestamp + 1);
        vm.assertTrue(!receipts.isEligible(holder, slot), "run out");
    }

    /// @dev Nothing more comes in, not even from oneself or by force; what is there is sold, paid and redeemed.
    function testStandingRunsOutWhileOneHolds() public {
        _expire(alice);
        bytes memory reason = abi.encodeWithSelector(IEligibility.NotEligible.selector, alice, slot);
        vm.expectRevert(reason);
        vm.prank(bob);
        receipts.transferFrom(b1, a1, 5);
        vm.expectRevert(reason);
        vm.prank(alice);
        receipts.split(a1, _ids(5));
        vm.expectRevert(reason);
        vm.prank(compliance);
        receipts.forcedTransfer(b1, alice, 5, "");
        vm.prank(alice);
        receipts.transferFrom(a1, b1, 5);
        uint256 last = _mature();
        for (uint256 epoch; epoch <= last + 1; ++epoch) {
            spv.pay(epoch, _ids(a1, b1, c1));
        }
        vm.assertTrue(spv.status().state == State.Redeemed, "redeemed");
        vm.assertGe(_balance(alice), SIZE / 2 - 5, "principal and coupons");
        _solvent();
    }

    /// @dev Between order and payment of a subscription: refused. After it, the offering fails: refunded.
    function testStandingRunsOutWhileOneSubscribes() public {
        Deal memory deal = _second();
        _offer(deal);
        uint256 tokenId = _subscribe(dave, SOME);
        _expire(dave);
        _give(dave, SOME);
        vm.expectRevert(abi.encodeWithSelector(IEligibility.NotEligible.selector, dave, slot));
        vm.prank(dave);
        spv.subscribe(SOME);
        vm.prank(administrator);
        spv.cancel();
        spv.refund(_ids(tokenId));
        vm.assertEq(_balance(dave), 2 * SOME);
    }

    /// @dev Between the record and the payment: paid, from an untouched receipt and from one that was sold.
    function testStandingRunsOutBeforeOneIsPaid() public {
        uint256 epoch = _distributeQuarter(0);
        vm.prank(alice);
        receipts.transferFrom(alice, dave, a1);
        _expire(alice);
        _expire(bob);
        spv.pay(epoch, _ids(a1, b1));
        vm.assertEq(_balance(alice), FIRST / 2);
        vm.assertEq(_balance(bob), _share(FIRST, SIZE * 3 / 10));
    }
}
