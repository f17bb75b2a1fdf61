"""The audit log as a hash chain.

``digest = SHA-256(canonical JSON of the row's columns)``, ``hash = SHA-256(hash before · digest)``.
Rows of a unit of work are written just before its commit: the head is one row that all writers
share, and must be held for as short as can be. The database itself computes the next hash, so a
single row costs two statements on SQLite, one on PostgreSQL.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Text,
    and_,
    bindparam,
    func,
    insert,
    literal,
    or_,
    select,
    type_coerce,
    update,
)

from engine.store import values
from engine.store.repository import Found, Repository
from engine.store.tables import audit, audit_head

_ADD = insert(audit)
_COLUMNS = ("at", "actor_kind", "actor", "act", "subject", "detail")
_next_hash = {
    "sqlite": func.chain(audit_head.c.hash, bindparam("digest", type_=LargeBinary)),
    "postgresql": func.sha256(
        type_coerce(audit_head.c.hash, LargeBinary).op("||")(bindparam("digest", type_=LargeBinary))
    ),
}
_FORWARD = {
    dialect: update(audit_head)
    .where(audit_head.c.id == literal(1))
    .values(number=audit_head.c.number + 1, hash=following)
    .returning(audit_head.c.number, audit_head.c.hash)
    for dialect, following in _next_hash.items()
}
_moved = _FORWARD["postgresql"].cte("moved")
#: Both at once, where a statement may change two tables: one journey less while the head is held.
_FORWARD_AND_ADD = insert(audit).from_select(
    ["number", "hash", *_COLUMNS],
    select(
        _moved.c.number,
        _moved.c.hash,
        *[bindparam(f"of_{name}", type_=audit.c[name].type) for name in _COLUMNS],
    ),
)
_HEAD = select(audit_head).where(audit_head.c.id == 1).with_for_update()

#: Hash before the first link.
BEGINNING = bytes(32)


def chain(before: bytes, digest: bytes) -> bytes:
    """Return the hash of a link; SQLite gets this as a function."""
    return hashlib.sha256(before + digest).digest()


def digest_of(at: datetime, kind: str, actor: str, act: str, subject: str, detail: Any) -> bytes:
    """Return the digest of a row's columns."""
    whole = [at.astimezone(UTC).isoformat(), kind, actor, act, subject, detail]
    return hashlib.sha256(values.canonical(whole)).digest()


def _digest(row: Mapping[str, Any]) -> bytes:
    return digest_of(
        row["at"], row["actor_kind"], row["actor"], row["act"], row["subject"], row["detail"]
    )


