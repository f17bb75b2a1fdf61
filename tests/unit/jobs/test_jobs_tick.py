"""The tick: comes again whatever its calls do, and never twice at once."""

import logging
import threading
from datetime import timedelta
from time import monotonic, sleep

import pytest

from engine.jobs.scheduler import Tick
from engine.services.bell import Bell
from engine.store import Database

EVERY = timedelta(seconds=0.05)


def test_a_call_that_fails_does_not_end_the_tick(caplog: pytest.LogCaptureFixture) -> None:
    seen = threading.Semaphore(0)

    def fail() -> None:
        raise OSError("the database is away")

    tick = Tick(fail, seen.release, every=EVERY)
    with caplog.at_level(logging.CRITICAL):
        tick.start()
        try:
            for _ in range(3):
                assert seen.acquire(timeout=5)
        finally:
            tick.stop()


def test_a_slow_call_is_not_overlapped_and_missed_ticks_are_one() -> None:
    lock = threading.Lock()
    running = most = calls = 0

    def slow() -> None:
        nonlocal running, most, calls
        with lock:
            running += 1
            calls += 1
            most = max(most, running)
        sleep(0.4)
        with lock:
            running -= 1

    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    tick = Tick(slow, every=EVERY)
    tick.start()
    began = monotonic()
    while calls < 2 and monotonic() - began < 5:
        sleep(0.02)
    tick.stop()
    assert most == 1
    assert calls <= 4


def test_a_bell_calls_all_who_listen(sqlite: Database) -> None:
    heard: list[str] = []
    bell = Bell()
    bell.listen(lambda: heard.append("a"))
    bell.listen(lambda: heard.append("b"))
    with sqlite.begin() as uow:
        bell.ring(uow)
        assert heard == [], "nothing is there to be done before the commit"
        uow.commit()
    assert heard == ["a", "b"]
