// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Accounts, Outcome, Period, Waterfall, WaterfallTerms} from "../src/libraries/Waterfall.sol";
import {Math as PlainMath} from "./utils/PlainMath.sol";
import {Proof} from "./utils/Proof.sol";

/// @notice The waterfall makes and loses nothing, whatever its products and quotients are: the solver may give fee,
/// coupon and target any values, so that this holds for every way to work them out. That they are the formulas of the
/// rules is proved here too; how large these get, in `Arithmetic.sol`.
/// @dev Accounts, terms, period and units of any content, as wide as they are, in every mode, on which the function
/// returns: a run that would overflow reverts. Sums are unchecked here, so that no path ends in the proof itself.
/// A product is any function of two numbers at first, so that formulas here have their factors in the order that the
/// compiler gives those of the contract.
/// @custom:halmos --solver cvc5-int
contract WaterfallProof is Proof {
    struct Case {
        Accounts a;
        WaterfallTerms t;
        Period p;
        uint64 units;
        bool turbo;
    }

    function _run(Case calldata c) private pure returns (Accounts memory b, Outcome memory o) {
        b = c.a;
        o = Waterfall.run(b, c.t, c.p, c.units, c.turbo);
    }

    function _held(Accounts memory a) private pure returns (uint256) {
        unchecked {
            return uint256(a.collections) + a.trapped + a.dust + a.reserve + a.sinking;
        }
    }

    /// @dev What there is for holders: the three accounts less the fee, and in turbo what was reserved and set aside.
    function _cash(Case calldata c, Outcome memory o) private pure returns (uint256) {
        unchecked {
            return o.available - o.fee + (c.turbo ? uint256(c.a.reserve) + c.a.sinking : 0);
        }
    }

    /// @dev What there is in the reserve beside that.
    function _reserve(Case calldata c) private pure returns (uint256) {
        return c.turbo ? 0 : c.a.reserve;
    }

    function _afterHolders(Case calldata c, Outcome memory o) private pure returns (uint256) {
        unchecked {
            return _cash(c, o) - (o.paid - o.fromReserve);
        }
    }

    function _afterReserve(Case calldata c, Outcome memory o) private pure returns (uint256) {
        unchecked {
            return _afterHolders(c, o) - o.toReserve;
        }
    }

    /// @dev The choices that these proofs run with are OpenZeppelin's. Any two numbers.
    /// @custom:halmos --solver yices
    function check_plainMath(uint256 x, uint256 y) external pure {
        assert(PlainMath.isMin(x, y, Math.min(x, y)));
        assert(PlainMath.isLeft(x, y, Math.saturatingSub(x, y)));
        assert(PlainMath.min(x, y) == Math.min(x, y));
        assert(PlainMath.saturatingSub(x, y) == Math.saturatingSub(x, y));
    }

    /// @dev What is given out and what is kept is all that was held, to the last minor unit. (No sum here exceeds a
    /// word: `check_partsAreWithin`.)
    function check_conserves(Case calldata c) external pure {
        (Accounts memory b, Outcome memory o) = _run(c);
        unchecked {
            assert(_held(c.a) == _held(b) + o.fee + o.residual + o.paid + o.repaid);
        }
    }

    /// @dev Each part that is given out is within what was held.
    function check_partsAreWithin(Case calldata c) external pure {
        (, Outcome memory o) = _run(c);
        uint256 held = _held(c.a);
        assert(o.fee <= held);
        assert(o.residual <= held);
        assert(o.paid <= held);
        assert(o.repaid <= held);
    }

    /// @dev Fee and residual are owed beside what was owed before.
    function check_owesFeeAndResidual(Case calldata c) external pure {
        (Accounts memory b, Outcome memory o) = _run(c);
        unchecked {
            assert(b.feesPayable == c.a.feesPayable + o.fee);
            assert(b.residualPayable == c.a.residualPayable + o.residual);
        }
    }

    /// @dev What is available is the three accounts, of which two are emptied and the third has what is kept back.
    function check_takesIn(Case calldata c) external pure {
        (Accounts memory b, Outcome memory o) = _run(c);
        unchecked {
            assert(o.available == uint256(c.a.collections) + c.a.trapped + c.a.dust);
        }
        assert(b.collections == 0 && b.dust == 0 && b.trapped == o.trapped);
    }

    /// @dev The fee is its rate's part of the collections or its cap, whichever is less.
    function check_fee(Case calldata c) external pure {
        (, Outcome memory o) = _run(c);
        unchecked {
            uint256 part = c.a.collections * uint256(c.t.feeRate) / 1_000_000;
            assert(PlainMath.isMin(part, c.t.feeCap, o.fee));
        }
    }

    /// @dev The coupon is the year's, for the days of the period.
    function check_coupon(Case calldata c) external pure {
        (, Outcome memory o) = _run(c);
        unchecked {
            uint256 yearly = uint256(c.a.principal) * c.t.couponRate;
            assert(o.coupon == yearly * c.p.accrual / (1_000_000 * uint256(c.t.basis)));
        }
    }

    /// @dev Holders are paid what is due as far as the cash goes, after the fee, and then as far as the reserve goes.
    /// In turbo, which is the last period, or after acceleration, the cash has the reserve in it and what was set aside.
    /// What is not paid stays owed, and what is not repaid stays outstanding.
    function check_owesTheRest(Case calldata c) external pure {
        (Accounts memory b, Outcome memory o) = _run(c);
        unchecked {
            assert(o.due == c.a.arrears + o.coupon);
            uint256 fromCash = o.paid - o.fromReserve;
            assert(PlainMath.isMin(o.due, _cash(c, o), fromCash));
            assert(PlainMath.isMin(o.due - fromCash, _reserve(c), o.fromReserve));
            assert(b.arrears == o.due - o.paid);
            assert(o.repaid <= c.a.principal && b.principal == c.a.principal - o.repaid);
        }
        assert(c.p.face <= c.a.undue && b.undue == c.a.undue - c.p.face);
    }

    /// @dev What holders leave goes to the reserve: all of it, or what it has less than its target, whichever is less.
    /// In turbo nothing does, and then, or when all is repaid, nothing is left in it.
    function check_reserveToTarget(Case calldata c) external pure {
        (Accounts memory b, Outcome memory o) = _run(c);
        unchecked {
            uint256 reserve = _reserve(c) - o.fromReserve;
            uint256 missing = PlainMath.saturatingSub(c.turbo ? 0 : c.t.reserveTarget, reserve);
            assert(PlainMath.isMin(_afterHolders(c, o), missing, o.toReserve));
            assert(b.reserve == (o.done ? 0 : reserve + o.toReserve));
        }
    }

    /// @dev Bullet: what the reserve leaves is set aside, up to the target in proportion to the units sold: all of it,
    /// or what is less than the target, whichever is less. Nothing is repaid before the last period, and when all is
    /// repaid, nothing is left aside.
    function check_setsAsideToTarget(Case calldata c) external pure {
        vm.assume(c.t.bullet && !c.turbo);
        (Accounts memory b, Outcome memory o) = _run(c);
        unchecked {
            uint256 target = c.units * uint256(c.p.target) / c.t.size;
            uint256 missing = PlainMath.saturatingSub(target, c.a.sinking);
            assert(PlainMath.isMin(_afterReserve(c, o), missing, o.toSinking));
            assert(b.sinking == (o.done ? 0 : c.a.sinking + o.toSinking));
            assert(o.repaid == 0);
        }
    }

    /// @dev Pass-through: what the reserve leaves is repaid until what was repaid, and what is now, come to the target:
    /// all of it, what is outstanding, or what is less than the target, whichever is least. Nothing is set aside.
    function check_repaysToTarget(Case calldata c) external pure {
        vm.assume(!c.t.bullet && !c.turbo);
        (Accounts memory b, Outcome memory o) = _run(c);
        unchecked {
            uint256 target = c.units * uint256(c.p.target) / c.t.size;
            uint256 missing = PlainMath.saturatingSub(target, uint256(c.units) - c.a.principal);
            uint256 most = PlainMath.min(c.a.principal, missing);
            assert(PlainMath.isMin(_afterReserve(c, o), most, o.repaid));
            assert(b.sinking == (o.done ? 0 : c.a.sinking));
            assert(o.toSinking == 0);
        }
    }

    /// @dev Turbo: all that is left is repaid, or all that is outstanding, whichever is less. Nothing is set aside, nor
    /// left aside.
    function check_repaysInTurbo(Case calldata c) external pure {
        vm.assume(c.turbo);
        (Accounts memory b, Outcome memory o) = _run(c);
        assert(PlainMath.isMin(_afterReserve(c, o), c.a.principal, o.repaid));
        assert(b.sinking == 0 && o.toSinking == 0);
    }

    /// @dev The tests pass if and only if the reserve is full, nothing is in arrears, and the assets are at least the
    /// trigger's part of the principal. All is repaid if and only if no principal and no arrears are left.
    function check_tests(Case calldata c) external pure {
        (Accounts memory b, Outcome memory o) = _run(c);
        assert(o.done == (b.principal == 0 && b.arrears == 0));
        unchecked {
            uint256 reserve = _reserve(c) - o.fromReserve + o.toReserve;
            uint256 sinking = c.turbo ? 0 : c.a.sinking + o.toSinking;
            assert(o.assets == uint256(b.undue) + reserve + sinking);
            bool full = c.turbo || reserve >= c.t.reserveTarget;
            bool covered = Waterfall.covers(o.assets, c.t.ocTrigger, b.principal);
            assert(o.passed == (full && b.arrears == 0 && covered));
        }
    }

    /// @dev The originator gets nothing unless the tests pass or all is repaid, and then nothing is kept back. So it gets
    /// all that is left, or all that is left is kept: by `check_conserves` and `check_takesIn` the two together are what
    /// was held, less fee, payments, and what reserve and sinking account have, of which the checks above say how much
    /// that is. In turbo it gets nothing before all is repaid.
    function check_originatorComesLast(Case calldata c) external pure {
        (, Outcome memory o) = _run(c);
        bool given = o.passed || o.done;
        assert(o.residual == 0 || given);
        assert(o.trapped == 0 || !given);
        assert(!c.turbo || o.done || o.residual == 0);
    }

    /// @dev If the originator gets anything before all is repaid, holders have all that is due, the reserve is full,
    /// and less was set aside, or repaid, than there was for it. So principal is at its target, or all of it is repaid,
    /// by `check_setsAsideToTarget`, `check_repaysToTarget` and `check_leftWhenFull`.
    function check_targetsComeFirst(Case calldata c) external pure {
        (Accounts memory b, Outcome memory o) = _run(c);
        if (o.residual == 0 || o.done) return;
        assert(!c.turbo && b.arrears == 0 && b.reserve >= c.t.reserveTarget);
        assert(o.toSinking + o.repaid < _afterReserve(c, o));
    }

    /// @dev What gets less than there is, by the rule of the least, comes to its target. Any 64 bits.
    /// @custom:halmos --solver yices
    function check_leftWhenFull(uint64 cash, uint64 target, uint64 had) external pure {
        uint256 missing = PlainMath.saturatingSub(target, had);
        uint256 given = PlainMath.min(cash, missing);
        vm.assume(given < cash);
        assert(had + given >= target);
    }
}
