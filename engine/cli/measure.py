"""``zholdama bench``: the figures as a table, and as JSON."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from engine.bench import Bench, Figures, Plan
from engine.bench.figures import GOALS, MOST_COMMITS, MOST_GROWTH, MOST_STATEMENTS
from engine.bench.parts import PARTS
from engine.cli.grounds import (
    Found,
    cleared,
    domain_figures,
    domain_table,
    part_figures,
    throw_away,
)
from engine.cli.words import complain, progress, tell
from engine.clock import SystemClock
from engine.dmn import bench as dmn_bench
from engine.feel import bench as feel_bench
from engine.handling import Extensions
from engine.model.text import text
from engine.services.context import Context
from engine.store import Database, Keys

KINDS = ("sqlite", "postgresql")
#: What can be measured alone: a step, what domains offer, the parts, the language.
CHOICES = ("step", "domains", *PARTS, "feel")
#: Microseconds: a comparison, parsing a condition, a table of 20 rules and 4 inputs.
LANGUAGE_GOALS = {"feel.comparison": 2, "feel.parse": 300, "dmn.table": 40}
NO_SERVER = text("No PostgreSQL to measure: give its address in ZHOLDAMA_TEST_POSTGRES_URL.")


@click.command(help="Measure steps, pages, lists, timers and processes, on either database.")
@click.option(
    "--json",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the figures there.",
)
@click.option(
    "--rounds",
    type=click.IntRange(10, 1_000_000),
    default=Plan.rounds,
    show_default=True,
    help="Rounds of rework in one case.",
)
@click.option(
    "--tasks",
    type=click.IntRange(1_000, 10_000_000),
    default=Plan.tasks,
    show_default=True,
    help="Open tasks that the lists are read from.",
)
@click.option(
    "--cases",
    type=click.IntRange(1_000, 10_000_000),
    default=Plan.cases,
    show_default=True,
    help="Cases that administrators search among.",
)
@click.option(
    "--timers",
    type=click.IntRange(10, 1_000_000),
    default=Plan.timers,
    show_default=True,
    help="Timers that are due at once.",
)
@click.option(
    "--database", "kinds", type=click.Choice(KINDS), multiple=True, help="Only this database."
)
@click.option(
    "--only", type=click.Choice(CHOICES), multiple=True, help="Only this part; may be repeated."
)
def bench(
    file: Path | None,
    rounds: int,
    tasks: int,
    cases: int,
    timers: int,
    kinds: tuple[str, ...],
    only: tuple[str, ...],
) -> None:
    """Measure, print, write."""
    plan = Plan(rounds=rounds, tasks=tasks, cases=cases, timers=timers)
    wanted = only or CHOICES
    with cleared():
        found = {kind: one for kind in kinds or KINDS if (one := _of(kind, wanted, plan))}
    language = feel_figures() if "feel" in wanted else {}
    for drawn in tables(found, language):
        Console().print(drawn)
    if file is not None:
        report = {**{kind: one.as_json() for kind, one in found.items()}, "feel": language}
        file.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was measured on one kind of database."""

    #: The engine's own figures; None: not asked for.
    step: Figures | None
    #: The domains' figures, beside the engine's.
    domains: Found
    #: Figures by part.
    parts: Mapping[str, Found]

    def as_json(self) -> dict[str, object]:
        """Return the figures by name: the parts' under the name of the part."""
        return {
            **(self.step.as_json() if self.step else {}),
            **{name: one.value for name, one in self.domains.items()},
            **{
                part: {name: one.value for name, one in found.items()}
                for part, found in self.parts.items()
            },
        }


def _of(kind: str, wanted: Sequence[str], plan: Plan) -> Report | None:
    """Measure what is wanted on one kind of database; None where there is none."""
    if not set(wanted) - {"feel"}:
        return None
    try:
        return Report(
            step=_step(kind, plan) if "step" in wanted else None,
            domains=domain_figures(kind, plan) if "domains" in wanted else {},
            parts={part: part_figures(kind, part, plan) for part in PARTS if part in wanted},
        )
    except ModuleNotFoundError:
        complain(NO_SERVER)
        return None


def tables(found: Mapping[str, Report], language: dict[str, float]) -> Iterator[Table]:
    """Return what is printed: a table for each part that was measured."""
    steps = {kind: one.step for kind, one in found.items() if one.step}
    if steps:
        yield table(steps)
    groups = {"": {kind: one.domains for kind, one in found.items()}}
    for part in PARTS:
        groups[part] = {kind: one.parts.get(part, {}) for kind, one in found.items()}
    for title, group in groups.items():
        if any(group.values()):
            yield domain_table(group, title)
    if language:
        yield language_table(language)


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


def _step(kind: str, plan: Plan) -> Figures:
    with throw_away(kind) as (url, _):
        return _measure(kind, url, plan)


def _measure(kind: str, url: str, asked: Plan) -> Figures:
    database = Database(url, Keys.parse(Keys.generate()))
    try:
        database.upgrade()
        title = text("{database}: rounds of rework", database=kind)
        with progress(title, asked.rounds) as bar:
            plan = replace(asked, tick=lambda: bar.advance(bar.task_ids[0]))
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
