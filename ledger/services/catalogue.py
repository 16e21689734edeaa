"""What never changes of a series and is not in the index: asked of the chain once, and kept in the database then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

from ledger.chain.node import BlockRef, CallRequest, Node
from ledger.domain.money import Currency
from ledger.domain.tokens import Money
from ledger.errors import ChainError, StoreError
from ledger.services.ledger import Ledger
from ledger.services.series import Series
from ledger.services.tokens import money_of
from ledger.store import facts
from ledger.store.index_money import Spv

__all__ = ["Catalogue", "Facts"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Facts:
    """What never changes of a series. ``cash_unit``: units of the cash token in one minor unit of the currency.

    ``parties``, ``offering`` and ``rules`` are the contract's own terms: amounts in minor units, rates in ppm, days as
    numbers from 1970. ``periods``: record and payment day of each, as far as the node still knows them.
    """

    name: str
    currency: Currency
    cash: str
    cash_unit: int
    utc_offset: int
    parties: Any
    offering: Any
    rules: Any
    periods: tuple[tuple[int, int], ...]


class Catalogue:
    """The facts of all series of a ledger. Safe for threads."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._known: dict[str, Facts] = {}
        self._moneys: dict[str, Money] = {}

    def of(self, spv: Spv) -> Facts:
        """Those of a series that the index knows. Raises what the node raises, if they have to be asked for."""
        known = self._known.get(spv.address)
        if known is None:
            known = self._known[spv.address] = self._asked(
                spv.address, spv.at[0], lambda ledger: _facts_of(ledger, spv)
            )
        return known

    def money(self, token: str) -> Money:
        """How amounts of a cash token are written; see :func:`~ledger.services.tokens.money_of`."""
        known = self._moneys.get(token)
        if known is None:
            if token == self._ledger.deployment.cash:  # as old as the ledger
                known = self._asked(token, None, lambda ledger: money_of(ledger, token))
            else:
                known = money_of(self._ledger, token)
            self._moneys[token] = known
        return known

    def _asked(self, contract: str, since: int | None, ask: Callable[[Ledger], T]) -> T:
        """What ``ask`` makes of a contract's answers, which are kept if they are all there: of a contract that is there
        since a block, the first one of the index by default."""
        database = self._ledger.database
        with database.read() as connection:
            block = facts.block_hash(connection, since)
            answers = {} if block is None else facts.known(connection, contract, block)
        told = _Told(self._ledger.node, answers)
        found = ask(replace(self._ledger, node=cast(Node, told)))
        if block is not None and told.is_new and told.is_whole:
            with suppress(StoreError), database.write() as connection:  # another time, then
                facts.keep(connection, contract, block, told.answers)
        return found


class _Told:
    """Calls of a node, each made once: those parts of :class:`~ledger.chain.node.Node` that views of contracts take."""

    def __init__(self, node: Node, answers: dict[str, bytes]) -> None:
        self._node, self.answers = node, answers
        self.is_new, self.is_whole = not answers, True

    def call(self, tx: CallRequest, block: BlockRef = "latest") -> bytes:
        (answer,) = self.call_many([tx], block)
        if isinstance(answer, ChainError):
            raise answer
        return answer

    def call_many(self, txs: Sequence[CallRequest], block: BlockRef = "latest") -> list[bytes | ChainError]:
        names = [f"{tx.to} {tx.data.hex()}" for tx in txs]
        missing = [(name, tx) for name, tx in zip(names, txs, strict=True) if name not in self.answers]
        failed: dict[str, ChainError] = {}
        if missing:
            asked = self._node.call_many([tx for _, tx in missing], block)
            for (name, _), answer in zip(missing, asked, strict=True):
                if isinstance(answer, ChainError):
                    failed[name], self.is_whole = answer, False
                else:
                    self.answers[name] = answer
        return [failed[name] if name in failed else self.answers[name] for name in names]

    def code(self, address: str) -> bytes:
        return self._node.code(address)


def _facts_of(ledger: Ledger, spv: Spv) -> Facts:
    series = Series.load(ledger, spv.slot)
    parties, offering, rules = series.view("terms")
    name = ledger.receipts.view(ledger.node, "labelOf", spv.slot).name
    unit, offset = series.cash_unit, series.utc_offset
    periods = _periods(series, spv.at[0])
    return Facts(name, series.currency, parties.cash, unit, offset, parties, offering, rules, periods)


def _periods(series: Series, made: int) -> tuple[tuple[int, int], ...]:
    """The contract forgets a period when it is funded. A node without old states knows those that are left."""
    numbers = [(number,) for number in range(series.view("status").periods)]
    node = series.ledger.node
    try:
        found = series.spv.view_many(node, "periodAt", numbers, made)
    except ChainError:
        found = series.spv.view_many(node, "periodAt", numbers)
    return tuple((one.recordDay, one.paymentDay) for one in found if one.paymentDay)
