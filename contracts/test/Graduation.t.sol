// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Governed} from "../src/Governed.sol";
import {IClaims} from "../src/interfaces/IClaims.sol";
import {IContributors} from "../src/interfaces/IContributors.sol";
import {Attestation, IGraduation} from "../src/interfaces/IGraduation.sol";
import {ClaimsFixture} from "./utils/ClaimsFixture.sol";
import {Wallet} from "./utils/Actors.sol";

/// @notice Who graduated: attestations and their end.
contract GraduationTest is ClaimsFixture {
    event Graduated(uint256 indexed person, uint256 indexed programme, address indexed university, uint256 day);
    event GraduationRevoked(
        uint256 indexed person, uint256 indexed programme, address indexed university, string reason
    );

    event GraduationAnnulled(
        uint256 indexed person, uint256 indexed programme, address indexed university, string reason
    );

    bytes32 internal constant ANN = bytes32(uint256(1));
    uint256 internal repo;
    uint256 internal person;
    address internal ann;

    function setUp() public override {
        super.setUp();
        repo = _register();
        ann = _account(0xA1);
        // Not the first, so that no programme has the person's number.
        _bind(repo, bytes32(uint256(9)), _account(0xA9));
        person = _bind(repo, ANN, ann);
    }

    function _signature(Attestation memory a) internal view returns (bytes memory) {
        return _by(university, _typed(_contentOf(a)));
    }

    function _refuses(Attestation memory a, bytes memory signature, bytes memory reason) internal {
        bytes memory consent = _consent(a);
        vm.expectRevert(reason);
        claims.attest(a, university, signature, consent);
    }

    /// @dev Of the wallet that it names, if that has a key.
    function _consent(Attestation memory a) internal view returns (bytes memory) {
        return _by(a.wallet, _typed(_contentOf(a)));
    }

    function testAttestation() public {
        Attestation memory a = _attestation(person, 1);
        (bytes memory signature, bytes memory consent) = (_signature(a), _consent(a));
        vm.expectEmit(address(claims));
        emit Graduated(person, 1, university, START / 1 days);
        vm.prank(stranger);
        claims.attest(a, university, signature, consent);
        vm.assertEq(claims.personAt(person).programme(), 1);
        vm.assertEq(claims.personAt(person).day(), START / 1 days);
        vm.assertEq(claims.personAt(person).wallet(), ann);
        vm.assertEq(claims.universityOf(person), university);
    }

    function testRefusals() public {
        Attestation memory a = _attestation(person, 1);
        a.person = 9;
        _refuses(a, "", abi.encodeWithSelector(IContributors.UnknownPerson.selector, 9));
        a = _attestation(person, 1);
        a.wallet = stranger;
        _refuses(a, "", abi.encodeWithSelector(IGraduation.WrongWallet.selector, person, stranger));
        a = _attestation(person, 3);
        _refuses(a, "", abi.encodeWithSelector(IGraduation.UnknownProgramme.selector, 3));
        a = _attestation(person, 1);
        ++a.day;
        _refuses(a, "", abi.encodeWithSelector(IGraduation.FutureDay.selector, a.day));
        a = _attestation(person, 1);
        bytes memory signature = _signature(a);
        vm.warp(a.deadline + 1);
        _refuses(a, signature, abi.encodeWithSelector(IContributors.SignatureExpired.selector, a.deadline));
        vm.warp(a.deadline);
        claims.attest(a, university, signature, _consent(a));
    }

    function testOnlyAUniversitysSignature() public {
        Attestation memory a = _attestation(person, 1);
        bytes memory byAnn = _by(ann, _typed(_contentOf(a)));
        vm.expectRevert(abi.encodeWithSelector(IGraduation.NotUniversity.selector, ann));
        claims.attest(a, ann, byAnn, byAnn);
        _refuses(a, byAnn, abi.encodeWithSelector(IContributors.NotSigned.selector, university));
        bytes memory signature = _signature(a);
        authority.revokeRole(UNIVERSITY, university);
        _refuses(a, signature, abi.encodeWithSelector(IGraduation.NotUniversity.selector, university));
    }

    /// @dev Nor takes back: a signature, or a call of its own, would evade the delay.
    function testFuzzAUniversityWithADelayAttestsNothing(uint32 delay) public {
        Attestation memory a = _attestation(person, 1);
        bytes memory signature = _signature(a);
        authority.grantRole(UNIVERSITY, university, delay);
        bytes memory reason = abi.encodeWithSelector(IGraduation.DelayedUniversity.selector, university, delay);
        if (delay != 0) {
            _refuses(a, signature, reason);
            vm.expectRevert(reason);
            vm.prank(university);
            claims.revokeAttestation(person, "");
        } else {
            claims.attest(a, university, signature, _consent(a));
        }
    }

    function testEveryFieldIsSigned() public {
        bytes memory signature = _signature(_attestation(person, 1));
        bytes memory reason = abi.encodeWithSelector(IContributors.NotSigned.selector, university);
        Attestation memory a = _attestation(person, 2);
        _refuses(a, signature, reason);
        a = _attestation(person, 1);
        --a.day;
        _refuses(a, signature, reason);
        a = _attestation(person, 1);
        ++a.deadline;
        _refuses(a, signature, reason);
        a = _attestation(_bind(repo, "other", _account(0xA2)), 1);
        _refuses(a, signature, reason);
        a = _attestation(person, 1);
        authority.grantRole(UNIVERSITY, stranger, 0);
        bytes memory consent = _consent(a);
        vm.expectRevert(abi.encodeWithSelector(IContributors.NotSigned.selector, stranger));
        claims.attest(a, stranger, signature, consent);

        a = _attestation(person, 1);
        vm.chainId(block.chainid + 1);
        _refuses(a, signature, reason);
        IClaims twin = _deployClaims();
        vm.expectRevert(abi.encodeWithSelector(IContributors.UnknownPerson.selector, person));
        twin.attest(a, university, signature, "");
    }

    // --- Consent ---------------------------------------------------------------------------------------------------

    function testNobodyGraduatesWithoutConsent() public {
        Attestation memory a = _attestation(person, 1);
        bytes memory signature = _signature(a);
        bytes memory reason = abi.encodeWithSelector(IContributors.NotSigned.selector, ann);
        bytes[3] memory others = [bytes(""), signature, _consent(_attestation(person, 2))];
        for (uint256 i; i < 3; ++i) {
            vm.expectRevert(reason);
            claims.attest(a, university, signature, others[i]);
        }
        vm.expectRevert(reason);
        vm.prank(university);
        claims.attest(a, university, signature, "");
        claims.attest(a, university, signature, _consent(a));
    }

    /// @dev Who sends it agrees.
    function testTheWalletSendsItsOwn() public {
        Attestation memory a = _attestation(person, 1);
        bytes memory signature = _signature(a);
        vm.prank(ann);
        claims.attest(a, university, signature, "");
        vm.assertEq(claims.personAt(person).programme(), 1);
    }

    function testAContractsConsent() public {
        Wallet wallet = new Wallet();
        (bytes32 rotation, uint64 deadline) = _rotation(person, address(wallet));
        wallet.approveDigest(rotation);
        claims.rotate(person, address(wallet), deadline, _by(ann, rotation), "");
        Attestation memory a = _attestation(person, 1);
        bytes memory signature = _signature(a);
        vm.expectRevert(abi.encodeWithSelector(IContributors.NotSigned.selector, address(wallet)));
        claims.attest(a, university, signature, "");
        wallet.approveDigest(_typed(_contentOf(a)));
        claims.attest(a, university, signature, "");
        vm.assertEq(claims.personAt(person).programme(), 1);
    }

    /// @dev What she agreed to with her own university, another one can't use to become hers.
    function testConsentIsToOneUniversity() public {
        address rogue = _account(0xBAD);
        authority.grantRole(UNIVERSITY, rogue, 0);
        Attestation memory a = _attestation(person, 1);
        bytes memory consent = _consent(a);
        bytes memory byRogue = _by(rogue, _typed(_contentOf(a, rogue)));
        vm.expectRevert(abi.encodeWithSelector(IContributors.NotSigned.selector, ann));
        claims.attest(a, rogue, byRogue, consent);
        claims.attest(a, university, _signature(a), consent);
        vm.assertEq(claims.universityOf(person), university);
    }

    /// @dev Anyone sends claims, and what was claimed from stays: so a university alone could bind a person to a
    /// programme where they have next to nothing.
    function testARogueUniversityBindsNobody() public {
        _append(repo, _entry(1, 1, 0, 1000));
        _fund(1, 10);
        address rogue = _account(0xBAD);
        authority.grantRole(UNIVERSITY, rogue, 0);
        Attestation memory a = _attestation(person, 1);
        bytes memory byRogue = _by(rogue, _typed(_contentOf(a, rogue)));
        for (uint256 i; i < 2; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IContributors.NotSigned.selector, ann));
            vm.prank(i == 0 ? stranger : rogue);
            claims.attest(a, rogue, byRogue, byRogue);
        }
        vm.assertEq(_claimOf(1, _publish(1), 0, 1), 0);
        _attest(person, 2);
        vm.assertEq(claims.personAt(person).programme(), 2);
    }

    function testAUniversityMayBeAContract() public {
        Wallet wallet = new Wallet();
        authority.grantRole(UNIVERSITY, address(wallet), 0);
        Attestation memory a = _attestation(person, 1);
        bytes32 digest = _typed(_contentOf(a, address(wallet)));
        bytes memory consent = _by(ann, digest);
        vm.expectRevert(abi.encodeWithSelector(IContributors.NotSigned.selector, address(wallet)));
        claims.attest(a, address(wallet), "", consent);
        wallet.approveDigest(digest);
        claims.attest(a, address(wallet), "", consent);
        vm.assertEq(claims.universityOf(person), address(wallet));
    }

    function testAfterARotationTheAttestationIsVoid() public {
        Attestation memory a = _attestation(person, 1);
        _rotate(person, _account(0xA2));
        _refuses(a, _signature(a), abi.encodeWithSelector(IGraduation.WrongWallet.selector, person, ann));
    }

    function testOneGraduationAtATime() public {
        _attest(person, 1);
        Attestation memory a = _attestation(person, 2);
        _refuses(a, _signature(a), abi.encodeWithSelector(IGraduation.AlreadyGraduated.selector, person, 1));
    }

    function testRevocation() public {
        Attestation memory a = _attestation(person, 1);
        bytes memory signature = _signature(a);
        bytes32 digest = _typed(_contentOf(a));
        claims.attest(a, university, signature, _consent(a));
        vm.expectEmit(address(claims));
        emit GraduationRevoked(person, 1, university, "mistaken");
        vm.prank(university);
        claims.revokeAttestation(person, "mistaken");
        vm.assertEq(claims.personAt(person).programme(), 0);
        vm.assertEq(claims.personAt(person).day(), 0);
        vm.assertEq(claims.universityOf(person), address(0));

        _refuses(a, signature, abi.encodeWithSelector(IGraduation.AttestationUsed.selector, digest));
        vm.expectRevert(abi.encodeWithSelector(IGraduation.NotAttested.selector, person, university));
        vm.prank(university);
        claims.revokeAttestation(person, "again");
        _attest(person, 2);
        vm.assertEq(claims.personAt(person).programme(), 2);
    }

    function testOnlyTheSameUniversityRevokes() public {
        _attest(person, 1);
        authority.grantRole(UNIVERSITY, stranger, 0);
        vm.expectRevert(abi.encodeWithSelector(IGraduation.NotAttested.selector, person, stranger));
        vm.prank(stranger);
        claims.revokeAttestation(person, "");
        authority.revokeRole(UNIVERSITY, university);
        vm.expectRevert(abi.encodeWithSelector(IGraduation.NotUniversity.selector, university));
        vm.prank(university);
        claims.revokeAttestation(person, "");
    }

    function testTheGuardianAnnulsWhatNobodyCanRevoke() public {
        Attestation memory a = _attestation(person, 1);
        bytes memory signature = _signature(a);
        vm.expectRevert(abi.encodeWithSelector(IGraduation.NotAttested.selector, person, address(0)));
        _annul("nothing");
        claims.attest(a, university, signature, _consent(a));
        vm.expectRevert(abi.encodeWithSelector(IGraduation.StillUniversity.selector, university));
        _annul("its own affair");
        authority.revokeRole(UNIVERSITY, university);
        for (uint256 i; i < 2; ++i) {
            address account = i == 0 ? stranger : university;
            bytes4 selector = IGraduation.annulAttestation.selector;
            vm.expectRevert(abi.encodeWithSelector(Governed.Unauthorized.selector, account, selector));
            vm.prank(account);
            claims.annulAttestation(person, "");
        }
        vm.expectEmit(address(claims));
        emit GraduationAnnulled(person, 1, university, "stolen key");
        _annul("stolen key");
        vm.assertEq(claims.personAt(person).programme(), 0);
        vm.assertEq(claims.personAt(person).day(), 0);
        vm.assertEq(claims.personAt(person).wallet(), ann);
        vm.assertEq(claims.universityOf(person), address(0));
        vm.expectRevert(abi.encodeWithSelector(IGraduation.NotAttested.selector, person, address(0)));
        _annul("again");

        authority.grantRole(UNIVERSITY, university, 0);
        _refuses(a, signature, abi.encodeWithSelector(IGraduation.AttestationUsed.selector, _typed(_contentOf(a))));
        _attest(person, 2);
        vm.assertEq(claims.personAt(person).programme(), 2);
    }

    /// @dev It can't take its word back itself any more.
    function testTheGuardianAnnulsWhatOneWithADelayAttested() public {
        _attest(person, 1);
        authority.grantRole(UNIVERSITY, university, 1);
        _annul("suspended");
        vm.assertEq(claims.universityOf(person), address(0));
    }

    function _annul(string memory reason) internal {
        vm.prank(guardian);
        claims.annulAttestation(person, reason);
    }

    /// @dev Also when the wallet that was paid is not the person's any more.
    function testWhatWasClaimedFromStays() public {
        _append(repo, _entry(1, 1, 0, 1000));
        _attest(person, 1);
        _fund(1, 10);
        _claimOf(1, _publish(1), 0, 1);
        vm.assertEq(claims.redeemedBy(1, person), 1000 / POINTS);
        for (uint256 i; i < 2; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IGraduation.GraduationUsed.selector, person, 1));
            vm.prank(university);
            claims.revokeAttestation(person, "");
            authority.revokeRole(UNIVERSITY, university);
            vm.expectRevert(abi.encodeWithSelector(IGraduation.GraduationUsed.selector, person, 1));
            _annul("");
            authority.grantRole(UNIVERSITY, university, 0);
            if (i == 0) _rotate(person, _account(0xA2));
        }
        vm.assertEq(claims.redeemedBy(1, person), 1000 / POINTS);
    }
}
