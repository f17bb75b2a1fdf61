"""Incidents with notes and an assignee, traces of jobs, pauses of handlers, executors."""

from collections.abc import Sequence

revision: str = "engine_0013"
down_revision: str | Sequence[str] | None = "engine_0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Move the schema forward."""


def downgrade() -> None:
    """Move the schema back."""
