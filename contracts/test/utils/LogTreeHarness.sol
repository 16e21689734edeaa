// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LogTree} from "../../src/libraries/LogTree.sol";

/// @notice The library's functions from outside; made from its artifact, so that the code is the deployed one.
contract LogTreeHarness {
    function leafHash(bytes memory data) external pure returns (bytes32 hash, bytes memory same) {
        return (LogTree.leafHash(data), data);
    }

    function node(bytes32 left, bytes32 right) external pure returns (bytes32) {
        return LogTree.node(left, right);
    }

    function rootOfRange(bytes32[] memory leaves) external pure returns (bytes32) {
        return LogTree.rootOfRange(leaves);
    }

    function rootFromInclusion(bytes32 leaf, uint256 index, uint256 size, bytes32[] calldata path)
        external
        pure
        returns (bytes32)
    {
        return LogTree.rootFromInclusion(leaf, index, size, path);
    }

    function tryRootFromInclusion(bytes32 leaf, uint256 index, uint256 size, bytes32[] calldata path)
        external
        pure
        returns (bool fits, bytes32 root)
    {
        return LogTree.tryRootFromInclusion(leaf, index, size, path);
    }

    function checkConsistency(
        uint256 oldSize,
        bytes32 oldRoot,
        uint256 newSize,
        bytes32 newRoot,
        bytes32[] calldata proof
    ) external pure {
        LogTree.checkConsistency(oldSize, oldRoot, newSize, newRoot, proof);
    }
}
