"""What each event does to the books: entries for the journal.

An SPV's cash is on one side and what it stands for on the other: subscriptions, collections, reserve, sinking account,
what is payable to holders for each epoch, to the originator and for fees. Amounts are minor units of the series'
currency. A programme's cash, in units of its token, stands for vouchers, for what providers have to get, or is free.

The rules are those of ``docs/rules.md``. A distribution moves what the journal itself has on its accounts, so that a
contract that did otherwise would show as a difference (:class:`~ledger.errors.ChainError`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from ledger.chain.node import Log
from ledger.errors import ChainError
from ledger.store.journal import Account, Balance, Entry, Posting

__all__ = ["CASH", "TELLS", "Books"]

CASH = "cash"
MINOR = "minor units"

Tell: TypeAlias = "Callable[..., list[Posting]]"

TELLS: dict[tuple[str, str], Tell] = {}
"""By kind of contract and name of event: a function of the books, the address of the contract and the event's arguments
by the names that they have in the contract, in snake case."""


def tells(kind: str, name: str) -> Callable[[Tell], Tell]:
    def keep(tell: Tell) -> Tell:
        TELLS[kind, name] = tell
        return tell

    return keep


class Books:
    """The balances as they are, and the entries that events make of them."""

    def __init__(self, balances: Mapping[Account, Balance]) -> None:
        self._left: dict[Account, int] = defaultdict(int)
        for account, balance in balances.items():
            self._left[account] = balance.credits - balance.debits
        self.tokens: dict[int, str] = {}
        """The cash token of each voucher programme."""
        self.entries: list[Entry] = []

    def take(self, name: str, log: Log, postings: list[Posting]) -> None:
        """What the next event did."""
        made = tuple(one for one in postings if one.amount)
        for debit, credit, amount in made:
            if amount < 0:
                raise ChainError(f"{name} in block {log.block_number} moves {amount} from {debit} to {credit}")
            self._left[debit] -= amount
            self._left[credit] += amount
        if made:
            self.entries.append(Entry(log.block_number, log.block_hash, log.index, name, made))

    def left(self, owner: str, name: str, unit: str = MINOR) -> int:
        """What an account has to give."""
        return self._left[Account(owner, name, unit)]


def _move(owner: str, debit: str, credit: str, amount: int, unit: str = MINOR) -> Posting:
    return Posting(Account(owner, debit, unit), Account(owner, credit, unit), amount)


def payable(epoch: int) -> str:
    """The account of what holders have to get for an epoch."""
    return f"payable {epoch}"


# --- SPVs ------------------------------------------------------------------------------------------------------------


@tells("Spv", "Subscribed")
def _subscribed(books: Books, spv: str, holder: str, token_id: int, units: int) -> list[Posting]:
    return [_move(spv, CASH, "subscriptions", units)]


@tells("Spv", "Refunded")
def _refunded(books: Books, spv: str, token_id: int, holder: str, units: int) -> list[Posting]:
    return [_move(spv, "subscriptions", CASH, units)]


@tells("Spv", "Activated")
def _activated(books: Books, spv: str, units: int, proceeds: int) -> list[Posting]:
    return [_move(spv, "subscriptions", CASH, proceeds)]


@tells("Spv", "Collected")
def _collected(books: Books, spv: str, id: bytes, amount: int, total: int, face: int) -> list[Posting]:
    return [_move(spv, CASH, "collections", amount)]


@tells("Spv", "Funded")
def _funded(books: Books, spv: str, epoch: int, period: int, amount: int, outcome: Any) -> list[Posting]:
    """All that is available goes through one account, which is empty before and after."""
    run = "waterfall"
    taken = {name: books.left(spv, name) for name in ("collections", "trapped", "dust")}
    given = {
        "fees": outcome.fee,
        payable(epoch): amount,
        "redemption": outcome.repaid if outcome.done else 0,
        "reserve": outcome.toReserve,
        "sinking": outcome.toSinking,
        "residual": outcome.residual,
        "trapped": outcome.trapped,
    }
    reserve = books.left(spv, "reserve") + outcome.toReserve
    sinking = books.left(spv, "sinking") + outcome.toSinking
    released = sum(given.values()) - sum(taken.values())
    # Either the reserve covers a coupon, or both accounts are given up: at the end, or after acceleration.
    from_sinking = 0 if released == outcome.fromReserve else sinking
    from_reserve = released - from_sinking
    if from_reserve not in (outcome.fromReserve, reserve) or sum(taken.values()) != outcome.available:
        raise ChainError(
            f"the distribution of epoch {epoch} of {spv} does not agree with the journal",
            hint="compare them: crt reconcile",
        )
    postings = [_move(spv, name, run, amount) for name, amount in taken.items()]
    postings += [_move(spv, run, name, amount) for name, amount in given.items()]
    return [*postings, _move(spv, "reserve", run, from_reserve), _move(spv, "sinking", run, from_sinking)]


@tells("Spv", "RedemptionFunded")
def _redemption_funded(books: Books, spv: str, epoch: int, amount: int) -> list[Posting]:
    return [_move(spv, "redemption", payable(epoch), amount)]


@tells("Spv", "Paid")
def _paid(books: Books, spv: str, epoch: int, payments: list[Any]) -> list[Posting]:
    return [_move(spv, payable(epoch), CASH, sum(one.amount for one in payments))]


@tells("Spv", "DustKept")
def _dust_kept(books: Books, spv: str, epoch: int, amount: int) -> list[Posting]:
    return [_move(spv, payable(epoch), "dust", amount)]


@tells("Spv", "EpochClosed")
def _epoch_closed(books: Books, spv: str, epoch: int, unclaimed: int, to: str) -> list[Posting]:
    return [_move(spv, payable(epoch), CASH, unclaimed)]


@tells("Spv", "FeesPaid")
def _fees_paid(books: Books, spv: str, to: str, amount: int) -> list[Posting]:
    return [_move(spv, "fees", CASH, amount)]


@tells("Spv", "ResidualPaid")
def _residual_paid(books: Books, spv: str, to: str, amount: int) -> list[Posting]:
    return [_move(spv, "residual", CASH, amount)]


@tells("Spv", "ResidualSwept")
def _residual_swept(books: Books, spv: str, amount: int) -> list[Posting]:
    return [_move(spv, name, "residual", books.left(spv, name)) for name in ("collections", "trapped", "dust")]


# --- Vouchers --------------------------------------------------------------------------------------------------------


def _programme(number: int) -> str:
    return f"programme {number}"


@tells("Vouchers", "ProgrammeOpened")
def _programme_opened(
    books: Books, vouchers: str, programme: int, issuer: str, publisher: str, terms: Any
) -> list[Posting]:
    books.tokens[programme] = terms.cash
    return []


@tells("Vouchers", "Funded")
def _programme_funded(books: Books, vouchers: str, programme: int, from_: str, amount: int) -> list[Posting]:
    return [_move(vouchers, CASH, _programme(programme), amount, books.tokens[programme])]


@tells("Vouchers", "Redeemed")
def _redeemed(
    books: Books, vouchers: str, programme: int, holder: str, provider: str, units: int, value: int, invoice: bytes
) -> list[Posting]:
    return [_move(vouchers, _programme(programme), f"provider {provider}", value, books.tokens[programme])]


@tells("Vouchers", "Reimbursed")
def _reimbursed(books: Books, vouchers: str, provider: str, cash: str, amount: int) -> list[Posting]:
    return [_move(vouchers, f"provider {provider}", CASH, amount, cash)]


@tells("Vouchers", "Closed")
def _closed(books: Books, vouchers: str, programme: int, issuer: str, amount: int) -> list[Posting]:
    return [_move(vouchers, _programme(programme), CASH, amount, books.tokens[programme])]
