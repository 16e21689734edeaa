// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LogTree} from "../src/libraries/LogTree.sol";
import {Rfc9162} from "./utils/Rfc9162.sol";
import {Vm} from "./utils/Vm.sol";

/// @notice `utils/LogTreeHarness.sol`.
interface ILogTree {
    function leafHash(bytes memory data) external pure returns (bytes32 hash, bytes memory same);
    function node(bytes32 left, bytes32 right) external pure returns (bytes32);
    function rootOfRange(bytes32[] memory leaves) external pure returns (bytes32);
    function rootFromInclusion(bytes32 leaf, uint256 index, uint256 size, bytes32[] calldata path)
        external
        pure
        returns (bytes32);
    function tryRootFromInclusion(bytes32 leaf, uint256 index, uint256 size, bytes32[] calldata path)
        external
        pure
        returns (bool fits, bytes32 root);
    function checkConsistency(
        uint256 oldSize,
        bytes32 oldRoot,
        uint256 newSize,
        bytes32 newRoot,
        bytes32[] calldata proof
    ) external pure;
}

/// @notice The restatement that the library is compared with, itself compared with the roots that the Certificate
/// Transparency project publishes for its eight test leaves, by SHA-256.
contract Rfc9162Test is Rfc9162 {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function _hash(bytes memory data) internal pure override returns (bytes32) {
        return sha256(data);
    }

    function _data(uint256 i) internal pure override returns (bytes memory) {
        bytes[8] memory leaves = [
            bytes(""),
            hex"00",
            hex"10",
            hex"2021",
            hex"3031",
            hex"40414243",
            hex"5051525354555657",
            hex"606162636465666768696a6b6c6d6e6f"
        ];
        return leaves[i];
    }

    function testPublishedRoots() public {
        bytes32[9] memory roots = [
            bytes32(0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855),
            0x6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d,
            0xfac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125,
            0xaeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77,
            0xd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7,
            0x4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4,
            0x76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef,
            0xddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c,
            0x5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328
        ];
        for (uint256 n; n < 9; ++n) {
            vm.assertEq(_root(n), roots[n]);
        }
    }
}

