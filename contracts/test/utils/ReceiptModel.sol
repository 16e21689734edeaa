// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Governed} from "../../src/Governed.sol";
import {IComputeReceipt as R} from "../../src/interfaces/IComputeReceipt.sol";
import {IEligibility} from "../../src/interfaces/IEligibility.sol";
import {Faults} from "./Faults.sol";

/// @notice What receipts should be, in plain mappings: at a record, everything is written down, and each receipt is
/// counted once for each record. Every function does what a call should do, or says why it should be refused.
contract ReceiptModel {
    using Faults for uint256;

    struct Receipt {
        address owner;
        uint64 units;
        uint24 moved; // records that were fixed when it last moved
        bool frozen;
        address approved;
        uint64 round;
    }

    struct Holder {
        uint32 classes;
        uint64 jurisdictions;
        uint40 validUntil;
        uint32 count;
        bool frozen;
        bool asked; //   registered as a contract
        bool refuses; // and answers wrongly
    }

    struct Series {
        uint64 units;
        uint32 serial;
        uint32 classes;
        uint64 jurisdictions;
        uint24 records;
        bool paused;
        bool locked;
        bool retired;
        bool exists;
    }

    struct Held {
        address owner;
        uint64 units;
        bool counted;
    }

    address internal constant administrator = address(0xAD31);
    address internal constant compliance = address(0xC031);
    address internal constant guardian = address(0x60A2);

    bytes4 internal constant NONEXISTENT = IERC721Errors.ERC721NonexistentToken.selector;
    bytes4 internal constant UNAUTHORIZED = Governed.Unauthorized.selector;

    mapping(uint256 id => Receipt) public receipts;
    mapping(address => Holder) public holders;
    mapping(uint256 slot => Series) public series;
    mapping(uint256 id => mapping(uint256 epoch => Held)) public held;
    mapping(uint256 slot => mapping(uint256 epoch => mapping(address => uint256))) public unitsAt;
    mapping(uint256 slot => mapping(uint256 epoch => mapping(address => uint256))) public unitsPaid;
    mapping(uint256 id => mapping(uint256 round => mapping(address => uint256))) public allowed;
    mapping(address => mapping(address => bool)) public operators;
    mapping(address => uint256) public nonces;
    uint256 public frozenHolders;
    uint256 public lastSlot;

    // --- Words, as the types of the contracts describe them ----------------------------------------------------------

    function positionWord(uint256 id) external view returns (uint256) {
        Receipt storage r = receipts[id];
        if (r.owner == address(0)) return 0;
        uint256 frozen = r.frozen ? 1 : 0;
        return uint160(r.owner) | (uint256(r.units) << 160) | (next(id) << 224) | (frozen << 255);
    }

    function holderWord(address holder) external view returns (uint256) {
        Holder memory h = holders[holder];
        uint256 flags = (h.frozen ? 1 : 0) | (h.asked ? 2 : 0);
        uint256 standing = (uint256(h.classes) << 112) | (uint256(h.jurisdictions) << 144);
        return h.validUntil | (uint256(h.count) << 40) | standing | (flags << 208);
    }

    function seriesWord(uint256 slot) external view returns (uint256) {
        Series memory s = series[slot];
        uint256 flags = (s.paused ? 1 : 0) | (s.locked ? 2 : 0) | (s.retired ? 4 : 0) | (frozenHolders != 0 ? 8 : 0);
        uint256 requirement = (uint256(s.classes) << 112) | (uint256(s.jurisdictions) << 144);
        return s.units | (uint256(s.serial) << 64) | requirement | (flags << 208) | (uint256(s.records) << 224);
    }

    /// @notice The first record since it last moved that a receipt is not counted for.
    function next(uint256 id) public view returns (uint256 epoch) {
        epoch = receipts[id].moved;
        while (held[id][epoch].counted) ++epoch;
    }

    /// @notice Whether a receipt moved after this record and is not counted for it.
    function isKept(uint256 id, uint256 epoch) external view returns (bool) {
        Held storage h = held[id][epoch];
        return epoch < receipts[id].moved && h.units != 0 && !h.counted;
    }

    function slotOf(uint256 id) public pure returns (uint256) {
        return id >> 64;
    }

    function lastId(uint256 slot) public view returns (uint256) {
        return (slot << 64) | series[slot].serial;
    }

    function admits(uint256 slot, address holder) public view returns (bool) {
        (Series storage s, Holder storage h) = (series[slot], holders[holder]);
        return s.classes & h.classes != 0 && s.jurisdictions & h.jurisdictions != 0 && !h.frozen
            && h.validUntil >= block.timestamp;
    }

    // --- Reasons to refuse -------------------------------------------------------------------------------------------

    function _may(address by, uint256 id) internal view returns (bool) {
        Receipt storage r = receipts[id];
        return by == r.owner || operators[r.owner][by] || r.approved == by;
    }

    function _arriving(uint256 faults, address to, uint256 slot) internal view returns (uint256) {
        if (to == address(0)) return faults.when(true, IERC721Errors.ERC721InvalidReceiver.selector);
        bool frozen = holders[to].frozen;
        faults = faults.when(frozen, IEligibility.FrozenHolder.selector);
        return faults.when(!frozen && !admits(slot, to), IEligibility.NotEligible.selector);
    }

    function _leaving(uint256 id) internal view returns (uint256 faults) {
        Receipt storage r = receipts[id];
        Series storage s = series[slotOf(id)];
        faults = faults.when(s.locked || s.paused || s.retired, R.SeriesNotMovable.selector);
        faults = faults.when(holders[r.owner].frozen, IEligibility.FrozenHolder.selector);
        return faults.when(r.frozen, R.FrozenReceipt.selector);
    }

    function _asked(uint256 faults, address to) internal view returns (uint256) {
        Holder storage h = holders[to];
        return faults.when(h.asked && h.refuses, R.ReceiverRefused.selector);
    }

    /// @dev Takes units out of a receipt.
    function _take(address by, uint256 id, uint256 value, uint256 faults) private {
        Receipt storage r = receipts[id];
        if (r.owner == address(0)) Faults.stop(faults.when(true, NONEXISTENT));
        uint256 left = allowed[id][r.round][by];
        bool spends = !_may(by, id) && left != type(uint256).max;
        faults = faults.when(spends && (value == 0 || left < value), R.InsufficientAllowance.selector);
        faults = faults.when(value > r.units, R.InsufficientUnits.selector);
        Faults.stop(faults);
        if (spends) allowed[id][r.round][by] = left - value;
        r.units -= uint64(value);
        r.moved = series[slotOf(id)].records;
    }

    function _new(uint256 slot, address owner, uint256 units) internal returns (uint256 id) {
        Series storage s = series[slot];
        s.serial += 1;
        id = lastId(slot);
        receipts[id] = Receipt(owner, uint64(units), s.records, false, address(0), 0);
        holders[owner].count += 1;
    }

    function _end(uint256 id) internal {
        Receipt storage r = receipts[id];
        holders[r.owner].count -= 1;
        (r.owner, r.units, r.frozen) = (address(0), 0, false);
    }

    // --- Transfers ---------------------------------------------------------------------------------------------------

    function moveValue(address by, uint256 from, uint256 to, uint256 value) external {
        _moveValue(by, from, to, value, true);
    }

    function _moveValue(address by, uint256 from, uint256 to, uint256 value, bool asks) private {
        address owner = receipts[to].owner;
        uint256 faults = _leaving(from).when(from == to, R.SameReceipt.selector);
        faults = faults.when(slotOf(from) != slotOf(to), R.SlotMismatch.selector);
        if (owner == address(0)) faults = faults.when(true, NONEXISTENT);
        else faults = _arriving(faults, owner, slotOf(from));
        if (asks && owner != address(0)) faults = _asked(faults, owner);
        _take(by, from, value, faults);
        receipts[to].units += uint64(value);
        receipts[to].moved = series[slotOf(to)].records;
    }

    function moveToNew(address by, uint256 from, address to, uint256 value) external returns (uint256) {
        return _moveToNew(by, from, to, value, true);
    }

    function _moveToNew(address by, uint256 from, address to, uint256 value, bool asks) private returns (uint256) {
        uint256 slot = slotOf(from);
        uint256 faults = _arriving(_leaving(from), to, slot);
        if (asks) faults = _asked(faults, to);
        _take(by, from, value, faults.when(value == 0, R.NoUnits.selector));
        return _new(slot, to, value);
    }

    function moveWhole(address by, address from, address to, uint256 id, bool says) external {
        Receipt storage r = receipts[id];
        uint256 faults = _arriving(_leaving(id), to, slotOf(id));
        faults = faults.when(r.owner == address(0), NONEXISTENT);
        faults = faults.when(r.owner != from, IERC721Errors.ERC721IncorrectOwner.selector);
        faults = faults.when(!_may(by, id), IERC721Errors.ERC721InsufficientApproval.selector);
        Faults.stop(faults.when(says, IERC721Errors.ERC721InvalidReceiver.selector));
        holders[from].count -= 1;
        holders[to].count += 1;
        (r.owner, r.approved, r.round) = (to, address(0), r.round + 1);
        r.moved = series[slotOf(id)].records;
    }

    function moveBatch(address by, uint256[] calldata from, uint256[] calldata to, uint256[] calldata values) external {
        bool matches = from.length == to.length && to.length == values.length;
        Faults.stop(uint256(0).when(!matches, R.LengthMismatch.selector));
        for (uint256 i; i < values.length; ++i) {
            _moveValue(by, from[i], to[i], values[i], false);
        }
        // Receivers are asked when all is moved.
        for (uint256 i; i < values.length; ++i) {
            Faults.stop(_asked(0, receipts[to[i]].owner));
        }
    }

    function split(address by, uint256 id, uint256[] calldata units) external {
        address owner = receipts[id].owner;
        Faults.stop(uint256(0).when(owner == address(0), NONEXISTENT));
        for (uint256 i; i < units.length; ++i) {
            _moveToNew(by, id, owner, units[i], false);
        }
        if (units.length != 0) Faults.stop(_asked(0, owner));
    }

    function merge(address by, uint256[] calldata ids, uint256 into) external {
        address owner = receipts[into].owner;
        Faults.stop(uint256(0).when(owner == address(0), NONEXISTENT));
        for (uint256 i; i < ids.length; ++i) {
            Receipt storage r = receipts[ids[i]];
            uint256 faults = uint256(0).when(r.owner == address(0), NONEXISTENT);
            faults = faults.when(r.owner != owner, R.OwnerMismatch.selector);
            Faults.stop(faults.when(!_may(by, ids[i]), IERC721Errors.ERC721InsufficientApproval.selector));
            _moveValue(by, ids[i], into, r.units, false);
            _end(ids[i]);
        }
    }

    // --- Approvals ---------------------------------------------------------------------------------------------------

    function approveValue(address by, uint256 id, address operator, uint256 value) external {
        Receipt storage r = receipts[id];
        uint256 faults = uint256(0).when(r.owner == address(0), NONEXISTENT);
        faults = faults.when(!_may(by, id), IERC721Errors.ERC721InvalidApprover.selector);
        Faults.stop(faults.when(operator == r.owner, IERC721Errors.ERC721InvalidOperator.selector));
        allowed[id][r.round][operator] = value;
    }

    function approveWhole(address by, address to, uint256 id) external {
        Receipt storage r = receipts[id];
        uint256 faults = uint256(0).when(r.owner == address(0), NONEXISTENT);
        bool may = by == r.owner || operators[r.owner][by];
        Faults.stop(faults.when(!may, IERC721Errors.ERC721InvalidApprover.selector));
        r.approved = to;
    }

    function setOperator(address by, address operator, bool on) external {
        Faults.stop(uint256(0).when(operator == address(0), IERC721Errors.ERC721InvalidOperator.selector));
        operators[by][operator] = on;
    }

    function permit(address spender, uint256 id, uint256 deadline, bool valid) external {
        address owner = receipts[id].owner;
        uint256 faults = uint256(0).when(block.timestamp > deadline, R.PermitExpired.selector);
        faults = faults.when(owner == address(0), NONEXISTENT);
        Faults.stop(faults.when(!valid, R.PermitInvalid.selector));
        nonces[owner] += 1;
        receipts[id].approved = spender;
    }
}
