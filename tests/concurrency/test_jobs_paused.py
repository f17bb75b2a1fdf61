"""A handler is paused while executors are at it: nothing of it is taken any more, nothing is lost.

A failure would be a call that was claimed after the commit of the pause, one that began long after
it, a case whose handler ran twice or never, or another handler that waited for nothing.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from time import monotonic, sleep

from engine.handling import Call
from engine.services import pauses
from engine.services.cockpit.operations import Subject
from tests.concurrency.jobs_diagrams import ASKING
from tests.concurrency.jobs_world import Answer, Question, World
from tests.concurrency.mending import act, admin_of
from tests.faults.conftest import times

#: A call that was claimed just before the pause begins within this time, on a busy machine.
BEGUN = 2.0


@contextmanager
def working(world: World, number: int) -> Iterator[None]:
    executors = [world.executor(f"e{n}", hands=4) for n in range(number)]
    for one in executors:
        one.start()
    try:
        yield
    finally:
        for one in executors:
            one.stop()


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = monotonic() + seconds
    while not true():
        assert monotonic() < end, "it takes too long"
        sleep(0.05)


class Calls:
    """A handler that takes a moment, and remembers when each call began."""

    def __init__(self) -> None:
        self.began: list[tuple[str, float]] = []
        self._lock = threading.Lock()

    def __call__(self, query: Question, call: Call) -> Answer:
        with self._lock:
            self.began.append((query.key, monotonic()))
        sleep(0.03)
        return Answer(answer=query.key)

    def since(self, moment: float) -> list[float]:
        return [at - moment for _, at in self.began if at > moment]


def stands(world: World, calls: Calls, paused: float, committed: datetime) -> None:
    """Wait until calls under way are over, then see that no other begins."""
    sleep(BEGUN)
    until(lambda: not world.jobs("claimed"))
    done = len(calls.began)
    sleep(1)
    assert len(calls.began) == done
    assert all(late <= BEGUN for late in calls.since(paused))
    assert all(row.claimed_at <= committed for row in world.jobs() if row.claimed_at)
    assert {row.attempts for row in world.jobs("ready")} == {0}, "waiting costs no attempt"


def test_a_handler_is_paused_while_executors_are_at_it(real: World) -> None:
    cases, calls = times(600, 50), Calls()
    real.handler(calls)
    real.deploy(ASKING)
    for n in range(cases):
        real.start("asking", f"K-{n}")
    root = admin_of(real)
    with working(real, 2):
        until(lambda: len(calls.began) >= cases // 4)
        act(real, root, Subject.HANDLER, "pause", "test.ask")
        paused = monotonic()
        with real.database.reading() as uow:
            committed = uow.database_now()
        real.start("asking", "late")
        stands(real, calls, paused, committed)
        assert len(calls.began) < cases, "there was something left to pause"
        resumed = monotonic()
        act(real, root, Subject.HANDLER, "resume", "test.ask")
        until(lambda: len(real.jobs("done")) == cases + 1)
    assert Counter(Counter(key for key, _ in calls.began).values()) == {1: cases + 1}
    first = [late for late in calls.since(resumed) if late < 1]
    assert len(first) <= pauses.PER_SECOND, "they come one after another"
    assert real.incidents() == []
    assert real.chain_holds()
