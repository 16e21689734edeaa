// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Accounts, Outcome, Period, WaterfallTerms} from "../libraries/Waterfall.sol";

/// @notice Where an SPV is in its life.
enum State {
    None,
    Draft, //       receivables are being registered
    Offering, //    units are sold
    Active, //      rent comes in, coupons go out
    Matured, //     all is repaid or set aside for redemption
    Redeemed, //    all receipts are retired, or their time has run out
    Failed, //      the offering failed: refunds
    Accelerated, // all cash goes to holders, on the payment dates
    Defaulted //    past maturity and not repaid: recoveries go to holders
}

/// @notice Who takes part, and the limits of the offering. Fixed at creation.
struct Parties {
    bytes32 termsHash; //      keccak-256 of the term sheet
    bytes32 poolRoot; //       Merkle root over the receivables
    address cash; //           ERC-20 in which everything is paid
    address originator; //     gets the proceeds and the residual
    address feeRecipient;
    address unclaimedTo; //    gets what nobody claimed in time
    address valuationAgent; // attests the present value of the pool
}

/// @notice The offering and the pool. Fixed at creation. Days are numbers since 1970-01-01, rates parts per million.
struct OfferingTerms {
    uint64 softCap;
    uint64 poolFace;
    uint32 poolCount;
    uint32 advanceRate;
    uint32 discountRate; // effective per year; part of what the valuation agent signs
    uint32 cutOffDay;
    uint32 openDay;
    uint32 closeDay; //     the last day of the offering
    uint32 issueDay;
}

/// @notice A receivable as it is registered.
/// @param id keccak-256 of the originator's name for it.
struct Receivable {
    bytes32 id;
    uint64 face;
    uint32 dueDay;
}

/// @notice Cash that arrived for a receivable.
struct Collection {
    bytes32 id;
    uint64 amount;
}

/// @notice A receivable in the books of its SPV.
/// @dev One storage word, from the lowest bit: face 64, collected 64, dueDay 32, period 32, known 8.
struct Booked {
    uint64 face;
    uint64 collected;
    uint32 dueDay;
    uint32 period; // index of the period in which it falls due
    bool known;
}

/// @notice Money set aside for one record date, in minor units; in storage a `Distribution`.
struct Epoch {
    uint256 amount;
    uint256 paid;
    uint256 unitsPaid;
    uint256 units; //     at the record
    uint256 expiryDay; // unclaimed money can be claimed up to and including this day
    bool redemption;
    bool closed;
}

/// @notice What a holder is paid for units held at a record, in minor units.
struct Payment {
    address holder;
    uint256 units;
    uint256 amount;
}

/// @notice The position of an SPV in its life.
/// @dev One storage word, from the lowest bit: slot 64, period 32, periods 32, epochs 32, state 8, arrearsRun 8,
/// recordOpen 8, sold 64; 8 unused.
struct Status {
    uint64 slot; //       its series in `ComputeReceipt`
    uint32 period; //     index of the next period to be funded
    uint32 periods; //    number of periods
    uint32 epochs; //     epochs funded
    State state;
    uint8 arrearsRun; //  distributions running that left arrears
    bool recordOpen; //   a record is fixed and not funded yet
    uint64 sold; //       units sold
}

