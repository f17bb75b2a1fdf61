"""whose document a scan is."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "6b1d0c94ae52"
down_revision: str | Sequence[str] | None = "2f088a27f223"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Move the schema forward."""
    with op.batch_alter_table("kandas_scan", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("person", sa.String(length=32), nullable=False, server_default="")
        )


def downgrade() -> None:
    """Move the schema back."""
    with op.batch_alter_table("kandas_scan", schema=None) as batch_op:
        batch_op.drop_column("person")
