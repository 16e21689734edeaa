"""The generator: a series, its pool, and everything that happens to it, as plain data.

What happens names holders and receipts by numbers that are taken modulo what there is then, and nothing keeps a life
from trying what is not allowed: then both worlds have to refuse it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, pairwise
from typing import TypeAlias

from hypothesis import strategies as st

from ledger.domain.daycount import DayCount, day_number
from ledger.domain.money import PPM, currency
from ledger.domain.schedule import roll_dates
from ledger.domain.terms import Frequency, InvestorClass, Principal, Receivable, Terms, check_terms

__all__ = ["Act", "Life", "Move", "Pay", "Rent", "Subscribe", "Verb", "lives"]

# --- What happens -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Subscribe:
    """A holder orders units."""

    holder: int
    units: int


@dataclass(frozen=True, slots=True)
class Rent:
    """Cash arrives: receivables by id, and amounts."""

    items: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Move:
    """``part`` per cent of a receipt go to another, to a new one, or into pieces. ``kind`` is a verb of the worlds."""

    kind: str
    source: int
    target: int
    part: int


@dataclass(frozen=True, slots=True)
class Pay:
    """Holders are paid. ``how``: "all" they have coming, or for "some" receipts and one epoch.

    ``holders`` is a bit set; ``epoch`` counts back from the last that is funded, -1 being the one after.
    """

    how: str
    holders: int
    epoch: int = 0


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb of the worlds that needs nothing, or one argument."""

    name: str
    argument: int | bool | None = None


Act: TypeAlias = Subscribe | Rent | Move | Pay | Verb


@dataclass(frozen=True, slots=True)
class Life:
    """``acts`` are in the order in which they happen, each on a day number. ``clock`` is the second of each day at
    which its first block is mined."""

    terms: Terms
    pool: tuple[Receivable, ...]
    acts: tuple[tuple[int, Act], ...]
    clock: int = 0

    def __repr__(self) -> str:
        acts = "".join(f"\n    {day}: {act}" for day, act in self.acts)
        pool = "".join(f"\n    {item.id} due {day_number(item.due)}: {item.face}" for item in self.pool)
        return f"Life(clock={self.clock}, {self.terms}\n  pool:{pool}\n  acts:{acts})"


# --- Terms ------------------------------------------------------------------------------------------------------------

# The largest leave room for nine years of a coupon of 100 %: the contracts want all of it within 56 bits.
SIZES = st.one_of(
    st.integers(7, 300), st.integers(1_000, 10**6), st.integers(10**8, 10**12), st.integers(10**14, 6 * 10**15)
)
RATES = st.one_of(st.sampled_from([0, 1, 90_000, 999_999, PPM]), st.integers(0, 300_000), st.integers(0, PPM))


