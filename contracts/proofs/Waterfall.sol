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

    /// @dev The choices that these proofs run with are OpenZeppelin's. Any two numbers.
    /// @custom:halmos --solver yices
    function check_plainMath(uint256 x, uint256 y) external pure {
        assert(PlainMath.isMin(x, y, Math.min(x, y)));
        assert(PlainMath.isLeft(x, y, Math.saturatingSub(x, y)));
        assert(PlainMath.min(x, y) == Math.min(x, y));
        assert(PlainMath.saturatingSub(x, y) == Math.saturatingSub(x, y));
    }

    /// @dev Each part that is given out is within what was held, and with what is kept they are all of it, to the last
    /// minor unit.
    function check_conserves(Case calldata c) external pure {
        (Accounts memory b, Outcome memory o) = _run(c);
        uint256 held = _held(c.a);
        assert(o.fee <= held && o.residual <= held && o.paid <= held && o.repaid <= held);
        unchecked {
            assert(b.feesPayable == c.a.feesPayable + o.fee);
            assert(b.residualPayable == c.a.residualPayable + o.residual);
            assert(held == _held(b) + o.fee + o.residual + o.paid + o.repaid);
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

    /// @dev Holders are paid no more than is due and repaid no more than is outstanding; the rest stays owed to them.
    function check_owesTheRest(Case calldata c) external pure {
        (Accounts memory b, Outcome memory o) = _run(c);
        assert(o.coupon <= o.due && o.paid <= o.due && o.repaid <= c.a.principal);
        unchecked {
            assert(o.due == c.a.arrears + o.coupon);
            assert(b.arrears == o.due - o.paid);
            assert(b.principal == c.a.principal - o.repaid);
        }
        assert(c.p.face <= c.a.undue && b.undue == c.a.undue - c.p.face);
    }

    /// @dev The reserve is filled up to its target and no further, and pays no more than it has; in the last period,
    /// after acceleration, or when all is paid, nothing is left in it.
    function check_reserveToTarget(Case calldata c) external pure {
        (Accounts memory b, Outcome memory o) = _run(c);
        assert(o.fromReserve <= c.a.reserve);
        unchecked {
            uint256 reserve = c.a.reserve - o.fromReserve + o.toReserve;
            assert(o.toReserve == 0 || (!c.turbo && o.toReserve <= c.t.reserveTarget && reserve <= c.t.reserveTarget));
            assert(b.reserve == (c.turbo || o.done ? 0 : reserve));
        }
    }

    /// @dev Bullet: principal is set aside up to the target in proportion to the units sold, and no further; in the last
    /// period, after acceleration, or when all is paid, nothing is left aside. Nothing is repaid before.
    function check_setsAsideToTarget(Case calldata c) external pure {
        vm.assume(c.t.bullet);
        (Accounts memory b, Outcome memory o) = _run(c);
        unchecked {
            uint256 target = c.units * uint256(c.p.target) / c.t.size;
            uint256 sinking = c.a.sinking + o.toSinking;
            assert(o.toSinking == 0 || (!c.turbo && sinking <= target));
            assert(b.sinking == (c.turbo || o.done ? 0 : sinking));
            assert(c.turbo || o.repaid == 0);
        }
    }

    /// @dev Pass-through: what was repaid, and what is now, come to the target and no further; nothing is set aside.
    function check_repaysToTarget(Case calldata c) external pure {
        vm.assume(!c.t.bullet);
        (Accounts memory b, Outcome memory o) = _run(c);
        unchecked {
            uint256 target = c.units * uint256(c.p.target) / c.t.size;
            assert(o.toSinking == 0);
            assert(b.sinking == (c.turbo || o.done ? 0 : c.a.sinking));
            uint256 before = c.units - c.a.principal;
            assert(c.turbo || o.repaid == 0 || (before <= target && o.repaid <= target - before));
        }
    }

    /// @dev The originator gets something only if all is repaid, or nothing is in arrears, the reserve is full, and the
    /// assets are at least the trigger's part of the principal; else all that is left is kept back. All is repaid if
    /// and only if no principal and no arrears are left.
    function check_originatorComesLast(Case calldata c) external pure {
        (Accounts memory b, Outcome memory o) = _run(c);
        assert(o.done == (b.principal == 0 && b.arrears == 0));
        assert(o.residual == 0 || o.trapped == 0);
        if (o.residual == 0 || o.done) return;
        assert(o.passed && b.arrears == 0);
        assert(c.turbo || b.reserve >= c.t.reserveTarget);
        unchecked {
            assert(o.assets == uint256(b.undue) + b.reserve + b.sinking);
        }
        assert(Waterfall.covers(o.assets, c.t.ocTrigger, b.principal));
    }
}
