"""Who may use the HTTP API, and what was asked of it. Times in milliseconds since 1970 UTC."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from ledger.store.tables import Serial, metadata

__all__ = ["api_keys", "commands", "sessions", "sign_in_nonces"]

# Of a secret only its SHA-256; ``roles`` are words with blanks between them. After a rotation the old secret is good
# for a while.
api_keys = Table(
    "api_key",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("name", Text, nullable=False),
    Column("roles", Text, nullable=False),
    Column("secret_hash", LargeBinary(32), nullable=False),
    Column("old_secret_hash", LargeBinary(32)),
    Column("old_until", BigInteger, nullable=False, server_default="0"),
    Column("made_at", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
)

# What a wallet has to sign to come in, each once.
sign_in_nonces = Table(
    "sign_in_nonce",
    metadata,
    Column("nonce", String(64), primary_key=True),
    Column("expires_at", BigInteger, nullable=False, index=True),
)

# A wallet that has signed in, by the SHA-256 of what it was given.
sessions = Table(
    "session",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("wallet", String(42), nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
)

# What somebody asked for, in the order in which it was accepted: see commands.py.
commands = Table(
    "command",
    metadata,
    Column("number", Serial, primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("principal", String(64), nullable=False),
    Column("idempotency_key", String(255), nullable=False),
    Column("name", String(64), nullable=False),
    Column("request_hash", LargeBinary(32), nullable=False),
    Column("arguments", Text, nullable=False),
    Column("state", String(8), nullable=False),
    Column("result", Text),
    Column("error", Text),
    Column("operations", Text, nullable=False, server_default="[]"),
    Column("accepted_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("owner", String(64)),
    Column("leased_until", BigInteger, nullable=False, server_default="0"),
    UniqueConstraint("principal", "idempotency_key"),
    CheckConstraint("state in ('accepted', 'done', 'failed')", name="state"),
    CheckConstraint("(state = 'done') = (result is not null)", name="done_with"),
    CheckConstraint("(state = 'failed') = (error is not null)", name="failed_for"),
    CheckConstraint("(state = 'accepted') = (ended_at is null)", name="ended"),
)
Index(None, commands.c.state, commands.c.number)
