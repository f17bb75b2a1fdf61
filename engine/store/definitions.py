"""Deployments, their files, and the definitions in them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from time import perf_counter
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, insert, or_, select, text, update

from engine.store.ids import new_id
from engine.store.instances import calendar_version
from engine.store.moments import database_now
from engine.store.repository import Found, Repository
from engine.store.tables import (
    definition,
    definition_pause,
    deployment,
    incident,
    instance,
    resource,
)
from engine.store.tables.instances import GOING_ON
from engine.watching.points import listeners

_WHOLE = select(
    definition, deployment.c.digest, deployment.c.created_at, deployment.c.created_by
).join(deployment)
_START = select(
    definition,
    calendar_version,
    database_now().label("database_now"),
    definition_pause.c.since.label("paused_since"),
).outerjoin(definition_pause)
_BY_ID = _WHOLE.where(definition.c.id == bindparam("id"))
_LATEST = select(definition.c.key, func.max(definition.c.version).label("version")).group_by(
    definition.c.key
)
_FILES = select(resource.c.name, resource.c.content).where(
    resource.c.deployment_id == bindparam("deployment_id")
)
#: Newest first. Without a number: by a release that did not count, see the column.
_AGE = ((deployment.c.number == 0).desc(), deployment.c.number.desc(), deployment.c.id.desc())
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
_VERSIONS = (
    select(
        definition,
        deployment.c.digest,
        deployment.c.created_at,
        deployment.c.created_by,
        deployment.c.note,
        deployment.c.tag,
        deployment.c.active_from,
        deployment.c.branch,
    )
    .join(deployment)
    .where(definition.c.key == bindparam("key"))
    .order_by(definition.c.version.desc())
)
_RUNNING = (
    select(instance.c.definition_id, func.count().label("running"))
    .where(
        instance.c.process.in_(bindparam("keys", expanding=True)),
        instance.c.status.in_(GOING_ON),
    )
    .group_by(instance.c.definition_id)
)
_FAILED = (
    select(instance.c.definition_id, func.count().label("incidents"))
    .select_from(incident.join(instance, instance.c.id == incident.c.instance_id))
    .where(
        incident.c.resolved_at.is_(None),
        instance.c.process.in_(bindparam("keys", expanding=True)),
    )
    .group_by(instance.c.definition_id)
)


class Definitions(Repository):
    """Immutable once written."""

    def lock(self) -> None:
        """Let nobody else deploy until the transaction ends, an older release neither.

        Readers, and who starts an instance, do not wait.
        """
        if self._uow.dialect == "postgresql":
            began = perf_counter()
            self._uow.execute(text("LOCK TABLE deployment, definition IN SHARE ROW EXCLUSIVE MODE"))
            listeners.meter.lock("deployment", perf_counter() - began)

    def number_of_newest(self) -> int:
        """Number what an older release deployed; return the highest number. Call `lock` before."""
        newest: int = self._uow.execute(select(func.max(deployment.c.number))).scalar() or 0
        unnumbered = select(deployment.c.id).where(
            deployment.c.number == 0, deployment.c.state == "active"
        )
        for found in self._uow.execute(unnumbered.order_by(deployment.c.id)).scalars().all():
            newest += 1
            self.change(found, number=newest)
        return newest

    def deployed(self, digest: str) -> str | None:
        """Return the newest deployment that was made of files with this content hash, if any."""
        found: str | None = self._uow.execute(
            select(deployment.c.id)
            .where(
                or_(deployment.c.digest == digest, deployment.c.handed_in == digest),
                deployment.c.state == "active",
            )
            .order_by(*_AGE)
            .limit(1)
        ).scalar()
        return found

    def newest(self) -> Found | None:
        """Return the deployment that took effect last."""
        active = select(deployment).where(deployment.c.state == "active")
        return self._uow.execute(active.order_by(*_AGE).limit(1)).first()

    def deployment(self, deployment_id: str) -> Found | None:
        """Return a deployment."""
        return self._uow.execute(select(deployment).where(deployment.c.id == deployment_id)).first()

    def scheduled(self) -> Sequence[Found]:
        """Return the deployments that are to take effect, the next one first."""
        return self._uow.execute(
            select(deployment)
            .where(deployment.c.state == "scheduled")
            .order_by(deployment.c.active_from, deployment.c.id)
        ).all()

    def add_deployment(self, row: Mapping[str, Any], at: datetime) -> str:
        """Write a deployment, its files apart (`add_files`); return its id."""
        found = new_id(at)
        self._uow.execute(insert(deployment), {**row, "id": found, "created_at": at})
        return found

    def change(self, deployment_id: str, **values: Any) -> None:
        """Change a deployment that has not taken effect, or say that it has."""
        self._uow.execute(
            update(deployment).where(deployment.c.id == deployment_id).values(**values)
        )

    def taken(self, digest: str) -> bool:
        """Tell whether a deployment has this content hash: each has one of its own."""
        found = select(deployment.c.id).where(deployment.c.digest == digest)
        return self._uow.execute(found).first() is not None

    def add_files(self, deployment_id: str, files: Mapping[str, bytes]) -> None:
        """Write files of a deployment."""
        rows = [
            {"deployment_id": deployment_id, "name": name, "content": content}
            for name, content in sorted(files.items())
        ]
        if rows:
            self._uow.execute(insert(resource), rows)

    def add(
        self,
        *,
        deployment_id: str,
        key: str,
        file: str,
        names: Mapping[str, str],
        closure: str,
        at: datetime,
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
            "closure": closure,
        }
        self._uow.execute(insert(definition), values)
        return found

    def bind(self, definition_id: str, calls: Mapping[str, str]) -> None:
        """Say which versions of other processes a new definition calls, by key."""
        self._uow.execute(
            update(definition).where(definition.c.id == definition_id).values(calls=dict(calls))
        )

    def find(self, definition_id: str) -> Found | None:
        """Return a definition with its deployment's hash, moment and author."""
        return self._uow.execute(_BY_ID, {"id": definition_id}).first()

    def ids(self) -> Sequence[str]:
        """Return the ids of all versions of all processes."""
        return self._uow.execute(select(definition.c.id).order_by(definition.c.id)).scalars().all()

    def diagram(self, definition_id: str) -> tuple[str, bytes]:
        """Return the key of a version and its diagram."""
        held = (resource.c.deployment_id == definition.c.deployment_id) & (
            resource.c.name == definition.c.resource
        )
        rows = select(definition.c.key, resource.c.content).join(resource, held)
        row = self._uow.execute(rows.where(definition.c.id == definition_id)).one()
        return row.key, bytes(row.content)

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
        return {
            row.name: bytes(row.content)
            for row in self._uow.execute(_NEWEST_FILES)
            if row.number == 0 or gone.get(row.name, -1) < row.number
        }

    def versions(self, key: str) -> Sequence[Found]:
        """Return all versions of a process with what their deployments tell, newest first."""
        return self._uow.execute(_VERSIONS, {"key": key}).all()

    def holding(self, name: str, limit: int) -> Sequence[Found]:
        """Return the deployments that brought a file of this name, newest first.

        Also those that wait for their moment, not those that were taken back before it.
        """
        made = select(deployment).join(resource).where(resource.c.name == name)
        made = made.where(deployment.c.state != "withdrawn")
        return self._uow.execute(made.order_by(*_AGE).limit(limit)).all()

    def running(self, keys: Collection[str]) -> dict[str, int]:
        """Return how many cases run on each version of some processes, by definition id."""
        rows = self._uow.execute(_RUNNING, {"keys": sorted(keys)})
        return {row.definition_id: row.running for row in rows}

    def pause(self, definition_id: str, *, since: datetime, by: str, reason: str) -> bool:
        """Start no new case on a version; False if none is started already."""
        # Who starts a case reads the version and does not lock it: only two who pause wait.
        self._uow.execute(
            select(definition.c.id)
            .where(definition.c.id == definition_id)
            .with_for_update(key_share=True)
        )
        if self.paused([definition_id]):
            return False
        row = {"definition_id": definition_id, "since": since, "made_by": by, "reason": reason}
        self._uow.execute(insert(definition_pause), row)
        return True

    def paused_of(self, keys: Collection[str]) -> dict[str, int]:
        """Return how many versions of some processes start nothing, by key."""
        rows = self._uow.execute(
            select(definition.c.key, func.count().label("paused"))
            .join(definition_pause)
            .where(definition.c.key.in_(sorted(keys)))
            .group_by(definition.c.key)
        )
        return {row.key: row.paused for row in rows}

    def running_by_process(self, keys: Collection[str]) -> dict[str, dict[str, int]]:
        """Return how many cases run on each version of some processes, by key and definition id."""
        statement = _RUNNING.add_columns(instance.c.process).group_by(instance.c.process)
        found: dict[str, dict[str, int]] = {}
        for row in self._uow.execute(statement, {"keys": sorted(keys)}):
            found.setdefault(row.process, {})[row.definition_id] = row.running
        return found

    def go_on(self, definition_id: str) -> bool:
        """Start new cases on a version again; False if nothing kept it from that."""
        done = self._uow.execute(
            delete(definition_pause).where(definition_pause.c.definition_id == definition_id)
        )
        return done.rowcount == 1

    def paused(self, definition_ids: Collection[str]) -> dict[str, Found]:
        """Return since when, by whom and why no new case is started on some versions, by id."""
        rows = self._uow.execute(
            select(definition_pause).where(
                definition_pause.c.definition_id.in_(sorted(definition_ids))
            )
        )
        return {row.definition_id: row for row in rows}

    def incidents(self, keys: Collection[str]) -> dict[str, int]:
        """Return how many incidents are open on each version of some processes, by its id."""
        rows = self._uow.execute(_FAILED, {"keys": sorted(keys)})
        return {row.definition_id: row.incidents for row in rows}
