// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISpv, State} from "../../src/interfaces/ISpv.sol";
import {OfferingModel} from "./OfferingModel.sol";
import {ReceiptHandler} from "./ReceiptHandler.sol";

/// @notice What investors, the administrator and strangers do while units are sold, and to get their money back.
abstract contract OfferingHandler is ReceiptHandler {
    bytes32 private constant CASH_PERMIT =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    /// @dev The first series is sold and active from the beginning, a part of the second is sold.
    constructor() {
        uint8[6] memory who = [0, 1, 2, 4, 5, 7];
        uint8[6] memory tenths = [3, 2, 2, 1, 1, 1];
        for (uint256 i; i < 6; ++i) {
            _subscribe(1, _people[who[i]], SIZE * tenths[i] / 10);
        }
        _until(ISSUE);
        bytes memory modelled = abi.encodeCall(OfferingModel.activate, (1, administrator));
        _spv(1, administrator, abi.encodeCall(ISpv.activate, ()), modelled);
        _subscribe(2, _people[1], SIZE / 3);
    }

    function _spv(uint256 slot_, address by, bytes memory data, bytes memory modelled)
        internal
        returns (bool ok, bytes memory said)
    {
        (ok, said) = _act(by, address(_spvAt[slot_]), data, modelled);
        if (ok) _checkSpv(slot_);
    }

    function _state(uint256 slot_) internal view returns (State) {
        return model.spvOf(slot_).state;
    }

    // --- The offering ------------------------------------------------------------------------------------------------

    function subscribe(uint256 seed) external action(seed) {
        uint256 slot_ = _once(8) ? 1 : 2;
        _subscribe(slot_, _once(4) ? _person() : _people[_pick(6)], _wanted(slot_));
    }

    function _subscribe(uint256 slot_, address by, uint64 units) private {
        bytes memory data = abi.encodeCall(ISpv.subscribe, (units));
        (bool ok,) = _spv(slot_, by, data, abi.encodeCall(OfferingModel.subscribe, (slot_, by, units, false)));
        if (ok) _subscribed(slot_, by);
    }

    function _subscribed(uint256 slot_, address by) private {
        _checkReceipts(_ids(model.lastId(slot_)));
        _checkCash(by);
    }

    function _wanted(uint256 slot_) private returns (uint64) {
        uint64 left = SIZE - model.spvOf(slot_).sold;
        uint256 kind = _pick(16);
        return kind == 0 ? 0 : kind == 1 ? left + 1 : kind < 5 ? left : uint64(_pick(left + 1));
    }

    function subscribeWithPermit(uint256 seed) external action(seed) {
        uint256 slot_ = _once(8) ? 1 : 2;
        (address by, uint64 units) = (_people[_once(4) ? 0 : 3], _wanted(slot_));
        bool valid = !_once(4);
        uint256 deadline = block.timestamp + 1;
        bytes memory content =
            abi.encode(CASH_PERMIT, by, address(_spvAt[slot_]), uint256(units) * CASH_UNIT, cash.nonces(by), deadline);
        bytes32 digest = _digest(_domain("Local settlement cash", address(cash)), content);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(valid ? _keyOf[by] : AGENT_KEY, digest);
        bytes memory data = abi.encodeCall(ISpv.subscribeWithPermit, (units, deadline, v, r, s));
        (bool ok,) = _spv(slot_, by, data, abi.encodeCall(OfferingModel.subscribe, (slot_, by, units, valid)));
        if (ok) _subscribed(slot_, by);
    }

    function approveCash(uint256 seed) external action(seed) {
        _let(_slot(), _people[_pick(PEOPLE - 1)], !_once(4));
        ++done[msg.sig];
    }

    /// @dev As a rule all is sold first, and it is the day.
    function activate(uint256 seed) external action(seed) {
        uint256 slot_ = _once(8) ? 1 : 2;
        if (_state(slot_) == State.Offering && !_once(3)) {
            if (!_once(3)) _subscribe(slot_, _people[_pick(3)], SIZE - model.spvOf(slot_).sold);
            _until(ISSUE + 135 + _pick(4));
        }
        address by = _once(8) ? _person() : administrator;
        (bool ok,) =
            _spv(slot_, by, abi.encodeCall(ISpv.activate, ()), abi.encodeCall(OfferingModel.activate, (slot_, by)));
        if (ok) _checkCash(originator);
    }

    function cancel(uint256 seed) external action(seed) {
        (uint256 slot_, address by) = (_once(8) ? 1 : 2, _once(2) ? administrator : _person());
        _spv(slot_, by, abi.encodeCall(ISpv.cancel, ()), abi.encodeCall(OfferingModel.cancel, (slot_, by)));
    }

    function fail(uint256 seed) external action(seed) {
        uint256 slot_ = _once(8) ? 1 : 2;
        if (_state(slot_) == State.Offering && _once(8)) _until(ISSUE + (_once(2) ? 131 : 330));
        _spv(slot_, _person(), abi.encodeCall(ISpv.fail, ()), abi.encodeCall(OfferingModel.fail, (slot_)));
    }

    function refund(uint256 seed) external action(seed) {
        uint256 slot_ = _once(8) ? 1 : 2;
        uint256[] memory list = _some(slot_, 8);
        address[] memory owners = _ownersOf(list);
        bytes memory data = abi.encodeCall(ISpv.refund, (list));
        (bool ok,) = _spv(slot_, _person(), data, abi.encodeCall(OfferingModel.refund, (slot_, list)));
        if (!ok) return;
        _checkReceipts(list);
        for (uint256 i; i < list.length; ++i) {
            if (owners[i] != address(0)) _checkCash(owners[i]);
        }
    }

    function _ownersOf(uint256[] memory list) private view returns (address[] memory owners) {
        owners = new address[](list.length);
        for (uint256 i; i < list.length; ++i) {
            owners[i] = _ownerOf(list[i]);
        }
    }

    /// @dev Some receipts side by side, or here and there; now and then some twice, or of another series.
    function _some(uint256 slot_, uint256 most) internal returns (uint256[] memory list) {
        list = new uint256[](_once(32) ? 0 : 1 + _pick(most));
        uint256 last = uint64(model.lastId(slot_)) + 1;
        uint256 first = _pick(last);
        bool scattered = _once(4);
        bool twice = _once(6);
        for (uint256 i; i < list.length; ++i) {
            uint256 place = scattered ? _pick(last) : (first + (twice ? i / 2 : i)) % last;
            list[i] = (slot_ << 64) | (1 + place);
        }
        if (list.length != 0 && _once(16)) list[_pick(list.length)] = ((3 - slot_) << 64) | 1;
    }
}
