"""A small office for the trials of jobs: a database, a clock that stands, handlers of the test."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from pydantic import BaseModel

from engine.clock import TestClock
from engine.handling import Call, Extensions, Handler
from engine.jobs.executor import Executor, Settings
from engine.model.people import SYSTEM, Actor, Candidate
from engine.services import (
    accounts,
    audit,
    definitions,
    instances,
    organisations,
    signing_in,
    tasks,
)
from engine.services.context import Context
from engine.store import Database
from engine.store.counting import rows

CLERK = Candidate("clerk", "office")


class Question(BaseModel):
    """What the handlers of the trials take."""

    key: str = ""


class Answer(BaseModel):
    """What they give."""

    answer: str = ""


class World:
    """An installation with one office and one clerk."""

    def __init__(self, database: Database, clock: TestClock) -> None:
        self.database = database
        self.clock = clock
        self.ctx = Context(clock=clock, extensions=Extensions(), faces={})
        with database.begin() as uow:
            organisations.create(
                uow, self.ctx, SYSTEM, code="office", names={"kk": "office"}, kind="office"
            )
            account = accounts.create(
                uow,
                self.ctx,
                SYSTEM,
                login="clerk",
                password="a long password",
                name="Clerk",
                memberships=[CLERK],
            )
            uow.commit()
        with database.reading() as uow:
            self.clerk: Actor = signing_in.load(uow, account)

    def handler(
        self,
        body: Callable[[Question, Call], Any],
        *,
        retry: str = "R3/PT1M",
        timeout: float = 20,
        gives: type[BaseModel] | None = Answer,
    ) -> None:
        """Let `body` do the topic ``test.ask``."""
        self.ctx.extensions.handlers["test.ask"] = Handler(
            topic="test.ask",
            body=body,
            takes=Question,
            gives=gives,
            retry=retry,
            timeout=timedelta(seconds=timeout),
            about="",
        )

    def deploy(self, *diagrams: bytes) -> None:
        files = {f"processes/{n}.bpmn": diagram for n, diagram in enumerate(diagrams)}
        with self.database.begin() as uow:
            definitions.deploy(uow, self.ctx, SYSTEM, files)
            uow.commit()

    def start(self, process: str, number: str = "K-1", **variables: object) -> str:
        with self.database.begin() as uow:
            made = instances.start(
                uow, self.ctx, self.clerk, process, number, {"key": number, **variables}
            )
            uow.commit()
        return made

    def executor(self, name: str = "", **settings: Any) -> Executor:
        return Executor(self.database, self.ctx, Settings(**settings), name)

    def complete(self, element: str, instance: str = "", **values: object) -> None:
        [task] = [one for one in self.open(instance) if one.element == element]
        with self.database.begin() as uow:
            tasks.claim(uow, self.ctx, self.clerk, task.id)
            tasks.complete(uow, self.ctx, self.clerk, task.id, values)
            uow.commit()

    # What the tables say.

    def table(self, name: str, **equal: object) -> list[Any]:
        with self.database.reading() as uow:
            return rows(uow, name, **equal)

    def open(self, instance: str = "") -> list[Any]:
        where = {"instance_id": instance} if instance else {}
        return self.table("user_task", status="open", **where)

    def elements(self, instance: str = "") -> list[str]:
        return sorted(row.element for row in self.open(instance))

    def jobs(self, state: str = "", **equal: object) -> list[Any]:
        return self.table("job", **({"state": state} if state else {}), **equal)

    def incidents(self) -> list[Any]:
        return [row for row in self.table("incident") if row.resolved_at is None]

    def variables(self, instance: str) -> dict[str, object]:
        with self.database.reading() as uow:
            return uow.instances.variables(instance)

    def chain_holds(self) -> bool:
        with self.database.reading() as uow:
            return audit.verify(uow).broken == 0
