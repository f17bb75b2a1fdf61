"""What waits for whom in the plans, and a centre's plans as a narrowed list: for the pages.

As in `handlers.support.records.seen`, rights are asked before anything is read. Lists are read a
page at a time; what a page needs of many plans comes in one query.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select, true, union_all
from sqlalchemy.orm import Session, aliased

from engine.model.people import Actor, Candidate
from engine.store.tables import instance, task_candidate, user_task
from handlers.people.regions import REGIONS
from handlers.support import offices, rights
from handlers.support.records import terms
from handlers.support.records.measures import OPEN, MeasureState, to_measure
from handlers.support.records.overviews import Listed, PlanListed, _listed, _names
from handlers.support.records.plans import OVER, PlanState
from handlers.support.records.tables import MeasureRow, PlanRow

#: Processes whose tasks are counted as waiting for a centre.
PROCESSES = ("support_plan", "support_measure", "support_followup")
#: What stands between a plan's number and the number of its measure or follow-up.
SLASH = "/"


@dataclass(frozen=True, kw_only=True)
class Step:
    """An open task of a plan or of one of its measures."""

    #: Task id.
    task: str
    #: Business key of its case: the plan's number or a measure's.
    key: str
    #: Element id.
    element: str
    #: End of its term (UTC); None: no term.
    due: datetime | None
    #: Account id of who has it; empty: free.
    assignee: str
    #: Who may claim it.
    candidates: frozenset[Candidate]

    @property
    def plan(self) -> str:
        """Return the plan's number."""
        return self.key.partition(SLASH)[0]

    def is_for(self, actor: Actor) -> bool:
        """Tell whether the actor has it, or may claim it."""
        if self.assignee:
            return self.assignee == actor.account
        return not actor.memberships.isdisjoint(self.candidates)


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """How many open tasks of one kind wait for a centre's people."""

    #: Element id.
    element: str
    #: How many.
    count: int
    #: Of them past their term.
    late: int
    #: The earliest term (UTC).
    due: datetime | None


@dataclass(frozen=True, kw_only=True)
class Narrowed:
    """What a list of plans is narrowed to; everything empty: all open plans."""

    #: State; None: all that are open.
    state: PlanState | None = None
    #: Plans that are over instead of open ones.
    over: bool = False
    #: With an open measure of this field.
    field: str = ""
    #: With an open measure of this body.
    body: str = ""
    #: With a measure past its term (of that field or body).
    late: bool = False
    #: With a task that waits for the centre.
    waiting: bool = False
    #: Plan numbers that were found for a person; None: nothing was searched for.
    numbers: tuple[str, ...] | None = None
    #: Part of a plan number.
    words: str = ""


def steps(
    session: Session, actor: Actor, numbers: Iterable[str], *, office: str = ""
) -> Mapping[str, list[Step]]:
    """Return the open tasks of some plans, by plan number; two queries. With `office` only its own.

    Only of the actor's centres; an administrator sees states and terms of all.
    """
    known = rights.reach(actor)
    top = aliased(instance)
    query = (
        select(
            user_task.c.id,
            user_task.c.business_key,
            user_task.c.element,
            user_task.c.due_at,
            user_task.c.assignee,
            user_task.c.role,
            user_task.c.organisation,
            user_task.c.more_candidates,
        )
        .select_from(PlanRow)
        .join(top, top.c.business_key == PlanRow.number)
        .join(instance, instance.c.root_id == top.c.id)
        .join(user_task, user_task.c.instance_id == instance.c.id)
        .where(
            PlanRow.number.in_(list(numbers)),
            true() if known.admin else _of_hers(known),
            top.c.parent_id.is_(None),
            user_task.c.status == "open",
        )
        .order_by(user_task.c.due_at, user_task.c.id)
    )
    if office:
        query = query.where(user_task.c.organisation == office)
    rows = session.execute(query).all()
    more = _more(session, [row.id for row in rows if row.more_candidates])
    found: dict[str, list[Step]] = {}
    for row in rows:
        own = {Candidate(row.role, row.organisation)}
        step = Step(
            task=row.id,
            key=row.business_key,
            element=row.element,
            due=row.due_at,
            assignee=row.assignee or "",
            candidates=frozenset(own | more.get(row.id, set())),
        )
        found.setdefault(step.plan, []).append(step)
    return found


def _of_hers(known: rights.Reach) -> ColumnElement[bool]:
    return or_(
        PlanRow.centre.in_(sorted(known.centres)), PlanRow.region.in_(sorted(known.administered))
    )


def _more(session: Session, tasks: Sequence[str]) -> Mapping[str, set[Candidate]]:
    found: dict[str, set[Candidate]] = {}
    if tasks:
        query = select(
            task_candidate.c.task_id, task_candidate.c.role, task_candidate.c.organisation
        ).where(task_candidate.c.task_id.in_(list(tasks)))
        for task, role, organisation in session.execute(query):
            found.setdefault(task, set()).add(Candidate(role, organisation))
    return found


