// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";
import {IERC3525, IERC3525Metadata} from "./IERC3525.sol";
import {IEligibility} from "./IEligibility.sol";
import {Position} from "../types/Position.sol";
import {Series} from "../types/Series.sol";

/// @notice How a series presents itself; nothing of it enters a payment.
struct SeriesLabel {
    string code;
    string name;
    string currency;
    uint8 exponent;
}

/// @title Compute receipts: every series in one ERC-3525 contract
/// @notice A receipt is a token with units (face value in minor units of its series' currency) that can be split,
/// merged and transferred, in part or whole. A series belongs to one issuer, its SPV, which alone makes receipts,
/// fixes record dates, and learns from here who is to be paid for how many units.
///
/// Guarantees
/// - The units of a series' receipts sum to `seriesOf(slot).units()`; only the issuer can make or retire units.
/// - Nobody receives units without being eligible for the series at that moment.
/// - A receipt is counted once for each record date, for who held it then, however it moves afterwards.
/// - Who is frozen gives nothing away, receives nothing and is not counted, from the block of the freeze on.
/// - Nothing here is upgradeable, and there is no key that can move a receipt but by `forcedTransfer`, in the open.
///
/// Trusts: the authority for who is compliance, guardian and factory; compliance for who may hold, who is frozen, and
/// what is moved by force; a series' issuer for its own series.
///
/// Unlike the standards, on purpose
/// - No ERC-721 and ERC-3525 enumeration, which the index does, and no `payable` transfers.
/// - ERC-4906 events are for freezing only: changes of units and holder have events of their own.
/// - An ERC-3525 receiver is asked if it had code when its standing was set (looking costs 2,600 gas on each transfer),
///   and says by ERC-165 that it is one; any other contract accepts. Of many transfers in one call, receivers are asked
///   when all are made, so that nothing that one does comes in between.
/// - A forced transfer asks nobody: a receiver could refuse what a court orders.
/// - A change of owner ends all allowances, without an `ApprovalValue` for each.
/// - Who has no allowance can't move zero units either, since even that can make a receipt keep a record.
/// - The owner, who needs no allowance, can't be given one; and the zero address can't be an operator.
interface IComputeReceipt is IERC4906, IERC721Metadata, IERC3525, IERC3525Metadata, IEligibility {
    /// @notice A series was opened for `issuer`.
    event SeriesOpened(uint256 indexed slot, address indexed issuer, string code);

    /// @notice The requirement of a series was set.
    event RequirementSet(uint256 indexed slot, uint32 classes, uint64 jurisdictions);

    /// @notice Receipts of the series may move from now on.
    event SeriesUnlocked(uint256 indexed slot);

    /// @notice The series was paused or resumed.
    event SeriesPaused(uint256 indexed slot, bool paused, address by);

    /// @notice The record of `epoch` is fixed: who holds now is paid for it.
    event RecordFixed(uint256 indexed slot, uint256 indexed epoch, uint256 units);

    /// @notice The redemption record is fixed: receipts no longer move.
    event SeriesRetired(uint256 indexed slot);

    /// @notice A receipt that is not paid for `epoch` yet moved; `holder` is still to be paid for `units` of it.
    event RecordKept(uint256 indexed tokenId, uint256 indexed epoch, address indexed holder, uint256 units);

    /// @notice A receipt was frozen or released.
    event ReceiptFrozen(uint256 indexed tokenId, bool frozen, string reason);

    /// @notice Compliance moved units of `from` to `to`.
    event ForcedTransfer(
        uint256 indexed fromTokenId, uint256 indexed toTokenId, address from, address to, uint256 units, string reason
    );

    /// @notice There are fewer units in the receipt than were to be moved.
    error InsufficientUnits(uint256 tokenId, uint256 available, uint256 needed);

    /// @notice The operator may move fewer units out of the receipt.
    error InsufficientAllowance(uint256 tokenId, address operator, uint256 allowance, uint256 needed);

    /// @notice The receipt is frozen.
    error FrozenReceipt(uint256 tokenId);

    /// @notice The receipts are of different series.
    error SlotMismatch(uint256 fromSlot, uint256 toSlot);

    /// @notice A receipt can't be moved into itself.
    error SameReceipt(uint256 tokenId);

    /// @notice Receipts of the series don't move now: not active yet, paused, or retired.
    error SeriesNotMovable(uint256 slot, bool locked, bool paused, bool retired);

    /// @notice The caller is not the issuer of the series.
    error NotIssuer(uint256 slot, address caller);

    /// @notice The receiver answered wrongly when asked to accept value.
    error ReceiverRefused(address receiver);

    /// @notice The lists have different lengths.
    error LengthMismatch(uint256 first, uint256 second);

    /// @notice The receipts to be merged have different owners.
    error OwnerMismatch(uint256 tokenId, address owner, address expected);

    /// @notice A new receipt would have no units. It has no number yet that could be named here.
    error NoUnits();

    /// @notice No such series.
    error UnknownSeries(uint256 slot);

    /// @notice A ledger of receipts has room for `most` series, ever: also failed and redeemed ones count.
    error TooManySeries(uint256 most);

