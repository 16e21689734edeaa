// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batch, Entry, IContributionLog} from "../src/interfaces/IContributionLog.sol";
import {LogTree} from "../src/libraries/LogTree.sol";
import {Fixture} from "./utils/Fixture.sol";
import {Trees} from "./utils/Trees.sol";

/// @notice Two logs, honest batches and every kind of dishonest one, by who may write and who may not.
contract LogHandler is Fixture {
    uint256 private constant MOST = 80;

    IContributionLog private _log;
    bytes32[][2] private _leaves;
    bytes32[][2] private _roots; // after each batch
    uint256[][2] private _sizes;
    address[2] private _maintainers = [alice, bob];
    address[2] private _offered;
    mapping(uint256 repo => mapping(address maintainer => mapping(address account => bool))) private _writers;

    string public broken;
    uint256 public appended;
    uint256 public forged;
    uint256 public handedOver;

    constructor() {
        _log = IContributionLog(_deploy("ContributionLog.sol:ContributionLog", ""));
        for (uint256 i; i < 2; ++i) {
            vm.prank(_maintainers[i]);
            _log.register(bytes32(i), 1, "", "");
            _record(i, 0);
        }
    }

    function _account(uint256 i) private view returns (address) {
        return [alice, bob, carol, stranger][i % 4];
    }

    function _entry(uint256 salt) private pure returns (Entry memory) {
        return Entry(keccak256(abi.encode(salt)), bytes32(salt % 3), bytes32(salt), uint16(salt % 1000), 1);
    }

    function _leaf(uint256 salt) private pure returns (bytes32) {
        Entry memory e = _entry(salt);
        return Trees.leaf(abi.encodePacked(e.line, e.contributor, e.commit, e.from, e.share));
    }

    function _record(uint256 i, uint256 size) private {
        _roots[i].push(Trees.root(_leaves[i]));
        _sizes[i].push(size);
    }

    /// @dev Sends a batch that must be taken, or must not.
    function _send(uint256 i, address by, bytes32[] memory leaves, bytes32[] memory proof, bool goes)
        private
        returns (bool)
    {
        Batch memory batch = Batch(uint64(_sizes[i].length - 1), uint64(leaves.length), Trees.root(leaves), 0, 0);
        vm.prank(by);
        try _log.append(i + 1, batch, proof, by, "") {
            if (!goes) broken = "taken";
            return true;
        } catch {
            if (goes) broken = "refused";
            return false;
        }
    }

    function _mayWrite(uint256 i, address by) private view returns (bool) {
        return by == _maintainers[i] || _writers[i][_maintainers[i]][by];
    }

    function append(uint256 repo, uint256 who, uint256 count) external {
        (uint256 i, address by) = (repo % 2, who % 2 == 0 ? _maintainers[repo % 2] : _account(who / 2));
        uint256 size = _leaves[i].length;
        count %= 6;
        if (size + count > MOST) count = MOST - size;
        bytes32[] memory leaves = new bytes32[](size + count);
        for (uint256 j; j < leaves.length; ++j) {
            leaves[j] = j < size ? _leaves[i][j] : _leaf((i << 128) | j);
        }
        if (!_send(i, by, leaves, Trees.consistency(leaves, size), _mayWrite(i, by))) return;
        for (uint256 j = size; j < leaves.length; ++j) {
            _leaves[i].push(leaves[j]);
        }
        _record(i, leaves.length);
        ++appended;
    }

    /// @dev What was there is changed, left out or put in another place; the proof is the best there is.
    function forge(uint256 repo, uint256 kind, uint256 place, uint256 more) external {
        uint256 i = repo % 2;
        uint256 size = _leaves[i].length;
        if (size < 2) return;
        (place, more) = (place % size, more % 4);
        bytes32[] memory leaves = new bytes32[](kind % 3 == 0 ? size - 1 : size + more);
        for (uint256 j; j < leaves.length; ++j) {
            leaves[j] = j < size ? _leaves[i][j] : _leaf(j);
        }
        if (kind % 3 == 1) leaves[place] = ~leaves[place];
        if (kind % 3 == 2) (leaves[place], leaves[(place + 1) % size]) = (leaves[(place + 1) % size], leaves[place]);
        bytes32[] memory proof = kind % 3 == 0 ? new bytes32[](0) : Trees.consistency(leaves, size);
        if (!_send(i, _maintainers[i], leaves, proof, false)) ++forged;
    }

    function setWriter(uint256 repo, uint256 who, bool on) external {
        (uint256 i, address account) = (repo % 2, _account(who));
        vm.prank(_maintainers[i]);
        _log.setWriter(i + 1, account, on);
        _writers[i][_maintainers[i]][account] = on;
    }

    function handOver(uint256 repo, uint256 who, bool takes) external {
        (uint256 i, address to) = (repo % 2, _account(who));
        vm.prank(_maintainers[i]);
        _log.offer(i + 1, to);
        _offered[i] = to;
        if (!takes) return;
        vm.prank(to);
        _log.accept(i + 1);
        (_maintainers[i], _offered[i]) = (to, address(0));
        ++handedOver;
    }

    /// @notice The head is what the batches say, and every old root is provable from it.
    function check() external {
        for (uint256 i; i < 2; ++i) {
            (bytes32 root, uint256 size, uint256 batches, address maintainer) = _log.head(i + 1);
            uint256 last = _sizes[i].length - 1;
            vm.assertEq(batches, last);
            vm.assertEq(size, _sizes[i][last]);
            vm.assertEq(root, _roots[i][last]);
            vm.assertEq(maintainer, _maintainers[i]);
            for (uint256 j; j < last; ++j) {
                vm.assertLe(_sizes[i][j], _sizes[i][j + 1], "a log only grows");
                bytes32[] memory proof = Trees.consistency(_leaves[i], _sizes[i][j]);
                this.checkConsistency(_sizes[i][j], _roots[i][j], size, root, proof);
            }
            if (size == 0) continue;
            uint256 place = uint256(root) % size;
            bool there = _log.includes(i + 1, _entry((i << 128) | place), place, size, Trees.path(_leaves[i], place));
            vm.assertTrue(there, "an entry stays where it is");
        }
    }

    function checkConsistency(uint256 m, bytes32 older, uint256 n, bytes32 newer, bytes32[] calldata proof)
        external
        pure
    {
        LogTree.checkConsistency(m, older, n, newer, proof);
    }
}

