"""Sessions that end on the server."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "engine_0002"
down_revision: str | Sequence[str] | None = "engine_0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Move the schema forward."""
    op.add_column(
        "account", sa.Column("sessions", sa.Integer(), nullable=False, server_default="0")
    )


def downgrade() -> None:
    """Move the schema back."""
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_column("sessions")
