// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IContributors} from "./IContributors.sol";
import {IVouchers} from "./IVouchers.sol";

/// @notice A university's word that a person graduated, and may claim from a programme, to which the person agrees.
/// @param wallet The person's at that time.
/// @param day Of graduation, counted from 1970-01-01.
/// @param deadline Last second in which the signature is good.
struct Attestation {
    uint64 person;
    address wallet;
    uint32 programme;
    uint32 day;
    uint64 deadline;
}

/// @title Who graduated
/// @notice Guarantees
/// - Only a university makes a graduate, for one programme at a time; each attestation works once.
/// - Nobody becomes a graduate without the consent of their wallet, to this programme and this university: none, also a
///   false one, can bind a person who did not agree to a programme that is not theirs.
/// - What a person has claimed from can't be taken from them: then the attestation stands.
///
/// A university is a member of the authority's role without a delay: a signature would evade one.
///
/// Trusts: universities, named by the authority, for who graduated; the guardian to annul what one attested that is
/// none any more only if it is wrong; the person's wallet, for good once the programme was claimed from.
interface IGraduation is IContributors {
    /// @notice The person graduated and may claim from the programme.
    event Graduated(uint256 indexed person, uint256 indexed programme, address indexed university, uint256 day);

    /// @notice The university took its word back.
    event GraduationRevoked(
        uint256 indexed person, uint256 indexed programme, address indexed university, string reason
    );

    /// @notice Its word does not count, since the university that gave it is none any more.
    event GraduationAnnulled(
        uint256 indexed person, uint256 indexed programme, address indexed university, string reason
    );

    /// @notice The account is not a university.
    error NotUniversity(address account);

    /// @notice The account has the role with a delay of so many seconds, and can't act as a university.
    error DelayedUniversity(address account, uint32 delay);

    /// @notice The account is a university, and takes its word back itself.
    error StillUniversity(address account);

    /// @notice The attestation names another wallet than the person's.
    error WrongWallet(uint256 person, address wallet);

    /// @notice There is no such programme.
    error UnknownProgramme(uint256 programme);

    /// @notice The day is still to come.
    error FutureDay(uint256 day);

    /// @notice The attestation was used before.
    error AttestationUsed(bytes32 digest);

    /// @notice The person graduated for this programme already.
    error AlreadyGraduated(uint256 person, uint256 programme);

    /// @notice The university did not attest the person's graduation; zero: none did.
    error NotAttested(uint256 person, address university);

    /// @notice The person has claimed from the programme.
    error GraduationUsed(uint256 person, uint256 programme);

    /// @notice Makes a person a graduate. Anyone can send it.
    /// @param signature The university's over `Attestation(uint64 person,address wallet,uint32 programme,uint32
    /// day,uint64 deadline,address university)`.
    /// @param consent The wallet's over the same; means nothing if the wallet sends it.
    function attest(
        Attestation calldata attestation,
        address university,
        bytes calldata signature,
        bytes calldata consent
    ) external;

    /// @notice Takes an attestation back, before anything was claimed by it. The university that gave it only.
    function revokeAttestation(uint256 person, string calldata reason) external;

    /// @notice Takes an attestation back, before anything was claimed by it, whose university is none any more, for
    /// `reason`. Guardian only.
    function annulAttestation(uint256 person, string calldata reason) external;

    /// @notice The university that attested the person's graduation, or zero.
    function universityOf(uint256 person) external view returns (address);

    /// @notice Units of a programme that the person was issued, over all of their wallets.
    function redeemedBy(uint256 programme, uint256 person) external view returns (uint256 units);

    /// @notice Where the programmes are.
    function vouchers() external view returns (IVouchers);
}
