// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SpvBooks} from "./SpvBooks.sol";
import {SpvOffering} from "./SpvOffering.sol";
import {IComputeReceipt} from "./interfaces/IComputeReceipt.sol";
import {Booked, Collection, ISpv, Parties, State, Status} from "./interfaces/ISpv.sol";
import {Accounts, Outcome, Waterfall, WaterfallTerms} from "./libraries/Waterfall.sol";
import {Distribution, DistributionLibrary} from "./types/Distribution.sol";
import {PaymentList, PaymentListLibrary} from "./types/PaymentList.sol";
import {Position} from "./types/Position.sol";

/// @title One SPV while it runs: rent comes in, the waterfall sets aside, holders are paid
/// @dev What it guarantees and trusts is said in `ISpv`, the rules in `docs/rules.md`. Each SPV is a clone of one
/// implementation, whose code holds what all share: authority, receipts, factory.
contract Spv is SpvOffering {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    constructor(IAccessManager authority_, IComputeReceipt receipts_, address factory_)
        SpvBooks(authority_, receipts_, factory_)
    {}

    /// @inheritdoc ISpv
    function collect(Collection[] calldata items) external nonReentrant restricted {
        _checkIssued();
        uint256 sum;
        uint256 ahead;
        for (uint256 i; i < items.length; ++i) {
            (bytes32 id, uint64 amount) = (items[i].id, items[i].amount);
            if (amount == 0) revert NothingGiven(id);
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
        _pull(sum);
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
        // Its number is `status_.epochs`: a record is funded before the next is fixed, so that both count alike.
        receipts.fixRecord(status_.slot, false);
    }

    /// @inheritdoc ISpv
    /// @dev The status is worked on in memory and written once, at the end. The only contract that is called meanwhile,
    /// to change anything, is the receipts', which calls nobody to fix a record: nothing can have changed it in
    /// between.
    function fund() external {
        Status memory status_ = _status;
        if (!status_.recordOpen) revert RecordState(false);
        WaterfallTerms memory rules = _rules();
        uint256 day = _day(rules.utcOffset);
        uint256 expiry = day + rules.claimDays;
        Accounts memory accounts_ = _loadAccounts();
        bool servicerOnly = true;
        Distribution plan; // after the last period all zeros: no coupon, no target, no receivables
        if (status_.period < status_.periods) {
            plan = _distributions[status_.period];
            if (day < plan.paymentDay()) revert TooEarly(day, plan.paymentDay());
            servicerOnly = day < plan.paymentDay() + rules.graceDays;
        } else {
            _checkRecovery(accounts_, status_.epochs, day, expiry);
        }
        if (servicerOnly) _checkRestricted();

        bool ending = status_.period + 1 >= status_.periods; // the last period, or after it
        bool turbo = ending || status_.state != State.Active;
        Outcome memory outcome = Waterfall.run(accounts_, rules, plan.period(), status_.sold, turbo);
        _storeAccounts(accounts_);

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
        State next = _stateAfter(status_, rules, accounts_, outcome, ending);
        if (status_.period < status_.periods) status_.period += 1;
        if (next != status_.state) emit StateChanged(status_.state, next);
        status_.state = next;
        _status = status_;
    }

    /// @dev After the last period: at most once a day, and only with money. Each receipt has to be counted for each
    /// epoch, so that else the servicer's key could bury a recovery under empty ones. Reserve and sinking account are
    /// empty since the last period's distribution.
    function _checkRecovery(Accounts memory a, uint256 epoch, uint256 day, uint256 expiry) private view {
        uint256 lastExpiry = _distributions[epoch - 1].expiryDay();
        if (expiry <= lastExpiry) revert TooEarly(day, day + 1);
        if (uint256(a.collections) + a.trapped + a.dust == 0) revert NothingToDistribute(epoch);
    }

    /// @dev Where a distribution leads; counts those that left arrears.
    function _stateAfter(
        Status memory status_,
        WaterfallTerms memory rules,
        Accounts memory accounts_,
        Outcome memory outcome,
        bool ending
    ) private pure returns (State) {
        if (outcome.done) return State.Matured;
        if (ending) return State.Defaulted;
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
        _push(parties.unclaimedTo, unclaimed);
    }

    function _pot(uint256 epoch) private view returns (Distribution pot) {
        pot = _distributions[epoch];
        if (!pot.funded()) revert NotFunded(epoch);
    }

    /// @inheritdoc ISpv
    function payFees() external nonReentrant returns (uint256 amount) {
        amount = _accounts.feesPayable;
        _accounts.feesPayable = 0;
        (Parties memory parties,,) = terms();
        emit FeesPaid(parties.feeRecipient, amount);
        _push(parties.feeRecipient, amount);
    }

    /// @inheritdoc ISpv
    function payResidual() external nonReentrant returns (uint256 amount) {
        amount = _accounts.residualPayable;
        _accounts.residualPayable = 0;
        (Parties memory parties,,) = terms();
        emit ResidualPaid(parties.originator, amount);
        _push(parties.originator, amount);
    }

    /// @inheritdoc ISpv
    function sweep() external returns (uint256 amount) {
        State state = _status.state;
        if (state != State.Matured && state != State.Redeemed) revert WrongState(state);
        Accounts memory accounts_ = _loadAccounts();
        amount = uint256(accounts_.collections) + accounts_.trapped + accounts_.dust;
        (accounts_.collections, accounts_.trapped, accounts_.dust) = (0, 0, 0);
        accounts_.residualPayable = (accounts_.residualPayable + amount).toUint64();
        _storeAccounts(accounts_);
        emit ResidualSwept(amount);
    }

    function _checkIssued() private view {
        State state = _status.state;
        if (state < State.Active || state == State.Failed) revert WrongState(state);
    }

    /// @dev Distributions go on until maturity, unless all is repaid before.
    function _checkRunning(State state) private pure {
        if (state != State.Active && state != State.Accelerated) revert WrongState(state);
    }
}
