// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IERC20, SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ERC1155Utils} from "@openzeppelin/contracts/token/ERC1155/utils/ERC1155Utils.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Governed} from "./Governed.sol";
import {VoucherBook} from "./VoucherBook.sol";
import {IVouchers, ProgrammeTerms, Redemption} from "./interfaces/IVouchers.sol";
import {Allotment, Place} from "./types/Allotment.sol";
import {Budget} from "./types/Budget.sol";

/// @title Model vouchers: programmes, their money, and their units' way from issue to payment
/// @dev What it guarantees and trusts is said in `IVouchers`; ERC-1155 is in `VoucherBook`. Whatever reads or writes a
/// budget or moves cash is guarded together: no receiver and no token gets in between.
contract Vouchers is VoucherBook, Governed, EIP712, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    bytes32 private constant REDEMPTION_TYPEHASH = keccak256(
        "Redemption(uint32 programme,address holder,address provider,uint64 units,bytes32 invoice,uint64 deadline)"
    );

    /// @dev Where `issue` has an account's points.
    uint256 private constant POINTS_AT = 160;

    /// @dev Gas for one account with code: about 30,000 to book its units, the rest to accept them.
    uint256 private constant DELIVERY_GAS = 200_000;

    /// @inheritdoc IVouchers
    address public immutable claims;

    uint32 private _lastProgramme;
    mapping(uint256 id => Budget) private _budgets;
    /// @inheritdoc IVouchers
    mapping(uint256 id => address) public issuerOf;
    /// @inheritdoc IVouchers
    mapping(uint256 id => mapping(address provider => bool)) public accepts;
    /// @inheritdoc IVouchers
    mapping(address provider => mapping(bytes32 invoice => bool)) public invoiced;
    /// @inheritdoc IVouchers
    mapping(address provider => mapping(address cash => uint256)) public owed;

    constructor(IAccessManager authority_, address claims_) Governed(authority_) EIP712("Model Vouchers", "1") {
        claims = claims_;
    }

    modifier onlyClaims() {
        if (msg.sender != claims) revert NotClaims(msg.sender);
        _;
    }

    modifier onlyIssuer(uint256 id) {
        if (msg.sender != issuerOf[id]) revert NotIssuer(id, msg.sender);
        _;
    }

    // --- The issuer of a programme -----------------------------------------------------------------------------

    /// @inheritdoc IVouchers
    function open(ProgrammeTerms calldata terms, address[] calldata providers)
        external
        restricted
        returns (uint256 id)
    {
        if (terms.publisher == address(0)) revert InvalidTerms("publisher");
        if (terms.cash.code.length == 0) revert InvalidTerms("cash");
        if (terms.unitValue == 0) revert InvalidTerms("unitValue");
        if (terms.pointsPerUnit == 0) revert InvalidTerms("pointsPerUnit");
        if (terms.expiry <= block.timestamp) revert InvalidTerms("expiry");
        id = ++_lastProgramme;
        _terms[id] = terms;
        issuerOf[id] = msg.sender;
        emit ProgrammeOpened(id, msg.sender, terms.publisher, terms);
        emit TransferSingle(msg.sender, address(0), address(0), id, 0);
        emit URI(terms.uri, id);
        for (uint256 i; i < providers.length; ++i) _setProvider(id, providers[i], true);
    }

    /// @inheritdoc IVouchers
    function setProvider(uint256 id, address provider, bool accepted) external onlyIssuer(id) {
        _setProvider(id, provider, accepted);
    }

    function _setProvider(uint256 id, address provider, bool accepted) private {
        accepts[id][provider] = accepted;
        emit ProviderSet(id, provider, accepted);
    }

    /// @inheritdoc IVouchers
    function revoke(uint256 id, address holder, uint256 units, string calldata reason)
        external
        onlyIssuer(id)
        nonReentrant
    {
        _live(id);
        _take(id, holder, units);
        _budgets[id] = _budgets[id].minusHeld(units);
        emit TransferSingle(msg.sender, holder, address(0), id, units);
        emit Revoked(id, holder, units, reason);
    }

    // --- The budget --------------------------------------------------------------------------------------------

    /// @inheritdoc IVouchers
    function fund(uint256 id, uint256 amount) external nonReentrant {
        ProgrammeTerms storage terms = _live(id);
        if (amount == 0) revert NothingGiven(id);
        Budget budget = _budgets[id];
        if (Math.saturatingAdd(budget.cash(), amount) / terms.unitValue > type(uint64).max) {
            revert BudgetTooLarge(id, amount);
        }
        _budgets[id] = budget.plusCash(amount);
        emit Funded(id, msg.sender, amount);

        IERC20 cash = IERC20(terms.cash);
        uint256 before = cash.balanceOf(address(this));
        cash.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = cash.balanceOf(address(this)) - before;
        if (received != amount) revert CashMismatch(amount, received);
    }

    /// @inheritdoc IVouchers
    function close(uint256 id) external nonReentrant returns (uint256 amount) {
        ProgrammeTerms storage terms = _known(id);
        if (block.timestamp <= terms.expiry) revert NotExpired(id, terms.expiry);
        Budget budget = _budgets[id];
        Budget closed = budget.closed(terms.unitValue);
        amount = budget.cash() - closed.cash();
        address issuer = issuerOf[id];
        if (amount == 0) revert NothingToPay(issuer, terms.cash);
        _budgets[id] = closed;
        emit Closed(id, issuer, amount);
        IERC20(terms.cash).safeTransfer(issuer, amount);
    }

    // --- The claims contract -----------------------------------------------------------------------------------

    /// @inheritdoc IVouchers
    function issue(uint256 id, uint256[] calldata words) external onlyClaims nonReentrant returns (uint256 units) {
        ProgrammeTerms storage terms = _live(id);
        uint256 pointsPerUnit = terms.pointsPerUnit;
        uint256 cap = terms.cap == 0 ? type(uint64).max : terms.cap;
        Budget budget = _budgets[id];
        uint256 free = budget.free(terms.unitValue);
        mapping(address account => Place) storage places = _places[id];
        for (uint256 i; i < words.length; ++i) {
            uint256 word = _at(words, i);
            address account = address(uint160(word));
            Place storage place = places[account];
            Allotment allotment = place.allotment;
            uint256 due = allotment.due(uint64(word >> POINTS_AT), pointsPerUnit, cap, free);
            if (due == 0) continue;
            if (account.code.length == 0) {
                place.allotment = allotment.plusIssued(due);
                emit TransferSingle(msg.sender, address(0), account, id, due);
            } else if (!_delivered(id, address(0), account, due)) {
                continue;
            }
            unchecked {
                free -= due;
                units += due;
            }
        }
        _budgets[id] = budget.plusHeld(units);
    }

    /// @dev `words[i]`, without checking again that there is one.
    function _at(uint256[] calldata words, uint256 i) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(add(words.offset, shl(5, i)))
        }
    }

    /// @inheritdoc IVouchers
    function migrate(uint256 id, address from, address to) external onlyClaims nonReentrant {
        Allotment allotment = _places[id][from].allotment;
        uint256 amount = allotment.redeemed();
        uint256 units = allotment.units();
        if (amount != 0) {
            _places[id][from].allotment = allotment.withoutRedeemed();
            _places[id][to].allotment = _places[id][to].allotment.plusRedeemed(amount);
            emit Migrated(id, from, to, amount);
        }
        if (units != 0) _delivered(id, from, to, units);
    }

    /// @dev Delivers in a call of its own, which takes all back if the account refuses.
    function _delivered(uint256 id, address from, address to, uint256 units) private returns (bool) {
        try this.deliver{gas: DELIVERY_GAS}(id, from, to, units) {
            return true;
        } catch {
            emit DeliveryRefused(id, from, to, units);
            return false;
        }
    }

    /// @notice Books units that are issued (`from` is zero) or migrate, and asks an account with code to accept them.
    /// Only the contract itself.
    function deliver(uint256 id, address from, address to, uint256 units) external {
        if (msg.sender != address(this)) revert NotSelf(msg.sender);
        if (from == address(0)) _places[id][to].allotment = _places[id][to].allotment.plusIssued(units);
        else _move(id, from, to, units);
        emit TransferSingle(claims, from, to, id, units);
        ERC1155Utils.checkOnERC1155Received(claims, from, to, id, units, "");
    }

    // --- Holders and providers ---------------------------------------------------------------------------------

    /// @inheritdoc IVouchers
    function redeem(Redemption calldata redemption, bytes calldata counterSignature) external nonReentrant {
        (uint256 id, address holder, address provider) =
            (redemption.programme, redemption.holder, redemption.provider);
        (uint256 units, bytes32 invoice) = (redemption.units, redemption.invoice);
        ProgrammeTerms storage terms = _live(id);
        if (!accepts[id][provider]) revert NotAccepted(id, provider);
        if (units == 0) revert NothingGiven(id);
        if (invoiced[provider][invoice]) revert AlreadyInvoiced(provider, invoice);
        _checkAgreed(redemption, counterSignature);

        invoiced[provider][invoice] = true;
        _take(id, holder, units);
        _budgets[id] = _budgets[id].plusSpent(units);
        uint256 value = units * terms.unitValue;
        owed[provider][terms.cash] += value;
        emit TransferSingle(msg.sender, holder, address(0), id, units);
        emit Redeemed(id, holder, provider, units, value, invoice);
    }

    /// @dev One of the two parties sent it; the other one signed it.
    function _checkAgreed(Redemption calldata redemption, bytes calldata counterSignature) private view {
        if (block.timestamp > redemption.deadline) revert SignatureExpired(redemption.deadline);
        address signer;
        if (msg.sender == redemption.holder) signer = redemption.provider;
        else if (msg.sender == redemption.provider) signer = redemption.holder;
        else revert NotParty(msg.sender);
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(REDEMPTION_TYPEHASH, redemption)));
        if (!SignatureChecker.isValidSignatureNowCalldata(signer, digest, counterSignature)) {
            revert SignatureInvalid(signer);
        }
    }

    /// @inheritdoc IVouchers
    function reimburse(address provider, address cash) external nonReentrant returns (uint256 amount) {
        amount = owed[provider][cash];
        if (amount == 0) revert NothingToPay(provider, cash);
        owed[provider][cash] = 0;
        emit Reimbursed(provider, cash, amount);
        IERC20(cash).safeTransfer(provider, amount);
    }

    // --- Views -------------------------------------------------------------------------------------------------

    /// @inheritdoc IVouchers
    function budgetOf(uint256 id) external view nonReentrantView returns (uint256 cash, uint256 held, uint256 spent) {
        Budget budget = _budgets[id];
        return (budget.cash(), budget.held(), budget.spent());
    }

    /// @inheritdoc IVouchers
    function freeUnits(uint256 id) external view nonReentrantView returns (uint256) {
        return _budgets[id].free(_known(id).unitValue);
    }
}
