"""The feed of events as others get it: messages with decoded arguments, from where they stopped."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ledger.chain.abi import as_json
from ledger.chain.artifacts import Contract
from ledger.chain.node import Log
from ledger.store import outbox
from ledger.store.database import Database

__all__ = ["Event", "Feed", "Reset"]

_WORD = 32


@dataclass(frozen=True, slots=True)
class Event:
    """One message of the feed: an event of one of our contracts was added to the chain, or, with ``reverts`` (the
    number of the message that told of it), has left it with its block.

    ``id`` is the same whoever asks, and however often. ``log_index`` counts within the block; ``timestamp`` is the
    block's, in seconds since 1970 UTC. In ``args`` integers are decimal strings, bytes are ``0x`` and hexadecimal
    digits, structs are objects.
    """

    seq: int
    reverts: int | None
    block_number: int
    block_hash: bytes
    timestamp: int
    tx_hash: bytes
    log_index: int
    contract: str
    kind: str
    name: str
    args: dict[str, Any]

    @property
    def id(self) -> str:
        """Another one for each message."""
        content = f"{self.seq}/{self.reverts or ''}/{self.block_hash.hex()}/{self.log_index}"
        return f"evt_{hashlib.sha256(content.encode()).hexdigest()[:32]}"

    @property
    def type(self) -> str:
        """What happened, in one word: ``ComputeReceipt.Transfer.added``."""
        return f"{self.kind}.{self.name}.{'added' if self.reverts is None else 'reverted'}"

    def document(self) -> dict[str, Any]:
        """As JSON: ``type``, ``timestamp`` (ISO 8601) and ``data``, as Standard Webhooks has it."""
        data = {
            "id": self.id,
            "seq": self.seq,
            "reverts": self.reverts,
            "block": {"number": self.block_number, "hash": f"0x{self.block_hash.hex()}"},
            "transaction": f"0x{self.tx_hash.hex()}",
            "logIndex": self.log_index,
            "contract": self.contract,
            "kind": self.kind,
            "name": self.name,
            "args": self.args,
        }
        at = datetime.fromtimestamp(self.timestamp, UTC).isoformat().replace("+00:00", "Z")
        return {"type": self.type, "timestamp": at, "data": data}


@dataclass(frozen=True, slots=True)
class Reset:
    """Events that messages behind ``after`` have added, and none has reverted, are void: what holds of them is added
    again. It comes when an index that was damaged was made again from the chain, and is another one than before."""

    seq: int
    after: int

    @property
    def type(self) -> str:
        """What happened, in one word."""
        return "feed.reset"

    @property
    def id(self) -> str:
        """Another one for each message."""
        return f"evt_{hashlib.sha256(f'{self.seq}/reset/{self.after}'.encode()).hexdigest()[:32]}"

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {"type": self.type, "data": {"id": self.id, "seq": self.seq, "after": self.after}}


class Feed:
    """The messages of one database. Safe for threads; it only reads."""

    def __init__(self, database: Database, contracts: Mapping[str, str]) -> None:
        """``contracts``: kinds by address, as the indexer was given them."""
        self._database, self._given = database, dict(contracts)
        self._kinds: dict[str, Contract] = {}

    def end(self) -> int:
        """The number of the newest message, 0 if there is none."""
        with self._database.read() as connection:
            return outbox.end(connection)

    def read(self, after: int = 0, limit: int = 1_000) -> list[Event | Reset]:
        """At most so many messages that come after a number, in their order; none when there are no more yet."""
        with self._database.read() as connection:
            found = outbox.messages(connection, after, limit)
        return [self._event(one) for one in found]

    def _event(self, message: outbox.Message) -> Event | Reset:
        if isinstance(message, outbox.Reset):
            return Reset(message.seq, message.after)
        row = message.event
        kind = message.kind or self._given[row["contract"]]
        if kind not in self._kinds:
            self._kinds[kind] = Contract(kind)
        topics = tuple(row["topics"][at : at + _WORD] for at in range(0, len(row["topics"]), _WORD))
        place = (row["block_number"], message.block_hash, row["tx_hash"], 0, row["log_index"])
        event = self._kinds[kind].decode_event(Log(row["contract"], topics, row["data"], *place))
        assert event is not None  # the indexer keeps none that is not one of the contract's
        reverts = message.reverts if isinstance(message, outbox.Reverted) else None
        return Event(
            *(message.seq, reverts, row["block_number"], message.block_hash, message.timestamp),
            *(row["tx_hash"], row["log_index"], row["contract"], kind, event.name),
            {name: as_json(value) for name, value in event.args.items()},
        )
