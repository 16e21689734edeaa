// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SeriesLabel} from "../src/interfaces/IComputeReceipt.sol";
import {Collection, ISpv, Receivable} from "../src/interfaces/ISpv.sol";
import {ISpvFactory} from "../src/interfaces/ISpvFactory.sol";
import {Period} from "../src/libraries/Waterfall.sol";
import {Deal, Fixture} from "./utils/Fixture.sol";

/// @notice Lists as long as the services send them fit into a transaction (EIP-7825), also in the worst case. What is
/// measured is the first that the test does: all storage is cold.
abstract contract AttacksGas is Fixture {
    uint256 internal constant LIMIT = 1 << 24;
    uint256 internal constant HOLDERS = 100;
    uint256 internal constant RECEIPTS = 400; // of them
    uint256 internal constant RECEIVABLES = 150;
    uint256 internal constant RELEASES = 300;
    uint256 internal constant COLLECTIONS = 200;

    uint256[] internal held;

    /// @dev What a transaction with this call takes, before refunds: 4 gas for a zero byte of its data, 16 for another.
    function _fits(address caller, address target, bytes memory data) internal {
        vm.prank(caller);
        (bool success,) = target.call(data);
        uint256 used = 21_000 + vm.lastCallGas().gasTotalUsed;
        vm.assertTrue(success, "done");
        for (uint256 i; i < data.length; ++i) {
            used += data[i] == 0 ? 4 : 16;
        }
        vm.assertLe(used, LIMIT, "within the limit of a transaction");
    }

    function _holder(uint256 index) internal pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encode("holder", index)))));
    }

    /// @dev A hundred holders with no cash yet, and four hundred receipts, those of a holder in a row.
    function _sell() internal {
        uint256[] memory first = new uint256[](HOLDERS);
        for (uint256 i; i < HOLDERS; ++i) {
            _admit(_holder(i));
            first[i] = _subscribe(_holder(i), SIZE / uint64(HOLDERS));
        }
        _activate();
        uint256 part = SIZE / RECEIPTS;
        for (uint256 i; i < HOLDERS; ++i) {
            vm.prank(_holder(i));
            uint256[] memory made = receipts.split(first[i], _ids(part, part, part));
            held.push(first[i]);
            for (uint256 j; j < made.length; ++j) {
                held.push(made[j]);
            }
        }
        vm.assertEq(held.length, RECEIPTS);
    }
}

contract AttacksGasPayTest is AttacksGas {
    uint256 private last;

    function setUp() public override {
        super.setUp();
        _toOffering(_deal());
        _sell();
        for (uint256 i; i < 4; ++i) {
            _collectQuarter(i);
            last = _distribute();
            if (i != 2) continue;
            // All are sold after the third: each keeps three records.
            for (uint256 j; j < RECEIPTS; ++j) {
                address owner = receipts.ownerOf(held[j]);
                vm.prank(owner);
                receipts.transferFrom(owner, _holder((j * HOLDERS / RECEIPTS + 1) % HOLDERS), held[j]);
            }
        }
    }

    function testPayKept() public {
        _fits(stranger, address(spv), abi.encodeCall(ISpv.pay, (0, held)));
        vm.assertEq(spv.epochAt(0).unitsPaid, SIZE);
    }

    function testPayUntouched() public {
        _fits(stranger, address(spv), abi.encodeCall(ISpv.pay, (last, held)));
        vm.assertEq(spv.epochAt(last).unitsPaid, SIZE);
    }

    /// @dev While somebody is frozen each holder is looked at too.
    function testPayWhileSomebodyIsFrozen() public {
        vm.prank(compliance);
        receipts.setHolderFrozen(dave, true, "");
        _fits(stranger, address(spv), abi.encodeCall(ISpv.pay, (last, held)));
        vm.assertEq(spv.epochAt(last).unitsPaid, SIZE);
    }
}

contract AttacksGasRedeemTest is AttacksGas {
    function setUp() public override {
        super.setUp();
        _toOffering(_deal());
        _sell();
        for (uint256 i; i < 4; ++i) {
            _collectQuarter(i);
            spv.pay(_distribute(), held);
        }
    }

    function testRedeem() public {
        _fits(stranger, address(spv), abi.encodeCall(ISpv.pay, (4, held)));
        vm.assertEq(receipts.seriesOf(slot).units(), 0);
    }
}

contract AttacksGasRefundTest is AttacksGas {
    function setUp() public override {
        super.setUp();
        _toOffering(_deal());
        for (uint256 i; i < HOLDERS; ++i) {
            _admit(_holder(i));
            held.push(_subscribe(_holder(i), SOME));
        }
        vm.prank(administrator);
        spv.cancel();
    }

    function testRefund() public {
        _fits(stranger, address(spv), abi.encodeCall(ISpv.refund, (held)));
        vm.assertEq(receipts.seriesOf(slot).units(), 0);
    }
}

/// @notice As many periods as terms may have, and receivables that all fall due in the last.
abstract contract AttacksGasLong is AttacksGas {
    function _long() internal view returns (Deal memory deal) {
        deal = _deal();
        deal.rules.ocDefault = 0;
        deal.periods = new Period[](600);
        for (uint256 i; i < 600; ++i) {
            uint32 day = uint32(ISSUE + i + 1);
            deal.periods[i] = Period(day, day, 1, uint64(uint256(SIZE) * (i + 1) / 600), 0);
        }
        deal.pool = new Receivable[](RECEIVABLES);
        for (uint256 i; i < RECEIVABLES; ++i) {
            deal.pool[i] = Receivable(keccak256(abi.encode(i)), 7 * RENT, uint32(ISSUE + 600));
        }
        _seal(deal);
    }
}

