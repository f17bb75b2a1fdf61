"""One case, from all sides: what stands around every tab of its page, and one element of it.

Whatever the case's past, everything here is a page of something. Times and flows are read off the
newest `WINDOW` rows of history: for nearly every case that is all of them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from engine import bpmn
from engine.errors import NotFound, ZholdamaError
from engine.model.calendar import WorkingCalendar
from engine.model.elements import Element
from engine.model.people import Actor
from engine.model.sight import Sight
from engine.model.text import packed, text
from engine.services import access, bundles, calendar, ending, sights
from engine.services.cockpit.caseviews import (
    CaseHead,
    Counts,
    ElementView,
    EventLine,
    JobLine,
    Standing,
    TaskLine,
    Trouble,
    Visit,
)
from engine.services.cockpit.timing import Taken, flows_of
from engine.services.cockpit.veiling import veiled, veiled_value
from engine.services.context import Context, UnitOfWork
from engine.services.views import CaseState
from engine.services.workshop.heat import term_of
from engine.store import inspecting as read
from engine.store.tables import deadline

#: Rows of history that times and flows are read off.
WINDOW = 1000
#: Counts of visits stop here: "999+".
MANY = read.MANY
#: Counts beside the tabs stop here: "99+".
MOST = 100
#: Tasks and rows of history in the panel of an element.
FEW = 20
#: What happens at elements, for the panel of one.
_WHATS = ("entered", "left", "ended", "cancelled", "completed", "error", "fired", "incident")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A case that an administrator may look at, as its parts need it."""

    #: Row of `instance`, without state and variables.
    row: Any
    #: Its version, parsed.
    definition: bpmn.Definition
    #: Whether only the outline of it is for her eyes.
    outline: bool

    @property
    def elements(self) -> Mapping[str, Element]:
        """Return the elements of its version."""
        return self.definition.process.elements

    def names(self, element: str) -> Mapping[str, str]:
        """Return an element's names; of one that its version lacks, none."""
        found = self.elements.get(element)
        return found.names if found is not None else {}


def seen(uow: UnitOfWork, ctx: Context, actor: Actor, instance_id: str) -> Seen:
    """Return a case (admin); `NotFound` for one that is not hers to see."""
    access.administered(uow, actor, instance_id)
    row = uow.instances.find(instance_id)
    if row is None:
        raise access.no_case()
    sight = sights.of(uow, ctx, actor, row.process, [row.business_key])[row.business_key]
    if sight is Sight.SENT:
        raise access.no_case()
    bundle = bundles.of_definition(uow, ctx, row.definition_id)
    definition = bundle.definition(row.process)
    return Seen(row=row, definition=definition, outline=sight is not Sight.WHOLE)


def head(uow: UnitOfWork, ctx: Context, actor: Actor, instance_id: str) -> CaseHead:
    """Return what stands around every tab (admin); `NotFound`."""
    case = seen(uow, ctx, actor, instance_id)
    row = case.row
    version = uow.definitions.find(row.definition_id)
    tokens, damage = standing(uow, case)
    incidents = tuple(_trouble(case, one) for one in uow.incidents.open(row.id))
    live = live_jobs(uow, case, tokens)
    days = calendar.load(uow, ctx)
    window = uow.inspecting.window(row.id, WINDOW)
    rows = uow.inspecting.visits(row.id)
    told = _Visits(ctx, case, days, tokens, incidents, live)
    return CaseHead(
        id=row.id,
        number=row.business_key,
        process=row.process,
        names=case.definition.process.names,
        state=CaseState(row.status),
        definition=row.definition_id,
        version=version.version if version is not None else 0,
        deployment=version.digest if version is not None else "",
        revision=row.revision,
        started=row.started_at,
        started_by=row.started_by,
        ended=row.ended_at,
        end=row.end_element,
        failure="" if case.outline else veiled(row.failure),
        damage=damage,
        parent=row.parent_id or "",
        tokens=tokens,
        incidents=incidents,
        live=live,
        visits=told.all(rows, window),
        flows=flows_of(case.definition, rows, window, whole=len(window) < WINDOW),
        sampled=len(window) == WINDOW,
        day=days.length,
        counts=counts(uow, row.id),
        outline=case.outline,
    )


def standing(uow: UnitOfWork, case: Seen) -> tuple[tuple[Standing, ...], str]:
    """Return a case's tokens, and why its state cannot be read: that must not hide the rest."""
    if case.row.status not in ending.OPEN:
        return (), ""
    try:
        found = bpmn.overview(case.definition, uow.instances.state(case.row.id))
    except ZholdamaError as problem:
        return (), veiled(packed(problem.text))
    return tuple(
        Standing(
            token=one.token.hex,
            element=one.element,
            names=case.names(one.element),
            kind=one.kind,
            since=one.since,
            active=one.active,
        )
        for one in found
    ), ""


def _trouble(case: Seen, row: Any) -> Trouble:
    return Trouble(
        id=row.id,
        element=row.element,
        names=case.names(row.element),
        message="" if case.outline else veiled(row.message),
        at=row.created_at,
        job=row.job_id or "",
    )


def live_jobs(uow: UnitOfWork, case: Seen, tokens: Sequence[Standing]) -> tuple[JobLine, ...]:
    """Return the jobs of tokens that are not over, earliest first."""
    if not tokens:
        return ()
    rows = uow.inspecting.jobs_of([one.token for one in tokens])
    # A called case's token is its caller's business.
    return tuple(job_line(case, one) for one in rows if one.instance_id == case.row.id)


