"""A year of one series as the logs that a node gives out: made up, the same at each run, and as contracts would say it.

Receipts are subscribed, moved by value, split and moved whole; rent comes in; each quarter has a record date, a
distribution and payments to all holders in batches of 100. A receipt that is touched after a record date keeps what it
was. What the contracts could not have said is not here: units never fall below none, and what is paid was collected.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from ledger.chain.artifacts import Contract
from ledger.chain.primitives import checksum, keccak

SLOT = 1
QUARTERS = 4
UNITS = 1_000_000
BATCH = 100  # holders in one payment
OPERATIONS = 50  # transactions in a block


def address(name: str) -> str:
    return checksum(keccak(name.encode())[12:])


CONTRACTS = {address(kind): kind for kind in ("ComputeReceipt", "SpvFactory", "OperatorAccount")}
SPV = address("Spv")
_PLACES = {kind: place for place, kind in CONTRACTS.items()} | {"Spv": SPV}
_ZERO = "0x" + "0" * 40


@dataclass
class Block:
    """Its number, its header as a node answers, and its logs as JSON objects."""

    number: int
    header: bytes
    logs: list[bytes]


@dataclass
class Receipt:
    owner: str
    units: int
    epoch: int = 0


@dataclass
class Year:
    """So many receipts, and events until there are at least so many."""

    receipts: int
    events: int
    seed: int = 1
    held: dict[int, Receipt] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._encoders: dict[tuple[str, str], Any] = {}
        self._logs: list[bytes] = []
        self._transaction = self._number = self._operation = self._epoch = self._said = 0
        self._collected = 0
        self._living: list[int] = []

    def blocks(self) -> Iterator[Block]:
        """All blocks that bring something, in their order, from block 1 on."""
        yield from self._packed(self._open(), self._subscribe())
        each = (self.events - self._said) // QUARTERS
        for quarter in range(QUARTERS):
            yield from self._packed(self._trade(self._said + each), self._pay(quarter))

    def _packed(self, *acts: Iterator[None]) -> Iterator[Block]:
        done = 0
        for act in acts:
            for _ in act:
                self._transaction += 1
                done += 1
                if done % OPERATIONS == 0:
                    yield self._block()
        if self._logs:
            yield self._block()

    def _block(self) -> Block:
        self._number += 1
        block = hash_of(self._number)
        header = {
            "number": hex(self._number),
            "hash": block,
            "parentHash": hash_of(self._number - 1),
            "timestamp": hex(1_735_689_600 + 12 * self._number),
            "transactions": ["0x" + keccak(b"%d" % one).hex() for one in range(OPERATIONS)],
        }
        tail = b',"blockNumber":"%s","blockHash":"%s"}' % (hex(self._number).encode(), block.encode())
        logs = [log + b',"logIndex":"%s"' % hex(index).encode() + tail for index, log in enumerate(self._logs)]
        self._logs = []
        return Block(self._number, orjson.dumps(header), logs)

    # --- What happens ------------------------------------------------------------------------------------------------

    def _open(self) -> Iterator[None]:
        self._say("SpvFactory", "SpvCreated", SPV, SLOT, b"\1" * 32, "CRT01")
        self._say("ComputeReceipt", "SeriesOpened", SLOT, SPV, "CRT01")
        yield

    def _subscribe(self) -> Iterator[None]:
        for number in range(1, self.receipts + 1):
            holder = address(f"holder {number % (self.receipts * 4 // 5)}")
            self._say("ComputeReceipt", "StandingSet", holder, 1, 1, 2**40 - 1)
            self._mint(holder, UNITS)
            self._say("Spv", "Subscribed", holder, (SLOT << 64) + number, UNITS)
            yield

    def _trade(self, until: int) -> Iterator[None]:
        while self._said < until:
            chance = self._random.random()
            source, target = self._random.choice(self._living), self._random.choice(self._living)
            if chance < 0.02:
                amount = self._random.randrange(1, 10**9)
                self._collected += amount
                self._operated()
                self._say("Spv", "Collected", keccak(b"%d" % self._operation), amount, self._collected, amount)
            elif chance < 0.10 and self.held[source].units > 1:
                self._touch(source)
                new = self._mint(self.held[target].owner, 0)
                self._move(source, new)
            elif chance < 0.15:
                self._touch(source)
                holder, self.held[source].owner = self.held[source].owner, self.held[target].owner
                self._say("ComputeReceipt", "Transfer", holder, self.held[source].owner, self._id(source))
            elif source != target:
                self._touch(source)
                self._touch(target)
                self._move(source, target)
            yield

    def _pay(self, quarter: int) -> Iterator[None]:
        units = sum(one.units for one in self.held.values())
        self._operated()
        self._say("ComputeReceipt", "RecordFixed", SLOT, self._epoch, units)
        yield
        owners: dict[str, int] = {}
        for one in self.held.values():
            if one.units:
                owners[one.owner] = owners.get(one.owner, 0) + one.units
        paid = [(owner, held, self._collected * held // units) for owner, held in owners.items()]
        self._operated()
        self._fund(quarter, sum(amount for *_, amount in paid))
        yield
        for start in range(0, len(paid), BATCH):
            self._say("Spv", "Paid", self._epoch, paid[start : start + BATCH])
            yield
        self._epoch += 1
        self._collected = 0

    def _fund(self, quarter: int, amount: int) -> None:
        rest = self._collected - amount
        none = dict.fromkeys(("fee", "fromReserve", "toReserve", "toSinking", "repaid", "trapped"), 0)
        outcome = {"available": self._collected, "coupon": amount, "due": amount, "paid": amount, "residual": rest}
        self._say(
            *("Spv", "Funded", self._epoch, quarter, amount),
            {**none, **outcome, "assets": 0, "passed": True, "done": False},
        )

    def _mint(self, holder: str, units: int) -> int:
        number = len(self._living) + 1
        self.held[number] = Receipt(holder, units, self._epoch)
        self._living.append(number)
        self._say("ComputeReceipt", "Transfer", _ZERO, holder, self._id(number))
        self._say("ComputeReceipt", "SlotChanged", self._id(number), 0, SLOT)
        if units:
            self._say("ComputeReceipt", "TransferValue", 0, self._id(number), units)
        return number

    def _touch(self, number: int) -> None:
        receipt = self.held[number]
        for epoch in range(receipt.epoch, self._epoch):
            self._say("ComputeReceipt", "RecordKept", self._id(number), epoch, receipt.owner, receipt.units)
        receipt.epoch = self._epoch

    def _move(self, source: int, target: int) -> None:
        value = self._random.randint(0, self.held[source].units)
        self.held[source].units -= value
        self.held[target].units += value
        self._say("ComputeReceipt", "TransferValue", self._id(source), self._id(target), value)

    def _operated(self) -> None:
        self._operation += 1
        self._say("OperatorAccount", "OperationExecuted", self._operation, address("servicer"))

    @staticmethod
    def _id(number: int) -> int:
        return (SLOT << 64) + number

    def _say(self, kind: str, name: str, *values: Any) -> None:
        encoder = self._encoders.get((kind, name))
        if encoder is None:
            encoder = self._encoders[kind, name] = Encoder(kind, name)
        self._said += 1
        transaction = "0x" + keccak(b"%d/%d" % (self._number, self._transaction)).hex()
        self._logs.append(encoder(_PLACES[kind].lower(), transaction, values))


class Encoder:
    """Writes one kind of event as a node does, all but its place in the block."""

    def __init__(self, kind: str, name: str) -> None:
        entry = next(one for one in Contract(kind).abi if one["type"] == "event" and one["name"] == name)
        event = Contract(kind).event(name)
        self._topic = "0x" + event.topic.hex()
        self._indexed = [bool(one["indexed"]) for one in entry["inputs"]]
        self._items = event.inputs.items

    def __call__(self, address: str, transaction: str, values: Sequence[Any]) -> bytes:
        pairs = list(zip(self._items, values, self._indexed, strict=True))
        topics = [self._topic, *("0x" + item.encode(value).hex() for item, value, indexed in pairs if indexed)]
        body = [(item, value) for item, value, indexed in pairs if not indexed]
        log = {
            "address": address,
            "topics": topics,
            "data": "0x" + encoded(body).hex(),
            "transactionHash": transaction,
            "transactionIndex": "0x0",
            "removed": False,
        }
        return orjson.dumps(log)[:-1]


def encoded(pairs: Sequence[tuple[Any, Any]]) -> bytes:
    heads, tails = [], []
    offset = sum(item.size for item, _ in pairs)
    for item, value in pairs:
        raw = item.encode(value)
        heads.append(offset.to_bytes(32, "big") if item.dynamic else raw)
        if item.dynamic:
            tails.append(raw)
            offset += len(raw)
    return b"".join(heads + tails)


def hash_of(number: int) -> str:
    return "0x" + keccak(b"block %d" % number).hex()
