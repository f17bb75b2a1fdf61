"""Installations for the trials of jobs."""

import pytest

from engine.clock import SystemClock, TestClock
from engine.store import Database
from tests.concurrency.jobs_world import World
from tests.concurrency.measures_world import House


@pytest.fixture
def world(database: Database, clock: TestClock) -> World:
    """An installation on a database of each kind in turn."""
    return World(database, clock)


@pytest.fixture
def real(database: Database) -> World:
    """An installation on a database of each kind in turn that lives by the database's clock."""
    return World(database, SystemClock())


@pytest.fixture
def small_world(sqlite: Database, clock: TestClock) -> World:
    """An installation on SQLite, where the kind makes no difference."""
    return World(sqlite, clock)


@pytest.fixture
def house(database: Database) -> House:
    """A family support centre with its bodies on a database of each kind in turn."""
    return House(database)
