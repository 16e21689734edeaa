// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Entry} from "../interfaces/IContributionLog.sol";
import {LogTree} from "./LogTree.sol";

/// @notice A part of one line that a programme counts: a leaf of the tree of lines, which is sorted by line and `from`.
/// The leaf's data are these fields in this order, packed: 72 bytes.
/// @param from Its first thousandth of the line.
/// @param share How many thousandths.
/// @param person Whose it is.
/// @param repo Where it is logged.
/// @param index The entry's place in that log.
/// @param points At most `share`.
/// @param previous One more than the index of the same person's line before it in this tree; zero for their first.
/// @param running The person's points up to this line, with it.
struct Line {
    bytes32 line;
    uint16 from;
    uint16 share;
    uint64 person;
    uint32 repo;
    uint64 index;
    uint16 points;
    uint48 previous;
    uint64 running;
}

/// @title What lines are to each other, and to the log
library Lines {
    /// @dev Thousandths in a line.
    uint256 private constant WHOLE = 1000;

    /// @notice The leaf's hash in the tree.
    function leaf(Line calldata self) internal pure returns (bytes32) {
        return LogTree.leafHash(
            abi.encodePacked(
                self.line,
                self.from,
                self.share,
                self.person,
                self.repo,
                self.index,
                self.points,
                self.previous,
                self.running
            )
        );
    }

    /// @notice Whether it begins before the other.
    function precedes(Line calldata self, Line calldata other) internal pure returns (bool) {
        return self.line < other.line || (self.line == other.line && self.from < other.from);
    }

    /// @notice Whether it begins where the other does.
    function meets(Line calldata self, Line calldata other) internal pure returns (bool) {
        return self.line == other.line && self.from == other.from;
    }

    /// @notice Whether they have a thousandth in common.
    function overlaps(Line calldata self, Line calldata other) internal pure returns (bool) {
        return self.line == other.line && self.from < end(other) && other.from < end(self);
    }

    /// @notice The thousandth after its last one.
    function end(Line calldata self) internal pure returns (uint256) {
        return uint256(self.from) + self.share;
    }

    /// @notice Whether such a line can be: part of a whole line, somebody's, with no more points than thousandths.
    function possible(Line calldata self) internal pure returns (bool) {
        return self.person != 0 && self.share != 0 && end(self) <= WHOLE && self.points <= self.share;
    }

    /// @notice Whether it is the part of the line that the entry says.
    function matches(Line calldata self, Entry calldata entry) internal pure returns (bool) {
        return self.line == entry.line && self.from == entry.from && self.share == entry.share;
    }

    /// @notice Whether it keeps all that the person had by a line of the root before.
    function keeps(Line calldata self, Line calldata held) internal pure returns (bool) {
        return self.person == held.person && self.points >= held.points && self.share >= held.share;
    }

    /// @notice Whether it adds its points to those up to the same person's line before it.
    function follows(Line calldata self, Line calldata before) internal pure returns (bool) {
        return self.person == before.person && self.running == uint256(before.running) + self.points;
    }
}
