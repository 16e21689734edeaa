// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ERC165Checker} from "@openzeppelin/contracts/utils/introspection/ERC165Checker.sol";
import {Eligibility} from "./Eligibility.sol";
import {Governed} from "./Governed.sol";
import {IComputeReceipt, SeriesLabel} from "./interfaces/IComputeReceipt.sol";
import {IERC3525Receiver} from "./interfaces/IERC3525.sol";
import {Permission} from "./types/Permission.sol";
import {Holder} from "./types/Holder.sol";
import {Position, PositionLibrary} from "./types/Position.sol";
import {Series} from "./types/Series.sol";

/// @title The words of all receipts, and the few ways in which they change
/// @dev Everything that moves units is here, once: `ComputeReceipt` gives these moves their outward forms.
///
/// A receipt's word says up to which record date it is settled. A receipt that is about to change and is behind is
/// first brought up to date (`_touch`): what it was at each record date that it missed is kept, to be paid later.
/// So untouched receipts cost nothing at a record date, and moving value between two receipts that are up to date
/// writes two words and nothing else.
abstract contract ReceiptLedger is Eligibility, IERC721Errors, IComputeReceipt {
    struct Receipt {
        Position position;
        Permission permission;
        /// What the receipt was at record dates after which it moved, until it is paid for them.
        mapping(uint256 epoch => Position) kept;
        /// By round as well, which a change of owner moves on: a new owner starts with none.
        mapping(uint256 round => mapping(address operator => uint256)) allowances;
    }

    /// @dev The series' word; then one word, from the lowest bit: issuer 160, redemption 64, guarded 8; then the label.
    struct Book {
        Series series;
        address issuer;
        uint64 redemption; // the epoch for which receipts are paid last, and retire; NEVER until its record is fixed
        bool guarded; //      as in `series`, where a payment does not look
        SeriesLabel label;
    }

    uint64 internal constant NEVER = type(uint64).max;

    /// @dev A token id is its series, and its number within it: `slotOf` reads no storage.
    uint256 private constant SLOT_AT = 64;

    mapping(uint256 tokenId => Receipt) internal _receipts;
    mapping(uint256 slot => Book) internal _books;
    mapping(address owner => mapping(address operator => bool)) internal _operators;

    constructor(IAccessManager authority_) Governed(authority_) {}

    function _slotOf(uint256 tokenId) internal pure returns (uint256) {
        return tokenId >> SLOT_AT;
    }

    function _position(uint256 tokenId) internal view returns (Position position) {
        position = _receipts[tokenId].position;
        if (!position.exists()) revert ERC721NonexistentToken(tokenId);
    }

    // --- Moves -------------------------------------------------------------------------------------------------

    /// @dev Moves units between two receipts of a series. Nobody is called: a receiver who is asked can call anything
    /// back, so that the caller asks when it has made all of its moves.
    /// @return receiver Who is to be asked then; zero: nobody.
    function _moveValue(uint256 fromId, uint256 toId, uint256 value) internal returns (address receiver) {
        if (fromId == toId) revert SameReceipt(fromId);
        uint256 slot = _slotOf(fromId);
        if (slot != _slotOf(toId)) revert SlotMismatch(slot, _slotOf(toId));

        Receipt storage source = _receipts[fromId];
        Series series = _books[slot].series;
        Position from = _giver(fromId, source.position, slot, series, value);

        Receipt storage target = _receipts[toId];
        Position to = target.position;
        address owner = to.owner();
        Holder holder = _holders[owner];
        if (!series.admits(holder, block.timestamp)) _refuse(slot, toId, owner, holder);
        if (!to.current(series)) to = _touch(toId, series, to);

        source.position = from.minus(value);
        target.position = to.plus(value);
        emit TransferValue(fromId, toId, value);
        if (holder.receiver()) receiver = owner;
    }

    /// @dev Moves units of a receipt into a new one of `to`. Nobody is called, as in `_moveValue`.
    /// @return newId The receipt that was made. @return receiver Who is to be asked; zero: nobody.
    function _moveToNew(uint256 fromId, address to, uint256 value) internal returns (uint256 newId, address receiver) {
        uint256 slot = _slotOf(fromId);
        Receipt storage source = _receipts[fromId];
        Book storage book = _books[slot];
        Series series = book.series;
        source.position = _giver(fromId, source.position, slot, series, value).minus(value);
        Holder holder;
        (newId, series, holder) = _make(slot, series, to, value);
        book.series = series;
        emit TransferValue(fromId, newId, value);
        if (holder.receiver()) receiver = to;
    }

    /// @dev Gives a receipt another owner. The caller has checked that the sender may.
    function _moveWhole(address from, address to, uint256 tokenId) internal {
        if (to == address(0)) revert ERC721InvalidReceiver(to);
        uint256 slot = _slotOf(tokenId);
        Series series = _books[slot].series;
        Receipt storage receipt = _receipts[tokenId];
        Position position = receipt.position;
        if (!series.frees(position)) position = _free(tokenId, position, slot, series);

        Permission permission = receipt.permission;
        if (permission.any()) receipt.permission = permission.nextRound();
        _holders[from] = _holders[from].minusReceipt();
        Holder holder = _holders[to];
        if (!series.admits(holder, block.timestamp)) _refuse(slot, tokenId, to, holder);
        _holders[to] = holder.plusReceipt();
        receipt.position = position.withOwner(to);
        emit Transfer(from, to, tokenId);
    }

    /// @dev The receipt up to date, when the caller may move `value` out of it now.
    function _giver(uint256 tokenId, Position position, uint256 slot, Series series, uint256 value)
        private
        returns (Position)
    {
        address owner = position.owner();
        if (owner != msg.sender) _spendAllowance(tokenId, owner, value);
        if (!series.frees(position)) position = _free(tokenId, position, slot, series);
        if (value > position.units()) revert InsufficientUnits(tokenId, position.units(), value);
        return position;
    }

    /// @dev For a receipt that is not free to move as it is (`SeriesLibrary.frees`): says why it does not move now, or
    /// brings it up to date if that is all that it lacks.
    function _free(uint256 tokenId, Position position, uint256 slot, Series series) private returns (Position) {
        if (!series.movable()) revert SeriesNotMovable(slot, series.locked(), series.paused(), series.retired());
        if (_holders[position.owner()].frozen()) revert FrozenHolder(position.owner());
        if (position.frozen()) revert FrozenReceipt(tokenId);
        return _touch(tokenId, series, position);
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
        if (!series.admits(holder, block.timestamp)) _refuse(slot, 0, to, holder);
        series = series.withNextSerial();
        tokenId = (slot << SLOT_AT) | series.serial();
        _receipts[tokenId].position = PositionLibrary.make(to, value, series.epoch());
        _holders[to] = holder.plusReceipt();
        emit Transfer(address(0), to, tokenId);
        emit SlotChanged(tokenId, 0, slot);
        return (tokenId, series, holder);
    }

    /// @dev Removes a receipt; its units are gone with it, so the caller has moved or retired them. Its id is never
    /// used again, so that approvals may stay.
    function _unmake(uint256 tokenId, address owner) internal {
        _receipts[tokenId].position = Position.wrap(0);
        _holders[owner] = _holders[owner].minusReceipt();
        emit SlotChanged(tokenId, _slotOf(tokenId), 0);
        emit Transfer(owner, address(0), tokenId);
    }

    // --- Record dates ------------------------------------------------------------------------------------------

    /// @dev Brings a receipt up to date: keeps what it was at each record date that it missed.
    function _touch(uint256 tokenId, Series series, Position position) internal returns (Position) {
        uint256 epoch = position.epoch();
        uint256 last = series.epoch();
        if (position.units() != 0) {
            for (; epoch < last; ++epoch) {
                _receipts[tokenId].kept[epoch] = position;
                emit RecordKept(tokenId, epoch, position.owner(), position.units());
            }
        }
        return position.withEpoch(last);
    }

    // --- Checks ------------------------------------------------------------------------------------------------

    /// @dev Whether `spender` may move the receipt whole (ERC-721).
    function _isApprovedOrOwner(address spender, uint256 tokenId, address owner) internal view returns (bool) {
        return spender == owner || _operators[owner][spender] || _receipts[tokenId].permission.approved() == spender;
    }

    /// @dev Lets the sender, who is not the owner, move `value` out of the receipt, or reverts (ERC-3525).
    function _spendAllowance(uint256 tokenId, address owner, uint256 value) private {
        if (owner == address(0)) revert ERC721NonexistentToken(tokenId);
        if (_isApprovedOrOwner(msg.sender, tokenId, owner)) return;
        Receipt storage receipt = _receipts[tokenId];
        mapping(address operator => uint256) storage allowances = receipt.allowances[receipt.permission.round()];
        uint256 allowed = allowances[msg.sender];
        if (allowed == type(uint256).max) return;
        // Without an allowance a move of zero is refused too: even to touch a receipt is its holder's to allow.
        if (value == 0 || allowed < value) revert InsufficientAllowance(tokenId, msg.sender, allowed, value);
        unchecked {
            allowed -= value;
        }
        allowances[msg.sender] = allowed;
        emit ApprovalValue(tokenId, msg.sender, allowed);
    }

    /// @dev Says why the owner of a receipt, or of one that is to be, may not receive now. The zero address never may:
    /// it owns what does not exist.
    function _refuse(uint256 slot, uint256 tokenId, address owner, Holder holder) private pure {
        if (owner == address(0)) revert ERC721NonexistentToken(tokenId);
        if (holder.frozen()) revert FrozenHolder(owner);
        revert NotEligible(owner, slot);
    }

    /// @dev A contract that says that it is an ERC-3525 receiver is asked; one that doesn't say so accepts, as in the
    /// standard.
    function _askReceiver(address to, uint256 fromId, uint256 toId, uint256 value) internal {
        if (!ERC165Checker.supportsERC165InterfaceUnchecked(to, type(IERC3525Receiver).interfaceId)) return;
        bytes4 answer = IERC3525Receiver(to).onERC3525Received(msg.sender, fromId, toId, value, "");
        if (answer != IERC3525Receiver.onERC3525Received.selector) revert ReceiverRefused(to);
    }
}
