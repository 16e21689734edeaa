// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Entry} from "../../src/interfaces/IContributionLog.sol";
import {Line} from "../../src/libraries/Lines.sol";
import {Claim} from "../../src/types/Claim.sol";
import {Agreeable} from "./ClaimActors.sol";
import {Book} from "./ClaimsFixture.sol";
import {Forger} from "./Forger.sol";

/// @notice What anyone may do in any order, and what has been paid for so far; see `Sequences.t.sol`.
contract World is Forger {
    /// @notice Thousandths of a line that a person was paid for in a programme.
    struct Paid {
        bytes32 line;
        uint256 from;
        uint256 end;
        uint256 owner; // the programme above 64 bits of the person
    }

    uint256 private constant LINES = 10;
    uint256 private constant QUARTERS = 4 * LINES;
    uint256 private constant CONTRIBUTORS = 6;
    uint256 private constant WALLETS = 16;
    uint256 private constant MOST_PERSONS = 6;

    uint256 private _random;
    address[] private _wallets;
    Paid[] private _paid;
    mapping(uint256 programme => mapping(uint256 person => uint256)) private _redeemed;
    mapping(uint256 programme => uint256) private _budget;

    /// @notice How often each step was done, and not refused.
    uint256[15] public done;

    constructor() {
        setUp();
        vm.assertTrue(PROGRAMMES == 2, "two programmes");
        maintainer = address(new Agreeable());
        university = address(new Agreeable());
        authority.grantRole(UNIVERSITY, university, 0);
        // A third of the wallets have keys; the others are contracts, which cost no signature.
        for (uint256 i; i < WALLETS; ++i) {
            _wallets.push(i % 3 == 0 ? _account(0xA000 + i) : address(new Agreeable()));
        }
        for (uint256 repo = 1; repo <= 2; ++repo) {
            _register();
            for (uint256 i = 1; i <= 4; ++i) {
                _entries[repo].push(_entry(4 * repo + i - 4, i, 0, 1000));
            }
            _anchor(repo);
            for (uint256 i = 1; i <= 4; ++i) {
                _bind(repo, bytes32(i), _wallets[i]);
            }
        }
        for (uint256 i = 1; i <= 3; ++i) {
            _attest(i, 1);
        }
        _fund(1, _budget[1] = 8);
        _fund(2, _budget[2] = 30);
        _publish(1);
    }

    // --- A sequence ------------------------------------------------------------------------------------------------

    /// @notice 12 to 24 steps, and then what must hold.
    function run(uint256 seed) external {
        _random = seed;
        uint256 steps = 12 + _pick(13);
        for (uint256 i; i < steps; ++i) {
            _step();
        }
        _check();
    }

    function _pick(uint256 n) private returns (uint256) {
        _random = uint256(keccak256(abi.encode(_random)));
        return _random % n;
    }

    function _person() private returns (uint256) {
        return 1 + _pick(claims.people());
    }

    /// @dev One that nobody has had, as a rule.
    function _next() private returns (address wallet) {
        uint256 first = _pick(WALLETS);
        uint256 tries = 1 + _pick(WALLETS);
        for (uint256 i; i < tries; ++i) {
            wallet = _wallets[(first + i) % WALLETS];
            if (claims.personOf(wallet) == 0) break;
        }
    }

    /// @dev Each step alone: one that is refused changes nothing.
    function _step() private {
        uint256 kind = _pick(25);
        bytes memory call;
        if (kind < 2) call = abi.encodeCall(this.bind, ());
        else if (kind < 4) call = abi.encodeCall(this.rotate, ());
        else if (kind < 6) call = abi.encodeCall(this.recover, ());
        else if (kind < 8) call = abi.encodeCall(this.anchor, ());
        else if (kind < 9) call = abi.encodeCall(this.fork, ());
        else if (kind < 14) return publish();
        else if (kind < 16) call = abi.encodeCall(this.attest, ());
        else if (kind < 17) call = abi.encodeCall(this.revokeAttestation, ());
        else if (kind < 21) return claim();
        else if (kind < 22) return fund();
        else if (kind < 23) return revoke();
        else return wait();
        uint256 random = _random;
        (bool success,) = address(this).call(call);
        if (!success) _random = uint256(keccak256(abi.encode(random, "refused")));
    }

    modifier step(uint256 kind) {
        _;
        ++done[kind];
    }

    // --- Persons ---------------------------------------------------------------------------------------------------

    function bind() external step(0) {
        address wallet = _wallets[_pick(WALLETS)];
        if (claims.personOf(wallet) == 0 && claims.people() == MOST_PERSONS) wallet = _wallet(_person());
        _bind(1 + _pick(_repos), bytes32(1 + _pick(CONTRIBUTORS)), wallet);
    }

    function rotate() external step(1) {
        _rotate(_person(), _next());
        _checkRedeemed();
    }

    function recover() external step(2) {
        uint256 person = _person();
        uint256 kind = _pick(5);
        if (claims.recoveryOf(person).from == 0) {
            _proposeRecovery(person, _next());
        } else if (kind == 0) {
            vm.prank(_wallet(person));
            claims.cancelRecovery(person);
        } else {
            vm.warp(block.timestamp + DELAY - kind + 2); // now and then a second too early
            claims.finishRecovery(person);
            _checkRedeemed();
        }
    }

    function attest() external step(3) {
        uint256 person = _person();
        uint256 tries = _pick(2 * MOST_PERSONS);
        for (uint256 i; i < tries && claims.personAt(person).programme() != 0; ++i) {
            person = 1 + person % claims.people();
        }
        _attest(person, 1 + _pick(3) / 2);
    }

    function revokeAttestation() external step(4) {
        uint256 person = _person();
        vm.prank(university);
        claims.revokeAttestation(person, "");
    }

    // --- Logs ------------------------------------------------------------------------------------------------------

    function anchor() external step(5) {
        uint256 repo = 1 + _pick(_repos);
        uint256 count = 1 + _pick(3);
        for (uint256 i; i < count; ++i) {
            uint256 from = 250 * _pick(4);
            uint256 share = from == 0 ? 1000 : 250;
            _entries[repo].push(_entry(_pick(LINES), 1 + _pick(CONTRIBUTORS), from, share));
        }
        _anchor(repo);
    }

    /// @dev The same lines in another repository, some of them somebody else's there.
    function fork() external step(6) {
        if (_repos == 4) return;
        uint256 from = 1 + _pick(_repos);
        uint256 repo = _register();
        for (uint256 i; i < _entries[from].length; ++i) {
            Entry memory entry = _entries[from][i];
            if (_pick(2) == 0) entry.contributor = bytes32(1 + _pick(CONTRIBUTORS));
            _entries[repo].push(entry);
        }
        _anchor(repo);
        bytes32 contributor = bytes32(1 + _pick(CONTRIBUTORS));
        _bind(repo, contributor, _wallet(_person()));
    }

    // --- Programmes ------------------------------------------------------------------------------------------------

    /// @dev Lines of those who graduated for the programme.
    function _counts(uint256 programme, uint256 person) internal view override returns (bool) {
        return person != 0 && claims.personAt(person).programme() == programme;
    }

    /// @dev An honest root stands; a forged one falls.
    function publish() public {
        uint256 programme = 1 + _pick(2);
        (, uint256 proposed) = claims.rootsOf(programme);
        if (proposed != 0) return _wait(_pick(3));
        Book memory book = _honest(programme);
        if (book.lines.length == 0) return;
        bool wrong;
        uint256 kind = 2 * _pick(FORGERIES);
        if (kind < FORGERIES) {
            kind = 1 + _pick(FORGERIES);
            (book, wrong) = _forge(programme, book, kind - 1, _random);
        }
        _propose(programme, book);
        bool fell = _watch(programme, book);
        vm.assertTrue(fell == wrong, wrong ? string.concat("stood: ", vm.toString(kind - 1)) : "fell");
        ++done[wrong ? 8 : 7];
        _wait(_pick(3));
    }

    /// @dev One claim, or as many as there are below a node of the tree.
    function claim() public {
        uint256 programme = 1 + _pick(3) / 2;
        (uint256 active, uint256 proposed) = claims.rootsOf(programme);
        if (proposed != 0 && _pick(2) == 0) {
            _wait(2);
            active = proposed;
        }
        if (active == 0) return;
        Book memory book = _bookAt(active);
        uint256 size = book.claims.length;
        uint256 span = 1 << _pick(3);
        uint256 start = _pick(size) / span * span;
        uint256 count = start + span > size ? size - start : span;
        uint256 free = vouchers.freeUnits(programme);
        uint256 units = _claimOf(programme, book, start, count);
        vm.assertLe(units, free, "within the budget");
        vm.assertEq(vouchers.freeUnits(programme), free - units);
        ++done[count == 1 ? 9 : 10];
        if (units == 0) return;
        ++done[14];
        for (uint256 i = start; i < start + count; ++i) {
            _pay(programme, book, book.claims[i].person());
        }
        _checkRedeemed();
        // What the budget had room for is paid: nobody has anything coming now.
        if (units < free) vm.assertEq(_refused(book, start, count) ? 0 : _claimOf(programme, book, start, count), 0);
    }

    /// @dev Whether one of these has a wallet that may refuse: then it may have been left out.
    function _refused(Book memory book, uint256 start, uint256 count) private view returns (bool) {
        for (uint256 i = start; i < start + count; ++i) {
            address wallet = _wallet(book.claims[i].person());
            if (wallet.code.length != 0 && Agreeable(wallet).refuses()) return true;
        }
        return false;
    }

    /// @dev Who was paid anything in a programme is taken to be paid for all of their lines in it.
    function _pay(uint256 programme, Book memory book, uint256 person) private {
        uint256 redeemed = claims.redeemedBy(programme, person);
        if (redeemed == 0) return;
        uint256 owner = (programme << 64) | person;
        uint256 points;
        for (uint256 i; i < book.lines.length; ++i) {
            Line memory line = book.lines[i];
            if (line.person != person) continue;
            points += line.points;
            _payLine(line.line, line.from, uint256(line.from) + line.share, owner);
        }
        vm.assertLe(redeemed * POINTS, points, "no more than the points");
    }

    /// @dev No line is paid to two, nor in two programmes.
    function _payLine(bytes32 line, uint256 from, uint256 end, uint256 owner) private {
        for (uint256 i; i < _paid.length; ++i) {
            Paid memory paid = _paid[i];
            if (paid.line != line || paid.from >= end || from >= paid.end) continue;
            vm.assertEq(paid.owner, owner, "a line paid twice");
            if (paid.from == from && paid.end == end) return;
        }
        _paid.push(Paid(line, from, end, owner));
    }

    // --- Money and time --------------------------------------------------------------------------------------------

    function fund() public step(11) {
        uint256 programme = 1 + _pick(2);
        uint256 units = 1 + _pick(6);
        _budget[programme] += units;
        _fund(programme, units);
    }

    function revoke() public step(12) {
        uint256 programme = 1 + _pick(2);
        address holder = _wallets[_pick(WALLETS)];
        uint256 balance = vouchers.balanceOf(holder, programme);
        if (balance == 0) return;
        vm.prank(district);
        vouchers.revoke(programme, holder, 1 + _pick(balance), "");
        _checkRedeemed();
    }

    /// @dev Meanwhile a wallet changes its mind about vouchers.
    function wait() public step(13) {
        address wallet = _wallets[_pick(WALLETS)];
        if (wallet.code.length != 0) Agreeable(wallet).setRefuses(_pick(3) == 0);
        _wait(_pick(3));
    }

    function _wait(uint256 days_) private {
        vm.warp(block.timestamp + days_ * WINDOW / 2);
    }

    // --- What must hold --------------------------------------------------------------------------------------------

    function _checkRedeemed() private {
        uint256 people = claims.people();
        for (uint256 person = 1; person <= people; ++person) {
            for (uint256 programme = 1; programme <= 2; ++programme) {
                uint256 redeemed = claims.redeemedBy(programme, person);
                vm.assertGe(redeemed, _redeemed[programme][person], "redeemed never falls");
                _redeemed[programme][person] = redeemed;
            }
        }
    }

    function _check() private {
        _checkRedeemed();
        for (uint256 programme = 1; programme <= 2; ++programme) {
            (uint256 money, uint256 held, uint256 spent) = vouchers.budgetOf(programme);
            vm.assertEq(money, _budget[programme] * UNIT);
            vm.assertEq(spent, 0);
            vm.assertLe(held, _budget[programme], "issued <= budget");
            uint256 sum;
            for (uint256 i; i < WALLETS; ++i) {
                sum += vouchers.balanceOf(_wallets[i], programme);
            }
            vm.assertEq(held, sum);
        }
        uint256 all;
        for (uint256 person = 1; person <= claims.people(); ++person) {
            uint256 quarters = _quartersOf(person);
            uint256 units = _redeemed[1][person] + _redeemed[2][person];
            vm.assertLe(units, quarters, "no more than was written");
            all += units;
        }
        vm.assertLe(all, QUARTERS, "each quarter once");
    }

    /// @dev How many quarters of lines, each a unit's worth, the logs have of a person.
    function _quartersOf(uint256 person) private view returns (uint256 count) {
        uint256 written;
        for (uint256 repo = 1; repo <= _repos; ++repo) {
            for (uint256 i; i < _entries[repo].length; ++i) {
                Entry memory entry = _entries[repo][i];
                if (claims.personOfContributor(repo, entry.contributor) != person) continue;
                uint256 line;
                while (entry.line != keccak256(abi.encode("line", line))) ++line;
                for (uint256 q = entry.from / 250; q < (entry.from + entry.share) / 250; ++q) {
                    written |= 1 << (4 * line + q);
                }
            }
        }
        for (; written != 0; written &= written - 1) {
            ++count;
        }
    }
}
