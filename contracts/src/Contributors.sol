// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Governed} from "./Governed.sol";
import {IContributionLog} from "./interfaces/IContributionLog.sol";
import {Binding, IContributors, Recovery} from "./interfaces/IContributors.sol";
import {Person, PersonLibrary} from "./types/Person.sol";

/// @title Who the contributors of repositories are
/// @dev What it guarantees and trusts is said in `IContributors`.
abstract contract Contributors is IContributors, Governed, EIP712 {
    bytes32 private constant BINDING_TYPEHASH =
        keccak256("Binding(uint256 repo,bytes32 contributor,address wallet,bytes32 evidence,uint64 deadline)");
    bytes32 private constant ROTATION_TYPEHASH =
        keccak256("Rotation(uint64 person,address from,address to,uint8 rotation,uint64 deadline)");

    /// @inheritdoc IContributors
    IContributionLog public immutable log;
    /// @inheritdoc IContributors
    uint64 public immutable recoveryDelay;

    /// @inheritdoc IContributors
    uint256 public people;
    /// @inheritdoc IContributors
    mapping(address wallet => uint256) public personOf;
    /// @inheritdoc IContributors
    mapping(uint256 repo => mapping(bytes32 contributor => uint256)) public personOfContributor;

    mapping(uint256 person => Person) internal _people;
    mapping(uint256 person => address[]) internal _pastWallets;
    mapping(uint256 person => Recovery) private _recoveries;

    constructor(IContributionLog log_, uint64 recoveryDelay_) EIP712("Contribution Claims", "1") {
        log = log_;
        recoveryDelay = recoveryDelay_;
    }

    // --- Binding and wallets -----------------------------------------------------------------------------------

    /// @inheritdoc IContributors
    function bind(
        Binding calldata binding,
        bytes calldata walletSignature,
        address maintainer,
        bytes calldata maintainerSignature
    ) external returns (uint256 person) {
        _checkDeadline(binding.deadline);
        uint256 bound = personOfContributor[binding.repo][binding.contributor];
        if (bound != 0) revert AlreadyBound(bound);
        if (!log.isWriter(binding.repo, maintainer)) revert NotWriter(binding.repo, maintainer);
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(BINDING_TYPEHASH, binding)));
        _checkSigned(binding.wallet, digest, walletSignature);
        _checkSigned(maintainer, digest, maintainerSignature);

        person = personOf[binding.wallet];
        if (person == 0) {
            person = ++people;
            personOf[binding.wallet] = person;
            _people[person] = PersonLibrary.make(binding.wallet);
        } else if (_people[person].wallet() != binding.wallet) {
            revert WalletTaken(binding.wallet, person);
        }
        personOfContributor[binding.repo][binding.contributor] = person;
        emit Bound(person, binding.repo, binding.contributor, binding.wallet, binding.evidence);
    }

    /// @inheritdoc IContributors
    function rotate(
        uint256 person,
        address to,
        uint64 deadline,
        bytes calldata fromSignature,
        bytes calldata toSignature
    ) external {
        bytes32 digest = _checkRotation(person, to, deadline, toSignature);
        _checkSigned(_people[person].wallet(), digest, fromSignature);
        _move(person, to);
    }

    /// @dev Gives the person another wallet. Whatever was proposed for the one before is over.
    function _move(uint256 person, address to) private {
        if (personOf[to] != 0) revert WalletTaken(to, personOf[to]);
        Person word = _people[person];
        if (word.rotations() == type(uint8).max) revert TooManyRotations(person);
        address from = word.wallet();
        personOf[to] = person;
        _pastWallets[person].push(from);
        _people[person] = word.rotated(to);
        delete _recoveries[person];
        emit Rotated(person, from, to);
    }

    /// @dev The digest of a rotation that the next wallet signed.
    function _checkRotation(uint256 person, address to, uint64 deadline, bytes calldata toSignature)
        private
        view
        returns (bytes32 digest)
    {
        _checkDeadline(deadline);
        Person word = _person(person);
        digest = _hashTypedDataV4(
            keccak256(abi.encode(ROTATION_TYPEHASH, person, word.wallet(), to, word.rotations(), deadline))
        );
        _checkSigned(to, digest, toSignature);
    }

    // --- Recovery ----------------------------------------------------------------------------------------------

    /// @inheritdoc IContributors
    function proposeRecovery(uint256 person, address to, uint64 deadline, bytes calldata toSignature)
        external
        restricted
    {
        _checkRotation(person, to, deadline, toSignature);
        // For whom the manager acts could not be asked again at the end.
        if (msg.sender == address(authority)) revert Unauthorized(msg.sender, msg.sig);
        if (personOf[to] != 0) revert WalletTaken(to, personOf[to]);
        uint64 from = uint64(block.timestamp) + recoveryDelay;
        _recoveries[person] = Recovery(to, from, msg.sender);
        emit RecoveryProposed(person, to, from, msg.sender);
    }

    /// @inheritdoc IContributors
    function finishRecovery(uint256 person) external {
        Recovery memory recovery = _recovery(person);
        if (block.timestamp < recovery.from) revert TooEarly(recovery.from);
        bytes4 selector = IContributors.proposeRecovery.selector;
        (bool allowed,) = authority.canCall(recovery.university, address(this), selector);
        if (!allowed) revert Unauthorized(recovery.university, selector);
        _move(person, recovery.to);
    }

    /// @inheritdoc IContributors
    function cancelRecovery(uint256 person) external {
        if (msg.sender != _person(person).wallet()) revert NotWallet(person, msg.sender);
        emit RecoveryCancelled(person, _recovery(person).to);
        delete _recoveries[person];
    }

    function _recovery(uint256 person) private view returns (Recovery memory recovery) {
        recovery = _recoveries[person];
        if (recovery.from == 0) revert NoRecovery(person);
    }

    // --- Views and checks --------------------------------------------------------------------------------------

    /// @inheritdoc IContributors
    function personAt(uint256 person) external view returns (Person) {
        return _person(person);
    }

    /// @inheritdoc IContributors
    function pastWallets(uint256 person) external view returns (address[] memory) {
        return _pastWallets[person];
    }

    /// @inheritdoc IContributors
    function recoveryOf(uint256 person) external view returns (Recovery memory) {
        return _recoveries[person];
    }

    function _person(uint256 person) internal view returns (Person word) {
        word = _people[person];
        if (word.wallet() == address(0)) revert UnknownPerson(person);
    }

    function _checkDeadline(uint64 deadline) internal view {
        if (block.timestamp > deadline) revert SignatureExpired(deadline);
    }

    function _checkSigned(address account, bytes32 digest, bytes calldata signature) internal view {
        if (!SignatureChecker.isValidSignatureNowCalldata(account, digest, signature)) revert NotSigned(account);
    }
}
