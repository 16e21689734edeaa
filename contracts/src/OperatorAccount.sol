// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {Governed} from "./Governed.sol";
import {Call, IOperatorAccount, Operation} from "./interfaces/IOperatorAccount.sol";

/// @title The administrator's account: every operation at most once
/// @dev What it guarantees and trusts is said in `IOperatorAccount`.
contract OperatorAccount is IOperatorAccount, Governed {
    using BitMaps for BitMaps.BitMap;

    BitMaps.BitMap private _executed;

    constructor(IAccessManager authority_) Governed(authority_) {}

    /// @inheritdoc IOperatorAccount
    function execute(Operation calldata operation) external returns (bytes[] memory) {
        if (_executed.get(operation.id)) revert AlreadyExecuted(operation.id);
        return _execute(msg.sender, operation);
    }

    /// @inheritdoc IOperatorAccount
    function executeMany(Operation[] calldata operations) external returns (uint256 done) {
        for (uint256 i; i < operations.length; ++i) {
            uint256 id = operations[i].id;
            if (_executed.get(id)) {
                emit OperationSkipped(id, msg.sender);
                continue;
            }
            try this.executeFor(msg.sender, operations[i]) {
                ++done;
            } catch (bytes memory reason) {
                emit OperationFailed(id, msg.sender, reason);
            }
        }
    }

    /// @notice One of many operations, so that it can fail alone. Only the account itself.
    function executeFor(address key, Operation calldata operation) external {
        if (msg.sender != address(this)) revert NotSelf(msg.sender);
        _execute(key, operation);
    }

    /// @dev The id is used up before anything is called.
    function _execute(address key, Operation calldata operation) private returns (bytes[] memory results) {
        if (operation.calls.length == 0) revert NoCalls(operation.id);
        _executed.set(operation.id);
        results = new bytes[](operation.calls.length);
        for (uint256 i; i < operation.calls.length; ++i) {
            Call calldata call = operation.calls[i];
            if (call.target.code.length == 0) revert NoCode(call.target);
            (bool allowed,) = authority.canCall(key, call.target, bytes4(call.data));
            if (!allowed) revert KeyNotAllowed(key, call.target, bytes4(call.data));
            results[i] = Address.functionCall(call.target, call.data);
        }
        emit OperationExecuted(operation.id, key);
    }

    /// @inheritdoc IOperatorAccount
    function isExecuted(uint256 id) external view returns (bool) {
        return _executed.get(id);
    }

    /// @inheritdoc IOperatorAccount
    function executedWord(uint256 index) external view returns (uint256) {
        return _executed._data[index];
    }
}