def waiting(session: Session, actor: Actor, centre: str, now: datetime) -> list[Waiting]:
    """Return what waits for a centre's people, by kind of task, the most urgent kind first."""
    if centre not in rights.reach(actor).centres:
        return []
    due, first = user_task.c.due_at, func.min(user_task.c.due_at)
    query = (
        select(
            user_task.c.element,
            func.count().label("tasks"),
            func.coalesce(func.sum(case((due < now, 1), else_=0)), 0).label("late"),
            first.label("due"),
        )
        .where(
            user_task.c.organisation == centre,
            user_task.c.status == "open",
            user_task.c.process.in_(PROCESSES),
        )
        .group_by(user_task.c.element)
        .order_by(first)
    )
    return [
        Waiting(element=row.element, count=row.tasks, late=row.late, due=row.due)
        for row in session.execute(query)
    ]


def case_of(session: Session, key: str, process: str) -> str:
    """Return the id of the newest case with a business key; empty: there is none.

    An id alone shows nothing: whoever asks for the case is asked for rights there.
    """
    query = (
        select(instance.c.id)
        .where(instance.c.business_key == key, instance.c.process == process)
        .order_by(instance.c.started_at.desc(), instance.c.id.desc())
    )
    return session.scalar(query.limit(1)) or ""


def narrowed(
    session: Session,
    actor: Actor,
    centre: str,
    now: datetime,
    what: Narrowed,
    *,
    after: str = "",
    limit: int = 50,
) -> list[PlanListed]:
    """Return a centre's plans that fit, the newest first, those after a number."""
    if centre not in rights.reach(actor).centres:
        return []
    query = select(PlanRow.number).where(PlanRow.centre == centre, *_fits(centre, now, what))
    if after:
        query = query.where(PlanRow.number < after)
    numbers = list(session.scalars(query.order_by(PlanRow.number.desc()).limit(limit)))
    return _listed(session, numbers, now)


def latest(
    session: Session,
    actor: Actor,
    centre: str,
    now: datetime,
    limit: int,
    reworking: Iterable[str] = (),
) -> list[Listed]:
    """Return a centre's measures that are longest past their term, the oldest term first.

    `reworking`: codes of the bodies that are late with something and rework something. Each state
    is read off its index as far as the limit: the cost does not grow with what is late.
    """
    if centre not in rights.reach(actor).centres:
        return []
    oldest = [
        select(MeasureRow.id, MeasureRow.due)
        .where(MeasureRow.centre == centre, MeasureRow.state == state, MeasureRow.due < now)
        .order_by(MeasureRow.due)
        .limit(limit)
        .subquery()
        for state in sorted(terms.PLANNED)
    ]
    oldest += [_reworked(centre, one, now, limit) for one in reworking]
    ids = union_all(*(select(one.c.id) for one in oldest))
    query = (
        select(MeasureRow, terms.counting.label("counts"))
        .where(MeasureRow.id.in_(ids))
        .order_by("counts", MeasureRow.number)
        .limit(limit)
    )
    rows = session.execute(query).all()
    named = _names(session, [to_measure(row.MeasureRow) for row in rows])
    return [replace(one, due=row.counts) for one, row in zip(named, rows, strict=True)]


def _reworked(centre: str, body: str, now: datetime, limit: int) -> Any:
    """Return the select of a centre's measures that a body reworks and is longest late with.

    Read off the body's open tasks in the order of their terms, as far as the limit.
    """
    return (
        select(MeasureRow.id, user_task.c.due_at.label("due"))
        .join(user_task, terms.TASK)
        .where(
            user_task.c.organisation == body,
            user_task.c.due_at < now,
            MeasureRow.centre == centre,
            MeasureRow.state == MeasureState.RETURNED,
        )
        .order_by(user_task.c.due_at)
        .limit(limit)
        .subquery()
    )


def _fits(centre: str, now: datetime, what: Narrowed) -> list[Any]:
    is_over = PlanRow.state.in_(sorted(OVER))
    found: list[Any] = []
    if what.state is not None:
        found.append(PlanRow.state == what.state)
    elif what.numbers is None:  # who searches for somebody finds plans of all times
        found.append(is_over if what.over else ~is_over)
    if what.numbers is not None:
        number = PlanRow.number.contains(what.words, autoescape=True)
        found.append(or_(number, PlanRow.number.in_(list(what.numbers))))
    if what.field or what.body or what.late:
        found.append(PlanRow.number.in_(_with_measures(centre, now, what)))
    if what.waiting:
        found.append(PlanRow.number.in_(_with_tasks(centre)))
    return found


def _with_measures(centre: str, now: datetime, what: Narrowed) -> Any:
    """Return the select of plans with such an open measure, read off an index alone."""
    bodies = [offices.body(what.field, region) for region in REGIONS] if what.field else []
    query = select(MeasureRow.plan).where(MeasureRow.centre == centre)
    if what.body or bodies:
        query = query.where(MeasureRow.body.in_([what.body] if what.body else bodies))
    if what.late:
        return terms.late_plans(query, now)
    return query.where(MeasureRow.state.in_(sorted(OPEN)))


def _with_tasks(centre: str) -> Any:
    """Return the select of plans of which a task waits for the centre."""
    top = aliased(instance)
    return (
        select(top.c.business_key)
        .select_from(user_task)
        .join(instance, instance.c.id == user_task.c.instance_id)
        .join(top, top.c.id == instance.c.root_id)
        .where(
            user_task.c.organisation == centre,
            user_task.c.status == "open",
            user_task.c.process.in_(PROCESSES),
        )
    )
