// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Governed} from "./Governed.sol";
import {IEligibility} from "./interfaces/IEligibility.sol";
import {Holder} from "./types/Holder.sol";
import {Series} from "./types/Series.sol";

/// @title Who may hold receipts
/// @dev Part of `ComputeReceipt` instead of a contract of its own: a call to another contract on each transfer would
/// cost more than the check.
abstract contract Eligibility is Governed, IEligibility {
    mapping(address holder => Holder) internal _holders;

    /// @inheritdoc IEligibility
    function setStanding(address holder, uint32 classes, uint64 jurisdictions, uint40 validUntil)
        external
        virtual
        restricted
    {
        bool receiver = holder.code.length != 0;
        _holders[holder] = _holders[holder].withStanding(classes, jurisdictions, validUntil, receiver);
        emit StandingSet(holder, classes, jurisdictions, validUntil);
    }

    /// @inheritdoc IEligibility
    function setHolderFrozen(address holder, bool frozen, string calldata reason) external virtual restricted {
        _holders[holder] = _holders[holder].withFrozen(frozen);
        emit HolderFrozen(holder, frozen, reason);
    }

    /// @inheritdoc IEligibility
    function holderOf(address holder) external view returns (Holder) {
        return _holders[holder];
    }

    function _admits(Series series, Holder holder) internal view returns (bool) {
        return holder.classes() & series.classes() != 0 && holder.jurisdictions() & series.jurisdictions() != 0
            && holder.validUntil() >= block.timestamp && !holder.frozen();
    }

    /// @dev Reverts unless `account`, whose word is `holder`, may receive receipts of the series now.
    function _checkEligible(uint256 slot, Series series, address account, Holder holder) internal view {
        if (_admits(series, holder)) return;
        if (holder.frozen()) revert FrozenHolder(account);
        revert NotEligible(account, slot);
    }

    function _checkNotFrozen(address account) internal view {
        if (_holders[account].frozen()) revert FrozenHolder(account);
    }
}
