"""Part ``search``: the administrators' list among a million cases, and the overview.

Asked is every filter alone and what people put together: what fits nothing, few and nearly all.
Measured is what the services do for the first page with the count on top of it, and for the next.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from time import perf_counter

from engine.bench.cases import Cases
from engine.bench.domains import Ground, Measured
from engine.bench.figures import p95
from engine.bench.offices import Country
from engine.bootstrap import App
from engine.model.people import SYSTEM
from engine.services.cockpit import asking, overview, search
from engine.services.cockpit.asking import Asked
from engine.services.context import UnitOfWork

#: Goal of the issue, milliseconds of 95 lists in 100; of the overview, counted anew.
MOST, OVERVIEW = 200.0, 1000.0
#: How often each list is asked for, after once to warm up.
ASKED = 4
_Query = Mapping[str, list[str]]


def queries(app: App) -> dict[str, _Query]:
    """Return what is asked, by name."""
    now = app.context.now()

    def day(back: int) -> list[str]:
        return [f"{now - timedelta(days=back):%Y-%m-%d}"]

    return {
        "all": {},
        "called": {"called": ["1"]},
        "running": {"status": ["active"]},
        "suspended": {"status": ["suspended"]},
        "over": {"status": ["failed", "cancelled"]},
        "process": {"process": ["bench_0"]},
        "processes": {"process": ["bench_0", "bench_1", "bench_7"]},
        "no_process": {"process": ["nothing"]},
        "number": {"number": [f"B-{now:%y}-0"]},
        "every_number": {"number": ["B"]},
        "no_number": {"number": ["X"]},
        "element": {"element": ["step_0_0"]},
        "timer": {"element": ["timer_step_1_1"]},
        "no_element": {"element": ["nothing"]},
        "large_office": {"office": ["office000"]},
        "small_office": {"office": ["office499"]},
        "late": {"late": ["1"]},
        "late_newest": {"late": ["1"], "sort": ["newest"]},
        "due": {"due-from": day(0), "due-to": day(-7)},
        "urgent": {"sort": ["deadline"]},
        "started": {"started-from": day(100), "started-to": day(93)},
        "ended": {"ended-from": day(0)},
        "ended_then": {"ended-from": day(500), "ended-to": day(300)},
        "incident": {"incident": ["1"]},
        "message": {"message": ["timeout"]},
        "no_message": {"message": ["nothing of that kind"]},
        "text": {"where": ['decision = "return"']},
        "range": {"where": ["rounds > 2"]},
        "rare": {"where": ["rounds > 8"]},
        "no_value": {"where": ["rounds > 100"]},
        "null": {"where": ["decision = null"]},
        "or": {"where": ['decision = "return" and rounds > 2 or not(urgent)']},
        "where_they_stand": {
            "status": ["active"],
            "process": ["bench_1"],
            "element": ["step_1_2"],
        },
        "office_late": {"office": ["office000"], "late": ["1"]},
        "office_step_late": {"office": ["office000"], "element": ["step_0_0"], "late": ["1"]},
        "running_where": {"status": ["active"], "where": ['decision = "refuse" and urgent']},
        "process_then": {
            "process": ["bench_2"],
            "started-from": day(200),
            "started-to": day(100),
            "where": ["rounds >= 4"],
        },
        "contrary": {"process": ["bench_0"], "element": ["step_1_0"]},
        "process_failing": {"process": ["bench_3"], "incident": ["1"]},
    }


def measure(ground: Ground) -> Iterator[Measured]:
    """Write the cases, then look for them."""
    country = Country()
    country.move_in(ground.app)
    began = perf_counter()
    Cases(ground, country).write(ground.plan.cases)
    yield Measured(name="cases", value=float(ground.plan.cases))
    yield Measured(name="written_s", value=round(perf_counter() - began, 1))
    yield from looked(ground.app)


def looked(app: App) -> Iterator[Measured]:
    """Yield the figures of all lists together, and of the slowest one."""
    first: dict[str, list[float]] = {}
    further: list[float] = []
    for name, query in queries(app).items():
        first[name], later = _asked(app, asking.read(query))
        further += later
    slowest = max(first, key=lambda name: max(first[name]))
    yield Measured(
        name="list_p95_ms", value=p95([one for some in first.values() for one in some]), most=MOST
    )
    yield Measured(name=f"slowest_{slowest}_ms", value=round(max(first[slowest]), 1))
    yield Measured(name="next_page_p95_ms", value=p95(further), most=MOST)
    began = perf_counter()
    with app.database.reading() as uow:
        overview.see(uow, app.context, SYSTEM)
    value = round((perf_counter() - began) * 1000, 1)
    yield Measured(name="overview_ms", value=value, most=OVERVIEW)


def _asked(app: App, asked: Asked) -> tuple[list[float], list[float]]:
    """Return the times of a list's first page with its count, and of the next, if there is one."""
    found: list[str] = []

    def begin(uow: UnitOfWork) -> None:
        found[:] = [search.begin(uow, app.context, SYSTEM, asked)[0].next]

    def go_on(uow: UnitOfWork) -> None:
        search.page(uow, app.context, SYSTEM, asked, after=found[0])

    first = _times(app, begin)
    return first, _times(app, go_on) if found[0] else []


def _times(app: App, look: Callable[[UnitOfWork], object]) -> list[float]:
    times = []
    for number in range(ASKED + 1):
        began = perf_counter()
        with app.database.reading() as uow:
            look(uow)
        if number:
            times.append((perf_counter() - began) * 1000)
    return times
