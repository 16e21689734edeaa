// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Graduation} from "./Graduation.sol";
import {Entry} from "./interfaces/IContributionLog.sol";
import {ClaimProof, ClaimRoot, Fault, IRoots, LineProof} from "./interfaces/IRoots.sol";
import {IVouchers, ProgrammeTerms} from "./interfaces/IVouchers.sol";
import {Line, Lines} from "./libraries/Lines.sol";
import {LogTree} from "./libraries/LogTree.sol";

/// @title What each programme counts, open to challenge before it counts
/// @dev What it guarantees and trusts is said in `IRoots`.
abstract contract Roots is IRoots, Graduation {
    using Lines for Line;

    /// @dev The numbers of a programme's roots. A proposal whose window has passed is as good as active. One storage
    /// word, from the lowest bit: active 64, proposed 64.
    struct Standing {
        uint64 active;
        uint64 proposed;
    }

    /// @inheritdoc IRoots
    uint64 public immutable challengeWindow;

    /// @inheritdoc IRoots
    uint256 public roots;

    mapping(uint256 number => ClaimRoot) internal _roots;
    mapping(uint256 programme => Standing) private _standings;

    constructor(uint64 challengeWindow_) {
        challengeWindow = challengeWindow_;
    }

    // --- Proposals ---------------------------------------------------------------------------------------------

    /// @inheritdoc IRoots
    function propose(uint256 programme, bytes32 linesRoot, uint48 lines, bytes32 claimsRoot, uint48 claims)
        external
        returns (uint256 number)
    {
        ProgrammeTerms memory terms = vouchers.programme(programme);
        if (msg.sender != terms.publisher) revert NotPublisher(programme, msg.sender);
        if (block.timestamp > terms.expiry) revert IVouchers.Expired(programme, terms.expiry);
        if (lines == 0 || claims == 0) revert EmptyRoot(lines, claims);
        (uint256 active, uint256 proposed) = rootsOf(programme);
        if (proposed != 0) revert ProposalOpen(programme, _roots[proposed].from);
        number = ++roots;
        uint64 from = uint64(block.timestamp) + challengeWindow;
        _roots[number] = ClaimRoot(linesRoot, claimsRoot, lines, claims, uint32(programme), from);
        _standings[programme] = Standing(uint64(active), uint64(number));
        emit RootProposed(programme, number, linesRoot, claimsRoot, from);
    }

    /// @inheritdoc IRoots
    function stop(uint256 programme, string calldata reason) external restricted {
        emit RootStopped(programme, _proposal(programme).linesRoot, reason);
        _remove(programme);
    }

    /// @dev The number of the active root; kept as such if it was still a proposal.
    function _promote(uint256 programme) internal returns (uint256 active) {
        uint256 proposed;
        (active, proposed) = rootsOf(programme);
        if (_standings[programme].active != active) _standings[programme] = Standing(uint64(active), uint64(proposed));
    }

    function _proposal(uint256 programme) private view returns (ClaimRoot memory) {
        (, uint256 proposed) = rootsOf(programme);
        if (proposed == 0) revert NoProposal(programme);
        return _roots[proposed];
    }

    function _remove(uint256 programme) private {
        delete _roots[_standings[programme].proposed];
        _standings[programme].proposed = 0;
    }

    // --- Challenges --------------------------------------------------------------------------------------------

    /// @inheritdoc IRoots
    function challengeOrder(uint256 programme, LineProof calldata first, LineProof calldata second) external {
        bytes32 root = _proposalWith(programme, first);
        _proposalWith(programme, second);
        bool inOrder = first.line.precedes(second.line) && !first.line.overlaps(second.line);
        _fall(programme, root, Fault.Order, second.index == first.index + 1 && !inOrder);
    }

    /// @inheritdoc IRoots
    function challengeRunning(uint256 programme, LineProof calldata line, LineProof calldata before) external {
        bytes32 root = _proposalWith(programme, line);
        uint256 previous = line.line.previous;
        bool proven = previous > line.index || (previous == 0 && line.line.running != line.line.points);
        if (!proven) {
            _proposalWith(programme, before);
            if (before.index >= previous) {
                proven = before.index < line.index && before.line.person == line.line.person;
            } else {
                proven = before.index + 1 == previous && !line.line.follows(before.line);
            }
        }
        _fall(programme, root, Fault.Running, proven);
    }

    /// @inheritdoc IRoots
    function challengeTotal(uint256 programme, ClaimProof calldata claim_, LineProof calldata last) external {
        ClaimRoot memory root = _proposal(programme);
        _checkClaim(root, claim_);
        uint256 named = claim_.claim.last();
        bool proven = named >= root.lines;
        if (!proven) {
            _checkLine(root, last);
            bool theirs = claim_.claim.person() == last.line.person;
            if (last.index == named) proven = !theirs || claim_.claim.points() != last.line.running;
            else proven = theirs && last.index > named;
        }
        _fall(programme, root.linesRoot, Fault.Total, proven);
    }

    /// @inheritdoc IRoots
    function challengeLog(
        uint256 programme,
        LineProof calldata line,
        Entry calldata entry,
        uint256 size,
        bytes32[] calldata path
    ) external {
        bytes32 root = _proposalWith(programme, line);
        bool proven = !line.line.possible();
        if (!proven) {
            uint256 repo = line.line.repo;
            (, uint256 logged,,) = log.head(repo);
            proven = line.line.index >= logged
                || (log.includes(repo, entry, line.line.index, size, path)
                    && !(line.line.matches(entry) && personOfContributor[repo][entry.contributor] == line.line.person));
        }
        _fall(programme, root, Fault.Log, proven);
    }

    /// @inheritdoc IRoots
    function challengeDropped(uint256 programme, LineProof calldata held, LineProof[] calldata beside) external {
        ClaimRoot memory root = _proposal(programme);
        _checkLine(_roots[_standings[programme].active], held);
        bool proven = _lacks(root, held.line, beside);
        if (!proven) {
            Line calldata there = beside[0].line;
            proven = there.meets(held.line) && !there.keeps(held.line);
        }
        _fall(programme, root.linesRoot, Fault.Dropped, proven);
    }

    /// @inheritdoc IRoots
    function challengeElsewhere(
        uint256 programme,
        LineProof calldata mine,
        uint256 other,
        LineProof calldata theirs,
        LineProof[] calldata beside
    ) external {
        bytes32 root = _proposalWith(programme, mine);
        _checkLine(_roots[other], theirs);
        Standing memory standing = _standings[programme];
        bool before = other < standing.proposed && _roots[other].programme != programme;
        bool proven = before && mine.line.overlaps(theirs.line);
        if (proven && !_lacks(_roots[standing.active], mine.line, beside)) {
            // Only what goes beyond the line that is held there is new.
            Line calldata held = beside[0].line;
            proven = held.meets(mine.line) && held.end() < mine.line.end() && held.end() < theirs.line.end();
        }
        _fall(programme, root, Fault.Elsewhere, proven);
    }

    /// @inheritdoc IRoots
    function challengeClaims(uint256 programme, ClaimProof calldata first, ClaimProof calldata second) external {
        ClaimRoot memory root = _proposal(programme);
        _checkClaim(root, first);
        _checkClaim(root, second);
        bool ascending = first.claim.person() < second.claim.person();
        _fall(programme, root.linesRoot, Fault.Claims, second.index == first.index + 1 && !ascending);
    }

    /// @inheritdoc IRoots
    function challengeMissing(uint256 programme, LineProof calldata line, ClaimProof[] calldata beside) external {
        ClaimRoot memory root = _proposal(programme);
        _checkLine(root, line);
        ClaimProof calldata left = beside[0];
        ClaimProof calldata right = beside[beside.length - 1];
        _checkClaim(root, left);
        _checkClaim(root, right);
        uint256 person = line.line.person;
        bool above = left.claim.person() < person;
        bool proven;
        if (left.index != right.index) {
            proven = left.index + 1 == right.index && above && person < right.claim.person();
        } else {
            proven = above ? left.index + 1 == root.claims : person < left.claim.person() && left.index == 0;
        }
        _fall(programme, root.linesRoot, Fault.Missing, proven);
    }

    function _fall(uint256 programme, bytes32 linesRoot, Fault fault, bool proven) private {
        if (!proven) revert NotProven(fault);
        _remove(programme);
        emit RootFallen(programme, linesRoot, fault, msg.sender);
    }

    /// @dev Whether `beside`, which have to be the root's, show that it has no line where this one begins. No root, no
    /// lines: nothing has to be shown.
    function _lacks(ClaimRoot memory root, Line calldata line, LineProof[] calldata beside)
        private
        pure
        returns (bool)
    {
        if (root.lines == 0) return true;
        LineProof calldata left = beside[0];
        LineProof calldata right = beside[beside.length - 1];
        _checkLine(root, left);
        _checkLine(root, right);
        if (left.index != right.index) {
            return left.index + 1 == right.index && left.line.precedes(line) && line.precedes(right.line);
        }
        return left.line.precedes(line) ? left.index + 1 == root.lines : line.precedes(left.line) && left.index == 0;
    }

    /// @dev The proposal's root of lines, when this line is in it.
    function _proposalWith(uint256 programme, LineProof calldata proof) private view returns (bytes32) {
        ClaimRoot memory root = _proposal(programme);
        _checkLine(root, proof);
        return root.linesRoot;
    }

    function _checkLine(ClaimRoot memory root, LineProof calldata proof) private pure {
        _check(root.linesRoot, LogTree.rootFromInclusion(proof.line.leaf(), proof.index, root.lines, proof.path));
    }

    function _checkClaim(ClaimRoot memory root, ClaimProof calldata proof) private pure {
        _check(root.claimsRoot, LogTree.rootFromInclusion(proof.claim.leaf(), proof.index, root.claims, proof.path));
    }

    function _check(bytes32 root, bytes32 proven) internal pure {
        if (proven != root) revert LogTree.BadProof();
    }

    // --- Views -------------------------------------------------------------------------------------------------

    /// @inheritdoc IRoots
    function rootAt(uint256 number) external view returns (ClaimRoot memory) {
        return _roots[number];
    }

    /// @inheritdoc IRoots
    function rootsOf(uint256 programme) public view returns (uint256 active, uint256 proposed) {
        Standing memory standing = _standings[programme];
        (active, proposed) = (standing.active, standing.proposed);
        if (proposed != 0 && block.timestamp >= _roots[proposed].from) (active, proposed) = (proposed, 0);
    }
}
