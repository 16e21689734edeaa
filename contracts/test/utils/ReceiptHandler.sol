// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IComputeReceipt, SeriesLabel} from "../../src/interfaces/IComputeReceipt.sol";
import {IEligibility} from "../../src/interfaces/IEligibility.sol";
import {ReceiptModel} from "./ReceiptModel.sol";
import {RecordModel} from "./RecordModel.sol";
import {HandlerBase} from "./HandlerBase.sol";

/// @notice What holders, operators, strangers, compliance and guardian do to receipts.
abstract contract ReceiptHandler is HandlerBase {
    bytes32 private constant PERMIT =
        keccak256("Permit(address owner,address spender,uint256 tokenId,uint256 nonce,uint256 deadline)");

    function _receipts(address by, bytes memory data, bytes memory modelled) internal returns (bool ok) {
        (ok,) = _act(by, address(receipts), data, modelled);
    }

    // --- Holders -----------------------------------------------------------------------------------------------------

    function transferValue(uint256 seed) external action(seed) {
        uint256 slot_ = _slot();
        (uint256 from, uint256 to) = (_id(slot_), _id(slot_));
        (address by, uint256 value) = (_by(from), _value(from));
        bytes memory data = abi.encodeWithSignature("transferFrom(uint256,uint256,uint256)", from, to, value);
        if (_receipts(by, data, abi.encodeCall(ReceiptModel.moveValue, (by, from, to, value)))) {
            _checkReceipts(_ids(from, to));
        }
    }

    function transferToNew(uint256 seed) external action(seed) {
        uint256 from = _id(_slot());
        (address by, uint256 value) = (_by(from), _value(from));
        address to = _once(32) ? address(0) : _person();
        bytes memory data = abi.encodeWithSignature("transferFrom(uint256,address,uint256)", from, to, value);
        if (_receipts(by, data, abi.encodeCall(ReceiptModel.moveToNew, (by, from, to, value)))) {
            _checkNew(from);
        }
    }

    function _checkNew(uint256 from) private {
        uint256 id = model.lastId(from >> 64);
        _hold(_answered == id, "another id");
        _checkReceipts(_ids(from, id));
    }

    function transferWhole(uint256 seed) external action(seed) {
        uint256 id = _id(_slot());
        address from = _once(16) ? _person() : _ownerOf(id);
        address to = _once(32) ? address(0) : _person();
        bytes memory data = abi.encodeWithSignature("transferFrom(address,address,uint256)", from, to, id);
        _whole(_by(id), from, to, id, data, false);
    }

    /// @dev The receivers accept without data only, and `Plain` not at all.
    function safeTransfer(uint256 seed) external action(seed) {
        uint256 id = _id(_slot());
        address from = _ownerOf(id);
        address to = _once(2) ? _person() : _people[5 + _pick(3)];
        bytes memory note = _once(4) ? bytes("note") : bytes("");
        bytes memory data = _once(2) && note.length == 0
            ? abi.encodeWithSignature("safeTransferFrom(address,address,uint256)", from, to, id)
            : abi.encodeWithSignature("safeTransferFrom(address,address,uint256,bytes)", from, to, id, note);
        bool says = to.code.length != 0 && (to == _people[7] || note.length != 0);
        _whole(_by(id), from, to, id, data, says);
    }

    function _whole(address by, address from, address to, uint256 id, bytes memory data, bool says) private {
        if (!_receipts(by, data, abi.encodeCall(ReceiptModel.moveWhole, (by, from, to, id, says)))) return;
        _checkReceipts(_ids(id));
        _checkHolder(from);
    }

    function transferBatch(uint256 seed) external action(seed) {
        uint256 slot_ = _slot();
        uint256[] memory from = _ids(_id(slot_), 0);
        from[1] = _once(3) ? from[0] : _mate(from[0]);
        uint256[] memory to = _ids(_id(slot_), _once(4) ? from[0] : _id(slot_));
        uint256[] memory values = _ids(_value(from[0]), _value(from[1]) / 2);
        if (_once(16)) values = _ids(1);
        address by = _by(from[0]);
        bytes memory data = abi.encodeCall(IComputeReceipt.transferBatch, (from, to, values));
        if (!_receipts(by, data, abi.encodeCall(ReceiptModel.moveBatch, (by, from, to, values)))) return;
        _checkReceipts(from);
        _checkReceipts(to);
    }

    function split(uint256 seed) external action(seed) {
        uint256 id = _id(_slot());
        address by = _by(id);
        uint256[] memory units = _once(4) ? _ids(_value(id)) : _ids(_value(id) / 2, _value(id) / 2);
        bytes memory data = abi.encodeCall(IComputeReceipt.split, (id, units));
        if (!_receipts(by, data, abi.encodeCall(ReceiptModel.split, (by, id, units)))) return;
        _checkReceipts(_ids(id, model.lastId(id >> 64)));
    }

    function merge(uint256 seed) external action(seed) {
        uint256 slot_ = _slot();
        uint256 into = _id(slot_);
        uint256[] memory list = _ids(_mate(into), _mate(into));
        if (_once(2)) list = _ids(list[0]);
        address by = _by(into);
        bytes memory data = abi.encodeCall(IComputeReceipt.merge, (list, into));
        if (!_receipts(by, data, abi.encodeCall(ReceiptModel.merge, (by, list, into)))) return;
        _checkReceipts(list);
        _checkReceipts(_ids(into));
    }

    /// @dev Another receipt of the same owner, if one of a few is.
    function _mate(uint256 id) private returns (uint256 mate) {
        uint256 last = uint64(model.lastId(id >> 64));
        uint256 from = _pick(last + 1);
        for (uint256 i; i < 16; ++i) {
            mate = (id >> 64 << 64) | (1 + (from + i) % (last == 0 ? 1 : last));
            if (mate != id && _ownerOf(mate) == _ownerOf(id)) break;
        }
    }

    // --- Approvals ---------------------------------------------------------------------------------------------------

    function approveValue(uint256 seed) external action(seed) {
        uint256 id = _id(_slot());
        (address by, address to) = (_by(id), _person());
        uint256 value = _once(4) ? type(uint256).max : _value(id);
        bytes memory data = abi.encodeWithSignature("approve(uint256,address,uint256)", id, to, value);
        if (!_receipts(by, data, abi.encodeCall(ReceiptModel.approveValue, (by, id, to, value)))) return;
        _hold(receipts.allowance(id, to) == value, "another allowance");
        _spend(id, to);
    }

    /// @dev The owner passes the receipt on, which ends what others were allowed.
    function _passOn(uint256 id, address allowed) private {
        (address from, address to) = (_ownerOf(id), _people[_pick(3)]);
        if (from == address(0)) return;
        bytes memory data = abi.encodeWithSignature("transferFrom(address,address,uint256)", from, to, id);
        _whole(from, from, to, id, data, false);
        (,,,, address approved, uint256 round) = model.receipts(id);
        _hold(receipts.getApproved(id) == approved, "another approval");
        _hold(receipts.allowance(id, allowed) == model.allowed(id, round, allowed), "another allowance");
    }

    /// @dev Who was allowed to uses it, as a rule.
    function _spend(uint256 id, address by) private {
        if (_once(3)) return _passOn(id, by);
        (uint256 to, uint256 value) = (_id(id >> 64), _value(id));
        bytes memory data = abi.encodeWithSignature("transferFrom(uint256,uint256,uint256)", id, to, value);
        if (!_receipts(by, data, abi.encodeCall(ReceiptModel.moveValue, (by, id, to, value)))) return;
        _checkReceipts(_ids(id, to));
        (,,,,, uint256 round) = model.receipts(id);
        _hold(receipts.allowance(id, by) == model.allowed(id, round, by), "another allowance");
    }

    function approveWhole(uint256 seed) external action(seed) {
        uint256 id = _id(_slot());
        (address by, address to) = (_by(id), _once(8) ? address(0) : _person());
        bytes memory data = abi.encodeWithSignature("approve(address,uint256)", to, id);
        if (!_receipts(by, data, abi.encodeCall(ReceiptModel.approveWhole, (by, to, id)))) return;
        _hold(receipts.getApproved(id) == to, "another approval");
        if (to != address(0)) _spend(id, to);
    }

    function setOperator(uint256 seed) external action(seed) {
        uint256 id = _id(_slot());
        (address by, address to, bool on) = (_by(id), _once(16) ? address(0) : _person(), _once(2));
        bytes memory data = abi.encodeWithSignature("setApprovalForAll(address,bool)", to, on);
        if (!_receipts(by, data, abi.encodeCall(ReceiptModel.setOperator, (by, to, on)))) return;
        _hold(receipts.isApprovedForAll(by, to) == on, "another operator");
        _spend(id, to);
    }

    function permit(uint256 seed) external action(seed) {
        uint256 id = _id(_slot());
        for (uint256 i; i < 4 && _keyOf[_ownerOf(id)] == 0; ++i) {
            id = _id(id >> 64);
        }
        (address owner, address spender) = (_ownerOf(id), _person());
        uint256 key = _once(8) || _keyOf[owner] == 0 ? AGENT_KEY : _keyOf[owner];
        uint256 nonce = model.nonces(owner) + (_once(8) ? 1 : 0);
        uint256 deadline = block.timestamp - (_once(8) ? 1 : 0);
        bytes memory content = abi.encode(PERMIT, owner, spender, id, nonce, deadline);
        bytes memory signature = _signed(key, _digest(_domain("Compute Receipt", address(receipts)), content));
        bool valid = key == _keyOf[owner] && nonce == model.nonces(owner);
        bytes memory data = abi.encodeCall(IComputeReceipt.permit, (spender, id, deadline, signature));
        if (!_receipts(_person(), data, abi.encodeCall(ReceiptModel.permit, (spender, id, deadline, valid)))) return;
        _hold(receipts.getApproved(id) == spender, "another approval");
        _hold(receipts.nonces(owner) == model.nonces(owner), "another nonce");
        _spend(id, spender);
    }

    // --- Compliance and guardian -------------------------------------------------------------------------------------

    function _officer(address officer) private returns (address) {
        return _once(16) ? _person() : officer;
    }

    /// @dev As a rule not for long.
    function setReceiptFrozen(uint256 seed) external action(seed) {
        uint256 slot_ = _slot();
        uint256[] memory list = _ids(_id(slot_), _id(slot_));
        bool on = _once(2);
        if (!_freeze(list, on) || !on) return;
        _knock(list[0]);
        if (!_once(4)) _freeze(list, false);
    }

    function _freeze(uint256[] memory list, bool on) private returns (bool ok) {
        address by = _officer(compliance);
        bytes memory data = abi.encodeCall(IComputeReceipt.setReceiptFrozen, (list, on, ""));
        ok = _receipts(by, data, abi.encodeCall(RecordModel.setReceiptsFrozen, (by, list, on)));
        if (ok) _checkReceipts(list);
    }

    /// @dev The owner of a frozen receipt moves something into it, and wants to be paid.
    function _knock(uint256 id) private {
        uint256 from = _mate(id);
        (address by, uint256 value) = (_ownerOf(from), _pick(3));
        bytes memory data = abi.encodeWithSignature("transferFrom(uint256,uint256,uint256)", from, id, value);
        if (by != address(0)) _receipts(by, data, abi.encodeCall(ReceiptModel.moveValue, (by, from, id, value)));
        _claim(id);
    }

    /// @dev Payment for a receipt, of an epoch that is funded.
    function _claim(uint256 id) internal virtual;

    function setHolderFrozen(uint256 seed) external action(seed) {
        (address by, address holder, bool on) = (_officer(compliance), _person(), _once(5));
        bytes memory data = abi.encodeCall(IEligibility.setHolderFrozen, (holder, on, ""));
        if (!_receipts(by, data, abi.encodeCall(RecordModel.setHolderFrozen, (by, holder, on)))) return;
        _checkHolder(holder);
        for (uint256 i = model.lastSlot(); i != 0; --i) {
            _checkSeries(i);
        }
    }

    function setStanding(uint256 seed) external action(seed) {
        (address by, address holder) = (_officer(compliance), _once(16) ? address(0) : _people[_pick(9)]);
        (uint32 classes, uint64 jurisdictions) = _once(10) ? (2, 1) : _once(10) ? (1, 2) : (uint32(1), uint64(1));
        uint40 until = _once(6) ? uint40(block.timestamp + _pick(50 days)) : _once(12) ? 0 : type(uint40).max;
        bytes memory data = abi.encodeCall(IEligibility.setStanding, (holder, classes, jurisdictions, until));
        bytes memory modelled = abi.encodeCall(RecordModel.setStanding, (by, holder, classes, jurisdictions, until));
        if (_receipts(by, data, modelled)) _checkHolder(holder);
    }

    function setRequirement(uint256 seed) external action(seed) {
        (address by, uint256 slot_) = (_officer(compliance), _once(16) ? 99 : _slot());
        uint32 classes = _once(4) ? uint32(_pick(4)) : 1;
        uint64 jurisdictions = _once(8) ? uint64(_pick(4)) : 1;
        bytes memory data = abi.encodeCall(IComputeReceipt.setRequirement, (slot_, classes, jurisdictions));
        bytes memory modelled = abi.encodeCall(RecordModel.setRequirement, (by, slot_, classes, jurisdictions));
        if (_receipts(by, data, modelled)) _checkSeries(slot_);
    }

    function forcedTransfer(uint256 seed) external action(seed) {
        _force(_id(_slot()));
    }

    function _force(uint256 from) internal {
        (address by, address to) = (_officer(compliance), _once(32) ? address(0) : _person());
        uint256 units = _value(from);
        bytes memory data = abi.encodeCall(IComputeReceipt.forcedTransfer, (from, to, units, ""));
        if (!_receipts(by, data, abi.encodeCall(RecordModel.force, (by, from, to, units)))) return;
        _checkNew(from);
    }

    function pause(uint256 seed) external action(seed) {
        (address by, uint256 slot_) = (_officer(guardian), _once(16) ? 99 : _slot());
        bytes memory data = abi.encodeCall(IComputeReceipt.pause, (slot_));
        if (_receipts(by, data, abi.encodeCall(RecordModel.setPaused, (by, slot_, true)))) _checkSeries(slot_);
    }

    function unpause(uint256 seed) external action(seed) {
        (address by, uint256 slot_) = (_officer(administrator), _once(16) ? 99 : _slot());
        bytes memory data = abi.encodeCall(IComputeReceipt.unpause, (slot_));
        if (_receipts(by, data, abi.encodeCall(RecordModel.setPaused, (by, slot_, false)))) _checkSeries(slot_);
    }

    /// @dev Another series, so that there is one that was opened while somebody is frozen.
    function openSeries(uint256 seed) external action(seed) {
        if (model.lastSlot() == MOST_SERIES) return;
        (address by, uint32 classes) = (_officer(maker), _once(8) ? 0 : 1);
        SeriesLabel memory label = SeriesLabel("", "", "", 0);
        bytes memory data = abi.encodeCall(IComputeReceipt.openSeries, (stranger, label, classes, 1));
        if (!_receipts(by, data, abi.encodeCall(RecordModel.open, (by, maker, classes, 1)))) return;
        _checkSeries(model.lastSlot());
    }
}
