"""Finding cases: pages of the administrators' list, how many fit, and the walk of a batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from engine.errors import ValueRefused
from engine.handling import CaseCard
from engine.model.people import Actor
from engine.model.text import text
from engine.services import access, audit, cursors, search, sights, ways
from engine.services.cockpit import asking, calling
from engine.services.cockpit.asking import Asked
from engine.services.context import Context, UnitOfWork
from engine.services.views import CaseState
from engine.store.listing import CaseList, Stretch, Total
from engine.store.stretches import Mark
from engine.store.tables import deadline
from engine.store.wanted import Sort, Wanted

__all__ = [
    "CAP", "SIZE", "Line", "Page", "Stand", "Total", "begin", "count", "page", "sought", "walk",
]  # fmt: skip

#: Rows of a page, and how far is counted.
SIZE, CAP = 50, 10_000
_BEFORE_ALL = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Stand:
    """Where a case stands: an open task, a job, a wait."""

    #: Element id.
    element: str
    #: Its names by language; empty: the diagram does not tell.
    names: Mapping[str, str]
    #: task | timer | handler | call | message | signal.
    kind: str
    #: Code of the office, and its names by language; empty: none.
    office: str = ""
    office_names: Mapping[str, str] = field(default_factory=dict)
    #: Name of who has it; empty: nobody.
    who: str = ""


#: What somebody or something works at; the rest only waits beside it.
_WORK = frozenset({"task", "handler", "call"})


@dataclass(frozen=True, kw_only=True)
class Line:
    """A case in the list."""

    #: Instance id.
    id: str
    #: Case number.
    number: str
    #: How it is recognised; None: its domain tells nothing, or not to her.
    card: CaseCard | None
    #: Process key, and its names by language.
    process: str
    names: Mapping[str, str]
    #: Version of the process.
    version: int
    #: State.
    state: CaseState
    #: Where it stands.
    stands: tuple[Stand, ...]
    #: When it started, and ended.
    started: datetime
    ended: datetime | None
    #: The most urgent deadline; None: there is none.
    due: datetime | None
    #: Open incidents.
    incidents: int
    #: Whether another case called it.
    called: bool


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of the list."""

    #: Its rows.
    lines: tuple[Line, ...]
    #: Cursor of the next page; empty: this is the last.
    next: str
    #: Whether it is short because so many cases were looked at, not because there are no more.
    tired: bool


def page(
    uow: UnitOfWork, ctx: Context, actor: Actor, asked: Asked, *, after: str = "", size: int = SIZE
) -> Page:
    """Return a page (admin; only her region's cases).

    Raises `FormRefused` with the fields that cannot be read, `ValueRefused` for a wrong cursor.
    """
    access.admin(actor)
    wanted, cases = _list(uow, ctx, actor, asked)
    return _page(uow, ctx, actor, cases, _mark(after, wanted), size)


def count(uow: UnitOfWork, ctx: Context, actor: Actor, asked: Asked, cap: int = CAP) -> Total:
    """Return how many cases fit, as far as they are counted."""
    access.admin(actor)
    return _list(uow, ctx, actor, asked)[1].count(cap)


def begin(uow: UnitOfWork, ctx: Context, actor: Actor, asked: Asked) -> tuple[Page, Total]:
    """Return the first page and how many cases fit; see `page`."""
    access.admin(actor)
    _, cases = _list(uow, ctx, actor, asked)
    found = _page(uow, ctx, actor, cases, None, SIZE)
    if not found.next:
        # The whole list need not be counted.
        return found, Total(number=len(found.lines), exact=True)
    return found, cases.count(CAP)


def _list(uow: UnitOfWork, ctx: Context, actor: Actor, asked: Asked) -> tuple[Wanted, CaseList]:
    wanted = asking.understood(uow, ctx, actor, asked)
    return wanted, uow.lookup.cases(wanted, access.reach(uow, actor))


def _page(
    uow: UnitOfWork, ctx: Context, actor: Actor, cases: CaseList, mark: Mark | None, size: int
) -> Page:
    found = cases.page(after=mark, size=size)
    rows = sights.kept(uow, ctx, actor, found.rows, sights.there)
    return Page(
        lines=_Drawing(uow, ctx, actor, rows).lines(),
        next=_cursor(found),
        tired=found.tired,
    )


