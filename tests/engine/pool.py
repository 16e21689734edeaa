"""A chain that does what chains do to those who send: its pool waits, drops, refuses and loses answers, and blocks go.

The chain itself is the embedded one, with real contracts; blocks hold one transaction each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import Enum
from functools import partial
from random import Random
from typing import Any

from ledger.chain.embedded import EmbeddedNode
from ledger.chain.node import Refusal, Refused, TxReceipt, Unreachable
from ledger.chain.primitives import checksum, keccak
from ledger.errors import ChainError


class Fate(Enum):
    """What may become of a request."""

    LOST = "it never arrives"
    UNANSWERED = "it is done, and the answer gets lost"
    TWICE = "it is done twice, and answered the second time"
    LATE = "it is done later, when nobody listens any more"
    REFUSED = "the node is too busy"
    GARBLED = "the answer makes no sense"
    BEHIND = "a node answers that does not know the newest block"


class Pool:
    """A node over an embedded one. ``auto`` mines what comes as soon as its nonce is next; otherwise :meth:`mine`."""

    def __init__(self, node: EmbeddedNode | None = None) -> None:
        self.node = EmbeddedNode() if node is None else node
        self.auto = True
        self.pool: dict[tuple[str, int], bytes] = {}
        self.sent: list[bytes] = []
        self.taken: list[bytes] = []
        self.refuse: Callable[[bytes], Refusal | None] = lambda raw: None
        self.before: Callable[[str], None] = lambda method: None  # may raise: the request got lost
        self.after: Callable[[str], None] = lambda method: None  # may raise: the answer got lost
        self.change: Callable[[TxReceipt], TxReceipt | None] = lambda receipt: receipt  # None: not known yet
        self._marks: dict[int, int] = {}
        self._fate: Callable[[], Fate | None] = lambda: None
        self._late: list[Callable[[], Any]] = []

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.node, name)
        return partial(self._ask, name, found) if callable(found) else found

    def _ask(self, name: str, do: Callable[..., Any], *args: Any, **more: Any) -> Any:
        self.before(name)
        answer = self._have_done(name, partial(do, *args, **more))
        self.after(name)
        return answer

    def _have_done(self, name: str, do: Callable[[], Any]) -> Any:
        fate = self._fate()
        if fate is Fate.LOST:
            raise Unreachable(f"{name} got lost")
        if fate is Fate.LATE:
            self._late.append(do)
            raise Unreachable(f"{name} takes too long")
        if fate is Fate.REFUSED:
            raise Unreachable(f"{name}: 429 Too Many Requests")
        answer = do()
        if fate is Fate.TWICE:
            return do()
        if fate is Fate.UNANSWERED:
            raise Unreachable(f"{name} was not answered")
        if fate is Fate.GARBLED:
            raise ChainError(f"{name}: the node answered <html>")
        if fate is Fate.BEHIND and name == "nonce":
            return max(answer - 1, 0)
        if fate is Fate.BEHIND and name == "receipts":
            return [None for _ in answer]
        return answer

    def trouble(self, seed: int, rate: float) -> None:
        """From here on, each request may have a fate of its own; with a rate of 0 all goes well, and what is late is
        done."""
        random = Random(seed)
        self._fate = lambda: random.choice(list(Fate)) if random.random() < rate else None
        if not rate:
            self.arrive()

    def arrive(self) -> None:
        """What is late is done now; whoever asked for it listens no more."""
        late, self._late = self._late, []
        for do in late:
            with suppress(ChainError):
                do()

    def lose(self, *methods: str, answer: bool = True, times: int = 1) -> None:
        """The next requests of these methods get lost, or their answers do."""
        left = [times]

        def lost(method: str) -> None:
            if method in methods and left[0]:
                left[0] -= 1
                raise Unreachable(f"{method} got lost")

        if answer:
            self.after = lost
        else:
            self.before = lost

    def send_raw(self, raw: bytes) -> bytes:
        answer = self.send_many([raw])[0]
        if isinstance(answer, ChainError):
            raise answer
        return answer

    def send_many(self, raws: Sequence[bytes]) -> list[bytes | ChainError]:
        answers: list[bytes | ChainError] = self._ask("send_many", lambda: [self._take(raw) for raw in raws])
        return answers

    def receipts(self, hashes: Sequence[bytes]) -> list[TxReceipt | None]:
        def found() -> list[TxReceipt | None]:
            return [None if one is None else self.change(one) for one in map(self.node.receipt, hashes)]

        answers: list[TxReceipt | None] = self._ask("receipts", found)
        return answers

    def receipt(self, tx_hash: bytes) -> TxReceipt | None:
        return self.receipts([tx_hash])[0]

    def mine(self, most: int = 10**9) -> int:
        """Mine what is next by nonce, up to a number of transactions; says how many."""
        mined = 0
        while mined < most:
            ready = [key for key in self.pool if key[1] == self.node.nonce(key[0])]
            if not ready:
                break
            self._mark()
            self.node.send_raw(self.pool.pop(ready[0]))
            mined += 1
        for key in [key for key in self.pool if key[1] < self.node.nonce(key[0])]:
            del self.pool[key]
        return mined

    def empty_block(self) -> None:
        self._mark()
        self.node.mine()

    def reorganise(self, depth: int, *, keep: bool = False) -> None:
        """The last blocks go, as far as they were made here, and another empty one comes. Their transactions are back
        in the pool with ``keep``, and gone otherwise."""
        head = self.node.block_number()
        down = max(head - depth, min(self._marks, default=head))
        gone = [tx for number in range(down + 1, head + 1) for tx in self._raw(number)]
        if down in self._marks:
            self.node.revert(self._marks[down])
            self._marks = {number: mark for number, mark in self._marks.items() if number < down}
        if keep:
            for raw in gone:
                self.pool[self._sender(raw)] = raw
        self._mark()
        self.node.mine()  # at another time, so that it is another block

    def _mark(self) -> None:
        self._marks[self.node.block_number()] = self.node.snapshot()

    def _take(self, raw: bytes) -> bytes | ChainError:
        self.sent.append(raw)
        reason = self.refuse(raw)
        key = self._sender(raw)
        if (reason is None and self.node.receipt(keccak(raw)) is not None) or self.pool.get(key) == raw:
            reason = Refusal.ALREADY_KNOWN
        elif reason is None and key[1] < self.node.nonce(key[0]):
            reason = Refusal.NONCE_TOO_LOW
        elif reason is None and key in self.pool and not self._pays_more(self.pool[key], raw):
            reason = Refusal.UNDERPRICED
        if reason is not None:
            return Refused(reason)
        self.pool[key] = raw
        self.taken.append(raw)
        if self.auto:
            self.mine()
        return keccak(raw)

    def _raw(self, number: int) -> list[bytes]:
        return [raw for raw in self.sent if (found := self.node.receipt(keccak(raw))) and found.block_number == number]

    def _decoded(self, raw: bytes) -> Any:
        return self.node._evm.builder.decode(raw)

    def _sender(self, raw: bytes) -> tuple[str, int]:
        tx = self._decoded(raw)
        return checksum(bytes(tx.sender)), int(tx.nonce)

    def _pays_more(self, old: bytes, new: bytes) -> bool:
        one, other = self._decoded(old), self._decoded(new)
        return all(
            8 * getattr(other, fee) >= 9 * getattr(one, fee) for fee in ("max_fee_per_gas", "max_priority_fee_per_gas")
        )
