// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IClaims} from "../src/interfaces/IClaims.sol";
import {Binding, IContributors, Recovery} from "../src/interfaces/IContributors.sol";
import {Governed} from "../src/Governed.sol";
import {Person} from "../src/types/Person.sol";
import {Agreeable} from "./utils/ClaimActors.sol";
import {ClaimsFixture} from "./utils/ClaimsFixture.sol";
import {Wallet} from "./utils/Actors.sol";

/// @notice Who is who: bindings, rotations and recoveries, and every signature that they take.
contract ContributorsTest is ClaimsFixture {
    event Rotated(uint256 indexed person, address indexed from, address indexed to);
    event RecoveryProposed(uint256 indexed person, address indexed to, uint256 from, address indexed university);
    event RecoveryCancelled(uint256 indexed person, address indexed to);

    bytes32 internal constant ANN = bytes32(uint256(1));
    bytes32 internal constant BEN = bytes32(uint256(2));
    uint256 internal constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    uint256 internal repo;
    address internal ann;
    address internal next;

    function setUp() public override {
        super.setUp();
        repo = _register();
        ann = _account(0xA1);
        next = _account(0xA2);
    }

    function _signatures(Binding memory b) internal view returns (bytes memory byWallet, bytes memory byMaintainer) {
        bytes32 digest = _typed(_contentOf(b));
        return (_by(b.wallet, digest), _by(maintainer, digest));
    }

    /// @dev The binding is refused when it is signed by these digests.
    function _refuses(Binding memory b, bytes32 walletDigest, bytes32 maintainerDigest, address by) internal {
        bytes memory byWallet = _by(b.wallet, walletDigest);
        bytes memory byMaintainer = _by(maintainer, maintainerDigest);
        vm.expectRevert(abi.encodeWithSelector(IContributors.NotSigned.selector, by));
        claims.bind(b, byWallet, maintainer, byMaintainer);
    }

    // --- Binding ---------------------------------------------------------------------------------------------------

    function testBindingMakesAPerson() public {
        repo = _register(); // the second: no person has its number
        Binding memory b = _binding(repo, ANN, ann);
        (bytes memory byWallet, bytes memory byMaintainer) = _signatures(b);
        vm.expectEmit(address(claims));
        emit Bound(1, repo, ANN, ann, keccak256("checked"));
        vm.prank(stranger);
        vm.assertEq(claims.bind(b, byWallet, maintainer, byMaintainer), 1);

        vm.assertEq(claims.people(), 1);
        vm.assertEq(claims.personOf(ann), 1);
        vm.assertEq(claims.personOfContributor(repo, ANN), 1);
        Person person = claims.personAt(1);
        vm.assertEq(person.wallet(), ann);
        vm.assertEq(Person.unwrap(person), uint160(ann));
    }

    function testOneWalletManyContributors() public {
        uint256 other = _register();
        vm.assertEq(_bind(repo, ANN, ann), 1);
        vm.assertEq(_bind(repo, BEN, ann), 1);
        vm.assertEq(_bind(other, ANN, ann), 1);
        vm.assertEq(_bind(other, BEN, next), 2);
        vm.assertEq(claims.people(), 2);
    }

    function testABoundContributorStaysSo() public {
        _bind(repo, ANN, ann);
        Binding memory b = _binding(repo, ANN, next);
        (bytes memory byWallet, bytes memory byMaintainer) = _signatures(b);
        vm.expectRevert(abi.encodeWithSelector(IContributors.AlreadyBound.selector, 1));
        claims.bind(b, byWallet, maintainer, byMaintainer);
    }

    function testTheMaintainersWriterMayBindUntilTheyAreOut() public {
        address writer = _account(0x3217);
        Binding memory b = _binding(repo, ANN, ann);
        bytes32 digest = _typed(_contentOf(b));
        (bytes memory byWallet, bytes memory byWriter) = (_by(ann, digest), _by(writer, digest));
        vm.expectRevert(abi.encodeWithSelector(IContributors.NotWriter.selector, repo, writer));
        claims.bind(b, byWallet, writer, byWriter);

        vm.prank(maintainer);
        log.setWriter(repo, writer, true);
        claims.bind(b, byWallet, writer, byWriter);

        vm.prank(maintainer);
        log.setWriter(repo, writer, false);
        b = _binding(repo, BEN, ann);
        digest = _typed(_contentOf(b));
        (byWallet, byWriter) = (_by(ann, digest), _by(writer, digest));
        vm.expectRevert(abi.encodeWithSelector(IContributors.NotWriter.selector, repo, writer));
        claims.bind(b, byWallet, writer, byWriter);
    }

    function testAMaintainerOfAnotherRepositoryMayNot() public {
        vm.prank(stranger);
        uint256 other = log.register("", 1, "", "");
        Binding memory b = _binding(other, ANN, ann);
        (bytes memory byWallet, bytes memory byMaintainer) = _signatures(b);
        vm.expectRevert(abi.encodeWithSelector(IContributors.NotWriter.selector, other, maintainer));
        claims.bind(b, byWallet, maintainer, byMaintainer);
    }

    function testBothSign() public {
        Binding memory b = _binding(repo, ANN, ann);
        bytes32 digest = _typed(_contentOf(b));
        _refuses(b, keccak256("other"), digest, ann);
        _refuses(b, digest, keccak256("other"), maintainer);
        bytes memory byMaintainer = _by(maintainer, digest);
        vm.expectRevert(abi.encodeWithSelector(IContributors.NotSigned.selector, ann));
        claims.bind(b, byMaintainer, maintainer, byMaintainer);
        vm.expectRevert(abi.encodeWithSelector(IContributors.NotSigned.selector, ann));
        claims.bind(b, "", maintainer, byMaintainer);
    }

    function testNobodysWalletSignsNothing() public {
        Binding memory b = _binding(repo, ANN, address(0));
        bytes memory byMaintainer = _by(maintainer, _typed(_contentOf(b)));
        vm.expectRevert(abi.encodeWithSelector(IContributors.NotSigned.selector, address(0)));
        claims.bind(b, new bytes(65), maintainer, byMaintainer);
    }

    /// @dev A signature is for all that it is over: any field that is another makes it void.
    function testEveryFieldIsSigned() public {
        Binding memory signed = _binding(repo, ANN, ann);
        (bytes memory byWallet, bytes memory byMaintainer) = _signatures(signed);
        uint256 other = _register();
        for (uint256 i; i < 4; ++i) {
            Binding memory b = _binding(repo, ANN, ann);
            if (i == 0) b.repo = other;
            else if (i == 1) b.contributor = BEN;
            else if (i == 2) b.evidence = "";
            else ++b.deadline;
            vm.expectRevert(abi.encodeWithSelector(IContributors.NotSigned.selector, ann));
            claims.bind(b, byWallet, maintainer, byMaintainer);
        }
    }

    function testOnAnotherChainOrContractItIsAnotherDigest() public {
        Binding memory b = _binding(repo, ANN, ann);
        bytes32 here = _typed(_contentOf(b));
        uint256 chain = block.chainid;
        vm.chainId(chain + 1);
        bytes32 there = _typed(_contentOf(b));
        _refuses(b, here, here, ann);
        vm.chainId(chain);
        _refuses(b, there, there, ann);

        IClaims twin = _deployClaims();
        (bytes memory byWallet, bytes memory byMaintainer) = _signatures(b);
        vm.expectRevert(abi.encodeWithSelector(IContributors.NotSigned.selector, ann));
        twin.bind(b, byWallet, maintainer, byMaintainer);
        claims.bind(b, byWallet, maintainer, byMaintainer);
    }

    function testDeadline() public {
        Binding memory b = _binding(repo, ANN, ann);
        (bytes memory byWallet, bytes memory byMaintainer) = _signatures(b);
        vm.warp(uint256(b.deadline) + 1);
        vm.expectRevert(abi.encodeWithSelector(IContributors.SignatureExpired.selector, b.deadline));
        claims.bind(b, byWallet, maintainer, byMaintainer);
        vm.warp(b.deadline);
        claims.bind(b, byWallet, maintainer, byMaintainer);
    }

    function testMalleatedSignatureIsRefused() public {
        Binding memory b = _binding(repo, ANN, ann);
        (, bytes memory byMaintainer) = _signatures(b);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(0xA1, _typed(_contentOf(b)));
        bytes memory other = abi.encodePacked(r, ORDER - uint256(s), v == 27 ? uint8(28) : uint8(27));
        vm.expectRevert(abi.encodeWithSelector(IContributors.NotSigned.selector, ann));
        claims.bind(b, other, maintainer, byMaintainer);
    }

    function testContractWalletsSignForThemselves() public {
        Wallet wallet = new Wallet();
        Binding memory b = _binding(repo, ANN, address(wallet));
        bytes32 digest = _typed(_contentOf(b));
        _refuses(b, digest, digest, address(wallet));
        wallet.approveDigest(digest);
        claims.bind(b, "", maintainer, _by(maintainer, digest));
        vm.assertEq(claims.personOf(address(wallet)), 1);
    }

    // --- Rotation --------------------------------------------------------------------------------------------------

    function testRotation() public {
        uint256 person = _bind(repo, ANN, ann);
        _attest(person, 2);
        vm.expectEmit(address(claims));
        emit Rotated(person, ann, next);
        _rotate(person, next);

        Person word = claims.personAt(person);
        vm.assertEq(word.wallet(), next);
        vm.assertEq(word.rotations(), 1);
        vm.assertEq(word.programme(), 2);
        vm.assertEq(word.day(), START / 1 days);
        vm.assertEq(claims.personOf(ann), person);
        vm.assertEq(claims.personOf(next), person);
        vm.assertEq(claims.pastWallets(person).length, 1);
        vm.assertEq(claims.pastWallets(person)[0], ann);
    }

    function testRotationToAContractAndBack() public {
        uint256 person = _bind(repo, ANN, ann);
        _rotate(person, address(new Agreeable()));
        _rotate(person, next);
        vm.assertEq(claims.pastWallets(person).length, 2);
        vm.assertEq(claims.personAt(person).rotations(), 2);
    }

    function testAWalletThatWasLeftCanDoNothing() public {
        uint256 person = _bind(repo, ANN, ann);
        _rotate(person, next);
        Binding memory b = _binding(repo, BEN, ann);
        (bytes memory byWallet, bytes memory byMaintainer) = _signatures(b);
        vm.expectRevert(abi.encodeWithSelector(IContributors.WalletTaken.selector, ann, person));
        claims.bind(b, byWallet, maintainer, byMaintainer);

        (bytes32 digest, uint64 deadline) = _rotation(person, ann);
        (bytes memory byNext, bytes memory byAnn) = (_by(next, digest), _by(ann, digest));
        vm.expectRevert(abi.encodeWithSelector(IContributors.WalletTaken.selector, ann, person));
        claims.rotate(person, ann, deadline, byNext, byAnn);
    }

    function testAnothersWalletIsTaken() public {
        uint256 person = _bind(repo, ANN, ann);
        uint256 other = _bind(repo, BEN, next);
        (bytes32 digest, uint64 deadline) = _rotation(person, next);
        (bytes memory byAnn, bytes memory byNext) = (_by(ann, digest), _by(next, digest));
        vm.expectRevert(abi.encodeWithSelector(IContributors.WalletTaken.selector, next, other));
        claims.rotate(person, next, deadline, byAnn, byNext);
        vm.expectRevert(abi.encodeWithSelector(IContributors.WalletTaken.selector, next, other));
        vm.prank(university);
        claims.proposeRecovery(person, next, deadline, byNext);
    }

    function testBothWalletsSignARotation() public {
        uint256 person = _bind(repo, ANN, ann);
        (bytes32 digest, uint64 deadline) = _rotation(person, next);
        (bytes memory byAnn, bytes memory byNext) = (_by(ann, digest), _by(next, digest));
        vm.expectRevert(abi.encodeWithSelector(IContributors.NotSigned.selector, ann));
        claims.rotate(person, next, deadline, byNext, byNext);
        vm.expectRevert(abi.encodeWithSelector(IContributors.NotSigned.selector, next));
        claims.rotate(person, next, deadline, byAnn, byAnn);
        vm.expectRevert(abi.encodeWithSelector(IContributors.NotSigned.selector, next));
        claims.rotate(person, next, deadline + 1, byAnn, byNext);
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(IContributors.SignatureExpired.selector, deadline));
        claims.rotate(person, next, deadline, byAnn, byNext);
        vm.expectRevert(abi.encodeWithSelector(IContributors.UnknownPerson.selector, 9));
        claims.rotate(9, next, deadline + 1, byAnn, byNext);
    }

    /// @dev The count of rotations is signed, and no wallet comes twice: a rotation works once.
    function testARotationWorksOnce() public {
        uint256 person = _bind(repo, ANN, ann);
        (bytes32 digest, uint64 deadline) = _rotation(person, next);
        (bytes memory byAnn, bytes memory byNext) = (_by(ann, digest), _by(next, digest));
        claims.rotate(person, next, deadline, byAnn, byNext);
        vm.expectRevert(abi.encodeWithSelector(IContributors.NotSigned.selector, next));
        claims.rotate(person, next, deadline, byAnn, byNext);
    }

    function testRotationsAreCounted() public {
        uint256 person = _bind(repo, ANN, ann);
        for (uint256 i; i < 255; ++i) {
            _rotate(person, address(new Agreeable()));
        }
        vm.assertEq(claims.personAt(person).rotations(), 255);
        (bytes32 digest, uint64 deadline) = _rotation(person, next);
        bytes memory byNext = _by(next, digest);
        vm.expectRevert(abi.encodeWithSelector(IContributors.TooManyRotations.selector, person));
        claims.rotate(person, next, deadline, "", byNext);
    }

    // --- Recovery --------------------------------------------------------------------------------------------------

    function testRecovery() public {
        uint256 person = _bind(repo, ANN, ann);
        vm.expectEmit(address(claims));
        emit RecoveryProposed(person, next, START + DELAY, university);
        _proposeRecovery(person, next);
        Recovery memory recovery = claims.recoveryOf(person);
        vm.assertEq(recovery.to, next);
        vm.assertEq(recovery.from, START + DELAY);
        vm.assertEq(recovery.university, university);

        vm.warp(START + DELAY - 1);
        vm.expectRevert(abi.encodeWithSelector(IContributors.TooEarly.selector, START + DELAY));
        claims.finishRecovery(person);
        vm.warp(START + DELAY);
        vm.prank(stranger);
        claims.finishRecovery(person);
        vm.assertEq(_wallet(person), next);
        vm.expectRevert(abi.encodeWithSelector(IContributors.NoRecovery.selector, person));
        claims.finishRecovery(person);
    }

    /// @dev Times have 64 bits: 32 of them end in the year 2106.
    function testARecoveryInTheNextCentury() public {
        uint256 person = _bind(repo, ANN, ann);
        uint256 late = uint256(type(uint32).max) + 1;
        vm.warp(late);
        _proposeRecovery(person, next);
        vm.assertEq(claims.recoveryOf(person).from, late + DELAY);
        vm.warp(late + DELAY);
        claims.finishRecovery(person);
        vm.assertEq(_wallet(person), next);
    }

    function testTheWalletVetoes() public {
        uint256 person = _bind(repo, ANN, ann);
        vm.expectRevert(abi.encodeWithSelector(IContributors.NoRecovery.selector, person));
        vm.prank(ann);
        claims.cancelRecovery(person);
        _proposeRecovery(person, next);
        vm.expectRevert(abi.encodeWithSelector(IContributors.NotWallet.selector, person, next));
        vm.prank(next);
        claims.cancelRecovery(person);
        vm.expectEmit(address(claims));
        emit RecoveryCancelled(person, next);
        vm.prank(ann);
        claims.cancelRecovery(person);
        vm.warp(START + DELAY);
        vm.expectRevert(abi.encodeWithSelector(IContributors.NoRecovery.selector, person));
        claims.finishRecovery(person);
    }

    function testARotationEndsARecovery() public {
        uint256 person = _bind(repo, ANN, ann);
        _proposeRecovery(person, next);
        _rotate(person, _account(0xA3));
        vm.warp(START + DELAY);
        vm.expectRevert(abi.encodeWithSelector(IContributors.NoRecovery.selector, person));
        claims.finishRecovery(person);
    }

    function _mayNotPropose(address account) internal {
        vm.expectRevert(
            abi.encodeWithSelector(Governed.Unauthorized.selector, account, IContributors.proposeRecovery.selector)
        );
    }

    function testARecoveryEndsWithItsUniversitysRole() public {
        uint256 person = _bind(repo, ANN, ann);
        _proposeRecovery(person, next);
        authority.revokeRole(UNIVERSITY, university);
        vm.warp(START + DELAY - 1);
        vm.expectRevert(abi.encodeWithSelector(IContributors.TooEarly.selector, START + DELAY));
        claims.finishRecovery(person);
        vm.warp(START + DELAY);
        authority.grantRole(UNIVERSITY, stranger, 0);
        _mayNotPropose(university);
        vm.prank(stranger);
        claims.finishRecovery(person);

        (bytes32 digest, uint64 deadline) = _rotation(person, next);
        bytes memory byNext = _by(next, digest);
        vm.prank(stranger);
        claims.proposeRecovery(person, next, deadline, byNext);
        vm.warp(START + 2 * DELAY);
        claims.finishRecovery(person);
        vm.assertEq(_wallet(person), next);
    }

    /// @dev The role goes, gets a delay, is closed for the contract, or stays; other universities don't matter.
    function testFuzzARecoveryNeedsItsUniversity(bool other, bool gone, uint32 delay, bool closed) public {
        uint256 person = _bind(repo, ANN, ann);
        authority.grantRole(UNIVERSITY, stranger, 0);
        _proposeRecovery(person, next);
        address account = other ? stranger : university;
        if (gone) authority.revokeRole(UNIVERSITY, account);
        else authority.grantRole(UNIVERSITY, account, delay);
        authority.setTargetClosed(address(claims), closed);
        vm.warp(START + DELAY);
        bool refused = closed || (!other && (gone || delay != 0));
        if (refused) _mayNotPropose(university);
        claims.finishRecovery(person);
        vm.assertEq(_wallet(person), refused ? ann : next);
    }

    /// @dev The authority acts for it, and would be asked about itself at the end.
    function testAUniversityWithADelayProposesNoRecovery() public {
        uint256 person = _bind(repo, ANN, ann);
        authority.grantRole(UNIVERSITY, stranger, 1 hours);
        (bytes32 digest, uint64 deadline) = _rotation(person, next);
        bytes memory call = abi.encodeCall(claims.proposeRecovery, (person, next, deadline, _by(next, digest)));
        vm.startPrank(stranger);
        authority.schedule(address(claims), call, 0);
        vm.warp(START + 1 hours);
        _mayNotPropose(address(authority));
        authority.execute(address(claims), call);
        vm.stopPrank();
    }

    /// @dev The wallet was nobody's when it was proposed, and is somebody's when it is to be theirs.
    function testARecoveryToAWalletThatIsTakenMeanwhile() public {
        uint256 person = _bind(repo, ANN, ann);
        _proposeRecovery(person, next);
        uint256 other = _bind(repo, BEN, next);
        vm.warp(START + DELAY);
        vm.expectRevert(abi.encodeWithSelector(IContributors.WalletTaken.selector, next, other));
        claims.finishRecovery(person);
    }

    function testOnlyAUniversityProposesAndTheNextWalletSigns() public {
        uint256 person = _bind(repo, ANN, ann);
        (bytes32 digest, uint64 deadline) = _rotation(person, next);
        (bytes memory byNext, bytes memory byAnn) = (_by(next, digest), _by(ann, digest));
        vm.expectRevert(
            abi.encodeWithSelector(Governed.Unauthorized.selector, stranger, IContributors.proposeRecovery.selector)
        );
        vm.prank(stranger);
        claims.proposeRecovery(person, next, deadline, byNext);
        vm.expectRevert(abi.encodeWithSelector(IContributors.NotSigned.selector, next));
        vm.prank(university);
        claims.proposeRecovery(person, next, deadline, byAnn);
        vm.expectRevert(abi.encodeWithSelector(IContributors.UnknownPerson.selector, 9));
        vm.prank(university);
        claims.proposeRecovery(9, next, deadline, byNext);
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(IContributors.SignatureExpired.selector, deadline));
        vm.prank(university);
        claims.proposeRecovery(person, next, deadline, byNext);
    }

    // --- The word --------------------------------------------------------------------------------------------------

    function testFuzzTheWordKeepsWhatIsNotChanged(address to, uint32 programme, uint32 day, uint8 rotations) public {
        uint256 before = uint256(uint160(ann)) | (uint256(rotations) << 224) | (1 << 232);
        Person word = Person.wrap(before).withGraduation(programme, day);
        vm.assertEq(word.programme(), programme);
        vm.assertEq(word.day(), day);
        vm.assertEq(Person.unwrap(word.withGraduation(0, 0)), before);
        if (rotations == 255) return;
        Person next_ = word.rotated(to);
        vm.assertEq(next_.wallet(), to);
        vm.assertEq(next_.rotations(), uint256(rotations) + 1);
        vm.assertEq(next_.programme(), programme);
        vm.assertEq(next_.day(), day);
    }
}
