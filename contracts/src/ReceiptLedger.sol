// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ERC165Checker} from "@openzeppelin/contracts/utils/introspection/ERC165Checker.sol";
import {Eligibility} from "./Eligibility.sol";
import {Governed} from "./Governed.sol";
import {IComputeReceipt} from "./interfaces/IComputeReceipt.sol";
import {IERC3525Receiver} from "./interfaces/IERC3525.sol";
import {Permission} from "./types/Permission.sol";
import {Credit} from "./types/Credit.sol";
import {Holder} from "./types/Holder.sol";
import {Position, PositionLibrary} from "./types/Position.sol";
import {Series} from "./types/Series.sol";

/// @title The words of all receipts, and the few ways in which they change
/// @dev Everything that moves units is here, once: `ComputeReceipt` gives these moves their outward forms.
///
/// A receipt's word says up to which record date it is settled. A receipt that is about to change and is behind is
/// first brought up to date (`_touch`): for each record date that it missed, its units are credited to its holder.
/// So untouched receipts cost nothing at a record date, and moving value between two receipts that are up to date
/// writes two words and nothing else.
abstract contract ReceiptLedger is Eligibility, IERC721Errors, IComputeReceipt {
    /// @dev A token id is its series, and its number within it: `slotOf` reads no storage.
    uint256 private constant SLOT_AT = 64;

    mapping(uint256 tokenId => Position) internal _positions;
    mapping(uint256 slot => Series) internal _series;
    mapping(uint256 slot => mapping(uint256 epoch => mapping(address holder => Credit))) internal _credits;

    mapping(uint256 tokenId => Permission) internal _permissions;
    mapping(address owner => mapping(address operator => bool)) internal _operators;
    /// @dev By round as well, which a change of owner moves on: a new owner starts with none.
    mapping(uint256 tokenId => mapping(uint256 round => mapping(address operator => uint256))) internal _allowances;

    constructor(IAccessManager authority_) Governed(authority_) {}

    function _slotOf(uint256 tokenId) internal pure returns (uint256) {
        return tokenId >> SLOT_AT;
    }

    function _position(uint256 tokenId) internal view returns (Position position) {
        position = _positions[tokenId];
        if (!position.exists()) revert ERC721NonexistentToken(tokenId);
    }

    // --- Moves -------------------------------------------------------------------------------------------------

    /// @dev Moves units between two receipts of a series.
    function _moveValue(uint256 fromId, uint256 toId, uint256 value) internal {
        if (fromId == toId) revert SameReceipt(fromId);
        uint256 slot = _slotOf(fromId);
        if (slot != _slotOf(toId)) revert SlotMismatch(slot, _slotOf(toId));

        Position from = _position(fromId);
        _spendAllowance(fromId, from.owner(), value);
        Series series = _movableSeries(slot);
        from = _touchToSend(fromId, slot, series, from, value);

        Position to = _position(toId);
        address owner = to.owner();
        Holder holder = _holders[owner];
        _checkEligible(slot, series, owner, holder);
        to = _touch(slot, series, to);

        _positions[fromId] = from.minus(value);
        _positions[toId] = to.plus(value);
        emit TransferValue(fromId, toId, value);
        if (holder.receiver() && owner != from.owner()) _askReceiver(owner, fromId, toId, value, "");
    }

    /// @dev Moves units of a receipt into a new one of `to`.
    function _moveToNew(uint256 fromId, address to, uint256 value) internal returns (uint256 newId) {
        uint256 slot = _slotOf(fromId);
        Position from = _position(fromId);
        _spendAllowance(fromId, from.owner(), value);
        Series series = _movableSeries(slot);
        from = _touchToSend(fromId, slot, series, from, value);

        _positions[fromId] = from.minus(value);
        Holder holder;
        (newId, series, holder) = _make(slot, series, to, value);
        _series[slot] = series;
        emit TransferValue(fromId, newId, value);
        if (holder.receiver() && to != from.owner()) _askReceiver(to, fromId, newId, value, "");
    }

    /// @dev Gives a receipt another owner. The caller has checked that the sender may.
    function _moveWhole(address from, address to, uint256 tokenId) internal {
        if (to == address(0)) revert ERC721InvalidReceiver(to);
        uint256 slot = _slotOf(tokenId);
        Series series = _movableSeries(slot);
        Position position = _touchToSend(tokenId, slot, series, _positions[tokenId], 0);

        Permission permission = _permissions[tokenId];
        if (permission.any()) _permissions[tokenId] = permission.nextRound();
        _holders[from] = _holders[from].minusReceipt();
        Holder holder = _holders[to];
        _checkEligible(slot, series, to, holder);
        _holders[to] = holder.plusReceipt();
        _positions[tokenId] = position.withOwner(to);
        emit Transfer(from, to, tokenId);
    }

    // --- Making and unmaking -----------------------------------------------------------------------------------

    /// @dev A new receipt for an eligible holder. The caller stores the series' word, and emits `TransferValue`.
    function _make(uint256 slot, Series series, address to, uint256 value)
        internal
        returns (uint256 tokenId, Series, Holder holder)
    {
        if (to == address(0)) revert ERC721InvalidReceiver(to);
        if (value == 0) revert NoUnits();
        holder = _holders[to];
        _checkEligible(slot, series, to, holder);
        series = series.withNextSerial();
        tokenId = (slot << SLOT_AT) | series.serial();
        _positions[tokenId] = PositionLibrary.make(to, value, series.epoch());
        _holders[to] = holder.plusReceipt();
        emit Transfer(address(0), to, tokenId);
        emit SlotChanged(tokenId, 0, slot);
        return (tokenId, series, holder);
    }

    /// @dev Removes a receipt; its units are gone with it, so the caller has moved or retired them. Its id is never used
    /// again, so that approvals may stay.
    function _unmake(uint256 tokenId, uint256 slot, address owner) internal {
        _positions[tokenId] = Position.wrap(0);
        _holders[owner] = _holders[owner].minusReceipt();
        emit SlotChanged(tokenId, slot, 0);
        emit Transfer(owner, address(0), tokenId);
    }

    // --- Record dates ------------------------------------------------------------------------------------------

    /// @dev Brings a receipt up to date: credits its holder for each record date that it missed.
    function _touch(uint256 slot, Series series, Position position) internal returns (Position) {
        uint256 epoch = position.epoch();
        uint256 current = series.epoch();
        if (epoch == current) return position;
        uint256 units = position.units();
        address owner = position.owner();
        if (units != 0) {
            for (; epoch < current; ++epoch) {
                Credit credit = _credits[slot][epoch][owner];
                _credits[slot][epoch][owner] = credit.plusPending(units);
                emit Credited(slot, epoch, owner, units);
            }
            Holder holder = _holders[owner];
            if (!holder.credited()) _holders[owner] = holder.withCredited();
        }
        return position.withEpoch(current);
    }

    /// @dev What holds for a receipt that gives units away: there are enough, and neither it nor its owner is frozen.
    function _touchToSend(uint256 tokenId, uint256 slot, Series series, Position position, uint256 value)
        internal
        returns (Position)
    {
        if (position.frozen()) revert FrozenReceipt(tokenId);
        _checkNotFrozen(position.owner());
        if (value > position.units()) revert InsufficientUnits(tokenId, position.units(), value);
        return _touch(slot, series, position);
    }

    // --- Checks ------------------------------------------------------------------------------------------------

    function _movableSeries(uint256 slot) internal view returns (Series series) {
        series = _series[slot];
        if (!series.movable()) revert SeriesNotMovable(slot, series.locked(), series.paused(), series.retired());
    }

    /// @dev Whether `spender` may move the receipt whole (ERC-721).
    function _isApprovedOrOwner(address spender, uint256 tokenId, address owner) internal view returns (bool) {
        return spender == owner || _operators[owner][spender] || _permissions[tokenId].approved() == spender;
    }

    /// @dev Lets the sender move `value` out of the receipt, or reverts (ERC-3525).
    function _spendAllowance(uint256 tokenId, address owner, uint256 value) internal {
        if (_isApprovedOrOwner(msg.sender, tokenId, owner)) return;
        uint256 round = _permissions[tokenId].round();
        uint256 allowed = _allowances[tokenId][round][msg.sender];
        if (allowed == type(uint256).max) return;
        // Nobody's zero is refused too: even to touch a receipt is its holder's to allow.
        if (value == 0 || allowed < value) revert InsufficientAllowance(tokenId, msg.sender, allowed, value);
        unchecked {
            _allowances[tokenId][round][msg.sender] = allowed - value;
        }
    }

    /// @dev A contract that says that it is an ERC-3525 receiver is asked; one that doesn't say so accepts, as in the
    /// standard.
    function _askReceiver(address to, uint256 fromId, uint256 toId, uint256 value, bytes memory data) internal {
        if (!ERC165Checker.supportsERC165InterfaceUnchecked(to, type(IERC3525Receiver).interfaceId)) return;
        bytes4 answer = IERC3525Receiver(to).onERC3525Received(msg.sender, fromId, toId, value, data);
        if (answer != IERC3525Receiver.onERC3525Received.selector) revert ReceiverRefused(to);
    }
}
