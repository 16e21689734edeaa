// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SettlementCash} from "../../src/SettlementCash.sol";
import {IVouchers, ProgrammeTerms, Redemption} from "../../src/interfaces/IVouchers.sol";
import {Fixture} from "./Fixture.sol";

/// @notice The vouchers with one programme, a provider, and an account that stands for the claims contract.
abstract contract VoucherFixture is Fixture {
    event TransferSingle(address indexed operator, address indexed from, address indexed to, uint256 id, uint256 value);

    uint64 internal constant DISTRICT = 6;
    address internal constant district = address(0xD157);
    address internal constant publisher = address(0x9B11);
    address internal constant claims = address(0xC1A1);
    uint256 internal constant PROVIDER_KEY = 0x9201;
    address internal immutable provider = vm.addr(PROVIDER_KEY);

    uint64 internal constant UNIT = 2_500_000; // 2.50 of a token with 6 decimals
    uint64 internal constant POINTS = 1_000; // one line
    uint64 internal constant START = 1_750_000_000;
    uint64 internal constant EXPIRY = START + 90 days;

    IVouchers internal vouchers;
    uint256 internal id;

    function setUp() public virtual override {
        vm.warp(START);
        authority = AccessManager(_deploy("AccessManager.sol:AccessManager", abi.encode(address(this))));
        cash = SettlementCash(
            _deploy("SettlementCash.sol:SettlementCash", abi.encode(authority, "Local settlement cash", "LSC"))
        );
        vouchers = IVouchers(_deploy("Vouchers.sol:Vouchers", abi.encode(authority, claims)));
        _open(address(vouchers), DISTRICT, IVouchers.open.selector);
        authority.grantRole(DISTRICT, district, 0);
        id = _programme(_terms());
    }

    function _terms() internal view returns (ProgrammeTerms memory) {
        return ProgrammeTerms({
            publisher: publisher,
            cash: address(cash),
            unitValue: UNIT,
            pointsPerUnit: POINTS,
            cap: 0,
            expiry: EXPIRY,
            transferable: true,
            policyHash: keccak256("policy"),
            uri: "ipfs://programme"
        });
    }

    function _programme(ProgrammeTerms memory terms) internal returns (uint256) {
        vm.prank(district);
        return vouchers.open(terms, _holders(provider));
    }

    /// @dev Cash for so many units of a programme whose cash is the usual one.
    function _fund(uint256 programme, uint256 units) internal {
        uint256 amount = units * vouchers.programme(programme).unitValue;
        cash.mint(district, amount);
        vm.startPrank(district);
        cash.approve(address(vouchers), amount);
        vouchers.fund(programme, amount);
        vm.stopPrank();
    }

    function _word(address account, uint256 points) internal pure returns (uint256) {
        return uint160(account) | (points << 160);
    }

    function _issue(uint256 word) internal returns (uint256) {
        vm.prank(claims);
        return vouchers.issue(id, _ids(word));
    }

    /// @dev So many units for an account without code that had none, with the cash for them.
    function _hold(address account, uint256 units) internal {
        _fund(id, units);
        vm.assertEq(_issue(_word(account, units * POINTS)), units, "issued");
    }

    function _redemption(address holder, uint64 units, bytes32 invoice) internal view returns (Redemption memory) {
        return Redemption(uint32(id), holder, provider, units, invoice, EXPIRY);
    }

    function _content(Redemption memory r) internal pure returns (bytes memory) {
        return abi.encode(
            keccak256(
                "Redemption(uint32 programme,address holder,address provider,uint64 units,bytes32 invoice,uint64 deadline)"
            ),
            r.programme,
            r.holder,
            r.provider,
            r.units,
            r.invoice,
            r.deadline
        );
    }

    function _digestOf(Redemption memory r) internal view returns (bytes32) {
        return _digest(_domain("Model Vouchers", address(vouchers)), _content(r));
    }

    /// @dev Sent by the holder, signed by the provider.
    function _redeem(Redemption memory r) internal {
        bytes memory signature = _signed(PROVIDER_KEY, _digestOf(r));
        vm.prank(r.holder);
        vouchers.redeem(r, signature);
    }

    function _held(uint256 programme) internal view returns (uint256 held) {
        (, held,) = vouchers.budgetOf(programme);
    }

    function _spent(uint256 programme) internal view returns (uint256 spent) {
        (,, spent) = vouchers.budgetOf(programme);
    }

    function _inBudget(uint256 programme) internal view returns (uint256 amount) {
        (amount,,) = vouchers.budgetOf(programme);
    }
}

/// @notice Two programmes, of which alice has 10 and 20 units.
abstract contract TwoProgrammes is VoucherFixture {
    uint256 internal other;

    function setUp() public override {
        super.setUp();
        _hold(alice, 10);
        ProgrammeTerms memory terms = _terms();
        terms.uri = "ipfs://other";
        other = _programme(terms);
        id = other;
        _hold(alice, 20);
        id = 1;
    }

    function _missing(address owner, address by) internal {
        vm.expectRevert(abi.encodeWithSelector(IERC1155Errors.ERC1155MissingApprovalForAll.selector, by, owner));
    }

    function _invalidReceiver(address to) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IERC1155Errors.ERC1155InvalidReceiver.selector, to);
    }
}
