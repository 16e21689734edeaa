// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IComputeReceipt as R} from "../../src/interfaces/IComputeReceipt.sol";
import {Epoch, ISpv, OfferingTerms, State} from "../../src/interfaces/ISpv.sol";
import {Accounts, Period, WaterfallTerms} from "../../src/libraries/Waterfall.sol";
import {Faults} from "./Faults.sol";
import {Deal} from "./Fixture.sol";
import {RecordModel} from "./RecordModel.sol";

/// @notice What SPVs should be, and what happens to them before the issue.
contract OfferingModel is RecordModel {
    using Faults for uint256;

    struct Spv {
        State state;
        uint32 period;
        uint32 periods;
        uint32 epochs;
        uint8 arrearsRun;
        bool recordOpen;
        uint64 sold;
        uint256 cash; // minor units that came in and did not go out
    }

    struct Rent {
        uint64 face;
        uint64 collected;
        uint32 period;
    }

    address internal constant originator = address(0x0216);

    mapping(uint256 slot => Spv) internal _spvs;
    mapping(uint256 slot => Accounts) internal _accounts;
    mapping(uint256 slot => OfferingTerms) internal _offerings;
    mapping(uint256 slot => WaterfallTerms) internal _rules;
    mapping(uint256 slot => Period[]) internal _periods;
    mapping(uint256 slot => bytes32[]) internal _rentIds;
    mapping(uint256 slot => mapping(bytes32 id => Rent)) internal _rents;
    mapping(uint256 slot => mapping(uint256 epoch => Epoch)) internal _pots;

    /// @notice Minor units that an account got from SPVs, and gave them.
    mapping(address => uint256) public got;
    mapping(address => uint256) public gave;
    /// @notice Whether an account lets an SPV take its cash, without end.
    mapping(uint256 slot => mapping(address => bool)) public lets;

    function offer(uint256 slot, Deal calldata deal) external {
        _offerings[slot] = deal.offering;
        _rules[slot] = deal.rules;
        for (uint256 i; i < deal.periods.length; ++i) {
            _periods[slot].push(deal.periods[i]);
        }
        for (uint256 i; i < deal.pool.length; ++i) {
            uint32 period;
            while (deal.periods[period].paymentDay < deal.pool[i].dueDay) ++period;
            _rents[slot][deal.pool[i].id] = Rent(deal.pool[i].face, 0, period);
            _rentIds[slot].push(deal.pool[i].id);
        }
        _spvs[slot].state = State.Offering;
        _spvs[slot].periods = uint32(deal.periods.length);
        _accounts[slot].undue = deal.offering.poolFace;
    }

    // --- Views -------------------------------------------------------------------------------------------------------

    function spvOf(uint256 slot) public view returns (Spv memory) {
        return _spvs[slot];
    }

    function accountsOf(uint256 slot) external view returns (Accounts memory) {
        return _accounts[slot];
    }

    function potOf(uint256 slot, uint256 epoch) external view returns (Epoch memory) {
        return _pots[slot][epoch];
    }

    function today(uint256 slot) public view returns (uint256) {
        return uint256(int256(block.timestamp) + _rules[slot].utcOffset) / 1 days;
    }

    function _in(uint256 slot, State state) internal view returns (uint256) {
        return uint256(0).when(_spvs[slot].state != state, ISpv.WrongState.selector);
    }

    function _send(uint256 slot, address to, uint256 amount) internal {
        _spvs[slot].cash -= amount;
        got[to] += amount;
    }

    function _receive(uint256 slot, address from, uint256 amount) internal {
        _spvs[slot].cash += amount;
        gave[from] += amount;
    }

    // --- The offering ------------------------------------------------------------------------------------------------

    function setLets(uint256 slot, address by, bool on) external {
        lets[slot][by] = on;
    }

    function subscribe(uint256 slot, address by, uint64 units, bool permitted) external {
        Spv storage s = _spvs[slot];
        OfferingTerms storage terms = _offerings[slot];
        uint256 day = today(slot);
        uint256 faults = _in(slot, State.Offering).when(units == 0, ISpv.NothingGiven.selector);
        faults = faults.when(day < terms.openDay, ISpv.TooEarly.selector);
        faults = faults.when(day > terms.closeDay, ISpv.TooLate.selector);
        faults = faults.when(units > _rules[slot].size - s.sold, ISpv.OverSubscribed.selector);
        bool can = permitted || lets[slot][by];
        _issue(faults.when(!can, IERC20Errors.ERC20InsufficientAllowance.selector), slot, by, units);
        if (permitted) lets[slot][by] = false;
        s.sold += units;
        _receive(slot, by, units);
    }

    function activate(uint256 slot, address by) external {
        Spv storage s = _spvs[slot];
        OfferingTerms storage terms = _offerings[slot];
        uint256 day = today(slot);
        uint256 needed = day > terms.closeDay ? terms.softCap : _rules[slot].size;
        uint256 faults = _in(slot, State.Offering).when(by != administrator, UNAUTHORIZED);
        faults = faults.when(day < terms.issueDay, ISpv.TooEarly.selector);
        faults = faults.when(day >= _periods[slot][0].recordDay, ISpv.TooLate.selector);
        Faults.stop(faults.when(s.sold < needed, ISpv.NotSold.selector));
        s.state = State.Active;
        _accounts[slot].principal = s.sold;
        _unlock(slot);
        _send(slot, originator, s.sold);
    }

    function cancel(uint256 slot, address by) external {
        Faults.stop(_in(slot, State.Offering).when(by != administrator, UNAUTHORIZED));
        _spvs[slot].state = State.Failed;
    }

    function fail(uint256 slot) external {
        OfferingTerms storage terms = _offerings[slot];
        uint256 day = today(slot);
        bool missed = day > terms.closeDay && _spvs[slot].sold < terms.softCap;
        bool over = missed || day >= _periods[slot][0].recordDay;
        Faults.stop(_in(slot, State.Offering).when(!over, ISpv.NotFailed.selector));
        _spvs[slot].state = State.Failed;
    }

    function refund(uint256 slot, uint256[] calldata ids) external {
        Faults.stop(_in(slot, State.Failed));
        for (uint256 i; i < ids.length; ++i) {
            (address owner, uint256 units) = _destroy(slot, ids[i]);
            if (owner == address(0)) continue;
            _spvs[slot].sold -= uint64(units);
            _send(slot, owner, units);
        }
    }
}
