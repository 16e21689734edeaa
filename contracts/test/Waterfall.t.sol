// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Accounts, Outcome, Period, WaterfallTerms} from "../src/libraries/Waterfall.sol";
import {Fixture} from "./utils/Fixture.sol";

/// @notice `utils/WaterfallHarness.sol`.
interface IWaterfall {
    function run(Accounts memory a, WaterfallTerms memory t, Period memory p, uint256 units, bool turbo)
        external
        pure
        returns (Accounts memory, Outcome memory);
}

/// @notice One distribution, worked out a second time in the order and the words of `docs/rules.md`.
contract Restated {
    uint256 public A;
    uint256 public fee;
    uint256 public feesPayable;
    uint256 public reserve;
    uint256 public sinking;
    uint256 public coupon;
    uint256 public due;
    uint256 public paid;
    uint256 public arrears;
    uint256 public toRes;
    uint256 public toSink;
    uint256 public repaid;
    uint256 public principal;
    uint256 public assets;
    uint256 public residual;
    uint256 public trapped;
    bool public passed;
    bool public done;

    function _min(uint256 x, uint256 y) private pure returns (uint256) {
        return x < y ? x : y;
    }

    function _less(uint256 x, uint256 y) private pure returns (uint256) {
        return x < y ? 0 : x - y;
    }

    /// @param performing `totalFace - dueFace_k - prepaid`.
    function distribute(
        Accounts calldata a,
        WaterfallTerms calldata t,
        Period calldata p,
        uint256 units,
        bool turbo,
        uint256 performing
    ) external {
        (reserve, sinking, principal) = (a.reserve, a.sinking, a.principal);
        A = uint256(a.collections) + a.trapped + a.dust;
        fee = _min(uint256(a.collections) * t.feeRate / 1e6, t.feeCap);
        A -= fee;
        feesPayable = a.feesPayable + fee;
        if (turbo) {
            A += reserve + sinking;
            (reserve, sinking) = (0, 0);
        }
        coupon = principal * t.couponRate * p.accrual / (uint256(1e6) * t.basis);
        due = a.arrears + coupon;
        uint256 fromCash = _min(due, A);
        A -= fromCash;
        uint256 fromRes = _min(due - fromCash, reserve);
        reserve -= fromRes;
        paid = fromCash + fromRes;
        arrears = due - paid;
        uint256 target = turbo ? 0 : t.reserveTarget;
        toRes = _min(A, _less(target, reserve));
        A -= toRes;
        reserve += toRes;
        uint256 aim = uint256(p.target) * units / t.size;
        if (turbo) {
            repaid = _min(A, principal);
        } else if (!t.bullet) {
            repaid = _min(A, _less(aim, units - principal));
        } else {
            toSink = _min(A, _less(aim, sinking));
            A -= toSink;
            sinking += toSink;
        }
        A -= repaid;
        principal -= repaid;
        assets = performing + reserve + sinking;
        passed = reserve >= target && arrears == 0 && assets * 1e6 >= t.ocTrigger * principal;
        done = principal == 0 && arrears == 0;
        if (done) {
            A += reserve + sinking;
            (reserve, sinking) = (0, 0);
        }
        if (passed || done) residual = A;
        else trapped = A;
    }
}

