// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Line, Lines} from "../src/libraries/Lines.sol";
import {LogTree} from "../src/libraries/LogTree.sol";
import {Proof} from "./utils/Proof.sol";

/// @notice What lines are to each other, and the hashes of the tree.
/// @custom:halmos --panic-error-codes *
contract OrderProof is Proof {
    using Lines for Line;

    /// @dev Of two lines exactly one holds: the first precedes, the second precedes, or they meet. Any lines.
    function check_linesOfTwoOneIsFirst(Line calldata a, Line calldata b) external pure {
        uint256 holds;
        if (a.precedes(b)) ++holds;
        if (b.precedes(a)) ++holds;
        if (a.meets(b)) ++holds;
        assert(holds == 1);
        assert(a.meets(b) == b.meets(a));
    }

    /// @dev The order goes on from one to the next. Any three lines.
    /// @custom:halmos --solver cvc5-int
    function check_linesOfThreeInOrder(Line calldata a, Line calldata b, Line calldata c) external pure {
        vm.assume(a.precedes(b) && b.precedes(c));
        assert(a.precedes(c));
    }

    /// @dev Two lines overlap if and only if there is a thousandth in both; so it is whichever is first. Any lines.
    function check_linesOverlap(Line calldata a, Line calldata b, uint256 thousandth) external pure {
        assert(a.overlaps(b) == b.overlaps(a));
        bool inA = thousandth >= a.from && thousandth < a.end();
        bool inB = thousandth >= b.from && thousandth < b.end();
        if (a.line == b.line && inA && inB) assert(a.overlaps(b));
        vm.assume(a.share != 0 && b.share != 0);
        if (a.overlaps(b)) {
            uint256 common = a.from > b.from ? a.from : b.from;
            assert(a.line == b.line);
            assert(common < a.end() && common < b.end());
        }
        if (a.meets(b)) assert(a.overlaps(b));
    }

    /// @dev A node is the hash of a one byte and its children, and the memory stays as it is. Any children.
    function check_node(bytes32 left, bytes32 right) external pure {
        bytes32 expected = keccak256(abi.encodePacked(bytes1(0x01), left, right));
        uint256 free;
        uint256 after_;
        assembly {
            free := mload(0x40)
        }
        bytes32 hash = LogTree.node(left, right);
        assembly {
            after_ := mload(0x40)
        }
        assert(hash == expected);
        assert(free == after_);
    }

    /// @dev A leaf is the hash of a zero byte and its data, which stay as they are. Any 72 bytes.
    function check_leaf(bytes32 a, bytes32 b, bytes8 c) external pure {
        bytes memory data = abi.encodePacked(a, b, c);
        bytes32 expected = keccak256(abi.encodePacked(bytes1(0), data));
        assert(LogTree.leafHash(data) == expected);
        assert(data.length == 72);
        assert(keccak256(data) == keccak256(abi.encodePacked(a, b, c)));
    }

    /// @dev The root of a range is the one that RFC 9162 defines. Trees of one to five leaves, any leaves.
    function check_rootOfRange(bytes32[5] calldata all) external pure {
        for (uint256 size = 1; size <= 5; ++size) {
            bytes32[] memory leaves = new bytes32[](size);
            for (uint256 i; i < size; ++i) {
                leaves[i] = all[i];
            }
            assert(LogTree.rootOfRange(leaves) == _root(all, 0, size));
        }
    }

    function _root(bytes32[5] calldata all, uint256 from, uint256 size) private pure returns (bytes32) {
        if (size == 1) return all[from];
        uint256 left = 1;
        while (left * 2 < size) left *= 2;
        return keccak256(abi.encodePacked(bytes1(0x01), _root(all, from, left), _root(all, from + left, size - left)));
    }
}
