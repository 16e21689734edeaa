"""The journal: double entry, and nothing in it is ever changed or removed.

An amount is moved from one account to another in one row, credit to debit, so that there is no way to store an entry
that does not balance; both accounts are in the same unit, which the keys see to. What a block brought that is gone is
taken back by an entry that says the opposite.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)

from ledger.store.amounts import Amount
from ledger.store.for_good import for_good
from ledger.store.tables import Serial, metadata

__all__ = ["book_accounts", "entries", "postings"]

book_accounts = Table(
    "book_account",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("owner", String(42), nullable=False),
    Column("name", String(64), nullable=False),
    Column("unit", String(42), nullable=False),
    Column("debits", Amount, nullable=False),
    Column("credits", Amount, nullable=False),
    UniqueConstraint("owner", "name", "unit"),
    UniqueConstraint("id", "unit"),
)

entries = Table(
    "entry",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("block_number", BigInteger, nullable=False),
    Column("block_hash", LargeBinary(32), nullable=False),
    Column("log_index", BigInteger, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("reverses", Serial, ForeignKey("entry.id"), unique=True),
)
Index(None, entries.c.block_number)

postings = Table(
    "posting",
    metadata,
    Column("entry_id", Serial, ForeignKey("entry.id"), primary_key=True),
    Column("place", BigInteger, primary_key=True),
    Column("debit", Serial, nullable=False),
    Column("credit", Serial, nullable=False),
    Column("unit", String(42), nullable=False),
    Column("amount", Amount, nullable=False),
    ForeignKeyConstraint(["debit", "unit"], ["book_account.id", "book_account.unit"], name="fk_posting_debit"),
    ForeignKeyConstraint(["credit", "unit"], ["book_account.id", "book_account.unit"], name="fk_posting_credit"),
    CheckConstraint("debit <> credit", name="two_accounts"),
)
Index(None, postings.c.debit)
Index(None, postings.c.credit)


for_good(entries, "the journal is never changed: reverse the entry")
for_good(postings, "the journal is never changed: reverse the entry")
