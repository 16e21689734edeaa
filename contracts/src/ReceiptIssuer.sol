// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReceiptLedger} from "./ReceiptLedger.sol";
import {IComputeReceipt, SeriesLabel} from "./interfaces/IComputeReceipt.sol";
import {Holder} from "./types/Holder.sol";
import {Position} from "./types/Position.sol";
import {Series, SeriesLibrary} from "./types/Series.sol";

/// @title What the issuer of a series does with its receipts: make, count, retire them
/// @dev What it guarantees and trusts is said in `IComputeReceipt`.
abstract contract ReceiptIssuer is ReceiptLedger {
    /// @dev So that the first holder to be frozen can be, in one transaction: about 10,000 gas for each series.
    uint256 private constant MAX_SERIES = 1_000;

    uint256 private _lastSlot;

    modifier onlyIssuer(uint256 slot) {
        if (msg.sender != _books[slot].issuer) revert NotIssuer(slot, msg.sender);
        _;
    }

    /// @inheritdoc IComputeReceipt
    function openSeries(address issuer, SeriesLabel calldata label, uint32 classes, uint64 jurisdictions)
        external
        restricted
        returns (uint256 slot)
    {
        if (classes == 0 || jurisdictions == 0) revert EmptyRequirement(classes, jurisdictions);
        slot = ++_lastSlot;
        if (slot > MAX_SERIES) revert TooManySeries(MAX_SERIES);
        bool guarded = _frozenHolders != 0;
        _books[slot] = Book(SeriesLibrary.make(classes, jurisdictions, guarded), issuer, NEVER, guarded, label);
        emit SeriesOpened(slot, issuer, label.code);
        emit RequirementSet(slot, classes, jurisdictions);
    }

    /// @inheritdoc IComputeReceipt
    function issue(uint256 slot, address to, uint256 units) external onlyIssuer(slot) returns (uint256 tokenId) {
        Book storage book = _books[slot];
        Series series = book.series;
        if (series.paused()) revert SeriesNotMovable(slot, series.locked(), true, series.retired());
        Holder holder;
        (tokenId, series, holder) = _make(slot, series, to, units);
        book.series = series.plus(units);
        emit TransferValue(0, tokenId, units);
        if (holder.receiver()) _askReceiver(to, 0, tokenId, units);
    }

    /// @inheritdoc IComputeReceipt
    function unlock(uint256 slot) external onlyIssuer(slot) {
        _books[slot].series = _books[slot].series.unlocked();
        emit SeriesUnlocked(slot);
    }

    /// @inheritdoc IComputeReceipt
    function fixRecord(uint256 slot, bool last) external onlyIssuer(slot) returns (uint256 epoch) {
        Book storage book = _books[slot];
        Series series = book.series;
        epoch = series.epoch();
        series = series.withNextEpoch();
        if (last) {
            series = series.asRetired();
            book.redemption = uint64(epoch);
            emit SeriesRetired(slot);
        }
        book.series = series;
        emit RecordFixed(slot, epoch, series.units());
    }

    /// @inheritdoc IComputeReceipt
    /// @dev A receipt that did not move since the record is what it was then: its word moves on to the next epoch, or
    /// is removed in the redemption. Of one that moved, `kept` says what it was, until it is counted. All others are
    /// passed over.
    function tally(uint256 epoch, uint256[] calldata tokenIds) external returns (Position[] memory due) {
        if (tokenIds.length == 0) return due;
        uint256 slot = _slotOf(tokenIds[0]);
        Book storage book = _books[slot];
        if (msg.sender != book.issuer) revert NotIssuer(slot, msg.sender);
        bool retire = epoch == book.redemption;
        bool guarded = book.guarded;
        uint256 retired;
        uint256 length;
        address last;
        due = new Position[](tokenIds.length);
        for (uint256 i; i < tokenIds.length; ++i) {
            uint256 tokenId = tokenIds[i];
            if (_slotOf(tokenId) != slot) revert SlotMismatch(slot, _slotOf(tokenId));
            Receipt storage receipt = _receipts[tokenId];
            Position present = receipt.position;
            Position held; // at the record
            address owner = present.owner();
            if (present.awaits(epoch) && owner != address(0)) {
                if (guarded && _holders[owner].frozen()) continue;
                held = present;
                if (retire) {
                    _unmake(tokenId, owner);
                    retired += held.units();
                    emit TransferValue(tokenId, 0, held.units());
                } else {
                    receipt.position = present.withNextEpoch();
                }
            } else {
                // It moved since; or nothing is kept, since it is counted already (also when it stands twice in the
                // list), or can't be counted yet.
                held = receipt.kept[epoch];
                // While a receipt is frozen, who has it is not paid for it, also if units were moved into it since.
                if (present.frozen() && held.owner() == owner) continue;
                owner = held.owner();
                if (owner == address(0) || (guarded && _holders[owner].frozen())) continue;
                receipt.kept[epoch] = Position.wrap(0);
            }
            // There are no more holders to pay than receipts, and no more units than the series has.
            unchecked {
                if (owner == last) {
                    due[length - 1] = due[length - 1].plus(held.units());
                } else if (held.units() != 0) {
                    due[length++] = held;
                    last = owner;
                }
            }
        }
        if (retired != 0) book.series = book.series.minus(retired);
        // Memory beyond the last holder is left behind.
        assembly ("memory-safe") {
            mstore(due, length)
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
        Book storage book = _books[slot];
        for (uint256 i; i < tokenIds.length; ++i) {
            uint256 tokenId = tokenIds[i];
            Position position = _receipts[tokenId].position;
            if (!position.exists() || position.frozen() || _slotOf(tokenId) != slot) continue;
            if (_holders[position.owner()].frozen()) continue;
            (owners[i], units[i]) = (position.owner(), position.units());
            book.series = book.series.minus(units[i]);
            _unmake(tokenId, owners[i]);
            emit TransferValue(tokenId, 0, units[i]);
        }
    }

    function _guard(bool on) internal override {
        for (uint256 slot = 1; slot <= _lastSlot; ++slot) {
            Book storage book = _books[slot];
            book.series = book.series.withGuarded(on);
            book.guarded = on;
        }
    }

    function _book(uint256 slot) internal view returns (Book storage book) {
        book = _books[slot];
        if (book.issuer == address(0)) revert UnknownSeries(slot);
    }
}
