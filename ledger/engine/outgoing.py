"""Transactions of one account that are out: signed, sent, sent again, and replaced at a higher fee."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace

from ledger.chain.node import Fees, Mined, Node, Refusal, Refused
from ledger.chain.signer import Signer
from ledger.chain.signing import Transaction
from ledger.engine import crash
from ledger.engine.holding import Holding
from ledger.engine.results import to_json
from ledger.errors import ChainError
from ledger.store import accounts, operations, transactions
from ledger.store.operations import Settled, StoredOperation
from ledger.store.transactions import Attempt, StoredTransaction

__all__ = ["Live", "Outgoing", "Sending"]

_logger = logging.getLogger(__name__)

_IS_OUT = (Refusal.ALREADY_KNOWN, Refusal.NONCE_TOO_LOW)  # or was: whether it is mined is for the watch to say
_LATER = (Refusal.UNDERPRICED, Refusal.NONCE_TOO_HIGH)  # nothing is wrong with the call
_AS_IT_IS = (Refusal.NONCE_TOO_HIGH, Refusal.INSUFFICIENT_FUNDS)  # no node has it, and other fees would not help
_SOON = 1.0  # seconds until what a node refused, or said nothing of, is tried again
_MOST_PAUSE = 32  # times as long, at most, for what it says nothing of again and again
_RAISED_AT_ONCE = 16  # those with higher nonces wait for these
_MANY = 200  # transactions that are handed over while something else is done
_CANCEL_GAS = 21_000


@dataclass(frozen=True, slots=True)
class Sending:
    """How a network is used.

    ``confirmations``: blocks on top of a transaction's own until it is final. ``patience``: seconds until one that is
    not mined is sent again with higher fees. ``in_flight``: transactions of an account that may be out at a time;
    ``together``: operations in one of them. ``lease``: seconds for which a process holds an account. ``most_fee``: no
    transaction offers more, in wei per gas. ``first_block``: nothing of ours is in the chain before.
    """

    confirmations: int = 0
    patience: float = 30.0
    in_flight: int = 64
    together: int = 50
    lease: float = 30.0
    most_fee: int | None = None
    first_block: int = 0


@dataclass(slots=True)
class Live:
    """A transaction that is not final, and its operations. Times are of this process's clock."""

    tx: StoredTransaction
    operations: list[StoredOperation]
    sent_at: float | None = None  # None until a node has it from this process
    fresh: bool = False  # signed by this process and handed to no node: it can still be taken back
    mined: Mined | None = None  # what it did, if this process has seen it
    missing_since: float | None = None  # its nonce is spent, and not by any of its attempts
    refused: Refused | None = None  # what a node said of the newest attempt
    not_before: float = 0.0  # the node said nothing that can be understood, and is left alone until then
    pause: int = 1  # how long the next time

    @property
    def nonce(self) -> int:
        return self.tx.nonce

    @property
    def newest(self) -> Attempt:
        return self.tx.attempts[-1]

    @property
    def block_number(self) -> int:
        """Of the block that it is in."""
        assert self.tx.block_number is not None
        return self.tx.block_number

    @property
    def is_open(self) -> bool:
        return self.tx.state == "open"

    def missing_for(self) -> float:
        """Seconds since its nonce was seen spent, while nothing told what by."""
        return 0.0 if self.missing_since is None else time.monotonic() - self.missing_since


