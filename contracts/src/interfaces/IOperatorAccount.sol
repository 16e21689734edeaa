// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice One call of an operation.
struct Call {
    address target;
    bytes data;
}

/// @notice One intended change of state: all of its calls, or none.
/// @param id Chosen by the caller, used once. Ids that differ only in the low byte share a storage word.
struct Operation {
    uint256 id;
    Call[] calls;
}

/// @title The administrator's account: every operation at most once
/// @notice It holds the roles; hot keys behind it may have it call only what they could call themselves: each call is
/// checked with the authority for the key that sends it. An operation id works once for ever, so that neither a
/// restored backup nor a second server can repeat a payment.
///
/// Guarantees
/// - An id is used up once at most, by all of its calls or by none.
/// - A key has the account call nothing that the authority would not let it call itself, without delay.
///
/// Trusts: the authority for what each key may call; every key with such a right, not to use up ids of others'
/// operations: an id says nothing of who may use it.
///
/// Left out on purpose: ERC-1271, for it is the keys that sign; the receivers of ERC-721 and ERC-1155, and `payable`,
/// so that what is sent by mistake is refused instead of stuck.
interface IOperatorAccount {
    /// @notice The operation was carried out.
    event OperationExecuted(uint256 indexed id, address indexed key);

    /// @notice The operation was refused and may be tried again; `reason` is what the call reverted with.
    event OperationFailed(uint256 indexed id, address indexed key, bytes reason);

    /// @notice The operation had been carried out before.
    event OperationSkipped(uint256 indexed id, address indexed key);

    /// @notice The operation was carried out before.
    error AlreadyExecuted(uint256 id);

    /// @notice The key may not call this.
    error KeyNotAllowed(address key, address target, bytes4 selector);

    /// @notice An operation without calls would use up its id, and nothing would check the key.
    error NoCalls(uint256 id);

    /// @notice Only the account itself.
    error NotSelf(address caller);

    /// @notice There is no code at the target: a call there would succeed and do nothing.
    error NoCode(address target);

    /// @notice Carries an operation out, or reverts with the reason of the call that failed.
    /// @return results What the calls returned.
    function execute(Operation calldata operation) external returns (bytes[] memory results);

    /// @notice Carries out what can be carried out, each operation for itself; the others say why in an event.
    /// @return done How many were carried out.
    function executeMany(Operation[] calldata operations) external returns (uint256 done);

    /// @notice Whether the operation was carried out.
    function isExecuted(uint256 id) external view returns (bool);

    /// @notice 256 operation ids at once: bit `i` of word `index` is id `256 * index + i`.
    function executedWord(uint256 index) external view returns (uint256);
}
