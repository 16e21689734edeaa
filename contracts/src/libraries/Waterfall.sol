// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @notice The money of an SPV beyond what is set aside for funded epochs, in minor units.
/// @dev Three storage words, four fields of 64 bits each from the lowest bit in this order, two in the third.
/// `SpvBooks._loadAccounts` and `_storeAccounts` have the same layout.
struct Accounts {
    uint64 collections; // since the last distribution
    uint64 trapped; //     kept back from the originator
    uint64 reserve;
    uint64 sinking; //     set aside for principal
    uint64 principal; //   outstanding to holders
    uint64 arrears; //     coupon carried forward
    uint64 feesPayable;
    uint64 residualPayable;
    uint64 dust; //        left by rounding; joins the next distribution
    // Face of receivables neither due by the last payment date nor paid ahead: `totalFace - dueFace - prepaid` of
    // `docs/rules.md`, kept up to date by what comes off it, instead of added up.
    uint64 undue;
}

/// @notice One period of a series. In storage it is a `Distribution` that is not funded.
struct Period {
    uint32 recordDay;
    uint32 paymentDay;
    uint32 accrual; // numerator of the year fraction; the denominator is the series' `basis`
    uint64 target; //  principal to be set aside (bullet) or repaid (pass-through) by now, cumulative, of `size`
    uint64 face; //    receivables that fall due in the period, less what was paid ahead
}

/// @notice The part of the terms that the waterfall works with. Rates are in parts per million. Fixed at creation.
struct WaterfallTerms {
    uint32 couponRate; // per year
    uint32 basis; //      denominator of year fractions
    uint32 feeRate; //    of collections
    uint32 ocTrigger; //  assets to principal below which nothing goes to the originator
    uint32 ocDefault; //  assets to principal below which the series accelerates
    int32 utcOffset; //   seconds that the series' days are ahead of UTC's
    uint16 claimDays; //  after funding, unclaimed money expires
    uint16 graceDays; //  after the payment day, anyone may fund
    uint8 arrearsLimit; // distributions running with arrears that accelerate the series
    bool bullet; //       principal at the end, out of a sinking account; else passed through
    uint64 feeCap; //     per distribution
    uint64 reserveTarget;
    uint64 size;
    uint64 cashUnit; //   units of the cash token in one minor unit
}

/// @notice Everything that one distribution did, in minor units.
struct Outcome {
    uint256 available;
    uint256 fee;
    uint256 coupon;
    uint256 due;
    uint256 paid;
    uint256 fromReserve;
    uint256 toReserve;
    uint256 toSinking;
    uint256 repaid;
    uint256 residual;
    uint256 trapped;
    uint256 assets;
    bool passed;
    bool done;
}

/// @title The waterfall: fees, coupon with arrears first, reserve, principal, residual
/// @notice The rules are in `docs/rules.md`, and in Python in `ledger/domain/waterfall.py`.
/// @dev Pure. Guarantee: `available` and what is taken from reserve and sinking equals what is given out and what is
/// kept; nothing is made and nothing is lost. Trusts its caller for terms that `TermsCheck` let through.
library Waterfall {
    using SafeCast for uint256;

    uint256 internal constant PPM = 1_000_000;

    /// @param a Changed in place.
    /// @param units Units sold. @param turbo Last period, accelerated or defaulted: all goes to coupon and principal.
    function run(Accounts memory a, WaterfallTerms memory t, Period memory p, uint256 units, bool turbo)
        internal
        pure
        returns (Outcome memory o)
    {
        uint256 cash = uint256(a.collections) + a.trapped + a.dust;
        o.available = cash;
        o.fee = Math.min(a.collections * uint256(t.feeRate) / PPM, t.feeCap);
        cash -= o.fee;
        a.feesPayable = (a.feesPayable + o.fee).toUint64();
        (a.collections, a.trapped, a.dust) = (0, 0, 0);
        if (turbo) {
            cash += uint256(a.reserve) + a.sinking;
            (a.reserve, a.sinking) = (0, 0);
        }

        o.coupon = uint256(a.principal) * t.couponRate * p.accrual / (PPM * t.basis);
        o.due = a.arrears + o.coupon;
        uint256 fromCash = Math.min(o.due, cash);
        o.fromReserve = Math.min(o.due - fromCash, a.reserve);
        o.paid = fromCash + o.fromReserve;
        a.arrears = (o.due - o.paid).toUint64();
        cash -= fromCash;

        uint256 reserve = a.reserve - o.fromReserve;
        uint256 reserveTarget = turbo ? 0 : t.reserveTarget;
        o.toReserve = Math.min(cash, Math.saturatingSub(reserveTarget, reserve));
        cash -= o.toReserve;
        reserve += o.toReserve;

        uint256 target = uint256(p.target) * units / t.size;
        if (turbo) {
            o.repaid = Math.min(cash, a.principal);
        } else if (t.bullet) {
            o.toSinking = Math.min(cash, Math.saturatingSub(target, a.sinking));
            a.sinking = (a.sinking + o.toSinking).toUint64();
        } else {
            o.repaid = Math.min(cash, Math.min(a.principal, Math.saturatingSub(target, units - a.principal)));
        }
        cash -= o.toSinking + o.repaid;
        a.principal -= uint64(o.repaid);

        a.undue -= p.face;
        o.assets = uint256(a.undue) + reserve + a.sinking;
        o.passed = reserve >= reserveTarget && a.arrears == 0 && covers(o.assets, t.ocTrigger, a.principal);
        o.done = a.principal == 0 && a.arrears == 0;
        if (o.done) {
            cash += reserve + a.sinking;
            (reserve, a.sinking) = (0, 0);
        }
        a.reserve = reserve.toUint64();
        if (o.passed || o.done) {
            o.residual = cash;
            a.residualPayable = (a.residualPayable + cash).toUint64();
        } else {
            o.trapped = cash;
            a.trapped = cash.toUint64();
        }
    }

    /// @notice Whether assets are at least `ratio` (ppm) of the principal.
    function covers(uint256 assets, uint256 ratio, uint256 principal) internal pure returns (bool) {
        return assets * PPM >= ratio * principal;
    }
}
