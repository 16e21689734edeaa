// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The cheatcodes of forge that these tests use.
/// @dev Checks are not `view` on purpose: then a test is never asked to be.
interface Vm {
    struct Gas {
        uint64 gasLimit;
        uint64 gasTotalUsed;
        uint64 gasMemoryUsed;
        int64 gasRefunded;
        uint64 gasRemaining;
    }

    function lastCallGas() external view returns (Gas memory gas);
    function snapshotState() external returns (uint256 id);
    function revertToState(uint256 id) external returns (bool);
    function store(address account, bytes32 place, bytes32 word) external;
    function record() external;
    function accesses(address account) external returns (bytes32[] memory reads, bytes32[] memory writes);
    function prank(address sender) external;
    function startPrank(address sender) external;
    function stopPrank() external;
    function warp(uint256 timestamp) external;
    function roll(uint256 block_) external;
    function chainId(uint256 id) external;
    function assume(bool holds) external pure;

    function expectRevert() external;
    function expectRevert(bytes4 selector) external;
    function expectRevert(bytes calldata data) external;
    function expectPartialRevert(bytes4 selector) external;
    function expectEmit(address emitter) external;
    function expectEmit(address emitter, uint64 times) external;

    function addr(uint256 key) external pure returns (address);
    function sign(uint256 key, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function computeCreateAddress(address deployer, uint256 nonce) external pure returns (address);
    function getNonce(address account) external view returns (uint64);
    function getCode(string calldata artifact) external view returns (bytes memory);
    function toString(uint256 value) external pure returns (string memory);

    function assertTrue(bool holds, string calldata note) external;
    function assertEq(uint256 left, uint256 right) external;
    function assertEq(uint256 left, uint256 right, string calldata note) external;
    function assertEq(address left, address right) external;
    function assertEq(bytes32 left, bytes32 right) external;
    function assertEq(bytes calldata left, bytes calldata right) external;
    function assertLe(uint256 left, uint256 right, string calldata note) external;
    function assertGe(uint256 left, uint256 right, string calldata note) external;
}
