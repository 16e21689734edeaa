// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IComputeReceipt} from "./IComputeReceipt.sol";

/// @title Draws receipts and describes series, from what is on chain
interface ICertificate {
    /// @notice Metadata of a receipt with its certificate as an image, as a data URI.
    function tokenURI(IComputeReceipt receipts, uint256 tokenId) external view returns (string memory);

    /// @notice Metadata of a series, as a data URI.
    function slotURI(IComputeReceipt receipts, uint256 slot) external view returns (string memory);

    /// @notice Metadata of the contract, as a data URI.
    function contractURI(IComputeReceipt receipts) external view returns (string memory);
}
