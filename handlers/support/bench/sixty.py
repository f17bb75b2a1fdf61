"""What completing one measure costs in a plan with sixty, beside a plan with one (issue 4).

A measure is completed by two people: its body reports, the centre marks it as done. A sample is
both completions, commits included; claiming stands outside of it. ``told`` is the same and whatever
is due then, until nothing is: the plan has been told. A plan with one measure would go on to its
completion then, so that what is told is compared with plans of two, of which one stays open.
Samples of large and small plans alternate, so that whatever else the machine does falls on all.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, islice
from statistics import median
from time import perf_counter

from engine.bench.domains import Measured
from engine.services import tasks
from engine.store import Base
from engine.store.counting import Count, counting
from handlers.support.bench.office import ACCEPT, REPORT, Office

#: Measures of the large plan.
MANY = 60
#: Measures that are completed of it, and plans with one beside it.
SAMPLES = 25
#: Completions before any is timed.
WARM = 3
#: Goals of issue 4.
MOST_RATIO, MOST_STATEMENTS, MOST_COMMITS = 1.2, 10, 1
_TABLE = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE) \"?(\w+)")


@dataclass(kw_only=True)
class Cost:
    """What the measures of plans of one size cost."""

    #: Milliseconds of both completions.
    completed: list[float] = field(default_factory=list)
    #: The same and whatever is due then, until nothing is: the plan has been told.
    told: list[float] = field(default_factory=list)
    #: Most statements of one completion that are the engine's own.
    own: int = 0
    #: Most statements of one completion, those of forms and records included.
    statements: int = 0
    #: Most commits of one completion.
    commits: int = 0


def measure(office: Office, many: int = MANY, samples: int = SAMPLES) -> Iterator[Measured]:
    """Measure on a furnished office; `samples` measures of the plan with `many` are completed."""
    costs = {size: Cost() for size in (many, 1, 2)}
    cases = {size: list(_cases(office, size, WARM + samples)) for size in costs}
    with counting(office.database) as counted:
        for number in range(WARM + samples):
            for size, cost in costs.items():
                kept = cost if number >= WARM else Cost()
                _completed(office, cases[size][number], kept, counted)
    yield from _figures(*costs.values())


def _figures(sixty: Cost, one: Cost, two: Cost) -> Iterator[Measured]:
    yield _figure("sixty_measures_ratio", _ratio(sixty.completed, one.completed), MOST_RATIO)
    yield _figure("sixty_measures_told_ratio", _ratio(sixty.told, two.told), MOST_RATIO)
    yield _figure("measure_of_sixty_ms", _ms(sixty.completed))
    yield _figure("measure_of_one_ms", _ms(one.completed))
    yield _figure("measure_of_sixty_told_ms", _ms(sixty.told))
    yield _figure("measure_of_two_told_ms", _ms(two.told))
    yield _figure("measure_engine_statements", sixty.own, MOST_STATEMENTS)
    yield _figure("measure_statements", sixty.statements)
    yield _figure("measure_commits", sixty.commits, MOST_COMMITS)


def _figure(name: str, value: float, most: float | None = None) -> Measured:
    return Measured(name=name, value=value, most=most)


def _ratio(many: list[float], one: list[float]) -> float:
    return round(median(many) / median(one), 3)


def _ms(times: list[float]) -> float:
    return round(median(times), 2)


def _cases(office: Office, size: int, wanted: int) -> Iterator[str]:
    """Yield measures that their bodies have accepted, of plans of a size.

    Of a large plan as many as are wanted; of each small one the first.
    """
    each = 1 if size <= 2 else size
    plans = (office.run_a_plan(size * wanted + number, size) for number in count())
    cases = (case for plan in plans for case in list(plan.measures.values())[:each])
    for case in islice(cases, wanted):
        office.accepted(case)
        yield case


def _completed(office: Office, case: str, cost: Cost, counted: Count) -> None:
    """Have the body report a measure and the centre mark it as done."""
    completed, told = 0.0, 0.0
    for element, actor, values in (
        ("work", office.body_of(case), REPORT),
        ("review", office.centre(), ACCEPT),
    ):
        task = office.held(actor, case, element)
        counted.reset()
        began = perf_counter()
        with office.begin() as uow:
            tasks.complete(uow, office.ctx, actor, task, values)
            uow.commit()
        done = perf_counter()
        _note(cost, counted)
        office.run_due()
        completed += done - began
        told += perf_counter() - began
    cost.completed.append(completed * 1000)
    cost.told.append(told * 1000)


def _note(cost: Cost, counted: Count) -> None:
    cost.own = max(cost.own, own(counted))
    cost.statements = max(cost.statements, counted.statements)
    cost.commits = max(cost.commits, counted.commits)


def own(counted: Count) -> int:
    """Return how many of the statements are the engine's: of no table that has a class."""
    of_records = {mapper.local_table.description for mapper in Base.registry.mappers}
    return sum(of_records.isdisjoint(_TABLE.findall(said)) for said in counted.texts)
