"""Reasons that people give for an act on a case, sealed; those given so far are moved there.

The audit log keeps what it has: its rows are links of a chain that must not change.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from engine.store.types import Encrypted, Json, Number

revision: str = "engine_0005"
down_revision: str | Sequence[str] | None = "engine_0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

#: Acts for which people were asked for a reason.
_GIVEN = ("cancelled", "suspended", "active", "resolved")
_EVENT = sa.table(
    "event",
    sa.column("id", Number),
    sa.column("what", sa.String),
    sa.column("detail", Json()),
    sa.column("reason", Encrypted("event.reason")),
)
_INSTANCE = sa.table("instance", sa.column("status", sa.String), sa.column("failure", sa.Text))


def upgrade() -> None:
    """Move the schema forward."""
    op.add_column("event", sa.Column("reason", sa.LargeBinary(), nullable=True))
    connection = op.get_bind()
    rows = sa.select(_EVENT.c.id, _EVENT.c.detail).where(_EVENT.c.what.in_(_GIVEN))
    for row in connection.execute(rows).all():
        rest = {name: value for name, value in row.detail.items() if name != "reason"}
        if rest != row.detail:
            moved = {"detail": rest, "reason": row.detail["reason"]}
            connection.execute(_EVENT.update().where(_EVENT.c.id == row.id).values(moved))
    connection.execute(
        _INSTANCE.update().where(_INSTANCE.c.status == "cancelled").values(failure="")
    )


def downgrade() -> None:
    """Move the schema back; the reasons are lost."""
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_column("reason")
