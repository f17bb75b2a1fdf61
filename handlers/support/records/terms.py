"""Which term of a measure counts now, for lists and sums: the same as its board says.

While a body reworks a measure (B-10) its task's term counts, which the process sets: sooner than
the plan's, or later than one that is over. It stands with the task alone, found by the measure's
number in an index of open tasks; only measures that were returned are looked up there.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, select

from engine.store.tables import user_task
from handlers.support.records.measures import WITH_BODY, MeasureState
from handlers.support.records.tables import MeasureRow

#: Elements at which a measure that was returned waits.
REWORK = ("work", "escalation")
#: States of a body's measure to which the plan's term applies.
PLANNED = WITH_BODY - {MeasureState.RETURNED}
#: Open task of a measure that is reworked.
TASK = and_(
    user_task.c.business_key == MeasureRow.number,
    user_task.c.status == "open",
    user_task.c.element.in_(REWORK),
)
_own = select(func.max(user_task.c.due_at)).where(TASK).correlate(MeasureRow).scalar_subquery()
#: The term of a measure that a body has.
counting = case(
    (MeasureRow.state == MeasureState.RETURNED, func.coalesce(_own, MeasureRow.due)),
    else_=MeasureRow.due,
)


def late(now: datetime) -> Any:
    """Return the condition that a body has a measure past the term that counts."""
    return and_(MeasureRow.state.in_(sorted(WITH_BODY)), counting < now)


def late_plans(query: Any, now: datetime) -> Any:
    """Narrow a select of measures' plans to late measures: by the plan's term, and reworks.

    Two selects, so that the first is read off an index alone.
    """
    planned = query.where(MeasureRow.state.in_(sorted(PLANNED)), MeasureRow.due < now)
    reworked = query.join(user_task, TASK, isouter=True).where(
        MeasureRow.state == MeasureState.RETURNED,
        func.coalesce(user_task.c.due_at, MeasureRow.due) < now,
    )
    return planned.union_all(reworked)


def reworks(where: Any, now: datetime) -> Any:
    """Return the select of late reworks by centre and body: ``centre``, ``body``, ``past``."""
    keys = (MeasureRow.centre, MeasureRow.body)
    return (
        select(*keys, func.count().label("past"))
        .join(user_task, TASK, isouter=True)
        .where(
            where,
            MeasureRow.state == MeasureState.RETURNED,
            func.coalesce(user_task.c.due_at, MeasureRow.due) < now,
        )
        .group_by(*keys)
    )
