// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Call, IOperatorAccount, Operation} from "../src/interfaces/IOperatorAccount.sol";
import {SettlementCash} from "../src/SettlementCash.sol";
import {Fixture} from "./utils/Fixture.sol";

/// @notice Operations of a few ids, tried again and again by keys that may and keys that may not, alone and in lists.
contract OperatorHandler is Fixture {
    uint256 public constant IDS = 12;

    address[3] private _senders = [administrator, compliance, stranger];

    /// @notice The id of the operation that went through, by what it minted: 2^id.
    mapping(uint256 id => uint256) public ran;
    string public broken;
    uint256 public refusals;

    constructor() {
        setUp();
        authority.grantRole(ADMINISTRATOR, address(operator), 0);
        _open(address(cash), ADMINISTRATOR, SettlementCash.mint.selector);
    }

    /// @dev Ids of two words of the bitmap, and the last one.
    function idAt(uint256 i) public pure returns (uint256) {
        return i == IDS - 1 ? type(uint256).max : 250 + i;
    }

    /// @dev Mints 2^i for the ids that it is in; one call more may fail, or there may be none.
    function _operation(uint256 i, uint256 kind) private view returns (Operation memory made) {
        made.id = idAt(i);
        made.calls = new Call[](kind == 0 ? 0 : kind == 1 ? 2 : 1);
        if (kind == 0) return made;
        made.calls[0] = Call(address(cash), abi.encodeCall(SettlementCash.mint, (dave, 1 << (16 * i))));
        if (kind == 1) made.calls[1] = Call(address(cash), abi.encodeCall(SettlementCash.mint, (address(0), 1)));
    }

    /// @dev Whether it goes through now, as it must.
    function _goes(address key, uint256 i, uint256 kind) private returns (bool goes) {
        goes = key == administrator && kind > 1 && ran[i] == 0;
        if (goes) ran[i] = 1;
        else ++refusals;
    }

    function execute(uint256 who, uint256 i, uint256 kind) external {
        (address key, uint256 op) = (_senders[who % 3], i % IDS);
        bool goes = _goes(key, op, kind % 4);
        Operation memory operation = _operation(op, kind % 4);
        vm.prank(key);
        try operator.execute(operation) {
            if (!goes) broken = "executed";
        } catch (bytes memory reason) {
            if (goes) broken = "refused";
            bool again = bytes4(reason) == IOperatorAccount.AlreadyExecuted.selector;
            if (again != operator.isExecuted(idAt(op))) broken = "refused for another reason";
        }
        _check();
    }

    function executeMany(uint256 who, uint8[5] calldata picks) external {
        address key = _senders[who % 3];
        Operation[] memory operations = new Operation[](5);
        uint256 expected;
        for (uint256 i; i < 5; ++i) {
            (uint256 op, uint256 kind) = ((picks[i] & 15) % IDS, (picks[i] >> 4) % 4);
            operations[i] = _operation(op, kind);
            if (_goes(key, op, kind)) ++expected;
        }
        vm.prank(key);
        if (operator.executeMany(operations) != expected) broken = "another count";
        _check();
    }

    /// @dev Each operation that went through minted its own bit, once.
    function _check() private {
        uint256 minted;
        for (uint256 i; i < IDS; ++i) {
            if (ran[i] != 0) minted += 1 << (16 * i);
            if (operator.isExecuted(idAt(i)) != (ran[i] != 0)) broken = "another id";
        }
        if (cash.balanceOf(dave) != minted) broken = "not once";
    }
}

/// @notice Whatever is tried by whom: an operation goes through at most once, and only by a key that may.
contract OperatorInvariantTest is Fixture {
    OperatorHandler internal handler;

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function setUp() public override {
        handler = new OperatorHandler();
    }

    function targetContracts() external view returns (address[] memory) {
        return _holders(address(handler));
    }

    function targetSelectors() external view returns (FuzzSelector[] memory list) {
        list = new FuzzSelector[](1);
        list[0] = FuzzSelector(address(handler), new bytes4[](2));
        (list[0].selectors[0], list[0].selectors[1]) = (handler.execute.selector, handler.executeMany.selector);
    }

    /// @dev The invariant would hold of a handler that gets nothing done, too.
    function testTheHandlerGetsThingsDone() external {
        handler.execute(0, 3, 2);
        handler.execute(0, 3, 2); // again
        handler.execute(2, 4, 2); // who may not
        handler.execute(0, 5, 1); // fails
        handler.executeMany(0, [uint8(0x23), 0x24, 0x24, 0x05, 0x15]);
        vm.assertEq(handler.ran(3) + handler.ran(4), 2);
        vm.assertEq(handler.ran(5), 0);
        vm.assertEq(handler.refusals(), 7);
        vm.assertTrue(bytes(handler.broken()).length == 0, handler.broken());
    }

    /// forge-config: default.invariant.fail-on-revert = true
    function invariantOnce() external {
        vm.assertTrue(bytes(handler.broken()).length == 0, handler.broken());
    }
}