class Outgoing:
    """``live`` are the account's transactions by nonce, in their order; ``next_nonce`` is behind them."""

    def __init__(self, holding: Holding, node: Node, account: Signer, chain_id: int, how: Sending) -> None:
        self.live: dict[int, Live] = {}
        self.next_nonce = 0
        self._holding, self._node, self._account = holding, node, account
        self._chain_id, self._how = chain_id, how

    def sign(self, nonce: int, to: str | None, data: bytes, gas: int, fees: Fees, now: int) -> Attempt:
        """The first attempt of a transaction."""
        return self._attempt(nonce, to, data, gas, fees.max_fee(), fees.priority_fee, now)

    def send(self) -> bool:
        """Hand over what no node has yet, or what has been out for too long. Says whether there was any. Very many are
        left to :meth:`sending`."""
        unsent = self._unsent()
        if len(unsent) >= _MANY:
            return True
        due = sorted([*unsent, *self._late()], key=lambda live: live.nonce)
        if due:
            crash.point("send.before")
            self._heard(list(zip(due, self._node.send_many([live.newest.raw for live in due]), strict=True)))
        return bool(due)

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Hand over what no node has yet, while something else is done. Answers about what is not out any more are of
        no interest."""
        due = self._unsent()
        if not due:
            yield
            return
        crash.point("send.before")
        with ThreadPoolExecutor(1) as thread:
            answers = thread.submit(self._node.send_many, [live.newest.raw for live in due])
            yield
        pairs = zip(due, answers.result(), strict=True)
        self._heard([(live, answer) for live, answer in pairs if self.live.get(live.nonce) is live and live.is_open])

    def _late(self) -> list[Live]:
        """What is sent again, with higher fees where that may help."""
        now = time.monotonic()
        late = [live for live in self.live.values() if live.is_open and self._is_late(live, now)]
        late += [live for live in self.live.values() if _is_nobodys(live) and live not in late]
        if to_raise := [live for live in late if not _stays(live)]:
            self._raise_fees(to_raise[:_RAISED_AT_ONCE])
        return [live for live in late if live.newest.raw]  # others were made elsewhere, and not signed here yet

    def _unsent(self) -> list[Live]:
        now = time.monotonic()
        unsent = (one for one in self.live.values() if one.sent_at is None and one.is_open and not _is_nobodys(one))
        return [live for live in unsent if live.newest.raw and now >= live.not_before]

    def _heard(self, said: Sequence[tuple[Live, bytes | ChainError]]) -> None:
        """What the node said."""
        crash.point("send.after")
        now = time.monotonic()
        new = [live for live, _ in said if live.fresh]
        for live, answer in said:
            live.sent_at, live.refused, live.fresh = now, None, False
            if isinstance(answer, Refused) and answer.reason not in _IS_OUT:
                live.refused = answer
                told = {"account": self._account.address, "nonce": live.nonce, "reason": answer.reason.value}
                _logger.warning("the node did not take a transaction", extra=told)
            elif isinstance(answer, ChainError) and not isinstance(answer, Refused):
                live.sent_at = None  # perhaps it is out: a later round sends it again
                live.not_before, live.pause = now + _SOON * live.pause, min(2 * live.pause, _MOST_PAUSE)
            elif isinstance(answer, Refused) and answer.reason is Refusal.NONCE_TOO_LOW:
                live.missing_since = live.missing_since or now  # to be looked for, though there is no new block
        self._take_back(new)

    def _is_late(self, live: Live, now: float) -> bool:
        """Whether it was sent, and so long ago that it is sent again."""
        if live.sent_at is None:
            return False
        return now - live.sent_at >= (_SOON if live.refused is not None else self._how.patience)

    def _take_back(self, new: list[Live]) -> None:
        """What was refused at the first time is nowhere: unless something stands behind it, its nonce is free again."""
        while new and (refused := new[-1].refused) is not None and new[-1].nonce == self.next_nonce - 1:
            live = new.pop()
            if refused.reason in _LATER:
                return
            with self._holding.write() as connection:
                operations.settle(connection, [Settled(one.id, error=to_json(refused)) for one in live.operations])
                transactions.withdraw(connection, live.tx.id)
                accounts.set_next_nonce(connection, self._account.address, live.nonce)
                crash.point("withdraw.storing")
            crash.point("withdraw.stored")
            self.next_nonce = live.nonce
            del self.live[live.nonce]

    def _raise_fees(self, late: list[Live]) -> None:
        """Other bytes for the same nonces, that offer an eighth more and what is asked now. What a node calls invalid,
        and what no operation wants (or wants any more), is replaced by a transaction that does nothing, so that those
        behind it are not held up. So what somebody else did with the key is never repeated by us."""
        fees = self._node.fees()
        made: list[tuple[Live, Attempt]] = []
        with self._holding.write() as connection:
            now = self._holding.now(connection)
            for live in late:
                tx, last = live.tx, live.newest
                max_fee = max(_more(last.max_fee), fees.max_fee())
                tip = max(_more(last.priority_fee), fees.priority_fee)
                if self._how.most_fee is not None and max_fee > self._how.most_fee:
                    continue
                invalid = live.refused is not None and live.refused.reason is Refusal.INVALID
                cancels = last.cancels or invalid or not live.operations
                to, data, gas = (self._account.address, b"", _CANCEL_GAS) if cancels else (tx.to, tx.data, tx.gas)
                attempt = self._attempt(tx.nonce, to, data, gas, max_fee, tip, now, cancels=cancels)
                if last.raw and attempt.hash == last.hash:
                    continue  # an eighth more than nothing is nothing
                transactions.add_attempt(connection, tx.id, attempt)
                made.append((live, attempt))
            crash.point("raise.storing")
        crash.point("raise.stored")
        for live, attempt in made:
            told = {"account": self._account.address, "nonce": live.nonce, "max_fee": attempt.max_fee}
            _logger.info("a transaction is %s", "cancelled" if attempt.cancels else "sent with higher fees", extra=told)
            others = [one for one in live.tx.attempts if one.hash != attempt.hash]
            live.tx = replace(live.tx, attempts=(*others, attempt))

    def _attempt(
        self,
        nonce: int,
        to: str | None,
        data: bytes,
        gas: int,
        max_fee: int,
        tip: int,
        now: int,
        *,
        cancels: bool = False,
    ) -> Attempt:
        tx = Transaction(self._chain_id, nonce, tip, max_fee, gas, to, 0, data)
        signed = self._account.sign_transaction(tx)
        return Attempt(signed.hash, signed.raw, max_fee, tip, now, cancels)


def _is_nobodys(live: Live) -> bool:
    """Whether it failed, so that its operation was given to another one, and its block has gone since."""
    return live.is_open and not (live.operations or live.newest.cancels) and bool(live.newest.raw)


def _stays(live: Live) -> bool:
    """Whether the same bytes are sent again."""
    return live.refused is not None and live.refused.reason in _AS_IT_IS


def _more(fee: int) -> int:
    """An eighth more, rounded up: what the most demanding nodes want of a replacement."""
    return fee + -(-fee // 8)
