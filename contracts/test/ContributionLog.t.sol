// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {Batch, Entry, IContributionLog} from "../src/interfaces/IContributionLog.sol";
import {LogTree} from "../src/libraries/LogTree.sol";
import {Wallet} from "./utils/Actors.sol";
import {Fixture} from "./utils/Fixture.sol";
import {Rfc9162} from "./utils/Rfc9162.sol";

/// @notice A log of entries that follow from their place, and ways to append to it.
abstract contract LogFixture is Fixture, Rfc9162 {
    bytes32 internal constant GENESIS = bytes32(bytes20(hex"e83c5163316f89bfbde7d9ab23ca2e25604af290"));
    bytes32 internal constant HEAD = bytes32(bytes20(hex"0123456789abcdef0123456789abcdef01234567"));

    IContributionLog internal log;
    uint256 internal repo;

    /// @dev Alice maintains the repository.
    function setUp() public virtual override {
        log = IContributionLog(_deploy("ContributionLog.sol:ContributionLog", ""));
        repo = _registered();
        vm.roll(1000);
    }

    function _registered() internal returns (uint256) {
        vm.prank(alice);
        return log.register(GENESIS, 1, "ledger", "{}");
    }

    function _entry(uint256 i) internal pure returns (Entry memory) {
        return Entry(keccak256(abi.encode(i)), keccak256("alice"), HEAD, uint16(i % 2 * 500), 500);
    }

    function _data(uint256 i) internal view override returns (bytes memory) {
        Entry memory e = _entry(i >> runBits);
        return abi.encodePacked(e.line, e.contributor, e.commit, e.from, e.share);
    }

    /// @dev The batch that makes the log `size` entries long.
    function _batch(uint256 size) internal view returns (Batch memory) {
        (,, uint256 number,) = log.head(repo);
        return Batch(uint64(number), uint64(size), _root(size), HEAD, uint64(block.number - 1));
    }

    function _proofTo(uint256 size) internal view returns (bytes32[] memory) {
        (, uint256 before,,) = log.head(repo);
        return _proof(before, size);
    }

    function _digest(uint256 repo_, Batch memory b) internal view returns (bytes32) {
        bytes32 typehash =
            keccak256("Batch(uint256 repo,uint64 number,uint64 size,bytes32 root,bytes32 head,uint64 asOf)");
        bytes memory content = abi.encode(typehash, repo_, b.number, b.size, b.root, b.head, b.asOf);
        return _digest(_domain("Contribution Log", address(log)), content);
    }

    function _signed(Batch memory batch) internal view returns (bytes memory) {
        return _signed(ALICE_KEY, _digest(repo, batch));
    }

    /// @dev Sent by a stranger, signed by Alice.
    function _append(Batch memory batch, bytes32[] memory proof) internal {
        bytes memory signature = _signed(batch);
        vm.prank(stranger);
        log.append(repo, batch, proof, alice, signature);
    }

    function _appendTo(uint256 size) internal {
        _append(_batch(size), _proofTo(size));
    }
}

