"""What belongs to a case besides its state: history, incidents, documents, signatures, comments."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from engine.store.ids import new_id
from engine.store.inspecting import ELEMENTS
from engine.store.repository import Found, Repository
from engine.store.tables import (
    comment,
    document,
    event,
    incident,
    instance,
    organisation,
    signature,
)

_ADD_EVENT = insert(event)
_HISTORY = (
    select(event)
    .where(event.c.instance_id == bindparam("case"), event.c.id < bindparam("before"))
    .order_by(event.c.id.desc())
    .limit(bindparam("size"))
)
#: No event has a number as high.
_LAST = 2**62


class Events(Repository):
    """History: written once, never changed."""

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert, in order."""
        self._uow.execute(_ADD_EVENT, rows)

    def of_instance(self, instance_id: str, *, before: int = 0, size: int = 200) -> Sequence[Found]:
        """Return events newest first, below a number."""
        asked = {"case": instance_id, "before": before or _LAST, "size": size}
        return self._uow.execute(_HISTORY, asked).all()

    def elements(self, instance_id: str, what: str) -> Sequence[str]:
        """Return the ids of elements at which something happened, once each."""
        given = {"case": instance_id, "what": what}
        return self._uow.execute(ELEMENTS, given).scalars().all()


class Incidents(Repository):
    """What failed and waits for an administrator."""

    def add(
        self,
        *,
        instance_id: str | None,
        job_id: str | None,
        element: str,
        message: str,
        at: datetime,
    ) -> str:
        """Insert; return its id. No personal data in `message`."""
        found = new_id(at)
        row = {
            "id": found,
            "instance_id": instance_id,
            "job_id": job_id,
            "element": element,
            "message": message[:2000],
            "created_at": at,
            "resolved_by": "",
        }
        self._uow.execute(insert(incident), row)
        return found

    def resolve_of(self, instance_id: str, by: str, at: datetime) -> None:
        """Mark all of an instance as resolved."""
        self._uow.execute(
            update(incident)
            .where(incident.c.instance_id == instance_id, incident.c.resolved_at.is_(None))
            .values(resolved_at=at, resolved_by=by)
        )

    def find(self, incident_id: str) -> Found | None:
        """Return one, with its case's number."""
        return self._uow.execute(_incidents().where(incident.c.id == incident_id)).first()

    def open(self, instance_id: str = "", size: int = 200) -> Sequence[Found]:
        """Return unresolved ones, newest first, of one instance or of all."""
        statement = _incidents().where(incident.c.resolved_at.is_(None))
        if instance_id:
            statement = statement.where(incident.c.instance_id == instance_id)
        return self._uow.execute(statement.order_by(incident.c.id.desc()).limit(size)).all()


def _incidents() -> Any:
    return select(incident, instance.c.business_key).outerjoin(
        instance, instance.c.id == incident.c.instance_id
    )


class Documents(Repository):
    """Files, encrypted."""

    _SHOWN = select(*[column for column in document.c if column.name != "content"])
    _OF_CASE = _SHOWN.where(document.c.instance_id == bindparam("case")).order_by(document.c.id)

    def add(self, row: Mapping[str, Any], content: bytes, at: datetime) -> str:
        """Insert; `row` has the columns that describe the file. Return its id."""
        found = new_id(at)
        sealed = self._uow.keys.seal(content, f"document.content:{found}")
        self._uow.execute(
            insert(document), {**row, "id": found, "content": sealed, "created_at": at}
        )
        return found

    def find(self, document_id: str) -> Found | None:
        """Return a file's description."""
        return self._uow.execute(self._SHOWN.where(document.c.id == document_id)).first()

    def content(self, document_id: str) -> bytes:
        """Return a file's bytes."""
        sealed = self._uow.execute(
            select(document.c.content).where(document.c.id == document_id)
        ).scalar_one()
        return self._uow.keys.unseal(bytes(sealed), f"document.content:{document_id}")

    def of_instance(self, instance_id: str) -> Sequence[Found]:
        """Return the descriptions of a case's files, oldest first."""
        return self._uow.execute(self._OF_CASE, {"case": instance_id}).all()

    def drafted(self, task_id: str) -> int:
        """Return how many files a task's draft has."""
        found: int = self._uow.execute(
            select(func.count()).select_from(document).where(document.c.draft_task == task_id)
        ).scalar_one()
        return found

    def keep(self, task_id: str) -> int:
        """Give the files of a task's draft to the case; return how many."""
        done = self._uow.execute(
            update(document).where(document.c.draft_task == task_id).values(draft_task=None)
        )
        return int(done.rowcount)

    def move(self, task_id: str, to: str) -> None:
        """Give the files of a task's draft to the task that takes its place."""
        self._uow.execute(
            update(document).where(document.c.draft_task == task_id).values(draft_task=to)
        )

    def remove(self, document_id: str) -> bool:
        """Delete a file of a draft; False if it belongs to the case already."""
        done = self._uow.execute(
            delete(document).where(document.c.id == document_id, document.c.draft_task.is_not(None))
        )
        return done.rowcount == 1


