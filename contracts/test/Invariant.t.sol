// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Epoch, ISpv, State, Status} from "../src/interfaces/ISpv.sol";
import {Accounts} from "../src/libraries/Waterfall.sol";
import {Position} from "../src/types/Position.sol";
import {SpvHandler} from "./utils/SpvHandler.sol";
import {Vm} from "./utils/Vm.sol";

/// @notice The handlers, and what holds of everything that there is, as the contracts say it.
contract Handler is SpvHandler {
    /// @notice The units of a series are those of its receipts; a holder has as many receipts as are counted, and is
    /// eligible when the model says so; somebody who never was has none.
    function checkReceipts() external {
        uint256[PEOPLE] memory counts;
        for (uint256 slot_ = 1; slot_ <= 2; ++slot_) {
            uint256 sum;
            for (uint256 id = (slot_ << 64) | 1; id <= model.lastId(slot_); ++id) {
                Position position = Position.wrap(_word(id));
                vm.assertEq(Position.unwrap(position), model.positionWord(id), "another receipt");
                sum += position.units();
                for (uint256 i; i < PEOPLE; ++i) {
                    if (_people[i] == position.owner()) ++counts[i];
                }
            }
            vm.assertEq(sum, receipts.seriesOf(slot_).units(), "units of receipts are units of the series");
            bool retired = receipts.seriesOf(slot_).retired();
            if (!retired) vm.assertEq(sum, _spvAt[slot_].status().sold, "no unit is made or lost");
            for (uint256 i; i < PEOPLE; ++i) {
                bool admits = model.admits(slot_, _people[i]);
                vm.assertTrue(receipts.isEligible(_people[i], slot_) == admits, "eligible");
            }
        }
        for (uint256 i; i < PEOPLE; ++i) {
            vm.assertEq(receipts.balanceOf(_people[i]), counts[i], "receipts of a holder");
            _checkHolder(_people[i]);
            _checkCash(_people[i]);
        }
        vm.assertEq(counts[PEOPLE - 1], 0, "who was never eligible");
        for (uint256 slot_ = model.lastSlot(); slot_ != 0; --slot_) {
            _checkSeries(slot_);
        }
    }

    /// @notice At each record, each unit is paid, kept for who held it, or in a receipt that is behind.
    function checkRecords() external {
        for (uint256 slot_ = 1; slot_ <= 2; ++slot_) {
            uint256 records = receipts.seriesOf(slot_).epoch();
            for (uint256 epoch; epoch < records; ++epoch) {
                uint256 sum = _checkPaid(slot_, epoch);
                for (uint256 id = (slot_ << 64) | 1; id <= model.lastId(slot_); ++id) {
                    _checkKept(id, epoch);
                    Position position = Position.wrap(_word(id));
                    sum += receipts.keptOf(id, epoch).units();
                    if (position.epoch() <= epoch) sum += position.units();
                }
                vm.assertEq(sum, _spvAt[slot_].status().sold, "each unit of a record once");
            }
        }
    }

    /// @dev Nobody is paid for more than they held; rounding down takes less than one from each piece.
    function _checkPaid(uint256 slot_, uint256 epoch) private returns (uint256 units) {
        for (uint256 i; i < PEOPLE; ++i) {
            uint256 paid = model.unitsPaid(slot_, epoch, _people[i]);
            vm.assertLe(paid, model.unitsAt(slot_, epoch, _people[i]), "paid for more than was held");
            units += paid;
        }
        Epoch memory pot = _spvAt[slot_].epochAt(epoch);
        _checkPot(slot_, epoch);
        vm.assertEq(units, pot.unitsPaid, "units paid");
        if (pot.units == 0) return units;
        bool all = units == pot.units;
        vm.assertLe(pot.paid, pot.amount, "no more than was funded");
        if (all || pot.closed) vm.assertEq(pot.paid, pot.amount, "paid, dust and unclaimed are what was funded");
        if (all || pot.closed) return units;
        uint256 lost = pot.amount * units - pot.paid * pot.units;
        vm.assertLe(lost, model.pieces(slot_, epoch) * (pot.units - 1), "less than one of each piece");
    }

    /// @notice An SPV has what it owes, and what was donated, to the last unit.
    function checkCash() external {
        for (uint256 slot_ = 1; slot_ <= 2; ++slot_) {
            spv = _spvAt[slot_];
            vm.assertEq(cash.balanceOf(address(spv)), _owed() * CASH_UNIT + _donated[slot_], "cash is what is owed");
            _checkSpv(slot_);
        }
    }

    /// @notice What people, servicer and strangers do, the more often the more others need it.
    function actions() external pure returns (bytes4[33] memory list, uint8[33] memory weights) {
        list = [
            this.transferValue.selector,
            this.transferToNew.selector,
            this.transferWhole.selector,
            this.safeTransfer.selector,
            this.transferBatch.selector,
            this.split.selector,
            this.merge.selector,
            this.approveValue.selector,
            this.approveWhole.selector,
            this.setOperator.selector,
            this.permit.selector,
            this.setReceiptFrozen.selector,
            this.setHolderFrozen.selector,
            this.setStanding.selector,
            this.setRequirement.selector,
            this.forcedTransfer.selector,
            this.pause.selector,
            this.unpause.selector,
            this.openSeries.selector,
            this.subscribe.selector,
            this.subscribeWithPermit.selector,
            this.approveCash.selector,
            this.activate.selector,
            this.cancel.selector,
            this.fail.selector,
            this.refund.selector,
            this.collect.selector,
            this.fixRecord.selector,
            this.fund.selector,
            this.distribute.selector,
            this.pay.selector,
            this.payAll.selector,
            this.closeEpoch.selector
        ];
        weights = [3, 3, 2, 1, 2, 2, 3, 1, 1, 1, 1, 2, 2, 1, 1, 2, 1, 4, 1, 2, 2, 1, 3, 1, 1, 2, 2, 2, 2, 3, 7, 2, 1];
    }

    /// @notice The rest of it.
    function settlements() external pure returns (bytes4[6] memory) {
        return [
            this.payFees.selector,
            this.payResidual.selector,
            this.sweep.selector,
            this.donate.selector,
            this.pass.selector,
            this.trespass.selector
        ];
    }
}

