"""Machines whose clocks differ (reliability, trial 3): the database decides, on both kinds."""

from datetime import datetime, timedelta
from time import monotonic, sleep

import pytest

from engine.clock import SystemClock
from engine.jobs.executor import Executor
from engine.services import instances
from engine.services.context import Context
from engine.store import Database
from tests.concurrency.jobs_diagrams import WAITING
from tests.concurrency.jobs_world import World

#: Seconds until the timer of the trial is due.
SOON = 2.0


class WrongClock(SystemClock):
    """A machine's clock that is off."""

    def __init__(self, off: timedelta) -> None:
        """Say by how much."""
        self.off = off

    def now(self) -> datetime:
        """Return the wrong moment."""
        return super().now() + self.off


@pytest.mark.parametrize("executors", [timedelta(hours=1), timedelta(hours=-1)])
@pytest.mark.parametrize("servers", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_wrong_clock_makes_no_timer_early_and_drops_none(
    database: Database, servers: timedelta, executors: timedelta
) -> None:
    world = World(database, SystemClock())
    world.deploy(WAITING.replace(b"P1D", f"PT{SOON:g}S".encode()))
    server = Context(clock=WrongClock(servers), extensions=world.ctx.extensions, faces={})
    with database.begin() as uow:
        instances.start(uow, server, world.clerk, "waiting", "K-1", {})
        uow.commit()
    began = monotonic()
    ctx = Context(clock=WrongClock(executors), extensions=world.ctx.extensions, faces={})
    executor = Executor(database, ctx)
    while not executor.run_due():
        assert monotonic() - began < SOON + 10, "the timer was dropped"
        sleep(0.02)
    assert monotonic() - began > SOON - 0.1, "the timer was early"
    assert world.elements() == ["after"]
