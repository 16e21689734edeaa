"""A chain made of nothing but blocks and logs, which goes back as often as it is told to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from ledger.chain.artifacts import Contract
from ledger.chain.node import Block, BlockNotFound, Log
from ledger.chain.primitives import checksum

RECEIPTS, FACTORY = checksum(b"\xaa" * 20), checksum(b"\xbb" * 20)
CONTRACTS = {RECEIPTS: "ComputeReceipt", FACTORY: "SpvFactory"}


@dataclass(frozen=True)
class Told:
    """What the chain says in one event, in the words in which the feed has to say it."""

    kind: str
    name: str
    contract: str
    args: dict[str, Any]
    log: Log


@dataclass
class Made:
    block: Block
    told: list[Told] = field(default_factory=list)


class FakeChain:
    """Satisfies as much of a node as the indexer asks of it."""

    def __init__(self) -> None:
        self._salt = 0
        self.made: list[Made] = []
        self.mine("")

    def mine(self, events: str) -> None:
        """Another block: a ``p`` in ``events`` is a person's standing, an ``s`` a new SPV, an ``o`` the offering of the
        newest SPV that there is."""
        self._salt += 1
        number = len(self.made)
        parent = self.made[-1].block.hash if self.made else b"\0" * 32
        made = Made(Block(number, sha256(b"%d" % self._salt).digest(), parent, 1_700_000_000 + 12 * self._salt))
        self.made.append(made)
        for index, one in enumerate(events):
            told = self._tell(one, made.block, index)
            if told is not None:
                made.told.append(told)

    def reorganise(self, depth: int, *events: str) -> None:
        """The last blocks go, but for the first one, and others come."""
        del self.made[max(len(self.made) - depth, 1) :]
        for one in events:
            self.mine(one)

    def told(self) -> list[Told]:
        """All events that the chain has."""
        return [one for made in self.made for one in made.told]

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

    def logs(self, first: int, last: int, addresses: Sequence[str] = (), topics: Any = ()) -> list[Log]:
        found = [one.log for made in self.made[first : last + 1] for one in made.told]
        return [log for log in found if log.address in addresses]

    # --- Events ------------------------------------------------------------------------------------------------------

    def _tell(self, what: str, block: Block, index: int) -> Told | None:
        word = self._salt * 2**40 + index
        account = checksum(word.to_bytes(20, "big"))
        if what == "p":
            most = 2**64 - 1 - index
            args = {"holder": account, "classes": "7", "jurisdictions": str(most), "validUntil": "1099511627775"}
            return self._log(block, index, RECEIPTS, "StandingSet", args, [account], [7, most, 2**40 - 1])
        if what == "s":
            terms = sha256(b"terms%d" % word).digest()
            args = {"spv": account, "slot": str(word), "termsHash": f"0x{terms.hex()}", "code": f"算力 {index}"}
            values = [account, word, terms], [args["code"]]
            return self._log(block, index, FACTORY, "SpvCreated", args, *values)
        spvs = [one.args["spv"] for one in self.told() if one.name == "SpvCreated"]
        if not spvs:
            return None
        value = 2**256 - 1 - word
        return self._log(block, index, spvs[-1], "Offered", {"presentValue": str(value)}, [], [value])

    def _log(
        self,
        block: Block,
        index: int,
        address: str,
        name: str,
        args: dict[str, Any],
        topics: list[Any],
        data: list[Any],
    ) -> Told:
        kind = CONTRACTS.get(address, "Spv")
        event = Contract(kind).event(name)
        indexed = dict(zip((field for field, _ in event._topics), topics, strict=True))
        words = tuple(one for one in event.topics(**indexed) if one is not None)
        tx_hash = sha256(b"tx%d" % (self._salt * 1_000 + index)).digest()
        log = Log(address, words, event._body.encode(data), block.number, block.hash, tx_hash, index, index)
        return Told(kind, name, address, args, log)