/// @notice Whatever is appended or tried: a log only grows, and what it once was can be proved for ever.
contract LogInvariantTest is Fixture {
    LogHandler internal handler;

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function setUp() public override {
        handler = new LogHandler();
    }

    function targetContracts() external view returns (address[] memory) {
        return _holders(address(handler));
    }

    function targetSelectors() external view returns (FuzzSelector[] memory list) {
        list = new FuzzSelector[](1);
        list[0] = FuzzSelector(address(handler), new bytes4[](5));
        (list[0].selectors[0], list[0].selectors[1]) = (handler.append.selector, handler.append.selector);
        (list[0].selectors[2], list[0].selectors[3]) = (handler.forge.selector, handler.setWriter.selector);
        list[0].selectors[4] = handler.handOver.selector;
    }

    /// @dev The invariant would hold of a handler that gets nothing done, too.
    function testTheHandlerGetsThingsDone() external {
        handler.append(0, 0, 5);
        handler.append(0, 7, 2); // a stranger
        handler.setWriter(0, 3, true);
        handler.append(0, 7, 2);
        for (uint256 kind; kind < 3; ++kind) {
            handler.forge(0, kind, 1, 2);
        }
        handler.handOver(0, 2, true);
        handler.append(0, 7, 2); // the writer of a former maintainer
        handler.append(0, 5, 3);
        vm.assertEq(handler.appended(), 3);
        vm.assertEq(handler.forged(), 3);
        vm.assertEq(handler.handedOver(), 1);
        afterInvariant();
    }

    /// forge-config: default.invariant.fail-on-revert = true
    function invariantOnlyGrows() external {
        vm.assertTrue(bytes(handler.broken()).length == 0, handler.broken());
    }

    /// @dev Once for each sequence.
    function afterInvariant() public {
        handler.check();
        vm.assertTrue(bytes(handler.broken()).length == 0, handler.broken());
    }
}
