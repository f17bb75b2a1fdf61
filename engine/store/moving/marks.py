"""Who may be copied where: schemas, foreign data, and the mark of a copy that is not finished."""

import hashlib

from alembic.runtime.migration import MigrationContext
from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    MetaData,
    String,
    Table,
    delete,
    func,
    insert,
    inspect,
    select,
)
from sqlalchemy.schema import DropConstraint

from engine.errors import ValueRefused
from engine.model.text import text
from engine.store import migrate
from engine.store.branches import COPY_MARK
from engine.store.moving.side import Side, tables
from engine.store.tables import audit_head, event, setting

#: The mark of an unfinished copy; beside the schema, so that no migration knows it.
mark = Table(
    COPY_MARK,
    MetaData(),
    Column("source", String(500), nullable=False),
    Column("fingerprint", String(64), nullable=False),
)


def _heads(side: Side) -> set[str]:
    return set(MigrationContext.configure(side.connection).get_current_heads())


def check_schema(side: Side) -> None:
    """Refuse a schema that is not exactly this program's."""
    if _heads(side) != migrate.heads():
        raise ValueRefused(
            text(
                "{database} has another version of the schema than this program; "
                "run 'zholdama db upgrade' on it first",
                database=side.name,
            )
        )
    if inspect(side.connection).has_table(COPY_MARK):
        raise ValueRefused(
            text("{database} is itself an unfinished copy; finish that first", database=side.name)
        )


def prepare(there: Side) -> None:
    """Give an empty target its schema."""
    if not inspect(there.connection).get_table_names():
        there.connection.rollback()
        migrate.upgrade_on(there.connection)
        there.connection.commit()
    if _heads(there) != migrate.heads():
        raise ValueRefused(
            text(
                "{database} is not empty, and its schema is not this program's; name an empty one",
                database=there.name,
            )
        )


def begin(here: Side, there: Side, *, anew: bool) -> None:
    """Mark an empty target, or take up the copy that was broken off."""
    whole = {"source": here.name, "fingerprint": _fingerprint(here)}
    if inspect(there.connection).has_table(mark.name):
        _take_up(there, whole, anew=anew)
        return
    _refuse_foreign(there)
    mark.create(there.connection)
    there.connection.execute(insert(mark), whole)
    for found in (audit_head, setting):
        there.connection.execute(delete(found))
    for one in own_references(there):
        there.connection.execute(DropConstraint(one))
    there.connection.commit()


def _take_up(there: Side, whole: dict[str, str], *, anew: bool) -> None:
    was = there.connection.execute(select(mark)).one()
    if was.source != whole["source"]:
        raise ValueRefused(
            text(
                "{database} holds an unfinished copy of {source}; name an empty database",
                database=there.name,
                source=was.source,
            )
        )
    if was.fingerprint != whole["fingerprint"] and not anew:
        raise ValueRefused(
            text(
                "{source} changed since this copy began; start it again with --anew",
                source=was.source,
            )
        )
    if anew:
        for found in reversed(tables()):
            there.connection.execute(delete(found))
        there.connection.execute(mark.update().values(**whole))
    there.connection.commit()


def _fingerprint(side: Side) -> str:
    """Return a digest that changes with whatever happens in an installation."""
    newest = select(func.coalesce(func.max(event.c.id), 0))
    head = side.connection.execute(select(audit_head.c.number, audit_head.c.hash)).one()
    whole = (head.number, bytes(head.hash), side.connection.execute(newest).scalar_one())
    return hashlib.sha256(repr(whole).encode()).hexdigest()


def _refuse_foreign(there: Side) -> None:
    """Refuse a target with anything in it but what migrations write themselves."""
    for found in tables():
        count = there.count(found)
        if found is audit_head:
            began = select(audit_head.c.number)
            count = 0 if there.connection.execute(began).scalars().all() == [0] else count
        if found is setting:
            own = select(func.count()).select_from(setting).where(setting.c.name == migrate.APPLIED)
            count -= there.connection.execute(own).scalar_one()
        if count:
            raise ValueRefused(
                text(
                    "{database} already holds data ({table}: {count} rows); "
                    "a copy needs an empty database, and makes the schema itself",
                    database=there.name,
                    table=found.name,
                    count=count,
                )
            )


def own_references(there: Side) -> list[ForeignKeyConstraint]:
    """Return references of a table to itself: rows come in the order of keys, not of these.

    SQLite does not look at references while a copy runs, and is asked for all at its end.
    """
    if there.dialect == "sqlite":
        return []
    return [
        one
        for found in tables()
        for one in found.foreign_key_constraints
        if one.referred_table is found
    ]