contract AttacksGasTermsTest is AttacksGasLong {
    function testCreate() public {
        Deal memory deal = _long();
        SeriesLabel memory label = SeriesLabel("CRT01", "A name of some length", "CNY", 2);
        bytes memory data =
            abi.encodeCall(ISpvFactory.create, (deal.parties, deal.offering, deal.rules, deal.periods, label, 1, 1));
        _fits(administrator, address(factory), data);
    }
}

contract AttacksGasPoolTest is AttacksGasLong {
    function setUp() public override {
        super.setUp();
        _create(_long());
    }

    function testRegister() public {
        Deal memory deal = _long();
        bool[] memory flags = new bool[](RECEIVABLES - 1);
        for (uint256 i; i < flags.length; ++i) {
            flags[i] = true;
        }
        bytes memory data = abi.encodeCall(ISpvFactory.register, (address(spv), deal.pool, new bytes32[](0), flags));
        _fits(administrator, address(factory), data);
        vm.assertEq(spv.receivable(deal.pool[0].id).period, 599);
    }
}

/// @notice All receivables of an SPV that failed before its offering.
contract AttacksGasReleaseTest is AttacksGas {
    function setUp() public override {
        super.setUp();
        Deal memory deal = _deal();
        deal.pool = new Receivable[](RELEASES);
        for (uint256 i; i < RELEASES; ++i) {
            deal.pool[i] = Receivable(keccak256(abi.encode(i)), RENT, uint32(ISSUE + 300));
        }
        _seal(deal);
        _create(deal);
        _register(deal);
        vm.prank(administrator);
        spv.cancel();
    }

    function testRelease() public {
        bytes32[] memory keys = _keys(rents);
        _fits(stranger, address(factory), abi.encodeCall(ISpvFactory.release, (keys)));
        for (uint256 i; i < RELEASES; ++i) {
            vm.assertEq(factory.soldTo(keys[i]), address(0));
        }
    }
}

/// @notice Rents that are all paid ahead, for the last period.
contract AttacksGasCollectTest is AttacksGas {
    Collection[] private items;

    function setUp() public override {
        super.setUp();
        Deal memory deal = _deal();
        deal.pool = new Receivable[](COLLECTIONS);
        for (uint256 i; i < COLLECTIONS; ++i) {
            deal.pool[i] = Receivable(keccak256(abi.encode(i)), RENT, uint32(ISSUE + 300));
            items.push(Collection(deal.pool[i].id, RENT));
        }
        _seal(deal);
        _toOffering(deal);
        _subscribe(alice, SIZE);
        _activate();
        _give(servicer, COLLECTIONS * uint256(RENT));
    }

    function testCollect() public {
        _fits(servicer, address(spv), abi.encodeCall(ISpv.collect, (items)));
        vm.assertEq(spv.accounts().undue, 0);
    }
}

/// @notice As many series as there may be.
abstract contract AttacksGasSeries is AttacksGas {
    uint256 internal constant SERIES = 1_000;

    function setUp() public virtual override {
        super.setUp();
        authority.grantRole(FACTORY, address(this), 0);
        for (uint256 i; i < SERIES; ++i) {
            receipts.openSeries(address(this), SeriesLabel("", "", "", 2), 1, 1);
        }
    }

    function _freezes(bool frozen) internal {
        bytes memory data = abi.encodeCall(receipts.setHolderFrozen, (alice, frozen, "a reason of some length"));
        _fits(compliance, address(receipts), data);
        vm.assertTrue(receipts.seriesOf(1).guarded() == frozen, "the first");
        vm.assertTrue(receipts.seriesOf(SERIES).guarded() == frozen, "the last");
    }
}

contract AttacksGasFreezeTest is AttacksGasSeries {
    function testFirstFreeze() public {
        _freezes(true);
    }
}

contract AttacksGasUnfreezeTest is AttacksGasSeries {
    function setUp() public override {
        super.setUp();
        vm.prank(compliance);
        receipts.setHolderFrozen(alice, true, "");
    }

    function testLastRelease() public {
        _freezes(false);
    }
}

/// @notice A receipt that moves after as many record dates as terms may have, and was never paid for one. Two that are
/// that far behind don't fit into one transfer: one of them is to be paid first.
contract AttacksGasMissedTest is AttacksGas {
    uint256 private tokenId;

    function setUp() public override {
        super.setUp();
        authority.grantRole(FACTORY, address(this), 0);
        slot = receipts.openSeries(address(this), SeriesLabel("", "", "", 2), 1, 1);
        tokenId = receipts.issue(slot, alice, SOME);
        receipts.unlock(slot);
        for (uint256 i; i < 600; ++i) {
            receipts.fixRecord(slot, false);
        }
    }

    function _keptAll() private {
        vm.assertEq(receipts.keptOf(tokenId, 0).units(), SOME);
        vm.assertEq(receipts.keptOf(tokenId, 599).units(), SOME);
    }

    function testSoldAfterAllRecords() public {
        bytes4 selector = bytes4(keccak256("transferFrom(address,address,uint256)"));
        _fits(alice, address(receipts), abi.encodeWithSelector(selector, alice, bob, tokenId));
        _keptAll();
    }

    function testForcedAfterAllRecords() public {
        vm.prank(compliance);
        receipts.setReceiptFrozen(_ids(tokenId), true, "");
        bytes memory data = abi.encodeCall(receipts.forcedTransfer, (tokenId, bob, SOME, "a court's order"));
        _fits(compliance, address(receipts), data);
        _keptAll();
    }
}
