"""Deployments, their files, and the definitions in them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, insert, select

from engine.store.ids import new_id
from engine.store.instances import calendar_version
from engine.store.moments import database_now
from engine.store.repository import Found, Repository
from engine.store.tables import definition, deployment, resource

_WHOLE = select(
    definition, deployment.c.digest, deployment.c.created_at, deployment.c.created_by
).join(deployment)
_START = select(definition, calendar_version, database_now().label("database_now"))
_BY_ID = _WHOLE.where(definition.c.id == bindparam("id"))
_LATEST = select(definition.c.key, func.max(definition.c.version).label("version")).group_by(
    definition.c.key
)
_FILES = select(resource.c.name, resource.c.content).where(
    resource.c.deployment_id == bindparam("deployment_id")
)
_AGE = (deployment.c.number.desc(), deployment.c.id.desc())
_RANKED = (
    select(
        resource.c.deployment_id,
        resource.c.name,
        func.row_number().over(partition_by=resource.c.name, order_by=_AGE).label("rank"),
    )
    .join(deployment)
    .where(deployment.c.state == "active")
    .subquery()
)
_NEWEST_FILES = (
    select(resource.c.name, resource.c.content, resource.c.deployment_id, deployment.c.number)
    .join(deployment)
    .join(
        _RANKED,
        (_RANKED.c.deployment_id == resource.c.deployment_id)
        & (_RANKED.c.name == resource.c.name)
        & (_RANKED.c.rank == 1),
    )
    .order_by(resource.c.name)
)
_REMOVALS = (
    select(deployment.c.number, deployment.c.removed)
    .where(deployment.c.removed.is_not(None), deployment.c.state == "active")
    .order_by(deployment.c.number)
)


class Definitions(Repository):
    """Immutable once written."""

    def deployed(self, digest: str) -> str | None:
        """Return the id of the deployment with this content hash, if there is one."""
        found: str | None = self._uow.execute(
            select(deployment.c.id).where(deployment.c.digest == digest)
        ).scalar()
        return found

    def add_deployment(
        self, *, digest: str, files: Mapping[str, bytes], note: str, at: datetime, by: str
    ) -> str:
        """Write a deployment and its files; return its id."""
        found = new_id(at)
        self._uow.execute(
            insert(deployment),
            {"id": found, "digest": digest, "note": note, "created_at": at, "created_by": by},
        )
        self._uow.execute(
            insert(resource),
            [
                {"deployment_id": found, "name": name, "content": content}
                for name, content in sorted(files.items())
            ],
        )
        return found

    def add(
        self, *, deployment_id: str, key: str, file: str, names: Mapping[str, str], at: datetime
    ) -> str:
        """Write a definition as the next version of its process; return its id."""
        last = select(func.coalesce(func.max(definition.c.version), 0)).where(
            definition.c.key == key
        )
        found = new_id(at)
        values = {
            "id": found,
            "deployment_id": deployment_id,
            "key": key,
            "version": self._uow.execute(last).scalar_one() + 1,
            "resource": file,
            "names": dict(names),
        }
        self._uow.execute(insert(definition), values)
        return found

    def find(self, definition_id: str) -> Found | None:
        """Return a definition with its deployment's hash, moment and author."""
        return self._uow.execute(_BY_ID, {"id": definition_id}).first()

    def latest(self, key: str) -> Found | None:
        """Return the highest version of a process."""
        newest = _WHOLE.where(definition.c.key == key).order_by(definition.c.version.desc())
        return self._uow.execute(newest.limit(1)).first()

    def to_start(self, key: str, definition_id: str) -> Found | None:
        """Return a version (the latest without an id) with the database's clock and calendar."""
        statement = _START.order_by(definition.c.version.desc()).limit(1)
        if definition_id:
            return self._uow.execute(statement.where(definition.c.id == definition_id)).first()
        return self._uow.execute(statement.where(definition.c.key == key)).first()

    def all_latest(self) -> Sequence[Found]:
        """Return the highest version of every process, by key."""
        newest = _LATEST.subquery()
        statement: Select[Any] = _WHOLE.join(
            newest,
            (newest.c.key == definition.c.key) & (newest.c.version == definition.c.version),
        ).order_by(definition.c.key)
        return self._uow.execute(statement).all()

    def of_deployment(self, deployment_id: str) -> Sequence[Found]:
        """Return the definitions of a deployment."""
        return self._uow.execute(_WHOLE.where(definition.c.deployment_id == deployment_id)).all()

    def files(self, deployment_id: str) -> dict[str, bytes]:
        """Return a deployment's files by name."""
        rows = self._uow.execute(_FILES, {"deployment_id": deployment_id})
        return {row.name: bytes(row.content) for row in rows}

    def newest_files(self) -> dict[str, bytes]:
        """Return each file as it was deployed last, by name, without those taken away since."""
        gone: dict[str, int] = {}
        for row in self._uow.execute(_REMOVALS):
            gone.update(dict.fromkeys(row.removed, row.number))
        rows = self._uow.execute(_NEWEST_FILES)
        return {row.name: bytes(row.content) for row in rows if gone.get(row.name, -1) < row.number}
