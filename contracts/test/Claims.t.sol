// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Governed} from "../src/Governed.sol";
import {IClaims} from "../src/interfaces/IClaims.sol";
import {Entry} from "../src/interfaces/IContributionLog.sol";
import {Attestation} from "../src/interfaces/IGraduation.sol";
import {ClaimProof, ClaimRoot, Fault, IRoots, LineProof} from "../src/interfaces/IRoots.sol";
import {Line} from "../src/libraries/Lines.sol";
import {IVouchers, ProgrammeTerms} from "../src/interfaces/IVouchers.sol";
import {LogTree} from "../src/libraries/LogTree.sol";
import {Claim} from "../src/types/Claim.sol";
import {Agreeable} from "./utils/ClaimActors.sol";
import {Book} from "./utils/ClaimsFixture.sol";
import {Forger} from "./utils/Forger.sol";
import {Trees} from "./utils/Trees.sol";

/// @notice Roots and their challenges, and what is paid by them.
contract ClaimsTest is Forger {
    event RootProposed(
        uint256 indexed programme, uint256 indexed number, bytes32 linesRoot, bytes32 claimsRoot, uint256 from
    );
    event RootFallen(uint256 indexed programme, bytes32 linesRoot, Fault fault, address challenger);
    event RootStopped(uint256 indexed programme, bytes32 linesRoot, string reason);

    uint256 internal constant PERSONS = 7;
    uint256 internal constant PER_LINE = 1000 / POINTS;
    bytes32 internal constant LAST_PROGRAMME = bytes32(uint256(5)); // where the vouchers keep how many there are
    mapping(uint256 person => bool) internal _left;

    /// @dev Two repositories and seven persons: each wrote a line in the first one, and the first three of them another
    /// one in the second one, which they share in quarters.
    function setUp() public override {
        super.setUp();
        _register();
        _register();
        for (uint256 i = 1; i <= PERSONS; ++i) {
            address wallet = _account(0xA0 + i);
            _bind(1, bytes32(i), wallet);
            _bind(2, bytes32(i), wallet);
            _entries[1].push(_entry(i, i, 0, 1000));
            if (i <= 3) _entries[2].push(_entry(100, i, 250 * i, 250));
        }
        _anchor(1);
        _anchor(2);
    }

    function _counts(uint256, uint256 person) internal view override returns (bool) {
        return person != 0 && !_left[person];
    }

    function _attestAll() internal {
        for (uint256 i = 1; i <= PERSONS; ++i) {
            _attest(i, 1);
        }
    }

    function _units(uint256 person) internal view returns (uint256) {
        return vouchers.balanceOf(_wallet(person), 1);
    }

    function _notProven(Fault fault) internal {
        vm.expectRevert(abi.encodeWithSelector(IRoots.NotProven.selector, fault));
    }

    function _badProof() internal {
        vm.expectRevert(abi.encodeWithSelector(LogTree.BadProof.selector));
    }

    function _standing(uint256 programme, uint256 active, uint256 proposed) internal {
        (uint256 a, uint256 p) = claims.rootsOf(programme);
        vm.assertEq(a, active, "active");
        vm.assertEq(p, proposed, "proposed");
    }

    // --- Proposals -------------------------------------------------------------------------------------------------

    function testProposalBecomesActive() public {
        Book memory book = _honest(1);
        (bytes32 lines, bytes32 persons) = (Trees.root(book.lineLeaves), Trees.root(book.claimLeaves));
        vm.expectEmit(address(claims));
        emit RootProposed(1, 1, lines, persons, START + WINDOW);
        _propose(1, book);
        _standing(1, 0, 1);
        vm.warp(START + WINDOW - 1);
        _standing(1, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(IClaims.NoRoot.selector, 1));
        claims.claim(1, 0, _slice(book, 0, 1), new bytes32[](0));
        vm.warp(START + WINDOW);
        _standing(1, 1, 0);
        ClaimRoot memory root = claims.rootAt(1);
        vm.assertEq(root.lines, 10);
        vm.assertEq(root.claims, PERSONS);
        vm.assertEq(root.programme, 1);
        vm.assertEq(root.from, START + WINDOW);

        vm.expectEmit(address(claims));
        emit RootProposed(1, 2, lines, persons, START + 2 * WINDOW);
        _propose(1, book);
        _standing(1, 1, 2);
        vm.warp(START + 2 * WINDOW);
        _standing(1, 2, 0);
        vm.assertEq(claims.roots(), 2);
    }

    function testOneProposalAtATime() public {
        Book memory book = _honest(1);
        _propose(1, book);
        vm.expectRevert(abi.encodeWithSelector(IRoots.ProposalOpen.selector, 1, START + WINDOW));
        vm.prank(publisher);
        claims.propose(1, "", 1, "", 1);
        vm.prank(publisher);
        claims.propose(2, "", 1, "", 1);
    }

    function testOnlyThePublisherProposesSomething() public {
        vm.expectRevert(abi.encodeWithSelector(IRoots.NotPublisher.selector, 1, stranger));
        vm.prank(stranger);
        claims.propose(1, "", 1, "", 1);
        vm.expectRevert(abi.encodeWithSelector(IRoots.NotPublisher.selector, 3, publisher));
        vm.prank(publisher);
        claims.propose(3, "", 1, "", 1);
        for (uint48 i; i < 2; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IRoots.EmptyRoot.selector, i, 1 - i));
            vm.prank(publisher);
            claims.propose(1, "", i, "", 1 - i);
        }
    }

    /// @dev In no time nobody could challenge a root, or veto a recovery.
    function testNoContractWithoutTime() public {
        for (uint64 i; i < 3; ++i) {
            bytes memory args = abi.encode(authority, log, vouchers, i / 2, i % 2);
            bytes memory reason = abi.encodeWithSelector(IClaims.NoTime.selector, i / 2, i % 2);
            vm.assertEq(_deployRefused("Claims.sol:Claims", args), reason);
        }
        vm.assertEq(_deployRefused("Claims.sol:Claims", abi.encode(authority, log, vouchers, 1, 1)), "");
    }

    function testNothingIsProposedAfterTheExpiry() public {
        Book memory book = _honest(1);
        uint64 expiry = _terms().expiry;
        vm.warp(expiry + 1);
        vm.expectRevert(abi.encodeWithSelector(IVouchers.Expired.selector, 1, expiry));
        vm.prank(publisher);
        claims.propose(1, "", 1, "", 1);
        vm.warp(expiry);
        _propose(1, book);
    }

    function testTheGuardianStopsAProposal() public {
        Book memory book = _publish(1);
        vm.expectRevert(abi.encodeWithSelector(IRoots.NoProposal.selector, 1));
        vm.prank(guardian);
        claims.stop(1, "too late");
        _propose(1, book);
        vm.expectRevert(abi.encodeWithSelector(Governed.Unauthorized.selector, stranger, IRoots.stop.selector));
        vm.prank(stranger);
        claims.stop(1, "");
        vm.expectEmit(address(claims));
        emit RootStopped(1, Trees.root(book.lineLeaves), "withheld");
        vm.prank(guardian);
        claims.stop(1, "withheld");
        _standing(1, 1, 0);
        vm.warp(block.timestamp + WINDOW);
        _standing(1, 1, 0);
        vm.assertEq(claims.rootAt(2).lines, 0);
        _propose(1, book);
        _standing(1, 1, 3);
    }

    /// @dev Where the claims contract looks to answer a call.
    function _places(bytes memory call) private returns (bytes32[] memory places) {
        vm.record();
        (bool success,) = address(claims).staticcall(call);
        vm.assertTrue(success, "read");
        (places,) = vm.accesses(address(claims));
    }

    /// @dev Seconds and roots that 32 bits don't hold, and a programme that 16 bits don't.
    function testLargeNumbers() public {
        uint256 large = 1 << 32;
        vm.store(address(vouchers), LAST_PROGRAMME, bytes32(uint256(1 << 16)));
        ProgrammeTerms memory terms = _terms();
        terms.expiry = type(uint64).max;
        vm.prank(district);
        uint256 programme = vouchers.open(terms, new address[](0));
        vm.assertEq(programme, (1 << 16) + 1);
        vm.store(address(claims), _places(abi.encodeCall(claims.roots, ()))[0], bytes32(large));
        for (uint256 i; i < 3; ++i) {
            vm.warp(large + i * WINDOW);
            vm.prank(publisher);
            vm.assertEq(claims.propose(programme, "", 1, "", 1), large + i + 1);
            _standing(programme, i == 0 ? 0 : large + i, large + i + 1);
            vm.assertEq(claims.rootAt(large + i + 1).programme, programme);
            vm.assertEq(claims.rootAt(large + i + 1).from, large + (i + 1) * WINDOW);
        }
    }

    /// @dev What became active is found by its proposal, until the first claim notes it: each claim after that one
    /// reads less.
    function testTheFirstClaimNotesWhatBecameActive() public {
        Book memory book = _publish(1);
        bytes memory call = abi.encodeCall(claims.rootsOf, (1));
        uint256 before = _places(call).length;
        _claimOf(1, book, 0, 1);
        vm.assertTrue(_places(call).length < before, "noted");
        _standing(1, 1, 0);
    }

    // --- Challenges ------------------------------------------------------------------------------------------------

    /// @dev The forgery falls by the challenge for its fault, and the root before it stays.
    function _falls(uint256 kind, uint256 seed, Fault fault) internal {
        uint256 kept = claims.roots();
        (Book memory book, bool wrong) = _forge(1, _honest(1), kind, seed);
        vm.assertTrue(wrong, "forged");
        _propose(1, book);
        (uint256 active,) = claims.rootsOf(1);
        vm.expectEmit(address(claims));
        emit RootFallen(1, Trees.root(book.lineLeaves), fault, address(this));
        vm.assertTrue(_watch(1, book), "found");
        _standing(1, active, 0);
        vm.warp(block.timestamp + WINDOW);
        _standing(1, active, 0);
        vm.assertEq(claims.rootAt(kept + 1).lines, 0);
    }

    function testOrder() public {
        _falls(12, 3, Fault.Order);
        _falls(13, 3, Fault.Order);
    }

    function testOverlapInOneLine() public {
        _append(1, _entry(100, 1, 400, 200)); // over two quarters that are logged in the other repository
        _falls(22, 1, Fault.Order);
    }

    function testRunning() public {
        _falls(6, 3, Fault.Running);
        _falls(7, 3, Fault.Running);
        _falls(8, 3, Fault.Running);
        _falls(7, (47 << 64) | 3, Fault.Running); // a line that can't be before it
        for (uint256 i; i < 2; ++i) {
            _falls(23, i, Fault.Running); // one of hers is passed over
        }
    }

    function testTotal() public {
        _falls(10, 3, Fault.Total);
        _falls(11, 3, Fault.Total);
        _falls(11, (47 << 64) | 3, Fault.Total); // a line that isn't there
        _falls(24, 0, Fault.Total); // not her last line
    }

    function testMissing() public {
        for (uint256 i; i < PERSONS; ++i) {
            _falls(25, i, Fault.Missing); // the first one, the last one, those between
        }
    }

    /// @dev Where nobody is missing, and where the claims are not beside each other or not at the end.
    function testNobodyIsMissing() public {
        Book memory book = _honest(1);
        (Book memory cut,) = _forge(1, _honest(1), 25, 3);
        _propose(1, cut);
        uint256 place;
        while (book.lines[place].person != 4) ++place;
        (LineProof memory line, uint256 n) = (_at(cut, place), cut.claims.length);
        for (uint256 i; i < n; ++i) {
            for (uint256 j; j < n; ++j) {
                if (i == 2 && j == 3) continue;
                ClaimProof[] memory beside = new ClaimProof[](2);
                (beside[0], beside[1]) = (_claimAt(cut, i), _claimAt(cut, j));
                _notProven(Fault.Missing);
                claims.challengeMissing(1, line, beside);
            }
        }
        ClaimProof[] memory there = _besideClaim(cut, 3);
        there[1].index = 4;
        _badProof();
        claims.challengeMissing(1, line, there);
        there[1].index = 3;
        line.index ^= 1;
        _badProof();
        claims.challengeMissing(1, line, there);
        line.index ^= 1;
        claims.challengeMissing(1, line, there);
    }

    /// @dev What an active root gave a person, the next one gives them too: a chain of her lines that is cut short has
    /// sums that add up, and falls nevertheless.
    function testNextRootGivesNoLess() public {
        _append(1, _entry(70, 1, 0, 1000));
        _append(1, _entry(71, 1, 0, 1000));
        Book memory book = _publish(1);
        uint64 points = uint64(book.claims[0].points());
        uint256 last = book.claims[0].last();
        Book memory next = _honest(1);
        (next.lines[last].previous, next.lines[last].running) = (0, next.lines[last].points);
        next.claims[0] = _claim(1, next.lines[last].points, last);
        _hash(next);
        vm.assertTrue(next.claims[0].points() < points, "less");
        _propose(1, next);
        uint256 other = book.lines[last].previous - 1;
        vm.expectEmit(address(claims));
        emit RootFallen(1, Trees.root(next.lineLeaves), Fault.Running, address(this));
        claims.challengeRunning(1, _at(next, last), _at(next, other));

        next = _honest(1); // and one that names a line of hers before the last one
        next.claims[0] = _claim(1, next.lines[other].running, other);
        _hash(next);
        _propose(1, next);
        vm.expectEmit(address(claims));
        emit RootFallen(1, Trees.root(next.lineLeaves), Fault.Total, address(this));
        claims.challengeTotal(1, _claimAt(next, 0), _at(next, last));
    }

    function testLog() public {
        _falls(4, (31 << 64) | 3, Fault.Log); // a repository that isn't there
        _falls(5, (40 << 64) | 3, Fault.Log); // an entry that isn't there
        _falls(16, 3, Fault.Log); // more points than thousandths
        _falls(19, 3, Fault.Log); // another person's
        _falls(21, 3, Fault.Log);
    }

    function testImpossibleLines() public {
        for (uint256 i; i < 3; ++i) {
            Book memory book = _honest(1);
            Line memory last = book.lines[9];
            if (i == 0) last.share = 1001;
            else if (i == 1) (last.share, last.points) = (0, 0);
            else last.person = 0;
            book = _book(book.lines);
            _propose(1, book);
            claims.challengeLog(1, _at(book, 9), _entry(0, 0, 0, 0), 0, new bytes32[](0));
        }
        _standing(1, 0, 0);
    }

    /// @dev The log names a contributor whom nobody knows: the line is nobody's.
    function testALineOfNobody() public {
        _append(1, _entry(50, 99, 0, 1000));
        Book memory book = _honest(1);
        book.lines[0] = _line(1, PERSONS);
        book = _book(book.lines);
        _propose(1, book);
        vm.assertTrue(_watch(1, book), "fell");
    }

    function testDropped() public {
        _publish(1);
        for (uint256 i; i < 10; ++i) {
            _falls(17, i, Fault.Dropped); // the first one, the last one, those between
        }
        _falls(20, 3, Fault.Dropped);
    }

    function testElsewhere() public {
        for (uint256 i = 4; i <= PERSONS; ++i) {
            _left[i] = true;
        }
        _publish(2);
        for (uint256 i = 1; i <= PERSONS; ++i) {
            _left[i] = i <= 3;
        }
        _falls(18, 2, Fault.Elsewhere);
    }

    function testElsewhereInAProposal() public {
        _left[1] = true;
        _propose(2, _honest(2));
        _left[1] = false;
        _falls(18, 3, Fault.Elsewhere);
    }

    function testElsewhereBesideAnActiveRoot() public {
        for (uint256 i = 1; i <= PERSONS; ++i) {
            _left[i] = i % 2 == 1;
        }
        vm.assertEq(_publish(2).lines.length, 4);
        for (uint256 i = 1; i <= PERSONS; ++i) {
            _left[i] = i % 2 == 0;
        }
        _publish(1);
        for (uint256 i; i < 4; ++i) {
            _falls(18, (i << 64) | 2, Fault.Elsewhere);
        }
    }

    /// @dev A root that counts all that another programme's does is not challenged in time. The other one goes on.
    function testAFalseRootElsewhereTakesNothing() public {
        _attestAll();
        _fund(1, 100);
        Book memory book = _publish(1);
        uint256 before = book.lines.length;
        _propose(2, book);
        vm.warp(block.timestamp + WINDOW);
        _append(1, _entry(60, 2, 0, 1000));
        Book memory next = _honest(1);
        vm.assertEq(next.lines.length, before + 1);
        _propose(1, next);
        for (uint256 i; i < next.lines.length; ++i) {
            for (uint256 j; j < before; ++j) {
                _standsElsewhere(_at(next, i), _at(book, j), _one(_at(book, j)));
                _standsElsewhere(_at(next, i), _at(book, j), _two(_at(book, j), _at(book, (j + 1) % before)));
                for (uint256 k; k < before; k += 3) {
                    _standsElsewhere(_at(next, i), _at(book, j), _one(_at(book, k)));
                }
            }
        }
        vm.assertTrue(!_watch(1, next), "nothing is wrong");
        vm.warp(block.timestamp + WINDOW);
        _standing(1, 3, 0);
        vm.assertEq(_claimOf(1, next, 1, 1), 2 * PER_LINE + 1);
    }

    function _standsElsewhere(LineProof memory mine, LineProof memory theirs, LineProof[] memory beside) private {
        _notProven(Fault.Elsewhere);
        claims.challengeElsewhere(1, mine, 2, theirs, beside);
    }

    /// @dev What is beside the line in the active root has to be from there.
    function testWhatIsBesideIsTheActiveRoots() public {
        _left[2] = true;
        _publish(1);
        (_left[1], _left[2]) = (true, false);
        Book memory other = _publish(2);
        (Book memory book,) = _forge(1, _honest(1), 18, 2);
        _propose(1, book);
        (uint256 place,) = _placeOf(other.lines[0], book.lines);
        LineProof memory mine = _at(book, place);
        LineProof memory theirs = _at(other, 0);
        _badProof();
        claims.challengeElsewhere(1, mine, 2, theirs, _one(theirs));
        _badProof();
        claims.challengeElsewhere(1, mine, 2, theirs, _one(mine));
        LineProof[] memory beside = _besideInActive(1, mine.line);
        _badProof();
        claims.challengeElsewhere(1, mine, 2, theirs, _two(beside[0], mine));
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x32));
        claims.challengeElsewhere(1, mine, 2, theirs, new LineProof[](0));
        claims.challengeElsewhere(1, mine, 2, theirs, beside);
    }

    /// @dev A line that was held with `held` thousandths is proposed with `share`: what another programme has of those
    /// between falls, what it has of the others doesn't.
    function testFuzzOnlyWhatIsNotHeldIsElsewhere(
        uint16 from,
        uint16 held,
        uint16 share,
        uint16 other,
        uint16 others,
        uint8 around
    ) public {
        from %= 500;
        (held, share) = (held % 500, 1 + share % 500);
        (other, others) = (other % 500, 1 + others % 500);
        _propose(1, _bookOf(from, held, held == 0 ? 1 + around % 3 : around % 4));
        uint256 theirs = _propose(2, _bookOf(other, others, 0));
        vm.warp(block.timestamp + WINDOW);
        Book memory book = _bookOf(from, share, 0);
        _propose(1, book);
        bool wrong;
        for (uint256 i = uint256(from) + held; i < uint256(from) + share; ++i) {
            wrong = wrong || (i >= other && i < uint256(other) + others);
        }
        LineProof[] memory beside = _besideInActive(1, book.lines[0]);
        if (!wrong) _notProven(Fault.Elsewhere);
        claims.challengeElsewhere(1, _at(book, 0), theirs, _at(_bookAt(theirs), 0), beside);
    }

    /// @dev It is proposed as it was held, and the other programme's goes on behind it; or it grew, behind the other
    /// programme's.
    function testWhatIsHeldIsNotElsewhere() public {
        uint256 start = vm.snapshotState();
        testFuzzOnlyWhatIsNotHeldIsElsewhere(100, 200, 199, 250, 99, 0);
        vm.revertToState(start);
        testFuzzOnlyWhatIsNotHeldIsElsewhere(100, 200, 299, 250, 49, 0);
    }

    /// @dev A part of a line, if it is any; by two bits of `around` with a line before it, and one after it.
    function _bookOf(uint16 from, uint16 share, uint256 around) private pure returns (Book memory) {
        Line[] memory lines = new Line[](3);
        uint256 length;
        for (uint256 i; i < 3; ++i) {
            if (i == 1 ? share == 0 : around >> (i / 2) & 1 == 0) continue;
            Line memory line = lines[length++];
            (line.line, line.person) = (bytes32(i), 1);
            if (i == 1) (line.from, line.share) = (from, share);
        }
        _shorten(lines, length);
        return _book(lines);
    }

    function testClaimsOrder() public {
        _falls(14, 3, Fault.Claims);
        _falls(15, 3, Fault.Claims);
        _falls(9, (63 << 64) | 3, Fault.Claims);
    }

    /// @dev All that can be said about an honest root, and it stands.
    function testAnHonestRootStands() public {
        _left[1] = true;
        Book memory other = _honest(2);
        for (uint256 i = 2; i <= PERSONS; ++i) {
            _left[i] = true;
        }
        _left[1] = false;
        Book memory small = _publish(1);
        _left[7] = false;
        Book memory book = _honest(1);
        _propose(1, book);
        _propose(2, other); // with a line of the first programme's proposal; it came later
        uint256 n = book.lines.length;
        vm.assertEq(n, 3);
        for (uint256 i; i < n; ++i) {
            LineProof memory line = _at(book, i);
            for (uint256 j; j < n; ++j) {
                _notProven(Fault.Order);
                claims.challengeOrder(1, line, _at(book, j));
                _notProven(Fault.Running);
                claims.challengeRunning(1, line, _at(book, j));
                for (uint256 k; k < 2; ++k) {
                    _notProven(Fault.Total);
                    claims.challengeTotal(1, _claimAt(book, k), _at(book, j));
                }
            }
            _honestLog(line);
            for (uint256 j; j < small.lines.length; ++j) {
                _notProven(Fault.Dropped);
                claims.challengeDropped(1, _at(small, j), _one(line));
                _notProven(Fault.Dropped);
                claims.challengeDropped(1, _at(small, j), _two(line, _at(book, (i + 1) % n)));
                _notProven(Fault.Elsewhere);
                claims.challengeElsewhere(1, line, 1, _at(small, j), new LineProof[](0)); // the same programme's
            }
            for (uint256 j; j < other.lines.length; ++j) {
                _notProven(Fault.Elsewhere);
                claims.challengeElsewhere(1, line, 3, _at(other, j), new LineProof[](0)); // later
            }
        }
        for (uint256 i; i < 4; ++i) {
            _notProven(Fault.Claims);
            claims.challengeClaims(1, _claimAt(book, i / 2), _claimAt(book, i % 2));
            ClaimProof[] memory beside = new ClaimProof[](2);
            (beside[0], beside[1]) = (_claimAt(book, i / 2), _claimAt(book, i % 2));
            for (uint256 j; j < n; ++j) {
                _notProven(Fault.Missing);
                claims.challengeMissing(1, _at(book, j), beside);
            }
        }
        _standing(1, 1, 2);
    }

    function _honestLog(LineProof memory line) private {
        for (uint256 repo = 1; repo <= 2; ++repo) {
            for (uint256 i; i < _entries[repo].length; ++i) {
                bytes32[] memory path = Trees.path(_logLeaves(repo), i);
                uint256 size = _entries[repo].length;
                Entry memory entry = _entries[repo][i];
                _notProven(Fault.Log);
                claims.challengeLog(1, line, entry, size, path);
            }
        }
    }

    /// @dev Proofs that are not of this proposal, and challenges when there is none.
    function testProofsAreOfTheProposal() public {
        Book memory book = _honest(1);
        LineProof memory first = _at(book, 0);
        LineProof memory second = _at(book, 1);
        ClaimProof memory one = _claimAt(book, 0);
        vm.expectRevert(abi.encodeWithSelector(IRoots.NoProposal.selector, 1));
        claims.challengeOrder(1, second, first);
        vm.expectRevert(abi.encodeWithSelector(IRoots.NoProposal.selector, 1));
        claims.challengeTotal(1, one, first);
        _propose(1, book);

        first.line.line = bytes32(type(uint256).max);
        _badProof();
        claims.challengeOrder(1, first, second);
        _badProof();
        claims.challengeOrder(1, second, first);
        _badProof();
        claims.challengeRunning(1, first, second);
        _badProof();
        claims.challengeTotal(1, one, first);
        _badProof();
        claims.challengeLog(1, first, _entries[1][0], 0, new bytes32[](0));
        _badProof();
        claims.challengeDropped(1, second, _one(second)); // nothing is active yet
        _badProof();
        claims.challengeElsewhere(1, second, 2, second, new LineProof[](0));
        one.index = 1;
        _badProof();
        claims.challengeClaims(1, one, _claimAt(book, 1));
        _badProof();
        claims.challengeTotal(1, one, second);

        vm.warp(START + WINDOW);
        vm.expectRevert(abi.encodeWithSelector(IRoots.NoProposal.selector, 1));
        claims.challengeOrder(1, second, second);
    }

    /// @dev Where two are compared, none of them may be made up.
    function testEachOfSeveralProofsIsOfItsRoot() public {
        Book memory active = _publish(1);
        _append(1, _entry(80, 1, 0, 1000));
        Book memory book = _honest(1);
        _propose(1, book);

        ClaimProof memory second = _claimAt(book, 1);
        second.claim = book.claims[0];
        _badProof();
        claims.challengeClaims(1, _claimAt(book, 0), second);

        uint256 place;
        while (book.lines[place].person != 2) ++place;
        ClaimProof[] memory beside = new ClaimProof[](2);
        (beside[0], beside[1]) = (_claimAt(book, 1), _claimAt(book, 2));
        beside[0].claim = book.claims[0];
        _badProof();
        claims.challengeMissing(1, _at(book, place), beside);
        (beside[0], beside[1]) = (_claimAt(book, 0), _claimAt(book, 1));
        beside[1].claim = book.claims[2];
        _badProof();
        claims.challengeMissing(1, _at(book, place), beside);

        place = 1;
        while (book.lines[place].previous != 0) ++place;
        LineProof memory before = LineProof(book.lines[place], 0, Trees.path(book.lineLeaves, 0));
        _badProof();
        claims.challengeRunning(1, _at(book, place), before);

        LineProof memory left = LineProof(book.lines[0], 1, Trees.path(book.lineLeaves, 1));
        _badProof();
        claims.challengeDropped(1, _at(active, 1), _two(left, _at(book, 2)));
        LineProof memory right = LineProof(book.lines[2], 1, Trees.path(book.lineLeaves, 1));
        _badProof();
        claims.challengeDropped(1, _at(active, 1), _two(_at(book, 0), right));
    }

    /// @dev An entry that is not in the log, or whose proof is of a smaller log, proves nothing.
    function testOnlyTheLogAsItIsProves() public {
        (Book memory book,) = _forge(1, _honest(1), 19, 3);
        _propose(1, book);
        Line memory line = book.lines[3];
        uint256 size = _entries[line.repo].length;
        Entry memory entry = _entries[line.repo][line.index];
        bytes32[] memory path = Trees.path(_logLeaves(line.repo), line.index);
        entry.contributor = "made up";
        _notProven(Fault.Log);
        claims.challengeLog(1, _at(book, 3), entry, size, path);
        entry = _entries[line.repo][line.index];
        _append(line.repo, _entry(51, 1, 0, 1000));
        _notProven(Fault.Log);
        claims.challengeLog(1, _at(book, 3), entry, size, path);
        path = Trees.path(_logLeaves(line.repo), line.index);
        claims.challengeLog(1, _at(book, 3), entry, size + 1, path);
    }

    /// forge-config: default.fuzz.runs = 1000
    function testFuzzAForgedRootFallsAndAnHonestOneStands(
        uint256 seed,
        uint256 kind,
        uint8 left,
        uint8 more,
        bool copied
    ) public {
        for (uint256 i = 1; i <= PERSONS; ++i) {
            _left[i] = (left >> i) & 1 == 1;
        }
        Book memory book = _honest(2);
        if (left & 1 == 1 && book.lines.length != 0) _propose(2, book);
        for (uint256 i = 1; i <= PERSONS; ++i) {
            _left[i] = (more >> i) & 1 == 1;
        }
        book = _honest(1);
        if (more & 1 == 1 && book.lines.length != 0) {
            book = _publish(1);
            // The other programme counts the same, and nobody looks.
            if (copied) _propose(2, book);
            vm.warp(block.timestamp + WINDOW);
        }
        for (uint256 i = 1; i <= PERSONS; ++i) {
            _left[i] = false;
        }
        _append(1, _entry(seed % 12, 1 + seed % PERSONS, 100 * (seed % 5), 500));

        book = _honest(1);
        if (book.lines.length == 0) return;
        _propose(1, book);
        vm.assertTrue(!_watch(1, book), "an honest root stands");
        vm.warp(block.timestamp + WINDOW);
        bool wrong;
        (book, wrong) = _forge(1, _honest(1), kind % FORGERIES, seed);
        if (!wrong) return;
        _propose(1, book);
        vm.assertTrue(_watch(1, book), "a forged one falls");
    }

    // --- Claims ----------------------------------------------------------------------------------------------------

    function testAClaimIsPaidOnce() public {
        _attestAll();
        _fund(1, 100);
        Book memory book = _publish(1);
        vm.expectEmit(address(vouchers));
        emit TransferSingle(address(claims), address(0), _wallet(2), 1, PER_LINE + 1);
        vm.prank(stranger);
        vm.assertEq(_claimOf(1, book, 1, 1), PER_LINE + 1);
        vm.assertEq(_claimOf(1, book, 1, 1), 0);
        vm.assertEq(_claimOf(1, book, 0, 7), 6 * PER_LINE + 2);
        vm.assertEq(_claimOf(1, book, 0, 7), 0);
        vm.assertEq(_units(2), PER_LINE + 1);

        _append(2, _entry(60, 2, 0, 1000));
        vm.assertEq(_claimOf(1, _publish(1), 0, 7), PER_LINE);
        vm.assertEq(claims.redeemedBy(1, 2), 2 * PER_LINE + 1);
    }

    /// @dev Of the tree of seven: every batch that is a whole part of it, and none that isn't.
    function testBatches() public {
        _attestAll();
        _fund(1, 100);
        Book memory book = _publish(1);
        for (uint256 start; start <= PERSONS; ++start) {
            for (uint256 n; start + n <= PERSONS; ++n) {
                uint256 span = 1 << _level(n);
                if (n != 0 && start % span == 0 && (n == span || start + n == PERSONS)) {
                    _claimOf(1, book, start, n);
                    continue;
                }
                vm.expectRevert(abi.encodeWithSelector(IClaims.BadBatch.selector, start, n));
                claims.claim(1, start, _slice(book, start, n), new bytes32[](0));
            }
        }
        for (uint256 i = 1; i <= PERSONS; ++i) {
            vm.assertEq(_units(i), PER_LINE + (i <= 3 ? 1 : 0));
        }
    }

    function testAForgedClaimIsNotPaid() public {
        _attestAll();
        _fund(1, 100);
        Book memory book = _publish(1);
        Claim[] memory list = _slice(book, 0, 4);
        bytes32[] memory path = Trees.pathOfRange(book.claimLeaves, 0, 2);
        for (uint256 bit; bit < 176; bit += 11) {
            list[2] = Claim.wrap(Claim.unwrap(book.claims[2]) ^ (1 << bit));
            _badProof();
            claims.claim(1, 0, list, path);
        }
        list[2] = book.claims[2];
        _badProof();
        claims.claim(1, 4, list, path);
        _badProof();
        claims.claim(1, 8, list, path);
        _badProof();
        claims.claim(1, 0, list, new bytes32[](0));
        vm.expectRevert(abi.encodeWithSelector(IClaims.NoRoot.selector, 2));
        claims.claim(2, 0, list, path);
        claims.claim(1, 0, list, path);
    }

    /// @dev The encoding may have the list come last: what stands behind it is none of it.
    function testWhatStandsBehindTheListIsNoClaim() public {
        _attestAll();
        _fund(1, 100);
        Book memory book = _publish(1);
        bytes32[] memory path = Trees.pathOfRange(book.claimLeaves, 0, 0);
        uint256 list = 0xA0 + 32 * path.length;
        bytes memory head = abi.encode(uint256(1), uint256(0), list, uint256(0x80));
        bytes memory tail = abi.encode(uint256(1), Claim.unwrap(book.claims[0]), Claim.unwrap(book.claims[1]));
        (bool done,) = address(claims).call(abi.encodePacked(IClaims.claim.selector, head, path.length, path, tail));
        vm.assertTrue(done, "a claim of one");
        vm.assertEq(_units(1), PER_LINE + 1);
        vm.assertEq(_units(2), 0);
    }

    function testWhoDidNotGraduateIsLeftOut() public {
        _attest(1, 1);
        _attest(2, 2);
        _fund(1, 100);
        Book memory book = _publish(1);
        vm.assertEq(_claimOf(1, book, 0, 7), PER_LINE + 1);
        vm.assertEq(_claimOf(1, book, 4, 2), 0);
        vm.assertEq(_units(2), 0);
        _attest(3, 1);
        vm.assertEq(_claimOf(1, book, 0, 7), PER_LINE + 1);
    }

    function testWhatTheBudgetDoesNotCoverIsPaidLater() public {
        _attestAll();
        Book memory book = _publish(1);
        vm.assertEq(_claimOf(1, book, 0, 7), 0);
        _fund(1, 7);
        vm.assertEq(_claimOf(1, book, 0, 7), 7);
        vm.assertEq(_units(1), PER_LINE + 1);
        vm.assertEq(_units(2), 2);
        _fund(1, 4);
        vm.assertEq(_claimOf(1, book, 1, 1), 3);
        vm.assertEq(_claimOf(1, book, 0, 7), 1);
        _fund(1, 100);
        vm.assertEq(_claimOf(1, book, 0, 7), 7 * PER_LINE + 3 - 11);
        vm.assertEq(_claimOf(1, book, 0, 7), 0);
    }

    function testAPersonIsPaidOnceOverAllWallets() public {
        _attestAll();
        _fund(1, 100);
        Book memory book = _publish(1);
        address first = _wallet(1);
        _claimOf(1, book, 0, 1);
        _rotate(1, _account(0xB1));
        _rotate(1, _account(0xB2));
        vm.assertEq(_claimOf(1, book, 0, 7), 6 * PER_LINE + 2);
        vm.assertEq(_units(1), PER_LINE + 1);
        vm.assertEq(vouchers.balanceOf(first, 1), 0);
        vm.assertEq(vouchers.redeemed(1, first), 0);
        vm.assertEq(claims.redeemedBy(1, 1), PER_LINE + 1);
    }

    function testAWalletThatRefusesHoldsUpNobody() public {
        _attestAll();
        _fund(1, 100);
        Book memory book = _publish(1);
        Agreeable wallet = new Agreeable();
        wallet.setRefuses(true);
        _rotate(2, address(wallet));
        vm.assertEq(_claimOf(1, book, 0, 7), 6 * PER_LINE + 2);
        wallet.setRefuses(false);
        vm.assertEq(_claimOf(1, book, 0, 7), PER_LINE + 1);
        vm.assertEq(_units(2), PER_LINE + 1);
    }

    function testNobodyClaimsInTheMiddleOfAClaim() public {
        _attestAll();
        _fund(1, 100);
        Book memory book = _publish(1);
        Agreeable wallet = new Agreeable();
        _rotate(1, address(wallet));
        bytes32[] memory path = Trees.pathOfRange(book.claimLeaves, 1, 0);
        wallet.prepare(address(claims), abi.encodeCall(claims.claim, (1, 1, _slice(book, 1, 1), path)));
        vm.assertEq(_claimOf(1, book, 0, 7), 7 * PER_LINE + 3);
        vm.assertTrue(!wallet.entered(), "not entered");
    }

    /// @dev While it is asked, a wallet that is a university takes back the graduation of a person after it in the batch:
    /// who is being paid stays a graduate.
    function testARevocationInTheMiddleOfAClaim() public {
        _attest(1, 1);
        for (uint256 i = 3; i <= PERSONS; ++i) {
            _attest(i, 1);
        }
        _fund(1, 100);
        Agreeable wallet = new Agreeable();
        _rotate(1, address(wallet));
        authority.grantRole(UNIVERSITY, address(wallet), 0);
        Attestation memory a = _attestation(2, 1);
        claims.attest(a, address(wallet), "", _by(a.wallet, _typed(_contentOf(a, address(wallet)))));
        Book memory book = _publish(1);
        wallet.prepare(address(claims), abi.encodeCall(claims.revokeAttestation, (2, "-")));
        vm.assertEq(_claimOf(1, book, 0, 7), 7 * PER_LINE + 3);
        vm.assertTrue(!wallet.entered(), "not revoked");
        vm.assertEq(_units(2), PER_LINE + 1);
        vm.assertEq(claims.personAt(2).programme(), 1);
    }

    /// @dev Nor does a wallet that is the guardian annul one, of a university that is none any more.
    function testAnAnnulmentInTheMiddleOfAClaim() public {
        _attestAll();
        _fund(1, 100);
        Agreeable wallet = new Agreeable();
        _rotate(1, address(wallet));
        authority.grantRole(GUARDIAN, address(wallet), 0);
        authority.revokeRole(UNIVERSITY, university);
        Book memory book = _publish(1);
        wallet.prepare(address(claims), abi.encodeCall(claims.annulAttestation, (2, "-")));
        vm.assertEq(_claimOf(1, book, 0, 7), 7 * PER_LINE + 3);
        vm.assertTrue(!wallet.entered(), "not annulled");
        vm.assertEq(_units(2), PER_LINE + 1);
        vm.assertEq(claims.personAt(2).programme(), 1);
    }

    /// @dev While it is asked, a wallet moves a person after it in the batch to another one: the wallet before is paid.
    function testARotationInTheMiddleOfAClaim() public {
        _attestAll();
        _fund(1, 100);
        Agreeable wallet = new Agreeable();
        _rotate(1, address(wallet));
        Book memory book = _publish(1);
        address next = _account(0xB2);
        (bytes32 digest, uint64 deadline) = _rotation(2, next);
        bytes memory byWallet = _by(_wallet(2), digest);
        wallet.prepare(address(claims), abi.encodeCall(claims.rotate, (2, next, deadline, byWallet, _by(next, digest))));
        vm.assertEq(_claimOf(1, book, 0, 7), 7 * PER_LINE + 3);
        vm.assertTrue(wallet.entered(), "rotated");
        vm.assertEq(_units(2), 0);
        vm.assertEq(_claimOf(1, book, 0, 7), 0);
        vm.assertEq(_units(2), PER_LINE + 1);
        vm.assertEq(claims.redeemedBy(1, 2), PER_LINE + 1);
    }
}