class Signatures(Repository):
    """The chains of signatures. Rows are only voided, never changed or deleted."""

    _SHOWN = select(
        *[column for column in signature.c if column.name not in {"document", "signed"}],
        organisation.c.names.label("organisation_names"),
    ).outerjoin(organisation, organisation.c.code == signature.c.organisation)
    _OF_CASE = _SHOWN.where(signature.c.instance_id == bindparam("case")).order_by(signature.c.id)

    def add(self, row: Mapping[str, Any], document: bytes, signed: bytes, at: datetime) -> str:
        """Insert what was signed, and the signed bytes unchanged; return the id."""
        found = new_id(at)
        seal = self._uow.keys.seal
        self._uow.execute(
            insert(signature),
            {
                **row,
                "id": found,
                "document": seal(document, f"signature.document:{found}"),
                "signed": seal(signed, f"signature.signed:{found}"),
                "signed_at": at,
                "void_reason": "",
            },
        )
        return found

    def of_instance(self, instance_id: str) -> Sequence[Found]:
        """Return a case's chain, oldest first, without the documents."""
        return self._uow.execute(self._OF_CASE, {"case": instance_id}).all()

    def find(self, signature_id: str) -> Found | None:
        """Return one, without the documents."""
        return self._uow.execute(self._SHOWN.where(signature.c.id == signature_id)).first()

    def papers(self, signature_id: str) -> tuple[bytes, bytes]:
        """Return what was signed, and the signed bytes."""
        row = self._uow.execute(
            select(signature.c.document, signature.c.signed).where(signature.c.id == signature_id)
        ).one()
        unseal = self._uow.keys.unseal
        return (
            unseal(bytes(row.document), f"signature.document:{signature_id}"),
            unseal(bytes(row.signed), f"signature.signed:{signature_id}"),
        )

    def version(self, instance_id: str) -> int:
        """Return the version that stands: one more than how often the chain was voided."""
        voids = select(func.count(func.distinct(signature.c.voided_at))).where(
            signature.c.instance_id == instance_id
        )
        return int(self._uow.execute(voids).scalar_one()) + 1

    def void(self, instance_id: str, reason: str, at: datetime) -> int:
        """Void all that stand; return how many."""
        done = self._uow.execute(
            update(signature)
            .where(signature.c.instance_id == instance_id, signature.c.voided_at.is_(None))
            .values(voided_at=at, void_reason=reason)
        )
        return int(done.rowcount)


class Comments(Repository):
    """Comments and remarks."""

    _OF_CASE = (
        select(comment).where(comment.c.instance_id == bindparam("case")).order_by(comment.c.id)
    )

    def add(self, row: Mapping[str, Any], at: datetime) -> str:
        """Insert; return the id."""
        found = new_id(at)
        self._uow.execute(insert(comment), {**row, "id": found, "created_at": at})
        return found

    def of_instance(self, instance_id: str) -> Sequence[Found]:
        """Return a case's comments, oldest first."""
        return self._uow.execute(self._OF_CASE, {"case": instance_id}).all()
