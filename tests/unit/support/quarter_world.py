"""A centre's third quarter of 2026, played small enough to be counted by hand."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from handlers.support import offices, quarters, records
from handlers.support.records import Measure, MeasureState, PlanState
from tests.unit.support.world import CENTRE, OTHER, family, new_measure

THIRD = quarters.parse("2026-3")
PLAN, ELSEWHERE, DONE, PAST = "Ж-26-00001", "Ж-26-00002", "Ж-26-00003", "Ж-26-00004"


def at(month: int, day: int, hour: int = 5) -> datetime:
    """Return a moment of 2026 (UTC)."""
    return datetime(2026, month, day, hour, tzinfo=UTC)


def a_plan(
    session: Any,
    number: str,
    centre: str,
    opened: datetime,
    approved: datetime | None,
    content: Mapping[str, object] | None = None,
) -> None:
    """Open a plan and have its first version approved."""
    records.begin(session, number, centre, offices.place_of(centre), opened)
    records.save_intake(session, number, content or {}, "leader")
    frozen = {"cause": "first", "digest": "0" * 64, "document": b"<plan/>", "content": {}}
    records.freeze(session, number, 1, **frozen, by="Дана", at=opened)
    if approved:
        records.decide(session, number, 1, decision="approve", remark="", by="Басшы", at=approved)


def report(session: Any, one: Measure, when: datetime, outcome: str = "report") -> None:
    """Report a measure."""
    round_ = len(records.reports(session, [one.id])) + 1
    late = records.reported(session, one.id, at=when)
    records.report(
        session,
        one.id,
        round=round_,
        outcome=outcome,
        body=one.body,
        said="Істелді",
        documents=[],
        risks="",
        late=late,
        by="Маман",
        at=when,
    )
    session.flush()


def judge(session: Any, one: Measure, when: datetime, state: MeasureState | None) -> None:
    """Mark a report; without a state the measure is returned."""
    round_ = len(records.reports(session, [one.id]))
    decision = "accept" if state else "return"
    records.review(
        session, one.id, round=round_, decision=decision, reason="Себебі", by="Дана", at=when
    )
    if state:
        records.close(session, one.id, state, at=when)
    else:
        records.move_to(session, one.id, MeasureState.RETURNED)
    session.flush()


def a_quarter(session: Any) -> None:
    """Play the quarter: nine measures of one plan, and plans that do not count or count as done."""
    a_plan(session, PLAN, CENTRE, at(9, 1), at(9, 4))
    records.save_members(session, PLAN, family(session))
    fields = (
        "education",
        "health",
        "social",
        "housing",
        "employment",
        "education",
        "sport",
        "culture",
        "interior",
    )
    dues = [(9, 15), (9, 10), (9, 20), (9, 20), (9, 25), (10, 10), (9, 29), (10, 20), (9, 30)]
    wanted = [new_measure(field, term=date(2026, 9, 30)) for field in fields]
    found = records.plan_measures(session, PLAN, wanted, 1, at(9, 1))
    sent = [at(9, 5)] * 5 + [at(9, 7), at(9, 20), at(10, 2), at(9, 5)]
    for one, due, when in zip(found, dues, sent, strict=True):
        records.sent(session, one.id, due=at(*due, hour=13), at=when)
    _played(session, found)
    _others(session)
    session.flush()


def _played(session: Any, found: list[Measure]) -> None:
    school, health, social, housing, _, meals, sport, _, interior = found
    report(session, school, at(9, 10))  # five days after sending
    judge(session, school, at(9, 11), MeasureState.DONE)
    report(session, health, at(9, 12))  # late: seven days, the term was over after five
    judge(session, health, at(9, 13), None)
    report(session, health, at(9, 14))
    judge(session, health, at(9, 16), MeasureState.DONE)
    report(session, social, at(9, 8), "impossible")
    judge(session, social, at(9, 9), MeasureState.IMPOSSIBLE)
    report(session, housing, at(9, 8), "refused_by_person")
    judge(session, housing, at(9, 11), MeasureState.REFUSED)
    # employment: never reported, its term was 25 September
    report(session, meals, at(10, 5))  # after the quarter: open at its end
    judge(session, meals, at(10, 6), MeasureState.DONE)
    report(session, sport, at(9, 28))
    judge(session, sport, at(10, 2), None)  # returned after the quarter: of the next one
    records.escalated(session, sport.id, at(10, 3))
    records.close(session, interior.id, MeasureState.WITHDRAWN, at=at(9, 10))


def _others(session: Any) -> None:
    a_plan(session, ELSEWHERE, OTHER, at(8, 1), at(8, 2))
    [foreign] = records.plan_measures(session, ELSEWHERE, [new_measure("sport")], 1, at(8, 1))
    records.sent(session, foreign.id, due=at(8, 20), at=at(8, 3))
    report(session, foreign, at(8, 4))
    judge(session, foreign, at(8, 5), MeasureState.DONE)
    levels = {"status_before": "E", "status_after": "C"}
    a_plan(session, DONE, CENTRE, at(5, 1), at(5, 3), levels)
    records.mark_completed(session, DONE, on=date(2026, 8, 20), result="full")
    records.settle(session, DONE, PlanState.COMPLETED, outcome="completed", at=at(8, 20))
    a_plan(session, PAST, CENTRE, at(4, 1), at(4, 2))
    records.settle(session, PAST, PlanState.CLOSED, outcome="closed", at=at(6, 29))
    records.follow_up(session, PAST, 3, result="stable", note="Жақсы", by="Дана", at=at(9, 29))
