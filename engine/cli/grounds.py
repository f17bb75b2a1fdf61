"""Throw-away installations on which the bench measures its parts and what the domains offer."""

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import FrameType

from rich.table import Table

from engine import config
from engine.bench import Plan, postgresql_url, sqlite_url
from engine.bench.domains import Advance, Ground, Measured, collect
from engine.bench.leftovers import folder as own_folder
from engine.bench.parts import measuring
from engine.cli.files import FOLDERS, gather
from engine.cli.offers import offers
from engine.cli.opening import opened
from engine.cli.words import complain, progress, tell
from engine.config import Settings
from engine.errors import ZholdamaError
from engine.model.text import Text, text
from engine.store import Keys

#: The bench writes beside the product's data: a memory disk would flatter it.
FOLDER = Path("var")
NO_PROJECT = text("There is no folder 'processes' here: only the engine was measured.")

#: Figures of one database by name.
Found = Mapping[str, Measured]


@contextmanager
def cleared() -> Iterator[None]:
    """Have Ctrl+C and SIGTERM leave in order, and have nothing disturb that afterwards."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, leave) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def throw_away(kind: str) -> Iterator[tuple[str, Path]]:
    """Yield the address of an empty database of a kind, and a folder that goes with it.

    Raises `ModuleNotFoundError` where there is no PostgreSQL.
    """
    with own_folder(FOLDER) as folder:
        if kind == "sqlite":
            yield sqlite_url(folder), folder
            return
        with postgresql_url(folder) as url:
            yield url, folder


def domain_figures(kind: str, plan: Plan | None = None) -> dict[str, Measured]:
    """Measure what the domains offer, each on an installation of its own; by name.

    Empty where there is no project to deploy: that is said.
    """
    measures = list(offers(config.from_environment().extensions, "bench", "measure"))
    files = project()
    if measures and not files:
        complain(NO_PROJECT)
    found: dict[str, Measured] = {}
    for one in measures if files else ():
        with ground(kind, files, plan) as made, progress(_title(kind, one.__module__), 0):
            collect(found, one(made))
    return found


def part_figures(kind: str, part: str, plan: Plan | None = None) -> dict[str, Measured]:
    """Measure a part on an installation of its own; by name, as far as it came.

    What stops it is said in one line.
    """
    measure, found = measuring(part), dict[str, Measured]()
    try:
        with ground(kind, project(), plan) as made:
            collect(found, measure(made), ())
    except (ZholdamaError, OSError) as problem:
        said = tell(problem.text) if isinstance(problem, ZholdamaError) else str(problem)
        complain(text("Not measured: {part} ({problem})", part=part, problem=said))
    return found


def project() -> dict[str, bytes]:
    """Return the project's diagrams, tables and forms; nothing outside of one."""
    folders = [Path(name) for name in FOLDERS if Path(name).is_dir()]
    return gather(folders).files if folders else {}


@contextmanager
def ground(kind: str, files: dict[str, bytes], plan: Plan | None = None) -> Iterator[Ground]:
    """Make an installation with the domains of the environment, and nothing else of it."""
    with throw_away(kind) as (url, folder):
        settings = Settings(
            database_url=url,
            keys=Keys.generate(),
            key_file=folder / "keys",
            authority=(folder / "authority").absolute(),
            extensions=config.from_environment().extensions,
        )
        with opened(settings, upgrade=True) as app:
            yield Ground(app=app, files=files, folder=folder, plan=plan or Plan(), bar=_bar(kind))


def _bar(kind: str) -> Callable[[Text, int], AbstractContextManager[Advance]]:
    """Return what shows progress under the name of a database."""

    @contextmanager
    def shown(title: Text, total: int) -> Iterator[Advance]:
        with progress(_title(kind, tell(title)), total) as bar:
            yield lambda done: bar.advance(bar.task_ids[0], done)

    return shown


def _title(kind: str, what: str) -> Text:
    return text("{database}: {package}", database=kind, package=what)


def domain_table(found: Mapping[str, Found], title: str = "") -> Table:
    """Return the figures of domains or of a part side by side, each with its goal."""
    drawn = Table(title or tell(text("Figure")), *found, tell(text("Goal")))
    names = dict.fromkeys(name for figures in found.values() for name in figures)
    for name in names:
        known = [figures.get(name) for figures in found.values()]
        goals = dict.fromkeys(one.goal for one in known if one is not None and one.goal)
        values = ("" if one is None else f"{one.value:g}" for one in known)
        drawn.add_row(name, *values, " / ".join(goals))
    return drawn
