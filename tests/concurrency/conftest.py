"""Installations for the trials of jobs."""

import pytest

from engine.clock import TestClock
from engine.store import Database
from tests.concurrency.jobs_world import World


@pytest.fixture
def world(database: Database, clock: TestClock) -> World:
    """An installation on a database of each kind in turn."""
    return World(database, clock)


@pytest.fixture
def small_world(sqlite: Database, clock: TestClock) -> World:
    """An installation on SQLite, where the kind makes no difference."""
    return World(sqlite, clock)
