"""What is told to others: the feed of events, and who gets it by webhook."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    false,
    true,
)

from ledger.store.index_tables import events
from ledger.store.tables import Serial, metadata

__all__ = ["gone_events", "outbox", "webhooks"]

# Messages ``first`` to ``first + length - 1`` of the feed. Those that are *added* are the rows of ``event`` of a range
# of blocks, in their order: the feed keeps no copy of them. Those that are *gone* were added and taken back since, and
# are in ``gone_event``, as is what the *reverted* ones take back. Those that are *void* were given out, and what they
# were is not known any more: a *reset* says so, with the number of the last message before them in ``after``.
outbox = Table(
    "outbox",
    metadata,
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("length", BigInteger, nullable=False),
    Column("state", String(8), nullable=False),
    Column("from_block", BigInteger),
    Column("to_block", BigInteger),
    Column("to_hash", LargeBinary(32)),
    Column("after", BigInteger),
    CheckConstraint("state in ('added', 'gone', 'reverted', 'void', 'reset')", name="state"),
    CheckConstraint("length > 0", name="some"),
)
Index(None, outbox.c.state, outbox.c.to_block)

# An event whose block is gone: as it was, with the messages that added it and took it back.
gone_events = Table(
    "gone_event",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("reverted", BigInteger, nullable=False, unique=True),
    Column("block_hash", LargeBinary(32), nullable=False),
    Column("timestamp", BigInteger, nullable=False),
    Column("kind", String(32)),
    *(Column(one.name, one.type, nullable=one.nullable) for one in events.c),
)

# ``secret`` as it was given to the receiver; ``old_secret`` signs too, up to a time. Times in milliseconds since 1970.
webhooks = Table(
    "webhook",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("old_secret", Text),
    Column("old_until", BigInteger, nullable=False, server_default="0"),
    Column("events", Text, nullable=False),
    Column("local", Boolean, nullable=False, server_default=false()),
    Column("enabled", Boolean, nullable=False, server_default=true()),
    Column("checkpoint", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("next_at", BigInteger, nullable=False, server_default="0"),
    Column("last_answer", Text),
)
