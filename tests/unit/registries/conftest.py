"""A sandbox over real HTTP, and a call with a real database behind it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.handling import extensions
from engine.jobs.calling import HandlerCall, Succeeded, attempt
from engine.store import Base, Database, Keys
from handlers.people import records
from handlers.people.facts import AnswerFacts, Relationship
from handlers.registries.base import Settings
from handlers.registries.sandbox import Mode, Sandbox, serve
from handlers.registries.sandbox.families import Family, families
from handlers.registries.sandbox.hardship import Hardship
from handlers.registries.sandbox.hardships import hardships

AT = datetime(2026, 9, 7, 6, 30, tzinfo=UTC)
#: Seconds that clients wait where a slow system is expected; it takes far longer.
PATIENCE = 0.4
#: Seconds that they wait for an answer, on a machine that may be busy with other tests.
LONG = 15.0


@pytest.fixture(scope="session")
def sandbox_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("authority")


@pytest.fixture(scope="session")
def running(sandbox_keys: Path) -> Iterator[Sandbox]:
    found = serve(0, keys=sandbox_keys, slow=20)
    yield found
    found.stop()


@pytest.fixture
def sandbox(running: Sandbox) -> Iterator[Sandbox]:
    yield running
    for system in running.server.switches.modes():
        running.switch(system, Mode.OK)


@pytest.fixture
def values(sandbox: Sandbox, sandbox_keys: Path) -> dict[str, str]:
    return {
        "registries.url": sandbox.url,
        "registries.keys": str(sandbox_keys),
        "registries.timeout": str(LONG),
    }


@pytest.fixture
def settings(values: dict[str, str]) -> Settings:
    return Settings(values=values)


@dataclass(kw_only=True)
class Case:
    """A case in a real database, whose handlers are called as the executor calls them."""

    #: The database.
    database: Database
    #: Settings that the handlers see.
    settings: dict[str, str]
    #: Attempt that the next call says it is.
    attempt: int = 1
    #: Case number.
    number: str = "Қ-26-00417"
    #: Idempotency key of the next call.
    key: str = "job-1"

    @contextmanager
    def _reading(self) -> Iterator[Any]:
        with self.database.reading() as uow:
            yield uow.session

    def call(self, topic: str, **inputs: object) -> Any:
        """Call a handler; return `Succeeded` (its saves done) or `Failed`."""
        call = HandlerCall(
            idempotency_key=self.key,
            attempt=self.attempt,
            instance="i1",
            business_key=self.number,
            element="query",
            now=AT,
            settings=self.settings,
            reading=self._reading,
        )
        outcome = attempt(extensions.handlers[topic], inputs, call)
        if isinstance(outcome, Succeeded):
            with self.database.begin() as uow:
                for save in outcome.saves:
                    save(uow.session)  # type: ignore[operator]
                uow.commit()
        return outcome

    def answers(self, *, restricted: bool = False) -> list[AnswerFacts]:
        """Return the log of answers."""
        with self.database.reading() as uow:
            return records.answers(uow.session, self.number, restricted=restricted)


@pytest.fixture
def case(tmp_path: Path, values: dict[str, str]) -> Iterator[Case]:
    database = Database(f"sqlite:///{tmp_path / 'people.db'}", Keys.parse(Keys.generate()))
    Base.metadata.create_all(database.engine)
    yield Case(database=database, settings=values)
    database.close()


def save_family(case: Case, family: Family) -> dict[str, str]:
    """Write a family as the application names it; return IIN → person id."""
    ids: dict[str, str] = {}
    with case.database.begin() as uow:
        members: list[tuple[str, Relationship]] = []
        for member in family.members:
            saved = records.save_person(uow.session, member.person)
            ids[saved.iin or ""] = saved.id
            members.append((saved.id, member.relationship))
        records.save_family(uow.session, case.number, members)
        uow.commit()
    return ids


def pick(fits: Callable[[Family], object]) -> Family:
    """Return the first synthetic family that fits."""
    return next(family for family in families() if fits(family))


def pick_hardship(fits: Callable[[Hardship], object]) -> Hardship:
    """Return the first synthetic family in difficulty that fits."""
    return next(one for one in hardships() if fits(one))
