// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Governed} from "./Governed.sol";
import {IComputeReceipt} from "./interfaces/IComputeReceipt.sol";
import {
    Booked,
    Collection,
    Epoch,
    ISpv,
    OfferingTerms,
    Parties,
    Receivable,
    State,
    Status
} from "./interfaces/ISpv.sol";
import {Accounts, Outcome, Period, Waterfall, WaterfallTerms} from "./libraries/Waterfall.sol";
import {Distribution, DistributionLibrary} from "./types/Distribution.sol";
import {PaymentList, PaymentListLibrary} from "./types/PaymentList.sol";
import {Position} from "./types/Position.sol";

/// @title One SPV: its own cash, its pool, its waterfall
/// @dev What it guarantees and trusts is said in `ISpv`, the rules in `docs/rules.md`. Each SPV is a clone of one
/// implementation, whose code holds what all share: authority, receipts, factory. Cash is kept in minor units and
/// turned into units of the token only where it moves.
contract Spv is ISpv, Governed, ReentrancyGuardTransient {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @dev Where OpenZeppelin's `Clones` puts the arguments of a clone into its code, and the words of `terms` that are
    /// read alone.
    uint256 private constant ARGUMENTS_AT = 0x2d;
    uint256 private constant CASH = 2;
    uint256 private constant RULES = 16;
    uint256 private constant UTC_OFFSET = 21;
    uint256 private constant CASH_UNIT = 29;

    /// @notice Holds the receipts of all series.
    IComputeReceipt public immutable receipts;

    /// @notice The `SpvFactory` that makes the SPVs, and keeps which receivable is sold to which.
    address public immutable factory;

    Status private _status;
    Accounts private _accounts;
    uint64 private _registeredFace;
    uint32 private _registeredCount;
    /// @dev A period's distribution has the period's number as its epoch; the redemption, and what is recovered after a
    /// default, come behind.
    mapping(uint256 epoch => Distribution) private _distributions;
    mapping(bytes32 id => Booked) private _receivables;

    constructor(IAccessManager authority_, IComputeReceipt receipts_, address factory_) Governed(authority_) {
        receipts = receipts_;
        factory = factory_;
        _status.state = State.Failed; // the implementation itself is nobody's SPV
    }

    modifier onlyFactory() {
        if (msg.sender != factory) revert Unauthorized(msg.sender, msg.sig);
        _;
    }

    modifier onlyIn(State state) {
        if (_status.state != state) revert WrongState(_status.state);
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

    // --- Before the issue --------------------------------------------------------------------------------------

    /// @inheritdoc ISpv
    function book(Receivable[] calldata items) external onlyFactory onlyIn(State.Draft) {
        (, OfferingTerms memory offering,) = terms();
        uint256 last = _status.periods;
        uint256 sum;
        for (uint256 i; i < items.length; ++i) {
            (bytes32 id, uint64 face, uint32 dueDay) = (items[i].id, items[i].face, items[i].dueDay);
            if (face == 0) revert NothingGiven();
            uint32 index;
            while (index < last && _distributions[index].paymentDay() < dueDay) ++index;
            if (dueDay <= offering.cutOffDay || index == last) revert DueOutsideTerm(id, dueDay);
            _receivables[id] = Booked(face, 0, dueDay, index, true);
            _distributions[index] = _distributions[index].plusFace(face);
            sum += face;
        }
        _registeredFace = (_registeredFace + sum).toUint64();
        _registeredCount += uint32(items.length);
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
        if (units == 0) revert NothingGiven();
        (Parties memory parties, OfferingTerms memory offering, WaterfallTerms memory rules) = terms();
        uint256 day = _day(rules.utcOffset);
        if (day < offering.openDay) revert TooEarly(day, offering.openDay);
        if (day > offering.closeDay) revert TooLate(day, offering.closeDay);
        uint64 left = rules.size - _status.sold;
        if (units > left) revert OverSubscribed(left, units);
        _status.sold += units;
        _pull(parties.cash, units, rules.cashUnit);
        tokenId = receipts.issue(_status.slot, msg.sender, units);
        emit Subscribed(msg.sender, tokenId, units);
    }

    /// @inheritdoc ISpv
    function subscribeWithPermit(uint64 units, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        returns (uint256 tokenId)
    {
        (Parties memory parties,, WaterfallTerms memory rules) = terms();
        uint256 value = units * uint256(rules.cashUnit);
        // Anyone may have used the permit first; what counts is the allowance, and `subscribe` needs it.
        try IERC20Permit(parties.cash).permit(msg.sender, address(this), value, deadline, v, r, s) {} catch {}
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
        _push(parties.cash, parties.originator, sold, rules.cashUnit);
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
        if (!missed && day < _distributions[0].recordDay()) revert NotFailed();
        _enter(State.Failed);
    }

    /// @inheritdoc ISpv
    function refund(uint256[] calldata tokenIds) external nonReentrant onlyIn(State.Failed) {
        (address[] memory owners, uint256[] memory units) = receipts.destroy(_status.slot, tokenIds);
        (Parties memory parties,, WaterfallTerms memory rules) = terms();
        for (uint256 i; i < owners.length; ++i) {
            if (owners[i] == address(0)) continue;
            _status.sold -= uint64(units[i]);
            _push(parties.cash, owners[i], units[i], rules.cashUnit);
            emit Refunded(tokenIds[i], owners[i], units[i]);
        }
    }

    // --- While it runs -----------------------------------------------------------------------------------------

    /// @inheritdoc ISpv
    function collect(Collection[] calldata items) external nonReentrant restricted {
        _checkIssued();
        uint256 sum;
        uint256 ahead;
        for (uint256 i; i < items.length; ++i) {
            (bytes32 id, uint64 amount) = (items[i].id, items[i].amount);
            if (amount == 0) revert NothingGiven();
            Booked memory booked = _receivables[id];
            if (!booked.known) revert UnknownReceivable(id);
            uint64 before = booked.collected;
            booked.collected += amount;
            _receivables[id].collected = booked.collected;
            if (booked.period > _status.period) {
                uint64 covered =
                    uint64(Math.min(booked.collected, booked.face)) - uint64(Math.min(before, booked.face));
                _distributions[booked.period] = _distributions[booked.period].minusFace(covered);
                ahead += covered;
            }
            sum += amount;
            emit Collected(id, amount, booked.collected, booked.face);
        }
        if (ahead != 0) _accounts.undue -= uint64(ahead);
        _accounts.collections = (_accounts.collections + sum).toUint64();
        (Parties memory parties,, WaterfallTerms memory rules) = terms();
        _pull(parties.cash, sum, rules.cashUnit);
    }

    /// @inheritdoc ISpv
    function fixRecord() external {
        Status memory status_ = _status;
        if (status_.recordOpen) revert RecordState(true);
        if (status_.period < status_.periods) {
            _checkRunning(status_.state);
            uint256 day = today();
            uint256 recordDay = _distributions[status_.period].recordDay();
            if (day < recordDay) revert TooEarly(day, recordDay);
        } else {
            if (status_.state != State.Defaulted) revert WrongState(status_.state);
            _checkRestricted();
        }
        _status.recordOpen = true;
        receipts.fixRecord(status_.slot, false);
    }

    /// @inheritdoc ISpv
    function fund() external {
        Status memory status_ = _status;
        if (!status_.recordOpen) revert RecordState(false);
        WaterfallTerms memory rules = _rules();
        Period memory period;
        uint256 day = _day(rules.utcOffset);
        bool graced = true;
        if (status_.period < status_.periods) {
            period = _distributions[status_.period].period();
            if (day < period.paymentDay) revert TooEarly(day, period.paymentDay);
            graced = day < uint256(period.paymentDay) + rules.graceDays;
        }
        if (graced) _checkRestricted();

        Accounts memory accounts_ = _loadAccounts();
        bool turbo = status_.period + 1 >= status_.periods || status_.state != State.Active;
        Outcome memory outcome = Waterfall.run(accounts_, rules, period, status_.sold, turbo);
        _storeAccounts(accounts_);

        uint256 expiry = day + rules.claimDays;
        uint256 epoch = status_.epochs++;
        uint256 amount = outcome.done ? outcome.paid : outcome.paid + outcome.repaid;
        _distributions[epoch] = DistributionLibrary.fund(amount, status_.sold, expiry, false);
        emit Funded(epoch, status_.period, amount, outcome);
        status_.recordOpen = false;
        if (outcome.done) {
            receipts.fixRecord(status_.slot, true);
            epoch = status_.epochs++;
            _distributions[epoch] = DistributionLibrary.fund(outcome.repaid, status_.sold, expiry, true);
            emit RedemptionFunded(epoch, outcome.repaid);
        }
        State next = _stateAfter(status_, rules, accounts_, outcome);
        if (status_.period < status_.periods) status_.period += 1;
        if (next != status_.state) emit StateChanged(status_.state, next);
        status_.state = next;
        _status = status_;
    }

    /// @dev Where a distribution leads; counts those that left arrears.
    function _stateAfter(
        Status memory status_,
        WaterfallTerms memory rules,
        Accounts memory accounts_,
        Outcome memory outcome
    ) private pure returns (State) {
        if (outcome.done) return State.Matured;
        if (status_.period + 1 >= status_.periods) return State.Defaulted;
        if (status_.state == State.Accelerated) return State.Accelerated; // for good: there is nothing more to count
        status_.arrearsRun = accounts_.arrears == 0 ? 0 : status_.arrearsRun + 1;
        if (status_.arrearsRun >= rules.arrearsLimit) return State.Accelerated;
        // Rent paid ahead is no receivable any more; while it is trapped it still stands for the principal.
        uint256 assets = outcome.assets + outcome.trapped;
        if (!Waterfall.covers(assets, rules.ocDefault, accounts_.principal)) return State.Accelerated;
        return status_.state;
    }

    /// @inheritdoc ISpv
    function pay(uint256 epoch, uint256[] calldata tokenIds) external nonReentrant returns (uint256 total) {
        Distribution pot = _pot(epoch);
        Position[] memory due = receipts.tally(epoch, tokenIds);
        if (due.length == 0) revert NothingToPay(epoch);
        // What is closed has gone to `unclaimedTo`; counting goes on, so that later epochs can be paid.
        uint256 amount = pot.closed() ? 0 : pot.amount();
        uint256 units = pot.units();
        uint256 counted;
        PaymentList payments = PaymentListLibrary.make(due.length);
        // All of them are below 2^64: amounts and units of one series.
        unchecked {
            for (uint256 i; i < due.length; ++i) {
                Position position = due[i];
                uint256 held = position.units();
                uint256 share = amount * held / units;
                payments.set(i, position.owner(), held, share);
                counted += held;
                total += share;
            }
        }
        payments.log(epoch);
        pot = pot.plusPaid(total, counted);
        if (pot.unitsPaid() == units) pot = _finished(epoch, pot);
        _distributions[epoch] = pot;
        (IERC20 cash, uint256 cashUnit) = _till();
        for (uint256 i; i < due.length; ++i) {
            (address holder, uint256 share) = payments.get(i);
            if (share != 0) cash.safeTransfer(holder, share * cashUnit);
        }
    }

    /// @dev All units are paid for the epoch: what rounding left becomes dust; the redemption ends the series.
    function _finished(uint256 epoch, Distribution pot) private returns (Distribution) {
        if (pot.redemption() && _status.state == State.Matured) _enter(State.Redeemed);
        uint256 dust = pot.amount() - pot.paid();
        if (dust == 0 || pot.closed()) return pot;
        _accounts.dust += uint64(dust);
        emit DustKept(epoch, dust);
        return pot.plusPaid(dust, 0);
    }

    /// @inheritdoc ISpv
    function close(uint256 epoch) external nonReentrant {
        Distribution pot = _pot(epoch);
        if (pot.closed()) revert NothingToPay(epoch);
        (Parties memory parties,, WaterfallTerms memory rules) = terms();
        uint256 day = _day(rules.utcOffset);
        if (day <= pot.expiryDay()) revert TooEarly(day, pot.expiryDay() + 1);
        uint256 unclaimed = pot.amount() - pot.paid();
        _distributions[epoch] = pot.plusPaid(unclaimed, 0).asClosed();
        emit EpochClosed(epoch, unclaimed, parties.unclaimedTo);
        if (pot.redemption() && _status.state == State.Matured) _enter(State.Redeemed);
        _push(parties.cash, parties.unclaimedTo, unclaimed, rules.cashUnit);
    }

    function _pot(uint256 epoch) private view returns (Distribution pot) {
        pot = _distributions[epoch];
        if (!pot.funded()) revert NotFunded(epoch);
    }

    /// @inheritdoc ISpv
    function payFees() external nonReentrant returns (uint256 amount) {
        amount = _accounts.feesPayable;
        _accounts.feesPayable = 0;
        (Parties memory parties,, WaterfallTerms memory rules) = terms();
        emit FeesPaid(parties.feeRecipient, amount);
        _push(parties.cash, parties.feeRecipient, amount, rules.cashUnit);
    }

    /// @inheritdoc ISpv
    function payResidual() external nonReentrant returns (uint256 amount) {
        amount = _accounts.residualPayable;
        _accounts.residualPayable = 0;
        (Parties memory parties,, WaterfallTerms memory rules) = terms();
        emit ResidualPaid(parties.originator, amount);
        _push(parties.cash, parties.originator, amount, rules.cashUnit);
    }

    /// @inheritdoc ISpv
    function sweep() external returns (uint256 amount) {
        State state = _status.state;
        if (state != State.Matured && state != State.Redeemed) revert WrongState(state);
        Accounts memory accounts_ = _accounts;
        amount = uint256(accounts_.collections) + accounts_.trapped + accounts_.dust;
        (accounts_.collections, accounts_.trapped, accounts_.dust) = (0, 0, 0);
        accounts_.residualPayable = (accounts_.residualPayable + amount).toUint64();
        _accounts = accounts_;
        emit ResidualSwept(amount);
    }

    // --- Cash --------------------------------------------------------------------------------------------------

    /// @dev Takes minor units from the caller; a token that keeps a fee is refused.
    function _pull(address cash, uint256 amount, uint256 cashUnit) private {
        uint256 value = amount * cashUnit;
        uint256 before = IERC20(cash).balanceOf(address(this));
        IERC20(cash).safeTransferFrom(msg.sender, address(this), value);
        uint256 received = IERC20(cash).balanceOf(address(this)) - before;
        if (received != value) revert CashMismatch(value, received);
    }

    function _push(address cash, address to, uint256 amount, uint256 cashUnit) private {
        if (amount != 0) IERC20(cash).safeTransfer(to, amount * cashUnit);
    }

    /// @dev As `_accounts` is laid out, but each word read once: the compiler reads it for every field.
    function _loadAccounts() private view returns (Accounts memory a) {
        (uint256 first, uint256 second, uint256 third) = (0, 0, 0);
        assembly ("memory-safe") {
            first := sload(_accounts.slot)
            second := sload(add(_accounts.slot, 1))
            third := sload(add(_accounts.slot, 2))
        }
        (a.collections, a.trapped) = (uint64(first), uint64(first >> 64));
        (a.reserve, a.sinking) = (uint64(first >> 128), uint64(first >> 192));
        (a.principal, a.arrears) = (uint64(second), uint64(second >> 64));
        (a.feesPayable, a.residualPayable) = (uint64(second >> 128), uint64(second >> 192));
        (a.dust, a.undue) = (uint64(third), uint64(third >> 64));
    }

    /// @dev The same, the other way.
    function _storeAccounts(Accounts memory a) private {
        uint256 first = a.collections | (uint256(a.trapped) << 64) | (uint256(a.reserve) << 128)
            | (uint256(a.sinking) << 192);
        uint256 second = a.principal | (uint256(a.arrears) << 64) | (uint256(a.feesPayable) << 128)
            | (uint256(a.residualPayable) << 192);
        uint256 third = a.dust | (uint256(a.undue) << 64);
        assembly ("memory-safe") {
            sstore(_accounts.slot, first)
            sstore(add(_accounts.slot, 1), second)
            sstore(add(_accounts.slot, 2), third)
        }
    }

    // --- Time and state ----------------------------------------------------------------------------------------

    function _enter(State next) private {
        emit StateChanged(_status.state, next);
        _status.state = next;
    }

    function _checkIssued() private view {
        State state = _status.state;
        if (state < State.Active || state == State.Failed) revert WrongState(state);
    }

    /// @dev Distributions go on until maturity, unless all is repaid before.
    function _checkRunning(State state) private pure {
        if (state != State.Active && state != State.Accelerated) revert WrongState(state);
    }

    function _day(int256 utcOffset) private view returns (uint256) {
        // The offset is less than a day, and the chain's time is not in January 1970.
        unchecked {
            return uint256(int256(block.timestamp) + utcOffset) / 1 days;
        }
    }

    /// @inheritdoc ISpv
    function today() public view returns (uint256) {
        return _day(int256(_term(UTC_OFFSET)));
    }

    /// @dev What everything is paid in, and its units in one minor unit.
    function _till() private view returns (IERC20 cash, uint256 cashUnit) {
        return (IERC20(address(uint160(_term(CASH)))), _term(CASH_UNIT));
    }

    // --- Views -------------------------------------------------------------------------------------------------

    /// @inheritdoc ISpv
    /// @dev The terms are part of the clone's code, as the factory checked and wrote them: nothing can change them, and
    /// reading them costs less than one storage word. A struct of value types lies in memory just as it is encoded.
    function terms()
        public
        view
        returns (Parties memory parties, OfferingTerms memory offering, WaterfallTerms memory rules)
    {
        bytes memory args = Clones.fetchCloneArgs(address(this));
        assembly ("memory-safe") {
            parties := add(args, 0x20)
            offering := add(parties, 0xe0)
            rules := add(offering, 0x120)
        }
    }

    /// @dev The rules of the waterfall, without the other terms.
    function _rules() private view returns (WaterfallTerms memory rules) {
        assembly ("memory-safe") {
            extcodecopy(address(), rules, add(ARGUMENTS_AT, shl(5, RULES)), 0x1c0)
        }
    }

    /// @dev One word of the terms, without the others.
    function _term(uint256 word) private view returns (uint256 value) {
        assembly ("memory-safe") {
            extcodecopy(address(), 0, add(ARGUMENTS_AT, shl(5, word)), 0x20)
            value := mload(0)
        }
    }

    /// @inheritdoc ISpv
    function status() external view returns (Status memory) {
        return _status;
    }

    /// @inheritdoc ISpv
    function accounts() external view returns (Accounts memory) {
        return _accounts;
    }

    /// @inheritdoc ISpv
    function periodAt(uint256 index) external view returns (Period memory planned) {
        Distribution plan = _distributions[index];
        if (!plan.funded()) return plan.period();
    }

    /// @inheritdoc ISpv
    function epochAt(uint256 epoch) external view returns (Epoch memory) {
        Distribution pot = _distributions[epoch];
        if (!pot.funded()) return Epoch(0, 0, 0, 0, 0, false, false);
        return Epoch(
            pot.amount(), pot.paid(), pot.unitsPaid(), pot.units(), pot.expiryDay(), pot.redemption(), pot.closed()
        );
    }

    /// @inheritdoc ISpv
    function receivable(bytes32 id) external view returns (Booked memory) {
        return _receivables[id];
    }
}
