// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Governed} from "./Governed.sol";
import {IComputeReceipt, SeriesLabel} from "./interfaces/IComputeReceipt.sol";
import {ISpv, OfferingTerms, Parties, Receivable, State} from "./interfaces/ISpv.sol";
import {ISpvFactory} from "./interfaces/ISpvFactory.sol";
import {TermsCheck} from "./libraries/TermsCheck.sol";
import {Period, WaterfallTerms} from "./libraries/Waterfall.sol";

/// @title Makes SPVs as clones of one implementation
/// @dev What it guarantees and trusts is said in `ISpvFactory`.
contract SpvFactory is ISpvFactory, Governed, EIP712 {
    bytes32 private constant VALUATION_TYPEHASH = keccak256(
        "Valuation(address spv,bytes32 poolRoot,uint64 presentValue,uint32 discountRate,uint32 cutOffDay)"
    );

    /// @notice The code of every SPV.
    address public immutable implementation;

    /// @notice Holds the receipts of all series.
    IComputeReceipt public immutable receipts;

    /// @inheritdoc ISpvFactory
    mapping(bytes32 termsHash => address) public spvOf;

    /// @inheritdoc ISpvFactory
    mapping(address spv => bool) public isSpv;

    /// @inheritdoc ISpvFactory
    mapping(bytes32 key => address) public soldTo;

    /// @param implementation_ Deployed for this factory: its address is known before, from the deployer's nonce.
    constructor(IAccessManager authority_, IComputeReceipt receipts_, address implementation_)
        Governed(authority_)
        EIP712("Compute Receipt SPVs", "1")
    {
        address factory = ISpv(implementation_).factory();
        if (factory != address(this)) revert WrongImplementation(implementation_, factory);
        receipts = receipts_;
        implementation = implementation_;
    }

    /// @inheritdoc ISpvFactory
    function create(
        Parties calldata parties,
        OfferingTerms calldata offering,
        WaterfallTerms calldata waterfall,
        Period[] calldata periods,
        SeriesLabel calldata label,
        uint32 classes,
        uint64 jurisdictions
    ) external restricted returns (address spv, uint256 slot) {
        if (spvOf[parties.termsHash] != address(0)) revert TermsUsed(parties.termsHash, spvOf[parties.termsHash]);
        // 18 is more than any currency has; much more would make certificates impossible to draw.
        if (label.exponent > 18) revert ISpv.InvalidTerms("exponent");
        TermsCheck.check(parties, offering, waterfall, periods);
        spv = Clones.cloneWithImmutableArgs(implementation, abi.encode(parties, offering, waterfall));
        spvOf[parties.termsHash] = spv;
        isSpv[spv] = true;
        slot = receipts.openSeries(spv, label, classes, jurisdictions);
        ISpv(spv).initialize(uint64(slot), periods);
        emit SpvCreated(spv, slot, parties.termsHash, label.code);
    }

    /// @inheritdoc ISpvFactory
    function register(address spv, Receivable[] calldata items, bytes32[] calldata proof, bool[] calldata flags)
        external
        restricted
    {
        if (!isSpv[spv]) revert UnknownSpv(spv);
        (Parties memory parties,,) = ISpv(spv).terms();
        bytes32[] memory leaves = new bytes32[](items.length);
        for (uint256 i; i < items.length; ++i) {
            Receivable calldata item = items[i];
            bytes32 key = keccak256(abi.encode(parties.originator, item.id));
            if (soldTo[key] != address(0)) revert ReceivableTaken(item.id, soldTo[key]);
            soldTo[key] = spv;
            leaves[i] = keccak256(bytes.concat(keccak256(abi.encode(key, item.face, item.dueDay))));
            emit ReceivableSold(key, spv, item.id, item.face, item.dueDay);
        }
        if (!MerkleProof.multiProofVerifyCalldata(proof, flags, parties.poolRoot, leaves)) {
            revert NotInPool(parties.poolRoot);
        }
        ISpv(spv).book(items);
    }

    /// @inheritdoc ISpvFactory
    function offer(address spv, uint64 presentValue, bytes calldata signature) external restricted {
        if (!isSpv[spv]) revert UnknownSpv(spv);
        (Parties memory parties, OfferingTerms memory offering,) = ISpv(spv).terms();
        bytes32 valuation = keccak256(
            abi.encode(
                VALUATION_TYPEHASH, spv, parties.poolRoot, presentValue, offering.discountRate, offering.cutOffDay
            )
        );
        if (!SignatureChecker.isValidSignatureNow(parties.valuationAgent, _hashTypedDataV4(valuation), signature)) {
            revert ValuationNotSigned(parties.valuationAgent);
        }
        ISpv(spv).offer(presentValue);
    }

    /// @inheritdoc ISpvFactory
    function release(bytes32[] calldata keys) external {
        uint256 released;
        for (uint256 i; i < keys.length; ++i) {
            address spv = soldTo[keys[i]];
            if (spv == address(0) || ISpv(spv).status().state != State.Failed) continue;
            delete soldTo[keys[i]];
            ++released;
            emit ReceivableReleased(keys[i], spv);
        }
        if (released == 0) revert NotReleasable(keys.length);
    }
}
