// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISpv, Status} from "../../src/interfaces/ISpv.sol";
import {Holder} from "../../src/types/Holder.sol";
import {Position} from "../../src/types/Position.sol";
import {Series} from "../../src/types/Series.sol";
import {Faults} from "./Faults.sol";
import {HandlerWorld} from "./HandlerWorld.sol";
import {OfferingModel} from "./OfferingModel.sol";

/// @notice Makes calls, of which the model says what must come, and compares what came of them.
abstract contract HandlerBase is HandlerWorld {
    using Faults for uint256;

    /// @notice What happened that must not; empty: nothing.
    string public broken;

    /// @notice How often a function's call was done, and refused as it should be.
    mapping(bytes4 selector => uint256) public done;
    mapping(bytes4 selector => uint256) public refused;

    /// @dev The first word of the last answer.
    uint256 internal transient _answered;

    mapping(uint256 slot => uint256) internal _donated;

    // --- Calls -------------------------------------------------------------------------------------------------------

    /// @dev Makes a call that must come out as the model says.
    function _act(address by, address target, bytes memory data, bytes memory modelled)
        internal
        returns (bool ok, bytes memory said)
    {
        (ok, said) = address(model).call(modelled);
        uint256 faults;
        if (!ok) {
            bool says = said.length == 36 && bytes4(said) == Faults.Refused.selector;
            if (!says) _break("the model stopped");
            assembly ("memory-safe") {
                faults := mload(add(said, 0x24))
            }
        }
        vm.prank(by);
        bytes memory answer;
        (ok, answer) = target.call(data);
        if (ok) {
            ++done[msg.sig];
            if (faults != 0) {
                _break("done, and should have been refused");
                return (false, said);
            }
            _answered = answer.length == 0 ? 0 : uint256(bytes32(answer));
        } else {
            ++refused[msg.sig];
            if (faults == 0) _break("refused, and should have been done");
            else if (!faults.has(bytes4(answer))) _break("refused for another reason");
        }
    }

    function _break(string memory what) internal {
        if (bytes(broken).length == 0) broken = string.concat(what, ": ", vm.toString(uint32(msg.sig)));
    }

    function _hold(bool holds, string memory what) internal {
        if (!holds) _break(what);
    }

    // --- What it came to ---------------------------------------------------------------------------------------------

    function _word(uint256 id) internal view returns (uint256) {
        try receipts.positionOf(id) returns (Position position) {
            return Position.unwrap(position);
        } catch {
            return 0;
        }
    }

    function _checkReceipts(uint256[] memory ids) internal {
        for (uint256 i; i < ids.length; ++i) {
            _hold(_word(ids[i]) == model.positionWord(ids[i]), "another receipt");
            _checkHolder(_ownerOf(ids[i]));
        }
        if (ids.length != 0) _checkSeries(ids[0] >> 64);
    }

    function _checkHolder(address holder) internal {
        _hold(Holder.unwrap(receipts.holderOf(holder)) == model.holderWord(holder), "another holder");
    }

    function _checkSeries(uint256 slot_) internal {
        _hold(Series.unwrap(receipts.seriesOf(slot_)) == model.seriesWord(slot_), "another series");
    }

    function _checkCash(address account) internal {
        uint256 expected = _began[account] + model.got(account) * CASH_UNIT - model.gave(account) * CASH_UNIT;
        _hold(cash.balanceOf(account) == expected, "another payment");
    }

    function _checkSpv(uint256 slot_) internal {
        OfferingModel.Spv memory s = model.spvOf(slot_);
        ISpv real = _spvAt[slot_];
        uint256 balance = cash.balanceOf(address(real)) - _donated[slot_];
        _hold(balance == s.cash * CASH_UNIT && s.cash == model.owed(slot_), "cash is what is owed");
        Status memory status =
            Status(uint64(slot_), s.period, s.periods, s.epochs, s.state, s.arrearsRun, s.recordOpen, s.sold);
        _hold(keccak256(abi.encode(status)) == keccak256(abi.encode(real.status())), "another state");
        bytes32 accounts = keccak256(abi.encode(model.accountsOf(slot_)));
        _hold(accounts == keccak256(abi.encode(real.accounts())), "other accounts");
    }

    function _checkKept(uint256 id, uint256 epoch) internal {
        Position kept = receipts.keptOf(id, epoch);
        (address owner, uint256 units,) = model.held(id, epoch);
        bool same = kept.owner() == owner && kept.units() == units;
        _hold(model.isKept(id, epoch) ? same : Position.unwrap(kept) == 0, "another record");
    }

    function _checkPot(uint256 slot_, uint256 epoch) internal {
        bytes32 pot = keccak256(abi.encode(model.potOf(slot_, epoch)));
        _hold(pot == keccak256(abi.encode(_spvAt[slot_].epochAt(epoch))), "another epoch");
    }
}
