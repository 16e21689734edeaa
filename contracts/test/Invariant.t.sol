// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Epoch, ISpv, State, Status} from "../src/interfaces/ISpv.sol";
import {Position} from "../src/types/Position.sol";
import {Fixture} from "./utils/Fixture.sol";

/// @notice What people do, in any order: each call picks an actor, a receipt and an amount that may work.
contract Handler is Fixture {
    address[4] internal _actors = [address(0xA1), address(0xA2), address(0xA3), address(0xA4)];
    address public constant outsider = address(0xBAD);

    uint256 public funded;
    uint256 public moved;
    uint256 public paid;

    constructor() {
        setUp();
        for (uint256 i; i < 4; ++i) _admit(_actors[i]);
        _toOffering(_deal());
        _subscribe(_actors[0], SIZE / 2);
    }

    modifier running() {
        if (spv.status().state == State.Offering) {
            _subscribe(_actors[1], SIZE - spv.status().sold);
            _activate();
        }
        _;
    }

    function _actor(uint256 seed) internal view returns (address) {
        return _actors[seed % 4];
    }

    function lastId() public view returns (uint256) {
        return (slot << 64) | receipts.seriesOf(slot).serial();
    }

    function firstId() public view returns (uint256) {
        return (slot << 64) | 1;
    }

    /// @dev A receipt that exists, if one is among the next eight.
    function _id(uint256 seed) internal view returns (uint256 id) {
        uint256 serial = receipts.seriesOf(slot).serial();
        for (uint256 i; i < 8; ++i) {
            id = (slot << 64) | (1 + addmod(seed, i, serial));
            (address owner,) = _read(id);
            if (owner != address(0)) break;
        }
    }

    function _read(uint256 id) internal view returns (address owner, uint256 units) {
        try receipts.positionOf(id) returns (Position position) {
            return (position.owner(), position.units());
        } catch {}
    }

    // --- Holders ---------------------------------------------------------------------------------------------------

    function subscribe(uint256 seed, uint64 units) external {
        Status memory status = spv.status();
        if (status.state != State.Offering || status.sold == SIZE) return;
        _subscribe(_actor(seed), uint64(1 + units % (SIZE - status.sold)));
    }

    function transferValue(uint256 from, uint256 to, uint64 value) external running {
        uint256 id = _id(from);
        uint256 toId = _id(to);
        (address owner, uint256 units) = _read(id);
        vm.prank(owner);
        try receipts.transferFrom(id, toId, value % (units + 1)) {
            ++moved;
        } catch {}
    }

    function transferToAddress(uint256 from, uint256 to, uint64 value) external running {
        uint256 id = _id(from);
        (address owner, uint256 units) = _read(id);
        address receiver = to % 8 == 0 ? outsider : _actor(to);
        vm.prank(owner);
        try receipts.transferFrom(id, receiver, uint256(value % (units + 1))) {
            ++moved;
        } catch {}
    }

    function transferWhole(uint256 from, uint256 to) external running {
        uint256 id = _id(from);
        (address owner,) = _read(id);
        address receiver = to % 8 == 0 ? outsider : _actor(to);
        vm.prank(owner);
        try receipts.transferFrom(owner, receiver, id) {
            ++moved;
        } catch {}
    }

    function split(uint256 from, uint64 x, uint64 y) external running {
        uint256 id = _id(from);
        (address owner, uint256 units) = _read(id);
        vm.prank(owner);
        try receipts.split(id, _ids(x % (units / 2 + 1), y % (units / 2 + 1))) {
            ++moved;
        } catch {}
    }

    function merge(uint256 into, uint256 a, uint256 b) external running {
        uint256 id = _id(into);
        uint256[] memory list = b % 2 == 0 ? _ids(_id(a)) : _ids(_id(a), _id(b));
        (address owner,) = _read(id);
        vm.prank(owner);
        try receipts.merge(list, id) {
            ++moved;
        } catch {}
    }

    function force(uint256 from, uint256 to, uint64 value) external running {
        uint256 id = _id(from);
        (, uint256 units) = _read(id);
        vm.prank(compliance);
        try receipts.forcedTransfer(id, _actor(to), value % (units + 1), "") {} catch {}
    }

    function freeze(uint256 seed, bool holder) external running {
        uint256 id = _id(seed);
        vm.startPrank(compliance);
        if (holder) receipts.setHolderFrozen(_actor(seed), (seed >> 8) % 4 == 0, "");
        else try receipts.setReceiptFrozen(_ids(id), (seed >> 8) % 4 == 0, "") {} catch {}
        vm.stopPrank();
    }

    function _thaw() internal {
        vm.startPrank(compliance);
        for (uint256 i; i < 4; ++i) receipts.setHolderFrozen(_actors[i], false, "");
        for (uint256 id = firstId(); id <= lastId(); ++id) {
            try receipts.setReceiptFrozen(_ids(id), false, "") {} catch {}
        }
        vm.stopPrank();
    }

    // --- Servicer --------------------------------------------------------------------------------------------------

    function collect(uint256 index, uint64 amount) external running {
        if (amount % 3 == 0) _collectQuarter(index % 4);
        else _collect(index % 12, 1 + amount % (2 * RENT));
    }

    function fixAndFund(uint256 seed) external running {
        Status memory status = spv.status();
        if (status.state == State.Matured || status.state == State.Redeemed) return;
        if (status.period < status.periods) {
            uint256 day = spv.periodAt(status.period).recordDay;
            if (spv.today() < day) _at(day);
        }
        if (!status.recordOpen) {
            vm.prank(servicer);
            spv.fixRecord();
            if (seed % 4 == 0) return; // something happens before it is funded
        }
        if (status.period < status.periods) {
            uint256 day = spv.periodAt(status.period).paymentDay;
            if (spv.today() < day) _at(day);
        }
        vm.prank(servicer);
        spv.fund();
        ++funded;
    }

    function pay(uint256 epoch, uint256 a, uint256 b, uint256 c) external running {
        uint256 epochs = spv.status().epochs;
        if (epochs == 0) return;
        try spv.pay(epoch % epochs, _ids(_id(a), _id(b), _id(c))) {
            ++paid;
        } catch {}
    }

    /// @dev Everything up to an epoch: all receipts, and all credits.
    function payAll(uint256 epoch) external running {
        uint256 epochs = spv.status().epochs;
        if (epochs == 0) return;
        if (epoch % 2 == 0) {
            _thaw();
            epoch = epochs - 1;
        }
        uint256[] memory list = new uint256[](receipts.seriesOf(slot).serial());
        for (uint256 i; i < list.length; ++i) list[i] = firstId() + i;
        for (uint256 i; i <= epoch % epochs; ++i) {
            try spv.pay(i, list) {
                ++paid;
            } catch {}
            for (uint256 j; j < 4; ++j) try spv.payCredits(i, _holders(_actors[j])) {} catch {}
        }
    }

    function payCredits(uint256 epoch, uint256 seed) external running {
        uint256 epochs = spv.status().epochs;
        if (epochs == 0) return;
        try spv.payCredits(epoch % epochs, _holders(_actor(seed))) {
            ++paid;
        } catch {}
    }

    function closeEpoch(uint256 epoch) external running {
        uint256 epochs = spv.status().epochs;
        if (epochs == 0 || epoch % 4 != 0) return;
        Epoch memory pot = spv.epochAt((epoch >> 8) % epochs);
        if (spv.status().state != State.Matured || pot.closed) return;
        if (spv.today() <= pot.expiryDay) _at(pot.expiryDay + 1);
        spv.close((epoch >> 8) % epochs);
    }

    function settleAccounts(uint256 seed) external running {
        if (seed % 3 == 0) spv.payFees();
        if (seed % 3 == 1) spv.payResidual();
        if (seed % 3 == 2) try spv.sweep() {} catch {}
    }

    // --- What has to hold ------------------------------------------------------------------------------------------

    function owed() external view returns (uint256) {
        return _owed() * CASH_UNIT;
    }

    function held() external view returns (uint256) {
        return cash.balanceOf(address(spv));
    }

    /// @dev Units in all receipts, and how many receipts there are.
    function total() external view returns (uint256 units, uint256 count) {
        for (uint256 id = firstId(); id <= lastId(); ++id) {
            (address owner, uint256 value) = _read(id);
            units += value;
            if (owner != address(0)) ++count;
        }
    }

    function counted() external view returns (uint256 count) {
        for (uint256 i; i < 4; ++i) count += receipts.balanceOf(_actors[i]);
    }

    function outsiders() external view returns (uint256) {
        return receipts.balanceOf(outsider);
    }

    function seriesUnits() external view returns (uint256) {
        return receipts.seriesOf(slot).units();
    }

    function epochsInBounds() external view returns (bool) {
        Status memory status = spv.status();
        for (uint256 i; i < status.epochs; ++i) {
            Epoch memory pot = spv.epochAt(i);
            if (pot.paid > pot.amount || pot.unitsPaid > status.sold) return false;
        }
        return true;
    }

    /// @dev For each epoch: units paid, credited and still in receipts that are behind are all units sold.
    function everyUnitHasItsClaim() external view returns (bool) {
        Status memory status = spv.status();
        for (uint256 epoch; epoch < status.epochs; ++epoch) {
            uint256 units = spv.epochAt(epoch).unitsPaid;
            for (uint256 i; i < 4; ++i) units += receipts.creditOf(slot, epoch, _actors[i]).pending();
            for (uint256 id = firstId(); id <= lastId(); ++id) {
                try receipts.positionOf(id) returns (Position position) {
                    if (position.epoch() <= epoch) units += position.units();
                } catch {}
            }
            if (units != status.sold) return false;
        }
        return true;
    }
}