/// @notice Who may append, and what: the log only ever grows, and only as its maintainer says.
contract ContributionLogTest is LogFixture {
    event Registered(
        uint256 indexed repo,
        address indexed maintainer,
        bytes32 indexed genesis,
        uint16 rule,
        string name,
        bytes policy
    );
    event WriterSet(uint256 indexed repo, address indexed maintainer, address indexed account, bool on);
    event Offered(uint256 indexed repo, address indexed from, address indexed to);
    event HandedOver(uint256 indexed repo, address indexed from, address indexed to);
    event Appended(
        uint256 indexed repo, uint64 number, uint64 size, bytes32 root, bytes32 head, uint64 asOf, address signer
    );

    function _checkHead(uint256 size, uint256 batches, address maintainer) private {
        (bytes32 root, uint256 size_, uint256 batches_, address maintainer_) = log.head(repo);
        vm.assertEq(root, _root(size));
        vm.assertEq(size_, size);
        vm.assertEq(batches_, batches);
        vm.assertEq(maintainer_, maintainer);
    }

    // --- Registering -------------------------------------------------------------------------------------------------

    function testRegister() public {
        _checkHead(0, 0, alice);
        vm.expectEmit(address(log));
        emit Registered(2, bob, GENESIS, 7, "another", hex"1234");
        vm.prank(bob);
        vm.assertEq(log.register(GENESIS, 7, "another", hex"1234"), 2);
        repo = 2;
        _checkHead(0, 0, bob);
    }

    function testNoSuchLog() public {
        (bytes32 root, uint256 size, uint256 batches, address maintainer) = log.head(9);
        vm.assertTrue(root == 0 && size == 0 && batches == 0 && maintainer == address(0), "nothing");
        vm.assertTrue(!log.isWriter(9, address(0)) && !log.isWriter(9, alice), "nobody's");
        vm.assertTrue(!log.includes(9, _entry(0), 0, 0, new bytes32[](0)), "nothing in it");
        Batch memory batch = _batch(1);
        vm.expectRevert(abi.encodeWithSelector(IContributionLog.NotWriter.selector, 9, alice));
        vm.prank(alice);
        log.append(9, batch, new bytes32[](0), alice, "");
        vm.expectRevert(abi.encodeWithSelector(IContributionLog.NotSigned.selector, address(0)));
        log.append(9, batch, new bytes32[](0), address(0), new bytes(65));
        vm.expectRevert(abi.encodeWithSelector(IContributionLog.NotMaintainer.selector, 9, alice));
        vm.prank(alice);
        log.setWriter(9, alice, true);
        vm.expectRevert(abi.encodeWithSelector(IContributionLog.NotOffered.selector, 9, alice));
        vm.prank(alice);
        log.accept(9);
    }

    function testDomain() public {
        (bytes1 fields, string memory name, string memory version, uint256 chain, address verifier,,) =
            IERC5267(address(log)).eip712Domain();
        vm.assertTrue(fields == 0x0f, "fields");
        vm.assertEq(bytes(name), "Contribution Log");
        vm.assertEq(bytes(version), "1");
        vm.assertEq(chain, block.chainid);
        vm.assertEq(verifier, address(log));
    }

    // --- Growing -----------------------------------------------------------------------------------------------------

    function testAppend() public {
        Batch memory batch = _batch(5);
        bytes memory signature = _signed(batch);
        vm.expectEmit(address(log));
        emit Appended(repo, 0, 5, _root(5), HEAD, 999, alice);
        vm.prank(stranger);
        log.append(repo, batch, new bytes32[](0), alice, signature);
        _checkHead(5, 1, alice);
    }

    function testFuzzGrowth(uint8[4] calldata steps) public {
        uint256 size;
        for (uint256 i; i < steps.length; ++i) {
            size += steps[i] % 12;
            _appendTo(size);
            _checkHead(size, i + 1, alice);
        }
        for (uint256 i; i < size; ++i) {
            vm.assertTrue(log.includes(repo, _entry(i), i, size, _path(i, size)), "each entry is there");
        }
    }

    function testOtherLogsStay() public {
        uint256 other = _registered();
        _appendTo(5);
        (bytes32 root, uint256 size, uint256 batches,) = log.head(other);
        vm.assertEq(root, LogTree.EMPTY);
        vm.assertTrue(size == 0 && batches == 0, "as it was");
    }

    function testHeadMovesOnWithoutEntries() public {
        _appendTo(0);
        _checkHead(0, 1, alice);
        _appendTo(5);
        _appendTo(5);
        _checkHead(5, 3, alice);

        Batch memory batch = _batch(5);
        _refuseProof(batch, new bytes32[](1));
        batch.root = ~batch.root;
        _refuseProof(batch, new bytes32[](0));
    }

    function testShrinking() public {
        _appendTo(5);
        _refuseProof(_batch(4), _proof(4, 5));
        _refuseProof(_batch(4), new bytes32[](0));
        _refuseProof(_batch(0), new bytes32[](0));
    }

    function testRoom() public {
        runBits = 44;
        Batch memory batch = _batch(uint256(type(uint48).max) + 1);
        bytes memory signature = _signed(batch);
        vm.expectRevert(abi.encodeWithSelector(IContributionLog.TooLarge.selector, uint256(1) << 48));
        log.append(repo, batch, new bytes32[](0), alice, signature);

        _appendTo(3 << 44);
        uint256 size = type(uint48).max;
        _appendTo(size);
        _checkHead(size, 2, alice);
        uint256 last = size - 1;
        vm.assertTrue(log.includes(repo, _entry(last >> runBits), last, size, _path(last, size)), "the last");
    }

    function testAsOf() public {
        Batch memory batch = _batch(1);
        batch.asOf = uint64(block.number + 1);
        bytes memory signature = _signed(batch);
        vm.expectRevert(abi.encodeWithSelector(IContributionLog.NotYet.selector, 1001));
        log.append(repo, batch, new bytes32[](0), alice, signature);
        batch.asOf = uint64(block.number);
        _append(batch, new bytes32[](0));
    }

    // --- Proofs ------------------------------------------------------------------------------------------------------

    function _refuseProof(Batch memory batch, bytes32[] memory proof) private {
        bytes memory signature = _signed(batch);
        vm.expectRevert(LogTree.BadProof.selector);
        log.append(repo, batch, proof, alice, signature);
    }

    function testTamperedProofs() public {
        _appendTo(13);
        Batch memory batch = _batch(29);
        bytes32[] memory proof = _proof(13, 29);
        for (uint256 way; way <= 4 * proof.length; ++way) {
            _refuseProof(batch, _tampered(proof, way));
        }
        _refuseProof(batch, new bytes32[](0));
        _refuseProof(batch, _proof(12, 29));
        _append(batch, proof);
    }

    /// @dev Not even the maintainer can bring another past.
    function testAnotherPast() public {
        _appendTo(13);
        runBits = 1;
        _refuseProof(_batch(29), _proof(13, 29));
        _refuseProof(_batch(13), new bytes32[](0));
    }

    // --- Signatures --------------------------------------------------------------------------------------------------

    function _refuse(uint256 repo_, Batch memory batch, address signer, bytes memory signature, bytes memory why)
        private
    {
        vm.expectRevert(why);
        vm.prank(stranger);
        log.append(repo_, batch, new bytes32[](0), signer, signature);
    }

    function _notSigned(address signer) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IContributionLog.NotSigned.selector, signer);
    }

    function testFuzzOnlyWhatWasSigned(uint8 field, uint64 change) public {
        Batch memory batch = _batch(0);
        bytes memory signature = _signed(batch);
        field %= 4;
        if (field == 0) batch.size ^= change & 0xffffffffffff | 1;
        if (field == 1) batch.root ^= bytes32(uint256(change) | 1);
        if (field == 2) batch.head ^= bytes32(uint256(change) | 1);
        if (field == 3) batch.asOf = change % 999;
        _refuse(repo, batch, alice, signature, _notSigned(alice));
    }

    function testReplay() public {
        Batch memory batch = _batch(0);
        bytes memory signature = _signed(batch);
        _append(batch, new bytes32[](0));
        _refuse(repo, batch, alice, signature, abi.encodeWithSelector(IContributionLog.WrongNumber.selector, 0, 1));
        batch.number = 1;
        _refuse(repo, batch, alice, signature, _notSigned(alice));
        batch.number = 2;
        _refuse(repo, batch, alice, signature, abi.encodeWithSelector(IContributionLog.WrongNumber.selector, 2, 1));
    }

    function testOtherRepository() public {
        Batch memory batch = _batch(3);
        bytes memory signature = _signed(batch);
        _refuse(_registered(), batch, alice, signature, _notSigned(alice));
    }

    function testOtherChain() public {
        Batch memory batch = _batch(3);
        bytes memory signature = _signed(batch);
        uint256 chain = block.chainid;
        vm.chainId(chain + 1);
        _refuse(repo, batch, alice, signature, _notSigned(alice));
        _append(batch, new bytes32[](0)); // signed for the chain as it is now
    }

    function testOtherContract() public {
        Batch memory batch = _batch(3);
        bytes memory signature = _signed(batch);
        log = IContributionLog(_deploy("ContributionLog.sol:ContributionLog", ""));
        repo = _registered();
        _refuse(repo, batch, alice, signature, _notSigned(alice));
    }

    function testMalleability() public {
        Batch memory batch = _batch(3);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(ALICE_KEY, _digest(repo, batch));
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        bytes32 high = bytes32(order - uint256(s));
        _refuse(repo, batch, alice, abi.encodePacked(r, high, v ^ 7), _notSigned(alice)); // 27 ^ 28 is 7
        _refuse(repo, batch, alice, abi.encodePacked(r, high, v), _notSigned(alice));
        _refuse(repo, batch, alice, abi.encodePacked(r, s, v ^ 7), _notSigned(alice));
        _refuse(repo, batch, alice, abi.encodePacked(r, s, v, uint8(0)), _notSigned(alice));
        _refuse(repo, batch, alice, abi.encodePacked(r, s), _notSigned(alice));
        _refuse(repo, batch, alice, new bytes(65), _notSigned(alice));
        _refuse(repo, batch, alice, hex"00", _notSigned(alice));
        _append(batch, new bytes32[](0));
    }

    function testAnotherSigner() public {
        Batch memory batch = _batch(3);
        _refuse(repo, batch, alice, _signed(AGENT_KEY, _digest(repo, batch)), _notSigned(alice));
        bytes memory why = abi.encodeWithSelector(IContributionLog.NotWriter.selector, repo, agent);
        _refuse(repo, batch, agent, _signed(AGENT_KEY, _digest(repo, batch)), why);
        why = abi.encodeWithSelector(IContributionLog.NotWriter.selector, repo, address(0));
        _refuse(repo, batch, address(0), new bytes(65), why);
    }

    function testWithoutSignature() public {
        Batch memory batch = _batch(3);
        _refuse(repo, batch, alice, "", _notSigned(alice));
        vm.prank(alice);
        log.append(repo, batch, new bytes32[](0), alice, "");
        _checkHead(3, 1, alice);
    }

    function testWallet() public {
        Wallet wallet = new Wallet();
        vm.prank(alice);
        log.setWriter(repo, address(wallet), true);
        Batch memory batch = _batch(3);
        _refuse(repo, batch, address(wallet), hex"77", _notSigned(address(wallet)));
        wallet.approveDigest(_digest(repo, batch));
        _refuse(repo, batch, address(wallet), "", _notSigned(address(wallet)));
        vm.prank(stranger);
        log.append(repo, batch, new bytes32[](0), address(wallet), hex"77");
        _checkHead(3, 1, alice);
    }

    // --- Writers -----------------------------------------------------------------------------------------------------

    function testWriters() public {
        Batch memory batch = _batch(3);
        bytes memory signature = _signed(AGENT_KEY, _digest(repo, batch));
        bytes memory why = abi.encodeWithSelector(IContributionLog.NotWriter.selector, repo, agent);
        vm.assertTrue(log.isWriter(repo, alice) && !log.isWriter(repo, agent), "the maintainer only");

        vm.expectEmit(address(log));
        emit WriterSet(repo, alice, agent, true);
        vm.prank(alice);
        log.setWriter(repo, agent, true);
        vm.assertTrue(log.isWriter(repo, agent) && !log.isWriter(_registered(), agent), "here only");

        vm.expectEmit(address(log));
        emit WriterSet(repo, alice, agent, false);
        vm.prank(alice);
        log.setWriter(repo, agent, false);
        vm.assertTrue(!log.isWriter(repo, agent), "no longer");
        _refuse(repo, batch, agent, signature, why);

        vm.prank(alice);
        log.setWriter(repo, agent, true);
        vm.prank(stranger);
        log.append(repo, batch, new bytes32[](0), agent, signature);
        _checkHead(3, 1, alice);
    }

    function testOnlyTheMaintainer() public {
        vm.prank(alice);
        log.setWriter(repo, bob, true);
        bytes memory why = abi.encodeWithSelector(IContributionLog.NotMaintainer.selector, repo, bob);
        vm.expectRevert(why);
        vm.prank(bob);
        log.setWriter(repo, carol, true);
        vm.expectRevert(why);
        vm.prank(bob);
        log.offer(repo, bob);
    }

    // --- Handing over ------------------------------------------------------------------------------------------------

    function _refuseAccept(address by) private {
        vm.expectRevert(abi.encodeWithSelector(IContributionLog.NotOffered.selector, repo, by));
        vm.prank(by);
        log.accept(repo);
    }

    function testHandOver() public {
        _appendTo(3);
        Batch memory batch = _batch(5);
        bytes memory signature = _signed(batch);
        vm.prank(alice);
        log.setWriter(repo, dave, true);

        vm.expectEmit(address(log));
        emit Offered(repo, alice, bob);
        vm.prank(alice);
        log.offer(repo, bob);
        _checkHead(3, 1, alice);
        vm.assertTrue(!log.isWriter(repo, bob), "not yet");
        _refuseAccept(carol);
        _refuseAccept(alice);

        vm.expectEmit(address(log));
        emit HandedOver(repo, alice, bob);
        vm.prank(bob);
        log.accept(repo);
        _checkHead(3, 1, bob);
        vm.assertTrue(log.isWriter(repo, bob), "the new one");
        vm.assertTrue(!log.isWriter(repo, alice) && !log.isWriter(repo, dave), "the old one, and theirs");
        bytes memory why = abi.encodeWithSelector(IContributionLog.NotWriter.selector, repo, alice);
        _refuse(repo, batch, alice, signature, why);
        _refuseAccept(bob);
        vm.expectRevert(abi.encodeWithSelector(IContributionLog.NotMaintainer.selector, repo, alice));
        vm.prank(alice);
        log.offer(repo, alice);

        vm.prank(bob);
        log.append(repo, batch, _proof(3, 5), bob, "");
        _checkHead(5, 2, bob);
    }

    function testOfferTakenBack() public {
        vm.prank(alice);
        log.offer(repo, bob);
        vm.prank(alice);
        log.offer(repo, carol);
        _refuseAccept(bob);
        vm.prank(alice);
        log.offer(repo, address(0));
        _refuseAccept(carol);
        _checkHead(0, 0, alice);
    }

    // --- Entries -----------------------------------------------------------------------------------------------------

    function testEntryHash() public {
        Entry memory e = Entry(bytes32(uint256(1)), bytes32(uint256(2)), bytes32(uint256(3)), 0x0405, 0x0607);
        bytes memory data = abi.encodePacked(uint256(1), uint256(2), uint256(3), hex"04050607");
        vm.assertEq(data.length, 100);
        vm.assertEq(log.entryHash(e), keccak256(abi.encodePacked(hex"00", data)));
        vm.assertEq(log.entryHash(_entry(7)), _leaf(7));
    }

    function testIncludes() public {
        _appendTo(13);
        bytes32[] memory path = _path(6, 13);
        vm.assertTrue(log.includes(repo, _entry(6), 6, 13, path), "there");
        vm.assertTrue(!log.includes(repo, _entry(6), 7, 13, path), "elsewhere");
        vm.assertTrue(!log.includes(repo, _entry(6), 13, 13, path), "beyond the end");
        vm.assertTrue(!log.includes(repo, _entry(6), 6, 14, path), "in a larger log");
        vm.assertTrue(!log.includes(repo, _entry(6), 6, 12, _path(6, 12)), "in the log as it was");
        vm.assertTrue(!log.includes(_registered(), _entry(6), 6, 13, path), "in another");
        for (uint256 way; way <= 4 * path.length; ++way) {
            vm.assertTrue(!log.includes(repo, _entry(6), 6, 13, _tampered(path, way)), "tampered");
        }
        _appendTo(14);
        vm.assertTrue(!log.includes(repo, _entry(6), 6, 13, path), "out of date");
        vm.assertTrue(log.includes(repo, _entry(6), 6, 14, _path(6, 14)), "still there");
    }

    function testFuzzNoOtherEntry(uint8 field, uint256 change) public {
        _appendTo(13);
        Entry memory e = _entry(6);
        field %= 5;
        if (field == 0) e.line ^= bytes32(change | 1);
        if (field == 1) e.contributor ^= bytes32(change | 1);
        if (field == 2) e.commit ^= bytes32(change | 1);
        if (field == 3) e.from ^= uint16(change) | 1;
        if (field == 4) e.share ^= uint16(change) | 1;
        vm.assertTrue(!log.includes(repo, e, 6, 13, _path(6, 13)), "another entry");
    }
}