@st.composite
def term_sheets(draw: st.DrawFn, principal: Principal) -> Terms:
    issue = draw(st.dates(date(2000, 1, 1), date(2090, 12, 31)))
    frequency, days = draw(payment_dates(issue))
    shortest = min((later - earlier).days for earlier, later in pairwise((issue, *days)))
    close = issue - timedelta(draw(st.sampled_from([0, 1, 2, 30])))
    size = draw(SIZES)
    targets = draw(principal_targets(len(days)))
    trigger = draw(st.sampled_from([PPM, PPM, PPM + 1, 1_050_000, 1_200_000, 3_000_000]))
    terms = Terms(
        code="LIFE",
        name="Life",
        currency=currency(draw(st.sampled_from(["JPY", "CNY", "KWD"]))),
        size=size,
        soft_cap=draw(st.one_of(st.integers(1, size), st.just(size))),
        target_yield=draw(RATES),
        day_count=draw(st.sampled_from(DayCount)),
        issue_date=issue,
        maturity_date=days[-1],
        frequency=frequency,
        payment_dates=days,
        record_lag_days=draw(st.integers(0, min(shortest - 1, 10))),
        principal=principal,
        principal_targets=targets,
        open_date=close - timedelta(draw(st.integers(0, 20))),
        close_date=close,
        classes=frozenset(InvestorClass),
        jurisdictions=frozenset({"CN"}),
        originator="originator",
        cut_off_date=issue - timedelta(draw(st.integers(0, 20))),
        discount_rate=90_000,
        advance_rate=draw(st.one_of(st.sampled_from([PPM, 700_000]), st.integers(500_000, PPM))),
        fee_rate=draw(st.one_of(st.sampled_from([0, 5_000, 5_000, PPM]), st.integers(0, 200_000))),
        fee_cap=draw(st.one_of(st.integers(0, 50), st.integers(0, size))),
        reserve_target=draw(st.one_of(st.just(0), st.integers(0, size // 20), st.integers(0, size))),
        oc_trigger=trigger,
        oc_default=draw(st.one_of(st.just(0), st.integers(0, trigger))),
        arrears_limit=draw(st.integers(1, 3)),
        grace_days=draw(st.integers(0, 5)),
        claim_days=draw(st.one_of(st.integers(1, 40), st.integers(300, 500))),
        utc_offset=draw(st.sampled_from([480, 0, -720, 345, 840])),
    )
    check_terms(terms)
    return terms


@st.composite
def payment_dates(draw: st.DrawFn, issue: date) -> tuple[Frequency | None, tuple[date, ...]]:
    frequency = draw(st.sampled_from([Frequency.MONTHLY, Frequency.QUARTERLY, None]))
    count = draw(st.integers(1, 7))
    if frequency is None:
        spans = draw(st.lists(st.one_of(st.integers(1, 40), st.integers(1, 400)), min_size=count, max_size=count))
        return None, tuple(issue + timedelta(sum(spans[: number + 1])) for number in range(count))
    stub = draw(st.integers(1, 45))
    maturity = issue + timedelta(30 * frequency.months * (count - 1) + stub)
    return frequency, roll_dates(issue, maturity, frequency)


def principal_targets(count: int) -> st.SearchStrategy[tuple[int, ...]]:
    """Equal steps, or odd ones that may stand still."""
    odd = st.lists(st.integers(0, PPM), min_size=count - 1, max_size=count - 1)
    return st.one_of(st.just(()), odd.map(lambda steps: (*sorted(steps), PPM)))


# --- Pool, and the rent that it brings --------------------------------------------------------------------------------


@st.composite
def pools(draw: st.DrawFn, terms: Terms) -> tuple[Receivable, ...]:
    """One to twelve receivables of odd sizes: far too little, hardly enough, or plenty."""
    first, maturity = day_number(terms.cut_off_date) + 1, day_number(terms.maturity_date)
    ends = [day_number(day) for day in terms.payment_dates]
    anywhere = st.integers(first, maturity)
    due = draw(st.lists(st.one_of(st.sampled_from(ends), anywhere), min_size=1, max_size=12))
    parts = draw(st.lists(st.integers(1, 60), min_size=len(due), max_size=len(due)))
    whole = terms.size * draw(st.sampled_from([110, 140, 250, 20, 100])) // 100
    faces = [max(1, whole * part // sum(parts) - number) for number, part in enumerate(parts)]
    return tuple(
        Receivable(f"R{number}", "lessee", 1, date.fromordinal(day + date(1970, 1, 1).toordinal()), face)
        for number, (day, face) in enumerate(zip(due, faces, strict=True))
    )


ON_TIME = ((0, 100),)
# Days after the due date, and per cent of the face: in time, late, ahead, short, in pieces, too much, never.
PAYMENTS = (
    ON_TIME,
    ((5, 100),),
    ((60, 100),),
    ((-45, 100),),
    ((-9_999, 100),),
    ((0, 97),),
    ((-400, 30), (0, 30), (3, 39)),
    ((-200, 60), (-100, 60), (0, 60)),
    ((0, 100), (1, 33)),
    ((9_999, 100),),
    (),
)


@st.composite
def rents(draw: st.DrawFn, terms: Terms, pool: tuple[Receivable, ...], begin: int, end: int) -> list[tuple[int, Act]]:
    """What arrives for each receivable between two days; what comes on one day is booked at once."""
    troubled = draw(st.booleans())
    by_day: dict[int, list[tuple[str, int]]] = {}
    for item in pool:
        for delay, part in draw(st.sampled_from(PAYMENTS)) if troubled else ON_TIME:
            day = min(max(day_number(item.due) + delay, begin), end)
            if item.face * part >= 100:
                by_day.setdefault(day, []).append((item.id, item.face * part // 100))
    if draw(st.integers(0, 3)) == 3:  # somebody pays for everything in the end
        by_day.setdefault(end, []).append((pool[0].id, 3 * terms.size))
    return [(day, Rent(tuple(items))) for day, items in by_day.items()]


# --- Lives ------------------------------------------------------------------------------------------------------------

EVERYBODY = 0b1111111
MOVES = ("move_to_new", "move_to_new", "move_units", "move_whole", "split", "merge")


@st.composite
def lives(draw: st.DrawFn, principal: Principal) -> Life:
    """A whole life, from the first order to the last payment."""
    terms = draw(term_sheets(principal))
    pool = draw(pools(terms))
    begin, end = day_number(terms.issue_date), day_number(terms.maturity_date)
    late = draw(st.sampled_from([0, 0, 0, 1, 7, 70]))  # days by which everything of the servicer's is late
    after = end + late + draw(st.integers(1, 90))
    last = after + terms.claim_days + 1
    acts = draw(offerings(terms))
    acts += draw(rents(terms, pool, max(begin, day_number(terms.close_date) + 1), after))
    for day in terms.payment_dates:
        acts += draw(payment_days(terms, day_number(day), late))
    acts += draw(recoveries(after))
    acts += draw(disturbances(terms, pool, begin, last))
    acts += draw(endings(last))
    acts.sort(key=lambda entry: entry[0])
    return Life(terms, pool, tuple(acts), draw(st.sampled_from([0, 0, 43_200, 85_000])))


@st.composite
def offerings(draw: st.DrawFn, terms: Terms) -> list[tuple[int, Act]]:
    """Sold in full, above the soft cap, or below; by up to eight orders of up to six holders."""
    opened, closed = day_number(terms.open_date), day_number(terms.close_date)
    sold = draw(
        st.one_of(st.just(terms.size), st.just(terms.size), st.integers(terms.soft_cap, terms.size))
        if draw(st.integers(0, 9))
        else st.integers(0, terms.soft_cap - 1)
    )
    people = draw(st.integers(1, 6))
    cuts = sorted({sold * part // 1_000 for part in draw(st.lists(st.integers(1, 999), max_size=7))} - {0, sold})
    days = st.integers(opened, closed)
    acts: list[tuple[int, Act]] = [
        (draw(days), Subscribe(draw(st.integers(0, people - 1)), later - earlier))
        for earlier, later in pairwise(sorted({0, *cuts, sold}))
    ]
    begin = max(day_number(terms.issue_date), closed + (sold < terms.size))
    acts.append((begin, Verb("activate")))
    # Only a sale that did not come off is called a failure, and paid back.
    first_record = day_number(terms.payment_dates[0]) - terms.record_lag_days
    for day in (closed + 1, first_record):
        acts += [(day, Verb("fail")), (day, Verb("refund", draw(st.integers(0, EVERYBODY))))]
    acts.append((first_record, Verb("refund", EVERYBODY)))
    return acts


@st.composite
def payment_days(draw: st.DrawFn, terms: Terms, day: int, late: int) -> list[tuple[int, Act]]:
    """A record, a distribution, payments to some or all, and receipts that move before, between and after."""
    record = day - terms.record_lag_days + late
    acts: list[tuple[int, Act]] = [(record - draw(st.integers(-1, 2)), draw(moves())) for _ in range(draw(FEW))]
    if draw(st.integers(0, 7)) == 7:
        acts += [(record - late - 1, Verb("fix_record", True)), (day - 1, Verb("fund", True))]
    servicer = draw(st.integers(0, 5)) > 0
    funded = day + late if servicer else day + late + terms.grace_days
    acts.append((record, Verb("fix_record", servicer)))
    acts += [(draw(st.integers(record, funded)), draw(moves())) for _ in range(draw(FEW))]
    acts.append((funded, Verb("fund", servicer)))
    acts += [(funded, draw(payments())) for _ in range(draw(st.integers(0, 2)))]
    acts += [(funded + draw(st.integers(0, 3)), draw(moves())) for _ in range(draw(FEW))]
    acts += [(funded + draw(st.integers(0, 30)), draw(payments())) for _ in range(draw(FEW))]
    if draw(st.booleans()):
        acts += [(funded, Verb("pay_fees")), (funded, Verb("pay_residual"))]
    return acts


FEW = st.sampled_from([0, 0, 0, 1, 1, 2])


def moves() -> st.SearchStrategy[Move]:
    part = st.one_of(st.sampled_from([0, 100, 100]), st.integers(1, 99), st.just(101))
    return st.builds(Move, st.sampled_from(MOVES), st.integers(0, 63), st.integers(0, 63), part)


def payments() -> st.SearchStrategy[Pay]:
    some = st.builds(Pay, st.just("some"), st.integers(1, EVERYBODY), st.integers(-1, 3))
    return st.one_of(st.just(Pay("all", EVERYBODY)), st.builds(Pay, st.just("all"), st.integers(1, EVERYBODY)), some)


@st.composite
def recoveries(draw: st.DrawFn, day: int) -> list[tuple[int, Act]]:
    """Distributions at any time after maturity: of a series in default they recover something."""
    acts: list[tuple[int, Act]] = []
    for later in accumulate(draw(st.lists(st.integers(0, 9), max_size=3))):
        acts += [(day + later, Verb("fix_record", True)), (day + later, Verb("fund", True))]
        acts += [(day + later, draw(payments())) for _ in range(draw(st.integers(0, 2)))]
    return acts


@st.composite
def disturbances(
    draw: st.DrawFn, terms: Terms, pool: tuple[Receivable, ...], begin: int, end: int
) -> list[tuple[int, Act]]:
    """Things out of turn, by anybody, on any day; most of them are refused."""
    plain = st.sampled_from(["activate", "fail", "sweep", "pay_fees", "pay_residual", "pay_residual"])
    by_whom = st.builds(Verb, st.sampled_from(["fix_record", "fund"]), st.booleans())
    epochs = st.builds(Verb, st.just("close"), st.integers(0, 9))
    rent = st.builds(
        lambda item, amount, unknown: Rent(((item.id, amount), ("nobody's", 1)) if unknown else ((item.id, amount),)),
        st.sampled_from(pool),
        st.integers(0, terms.size),
        st.booleans(),
    )
    order = st.builds(Subscribe, st.integers(0, 5), st.integers(0, 2 * terms.size))
    anything = st.one_of(
        st.builds(Verb, plain), by_whom, epochs, rent, order, moves(), payments(),
        st.builds(Verb, st.just("refund"), st.integers(0, EVERYBODY)),
    )  # fmt: skip
    if draw(st.integers(0, 39)) == 39:
        anything = st.just(Verb("cancel"))
    days = st.one_of(st.integers(begin - 40, end), st.integers(begin, begin + 40))
    return draw(st.lists(st.tuples(days, anything), max_size=6))


@st.composite
def endings(draw: st.DrawFn, day: int) -> list[tuple[int, Act]]:
    """Late claims, the end of claims, and what is left for the originator."""
    claims: list[Act] = [draw(payments()) for _ in range(draw(FEW))]
    if draw(st.booleans()):
        claims.append(Pay("all", EVERYBODY))
    closing: list[Act] = [Verb("close", number) for number in range(12)] if draw(st.booleans()) else []
    acts = [*closing, *claims] if draw(st.booleans()) else [*claims, *closing]
    last: list[Act] = [Verb("sweep"), Verb("pay_fees"), Verb("pay_residual")]
    return [(day, act) for act in (*acts, *last)]