/// @notice The library against the RFC: what is so passes, and nothing else.
contract LogTreeTest is Rfc9162 {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    uint256 private constant MOST = 33;

    ILogTree private tree;

    function setUp() public {
        bytes memory code = vm.getCode("LogTreeHarness.sol:LogTreeHarness");
        address made;
        assembly ("memory-safe") {
            made := create(0, add(code, 0x20), mload(code))
        }
        tree = ILogTree(made);
    }

    /// @dev Whether the path leads from the leaf to the root; both functions must say the same.
    function _includes(bytes32 leaf, uint256 index, uint256 size, bytes32[] memory path, bytes32 root)
        private
        returns (bool)
    {
        (bool fits, bytes32 found) = tree.tryRootFromInclusion(leaf, index, size, path);
        try tree.rootFromInclusion(leaf, index, size, path) returns (bytes32 same) {
            vm.assertTrue(fits, "both find a root");
            vm.assertEq(same, found);
        } catch (bytes memory reason) {
            vm.assertTrue(!fits, "both refuse");
            vm.assertEq(reason, abi.encodeWithSelector(LogTree.BadProof.selector));
        }
        return fits && found == root;
    }

    function _consistent(uint256 m, bytes32 oldRoot, uint256 n, bytes32 newRoot, bytes32[] memory proof)
        private
        returns (bool)
    {
        try tree.checkConsistency(m, oldRoot, n, newRoot, proof) {
            return true;
        } catch (bytes memory reason) {
            vm.assertEq(reason, abi.encodeWithSelector(LogTree.BadProof.selector));
            return false;
        }
    }

    // --- Hashes ----------------------------------------------------------------------------------------------------

    function testFuzzHashes(bytes calldata data, bytes32 left, bytes32 right) public {
        (bytes32 hash, bytes memory same) = tree.leafHash(data);
        vm.assertEq(hash, keccak256(abi.encodePacked(hex"00", data)));
        vm.assertEq(same, data);
        vm.assertEq(tree.node(left, right), keccak256(abi.encodePacked(hex"01", left, right)));
    }

    function testEmpty() public {
        vm.assertEq(LogTree.EMPTY, keccak256(""));
        vm.assertEq(tree.rootOfRange(new bytes32[](0)), LogTree.EMPTY);
    }

    function testRootOfRange() public {
        for (uint256 n = 1; n <= 130; ++n) {
            vm.assertEq(tree.rootOfRange(_leaves(n)), _root(n));
        }
        vm.assertEq(tree.rootOfRange(_leaves(1000)), _root(1000));
    }

    function _leaves(uint256 n) private view returns (bytes32[] memory leaves) {
        leaves = new bytes32[](n);
        for (uint256 i; i < n; ++i) {
            leaves[i] = _leaf(i);
        }
    }

    // --- The example of the RFC (2.1.5): seven leaves, and nodes as it names them ------------------------------------

    function testExample() public {
        (bytes32 a, bytes32 b, bytes32 c, bytes32 d) = (_leaf(0), _leaf(1), _leaf(2), _leaf(3));
        (bytes32 g, bytes32 h, bytes32 l) = (_node(a, b), _node(c, d), _mth(4, 7));
        bytes32 root = _node(_node(g, h), l);
        vm.assertTrue(_includes(a, 0, 7, _list(b, h, l), root), "PATH(0, D[7])");
        vm.assertTrue(_includes(d, 3, 7, _list(c, g, l), root), "PATH(3, D[7])");
        vm.assertTrue(_consistent(3, _node(g, c), 7, root, _plus(_list(c, d, g), l)), "PROOF(3, D[7])");
    }

    function testExampleOnTheRight() public {
        (bytes32 e, bytes32 f, bytes32 j) = (_leaf(4), _leaf(5), _leaf(6));
        (bytes32 i, bytes32 k) = (_node(e, f), _mth(0, 4));
        bytes32 l = _node(i, j);
        bytes32 root = _node(k, l);
        vm.assertTrue(_includes(e, 4, 7, _list(f, j, k), root), "PATH(4, D[7])");
        vm.assertTrue(_includes(j, 6, 7, _plus(_list(i), k), root), "PATH(6, D[7])");
        vm.assertTrue(_consistent(4, k, 7, root, _list(l)), "PROOF(4, D[7])");
        vm.assertTrue(_consistent(6, _node(k, i), 7, root, _list(i, j, k)), "PROOF(6, D[7])");
    }

    function _list(bytes32 x) private pure returns (bytes32[] memory) {
        return _plus(new bytes32[](0), x);
    }

    function _list(bytes32 x, bytes32 y, bytes32 z) private pure returns (bytes32[] memory) {
        return _plus(_plus(_list(x), y), z);
    }

    // --- Inclusion ---------------------------------------------------------------------------------------------------

    function testEveryLeafOfEverySmallTree() public {
        for (uint256 n = 1; n <= MOST; ++n) {
            bytes32 root = _root(n);
            for (uint256 m; m < n; ++m) {
                bytes32[] memory path = _path(m, n);
                vm.assertTrue(_includes(_leaf(m), m, n, path, root), "is in the tree");
                for (uint256 other; other <= n; ++other) {
                    vm.assertTrue(other == m || !_includes(_leaf(m), other, n, path, root), "elsewhere");
                }
                vm.assertTrue(!_includes(_leaf(m + 1), m, n, path, root), "another leaf");
            }
        }
    }

    function testEveryTamperedPath() public {
        for (uint256 n = 1; n <= MOST; ++n) {
            bytes32 root = _root(n);
            for (uint256 m; m < n; ++m) {
                bytes32[] memory path = _path(m, n);
                for (uint256 way; way <= 4 * path.length; ++way) {
                    vm.assertTrue(!_includes(_leaf(m), m, n, _tampered(path, way), root), "tampered path");
                }
            }
        }
    }

    function testFuzzPaths(uint256 m, uint256 n) public {
        n = n % 300 + 1;
        m %= n;
        vm.assertTrue(_includes(_leaf(m), m, n, _path(m, n), _root(n)), "is in the tree");
    }

    function testFuzzPathsOfHugeTrees(uint256 m, uint256 n, uint8 bits, uint256 way) public {
        n = _huge(n, bits);
        m %= n;
        (bytes32 leaf, bytes32 root) = (_leaf(m), _root(n));
        bytes32[] memory path = _path(m, n);
        vm.assertTrue(_includes(leaf, m, n, path, root), "is in the tree");
        path = _tampered(path, way % (4 * path.length + 1));
        vm.assertTrue(!_includes(leaf, m, n, path, root), "tampered path");
    }

    function testNoSuchIndex() public {
        bytes32[] memory none = new bytes32[](0);
        vm.assertTrue(!_includes(_leaf(0), 0, 0, none, _leaf(0)), "empty tree");
        vm.assertTrue(!_includes(_leaf(0), 1, 1, none, _leaf(0)), "behind the last");
        uint256 max = type(uint256).max;
        vm.assertTrue(!_includes(_leaf(0), max, max, none, _leaf(0)), "far behind the last");
        vm.assertTrue(!_includes(_leaf(0), max - 1, max, none, _leaf(0)), "as deep as can be");
    }

    /// @dev A node is no leaf, and a leaf no node: the inside of a tree can't be passed off as an entry.
    function testNodeIsNoLeaf() public {
        bytes memory inside = abi.encodePacked(_leaf(0), _leaf(1));
        (bytes32 hash,) = tree.leafHash(inside);
        vm.assertTrue(!_includes(hash, 0, 2, _list(_leaf(2)), _root(3)), "children as data");
    }

    /// @dev A root says nothing of the size: where trees have the same nodes above a leaf, a path fits them all. So the
    /// size must come from where the root comes from.
    function testSizeIsBelieved() public {
        vm.assertTrue(_includes(_leaf(0), 0, 3, _path(0, 4), _root(4)), "one for the other");
        vm.assertTrue(!_includes(_leaf(2), 2, 3, _path(2, 4), _root(4)), "but not at the end");
    }

    // --- Consistency -------------------------------------------------------------------------------------------------

    function testEveryPairOfSmallTrees() public {
        bytes32[] memory roots = _roots();
        for (uint256 n; n <= MOST; ++n) {
            for (uint256 m; m <= n; ++m) {
                bytes32[] memory proof = _proof(m, n);
                vm.assertTrue(_consistent(m, roots[m], n, roots[n], proof), "goes on");
                if (m == n) continue;
                vm.assertTrue(!_consistent(n, roots[n], m, roots[m], proof), "backwards");
                vm.assertTrue(!_consistent(n, roots[n], m, roots[n], new bytes32[](0)), "fewer of the same root");
                vm.assertTrue(m == 0 || !_consistent(m, roots[m], n, roots[m], proof), "more of the same root");
                if (m == 0) continue; // everything goes on from the empty tree
                vm.assertTrue(!_consistent(m, ~roots[m], n, roots[n], proof), "another old root");
                vm.assertTrue(!_consistent(m, roots[m], n, ~roots[n], proof), "another new root");
            }
            vm.assertTrue(!_consistent(n, roots[n], n, ~roots[n], new bytes32[](0)), "another of the same size");
        }
    }

    function testEveryTamperedProof() public {
        bytes32[] memory roots = _roots();
        for (uint256 n; n <= MOST; ++n) {
            for (uint256 m; m <= n; ++m) {
                bytes32[] memory proof = _proof(m, n);
                for (uint256 way; way <= 4 * proof.length; ++way) {
                    vm.assertTrue(!_consistent(m, roots[m], n, roots[n], _tampered(proof, way)), "tampered proof");
                }
            }
        }
    }

    function _roots() private view returns (bytes32[] memory roots) {
        roots = new bytes32[](MOST + 1);
        for (uint256 n; n <= MOST; ++n) {
            roots[n] = _root(n);
        }
    }

    function testFuzzProofs(uint256 m, uint256 n) public {
        n = n % 300 + 1;
        m = m % n + 1;
        vm.assertTrue(_consistent(m, _root(m), n, _root(n), _proof(m, n)), "goes on");
    }

    function testFuzzProofsOfHugeTrees(uint256 m, uint256 n, uint8 bits, uint256 way) public {
        n = _huge(n, bits);
        m = m % n + 1;
        (bytes32 older, bytes32 newer) = (_root(m), _root(n));
        bytes32[] memory proof = _proof(m, n);
        vm.assertTrue(_consistent(m, older, n, newer, proof), "goes on");
        proof = _tampered(proof, way % (4 * proof.length + 1));
        vm.assertTrue(!_consistent(m, older, n, newer, proof), "tampered proof");
    }

    /// @dev What was in the old tree can't be left out of the new one, changed, or moved.
    function testHistoryStays() public {
        bytes32 root = _root(MOST);
        for (uint256 m = 1; m < MOST; ++m) {
            (bytes32[] memory leaves, bytes32[] memory proof) = (_leaves(m), _proof(m, MOST));
            for (uint256 changed; changed < m; ++changed) {
                leaves[changed] = ~leaves[changed];
                vm.assertTrue(!_consistent(m, tree.rootOfRange(leaves), MOST, root, proof), "changed");
                leaves[changed] = ~leaves[changed];
            }
        }
    }

    /// @dev Any size from 8 to 2^48; the leaves are in 4 to 8 runs.
    function _huge(uint256 n, uint256 bits) private returns (uint256) {
        bits = 3 + bits % 45;
        runBits = bits - 2;
        return n % (1 << bits) + (1 << bits);
    }
}
