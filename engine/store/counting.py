"""Counts the statements and commits of a database: for the bench, and for the test of law 1."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import event, update

from engine.store.database import Database, UnitOfWork
from engine.store.tables import audit_head


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


def touch(uow: UnitOfWork) -> None:
    """Write one row as it was: the least that a durable commit can carry."""
    same = update(audit_head).where(audit_head.c.id == 1).values(number=audit_head.c.number)
    uow.execute(same)
