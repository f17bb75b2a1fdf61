"""``zholdama bench``: the figures as a table, and as JSON."""

import json
from collections.abc import Mapping
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from engine.bench import Bench, Figures, Plan
from engine.bench.domains import Measured
from engine.bench.figures import GOALS, MOST_COMMITS, MOST_GROWTH, MOST_STATEMENTS
from engine.cli.grounds import domain_figures, domain_table, throw_away
from engine.cli.words import complain, progress, tell
from engine.clock import SystemClock
from engine.dmn import bench as dmn_bench
from engine.feel import bench as feel_bench
from engine.handling import Extensions
from engine.model.text import text
from engine.services.context import Context
from engine.store import Database, Keys

KINDS = ("sqlite", "postgresql")
#: Microseconds: a comparison, parsing a condition, a table of 20 rules and 4 inputs.
LANGUAGE_GOALS = {"feel.comparison": 2, "feel.parse": 300, "dmn.table": 40}
NO_SERVER = text("No PostgreSQL to measure: give its address in ZHOLDAMA_TEST_POSTGRES_URL.")


@click.command(help="Measure what a step costs on SQLite and PostgreSQL.")
@click.option(
    "--json",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the figures there.",
)
@click.option(
    "--rounds",
    type=click.IntRange(10, 1_000_000),
    default=10_000,
    show_default=True,
    help="Rounds of rework in one case.",
)
@click.option(
    "--database", "kinds", type=click.Choice(KINDS), multiple=True, help="Only this database."
)
def bench(file: Path | None, rounds: int, kinds: tuple[str, ...]) -> None:
    """Measure, print, write."""
    found: dict[str, Figures] = {}
    domains: dict[str, dict[str, Measured]] = {}
    for kind in kinds or KINDS:
        try:
            with throw_away(kind) as (url, _):
                found[kind] = _measure(kind, url, rounds)
        except ModuleNotFoundError:
            complain(NO_SERVER)
        else:
            domains[kind] = domain_figures(kind)
    language = feel_figures()
    Console().print(table(found))
    if any(domains.values()):
        Console().print(domain_table(domains))
    Console().print(language_table(language))
    if file is not None:
        report = {**_report(found, domains), "feel": language}
        file.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def _report(
    found: Mapping[str, Figures], domains: Mapping[str, Mapping[str, Measured]]
) -> dict[str, object]:
    """Return the figures by database: the engine's own, and beside them those of the domains."""
    return {
        kind: {
            **figures.as_json(),
            **{name: one.value for name, one in domains[kind].items()},
        }
        for kind, figures in found.items()
    }


def feel_figures() -> dict[str, float]:
    """Return what expressions and tables cost, in microseconds; feelin's too where it is there."""
    return {**feel_bench.bench(), **dmn_bench.bench(), **feel_bench.feelin(Path("node_modules"))}


def language_table(figures: dict[str, float]) -> Table:
    """Return the figures of the language, each with its goal in microseconds."""
    drawn = Table(tell(text("Figure")), "µs", tell(text("Goal")))
    for name, value in figures.items():
        goal = LANGUAGE_GOALS.get(name)
        drawn.add_row(name, f"{value:.2f}", f"≤ {goal}" if goal else "")
    return drawn


def _measure(kind: str, url: str, rounds: int) -> Figures:
    database = Database(url, Keys.parse(Keys.generate()))
    try:
        database.upgrade()
        title = text("{database}: rounds of rework", database=kind)
        with progress(title, rounds) as bar:
            plan = Plan(rounds=rounds, tick=lambda: bar.advance(bar.task_ids[0]))
            ctx = Context(clock=SystemClock(), extensions=Extensions(), faces={})
            return Bench(database, ctx).measure(plan)
    finally:
        database.close()


def table(found: dict[str, Figures]) -> Table:
    """Return the figures side by side, each with its goal."""
    drawn = Table(tell(text("Figure")), *found, tell(text("Goal")))
    for name, row in _rows(found).items():
        drawn.add_row(name, *row)
    return drawn


def _rows(found: dict[str, Figures]) -> dict[str, list[str]]:
    every = found.values()
    completing = " / ".join(f"{GOALS[kind][0]:g}" for kind in found)
    starting = " / ".join(f"{GOALS[kind][1]:g}" for kind in found)
    spread = "{0.median:.2f} (p95 {0.p95:.2f})".format
    return {
        tell(text("Complete a task, ms")): [
            *(spread(one.complete_ms) for one in every),
            f"≤ {completing}",
        ],
        tell(text("Start a case, ms")): [*(spread(one.start_ms) for one in every), f"≤ {starting}"],
        tell(text("Statements")): [*(str(one.statements) for one in every), f"≤ {MOST_STATEMENTS}"],
        tell(text("Commits")): [*(str(one.commits) for one in every), f"{MOST_COMMITS}"],
        tell(text("Last rounds ÷ first")): [
            *(f"{one.growth_ratio:.2f}" for one in every),
            f"≤ {MOST_GROWTH}",
        ],
        tell(text("SpiffWorkflow's own step, ms")): [
            *(f"{one.raw_step_ms:.2f}" for one in every),
            "",
        ],
        tell(text("Empty durable commit, ms")): [
            *(f"{one.raw_commit_ms:.2f}" for one in every),
            "",
        ],
    }