/// @notice What holds after any sequence of calls.
contract InvariantTest {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    Handler internal handler;

    function setUp() external {
        handler = new Handler();
    }

    function targetContracts() external view returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory list) {
        list = new FuzzSelector[](1);
        list[0] = FuzzSelector(address(handler), _selectors());
    }

    /// @dev Each as often as it weighs.
    function _selectors() private view returns (bytes4[] memory list) {
        (bytes4[33] memory actions, uint8[33] memory weights) = handler.actions();
        bytes4[6] memory others = handler.settlements();
        list = new bytes4[](100);
        uint256 length;
        for (uint256 i; i < 33; ++i) {
            for (uint256 j; j < weights[i]; ++j) {
                list[length++] = actions[i];
            }
        }
        for (uint256 i; i < 6; ++i) {
            list[length++] = others[i];
        }
        assembly ("memory-safe") {
            mstore(list, length)
        }
    }

    /// @dev The invariants would hold of handlers that get nothing done, too. 24 lives, always the same.
    function testHandlersReachEverything() external {
        bytes4[] memory list = _selectors();
        uint256[] memory done = new uint256[](list.length);
        for (uint256 life; life < 24; ++life) {
            uint256 before = vm.snapshotState();
            for (uint256 i; i < 120; ++i) {
                uint256 seed = uint256(keccak256(abi.encode(life, i)));
                (bool ok,) = address(handler).call(abi.encodeWithSelector(list[seed % list.length], seed));
                vm.assertTrue(ok, "a handler stopped");
                vm.assertTrue(bytes(handler.broken()).length == 0, handler.broken());
            }
            afterInvariant();
            for (uint256 i; i < list.length; ++i) {
                done[i] += handler.done(list[i]);
            }
            vm.revertToState(before);
        }
        for (uint256 i; i < list.length; ++i) {
            vm.assertGe(done[i], 1, vm.toString(uint32(list[i])));
        }
    }

    /// forge-config: default.invariant.fail-on-revert = true
    /// forge-config: default.invariant.check-interval = 0
    /// forge-config: default.invariant.dictionary-weight = 0
    /// forge-config: default.invariant.include-storage = false
    /// forge-config: default.invariant.include-push-bytes = false
    function invariantAsTheModelSays() external {
        vm.assertTrue(bytes(handler.broken()).length == 0, handler.broken());
    }

    /// @dev Once for each sequence.
    function afterInvariant() public {
        handler.checkReceipts();
        handler.checkRecords();
        handler.checkCash();
        vm.assertTrue(bytes(handler.broken()).length == 0, handler.broken());
    }
}
