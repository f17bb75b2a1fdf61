"""Instances: lock, load, write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    bindparam,
    insert,
    select,
    update,
)

from engine.errors import StaleRevision
from engine.model.text import text
from engine.store import values
from engine.store.crypto import Keys
from engine.store.moments import database_now
from engine.store.repository import Found, Repository, chunks
from engine.store.tables import instance, setting
from engine.store.tables.instances import GOING_ON

#: Setting that counts changes of the working calendar; read with every lock: no cache is stale.
CALENDAR_VERSION = "calendar.version"

calendar_version = (
    select(setting.c.value)
    .where(setting.c.name == CALENDAR_VERSION)
    .scalar_subquery()
    .label("calendar_version")
)

_LOCK = (
    select(instance, calendar_version, database_now().label("database_now"))
    .where(instance.c.id == bindparam("id"))
    # KEY SHARE: a comment or a claim, whose rows only refer to the case, need not wait for a step.
    .with_for_update(of=instance, key_share=True)
)
#: Columns of an instance without what is sealed.
SHOWN = select(*[column for column in instance.c if column.name not in {"state", "variables"}])
_FIND = SHOWN.where(instance.c.id == bindparam("id"))
_VARIABLES = select(instance.c.variables).where(instance.c.id == bindparam("id"))
_WRITE = (
    update(instance)
    .where(instance.c.id == bindparam("key"), instance.c.revision == bindparam("expected"))
    .values(
        revision=instance.c.revision + 1,
        status=bindparam("status"),
        state=bindparam("state"),
        variables=bindparam("variables"),
        waits=bindparam("waits"),
        ended_at=bindparam("ended_at"),
        end_element=bindparam("end_element"),
        failure=bindparam("failure"),
    )
)


@dataclass(frozen=True, kw_only=True)
class InstanceRow:
    """An instance as a step needs it: decrypted."""

    #: Instance id.
    id: str
    #: Pinned definition.
    definition_id: str
    #: Process key.
    process: str
    #: Case number.
    business_key: str
    #: active | suspended | completed | failed | cancelled.
    status: str
    #: Counts steps.
    revision: int
    #: Live state.
    state: bytes
    #: Top scope.
    variables: Mapping[str, object]
    #: Whether it ever waited for a message.
    waits: bool
    #: Calling instance, if any.
    parent_id: str | None
    #: Token of the call activity there, hexadecimal.
    parent_token: str | None
    #: Topmost instance.
    root_id: str
    #: Counts changes of the working calendar.
    calendar_version: str
    #: The database's clock when the row was locked.
    database_now: datetime


def instance_row(row: Found, keys: Keys, prefix: str = "") -> InstanceRow:
    """Decrypt a locked row whose columns may carry a prefix."""

    def get(name: str) -> Any:
        return getattr(row, prefix + name)

    found = get("id")
    return InstanceRow(
        id=found,
        definition_id=get("definition_id"),
        process=get("process"),
        business_key=get("business_key"),
        status=get("status"),
        revision=get("revision"),
        state=keys.unseal(bytes(get("state")), f"instance.state:{found}"),
        variables=values.loads(keys.unseal(bytes(get("variables")), f"instance.variables:{found}")),
        waits=get("waits"),
        parent_id=get("parent_id"),
        parent_token=get("parent_token"),
        root_id=get("root_id"),
        calendar_version=row.calendar_version or "",
        database_now=row.database_now,
    )


class Instances(Repository):
    """Cases."""

    def lock(self, instance_id: str) -> InstanceRow | None:
        """Lock the row for a step and return it decrypted."""
        row = self._locked("instance", _LOCK, {"id": instance_id}).first()
        return None if row is None else instance_row(row, self._uow.keys)

    def add(self, row: Mapping[str, Any], state: bytes, variables: Mapping[str, object]) -> None:
        """Insert; `row` has all columns but the sealed ones."""
        self._uow.execute(insert(instance), {**row, **self._sealed(row["id"], state, variables)})

    def _sealed(
        self, instance_id: str, state: bytes, variables: Mapping[str, object]
    ) -> dict[str, bytes]:
        keys = self._uow.keys
        return {
            "state": keys.seal(state, f"instance.state:{instance_id}"),
            "variables": keys.seal(values.dumps(variables), f"instance.variables:{instance_id}"),
        }

    def write(
        self,
        locked: InstanceRow,
        *,
        status: str,
        state: bytes,
        variables: Mapping[str, object],
        waits: bool,
        ended_at: datetime | None = None,
        end_element: str = "",
        failure: str = "",
    ) -> None:
        """Write the outcome of a step; `StaleRevision` if the row changed since it was read."""
        done = self._uow.execute(
            _WRITE,
            {
                "key": locked.id,
                "expected": locked.revision,
                "status": status,
                "waits": waits,
                "ended_at": ended_at,
                "end_element": end_element,
                "failure": failure,
                **self._sealed(locked.id, state, variables),
            },
        )
        if done.rowcount != 1:
            raise StaleRevision(text("The case was changed at the same moment; please try again"))

    def set_status(self, instance_id: str, status: str) -> None:
        """Suspend or resume; counts the revision up, so that a step under way is refused."""
        self._uow.execute(
            update(instance)
            .where(instance.c.id == instance_id)
            .values(status=status, revision=instance.c.revision + 1)
        )

    def find(self, instance_id: str) -> Found | None:
        """Return a row without state and variables."""
        return self._uow.execute(_FIND, {"id": instance_id}).first()

    def variables(self, instance_id: str) -> dict[str, object]:
        """Return the top scope's variables."""
        sealed = self._uow.execute(_VARIABLES, {"id": instance_id}).scalar_one()
        found: dict[str, object] = values.loads(
            self._uow.keys.unseal(bytes(sealed), f"instance.variables:{instance_id}")
        )
        return found

    def state(self, instance_id: str) -> bytes:
        """Return the live state, without a lock: for looking only."""
        sealed = self._uow.execute(
            select(instance.c.state).where(instance.c.id == instance_id)
        ).scalar_one()
        return self._uow.keys.unseal(bytes(sealed), f"instance.state:{instance_id}")

    def revisions(self, instance_ids: Sequence[str]) -> dict[str, int]:
        """Return how often each case was changed, by id; those that are gone are missing."""
        found: dict[str, int] = {}
        for some in chunks(instance_ids):
            statement = select(instance.c.id, instance.c.revision).where(instance.c.id.in_(some))
            found.update({row.id: row.revision for row in self._uow.execute(statement)})
        return found

    def called_by(self, instance_id: str, token: str) -> Sequence[str]:
        """Return the ids of the instances that a call activity of this one started."""
        return (
            self._uow.execute(
                select(instance.c.id).where(
                    instance.c.parent_id == instance_id, instance.c.parent_token == token
                )
            )
            .scalars()
            .all()
        )

    def children(self, instance_id: str) -> Sequence[str]:
        """Return the ids of the instances this one called, oldest first."""
        return (
            self._uow.execute(
                select(instance.c.id)
                .where(instance.c.parent_id == instance_id)
                .order_by(instance.c.id)
            )
            .scalars()
            .all()
        )

    def still_called_by(self, instance_ids: Sequence[str]) -> Sequence[str]:
        """Return the ids of the instances these called that still go on, oldest first."""
        found: list[str] = []
        for some in chunks(instance_ids):
            statement = select(instance.c.id).where(
                instance.c.parent_id.in_(some), instance.c.status.in_(GOING_ON)
            )
            found += self._uow.execute(statement).scalars()
        return sorted(found)

    def newest(self, business_key: str) -> str | None:
        """Return the id of the newest top-level instance with a business key."""
        found: str | None = self._uow.execute(
            select(instance.c.id)
            .where(instance.c.business_key == business_key, instance.c.parent_id.is_(None))
            .order_by(instance.c.started_at.desc(), instance.c.id.desc())
            .limit(1)
        ).scalar()
        return found
