"""A life, played day by day in both worlds."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ledger.domain.money import PPM

from .compare import REFUSED, Both
from .lives import Act, Life, Move, Pay, Rent, Subscribe, Verb
from .stage import HOLDERS, Stage

__all__ = ["play"]


def play(stage: Stage, life: Life, *, days: Iterable[int] = (), at_night: Callable[[Both], None] | None = None) -> Both:
    """The life, from the offering on, with every figure compared; returns both worlds at its end.

    ``at_night`` is called at the end of each of ``days``.
    """
    both = Both(stage, life.terms, life.pool, life.clock)
    # The valuation that is just enough, after one that is a minor unit short of it.
    needed = -(-life.terms.size * PPM // life.terms.advance_rate)
    assert both.do("offer", needed - 1) is REFUSED
    both.do("offer", needed)
    by_day: dict[int, list[Act]] = {day: [] for day in days}
    for day, act in life.acts:
        by_day.setdefault(day, []).append(act)
    for day in sorted(by_day):
        both.go_to(day)
        for act in by_day[day]:
            _perform(both, act)
        if at_night is not None:
            at_night(both)
    both.finish()
    return both


def _perform(both: Both, act: Act) -> None:
    match act:
        case Subscribe(holder, units):
            both.do("subscribe", HOLDERS[holder], units)
        case Rent(items):
            both.do("collect", items)
        case Move():
            _move(both, act)
        case Pay():
            _pay(both, act)
        case Verb("refund", holders):
            receipts = [number for name in _chosen(holders) for number in both.reference.book.of(name)]
            if receipts:
                both.do("refund", receipts)
        case Verb(name, None):
            both.do(name)
        case Verb(name, argument):
            both.do(name, argument)


def _move(both: Both, move: Move) -> None:
    book = both.reference.book
    if not book.receipts:
        return
    numbers = sorted(book.receipts)
    source, target = numbers[move.source % len(numbers)], numbers[move.target % len(numbers)]
    holder, units = HOLDERS[move.target % len(HOLDERS)], -(-book.receipts[source].units * move.part // 100)
    match move.kind:
        case "move_units":
            both.do("move_units", source, target, units)
        case "move_to_new":
            both.do("move_to_new", source, holder, units)
        case "move_whole":
            both.do("move_whole", source, holder)
        case "split":
            both.do("split", source, [units // 3, units - units // 3])
        case "merge":
            own = book.of(book.receipts[source].holder)
            both.do("merge", own[1:] if move.part else own, own[0])


def _pay(both: Both, act: Pay) -> None:
    book, epochs, names = both.reference.book, both.reference.model.epochs, _chosen(act.holders)
    funded = [epoch.number for epoch in epochs if epoch.funded_day is not None]
    if act.how == "all":
        # A receipt is counted for one epoch after the other, so the oldest is paid first.
        for epoch in funded:
            if receipts := book.due(epoch, names):
                both.do("pay", epoch, receipts)
        return
    epoch = max(0, len(funded) - 1 - act.epoch)
    # Bits of ``holders`` choose receipts here, also such as are gone, and the order is not that of their owners.
    newest_first = sorted({*book.receipts, *(number for _, number in book.kept)}, reverse=True)
    both.do("pay", epoch, [number for number in newest_first if act.holders >> number % 7 & 1])


def _chosen(holders: int | bool | None) -> list[str]:
    return [name for place, name in enumerate(HOLDERS) if int(holders or 0) >> place & 1]
