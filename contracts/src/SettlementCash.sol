// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {Governed} from "./Governed.sol";

/// @title Stand-in for a regulated stablecoin on local chains
/// @notice ERC-20 with ERC-2612 permits and 6 decimals; who may mint says the authority. On other networks an SPV
/// names a real token by address.
///
/// Guarantees: what ERC-20 says; nobody can block, freeze or take units, and no transfer costs a fee.
///
/// Trusts: the authority for who may mint, without any limit.
/// @dev Unlike ERC-20, which says nothing of it, on purpose: the zero address can be neither receiver nor spender.
contract SettlementCash is ERC20, ERC20Permit, Governed {
    constructor(IAccessManager authority_, string memory name_, string memory symbol_)
        ERC20(name_, symbol_)
        ERC20Permit(name_)
        Governed(authority_)
    {}

    /// @notice Units of the token in one unit of currency: 10^6.
    function decimals() public pure override returns (uint8) {
        return 6;
    }

    /// @notice Makes `value` units of the token for `to`.
    function mint(address to, uint256 value) external restricted {
        _mint(to, value);
    }

    /// @notice Destroys `value` units of the caller's.
    function burn(uint256 value) external {
        _burn(msg.sender, value);
    }
}
