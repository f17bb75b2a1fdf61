"""What the audit log's subjects are called, and which subjects a case has."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Column, Select, Table, or_, select

from engine.store.repository import Found, Repository, chunks
from engine.store.tables import (
    account,
    batch,
    definition,
    document,
    incident,
    instance,
    job,
    membership,
    user_task,
)

#: Most rows of a kind that a case's subjects are made of: the newest.
MOST = 2000


class Trail(Repository):
    """Ids into names and back."""

    def _by_id(self, statement: Select[Any], column: Column[str], ids: Collection[str]) -> Any:
        found: dict[str, Found] = {}
        for some in chunks(sorted(ids)):
            found |= {row.id: row for row in self._uow.execute(statement.where(column.in_(some)))}
        return found

    def cases(self, ids: Collection[str]) -> dict[str, Found]:
        """Return number, process and definition of cases, by id."""
        columns = (instance.c.business_key, instance.c.process, instance.c.definition_id)
        found: dict[str, Found] = self._by_id(select(instance.c.id, *columns), instance.c.id, ids)
        return found

    def placed(self, kind: str, ids: Collection[str]) -> dict[str, Found]:
        """Return case and element of tasks, jobs, incidents or documents (no element), by id."""
        table = _PLACED[kind]
        columns: list[Any] = [table.c.id, table.c.instance_id]
        if "element" in table.c:
            columns.append(table.c.element)
        found: dict[str, Found] = self._by_id(select(*columns), table.c.id, ids)
        return found

    def versions(self, ids: Collection[str]) -> dict[str, Found]:
        """Return key, names and number of definitions, by id."""
        columns = (definition.c.id, definition.c.key, definition.c.names, definition.c.version)
        found: dict[str, Found] = self._by_id(select(*columns), definition.c.id, ids)
        return found

    def numbered(self, keys: Collection[str]) -> list[str]:
        """Return the ids of the cases with these numbers, and of those they called."""
        roots = select(instance.c.id).where(instance.c.business_key.in_(sorted(keys)))
        whole = select(instance.c.id).where(
            or_(instance.c.id.in_(roots), instance.c.root_id.in_(roots))
        )
        return list(self._uow.execute(whole.limit(MOST)).scalars())

    def parts(self, cases: Collection[str]) -> dict[str, list[str]]:
        """Return the ids of the newest tasks, jobs, incidents and documents of cases, by kind."""
        return {
            kind: list(
                self._uow.execute(
                    select(table.c.id)
                    .where(table.c.instance_id.in_(sorted(cases)))
                    .order_by(table.c.id.desc())
                    .limit(MOST)
                ).scalars()
            )
            for kind, table in _PLACED.items()
        }

    def people(self, words: str) -> list[str]:
        """Return the ids of the accounts with this login, or with these words in their names."""
        found = select(account.c.id).where(
            or_(account.c.login == words, account.c.name.contains(words, autoescape=True))
        )
        return list(self._uow.execute(found.limit(MOST)).scalars())

    def staff(self, offices: Collection[str]) -> list[str]:
        """Return the ids of the accounts that have a role at one of these offices."""
        found = select(membership.c.account_id).where(
            membership.c.organisation.in_(sorted(offices))
        )
        return list(self._uow.execute(found.distinct()).scalars())

    def batch(self, batch_id: str) -> Found | None:
        """Return when a batch was made, and when it was finished."""
        found = select(batch.c.made_at, batch.c.finished_at)
        return self._uow.execute(found.where(batch.c.id == batch_id)).first()


_PLACED: dict[str, Table] = {
    "task": user_task,
    "job": job,
    "incident": incident,
    "document": document,
}
