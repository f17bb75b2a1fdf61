"""What the unified digital system is told of a plan (S-4.4, S-4.8): states and days, no texts."""

from datetime import date, datetime
from typing import Any

from engine.model.calendar import ZONE
from handlers.registries import unified_system
from handlers.registries.unified_system import MeasureState, PlanState
from handlers.support import records
from handlers.support.forms.base import due_day
from handlers.support.records import Measure


def _day(moment: datetime | None) -> date | None:
    return moment.astimezone(ZONE).date() if moment else None


@unified_system.plans_from
def plan_state(session: Any, number: str) -> PlanState | None:
    """Return how a plan stands; None if there is none."""
    found = records.plan(session, number)
    if found is None:
        return None
    return PlanState(
        opened_on=_day(found.opened_at),
        approved_on=_day(found.approved_at),
        completed_on=found.completed_on,
        result="full" if found.result == "full" else "exceptions" if found.result else None,
        measures=[_measure(one) for one in records.measures(session, number)],
    )


def _measure(found: Measure) -> MeasureState:
    term = due_day(found)
    done = found.state is records.MeasureState.DONE
    return MeasureState(
        number=found.number,
        service=found.service,
        body=found.body,
        status=found.state.value,
        term=date.fromisoformat(term) if term else None,
        done_on=_day(found.closed_at) if done else None,
    )
