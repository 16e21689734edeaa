// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISpv, OfferingTerms, Parties} from "../interfaces/ISpv.sol";
import {Period, Waterfall, WaterfallTerms} from "./Waterfall.sol";

/// @title Terms that contradict themselves are refused before anything is sold
/// @dev Guarantee: no payment to holders that these terms lead to overflows its field. That they are those of the term
/// sheet whose hash they name, it can't see.
library TermsCheck {
    /// @dev Reverts with the field that is wrong.
    function check(
        Parties calldata parties,
        OfferingTerms calldata offering,
        WaterfallTerms calldata terms,
        Period[] calldata periods
    ) internal view {
        _require(parties.cash.code.length != 0, "cash");
        _require(parties.originator != address(0), "originator");
        _require(parties.feeRecipient != address(0), "feeRecipient");
        _require(parties.unclaimedTo != address(0), "unclaimedTo");
        _require(parties.valuationAgent != address(0), "valuationAgent");

        _require(terms.size != 0, "size");
        _require(offering.softCap != 0 && offering.softCap <= terms.size, "softCap");
        _require(offering.advanceRate != 0 && offering.advanceRate <= Waterfall.PPM, "advanceRate");
        _require(offering.openDay <= offering.closeDay, "closeDay");
        _require(offering.closeDay <= offering.issueDay, "issueDay");
        _require(terms.cashUnit != 0, "cashUnit");
        _require(terms.basis != 0, "basis");
        _require(terms.feeRate <= Waterfall.PPM, "feeRate");
        // Below 100 %, rent that was paid ahead could leave as residual while principal is not covered.
        _require(terms.ocTrigger >= Waterfall.PPM, "ocTrigger");
        _require(terms.ocDefault <= terms.ocTrigger, "ocDefault");
        _require(terms.arrearsLimit != 0, "arrearsLimit");
        _require(terms.claimDays != 0, "claimDays");
        _require(terms.utcOffset > -1 days && terms.utcOffset < 1 days, "utcOffset");

        _require(periods.length != 0 && periods.length <= 600, "periods");
        uint256 day = offering.issueDay;
        uint256 target;
        uint256 most = terms.size;
        for (uint256 i; i < periods.length; ++i) {
            Period calldata period = periods[i];
            _require(period.recordDay > day && period.recordDay <= period.paymentDay, "recordDay");
            _require(period.target >= target, "target");
            _require(period.face == 0, "face"); // it is added up as receivables are registered
            most += uint256(terms.size) * terms.couponRate * period.accrual / (Waterfall.PPM * terms.basis);
            (day, target) = (period.paymentDay, period.target);
        }
        _require(target == terms.size, "target");
        // Principal and all coupons together stay within the 56 bits of `Distribution`, and so does each payment.
        _require(most <= type(uint56).max, "accrual");
    }

    function _require(bool holds, string memory field) private pure {
        if (!holds) revert ISpv.InvalidTerms(field);
    }
}
