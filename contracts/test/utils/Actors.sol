// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC3525Receiver} from "../../src/interfaces/IERC3525.sol";
import {ISpv} from "../../src/interfaces/ISpv.sol";
import {SettlementCash} from "../../src/SettlementCash.sol";

/// @notice A contract that knows nothing of receipts.
contract Plain {}

/// @notice An ERC-1271 wallet: what its owner approved beforehand is signed.
contract Wallet {
    mapping(bytes32 digest => bool) public approved;

    function approveDigest(bytes32 digest) external {
        approved[digest] = true;
    }

    function isValidSignature(bytes32 digest, bytes calldata) external view returns (bytes4) {
        return approved[digest] ? this.isValidSignature.selector : bytes4(0xffffffff);
    }
}

/// @notice A token that keeps one unit of each transfer.
contract FeeToken {
    mapping(address account => uint256) public balanceOf;

    function mint(address to, uint256 value) external {
        balanceOf[to] += value;
    }

    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        balanceOf[from] -= value;
        balanceOf[to] += value - 1;
        return true;
    }
}

/// @notice Is asked when it receives, and answers as it is told.
contract Receiver {
    bytes4 public answer;
    uint256 public asked;
    address public operator;
    uint256 public value;

    constructor(bytes4 answer_) {
        answer = answer_;
    }

    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == 0x01ffc9a7 || id == type(IERC3525Receiver).interfaceId;
    }

    function onERC721Received(address, address, uint256, bytes calldata data) external view returns (bytes4) {
        return data.length == 0 ? this.onERC721Received.selector : answer;
    }

    function onERC3525Received(address operator_, uint256, uint256, uint256 value_, bytes calldata)
        external
        returns (bytes4)
    {
        ++asked;
        (operator, value) = (operator_, value_);
        return answer;
    }

    function subscribe(ISpv spv, SettlementCash cash, uint64 units) external returns (uint256) {
        cash.approve(address(spv), type(uint256).max);
        return spv.subscribe(units);
    }
}
