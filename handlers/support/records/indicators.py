"""A centre's quarter in numbers (S-13), counted from the records."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sqlalchemy import and_, case, exists, func, or_, select
from sqlalchemy.orm import Session

from handlers.people import records as people
from handlers.support.quarters import Quarter
from handlers.support.records.measures import CLOSED, WITH_BODY, MeasureState
from handlers.support.records.plans import PlanState
from handlers.support.records.tables import (
    FollowUpRow,
    MeasureRow,
    PlanRow,
    ReviewRow,
)
from handlers.support.records.times import Time, times

Values = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Count:
    """Measures of one field, body, or of everything."""

    #: Code of the field or body; empty: the total.
    code: str = ""
    #: Closed in the quarter as done.
    done: int = 0
    #: Closed as impossible.
    impossible: int = 0
    #: Closed because the person refused.
    refused: int = 0
    #: Closed because they were withdrawn.
    withdrawn: int = 0
    #: Open at the end of the quarter.
    open: int = 0
    #: Of all these, those whose term was over and that were not reported in time.
    late: int = 0
    #: Of all these, returned for rework at least once.
    returned: int = 0
    #: Of all these, escalated.
    escalated: int = 0
    #: Calendar days from sending to the mark of those done, on average; None: none was done.
    days: float | None = None

    @property
    def total(self) -> int:
        """Return how many measures there are."""
        return self.done + self.impossible + self.refused + self.withdrawn + self.open


@dataclass(frozen=True, kw_only=True)
class Indicators:
    """A centre's quarter in numbers (S-13). No personal data."""

    #: Quarter, e.g. ``2026-4``.
    quarter: str
    #: Plans opened in the quarter.
    opened: int = 0
    #: Plans completed in full.
    completed: int = 0
    #: Plans closed with exceptions.
    exceptions: int = 0
    #: Plans that ended otherwise.
    closed: int = 0
    #: Plans open at the end of the quarter.
    running: int = 0
    #: Plans that follow an earlier one (relapse).
    relapsed: int = 0
    #: Children in the plans that were open in the quarter.
    children: int = 0
    #: All measures.
    total: Count = field(default_factory=Count)
    #: By field.
    fields: tuple[Count, ...] = ()
    #: By body.
    bodies: tuple[Count, ...] = ()
    #: Social status of families by the family card: before → after → how many.
    statuses: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    #: Changes of social status by the family card: how many people were asked about, known,
    #: improved, worsened, unchanged; empty: the card did not answer.
    changes: Mapping[str, int] = field(default_factory=dict)
    #: Status → how many have it who did not.
    gained: Mapping[str, int] = field(default_factory=dict)
    #: Status → how many had it and do not any more.
    lost: Mapping[str, int] = field(default_factory=dict)
    #: Follow-ups of the quarter by result.
    followups: Mapping[str, int] = field(default_factory=dict)
    #: How long the steps took, in the order of a plan's life.
    times: tuple[Time, ...] = ()


def _sum(condition: Any) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _measures(session: Session, centre: str, quarter: Quarter, by: Any) -> list[Count]:
    """Count a centre's measures that were at work in a quarter, as they stood at its end."""
    closed = and_(MeasureRow.closed_at.is_not(None), MeasureRow.closed_at < quarter.ends)
    # The first report decides, as in `reported`: rework of one that came in time is not late.
    unreported = and_(MeasureRow.state.in_(list(WITH_BODY)), MeasureRow.reported_at.is_(None))
    late = and_(MeasureRow.due < quarter.ends, or_(MeasureRow.was_late, unreported))
    # What happened between the quarter's end and the day of monitoring is the next quarter's.
    returned = exists().where(
        ReviewRow.measure == MeasureRow.id,
        ReviewRow.decision == "return",
        ReviewRow.at < quarter.ends,
    )

    def ended(state: MeasureState) -> Any:
        return _sum(and_(closed, MeasureRow.state == state))

    counted = {
        **{one.value: ended(one) for one in sorted(CLOSED)},
        "open": _sum(~closed),
        "late": _sum(late),
        "returned": _sum(returned),
        "escalated": _sum(MeasureRow.escalated_at < quarter.ends),
    }
    query = (
        select(by.label("code"), *(found.label(name) for name, found in counted.items()))
        .where(
            MeasureRow.centre == centre,
            MeasureRow.sent_at < quarter.ends,
            or_(MeasureRow.closed_at.is_(None), MeasureRow.closed_at >= quarter.begins),
        )
        .group_by(by)
        .order_by(by)
    )
    return [Count(**row._mapping) for row in session.execute(query)]


def _days(session: Session, centre: str, quarter: Quarter) -> Mapping[str, list[float]]:
    """Return days from sending to the mark by field, body and in all (key: empty)."""
    query = select(
        MeasureRow.field, MeasureRow.body, MeasureRow.sent_at, MeasureRow.closed_at
    ).where(
        MeasureRow.centre == centre,
        MeasureRow.closed_at >= quarter.begins,
        MeasureRow.closed_at < quarter.ends,
        MeasureRow.state == MeasureState.DONE,
        MeasureRow.sent_at.is_not(None),
    )
    found: dict[str, list[float]] = {}
    for row in session.execute(query):
        took = (row.closed_at - row.sent_at).total_seconds() / 86_400
        for code in ("", row.field, row.body):
            found.setdefault(code, []).append(took)
    return found


