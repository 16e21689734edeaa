// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRoots} from "./IRoots.sol";
import {Claim} from "../types/Claim.sol";

/// @title Claims: contributors who graduated get vouchers for the lines they wrote
/// @notice What `IContributors`, `IGraduation` and `IRoots` say together: who it is, whether they may, and how much.
///
/// Guarantees
/// - A person is issued vouchers for their points once, over all of their wallets: the vouchers contract counts what
///   was issued, and only what points have grown since comes on top.
/// - Claims of many are paid in one call; one who did not graduate, or whose wallet refuses, holds up nobody.
/// - What the budget doesn't cover stays theirs, and can be claimed again after more is paid in.
///
/// Trusts: whom the three trust; and that somebody challenges what is wrong in a root, or the guardian stops it, before
/// it counts: what is claimed by an active root stays claimed.
interface IClaims is IRoots {
    /// @notice Nobody could challenge a root, or veto a recovery, in no time.
    error NoTime(uint64 challengeWindow, uint64 recoveryDelay);

    /// @notice The programme has no active root.
    error NoRoot(uint256 programme);

    /// @notice These claims are no whole part of the tree.
    error BadBatch(uint256 start, uint256 count);

    /// @notice Pays what persons have coming from a programme. Anyone can send it.
    /// @param start The index of the first one in the tree of claims: a multiple of the smallest power of two that is
    /// not less than their number.
    /// @param claims That many, or fewer if they are the tree's last ones; one alone can be anywhere.
    /// @param path From the root of these to that of the tree.
    /// @return units Units issued in all.
    function claim(uint256 programme, uint256 start, Claim[] calldata claims, bytes32[] calldata path)
        external
        returns (uint256 units);
}
