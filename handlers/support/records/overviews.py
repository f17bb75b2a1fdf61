"""Lists and numbers for one actor: a body's inbox, a centre's plans, overviews.

As in `handlers.support.records.seen`, rights are asked before anything is read.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from engine.model.people import Actor
from handlers.support import rights
from handlers.support.records import terms
from handlers.support.records.measures import (
    CLOSED,
    WITH_BODY,
    Measure,
    MeasureState,
    to_measure,
)
from handlers.support.records.members import Member, members_of
from handlers.support.records.plans import (
    OVER,
    Plan,
    PlanState,
    plans,
)
from handlers.support.records.tables import MeasureRow, PlanRow

#: How many rows a list of pages gives at most.
MOST = 200


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A measure in a list."""

    #: The measure.
    measure: Measure
    #: Name of whom it is for; for the whole family, of who turned to the centre.
    name: str
    #: The term that counts now (UTC); None: none yet, or not asked for.
    due: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class PlanListed:
    """A plan in a list."""

    #: The plan.
    plan: Plan
    #: Who turned to the centre; empty while nobody is known.
    name: str
    #: Measures in all, without those withdrawn.
    total: int
    #: Of them closed.
    closed: int
    #: Of them with a report to be looked at.
    review: int
    #: Of them late now.
    late: int


@dataclass(frozen=True, kw_only=True)
class Load:
    """How much there is with a centre, a body or a field now. Numbers only."""

    #: Code of the centre, body or field.
    code: str
    #: Measures that a body has.
    open: int
    #: Of them late.
    late: int
    #: Reports that wait for the centre.
    review: int
    #: Returned for rework and not reported again.
    returned: int
    #: Closed in all.
    closed: int


@dataclass(frozen=True, kw_only=True)
class Overview:
    """A centre or a region now. Numbers only."""

    #: Plans by state.
    plans: Mapping[PlanState, int]
    #: By centre; for a centre's own overview only itself.
    centres: tuple[Load, ...]
    #: By field.
    fields: tuple[Load, ...]
    #: By body.
    bodies: tuple[Load, ...]


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Measures of one centre, body and state."""

    #: Code of the centre.
    centre: str
    #: Code of the body.
    body: str
    #: State.
    state: MeasureState
    #: How many.
    measures: int
    #: Of them past the term that counts.
    past: int


def _names(session: Session, found: Sequence[Measure]) -> list[Listed]:
    families = members_of(session, {one.plan for one in found})

    def name(one: Measure) -> str:
        family = families.get(one.plan, [])
        whom = [member for member in family if member.person.id == one.person] or family[:1]
        return whom[0].person.full_name if whom else ""

    return [Listed(measure=one, name=name(one)) for one in found]


def inbox(
    session: Session, actor: Actor, *, closed: bool = False, limit: int = MOST
) -> list[Listed]:
    """Return the measures of the actor's bodies, the most urgent first; or those that are over."""
    bodies = rights.reach(actor).bodies
    states = CLOSED if closed else {*WITH_BODY, MeasureState.REVIEW}
    query = (
        select(MeasureRow)
        .where(MeasureRow.body.in_(list(bodies)), MeasureRow.state.in_(list(states)))
        .order_by(MeasureRow.closed_at.desc() if closed else MeasureRow.due, MeasureRow.number)
        .limit(limit)
    )
    return _names(session, [to_measure(row) for row in session.scalars(query)]) if bodies else []


def late(
    session: Session, actor: Actor, centre: str, now: datetime, limit: int = MOST
) -> list[Listed]:
    """Return a centre's measures past their term, the oldest term first."""
    if centre not in rights.reach(actor).centres:
        return []
    query = (
        select(MeasureRow)
        .where(MeasureRow.centre == centre, terms.late(now))
        .order_by(terms.counting, MeasureRow.number)
        .limit(limit)
    )
    return _names(session, [to_measure(row) for row in session.scalars(query)])


def plans_of(
    session: Session,
    actor: Actor,
    centre: str,
    now: datetime,
    *,
    over: bool = False,
    after: str = "",
    limit: int = 50,
) -> list[PlanListed]:
    """Return a centre's plans, the newest first, those after a number; open ones or those over."""
    if centre not in rights.reach(actor).centres:
        return []
    is_over = PlanRow.state.in_(list(OVER))
    query = select(PlanRow.number).where(PlanRow.centre == centre, is_over if over else ~is_over)
    if after:
        query = query.where(PlanRow.number < after)
    numbers = list(session.scalars(query.order_by(PlanRow.number.desc()).limit(limit)))
    return _listed(session, numbers, now)


