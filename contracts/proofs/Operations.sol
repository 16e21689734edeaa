// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {Call, Operation} from "../src/interfaces/IOperatorAccount.sol";
import {OperatorAccount} from "../src/OperatorAccount.sol";
import {Proof} from "./utils/Proof.sol";
import {Svm} from "./utils/Svm.sol";

/// @notice A manager that lets everyone do everything at once, and a target that takes every call.
contract Permissive {
    function canCall(address, address, bytes4) external pure returns (bool, uint32) {
        return (true, 0);
    }

    fallback() external {}
}

/// @notice The ids of operations: whatever was executed before, an id is used up once, and no other with it.
/// @custom:halmos --panic-error-codes *
contract OperationsProof is Proof {
    Svm private constant svm = Svm(0xF3993A62377BCd56AE39D773740A5390411E8BC9);

    OperatorAccount private _account;
    Permissive private _permissive;

    function setUp() external {
        _permissive = new Permissive();
        _account = new OperatorAccount(IAccessManager(address(_permissive)));
        svm.enableSymbolicStorage(address(_account));
    }

    function _operation(uint256 id) private view returns (Operation memory operation) {
        operation.id = id;
        operation.calls = new Call[](1);
        operation.calls[0] = Call(address(_permissive), hex"12345678");
    }

    function _execute(uint256 id) private returns (bool done) {
        (done,) = address(_account).call(abi.encodeCall(OperatorAccount.execute, (_operation(id))));
    }

    /// @dev An operation is done if and only if its id is free; then the id is used, and never works again. Any id,
    /// after any history.
    function check_idOnce(uint256 id) external {
        bool used = _account.isExecuted(id);
        assert(_execute(id) == !used);
        assert(_account.isExecuted(id));
        assert(!_execute(id));
        assert(_account.isExecuted(id));
    }

    /// @dev Using an id leaves every other as it was. Any two ids, after any history.
    function check_idAlone(uint256 id, uint256 other) external {
        vm.assume(id != other);
        bool used = _account.isExecuted(other);
        _execute(id);
        assert(_account.isExecuted(other) == used);
    }

    /// @dev A word of the bitmap has bit `id % 256` of word `id / 256` for each id, and no word but its own changes.
    /// Any id, any word, after any history.
    function check_idWord(uint256 id, uint256 index) external {
        uint256 word = _account.executedWord(index);
        _execute(id);
        uint256 bit = id / 256 == index ? 1 << (id % 256) : 0;
        assert(_account.executedWord(index) == word | bit);
    }

    /// @dev Of two operations in one call, each is done whose id is free, and two with one id are done once. Any two
    /// ids, after any history.
    function check_idsOfMany(uint256 id, uint256 other) external {
        uint256 free;
        if (!_account.isExecuted(id)) ++free;
        if (id != other && !_account.isExecuted(other)) ++free;
        Operation[] memory both = new Operation[](2);
        (both[0], both[1]) = (_operation(id), _operation(other));
        assert(_account.executeMany(both) == free);
        assert(_account.isExecuted(id));
        assert(_account.isExecuted(other));
    }
}
