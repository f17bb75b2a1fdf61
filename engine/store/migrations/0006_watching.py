"""Which request caused a job, and two small indexes: what is counted of failures is never scanned.

The column has a default, so that a program of the release before still writes jobs.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "engine_0006"
down_revision: str | Sequence[str] | None = "engine_0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Move the schema forward."""
    op.add_column(
        "job", sa.Column("request", sa.String(length=64), server_default="", nullable=False)
    )
    _partial("ix_job_dead", "job", "state = 'dead'")
    _partial("ix_incident_open", "incident", "resolved_at IS NULL")


def _partial(name: str, table: str, where: str) -> None:
    said = sa.text(where)
    op.create_index(name, table, ["id"], sqlite_where=said, postgresql_where=said)


def downgrade() -> None:
    """Move the schema back."""
    op.drop_index("ix_incident_open", table_name="incident")
    op.drop_index("ix_job_dead", table_name="job")
    op.drop_column("job", "request")
