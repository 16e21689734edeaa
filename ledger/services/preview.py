"""What a service would do, shown before anything is done: the events, and whose balances change by how much."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Generic, Literal, TypeVar

from ledger.chain.artifacts import Contract
from ledger.chain.bindings import Bound
from ledger.chain.node import Log
from ledger.chain.primitives import ZERO_ADDRESS, checksum
from ledger.engine.books import CASH
from ledger.engine.foreseen import Foreseen, ForeseenEvent
from ledger.engine.rehearsing import Rehearsal, Scene
from ledger.services.ledger import Ledger
from ledger.services.series import Series
from ledger.store import index_money

__all__ = ["Asset", "Change", "ForeseenEvent", "Preview", "Scene", "preview"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, order=True)
class Asset:
    """What is counted. ``decimals`` are those of amounts: 2 where 100 is one.

    ``id`` and ``code`` are address and symbol of a cash token; slot and code of a series; number and nothing of a
    voucher programme. ``money`` is what an SPV's books are in. ``currency`` is there for a series and its books.
    """

    kind: Literal["cash", "units", "vouchers", "money"]
    id: str
    code: str
    currency: str
    decimals: int


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """By how much a balance would be more (or less) than before, in the smallest part of the asset.

    Without ``account`` it is what ``holder`` has on chain. Otherwise it is of that account in the journal, where
    ``holder`` is the contract whose books they are: ``cash`` is what is there, the others say what it is there for, and
    change by as much in all.
    """

    holder: str
    account: str
    asset: Asset
    amount: int


@dataclass(frozen=True, slots=True)
class Preview(Generic[T]):
    """``result`` is what the service returned; ``scenes`` are its operations, ``events`` what the feed would tell.

    ``changes`` are those of balances, by holder; ``gas`` is what all that would be done uses.
    """

    result: T
    scenes: list[Scene]
    events: list[ForeseenEvent]
    changes: list[Change]
    gas: int


def preview(ledger: Ledger, service: Callable[[Ledger], T], others: Collection[str] = ()) -> Preview[T]:
    """What ``service`` would do if it were called with ``ledger`` now: it is called with one in which nothing is done,
    and in which ``others`` may act too, accounts whose keys are elsewhere.

    Chain and journal are as they were afterwards; the index is brought up to the newest block, as by any reading.
    Raises what the service raises: a contract's refusal is the same as if it were done.
    """
    ahead = ledger.rehearsing(others)
    rehearsal = ahead.sender
    assert isinstance(rehearsal, Rehearsal)
    result = service(ahead)
    with rehearsal.foresee(ahead.index, ahead.sync()) as foreseen:
        scenes = rehearsal.scenes
        changes = sorted(_changes(ahead, foreseen, [log for scene in scenes for log in scene.logs]))
    return Preview(result, scenes, foreseen.events, changes, sum(one.gas for one in scenes if one.error is None))


def _changes(ledger: Ledger, foreseen: Foreseen, logs: Iterable[Log]) -> Iterator[Change]:
    series = cache(lambda slot: Series.load(ledger, slot))
    token = cache(lambda address: _token(ledger, address))
    slots = {spv.address: spv.slot for spv in index_money.spvs(foreseen.connection)}

    for (holder, address), amount in _cash(logs).items():
        yield Change(holder, "", token(address), amount)
    for (holder, slot), amount in foreseen.units.items():
        yield Change(holder, "", _units(series(slot)), amount)
    for (holder, programme), amount in foreseen.vouchers.items():
        yield Change(holder, "", Asset("vouchers", str(programme), "", "", 0), amount)
    for account, amount in foreseen.books.items():
        asset = _money(series(slots[account.owner])) if account.owner in slots else token(account.unit)
        yield Change(account.owner, account.name, asset, -amount if account.name == CASH else amount)


def _cash(logs: Iterable[Log]) -> dict[tuple[str, str], int]:
    """By holder and token, from the transfers of all ERC-20 tokens."""
    transfer = Contract("SettlementCash").event("Transfer")
    found: dict[tuple[str, str], int] = defaultdict(int)
    for log in logs:
        # ERC-721 has an event of this name too, with one topic more.
        if len(log.topics) == 3 and log.topics[0] == transfer.topic:
            giver, taker = (checksum(topic[12:]) for topic in log.topics[1:])
            amount = int.from_bytes(log.data, "big")
            found[giver, log.address] -= amount
            found[taker, log.address] += amount
    return {key: amount for key, amount in found.items() if amount and key[0] != ZERO_ADDRESS}


def _token(ledger: Ledger, address: str) -> Asset:
    contract = Bound(Contract("SettlementCash"), address)
    code, decimals = (contract.view(ledger.node, key) for key in ("symbol", "decimals"))
    return Asset("cash", contract.address, code, "", decimals)


def _units(series: Series) -> Asset:
    return Asset("units", str(series.slot), series.code, series.currency.code, series.currency.exponent)


def _money(series: Series) -> Asset:
    return Asset("money", series.currency.code, series.code, series.currency.code, series.currency.exponent)
