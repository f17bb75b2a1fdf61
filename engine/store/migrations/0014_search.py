"""What the search of administrators stands on; saved filters; figures by the hour."""

from collections.abc import Sequence

revision: str = "engine_0014"
down_revision: str | Sequence[str] | None = "engine_0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Move the schema forward."""


def downgrade() -> None:
    """Move the schema back."""
