// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Holder} from "../types/Holder.sol";

/// @title Who may hold receipts
/// @notice Investor classes and jurisdictions are bit sets. A series admits a holder who has one of its classes and
/// one of its jurisdictions, whose standing has not run out, and who is not frozen.
///
/// Guarantees: nobody but compliance changes who may hold; the zero address never may.
///
/// Trusts: compliance, named by the authority, for what holders are, and for whom it freezes.
interface IEligibility {
    /// @notice A holder's standing was set.
    event StandingSet(address indexed holder, uint32 classes, uint64 jurisdictions, uint40 validUntil);

    /// @notice A holder was frozen or released, for `reason`.
    event HolderFrozen(address indexed holder, bool frozen, string reason);

    /// @notice `holder` can't receive receipts of the series: wrong class or jurisdiction, or run out.
    error NotEligible(address holder, uint256 slot);

    /// @notice Nobody can be the zero address, so that it is never eligible.
    error NotAHolder(address holder);

    /// @notice `holder` is frozen.
    error FrozenHolder(address holder);

    /// @notice Sets what a holder is. Compliance only.
    /// @param classes Investor classes, one bit each.
    /// @param jurisdictions Jurisdictions, one bit each.
    /// @param validUntil Unix seconds; eligible up to and including then. Zero ends it at once.
    function setStanding(address holder, uint32 classes, uint64 jurisdictions, uint40 validUntil) external;

    /// @notice Freezes or releases a holder: neither sends, nor receives, nor is paid while frozen. Compliance only.
    function setHolderFrozen(address holder, bool frozen, string calldata reason) external;

    /// @notice The holder's word; its layout is in `types/Holder.sol`.
    function holderOf(address holder) external view returns (Holder);

    /// @notice Whether `holder` could receive receipts of the series now.
    function isEligible(address holder, uint256 slot) external view returns (bool);
}
