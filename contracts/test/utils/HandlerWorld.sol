// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC3525Receiver} from "../../src/interfaces/IERC3525.sol";
import {ISpv, State} from "../../src/interfaces/ISpv.sol";
import {Period} from "../../src/libraries/Waterfall.sol";
import {Plain, Receiver} from "./Actors.sol";
import {Deal, Fixture} from "./Fixture.sol";
import {SpvModel} from "./SpvModel.sol";

/// @notice Two series, one that is sold first and one later, the people who act in them, chance and time.
abstract contract HandlerWorld is Fixture {
    uint256 internal constant PLENTY = 1e30;
    uint256 internal constant PEOPLE = 10;
    uint256 internal constant MOST_SERIES = 5;
    address internal constant maker = address(0xFAC7);
    uint256 internal constant DAVE_KEY = 0xDA7E;

    SpvModel public model;
    mapping(uint256 slot => ISpv) internal _spvAt;
    mapping(uint256 slot => bytes32[]) internal _pool;
    mapping(address => uint256) internal _keyOf;
    mapping(address => uint256) internal _began;
    address[PEOPLE] internal _people;

    uint256 private _now;
    uint256 private transient _random;

    constructor() {
        setUp();
        authority.grantRole(FACTORY, maker, 0);
        Receiver agrees = new Receiver(IERC3525Receiver.onERC3525Received.selector);
        Receiver refuses = new Receiver(0);
        // The last two are not eligible: one never registered, and one of another class. Erin's time runs out.
        address erin = address(0xE214);
        address other = address(0x07E2);
        address keyed = vm.addr(DAVE_KEY);
        address plain = address(new Plain());
        _people = [alice, bob, carol, keyed, erin, address(agrees), address(refuses), plain, other, stranger];
        (_keyOf[alice], _keyOf[keyed]) = (ALICE_KEY, DAVE_KEY);
        model = new SpvModel();
        for (uint256 i; i < PEOPLE; ++i) {
            _endow(_people[i]);
        }
        _endow(servicer);
        for (uint256 i; i < 9; ++i) {
            uint40 until = i == 4 ? uint40((ISSUE + 150) * 1 days) : type(uint40).max;
            _stand(_people[i], i == 8 ? 2 : 1, 1, until);
        }
        model.setRefuses(address(refuses), true);
        Deal memory deal = _deal();
        deal.offering.softCap = 1_000_000_000;
        deal.rules.claimDays = 60;
        deal.periods = _three(deal.periods);
        _list(deal);
        _list(_second());
        _now = block.timestamp;
    }

    /// @dev With fees and a reserve, principal passed through, in three parts, and later.
    function _second() private view returns (Deal memory deal) {
        deal = _deal();
        deal.parties.termsHash = keccak256("CRT02");
        deal.offering.softCap = 20_000_000_000;
        deal.offering.openDay = uint32(ISSUE - 5);
        deal.offering.closeDay = uint32(ISSUE + 130);
        deal.offering.issueDay = uint32(ISSUE + 135);
        (deal.rules.bullet, deal.rules.feeRate, deal.rules.feeCap) = (false, 10_000, 100_000_000);
        (deal.rules.reserveTarget, deal.rules.claimDays) = (500_000_000, 90);
        for (uint256 i; i < 4; ++i) {
            deal.periods[i].recordDay += 140;
            deal.periods[i].paymentDay += 140;
        }
        for (uint256 i; i < deal.pool.length; ++i) {
            deal.pool[i].id = keccak256(abi.encode("CRT02", i));
        }
        _seal(deal);
        deal.periods = _three(deal.periods);
    }

    function _three(Period[] memory four) private pure returns (Period[] memory periods) {
        periods = new Period[](3);
        (periods[0], periods[1], periods[2]) = (four[0], four[1], four[3]);
    }

    function _list(Deal memory deal) private {
        _toOffering(deal);
        _spvAt[slot] = spv;
        _pool[slot] = rents;
        model.open(maker, maker, 1, 1);
        model.offer(slot, deal);
        for (uint256 i; i < PEOPLE; ++i) {
            if (i != 3 && i != 9) _let(slot, _people[i], true);
        }
        _let(slot, servicer, true);
    }

    function _endow(address account) private {
        cash.mint(account, PLENTY);
        _began[account] = PLENTY;
    }

    function _let(uint256 slot_, address by, bool on) internal {
        model.setLets(slot_, by, on);
        vm.prank(by);
        cash.approve(address(_spvAt[slot_]), on ? type(uint256).max : 0);
    }

    function _stand(address holder, uint32 classes, uint64 jurisdictions, uint40 until) private {
        vm.prank(compliance);
        receipts.setStanding(holder, classes, jurisdictions, until);
        model.setStanding(compliance, holder, classes, jurisdictions, until);
    }

    // --- Chance ------------------------------------------------------------------------------------------------------

    modifier action(uint256 seed) {
        _random = uint256(keccak256(abi.encode(seed)));
        if (block.timestamp != _now) vm.warp(_now);
        _;
    }

    function _pick(uint256 n) internal returns (uint256 picked) {
        unchecked {
            uint256 random = _random;
            if (random < 1 << 64) random = uint256(keccak256(abi.encode(random)));
            picked = random % n;
            _random = random / n;
        }
    }

    function _once(uint256 n) internal returns (bool) {
        return _pick(n) == 0;
    }

    function _either(bool first, address a, address b) internal pure returns (address) {
        return first ? a : b;
    }

    function _person() internal returns (address) {
        return _people[_pick(PEOPLE)];
    }

    function _slot() internal returns (uint256) {
        return 1 + _pick(5) / 3;
    }

    /// @dev A receipt that exists, if one of a few is; now and then any, also of another series.
    function _id(uint256 slot_) internal returns (uint256 id) {
        bool any = _once(32);
        if (any && _once(2)) slot_ = 3 - slot_;
        uint256 serial = uint64(model.lastId(slot_));
        if (any && _once(2)) return (slot_ << 64) | (serial + 1);
        uint256 from = _pick(serial + 1);
        for (uint256 i; i < 6; ++i) {
            id = (slot_ << 64) | (1 + (from + i) % (serial == 0 ? 1 : serial));
            if (any || _ownerOf(id) != address(0)) break;
        }
    }

    function _ownerOf(uint256 id) internal view returns (address owner) {
        (owner,,,,,) = model.receipts(id);
    }

    function _unitsOf(uint256 id) internal view returns (uint256 units) {
        (, units,,,,) = model.receipts(id);
    }

    /// @dev As a rule its owner.
    function _by(uint256 id) internal returns (address owner) {
        owner = _ownerOf(id);
        if (_once(8) || owner == address(0)) owner = _person();
    }

    /// @dev Some of a receipt, often all of it, seldom more.
    function _value(uint256 id) internal returns (uint256) {
        uint256 units = _unitsOf(id);
        uint256 kind = _pick(16);
        if (kind == 0) return units + 1;
        return kind < 4 ? units : kind < 6 ? _pick(3) : _pick(units + 1);
    }

    // --- Time --------------------------------------------------------------------------------------------------------

    function _until(uint256 day) internal {
        uint256 time = day * 1 days + 4 hours;
        if (time <= block.timestamp) return;
        vm.warp(time);
        _now = time;
    }

    /// @dev As a rule not beyond the offering of the second series, which would never be active.
    function _jump(uint256 day) internal {
        if (model.spvOf(2).state != State.Offering || day < ISSUE + 135 || _once(16)) _until(day);
    }

    function _later(uint256 seconds_) internal {
        vm.warp(block.timestamp + seconds_);
        _now = block.timestamp;
    }
}
