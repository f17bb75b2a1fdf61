"""The analysts' workshop, and what deployments and versions tell of themselves."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from engine.store.types import Json, UtcDateTime

revision: str = "engine_0011"
down_revision: str | Sequence[str] | None = "engine_0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Move the schema forward."""
    _tell_more()
    _branch()
    _branch_file()
    _working_copy()


def _tell_more() -> None:
    op.add_column(
        "deployment", sa.Column("number", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "deployment",
        sa.Column("state", sa.String(length=16), server_default="active", nullable=False),
    )
    op.add_column("deployment", sa.Column("active_from", UtcDateTime(), nullable=True))
    for name, length in (("tag", 60), ("branch", 60), ("handed_in", 64)):
        op.add_column(
            "deployment",
            sa.Column(name, sa.String(length=length), server_default="", nullable=False),
        )
    for name in ("removed", "processes"):
        op.add_column("deployment", sa.Column(name, Json(), nullable=True))
    op.add_column(
        "definition",
        sa.Column("closure", sa.String(length=64), server_default="", nullable=False),
    )
    op.add_column("definition", sa.Column("calls", Json(), nullable=True))


def _branch() -> None:
    op.create_table(
        "branch",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("closed_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_branch")),
    )
    said = sa.text("closed_at IS NULL")
    op.create_index(
        "uq_branch_open",
        "branch",
        ["name"],
        unique=True,
        sqlite_where=said,
        postgresql_where=said,
    )


def _branch_file() -> None:
    op.create_table(
        "branch_file",
        sa.Column("branch_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("base", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.Column("saved_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name=op.f("fk_branch_file_branch_id_branch")
        ),
        sa.PrimaryKeyConstraint("branch_id", "name", "revision", name=op.f("pk_branch_file")),
    )


def _working_copy() -> None:
    op.create_table(
        "working_copy",
        sa.Column("branch_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("base_digest", sa.String(length=64), nullable=False),
        sa.Column("element", sa.String(length=255), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("kept_at", UtcDateTime(), nullable=True),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_working_copy_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name=op.f("fk_working_copy_branch_id_branch")
        ),
        sa.PrimaryKeyConstraint("branch_id", "name", "account_id", name=op.f("pk_working_copy")),
    )
    op.create_index("ix_working_copy_account_id", "working_copy", ["account_id"])


def downgrade() -> None:
    """Move the schema back."""
    for table in ("working_copy", "branch_file", "branch"):
        op.drop_table(table)
    for name in ("calls", "closure"):
        op.drop_column("definition", name)
    more = ("number", "state", "active_from", "tag", "branch", "handed_in", "removed", "processes")
    for name in more:
        op.drop_column("deployment", name)
