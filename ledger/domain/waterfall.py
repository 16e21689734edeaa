"""The waterfall: what one distribution does with the cash that arrived. A pure function of the accounts.

Names are those of ``docs/rules.md``. The order of the steps is the order of the document, and each figure of a
distribution is kept, so that it can be shown, posted and compared with what the contract emitted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from ledger.domain.money import PPM
from ledger.domain.terms import Principal

__all__ = ["Accounts", "Distributed", "PeriodInputs", "State", "WaterfallRules", "distribute"]


class State(Enum):
    """Life cycle of a series."""

    DRAFT = "Draft"
    OFFERING = "Offering"
    ACTIVE = "Active"
    ACCELERATED = "Accelerated"
    DEFAULTED = "Defaulted"
    MATURED = "Matured"
    REDEEMED = "Redeemed"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class WaterfallRules:
    """What of the terms the waterfall needs. Amounts in minor units, rates in ppm.

    ``units`` were sold, ``total_face`` is the whole pool, ``periods`` is ``n``.
    """

    units: int
    total_face: int
    periods: int
    coupon_rate: int
    basis: int
    fee_rate: int
    fee_cap: int
    reserve_target: int
    oc_trigger: int
    oc_default: int
    arrears_limit: int
    principal: Principal


@dataclass(frozen=True, slots=True)
class PeriodInputs:
    """The distribution to be made: number ``k`` from 1; above ``periods`` it is a recovery.

    ``target`` is already scaled to the units sold. Of a recovery only ``k`` counts.
    """

    k: int
    accrual: int = 0
    target: int = 0
    due_face: int = 0
    prepaid_of: int = 0


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of an SPV, in minor units.

    ``arrears_run`` counts the distributions running that ended with arrears. Epochs have their own accounts.
    """

    principal: int
    collections: int = 0
    trapped: int = 0
    dust: int = 0
    reserve: int = 0
    sinking: int = 0
    fees_payable: int = 0
    residual_payable: int = 0
    arrears: int = 0
    prepaid: int = 0
    arrears_run: int = 0

    @property
    def owed(self) -> int:
        """What the SPV owes out of these accounts; what funded epochs have not paid comes on top."""
        pools = self.collections + self.trapped + self.dust + self.reserve + self.sinking
        return pools + self.fees_payable + self.residual_payable


@dataclass(frozen=True, slots=True)
class Distributed:
    """Every figure of one distribution.

    ``paid + repaid`` goes to holders; ``residual`` to the originator. One of ``residual`` and ``trapped`` is
    zero. ``performing`` and ``assets`` are what the tests saw, before a finished series releases its accounts.
    """

    k: int
    available: int
    fee: int
    turbo: bool
    coupon: int
    due: int
    from_cash: int
    from_reserve: int
    paid: int
    carried_forward: int
    to_reserve: int
    to_sinking: int
    repaid: int
    performing: int
    assets: int
    tests: bool
    done: bool
    residual: int
    trapped: int
    state: State


def distribute(
    rules: WaterfallRules, period: PeriodInputs, accounts: Accounts, state: State
) -> tuple[Accounts, Distributed]:
    """Run the waterfall once: the accounts after it, and every figure of it.

    Guarantees ``after.owed + paid + repaid == before.owed``, and that no account is ever negative. The caller sees to
    it that the distribution is due; ``state`` is Active, Accelerated or Defaulted.
    """
    k, n = period.k, rules.periods
    reserve, sinking, principal = accounts.reserve, accounts.sinking, accounts.principal
    turbo = k == n or state in (State.ACCELERATED, State.DEFAULTED)

    available = accounts.collections + accounts.trapped + accounts.dust
    fee = min(accounts.collections * rules.fee_rate // PPM, rules.fee_cap)
    cash = available - fee
    if turbo:
        cash += reserve + sinking
        reserve = sinking = 0

    coupon = principal * rules.coupon_rate * period.accrual // (PPM * rules.basis) if k <= n else 0
    due = accounts.arrears + coupon
    from_cash = min(due, cash)
    cash -= from_cash
    from_reserve = min(due - from_cash, reserve)
    reserve -= from_reserve
    paid = from_cash + from_reserve
    arrears = due - paid

    reserve_target = 0 if turbo else rules.reserve_target
    to_reserve = min(cash, max(0, reserve_target - reserve))
    cash -= to_reserve
    reserve += to_reserve

    repaid = to_sinking = 0
    if turbo:
        repaid = min(cash, principal)
    elif rules.principal is Principal.PASS_THROUGH:
        repaid = min(cash, max(0, period.target - (rules.units - principal)))
    else:
        to_sinking = min(cash, max(0, period.target - sinking))
    cash -= repaid + to_sinking
    sinking += to_sinking
    principal -= repaid

    prepaid = accounts.prepaid - period.prepaid_of
    performing = rules.total_face - period.due_face - prepaid if k < n else 0
    assets = performing + reserve + sinking
    tests = reserve >= reserve_target and arrears == 0 and assets * PPM >= rules.oc_trigger * principal
    done = principal == 0 and arrears == 0
    if done:
        cash += reserve + sinking
        reserve = sinking = 0
    residual, trapped = (cash, 0) if tests or done else (0, cash)

    arrears_run = accounts.arrears_run + 1 if arrears else 0
    if done:
        state = State.MATURED
    elif k >= n:
        state = State.DEFAULTED
    elif (arrears and arrears_run >= rules.arrears_limit) or (assets + trapped) * PPM < rules.oc_default * principal:
        state = State.ACCELERATED

    after = replace(
        accounts,
        principal=principal,
        collections=0,
        trapped=trapped,
        dust=0,
        reserve=reserve,
        sinking=sinking,
        fees_payable=accounts.fees_payable + fee,
        residual_payable=accounts.residual_payable + residual,
        arrears=arrears,
        prepaid=prepaid,
        arrears_run=arrears_run,
    )
    return after, Distributed(
        k=k,
        available=available,
        fee=fee,
        turbo=turbo,
        coupon=coupon,
        due=due,
        from_cash=from_cash,
        from_reserve=from_reserve,
        paid=paid,
        carried_forward=arrears,
        to_reserve=to_reserve,
        to_sinking=to_sinking,
        repaid=repaid,
        performing=performing,
        assets=assets,
        tests=tests,
        done=done,
        residual=residual,
        trapped=trapped,
        state=state,
    )
