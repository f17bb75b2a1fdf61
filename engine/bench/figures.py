"""The figures as data, with the goals of the design beside them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median, quantiles


def p95(times: Sequence[float]) -> float:
    """Return what 95 of 100 times did not exceed, to a tenth; at least two times."""
    return round(quantiles(times, n=20)[-1], 1)


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Milliseconds of many runs of one thing."""

    #: Half of them took no longer.
    median: float
    #: 95 of 100 took no longer.
    p95: float

    @classmethod
    def of(cls, times: Sequence[float]) -> "Spread":
        """Condense; at least two times."""
        return cls(median=round(median(times), 3), p95=round(quantiles(times, n=20)[-1], 3))


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What was measured on one database."""

    #: Completing a user task, durably, by `services.tasks.complete`, commit included.
    complete_ms: Spread
    #: Starting an instance up to its first task, commit included.
    start_ms: Spread
    #: SQL statements of one completion, without BEGIN and COMMIT.
    statements: int
    #: Commits of one completion.
    commits: int
    #: Median cost of the last rounds of rework ÷ median cost of the first ones.
    growth_ratio: float
    #: SpiffWorkflow's own step of the same diagram, in memory, without history.
    raw_step_ms: float
    #: One row changed and committed durably.
    raw_commit_ms: float

    def as_json(self) -> dict[str, object]:
        """Return the figures under the names of the report."""
        return asdict(self)


#: Goal by database: most milliseconds of a completion and of a start.
GOALS: dict[str, tuple[float, float]] = {"sqlite": (3.0, 4.0), "postgresql": (4.0, 5.0)}
#: Goals on every database.
MOST_STATEMENTS, MOST_COMMITS, MOST_GROWTH = 10, 1, 1.2
