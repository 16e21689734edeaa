// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Governed} from "./Governed.sol";
import {IEligibility} from "./interfaces/IEligibility.sol";
import {Holder} from "./types/Holder.sol";

/// @title Who may hold receipts
/// @dev What it guarantees and trusts is said in `IEligibility`. Part of `ComputeReceipt` instead of a contract of its
/// own: a call to another contract on each transfer would cost more than the check.
abstract contract Eligibility is Governed, IEligibility {
    mapping(address holder => Holder) internal _holders;

    uint256 internal _frozenHolders;

    /// @inheritdoc IEligibility
    function setStanding(address holder, uint32 classes, uint64 jurisdictions, uint40 validUntil) external restricted {
        if (holder == address(0)) revert NotAHolder(holder);
        bool receiver = holder.code.length != 0;
        _holders[holder] = _holders[holder].withStanding(classes, jurisdictions, validUntil, receiver);
        emit StandingSet(holder, classes, jurisdictions, validUntil);
    }

    /// @inheritdoc IEligibility
    function setHolderFrozen(address holder, bool frozen, string calldata reason) external restricted {
        Holder word = _holders[holder];
        if (word.frozen() != frozen) {
            _holders[holder] = word.withFrozen(frozen);
            uint256 others = frozen ? _frozenHolders : _frozenHolders - 1;
            _frozenHolders = frozen ? others + 1 : others;
            if (others == 0) _guard(frozen);
        }
        emit HolderFrozen(holder, frozen, reason);
    }

    /// @dev From the first frozen holder to the last, every series looks at who gives units away or is paid. While
    /// nobody is frozen, which is nearly always, that costs nothing.
    function _guard(bool on) internal virtual;

    /// @inheritdoc IEligibility
    function holderOf(address holder) external view returns (Holder) {
        return _holders[holder];
    }
}
