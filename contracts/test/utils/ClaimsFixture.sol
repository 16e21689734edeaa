// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {SettlementCash} from "../../src/SettlementCash.sol";
import {IClaims} from "../../src/interfaces/IClaims.sol";
import {Batch, Entry, IContributionLog} from "../../src/interfaces/IContributionLog.sol";
import {Binding, IContributors} from "../../src/interfaces/IContributors.sol";
import {Attestation, IGraduation} from "../../src/interfaces/IGraduation.sol";
import {ClaimProof, IRoots, LineProof} from "../../src/interfaces/IRoots.sol";
import {IVouchers, ProgrammeTerms} from "../../src/interfaces/IVouchers.sol";
import {Line} from "../../src/libraries/Lines.sol";
import {Claim} from "../../src/types/Claim.sol";
import {Fixture} from "./Fixture.sol";
import {Trees} from "./Trees.sol";

/// @notice The two trees that a publisher publishes beside the chain.
struct Book {
    Line[] lines;
    Claim[] claims;
    bytes32[] lineLeaves;
    bytes32[] claimLeaves;
}

/// @notice The log, the vouchers and the claims, with two programmes; ways to make persons, logs and books; an honest
/// publisher, and a watcher who looks for what is wrong in a book and challenges it.
abstract contract ClaimsFixture is Fixture {
    event Bound(
        uint256 indexed person, uint256 indexed repo, bytes32 indexed contributor, address wallet, bytes32 evidence
    );
    event TransferSingle(address indexed operator, address indexed from, address indexed to, uint256 id, uint256 value);

    uint64 internal constant DISTRICT = 6;
    uint64 internal constant UNIVERSITY = 7;
    address internal constant district = address(0xD157);
    address internal constant publisher = address(0x9B11);
    uint256 internal constant MAINTAINER_KEY = 0x3A17;
    uint256 internal constant UNIVERSITY_KEY = 0x0711;

    uint64 internal constant START = 1_750_000_000;
    uint64 internal constant WINDOW = 3 days;
    uint64 internal constant DELAY = 14 days;
    uint64 internal constant UNIT = 2_500_000; // 2.50 of a token with 6 decimals
    uint64 internal constant POINTS = 250; // a quarter of a line
    uint256 internal constant PROGRAMMES = 2;

    IContributionLog internal log;
    IVouchers internal vouchers;
    IClaims internal claims;
    address internal maintainer;
    address internal university;

    mapping(address account => uint256) internal _keyOf;
    mapping(uint256 repo => Entry[]) internal _entries;
    mapping(uint256 number => bytes) internal _books;
    uint256 internal _repos;

    // --- Deployment ------------------------------------------------------------------------------------------------

    function setUp() public virtual override {
        vm.warp(START);
        authority = AccessManager(_deploy("AccessManager.sol:AccessManager", abi.encode(address(this))));
        cash = SettlementCash(
            _deploy("SettlementCash.sol:SettlementCash", abi.encode(authority, "Local settlement cash", "LSC"))
        );
        log = IContributionLog(_deploy("ContributionLog.sol:ContributionLog", ""));
        address predicted = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1);
        vouchers = IVouchers(_deploy("Vouchers.sol:Vouchers", abi.encode(authority, predicted)));
        claims = _deployClaims();
        require(address(claims) == predicted, "claims address");

        _open(address(vouchers), DISTRICT, IVouchers.open.selector);
        _open(address(claims), UNIVERSITY, IContributors.proposeRecovery.selector);
        _open(address(claims), GUARDIAN, IRoots.stop.selector);
        _open(address(claims), GUARDIAN, IGraduation.annulAttestation.selector);
        maintainer = _account(MAINTAINER_KEY);
        university = _account(UNIVERSITY_KEY);
        authority.grantRole(DISTRICT, district, 0);
        authority.grantRole(UNIVERSITY, university, 0);
        authority.grantRole(GUARDIAN, guardian, 0);
        for (uint256 i; i < PROGRAMMES; ++i) {
            vm.prank(district);
            vouchers.open(_terms(), new address[](0));
        }
    }

    function _deployClaims() internal returns (IClaims) {
        return IClaims(_deploy("Claims.sol:Claims", abi.encode(authority, log, vouchers, WINDOW, DELAY)));
    }

    function _terms() internal view returns (ProgrammeTerms memory) {
        return ProgrammeTerms({
            publisher: publisher,
            cash: address(cash),
            unitValue: UNIT,
            pointsPerUnit: POINTS,
            cap: 0,
            expiry: START + 10 * 365 days,
            transferable: true,
            policyHash: keccak256("policy"),
            uri: "ipfs://programme"
        });
    }

    /// @dev Cash for so many units of a programme.
    function _fund(uint256 programme, uint256 units) internal {
        cash.mint(district, units * UNIT);
        vm.startPrank(district);
        cash.approve(address(vouchers), units * UNIT);
        vouchers.fund(programme, units * UNIT);
        vm.stopPrank();
    }

    // --- Signatures ------------------------------------------------------------------------------------------------

    /// @dev The account of a key, which signs from now on.
    function _account(uint256 key) internal returns (address account) {
        account = vm.addr(key);
        _keyOf[account] = key;
    }

    /// @dev By the account's key; a wallet without one takes anything for its signature.
    function _by(address account, bytes32 digest) internal view returns (bytes memory) {
        return _keyOf[account] == 0 ? bytes("") : _signed(_keyOf[account], digest);
    }

    function _typed(bytes memory content) internal view returns (bytes32) {
        return _digest(_domain("Contribution Claims", address(claims)), content);
    }

    function _contentOf(Binding memory b) internal pure returns (bytes memory) {
        return abi.encode(
            keccak256("Binding(uint256 repo,bytes32 contributor,address wallet,bytes32 evidence,uint64 deadline)"),
            b.repo,
            b.contributor,
            b.wallet,
            b.evidence,
            b.deadline
        );
    }

    function _contentOf(Attestation memory a) internal view returns (bytes memory) {
        return _contentOf(a, university);
    }

    function _contentOf(Attestation memory a, address by) internal pure returns (bytes memory) {
        return abi.encode(
            keccak256(
                "Attestation(uint64 person,address wallet,uint32 programme,uint32 day,uint64 deadline,address university)"
            ),
            a.person,
            a.wallet,
            a.programme,
            a.day,
            a.deadline,
            by
        );
    }

    function _contentOfRotation(uint256 person, address from, address to, uint256 rotation, uint64 deadline)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encode(
            keccak256("Rotation(uint64 person,address from,address to,uint8 rotation,uint64 deadline)"),
            person,
            from,
            to,
            rotation,
            deadline
        );
    }

    // --- Persons ---------------------------------------------------------------------------------------------------

    function _binding(uint256 repo, bytes32 contributor, address wallet) internal view returns (Binding memory) {
        return Binding(repo, contributor, wallet, keccak256("checked"), uint64(block.timestamp + 1 hours));
    }

    function _bind(uint256 repo, bytes32 contributor, address wallet) internal returns (uint256 person) {
        Binding memory binding = _binding(repo, contributor, wallet);
        bytes32 digest = _typed(_contentOf(binding));
        return claims.bind(binding, _by(wallet, digest), maintainer, _by(maintainer, digest));
    }

    function _wallet(uint256 person) internal view returns (address) {
        return claims.personAt(person).wallet();
    }

    /// @dev The digest of the person's rotation to a wallet, good for an hour.
    function _rotation(uint256 person, address to) internal view returns (bytes32 digest, uint64 deadline) {
        deadline = uint64(block.timestamp + 1 hours);
        uint256 rotation = claims.personAt(person).rotations();
        digest = _typed(_contentOfRotation(person, _wallet(person), to, rotation, deadline));
    }

    function _rotate(uint256 person, address to) internal {
        (bytes32 digest, uint64 deadline) = _rotation(person, to);
        claims.rotate(person, to, deadline, _by(_wallet(person), digest), _by(to, digest));
    }

    function _proposeRecovery(uint256 person, address to) internal {
        (bytes32 digest, uint64 deadline) = _rotation(person, to);
        vm.prank(university);
        claims.proposeRecovery(person, to, deadline, _by(to, digest));
    }

    function _attestation(uint256 person, uint256 programme) internal view returns (Attestation memory) {
        return Attestation(
            uint64(person),
            _wallet(person),
            uint32(programme),
            uint32(block.timestamp / 1 days),
            uint64(block.timestamp + 1 hours)
        );
    }

    /// @dev With the consent of the person's wallet.
    function _attest(uint256 person, uint256 programme) internal {
        Attestation memory a = _attestation(person, programme);
        bytes32 digest = _typed(_contentOf(a));
        claims.attest(a, university, _by(university, digest), _by(a.wallet, digest));
    }

    // --- Logs ------------------------------------------------------------------------------------------------------

    function _register() internal returns (uint256 repo) {
        vm.prank(maintainer);
        _repos = repo = log.register(bytes32(_repos + 1), 1, "repo", "");
    }

    function _entry(uint256 line, uint256 contributor, uint256 from, uint256 share)
        internal
        pure
        returns (Entry memory)
    {
        bytes32 hash = keccak256(abi.encode("line", line));
        return Entry(hash, bytes32(contributor), bytes32("commit"), uint16(from), uint16(share));
    }

    function _append(uint256 repo, Entry memory entry) internal {
        _entries[repo].push(entry);
        _anchor(repo);
    }

    /// @dev Brings the log up to the entries.
    function _anchor(uint256 repo) internal {
        (, uint256 size, uint256 batches,) = log.head(repo);
        bytes32[] memory leaves = _logLeaves(repo);
        Batch memory batch =
            Batch(uint64(batches), uint64(leaves.length), Trees.root(leaves), bytes32("head"), uint64(block.number));
        vm.prank(maintainer);
        log.append(repo, batch, Trees.consistency(leaves, size), maintainer, "");
    }

    function _logLeaves(uint256 repo) internal view returns (bytes32[] memory leaves) {
        Entry[] memory entries = _entries[repo];
        leaves = new bytes32[](entries.length);
        for (uint256 i; i < leaves.length; ++i) {
            Entry memory e = entries[i];
            leaves[i] = Trees.leaf(abi.encodePacked(e.line, e.contributor, e.commit, e.from, e.share));
        }
    }

    // --- Books -----------------------------------------------------------------------------------------------------

    /// @dev What an honest publisher counts for an entry: a point for each thousandth.
    function _line(uint256 repo, uint256 index) internal view returns (Line memory line) {
        Entry memory entry = _entries[repo][index];
        (line.line, line.from, line.share, line.points) = (entry.line, entry.from, entry.share, entry.share);
        (line.repo, line.index) = (uint32(repo), uint64(index));
        line.person = uint64(claims.personOfContributor(repo, entry.contributor));
    }

    /// @dev Whether an honest publisher counts new lines of this person; a test may want fewer.
    function _counts(uint256, uint256 person) internal view virtual returns (bool) {
        return person != 0;
    }

    /// @dev All that the active root has, and what the logs have beyond it that is counted nowhere yet.
    function _honest(uint256 programme) internal view returns (Book memory) {
        (uint256 active,) = claims.rootsOf(programme);
        Line[] memory held = _published(active);
        uint256 length = held.length;
        for (uint256 repo = 1; repo <= _repos; ++repo) {
            length += _entries[repo].length;
        }
        Line[] memory lines = new Line[](length);
        for (length = 0; length < held.length; ++length) {
            lines[length] = held[length];
        }
        Line[][] memory elsewhere = _elsewhere(programme, type(uint256).max);
        for (uint256 repo = 1; repo <= _repos; ++repo) {
            for (uint256 i; i < _entries[repo].length; ++i) {
                Line memory line = _line(repo, i);
                bool taken = !_counts(programme, line.person) || _overlaps(line, lines, length);
                for (uint256 k; k < elsewhere.length && !taken; ++k) {
                    taken = _overlaps(line, elsewhere[k], elsewhere[k].length);
                }
                if (!taken) lines[length++] = line;
            }
        }
        _shorten(lines, length);
        return _book(lines);
    }

    /// @dev The lines of all standing roots of other programmes that were proposed before a number.
    function _elsewhere(uint256 programme, uint256 before) internal view returns (Line[][] memory lists) {
        lists = new Line[][](2 * PROGRAMMES);
        for (uint256 other = 1; other <= PROGRAMMES; ++other) {
            (uint256 active, uint256 proposed) = claims.rootsOf(other);
            if (other == programme) continue;
            if (active < before) lists[2 * other - 2] = _published(active);
            if (proposed < before) lists[2 * other - 1] = _published(proposed);
        }
    }

    function _published(uint256 number) internal view returns (Line[] memory lines) {
        if (_books[number].length != 0) (lines,) = abi.decode(_books[number], (Line[], Claim[]));
    }

    function _bookAt(uint256 number) internal view returns (Book memory book) {
        (book.lines, book.claims) = abi.decode(_books[number], (Line[], Claim[]));
        _hash(book);
    }

    function _overlaps(Line memory line, Line[] memory lines, uint256 length) internal pure returns (bool) {
        for (uint256 i; i < length; ++i) {
            if (_overlap(line, lines[i])) return true;
        }
        return false;
    }

    function _overlap(Line memory a, Line memory b) internal pure returns (bool) {
        return a.line == b.line && a.from < uint256(b.from) + b.share && b.from < uint256(a.from) + a.share;
    }

    function _shorten(Line[] memory lines, uint256 length) internal pure {
        assembly ("memory-safe") {
            mstore(lines, length)
        }
    }

    function _before(Line memory a, Line memory b) internal pure returns (bool) {
        return a.line == b.line ? a.from < b.from : a.line < b.line;
    }

    /// @dev Sorts the lines, adds up their points and makes the claims.
    function _book(Line[] memory lines) internal pure returns (Book memory book) {
        for (uint256 i; i < lines.length; ++i) {
            for (uint256 j = i; j > 0 && _before(lines[j], lines[j - 1]); --j) {
                (lines[j], lines[j - 1]) = (lines[j - 1], lines[j]);
            }
        }
        Claim[] memory found = new Claim[](lines.length);
        uint256 persons;
        for (uint256 i; i < lines.length; ++i) {
            uint256 k;
            while (k < persons && found[k].person() < lines[i].person) ++k;
            if (k < persons && found[k].person() == lines[i].person) {
                lines[i].previous = uint48(found[k].last() + 1);
            } else {
                for (uint256 j = persons++; j > k; --j) {
                    found[j] = found[j - 1];
                }
                (found[k], lines[i].previous) = (_claim(0, 0, 0), 0);
            }
            lines[i].running = uint64(found[k].points() + lines[i].points);
            found[k] = _claim(lines[i].person, lines[i].running, i);
        }
        assembly ("memory-safe") {
            mstore(found, persons)
        }
        (book.lines, book.claims) = (lines, found);
        _hash(book);
    }

    function _claim(uint256 person, uint256 points, uint256 last) internal pure returns (Claim) {
        return Claim.wrap((person << 112) | (points << 48) | last);
    }

    function _hash(Book memory book) internal pure {
        book.lineLeaves = new bytes32[](book.lines.length);
        for (uint256 i; i < book.lines.length; ++i) {
            Line memory l = book.lines[i];
            bytes memory data = abi.encodePacked(l.line, l.from, l.share, l.person, l.repo);
            data = abi.encodePacked(data, l.index, l.points, l.previous, l.running);
            book.lineLeaves[i] = Trees.leaf(data);
        }
        book.claimLeaves = new bytes32[](book.claims.length);
        for (uint256 i; i < book.claims.length; ++i) {
            book.claimLeaves[i] = Trees.leaf(abi.encodePacked(uint176(Claim.unwrap(book.claims[i]))));
        }
    }

    function _propose(uint256 programme, Book memory book) internal returns (uint256 number) {
        (uint256 lines, uint256 persons) = (book.lines.length, book.claims.length);
        (bytes32 linesRoot, bytes32 claimsRoot) = (Trees.root(book.lineLeaves), Trees.root(book.claimLeaves));
        vm.prank(publisher);
        number = claims.propose(programme, linesRoot, uint48(lines), claimsRoot, uint48(persons));
        _books[number] = abi.encode(book.lines, book.claims);
    }

    /// @dev Proposes an honest book and lets its window pass.
    function _publish(uint256 programme) internal returns (Book memory book) {
        book = _honest(programme);
        _propose(programme, book);
        vm.warp(block.timestamp + WINDOW);
    }

    // --- Claims ----------------------------------------------------------------------------------------------------

    function _level(uint256 n) internal pure returns (uint256 level) {
        while (1 << level < n) ++level;
    }

    function _slice(Book memory book, uint256 start, uint256 n) internal pure returns (Claim[] memory list) {
        list = new Claim[](n);
        for (uint256 i; i < n; ++i) {
            list[i] = book.claims[start + i];
        }
    }

    function _claimOf(uint256 programme, Book memory book, uint256 start, uint256 n) internal returns (uint256 units) {
        bytes32[] memory path = Trees.pathOfRange(book.claimLeaves, start, _level(n));
        return claims.claim(programme, start, _slice(book, start, n), path);
    }

    // --- The watcher -----------------------------------------------------------------------------------------------

    function _at(Book memory book, uint256 index) internal pure returns (LineProof memory) {
        return LineProof(book.lines[index], index, Trees.path(book.lineLeaves, index));
    }

    function _claimAt(Book memory book, uint256 index) internal pure returns (ClaimProof memory) {
        return ClaimProof(book.claims[index], index, Trees.path(book.claimLeaves, index));
    }

    function _one(LineProof memory a) internal pure returns (LineProof[] memory list) {
        list = new LineProof[](1);
        list[0] = a;
    }

    function _two(LineProof memory a, LineProof memory b) internal pure returns (LineProof[] memory list) {
        list = new LineProof[](2);
        (list[0], list[1]) = (a, b);
    }

    /// @dev Looks for something wrong in a programme's proposal and challenges it.
    /// @return fell Whether there was something.
    function _watch(uint256 programme, Book memory book) internal returns (bool fell) {
        return _watchOrder(programme, book) || _watchSums(programme, book) || _watchClaims(programme, book)
            || _watchLogs(programme, book) || _watchDropped(programme, book) || _watchElsewhere(programme, book);
    }

    function _watchOrder(uint256 programme, Book memory book) private returns (bool) {
        for (uint256 i; i + 1 < book.lines.length; ++i) {
            Line memory a = book.lines[i];
            Line memory b = book.lines[i + 1];
            if (a.line < b.line || (a.line == b.line && b.from >= uint256(a.from) + a.share)) continue;
            claims.challengeOrder(programme, _at(book, i), _at(book, i + 1));
            return true;
        }
        for (uint256 i; i + 1 < book.claims.length; ++i) {
            if (book.claims[i].person() < book.claims[i + 1].person()) continue;
            claims.challengeClaims(programme, _claimAt(book, i), _claimAt(book, i + 1));
            return true;
        }
        return false;
    }

    function _watchSums(uint256 programme, Book memory book) private returns (bool) {
        for (uint256 i; i < book.lines.length; ++i) {
            Line memory line = book.lines[i];
            LineProof memory before;
            uint256 sum = line.points;
            if (line.previous > i) {
                sum = type(uint256).max;
            } else if (line.previous != 0) {
                before = _at(book, line.previous - 1);
                sum = before.line.person == line.person ? sum + before.line.running : type(uint256).max;
            }
            bool whole = sum == line.running;
            for (uint256 j = line.previous; j < i && whole; ++j) {
                if (book.lines[j].person != line.person) continue;
                (before, whole) = (_at(book, j), false); // one that it leaves out
            }
            if (whole) continue;
            if (before.path.length == 0 && book.lines.length > 1) before = _at(book, 0); // means nothing
            claims.challengeRunning(programme, _at(book, i), before);
            return true;
        }
        for (uint256 i; i < book.claims.length; ++i) {
            Claim claim = book.claims[i];
            LineProof memory last;
            if (claim.last() < book.lines.length) {
                last = _at(book, claim.last());
                bool right = last.line.person == claim.person() && last.line.running == claim.points();
                for (uint256 j = claim.last() + 1; j < book.lines.length && right; ++j) {
                    if (book.lines[j].person != claim.person()) continue;
                    (last, right) = (_at(book, j), false); // one that it leaves out
                }
                if (right) continue;
            }
            claims.challengeTotal(programme, _claimAt(book, i), last);
            return true;
        }
        return false;
    }

    /// @dev Claims are in order, or it was found before.
    function _watchClaims(uint256 programme, Book memory book) private returns (bool) {
        for (uint256 i; i < book.lines.length; ++i) {
            uint256 person = book.lines[i].person;
            uint256 place;
            while (place < book.claims.length && book.claims[place].person() < person) ++place;
            if (place < book.claims.length && book.claims[place].person() == person) continue;
            claims.challengeMissing(programme, _at(book, i), _besideClaim(book, place));
            return true;
        }
        return false;
    }

    /// @dev The claims on both sides of a place where there is none.
    function _besideClaim(Book memory book, uint256 place) internal pure returns (ClaimProof[] memory list) {
        bool inside = place != 0 && place != book.claims.length;
        list = new ClaimProof[](inside ? 2 : 1);
        list[0] = _claimAt(book, place == 0 ? 0 : place - 1);
        if (inside) list[1] = _claimAt(book, place);
    }

    function _watchLogs(uint256 programme, Book memory book) private returns (bool) {
        for (uint256 i; i < book.lines.length; ++i) {
            Line memory line = book.lines[i];
            Entry memory entry;
            bytes32[] memory path;
            uint256 size = _entries[line.repo].length;
            if (line.index < size) {
                entry = _entries[line.repo][line.index];
                bool same = line.line == entry.line && line.from == entry.from && line.share == entry.share
                    && line.points <= line.share && line.person != 0 && line.share != 0
                    && uint256(line.from) + line.share <= 1000;
                if (same && claims.personOfContributor(line.repo, entry.contributor) == line.person) continue;
                path = Trees.path(_logLeaves(line.repo), line.index);
            }
            claims.challengeLog(programme, _at(book, i), entry, size, path);
            return true;
        }
        return false;
    }

    function _watchDropped(uint256 programme, Book memory book) private returns (bool) {
        (uint256 active,) = claims.rootsOf(programme);
        Line[] memory held = _published(active);
        for (uint256 i; i < held.length; ++i) {
            (uint256 place, bool there) = _placeOf(held[i], book.lines);
            if (there) {
                Line memory now_ = book.lines[place];
                bool kept =
                    now_.person == held[i].person && now_.points >= held[i].points && now_.share >= held[i].share;
                if (kept) continue;
            }
            claims.challengeDropped(programme, _at(_bookAt(active), i), _beside(book, place, held[i]));
            return true;
        }
        return false;
    }

    /// @dev Where the line is, or would be; and whether one begins there.
    function _placeOf(Line memory line, Line[] memory lines) internal pure returns (uint256 place, bool there) {
        while (place < lines.length && _before(lines[place], line)) ++place;
        there = place < lines.length && !_before(line, lines[place]);
    }

    /// @dev The line in the place of `held`, or its neighbours.
    function _beside(Book memory book, uint256 place, Line memory held) internal pure returns (LineProof[] memory) {
        if (place == book.lines.length) return _one(_at(book, place - 1));
        if (place == 0 || !_before(held, book.lines[place])) return _one(_at(book, place));
        return _two(_at(book, place - 1), _at(book, place));
    }

    function _watchElsewhere(uint256 programme, Book memory book) private returns (bool) {
        (, uint256 mine) = claims.rootsOf(programme);
        for (uint256 other = 1; other <= PROGRAMMES; ++other) {
            if (other == programme) continue;
            (uint256 active, uint256 proposed) = claims.rootsOf(other);
            if (_watchElsewhere(programme, book, active)) return true;
            if (proposed < mine && _watchElsewhere(programme, book, proposed)) return true;
        }
        return false;
    }

    function _watchElsewhere(uint256 programme, Book memory book, uint256 other) private returns (bool) {
        Line[] memory theirs = _published(other);
        for (uint256 i; i < book.lines.length; ++i) {
            for (uint256 j; j < theirs.length; ++j) {
                if (!_overlap(book.lines[i], theirs[j]) || _holds(programme, book.lines[i], theirs[j])) continue;
                LineProof[] memory beside = _besideInActive(programme, book.lines[i]);
                claims.challengeElsewhere(programme, _at(book, i), other, _at(_bookAt(other), j), beside);
                return true;
            }
        }
        return false;
    }

    /// @dev Whether the programme's active root holds all that the two lines have in common.
    function _holds(uint256 programme, Line memory mine, Line memory theirs) private view returns (bool) {
        (uint256 active,) = claims.rootsOf(programme);
        Line[] memory held = _published(active);
        (uint256 place, bool there) = _placeOf(mine, held);
        return there && (held[place].share >= mine.share || _end(held[place]) >= _end(theirs));
    }

    function _end(Line memory line) internal pure returns (uint256) {
        return uint256(line.from) + line.share;
    }

    /// @dev What the programme's active root has where the line begins, if there is an active root.
    function _besideInActive(uint256 programme, Line memory line) internal view returns (LineProof[] memory) {
        (uint256 active,) = claims.rootsOf(programme);
        if (active == 0) return new LineProof[](0);
        Book memory book = _bookAt(active);
        (uint256 place,) = _placeOf(line, book.lines);
        return _beside(book, place, line);
    }
}
