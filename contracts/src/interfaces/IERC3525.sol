// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title ERC-3525 semi-fungible token, https://eips.ethereum.org/EIPS/eip-3525
/// @dev Interface id 0xd5358140.
///
/// Left out on purpose: `payable`, so that value sent by mistake is refused instead of stuck; and the optional
/// extensions for enumerating slots (0x3b741b9e), which the index does, and for approving a slot (0xb688be58).
interface IERC3525 {
    /// @notice `value` units went from one token to another; zero stands for creation and destruction.
    event TransferValue(uint256 indexed fromTokenId, uint256 indexed toTokenId, uint256 value);

    /// @notice `operator` may move up to `value` units out of the token.
    event ApprovalValue(uint256 indexed tokenId, address indexed operator, uint256 value);

    /// @notice The slot of a token changed; here only from zero on creation and to zero on destruction.
    event SlotChanged(uint256 indexed tokenId, uint256 indexed oldSlot, uint256 indexed newSlot);

    /// @notice Decimals of a value. Here 0: units are minor units, and each series' currency has its own exponent.
    function valueDecimals() external view returns (uint8);

    /// @notice Units in a token.
    function balanceOf(uint256 tokenId) external view returns (uint256);

    /// @notice Series of a token.
    function slotOf(uint256 tokenId) external view returns (uint256);

    /// @notice Lets `operator` move up to `value` units out of the token; the maximum stands for no limit.
    function approve(uint256 tokenId, address operator, uint256 value) external;

    /// @notice Units that `operator` may still move out of the token.
    function allowance(uint256 tokenId, address operator) external view returns (uint256);

    /// @notice Moves units to another token of the same series.
    function transferFrom(uint256 fromTokenId, uint256 toTokenId, uint256 value) external;

    /// @notice Moves units to a new token of `to`; the standard would also allow one that `to` has.
    /// @return newTokenId The token that was made.
    function transferFrom(uint256 fromTokenId, address to, uint256 value) external returns (uint256 newTokenId);
}

/// @title ERC-3525 metadata, as JSON of the standard's schemas. Interface id 0xe1600902.
interface IERC3525Metadata {
    /// @notice The contract as JSON, in a data URI.
    function contractURI() external view returns (string memory);

    /// @notice A series as JSON, in a data URI.
    function slotURI(uint256 slot) external view returns (string memory);
}

/// @title What a contract implements to be asked when it has received value. Interface id 0x009ce20b.
/// @notice It says by ERC-165 that it does; one that doesn't say so is not asked, as in the standard.
interface IERC3525Receiver {
    /// @notice Called after the value moved. Returns 0x009ce20b to accept; anything else, or a revert, takes it back.
    function onERC3525Received(
        address operator,
        uint256 fromTokenId,
        uint256 toTokenId,
        uint256 value,
        bytes calldata data
    ) external returns (bytes4);
}
