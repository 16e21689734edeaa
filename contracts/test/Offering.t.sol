// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Governed} from "../src/Governed.sol";
import {IComputeReceipt} from "../src/interfaces/IComputeReceipt.sol";
import {IEligibility} from "../src/interfaces/IEligibility.sol";
import {IERC3525Receiver} from "../src/interfaces/IERC3525.sol";
import {ISpv, State} from "../src/interfaces/ISpv.sol";
import {ISpvFactory} from "../src/interfaces/ISpvFactory.sol";
import {Receiver, Wallet} from "./utils/Actors.sol";
import {Deal, Fixture} from "./utils/Fixture.sol";

/// @notice From the advance test to the issue, or to refunds.
contract OfferingTest is Fixture {
    event Offered(uint256 presentValue);
    event Subscribed(address indexed holder, uint256 indexed tokenId, uint256 units);
    event Activated(uint256 units, uint256 proceeds);
    event Refunded(uint256 indexed tokenId, address indexed holder, uint256 units);
    event ReceivableReleased(bytes32 indexed key, address indexed spv);

    function _offerRefused(Deal memory deal, bytes memory signature, bytes memory reason) internal {
        vm.expectRevert(reason);
        vm.prank(administrator);
        factory.offer(address(spv), deal.presentValue, signature);
    }

    // --- Valuation and advance -------------------------------------------------------------------------------------

    function testAdvanceSeesTheCent() public {
        Deal memory deal = _deal();
        _create(deal);
        _register(deal);
        uint64[3] memory short = [uint64(42_857_142_856), 42_857_142_857, 1];
        for (uint256 i; i < 3; ++i) {
            deal.presentValue = short[i];
            uint256 limit = uint256(short[i]) * 7 / 10;
            bytes memory reason = abi.encodeWithSelector(ISpv.AdvanceExceeded.selector, SIZE, limit);
            _offerRefused(deal, _signed(AGENT_KEY, _valuation(deal)), reason);
        }
        deal.presentValue = 42_857_142_858;
        bytes memory signature = _signed(AGENT_KEY, _valuation(deal));
        vm.expectEmit(address(spv));
        emit Offered(deal.presentValue);
        vm.prank(administrator);
        factory.offer(address(spv), deal.presentValue, signature);
        vm.assertTrue(spv.status().state == State.Offering, "offering");
    }

    function testFuzzAdvance(uint64 pv, uint32 rate) public {
        Deal memory deal = _deal();
        deal.offering.advanceRate = 1 + rate % 1_000_000;
        deal.presentValue = pv;
        _create(deal);
        _register(deal);
        bytes memory signature = _signed(AGENT_KEY, _valuation(deal));
        bool enough = uint256(SIZE) * 1_000_000 <= uint256(deal.offering.advanceRate) * pv;
        vm.prank(administrator);
        try factory.offer(address(spv), pv, signature) {
            vm.assertTrue(enough, "accepted");
        } catch {
            vm.assertTrue(!enough, "refused");
        }
    }

    function testValuationHasToBeTheAgents() public {
        Deal memory deal = _deal();
        _create(deal);
        _register(deal);
        bytes memory reason = abi.encodeWithSelector(ISpvFactory.ValuationNotSigned.selector, agent);
        _offerRefused(deal, _signed(ALICE_KEY, _valuation(deal)), reason);
        _offerRefused(deal, "", reason);
        bytes memory signature = _signed(AGENT_KEY, _valuation(deal));
        deal.presentValue += 1; // another value than the one signed
        _offerRefused(deal, signature, reason);

        deal.presentValue -= 1;
        deal.parties.termsHash = keccak256("CRT02"); // another SPV than the one signed for
        _create(deal);
        _offerRefused(deal, signature, reason);
    }

    function testValuationOfAWallet() public {
        Wallet wallet = new Wallet();
        Deal memory deal = _deal();
        deal.parties.valuationAgent = address(wallet);
        _create(deal);
        _register(deal);
        _offerRefused(deal, "", abi.encodeWithSelector(ISpvFactory.ValuationNotSigned.selector, address(wallet)));
        wallet.approveDigest(_valuation(deal));
        vm.prank(administrator);
        factory.offer(address(spv), deal.presentValue, "");
    }

    // --- Subscriptions ---------------------------------------------------------------------------------------------

    function testSubscribe() public {
        _toOffering(_deal());
        _give(alice, SOME);
        vm.expectEmit(address(spv));
        emit Subscribed(alice, (slot << 64) | 1, SOME);
        vm.prank(alice);
        uint256 tokenId = spv.subscribe(SOME);
        vm.assertEq(receipts.balanceOf(tokenId), SOME);
        vm.assertEq(_balance(address(spv)), SOME);
        vm.assertEq(spv.status().sold, SOME);

        bytes memory reason =
            abi.encodeWithSelector(IComputeReceipt.SeriesNotMovable.selector, slot, true, false, false);
        vm.expectRevert(reason); // locked until it is issued
        vm.prank(alice);
        receipts.transferFrom(alice, bob, tokenId);
    }

    function testSubscribeFromTheOpenDayOn() public {
        _toOffering(_deal());
        _at(ISSUE - 17);
        vm.assertEq(receipts.balanceOf(_subscribe(alice, SOME)), SOME);
    }

    function testSubscribeRefusals() public {
        Deal memory deal = _deal();
        _create(deal);
        vm.expectRevert(abi.encodeWithSelector(ISpv.WrongState.selector, State.Draft));
        spv.subscribe(SOME);
        _register(deal);
        _offer(deal);
        _give(alice, 2 * uint256(SIZE));
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(ISpv.NothingGiven.selector, bytes32(0)));
        spv.subscribe(0);
        vm.expectRevert(abi.encodeWithSelector(ISpv.OverSubscribed.selector, SIZE, SIZE + 1));
        spv.subscribe(SIZE + 1);
        _at(ISSUE - 18);
        vm.expectRevert(abi.encodeWithSelector(ISpv.TooEarly.selector, ISSUE - 18, ISSUE - 17));
        spv.subscribe(SOME);
        _at(ISSUE - 1);
        vm.expectRevert(abi.encodeWithSelector(ISpv.TooLate.selector, ISSUE - 1, ISSUE - 2));
        spv.subscribe(SOME);
        vm.warp((ISSUE - 1) * 1 days - 8 hours - 1); // the last second in the series' own time zone
        spv.subscribe(SOME);
        vm.expectRevert(abi.encodeWithSelector(ISpv.OverSubscribed.selector, SIZE - SOME, SIZE));
        spv.subscribe(SIZE);
        vm.stopPrank();

        _give(stranger, SOME);
        vm.expectRevert(abi.encodeWithSelector(IEligibility.NotEligible.selector, stranger, slot));
        vm.prank(stranger);
        spv.subscribe(SOME);
        vm.expectPartialRevert(IERC20Errors.ERC20InsufficientAllowance.selector);
        vm.prank(bob);
        spv.subscribe(SOME);
    }

    function _permit(uint64 units) internal view returns (uint8 v, bytes32 r, bytes32 s) {
        bytes32 typehash =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        uint256 value = uint256(units) * CASH_UNIT;
        bytes memory content = abi.encode(typehash, alice, address(spv), value, 0, block.timestamp);
        return vm.sign(ALICE_KEY, _digest(_domain("Local settlement cash", address(cash)), content));
    }

    function testSubscribeWithPermit() public {
        _toOffering(_deal());
        cash.mint(alice, uint256(SOME) * CASH_UNIT);
        (uint8 v, bytes32 r, bytes32 s) = _permit(SOME);
        vm.prank(alice);
        uint256 tokenId = spv.subscribeWithPermit(SOME, block.timestamp, v, r, s);
        vm.assertEq(receipts.balanceOf(tokenId), SOME);
    }

    function testSubscribeWithPermitThatWasUsedFirst() public {
        _toOffering(_deal());
        cash.mint(alice, uint256(SOME) * CASH_UNIT);
        (uint8 v, bytes32 r, bytes32 s) = _permit(SOME);
        vm.prank(stranger);
        cash.permit(alice, address(spv), uint256(SOME) * CASH_UNIT, block.timestamp, v, r, s);
        vm.prank(alice);
        uint256 tokenId = spv.subscribeWithPermit(SOME, block.timestamp, v, r, s);
        vm.assertEq(receipts.balanceOf(tokenId), SOME);
    }

    function testSubscribeWithWrongPermit() public {
        _toOffering(_deal());
        cash.mint(alice, uint256(SOME) * CASH_UNIT);
        (uint8 v, bytes32 r, bytes32 s) = _permit(SOME + 1);
        vm.expectPartialRevert(IERC20Errors.ERC20InsufficientAllowance.selector);
        vm.prank(alice);
        spv.subscribeWithPermit(SOME, block.timestamp, v, r, s);
    }

    function testContractIsAskedWhenItSubscribes() public {
        _toOffering(_deal());
        Receiver accepting = new Receiver(IERC3525Receiver.onERC3525Received.selector);
        Receiver refusing = new Receiver(bytes4(0xdeadbeef));
        _admit(address(accepting));
        _admit(address(refusing));
        _give(address(accepting), SOME);
        _give(address(refusing), SOME);
        accepting.subscribe(spv, cash, SOME);
        vm.assertEq(accepting.asked(), 1);
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.ReceiverRefused.selector, address(refusing)));
        refusing.subscribe(spv, cash, SOME);
    }

    function testPausedSeriesTakesNoSubscriptions() public {
        _toOffering(_deal());
        vm.prank(guardian);
        receipts.pause(slot);
        _give(alice, SOME);
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.SeriesNotMovable.selector, slot, true, true, false));
        vm.prank(alice);
        spv.subscribe(SOME);
    }

    // --- Issue -----------------------------------------------------------------------------------------------------

    function testActivateWhenAllIsSold() public {
        Deal memory deal = _deal();
        deal.offering.closeDay = uint32(ISSUE);
        _toOffering(deal);
        _subscribe(alice, SIZE - SOME);
        _at(ISSUE - 1);
        vm.expectRevert(abi.encodeWithSelector(ISpv.TooEarly.selector, ISSUE - 1, ISSUE));
        vm.prank(administrator);
        spv.activate();
        _at(ISSUE);
        vm.expectRevert(abi.encodeWithSelector(ISpv.NotSold.selector, SIZE - SOME, SIZE));
        vm.prank(administrator);
        spv.activate();
        _subscribe(alice, SOME);
        vm.expectPartialRevert(Governed.Unauthorized.selector);
        spv.activate();
        vm.expectEmit(address(spv));
        emit Activated(SIZE, SIZE);
        vm.prank(administrator);
        spv.activate();
        vm.assertEq(_balance(originator), SIZE);
        vm.assertEq(spv.accounts().principal, SIZE);
        vm.assertTrue(!receipts.seriesOf(slot).locked(), "unlocked");
        _solvent();
    }

    function testActivateAboveTheSoftCapAfterTheClose() public {
        Deal memory deal = _deal();
        _toOffering(deal);
        _subscribe(alice, deal.offering.softCap - 1);
        _at(ISSUE);
        vm.expectRevert(abi.encodeWithSelector(ISpv.NotSold.selector, 23_999_999_999, 24_000_000_000));
        vm.prank(administrator);
        spv.activate();
        _at(ISSUE - 2);
        _subscribe(bob, 1);
        _activate();
        vm.assertEq(_balance(originator), 24_000_000_000);
    }

    function testActivateNotFromTheFirstRecordDayOn() public {
        Deal memory deal = _deal();
        _toOffering(deal);
        _subscribe(alice, SIZE);
        uint256 recordDay = deal.periods[0].recordDay;
        _at(recordDay);
        vm.expectRevert(abi.encodeWithSelector(ISpv.TooLate.selector, recordDay, recordDay - 1));
        vm.prank(administrator);
        spv.activate();
        _at(recordDay - 1);
        vm.expectRevert(abi.encodeWithSelector(ISpv.NotFailed.selector, recordDay - 1, recordDay));
        spv.fail();
        vm.prank(administrator);
        spv.activate();
    }

    // --- Failure ---------------------------------------------------------------------------------------------------

    function testBelowTheSoftCapFailsAndIsRefunded() public {
        Deal memory deal = _deal();
        _toOffering(deal);
        uint256 first = _subscribe(alice, SOME);
        uint256 second = _subscribe(bob, 2 * SOME);
        for (uint256 day = ISSUE - 10; day <= ISSUE - 2; day += 8) {
            _at(day); // up to and with the day of the close
            vm.expectRevert(abi.encodeWithSelector(ISpv.NotFailed.selector, day, deal.periods[0].recordDay));
            spv.fail();
        }
        _at(ISSUE - 1);
        vm.expectRevert(abi.encodeWithSelector(ISpv.WrongState.selector, State.Offering));
        spv.refund(_ids(first));
        vm.prank(stranger);
        spv.fail();
        vm.expectEmit(address(spv));
        emit Refunded(first, alice, SOME);
        vm.prank(stranger);
        spv.refund(_ids(first, second));
        vm.assertEq(_balance(alice), SOME);
        vm.assertEq(_balance(bob), 2 * SOME);
        vm.assertEq(receipts.seriesOf(slot).units(), 0);
        vm.assertEq(cash.balanceOf(address(spv)), 0);
        try spv.refund(_ids(first)) {} catch {}
        vm.assertEq(_balance(alice), SOME); // once
        spv.refund(_ids(first + (1 << 64))); // of another series: passed over
        vm.assertEq(cash.balanceOf(address(spv)), 0);
    }

    function testNotIssuedInTimeFails() public {
        Deal memory deal = _deal();
        _toOffering(deal);
        _subscribe(alice, SIZE);
        _at(deal.periods[0].recordDay);
        spv.fail();
        vm.assertTrue(spv.status().state == State.Failed, "failed");
    }

    function testCancelReleasesReceivables() public {
        Deal memory deal = _deal();
        _toOffering(deal);
        vm.expectRevert(abi.encodeWithSelector(ISpvFactory.NotReleasable.selector, rents.length));
        factory.release(_keys(rents));
        vm.expectPartialRevert(Governed.Unauthorized.selector);
        spv.cancel();
        vm.prank(administrator);
        spv.cancel();
        address failed = address(spv);
        vm.expectEmit(address(factory));
        emit ReceivableReleased(_key(rents[0]), failed);
        factory.release(_keys(rents));
        vm.expectRevert(abi.encodeWithSelector(ISpvFactory.NotReleasable.selector, rents.length));
        factory.release(_keys(rents));

        deal.parties.termsHash = keccak256("CRT02"); // sold again
        _toOffering(deal);
        vm.assertEq(factory.soldTo(_key(rents[0])), address(spv));
        vm.assertTrue(address(spv) != failed, "another SPV");
        _subscribe(alice, SIZE);
        _activate();
        vm.expectRevert(abi.encodeWithSelector(ISpv.WrongState.selector, State.Active));
        vm.prank(administrator);
        spv.cancel();
    }

    /// @dev Of a batch, somebody released one before, one was never sold, and one belongs to an SPV that runs: the
    /// others are released, and these stay as they are.
    function testReleasePassesOverWhatIsNotReleasable() public {
        _toOffering(_deal());
        bytes32[] memory keys = _keys(rents);
        vm.prank(administrator);
        spv.cancel();
        bytes32[] memory one = new bytes32[](1);
        one[0] = keys[11];
        vm.prank(stranger);
        factory.release(one);
        Deal memory other = _deal();
        other.parties.termsHash = keccak256("CRT02");
        for (uint256 i; i < other.pool.length; ++i) {
            other.pool[i].id = keccak256(abi.encode("CRT02", i));
        }
        _seal(other);
        _toOffering(other);
        (keys[3], keys[7]) = (_key(other.pool[0].id), keccak256("nobody's"));
        vm.prank(stranger);
        factory.release(keys);
        for (uint256 i; i < keys.length; ++i) {
            vm.assertEq(factory.soldTo(keys[i]), i == 3 ? address(spv) : address(0));
        }
        vm.expectRevert(abi.encodeWithSelector(ISpvFactory.NotReleasable.selector, keys.length));
        factory.release(keys);
        vm.expectRevert(abi.encodeWithSelector(ISpvFactory.NotReleasable.selector, 0));
        factory.release(new bytes32[](0));
    }

    // --- What strangers can't do ----------------------------------------------------------------------------------

    /// @dev "Neither sends, nor receives, nor is paid while frozen", but anyone can have a frozen subscriber refunded.
    function testFrozenHolderIsRefunded() public {
        _toOffering(_deal());
        uint256 tokenId = _subscribe(alice, SOME);
        vm.prank(compliance);
        receipts.setHolderFrozen(alice, true, "list");
        vm.prank(administrator);
        spv.cancel();
        vm.prank(stranger);
        try spv.refund(_ids(tokenId)) {} catch {}
        vm.assertEq(_balance(alice), 0);
    }

    /// @dev The push run of refunds stops at one that is done, which anyone can bring about.
    function testRefundRunStopsAtOneThatIsDone() public {
        _toOffering(_deal());
        uint256 first = _subscribe(alice, SOME);
        uint256 second = _subscribe(bob, SOME);
        vm.prank(administrator);
        spv.cancel();
        vm.prank(stranger);
        spv.refund(_ids(first));
        spv.refund(_ids(first, second));
        vm.assertEq(_balance(bob), SOME);
    }
}
