"""The small world, and a context of its own for each test."""

import pytest
from argon2 import PasswordHasher

from engine.clock import TestClock
from engine.handling import Extensions
from engine.services.context import Context, Database
from tests.contract.world import World, populated


@pytest.fixture(autouse=True)
def cheap_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real argon2 with small parameters: seven people a test would cost half a second."""
    small = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("engine.services.accounts._hasher", small)


@pytest.fixture
def ctx(clock: TestClock) -> Context:
    """A context with registries of its own, so that tests do not see each other's."""
    return Context(clock=clock, extensions=Extensions(), faces={})


@pytest.fixture
def world(database: Database, ctx: Context, clock: TestClock) -> World:
    """The world on each kind of database."""
    return populated(database, ctx, clock)