def job_line(case: Seen, row: Any) -> JobLine:
    """Return a job's view."""
    claimed = row.claimed_at
    return JobLine(
        id=row.id,
        kind=row.kind,
        topic=veiled(row.topic),
        element=row.element,
        names=case.names(row.element),
        state=row.state,
        attempts=row.attempts,
        most=row.max_attempts,
        due=row.due_at,
        finished=row.finished_at,
        took=row.finished_at - claimed if claimed and row.finished_at else None,
        error="" if case.outline else veiled(row.last_error),
    )


def task_line(case: Seen, row: Any) -> TaskLine:
    """Return a task's view."""
    return TaskLine(
        id=row.id,
        element=row.element,
        names=case.names(row.element),
        state=row.status,
        role=row.role,
        organisation=row.organisation,
        who=row.who or "",
        due=deadline(row.due_at),
        created=row.created_at,
        ended=row.ended_at,
        round=row.round,
    )


def event_line(case: Seen, row: Any, *, brief: bool = False) -> EventLine:
    """Return the view of a row of history; `brief`: without why and what is sealed."""
    found = case.elements.get(row.element)
    shown = not (brief or case.outline)
    sealed = veiled_value(row.sealed) if shown and row.sealed else {}
    detail = {name: one for name, one in row.detail.items() if name != "reason"}
    return EventLine(
        number=row.id,
        at=row.at,
        what=row.what,
        element=row.element,
        names=found.names if found else {},
        kind=found.kind if found else "",
        token=row.token,
        by=row.actor_kind,
        who=row.actor_name,
        detail=_mapping(veiled_value(detail)),
        reason=veiled(row.reason) if shown and row.reason else "",
        sealed=_mapping(sealed),
    )


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def counts(uow: UnitOfWork, instance_id: str) -> Counts:
    """Return how much is behind the tabs."""
    found = uow.inspecting.counts(instance_id, MOST)
    return Counts(
        tasks=found.tasks,
        jobs=found.jobs,
        waits=found.waits,
        papers=min(MOST, found.documents + found.signatures),
        comments=found.comments,
        history=found.history,
        children=found.children,
    )


class _Visits:
    """Puts together what happened at each element."""

    def __init__(
        self,
        ctx: Context,
        case: Seen,
        days: WorkingCalendar,
        tokens: Sequence[Standing],
        incidents: Sequence[Trouble],
        live: Sequence[JobLine],
    ) -> None:
        self.case = case
        self.days = days
        self.taken = Taken(days, ctx.now())
        self.tokens = [one for one in tokens if one.active]
        self.here = Counter(one.element for one in self.tokens)
        self.stopped = Counter(one.element for one in incidents)
        # The earliest of each element comes last, and stays.
        self.timers = {one.element: one.due for one in reversed(live) if one.kind == "timer"}

    def all(self, rows: Sequence[Any], window: Sequence[Any]) -> tuple[Visit, ...]:
        """Return every element that was passed, or where something is, in the order of drawing."""
        self.taken.read(window)
        self.taken.stand((one.element, one.since) for one in self.tokens)
        found = {row.element: row for row in rows}
        known = [name for name in self.case.elements if name in self._concerned(found)]
        gone = sorted(name for name in found if name not in self.case.elements)
        return tuple(self.one(name, found.get(name)) for name in (*known, *gone))

    def _concerned(self, found: Mapping[str, Any]) -> set[str]:
        return {*found, *self.here, *self.stopped, *self.timers}

    def one(self, name: str, row: Any) -> Visit:
        """Return one element."""
        element = self.case.elements.get(name)
        times = self.taken.times.get(name, ())
        term = term_of(element) if element is not None else None
        longest = max(times, default=None)
        return Visit(
            element=name,
            names=self.case.names(name),
            kind=element.kind if element is not None else "",
            law=element.law if element is not None else (),
            entered=row.entered if row is not None else 0,
            left=row.left + row.ended if row is not None else 0,
            cancelled=row.cancelled if row is not None else 0,
            here=self.here[name],
            incidents=self.stopped[name],
            spent=sum(times, timedelta()) if times else None,
            longest=longest,
            term=term,
            over=term is not None and longest is not None and longest > term * self.days.length,
            timer=self.timers.get(name),
        )


def element(
    uow: UnitOfWork, ctx: Context, actor: Actor, instance_id: str, element_id: str
) -> ElementView:
    """Return one element of a case (admin); `NotFound` for a foreign case or no such element."""
    whole = head(uow, ctx, actor, instance_id)
    return element_of(uow, ctx, seen(uow, ctx, actor, instance_id), whole, element_id)


def element_of(
    uow: UnitOfWork, ctx: Context, case: Seen, whole: CaseHead, element_id: str
) -> ElementView:
    """Return one element of a case that was looked at; `NotFound` for no such element."""
    visit = next((one for one in whole.visits if one.element == element_id), None)
    drawn = case.elements.get(element_id)
    if visit is None and drawn is None:
        raise NotFound(text("There is no such step in this process"))
    untouched = _Visits(ctx, case, calendar.load(uow, ctx), (), (), ())
    return ElementView(
        visit=visit or untouched.one(element_id, None),
        documentation=drawn.documentation if drawn is not None else {},
        tokens=tuple(one for one in whole.tokens if one.element == element_id),
        incidents=tuple(one for one in whole.incidents if one.element == element_id),
        jobs=tuple(one for one in whole.live if one.element == element_id),
        tasks=tuple(
            task_line(case, one)
            for one in uow.inspecting.tasks_at(case.row.id, element_id, size=FEW)
        ),
        history=tuple(_happened(uow, case, element_id)),
        day=whole.day,
    )


def _happened(uow: UnitOfWork, case: Seen, element_id: str) -> Iterator[EventLine]:
    rows = [
        row
        for what in _WHATS
        for row in uow.inspecting.happened(case.row.id, element_id, what, size=FEW)
    ]
    newest = sorted(rows, key=lambda row: -row.id)[:FEW]
    return (event_line(case, row) for row in newest)
