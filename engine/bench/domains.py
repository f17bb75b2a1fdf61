"""What a domain has the bench measure besides the engine's own figures. By convention.

``<package>.bench`` has ``measure(ground) -> Iterable[Measured]``. It is called once for each kind
of database, with an installation that is made for it and thrown away afterwards.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.bench.figures import Figures
from engine.bootstrap import App


@dataclass(frozen=True, kw_only=True)
class Ground:
    """An installation for one measurement: empty, upgraded, nobody else takes notice of it."""

    #: Database, context and executor, wired with the domains; whoever may sign can.
    app: App
    #: The project's diagrams, tables and forms by name, not deployed yet.
    files: Mapping[str, bytes]
    #: A folder that goes with it.
    folder: Path


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A figure of a domain."""

    #: Its name in the report, e.g. ``board_p95_ms``; no other figure is called so.
    name: str
    #: What was measured, in the unit that the name ends with; a ratio or a number has none.
    value: float
    #: Goal: it is to be no more than this; None: only to be known.
    most: float | None = None


#: What `<package>.bench.measure` is.
Measuring = Callable[[Ground], Iterable[Measured]]


def collect(found: dict[str, Measured], told: Iterable[Measured]) -> None:
    """Add what a domain measured; `ValueError` if two figures are called the same."""
    for one in told:
        if one.name in found or one.name in Figures.__dataclass_fields__:
            raise ValueError(f"two figures are called {one.name}")
        found[one.name] = one
