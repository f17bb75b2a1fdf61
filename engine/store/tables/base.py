"""What all tables stand on: the declarative base, ids, deadlines that sort."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Column, Index, MetaData, String, text
from sqlalchemy.orm import DeclarativeBase

#: Deadlines from here on mean "none": lists are sorted by the column, and a null would break keyset
#: paging. Work without a deadline comes after all other, in the order in which it came.
NEVER = datetime(9000, 1, 1, tzinfo=UTC)

_FAR = timedelta(days=2_556_698)


def no_deadline(arrived: datetime) -> datetime:
    """Return what stands in ``due_at`` for work without a deadline."""
    return arrived + _FAR


def deadline(due_at: datetime | None) -> datetime | None:
    """Return the deadline that ``due_at`` stands for; None: there is none."""
    return None if due_at is None or due_at >= NEVER else due_at


Id = String(32)


class Base(DeclarativeBase):
    """Declarative base for the records of domains; carries the engine's tables too."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


metadata = Base.metadata


def only(
    name: str, where: str, *columns: str | Column[Any], sqlite: str = "", unique: bool = False
) -> Index:
    """Return an index over the rows of which `where` holds; `sqlite`: as SQLite must be told it."""
    return Index(
        name,
        *columns,
        unique=unique,
        sqlite_where=text(sqlite or where),
        postgresql_where=text(where),
    )
