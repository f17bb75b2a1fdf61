"""What was sent with a completed task."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "engine_0003"
down_revision: str | Sequence[str] | None = "engine_0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Move the schema forward."""
    op.add_column("user_task", sa.Column("sent", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Move the schema back."""
    with op.batch_alter_table("user_task", schema=None) as batch_op:
        batch_op.drop_column("sent")
