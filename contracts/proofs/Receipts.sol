// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Holder} from "../src/types/Holder.sol";
import {Permission} from "../src/types/Permission.sol";
import {Position, PositionLibrary} from "../src/types/Position.sol";
import {Series, SeriesLibrary} from "../src/types/Series.sol";
import {Proof} from "./utils/Proof.sol";

/// @notice The words of receipts: a getter reads its own bits, a setter changes its own bits, for every word there is.
/// @custom:halmos --panic-error-codes *
contract ReceiptsProof is Proof {
    uint256 private constant UNITS = 64;
    uint256 private constant EPOCHS = 1 << 31;

    function _epoch(Position p) private pure returns (uint256) {
        return _bits(Position.unwrap(p), 224, 31);
    }

    // --- Position ----------------------------------------------------------------------------------------------

    /// @dev Each getter reads the bits of the table. Any word.
    function check_positionReads(Position p) external pure {
        uint256 word = Position.unwrap(p);
        assert(uint160(p.owner()) == _bits(word, 0, 160));
        assert(p.exists() == (p.owner() != address(0)));
        assert(p.units() == _bits(word, 160, 64));
        assert(p.epoch() == _bits(word, 224, 31));
        assert(p.frozen() == (_bits(word, 255, 1) == 1));
    }

    /// @dev What is made reads back, not frozen. Units below 2^64, epoch below 2^31.
    function check_positionMake(address owner, uint64 units, uint256 epoch) external pure {
        vm.assume(epoch < EPOCHS);
        Position p = PositionLibrary.make(owner, units, epoch);
        assert(p.owner() == owner);
        assert(p.units() == units);
        assert(p.epoch() == epoch);
        assert(!p.frozen());
    }

    /// @dev A setter writes its field and leaves every other bit. Any word; epoch below 2^31.
    function check_positionWrites(Position p, address owner, uint256 epoch, bool on) external pure {
        uint256 word = Position.unwrap(p);
        vm.assume(epoch < EPOCHS);
        assert(Position.unwrap(p.withOwner(owner)) == _with(word, 0, 160, uint160(owner)));
        assert(Position.unwrap(p.withEpoch(epoch)) == _with(word, 224, 31, epoch));
        assert(Position.unwrap(p.withFrozen(on)) == _with(word, 255, 1, on ? 1 : 0));
    }

    /// @dev Adding and taking units changes the units alone. The sum is below 2^64; no more is taken than there is.
    function check_positionUnits(Position p, uint64 more, uint64 less) external pure {
        uint256 word = Position.unwrap(p);
        vm.assume(p.units() + more < 1 << UNITS);
        assert(Position.unwrap(p.plus(more)) == _with(word, 160, 64, p.units() + more));
        vm.assume(less <= p.units());
        assert(Position.unwrap(p.minus(less)) == _with(word, 160, 64, p.units() - less));
    }

    /// @dev The next epoch is one more, and nothing else changes. The epoch is not the last of 2^31.
    function check_positionNextEpoch(Position p) external pure {
        vm.assume(p.epoch() < EPOCHS - 1);
        assert(Position.unwrap(p.withNextEpoch()) == _with(Position.unwrap(p), 224, 31, p.epoch() + 1));
    }

    /// @dev The comparisons by top bits are those by fields. Any receipt; the series' epoch and the one that is asked
    /// for below 2^31, as `Series` says.
    function check_positionCompares(Position p, Series s, uint256 epoch) external pure {
        vm.assume(s.epoch() < EPOCHS && epoch < EPOCHS);
        assert(p.awaits(epoch) == (!p.frozen() && p.epoch() == epoch));
        assert(p.current(s) == (!p.frozen() && p.epoch() == s.epoch()));
    }

    // --- Series ------------------------------------------------------------------------------------------------

    /// @dev Each getter reads the bits of the table. Any word.
    function check_seriesReads(Series s) external pure {
        uint256 word = Series.unwrap(s);
        assert(s.units() == _bits(word, 0, 64));
        assert(s.serial() == _bits(word, 64, 48));
        assert(s.classes() == _bits(word, 112, 32));
        assert(s.jurisdictions() == _bits(word, 144, 64));
        assert(s.paused() == (_bits(word, 208, 1) == 1));
        assert(s.locked() == (_bits(word, 209, 1) == 1));
        assert(s.retired() == (_bits(word, 210, 1) == 1));
        assert(s.guarded() == (_bits(word, 211, 1) == 1));
        assert(s.epoch() == _bits(word, 224, 32));
        assert(s.movable() == (!s.paused() && !s.locked() && !s.retired()));
    }

    /// @dev A new series is locked, with its requirement, and all else is zero. Any arguments.
    function check_seriesMake(uint32 classes, uint64 jurisdictions, bool guarded) external pure {
        Series s = SeriesLibrary.make(classes, jurisdictions, guarded);
        uint256 word = _with(_with(1 << 209, 112, 32, classes), 144, 64, jurisdictions);
        assert(Series.unwrap(s) == _with(word, 211, 1, guarded ? 1 : 0));
    }

    /// @dev A setter writes its field and leaves every other bit. Any word.
    function check_seriesWrites(Series s, uint32 classes, uint64 jurisdictions, bool on) external pure {
        uint256 word = Series.unwrap(s);
        uint256 bit = on ? 1 : 0;
        assert(Series.unwrap(s.withPaused(on)) == _with(word, 208, 1, bit));
        assert(Series.unwrap(s.unlocked()) == _with(word, 209, 1, 0));
        assert(Series.unwrap(s.asRetired()) == _with(word, 210, 1, 1));
        assert(Series.unwrap(s.withGuarded(on)) == _with(word, 211, 1, bit));
        uint256 required = _with(_with(word, 112, 32, classes), 144, 64, jurisdictions);
        assert(Series.unwrap(s.withRequirement(classes, jurisdictions)) == required);
    }

    /// @dev Counting changes what is counted alone. Units stay within 64 bits and above zero, the serial below the last
    /// of 2^48, the epoch below the last of 2^31; there is an epoch to go back to.
    function check_seriesCounts(Series s, uint64 more, uint64 less) external pure {
        uint256 word = Series.unwrap(s);
        vm.assume(s.units() + more < 1 << UNITS && less <= s.units());
        assert(Series.unwrap(s.plus(more)) == _with(word, 0, 64, s.units() + more));
        assert(Series.unwrap(s.minus(less)) == _with(word, 0, 64, s.units() - less));
        vm.assume(s.serial() < (1 << 48) - 1);
        assert(Series.unwrap(s.withNextSerial()) == _with(word, 64, 48, s.serial() + 1));
        vm.assume(s.epoch() < EPOCHS - 1);
        assert(Series.unwrap(s.withNextEpoch()) == _with(word, 224, 32, s.epoch() + 1));
        vm.assume(s.epoch() != 0);
        assert(Series.unwrap(s.withPreviousEpoch()) == _with(word, 224, 32, s.epoch() - 1));
    }

    /// @dev Units can leave if, by fields, the series moves and is not guarded, and the receipt is not frozen and has
    /// the series' epoch. Any receipt; the series' epoch below 2^31.
    function check_seriesFrees(Series s, Position p) external pure {
        vm.assume(s.epoch() < EPOCHS);
        bool plainly =
            !s.paused() && !s.locked() && !s.retired() && !s.guarded() && !p.frozen() && _epoch(p) == s.epoch();
        assert(s.frees(p) == plainly);
    }

    /// @dev A holder is admitted if, by fields, class and jurisdiction are among the series', the time has not run out,
    /// and the holder is not frozen. Any words, any time.
    function check_seriesAdmits(Series s, Holder h, uint256 time) external pure {
        bool plainly = s.classes() & h.classes() != 0 && s.jurisdictions() & h.jurisdictions() != 0 && !h.frozen()
            && time <= h.validUntil();
        assert(s.admits(h, time) == plainly);
    }

    // --- Holder ------------------------------------------------------------------------------------------------

    /// @dev Each getter reads the bits of the table. Any word.
    function check_holderReads(Holder h) external pure {
        uint256 word = Holder.unwrap(h);
        assert(h.validUntil() == _bits(word, 0, 40));
        assert(h.count() == _bits(word, 40, 64));
        assert(h.classes() == _bits(word, 112, 32));
        assert(h.jurisdictions() == _bits(word, 144, 64));
        assert(h.frozen() == (_bits(word, 208, 1) == 1));
        assert(h.receiver() == (_bits(word, 209, 1) == 1));
    }

    /// @dev A setter writes its field and leaves every other bit; a new standing keeps count and frozen, sets all else
    /// that is used, and clears what is not. Any word; the count not its last, and not zero where one is taken away.
    function check_holderWrites(Holder h, uint32 classes, uint64 jurisdictions, uint40 until, bool on) external pure {
        uint256 word = Holder.unwrap(h);
        uint256 bit = on ? 1 : 0;
        assert(Holder.unwrap(h.withFrozen(on)) == _with(word, 208, 1, bit));
        uint256 standing = _with(_with(0, 40, 64, h.count()), 208, 1, h.frozen() ? 1 : 0);
        standing = _with(_with(standing, 112, 32, classes), 144, 64, jurisdictions);
        standing = _with(_with(standing, 0, 40, until), 209, 1, bit);
        assert(Holder.unwrap(h.withStanding(classes, jurisdictions, until, on)) == standing);
        vm.assume(h.count() < type(uint64).max);
        assert(Holder.unwrap(h.plusReceipt()) == _with(word, 40, 64, h.count() + 1));
        vm.assume(h.count() != 0);
        assert(Holder.unwrap(h.minusReceipt()) == _with(word, 40, 64, h.count() - 1));
    }

    // --- Permission --------------------------------------------------------------------------------------------

    /// @dev Getters read the bits of the table, setters write theirs, and the next round ends all approvals. Any word;
    /// the round below its last of 2^95.
    function check_permission(Permission p, address approved) external pure {
        uint256 word = Permission.unwrap(p);
        assert(uint160(p.approved()) == _bits(word, 0, 160));
        assert(p.valued() == (_bits(word, 160, 1) == 1));
        assert(p.round() == _bits(word, 161, 95));
        assert(p.any() == (p.approved() != address(0) || p.valued()));
        assert(Permission.unwrap(p.withApproved(approved)) == _with(word, 0, 160, uint160(approved)));
        assert(Permission.unwrap(p.withValued()) == _with(word, 160, 1, 1));
        vm.assume(p.round() < (1 << 95) - 1);
        assert(Permission.unwrap(p.nextRound()) == (p.round() + 1) << 161);
        assert(!p.nextRound().any());
    }
}
