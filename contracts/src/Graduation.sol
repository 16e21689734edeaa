// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Contributors} from "./Contributors.sol";
import {Attestation, IGraduation} from "./interfaces/IGraduation.sol";
import {IVouchers} from "./interfaces/IVouchers.sol";
import {Person} from "./types/Person.sol";

/// @title Who graduated
/// @dev What it guarantees and trusts is said in `IGraduation`.
abstract contract Graduation is IGraduation, Contributors, ReentrancyGuardTransient {
    bytes32 private constant ATTESTATION_TYPEHASH = keccak256(
        "Attestation(uint64 person,address wallet,uint32 programme,uint32 day,uint64 deadline,address university)"
    );

    /// @dev The role of universities in the authority.
    uint64 private constant UNIVERSITY = 7;

    /// @inheritdoc IGraduation
    IVouchers public immutable vouchers;

    /// @inheritdoc IGraduation
    mapping(uint256 person => address) public universityOf;

    mapping(bytes32 digest => bool) private _used;

    constructor(IVouchers vouchers_) {
        vouchers = vouchers_;
    }

    /// @inheritdoc IGraduation
    function attest(
        Attestation calldata attestation,
        address university,
        bytes calldata signature,
        bytes calldata consent
    ) external {
        _checkDeadline(attestation.deadline);
        uint256 person = attestation.person;
        Person word = _person(person);
        if (attestation.wallet != word.wallet()) revert WrongWallet(person, attestation.wallet);
        if (attestation.day > block.timestamp / 1 days) revert FutureDay(attestation.day);
        if (vouchers.programme(attestation.programme).publisher == address(0)) {
            revert UnknownProgramme(attestation.programme);
        }
        _checkUniversity(university);
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(ATTESTATION_TYPEHASH, attestation, university)));
        if (_used[digest]) revert AttestationUsed(digest);
        if (word.programme() != 0) revert AlreadyGraduated(person, word.programme());
        _checkSigned(university, digest, signature);
        if (msg.sender != attestation.wallet) _checkSigned(attestation.wallet, digest, consent);

        _used[digest] = true;
        universityOf[person] = university;
        _people[person] = word.withGraduation(attestation.programme, attestation.day);
        emit Graduated(person, attestation.programme, university, attestation.day);
    }

    /// @inheritdoc IGraduation
    function revokeAttestation(uint256 person, string calldata reason) external nonReentrant {
        _checkUniversity(msg.sender);
        if (universityOf[person] != msg.sender) revert NotAttested(person, msg.sender);
        emit GraduationRevoked(person, _undo(person), msg.sender, reason);
    }

    /// @inheritdoc IGraduation
    function annulAttestation(uint256 person, string calldata reason) external restricted nonReentrant {
        address university = universityOf[person];
        if (university == address(0)) revert NotAttested(person, university);
        (bool member, uint32 delay) = authority.hasRole(UNIVERSITY, university);
        if (member && delay == 0) revert StillUniversity(university);
        emit GraduationAnnulled(person, _undo(person), university, reason);
    }

    /// @dev Ends a graduation that nothing was claimed by.
    function _undo(uint256 person) private returns (uint256 programme) {
        Person word = _people[person];
        programme = word.programme();
        if (redeemedBy(programme, person) != 0) revert GraduationUsed(person, programme);
        delete universityOf[person];
        _people[person] = word.withGraduation(0, 0);
    }

    /// @inheritdoc IGraduation
    function redeemedBy(uint256 programme, uint256 person) public view returns (uint256 units) {
        units = vouchers.redeemed(programme, _person(person).wallet());
        address[] memory past = _pastWallets[person];
        for (uint256 i; i < past.length; ++i) {
            units += vouchers.redeemed(programme, past[i]);
        }
    }

    function _checkUniversity(address account) private view {
        (bool member, uint32 delay) = authority.hasRole(UNIVERSITY, account);
        if (!member) revert NotUniversity(account);
        if (delay != 0) revert DelayedUniversity(account, delay);
    }
}