/// @notice The waterfall as a function: it loses nothing, and it is what the rules say.
contract WaterfallTest is Fixture {
    IWaterfall internal waterfall;

    struct Case {
        Accounts a;
        WaterfallTerms t;
        Period p;
        uint256 units;
        bool turbo;
    }

    uint256 private _seed;

    function setUp() public override {
        waterfall = IWaterfall(_deploy("WaterfallHarness.sol:WaterfallHarness", ""));
    }

    /// @dev Zero and the whole come up often.
    function _pick(uint256 limit) private returns (uint256) {
        _seed = uint256(keccak256(abi.encode(_seed)));
        if (_seed % 5 == 0) return 0;
        if (_seed % 5 == 1) return limit;
        return (_seed >> 8) % (limit + 1);
    }

    function _case(uint256 seed) private returns (Case memory c) {
        _seed = seed;
        c.t.size = uint64(1 + _pick(1e14));
        c.units = 1 + _pick(c.t.size - 1);
        uint256 scale = c.units;
        c.a.principal = uint64(_pick(c.units));
        c.a.collections = uint64(_pick(scale));
        c.a.trapped = uint64(_pick(scale / 10));
        c.a.dust = uint64(_pick(100));
        c.a.reserve = uint64(_pick(scale / 20));
        c.a.sinking = uint64(_pick(scale));
        c.a.arrears = uint64(_pick(scale / 20));
        c.a.feesPayable = uint64(_pick(scale / 100));
        c.a.residualPayable = uint64(_pick(scale));
        c.a.undue = uint64(_pick(2 * scale));
        c.p.face = uint64(_pick(c.a.undue));
        c.p.accrual = uint32(_pick(366));
        c.p.target = uint64(_pick(c.t.size));
        c.t.couponRate = uint32(_pick(200_000));
        c.t.basis = _pick(1) == 0 ? 365 : 133_590;
        c.t.feeRate = uint32(_pick(20_000));
        c.t.feeCap = uint64(_pick(scale / 100));
        c.t.reserveTarget = uint64(_pick(scale / 20));
        c.t.ocTrigger = uint32(_pick(1_500_000));
        c.t.bullet = _pick(1) == 0;
        c.turbo = _pick(1) == 0;
    }

    function testFuzzConserves(uint256 seed) public {
        Case memory c = _case(seed);
        (Accounts memory a, Outcome memory o) = waterfall.run(c.a, c.t, c.p, c.units, c.turbo);
        uint256 before = uint256(c.a.collections) + c.a.trapped + c.a.dust + c.a.reserve + c.a.sinking;
        uint256 kept = uint256(a.collections) + a.trapped + a.dust + a.reserve + a.sinking;
        uint256 given = (a.feesPayable - c.a.feesPayable) + (a.residualPayable - c.a.residualPayable);
        vm.assertEq(before, kept + given + o.paid + o.repaid, "conserved");
        vm.assertEq(o.available, uint256(c.a.collections) + c.a.trapped + c.a.dust, "available");
        vm.assertEq(uint256(c.a.principal), a.principal + o.repaid, "principal");
        vm.assertEq(c.a.arrears + o.coupon, a.arrears + o.paid, "coupon");
        vm.assertEq(uint256(c.a.undue), uint256(a.undue) + c.p.face, "undue");
        vm.assertTrue(o.residual == 0 || o.trapped == 0, "either");
        vm.assertTrue(o.residual == 0 || o.done || a.arrears == 0, "nothing past holders in arrears");
    }

    function testFuzzIsWhatTheRulesSay(uint256 seed) public {
        Case memory c = _case(seed);
        Restated r = new Restated();
        r.distribute(c.a, c.t, c.p, c.units, c.turbo, c.a.undue - c.p.face);
        (Accounts memory a, Outcome memory o) = waterfall.run(c.a, c.t, c.p, c.units, c.turbo);
        vm.assertEq(o.fee, r.fee(), "fee");
        vm.assertEq(o.coupon, r.coupon(), "coupon");
        vm.assertEq(o.due, r.due(), "due");
        vm.assertEq(o.paid, r.paid(), "paid");
        vm.assertEq(o.toReserve, r.toRes(), "to reserve");
        vm.assertEq(o.toSinking, r.toSink(), "to sinking");
        vm.assertEq(o.repaid, r.repaid(), "repaid");
        vm.assertEq(o.assets, r.assets(), "assets");
        vm.assertTrue(o.passed == r.passed() && o.done == r.done(), "tests, done");
        vm.assertEq(o.residual, r.residual(), "residual");
        vm.assertEq(o.trapped, r.trapped(), "trapped");
        vm.assertEq(a.principal, r.principal(), "principal");
        vm.assertEq(a.arrears, r.arrears(), "arrears");
        vm.assertEq(a.reserve, r.reserve(), "reserve");
        vm.assertEq(a.sinking, r.sinking(), "sinking");
        vm.assertEq(a.trapped, r.trapped(), "trapped account");
        vm.assertEq(a.feesPayable, r.feesPayable(), "fees payable");
        vm.assertEq(a.residualPayable, c.a.residualPayable + r.residual(), "residual payable");
        vm.assertEq(uint256(a.collections) + a.dust, 0, "emptied");
    }
}
