// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IComputeReceipt as R} from "../../src/interfaces/IComputeReceipt.sol";
import {IEligibility} from "../../src/interfaces/IEligibility.sol";
import {ISpv} from "../../src/interfaces/ISpv.sol";
import {Faults} from "./Faults.sol";
import {ReceiptModel} from "./ReceiptModel.sol";

/// @notice What compliance and issuers do to receipts, and who is counted for a record.
contract RecordModel is ReceiptModel {
    using Faults for uint256;

    /// @notice Receipts of one holder that stand side by side.
    struct Run {
        address holder;
        uint256 units;
    }

    uint256 internal constant NEVER = type(uint256).max;

    mapping(uint256 slot => uint256) public redemption;

    // --- Compliance --------------------------------------------------------------------------------------------------

    function setStanding(address by, address holder, uint32 classes, uint64 jurisdictions, uint40 until) external {
        uint256 faults = uint256(0).when(by != compliance, UNAUTHORIZED);
        Faults.stop(faults.when(holder == address(0), IEligibility.NotAHolder.selector));
        Holder storage h = holders[holder];
        (h.classes, h.jurisdictions, h.validUntil) = (classes, jurisdictions, until);
        h.asked = holder.code.length != 0;
    }

    /// @notice How a contract answers is its own affair.
    function setRefuses(address holder, bool refuses) external {
        holders[holder].refuses = refuses;
    }

    function setHolderFrozen(address by, address holder, bool frozen) external {
        Faults.stop(uint256(0).when(by != compliance, UNAUTHORIZED));
        if (holders[holder].frozen == frozen) return;
        holders[holder].frozen = frozen;
        frozenHolders = frozen ? frozenHolders + 1 : frozenHolders - 1;
    }

    function setReceiptsFrozen(address by, uint256[] calldata ids, bool frozen) external {
        Faults.stop(uint256(0).when(by != compliance, UNAUTHORIZED));
        for (uint256 i; i < ids.length; ++i) {
            Faults.stop(uint256(0).when(receipts[ids[i]].owner == address(0), NONEXISTENT));
            receipts[ids[i]].frozen = frozen;
        }
    }

    function setRequirement(address by, uint256 slot, uint32 classes, uint64 jurisdictions) external {
        uint256 faults = uint256(0).when(by != compliance, UNAUTHORIZED);
        faults = faults.when(!series[slot].exists, R.UnknownSeries.selector);
        Faults.stop(faults.when(classes == 0 || jurisdictions == 0, R.EmptyRequirement.selector));
        (series[slot].classes, series[slot].jurisdictions) = (classes, jurisdictions);
    }

    function setPaused(address by, uint256 slot, bool on) external {
        uint256 faults = uint256(0).when(by != (on ? guardian : administrator), UNAUTHORIZED);
        Faults.stop(faults.when(!series[slot].exists, R.UnknownSeries.selector));
        series[slot].paused = on;
    }

    /// @notice In a retired series, who is given a receipt is given its redemption too.
    function force(address by, uint256 from, address to, uint256 units) external {
        Receipt storage r = receipts[from];
        uint256 slot = slotOf(from);
        uint256 faults = uint256(0).when(by != compliance, UNAUTHORIZED);
        faults = faults.when(r.owner == address(0), NONEXISTENT);
        faults = faults.when(units > r.units, R.InsufficientUnits.selector);
        Faults.stop(_arriving(faults.when(units == 0, R.NoUnits.selector), to, slot));
        r.units -= uint64(units);
        uint256 id = _new(slot, to, units);
        if (series[slot].retired) {
            uint256 last = series[slot].records - 1;
            receipts[id].moved = uint24(last);
            held[from][last].units -= uint64(units);
            held[id][last] = Held(to, uint64(units), false);
            unitsAt[slot][last][r.owner] -= units;
            unitsAt[slot][last][to] += units;
        }
        r.moved = receipts[id].moved;
    }

    // --- Issuers -----------------------------------------------------------------------------------------------------

    function open(address by, address maker, uint32 classes, uint64 jurisdictions) external {
        uint256 faults = uint256(0).when(by != maker, UNAUTHORIZED);
        Faults.stop(faults.when(classes == 0 || jurisdictions == 0, R.EmptyRequirement.selector));
        Series storage s = series[++lastSlot];
        (s.classes, s.jurisdictions, s.locked, s.exists) = (classes, jurisdictions, true, true);
        redemption[lastSlot] = NEVER;
    }

    /// @dev The caller stops at these faults, with its own.
    function _issue(uint256 faults, uint256 slot, address to, uint256 units) internal {
        faults = faults.when(series[slot].paused, R.SeriesNotMovable.selector);
        Faults.stop(_asked(_arriving(faults, to, slot), to));
        series[slot].units += uint64(units);
        _new(slot, to, units);
    }

    function _unlock(uint256 slot) internal {
        series[slot].locked = false;
    }

    /// @dev Writes down who holds what.
    function _record(uint256 slot, bool last) internal {
        Series storage s = series[slot];
        uint256 epoch = s.records++;
        if (last) (s.retired, redemption[slot]) = (true, epoch);
        uint256 end = lastId(slot);
        for (uint256 id = (slot << 64) | 1; id <= end; ++id) {
            (address owner, uint64 units) = (receipts[id].owner, receipts[id].units);
            if (owner == address(0)) continue;
            held[id][epoch] = Held(owner, units, false);
            unitsAt[slot][epoch][owner] += units;
        }
    }

    /// @notice A holder who is frozen is not paid, nor is who has a receipt that is frozen paid for it. What did not
    /// move since a record is paid for it after those before.
    function isDue(uint256 id, uint256 epoch) public view returns (bool) {
        Held storage h = held[id][epoch];
        if (h.owner == address(0) || h.counted || holders[h.owner].frozen) return false;
        Receipt storage r = receipts[id];
        if (r.frozen && r.owner == h.owner) return false;
        if (epoch < r.moved) return h.units != 0;
        return next(id) == epoch;
    }

    function _tally(uint256 slot, uint256 epoch, uint256[] calldata ids) internal returns (Run[] memory runs) {
        uint256 length;
        runs = new Run[](ids.length);
        for (uint256 i; i < ids.length; ++i) {
            uint256 id = ids[i];
            bool foreign = slotOf(id) != slot;
            Faults.stop(uint256(0).when(foreign, i == 0 ? R.NotIssuer.selector : R.SlotMismatch.selector));
            if (!isDue(id, epoch)) continue;
            Held storage h = held[id][epoch];
            h.counted = true;
            if (epoch == redemption[slot]) {
                series[slot].units -= receipts[id].units;
                _end(id);
            }
            if (h.units == 0) continue;
            unitsPaid[slot][epoch][h.owner] += h.units;
            if (length == 0 || runs[length - 1].holder != h.owner) runs[length++].holder = h.owner;
            runs[length - 1].units += h.units;
        }
        Faults.stop(uint256(0).when(length == 0, ISpv.NothingToPay.selector));
        assembly ("memory-safe") {
            mstore(runs, length)
        }
    }

    function _destroy(uint256 slot, uint256 id) internal returns (address owner, uint256 units) {
        Receipt storage r = receipts[id];
        if (r.owner == address(0) || r.frozen || slotOf(id) != slot || holders[r.owner].frozen) return (address(0), 0);
        (owner, units) = (r.owner, r.units);
        series[slot].units -= r.units;
        _end(id);
    }
}
