"""What tests of several modules use: a world that is only read, acts at the same moment."""

import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

import psycopg
import pytest
from argon2 import PasswordHasher

from engine.clock import TestClock
from engine.errors import ZholdamaError
from engine.handling import Extensions
from engine.services.context import Context
from engine.store import Database, Keys
from tests.conftest import NOW, _named
from tests.contract.world import World, populated

#: Parameters of a fixture that makes it on each kind.
KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@contextmanager
def a_world(
    request: pytest.FixtureRequest, folders: pytest.TempPathFactory, keys: Keys
) -> Iterator[World]:
    """Make a populated world on the kind of database that the fixture asks for."""
    with of_kind(request, folders) as url, pytest.MonkeyPatch.context() as patch:
        small = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr("engine.services.accounts._hasher", small)
        database, clock = Database(url, keys), TestClock(NOW)
        ctx = Context(clock=clock, extensions=Extensions(), faces={})
        yield populated(database, ctx, clock)
        database.close()


@contextmanager
def of_kind(request: pytest.FixtureRequest, folders: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a database of its own, of the kind that the fixture asks for."""
    if request.param == "sqlite":
        path = folders.mktemp("shared") / "zholdama.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server = request.getfixturevalue("postgres_server")
    template = request.getfixturevalue("postgres_template")
    name = f"zh_shared_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        yield _named(server, name)
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def race(acts: Sequence[Callable[[], object]]) -> list[object]:
    """Do all at the same moment; return what each gave, or the error of ours that it raised."""
    gate = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        gate.wait(timeout=20)
        try:
            return act()
        except ZholdamaError as error:
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))
