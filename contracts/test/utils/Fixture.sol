// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {SettlementCash} from "../../src/SettlementCash.sol";
import {IComputeReceipt, SeriesLabel} from "../../src/interfaces/IComputeReceipt.sol";
import {IEligibility} from "../../src/interfaces/IEligibility.sol";
import {Collection, ISpv, OfferingTerms, Parties, Receivable, State, Status} from "../../src/interfaces/ISpv.sol";
import {IOperatorAccount} from "../../src/interfaces/IOperatorAccount.sol";
import {ISpvFactory} from "../../src/interfaces/ISpvFactory.sol";
import {Accounts, Period, WaterfallTerms} from "../../src/libraries/Waterfall.sol";
import {Vm} from "./Vm.sol";

/// @notice Everything that makes one SPV.
struct Deal {
    Parties parties;
    OfferingTerms offering;
    WaterfallTerms rules;
    Period[] periods;
    Receivable[] pool;
    uint64 presentValue;
}

/// @notice The contracts as they are deployed, with their roles, four investors, and ways to bring a series to life.
/// @dev Contracts are made from their artifacts: `new` would compile them again into each test.
abstract contract Fixture {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    uint64 internal constant ADMINISTRATOR = 1;
    uint64 internal constant SERVICER = 2;
    uint64 internal constant COMPLIANCE = 3;
    uint64 internal constant GUARDIAN = 4;
    uint64 internal constant FACTORY = 5;

    address internal constant administrator = address(0xAD31);
    address internal constant servicer = address(0x5E12);
    address internal constant compliance = address(0xC031);
    address internal constant guardian = address(0x60A2);
    address internal constant originator = address(0x0216);
    address internal constant feeRecipient = address(0xFEE5);
    address internal constant unclaimedTo = address(0x0C1A);
    address internal constant stranger = address(0x5724);

    uint256 internal constant AGENT_KEY = 0xA6E7;
    uint256 internal constant ALICE_KEY = 0xA11CE;
    address internal immutable agent = vm.addr(AGENT_KEY);
    address internal immutable alice = vm.addr(ALICE_KEY);
    address internal constant bob = address(0xB0B0);
    address internal constant carol = address(0xCA201);
    address internal constant dave = address(0xDA7E);

    uint256 internal constant ISSUE = 20_090; // 2025-01-02
    uint64 internal constant SIZE = 30_000_000_000; // 300,000,000.00
    uint64 internal constant RENT = 3_740_239_630; // 37,402,396.30
    uint64 internal constant PV = 42_857_142_868; // 428,571,428.68
    uint64 internal constant CASH_UNIT = 10_000; // a fen of a token with 6 decimals
    uint64 internal constant SOME = 1_000_000;

    AccessManager internal authority;
    IComputeReceipt internal receipts;
    ISpvFactory internal factory;
    IOperatorAccount internal operator;
    SettlementCash internal cash;

    ISpv internal spv;
    uint256 internal slot;
    bytes32[] internal rents;

    // --- Deployment ------------------------------------------------------------------------------------------------

    function _deploy(string memory artifact, bytes memory args) internal returns (address made) {
        bytes memory code = bytes.concat(vm.getCode(artifact), args);
        assembly ("memory-safe") {
            made := create(0, add(code, 0x20), mload(code))
        }
        require(made != address(0), artifact);
    }

    /// @return reason What the constructor reverts with; empty: it does not.
    function _deployRefused(string memory artifact, bytes memory args) internal returns (bytes memory reason) {
        bytes memory code = bytes.concat(vm.getCode(artifact), args);
        assembly ("memory-safe") {
            if iszero(create(0, add(code, 0x20), mload(code))) {
                reason := mload(0x40)
                mstore(0x40, add(reason, add(0x20, returndatasize())))
                mstore(reason, returndatasize())
                returndatacopy(add(reason, 0x20), 0, returndatasize())
            }
        }
    }

    function setUp() public virtual {
        authority = AccessManager(_deploy("AccessManager.sol:AccessManager", abi.encode(address(this))));
        address certificate = _deploy("Certificate.sol:Certificate", "");
        receipts = IComputeReceipt(_deploy("ComputeReceipt.sol:ComputeReceipt", abi.encode(authority, certificate)));
        address predicted = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1);
        address code = _deploy("Spv.sol:Spv", abi.encode(authority, receipts, predicted));
        factory = ISpvFactory(_deploy("SpvFactory.sol:SpvFactory", abi.encode(authority, receipts, code)));
        require(address(factory) == predicted, "factory address");
        operator = IOperatorAccount(_deploy("OperatorAccount.sol:OperatorAccount", abi.encode(authority)));
        cash = SettlementCash(
            _deploy("SettlementCash.sol:SettlementCash", abi.encode(authority, "Local settlement cash", "LSC"))
        );

        _open(address(receipts), FACTORY, IComputeReceipt.openSeries.selector);
        _open(address(receipts), COMPLIANCE, IEligibility.setStanding.selector);
        _open(address(receipts), COMPLIANCE, IEligibility.setHolderFrozen.selector);
        _open(address(receipts), COMPLIANCE, IComputeReceipt.setReceiptFrozen.selector);
        _open(address(receipts), COMPLIANCE, IComputeReceipt.forcedTransfer.selector);
        _open(address(receipts), COMPLIANCE, IComputeReceipt.setRequirement.selector);
        _open(address(receipts), GUARDIAN, IComputeReceipt.pause.selector);
        _open(address(receipts), ADMINISTRATOR, IComputeReceipt.unpause.selector);
        _open(address(factory), ADMINISTRATOR, ISpvFactory.create.selector);
        _open(address(factory), ADMINISTRATOR, ISpvFactory.register.selector);
        _open(address(factory), ADMINISTRATOR, ISpvFactory.offer.selector);
        authority.grantRole(FACTORY, address(factory), 0);
        authority.grantRole(ADMINISTRATOR, administrator, 0);
        authority.grantRole(SERVICER, servicer, 0);
        authority.grantRole(COMPLIANCE, compliance, 0);
        authority.grantRole(GUARDIAN, guardian, 0);

        address[4] memory investors = [alice, bob, carol, dave];
        for (uint256 i; i < 4; ++i) {
            _admit(investors[i]);
        }
        _at(ISSUE - 10);
    }

    function _open(address target, uint64 role, bytes4 selector) internal {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        authority.setTargetFunctionRole(target, selectors, role);
    }

    function _admit(address holder) internal {
        vm.prank(compliance);
        receipts.setStanding(holder, 1, 1, type(uint40).max);
    }

    // --- A series --------------------------------------------------------------------------------------------------

    /// @dev CRT01 of the design: 300,000,000.00 at 9 %, twelve rents, four quarters, bullet; no fees and no reserve.
    function _deal() internal view returns (Deal memory deal) {
        deal.parties = Parties(keccak256("CRT01"), 0, address(cash), originator, feeRecipient, unclaimedTo, agent);
        deal.offering = OfferingTerms({
            softCap: 24_000_000_000,
            poolFace: 0,
            poolCount: 0,
            advanceRate: 700_000,
            discountRate: 90_000,
            cutOffDay: uint32(ISSUE - 1),
            openDay: uint32(ISSUE - 17),
            closeDay: uint32(ISSUE - 2),
            issueDay: uint32(ISSUE)
        });
        deal.rules = WaterfallTerms({
            couponRate: 90_000,
            basis: 365,
            feeRate: 0,
            ocTrigger: 1_050_000,
            ocDefault: 900_000,
            utcOffset: 8 hours,
            claimDays: 365,
            graceDays: 10,
            arrearsLimit: 2,
            bullet: true,
            feeCap: 50_000_000,
            reserveTarget: 0,
            size: SIZE,
            cashUnit: CASH_UNIT
        });
        deal.periods = new Period[](4);
        uint16[4] memory ends = [90, 181, 273, 365];
        uint256 before;
        for (uint256 i; i < 4; ++i) {
            uint32 day = uint32(ISSUE + ends[i]);
            deal.periods[i] = Period(day - 5, day, uint32(ends[i] - before), uint64(SIZE * (i + 1) / 4), 0);
            before = ends[i];
        }
        // Rents on the 1st of each month from 2025-02.
        uint16[12] memory due = [30, 58, 89, 119, 150, 180, 211, 242, 272, 303, 333, 364];
        deal.pool = new Receivable[](12);
        for (uint256 i; i < 12; ++i) {
            bytes32 id = keccak256(abi.encode(i));
            deal.pool[i] = Receivable(id, RENT, uint32(ISSUE + due[i]));
        }
        deal.presentValue = PV;
        _seal(deal);
    }

    /// @dev Writes the pool's root, face and count into the terms.
    function _seal(Deal memory deal) internal pure {
        deal.parties.poolRoot = _root(deal.pool);
        deal.offering.poolCount = uint32(deal.pool.length);
        deal.offering.poolFace = 0;
        for (uint256 i; i < deal.pool.length; ++i) {
            deal.offering.poolFace += deal.pool[i].face;
        }
    }

    function _leaf(Receivable memory item) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(_key(item.id), item.face, item.dueDay))));
    }

    /// @dev A receivable over all SPVs: whose it is, and its name there.
    function _key(bytes32 id) internal pure returns (bytes32) {
        return keccak256(abi.encode(originator, id));
    }

    function _keys(bytes32[] memory ids) internal pure returns (bytes32[] memory keys) {
        keys = new bytes32[](ids.length);
        for (uint256 i; i < ids.length; ++i) {
            keys[i] = _key(ids[i]);
        }
    }

    function _pair(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return left < right ? keccak256(bytes.concat(left, right)) : keccak256(bytes.concat(right, left));
    }

    /// @dev The root that a multiproof of all leaves in their order comes to.
    function _root(Receivable[] memory pool) internal pure returns (bytes32) {
        uint256 length = pool.length;
        bytes32[] memory nodes = new bytes32[](2 * length - 1);
        for (uint256 i; i < length; ++i) {
            nodes[i] = _leaf(pool[i]);
        }
        for (uint256 i; i + 1 < length; ++i) {
            nodes[length + i] = _pair(nodes[2 * i], nodes[2 * i + 1]);
        }
        return nodes[2 * length - 2];
    }

    function _create(Deal memory deal) internal {
        vm.prank(administrator);
        (address made, uint256 slot_) = factory.create(
            deal.parties, deal.offering, deal.rules, deal.periods, SeriesLabel("CRT01", "CRT01", "CNY", 2), 1, 1
        );
        (spv, slot) = (ISpv(made), slot_);
        _open(made, ADMINISTRATOR, ISpv.activate.selector);
        _open(made, ADMINISTRATOR, ISpv.cancel.selector);
        _open(made, SERVICER, ISpv.collect.selector);
        _open(made, SERVICER, ISpv.fixRecord.selector);
        _open(made, SERVICER, ISpv.fund.selector);
    }

    /// @dev All receivables in one batch.
    function _register(Deal memory deal) internal {
        bool[] memory flags = new bool[](deal.pool.length - 1);
        for (uint256 i; i < flags.length; ++i) {
            flags[i] = true;
        }
        vm.prank(administrator);
        factory.register(address(spv), deal.pool, new bytes32[](0), flags);
        delete rents;
        for (uint256 i; i < deal.pool.length; ++i) {
            rents.push(deal.pool[i].id);
        }
    }

    function _domain(string memory name, address verifier) internal view returns (bytes32) {
        bytes32 typehash =
            keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
        return keccak256(abi.encode(typehash, keccak256(bytes(name)), keccak256("1"), block.chainid, verifier));
    }

    function _digest(bytes32 domain, bytes memory content) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked("\x19\x01", domain, keccak256(content)));
    }

    function _signed(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function _valuation(Deal memory deal) internal view returns (bytes32) {
        bytes memory content = abi.encode(
            keccak256(
                "Valuation(address spv,bytes32 poolRoot,uint64 presentValue,uint32 discountRate,uint32 cutOffDay)"
            ),
            address(spv),
            deal.parties.poolRoot,
            deal.presentValue,
            deal.offering.discountRate,
            deal.offering.cutOffDay
        );
        return _digest(_domain("Compute Receipt SPVs", address(factory)), content);
    }

    function _offer(Deal memory deal) internal {
        bytes memory signature = _signed(AGENT_KEY, _valuation(deal));
        vm.prank(administrator);
        factory.offer(address(spv), deal.presentValue, signature);
    }

    function _toOffering(Deal memory deal) internal {
        _create(deal);
        _register(deal);
        _offer(deal);
    }

    function _subscribe(address holder, uint64 units) internal returns (uint256 tokenId) {
        _give(holder, units);
        vm.prank(holder);
        return spv.subscribe(units);
    }

    function _activate() internal {
        _at(ISSUE);
        vm.prank(administrator);
        spv.activate();
    }

    // --- Money and time --------------------------------------------------------------------------------------------

    /// @dev Gives minor units to an account that lets the SPV take them.
    function _give(address to, uint256 amount) internal {
        cash.mint(to, amount * CASH_UNIT);
        vm.prank(to);
        cash.approve(address(spv), type(uint256).max);
    }

    /// @dev Noon of that day, in the series' own time zone.
    function _at(uint256 day) internal {
        vm.warp(day * 1 days + 4 hours);
    }

    function _collect(uint256 index, uint64 amount) internal {
        Collection[] memory items = new Collection[](1);
        items[0] = Collection(rents[index], amount);
        _give(servicer, amount);
        vm.prank(servicer);
        spv.collect(items);
    }

    /// @dev The rents of one quarter, on time and whole.
    function _collectQuarter(uint256 quarter) internal {
        for (uint256 i; i < 3; ++i) {
            _collect(3 * quarter + i, RENT);
        }
    }

    /// @dev Fixes and funds the next distribution on its days.
    function _distribute() internal returns (uint256 epoch) {
        Status memory status = spv.status();
        Period memory period = spv.periodAt(status.period);
        if (!status.recordOpen) {
            _at(period.recordDay);
            spv.fixRecord();
        }
        _at(period.paymentDay);
        vm.prank(servicer);
        spv.fund();
        return status.epochs;
    }

    function _balance(address holder) internal view returns (uint256) {
        return cash.balanceOf(holder) / CASH_UNIT;
    }

    /// @dev What the SPV owes: its accounts, and what funded epochs have not paid yet.
    function _owed() internal view returns (uint256 owed) {
        Accounts memory a = spv.accounts();
        Status memory status = spv.status();
        owed = uint256(a.collections) + a.trapped + a.dust + a.reserve + a.sinking + a.feesPayable + a.residualPayable;
        for (uint256 i; i < status.epochs; ++i) {
            owed += spv.epochAt(i).amount - spv.epochAt(i).paid;
        }
        if (status.state == State.Offering || status.state == State.Failed) owed += status.sold;
    }

    function _solvent() internal {
        vm.assertGe(cash.balanceOf(address(spv)), _owed() * CASH_UNIT, "cash >= owed");
    }

    // --- Lists -----------------------------------------------------------------------------------------------------

    function _ids(uint256 a) internal pure returns (uint256[] memory list) {
        list = new uint256[](1);
        list[0] = a;
    }

    function _ids(uint256 a, uint256 b) internal pure returns (uint256[] memory list) {
        list = new uint256[](2);
        (list[0], list[1]) = (a, b);
    }

    function _ids(uint256 a, uint256 b, uint256 c) internal pure returns (uint256[] memory list) {
        list = new uint256[](3);
        (list[0], list[1], list[2]) = (a, b, c);
    }

    function _holders(address a) internal pure returns (address[] memory list) {
        list = new address[](1);
        list[0] = a;
    }
}

/// @notice A series that is active: alice, bob and carol hold 50 %, 30 % and 20 %.
abstract contract ActiveFixture is Fixture {
    uint256 internal a1;
    uint256 internal b1;
    uint256 internal c1;

    function setUp() public virtual override {
        super.setUp();
        _toOffering(_deal());
        a1 = _subscribe(alice, SIZE / 2);
        b1 = _subscribe(bob, SIZE * 3 / 10);
        c1 = _subscribe(carol, SIZE / 5);
        _activate();
    }
}
