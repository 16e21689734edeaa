// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Governed} from "../../src/Governed.sol";
import {IComputeReceipt} from "../../src/interfaces/IComputeReceipt.sol";
import {Collection, ISpv, Receivable, State} from "../../src/interfaces/ISpv.sol";
import {Period} from "../../src/libraries/Waterfall.sol";
import {OfferingHandler} from "./OfferingHandler.sol";
import {OfferingModel} from "./OfferingModel.sol";
import {RecordModel} from "./RecordModel.sol";
import {SpvModel} from "./SpvModel.sol";

/// @notice What the servicer, holders and strangers do while SPVs run, in any order.
abstract contract SpvHandler is OfferingHandler {
    /// @dev The first series has one distribution behind it, of which nobody is paid yet.
    constructor() {
        _distribute(1, false);
    }

    // --- While it runs -----------------------------------------------------------------------------------------------

    function _servicer() private returns (address) {
        return _once(8) ? _person() : servicer;
    }

    function collect(uint256 seed) external action(seed) {
        uint256 slot_ = _slot();
        Collection[] memory items = new Collection[](1 + _pick(2));
        for (uint256 i; i < items.length; ++i) {
            bytes32 id = _once(32) ? bytes32(0) : _pool[slot_][_pick(12)];
            uint256 kind = _pick(8);
            items[i] = Collection(id, kind < 4 ? RENT : kind < 7 ? uint64(_pick(2 * RENT)) : uint64(_pick(1 << 40)));
            if (_once(32)) items[i].amount = 0;
        }
        _collect(slot_, _servicer(), items);
    }

    function _collect(uint256 slot_, address by, Collection[] memory items) private {
        bytes memory data = abi.encodeCall(ISpv.collect, (items));
        _spv(slot_, by, data, abi.encodeCall(SpvModel.collect, (slot_, by, items)));
        _checkCash(servicer);
    }

    /// @dev The days of the next distribution.
    function _next(uint256 slot_) private view returns (Period memory period) {
        OfferingModel.Spv memory s = model.spvOf(slot_);
        if (s.period < s.periods) period = _spvAt[slot_].periodAt(s.period);
    }

    function fixRecord(uint256 seed) external action(seed) {
        uint256 slot_ = _slot();
        if (!_once(4)) _jump(_next(slot_).recordDay);
        _fixRecord(slot_, _once(2) ? servicer : _person());
    }

    function _fixRecord(uint256 slot_, address by) private {
        bytes memory data = abi.encodeCall(ISpv.fixRecord, ());
        (bool ok,) = _spv(slot_, by, data, abi.encodeCall(SpvModel.fixRecord, (slot_, by)));
        if (ok) _checkSeries(slot_);
    }

    function fund(uint256 seed) external action(seed) {
        uint256 slot_ = _slot();
        if (!_once(4)) _jump(_next(slot_).paymentDay + (_once(4) ? 10 : 0));
        _fund(slot_, _once(2) ? servicer : _person());
    }

    function _fund(uint256 slot_, address by) private {
        uint256 epoch = model.spvOf(slot_).epochs;
        ISpv real = _spvAt[slot_];
        bytes memory data = abi.encodeCall(ISpv.fund, ());
        (bool ok,) = _act(by, address(real), data, abi.encodeCall(SpvModel.fund, (slot_, by)));
        if (!ok) return;
        uint256 amount = real.epochAt(epoch).amount + real.epochAt(epoch + 1).amount;
        try model.funded(slot_, real.accounts(), real.status().state, amount) {}
        catch Error(string memory reason) {
            _break(reason);
        }
        for (uint256 i = epoch; i < model.spvOf(slot_).epochs; ++i) {
            _checkPot(slot_, i);
        }
        _checkSpv(slot_);
        _checkSeries(slot_);
    }

    /// @dev A whole distribution, as a rule of all rents of the period, in time.
    function distribute(uint256 seed) external action(seed) {
        uint256 slot_ = _slot();
        _distribute(slot_, _once(4));
        if (_state(slot_) == State.Matured && !_once(4)) _force(_id(slot_));
    }

    function _distribute(uint256 slot_, bool dry) private {
        OfferingModel.Spv memory s = model.spvOf(slot_);
        uint256 count = 12 / s.periods;
        if (!dry && s.state != State.Offering && s.state != State.Failed) {
            Collection[] memory items = new Collection[](count);
            for (uint256 i; i < count; ++i) {
                items[i] = Collection(_pool[slot_][(s.period * count + i) % 12], RENT + uint64(_pick(RENT / 4)));
            }
            _collect(slot_, servicer, items);
        }
        Period memory period = _next(slot_);
        _jump(period.recordDay);
        _fixRecord(slot_, servicer);
        _jump(period.paymentDay);
        _fund(slot_, servicer);
    }

    // --- Payments ----------------------------------------------------------------------------------------------------

    function pay(uint256 seed) external action(seed) {
        uint256 slot_ = _slot();
        uint256 epochs = model.spvOf(slot_).epochs;
        if (epochs == 0 || _once(16)) ++epochs;
        _pay(slot_, _pick(epochs), _some(slot_, 10));
    }

    /// @dev What is left of each epoch, in turn.
    function payAll(uint256 seed) external action(seed) {
        uint256 slot_ = _slot();
        uint256 serial = uint64(model.lastId(slot_));
        uint256[] memory list = new uint256[](serial < 40 ? serial : 40);
        uint256 first = serial < 40 ? 0 : _pick(serial);
        for (uint256 i; i < list.length; ++i) {
            list[i] = (slot_ << 64) | (1 + (first + i) % serial);
        }
        for (uint256 epoch; epoch < model.spvOf(slot_).epochs; ++epoch) {
            _pay(slot_, epoch, list);
        }
    }

    function _pay(uint256 slot_, uint256 epoch, uint256[] memory list) private {
        bytes memory data = abi.encodeCall(ISpv.pay, (epoch, list));
        (bool ok, bytes memory said) = _spv(slot_, _person(), data, abi.encodeCall(SpvModel.pay, (slot_, epoch, list)));
        if (!ok) return;
        _hold(_answered == uint256(bytes32(said)), "another total");
        (, RecordModel.Run[] memory runs) = abi.decode(said, (uint256, RecordModel.Run[]));
        for (uint256 i; i < runs.length; ++i) {
            _checkCash(runs[i].holder);
        }
        for (uint256 i; i < list.length; ++i) {
            _checkKept(list[i], epoch);
        }
        _checkReceipts(list);
        _checkPot(slot_, epoch);
    }

    function _claim(uint256 id) internal override {
        uint256 epochs = model.spvOf(id >> 64).epochs;
        if (epochs != 0) _pay(id >> 64, _pick(epochs), _ids(id));
    }

    /// @dev Again at once, as a rule: that is too late.
    function closeEpoch(uint256 seed) external action(seed) {
        uint256 slot_ = _slot();
        uint256 epoch = _pick(model.spvOf(slot_).epochs + 1);
        if (_once(4)) _jump(model.potOf(slot_, epoch).expiryDay + _pick(3));
        if (_close(slot_, epoch) && !_once(4)) _close(slot_, epoch);
    }

    function _close(uint256 slot_, uint256 epoch) private returns (bool ok) {
        bytes memory data = abi.encodeCall(ISpv.close, (epoch));
        (ok,) = _spv(slot_, _person(), data, abi.encodeCall(SpvModel.close, (slot_, epoch)));
        if (!ok) return false;
        _checkPot(slot_, epoch);
        _checkCash(unclaimedTo);
    }

    function payFees(uint256 seed) external action(seed) {
        uint256 slot_ = _slot();
        _spv(slot_, _person(), abi.encodeCall(ISpv.payFees, ()), abi.encodeCall(SpvModel.payFees, (slot_)));
        _checkCash(feeRecipient);
    }

    function payResidual(uint256 seed) external action(seed) {
        uint256 slot_ = _slot();
        _spv(slot_, _person(), abi.encodeCall(ISpv.payResidual, ()), abi.encodeCall(SpvModel.payResidual, (slot_)));
        _checkCash(originator);
    }

    function sweep(uint256 seed) external action(seed) {
        uint256 slot_ = _slot();
        _spv(slot_, _person(), abi.encodeCall(ISpv.sweep, ()), abi.encodeCall(SpvModel.sweep, (slot_)));
    }

    /// @dev Somebody sends an SPV cash that it knows nothing of.
    function donate(uint256 seed) external action(seed) {
        (uint256 slot_, uint256 value) = (_slot(), _pick(1e12));
        cash.mint(address(_spvAt[slot_]), value);
        _donated[slot_] += value;
        ++done[msg.sig];
        _checkSpv(slot_);
    }

    // --- Time and strangers ------------------------------------------------------------------------------------------

    function pass(uint256 seed) external action(seed) {
        if (_once(2)) _later(_pick(1 days));
        else if (_once(2)) _jump(_spvAt[1].today() + _pick(20));
        else _jump(_once(2) ? _next(_slot()).recordDay : _next(_slot()).paymentDay + _pick(12));
        ++done[msg.sig];
    }

    /// @dev What is for the issuer or the factory is for nobody else.
    function trespass(uint256 seed) external action(seed) {
        (uint256 slot_, uint256 kind) = (_slot(), _pick(8));
        uint256[] memory list = _ids(_id(slot_));
        bytes memory data;
        if (kind == 0) data = abi.encodeCall(IComputeReceipt.issue, (slot_, alice, 1));
        if (kind == 1) data = abi.encodeCall(IComputeReceipt.unlock, (slot_));
        if (kind == 2) data = abi.encodeCall(IComputeReceipt.fixRecord, (slot_, _once(2)));
        if (kind == 3) data = abi.encodeCall(IComputeReceipt.tally, (0, list));
        if (kind == 4) data = abi.encodeCall(IComputeReceipt.destroy, (slot_, list));
        if (kind == 5) data = abi.encodeCall(ISpv.initialize, (uint64(slot_), new Period[](0)));
        if (kind == 6) data = abi.encodeCall(ISpv.book, (new Receivable[](0)));
        if (kind == 7) data = abi.encodeCall(ISpv.offer, (1));
        address target = kind < 5 ? address(receipts) : address(_spvAt[slot_]);
        // `tally` names no series: its receipts do, now and then of the other one.
        uint256 asked = kind == 3 ? list[0] >> 64 : slot_;
        address by = _once(4) ? address(_spvAt[3 - asked]) : _person();
        vm.prank(by);
        (bool ok, bytes memory answer) = target.call(data);
        bytes4 reason = kind < 5 ? IComputeReceipt.NotIssuer.selector : Governed.Unauthorized.selector;
        _hold(!ok && bytes4(answer) == reason, "a stranger did it");
        ++done[msg.sig];
    }
}
