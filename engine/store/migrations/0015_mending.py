"""What acts of administrators leave behind."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from engine.store.types import UtcDateTime

revision: str = "engine_0015"
down_revision: str | Sequence[str] | None = "engine_0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Move the schema forward."""
    _deadlines()
    _case_page()
    _regions()
    _statistics()


def _regions() -> None:
    """Cases by office, for administrators of regions; who changed a setting, and when."""
    op.create_index("ix_user_task_region", "user_task", ["organisation", "instance_id"])
    op.add_column("setting", sa.Column("changed_at", UtcDateTime(), nullable=True))
    op.add_column("setting", sa.Column("changed_by", sa.String(32), nullable=True))
    op.add_column("setting", sa.Column("reason", sa.LargeBinary(), nullable=True))


#: Indexes that give the newest of a case or subject in order, in place of those that do not.
_IN_ORDER = (
    (
        *("event", "ix_event_instance_id_element", ("instance_id", "element")),
        *("ix_event_case_element", ("instance_id", "element", "what", "id")),
    ),
    ("job", "ix_job_instance_id", ("instance_id",), "ix_job_instance_id_id", ("instance_id", "id")),
    ("audit", "ix_audit_subject", ("subject",), "ix_audit_subject_number", ("subject", "number")),
)


def _case_page() -> None:
    """What the page of a case reads, whatever its history; what a decision went by, sealed."""
    op.add_column("event", sa.Column("sealed", sa.LargeBinary(), nullable=True))
    for table, old, _, new, columns in _IN_ORDER:
        op.create_index(new, table, list(columns))
        op.drop_index(old, table_name=table)


def _case_page_back() -> None:
    for table, old, columns, new, _ in _IN_ORDER:
        op.create_index(old, table, list(columns))
        op.drop_index(new, table_name=table)
    op.drop_column("event", "sealed")


def _deadlines() -> None:
    """Deadlines that a person set; versions of processes that are not started at the moment."""
    for table in ("user_task", "job"):
        op.add_column(
            table,
            sa.Column("due_by_hand", sa.Boolean(), server_default=sa.false(), nullable=False),
        )
    op.create_table(
        "definition_pause",
        sa.Column("definition_id", sa.String(length=32), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["definition_id"],
            ["definition.id"],
            name=op.f("fk_definition_pause_definition_id"),
        ),
        sa.PrimaryKeyConstraint("definition_id", name=op.f("pk_definition_pause")),
    )


def _deadlines_back() -> None:
    op.drop_table("definition_pause")
    for table in ("job", "user_task"):
        op.drop_column(table, "due_by_hand")


def downgrade() -> None:
    """Move the schema back."""
    _deadlines_back()
    _statistics_back()
    _case_page_back()
    _regions_back()


def _regions_back() -> None:
    op.drop_column("setting", "reason")
    op.drop_column("setting", "changed_by")
    op.drop_column("setting", "changed_at")
    op.drop_index("ix_user_task_region", table_name="user_task")


#: Name, table, columns, and of which rows; empty: of all.
_COUNTED: Sequence[tuple[str, str, list[str], str]] = (
    ("ix_user_task_ended", "user_task", ["ended_at"], "status = 'completed'"),
    ("ix_audit_actor_number", "audit", ["actor", "number"], ""),
    ("ix_audit_act_number", "audit", ["act", "number"], ""),
)


def _statistics() -> None:
    """What statistics and the audit log's filters read."""
    for name, table, columns, of in _COUNTED:
        where = sa.text(of) if of else None
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def _statistics_back() -> None:
    for name, table, *_ in _COUNTED:
        op.drop_index(name, table_name=table)
