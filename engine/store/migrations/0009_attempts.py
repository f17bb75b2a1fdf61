"""Attempts to sign in, counted for all web processes together."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "engine_0009"
down_revision: str | Sequence[str] | None = "engine_0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Move the schema forward."""
    op.create_table(
        "attempt",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("tried", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_attempt")),
    )
    op.create_index(op.f("ix_attempt_ends_at"), "attempt", ["ends_at"])


def downgrade() -> None:
    """Move the schema back."""
    op.drop_index(op.f("ix_attempt_ends_at"), table_name="attempt")
    op.drop_table("attempt")
