"""A made-up chain with our contracts' events on it, which goes back as often as it is told to; and what is true on it.

Logs are encoded by eth_abi. What is true is kept beside them in plain dictionaries, block by block, so that it can be
compared with what the index says of any block.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from typing import Any

import eth_abi
from eth_utils import keccak
from eth_utils.abi import collapse_if_tuple, event_abi_to_log_topic

from ledger.chain.artifacts import Contract
from ledger.chain.node import Block, BlockNotFound, Log
from ledger.chain.primitives import checksum

ZERO = "0x" + "0" * 40
PLACES = {
    kind: checksum(bytes([number]) * 20)
    for number, kind in enumerate(("ComputeReceipt", "SpvFactory", "ContributionLog", "Claims", "Vouchers"), 0xA0)
}
CONTRACTS = {address: kind for kind, address in PLACES.items()}
PEOPLE = [checksum(bytes([0xC0 + number]) * 20) for number in range(4)]
CASH = checksum(b"\xee" * 20)
SLOTS = (1, 2)


@dataclass
class Truth:
    """Receipts by series and number: owner, units, frozen. SPVs by series; what each sold, collected and paid; vouchers
    by programme and account."""

    receipts: dict[tuple[int, int], tuple[str, int, bool]] = field(default_factory=dict)
    made: dict[int, int] = field(default_factory=dict)
    spvs: dict[int, str] = field(default_factory=dict)
    receivables: list[tuple[str, bytes, bytes, int, int]] = field(default_factory=list)
    released: set[tuple[str, bytes]] = field(default_factory=set)
    subscriptions: list[tuple[str, str, int, int]] = field(default_factory=list)
    refunds: list[tuple[str, str, int, int]] = field(default_factory=list)
    values: dict[str, int] = field(default_factory=dict)
    paused: dict[int, bool] = field(default_factory=dict)
    requirements: dict[int, tuple[int, int]] = field(default_factory=dict)
    barred: dict[str, bool] = field(default_factory=dict)
    collections: list[tuple[str, bytes, int]] = field(default_factory=list)
    open: dict[int, int] = field(default_factory=dict)
    payments: list[tuple[str, int, str, int, int]] = field(default_factory=list)
    payable: dict[tuple[str, int], int] = field(default_factory=dict)
    epochs: dict[int, int] = field(default_factory=dict)
    kept: list[tuple[int, int, int, str, int]] = field(default_factory=list)
    vouchers: dict[tuple[int, str], int] = field(default_factory=dict)
    redeemed: list[tuple[int, str, str, int, int, bytes]] = field(default_factory=list)
    programmes: int = 0
    repositories: list[tuple[int, str, bytes, str, int, bytes]] = field(default_factory=list)
    batches: dict[int, int] = field(default_factory=dict)

    def holdings(self, slot: int) -> dict[str, int]:
        found: dict[str, int] = {}
        for (of, _), (owner, units, _) in self.receipts.items():
            if of == slot and units:
                found[owner] = found.get(owner, 0) + units
        return found

    def cash(self, slot: int) -> int:
        """What an SPV has."""
        spv = self.spvs[slot]
        came = sum(amount for of, *_, amount in [*self.collections, *self.subscriptions] if of == spv)
        return came - sum(amount for of, *_, amount in [*self.payments, *self.refunds] if of == spv)

    def sold(self, spv: str) -> int:
        """Units that were subscribed, less those that were refunded."""
        subscribed = sum(units for of, *_, units in self.subscriptions if of == spv)
        return subscribed - sum(units for of, *_, units in self.refunds if of == spv)


@dataclass
class Made:
    block: Block
    logs: list[Log]
    truth: Truth


class World:
    """Satisfies as much of a node as the indexer asks of it. ``asked`` counts the requests for logs."""

    def __init__(self) -> None:
        self._salt = 0
        self.made: list[Made] = []
        self.truth = Truth()
        self.mine([])

    def mine(self, acts: Sequence[tuple[str, int, int, int]]) -> None:
        """Another block, in which these are done: an act and three numbers, which say to what and how much. What cannot
        be done is left out."""
        self._salt += 1
        number = len(self.made)
        parent = self.made[-1].block.hash if self.made else b"\0" * 32
        block = Block(number, sha256(b"%d" % self._salt).digest(), parent, 1_700_000_000 + 12 * self._salt)
        logs: list[Log] = []
        for name, *numbers in acts:
            for kind, event, values in getattr(self, f"_{name}")(*numbers):
                place = kind if kind.startswith("0x") else PLACES[kind]
                topics, data = encode("Spv" if place == kind else kind, event, tuple(values))
                tx_hash = sha256(b"%d/%d" % (self._salt, len(logs))).digest()
                logs.append(Log(place, topics, data, number, block.hash, tx_hash, 0, len(logs)))
        self.made.append(Made(block, logs, deepcopy(self.truth)))

    def back(self, depth: int) -> None:
        """The last blocks go, but for the first one."""
        del self.made[max(len(self.made) - depth, 1) :]
        self.truth = deepcopy(self.made[-1].truth)

    # --- What a node is asked ----------------------------------------------------------------------------------------

    def chain_id(self) -> int:
        return 1

    def block_number(self) -> int:
        return self.made[-1].block.number

    def block(self, number: Any = "latest") -> Block:
        if number == "latest":
            return self.made[-1].block
        if not 0 <= number < len(self.made):
            raise BlockNotFound(f"there is no block {number}")
        return self.made[number].block

    def blocks(self, numbers: Sequence[int]) -> list[Block]:
        return [self.block(number) for number in numbers]

    def logs(self, first: int, last: int, addresses: Sequence[str]) -> list[Log]:
        found = [log for made in self.made[first : last + 1] for log in made.logs]
        return [log for log in found if log.address in addresses]

    # --- What is done: events of a contract, by kind or address -------------------------------------------------------

    def _open(self, a: int, b: int, c: int) -> Iterator[Any]:
        slot = SLOTS[a % len(SLOTS)]
        if slot not in self.truth.spvs:
            spv = checksum(sha256(b"spv %d %d" % (slot, self._salt)).digest()[12:])
            self.truth.spvs[slot] = spv
            yield "SpvFactory", "SpvCreated", [spv, slot, bytes([slot]) * 32, "CRT\0算力"]
            yield "ComputeReceipt", "SeriesOpened", [slot, spv, "CRT\0算力"]

    def _mint(self, a: int, b: int, c: int) -> Iterator[Any]:
        slot = self._slot(a)
        if slot is not None:
            yield from self._new(slot, PEOPLE[b % len(PEOPLE)])
            token = slot, self.truth.made[slot]
            self.truth.receipts[token] = (self.truth.receipts[token][0], c, False)
            yield "ComputeReceipt", "TransferValue", [0, self._id(token), c]

    def _move(self, a: int, b: int, c: int) -> Iterator[Any]:
        source, target = self._token(a), self._token(b)
        if source and target and source != target and source[0] == target[0]:
            value = c % (self.truth.receipts[source][1] + 1)
            for token, sign in ((source, -1), (target, 1)):
                owner, units, frozen = self.truth.receipts[token]
                self.truth.receipts[token] = (owner, units + sign * value, frozen)
            yield "ComputeReceipt", "TransferValue", [self._id(source), self._id(target), value]

    def _split(self, a: int, b: int, c: int) -> Iterator[Any]:
        source = self._token(a)
        if source:
            owner, units, frozen = self.truth.receipts[source]
            yield from self._new(source[0], PEOPLE[b % len(PEOPLE)])
            token, value = (source[0], self.truth.made[source[0]]), c % (units + 1)
            self.truth.receipts[source] = (owner, units - value, frozen)
            self.truth.receipts[token] = (self.truth.receipts[token][0], value, False)
            yield "ComputeReceipt", "TransferValue", [self._id(source), self._id(token), value]

    def _give(self, a: int, b: int, c: int) -> Iterator[Any]:
        token = self._token(a)
        if token:
            owner, units, frozen = self.truth.receipts[token]
            to = PEOPLE[b % len(PEOPLE)]
            self.truth.receipts[token] = (to, units, frozen)
            yield "ComputeReceipt", "Transfer", [owner, to, self._id(token)]

    def _burn(self, a: int, b: int, c: int) -> Iterator[Any]:
        token = self._token(a)
        if token:
            owner, units, _ = self.truth.receipts.pop(token)
            yield "ComputeReceipt", "TransferValue", [self._id(token), 0, units]
            yield "ComputeReceipt", "SlotChanged", [self._id(token), token[0], 0]
            yield "ComputeReceipt", "Transfer", [owner, ZERO, self._id(token)]

    def _freeze(self, a: int, b: int, c: int) -> Iterator[Any]:
        token = self._token(a)
        if token:
            owner, units, _ = self.truth.receipts[token]
            self.truth.receipts[token] = (owner, units, bool(b % 2))
            yield "ComputeReceipt", "ReceiptFrozen", [self._id(token), bool(b % 2), "why"]

    def _sell(self, a: int, b: int, c: int) -> Iterator[Any]:
        slot = self._slot(a)
        if slot is not None:
            key, name = sha256(b"key %d" % len(self.truth.receivables)).digest(), sha256(b"%d" % b).digest()
            self.truth.receivables.append((self.truth.spvs[slot], key, name, c, b))
            yield "SpvFactory", "ReceivableSold", [key, self.truth.spvs[slot], name, c, b]

    def _release(self, a: int, b: int, c: int) -> Iterator[Any]:
        if self.truth.receivables:
            spv, key, *_ = self.truth.receivables[a % len(self.truth.receivables)]
            self.truth.released.add((spv, key))
            yield "SpvFactory", "ReceivableReleased", [key, spv]

    def _offer(self, a: int, b: int, c: int) -> Iterator[Any]:
        slot = self._slot(a)
        if slot is not None:
            self.truth.values[self.truth.spvs[slot]] = c
            yield self.truth.spvs[slot], "Offered", [c]

    def _subscribe(self, a: int, b: int, c: int) -> Iterator[Any]:
        slot = self._slot(a)
        if slot is not None:
            one = (self.truth.spvs[slot], PEOPLE[b % len(PEOPLE)], b, c)
            self.truth.subscriptions.append(one)
            yield one[0], "Subscribed", [one[1], self._id((slot, b)), c]

    def _refund(self, a: int, b: int, c: int) -> Iterator[Any]:
        left = [one for one in self.truth.subscriptions if one not in self.truth.refunds]
        if left:
            one = left[a % len(left)]
            self.truth.refunds.append(one)
            slot = next(slot for slot, spv in self.truth.spvs.items() if spv == one[0])
            yield one[0], "Refunded", [self._id((slot, one[2])), one[1], one[3]]

    def _pause(self, a: int, b: int, c: int) -> Iterator[Any]:
        slot = self._slot(a)
        if slot is not None:
            self.truth.paused[slot] = bool(b % 2)
            yield "ComputeReceipt", "SeriesPaused", [slot, bool(b % 2), PEOPLE[0]]

    def _require(self, a: int, b: int, c: int) -> Iterator[Any]:
        slot = self._slot(a)
        if slot is not None:
            self.truth.requirements[slot] = (b, 2**64 - 1 - c)
            yield "ComputeReceipt", "RequirementSet", [slot, b, 2**64 - 1 - c]

    def _bar(self, a: int, b: int, c: int) -> Iterator[Any]:
        holder = PEOPLE[a % len(PEOPLE)]
        self.truth.barred[holder] = bool(b % 2)
        yield "ComputeReceipt", "HolderFrozen", [holder, bool(b % 2), "a list\0"]

    def _collect(self, a: int, b: int, c: int) -> Iterator[Any]:
        slot = self._slot(a)
        if slot is not None:
            spv, name = self.truth.spvs[slot], sha256(b"%d" % b).digest()
            self.truth.collections.append((spv, name, c))
            self.truth.open[slot] = self.truth.open.get(slot, 0) + c
            yield spv, "Collected", [name, c, c, c]

    def _fund(self, a: int, b: int, c: int) -> Iterator[Any]:
        """Holders get half of what was collected, the originator the rest."""
        slot = self._slot(a)
        if slot is not None:
            epoch = self.truth.epochs.get(slot, 0)
            self.truth.epochs[slot] = epoch + 1
            available = self.truth.open.pop(slot, 0)
            amount = available // 2
            self.truth.payable[self.truth.spvs[slot], epoch] = amount
            outcome = [available, 0, amount, amount, amount, 0, 0, 0, 0, available - amount, 0, 0, True, False]
            yield "ComputeReceipt", "RecordFixed", [slot, epoch, sum(self.truth.holdings(slot).values())]
            yield self.truth.spvs[slot], "Funded", [epoch, epoch + 1, amount, tuple(outcome)]

    def _pay(self, a: int, b: int, c: int) -> Iterator[Any]:
        payable = sorted(self.truth.payable.items())
        if payable:
            (spv, epoch), amount = payable[a % len(payable)]
            part = c % (amount + 1)
            paid = [(PEOPLE[(b + one) % len(PEOPLE)], 10 + one, part // 2) for one in range(2)]
            self.truth.payable[spv, epoch] -= 2 * (part // 2)
            self.truth.payments += [(spv, epoch, *one) for one in paid]
            yield spv, "Paid", [epoch, paid]

    def _keep(self, a: int, b: int, c: int) -> Iterator[Any]:
        token = self._token(a)
        if token:
            one = (*token, b % 3, PEOPLE[b % len(PEOPLE)], c)
            self.truth.kept.append(one)
            yield "ComputeReceipt", "RecordKept", [self._id(token), *one[2:]]

    def _programme(self, a: int, b: int, c: int) -> Iterator[Any]:
        self.truth.programmes += 1
        terms = (PEOPLE[0], CASH, 2**64 - 1 if a % 2 else 5, 1, 0, 2**40, True, b"\7" * 32, "")
        yield "Vouchers", "ProgrammeOpened", [self.truth.programmes, PEOPLE[1], PEOPLE[0], terms]

    def _issue(self, a: int, b: int, c: int) -> Iterator[Any]:
        if self.truth.programmes:
            programme, to = 1 + a % self.truth.programmes, PEOPLE[b % len(PEOPLE)]
            yield from self._vouchers(programme, ZERO, to, c)

    def _hand(self, a: int, b: int, c: int) -> Iterator[Any]:
        """Two programmes' vouchers at once."""
        giver, to = PEOPLE[a % len(PEOPLE)], PEOPLE[b % len(PEOPLE)]
        own = [(programme, units) for (programme, who), units in self.truth.vouchers.items() if who == giver]
        if own:
            moved = [(programme, c % (units + 1)) for programme, units in own]
            for programme, units in moved:
                self._voucher_move(programme, giver, to, units)
            ids, values = zip(*moved, strict=True)
            yield "Vouchers", "TransferBatch", [giver, giver, to, list(ids), list(values)]

    def _redeem(self, a: int, b: int, c: int) -> Iterator[Any]:
        own = sorted(self.truth.vouchers.items())
        if own:
            (programme, holder), has = own[a % len(own)]
            units, invoice = c % (has + 1), sha256(b"%d" % b).digest()
            yield from self._vouchers(programme, holder, ZERO, units)
            self.truth.redeemed.append((programme, holder, PEOPLE[2], units, 5 * units, invoice))
            yield "Vouchers", "Redeemed", [programme, holder, PEOPLE[2], units, 5 * units, invoice]

    def _register(self, a: int, b: int, c: int) -> Iterator[Any]:
        number = len(self.truth.repositories) + 1
        genesis, name = sha256(b"%d" % b).digest(), "a name\0 that PostgreSQL has no text for"
        kept = (name.replace("\0", "\ufffd"), 1, keccak(b"policy"))
        self.truth.repositories.append((number, PEOPLE[a % len(PEOPLE)], genesis, *kept))
        yield "ContributionLog", "Registered", [number, PEOPLE[a % len(PEOPLE)], genesis, 1, name, b"policy"]

    def _append(self, a: int, b: int, c: int) -> Iterator[Any]:
        if self.truth.repositories:
            repo = 1 + a % len(self.truth.repositories)
            number = self.truth.batches.get(repo, 0)
            self.truth.batches[repo] = number + 1
            yield "ContributionLog", "Appended", [repo, number, c, b"\1" * 32, b"\2" * 32, 0, PEOPLE[0]]

    # --- Helpers -----------------------------------------------------------------------------------------------------

    def _slot(self, a: int) -> int | None:
        there = sorted(self.truth.spvs)
        return there[a % len(there)] if there else None

    def _token(self, a: int) -> tuple[int, int] | None:
        there = sorted(self.truth.receipts)
        return there[a % len(there)] if there else None

    def _new(self, slot: int, owner: str) -> Iterator[Any]:
        self.truth.made[slot] = self.truth.made.get(slot, 0) + 1
        token = slot, self.truth.made[slot]
        self.truth.receipts[token] = (owner, 0, False)
        yield "ComputeReceipt", "Transfer", [ZERO, owner, self._id(token)]
        yield "ComputeReceipt", "SlotChanged", [self._id(token), 0, slot]

    def _vouchers(self, programme: int, giver: str, to: str, units: int) -> Iterator[Any]:
        self._voucher_move(programme, giver, to, units)
        yield "Vouchers", "TransferSingle", [PEOPLE[0], giver, to, programme, units]

    def _voucher_move(self, programme: int, giver: str, to: str, units: int) -> None:
        for account, sign in ((giver, -1), (to, 1)):
            if account != ZERO:
                key = programme, account
                self.truth.vouchers[key] = self.truth.vouchers.get(key, 0) + sign * units

    @staticmethod
    def _id(token: tuple[int, int]) -> int:
        return (token[0] << 64) + token[1]


ACTS = [
    "open",
    "mint",
    "move",
    "split",
    "give",
    "burn",
    "freeze",
    "collect",
    "fund",
    "pay",
    "keep",
    "programme",
    "issue",
]
ACTS += ["hand", "redeem", "register", "append"]
ACTS += ["sell", "release", "offer", "subscribe", "refund", "pause", "require", "bar"]


@cache
def _entry(kind: str, name: str) -> Any:
    return next(one for one in Contract(kind).abi if one["type"] == "event" and one["name"] == name)


def encode(kind: str, name: str, values: tuple[Any, ...]) -> tuple[tuple[bytes, ...], bytes]:
    """Topics and data of an event, by eth_abi."""
    entry = _entry(kind, name)
    pairs = list(zip(entry["inputs"], values, strict=True))
    topics = [eth_abi.encode([part["type"]], [value]) for part, value in pairs if part["indexed"]]
    rest = [(part, value) for part, value in pairs if not part["indexed"]]
    data = eth_abi.encode([collapse_if_tuple(part) for part, _ in rest], [value for _, value in rest])
    return (event_abi_to_log_topic(entry), *topics), data