def _timed(counts: Iterable[Count], days: Mapping[str, list[float]]) -> tuple[Count, ...]:
    def average(code: str) -> float | None:
        found = days.get(code)
        return round(sum(found) / len(found), 1) if found else None

    return tuple(Count(**{**asdict(one), "days": average(one.code)}) for one in counts)


def _plans(session: Session, centre: str, quarter: Quarter) -> dict[str, int]:
    begins, ends = quarter.begins, quarter.ends
    ended = and_(PlanRow.ended_at >= begins, PlanRow.ended_at < ends)
    completed = and_(ended, PlanRow.state == PlanState.COMPLETED)
    opened = and_(PlanRow.opened_at >= begins, PlanRow.opened_at < ends)
    query = select(
        _sum(opened).label("opened"),
        _sum(and_(completed, PlanRow.result == "full")).label("completed"),
        _sum(and_(completed, PlanRow.result == "exceptions")).label("exceptions"),
        _sum(and_(ended, PlanRow.state != PlanState.COMPLETED)).label("closed"),
        _sum(or_(PlanRow.ended_at.is_(None), PlanRow.ended_at >= ends)).label("running"),
        _sum(and_(opened, PlanRow.previous != "")).label("relapsed"),
        func.coalesce(func.sum(PlanRow.children), 0).label("children"),
    ).where(
        PlanRow.centre == centre,
        PlanRow.opened_at < ends,
        or_(PlanRow.ended_at.is_(None), PlanRow.ended_at >= begins),
    )
    return {name: int(found) for name, found in session.execute(query).one()._mapping.items()}


def _followups(session: Session, centre: str, quarter: Quarter) -> dict[str, int]:
    query = (
        select(FollowUpRow.result, func.count())
        .join(PlanRow, PlanRow.number == FollowUpRow.plan)
        .where(
            PlanRow.centre == centre,
            FollowUpRow.at >= quarter.begins,
            FollowUpRow.at < quarter.ends,
        )
        .group_by(FollowUpRow.result)
    )
    return {result: count for result, count in session.execute(query)}  # noqa: C416


def _status(content: Values, key: str) -> str:
    return str(content.get(key) or "unknown")


def _statuses(session: Session, centre: str, quarter: Quarter) -> dict[str, dict[str, int]]:
    """Count how the social status changed in plans that were completed in the quarter."""
    query = select(PlanRow.content).where(
        PlanRow.centre == centre,
        PlanRow.state == PlanState.COMPLETED,
        PlanRow.ended_at >= quarter.begins,
        PlanRow.ended_at < quarter.ends,
    )
    found: dict[str, dict[str, int]] = {}
    for content in session.scalars(query):
        after = found.setdefault(_status(content, "status_before"), {})
        said = _status(content, "status_after")
        after[said] = after.get(said, 0) + 1
    return found


def gather(session: Session, centre: str, quarter: Quarter) -> Indicators:
    """Return a centre's quarter in numbers, from the records as they are (S-13)."""
    days = _days(session, centre, quarter)
    fields = _timed(_measures(session, centre, quarter, MeasureRow.field), days)
    bodies = _timed(_measures(session, centre, quarter, MeasureRow.body), days)
    counted: Mapping[str, Any] = _plans(session, centre, quarter)
    return Indicators(
        quarter=str(quarter),
        **counted,
        total=total(fields, days.get("", [])),
        fields=fields,
        bodies=bodies,
        statuses=_statuses(session, centre, quarter),
        followups=_followups(session, centre, quarter),
        times=times(session, centre, quarter),
    )


#: What is added up over fields, bodies and centres.
ADDED = (
    "done",
    "impossible",
    "refused",
    "withdrawn",
    "open",
    "late",
    "returned",
    "escalated",
)


def total(counts: Sequence[Count], days: Sequence[float] = ()) -> Count:
    """Add counts up; `days` are those of every measure, for the average."""
    added = {name: sum(getattr(one, name) for one in counts) for name in ADDED}
    return Count(**added, days=round(sum(days) / len(days), 1) if days else None)


def _count(found: Mapping[str, Any]) -> Count:
    return Count(**found)


def read_indicators(found: Mapping[str, Any]) -> Indicators | None:
    """Return indicators as they were kept; None for nothing."""
    if not found:
        return None
    parts = {
        "fields": tuple(_count(one) for one in found.get("fields", ())),
        "bodies": tuple(_count(one) for one in found.get("bodies", ())),
        "times": tuple(Time(**one) for one in found.get("times", ())),
    }
    return Indicators(**{**found, **parts, "total": _count(found["total"])})


def with_changes(found: Indicators, numbers: Mapping[str, Any]) -> Indicators:
    """Return indicators with what the family card counted of people's social status."""
    plain = {key: number for key, number in numbers.items() if isinstance(number, int)}
    return replace(
        found,
        changes=plain,
        gained=dict(numbers.get("gained") or {}),
        lost=dict(numbers.get("lost") or {}),
    )


def people_at_work(session: Session, centre: str, quarter: Quarter) -> Mapping[str, str]:
    """Return IINs by person id of everybody in a centre's plans of a quarter."""
    query = select(PlanRow.number).where(
        PlanRow.centre == centre,
        PlanRow.opened_at < quarter.ends,
        PlanRow.approved_at.is_not(None),
        or_(PlanRow.ended_at.is_(None), PlanRow.ended_at >= quarter.begins),
    )
    families = people.families(session, session.scalars(query))
    return {
        one.person.id: one.person.iin
        for family in families.values()
        for one in family
        if one.person.iin
    }
