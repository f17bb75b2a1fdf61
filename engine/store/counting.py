"""Looks at a database from outside: statements, commits, rows as they are. For bench and trials."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event, func, select, text, update

from engine.store.database import Database
from engine.store.repository import chunks
from engine.store.tables import event as event_row
from engine.store.tables import metadata, setting, user_task
from engine.store.work import UnitOfWork


@dataclass
class Count:
    """What was sent to the database since the counting began."""

    #: Statements, without BEGIN and COMMIT.
    statements: int = 0
    #: Commits.
    commits: int = 0
    #: The statements' texts, in order.
    texts: list[str] = field(default_factory=list)

    def on_statement(self, *sent: object) -> None:
        """Take note of a statement: connection, cursor, text, parameters, …"""
        self.statements += 1
        self.texts.append(str(sent[2]))

    def on_commit(self, _connection: object) -> None:
        """Take note of a commit."""
        self.commits += 1

    def reset(self) -> None:
        """Begin again at nought."""
        self.statements = self.commits = 0
        self.texts.clear()


@contextmanager
def counting(database: Database) -> Iterator[Count]:
    """Count what the writing engine of a database is sent, whatever thread sends it."""
    count = Count()
    engine = database.engine
    event.listen(engine, "before_cursor_execute", count.on_statement)
    event.listen(engine, "commit", count.on_commit)
    try:
        yield count
    finally:
        event.remove(engine, "before_cursor_execute", count.on_statement)
        event.remove(engine, "commit", count.on_commit)


def touch(uow: UnitOfWork, name: str, number: int) -> None:
    """Change the value of a setting that is there: the least that a durable commit can carry.

    It must change: SQLite writes nothing for a row that stays as it was.
    """
    uow.execute(update(setting).where(setting.c.name == name).values(value=str(number)))


def settle(database: Database) -> None:
    """Let PostgreSQL do at once what its own vacuum does within a minute of many inserts.

    SQLite is never told in a real installation either.
    """
    if database.dialect == "postgresql":
        with database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.execute(text("VACUUM (ANALYZE)"))


def rows(uow: UnitOfWork, table: str, **equal: object) -> list[Any]:
    """Return the rows of a table as they stand, in the order of its key: for tests and trials."""
    found = metadata.tables[table]
    conditions = [found.c[name] == value for name, value in equal.items()]
    ordered = select(found).where(*conditions).order_by(*found.primary_key.columns)
    return list(uow.execute(ordered).all())


def completions(uow: UnitOfWork, tasks: Sequence[str]) -> dict[str, int]:
    """Return how often history tells of the completion of each of these tasks, now completed."""
    found: dict[str, int] = {}
    for some in chunks(tasks):
        counted = (
            select(event_row.c.token, func.count().label("times"))
            .join(user_task, user_task.c.id == event_row.c.token)
            .where(
                user_task.c.id.in_(some),
                user_task.c.status == "completed",
                event_row.c.what == "completed",
            )
            .group_by(event_row.c.token)
        )
        found |= {row.token: row.times for row in uow.execute(counted)}
    return found
