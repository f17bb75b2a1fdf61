"""Branches of the analysts, what they saved in them, and what they are typing."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.store.ids import new_id
from engine.store.repository import Found, Repository
from engine.store.tables import account, branch, branch_file, working_copy

_NAMED = select(branch).where(branch.c.name == bindparam("name"), branch.c.closed_at.is_(None))
_OF_BRANCH = branch_file.c.branch_id == bindparam("branch_id")
_NEWEST = (
    select(branch_file.c.name, func.max(branch_file.c.revision).label("revision"))
    .where(_OF_BRANCH)
    .group_by(branch_file.c.name)
    .subquery()
)
_HEADS = (
    select(branch_file)
    .join(
        _NEWEST,
        (_NEWEST.c.name == branch_file.c.name) & (_NEWEST.c.revision == branch_file.c.revision),
    )
    .where(_OF_BRANCH)
    .order_by(branch_file.c.name)
)
_OF_FILE = (
    select(branch_file)
    .where(_OF_BRANCH, branch_file.c.name == bindparam("name"))
    .order_by(branch_file.c.revision.desc())
)
_MINE = (
    working_copy.c.branch_id == bindparam("branch_id"),
    working_copy.c.name == bindparam("name"),
    working_copy.c.account_id == bindparam("account_id"),
)
_COPY = select(working_copy).where(*_MINE)
_PRESENT = (
    select(
        working_copy.c.name,
        working_copy.c.account_id,
        working_copy.c.element,
        working_copy.c.since,
        account.c.name.label("person"),
    )
    .join(account)
    .where(
        working_copy.c.branch_id == bindparam("branch_id"),
        working_copy.c.seen_at >= bindparam("seen"),
    )
    .order_by(working_copy.c.since, working_copy.c.account_id)
)


class Workshop(Repository):
    """What analysts work on. A branch is locked before anything is saved in it."""

    def branches(self) -> Sequence[Found]:
        """Return the branches that are worked on, by name."""
        return self._uow.execute(
            select(branch).where(branch.c.closed_at.is_(None)).order_by(branch.c.name)
        ).all()

    def branch(self, name: str) -> Found | None:
        """Return the branch of this name that is worked on."""
        return self._uow.execute(_NAMED, {"name": name}).first()

    def lock(self, name: str) -> Found | None:
        """Lock a branch: of two who save at the same moment the second sees what the first did."""
        return self._locked("branch", _NAMED.with_for_update(), {"name": name}).first()

    def make(self, name: str, at: datetime, by: str) -> bool:
        """Make a branch; False if there is one of this name."""
        kind = postgresql if self._uow.dialect == "postgresql" else sqlite
        row = {"id": new_id(at), "name": name, "created_at": at, "created_by": by, "closed_by": ""}
        done = self._uow.execute(kind.insert(branch).values(row).on_conflict_do_nothing())
        return bool(done.rowcount == 1)

    def rename(self, branch_id: str, name: str) -> None:
        """Give a branch another name; `Conflict` if it is taken."""
        self._uow.execute(update(branch).where(branch.c.id == branch_id).values(name=name))

    def close(self, branch_id: str, at: datetime, by: str) -> None:
        """End the work on a branch; what was saved stays, what was being typed goes."""
        self._uow.execute(
            update(branch).where(branch.c.id == branch_id).values(closed_at=at, closed_by=by)
        )
        self._uow.execute(delete(working_copy).where(working_copy.c.branch_id == branch_id))

    def heads(self, branch_id: str) -> Sequence[Found]:
        """Return the newest revision of every file saved in a branch, by name."""
        return self._uow.execute(_HEADS, {"branch_id": branch_id}).all()

    def head(self, branch_id: str, name: str) -> Found | None:
        """Return the newest revision of one file."""
        return self._uow.execute(_OF_FILE.limit(1), {"branch_id": branch_id, "name": name}).first()

    def save(self, row: Mapping[str, Any]) -> None:
        """Write a revision; the branch is locked."""
        self._uow.execute(insert(branch_file), row)

    def deployed(self, digests: Mapping[str, str]) -> None:
        """Remember that these contents are deployed: what stands like that in a branch goes on
        from there.
        """
        for name, digest in sorted(digests.items()):
            self._uow.execute(
                update(branch_file)
                .where(
                    branch_file.c.name == name,
                    branch_file.c.digest == digest,
                    branch_file.c.base != digest,
                )
                .values(base=digest)
            )

    def copy(self, branch_id: str, name: str, account_id: str) -> Found | None:
        """Return what a person is typing."""
        given = {"branch_id": branch_id, "name": name, "account_id": account_id}
        return self._uow.execute(_COPY, given).first()

    def copies(self, branch_id: str, account_id: str) -> Sequence[Found]:
        """Return everything that a person is typing in a branch, by file."""
        return self._uow.execute(
            select(working_copy)
            .where(
                working_copy.c.branch_id == branch_id,
                working_copy.c.account_id == account_id,
                working_copy.c.content.is_not(None),
            )
            .order_by(working_copy.c.name)
        ).all()

    def keep(self, row: Mapping[str, Any]) -> None:
        """Write what a person is typing, or that she looks; over what was kept before."""
        kind = postgresql if self._uow.dialect == "postgresql" else sqlite
        key = ["branch_id", "name", "account_id"]
        changed = {name: value for name, value in row.items() if name not in key}
        self._uow.execute(
            kind.insert(working_copy)
            .values(dict(row))
            .on_conflict_do_update(index_elements=key, set_=changed)
        )

    def drop(self, branch_id: str, name: str, account_id: str) -> bool:
        """Throw away what a person was typing; False if there was nothing."""
        given = {"branch_id": branch_id, "name": name, "account_id": account_id}
        return bool(self._uow.execute(delete(working_copy).where(*_MINE), given).rowcount)

    def drop_all(self, branch_id: str, names: Collection[str]) -> None:
        """Throw away what anybody was typing at files that are there no more."""
        self._uow.execute(
            delete(working_copy).where(
                working_copy.c.branch_id == branch_id, working_copy.c.name.in_(sorted(names))
            )
        )

    def present(self, branch_id: str, seen: datetime) -> Sequence[Found]:
        """Return who was seen at which file since a moment, whoever came first first."""
        return self._uow.execute(_PRESENT, {"branch_id": branch_id, "seen": seen}).all()