/// @title One SPV: its own cash, its pool, its waterfall
/// @notice Sells receipts against a pool of rent receivables, collects the rent, and pays holders out of what was
/// collected, never out of a promise. The rules are in `docs/rules.md`.
///
/// Guarantees
/// - Its cash is at least what it owes: accounts, `amount - paid` of each funded epoch, and before the issue and after
///   a failed offering all subscriptions that are not paid back.
/// - Every epoch is paid to its record-date holders once; paid, unclaimed and dust make up what was funded.
/// - Nothing goes to the originator before fees, coupon, reserve and principal, nor while a test fails.
/// - Units are never sold beyond `advanceRate` of the attested present value.
///
/// Trusts: the valuation agent for the present value; the administrator for the terms, and for issuing or cancelling in
/// time; the servicer to pay in what was collected, for the day on which a record is fixed and a distribution funded
/// within the grace days, and for all of them after the last period; compliance not to freeze a holder without reason,
/// since what is frozen for longer than `claimDays` goes to `unclaimedTo`; the authority for who these are; the cash
/// token to move what it says.
interface ISpv {
    /// @notice The offering is open, on this present value of the pool.
    event Offered(uint256 presentValue);
    /// @notice Units were sold at par.
    event Subscribed(address indexed holder, uint256 indexed tokenId, uint256 units);
    /// @notice The SPV entered another state of its life.
    event StateChanged(State from, State to);
    /// @notice The issue: so many units, and what the originator got for them.
    event Activated(uint256 units, uint256 proceeds);
    /// @notice A receipt of a failed offering was destroyed, and its holder paid back at par.
    event Refunded(uint256 indexed tokenId, address indexed holder, uint256 units);
    /// @notice Cash arrived for a receivable: `amount` now, `total` so far.
    event Collected(bytes32 indexed id, uint256 amount, uint256 total, uint256 face);
    /// @notice A distribution: `amount` is for holders at the record of `epoch`; `outcome` is all that it did.
    event Funded(uint256 indexed epoch, uint256 period, uint256 amount, Outcome outcome);
    /// @notice All is repaid: `amount` of principal is for whoever holds now; their receipts go as they are paid.
    event RedemptionFunded(uint256 indexed epoch, uint256 amount);
    /// @notice Holders were paid for an epoch, each run of receipts of one holder as one payment.
    event Paid(uint256 indexed epoch, Payment[] payments);
    /// @notice All holders are paid for the epoch; what rounding left joins the next distribution.
    event DustKept(uint256 indexed epoch, uint256 amount);
    /// @notice The time to claim is over; `unclaimed` of the epoch went where the terms say.
    event EpochClosed(uint256 indexed epoch, uint256 unclaimed, address to);
    /// @notice The fees that were set aside were paid.
    event FeesPaid(address to, uint256 amount);
    /// @notice The originator was paid what was released to it.
    event ResidualPaid(address to, uint256 amount);
    /// @notice After maturity, cash that came late was released to the originator.
    event ResidualSwept(uint256 amount);

    /// @notice The terms contradict themselves in `field`.
    error InvalidTerms(string field);
    /// @notice The function is for another state of the SPV.
    error WrongState(State state);
    /// @notice It is not the time yet.
    error TooEarly(uint256 today, uint256 day);
    /// @notice The time has passed.
    error TooLate(uint256 today, uint256 day);
    /// @notice The pool is not what the terms say.
    error PoolIncomplete(uint256 count, uint256 expectedCount, uint256 face, uint256 expectedFace);
    /// @notice The receivable is due before the cut-off, or after the last payment date.
    error DueOutsideTerm(bytes32 id, uint256 dueDay);
    /// @notice This SPV has no such receivable.
    error UnknownReceivable(bytes32 id);
    /// @notice The issue is larger than the pool allows.
    error AdvanceExceeded(uint256 size, uint256 limit);
    /// @notice Fewer units are left than were asked for.
    error OverSubscribed(uint256 left, uint256 wanted);
    /// @notice An amount of zero, for the receivable `id`; for a subscription zero.
    error NothingGiven(bytes32 id);
    /// @notice The cash token moved another amount than it was told to.
    error CashMismatch(uint256 expected, uint256 received);
    /// @notice A record has to be fixed first, or is fixed already.
    error RecordState(bool open);
    /// @notice The epoch is not funded.
    error NotFunded(uint256 epoch);
    /// @notice After the last period, an epoch is funded only with something to distribute.
    error NothingToDistribute(uint256 epoch);
    /// @notice Nobody was to be paid.
    error NothingToPay(uint256 epoch);
    /// @notice The offering has neither sold all, nor closed with its soft cap reached.
    error NotSold(uint256 sold, uint256 needed);
    /// @notice The offering can still succeed: it is open or has reached its soft cap, and can be issued until the day
    /// before `recordDay`.
    error NotFailed(uint256 today, uint256 recordDay);

