"""the tables."""

import sqlalchemy as sa
from alembic import op

from ledger.store.amounts import Amount
from ledger.store.for_good import triggers

revision = "0001"
down_revision = None

FOR_GOOD = {
    "entry": "the journal is never changed: reverse the entry",
    "posting": "the journal is never changed: reverse the entry",
    "audit": "the audit log is never changed",
}


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "account",
        sa.Column("address", sa.String(length=42), nullable=False),
        sa.Column("next_nonce", sa.BigInteger(), nullable=True),
        sa.Column("halted", sa.Text(), nullable=True),
        sa.Column("lease_owner", sa.String(length=64), nullable=True),
        sa.Column("lease_token", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("lease_until", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_account")),
    )
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_hash")),
    )
    op.create_table(
        "batch",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("repo", Amount(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("head", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_batch")),
    )
    op.create_table(
        "binding",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("repo", Amount(), nullable=True),
        sa.Column("contributor", sa.LargeBinary(length=32), nullable=False),
        sa.Column("wallet", sa.String(length=42), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_binding")),
    )
    op.create_table(
        "block",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_block")),
    )
    op.create_table(
        "book_account",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("owner", sa.String(length=42), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=42), nullable=False),
        sa.Column("debits", Amount(), nullable=False),
        sa.Column("credits", Amount(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_book_account")),
        sa.UniqueConstraint("id", "unit", name=op.f("uq_book_account_id_unit")),
        sa.UniqueConstraint("owner", "name", "unit", name=op.f("uq_book_account_owner_name_unit")),
    )
    op.create_table(
        "collection",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("spv", sa.String(length=42), nullable=False),
        sa.Column("receivable", sa.LargeBinary(length=32), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_collection")),
    )
    op.create_table(
        "contract",
        sa.Column("address", sa.String(length=42), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_contract")),
    )
    op.create_table(
        "distribution",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("spv", sa.String(length=42), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_distribution")),
    )
    op.create_table(
        "entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("reverses", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["reverses"], ["entry.id"], name=op.f("fk_entry_reverses")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
        sa.UniqueConstraint("reverses", name=op.f("uq_entry_reverses")),
    )
    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entry_block_number"), ["block_number"], unique=False)

    op.create_table(
        "event",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("contract", sa.String(length=42), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=True),
        sa.Column("args", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_event")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_event_contract_name_block_number"), ["contract", "name", "block_number"], unique=False
        )

    op.create_table(
        "graduation",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("programme", sa.BigInteger(), nullable=False),
        sa.Column("university", sa.String(length=42), nullable=False),
        sa.Column("revoked", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_graduation")),
    )
    op.create_table(
        "kept",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(length=42), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_kept")),
    )
    op.create_table(
        "network",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=False),
        sa.Column("genesis", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_network_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network")),
    )
    op.create_table(
        "payment",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("spv", sa.String(length=42), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(length=42), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", "place", name=op.f("pk_payment")),
    )
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_holder"), ["holder"], unique=False)
        batch_op.create_index(batch_op.f("ix_payment_spv_epoch_holder"), ["spv", "epoch", "holder"], unique=False)

    op.create_table(
        "programme",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("programme", sa.BigInteger(), nullable=False),
        sa.Column("issuer", sa.String(length=42), nullable=False),
        sa.Column("publisher", sa.String(length=42), nullable=False),
        sa.Column("cash", sa.String(length=42), nullable=False),
        sa.Column("unit_value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_programme")),
    )
    op.create_table(
        "receipt",
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("owner", sa.String(length=42), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("frozen", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("slot", "number", "since", name=op.f("pk_receipt")),
    )
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_receipt_owner_slot"), ["owner", "slot"], unique=False)
        batch_op.create_index(batch_op.f("ix_receipt_slot_until"), ["slot", "until"], unique=False)

    op.create_table(
        "record",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_record")),
    )
    op.create_table(
        "redemption",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("programme", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(length=42), nullable=False),
        sa.Column("provider", sa.String(length=42), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("value", Amount(), nullable=False),
        sa.Column("invoice", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_redemption")),
    )
    op.create_table(
        "repository",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("repo", Amount(), nullable=True),
        sa.Column("maintainer", sa.String(length=42), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_repository")),
    )
    op.create_table(
        "series",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("issuer", sa.String(length=42), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_series")),
    )
    op.create_table(
        "spv",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("spv", sa.String(length=42), nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("terms_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_spv")),
    )
    op.create_table(
        "standing",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(length=42), nullable=False),
        sa.Column("classes", sa.BigInteger(), nullable=False),
        sa.Column("jurisdictions", Amount(), nullable=True),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_standing")),
    )
    op.create_table(
        "subscription",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("spv", sa.String(length=42), nullable=False),
        sa.Column("holder", sa.String(length=42), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_subscription")),
    )
    op.create_table(
        "voucher_move",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("programme", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.String(length=42), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", "place", name=op.f("pk_voucher_move")),
    )
    with op.batch_alter_table("voucher_move", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_voucher_move_account_programme"), ["account", "programme"], unique=False)

    op.create_table(
        "posting",
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("debit", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("credit", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit", sa.String(length=42), nullable=False),
        sa.Column("amount", Amount(), nullable=False),
        sa.CheckConstraint("debit <> credit", name=op.f("ck_posting_two_accounts")),
        sa.ForeignKeyConstraint(["credit", "unit"], ["book_account.id", "book_account.unit"], name="fk_posting_credit"),
        sa.ForeignKeyConstraint(["debit", "unit"], ["book_account.id", "book_account.unit"], name="fk_posting_debit"),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_posting_entry_id")),
        sa.PrimaryKeyConstraint("entry_id", "place", name=op.f("pk_posting")),
    )
    with op.batch_alter_table("posting", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_posting_credit"), ["credit"], unique=False)
        batch_op.create_index(batch_op.f("ix_posting_debit"), ["debit"], unique=False)

    op.create_table(
        "transaction",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account", sa.String(length=42), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=False),
        sa.Column("to", sa.String(length=42), nullable=True),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("gas", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("mined_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("block_number", sa.BigInteger(), nullable=True),
        sa.Column("block_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("unexplained", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("(state = 'open') = (mined_hash is null)", name=op.f("ck_transaction_mined_by")),
        sa.CheckConstraint("state in ('open', 'mined', 'final')", name=op.f("ck_transaction_state")),
        sa.ForeignKeyConstraint(["account"], ["account.address"], name=op.f("fk_transaction_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transaction")),
        sa.UniqueConstraint("account", "nonce", name=op.f("uq_transaction_account_nonce")),
    )
    with op.batch_alter_table("transaction", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_transaction_account_state"), ["account", "state"], unique=False)

    op.create_table(
        "attempt",
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("transaction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("max_fee", sa.BigInteger(), nullable=False),
        sa.Column("priority_fee", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("cancels", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["transaction_id"], ["transaction.id"], name=op.f("fk_attempt_transaction_id")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_attempt")),
    )
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attempt_transaction_id"), ["transaction_id"], unique=False)

    op.create_table(
        "operation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("intent", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=42), nullable=False),
        sa.Column("through", sa.String(length=42), nullable=True),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("gas", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("transaction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("done_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("accepted_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(state = 'done') = (done_hash is not null)", name=op.f("ck_operation_done_by")),
        sa.CheckConstraint("(state = 'refused') = (error is not null)", name=op.f("ck_operation_refused_for")),
        sa.CheckConstraint("state in ('waiting', 'assigned', 'done', 'refused')", name=op.f("ck_operation_state")),
        sa.ForeignKeyConstraint(["transaction_id"], ["transaction.id"], name=op.f("fk_operation_transaction_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operation")),
        sa.UniqueConstraint("key", name=op.f("uq_operation_key")),
    )
    with op.batch_alter_table("operation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_operation_actor_state_id"), ["actor", "state", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_operation_transaction_id"), ["transaction_id"], unique=False)

    for table, instead in FOR_GOOD.items():
        for statement in triggers(table, instead, op.get_context().dialect.name):
            op.execute(statement)