_AT = (
    select(audit.c.at)
    .where(audit.c.number <= bindparam("number"))
    .order_by(audit.c.number.desc())
    .limit(1)
)
_NEXT_ACT = select(func.min(audit.c.act)).where(audit.c.act > bindparam("act"))
#: A link has the time of its act and the number of its commit: no commit is longer in coming.
SLACK = timedelta(hours=1)
#: Acts by which somebody looked at something, or was not let.
LOOKS = ("access.read", "access.refused")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which links are wanted."""

    #: Subjects; None: of any.
    subjects: frozenset[str] | None = None
    #: Besides those, looks whose subject has one of these in it: views name ids among others.
    within: frozenset[str] = frozenset()
    #: Acts; empty: any.
    acts: frozenset[str] = frozenset()
    #: Account ids, or names of machines; None: anybody's.
    actors: frozenset[str] | None = None
    #: Batch they are a part of; empty: any.
    batch: str = ""
    #: From when on, and up to when (UTC, exclusive); None: whenever.
    since: datetime | None = None
    until: datetime | None = None


class Audit(Repository):
    """The chain."""

    def __init__(self, uow: Any) -> None:
        """Start with nothing to write."""
        super().__init__(uow)
        self._pending: list[dict[str, Any]] = []

    def add(self, row: Mapping[str, Any]) -> None:
        """Have a row written at the commit: at, actor_kind, actor, act, subject, detail."""
        self._pending.append(dict(row))

    @property
    def pending(self) -> int:
        """Return how many rows wait for the commit."""
        return len(self._pending)

    def forget(self, keep: int = 0) -> None:
        """Drop what is pending but for the first rows: the rest was rolled back."""
        del self._pending[keep:]

    def flush(self) -> None:
        """Write what is pending; called by the commit."""
        rows, self._pending = self._pending, []
        if len(rows) == 1:
            self._append_one(rows[0])
        elif rows:
            self._append_many(rows)

    def _append_one(self, row: dict[str, Any]) -> None:
        if self._uow.dialect == "postgresql":
            given = {f"of_{name}": row[name] for name in _COLUMNS}
            self._locked("audit", _FORWARD_AND_ADD, {"digest": _digest(row), **given})
            return
        forward = _FORWARD[self._uow.dialect]
        head = self._locked("audit", forward, {"digest": _digest(row)}).one()
        self._uow.execute(_ADD, {**row, "number": head.number, "hash": bytes(head.hash)})

    def _append_many(self, rows: list[dict[str, Any]]) -> None:
        head = self._locked("audit", _HEAD).one()
        number, last = head.number, bytes(head.hash)
        for row in rows:
            number, last = number + 1, chain(last, _digest(row))
            row.update(number=number, hash=last)
        self._uow.execute(_ADD, rows)
        self._uow.execute(
            update(audit_head).where(audit_head.c.id == 1).values(number=number, hash=last)
        )

    def head(self) -> tuple[int, bytes]:
        """Return number and hash of the last link."""
        row = self._uow.execute(
            select(audit_head.c.number, audit_head.c.hash).where(audit_head.c.id == 1)
        ).one()
        return row.number, bytes(row.hash)

    def walk(self, batch: int = 1000, *, after: int = 0, until: int = 0) -> Iterator[Found]:
        """Yield all links in order; those after a number, and before another, where given."""
        last = after
        while True:
            some = select(audit).where(audit.c.number > last).order_by(audit.c.number)
            if until:
                some = some.where(audit.c.number < until)
            rows = self._uow.execute(some.limit(batch)).all()
            yield from rows
            if len(rows) < batch:
                return
            last = rows[-1].number

    def page(
        self, *, subject: str = "", before: int = 0, size: int = 100, since: datetime | None = None
    ) -> Sequence[Found]:
        """Return links newest first."""
        statement = select(audit).order_by(audit.c.number.desc()).limit(size)
        if subject:
            statement = statement.where(audit.c.subject == subject)
        if before:
            statement = statement.where(audit.c.number < before)
        if since:
            statement = statement.where(audit.c.at >= since)
        return self._uow.execute(statement).all()

    def search(self, asked: Asked, *, before: int = 0, size: int = 50) -> Sequence[Found]:
        """Return links newest first that fit a filter, one more than `size`.

        Read off the indexes by subject, author or act, whichever narrows, else backwards from the
        newest. A day is found by halving (`between`), then by the times themselves.
        """
        where = self._where(asked)
        first, last = self.between(asked.since, asked.until)
        ends = [one for one in (before, last) if one]
        where.append(audit.c.number >= first)
        if ends:
            where.append(audit.c.number < min(ends))
        newest = select(audit).where(*where).order_by(audit.c.number.desc())
        return self._uow.execute(newest.limit(size + 1)).all()

    @staticmethod
    def _where(asked: Asked) -> list[ColumnElement[bool]]:
        where: list[ColumnElement[bool]] = []
        if asked.subjects is not None:
            named: list[ColumnElement[bool]] = [audit.c.subject.in_(sorted(asked.subjects))]
            looks = [audit.c.subject.contains(one, autoescape=True) for one in sorted(asked.within)]
            if looks:
                named.append(and_(audit.c.act.in_(LOOKS), or_(*looks)))
            where.append(or_(*named))
        if asked.acts:
            where.append(audit.c.act.in_(sorted(asked.acts)))
        if asked.actors is not None:
            where.append(audit.c.actor.in_(sorted(asked.actors)))
        if asked.batch:
            said = type_coerce(audit.c.detail, Text).contains(
                f'"batch":"{asked.batch}"', autoescape=True
            )
            where.append(or_(said, audit.c.subject == f"batch:{asked.batch}"))
        if asked.since is not None:
            where.append(audit.c.at >= asked.since)
        if asked.until is not None:
            where.append(audit.c.at < asked.until)
        return where

    def between(self, since: datetime | None, until: datetime | None) -> tuple[int, int]:
        """Return numbers between which (the last exclusive) all links of a time are, and others.

        0 where there is no bound.
        """
        first = self.first_since(since - SLACK) if since else 0
        last = self.first_since(until + SLACK) if until else 0
        return first, last

    def first_since(self, moment: datetime) -> int:
        """Return the number from which on links are of a moment or later; one after the last: none.

        Nearly: a link is out of its turn by as much as its commit was late.
        """
        low, high = 1, self.head()[0] + 1
        while low < high:
            middle = (low + high) // 2
            at = self._uow.execute(_AT, {"number": middle}).scalar()
            if at is None or at >= moment:
                high = middle
            else:
                low = middle + 1
        return low

    def acts(self) -> Sequence[str]:
        """Return every act there is, each found off the index behind the one before."""
        found: list[str] = []
        while True:
            act = self._uow.execute(_NEXT_ACT, {"act": found[-1] if found else ""}).scalar()
            if act is None:
                return found
            found.append(act)
