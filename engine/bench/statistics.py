"""Part ``statistics``: what the figures of a period cost, among cases of two years.

Of the cases that the search is measured with a quarter is written; counted is the year in which
about half of them were, some hundred thousand tasks at a thousand offices: twice what a quarter of
the country brings. Figures are CPU time of this process, nothing kept from the minute before.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from time import process_time
from typing import Any

from engine.bench.cases import Cases
from engine.bench.domains import Ground, Measured
from engine.bench.offices import Country
from engine.model.people import SYSTEM
from engine.services.cockpit.statistics.asking import Query
from engine.services.cockpit.statistics.forecast import forecast
from engine.services.cockpit.statistics.returns import returns
from engine.services.cockpit.statistics.steps import steps
from engine.services.cockpit.statistics.weeks import weeks

#: Which part of the cases of the search.
SHARE = 4
#: What is counted.
PERIOD = timedelta(days=365)
#: Goal, milliseconds of CPU for a part of the page.
MOST = 1000.0


def measure(ground: Ground) -> Iterator[Measured]:
    """Write the cases, then count a year of them."""
    country = Country()
    country.move_in(ground.app)
    Cases(ground, country).write(max(1000, ground.plan.cases // SHARE))
    now = ground.app.context.now()
    query = Query(since=now - PERIOD, until=now)
    yield Measured(name="tasks", value=float(_counted(ground, query)))
    for part in (steps, returns, weeks, forecast):
        taken = _milliseconds(ground, part, query)
        yield Measured(name=f"{part.__name__}_cpu_ms", value=taken, most=MOST)


def _counted(ground: Ground, query: Query) -> int:
    """Return how many tasks there are to count; the diagrams are read by that, too."""
    with ground.app.database.reading() as uow:
        return steps(uow, ground.app.context, SYSTEM, query).tasks


def _milliseconds(ground: Ground, part: Callable[..., Any], query: Query) -> float:
    with ground.app.database.reading() as uow:
        began = process_time()
        part(uow, ground.app.context, SYSTEM, query)
        return round((process_time() - began) * 1000, 1)
