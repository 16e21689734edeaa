"""What the chain's events say, in tables. All of it can be made again from the chain.

Each row carries the block that it comes from, so that what a block brought can be taken back with it: rows of facts are
dropped, and a receipt is again what it was.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Index, LargeBinary, String, Table, Text

from ledger.store.amounts import Amount
from ledger.store.tables import metadata

__all__ = ["FACTS", "INDEX", "blocks", "contracts", "events", "past_receipts", "receipts"]


FACTS: list[Table] = []
"""Tables whose rows come from one event each, and go with its block."""


def _table(name: str, *columns: Column[Any]) -> Table:
    # On SQLite the rows stand in the tree of the primary key itself: one tree to write to instead of two.
    return Table(name, metadata, *columns, sqlite_with_rowid=False)


def _facts(name: str, *columns: Column[Any], place: bool = False, by: tuple[tuple[str, ...], ...] = ()) -> Table:
    """A table of what single events said; with ``place``, an event may say several things. ``by`` what they are looked
    up by, and then they come in the order of the chain."""
    keys = ["block_number", "log_index", *(["place"] if place else [])]
    table = _table(name, *(Column(key, BigInteger, primary_key=True, autoincrement=False) for key in keys), *columns)
    for names in by:
        Index(None, *(table.c[one] for one in (*names, *keys)))
    FACTS.append(table)
    return table


def _key(name: str, kind: Any = BigInteger) -> Column[Any]:
    return Column(name, kind, primary_key=True, autoincrement=False)


def _address(name: str) -> Column[str]:
    return Column(name, String(42), nullable=False)


def _number(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _amount(name: str) -> Column[int]:
    return Column(name, Amount, nullable=False)


def _word(name: str) -> Column[bytes]:
    return Column(name, LargeBinary(32), nullable=False)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


# Blocks that brought something, and the newest one that was looked at.
blocks = _table("block", _key("number"), _word("hash"), _number("timestamp"))

# The SPVs: contracts whose events are read besides those of the deployment, each from the block that made it.
contracts = _table(
    "contract", _key("address", String(42)), Column("kind", String(32), nullable=False), _number("since")
)

# Every event as the chain has it, also those that no other table wants. ``topics`` are 32 bytes each, one after the
# other; ``ledger.engine.outbox`` reads them.
events = _facts(
    "event",
    _word("tx_hash"),
    _address("contract"),
    Column("topics", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

# --- Series and receipts ---------------------------------------------------------------------------------------------

# The receipts that there are, and since which block they are as they are.
receipts = _table(
    "receipt", _key("slot"), _key("number"), _number("since"), _address("owner"), _number("units"), _flag("frozen")
)
Index(None, receipts.c.owner, receipts.c.slot, receipts.c.number)

# What receipts were from a block on, up to block ``until``, which is not in it. In the order of their ends, so that
# new ones come last, and what is asked of a recent block is near the end.
past_receipts = _table(
    "past_receipt",
    *(_key("until"), _key("slot"), _key("number")),
    *(_number("since"), _address("owner"), _number("units"), _flag("frozen")),
)
Index(None, past_receipts.c.slot, past_receipts.c.number, past_receipts.c.until)

series = _facts("series", _number("slot"), _address("issuer"), _text("code"))
spvs = _facts("spv", _address("spv"), _number("slot"), _word("terms_hash"), _text("code"))
spv_states = _facts("spv_state", _address("spv"), _number("state"))
records = _facts("record", _number("slot"), _number("epoch"), _number("units"))
kept = _facts(
    "kept",
    *(_number("slot"), _number("number"), _number("epoch"), _address("holder"), _number("units")),
    by=(("slot", "epoch"),),
)
pauses = _facts("pause", _number("slot"), _flag("paused"))
# Who may receive receipts of a series.
requirements = _facts("requirement", _number("slot"), _number("classes"), _amount("jurisdictions"))
holder_freezes = _facts("holder_freeze", _address("holder"), _flag("frozen"), _text("reason"), by=(("holder",),))
standings = _facts(
    "standing",
    *(_address("holder"), _number("classes"), _amount("jurisdictions"), _number("valid_until")),
    by=(("holder",),),
)

# --- An SPV's money --------------------------------------------------------------------------------------------------

# The receivables of an SPV, each sold to it once; ``key`` is what it is known by over all SPVs.
receivables = _facts(
    "receivable",
    *(_address("spv"), _word("key"), _word("receivable"), _amount("face"), _number("due_day")),
    by=(("spv",),),
)
# Those of a failed SPV that can be sold again.
releases = _facts("released", _address("spv"), _word("key"), by=(("spv",),))
offers = _facts("offer", _address("spv"), _amount("present_value"))
subscriptions = _facts(
    "subscription",
    *(_address("spv"), _address("holder"), _number("number"), _number("units")),
    by=(("spv",), ("holder",)),
)
refunds = _facts("refund", _address("spv"), _address("holder"), _number("number"), _number("units"), by=(("spv",),))
collections = _facts(
    "collection",
    *(_address("spv"), _word("receivable"), _number("amount")),
    by=(("spv",), ("spv", "receivable")),
)
distributions = _facts(
    "distribution", _address("spv"), _number("epoch"), _number("period"), _number("amount"), _text("outcome")
)
payments = _facts(
    "payment",
    *(_address("spv"), _number("epoch"), _address("holder"), _number("units"), _number("amount")),
    place=True,
    by=(("spv", "epoch"), ("holder",)),
)
# What rounding left of an epoch, and what nobody had claimed of it when it was closed.
dust = _facts("dust", _address("spv"), _number("epoch"), _number("amount"))
closings = _facts("closing", _address("spv"), _number("epoch"), _number("unclaimed"), _address("to"))

# --- Contributions and vouchers --------------------------------------------------------------------------------------

repositories = _facts(
    "repository",
    *(_number("repo"), _address("maintainer"), _word("genesis"), _text("name"), _number("rule"), _word("policy_hash")),
    by=(("repo",),),
)
maintainers = _facts("maintainer", _number("repo"), _address("account"))  # those whom a repository was handed over to
batches = _facts(
    "batch",
    *(_number("repo"), _number("number"), _number("size"), _word("root"), _word("head")),
    *(_number("as_of"), _address("signer")),
    by=(("repo",),),
)
bindings = _facts(
    "binding",
    *(_number("person"), _number("repo"), _word("contributor"), _address("wallet"), _word("evidence")),
    by=(("person",), ("repo",), ("wallet",)),
)
rotations = _facts("rotation", _number("person"), _address("before"), _address("wallet"), by=(("person",), ("wallet",)))
# Wallets that universities want to give to persons; none when the present wallet was against it.
recoveries = _facts(
    "recovery",
    *(_number("person"), _address("wallet"), Column("ready_from", BigInteger), Column("university", String(42))),
    by=(("person",),),
)
# ``day`` counts from 1970; none when an attestation was taken back.
graduations = _facts(
    "graduation",
    *(_number("person"), _number("programme"), _address("university"), Column("day", BigInteger)),
    by=(("person",),),
)
programmes = _facts(
    "programme",
    *(_number("programme"), _address("issuer"), _address("publisher"), _address("cash"), _amount("unit_value")),
    *(_amount("points_per_unit"), _amount("cap"), _amount("expiry"), _flag("transferable"), _word("policy_hash")),
    _text("uri"),
    by=(("programme",),),
)
providers = _facts("provider", _number("programme"), _address("provider"), _flag("accepted"), by=(("programme",),))
roots = _facts(
    "root",
    *(_number("programme"), _number("number"), _word("lines_root"), _word("claims_root"), _number("claimable_from")),
    by=(("programme",),),
)
# Proposals that are gone: by a fault that somebody proved, or stopped by the guardian for a reason.
fallen_roots = _facts(
    "fallen_root",
    *(_number("programme"), _word("lines_root"), Column("fault", BigInteger), Column("reason", Text)),
    by=(("programme",),),
)
# Units that claims brought to an account.
issues = _facts(
    "issue",
    *(_number("programme"), _address("account"), _number("units")),
    by=(("programme",), ("account",)),
)
# Units that came to an account, or left it.
voucher_moves = _facts(
    "voucher_move",
    *(_number("programme"), _address("account"), _number("units")),
    place=True,
    by=(("account", "programme"), ("programme",)),
)
redemptions = _facts(
    "redemption",
    *(_number("programme"), _address("holder"), _address("provider")),
    *(_number("units"), _amount("value"), _word("invoice")),
    by=(("programme",), ("holder",), ("provider",)),
)
reimbursements = _facts("reimbursement", _address("provider"), _address("cash"), _amount("amount"), by=(("provider",),))

INDEX = [blocks, contracts, receipts, past_receipts, *FACTS]
"""All tables of the index."""
