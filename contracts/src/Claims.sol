// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Contributors} from "./Contributors.sol";
import {Governed} from "./Governed.sol";
import {Graduation} from "./Graduation.sol";
import {Roots} from "./Roots.sol";
import {IClaims} from "./interfaces/IClaims.sol";
import {IContributionLog} from "./interfaces/IContributionLog.sol";
import {IVouchers} from "./interfaces/IVouchers.sol";
import {LogTree} from "./libraries/LogTree.sol";
import {Claim, ClaimLibrary} from "./types/Claim.sol";
import {Person} from "./types/Person.sol";

/// @title Claims: contributors who graduated get vouchers for the lines they wrote
/// @dev What it guarantees and trusts is said in `IClaims`, and in the interfaces of its parts.
contract Claims is IClaims, Roots {
    using ClaimLibrary for Claim[];

    /// @param vouchers_ Made for this contract: each address is known before, from the deployer's nonce.
    /// @param challengeWindow_ Seconds. @param recoveryDelay_ Seconds.
    constructor(
        IAccessManager authority_,
        IContributionLog log_,
        IVouchers vouchers_,
        uint64 challengeWindow_,
        uint64 recoveryDelay_
    ) Governed(authority_) Contributors(log_, recoveryDelay_) Graduation(vouchers_) Roots(challengeWindow_) {
        if (challengeWindow_ == 0 || recoveryDelay_ == 0) revert NoTime(challengeWindow_, recoveryDelay_);
    }

    /// @inheritdoc IClaims
    /// @dev Not to be entered again while a receiver is asked: the words of those after it are made already.
    function claim(uint256 programme, uint256 start, Claim[] calldata claims, bytes32[] calldata path)
        external
        nonReentrant
        returns (uint256 units)
    {
        _checkBatch(programme, start, claims, path);
        uint256[] memory words = new uint256[](claims.length);
        uint256 count;
        unchecked {
            for (uint256 i; i < claims.length; ++i) {
                Claim own = claims.get(i);
                Person word = _people[own.person()];
                if (word.programme() != programme) continue;
                if (word.rotations() != 0) _gather(programme, own.person(), word);
                uint256 payee = word.payee(own.points());
                assembly ("memory-safe") {
                    count := add(count, 0x20)
                    mstore(add(words, count), payee)
                }
            }
        }
        if (count == 0) return 0;
        // Memory beyond those who graduated is left behind.
        assembly ("memory-safe") {
            mstore(words, shr(5, count))
        }
        return vouchers.issue(programme, words);
    }

    /// @dev What the person was issued at wallets before counts for the present one.
    function _gather(uint256 programme, uint256 person, Person word) private {
        address[] storage past = _pastWallets[person];
        for (uint256 i; i < word.rotations(); ++i) {
            vouchers.migrate(programme, past[i], word.wallet());
        }
    }

    /// @dev Reverts unless the claims are what the active root has from `start` on: all below one node of the tree, on
    /// the level of a tree of as many leaves.
    function _checkBatch(uint256 programme, uint256 start, Claim[] calldata claims, bytes32[] calldata path) private {
        uint256 number = _promote(programme);
        if (number == 0) revert NoRoot(programme);
        (uint256 size, uint256 length) = (_roots[number].claims, claims.length);
        uint256 level = Math.log2(length, Math.Rounding.Ceil);
        uint256 last = (1 << level) - 1;
        bool whole = length == last + 1 || start + length == size;
        if (length == 0 || start & last != 0 || !whole) revert BadBatch(start, length);
        bytes32 node = LogTree.rootOfRange(claims.leaves());
        node = LogTree.rootFromInclusion(node, start >> level, (size + last) >> level, path);
        _check(_roots[number].claimsRoot, node);
    }
}
