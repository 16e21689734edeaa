// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ERC721Utils} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Utils.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {ReceiptLedger} from "./ReceiptLedger.sol";
import {ICertificate} from "./interfaces/ICertificate.sol";
import {IComputeReceipt, Due, SeriesLabel} from "./interfaces/IComputeReceipt.sol";
import {IEligibility} from "./interfaces/IEligibility.sol";
import {IERC3525, IERC3525Metadata} from "./interfaces/IERC3525.sol";
import {Permission} from "./types/Permission.sol";
import {Credit, CreditLibrary} from "./types/Credit.sol";
import {Holder} from "./types/Holder.sol";
import {Position} from "./types/Position.sol";
import {Series, SeriesLibrary} from "./types/Series.sol";

/// @title Compute receipts (算力收益憑證, CRT)
/// @dev What it guarantees and trusts is said in `IComputeReceipt`; how units move is in `ReceiptLedger`.
contract ComputeReceipt is ReceiptLedger, EIP712 {
    bytes32 private constant PERMIT_TYPEHASH =
        keccak256("Permit(address spender,uint256 tokenId,uint256 nonce,uint256 deadline)");

    /// @dev ERC-4906 has events only, so that its id can't be computed from functions.
    bytes4 private constant ERC4906_ID = 0x49064906;

    /// @inheritdoc IERC721Metadata
    string public constant name = "Compute Receipt";
    /// @inheritdoc IERC721Metadata
    string public constant symbol = "CRT";
    /// @inheritdoc IERC3525
    uint8 public constant valueDecimals = 0;

    /// @notice Draws the certificates.
    ICertificate public immutable certificate;

    uint256 private _lastSlot;
    mapping(uint256 slot => address) private _issuers;
    mapping(uint256 slot => SeriesLabel) private _labels;
    /// @inheritdoc IComputeReceipt
    mapping(address owner => uint256) public nonces;

    constructor(IAccessManager authority_, ICertificate certificate_)
        ReceiptLedger(authority_)
        EIP712("Compute Receipt", "1")
    {
        certificate = certificate_;
    }

    modifier onlyIssuer(uint256 slot) {
        if (msg.sender != _issuers[slot]) revert NotIssuer(slot, msg.sender);
        _;
    }

    // --- Transfers by value (ERC-3525) -------------------------------------------------------------------------

    /// @inheritdoc IERC3525
    function transferFrom(uint256 fromTokenId, uint256 toTokenId, uint256 value) external {
        _moveValue(fromTokenId, toTokenId, value);
    }

    /// @inheritdoc IERC3525
    function transferFrom(uint256 fromTokenId, address to, uint256 value) external returns (uint256) {
        return _moveToNew(fromTokenId, to, value);
    }

    /// @inheritdoc IComputeReceipt
    function transferBatch(uint256[] calldata fromTokenIds, uint256[] calldata toTokenIds, uint256[] calldata values)
        external
    {
        if (fromTokenIds.length != toTokenIds.length) revert LengthMismatch(fromTokenIds.length, toTokenIds.length);
        if (fromTokenIds.length != values.length) revert LengthMismatch(fromTokenIds.length, values.length);
        for (uint256 i; i < values.length; ++i) {
            _moveValue(fromTokenIds[i], toTokenIds[i], values[i]);
        }
    }

    /// @inheritdoc IComputeReceipt
    function split(uint256 tokenId, uint256[] calldata units) external returns (uint256[] memory tokenIds) {
        address owner = _position(tokenId).owner();
        tokenIds = new uint256[](units.length);
        for (uint256 i; i < units.length; ++i) {
            tokenIds[i] = _moveToNew(tokenId, owner, units[i]);
        }
    }

    /// @inheritdoc IComputeReceipt
    function merge(uint256[] calldata tokenIds, uint256 intoTokenId) external {
        address owner = _position(intoTokenId).owner();
        for (uint256 i; i < tokenIds.length; ++i) {
            uint256 tokenId = tokenIds[i];
            Position position = _position(tokenId);
            if (position.owner() != owner) revert OwnerMismatch(tokenId, position.owner(), owner);
            if (!_isApprovedOrOwner(msg.sender, tokenId, owner)) revert ERC721InsufficientApproval(msg.sender, tokenId);
            _moveValue(tokenId, intoTokenId, position.units());
            _unmake(tokenId, _slotOf(tokenId), owner);
        }
    }

    // --- Whole transfers (ERC-721) -----------------------------------------------------------------------------

    /// @inheritdoc IERC721
    /// @dev Told from the value transfer to an address by the types of the arguments.
    function transferFrom(address from, address to, uint256 tokenId) public {
        address owner = _position(tokenId).owner();
        if (owner != from) revert ERC721IncorrectOwner(from, tokenId, owner);
        if (!_isApprovedOrOwner(msg.sender, tokenId, owner)) revert ERC721InsufficientApproval(msg.sender, tokenId);
        _moveWhole(from, to, tokenId);
    }

    /// @inheritdoc IERC721
    function safeTransferFrom(address from, address to, uint256 tokenId) external {
        safeTransferFrom(from, to, tokenId, "");
    }

    /// @inheritdoc IERC721
    function safeTransferFrom(address from, address to, uint256 tokenId, bytes memory data) public {
        transferFrom(from, to, tokenId);
        ERC721Utils.checkOnERC721Received(msg.sender, from, to, tokenId, data);
    }

    // --- Approvals ---------------------------------------------------------------------------------------------

    /// @inheritdoc IERC3525
    function approve(uint256 tokenId, address operator, uint256 value) external {
        address owner = _position(tokenId).owner();
        if (!_isApprovedOrOwner(msg.sender, tokenId, owner)) revert ERC721InvalidApprover(msg.sender);
        if (operator == owner) revert ERC721InvalidOperator(operator);
        Permission permission = _permissions[tokenId];
        if (!permission.valued()) _permissions[tokenId] = permission.withValued();
        _allowances[tokenId][permission.round()][operator] = value;
        emit ApprovalValue(tokenId, operator, value);
    }

    /// @inheritdoc IERC721
    function approve(address to, uint256 tokenId) external {
        address owner = _position(tokenId).owner();
        if (msg.sender != owner && !_operators[owner][msg.sender]) revert ERC721InvalidApprover(msg.sender);
        _approve(owner, to, tokenId);
    }

    /// @inheritdoc IERC721
    function setApprovalForAll(address operator, bool approved) external {
        if (operator == address(0)) revert ERC721InvalidOperator(operator);
        _operators[msg.sender][operator] = approved;
        emit ApprovalForAll(msg.sender, operator, approved);
    }

    /// @inheritdoc IComputeReceipt
    function permit(address spender, uint256 tokenId, uint256 deadline, bytes calldata signature) external {
        if (block.timestamp > deadline) revert PermitExpired(deadline);
        address owner = _position(tokenId).owner();
        bytes32 structHash = keccak256(abi.encode(PERMIT_TYPEHASH, spender, tokenId, nonces[owner]++, deadline));
        if (!SignatureChecker.isValidSignatureNow(owner, _hashTypedDataV4(structHash), signature)) {
            revert PermitInvalid(owner);
        }
        _approve(owner, spender, tokenId);
    }

    function _approve(address owner, address to, uint256 tokenId) private {
        _permissions[tokenId] = _permissions[tokenId].withApproved(to);
        emit Approval(owner, to, tokenId);
    }

    // --- Compliance and guardian -------------------------------------------------------------------------------

    /// @inheritdoc IComputeReceipt
    function setReceiptFrozen(uint256[] calldata tokenIds, bool frozen, string calldata reason) external restricted {
        for (uint256 i; i < tokenIds.length; ++i) {
            _positions[tokenIds[i]] = _position(tokenIds[i]).withFrozen(frozen);
            emit ReceiptFrozen(tokenIds[i], frozen, reason);
            emit MetadataUpdate(tokenIds[i]);
        }
    }

    /// @inheritdoc IComputeReceipt
    function forcedTransfer(uint256 fromTokenId, address to, uint256 units, string calldata reason)
        external
        restricted
        returns (uint256 newTokenId)
    {
        uint256 slot = _slotOf(fromTokenId);
        Series series = _series[slot];
        bool retired = series.retired();
        // A receipt of a retired series stands for its redemption, so that it stays behind by that one epoch.
        if (retired) series = series.withPreviousEpoch();
        Position from = _position(fromTokenId);
        if (units > from.units()) revert InsufficientUnits(fromTokenId, from.units(), units);
        from = _touch(slot, series, from);
        _positions[fromTokenId] = from.minus(units);
        (newTokenId, series,) = _make(slot, series, to, units);
        _series[slot] = retired ? series.withNextEpoch() : series;
        emit TransferValue(fromTokenId, newTokenId, units);
        emit ForcedTransfer(fromTokenId, newTokenId, from.owner(), to, units, reason);
    }

    /// @inheritdoc IComputeReceipt
    function pause(uint256 slot) external restricted {
        _setPaused(slot, true);
    }

    /// @inheritdoc IComputeReceipt
    function unpause(uint256 slot) external restricted {
        _setPaused(slot, false);
    }

    function _setPaused(uint256 slot, bool paused) private {
        _checkSeries(slot);
        _series[slot] = _series[slot].withPaused(paused);
        emit SeriesPaused(slot, paused, msg.sender);
    }

    /// @inheritdoc IComputeReceipt
    function setRequirement(uint256 slot, uint32 classes, uint64 jurisdictions) external restricted {
        _checkSeries(slot);
        if (classes == 0 || jurisdictions == 0) revert EmptyRequirement(classes, jurisdictions);
        _series[slot] = _series[slot].withRequirement(classes, jurisdictions);
        emit RequirementSet(slot, classes, jurisdictions);
    }

    // --- The issuer of a series --------------------------------------------------------------------------------

    /// @inheritdoc IComputeReceipt
    function openSeries(address issuer, SeriesLabel calldata label, uint32 classes, uint64 jurisdictions)
        external
        restricted
        returns (uint256 slot)
    {
        if (classes == 0 || jurisdictions == 0) revert EmptyRequirement(classes, jurisdictions);
        slot = ++_lastSlot;
        _issuers[slot] = issuer;
        _labels[slot] = label;
        _series[slot] = SeriesLibrary.make(classes, jurisdictions);
        emit SeriesOpened(slot, issuer, label.code);
        emit RequirementSet(slot, classes, jurisdictions);
    }

    /// @inheritdoc IComputeReceipt
    function issue(uint256 slot, address to, uint256 units) external onlyIssuer(slot) returns (uint256 tokenId) {
        Series series = _series[slot];
        if (series.paused()) revert SeriesNotMovable(slot, series.locked(), true, series.retired());
        uint256 newId;
        Holder holder;
        (newId, series, holder) = _make(slot, series, to, units);
        _series[slot] = series.plus(units);
        emit TransferValue(0, newId, units);
        if (holder.receiver()) _askReceiver(to, 0, newId, units, "");
        return newId;
    }

    /// @inheritdoc IComputeReceipt
    function unlock(uint256 slot) external onlyIssuer(slot) {
        _series[slot] = _series[slot].unlocked();
        emit SeriesUnlocked(slot);
    }

    /// @inheritdoc IComputeReceipt
    function fixRecord(uint256 slot, bool last) external onlyIssuer(slot) returns (uint256 epoch) {
        Series series = _series[slot];
        epoch = series.epoch();
        series = series.withNextEpoch();
        if (last) {
            series = series.asRetired();
            emit SeriesRetired(slot);
        }
        _series[slot] = series;
        emit RecordFixed(slot, epoch, series.units());
    }

    /// @inheritdoc IComputeReceipt
    function settle(uint256 slot, uint256 epoch, uint256[] calldata tokenIds)
        external
        onlyIssuer(slot)
        returns (Due[] memory dues)
    {
        Series series = _series[slot];
        bool retire = series.retired() && epoch + 1 == series.epoch();
        uint256 retired;
        uint256 length;
        dues = new Due[](tokenIds.length);
        for (uint256 i; i < tokenIds.length;) {
            address owner = _positions[tokenIds[i]].owner();
            uint256 end = i + 1;
            while (end < tokenIds.length && _positions[tokenIds[end]].owner() == owner) ++end;
            Holder holder = _holders[owner];
            if (owner != address(0) && !holder.frozen()) {
                (uint256 units, uint256 counted) = _count(slot, epoch, tokenIds[i:end], retire);
                retired += units;
                uint256 before;
                (before, units) = _join(slot, epoch, owner, units, holder, counted);
                if (units != 0) dues[length++] = Due(owner, before, units);
            }
            i = end;
        }
        if (retire) _series[slot] = series.minus(retired);
        // The list is as long as there were holders to pay; memory beyond it is left behind.
        assembly ("memory-safe") {
            mstore(dues, length)
        }
    }

    /// @dev Counts receipts of one holder for the epoch, and retires them at redemption.
    function _count(uint256 slot, uint256 epoch, uint256[] calldata tokenIds, bool retire)
        private
        returns (uint256 units, uint256 counted)
    {
        for (uint256 i; i < tokenIds.length; ++i) {
            uint256 tokenId = tokenIds[i];
            Position position = _positions[tokenId];
            // A receipt that stands twice in the list is behind the epoch, or gone, the second time.
            if (!position.exists() || position.epoch() != epoch || position.frozen() || _slotOf(tokenId) != slot) {
                continue;
            }
            units += position.units();
            ++counted;
            if (retire) {
                _unmake(tokenId, slot, position.owner());
                emit TransferValue(tokenId, 0, position.units());
            } else {
                _positions[tokenId] = position.withEpoch(epoch + 1);
            }
        }
    }

    /// @dev Joins what is counted now with what the holder was credited or paid for this epoch before. When all of the
    /// holder's receipts are counted at once and there are no credits, nothing has to be remembered.
    function _join(uint256 slot, uint256 epoch, address owner, uint256 units, Holder holder, uint256 counted)
        private
        returns (uint256 before, uint256 total)
    {
        total = units;
        if (counted == 0 || (!holder.credited() && counted == holder.count())) return (0, total);
        Credit credit = _credits[slot][epoch][owner];
        before = credit.paid();
        total += credit.pending();
        if (total == 0) return (before, 0);
        _credits[slot][epoch][owner] = CreditLibrary.make(0, before + total);
        if (!holder.credited()) _holders[owner] = _holders[owner].withCredited();
    }

    /// @inheritdoc IComputeReceipt
    function settleCredits(uint256 slot, uint256 epoch, address[] calldata holders)
        external
        onlyIssuer(slot)
        returns (Due[] memory dues)
    {
        uint256 length;
        dues = new Due[](holders.length);
        for (uint256 i; i < holders.length; ++i) {
            Credit credit = _credits[slot][epoch][holders[i]];
            if (credit.pending() == 0 || _holders[holders[i]].frozen()) continue;
            dues[length++] = Due(holders[i], credit.paid(), credit.pending());
            _credits[slot][epoch][holders[i]] = CreditLibrary.make(0, credit.paid() + credit.pending());
        }
        assembly ("memory-safe") {
            mstore(dues, length)
        }
    }

    /// @inheritdoc IComputeReceipt
    function destroy(uint256 slot, uint256[] calldata tokenIds)
        external
        onlyIssuer(slot)
        returns (address[] memory owners, uint256[] memory units)
    {
        owners = new address[](tokenIds.length);
        units = new uint256[](tokenIds.length);
        for (uint256 i; i < tokenIds.length; ++i) {
            uint256 tokenId = tokenIds[i];
            Position position = _positions[tokenId];
            if (!position.exists() || position.frozen() || _slotOf(tokenId) != slot) continue;
            if (_holders[position.owner()].frozen()) continue;
            owners[i] = position.owner();
            units[i] = position.units();
            _series[slot] = _series[slot].minus(units[i]);
            _unmake(tokenId, slot, owners[i]);
            emit TransferValue(tokenId, 0, units[i]);
        }
    }

    // --- Views -------------------------------------------------------------------------------------------------

    /// @inheritdoc IERC3525
    function slotOf(uint256 tokenId) external view returns (uint256) {
        _position(tokenId);
        return _slotOf(tokenId);
    }

    /// @inheritdoc IERC3525
    function balanceOf(uint256 tokenId) external view returns (uint256) {
        return _position(tokenId).units();
    }

    /// @inheritdoc IERC721
    function balanceOf(address owner) external view returns (uint256) {
        if (owner == address(0)) revert ERC721InvalidOwner(owner);
        return _holders[owner].count();
    }

    /// @inheritdoc IERC721
    function ownerOf(uint256 tokenId) external view returns (address) {
        return _position(tokenId).owner();
    }

    /// @inheritdoc IERC721
    function getApproved(uint256 tokenId) external view returns (address) {
        _position(tokenId);
        return _permissions[tokenId].approved();
    }

    /// @inheritdoc IERC721
    function isApprovedForAll(address owner, address operator) external view returns (bool) {
        return _operators[owner][operator];
    }

    /// @inheritdoc IERC3525
    function allowance(uint256 tokenId, address operator) external view returns (uint256) {
        _position(tokenId);
        return _allowances[tokenId][_permissions[tokenId].round()][operator];
    }

    /// @inheritdoc IComputeReceipt
    function positionOf(uint256 tokenId) external view returns (Position) {
        return _position(tokenId);
    }

    /// @inheritdoc IComputeReceipt
    function seriesOf(uint256 slot) external view returns (Series) {
        _checkSeries(slot);
        return _series[slot];
    }

    /// @inheritdoc IComputeReceipt
    function creditOf(uint256 slot, uint256 epoch, address holder) external view returns (Credit) {
        return _credits[slot][epoch][holder];
    }

    /// @inheritdoc IComputeReceipt
    function issuerOf(uint256 slot) external view returns (address) {
        _checkSeries(slot);
        return _issuers[slot];
    }

    /// @inheritdoc IComputeReceipt
    function labelOf(uint256 slot) external view returns (SeriesLabel memory) {
        _checkSeries(slot);
        return _labels[slot];
    }

    /// @inheritdoc IEligibility
    function isEligible(address holder, uint256 slot) external view returns (bool) {
        return _admits(_series[slot], _holders[holder]);
    }

    /// @inheritdoc IERC721Metadata
    function tokenURI(uint256 tokenId) external view returns (string memory) {
        _position(tokenId);
        return certificate.tokenURI(this, tokenId);
    }

    /// @inheritdoc IERC3525Metadata
    function slotURI(uint256 slot) external view returns (string memory) {
        _checkSeries(slot);
        return certificate.slotURI(this, slot);
    }

    /// @inheritdoc IERC3525Metadata
    function contractURI() external view returns (string memory) {
        return certificate.contractURI(this);
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == type(IERC165).interfaceId || id == type(IERC721).interfaceId
            || id == type(IERC721Metadata).interfaceId || id == type(IERC3525).interfaceId
            || id == type(IERC3525Metadata).interfaceId || id == ERC4906_ID;
    }

    function _checkSeries(uint256 slot) private view {
        if (_issuers[slot] == address(0)) revert UnknownSeries(slot);
    }
}
