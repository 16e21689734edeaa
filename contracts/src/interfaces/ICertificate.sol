// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IComputeReceipt} from "./IComputeReceipt.sol";

/// @title Draws receipts and describes series, from what is on chain
/// @notice JSON of the schemas in ERC-3525, as data URIs, with a drawing in each as `image`.
///
/// Left out on purpose: `external_link`, `order` and `display_type`, which are optional.
interface ICertificate {
    /// @notice Metadata of a receipt, of ERC-721's schema as well, with its certificate as the image. `balance` is in
    /// units; `properties` is an object, with the decimals of units in the currency; `attributes` is for marketplaces.
    function tokenURI(IComputeReceipt receipts, uint256 tokenId) external view returns (string memory);

    /// @notice Metadata of a series. None of its `properties` is intrinsic: slots are numbered one after the other.
    function slotURI(IComputeReceipt receipts, uint256 slot) external view returns (string memory);

    /// @notice Metadata of the contract.
    function contractURI(IComputeReceipt receipts) external view returns (string memory);
}
