// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The cheatcodes of halmos that these proofs use.
interface Svm {
    /// @dev `pure`, so that a pure function can ask for a number; each call gives another one.
    function createUint256(string calldata name) external pure returns (uint256 any);
    function enableSymbolicStorage(address account) external;
}
