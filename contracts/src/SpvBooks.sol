// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Governed} from "./Governed.sol";
import {IComputeReceipt} from "./interfaces/IComputeReceipt.sol";
import {Booked, Epoch, ISpv, OfferingTerms, Parties, State, Status} from "./interfaces/ISpv.sol";
import {Accounts, Period, WaterfallTerms} from "./libraries/Waterfall.sol";
import {Distribution} from "./types/Distribution.sol";

/// @title What an SPV has: its terms, its books, its cash
/// @dev What it guarantees and trusts is said in `ISpv`. Cash is kept in minor units and turned into units of the token
/// only where it moves, in `_pull` and `_push`.
abstract contract SpvBooks is ISpv, Governed, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @dev Where OpenZeppelin's `Clones` puts the arguments of a clone into its code: behind 45 bytes of code. They
    /// are one word for each field: 7 of `Parties`, then 9 of `OfferingTerms`, then 14 of `WaterfallTerms`. These are
    /// the words that are read alone, counted from the first: who changes a field counts anew.
    uint256 private constant ARGUMENTS_AT = 0x2d;
    uint256 private constant CASH = 2; //        `Parties.cash`
    uint256 private constant RULES = 16; //      the first of `WaterfallTerms`, after 7 + 9
    uint256 private constant UTC_OFFSET = 21; // `WaterfallTerms.utcOffset`, its sixth
    uint256 private constant CASH_UNIT = 29; //  `WaterfallTerms.cashUnit`, its last

    /// @notice Holds the receipts of all series.
    IComputeReceipt public immutable receipts;

    /// @inheritdoc ISpv
    address public immutable factory;

    Status internal _status;
    Accounts internal _accounts;
    /// @dev A period's distribution has the period's number as its epoch. The redemption has the number after the
    /// distribution that repaid all: if that was not the last period's, it takes the place of the next one's plan,
    /// which will not be funded any more. What is recovered after a default comes behind the last period's.
    mapping(uint256 epoch => Distribution) internal _distributions;
    mapping(bytes32 id => Booked) internal _receivables;

    constructor(IAccessManager authority_, IComputeReceipt receipts_, address factory_) Governed(authority_) {
        receipts = receipts_;
        factory = factory_;
        _status.state = State.Failed; // the implementation itself is nobody's SPV
    }

    modifier onlyIn(State state) {
        if (_status.state != state) revert WrongState(_status.state);
        _;
    }

    // --- Cash --------------------------------------------------------------------------------------------------

    /// @dev Takes minor units from the caller; a token that keeps a fee is refused.
    function _pull(uint256 amount) internal {
        (IERC20 cash, uint256 cashUnit) = _till();
        uint256 value = amount * cashUnit;
        uint256 before = cash.balanceOf(address(this));
        cash.safeTransferFrom(msg.sender, address(this), value);
        uint256 received = cash.balanceOf(address(this)) - before;
        if (received != value) revert CashMismatch(value, received);
    }

    function _push(address to, uint256 amount) internal {
        (IERC20 cash, uint256 cashUnit) = _till();
        if (amount != 0) cash.safeTransfer(to, amount * cashUnit);
    }

    /// @dev What everything is paid in, and its units in one minor unit.
    function _till() internal view returns (IERC20 cash, uint256 cashUnit) {
        return (IERC20(address(uint160(_term(CASH)))), _term(CASH_UNIT));
    }

    /// @dev As `_accounts` is laid out (see `Accounts`), but each word read once: the compiler reads it for every
    /// field.
    function _loadAccounts() internal view returns (Accounts memory a) {
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
    function _storeAccounts(Accounts memory a) internal {
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

    function _enter(State next) internal {
        emit StateChanged(_status.state, next);
        _status.state = next;
    }

    function _day(int256 utcOffset) internal view returns (uint256) {
        // The offset is less than a day, and the chain's time is not in January 1970.
        unchecked {
            return uint256(int256(block.timestamp) + utcOffset) / 1 days;
        }
    }

    /// @inheritdoc ISpv
    function today() public view returns (uint256) {
        return _day(int256(_term(UTC_OFFSET)));
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
            offering := add(parties, 0xe0) // 7 words on
            rules := add(offering, 0x120) //  9 words on
        }
    }

    /// @dev The rules of the waterfall, without the other terms.
    function _rules() internal view returns (WaterfallTerms memory rules) {
        assembly ("memory-safe") {
            extcodecopy(address(), rules, add(ARGUMENTS_AT, shl(5, RULES)), 0x1c0) // 14 words
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
    function status() external view nonReentrantView returns (Status memory) {
        return _status;
    }

    /// @inheritdoc ISpv
    function accounts() external view nonReentrantView returns (Accounts memory) {
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
