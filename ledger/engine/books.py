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

from ledger.chain.abi import DecodedEvent
from ledger.errors import ChainError
from ledger.store.journal import Account, Balance, Entry, Posting

__all__ = ["CASH", "Books"]

CASH = "cash"
MINOR = "minor units"

Args: TypeAlias = Mapping[str, Any]
Tell: TypeAlias = "Callable[[Books, str, Args], list[Posting]]"
_TELLS: dict[tuple[str, str], Tell] = {}


def tells(kind: str, name: str) -> Callable[[Tell], Tell]:
    def keep(tell: Tell) -> Tell:
        _TELLS[kind, name] = tell
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

    def take(self, kind: str, event: DecodedEvent, block_hash: bytes) -> None:
        """The next event, of a contract of this kind."""
        tell = _TELLS.get((kind, event.name))
        if tell is None:
            return
        made = tuple(one for one in tell(self, event.address, event.args) if one.amount)
        for debit, credit, amount in made:
            if amount < 0:
                raise ChainError(f"{event.name} in block {event.block_number} moves {amount} from {debit} to {credit}")
            self._left[debit] -= amount
            self._left[credit] += amount
        if made:
            self.entries.append(Entry(event.block_number, block_hash, event.log_index, event.name, made))

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
def _subscribed(books: Books, spv: str, args: Args) -> list[Posting]:
    return [_move(spv, CASH, "subscriptions", args["units"])]


@tells("Spv", "Refunded")
def _refunded(books: Books, spv: str, args: Args) -> list[Posting]:
    return [_move(spv, "subscriptions", CASH, args["units"])]


@tells("Spv", "Activated")
def _activated(books: Books, spv: str, args: Args) -> list[Posting]:
    return [_move(spv, "subscriptions", CASH, args["proceeds"])]


@tells("Spv", "Collected")
def _collected(books: Books, spv: str, args: Args) -> list[Posting]:
    return [_move(spv, CASH, "collections", args["amount"])]


@tells("Spv", "Funded")
def _funded(books: Books, spv: str, args: Args) -> list[Posting]:
    """All that is available goes through one account, which is empty before and after."""
    outcome, run = args["outcome"], "waterfall"
    taken = {name: books.left(spv, name) for name in ("collections", "trapped", "dust")}
    given = {
        "fees": outcome.fee,
        payable(args["epoch"]): args["amount"],
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
            f"the distribution of epoch {args['epoch']} of {spv} does not agree with the journal",
            hint="compare them: crt reconcile",
        )
    postings = [_move(spv, name, run, amount) for name, amount in taken.items()]
    postings += [_move(spv, run, name, amount) for name, amount in given.items()]
    return [*postings, _move(spv, "reserve", run, from_reserve), _move(spv, "sinking", run, from_sinking)]


@tells("Spv", "RedemptionFunded")
def _redemption_funded(books: Books, spv: str, args: Args) -> list[Posting]:
    return [_move(spv, "redemption", payable(args["epoch"]), args["amount"])]


@tells("Spv", "Paid")
def _paid(books: Books, spv: str, args: Args) -> list[Posting]:
    return [_move(spv, payable(args["epoch"]), CASH, sum(one.amount for one in args["payments"]))]


@tells("Spv", "DustKept")
def _dust_kept(books: Books, spv: str, args: Args) -> list[Posting]:
    return [_move(spv, payable(args["epoch"]), "dust", args["amount"])]


@tells("Spv", "EpochClosed")
def _epoch_closed(books: Books, spv: str, args: Args) -> list[Posting]:
    return [_move(spv, payable(args["epoch"]), CASH, args["unclaimed"])]


@tells("Spv", "FeesPaid")
def _fees_paid(books: Books, spv: str, args: Args) -> list[Posting]:
    return [_move(spv, "fees", CASH, args["amount"])]


@tells("Spv", "ResidualPaid")
def _residual_paid(books: Books, spv: str, args: Args) -> list[Posting]:
    return [_move(spv, "residual", CASH, args["amount"])]


@tells("Spv", "ResidualSwept")
def _residual_swept(books: Books, spv: str, args: Args) -> list[Posting]:
    return [_move(spv, name, "residual", books.left(spv, name)) for name in ("collections", "trapped", "dust")]


# --- Vouchers --------------------------------------------------------------------------------------------------------


def _programme(number: int) -> str:
    return f"programme {number}"


@tells("Vouchers", "ProgrammeOpened")
def _programme_opened(books: Books, vouchers: str, args: Args) -> list[Posting]:
    books.tokens[args["programme"]] = args["terms"].cash
    return []


@tells("Vouchers", "Funded")
def _programme_funded(books: Books, vouchers: str, args: Args) -> list[Posting]:
    number = args["programme"]
    return [_move(vouchers, CASH, _programme(number), args["amount"], books.tokens[number])]


@tells("Vouchers", "Redeemed")
def _redeemed(books: Books, vouchers: str, args: Args) -> list[Posting]:
    number = args["programme"]
    return [_move(vouchers, _programme(number), f"provider {args['provider']}", args["value"], books.tokens[number])]


@tells("Vouchers", "Reimbursed")
def _reimbursed(books: Books, vouchers: str, args: Args) -> list[Posting]:
    return [_move(vouchers, f"provider {args['provider']}", CASH, args["amount"], args["cash"])]


@tells("Vouchers", "Closed")
def _closed(books: Books, vouchers: str, args: Args) -> list[Posting]:
    number = args["programme"]
    return [_move(vouchers, _programme(number), CASH, args["amount"], books.tokens[number])]
