"""Removing ended cases, whole trees of calls at once; the audit log stays as it is."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, exists, or_, select, update

from engine.store.repository import Found, Repository
from engine.store.tables import (
    case_variable,
    comment,
    definition,
    document,
    event,
    incident,
    instance,
    job,
    message,
    notification,
    signature,
    subscription,
    task_candidate,
    user_task,
)

#: Tables that name an instance, each before those it refers to.
_OWNED = (
    case_variable,
    notification,
    incident,
    job,
    subscription,
    signature,
    document,
    comment,
    event,
    user_task,
)
_OTHER = instance.alias()


class Removals(Repository):
    """What is due to be removed, and its removal."""

    def definitions(self) -> Sequence[Found]:
        """Return id, key and deployment of definitions with ended cases that are not dated."""
        ended = exists().where(
            instance.c.definition_id == definition.c.id,
            instance.c.ended_at.is_not(None),
            instance.c.removal_at.is_(None),
        )
        columns = (definition.c.id, definition.c.key, definition.c.deployment_id)
        return self._uow.execute(select(*columns).where(ended).order_by(definition.c.id)).all()

    def undated(self, definition_id: str, limit: int) -> Sequence[Found]:
        """Return id and end of ended cases of a definition without a moment of removal."""
        found = (
            select(instance.c.id, instance.c.ended_at)
            .where(
                instance.c.definition_id == definition_id,
                instance.c.ended_at.is_not(None),
                instance.c.removal_at.is_(None),
            )
            .limit(limit)
        )
        return self._uow.execute(found).all()

    def date(self, ended: Sequence[Found], kept: timedelta) -> None:
        """Write when these may be removed."""
        dated = update(instance).where(instance.c.id == bindparam("one"))
        rows = [{"one": row.id, "removal_at": row.ended_at + kept} for row in ended]
        self._uow.execute(dated.values(removal_at=bindparam("removal_at")), rows)

    def due(self, now: datetime, limit: int) -> Sequence[Found]:
        """Lock and return topmost cases whose time is over, and that of all they called.

        Rows that another process removes at this moment are left out.
        """
        open_ = exists().where(
            _OTHER.c.root_id == instance.c.id,
            or_(_OTHER.c.removal_at.is_(None), _OTHER.c.removal_at > now),
        )
        # A case that was begun anew goes on with the records of the one before.
        needed = exists().where(
            _OTHER.c.business_key == instance.c.business_key,
            or_(_OTHER.c.removal_at.is_(None), _OTHER.c.removal_at > now),
        )
        found = (
            select(instance.c.id, instance.c.process, instance.c.business_key)
            .where(
                instance.c.removal_at <= now,
                instance.c.root_id == instance.c.id,
                ~open_,
                ~needed,
            )
            .order_by(instance.c.removal_at, instance.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return self._uow.execute(found).all()

    def tree(self, root: str) -> Sequence[Found]:
        """Return id, version, process, state and end of a case and of all that it called."""
        columns = ("id", "definition_id", "process", "status", "ended_at")
        return self._uow.execute(
            select(*[instance.c[name] for name in columns])
            .where(instance.c.root_id == root)
            .order_by(instance.c.id)
        ).all()

    def is_needed(self, root: str, business_key: str, now: datetime) -> bool:
        """Tell whether a case of another tree, which stays, has the same number and records."""
        other = select(instance.c.id).where(
            instance.c.business_key == business_key,
            instance.c.root_id != root,
            or_(instance.c.removal_at.is_(None), instance.c.removal_at > now),
        )
        return self._uow.execute(other.limit(1)).first() is not None

    def remove(self, roots: Sequence[str], keys: Sequence[str]) -> int:
        """Delete trees of cases with all that belongs to them; return how many cases that were."""
        whole = select(instance.c.id).where(instance.c.root_id.in_(roots))
        ids = [str(one) for one in self._uow.execute(whole).scalars()]
        tasks = select(user_task.c.id).where(user_task.c.instance_id.in_(ids))
        self._uow.execute(delete(task_candidate).where(task_candidate.c.task_id.in_(tasks)))
        for table in _OWNED:
            self._uow.execute(delete(table).where(table.c.instance_id.in_(ids)))
        self._uow.execute(delete(message).where(message.c.business_key.in_(keys)))
        self._uow.execute(delete(instance).where(instance.c.id.in_(ids)))
        return len(ids)

    def waste(self) -> float:
        """Return the share of the database that holds nothing any more, from 0 to 1."""
        if self._uow.dialect == "sqlite":
            free = self._uow.connection.exec_driver_sql("PRAGMA freelist_count").scalar_one()
            pages = self._uow.connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            return float(free) / max(int(pages), 1)
        row = self._uow.connection.exec_driver_sql(
            "SELECT coalesce(sum(n_dead_tup), 0), coalesce(sum(n_live_tup), 0)"
            " FROM pg_stat_user_tables"
        ).one()
        return float(row[0]) / max(float(row[0]) + float(row[1]), 1.0)
