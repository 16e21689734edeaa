// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice OpenZeppelin's ERC-20 as it is.
contract PlainERC20 is ERC20("plain", "P") {
    constructor(uint256 amount) {
        _mint(msg.sender, amount);
    }
}

/// @notice OpenZeppelin's ERC-1155 as it is.
contract PlainERC1155 is ERC1155("") {
    constructor(uint256 amount) {
        _mint(msg.sender, 1, amount, "");
    }
}

/// @notice The least that a push payment can be: a transfer for each holder, nothing checked.
contract Push {
    function push(ERC20 token, address[] calldata holders, uint256 amount) external {
        for (uint256 i; i < holders.length; ++i) {
            token.transfer(holders[i], amount);
        }
    }
}
