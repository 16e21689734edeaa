// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGraduation} from "./IGraduation.sol";
import {Entry} from "./IContributionLog.sol";
import {Line} from "../libraries/Lines.sol";
import {Claim} from "../types/Claim.sol";

/// @notice Which lines a programme counts, and what each person has coming by them: two trees (RFC 9162 with
/// keccak-256) that are published beside the chain.
/// @param linesRoot Of the tree of lines: see `Line`.
/// @param claimsRoot Of the tree of claims, ascending by person: see `types/Claim.sol`.
/// @param from First second in which it can be claimed by; until then it can be challenged.
/// @dev Three storage words: the two roots; then, from the lowest bit, lines 48, claims 48, programme 32, from 64.
struct ClaimRoot {
    bytes32 linesRoot;
    bytes32 claimsRoot;
    uint48 lines;
    uint48 claims;
    uint32 programme;
    uint64 from;
}

/// @notice A line that is at `index` of a tree of lines.
struct LineProof {
    Line line;
    uint256 index;
    bytes32[] path;
}

/// @notice A claim that is at `index` of a tree of claims.
struct ClaimProof {
    Claim claim;
    uint256 index;
    bytes32[] path;
}

/// @notice What can be wrong with a root; each has a challenge of its name.
enum Fault {
    Order,
    Running,
    Total,
    Log,
    Dropped,
    Elsewhere,
    Claims,
    Missing
}

/// @title What each programme counts, open to challenge before it counts
/// @notice A programme's publisher proposes a root. For `challengeWindow` seconds anyone can prove a fault in it, and
/// it falls. Then it is the programme's active one, until the next.
///
/// Guarantees, as long as someone who has the published trees challenges what is wrong in time
/// - Each thousandth of a line is one person's in one programme, and is what the log says.
/// - What an active root gave a person, the next one gives them too, whatever other programmes propose.
/// - Who has a line has a claim, and it is the sum of points of all of their lines.
///
/// Trusts: the publisher to publish the trees, and to leave out no line that should count; the guardian to stop a root
/// whose trees are withheld, since nobody can prove anything about those.
interface IRoots is IGraduation {
    /// @notice A root was proposed. Roots are numbered over all programmes.
    event RootProposed(
        uint256 indexed programme, uint256 indexed number, bytes32 linesRoot, bytes32 claimsRoot, uint256 from
    );

    /// @notice A fault was proven, and the proposal is gone.
    event RootFallen(uint256 indexed programme, bytes32 linesRoot, Fault fault, address challenger);

    /// @notice The guardian stopped a proposal.
    event RootStopped(uint256 indexed programme, bytes32 linesRoot, string reason);

    /// @notice The caller is not the programme's publisher.
    error NotPublisher(uint256 programme, address caller);

    /// @notice A root without lines or claims.
    error EmptyRoot(uint48 lines, uint48 claims);

    /// @notice The proposal before can still be challenged.
    error ProposalOpen(uint256 programme, uint256 from);

    /// @notice The programme has no proposal that can be challenged.
    error NoProposal(uint256 programme);

    /// @notice What was given is no proof of this fault.
    error NotProven(Fault fault);

    // --- Proposals ---------------------------------------------------------------------------------------------

    /// @notice Proposes a programme's next root. Its publisher only, when no other proposal can be challenged, until
    /// the programme's expiry (`IVouchers.Expired`).
    function propose(uint256 programme, bytes32 linesRoot, uint48 lines, bytes32 claimsRoot, uint48 claims)
        external
        returns (uint256 number);

    /// @notice Stops a proposal that can still be challenged, for `reason`. Guardian only.
    function stop(uint256 programme, string calldata reason) external;

    // --- Challenges of a programme's proposal. Anyone; they revert unless they prove the fault ---------------------

    /// @notice Two lines that follow each other are not in order, or overlap.
    function challengeOrder(uint256 programme, LineProof calldata first, LineProof calldata second) external;

    /// @notice A line's running points are not its points and those up to the same person's line before it.
    /// @param before The line that it names as that one; or a line of the same person's between the two, or before it
    /// if it names none. Means nothing if the line is at fault by itself: it names a line that can't be before it, or
    /// none and has other running points than its own.
    function challengeRunning(uint256 programme, LineProof calldata line, LineProof calldata before) external;

    /// @notice A claim is not what the person's last line says.
    /// @param last The line that it names as that one; or a line of the same person's after it. Means nothing if the
    /// claim names a line that is not there.
    function challengeTotal(uint256 programme, ClaimProof calldata claim_, LineProof calldata last) external;

    /// @notice A line is impossible, or is not what the log says.
    /// @param entry What the log has in its place, if it has.
    /// @param size The log's, as it is now.
    /// @param path Of the entry, in the log.
    function challengeLog(
        uint256 programme,
        LineProof calldata line,
        Entry calldata entry,
        uint256 size,
        bytes32[] calldata path
    ) external;

    /// @notice A line of the active root is missing, another person's, or less.
    /// @param held The line in the active root.
    /// @param beside The proposal's line in its place; or the lines on both sides of it, one if it would be at an end.
    function challengeDropped(uint256 programme, LineProof calldata held, LineProof[] calldata beside) external;

    /// @notice A thousandth that the programme's active root doesn't hold is counted by another programme.
    /// @param other The number of a root of another programme, proposed before.
    /// @param theirs The line there.
    /// @param beside The active root's line that begins where `mine` does; or the lines on both sides of it, one if it
    /// would be at an end; means nothing if there is no active root.
    function challengeElsewhere(
        uint256 programme,
        LineProof calldata mine,
        uint256 other,
        LineProof calldata theirs,
        LineProof[] calldata beside
    ) external;

    /// @notice Two claims that follow each other are not ascending by person.
    function challengeClaims(uint256 programme, ClaimProof calldata first, ClaimProof calldata second) external;

    /// @notice A person has a line, but no claim.
    /// @param line Of the person's.
    /// @param beside The claims on both sides of where theirs would be, one if it would be at an end.
    function challengeMissing(uint256 programme, LineProof calldata line, ClaimProof[] calldata beside) external;

    // --- Views -------------------------------------------------------------------------------------------------

    /// @notice Seconds in which a proposal can be challenged.
    function challengeWindow() external view returns (uint64);

    /// @notice How many roots were ever proposed.
    function roots() external view returns (uint256);

    /// @notice A root by its number; all zero once it has fallen.
    function rootAt(uint256 number) external view returns (ClaimRoot memory);

    /// @notice The numbers of a programme's active root, and of its proposal that can be challenged; zero: none.
    function rootsOf(uint256 programme) external view returns (uint256 active, uint256 proposed);
}
