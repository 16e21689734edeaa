// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Collection, Epoch, ISpv, State} from "../../src/interfaces/ISpv.sol";
import {Accounts, WaterfallTerms} from "../../src/libraries/Waterfall.sol";
import {Faults} from "./Faults.sol";
import {OfferingModel} from "./OfferingModel.sol";

/// @notice What happens to SPVs while they run, what they owe, and what everybody has got. The waterfall's results are
/// taken from the SPV and checked against what the rules say of them.
contract SpvModel is OfferingModel {
    using Faults for uint256;

    address internal constant servicer = address(0x5E12);
    address internal constant feeRecipient = address(0xFEE5);
    address internal constant unclaimedTo = address(0x0C1A);
    uint256 internal constant PPM = 1_000_000;

    /// @notice Into how many pieces what was paid for an epoch is cut.
    mapping(uint256 slot => mapping(uint256 epoch => uint256)) public pieces;

    /// @dev What is still to come of rents that fall due after the next distribution.
    function _undue(uint256 slot) private view returns (uint64 sum) {
        for (uint256 i; i < _rentIds[slot].length; ++i) {
            Rent storage rent = _rents[slot][_rentIds[slot][i]];
            if (rent.period > _spvs[slot].period && rent.collected < rent.face) sum += rent.face - rent.collected;
        }
    }

    function collect(uint256 slot, address by, Collection[] calldata items) external {
        State state = _spvs[slot].state;
        bool early = state == State.Offering || state == State.Failed;
        uint256 faults = uint256(0).when(early, ISpv.WrongState.selector).when(by != servicer, UNAUTHORIZED);
        uint64 before = _undue(slot);
        for (uint256 i; i < items.length; ++i) {
            Rent storage rent = _rents[slot][items[i].id];
            faults = faults.when(items[i].amount == 0, ISpv.NothingGiven.selector);
            Faults.stop(faults.when(rent.face == 0, ISpv.UnknownReceivable.selector));
            rent.collected += items[i].amount;
            _accounts[slot].collections += items[i].amount;
            _receive(slot, by, items[i].amount);
        }
        Faults.stop(faults);
        _accounts[slot].undue -= before - _undue(slot);
    }

    function fixRecord(uint256 slot, address by) external {
        Spv storage s = _spvs[slot];
        uint256 faults = uint256(0).when(s.recordOpen, ISpv.RecordState.selector);
        if (s.period < s.periods) {
            bool runs = s.state == State.Active || s.state == State.Accelerated;
            faults = faults.when(!runs, ISpv.WrongState.selector);
            faults = faults.when(today(slot) < _periods[slot][s.period].recordDay, ISpv.TooEarly.selector);
        } else {
            faults = faults.when(s.state != State.Defaulted, ISpv.WrongState.selector);
            faults = faults.when(by != servicer, UNAUTHORIZED);
        }
        Faults.stop(faults);
        s.recordOpen = true;
        _record(slot, false);
    }

    // --- Distributions -----------------------------------------------------------------------------------------------

    function fund(uint256 slot, address by) external view {
        Spv storage s = _spvs[slot];
        uint256 faults = uint256(0).when(!s.recordOpen, ISpv.RecordState.selector);
        bool open = by == servicer;
        if (s.period < s.periods) {
            uint256 day = _periods[slot][s.period].paymentDay;
            faults = faults.when(today(slot) < day, ISpv.TooEarly.selector);
            open = open || today(slot) >= day + _rules[slot].graceDays;
        } else if (s.recordOpen) {
            uint256 last = _pots[slot][s.epochs - 1].expiryDay - _rules[slot].claimDays;
            faults = faults.when(today(slot) == last, ISpv.TooEarly.selector);
            Accounts storage a = _accounts[slot];
            bool nothing = a.collections == 0 && a.trapped == 0 && a.dust == 0;
            faults = faults.when(nothing, ISpv.NothingToDistribute.selector);
        }
        Faults.stop(faults.when(!open, UNAUTHORIZED));
    }

    function _cash(Accounts memory a) private pure returns (uint256) {
        return uint256(a.collections) + a.trapped + a.reserve + a.sinking + a.feesPayable + a.residualPayable + a.dust;
    }

    /// @notice What a distribution did, as the SPV has it now: accounts `a`, the state, and `amount` for holders.
    function funded(uint256 slot, Accounts memory a, State state, uint256 amount) external {
        Spv storage s = _spvs[slot];
        Accounts memory b = _accounts[slot];
        uint256 repaid = b.principal - a.principal;
        require(_cash(b) == _cash(a) + amount, "nothing is made or lost");
        require(a.collections == 0 && a.dust == 0, "all is distributed");
        require(a.undue == _undue(slot), "undue");
        require(a.feesPayable == b.feesPayable + _fee(slot), "fee");
        require(amount == b.arrears + _coupon(slot) - a.arrears + repaid, "coupon and principal");
        require(a.arrears == 0 || (a.trapped == 0 && a.reserve == 0 && repaid == 0), "coupon comes first");
        bool done = a.principal == 0 && a.arrears == 0;
        bool passes = done || _passes(slot, a);
        require(a.residualPayable == b.residualPayable || passes, "nothing to the originator in a failed test");
        require(a.trapped == 0 || !passes, "nothing is trapped for no reason");

        s.recordOpen = false;
        _fund(slot, done ? amount - repaid : amount, false);
        if (done) {
            _record(slot, true);
            _fund(slot, repaid, true);
        }
        s.state = _stateAfter(slot, a, done);
        if (s.period < s.periods) s.period += 1;
        require(s.state == state, "where it leads");
        _accounts[slot] = a;
    }

    function _fee(uint256 slot) private view returns (uint256 fee) {
        WaterfallTerms storage t = _rules[slot];
        fee = uint256(_accounts[slot].collections) * t.feeRate / PPM;
        if (fee > t.feeCap) fee = t.feeCap;
    }

    function _coupon(uint256 slot) private view returns (uint256) {
        WaterfallTerms storage t = _rules[slot];
        uint256 period = _spvs[slot].period;
        if (period >= _spvs[slot].periods) return 0;
        return uint256(_accounts[slot].principal) * t.couponRate * _periods[slot][period].accrual / (PPM * t.basis);
    }

    /// @param kept What counts besides: trapped cash, before a series is accelerated.
    function _covers(Accounts memory a, uint256 kept, uint256 ratio) private pure returns (bool) {
        return (uint256(a.undue) + a.reserve + a.sinking + kept) * PPM >= ratio * a.principal;
    }

    function _passes(uint256 slot, Accounts memory a) private view returns (bool) {
        WaterfallTerms storage t = _rules[slot];
        bool turbo = _spvs[slot].period + 1 >= _spvs[slot].periods || _spvs[slot].state != State.Active;
        return (turbo || a.reserve >= t.reserveTarget) && a.arrears == 0 && _covers(a, 0, t.ocTrigger);
    }

    /// @dev Counts those that left arrears.
    function _stateAfter(uint256 slot, Accounts memory a, bool done) private returns (State) {
        Spv storage s = _spvs[slot];
        if (done) return State.Matured;
        if (s.period + 1 >= s.periods) return State.Defaulted;
        if (s.state == State.Accelerated) return s.state;
        s.arrearsRun = a.arrears == 0 ? 0 : s.arrearsRun + 1;
        if (s.arrearsRun >= _rules[slot].arrearsLimit) return State.Accelerated;
        return _covers(a, a.trapped, _rules[slot].ocDefault) ? s.state : State.Accelerated;
    }

    function _fund(uint256 slot, uint256 amount, bool redeems) private {
        Spv storage s = _spvs[slot];
        uint256 expiry = today(slot) + _rules[slot].claimDays;
        _pots[slot][s.epochs++] = Epoch(amount, 0, 0, s.sold, expiry, redeems, false);
    }

    // --- Payments ----------------------------------------------------------------------------------------------------

    function _pot(uint256 slot, uint256 epoch) private view returns (Epoch storage pot) {
        Faults.stop(uint256(0).when(epoch >= _spvs[slot].epochs, ISpv.NotFunded.selector));
        return _pots[slot][epoch];
    }

    function pay(uint256 slot, uint256 epoch, uint256[] calldata ids)
        external
        returns (uint256 total, Run[] memory runs)
    {
        Epoch storage pot = _pot(slot, epoch);
        runs = _tally(slot, epoch, ids);
        for (uint256 i; i < runs.length; ++i) {
            uint256 share = pot.closed ? 0 : pot.amount * runs[i].units / pot.units;
            pot.unitsPaid += runs[i].units;
            total += share;
            _send(slot, runs[i].holder, share);
        }
        pieces[slot][epoch] += runs.length;
        pot.paid += total;
        require(pot.paid <= pot.amount && pot.unitsPaid <= pot.units, "no more than there is");
        if (pot.unitsPaid < pot.units) return (total, runs);
        if (pot.redemption) _spvs[slot].state = State.Redeemed;
        if (pot.closed) return (total, runs);
        _accounts[slot].dust += uint64(pot.amount - pot.paid);
        pot.paid = pot.amount;
    }

    function close(uint256 slot, uint256 epoch) external {
        Epoch storage pot = _pot(slot, epoch);
        uint256 faults = uint256(0).when(pot.closed, ISpv.NothingToPay.selector);
        Faults.stop(faults.when(today(slot) <= pot.expiryDay, ISpv.TooEarly.selector));
        _send(slot, unclaimedTo, pot.amount - pot.paid);
        (pot.paid, pot.closed) = (pot.amount, true);
        if (pot.redemption) _spvs[slot].state = State.Redeemed;
    }

    function payFees(uint256 slot) external {
        _send(slot, feeRecipient, _accounts[slot].feesPayable);
        _accounts[slot].feesPayable = 0;
    }

    function payResidual(uint256 slot) external {
        _send(slot, originator, _accounts[slot].residualPayable);
        _accounts[slot].residualPayable = 0;
    }

    function sweep(uint256 slot) external {
        State state = _spvs[slot].state;
        Faults.stop(uint256(0).when(state != State.Matured && state != State.Redeemed, ISpv.WrongState.selector));
        Accounts storage a = _accounts[slot];
        a.residualPayable += a.collections + a.trapped + a.dust;
        (a.collections, a.trapped, a.dust) = (0, 0, 0);
    }

    // --- What has to hold --------------------------------------------------------------------------------------------

    /// @notice Everything that an SPV owes, which is all that it has.
    function owed(uint256 slot) external view returns (uint256 sum) {
        Spv storage s = _spvs[slot];
        sum = _cash(_accounts[slot]);
        for (uint256 epoch; epoch < s.epochs; ++epoch) {
            sum += _pots[slot][epoch].amount - _pots[slot][epoch].paid;
        }
        if (s.state == State.Offering || s.state == State.Failed) sum += s.sold;
    }
}
