"""The services, a clock that may be moved, and whoever is needed at a desk."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self

from engine.demo.people import Office, Officer
from engine.model.calendar import ZONE
from engine.model.people import SYSTEM, Actor, Candidate
from engine.services import accounts, documents, organisations, signing_in, tasks
from engine.services.views import Completed

#: A page that says nothing, as a scan: the smallest PDF that readers accept.
SCAN = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)


@dataclass(kw_only=True)
class Stage:
    """Has people do through the services what they would do in a browser."""

    #: Opens a unit of work.
    begin: Callable[[], AbstractContextManager[Any]]
    #: Opens a unit of work that changes nothing.
    reading: Callable[[], AbstractContextManager[Any]]
    #: What services take.
    ctx: Any
    #: Does the jobs that are due; returns how many.
    run_due: Callable[[], int]
    #: Actors by account id.
    known: dict[str, Actor] = field(default_factory=dict)
    #: Account ids by login.
    logins: dict[str, str] = field(default_factory=dict)

    @classmethod
    def on(cls, stage: "Stage") -> Self:
        """Return a stage of a domain's own kind on one that is furnished."""
        return cls(
            begin=stage.begin,
            reading=stage.reading,
            ctx=stage.ctx,
            run_due=stage.run_due,
            known=stage.known,
            logins=stage.logins,
        )

    def furnish(
        self,
        offices: Iterable[Office],
        officers: Iterable[Officer],
        password: str,
        told: Callable[[int], None] | None = None,
    ) -> None:
        """Create offices and people; `told` hears how many of these."""
        with self.begin() as uow:
            for office in offices:
                organisations.create(
                    uow,
                    self.ctx,
                    SYSTEM,
                    code=office.code,
                    names=office.names,
                    kind=office.kind,
                    region=office.region,
                    bin=office.bin,
                )
            uow.commit()
        prepared = accounts.prepare(password)
        for number, officer in enumerate(officers, 1):
            self._hire(officer, prepared)
            if told:
                told(number)

    def _hire(self, officer: Officer, password: accounts.Prepared) -> None:
        with self.begin() as uow:
            self.logins[officer.login] = accounts.create(
                uow,
                self.ctx,
                SYSTEM,
                login=officer.login,
                password=password,
                name=officer.name,
                iin=officer.iin,
                memberships=officer.memberships,
            )
            uow.commit()

    def actor(self, login: str) -> Actor:
        """Return somebody by login."""
        return self.load(self.logins[login])

    def load(self, account: str) -> Actor:
        """Return somebody by account id."""
        if account not in self.known:
            with self.reading() as uow:
                self.known[account] = signing_in.load(uow, account)
        return self.known[account]

    def holder(self, candidate: Candidate, *, turn: int = 0) -> Actor:
        """Return somebody who holds a role; `turn` chooses among several."""
        with self.reading() as uow:
            found = sorted(uow.accounts.holders(candidate))
        return self.load(found[turn % len(found)])

    def open_tasks(self, instance: str) -> list[Any]:
        """Return the tasks at which a case waits for a person."""
        with self.reading() as uow:
            return list(uow.tasks.open_of(instance))

    def open_task(self, instance: str, element: str) -> Any:
        """Return the open task of an element; `LookupError` if there is none."""
        found = self.open_tasks(instance)
        for row in found:
            if row.element == element:
                return row
        raise LookupError(f"{element} is not open, but {[row.element for row in found]}")

    def claim(self, row: Any, *, login: str = "", turn: int = 0) -> Actor:
        """Have the one whose task it is claim it; return who that is."""
        actor = self.actor(login) if login else self._whose(row, turn)
        if row.assignee != actor.account:
            with self.begin() as uow:
                tasks.claim(uow, self.ctx, actor, row.id)
                uow.commit()
        return actor

    def _whose(self, row: Any, turn: int) -> Actor:
        if row.assignee:
            return self.load(row.assignee)
        with self.reading() as uow:
            candidates = uow.tasks.candidates(row.id)
        return self.holder(candidates[0], turn=turn)

    def complete(self, actor: Actor, task: str, values: Mapping[str, object]) -> Completed:
        """Have somebody complete a task; jobs run afterwards."""
        with self.begin() as uow:
            done = tasks.complete(uow, self.ctx, actor, task, values)
            uow.commit()
        self.run_due()
        return done

    def known_values(self, actor: Actor, task: str) -> Mapping[str, object]:
        """Return what the task's form is filled with."""
        with self.reading() as uow:
            found: Mapping[str, object] = tasks.look(uow, self.ctx, actor, task).known
        return found

    def scan(self, actor: Actor, task: str, name_of_field: str, name: str = "scan") -> str:
        """Upload a scan to a task's draft; return the document's id."""
        with self.begin() as uow:
            found = documents.add_to_draft(
                uow,
                self.ctx,
                actor,
                task,
                name=f"{name}.pdf",
                mime="application/pdf",
                data=SCAN,
                field=name_of_field,
            )
            uow.commit()
        return str(found.id)

    def today(self) -> str:
        """Return the local date of the clock, as forms send it."""
        local: date = self.ctx.now().astimezone(ZONE).date()
        return local.isoformat()