/// @notice What a batch costs: the whole transaction, whatever it appends to.
contract ContributionLogGasTest is LogFixture {
    event Gas(string what, uint256 whole, uint256 execution, uint256 calldataTokens);

    uint256 private constant MOST = 70_000;

    bytes private _small;
    bytes private _half;
    bytes private _deep;

    /// @dev Each log with its entries, and the call that appends to it: made here, so that tests find storage cold.
    function setUp() public override {
        super.setUp();
        _small = _prepared(1, 2, 1);
        runBits = 16;
        _half = _prepared(999_999, 1_999_999, 22);
        _deep = _prepared(1_048_575, 2_097_152, 22);
    }

    /// @dev By a writer's signature, which costs more than the maintainer's.
    function _prepared(uint256 before, uint256 size, uint256 length) private returns (bytes memory) {
        repo = _registered();
        vm.prank(alice);
        log.setWriter(repo, agent, true);
        _appendTo(before);
        Batch memory batch = _batch(size);
        bytes32[] memory proof = _proofTo(size);
        vm.assertEq(proof.length, length);
        bytes memory signature = _signed(AGENT_KEY, _digest(repo, batch));
        return abi.encodeCall(IContributionLog.append, (repo, batch, proof, agent, signature));
    }

    function testSmallLog() public {
        _measure("1 -> 2", _small);
    }

    function testMillionEntriesMore() public {
        _measure("999,999 -> 1,999,999", _half);
    }

    function testLongestProof() public {
        _measure("1,048,575 -> 2,097,152", _deep);
    }

    /// @dev 21,000, and the calldata at 4 a token with the execution, or at 10 a token if that is more (EIP-7623).
    function _measure(string memory what, bytes memory data) private {
        address to = address(log);
        vm.assertTrue(to.code.length != 0, "what a transaction calls is warm");
        vm.prank(stranger);
        uint256 execution = gasleft();
        (bool done,) = to.call(data);
        execution -= gasleft();
        vm.assertTrue(done, what);
        uint256 tokens;
        for (uint256 i; i < data.length; ++i) {
            tokens += data[i] == 0 ? 1 : 4;
        }
        uint256 standard = 4 * tokens + execution;
        uint256 whole = 21_000 + (standard > 10 * tokens ? standard : 10 * tokens);
        emit Gas(what, whole, execution, tokens);
        vm.assertLe(whole, MOST, what);
    }
}
