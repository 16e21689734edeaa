// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IContributionLog} from "./IContributionLog.sol";
import {Person} from "../types/Person.sol";

/// @notice Says that a contributor of a repository is whoever has a wallet.
/// @param evidence The hash of what the maintainer checked, such as a signature by the contributor's git key.
/// @param deadline Last second in which the signatures are good.
struct Binding {
    uint256 repo;
    bytes32 contributor;
    address wallet;
    bytes32 evidence;
    uint64 deadline;
}

/// @notice A wallet that a university wants to give to a person who lost theirs.
/// @dev Two storage words: `to` 160 and `from` 64 from the lowest bit; `university` 160.
/// @param from First second in which it can become theirs; zero: nothing is proposed.
/// @param university Who proposed it.
struct Recovery {
    address to;
    uint64 from;
    address university;
}

/// @title Who the contributors of repositories are
/// @notice A person has one wallet at a time, and any number of contributors over all repositories.
///
/// Guarantees
/// - A contributor belongs to one person for good, and so does a wallet, also after the person moved on to another one.
/// - A person moves to another wallet by the signatures of both; or, when the wallet is lost, by a university's
///   proposal, which the wallet can veto for as long as `recoveryDelay`, and which ends with the university's role.
///
/// Trusts: a repository's maintainer and writers for who its contributors are; universities to propose wallets of those
/// who lost theirs.
///
/// Signatures are by EIP-712, domain "Contribution Claims", "1"; ERC-1271 wallets too. Anyone can send them.
interface IContributors {
    /// @notice The contributor is this person, by this wallet.
    event Bound(
        uint256 indexed person,
        uint256 indexed repo,
        bytes32 indexed contributor,
        address wallet,
        bytes32 evidence
    );

    /// @notice The person has another wallet.
    event Rotated(uint256 indexed person, address indexed from, address indexed to);

    /// @notice A university wants to give the person another wallet; it can be theirs from this second on.
    event RecoveryProposed(uint256 indexed person, address indexed to, uint256 from, address indexed university);

    /// @notice The person's wallet is against it.
    event RecoveryCancelled(uint256 indexed person, address indexed to);

    /// @notice There is no such person.
    error UnknownPerson(uint256 person);

    /// @notice The contributor belongs to this person already.
    error AlreadyBound(uint256 person);

    /// @notice The wallet belongs to this person: it can't be another's, nor be theirs again once they left it.
    error WalletTaken(address wallet, uint256 person);

    /// @notice The account doesn't speak for the repository.
    error NotWriter(uint256 repo, address account);

    /// @notice The signature is not this account's.
    error NotSigned(address account);

    /// @notice The signature has run out.
    error SignatureExpired(uint256 deadline);

    /// @notice The caller is not the person's wallet.
    error NotWallet(uint256 person, address caller);

    /// @notice The person has had as many wallets as can be counted.
    error TooManyRotations(uint256 person);

    /// @notice Nothing is proposed for the person.
    error NoRecovery(uint256 person);

    /// @notice The wallet may still veto it, until this second.
    error TooEarly(uint256 from);

    // --- Binding and wallets -----------------------------------------------------------------------------------

    /// @notice Binds a contributor to the person who has the wallet, or to a new one if nobody has it.
    /// @param walletSignature The wallet's over `Binding(uint256 repo,bytes32 contributor,address wallet,bytes32
    /// evidence,uint64 deadline)`.
    /// @param maintainer May append to the repository's log.
    /// @param maintainerSignature Theirs over the same.
    function bind(
        Binding calldata binding,
        bytes calldata walletSignature,
        address maintainer,
        bytes calldata maintainerSignature
    ) external returns (uint256 person);

    /// @notice Gives a person another wallet, which nobody had before.
    /// @param fromSignature The present wallet's over `Rotation(uint64 person,address from,address to,uint8
    /// rotation,uint64 deadline)`; `rotation` counts the wallets before.
    /// @param toSignature The next wallet's over the same.
    function rotate(
        uint256 person,
        address to,
        uint64 deadline,
        bytes calldata fromSignature,
        bytes calldata toSignature
    ) external;

    // --- Recovery ----------------------------------------------------------------------------------------------

    /// @notice Proposes another wallet for a person, in place of any proposal before. University only, in its own name:
    /// one whose role has a delay acts through the authority, and can't.
    /// @param toSignature The next wallet's, as in `rotate`.
    function proposeRecovery(uint256 person, address to, uint64 deadline, bytes calldata toSignature) external;

    /// @notice Gives the person the proposed wallet, once `recoveryDelay` has passed, if who proposed it still may
    /// propose. Anyone.
    function finishRecovery(uint256 person) external;

    /// @notice Ends a proposal. The person's wallet only; a rotation ends it too.
    function cancelRecovery(uint256 person) external;

    // --- Views -------------------------------------------------------------------------------------------------

    /// @notice Where contributions are logged.
    function log() external view returns (IContributionLog);

    /// @notice Seconds in which a wallet can veto a recovery.
    function recoveryDelay() external view returns (uint64);

    /// @notice How many persons there are; they are numbered from 1.
    function people() external view returns (uint256);

    /// @notice The person's word; its layout is in `types/Person.sol`.
    function personAt(uint256 person) external view returns (Person);

    /// @notice Whose wallet it is or was; zero: nobody's.
    function personOf(address wallet) external view returns (uint256);

    /// @notice Who the contributor is; zero: not known.
    function personOfContributor(uint256 repo, bytes32 contributor) external view returns (uint256);

    /// @notice The wallets that the person had before, the first one first.
    function pastWallets(uint256 person) external view returns (address[] memory);

    /// @notice What is proposed for the person.
    function recoveryOf(uint256 person) external view returns (Recovery memory);
}
