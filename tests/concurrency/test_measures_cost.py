"""What a measure costs is the same in a plan with many: statements counted, nothing timed.

Times are the bench's business (`sixty_measures_ratio`): a machine's mood changes them.
"""

from typing import Any

from engine.bootstrap import App
from engine.config import Settings
from engine.store.counting import counting
from handlers.support.bench import pages, sixty
from handlers.support.bench.office import ACCEPT, REPORT, Running, Values
from tests.concurrency.measures_world import House


def cost(house: House, plan: Running) -> list[tuple[int, int, int]]:
    """Complete the first measure; return the engine's, all statements and commits of each act.

    The acts are the body's report, the centre's mark, and the job that tells the plan.
    """
    case = next(iter(plan.measures.values()))
    office, found = house.office, []
    steps: list[tuple[str, Any, Values]] = [
        ("work", office.body_of(case), REPORT),
        ("review", office.centre(), ACCEPT),
    ]
    with counting(house.database) as count:
        for element, actor, values in steps:
            act = house.held(actor, case, element)
            count.reset()
            act(values)
            found.append((sixty.own(count), count.statements, count.commits))
        count.reset()
        house.executor().run_due()
        found.append((sixty.own(count), count.statements, count.commits))
    return found


def test_a_measure_costs_the_same_statements_in_any_plan(house: House) -> None:
    small, large = cost(house, house.plan(2)), cost(house, house.plan(12))
    assert large == small
    report, mark, _ = large
    for own, _, commits in (report, mark):
        assert own <= sixty.MOST_STATEMENTS
        assert commits == sixty.MOST_COMMITS


def test_the_bench_measures_what_it_names(house: House) -> None:
    figures = {one.name: one.value for one in sixty.measure(house.office, many=4, samples=3)}
    assert {"sixty_measures_ratio", "sixty_measures_told_ratio"} <= set(figures)
    assert figures["measure_engine_statements"] <= sixty.MOST_STATEMENTS
    assert all(value > 0 for value in figures.values())


def test_the_bench_asks_for_the_pages_of_a_crowd(house: House) -> None:
    settings = Settings(
        secret_key="x" * 40,
        extensions=("handlers.kandas", "handlers.support", "handlers.people"),
    )
    app = App(
        settings=settings, database=house.database, context=house.ctx, executor=house.executor()
    )
    figures = {one.name: one.value for one in pages.measure(house.office, app, plans=30, asked=2)}
    assert {"centre_p95_ms", "board_p95_ms", "region_p95_ms"} <= set(figures)
    assert all(value > 0 for value in figures.values())
    states = {row.state for row in house.table("support_plan")}
    assert states == {"drafting", "running", "completed"}
    assert len(house.table("support_measure")) == 300
