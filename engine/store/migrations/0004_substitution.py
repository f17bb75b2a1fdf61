"""Substitutions, and in whose place a signature was set."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from engine.store.types import UtcDateTime

revision: str = "engine_0004"
down_revision: str | Sequence[str] | None = "engine_0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_PEOPLE = ("absent", "substitute")


def upgrade() -> None:
    """Move the schema forward."""
    op.create_table(
        "substitution",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("absent", sa.String(length=32), nullable=False),
        sa.Column("substitute", sa.String(length=32), nullable=False),
        sa.Column("organisation", sa.String(length=100), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("hand_over", sa.Boolean(), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.Column("set_by", sa.String(length=32), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_by", sa.String(length=32), nullable=True),
        *[
            sa.ForeignKeyConstraint([one], ["account.id"], name=op.f(f"fk_substitution_{one}"))
            for one in _PEOPLE
        ],
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisation.code"], name=op.f("fk_substitution_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_substitution")),
    )
    for one in (*_PEOPLE, "organisation"):
        op.create_index(f"ix_substitution_{one}", "substitution", [one, "last_day"])
    op.add_column("signature", sa.Column("in_place_id", sa.String(length=32), nullable=True))
    op.add_column(
        "signature",
        sa.Column("in_place_of", sa.String(length=200), nullable=False, server_default=""),
    )


def downgrade() -> None:
    """Move the schema back."""
    with op.batch_alter_table("signature", schema=None) as batch_op:
        batch_op.drop_column("in_place_of")
        batch_op.drop_column("in_place_id")
    for one in (*_PEOPLE, "organisation"):
        op.drop_index(f"ix_substitution_{one}", "substitution")
    op.drop_table("substitution")
