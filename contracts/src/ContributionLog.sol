// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Batch, Entry, IContributionLog} from "./interfaces/IContributionLog.sol";
import {LogTree} from "./libraries/LogTree.sol";
import {LogHead, LogHeadLibrary} from "./types/LogHead.sol";

/// @title Contribution logs: who first wrote which line, one append-only log per repository
/// @dev What it guarantees and trusts is said in `IContributionLog`.
contract ContributionLog is IContributionLog, EIP712 {
    bytes32 private constant BATCH_TYPEHASH =
        keccak256("Batch(uint256 repo,uint64 number,uint64 size,bytes32 root,bytes32 head,uint64 asOf)");

    struct Log {
        bytes32 root;
        LogHead head;
    }

    uint256 private _lastRepo;
    mapping(uint256 repo => Log) private _logs;
    mapping(uint256 repo => address) private _offers;
    mapping(uint256 repo => mapping(address maintainer => mapping(address account => bool))) private _writers;

    constructor() EIP712("Contribution Log", "1") {}

    // --- Maintainers ---------------------------------------------------------------------------------------------

    /// @inheritdoc IContributionLog
    function register(bytes32 genesis, uint16 rule, string calldata name, bytes calldata policy)
        external
        returns (uint256 repo)
    {
        repo = ++_lastRepo;
        _logs[repo] = Log(LogTree.EMPTY, LogHeadLibrary.make(msg.sender, 0, 0));
        emit Registered(repo, msg.sender, genesis, rule, name, policy);
    }

    /// @inheritdoc IContributionLog
    function setWriter(uint256 repo, address account, bool on) external {
        _checkMaintainer(repo);
        _writers[repo][msg.sender][account] = on;
        emit WriterSet(repo, msg.sender, account, on);
    }

    /// @inheritdoc IContributionLog
    function offer(uint256 repo, address to) external {
        _checkMaintainer(repo);
        _offers[repo] = to;
        emit Offered(repo, msg.sender, to);
    }

    /// @inheritdoc IContributionLog
    function accept(uint256 repo) external {
        if (msg.sender != _offers[repo]) revert NotOffered(repo, msg.sender);
        delete _offers[repo];
        LogHead head_ = _logs[repo].head;
        _logs[repo].head = head_.withMaintainer(msg.sender);
        emit HandedOver(repo, head_.maintainer(), msg.sender);
    }

    function _checkMaintainer(uint256 repo) private view {
        if (msg.sender != _logs[repo].head.maintainer()) revert NotMaintainer(repo, msg.sender);
    }

    // --- Appending -----------------------------------------------------------------------------------------------

    /// @inheritdoc IContributionLog
    function append(
        uint256 repo,
        Batch calldata batch,
        bytes32[] calldata proof,
        address signer,
        bytes calldata signature
    ) external {
        Log storage log = _logs[repo];
        LogHead head_ = log.head;
        if (batch.number != head_.batches()) revert WrongNumber(batch.number, head_.batches());
        if (batch.size > type(uint48).max) revert TooLarge(batch.size);
        if (batch.asOf > block.number) revert NotYet(batch.asOf);
        if (!_mayWrite(repo, head_.maintainer(), signer)) revert NotWriter(repo, signer);
        if (!_signed(repo, batch, signer, signature)) revert NotSigned(signer);
        LogTree.checkConsistency(head_.size(), log.root, batch.size, batch.root, proof);
        log.root = batch.root;
        log.head = head_.withBatch(batch.size);
        emit Appended(repo, batch.number, batch.size, batch.root, batch.head, batch.asOf, signer);
    }

    function _mayWrite(uint256 repo, address maintainer, address account) private view returns (bool) {
        return account == maintainer || _writers[repo][maintainer][account];
    }

    function _signed(uint256 repo, Batch calldata batch, address signer, bytes calldata signature)
        private
        view
        returns (bool)
    {
        if (signature.length == 0) return signer == msg.sender;
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(BATCH_TYPEHASH, repo, batch)));
        return SignatureChecker.isValidSignatureNowCalldata(signer, digest, signature);
    }

    // --- Views ---------------------------------------------------------------------------------------------------

    /// @inheritdoc IContributionLog
    function head(uint256 repo)
        external
        view
        returns (bytes32 root, uint256 size, uint256 batches, address maintainer)
    {
        LogHead head_ = _logs[repo].head;
        return (_logs[repo].root, head_.size(), head_.batches(), head_.maintainer());
    }

    /// @inheritdoc IContributionLog
    function isWriter(uint256 repo, address account) external view returns (bool) {
        // Nobody maintains a log that is not there.
        return account != address(0) && _mayWrite(repo, _logs[repo].head.maintainer(), account);
    }

    /// @inheritdoc IContributionLog
    function includes(uint256 repo, Entry calldata entry, uint256 index, uint256 size, bytes32[] calldata path)
        external
        view
        returns (bool)
    {
        if (size != _logs[repo].head.size()) return false;
        (bool fits, bytes32 root) = LogTree.tryRootFromInclusion(entryHash(entry), index, size, path);
        return fits && root == _logs[repo].root;
    }

    /// @inheritdoc IContributionLog
    function entryHash(Entry calldata entry) public pure returns (bytes32) {
        return LogTree.leafHash(abi.encodePacked(entry.line, entry.contributor, entry.commit, entry.from, entry.share));
    }
}
