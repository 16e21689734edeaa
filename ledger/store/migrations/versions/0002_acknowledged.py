"""who has acknowledged a transaction that no operation wanted."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply this step."""
    op.add_column("transaction", sa.Column("acknowledged", sa.Text(), nullable=True))
    op.create_index(
        "ix_transaction_unexplained",
        "transaction",
        ["account"],
        sqlite_where=sa.text("unexplained = 1"),
        postgresql_where=sa.text("unexplained"),
    )
