// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SeriesLabel} from "./IComputeReceipt.sol";
import {OfferingTerms, Parties, Receivable} from "./ISpv.sol";
import {Period, WaterfallTerms} from "../libraries/Waterfall.sol";

/// @title Makes SPVs, and keeps which receivable is sold to which
/// @notice Guarantees
/// - A receivable of an originator belongs to one SPV at a time, over all that this factory made.
/// - An SPV's terms are consistent (`TermsCheck`), its receivables are of its pool root, and it offers no more than its
///   agent's signed valuation carries.
/// - A term sheet has one SPV, ever.
///
/// Trusts: the administrator for terms and parties, and that the originator has and sells what is registered; the chain
/// sees ids and hashes only, and the originator signs nothing. The implementation's code.
interface ISpvFactory {
    /// @notice An SPV was made for series `slot`.
    event SpvCreated(address indexed spv, uint256 indexed slot, bytes32 indexed termsHash, string code);
    /// @notice A receivable was sold to an SPV. `key` is `keccak256(abi.encode(originator, id))`.
    event ReceivableSold(bytes32 indexed key, address indexed spv, bytes32 id, uint256 face, uint256 dueDay);
    /// @notice A receivable of a failed SPV can be sold again.
    event ReceivableReleased(bytes32 indexed key, address indexed spv);

    /// @notice The receivable is sold to `spv` already.
    error ReceivableTaken(bytes32 id, address spv);
    /// @notice This factory did not make `spv`.
    error UnknownSpv(address spv);
    /// @notice The receivables are not part of the pool root.
    error NotInPool(bytes32 poolRoot);
    /// @notice The signature over the valuation is not the agent's.
    error ValuationNotSigned(address valuationAgent);
    /// @notice Each of the `keys` receivables is of an SPV that has not failed, or of none.
    error NotReleasable(uint256 keys);
    /// @notice The term sheet is that of `spv` already.
    error TermsUsed(bytes32 termsHash, address spv);
    /// @notice The implementation is made for another factory: its clones would not obey this one.
    error WrongImplementation(address implementation, address factory);

    /// @notice Makes an SPV and its series. Administrator. The same term sheet can't be used twice.
    function create(
        Parties calldata parties,
        OfferingTerms calldata offering,
        WaterfallTerms calldata waterfall,
        Period[] calldata periods,
        SeriesLabel calldata label,
        uint32 classes,
        uint64 jurisdictions
    ) external returns (address spv, uint256 slot);

    /// @notice The SPV of a term sheet, or zero.
    function spvOf(bytes32 termsHash) external view returns (address);

    /// @notice Registers receivables with the SPV that buys them. They are part of its pool root, and sold to no other
    /// SPV. Administrator.
    /// @param proof Merkle multiproof of the receivables, in the order of the tree's leaves.
    /// @param flags The same.
    function register(address spv, Receivable[] calldata items, bytes32[] calldata proof, bool[] calldata flags)
        external;

    /// @notice Opens the offering of an SPV on an attested present value of its whole pool. Administrator.
    /// @param presentValue Minor units, rounded down.
    /// @param signature The EIP-712 signature of the SPV's valuation agent (ERC-1271 wallets too) over
    /// `Valuation(address spv,bytes32 poolRoot,uint64 presentValue,uint32 discountRate,uint32 cutOffDay)`.
    function offer(address spv, uint64 presentValue, bytes calldata signature) external;

    /// @notice Lets receivables of a failed SPV be sold again. Anyone. Passed over: those of an SPV that has not
    /// failed, or of none, such as those that somebody else released meanwhile.
    function release(bytes32[] calldata keys) external;

    /// @notice The SPV that has a receivable, or zero.
    function soldTo(bytes32 key) external view returns (address);

    /// @notice Whether this factory made `spv`.
    function isSpv(address spv) external view returns (bool);
}
