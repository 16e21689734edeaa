// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {AuthorityUtils} from "@openzeppelin/contracts/access/manager/AuthorityUtils.sol";

/// @title Roles by one OpenZeppelin AccessManager, for good
/// @dev Guarantees: a restricted function is open to whom the authority allows it, at that moment, and to nobody else;
/// nothing can name another authority. Trusts the authority, and whoever administers it: they can open every restricted
/// function to anyone.
///
/// Like OpenZeppelin's AccessManaged, but the authority can't be replaced, and costs no storage read: it is part
/// of the code, also for a clone. A delayed role works through the manager's own `execute`.
abstract contract Governed {
    /// @notice The caller's roles don't allow the function.
    error Unauthorized(address caller, bytes4 selector);

    /// @notice The caller's role allows the function only after `delay` seconds: schedule it in the manager.
    error MustSchedule(address caller, uint32 delay);

    /// @notice Who decides who may do what.
    IAccessManager public immutable authority;

    constructor(IAccessManager authority_) {
        authority = authority_;
    }

    modifier restricted() {
        _checkRestricted();
        _;
    }

    function _checkRestricted() internal view {
        (bool allowed, uint32 delay) =
            AuthorityUtils.canCallWithDelay(address(authority), msg.sender, address(this), msg.sig);
        if (allowed) return;
        if (delay != 0) revert MustSchedule(msg.sender, delay);
        revert Unauthorized(msg.sender, msg.sig);
    }
}
