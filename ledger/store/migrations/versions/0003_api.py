"""who may use the HTTP API, and what was asked of it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Apply this step."""
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
