"""Throw-away installations on which the bench measures what the domains offer."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.table import Table

from engine import config
from engine.bench import postgresql_url, sqlite_url
from engine.bench.domains import Ground, Measured, Measuring, collect
from engine.cli.files import FOLDERS, gather
from engine.cli.offers import offers
from engine.cli.opening import opened
from engine.cli.words import complain, progress, tell
from engine.config import Settings
from engine.model.text import Text, text
from engine.store import Keys

#: The bench writes beside the product's data: a memory disk would flatter it.
FOLDER = Path("var")
NO_PROJECT = text("There is no folder 'processes' here: only the engine was measured.")


@contextmanager
def throw_away(kind: str) -> Iterator[tuple[str, Path]]:
    """Yield the address of an empty database of a kind, and a folder that goes with it.

    Raises `ModuleNotFoundError` where there is no PostgreSQL.
    """
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER, prefix="bench-") as name:
        folder = Path(name)
        if kind == "sqlite":
            yield sqlite_url(folder), folder
            return
        with postgresql_url(folder) as url:
            yield url, folder


def domain_figures(kind: str) -> dict[str, Measured]:
    """Measure what the domains offer, each on an installation of its own; by name.

    Empty where there is no project to deploy: that is said.
    """
    measuring = list(offers(config.from_environment().extensions, "bench", "measure"))
    folders = [Path(name) for name in FOLDERS if Path(name).is_dir()]
    if measuring and not folders:
        complain(NO_PROJECT)
    files = gather(folders).files if folders else {}
    found: dict[str, Measured] = {}
    for one in measuring if files else ():
        with ground(kind, files) as made, progress(_title(kind, one), 0):
            collect(found, one(made))
    return found


@contextmanager
def ground(kind: str, files: dict[str, bytes]) -> Iterator[Ground]:
    """Make an installation with the domains of the environment, and nothing else of it."""
    with throw_away(kind) as (url, folder):
        settings = Settings(
            database_url=url,
            keys=Keys.generate(),
            key_file=folder / "keys",
            authority=folder / "authority",
            extensions=config.from_environment().extensions,
        )
        with opened(settings, upgrade=True) as app:
            yield Ground(app=app, files=files, folder=folder)


def _title(kind: str, one: Measuring) -> Text:
    return text("{database}: {package}", database=kind, package=one.__module__)


def domain_table(found: dict[str, dict[str, Measured]]) -> Table:
    """Return the domains' figures side by side, each with its goal."""
    drawn = Table(tell(text("Figure")), *found, tell(text("Goal")))
    names = dict.fromkeys(name for figures in found.values() for name in figures)
    for name in names:
        known = [figures.get(name) for figures in found.values()]
        most = next((one.most for one in known if one is not None), None)
        values = ("" if one is None else f"{one.value:g}" for one in known)
        drawn.add_row(name, *values, "" if most is None else f"≤ {most:g}")
    return drawn
