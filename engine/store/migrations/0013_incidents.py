"""Incidents with notes and an assignee, traces of jobs, pauses of handlers, executors."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from engine.store.types import UtcDateTime

revision: str = "engine_0013"
down_revision: str | Sequence[str] | None = "engine_0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Move the schema forward."""
    op.add_column("job", sa.Column("claimed_at", UtcDateTime(), nullable=True))
    _jobs_in("ix_job_suspended", "suspended", "due_at")
    _jobs_in("ix_job_done", "done", "finished_at")
    op.add_column(
        "incident",
        sa.Column("resolution", sa.String(length=16), nullable=False, server_default=""),
    )
    op.add_column(
        "incident", sa.Column("assignee", sa.String(length=32), nullable=False, server_default="")
    )
    _failures()
    _notes()
    _executors()
    _pauses()


def _jobs_in(name: str, state: str, by: str) -> None:
    only = sa.text(f"state = '{state}'")
    op.create_index(name, "job", [by, "id"], sqlite_where=only, postgresql_where=only)


def _failures() -> None:
    op.create_table(
        "job_failure",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("topic", sa.String(length=255), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=True),
        sa.Column("failed_at", UtcDateTime(), nullable=False),
        sa.Column("executor", sa.String(length=100), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("request", sa.String(length=200), nullable=False),
        sa.Column("trace", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["job_id"], ["job.id"], name=op.f("fk_job_failure_job_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_failure")),
    )
    op.create_index(op.f("ix_job_failure_job_id"), "job_failure", ["job_id"])
    op.create_index(op.f("ix_job_failure_failed_at"), "job_failure", ["failed_at"])


def _notes() -> None:
    op.create_table(
        "incident_note",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("incident_id", sa.String(length=32), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("author_name", sa.String(length=200), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
            name=op.f("fk_incident_note_incident_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_note")),
    )
    op.create_index(op.f("ix_incident_note_incident_id"), "incident_note", ["incident_id"])


def _executors() -> None:
    op.create_table(
        "executor",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("works", sa.Boolean(), nullable=False),
        sa.Column("release", sa.String(length=100), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("stopped_at", UtcDateTime(), nullable=True),
        sa.Column("topics", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_executor")),
    )


def _pauses() -> None:
    op.create_table(
        "handler_pause",
        sa.Column("topic", sa.String(length=255), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("author_name", sa.String(length=200), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("topic", name=op.f("pk_handler_pause")),
    )


def downgrade() -> None:
    """Move the schema back."""
    for table in ("handler_pause", "executor", "incident_note", "job_failure"):
        op.drop_table(table)
    op.drop_column("incident", "assignee")
    op.drop_column("incident", "resolution")
    op.drop_index("ix_job_done", table_name="job")
    op.drop_index("ix_job_suspended", table_name="job")
    op.drop_column("job", "claimed_at")
