"""A small world for the contract suite: three offices, their people, one deployed process."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.bpmn import codec
from engine.bpmn.formulas import Environment
from engine.clock import TestClock
from engine.model.people import SYSTEM, Actor, Candidate
from engine.services import (
    accounts,
    bundles,
    calendar,
    definitions,
    instances,
    organisations,
    signing_in,
    tasks,
)
from engine.services.cockpit import calling
from engine.services.context import Context, Database
from engine.services.views import Completed
from tests.contract.diagrams import FILES

#: Login → roles.
PEOPLE: Mapping[str, tuple[str, ...]] = {
    "writer": ("writer@office.a",),
    "colleague": ("writer@office.a",),
    "checker": ("checker@office.b",),
    "deputy": ("deputy@office.b",),
    "head": ("supervisor@office.b",),
    "stranger": ("writer@office.c",),
    "admin": ("admin@office.c",),
}


@dataclass
class World:
    """A database with people and a process, and short words for what tests do to it."""

    database: Database
    ctx: Context
    clock: TestClock
    people: dict[str, Actor]

    def __getitem__(self, login: str) -> Actor:
        return self.people[login]

    def start(self, key: str = "N-1", process: str = "letters", **variables: object) -> str:
        with self.database.begin() as uow:
            made = instances.start(uow, self.ctx, self["writer"], process, key, variables)
            uow.commit()
        return made

    def open_task(self, instance_id: str) -> str:
        with self.database.reading() as uow:
            return uow.tasks.open_of(instance_id)[0].id

    def claim(self, login: str, task_id: str) -> str:
        with self.database.begin() as uow:
            tasks.claim(uow, self.ctx, self[login], task_id)
            uow.commit()
        return task_id

    def complete(self, login: str, task_id: str, **values: object) -> Completed:
        with self.database.begin() as uow:
            done = tasks.complete(uow, self.ctx, self[login], task_id, values)
            uow.commit()
        return done

    def written(self, key: str = "N-1") -> tuple[str, str]:
        """Start a case and have its first task done; return case and the second task."""
        case = self.start(key)
        task = self.claim("writer", self.open_task(case))
        done = self.complete("writer", task, subject="Сәлем")
        return case, done.next_tasks[0]

    def timers(self, instance_id: str) -> dict[str, datetime]:
        """Return when the timers of a case's state are due, by token (hexadecimal)."""
        with self.database.reading() as uow:
            row = calling.case(uow, instance_id)
            bundle = bundles.of_definition(uow, self.ctx, row.definition_id)
            found, state = bundle.definition(row.process), uow.instances.state(instance_id)
        live = codec.load(found.scopes, found.top, state, Environment(now=self.ctx.now()))
        return {
            task.id.hex: task.internal_data["due"]
            for task in live.everything()
            if "due" in task.internal_data
        }


def populated(database: Database, ctx: Context, clock: TestClock) -> World:
    """Fill a database."""
    with database.begin() as uow:
        calendar.seed(uow, ctx, [2026, 2027])
        for letter, bin_ in (("a", "240140000011"), ("b", "240140000021"), ("c", "")):
            organisations.create(
                uow,
                ctx,
                SYSTEM,
                code=f"office.{letter}",
                names={"kk": f"Кеңсе {letter}", "ru": f"Офис {letter}"},
                kind="office",
                bin=bin_,
            )
        people = {login: _person(uow, ctx, login, roles) for login, roles in PEOPLE.items()}
        definitions.deploy(uow, ctx, SYSTEM, FILES, "first")
        uow.commit()
    with database.reading() as uow:
        actors = {login: signing_in.load(uow, one) for login, one in people.items()}
    return World(database=database, ctx=ctx, clock=clock, people=actors)


def _person(uow, ctx: Context, login: str, roles: tuple[str, ...]) -> str:
    return accounts.create(
        uow,
        ctx,
        SYSTEM,
        login=login,
        password="correct horse",
        name=login.title(),
        iin="850312300012",
        memberships=[Candidate.parse(role) for role in roles],
    )
