"""the HTTP API: who may use it, and what was asked of it; and an index that says more, which is made again."""

import sqlalchemy as sa
from alembic import op

from ledger.store.amounts import Amount
from ledger.store.journal import reverse_above

revision = "0003"
down_revision = "0002"

INDEX = [
    "block",
    "contract",
    "receipt",
    "past_receipt",
    "event",
    "series",
    "spv",
    "spv_state",
    "record",
    "kept",
    "standing",
    "subscription",
    "collection",
    "distribution",
    "payment",
    "dust",
    "closing",
    "repository",
    "maintainer",
    "batch",
    "binding",
    "rotation",
    "graduation",
    "programme",
    "provider",
    "root",
    "voucher_move",
    "redemption",
    "reimbursement",
]


def upgrade() -> None:
    """Apply this step."""
    # What is in the index comes from the chain, and does again at the next look. The journal, which is never changed,
    # says the opposite of all that it has said, as when the index is rebuilt.
    for name in INDEX:
        op.drop_table(name)
    reverse_above(op.get_bind(), -1)
    op.create_table(
        "api_key",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("old_secret_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("old_until", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
    )
    op.create_table(
        "batch",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("repo", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("head", sa.LargeBinary(length=32), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("signer", sa.String(length=42), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_batch")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("batch", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_batch_repo_block_number_log_index"), ["repo", "block_number", "log_index"], unique=False
        )

    op.create_table(
        "binding",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("repo", sa.BigInteger(), nullable=False),
        sa.Column("contributor", sa.LargeBinary(length=32), nullable=False),
        sa.Column("wallet", sa.String(length=42), nullable=False),
        sa.Column("evidence", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_binding")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("binding", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_binding_person_block_number_log_index"),
            ["person", "block_number", "log_index"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_binding_repo_block_number_log_index"), ["repo", "block_number", "log_index"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_binding_wallet_block_number_log_index"),
            ["wallet", "block_number", "log_index"],
            unique=False,
        )

    op.create_table(
        "block",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_block")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "closing",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("spv", sa.String(length=42), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("unclaimed", sa.BigInteger(), nullable=False),
        sa.Column("to", sa.String(length=42), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_closing")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "collection",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("spv", sa.String(length=42), nullable=False),
        sa.Column("receivable", sa.LargeBinary(length=32), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_collection")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("collection", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_collection_spv_block_number_log_index"), ["spv", "block_number", "log_index"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_collection_spv_receivable_block_number_log_index"),
            ["spv", "receivable", "block_number", "log_index"],
            unique=False,
        )

    op.create_table(
        "command",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("principal", sa.String(length=64), nullable=False),
        sa.Column("idempotency_key", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("arguments", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("operations", sa.Text(), server_default="[]", nullable=False),
        sa.Column("accepted_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("leased_until", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("(state = 'accepted') = (ended_at is null)", name=op.f("ck_command_ended")),
        sa.CheckConstraint("(state = 'done') = (result is not null)", name=op.f("ck_command_done_with")),
        sa.CheckConstraint("(state = 'failed') = (error is not null)", name=op.f("ck_command_failed_for")),
        sa.CheckConstraint("state in ('accepted', 'done', 'failed')", name=op.f("ck_command_state")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_command")),
        sa.UniqueConstraint("id", name=op.f("uq_command_id")),
        sa.UniqueConstraint("principal", "idempotency_key", name=op.f("uq_command_principal_idempotency_key")),
    )
    with op.batch_alter_table("command", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_command_state_number"), ["state", "number"], unique=False)

    op.create_table(
        "contract",
        sa.Column("address", sa.String(length=42), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_contract")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "distribution",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("spv", sa.String(length=42), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_distribution")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dust",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("spv", sa.String(length=42), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_dust")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "event",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("contract", sa.String(length=42), nullable=False),
        sa.Column("topics", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_event")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "fallen_root",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("programme", sa.BigInteger(), nullable=False),
        sa.Column("lines_root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("fault", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_fallen_root")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("fallen_root", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_fallen_root_programme_block_number_log_index"),
            ["programme", "block_number", "log_index"],
            unique=False,
        )

    op.create_table(
        "graduation",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("programme", sa.BigInteger(), nullable=False),
        sa.Column("university", sa.String(length=42), nullable=False),
        sa.Column("day", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_graduation")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("graduation", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_graduation_person_block_number_log_index"),
            ["person", "block_number", "log_index"],
            unique=False,
        )

    op.create_table(
        "holder_freeze",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("holder", sa.String(length=42), nullable=False),
        sa.Column("frozen", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_holder_freeze")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("holder_freeze", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_holder_freeze_holder_block_number_log_index"),
            ["holder", "block_number", "log_index"],
            unique=False,
        )

    op.create_table(
        "issue",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("programme", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.String(length=42), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_issue")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("issue", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_issue_account_block_number_log_index"),
            ["account", "block_number", "log_index"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_issue_programme_block_number_log_index"),
            ["programme", "block_number", "log_index"],
            unique=False,
        )

    op.create_table(
        "kept",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(length=42), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_kept")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("kept", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_kept_slot_epoch_block_number_log_index"),
            ["slot", "epoch", "block_number", "log_index"],
            unique=False,
        )

    op.create_table(
        "maintainer",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("repo", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.String(length=42), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_maintainer")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "offer",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("spv", sa.String(length=42), nullable=False),
        sa.Column("present_value", Amount(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_offer")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "past_receipt",
        sa.Column("until", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("slot", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.String(length=42), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("frozen", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("until", "slot", "number", name=op.f("pk_past_receipt")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("past_receipt", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_past_receipt_slot_number_until"), ["slot", "number", "until"], unique=False
        )

    op.create_table(
        "pause",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_pause")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "payment",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("spv", sa.String(length=42), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(length=42), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", "place", name=op.f("pk_payment")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_payment_holder_block_number_log_index_place"),
            ["holder", "block_number", "log_index", "place"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_payment_spv_epoch_block_number_log_index_place"),
            ["spv", "epoch", "block_number", "log_index", "place"],
            unique=False,
        )

    op.create_table(
        "programme",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("programme", sa.BigInteger(), nullable=False),
        sa.Column("issuer", sa.String(length=42), nullable=False),
        sa.Column("publisher", sa.String(length=42), nullable=False),
        sa.Column("cash", sa.String(length=42), nullable=False),
        sa.Column("unit_value", Amount(), nullable=False),
        sa.Column("points_per_unit", Amount(), nullable=False),
        sa.Column("cap", Amount(), nullable=False),
        sa.Column("expiry", Amount(), nullable=False),
        sa.Column("transferable", sa.Boolean(), nullable=False),
        sa.Column("policy_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_programme")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("programme", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_programme_programme_block_number_log_index"),
            ["programme", "block_number", "log_index"],
            unique=False,
        )

    op.create_table(
        "provider",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("programme", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.String(length=42), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_provider")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("provider", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_provider_programme_block_number_log_index"),
            ["programme", "block_number", "log_index"],
            unique=False,
        )

    op.create_table(
        "receipt",
        sa.Column("slot", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.String(length=42), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("frozen", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("slot", "number", name=op.f("pk_receipt")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_receipt_owner_slot_number"), ["owner", "slot", "number"], unique=False)

    op.create_table(
        "receivable",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("spv", sa.String(length=42), nullable=False),
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("receivable", sa.LargeBinary(length=32), nullable=False),
        sa.Column("face", Amount(), nullable=False),
        sa.Column("due_day", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_receivable")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("receivable", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_receivable_spv_block_number_log_index"), ["spv", "block_number", "log_index"], unique=False
        )

    op.create_table(
        "record",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_record")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "recovery",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("wallet", sa.String(length=42), nullable=False),
        sa.Column("ready_from", sa.BigInteger(), nullable=True),
        sa.Column("university", sa.String(length=42), nullable=True),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_recovery")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("recovery", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_recovery_person_block_number_log_index"),
            ["person", "block_number", "log_index"],
            unique=False,
        )

    op.create_table(
        "redemption",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("programme", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(length=42), nullable=False),
        sa.Column("provider", sa.String(length=42), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("value", Amount(), nullable=False),
        sa.Column("invoice", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_redemption")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("redemption", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_redemption_holder_block_number_log_index"),
            ["holder", "block_number", "log_index"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_redemption_programme_block_number_log_index"),
            ["programme", "block_number", "log_index"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_redemption_provider_block_number_log_index"),
            ["provider", "block_number", "log_index"],
            unique=False,
        )

    op.create_table(
        "refund",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("spv", sa.String(length=42), nullable=False),
        sa.Column("holder", sa.String(length=42), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_refund")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("refund", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_refund_spv_block_number_log_index"), ["spv", "block_number", "log_index"], unique=False
        )

    op.create_table(
        "reimbursement",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("provider", sa.String(length=42), nullable=False),
        sa.Column("cash", sa.String(length=42), nullable=False),
        sa.Column("amount", Amount(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_reimbursement")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("reimbursement", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_reimbursement_provider_block_number_log_index"),
            ["provider", "block_number", "log_index"],
            unique=False,
        )

    op.create_table(
        "released",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("spv", sa.String(length=42), nullable=False),
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_released")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("released", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_released_spv_block_number_log_index"), ["spv", "block_number", "log_index"], unique=False
        )

    op.create_table(
        "repository",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("repo", sa.BigInteger(), nullable=False),
        sa.Column("maintainer", sa.String(length=42), nullable=False),
        sa.Column("genesis", sa.LargeBinary(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rule", sa.BigInteger(), nullable=False),
        sa.Column("policy_hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_repository")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("repository", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_repository_repo_block_number_log_index"), ["repo", "block_number", "log_index"], unique=False
        )

    op.create_table(
        "requirement",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("classes", sa.BigInteger(), nullable=False),
        sa.Column("jurisdictions", Amount(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_requirement")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "root",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("programme", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("lines_root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("claims_root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("claimable_from", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_root")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("root", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_root_programme_block_number_log_index"),
            ["programme", "block_number", "log_index"],
            unique=False,
        )

    op.create_table(
        "rotation",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.String(length=42), nullable=False),
        sa.Column("wallet", sa.String(length=42), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_rotation")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("rotation", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_rotation_person_block_number_log_index"),
            ["person", "block_number", "log_index"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_rotation_wallet_block_number_log_index"),
            ["wallet", "block_number", "log_index"],
            unique=False,
        )

    op.create_table(
        "series",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("issuer", sa.String(length=42), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_series")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "session",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("wallet", sa.String(length=42), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_session")),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "sign_in_nonce",
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("nonce", name=op.f("pk_sign_in_nonce")),
    )
    with op.batch_alter_table("sign_in_nonce", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_nonce_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "spv",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("spv", sa.String(length=42), nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("terms_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_spv")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "spv_state",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("spv", sa.String(length=42), nullable=False),
        sa.Column("state", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_spv_state")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "standing",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("holder", sa.String(length=42), nullable=False),
        sa.Column("classes", sa.BigInteger(), nullable=False),
        sa.Column("jurisdictions", Amount(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_standing")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("standing", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_standing_holder_block_number_log_index"),
            ["holder", "block_number", "log_index"],
            unique=False,
        )

    op.create_table(
        "subscription",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("spv", sa.String(length=42), nullable=False),
        sa.Column("holder", sa.String(length=42), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_subscription")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("subscription", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_subscription_holder_block_number_log_index"),
            ["holder", "block_number", "log_index"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_subscription_spv_block_number_log_index"), ["spv", "block_number", "log_index"], unique=False
        )

    op.create_table(
        "voucher_move",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("programme", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.String(length=42), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", "place", name=op.f("pk_voucher_move")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("voucher_move", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_voucher_move_account_programme_block_number_log_index_place"),
            ["account", "programme", "block_number", "log_index", "place"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_voucher_move_programme_block_number_log_index_place"),
            ["programme", "block_number", "log_index", "place"],
            unique=False,
        )
