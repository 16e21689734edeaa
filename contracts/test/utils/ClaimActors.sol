// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A wallet that takes everything for signed, and vouchers unless it is told to refuse them.
contract Agreeable {
    bool public refuses;
    address private _target;
    bytes private _call;
    bool public entered;

    function setRefuses(bool refuses_) external {
        refuses = refuses_;
    }

    /// @dev It will make this call when it is asked, and keep whether it went through.
    function prepare(address target, bytes calldata call) external {
        (_target, _call) = (target, call);
    }

    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return this.isValidSignature.selector;
    }

    function onERC1155Received(address, address, uint256, uint256, bytes calldata) external returns (bytes4) {
        if (_target != address(0)) {
            (bool success,) = _target.call(_call);
            entered = entered || success;
        }
        return refuses ? bytes4(0) : this.onERC1155Received.selector;
    }
}