    /// @notice Sets up a clone, whose code carries its terms; called once, by the factory that made it.
    function initialize(uint64 slot, Period[] calldata periods) external;

    // --- Before the issue --------------------------------------------------------------------------------------

    /// @notice Books receivables that the factory found to be part of the pool root, and sold to nobody else. Factory.
    function book(Receivable[] calldata items) external;

    /// @notice Opens the offering on the present value of the whole pool, which the factory found attested. Factory.
    /// @param presentValue Minor units, rounded down.
    function offer(uint64 presentValue) external;

    /// @notice Buys units at par for the caller, who is eligible.
    /// @return tokenId The receipt that was made.
    function subscribe(uint64 units) external returns (uint256 tokenId);

    /// @notice The same, with the ERC-2612 permit for the cash in the same transaction.
    function subscribeWithPermit(uint64 units, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        returns (uint256 tokenId);

    /// @notice Issues: pays the proceeds to the originator, and lets the receipts move. Administrator.
    function activate() external;

    /// @notice Ends an SPV that was not issued. Administrator.
    function cancel() external;

    /// @notice Ends an offering that missed its soft cap, or was not issued before the first record day. Anyone.
    function fail() external;

    /// @notice Pays subscribers of a failed offering back, and destroys their receipts. Anyone, in their favour. Frozen
    /// receipts, and those of frozen holders, are passed over and can be refunded later.
    function refund(uint256[] calldata tokenIds) external;

    // --- While it runs -----------------------------------------------------------------------------------------

    /// @notice Takes in rent from the caller, each sum for the receivable that it pays. Servicer.
    function collect(Collection[] calldata items) external;

    /// @notice Fixes the record of the next distribution. Anyone from the record day on; the servicer in default.
    function fixRecord() external;

    /// @notice Runs the waterfall and sets aside what holders get. The servicer from the payment day on, anyone after
    /// the grace days; in default the servicer only, at most once a day, and only if there is something to distribute.
    function fund() external;

    /// @notice Pays for receipts, to who held them at the record of an epoch; the redemption destroys them. Anyone, in
    /// their favour. A payment is `amount * units / units sold`, rounded down once for each run of receipts of one
    /// holder in the list, so that a list that alternates between holders rounds each of them down more often. See
    /// `IComputeReceipt.tally` for what is passed over.
    /// @return total Paid, in minor units.
    function pay(uint256 epoch, uint256[] calldata tokenIds) external returns (uint256 total);

    /// @notice Sends what was not claimed in time to where the terms say. Anyone.
    function close(uint256 epoch) external;

    /// @notice Pays the fees that were set aside. Anyone.
    function payFees() external returns (uint256 amount);

    /// @notice Pays the residual that was released to the originator. Anyone.
    function payResidual() external returns (uint256 amount);

    /// @notice After maturity, adds what came in late to the residual. Anyone.
    function sweep() external returns (uint256 amount);

    // --- Views -------------------------------------------------------------------------------------------------

    /// @notice The terms that never change.
    function terms()
        external
        view
        returns (Parties memory parties, OfferingTerms memory offering, WaterfallTerms memory rules);

    /// @notice Where the SPV is in its life. Not while a call is under way that moves its cash.
    function status() external view returns (Status memory);

    /// @notice Its money beyond what is set aside for funded epochs. Not while a call is under way that moves its cash.
    function accounts() external view returns (Accounts memory);

    /// @notice A period whose distribution is not funded yet; zeros for one that is.
    function periodAt(uint256 index) external view returns (Period memory planned);

    /// @notice A distribution that is funded; zeros for one that is not.
    function epochAt(uint256 epoch) external view returns (Epoch memory);

    /// @notice A receivable in the books; zeros for one that is not of this SPV.
    function receivable(bytes32 id) external view returns (Booked memory);

    /// @notice The `SpvFactory` that makes the SPVs, and keeps which receivable is sold to which.
    function factory() external view returns (address);

    /// @notice Day number in the series' own time zone.
    function today() external view returns (uint256);
}
