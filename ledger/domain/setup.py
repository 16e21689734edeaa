"""What an SPV is made with: the terms and the pool as the integers that the contracts hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ledger.domain.daycount import day_number
from ledger.domain.schedule import Period, build_schedule
from ledger.domain.terms import Principal, Receivable, Terms
from ledger.domain.waterfall import WaterfallRules

__all__ = ["SpvSetup"]


@dataclass(frozen=True, slots=True)
class SpvSetup:
    """What an SPV is made with: days as day numbers, amounts in minor units, rates in ppm.

    ``receivables`` maps a key to (face, due day). ``targets`` in ``periods`` are those of the full ``size``.
    """

    size: int
    soft_cap: int
    open_day: int
    close_day: int
    issue_day: int
    periods: tuple[Period, ...]
    receivables: Mapping[str, tuple[int, int]]
    coupon_rate: int
    basis: int
    fee_rate: int
    fee_cap: int
    reserve_target: int
    oc_trigger: int
    oc_default: int
    arrears_limit: int
    grace_days: int
    claim_days: int
    principal: Principal

    @classmethod
    def of(cls, terms: Terms, receivables: Iterable[Receivable]) -> SpvSetup:
        """The setup of a checked term sheet over its pool; keys are the receivables' ids."""
        pool = tuple(receivables)
        return cls(
            size=terms.size,
            soft_cap=terms.soft_cap,
            open_day=day_number(terms.open_date),
            close_day=day_number(terms.close_date),
            issue_day=day_number(terms.issue_date),
            periods=build_schedule(terms, pool),
            receivables={item.id: (item.face, day_number(item.due)) for item in pool},
            coupon_rate=terms.target_yield,
            basis=terms.day_count.basis,
            fee_rate=terms.fee_rate,
            fee_cap=terms.fee_cap,
            reserve_target=terms.reserve_target,
            oc_trigger=terms.oc_trigger,
            oc_default=terms.oc_default,
            arrears_limit=terms.arrears_limit,
            grace_days=terms.grace_days,
            claim_days=terms.claim_days,
            principal=terms.principal,
        )

    def rules(self, units: int) -> WaterfallRules:
        """The waterfall's rules once ``units`` are sold."""
        return WaterfallRules(
            units=units,
            total_face=sum(face for face, _ in self.receivables.values()),
            periods=len(self.periods),
            coupon_rate=self.coupon_rate,
            basis=self.basis,
            fee_rate=self.fee_rate,
            fee_cap=self.fee_cap,
            reserve_target=self.reserve_target,
            oc_trigger=self.oc_trigger,
            oc_default=self.oc_default,
            arrears_limit=self.arrears_limit,
            principal=self.principal,
        )
