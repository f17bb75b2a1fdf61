"""What the bench measures besides a step, and what a domain has it measure. By convention.

``<package>.bench`` has ``measure(ground) -> Iterable[Measured]``, as each module of
`engine.bench.parts` has. It is called once for each kind of database, with an installation that is
made for it and thrown away afterwards.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from engine.bench.figures import Figures
from engine.bench.leftovers import VARIABLE
from engine.bench.plan import Plan
from engine.bootstrap import App
from engine.model.text import Text

#: Told how much more is done.
Advance = Callable[[int], None]


@contextmanager
def silent(_title: Text, _total: int) -> Iterator[Advance]:
    """Show no progress."""
    yield lambda _done: None


@dataclass(frozen=True, kw_only=True)
class Ground:
    """An installation for one measurement: empty, upgraded, nobody else takes notice of it."""

    #: Database, context and executor, wired with the domains; whoever may sign can.
    app: App
    #: The project's diagrams, tables and forms by name, not deployed yet; empty outside of one.
    files: Mapping[str, bytes]
    #: A folder that goes with it.
    folder: Path
    #: How much is to be measured.
    plan: Plan = field(default_factory=Plan)
    #: Shows progress: ``with ground.bar(title, total) as advance: advance(1)``.
    bar: Callable[[Text, int], AbstractContextManager[Advance]] = silent

    def environment(self) -> dict[str, str]:
        """Return the variables with which a process of `engine.processes` opens it as well."""
        return {**self.app.settings.as_environment(), VARIABLE: str(self.folder.absolute())}


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A figure of a domain or of a part."""

    #: Its name in the report, e.g. ``board_p95_ms``; no other figure beside it is called so.
    name: str
    #: What was measured, in the unit that the name ends with; a ratio or a number has none.
    value: float
    #: Goal: it is to be no more than this; None: no such goal.
    most: float | None = None
    #: Goal: it is to be no less than this; None: no such goal.
    least: float | None = None

    @property
    def goal(self) -> str:
        """Return the goal as the tables write it; empty: only to be known."""
        above = "" if self.least is None else f"≥ {self.least:g}"
        below = "" if self.most is None else f"≤ {self.most:g}"
        return f"{above} {below}".strip()


#: What `<package>.bench.measure` and `engine.bench.<part>.measure` are.
Measuring = Callable[[Ground], Iterable[Measured]]


#: Names that the engine's own figures have.
STEP = frozenset(Figures.__dataclass_fields__)


def collect(
    found: dict[str, Measured], told: Iterable[Measured], taken: Collection[str] = STEP
) -> None:
    """Add what was measured; `ValueError` if two figures are called the same, or as one `taken`."""
    for one in told:
        if one.name in found or one.name in taken:
            raise ValueError(f"two figures are called {one.name}")
        found[one.name] = one
