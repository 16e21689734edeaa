// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ERC721Utils} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Utils.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {ReceiptIssuer} from "./ReceiptIssuer.sol";
import {ReceiptLedger} from "./ReceiptLedger.sol";
import {ICertificate} from "./interfaces/ICertificate.sol";
import {IComputeReceipt, SeriesLabel} from "./interfaces/IComputeReceipt.sol";
import {IEligibility} from "./interfaces/IEligibility.sol";
import {IERC3525, IERC3525Metadata} from "./interfaces/IERC3525.sol";
import {Permission} from "./types/Permission.sol";
import {Position} from "./types/Position.sol";
import {Series} from "./types/Series.sol";

/// @title Compute receipts (算力收益憑證, CRT)
/// @dev What it guarantees and trusts is said in `IComputeReceipt`; how units move is in `ReceiptLedger`, and what a
/// series' issuer does in `ReceiptIssuer`.
contract ComputeReceipt is ReceiptIssuer, EIP712 {
    bytes32 private constant PERMIT_TYPEHASH =
        keccak256("Permit(address owner,address spender,uint256 tokenId,uint256 nonce,uint256 deadline)");

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

    /// @inheritdoc IComputeReceipt
    mapping(address owner => uint256) public nonces;

    constructor(IAccessManager authority_, ICertificate certificate_)
        ReceiptLedger(authority_)
        EIP712("Compute Receipt", "1")
    {
        certificate = certificate_;
    }

    // --- Transfers by value (ERC-3525) -------------------------------------------------------------------------

    /// @inheritdoc IERC3525
    function transferFrom(uint256 fromTokenId, uint256 toTokenId, uint256 value) external {
        address receiver = _moveValue(fromTokenId, toTokenId, value);
        if (receiver != address(0)) _askReceiver(receiver, fromTokenId, toTokenId, value);
    }

    /// @inheritdoc IERC3525
    function transferFrom(uint256 fromTokenId, address to, uint256 value) external returns (uint256 newTokenId) {
        address receiver;
        (newTokenId, receiver) = _moveToNew(fromTokenId, to, value);
        if (receiver != address(0)) _askReceiver(receiver, fromTokenId, newTokenId, value);
    }

    /// @inheritdoc IComputeReceipt
    /// @dev Receivers are asked when all is moved: in between, one could sell what the rest of the list moves.
    function transferBatch(uint256[] calldata fromTokenIds, uint256[] calldata toTokenIds, uint256[] calldata values)
        external
    {
        if (fromTokenIds.length != toTokenIds.length) revert LengthMismatch(fromTokenIds.length, toTokenIds.length);
        if (fromTokenIds.length != values.length) revert LengthMismatch(fromTokenIds.length, values.length);
        address[] memory receivers = new address[](values.length);
        for (uint256 i; i < values.length; ++i) {
            receivers[i] = _moveValue(fromTokenIds[i], toTokenIds[i], values[i]);
        }
        for (uint256 i; i < values.length; ++i) {
            if (receivers[i] != address(0)) _askReceiver(receivers[i], fromTokenIds[i], toTokenIds[i], values[i]);
        }
    }

    /// @inheritdoc IComputeReceipt
    /// @dev The owner is asked when all is moved: in between, they could sell what is still to be cut.
    function split(uint256 tokenId, uint256[] calldata units) external returns (uint256[] memory tokenIds) {
        address owner = _position(tokenId).owner();
        address receiver;
        tokenIds = new uint256[](units.length);
        for (uint256 i; i < units.length; ++i) {
            (tokenIds[i], receiver) = _moveToNew(tokenId, owner, units[i]);
        }
        if (receiver == address(0)) return tokenIds;
        for (uint256 i; i < units.length; ++i) {
            _askReceiver(receiver, tokenId, tokenIds[i], units[i]);
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
            _unmake(tokenId, owner);
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
        Receipt storage receipt = _receipts[tokenId];
        Permission permission = receipt.permission;
        if (!permission.valued()) receipt.permission = permission.withValued();
        receipt.allowances[permission.round()][operator] = value;
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
        bytes32 structHash = keccak256(abi.encode(PERMIT_TYPEHASH, owner, spender, tokenId, nonces[owner]++, deadline));
        if (!SignatureChecker.isValidSignatureNow(owner, _hashTypedDataV4(structHash), signature)) {
            revert PermitInvalid(owner);
        }
        _approve(owner, spender, tokenId);
    }

    function _approve(address owner, address to, uint256 tokenId) private {
        _receipts[tokenId].permission = _receipts[tokenId].permission.withApproved(to);
        emit Approval(owner, to, tokenId);
    }

    // --- Compliance and guardian -------------------------------------------------------------------------------

    /// @inheritdoc IComputeReceipt
    function setReceiptFrozen(uint256[] calldata tokenIds, bool frozen, string calldata reason) external restricted {
        for (uint256 i; i < tokenIds.length; ++i) {
            _receipts[tokenIds[i]].position = _position(tokenIds[i]).withFrozen(frozen);
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
        Book storage book = _books[slot];
        Series series = book.series;
        bool retired = series.retired();
        // A receipt of a retired series stands for its redemption, so that it stays behind by that one epoch.
        if (retired) series = series.withPreviousEpoch();
        Position from = _position(fromTokenId);
        if (units > from.units()) revert InsufficientUnits(fromTokenId, from.units(), units);
        from = _touch(fromTokenId, series, from);
        _receipts[fromTokenId].position = from.minus(units);
        (newTokenId, series,) = _make(slot, series, to, units);
        book.series = retired ? series.withNextEpoch() : series;
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
        Book storage book = _book(slot);
        book.series = book.series.withPaused(paused);
        emit SeriesPaused(slot, paused, msg.sender);
    }

    /// @inheritdoc IComputeReceipt
    function setRequirement(uint256 slot, uint32 classes, uint64 jurisdictions) external restricted {
        Book storage book = _book(slot);
        if (classes == 0 || jurisdictions == 0) revert EmptyRequirement(classes, jurisdictions);
        book.series = book.series.withRequirement(classes, jurisdictions);
        emit RequirementSet(slot, classes, jurisdictions);
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
        return _receipts[tokenId].permission.approved();
    }

    /// @inheritdoc IERC721
    function isApprovedForAll(address owner, address operator) external view returns (bool) {
        return _operators[owner][operator];
    }

    /// @inheritdoc IERC3525
    function allowance(uint256 tokenId, address operator) external view returns (uint256) {
        _position(tokenId);
        Receipt storage receipt = _receipts[tokenId];
        return receipt.allowances[receipt.permission.round()][operator];
    }

    /// @inheritdoc IComputeReceipt
    function positionOf(uint256 tokenId) external view returns (Position) {
        return _position(tokenId);
    }

    /// @inheritdoc IComputeReceipt
    function keptOf(uint256 tokenId, uint256 epoch) external view returns (Position) {
        return _receipts[tokenId].kept[epoch];
    }

    /// @inheritdoc IComputeReceipt
    function seriesOf(uint256 slot) external view returns (Series) {
        return _book(slot).series;
    }

    /// @inheritdoc IComputeReceipt
    function issuerOf(uint256 slot) external view returns (address) {
        return _book(slot).issuer;
    }

    /// @inheritdoc IComputeReceipt
    function labelOf(uint256 slot) external view returns (SeriesLabel memory) {
        return _book(slot).label;
    }

    /// @inheritdoc IEligibility
    function isEligible(address holder, uint256 slot) external view returns (bool) {
        return _books[slot].series.admits(_holders[holder], block.timestamp);
    }

    /// @inheritdoc IERC721Metadata
    function tokenURI(uint256 tokenId) external view returns (string memory) {
        _position(tokenId);
        return certificate.tokenURI(this, tokenId);
    }

    /// @inheritdoc IERC3525Metadata
    function slotURI(uint256 slot) external view returns (string memory) {
        _book(slot);
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
}
