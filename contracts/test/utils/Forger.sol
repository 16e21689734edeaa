// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Line} from "../../src/libraries/Lines.sol";
import {Claim} from "../../src/types/Claim.sol";
import {Book, ClaimsFixture} from "./ClaimsFixture.sol";

/// @notice Changes an honest book in one way: a bit of a leaf, or what a dishonest publisher would like.
abstract contract Forger is ClaimsFixture {
    uint256 internal constant FORGERIES = 26;

    /// @return forged The book, or another one.
    /// @return wrong Whether anything is wrong with it now: there may be nothing to do this forgery with.
    function _forge(uint256 programme, Book memory book, uint256 kind, uint256 seed)
        internal
        view
        returns (Book memory forged, bool wrong)
    {
        if (kind < 9) wrong = _forgeLine(book, kind, seed);
        else if (kind < 12) wrong = _forgeClaim(book, kind, seed);
        else if (kind < 16) wrong = _forgeOrder(book, kind, seed);
        else if (kind > 22) wrong = _forgeSums(book, kind, seed);
        else return _forgeContent(programme, book, kind, seed);
        _hash(book);
        return (book, wrong);
    }

    function _forgeLine(Book memory book, uint256 kind, uint256 seed) private view returns (bool) {
        Line memory line = book.lines[seed % book.lines.length];
        uint256 bit = seed >> 64;
        if (kind == 0) line.line ^= bytes32(1 << bit % 256);
        else if (kind == 1) line.from ^= uint16(1 << bit % 16);
        else if (kind == 2) line.share ^= uint16(1 << bit % 16);
        else if (kind == 3) line.person ^= uint64(1 << bit % 64);
        else if (kind == 4) line.repo ^= uint32(1 << bit % 32);
        else if (kind == 5) line.index ^= uint64(1 << bit % 64);
        else if (kind == 6) line.points ^= uint16(1 << bit % 16);
        else if (kind == 7) line.previous ^= uint48(1 << bit % 48);
        else line.running ^= uint64(1 << bit % 64);
        if (kind != 4 && kind != 5) return true;
        // The same line of the same person may be logged there as well.
        if (line.index >= _entries[line.repo].length) return true;
        Line memory there = _line(line.repo, line.index);
        return
            there.line != line.line || there.from != line.from || there.share != line.share
                || there.person != line.person;
    }

    function _forgeClaim(Book memory book, uint256 kind, uint256 seed) private pure returns (bool) {
        uint256 i = seed % book.claims.length;
        uint256 bit = seed >> 64;
        uint256 place = kind == 9 ? 112 + bit % 64 : kind == 10 ? 48 + bit % 64 : bit % 48;
        book.claims[i] = Claim.wrap(Claim.unwrap(book.claims[i]) ^ (1 << place));
        return true;
    }

    function _forgeOrder(Book memory book, uint256 kind, uint256 seed) private pure returns (bool) {
        uint256 length = kind < 14 ? book.lines.length : book.claims.length;
        if (length == 1) return false;
        uint256 i = seed % (length - 1);
        if (kind == 12) (book.lines[i], book.lines[i + 1]) = (book.lines[i + 1], book.lines[i]);
        else if (kind == 13) book.lines[i + 1] = book.lines[i];
        else if (kind == 14) (book.claims[i], book.claims[i + 1]) = (book.claims[i + 1], book.claims[i]);
        else book.claims[i + 1] = book.claims[i];
        return true;
    }

    /// @dev These leave something of a person's out of what is added up, so that the rest agrees.
    function _forgeSums(Book memory book, uint256 kind, uint256 seed) private pure returns (bool) {
        (Line[] memory lines, Claim[] memory list) = (book.lines, book.claims);
        if (kind == 25) {
            if (list.length == 1) return false;
            for (uint256 i = seed % list.length; i + 1 < list.length; ++i) {
                list[i] = list[i + 1];
            }
            assembly ("memory-safe") {
                mstore(list, sub(mload(list), 1))
            }
            return true;
        }
        for (uint256 k; k < list.length; ++k) {
            Claim claim = list[(k + seed) % list.length];
            Line memory last = lines[claim.last()];
            if (last.previous == 0) continue;
            Line memory other = lines[last.previous - 1];
            if (kind == 24) {
                list[(k + seed) % list.length] = _claim(claim.person(), other.running, last.previous - 1);
                return true;
            }
            last.previous = seed % 2 == 0 ? 0 : other.previous;
            last.running = last.points + (last.previous == 0 ? 0 : lines[last.previous - 1].running);
            list[(k + seed) % list.length] = _claim(claim.person(), last.running, claim.last());
            return true;
        }
        return false;
    }

    /// @dev These add everything up again, so that nothing else is wrong.
    function _forgeContent(uint256 programme, Book memory book, uint256 kind, uint256 seed)
        private
        view
        returns (Book memory, bool wrong)
    {
        Line[] memory lines = book.lines;
        uint256 i = seed % lines.length;
        (uint256 active,) = claims.rootsOf(programme);
        Line[] memory held = _published(active);
        if (kind == 16) {
            lines[i].points = lines[i].share + 1;
            wrong = true;
        } else if (kind == 19) {
            lines[i].person ^= 1;
            wrong = true;
        } else if (kind == 17 || kind == 20) {
            if (held.length == 0 || lines.length == 1) return (book, false);
            Line memory gone = held[seed % held.length];
            for (i = 0; _before(lines[i], gone);) {
                ++i;
            }
            if (kind == 20) {
                --lines[i].points;
            } else {
                lines[i] = lines[lines.length - 1];
                _shorten(lines, lines.length - 1);
            }
            wrong = true;
        } else if (kind == 18) {
            Line[][] memory lists = _elsewhere(programme, type(uint256).max);
            Line[] memory list = lists[seed % lists.length];
            if (list.length == 0) return (book, false);
            (lines, wrong) = (_with(lines, list[(seed >> 64) % list.length]), true);
        } else if (kind == 21) {
            Line memory made = _copy(lines[i]);
            made.line = keccak256(abi.encode(seed));
            made.index = uint64(_entries[made.repo].length + (seed >> 64) % 3);
            (lines, wrong) = (_with(lines, made), true);
        } else {
            uint256 repo = 1 + seed % _repos;
            for (uint256 k; k < _entries[repo].length && !wrong; ++k) {
                Line memory again = _line(repo, k);
                if (again.person == 0 || !_overlaps(again, lines, lines.length)) continue;
                (lines, wrong) = (_with(lines, again), true);
            }
        }
        return (_book(lines), wrong);
    }

    function _with(Line[] memory lines, Line memory line) private pure returns (Line[] memory longer) {
        longer = new Line[](lines.length + 1);
        for (uint256 i; i < lines.length; ++i) {
            longer[i] = lines[i];
        }
        longer[lines.length] = line;
    }

    function _copy(Line memory line) private pure returns (Line memory) {
        return abi.decode(abi.encode(line), (Line));
    }
}
