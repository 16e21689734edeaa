"""What the chain's events say, in tables. All of it can be made again from the chain.

Each row carries the block that it comes from, so that what a block brought can be taken back with it: rows of facts are
dropped, and a version of a receipt that a later one has ended is current again.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Index, LargeBinary, String, Table, Text

from ledger.store.amounts import Amount
from ledger.store.tables import metadata

__all__ = ["FACTS", "blocks", "contracts", "events", "receipts"]


def _facts(name: str, *columns: Column[Any], place: bool = False) -> Table:
    """A table of what single events said; with ``place``, an event may say several things."""
    keys = ["block_number", "log_index", *(["place"] if place else [])]
    return Table(name, metadata, *(Column(key, BigInteger, primary_key=True) for key in keys), *columns)


def _address(name: str) -> Column[str]:
    return Column(name, String(42), nullable=False)


def _number(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _word(name: str) -> Column[bytes]:
    return Column(name, LargeBinary(32), nullable=False)


# Blocks that brought something, and the newest one that was looked at.
blocks = Table(
    "block",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    _word("hash"),
    _number("timestamp"),
)

# Contracts whose events are read: those of the deployment, and each SPV from the block that made it.
contracts = Table(
    "contract",
    metadata,
    Column("address", String(42), primary_key=True),
    Column("kind", String(32), nullable=False),
    _number("since"),
)

events = _facts("event", _word("tx_hash"), _address("contract"), Column("name", String(32)), Column("args", Text))
Index(None, events.c.contract, events.c.name, events.c.block_number)

# --- Series and receipts ---------------------------------------------------------------------------------------------

# A receipt from block ``since`` on, up to block ``until``, which it is not in; the present one has no end.
receipts = Table(
    "receipt",
    metadata,
    Column("slot", BigInteger, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("since", BigInteger, primary_key=True),
    Column("until", BigInteger),
    _address("owner"),
    _number("units"),
    Column("frozen", Boolean, nullable=False),
)
Index(None, receipts.c.owner, receipts.c.slot)
Index(None, receipts.c.slot, receipts.c.until)

series = _facts("series", _number("slot"), _address("issuer"), Column("code", Text, nullable=False))
spvs = _facts("spv", _address("spv"), _number("slot"), _word("terms_hash"), Column("code", Text, nullable=False))
records = _facts("record", _number("slot"), _number("epoch"), _number("units"))
kept = _facts("kept", _number("slot"), _number("number"), _number("epoch"), _address("holder"), _number("units"))
standings = _facts(
    "standing", _address("holder"), _number("classes"), Column("jurisdictions", Amount), _number("valid_until")
)

# --- An SPV's money --------------------------------------------------------------------------------------------------

subscriptions = _facts("subscription", _address("spv"), _address("holder"), _number("number"), _number("units"))
collections = _facts("collection", _address("spv"), _word("receivable"), _number("amount"))
distributions = _facts(
    "distribution", _address("spv"), _number("epoch"), _number("period"), _number("amount"), Column("outcome", Text)
)
payments = _facts(
    "payment", _address("spv"), _number("epoch"), _address("holder"), _number("units"), _number("amount"), place=True
)
Index(None, payments.c.spv, payments.c.epoch, payments.c.holder)
Index(None, payments.c.holder)

# --- Contributions and vouchers --------------------------------------------------------------------------------------

repositories = _facts(
    "repository", Column("repo", Amount), _address("maintainer"), Column("name", Text, nullable=False)
)
batches = _facts("batch", Column("repo", Amount), _number("number"), _number("size"), _word("root"), _word("head"))
bindings = _facts("binding", _number("person"), Column("repo", Amount), _word("contributor"), _address("wallet"))
graduations = _facts(
    "graduation", _number("person"), _number("programme"), _address("university"), Column("revoked", Boolean)
)
programmes = _facts(
    "programme",
    _number("programme"),
    _address("issuer"),
    _address("publisher"),
    _address("cash"),
    _number("unit_value"),
)
# Units that came to an account, or left it.
voucher_moves = _facts("voucher_move", _number("programme"), _address("account"), _number("units"), place=True)
Index(None, voucher_moves.c.account, voucher_moves.c.programme)
redemptions = _facts(
    "redemption",
    _number("programme"),
    _address("holder"),
    _address("provider"),
    _number("units"),
    Column("value", Amount, nullable=False),
    _word("invoice"),
)

FACTS = [table for table in metadata.sorted_tables if "log_index" in table.c]
"""Tables whose rows come from one event each, and go with its block."""
