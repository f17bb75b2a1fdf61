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


def measure(office: Office) -> Iterator[Measured]:
    """Measure on a furnished office."""
    costs = {MANY: Cost(), 1: Cost(), 2: Cost()}
    cases = {size: _cases(office, size) for size in costs}
    with counting(office.database) as count:
        for number in range(WARM + SAMPLES):
            for size, cost in costs.items():
                kept = cost if number >= WARM else Cost()
                _completed(office, cases[size][number], kept, count)
    many, one, two = costs.values()
    yield _figure("sixty_measures_ratio", _ratio(many.completed, one.completed), MOST_RATIO)
    yield _figure("sixty_measures_told_ratio", _ratio(many.told, two.told), MOST_RATIO)
    yield _figure("measure_of_sixty_ms", _ms(many.completed))
    yield _figure("measure_of_one_ms", _ms(one.completed))
    yield _figure("measure_of_sixty_told_ms", _ms(many.told))
    yield _figure("measure_of_two_told_ms", _ms(two.told))
    yield _figure("measure_engine_statements", many.own, MOST_STATEMENTS)
    yield _figure("measure_statements", many.statements)
    yield _figure("measure_commits", many.commits, MOST_COMMITS)


def _figure(name: str, value: float, most: float | None = None) -> Measured:
    return Measured(name=name, value=value, most=most)


def _ratio(many: list[float], one: list[float]) -> float:
    return round(median(many) / median(one), 3)


def _ms(times: list[float]) -> float:
    return round(median(times), 2)


def _cases(office: Office, size: int) -> list[str]:
    """Return measures that their bodies have accepted, of plans of a size.

    All of the one large plan's; of each small one the first.
    """
    wanted = WARM + SAMPLES
    if size == MANY:
        found = list(office.run_a_plan(0, size).measures.values())[:wanted]
    else:
        plans = (office.run_a_plan(size * wanted + n, size) for n in range(wanted))
        found = [next(iter(plan.measures.values())) for plan in plans]
    for case in found:
        office.accepted(case)
    return found


def _completed(office: Office, case: str, cost: Cost, count: Count) -> None:
    """Have the body report a measure and the centre mark it as done."""
    completed, told = 0.0, 0.0
    for element, actor, values in (
        ("work", office.body_of(case), REPORT),
        ("review", office.centre(), ACCEPT),
    ):
        task = office.held(actor, case, element)
        count.reset()
        began = perf_counter()
        with office.begin() as uow:
            tasks.complete(uow, office.ctx, actor, task, values)
            uow.commit()
        done = perf_counter()
        _counted(cost, count)
        office.run_due()
        completed += done - began
        told += perf_counter() - began
    cost.completed.append(completed * 1000)
    cost.told.append(told * 1000)


def _counted(cost: Cost, count: Count) -> None:
    records = sum(_of_records(said) for said in count.texts)
    cost.own = max(cost.own, count.statements - records)
    cost.statements = max(cost.statements, count.statements)
    cost.commits = max(cost.commits, count.commits)


def _of_records(said: str) -> bool:
    """Tell whether a statement is a form's or a record's: about a table that has a class."""
    named = {mapper.local_table.description for mapper in Base.registry.mappers}
    return not named.isdisjoint(_TABLE.findall(said))
