"""What is due of handlers and of the rest is found apart, however long the other's backlog is."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "engine_0008"
down_revision: str | Sequence[str] | None = "engine_0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Move the schema forward."""
    _due("ix_job_due_handler", "kind = 'handler'")
    _due("ix_job_due_other", "kind <> 'handler'")


def _due(name: str, lane: str) -> None:
    said = sa.text(f"state = 'ready' AND {lane}")
    op.create_index(name, "job", ["due_at", "id"], sqlite_where=said, postgresql_where=said)


def downgrade() -> None:
    """Move the schema back."""
    op.drop_index("ix_job_due_other", table_name="job")
    op.drop_index("ix_job_due_handler", table_name="job")
