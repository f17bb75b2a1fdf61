"""How much the bench measures: the design's sizes, and smaller ones for a person who tries."""

from collections.abc import Callable
from dataclasses import dataclass

Tick = Callable[[], None]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is measured."""

    #: Rounds of rework in one instance.
    rounds: int = 10_000
    #: Open tasks that the lists are read from.
    tasks: int = 1_000_000
    #: Cases that administrators search among.
    cases: int = 1_000_000
    #: Timers that are due at once.
    timers: int = 100_000
    #: Incidents that one batch tries again.
    incidents: int = 10_000
    #: Called after each round, for a bar of progress.
    tick: Tick = lambda: None
