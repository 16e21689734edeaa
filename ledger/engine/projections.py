"""What each event of our contracts means for the tables of the index.

Pure: events of whole blocks in their order go in, rows come out. What an event says is taken as it is; contracts have
checked it. An event that no table wants is kept in ``event`` all the same.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from sqlalchemy import Table

from ledger.chain.abi import DecodedEvent
from ledger.store import index_tables as tables
from ledger.store.index import Chunk, Token, Version

__all__ = ["Projection", "touched"]

ZERO = "0x" + "0" * 40
_SLOT_AT = 64
_LOW = (1 << _SLOT_AT) - 1

Args: TypeAlias = Mapping[str, Any]
Say: TypeAlias = "Callable[[Projection, DecodedEvent, Args], None]"
_SAYS: dict[tuple[str, str], Say] = {}


def token(token_id: int) -> Token:
    """A receipt's series and its number there."""
    return token_id >> _SLOT_AT, token_id & _LOW


def touched(kind: str, event: DecodedEvent) -> list[Token]:
    """The receipts that an event changes."""
    if kind != "ComputeReceipt":
        return []
    names = {"Transfer": ("tokenId",), "TransferValue": ("fromTokenId", "toTokenId"), "ReceiptFrozen": ("tokenId",)}
    return [token(event.args[name]) for name in names.get(event.name, ()) if event.args[name]]


def says(kind: str, name: str) -> Callable[[Say], Say]:
    def keep(say: Say) -> Say:
        _SAYS[kind, name] = say
        return say

    return keep


class Projection:
    """Rows of a range of blocks, over the receipts as they were before it."""

    def __init__(self, before: Mapping[Token, Version]) -> None:
        self.chunk = Chunk()
        self._facts: dict[Table, list[tuple[Any, ...]]] = defaultdict(list)
        self._now: dict[Token, Version] = dict(before)
        self._stored = dict(before)
        self._past: list[tuple[int, int, int, int | None, str, int, bool]] = []

    def take(self, kind: str, event: DecodedEvent) -> None:
        """The next event, of a contract of this kind."""
        text = json.dumps(event.args, default=_plain, separators=(",", ":"))
        self._fact(tables.events, event, event.tx_hash, event.address, event.name, text)
        say = _SAYS.get((kind, event.name))
        if say is not None:
            say(self, event, event.args)

    def done(self) -> Chunk:
        """All rows, when all events were taken."""
        self.chunk.facts = dict(self._facts)
        self.chunk.receipts = self._past + [(*one, now.since, None, *now[1:]) for one, now in self._open()]
        return self.chunk

    def _open(self) -> list[tuple[Token, Version]]:
        return [(one, now) for one, now in self._now.items() if self._stored.get(one) != now]

    def _fact(self, table: Table, event: DecodedEvent, *values: Any) -> None:
        self._facts[table].append((event.block_number, event.log_index, *values))

    def _facts_of(self, table: Table, event: DecodedEvent, *rows: tuple[Any, ...]) -> None:
        for place, values in enumerate(rows):
            self._facts[table].append((event.block_number, event.log_index, place, *values))

    def _change(self, one: Token, block: int, **values: Any) -> None:
        """A receipt is another from this block on."""
        known = self._now.get(one, Version(block, ZERO, 0, False))
        if known.since < block:
            self._end(one, block)
        self._now[one] = known._replace(since=block, **values)

    def _end(self, one: Token, block: int) -> None:
        known = self._now.pop(one)
        if one in self._stored and self._stored[one] == known:
            self.chunk.ended.append((one, block))
            del self._stored[one]
        elif known.since < block:
            self._past.append((*one, known.since, block, *known[1:]))


def _plain(value: Any) -> Any:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)


# --- Receipts --------------------------------------------------------------------------------------------------------


@says("ComputeReceipt", "Transfer")
def _transfer(self: Projection, event: DecodedEvent, args: Args) -> None:
    one = token(args["tokenId"])
    if args["to"] == ZERO:
        self._end(one, event.block_number)
    else:
        self._change(one, event.block_number, owner=args["to"])


@says("ComputeReceipt", "TransferValue")
def _transfer_value(self: Projection, event: DecodedEvent, args: Args) -> None:
    for name, sign in (("fromTokenId", -1), ("toTokenId", 1)):
        one = token(args[name])
        if one in self._now:
            self._change(one, event.block_number, units=self._now[one].units + sign * args["value"])


@says("ComputeReceipt", "ReceiptFrozen")
def _receipt_frozen(self: Projection, event: DecodedEvent, args: Args) -> None:
    self._change(token(args["tokenId"]), event.block_number, frozen=args["frozen"])