def walk(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    query: Mapping[str, str],
    after: str,
    size: int,
) -> Sequence[tuple[str, str]]:
    """Return ids and numbers of cases that a list's query matches, from the newest, for batches."""
    access.admin(actor)
    wanted = asking.understood(uow, ctx, actor, asking.read_query(query))
    if wanted.sort is Sort.DEADLINE and wanted.due == (None, None):
        # That list holds cases with open tasks; those without a deadline have one far away.
        wanted = replace(wanted, due=(_BEFORE_ALL, None))
    wanted = replace(wanted, sort=Sort.NEWEST)
    cases = uow.lookup.cases(wanted, access.reach(uow, actor))
    mark: Mark | None = (None, after) if after else None
    found: list[Any] = []
    while True:
        some = cases.page(after=mark, size=size - len(found))
        found += sights.kept(uow, ctx, actor, some.rows, sights.there)
        mark = some.next
        if mark is None or len(found) >= size:
            return [(row.id, row.business_key) for row in found]


def sought(uow: UnitOfWork, ctx: Context, actor: Actor, words: str) -> str:
    """Return words about a person as an address carries them, and write down that she was sought.

    The audit log says that somebody was, not who.
    """
    access.admin(actor)
    sealed = search.sealed(uow, words)
    if sealed:
        audit.append(uow, ctx, actor, "search.person", "search:cases")
    return sealed


def _mark(written: str, wanted: Wanted) -> Mark | None:
    found = cursors.position(written)
    if found is None:
        return None
    if len(found[1]) != 32:
        raise ValueRefused(text("This page of the list does not exist"))
    return found if wanted.sort is Sort.DEADLINE else (None, found[1])


def _cursor(found: Stretch) -> str:
    if found.next is None:
        return ""
    at, row_id = found.next
    # By id alone: any moment will do.
    return cursors.cursor(at or cursors.moment("2000-01-01T00:00:00+00:00"), row_id)


class _Drawing:
    """Makes lines of rows."""

    def __init__(self, uow: UnitOfWork, ctx: Context, actor: Actor, rows: Sequence[Any]) -> None:
        """Ask what a page needs, once for all its rows."""
        self._uow, self._ctx, self._rows = uow, ctx, rows
        ids = [row.id for row in rows]
        self._stands = uow.lookup.stands(ids)
        self._incidents = uow.lookup.incidents(ids)
        self._names = uow.accounts.names({one.assignee for one in self._stands if one.assignee})
        self._versions = uow.trail.versions({row.definition_id for row in rows})
        codes = sorted({one.organisation for one in self._stands if one.organisation})
        self._offices = {one.code: one.names for one in uow.organisations.some(codes)}
        self._cards = ways.cards(uow, ctx, actor, [(one.process, one.business_key) for one in rows])

    def lines(self) -> tuple[Line, ...]:
        """Return the lines."""
        return tuple(self._line(row) for row in self._rows)

    def _line(self, row: Any) -> Line:
        here = [one for one in self._stands if one.instance_id == row.id]
        version = self._versions[row.definition_id]
        due = deadline(min((one.due_at for one in here if one.due_at), default=None))
        return Line(
            id=row.id,
            number=row.business_key,
            card=self._cards.get(row.business_key),
            process=row.process,
            names=version.names or {},
            version=version.version,
            state=CaseState(row.status),
            stands=tuple(self._stand(row, one) for one in _work(here)),
            started=row.started_at,
            ended=row.ended_at,
            due=due,
            incidents=self._incidents.get(row.id, 0),
            called=row.parent_id is not None,
        )

    def _stand(self, row: Any, one: Any) -> Stand:
        return Stand(
            element=one.element,
            names=calling.names_of(
                self._uow, self._ctx, row.definition_id, row.process, one.element
            ),
            kind=one.kind,
            office=one.organisation,
            office_names=self._offices.get(one.organisation, {}),
            who=self._names.get(one.assignee or "", ""),
        )


def _work(here: Sequence[Any]) -> Sequence[Any]:
    """Return where a case is worked at; where nobody works, what it waits for."""
    return [one for one in here if one.kind in _WORK] or here
