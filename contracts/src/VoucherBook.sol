// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC1155MetadataURI} from "@openzeppelin/contracts/token/ERC1155/extensions/IERC1155MetadataURI.sol";
import {ERC1155Utils} from "@openzeppelin/contracts/token/ERC1155/utils/ERC1155Utils.sol";
import {ERC165, IERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {IVouchers, ProgrammeTerms} from "./interfaces/IVouchers.sol";
import {Allotment, Place} from "./types/Allotment.sol";

/// @title Who holds how many vouchers, as ERC-1155 has it
/// @dev What it guarantees and trusts is said in `IVouchers`. The token's id is the programme's number. An account's
/// units and all that it was ever issued share one word, so that issuing to it writes that word and nothing else.
abstract contract VoucherBook is ERC165, IERC1155Errors, IVouchers {
    mapping(uint256 id => ProgrammeTerms) internal _terms;
    mapping(uint256 id => mapping(address account => Place)) internal _places;

    /// @inheritdoc IERC1155
    mapping(address owner => mapping(address operator => bool)) public isApprovedForAll;

    // --- Transfers ---------------------------------------------------------------------------------------------

    /// @inheritdoc IERC1155
    function safeTransferFrom(address from, address to, uint256 id, uint256 value, bytes calldata data) external {
        _checkParties(from, to);
        _checkTransferable(id);
        _move(id, from, to, value);
        emit TransferSingle(msg.sender, from, to, id, value);
        ERC1155Utils.checkOnERC1155Received(msg.sender, from, to, id, value, data);
    }

    /// @inheritdoc IERC1155
    function safeBatchTransferFrom(
        address from,
        address to,
        uint256[] calldata ids,
        uint256[] calldata values,
        bytes calldata data
    ) external {
        _checkParties(from, to);
        if (ids.length != values.length) revert ERC1155InvalidArrayLength(ids.length, values.length);
        for (uint256 i; i < ids.length; ++i) {
            _checkTransferable(ids[i]);
            _move(ids[i], from, to, values[i]);
        }
        emit TransferBatch(msg.sender, from, to, ids, values);
        ERC1155Utils.checkOnERC1155BatchReceived(msg.sender, from, to, ids, values, data);
    }

    /// @inheritdoc IERC1155
    function setApprovalForAll(address operator, bool approved) external {
        if (operator == address(0)) revert ERC1155InvalidOperator(operator);
        isApprovedForAll[msg.sender][operator] = approved;
        emit ApprovalForAll(msg.sender, operator, approved);
    }

    // --- Moves -------------------------------------------------------------------------------------------------

    /// @dev Both words are read just before they are written: the two accounts may be one.
    function _move(uint256 id, address from, address to, uint256 units) internal {
        _take(id, from, units);
        _places[id][to].allotment = _places[id][to].allotment.plus(units);
    }

    function _take(uint256 id, address from, uint256 units) internal {
        Allotment allotment = _places[id][from].allotment;
        if (units > allotment.units()) revert ERC1155InsufficientBalance(from, allotment.units(), units, id);
        _places[id][from].allotment = allotment.minus(units);
    }

    // --- Checks ------------------------------------------------------------------------------------------------

    function _checkParties(address from, address to) private view {
        if (msg.sender != from && !isApprovedForAll[from][msg.sender]) {
            revert ERC1155MissingApprovalForAll(msg.sender, from);
        }
        if (to == address(0)) revert ERC1155InvalidReceiver(to);
    }

    function _checkTransferable(uint256 id) private view {
        if (!_live(id).transferable) revert NotTransferable(id);
    }

    /// @dev The terms of a programme that there is, and that has not expired.
    function _live(uint256 id) internal view returns (ProgrammeTerms storage terms) {
        terms = _known(id);
        if (block.timestamp > terms.expiry) revert Expired(id, terms.expiry);
    }

    function _known(uint256 id) internal view returns (ProgrammeTerms storage terms) {
        terms = _terms[id];
        if (terms.expiry == 0) revert UnknownProgramme(id);
    }

    // --- Views -------------------------------------------------------------------------------------------------

    /// @inheritdoc IERC1155
    function balanceOf(address account, uint256 id) public view returns (uint256) {
        return _places[id][account].allotment.units();
    }

    /// @inheritdoc IERC1155
    function balanceOfBatch(address[] calldata accounts, uint256[] calldata ids)
        external
        view
        returns (uint256[] memory balances)
    {
        if (accounts.length != ids.length) revert ERC1155InvalidArrayLength(ids.length, accounts.length);
        balances = new uint256[](ids.length);
        for (uint256 i; i < ids.length; ++i) balances[i] = balanceOf(accounts[i], ids[i]);
    }

    /// @inheritdoc IVouchers
    function redeemed(uint256 id, address account) external view returns (uint256) {
        return _places[id][account].allotment.redeemed();
    }

    /// @inheritdoc IVouchers
    function programme(uint256 id) external view returns (ProgrammeTerms memory) {
        return _terms[id];
    }

    /// @inheritdoc IERC1155MetadataURI
    function uri(uint256 id) external view returns (string memory) {
        return _terms[id].uri;
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 id) public view override(ERC165, IERC165) returns (bool) {
        return id == type(IERC1155).interfaceId || id == type(IERC1155MetadataURI).interfaceId
            || super.supportsInterface(id);
    }
}
