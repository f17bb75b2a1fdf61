"""What the search of administrators stands on; saved filters; figures by the hour."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from engine.store.types import UtcDateTime

revision: str = "engine_0014"
down_revision: str | Sequence[str] | None = "engine_0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_PLAIN = sa.String(length=100).with_variant(sa.String(length=100, collation="C"), "postgresql")
_TOP, _OPEN = "parent_id IS NULL", "status = 'open'"
#: Name, table, columns, and of which rows; empty: of all.
_INDEXES: Sequence[tuple[str, str, list[str], str]] = (
    ("ix_instance_top", "instance", ["id"], _TOP),
    ("ix_instance_top_status", "instance", ["status", "id"], _TOP),
    ("ix_instance_top_process", "instance", ["process", "status", "id"], _TOP),
    ("ix_instance_status", "instance", ["status", "id"], ""),
    ("ix_instance_version", "instance", ["definition_id", "status", "id"], ""),
    ("ix_instance_ended", "instance", ["ended_at", "id"], "ended_at IS NOT NULL"),
    ("ix_user_task_place", "user_task", ["element", "instance_id"], _OPEN),
    ("ix_user_task_where", "user_task", ["organisation", "instance_id", "due_at"], _OPEN),
    ("ix_user_task_due", "user_task", ["due_at", "id"], _OPEN),
    (
        "ix_job_place",
        "job",
        ["element", "instance_id"],
        "state IN ('ready', 'claimed', 'dead', 'suspended')",
    ),
    ("ix_incident_open_case", "incident", ["instance_id"], "resolved_at IS NULL"),
    ("ix_subscription_place", "subscription", ["element", "instance_id"], ""),
)


def upgrade() -> None:
    """Move the schema forward."""
    _case_variable()
    _saved_filter()
    _filter_start()
    _figure()
    for name, table, columns, of in _INDEXES:
        where = sa.text(of) if of else None
        sqlite = sa.text("root_id = id") if of == _TOP else where
        op.create_index(name, table, columns, sqlite_where=sqlite, postgresql_where=where)
    op.create_index(
        "ix_instance_number",
        "instance",
        ["business_key", "id"],
        postgresql_ops={"business_key": "text_pattern_ops"},
    )


def _case_variable() -> None:
    op.create_table(
        "case_variable",
        sa.Column("instance_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("words", _PLAIN, nullable=True),
        sa.Column("number", sa.Float(), nullable=True),
        sa.Column("moment", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["instance_id"],
            ["instance.id"],
            name=op.f("fk_case_variable_instance_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("instance_id", "name", name=op.f("pk_case_variable")),
    )
    for value in ("words", "number", "moment"):
        there = sa.text(f"{value} IS NOT NULL")
        op.create_index(
            f"ix_case_variable_{value}",
            "case_variable",
            ["name", "kind", value, "instance_id"],
            sqlite_where=there,
            postgresql_where=there,
        )


def _saved_filter() -> None:
    op.create_table(
        "saved_filter",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("list", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=32), nullable=False),
        sa.Column("shared", sa.String(length=8), nullable=False),
        sa.Column("organisation", sa.String(length=100), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation"],
            ["organisation.code"],
            name=op.f("fk_saved_filter_organisation"),
        ),
        sa.ForeignKeyConstraint(["owner"], ["account.id"], name=op.f("fk_saved_filter_owner")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filter")),
    )
    op.create_index("ix_saved_filter_list", "saved_filter", ["list", "name", "id"])


def _filter_start() -> None:
    op.create_table(
        "filter_start",
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("list", sa.String(length=32), nullable=False),
        sa.Column("filter_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_filter_start_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["filter_id"],
            ["saved_filter.id"],
            name=op.f("fk_filter_start_filter_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "list", name=op.f("pk_filter_start")),
    )
    op.create_index("ix_filter_start_filter_id", "filter_start", ["filter_id"])


def _figure() -> None:
    op.create_table(
        "figure",
        sa.Column("hour", UtcDateTime(), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("part", sa.String(length=16), nullable=False),
        sa.Column("value", sa.String(length=255), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("part", "hour", "name", "value", name=op.f("pk_figure")),
    )


def downgrade() -> None:
    """Move the schema back."""
    for name, table, *_ in _INDEXES:
        op.drop_index(name, table)
    op.drop_index("ix_instance_number", "instance")
    for table in ("figure", "filter_start", "saved_filter", "case_variable"):
        op.drop_table(table)
