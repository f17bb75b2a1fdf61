"""An office's open tasks by arrival: whoever heads one asks all day long what came since."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "engine_0010"
down_revision: str | Sequence[str] | None = "engine_0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Move the schema forward."""
    said = sa.text("status = 'open'")
    op.create_index(
        "ix_user_task_news",
        "user_task",
        ["organisation", "created_at", "id"],
        sqlite_where=said,
        postgresql_where=said,
    )


def downgrade() -> None:
    """Move the schema back."""
    op.drop_index("ix_user_task_news", table_name="user_task")