def _listed(session: Session, numbers: Sequence[str], now: datetime) -> list[PlanListed]:
    found, families = plans(session, numbers), members_of(session, numbers)
    sums = {
        row.code: row
        for row in session.execute(
            _loads(MeasureRow.plan, now).where(MeasureRow.plan.in_(list(numbers)))
        )
    }
    return [_plan_listed(found[one], families.get(one, []), sums.get(one)) for one in numbers]


def _plan_listed(found: Plan, family: Sequence[Member], row: Any) -> PlanListed:
    return PlanListed(
        plan=found,
        name=family[0].person.full_name if family else "",
        total=row.total if row else 0,
        closed=row.closed if row else 0,
        review=row.review if row else 0,
        late=row.late if row else 0,
    )


def _sum(condition: Any) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _loads(by: Any, now: datetime) -> Any:
    state = MeasureRow.state
    with_body = state.in_(list(WITH_BODY))
    return (
        select(
            by.label("code"),
            _sum(with_body).label("open"),
            _sum(terms.late(now)).label("late"),
            _sum(state == MeasureState.REVIEW).label("review"),
            _sum(state == MeasureState.RETURNED).label("returned"),
            _sum(state.in_([*(CLOSED - {MeasureState.WITHDRAWN})])).label("closed"),
            _sum(state != MeasureState.WITHDRAWN).label("total"),
        )
        .group_by(by)
        .order_by(by)
    )


def _tallies(session: Session, where: Any, now: datetime) -> list[Tally]:
    """Return measures counted by centre, body and state, and how many of each are past their term.

    One pass over an index that has all of it; the sums are few and made here. Reworks have terms of
    their own, so those alone are looked up.
    """
    past = _sum(and_(MeasureRow.due < now, MeasureRow.state.in_(sorted(terms.PLANNED))))
    keys = (MeasureRow.centre, MeasureRow.body, MeasureRow.state)
    query = select(*keys, func.count().label("measures"), past.label("past"))
    counted = session.execute(query.where(where).group_by(*keys)).all()
    own = {(row.centre, row.body): row.past for row in session.execute(terms.reworks(where, now))}
    return [
        Tally(
            centre=row.centre,
            body=row.body,
            state=MeasureState(row.state),
            measures=row.measures,
            past=own.get((row.centre, row.body), 0)
            if row.state == MeasureState.RETURNED
            else row.past,
        )
        for row in counted
    ]


def _load(code: str, rows: Iterable[Tally]) -> Load:
    found = list(rows)

    def count(*states: MeasureState) -> int:
        return sum(row.measures for row in found if row.state in states)

    return Load(
        code=code,
        open=count(*WITH_BODY),
        late=sum(row.past for row in found if row.state in WITH_BODY),
        review=count(MeasureState.REVIEW),
        returned=count(MeasureState.RETURNED),
        closed=count(*(CLOSED - {MeasureState.WITHDRAWN})),
    )


def _loads_by(rows: Iterable[Tally], key: Callable[[Tally], str]) -> tuple[Load, ...]:
    ordered = sorted(rows, key=key)
    return tuple(_load(code, some) for code, some in groupby(ordered, key=key))


def _overview(session: Session, plans_where: Any, where: Any, now: datetime) -> Overview:
    counted = select(PlanRow.state, func.count()).where(plans_where).group_by(PlanRow.state)
    tallies = _tallies(session, where, now)
    return Overview(
        plans={PlanState(state): count for state, count in session.execute(counted)},
        centres=_loads_by(tallies, lambda row: row.centre),
        fields=_loads_by(tallies, lambda row: row.body.split(".")[1]),
        bodies=_loads_by(tallies, lambda row: row.body),
    )


def overview(session: Session, actor: Actor, centre: str, now: datetime) -> Overview | None:
    """Return a centre's numbers now; None: not the actor's to see."""
    if centre not in rights.reach(actor).centres:
        return None
    return _overview(session, PlanRow.centre == centre, MeasureRow.centre == centre, now)


def region_overview(session: Session, actor: Actor, region: str, now: datetime) -> Overview | None:
    """Return a region's numbers now, without a name or number of anybody; None: not to see."""
    if region not in rights.reach(actor).regions:
        return None
    return _overview(session, PlanRow.region == region, MeasureRow.region == region, now)
