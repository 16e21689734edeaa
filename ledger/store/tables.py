"""The tables. Addresses are text in EIP-55 spelling, hashes are bytes, times are milliseconds since 1970 UTC.

What one of them holds is only ever written by one module of this package, which says what its states mean.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from ledger.store.for_good import for_good

__all__ = [
    "HEAD",
    "NOT_FINAL",
    "Serial",
    "accounts",
    "attempts",
    "audit",
    "begun",
    "facts",
    "metadata",
    "network",
    "operations",
    "transactions",
    "version",
]

HEAD = "0004"
"""The newest migration, which these tables are the result of."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# A 64-bit number that counts itself up: SQLite does so for INTEGER alone.
Serial = BigInteger().with_variant(Integer, "sqlite")

version = Table("alembic_version", metadata, Column("version_num", String(32), primary_key=True))

# The chain that all this is about: one row, written when the database is first used.
network = Table(
    "network",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("chain_id", BigInteger, nullable=False),
    Column("genesis", LargeBinary(32), nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

# What contracts have answered that never changes: see facts.py.
facts = Table(
    "fact",
    metadata,
    Column("contract", String(42), primary_key=True),
    Column("since", LargeBinary(32), primary_key=True),
    Column("answers", Text, nullable=False),
)

# --- Operations: see operations.py -----------------------------------------------------------------------------------

accounts = Table(
    "account",
    metadata,
    Column("address", String(42), primary_key=True),
    Column("next_nonce", BigInteger),
    Column("halted", Text),
    Column("lease_owner", String(64)),
    Column("lease_token", BigInteger, nullable=False, server_default="0"),
    Column("lease_until", BigInteger, nullable=False, server_default="0"),
)

transactions = Table(
    "transaction",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("account", String(42), ForeignKey("account.address"), nullable=False),
    Column("nonce", BigInteger, nullable=False),
    Column("to", String(42)),
    Column("data", LargeBinary, nullable=False),
    Column("gas", BigInteger, nullable=False),
    Column("state", String(8), nullable=False),
    Column("mined_hash", LargeBinary(32)),
    Column("block_number", BigInteger),
    Column("block_hash", LargeBinary(32)),
    Column("unexplained", Boolean, nullable=False, server_default=false()),
    Column("acknowledged", Text),
    UniqueConstraint("account", "nonce"),
    CheckConstraint("state in ('open', 'mined', 'final')", name="state"),
    CheckConstraint("(state = 'open') = (mined_hash is null)", name="mined_by"),
)
# Whoever works asks again and again what is left, beside millions that are done: the state comes first.
Index(None, transactions.c.state, transactions.c.account)
Index(None, transactions.c.account, transactions.c.block_number)
Index(
    "ix_transaction_unexplained",
    transactions.c.account,
    sqlite_where=text("unexplained = 1"),  # as queries spell it, or it is not used
    postgresql_where=transactions.c.unexplained,
)
NOT_FINAL = ("open", "mined")

attempts = Table(
    "attempt",
    metadata,
    Column("hash", LargeBinary(32), primary_key=True),
    Column("transaction_id", Serial, ForeignKey("transaction.id"), nullable=False, index=True),
    Column("raw", LargeBinary, nullable=False),
    Column("max_fee", BigInteger, nullable=False),
    Column("priority_fee", BigInteger, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("cancels", Boolean, nullable=False),
)

operations = Table(
    "operation",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("key", String(255), nullable=False, unique=True),
    Column("kind", String(64), nullable=False),
    Column("intent", Text, nullable=False),
    Column("actor", String(42), nullable=False),
    Column("through", String(42)),
    Column("steps", Text, nullable=False),
    Column("gas", BigInteger),
    Column("state", String(8), nullable=False),
    Column("transaction_id", Serial, ForeignKey("transaction.id"), index=True),
    Column("done_hash", LargeBinary(32)),
    Column("error", Text),
    Column("accepted_at", BigInteger, nullable=False),
    CheckConstraint("state in ('waiting', 'assigned', 'done', 'refused')", name="state"),
    CheckConstraint("(state = 'done') = (done_hash is not null)", name="done_by"),
    CheckConstraint("(state = 'refused') = (error is not null)", name="refused_for"),
)
Index(None, operations.c.state, operations.c.actor, operations.c.id)


# --- Who did what: see audit.py --------------------------------------------------------------------------------------

audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("command", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
)
for_good(audit, "the audit log is never changed")

# Commands that run now, and those that were killed: their records are made when they end, or by the next one.
begun = Table(
    "begun",
    metadata,
    Column("owner", String(64), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("command", Text, nullable=False),
    Column("detail", Text, nullable=False),
)
