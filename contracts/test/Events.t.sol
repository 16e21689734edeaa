// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IComputeReceipt, SeriesLabel} from "../src/interfaces/IComputeReceipt.sol";
import {Collection, State} from "../src/interfaces/ISpv.sol";
import {Deal, Fixture} from "./utils/Fixture.sol";

/// @notice What the index reads of a series' life, argument by argument: the events that no other test names.
contract EventsTest is Fixture {
    event SpvCreated(address indexed spv, uint256 indexed slot, bytes32 indexed termsHash, string code);
    event SeriesOpened(uint256 indexed slot, address indexed issuer, string code);
    event RequirementSet(uint256 indexed slot, uint32 classes, uint64 jurisdictions);
    event StandingSet(address indexed holder, uint32 classes, uint64 jurisdictions, uint40 validUntil);
    event SeriesUnlocked(uint256 indexed slot);
    event SeriesRetired(uint256 indexed slot);
    event RecordFixed(uint256 indexed slot, uint256 indexed epoch, uint256 units);
    event StateChanged(State from, State to);
    event Collected(bytes32 indexed id, uint256 amount, uint256 total, uint256 face);
    event RedemptionFunded(uint256 indexed epoch, uint256 amount);
    event DustKept(uint256 indexed epoch, uint256 amount);
    event FeesPaid(address to, uint256 amount);
    event ResidualPaid(address to, uint256 amount);
    event ResidualSwept(uint256 amount);
    event Transfer(address indexed from, address indexed to, uint256 indexed tokenId);
    event TransferValue(uint256 indexed fromTokenId, uint256 indexed toTokenId, uint256 value);

    uint256[] private _tokens;

    function _active(Deal memory deal) private {
        _toOffering(deal);
        _tokens.push(_subscribe(alice, SIZE / 2));
        _tokens.push(_subscribe(bob, SIZE * 3 / 10));
        _tokens.push(_subscribe(carol, SIZE / 5));
        _activate();
    }

    function _openSeries(uint32 classes, uint64 jurisdictions) private returns (uint256 slot_) {
        SeriesLabel memory label = SeriesLabel({code: "SECOND", name: "Second", currency: "CNY", exponent: 2});
        vm.prank(address(factory));
        slot_ = receipts.openSeries(address(this), label, classes, jurisdictions);
    }

    // --- Series and holders ----------------------------------------------------------------------------------------

    function testCreated() public {
        Deal memory deal = _deal();
        _openSeries(1, 1);
        address made = vm.computeCreateAddress(address(factory), vm.getNonce(address(factory)));
        vm.expectEmit(address(receipts));
        emit SeriesOpened(2, made, "CRT01");
        vm.expectEmit(address(factory));
        emit SpvCreated(made, 2, keccak256("CRT01"), "CRT01");
        _create(deal);
    }

    function testOpened() public {
        vm.expectEmit(address(receipts));
        emit SeriesOpened(1, address(this), "SECOND");
        vm.expectEmit(address(receipts));
        emit RequirementSet(1, 5, 9);
        _openSeries(5, 9);
        vm.expectEmit(address(receipts));
        emit RequirementSet(1, 6, 10);
        vm.prank(compliance);
        receipts.setRequirement(1, 6, 10);
    }

    function testStandingSet() public {
        vm.expectEmit(address(receipts));
        emit StandingSet(stranger, 3, 5, 7);
        vm.prank(compliance);
        receipts.setStanding(stranger, 3, 5, 7);
    }

    /// @dev Paused, not locked: the refusal says which.
    function testNothingIsIssuedWhilePaused() public {
        uint256 slot_ = _openSeries(1, 1);
        vm.expectEmit(address(receipts));
        emit SeriesUnlocked(slot_);
        receipts.unlock(slot_);
        vm.prank(guardian);
        receipts.pause(slot_);
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.SeriesNotMovable.selector, slot_, false, true, false));
        receipts.issue(slot_, alice, 1);
    }

    // --- Life ------------------------------------------------------------------------------------------------------

    function testOffered() public {
        Deal memory deal = _deal();
        _create(deal);
        _register(deal);
        bytes memory signature = _signed(AGENT_KEY, _valuation(deal));
        vm.expectEmit(address(spv));
        emit StateChanged(State.Draft, State.Offering);
        vm.prank(administrator);
        factory.offer(address(spv), deal.presentValue, signature);
    }

    function testCollected() public {
        _active(_deal());
        _collect(2, 1000);
        _give(servicer, 7);
        Collection[] memory items = new Collection[](1);
        items[0] = Collection(rents[2], 7);
        vm.expectEmit(address(spv));
        emit Collected(rents[2], 7, 1007, RENT);
        vm.prank(servicer);
        spv.collect(items);
    }

    /// @dev The last distribution ends the series' epochs and funds the redemption; the last payment ends it all. All
    /// four coupons leave one fen of rounding.
    function testRedeemed() public {
        _active(_deal());
        for (uint256 quarter; quarter < 3; ++quarter) {
            _collectQuarter(quarter);
            _distribute();
        }
        _collectQuarter(3);
        _at(spv.periodAt(3).recordDay);
        spv.fixRecord();
        _at(spv.periodAt(3).paymentDay);
        vm.expectEmit(address(receipts));
        emit SeriesRetired(slot);
        vm.expectEmit(address(receipts));
        emit RecordFixed(slot, 4, SIZE);
        vm.expectEmit(address(spv));
        emit RedemptionFunded(4, SIZE);
        vm.expectEmit(address(spv));
        emit StateChanged(State.Active, State.Matured);
        vm.prank(servicer);
        spv.fund();

        for (uint256 epoch; epoch < 4; ++epoch) {
            vm.expectEmit(address(spv));
            emit DustKept(epoch, 1);
            spv.pay(epoch, _tokens);
        }
        vm.expectEmit(address(receipts));
        emit Transfer(bob, address(0), _tokens[1]);
        vm.expectEmit(address(receipts));
        emit TransferValue(_tokens[1], 0, SIZE * 3 / 10);
        vm.expectEmit(address(spv));
        emit StateChanged(State.Matured, State.Redeemed);
        spv.pay(4, _tokens);

        vm.expectEmit(address(spv));
        emit ResidualSwept(4);
        spv.sweep();
    }

    /// @dev 1 % of three rents, 112,207,188, is above the cap. What is left: the rents less the fee, the first coupon
    /// (665,753,424) and a quarter of the principal.
    function testFeeAndResidualArePaid() public {
        Deal memory deal = _deal();
        deal.rules.feeRate = 10_000;
        _active(deal);
        _collectQuarter(0);
        _distribute();
        vm.expectEmit(address(spv));
        emit FeesPaid(feeRecipient, 50_000_000);
        spv.payFees();
        vm.expectEmit(address(spv));
        emit ResidualPaid(originator, 3_004_965_466);
        spv.payResidual();
    }
}
