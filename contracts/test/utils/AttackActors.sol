// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISpv} from "../../src/interfaces/ISpv.sol";
import {Intruder} from "./VoucherActors.sol";

/// @notice What a cash token does wrong.
enum Trick {
    None,
    KeepsAFee,
    ReturnsFalse,
    ReturnsNothing
}

/// @notice A cash token that can turn bad at any time, and calls back in the middle of a transfer.
contract HostileCash is Intruder {
    mapping(address account => uint256) public balanceOf;
    mapping(address account => bool) public blocked;
    Trick public trick;

    error Blocked(address account);

    function setTrick(Trick trick_) external {
        trick = trick_;
    }

    function setBlocked(address account, bool blocked_) external {
        blocked[account] = blocked_;
    }

    function mint(address to, uint256 value) external {
        balanceOf[to] += value;
    }

    function approve(address, uint256) external pure returns (bool) {
        return true;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        return _move(msg.sender, to, value);
    }

    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        return _move(from, to, value);
    }

    function _move(address from, address to, uint256 value) private returns (bool) {
        if (trick == Trick.ReturnsFalse) return false;
        if (blocked[to]) revert Blocked(to);
        balanceOf[from] -= value;
        balanceOf[to] += trick == Trick.KeepsAFee ? value - 1 : value;
        _intrude();
        if (trick == Trick.ReturnsNothing) {
            assembly ("memory-safe") {
                return(0, 0)
            }
        }
        return true;
    }
}

/// @notice A contract that holds receipts, and does something of its own in the middle of receiving them.
contract HostileReceiver is Intruder {
    uint256 public asked;

    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == 0x01ffc9a7 || id == 0x009ce20b;
    }

    function onERC3525Received(address, uint256, uint256, uint256, bytes calldata) external returns (bytes4) {
        ++asked;
        _intrude();
        return 0x009ce20b;
    }

    function onERC721Received(address, address, uint256, bytes calldata) external returns (bytes4) {
        ++asked;
        _intrude();
        return 0x150b7a02;
    }

    function subscribe(ISpv spv, uint64 units) external returns (uint256) {
        return spv.subscribe(units);
    }
}
