// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SpvBooks} from "./SpvBooks.sol";
import {Booked, ISpv, OfferingTerms, Parties, Receivable, State} from "./interfaces/ISpv.sol";
import {Period, Waterfall, WaterfallTerms} from "./libraries/Waterfall.sol";
import {DistributionLibrary} from "./types/Distribution.sol";

/// @title An SPV from its first receivable to the issue of its receipts, or to the refund
/// @dev What it guarantees and trusts is said in `ISpv`.
abstract contract SpvOffering is SpvBooks {
    using SafeCast for uint256;

    uint64 private _registeredFace;
    uint32 private _registeredCount;

    modifier onlyFactory() {
        if (msg.sender != factory) revert Unauthorized(msg.sender, msg.sig);
        _;
    }

    /// @inheritdoc ISpv
    function initialize(uint64 slot, Period[] calldata periods) external onlyFactory onlyIn(State.None) {
        for (uint256 i; i < periods.length; ++i) {
            _distributions[i] = DistributionLibrary.plan(periods[i]);
        }
        _status.slot = slot;
        _status.periods = uint32(periods.length);
        _enter(State.Draft);
    }

    /// @inheritdoc ISpv
    function book(Receivable[] calldata items) external onlyFactory onlyIn(State.Draft) {
        (, OfferingTerms memory offering,) = terms();
        uint32 last = _status.periods;
        uint256 sum;
        for (uint256 i; i < items.length; ++i) {
            (bytes32 id, uint64 face, uint32 dueDay) = (items[i].id, items[i].face, items[i].dueDay);
            if (face == 0) revert NothingGiven(id);
            uint32 index = _periodOf(dueDay, last);
            if (dueDay <= offering.cutOffDay || index == last) revert DueOutsideTerm(id, dueDay);
            _receivables[id] = Booked(face, 0, dueDay, index, true);
            _distributions[index] = _distributions[index].plusFace(face);
            sum += face;
        }
        _registeredFace = (_registeredFace + sum).toUint64();
        _registeredCount += uint32(items.length);
    }

    /// @dev The first of `last` periods that is paid on the day or later; `last` if there is none.
    function _periodOf(uint256 day, uint32 last) private view returns (uint32 index) {
        while (index < last) {
            uint32 middle = (index + last) / 2;
            if (_distributions[middle].paymentDay() < day) index = middle + 1;
            else last = middle;
        }
    }

    /// @inheritdoc ISpv
    function offer(uint64 presentValue) external onlyFactory onlyIn(State.Draft) {
        (, OfferingTerms memory offering, WaterfallTerms memory rules) = terms();
        if (_registeredCount != offering.poolCount || _registeredFace != offering.poolFace) {
            revert PoolIncomplete(_registeredCount, offering.poolCount, _registeredFace, offering.poolFace);
        }
        uint256 limit = uint256(presentValue) * offering.advanceRate / Waterfall.PPM;
        if (rules.size > limit) revert AdvanceExceeded(rules.size, limit);
        _accounts.undue = offering.poolFace;
        emit Offered(presentValue);
        _enter(State.Offering);
    }

    /// @inheritdoc ISpv
    function subscribe(uint64 units) public nonReentrant onlyIn(State.Offering) returns (uint256 tokenId) {
        if (units == 0) revert NothingGiven(0);
        (, OfferingTerms memory offering, WaterfallTerms memory rules) = terms();
        uint256 day = _day(rules.utcOffset);
        if (day < offering.openDay) revert TooEarly(day, offering.openDay);
        if (day > offering.closeDay) revert TooLate(day, offering.closeDay);
        uint64 left = rules.size - _status.sold;
        if (units > left) revert OverSubscribed(left, units);
        _status.sold += units;
        _pull(units);
        tokenId = receipts.issue(_status.slot, msg.sender, units);
        emit Subscribed(msg.sender, tokenId, units);
    }

    /// @inheritdoc ISpv
    function subscribeWithPermit(uint64 units, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        returns (uint256 tokenId)
    {
        (IERC20 cash, uint256 cashUnit) = _till();
        uint256 value = units * cashUnit;
        // Anyone may have used the permit first; what counts is the allowance, and `subscribe` needs it.
        try IERC20Permit(address(cash)).permit(msg.sender, address(this), value, deadline, v, r, s) {} catch {}
        return subscribe(units);
    }

    /// @inheritdoc ISpv
    function activate() external nonReentrant restricted onlyIn(State.Offering) {
        (Parties memory parties, OfferingTerms memory offering, WaterfallTerms memory rules) = terms();
        uint256 day = _day(rules.utcOffset);
        if (day < offering.issueDay) revert TooEarly(day, offering.issueDay);
        uint256 recordDay = _distributions[0].recordDay();
        if (day >= recordDay) revert TooLate(day, recordDay - 1);
        uint64 sold = _status.sold;
        uint256 needed = day > offering.closeDay ? offering.softCap : rules.size;
        if (sold < needed) revert NotSold(sold, needed);
        _accounts.principal = sold;
        _enter(State.Active);
        receipts.unlock(_status.slot);
        _push(parties.originator, sold);
        emit Activated(sold, sold);
    }

    /// @inheritdoc ISpv
    function cancel() external restricted {
        State state = _status.state;
        if (state != State.Draft && state != State.Offering) revert WrongState(state);
        _enter(State.Failed);
    }

    /// @inheritdoc ISpv
    function fail() external onlyIn(State.Offering) {
        (, OfferingTerms memory offering, WaterfallTerms memory rules) = terms();
        uint256 day = _day(rules.utcOffset);
        bool missed = day > offering.closeDay && _status.sold < offering.softCap;
        uint256 recordDay = _distributions[0].recordDay();
        if (!missed && day < recordDay) revert NotFailed(day, recordDay);
        _enter(State.Failed);
    }

    /// @inheritdoc ISpv
    function refund(uint256[] calldata tokenIds) external nonReentrant onlyIn(State.Failed) {
        (address[] memory owners, uint256[] memory units) = receipts.destroy(_status.slot, tokenIds);
        for (uint256 i; i < owners.length; ++i) {
            if (owners[i] == address(0)) continue;
            _status.sold -= uint64(units[i]);
            _push(owners[i], units[i]);
            emit Refunded(tokenIds[i], owners[i], units[i]);
        }
    }
}
