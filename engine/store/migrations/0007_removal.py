"""When an ended case is to be removed; empty: it was not decided yet, or it is kept for ever."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from engine.store.types import UtcDateTime

revision: str = "engine_0007"
down_revision: str | Sequence[str] | None = "engine_0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Move the schema forward."""
    op.add_column("instance", sa.Column("removal_at", UtcDateTime(), nullable=True))
    said = sa.text("removal_at IS NOT NULL")
    op.create_index(
        "ix_instance_removal",
        "instance",
        ["removal_at", "id"],
        sqlite_where=said,
        postgresql_where=said,
    )


def downgrade() -> None:
    """Move the schema back."""
    op.drop_index("ix_instance_removal", table_name="instance")
    op.drop_column("instance", "removal_at")