@says("ComputeReceipt", "SeriesOpened")
def _series_opened(self: Projection, event: DecodedEvent, args: Args) -> None:
    self._fact(tables.series, event, args["slot"], args["issuer"], args["code"])


@says("ComputeReceipt", "RecordFixed")
def _record_fixed(self: Projection, event: DecodedEvent, args: Args) -> None:
    self._fact(tables.records, event, args["slot"], args["epoch"], args["units"])


@says("ComputeReceipt", "RecordKept")
def _record_kept(self: Projection, event: DecodedEvent, args: Args) -> None:
    self._fact(tables.kept, event, *token(args["tokenId"]), args["epoch"], args["holder"], args["units"])


@says("ComputeReceipt", "StandingSet")
def _standing_set(self: Projection, event: DecodedEvent, args: Args) -> None:
    values = (args["holder"], args["classes"], args["jurisdictions"], args["validUntil"])
    self._fact(tables.standings, event, *values)


# --- SPVs ------------------------------------------------------------------------------------------------------------


@says("SpvFactory", "SpvCreated")
def _spv_created(self: Projection, event: DecodedEvent, args: Args) -> None:
    self._fact(tables.spvs, event, args["spv"], args["slot"], args["termsHash"], args["code"])
    self.chunk.contracts.append((args["spv"], "Spv", event.block_number))


@says("Spv", "Subscribed")
def _subscribed(self: Projection, event: DecodedEvent, args: Args) -> None:
    values = (args["holder"], token(args["tokenId"])[1], args["units"])
    self._fact(tables.subscriptions, event, event.address, *values)


@says("Spv", "Collected")
def _collected(self: Projection, event: DecodedEvent, args: Args) -> None:
    self._fact(tables.collections, event, event.address, args["id"], args["amount"])


@says("Spv", "Funded")
def _funded(self: Projection, event: DecodedEvent, args: Args) -> None:
    outcome = json.dumps(args["outcome"]._asdict())
    values = (args["epoch"], args["period"], args["amount"], outcome)
    self._fact(tables.distributions, event, event.address, *values)


@says("Spv", "Paid")
def _paid(self: Projection, event: DecodedEvent, args: Args) -> None:
    rows = [(event.address, args["epoch"], *payment) for payment in args["payments"]]
    self._facts_of(tables.payments, event, *rows)


# --- Contributions and vouchers --------------------------------------------------------------------------------------


@says("ContributionLog", "Registered")
def _registered(self: Projection, event: DecodedEvent, args: Args) -> None:
    self._fact(tables.repositories, event, args["repo"], args["maintainer"], args["name"])


@says("ContributionLog", "Appended")
def _appended(self: Projection, event: DecodedEvent, args: Args) -> None:
    self._fact(tables.batches, event, args["repo"], args["number"], args["size"], args["root"], args["head"])


@says("Claims", "Bound")
def _bound(self: Projection, event: DecodedEvent, args: Args) -> None:
    self._fact(tables.bindings, event, args["person"], args["repo"], args["contributor"], args["wallet"])


def _graduation(revoked: bool) -> Say:
    def say(self: Projection, event: DecodedEvent, args: Args) -> None:
        values = (args["person"], args["programme"], args["university"], revoked)
        self._fact(tables.graduations, event, *values)

    return say


says("Claims", "Graduated")(_graduation(False))
says("Claims", "GraduationRevoked")(_graduation(True))
says("Claims", "GraduationAnnulled")(_graduation(True))


@says("Vouchers", "ProgrammeOpened")
def _programme_opened(self: Projection, event: DecodedEvent, args: Args) -> None:
    terms = args["terms"]
    values = (args["programme"], args["issuer"], args["publisher"], terms.cash, terms.unitValue)
    self._fact(tables.programmes, event, *values)


def _moves(pairs: list[tuple[int, int]], args: Args) -> list[tuple[int, str, int]]:
    sides = ((args["from"], -1), (args["to"], 1))
    return [
        (programme, account, sign * units) for programme, units in pairs for account, sign in sides if account != ZERO
    ]


@says("Vouchers", "TransferSingle")
def _transfer_single(self: Projection, event: DecodedEvent, args: Args) -> None:
    self._facts_of(tables.voucher_moves, event, *_moves([(args["id"], args["value"])], args))


@says("Vouchers", "TransferBatch")
def _transfer_batch(self: Projection, event: DecodedEvent, args: Args) -> None:
    self._facts_of(tables.voucher_moves, event, *_moves(list(zip(args["ids"], args["values"], strict=True)), args))


@says("Vouchers", "Redeemed")
def _redeemed(self: Projection, event: DecodedEvent, args: Args) -> None:
    values = [args[name] for name in ("programme", "holder", "provider", "units", "value", "invoice")]
    self._fact(tables.redemptions, event, *values)
