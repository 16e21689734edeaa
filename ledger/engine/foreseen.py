"""What events would change that have not happened: told before it is written on trial."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from ledger.chain.abi import as_json
from ledger.chain.artifacts import Contract
from ledger.chain.node import Log
from ledger.engine.books import Books
from ledger.store import index_tables, index_writing
from ledger.store.index_writing import Chunk
from ledger.store.journal import Account

__all__ = ["Foreseen", "ForeseenEvent", "foreseen_of"]


@dataclass(frozen=True, slots=True)
class ForeseenEvent:
    """An event that the feed would tell of (:class:`~ledger.engine.outbox.Event`), without its place."""

    contract: str
    kind: str
    name: str
    args: dict[str, Any]

    @property
    def type(self) -> str:
        """As the event's that would be told."""
        return f"{self.kind}.{self.name}.added"

    def document(self) -> dict[str, Any]:
        """As JSON: what of the event's own is known."""
        data = {"contract": self.contract, "kind": self.kind, "name": self.name, "args": self.args}
        return {"type": self.type, "data": data}


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would be different. Changes are never zero; ``connection`` sees all of it in the tables.

    ``units`` are by holder and series, in minor units of the series' currency; ``vouchers`` by holder and programme;
    ``books`` by account of the journal, credits less debits.
    """

    connection: Connection
    events: list[ForeseenEvent]
    units: dict[tuple[str, int], int]
    vouchers: dict[tuple[str, int], int]
    books: dict[Account, int]


def foreseen_of(connection: Connection, chunk: Chunk, books: Books, logs: Sequence[tuple[str, Log]]) -> Foreseen:
    """What a chunk and entries would change over what is stored; ``logs`` with the kind of the contract of each."""
    contracts = {kind: Contract(kind) for kind in {kind for kind, _ in logs}}
    events = []
    for kind, log in logs:
        event = contracts[kind].decode_event(log)
        if event is not None:
            args = {name: as_json(value) for name, value in event.args.items()}
            events.append(ForeseenEvent(log.address, kind, event.name, args))

    units: dict[tuple[str, int], int] = defaultdict(int)
    touched = [(one.slot, one.number) for one in chunk.receipts] + chunk.gone
    for one in index_writing.current(connection, touched):
        units[one.owner, one.slot] -= one.units
    for one in chunk.receipts:
        units[one.owner, one.slot] += one.units

    vouchers: dict[tuple[str, int], int] = defaultdict(int)
    for *_, programme, account, moved in chunk.facts.get(index_tables.voucher_moves, ()):
        vouchers[account, programme] += moved

    accounts: dict[Account, int] = defaultdict(int)
    for entry in books.entries:
        for debit, credit, amount in entry.postings:
            accounts[debit] -= amount
            accounts[credit] += amount
    return Foreseen(connection, events, _some(units), _some(vouchers), _some(accounts))


def _some(changes: dict[Any, int]) -> dict[Any, int]:
    return {key: change for key, change in changes.items() if change}