/// @notice Gas of whole transactions that pay 1,000 graduates, cold: base, calldata and execution.
abstract contract ClaimsGas is Forger {
    uint256 internal constant GRADUATES = 1_000;
    bytes internal _last;

    function setUp() public virtual override {
        super.setUp();
        _register();
        for (uint256 i = 1; i <= GRADUATES; ++i) {
            _bind(1, bytes32(i), _account(0xA0000 + i));
            _attest(i, 1);
        }
        _fund(1, 300_000);
        _proposeAll(12_345);
    }

    /// @dev Nobody looks at the tree of lines.
    function _proposeAll(uint256 points) internal {
        Book memory book;
        book.claims = new Claim[](GRADUATES);
        for (uint256 i; i < GRADUATES; ++i) {
            book.claims[i] = _claim(i + 1, points + i, 1_234_567 + i);
        }
        _hash(book);
        vm.prank(publisher);
        claims.propose(1, "", 2_000_000, Trees.root(book.claimLeaves), uint48(GRADUATES));
        vm.warp(block.timestamp + WINDOW);
        _last = abi.encode(book.claims);
    }

    /// @dev The whole transaction's: forge makes one of the call, with `isolate`.
    function _pay() internal returns (uint256 perGraduate) {
        Claim[] memory list = abi.decode(_last, (Claim[]));
        vm.assertGe(claims.claim(1, 0, list, new bytes32[](0)), 40 * GRADUATES, "units");
        return vm.lastCallGas().gasTotalUsed / GRADUATES;
    }
}

/// forge-config: default.isolate = true
contract ClaimsGasFirstTest is ClaimsGas {
    function testGasOfTheFirstClaim() public {
        uint256 gas = _pay();
        vm.assertGe(gas, 25_000, "cold"); // a new word alone is 22,100
        vm.assertLe(gas, 30_700, vm.toString(gas));
        // As many as the services send at once, and half a million for their proof and what is paid once.
        vm.assertLe(512 * gas + 500_000, 1 << 24, "within the limit of a transaction");
    }
}

/// forge-config: default.isolate = true
contract ClaimsGasSecondTest is ClaimsGas {
    function setUp() public override {
        super.setUp();
        _pay();
        _proposeAll(54_321);
    }

    function testGasOfTheSecondClaim() public {
        uint256 gas = _pay();
        vm.assertGe(gas, 9_000, "cold"); // a person's and an account's word are 7,100
        vm.assertLe(gas, 13_600, vm.toString(gas));
    }
}
