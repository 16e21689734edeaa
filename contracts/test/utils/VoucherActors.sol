// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1155Receiver} from "@openzeppelin/contracts/token/ERC1155/IERC1155Receiver.sol";
import {Wallet} from "./Actors.sol";

/// @notice Something that makes one call in the middle of another, and remembers how it went.
abstract contract Intruder {
    address internal _target;
    bytes internal _call;
    bool public tried;
    bool public succeeded;
    bytes public result;

    function prepare(address target, bytes calldata call) external {
        (_target, _call, tried) = (target, call, false);
    }

    function _intrude() internal {
        if (_target == address(0)) return;
        address target = _target;
        _target = address(0);
        tried = true;
        (succeeded, result) = target.call(_call);
    }
}

/// @notice How a voucher wallet answers when it is asked to accept.
enum Mood {
    Accept,
    WrongAnswer,
    Revert,
    RevertWithoutReason,
    Burn,
    Bomb
}

/// @notice An ERC-1271 wallet that is asked when it gets vouchers, and answers as it is told.
contract VoucherWallet is Wallet, Intruder {
    error NotNow();

    Mood public mood;
    uint256 public asked;
    /// @dev All that it was told the last time.
    bytes32 public told;

    function setMood(Mood mood_) external {
        mood = mood_;
    }

    function onERC1155Received(address operator, address from, uint256 id, uint256 value, bytes calldata data)
        external
        returns (bytes4)
    {
        ++asked;
        told = keccak256(abi.encode(operator, from, id, value, data));
        _intrude();
        return _answer(IERC1155Receiver.onERC1155Received.selector);
    }

    function onERC1155BatchReceived(
        address operator,
        address from,
        uint256[] calldata ids,
        uint256[] calldata values,
        bytes calldata data
    ) external returns (bytes4) {
        ++asked;
        told = keccak256(abi.encode(operator, from, ids, values, data));
        _intrude();
        return _answer(IERC1155Receiver.onERC1155BatchReceived.selector);
    }

    function _answer(bytes4 right) private view returns (bytes4) {
        if (mood == Mood.WrongAnswer) return 0xdeadbeef;
        if (mood == Mood.Revert) revert NotNow();
        if (mood == Mood.RevertWithoutReason) {
            assembly {
                revert(0, 0)
            }
        }
        if (mood == Mood.Burn) {
            assembly {
                invalid()
            }
        }
        if (mood == Mood.Bomb) {
            assembly {
                revert(0, 100000)
            }
        }
        return right;
    }
}

/// @notice A token that says no without reverting, when it is told to.
contract MoodyToken is Intruder {
    mapping(address account => uint256) public balanceOf;
    bool public refuses;

    function setRefuses(bool refuses_) external {
        refuses = refuses_;
    }

    function mint(address to, uint256 value) external {
        balanceOf[to] += value;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        return _move(msg.sender, to, value);
    }

    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        return _move(from, to, value);
    }

    function _move(address from, address to, uint256 value) private returns (bool) {
        if (refuses) return false;
        balanceOf[from] -= value;
        balanceOf[to] += value;
        _intrude();
        return true;
    }
}