    /// @notice The requirement admits nobody.
    error EmptyRequirement(uint32 classes, uint64 jurisdictions);

    // --- Holders -----------------------------------------------------------------------------------------------

    /// @notice Cuts receipts of `units[i]` out of a receipt, for the same owner, who is asked when all are cut.
    /// @return tokenIds The receipts that were made, in that order; the rest stays.
    function split(uint256 tokenId, uint256[] calldata units) external returns (uint256[] memory tokenIds);

    /// @notice Moves all units of the receipts into one of the same owner and series, and destroys them. A receiver is
    /// not asked: nothing comes to it that it did not have.
    function merge(uint256[] calldata tokenIds, uint256 intoTokenId) external;

    /// @notice Many transfers of value between receipts, all or none. Receivers are asked when all are made.
    function transferBatch(uint256[] calldata fromTokenIds, uint256[] calldata toTokenIds, uint256[] calldata values)
        external;

    /// @notice Lets `spender` move the receipt whole, by the owner's EIP-712 signature (ERC-1271 wallets too).
    /// @dev `Permit(address owner,address spender,uint256 tokenId,uint256 nonce,uint256 deadline)`, nonce by owner. A
    /// permit that was not used is good until its deadline whenever who signed it owns the receipt, also if they sold
    /// it and bought it back; to end it, they use the nonce for another one.
    function permit(address spender, uint256 tokenId, uint256 deadline, bytes calldata signature) external;

    /// @notice The signature has run out.
    error PermitExpired(uint256 deadline);

    /// @notice The signature is not the owner's, or is of something else.
    error PermitInvalid(address owner);

    // --- Compliance and guardian -------------------------------------------------------------------------------

    /// @notice Freezes or releases receipts. Compliance only.
    function setReceiptFrozen(uint256[] calldata tokenIds, bool frozen, string calldata reason) external;

    /// @notice Moves units against the owner's will (court order, lost key), also out of a frozen receipt or holder
    /// and in a paused series, to a new receipt of an eligible holder. In a retired series the new receipt is paid for
    /// the redemption; coupons of earlier records stay with who held then. Compliance only.
    /// @return newTokenId The receipt that was made.
    function forcedTransfer(uint256 fromTokenId, address to, uint256 units, string calldata reason)
        external
        returns (uint256 newTokenId);

    /// @notice Pauses all moves of a series, and subscriptions. Guardian only.
    function pause(uint256 slot) external;

    /// @notice Resumes a series. Administrator only.
    function unpause(uint256 slot) external;

    /// @notice Sets who may hold the series from now on; who already holds keeps what they have. Compliance only.
    function setRequirement(uint256 slot, uint32 classes, uint64 jurisdictions) external;

    // --- The issuer of a series --------------------------------------------------------------------------------

    /// @notice Opens a series for `issuer`; its receipts are locked. Factory only.
    function openSeries(address issuer, SeriesLabel calldata label, uint32 classes, uint64 jurisdictions)
        external
        returns (uint256 slot);

    /// @notice Makes a receipt for an eligible holder.
    function issue(uint256 slot, address to, uint256 units) external returns (uint256 tokenId);

    /// @notice Lets the receipts move.
    function unlock(uint256 slot) external;

    /// @notice Fixes the record: whoever holds now is paid for this epoch.
    /// @param last The redemption: receipts no longer move, and retire when they are paid.
    /// @return epoch The epoch that was closed.
    function fixRecord(uint256 slot, bool last) external returns (uint256 epoch);

    /// @notice Counts receipts for one epoch, each once, and says who is to be paid for how many units. It is no view:
    /// what is counted is marked, and for the redemption the receipts are destroyed and their units retired. Passed
    /// over: those that are counted for it already, are not yet counted for an earlier one, are frozen (or their holder
    /// is), or don't exist. All of one series, whose issuer the caller is.
    /// @return due Holders at the record date and their units, each run of receipts of one holder as one; of these
    /// words `owner` and `units` count.
    function tally(uint256 epoch, uint256[] calldata tokenIds) external returns (Position[] memory due);

    /// @notice Destroys receipts of a series that failed. Passed over: those that don't exist, are of another series,
    /// or are frozen (or their holder is).
    /// @return owners Who had them; zero for one that was passed over. @return units How many units they had.
    function destroy(uint256 slot, uint256[] calldata tokenIds)
        external
        returns (address[] memory owners, uint256[] memory units);

    // --- Views -------------------------------------------------------------------------------------------------

    /// @notice The receipt's word; its layout is in `types/Position.sol`.
    function positionOf(uint256 tokenId) external view returns (Position);

    /// @notice The series' word; its layout is in `types/Series.sol`.
    function seriesOf(uint256 slot) external view returns (Series);

    /// @notice What a receipt was at a record date, if it moved since and is not paid for it yet; else zero.
    function keptOf(uint256 tokenId, uint256 epoch) external view returns (Position);

    /// @notice The SPV of a series.
    function issuerOf(uint256 slot) external view returns (address);

    /// @notice How the series presents itself.
    function labelOf(uint256 slot) external view returns (SeriesLabel memory);

    /// @notice Next nonce of an owner's permits.
    function nonces(address owner) external view returns (uint256);
}
