// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IComputeReceipt} from "../src/interfaces/IComputeReceipt.sol";
import {IEligibility} from "../src/interfaces/IEligibility.sol";
import {Call, IOperatorAccount, Operation} from "../src/interfaces/IOperatorAccount.sol";
import {OperatorAccount} from "../src/OperatorAccount.sol";
import {SettlementCash} from "../src/SettlementCash.sol";
import {Fixture} from "./utils/Fixture.sol";

/// @notice The administrator's account: each operation once, each key only what it may, failures on their own.
contract OperatorAccountTest is Fixture {
    event OperationExecuted(uint256 indexed id, address indexed key);
    event OperationFailed(uint256 indexed id, address indexed key, bytes reason);
    event OperationSkipped(uint256 indexed id, address indexed key);

    function setUp() public override {
        super.setUp();
        authority.grantRole(COMPLIANCE, address(operator), 0);
        authority.grantRole(ADMINISTRATOR, address(operator), 0);
        _open(address(cash), ADMINISTRATOR, SettlementCash.mint.selector);
    }

    function _call(address target, bytes memory data) internal pure returns (Call[] memory calls) {
        calls = new Call[](1);
        calls[0] = Call(target, data);
    }

    function _mint(uint256 id, uint256 value) internal view returns (Operation memory) {
        return Operation(id, _call(address(cash), abi.encodeCall(SettlementCash.mint, (dave, value))));
    }

    /// @dev An operation that the receipts refuse: there is no series 99.
    function _refused(uint256 id) internal view returns (Operation memory) {
        return Operation(id, _call(address(receipts), abi.encodeCall(IComputeReceipt.unpause, (99))));
    }

    // --- Once ------------------------------------------------------------------------------------------------------

    function testExecutesOnce() public {
        vm.expectEmit(address(operator));
        emit OperationExecuted(7, administrator);
        vm.prank(administrator);
        bytes[] memory results = operator.execute(_mint(7, 5));
        vm.assertEq(results.length, 1);
        vm.assertEq(cash.balanceOf(dave), 5);
        vm.assertTrue(operator.isExecuted(7), "executed");

        vm.expectRevert(abi.encodeWithSelector(IOperatorAccount.AlreadyExecuted.selector, 7));
        vm.prank(administrator);
        operator.execute(_mint(7, 5));
        vm.assertEq(cash.balanceOf(dave), 5);
    }

    function testOnceForAllKeys() public {
        vm.prank(administrator);
        operator.execute(_mint(7, 5));
        address second = address(0xAD32);
        authority.grantRole(ADMINISTRATOR, second, 0);
        vm.expectRevert(abi.encodeWithSelector(IOperatorAccount.AlreadyExecuted.selector, 7));
        vm.prank(second);
        operator.execute(_mint(7, 5));
    }

    function testRefusalBubblesAndLeavesTheIdFree() public {
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.UnknownSeries.selector, 99));
        vm.prank(administrator);
        operator.execute(_refused(7));
        vm.assertTrue(!operator.isExecuted(7), "free again");
    }

    function testAllCallsOrNone() public {
        Call[] memory calls = new Call[](2);
        calls[0] = _mint(7, 5).calls[0];
        calls[1] = _refused(7).calls[0];
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.UnknownSeries.selector, 99));
        vm.prank(administrator);
        operator.execute(Operation(7, calls));
        vm.assertEq(cash.balanceOf(dave), 0);
    }

    // --- Many ------------------------------------------------------------------------------------------------------

    function testManyStandEachForItself() public {
        vm.prank(administrator);
        operator.execute(_mint(1, 1));

        Operation[] memory operations = new Operation[](4);
        (operations[0], operations[1]) = (_mint(1, 100), _refused(2));
        (operations[2], operations[3]) = (_mint(3, 10), _mint(3, 100)); // the same id twice in one list
        vm.expectEmit(address(operator));
        emit OperationSkipped(1, administrator);
        vm.expectEmit(address(operator));
        emit OperationFailed(2, administrator, abi.encodeWithSelector(IComputeReceipt.UnknownSeries.selector, 99));
        vm.expectEmit(address(operator));
        emit OperationExecuted(3, administrator);
        vm.expectEmit(address(operator));
        emit OperationSkipped(3, administrator);
        vm.prank(administrator);
        uint256 done = operator.executeMany(operations);

        vm.assertEq(done, 1);
        vm.assertEq(cash.balanceOf(dave), 11);
        vm.assertTrue(!operator.isExecuted(2), "a failed one may be tried again");
    }

    // --- Keys ------------------------------------------------------------------------------------------------------

    function testKeyMayOnlyWhatItCouldItself() public {
        bytes4 selector = SettlementCash.mint.selector;
        vm.expectRevert(
            abi.encodeWithSelector(IOperatorAccount.KeyNotAllowed.selector, compliance, address(cash), selector)
        );
        vm.prank(compliance);
        operator.execute(_mint(7, 5));

        Operation[] memory operations = new Operation[](1);
        operations[0] = _mint(7, 5);
        vm.expectEmit(address(operator));
        emit OperationFailed(
            7,
            compliance,
            abi.encodeWithSelector(IOperatorAccount.KeyNotAllowed.selector, compliance, address(cash), selector)
        );
        vm.prank(compliance);
        vm.assertEq(operator.executeMany(operations), 0);

        vm.prank(compliance);
        operator.execute(
            Operation(7, _call(address(receipts), abi.encodeCall(IEligibility.setStanding, (dave, 3, 3, 9))))
        );
        vm.assertEq(receipts.holderOf(dave).classes(), 3);
    }

    function testRevokedKeyIsRefused() public {
        authority.revokeRole(ADMINISTRATOR, administrator);
        vm.expectPartialRevert(IOperatorAccount.KeyNotAllowed.selector);
        vm.prank(administrator);
        operator.execute(_mint(7, 5));
    }

    function testExecuteForIsTheAccountsOwn() public {
        vm.expectRevert(abi.encodeWithSelector(IOperatorAccount.NotSelf.selector, administrator));
        vm.prank(administrator);
        OperatorAccount(address(operator)).executeFor(administrator, _mint(7, 5));
    }

    function testTargetWithoutCode() public {
        vm.expectRevert(abi.encodeWithSelector(IOperatorAccount.NoCode.selector, stranger));
        vm.prank(administrator);
        operator.execute(Operation(7, _call(stranger, "")));
    }

    // --- Bitmap ----------------------------------------------------------------------------------------------------

    function testBitmapBoundaries() public {
        uint256[5] memory ids = [uint256(0), 255, 256, 511, type(uint256).max];
        for (uint256 i; i < ids.length; ++i) {
            vm.prank(administrator);
            operator.execute(_mint(ids[i], 1));
        }
        vm.assertEq(operator.executedWord(0), 1 | (1 << 255));
        vm.assertEq(operator.executedWord(1), 1 | (1 << 255));
        vm.assertEq(operator.executedWord(2), 0);
        vm.assertEq(operator.executedWord(type(uint256).max >> 8), 1 << 255);
        vm.assertTrue(!operator.isExecuted(254) && !operator.isExecuted(257), "neighbours");
    }

    function testFuzzAnyIdOnce(uint256 id) public {
        vm.prank(administrator);
        operator.execute(_mint(id, 1));
        vm.assertEq(operator.executedWord(id >> 8), 1 << (id & 0xff));
        vm.expectRevert(abi.encodeWithSelector(IOperatorAccount.AlreadyExecuted.selector, id));
        vm.prank(administrator);
        operator.execute(_mint(id, 1));
    }

    // --- Left out on purpose ---------------------------------------------------------------------------------------

    /// @dev IOperatorAccount, "Left out on purpose": ERC-1271, the receivers of ERC-721 and ERC-1155, and `payable`.
    function testSignsNothingAndReceivesNothing() public {
        bytes[5] memory calls = [
            bytes(""),
            abi.encodeWithSignature("isValidSignature(bytes32,bytes)", bytes32(0), ""),
            abi.encodeWithSignature("onERC721Received(address,address,uint256,bytes)", alice, alice, 1, ""),
            abi.encodeWithSignature("onERC1155Received(address,address,uint256,uint256,bytes)", alice, alice, 1, 1, ""),
            abi.encodeCall(IOperatorAccount.isExecuted, (1))
        ];
        for (uint256 i; i < 5; ++i) {
            (bool success,) = address(operator).call{value: i % 4 == 0 ? 1 : 0}(calls[i]);
            vm.assertTrue(!success, vm.toString(i));
        }
    }

    // --- What strangers can't do ----------------------------------------------------------------------------------

    /// @dev An operation without calls checks no key: anyone can use up any id, and the payment behind it never happens
    /// while `isExecuted` says that it did.
    function testStrangerUsesUpOperationIds() public {
        vm.prank(stranger);
        try operator.execute(Operation(7, new Call[](0))) {} catch {}
        vm.prank(administrator);
        operator.execute(_mint(7, 5));
        vm.assertEq(cash.balanceOf(dave), 5);
    }

    /// @dev The same through the batch.
    function testStrangerUsesUpOperationIdsInBatch() public {
        Operation[] memory operations = new Operation[](1);
        operations[0] = Operation(7, new Call[](0));
        vm.prank(stranger);
        try operator.executeMany(operations) {} catch {}
        vm.assertTrue(!operator.isExecuted(7), "a stranger uses up no id");
    }
}
