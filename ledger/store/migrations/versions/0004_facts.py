"""what contracts have answered that never changes."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "fact",
        sa.Column("contract", sa.String(length=42), nullable=False),
        sa.Column("since", sa.LargeBinary(length=32), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("contract", "since", name=op.f("pk_fact")),
    )
