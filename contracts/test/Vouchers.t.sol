// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Governed} from "../src/Governed.sol";
import {IVouchers, ProgrammeTerms, Redemption} from "../src/interfaces/IVouchers.sol";
import {VmMore} from "./Conformance.t.sol";
import {FeeToken} from "./utils/Actors.sol";
import {Mood, MoodyToken, VoucherWallet} from "./utils/VoucherActors.sol";
import {VoucherFixture} from "./utils/VoucherFixture.sol";

interface IDeliver {
    function deliver(uint256 id, address from, address to, uint256 units) external;
}

/// @notice Programmes, their money, and their units from issue to payment.
contract VouchersTest is VoucherFixture {
    event ProgrammeOpened(
        uint256 indexed programme, address indexed issuer, address indexed publisher, ProgrammeTerms terms
    );
    event ProviderSet(uint256 indexed programme, address indexed provider, bool accepted);
    event Funded(uint256 indexed programme, address indexed from, uint256 amount);
    event DeliveryRefused(uint256 indexed programme, address indexed from, address indexed to, uint256 units);
    event Migrated(uint256 indexed programme, address indexed from, address indexed to, uint256 amount);
    event Redeemed(
        uint256 indexed programme,
        address indexed holder,
        address indexed provider,
        uint256 units,
        uint256 value,
        bytes32 invoice
    );
    event Reimbursed(address indexed provider, address indexed cash, uint256 amount);
    event Revoked(uint256 indexed programme, address indexed holder, uint256 units, string reason);
    event Closed(uint256 indexed programme, address indexed issuer, uint256 amount);

    // --- Programmes ------------------------------------------------------------------------------------------------

    function testOpen() public {
        ProgrammeTerms memory terms = _terms();
        vm.expectEmit(address(vouchers));
        emit ProgrammeOpened(2, district, publisher, terms);
        vm.expectEmit(address(vouchers));
        emit ProviderSet(2, provider, true);
        vm.assertEq(_programme(terms), 2);
        vm.assertEq(abi.encode(vouchers.programme(2)), abi.encode(terms));
        vm.assertEq(vouchers.issuerOf(2), district);
        vm.assertEq(vouchers.claims(), claims);
        vm.assertTrue(vouchers.accepts(2, provider) && !vouchers.accepts(2, alice), "providers");
        vm.assertTrue(vouchers.programme(3).publisher == address(0), "no such programme");
    }

    function testOnlyADistrictOpens() public {
        ProgrammeTerms memory terms = _terms();
        vm.expectRevert(abi.encodeWithSelector(Governed.Unauthorized.selector, stranger, IVouchers.open.selector));
        vm.prank(stranger);
        vouchers.open(terms, _holders(provider));
    }

    function _refused(ProgrammeTerms memory terms, string memory field) private {
        vm.expectRevert(abi.encodeWithSelector(IVouchers.InvalidTerms.selector, field));
        _programme(terms);
    }

    function testTermsThatMakeNoSense() public {
        ProgrammeTerms memory terms = _terms();
        terms.publisher = address(0);
        _refused(terms, "publisher");
        terms = _terms();
        terms.cash = stranger;
        _refused(terms, "cash");
        terms = _terms();
        terms.unitValue = 0;
        _refused(terms, "unitValue");
        terms = _terms();
        terms.pointsPerUnit = 0;
        _refused(terms, "pointsPerUnit");
        terms = _terms();
        terms.expiry = START;
        _refused(terms, "expiry");
    }

    function testProviders() public {
        vm.expectRevert(abi.encodeWithSelector(IVouchers.NotIssuer.selector, id, stranger));
        vm.prank(stranger);
        vouchers.setProvider(id, alice, true);

        vm.expectEmit(address(vouchers));
        emit ProviderSet(id, alice, true);
        vm.startPrank(district);
        vouchers.setProvider(id, alice, true);
        vm.assertTrue(vouchers.accepts(id, alice), "accepted");
        vouchers.setProvider(id, alice, false);
        vm.assertTrue(!vouchers.accepts(id, alice), "no longer");
    }

    // --- Budget ----------------------------------------------------------------------------------------------------

    function testAnyoneFunds() public {
        cash.mint(carol, 10 * UNIT);
        vm.startPrank(carol);
        cash.approve(address(vouchers), 10 * UNIT);
        vm.expectEmit(address(vouchers));
        emit Funded(id, carol, 3 * UNIT - 1);
        vouchers.fund(id, 3 * UNIT - 1);
        vm.assertEq(vouchers.freeUnits(id), 2);
        vouchers.fund(id, 1);
        vm.assertEq(vouchers.freeUnits(id), 3);
        vm.assertEq(_inBudget(id), 3 * UNIT);
        vm.expectRevert(abi.encodeWithSelector(IVouchers.UnknownProgramme.selector, 9));
        vouchers.freeUnits(9);
        vm.expectRevert(abi.encodeWithSelector(IVouchers.NothingGiven.selector, id));
        vouchers.fund(id, 0);
        vm.expectRevert(abi.encodeWithSelector(IVouchers.UnknownProgramme.selector, 9));
        vouchers.fund(9, 1);
        vm.warp(EXPIRY + 1);
        vm.expectRevert(abi.encodeWithSelector(IVouchers.Expired.selector, id, EXPIRY));
        vouchers.fund(id, 1);
    }

    function testBudgetWithinItsBits() public {
        MoodyToken token = new MoodyToken();
        ProgrammeTerms memory terms = _terms();
        (terms.cash, terms.unitValue, terms.pointsPerUnit) = (address(token), type(uint64).max, 1);
        uint256 big = _programme(terms);
        uint256 most = uint256(type(uint64).max) * type(uint64).max + type(uint64).max - 1;
        token.mint(address(this), type(uint256).max);
        vouchers.fund(big, most);
        vm.assertEq(vouchers.freeUnits(big), type(uint64).max);
        vm.expectRevert(abi.encodeWithSelector(IVouchers.BudgetTooLarge.selector, big, 1));
        vouchers.fund(big, 1);
        vm.expectRevert(abi.encodeWithSelector(IVouchers.BudgetTooLarge.selector, big, type(uint256).max));
        vouchers.fund(big, type(uint256).max);

        vm.prank(claims);
        vouchers.issue(big, _ids(_word(alice, type(uint64).max)));
        vm.assertEq(vouchers.balanceOf(alice, big), type(uint64).max);
        vm.assertEq(vouchers.redeemed(big, alice), type(uint64).max);
        (uint256 inBudget, uint256 held, uint256 spent) = vouchers.budgetOf(big);
        vm.assertTrue(inBudget == most && held == type(uint64).max && spent == 0, "full");
        vm.prank(district);
        vouchers.revoke(big, alice, type(uint64).max, "");
        vm.assertEq(vouchers.freeUnits(big), type(uint64).max);
    }

    function testCashThatKeepsAFeeIsRefused() public {
        FeeToken token = new FeeToken();
        ProgrammeTerms memory terms = _terms();
        terms.cash = address(token);
        uint256 other = _programme(terms);
        token.mint(address(this), 100);
        vm.expectRevert(abi.encodeWithSelector(IVouchers.CashMismatch.selector, 100, 99));
        vouchers.fund(other, 100);
    }

    function testCashThatMovesMoreIsRefused() public {
        (MoodyToken token, uint256 other) = _moody();
        token.prepare(address(token), abi.encodeCall(MoodyToken.mint, (address(vouchers), 1)));
        vm.expectRevert(abi.encodeWithSelector(IVouchers.CashMismatch.selector, UNIT, UNIT + 1));
        vouchers.fund(other, UNIT);
    }

    function testCashThatSaysNoIsNotCounted() public {
        (MoodyToken token, uint256 other) = _moody();
        token.setRefuses(true);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(token)));
        vouchers.fund(other, UNIT);

        token.setRefuses(false);
        vouchers.fund(other, UNIT);
        id = other;
        _issue(_word(alice, POINTS));
        _redeem(_redemption(alice, 1, "invoice"));
        token.setRefuses(true);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(token)));
        vouchers.reimburse(provider, address(token));
        vm.assertEq(vouchers.owed(provider, address(token)), UNIT, "still to get");
    }

    function _moody() private returns (MoodyToken token, uint256 other) {
        token = new MoodyToken();
        ProgrammeTerms memory terms = _terms();
        terms.cash = address(token);
        other = _programme(terms);
        token.mint(address(this), 100 * UNIT);
    }

    function testCloseReturnsWhatNobodyHasToGet() public {
        _hold(alice, 10);
        _fund(id, 5);
        _redeem(_redemption(alice, 4, "invoice"));
        vm.warp(EXPIRY);
        vm.expectRevert(abi.encodeWithSelector(IVouchers.NotExpired.selector, id, EXPIRY));
        vouchers.close(id);

        vm.warp(EXPIRY + 1);
        vm.expectEmit(address(vouchers));
        emit Closed(id, district, 11 * UNIT);
        vm.prank(stranger);
        vm.assertEq(vouchers.close(id), 11 * UNIT);
        vm.assertEq(cash.balanceOf(district), 11 * UNIT);
        (uint256 inBudget, uint256 held, uint256 spent) = vouchers.budgetOf(id);
        vm.assertTrue(inBudget == 4 * UNIT && held == 0 && spent == 4, "what was spent stays");
        vm.expectRevert(abi.encodeWithSelector(IVouchers.NothingToPay.selector, district, cash));
        vouchers.close(id);

        vm.assertEq(vouchers.reimburse(provider, address(cash)), 4 * UNIT);
        vm.assertEq(cash.balanceOf(address(vouchers)), 0);
        vm.expectRevert(abi.encodeWithSelector(IVouchers.UnknownProgramme.selector, 9));
        vouchers.close(9);
    }

    // --- Issue -----------------------------------------------------------------------------------------------------

    function testIssueGivesWhatIsNewAndRoundsDown() public {
        _fund(id, 100);
        vm.assertEq(_issue(_word(alice, 2_999)), 2);
        vm.assertEq(_issue(_word(alice, 2_999)), 0);
        vm.assertEq(_issue(_word(alice, 1)), 0);
        vm.assertEq(_issue(_word(alice, 3_000)), 1);
        vm.assertEq(vouchers.balanceOf(alice, id), 3);
        vm.assertEq(vouchers.redeemed(id, alice), 3);
        vm.assertEq(vouchers.freeUnits(id), 97);
        vm.assertEq(_held(id), 3);
    }

    function testIssueStopsAtTheCap() public {
        ProgrammeTerms memory terms = _terms();
        terms.cap = 5;
        id = _programme(terms);
        _fund(id, 100);
        vm.assertEq(_issue(_word(alice, 4 * POINTS)), 4);
        vm.assertEq(_issue(_word(alice, 400 * POINTS)), 1);
        vm.assertEq(_issue(_word(alice, type(uint64).max)), 0);
        vm.assertEq(vouchers.redeemed(id, alice), 5);
    }

    function testIssueGoesAsFarAsTheBudget() public {
        _fund(id, 5);
        vm.prank(claims);
        vm.assertEq(vouchers.issue(id, _ids(_word(alice, 3_000), _word(bob, 3_000), _word(carol, 3_000))), 5);
        vm.assertEq(vouchers.balanceOf(alice, id), 3);
        vm.assertEq(vouchers.balanceOf(bob, id), 2);
        vm.assertEq(vouchers.redeemed(id, bob), 2);
        vm.assertEq(vouchers.balanceOf(carol, id), 0);
        _fund(id, 100);
        vm.prank(claims);
        vm.assertEq(vouchers.issue(id, _ids(_word(alice, 3_000), _word(bob, 3_000), _word(carol, 3_000))), 4);
        vm.assertEq(vouchers.balanceOf(carol, id), 3);
    }

    function testAnAccountThatStandsTwiceGetsItOnce() public {
        _fund(id, 100);
        vm.prank(claims);
        vm.assertEq(vouchers.issue(id, _ids(_word(alice, 3_000), _word(alice, 3_000), _word(alice, 4_000))), 4);
        vm.assertEq(vouchers.balanceOf(alice, id), 4);
    }

    function testOnlyClaimsIssuesAndMigrates() public {
        vm.startPrank(district);
        vm.expectRevert(abi.encodeWithSelector(IVouchers.NotClaims.selector, district));
        vouchers.issue(id, _ids(_word(district, 1_000)));
        vm.expectRevert(abi.encodeWithSelector(IVouchers.NotClaims.selector, district));
        vouchers.migrate(id, alice, district);
        vm.expectRevert(abi.encodeWithSelector(IVouchers.NotSelf.selector, district));
        IDeliver(address(vouchers)).deliver(id, address(0), district, 1);
    }

    function testNoIssueAfterExpiry() public {
        _fund(id, 2);
        vm.warp(EXPIRY);
        vm.assertEq(_issue(_word(alice, 1_000)), 1);
        vm.warp(EXPIRY + 1);
        vm.expectRevert(abi.encodeWithSelector(IVouchers.Expired.selector, id, EXPIRY));
        _issue(_word(alice, 2_000));
        id = 9;
        vm.expectRevert(abi.encodeWithSelector(IVouchers.UnknownProgramme.selector, 9));
        _issue(_word(alice, 2_000));
    }

    /// @dev Nothing is booked for it, nobody else waits for it, and it can have it later.
    function testAContractThatRefusesHoldsUpNobody() public {
        VoucherWallet wallet = new VoucherWallet();
        _fund(id, 9);
        for (uint256 mood = 1; mood <= uint256(type(Mood).max); ++mood) {
            wallet.setMood(Mood(mood));
            vm.expectEmit(address(vouchers));
            emit DeliveryRefused(id, address(0), address(wallet), 3);
            vm.prank(claims);
            uint256 units =
                vouchers.issue(id, _ids(_word(alice, mood * 1_000), _word(address(wallet), 3_000), _word(bob, 1_000)));
            vm.assertEq(units, mood == 1 ? 2 : 1);
            vm.assertEq(vouchers.balanceOf(address(wallet), id), 0);
            vm.assertEq(vouchers.redeemed(id, address(wallet)), 0);
            vm.assertEq(_held(id), mood + 1);
        }
        wallet.setMood(Mood.Accept);
        vm.assertEq(_issue(_word(address(wallet), 3_000)), 3);
    }

    /// @dev It burns no more than its limit, and a long answer costs the others nothing.
    function testRefusalHasALimitOfGas() public {
        VoucherWallet wallet = new VoucherWallet();
        _fund(id, 9);
        wallet.setMood(Mood.Burn);
        uint256 before = gasleft();
        _issue(_word(address(wallet), 3_000));
        vm.assertLe(before - gasleft(), 250_000, "gas of a refusal");
    }

    function testBitsAboveThePointsMeanNothing() public {
        _fund(id, 9);
        vm.assertEq(_issue(_word(alice, 3_000) | (type(uint256).max << 224)), 3);
        vm.assertEq(vouchers.balanceOf(alice, id), 3);
    }

    /// @dev In the middle of an issue nothing can be spent, funded, issued, moved on or paid out.
    function testNobodyComesInBetween() public {
        VoucherWallet wallet = new VoucherWallet();
        _fund(id, 10);
        _issue(_word(address(wallet), 2_000));
        Redemption memory r = _redemption(address(wallet), 2, "invoice");
        bytes[5] memory calls = [
            abi.encodeCall(IVouchers.redeem, (r, _signed(PROVIDER_KEY, _digestOf(r)))),
            abi.encodeCall(IVouchers.fund, (id, 1)),
            abi.encodeCall(IVouchers.close, (id)),
            abi.encodeCall(IVouchers.reimburse, (provider, address(cash))),
            abi.encodeCall(IVouchers.fund, (id, 2))
        ];
        for (uint256 i; i < calls.length; ++i) {
            wallet.prepare(address(vouchers), calls[i]);
            _issue(_word(address(wallet), (3 + i) * POINTS));
            vm.assertTrue(wallet.tried() && !wallet.succeeded(), "refused");
            vm.assertEq(
                wallet.result(), abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)
            );
        }
        vm.assertEq(vouchers.balanceOf(address(wallet), id), 7);
        vm.assertEq(_held(id), 7);
    }

    /// @dev A contract that is both, the programme's issuer and a receiver.
    function testTheIssuerRevokesNothingInBetween() public {
        VoucherWallet wallet = new VoucherWallet();
        authority.grantRole(DISTRICT, address(wallet), 0);
        ProgrammeTerms memory terms = _terms();
        vm.prank(address(wallet));
        id = vouchers.open(terms, _holders(provider));
        _hold(alice, 5);
        _fund(id, 1);
        wallet.prepare(address(vouchers), abi.encodeCall(IVouchers.revoke, (id, alice, 5, "")));
        _issue(_word(address(wallet), POINTS));
        vm.assertEq(
            wallet.result(), abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)
        );
        vm.assertEq(_held(id), 6);
    }

    /// @dev Passing units on from within is harmless: only the two words change.
    function testUnitsMayBePassedOnWhileTheyArrive() public {
        VoucherWallet wallet = new VoucherWallet();
        _fund(id, 10);
        wallet.prepare(address(vouchers), abi.encodeCall(vouchers.safeTransferFrom, (address(wallet), bob, id, 2, "")));
        vm.prank(claims);
        vouchers.issue(id, _ids(_word(bob, 1_000), _word(address(wallet), 3_000), _word(bob, 2_000)));
        vm.assertTrue(wallet.succeeded(), "passed on");
        vm.assertEq(vouchers.balanceOf(bob, id), 4);
        vm.assertEq(vouchers.redeemed(id, bob), 2);
        vm.assertEq(vouchers.balanceOf(address(wallet), id), 1);
        vm.assertEq(_held(id), 5);
    }

    /// @dev What stands behind the list is none of it.
    function testWhatStandsBehindTheWordsIsNotIssued() public {
        _fund(id, 10);
        bytes memory call = abi.encodeCall(vouchers.issue, (id, _ids(_word(alice, POINTS))));
        vm.prank(claims);
        (bool done,) = address(vouchers).call(bytes.concat(call, bytes32(_word(bob, POINTS))));
        vm.assertTrue(done, "issued");
        vm.assertEq(vouchers.balanceOf(alice, id), 1);
        vm.assertEq(vouchers.balanceOf(bob, id), 0);
    }

    // --- Migration -------------------------------------------------------------------------------------------------

    function testMigrateMovesAll() public {
        _hold(alice, 5);
        _redeem(_redemption(alice, 2, "invoice"));
        vm.expectEmit(address(vouchers));
        emit Migrated(id, alice, bob, 5);
        vm.prank(claims);
        vouchers.migrate(id, alice, bob);
        vm.assertEq(vouchers.redeemed(id, alice), 0);
        vm.assertEq(vouchers.redeemed(id, bob), 5);
        vm.assertEq(vouchers.balanceOf(alice, id), 0);
        vm.assertEq(vouchers.balanceOf(bob, id), 3);
        _fund(id, 10);
        vm.assertEq(_issue(_word(bob, 5_000)), 0);
        vm.assertEq(_issue(_word(bob, 6_000)), 1);
    }

    function testMigrateAddsAndGoesToItself() public {
        _hold(alice, 5);
        _hold(bob, 2);
        vm.startPrank(claims);
        vouchers.migrate(id, alice, bob);
        vouchers.migrate(id, bob, bob);
        vouchers.migrate(id, alice, bob);
        vm.assertEq(vouchers.redeemed(id, bob), 7);
        vm.assertEq(vouchers.balanceOf(bob, id), 7);
    }

    /// @dev Neither what was issued nor units: no event, and nobody is asked.
    function testMigrateOfNothing() public {
        VoucherWallet wallet = new VoucherWallet();
        VmMore(address(vm)).recordLogs();
        vm.startPrank(claims);
        vouchers.migrate(id, alice, address(wallet));
        vouchers.migrate(9, alice, address(wallet));
        vm.assertEq(VmMore(address(vm)).getRecordedLogs().length, 0);
        vm.assertEq(wallet.asked(), 0);
    }

    function testNobodyComesInBetweenAMigration() public {
        VoucherWallet wallet = new VoucherWallet();
        _hold(alice, 5);
        wallet.prepare(address(vouchers), abi.encodeCall(IVouchers.fund, (id, 1)));
        vm.prank(claims);
        vouchers.migrate(id, alice, address(wallet));
        vm.assertEq(
            wallet.result(), abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)
        );
        vm.assertEq(vouchers.balanceOf(address(wallet), id), 5);
    }

    function testMigrateToAWalletThatRefuses() public {
        VoucherWallet wallet = new VoucherWallet();
        wallet.setMood(Mood.Revert);
        _hold(alice, 5);
        vm.expectEmit(address(vouchers));
        emit DeliveryRefused(id, alice, address(wallet), 5);
        vm.prank(claims);
        vouchers.migrate(id, alice, address(wallet));
        vm.assertEq(vouchers.redeemed(id, address(wallet)), 5);
        vm.assertEq(vouchers.redeemed(id, alice), 0);
        vm.assertEq(vouchers.balanceOf(alice, id), 5);

        wallet.setMood(Mood.Accept);
        vm.warp(EXPIRY + 1);
        vm.prank(claims);
        vouchers.migrate(id, alice, address(wallet));
        vm.assertEq(vouchers.redeemed(id, address(wallet)), 5);
        vm.assertEq(vouchers.balanceOf(address(wallet), id), 5);
        vm.assertEq(vouchers.balanceOf(alice, id), 0);
    }

    // --- Transfers -------------------------------------------------------------------------------------------------

    /// @dev Points stay with whom they were issued to, and the budget doesn't notice.
    function testFuzzTransfersMoveUnitsOnly(uint8[12] memory seeds) public {
        _hold(alice, 10);
        address[3] memory people = [alice, bob, carol];
        for (uint256 i; i < 12; ++i) {
            address from = people[seeds[i] % 3];
            uint256 value = seeds[i] % (vouchers.balanceOf(from, id) + 1);
            vm.prank(from);
            vouchers.safeTransferFrom(from, people[(seeds[i] / 3) % 3], id, value, "");
        }
        uint256 sum;
        for (uint256 i; i < 3; ++i) {
            sum += vouchers.balanceOf(people[i], id);
            vm.assertEq(vouchers.redeemed(id, people[i]), i == 0 ? 10 : 0);
        }
        vm.assertEq(sum, 10);
        vm.assertEq(_held(id), 10);
    }

    // --- Redemption ------------------------------------------------------------------------------------------------

    function testHolderRedeemsWithTheProvidersSignature() public {
        _hold(bob, 5);
        Redemption memory r = _redemption(bob, 2, "invoice");
        bytes memory signature = _signed(PROVIDER_KEY, _digestOf(r));
        vm.expectEmit(address(vouchers));
        emit Redeemed(id, bob, provider, 2, 2 * UNIT, "invoice");
        vm.prank(bob);
        vouchers.redeem(r, signature);
        vm.assertEq(vouchers.balanceOf(bob, id), 3);
        vm.assertEq(vouchers.redeemed(id, bob), 5);
        vm.assertEq(vouchers.owed(provider, address(cash)), 2 * UNIT);
        vm.assertEq(_held(id), 3);
        vm.assertEq(_spent(id), 2);
        vm.assertEq(vouchers.freeUnits(id), 0);
        vm.assertTrue(vouchers.invoiced(provider, "invoice"), "paid");
    }

    function testProviderRedeemsWithTheHoldersSignature() public {
        _hold(alice, 5);
        Redemption memory r = _redemption(alice, 5, "invoice");
        bytes memory signature = _signed(ALICE_KEY, _digestOf(r));
        vm.prank(provider);
        vouchers.redeem(r, signature);
        vm.assertEq(vouchers.owed(provider, address(cash)), 5 * UNIT);
    }

    function testAnInvoiceIsPaidOnce() public {
        _hold(bob, 5);
        _redeem(_redemption(bob, 1, "invoice"));
        Redemption memory r = _redemption(bob, 2, "invoice");
        bytes memory signature = _signed(PROVIDER_KEY, _digestOf(r));
        vm.expectRevert(abi.encodeWithSelector(IVouchers.AlreadyInvoiced.selector, provider, bytes32("invoice")));
        vm.prank(bob);
        vouchers.redeem(r, signature);

        // In another programme neither.
        id = _programme(_terms());
        _hold(bob, 5);
        r = _redemption(bob, 2, "invoice");
        signature = _signed(PROVIDER_KEY, _digestOf(r));
        vm.expectRevert(abi.encodeWithSelector(IVouchers.AlreadyInvoiced.selector, provider, bytes32("invoice")));
        vm.prank(bob);
        vouchers.redeem(r, signature);
    }

    function _invalid(Redemption memory r, bytes memory signature) private {
        vm.expectRevert(abi.encodeWithSelector(IVouchers.SignatureInvalid.selector, provider));
        vm.prank(r.holder);
        vouchers.redeem(r, signature);
    }

    function testSignaturesThatDontCount() public {
        _hold(bob, 5);
        Redemption memory r = _redemption(bob, 2, "invoice");
        bytes32 digest = _digestOf(r);
        _invalid(r, "");
        _invalid(r, new bytes(65));
        _invalid(r, _signed(ALICE_KEY, digest));
        _invalid(r, _signed(PROVIDER_KEY, _digest(_domain("Model Vouchers", address(cash)), _content(r))));
        _invalid(r, _signed(PROVIDER_KEY, _digest(_domain("Contribution Claims", address(vouchers)), _content(r))));
        _invalid(r, _signed(PROVIDER_KEY, _digest(_otherChain(), _content(r))));
        // The other signature of the same key that mathematics allows; and a short form.
        (uint8 v, bytes32 x, bytes32 s) = vm.sign(PROVIDER_KEY, digest);
        uint256 n = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        _invalid(r, abi.encodePacked(x, n - uint256(s), v ^ 7));
        _invalid(r, abi.encodePacked(x, (uint256(v - 27) << 255) | uint256(s)));
        // Every field is signed.
        bytes memory signature = _signed(PROVIDER_KEY, digest);
        r.units = 1;
        _invalid(r, signature);
        r = _redemption(bob, 2, "other");
        _invalid(r, signature);
        r = _redemption(bob, 2, "invoice");
        r.deadline -= 1;
        _invalid(r, signature);
        r = _redemption(alice, 2, "invoice");
        _invalid(r, signature);
        id = _programme(_terms());
        _invalid(_redemption(bob, 2, "invoice"), signature);
    }

    function _otherChain() private view returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Model Vouchers"),
                keccak256("1"),
                block.chainid + 1,
                address(vouchers)
            )
        );
    }

    function testRedemptionsThatAreRefused() public {
        _hold(bob, 5);
        Redemption memory r = _redemption(bob, 2, "invoice");
        bytes memory signature = _signed(PROVIDER_KEY, _digestOf(r));
        vm.expectRevert(abi.encodeWithSelector(IVouchers.NotParty.selector, stranger));
        vm.prank(stranger);
        vouchers.redeem(r, signature);

        r = _redemption(bob, 6, "invoice");
        signature = _signed(PROVIDER_KEY, _digestOf(r));
        vm.expectRevert(abi.encodeWithSelector(IERC1155Errors.ERC1155InsufficientBalance.selector, bob, 5, 6, id));
        vm.prank(bob);
        vouchers.redeem(r, signature);

        r.units = 0;
        vm.expectRevert(abi.encodeWithSelector(IVouchers.NothingGiven.selector, id));
        vouchers.redeem(r, signature);

        r = _redemption(bob, 2, "invoice");
        r.deadline = START - 1;
        signature = _signed(PROVIDER_KEY, _digestOf(r));
        vm.expectRevert(abi.encodeWithSelector(IVouchers.SignatureExpired.selector, START - 1));
        vm.prank(bob);
        vouchers.redeem(r, signature);

        r.provider = carol;
        vm.expectRevert(abi.encodeWithSelector(IVouchers.NotAccepted.selector, id, carol));
        vouchers.redeem(r, signature);

        r.programme = 9;
        vm.expectRevert(abi.encodeWithSelector(IVouchers.UnknownProgramme.selector, 9));
        vouchers.redeem(r, signature);
    }

    function testRedemptionInTheSecondOfItsDeadline() public {
        _hold(bob, 5);
        Redemption memory r = _redemption(bob, 2, "invoice");
        r.deadline = START;
        _redeem(r);
        vm.assertEq(_spent(id), 2);
    }

    function testNoRedemptionAfterExpiry() public {
        _hold(bob, 5);
        Redemption memory r = _redemption(bob, 2, "invoice");
        r.deadline = EXPIRY + 10;
        vm.warp(EXPIRY);
        _redeem(r);
        vm.warp(EXPIRY + 1);
        r.invoice = "other";
        bytes memory signature = _signed(PROVIDER_KEY, _digestOf(r));
        vm.expectRevert(abi.encodeWithSelector(IVouchers.Expired.selector, id, EXPIRY));
        vm.prank(bob);
        vouchers.redeem(r, signature);
    }

    function testReimburse() public {
        _hold(bob, 5);
        _redeem(_redemption(bob, 2, "one"));
        _redeem(_redemption(bob, 1, "two"));
        vm.prank(district);
        vouchers.setProvider(id, provider, false);
        vm.expectEmit(address(vouchers));
        emit Reimbursed(provider, address(cash), 3 * UNIT);
        vm.prank(stranger);
        vm.assertEq(vouchers.reimburse(provider, address(cash)), 3 * UNIT);
        vm.assertEq(cash.balanceOf(provider), 3 * UNIT);
        vm.expectRevert(abi.encodeWithSelector(IVouchers.NothingToPay.selector, provider, cash));
        vouchers.reimburse(provider, address(cash));
    }

    function testCashThatCallsBack() public {
        (MoodyToken token, uint256 other) = _moody();
        token.mint(address(token), UNIT);
        token.prepare(address(vouchers), abi.encodeCall(IVouchers.fund, (other, UNIT)));
        vouchers.fund(other, 10 * UNIT);
        vm.assertTrue(token.tried() && !token.succeeded(), "no fund in a fund");
        vm.assertEq(_inBudget(other), 10 * UNIT);

        id = other;
        _issue(_word(alice, 5 * POINTS));
        _redeem(_redemption(alice, 2, "invoice"));
        token.prepare(address(vouchers), abi.encodeCall(IVouchers.reimburse, (provider, address(token))));
        vouchers.reimburse(provider, address(token));
        vm.assertTrue(token.tried() && !token.succeeded(), "no second payment");
        vm.assertEq(token.balanceOf(provider), 2 * UNIT);

        vm.warp(EXPIRY + 1);
        token.prepare(address(vouchers), abi.encodeCall(IVouchers.close, (other)));
        vouchers.close(other);
        vm.assertTrue(token.tried() && !token.succeeded(), "no second end");
        vm.assertEq(token.balanceOf(district), 8 * UNIT);
        vm.assertEq(token.balanceOf(address(vouchers)), 0);
    }

    // --- Revocation ------------------------------------------------------------------------------------------------

    function testRevokeFreesTheBudgetAndNotThePoints() public {
        _hold(alice, 5);
        vm.expectEmit(address(vouchers));
        emit Revoked(id, alice, 3, "copied");
        vm.prank(district);
        vouchers.revoke(id, alice, 3, "copied");
        vm.assertEq(vouchers.balanceOf(alice, id), 2);
        vm.assertEq(vouchers.redeemed(id, alice), 5);
        vm.assertEq(vouchers.freeUnits(id), 3);
        vm.assertEq(_issue(_word(alice, 5_000)), 0);
        vm.assertEq(_issue(_word(bob, 5_000)), 3);
    }

    function testRevocationsThatAreRefused() public {
        _hold(alice, 5);
        vm.expectRevert(abi.encodeWithSelector(IVouchers.NotIssuer.selector, id, stranger));
        vm.prank(stranger);
        vouchers.revoke(id, alice, 1, "");
        vm.startPrank(district);
        vm.expectRevert(abi.encodeWithSelector(IERC1155Errors.ERC1155InsufficientBalance.selector, alice, 5, 6, id));
        vouchers.revoke(id, alice, 6, "");
        vm.warp(EXPIRY + 1);
        vm.expectRevert(abi.encodeWithSelector(IVouchers.Expired.selector, id, EXPIRY));
        vouchers.revoke(id, alice, 1, "");
    }

    // --- Fuzz ------------------------------------------------------------------------------------------------------

    function testFuzzIssue(uint64 first, uint64 second, uint64 pointsPerUnit, uint64 cap, uint32 budget) public {
        ProgrammeTerms memory terms = _terms();
        (terms.pointsPerUnit, terms.cap) = (pointsPerUnit == 0 ? 1 : pointsPerUnit, cap);
        id = _programme(terms);
        if (budget != 0) _fund(id, budget);

        uint256 had = _model(terms, first, 0, budget);
        vm.assertEq(_issue(_word(alice, first)), had);
        uint256 more = _model(terms, second, had, budget - had);
        vm.assertEq(_issue(_word(alice, second)), more);
        vm.assertEq(vouchers.redeemed(id, alice), had + more);
        vm.assertEq(vouchers.balanceOf(alice, id), had + more);
        vm.assertEq(vouchers.freeUnits(id), budget - had - more);
    }

    function _model(ProgrammeTerms memory terms, uint256 points, uint256 had, uint256 free)
        private
        pure
        returns (uint256 due)
    {
        due = points / terms.pointsPerUnit;
        if (terms.cap != 0 && due > terms.cap) due = terms.cap;
        due = due > had ? due - had : 0;
        return due < free ? due : free;
    }

    /// @dev In however many steps points come, and however the account moves, it has the same in the end.
    function testFuzzStepsDontMatter(uint40[6] memory points) public {
        _fund(id, 1 << 40);
        address account = alice;
        uint256 most;
        for (uint160 i; i < 6; ++i) {
            if (points[i] > most) most = points[i];
            _issue(_word(account, points[i]));
            if (points[i] % 2 == 0) {
                vm.prank(claims);
                vouchers.migrate(id, account, address(0xF000 + i));
                account = address(0xF000 + i);
            }
        }
        vm.assertEq(vouchers.redeemed(id, account), most / POINTS);
        vm.assertEq(vouchers.balanceOf(account, id), most / POINTS);
    }

    function testFuzzAllMoneyIsAccountedFor(uint32 budget, uint32 points, uint32 spent, uint32 revoked) public {
        if (budget != 0) _fund(id, budget);
        uint256 held = _issue(_word(bob, uint256(points) * 100));
        spent = uint32(spent % (held + 1));
        if (spent != 0) _redeem(_redemption(bob, spent, "invoice"));
        vm.prank(district);
        vouchers.revoke(id, bob, revoked % (held - spent + 1), "");
        vm.warp(EXPIRY + 1);
        if (budget != spent) vouchers.close(id);
        if (spent != 0) vouchers.reimburse(provider, address(cash));
        vm.assertEq(cash.balanceOf(district), uint256(budget - spent) * UNIT);
        vm.assertEq(cash.balanceOf(provider), uint256(spent) * UNIT);
        vm.assertEq(cash.balanceOf(address(vouchers)), 0);
    }
}