/// @notice What holds after any sequence of calls.
contract InvariantTest is Fixture {
    Handler internal handler;

    function setUp() public override {
        handler = new Handler();
    }

    function targetContracts() external view returns (address[] memory) {
        return _holders(address(handler));
    }

    function excludeSelectors() external view returns (FuzzSelector[] memory excluded) {
        excluded = new FuzzSelector[](1);
        excluded[0].addr = address(handler);
        excluded[0].selectors = new bytes4[](1);
        excluded[0].selectors[0] = Fixture.setUp.selector;
    }

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    /// @dev The invariants would hold of a handler that gets nothing done, too.
    function testTheHandlerGetsThingsDone() external {
        handler.subscribe(2, 1_000_000);
        handler.transferValue(0, 1, 5); // of three receipts
        handler.transferToAddress(0, 3, 7);
        handler.transferToAddress(0, 8, 7); // to the outsider
        handler.transferWhole(1, 1);
        handler.split(0, 10, 20);
        handler.merge(0, 4, 5);
        vm.assertEq(handler.moved(), 5);
        for (uint256 i; i < 4; ++i) handler.collect(i, 3);
        handler.fixAndFund(1);
        handler.pay(0, 0, 1, 2);
        handler.transferWhole(3, 2);
        handler.payCredits(0, 3);
        vm.assertEq(handler.funded(), 1);
        vm.assertEq(handler.paid(), 2);
        for (uint256 i; i < 3; ++i) handler.fixAndFund(1);
        handler.payAll(0);
        vm.assertEq(handler.seriesUnits(), 0);
    }

    function invariantUnits() external {
        (uint256 units, uint256 count) = handler.total();
        vm.assertEq(units, handler.seriesUnits(), "units of receipts");
        vm.assertEq(count, handler.counted(), "receipts of holders");
    }

    function invariantSolvent() external {
        vm.assertGe(handler.held(), handler.owed(), "cash >= owed");
        vm.assertEq(handler.held(), handler.owed(), "nobody gave it anything else");
    }

    function invariantEpochs() external {
        vm.assertTrue(handler.epochsInBounds(), "paid <= amount, unitsPaid <= sold");
        vm.assertTrue(handler.everyUnitHasItsClaim(), "each unit is paid, credited or behind, once");
    }

    function invariantNoOutsider() external {
        vm.assertEq(handler.outsiders(), 0, "ineligible holder");
    }
}
