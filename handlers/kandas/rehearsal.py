"""Plays a family's way through the offices as people would: through the services, nothing else.

The demo fills an installation with it, the acceptance tests go through the order with it.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from engine.model.calendar import ZONE
from engine.model.people import SYSTEM, Actor, Candidate
from engine.services import accounts, documents, instances, organisations, tasks
from engine.services.views import CaseView, Completed
from handlers.kandas import cases, regions, staff
from handlers.kandas.sayings import NAMES, USUAL, Values, answered, application, places, wished
from handlers.registries.sandbox.families import Family

#: A page that says nothing, as a scan: the smallest PDF that readers accept.
SCAN = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)


@dataclass(kw_only=True)
class Case:
    """A family on its way."""

    #: Whose case it is.
    family: Family
    #: Case number.
    number: str
    #: Instance id.
    instance: str
    #: Region of origin.
    origin: str
    #: Region of settlement they ask for.
    destination: str
    #: What became of the last completion.
    last: Completed | None = None


@dataclass(kw_only=True)
class Rehearsal:
    """The services, a clock that may be moved, and whoever is needed at a desk."""

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

    def furnish(self, password: str, told: Callable[[int], None] | None = None) -> None:
        """Create offices and people; `told` hears how many of these."""
        people = list(staff.officers())
        with self.begin() as uow:
            for office in staff.offices():
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
        for number, officer in enumerate(people, 1):
            self._hire(officer, password)
            if told:
                told(number)

    def _hire(self, officer: staff.Officer, password: str) -> None:
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
        return self._load(self.logins[login])

    def _load(self, account: str) -> Actor:
        if account not in self.known:
            with self.reading() as uow:
                self.known[account] = accounts.load(uow, account)
        return self.known[account]

    def holder(self, candidate: Candidate, *, turn: int = 0) -> Actor:
        """Return somebody who holds a role; `turn` chooses among several."""
        with self.reading() as uow:
            found = sorted(uow.accounts.holders(candidate))
        return self._load(found[turn % len(found)])

    def open(self, family: Family, centre: str, destination: str) -> Case:
        """Have a family turn up at a career centre."""
        actor = self.holder(Candidate(cases.OPENER, centre), turn=family.number)
        with self.begin() as uow:
            number, instance = cases.open_case(uow, self.ctx, actor, centre)
            uow.commit()
        self.run_due()
        return Case(
            family=family,
            number=number,
            instance=instance,
            origin=regions.region_of(centre),
            destination=destination,
        )

    def view(self, case: Case) -> CaseView:
        """Return the case as the administrator sees it."""
        admin = self.actor("admin")
        with self.reading() as uow:
            return instances.view(uow, self.ctx, admin, case.instance)

    def open_elements(self, case: Case) -> list[str]:
        """Return the elements at which the case waits for a person."""
        return [row.element for row in self._open(case)]

    def _open(self, case: Case) -> list[Any]:
        with self.reading() as uow:
            return list(uow.tasks.open_of(case.instance))

    def task(self, case: Case, element: str) -> Any:
        """Return the open task of an element; `LookupError` if there is none."""
        found = self._open(case)
        for row in found:
            if row.element == element:
                return row
        raise LookupError(f"{element} is not open, but {[row.element for row in found]}")

    def work(
        self, case: Case, element: str, values: Values | None = None, *, login: str = ""
    ) -> Completed:
        """Have the one whose task it is claim and complete it; jobs run afterwards."""
        row = self.task(case, element)
        actor = self.take(case, element, login=login)
        said = usual(self, case, element, row.id, actor) if values is None else values
        with self.begin() as uow:
            case.last = tasks.complete(uow, self.ctx, actor, row.id, said)
            uow.commit()
        self.run_due()
        return case.last

    def take(self, case: Case, element: str, *, login: str = "") -> Actor:
        """Have the one whose task it is claim it; return who that is."""
        row = self.task(case, element)
        actor = self.actor(login) if login else self._whose(row, case)
        if row.assignee != actor.account:
            with self.begin() as uow:
                tasks.claim(uow, self.ctx, actor, row.id)
                uow.commit()
        return actor

    def _whose(self, row: Any, case: Case) -> Actor:
        if row.assignee:
            return self._load(row.assignee)
        with self.reading() as uow:
            candidates = uow.tasks.candidates(row.id)
        return self.holder(candidates[0], turn=case.family.number)

    def scan(self, actor: Actor, task: str, field: str, name: str = "scan") -> str:
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
                field=field,
            )
            uow.commit()
        return found.id

    def today(self) -> str:
        """Return the local date of the clock."""
        local: date = self.ctx.now().astimezone(ZONE).date()
        return local.isoformat()


def usual(
    stage: Rehearsal, case: Case, element: str, task: str, actor: Actor
) -> Mapping[str, object]:
    """Return what people say at a step when all goes well."""
    if element in USUAL:
        return USUAL[element]
    return _MADE[element](stage, case, task, actor)


def _consultation(stage: Rehearsal, case: Case, task: str, actor: Actor) -> Values:
    person = case.family.applicant
    return {
        "surname": person.surname,
        "name": person.name,
        "patronymic": person.patronymic,
        "iin": person.iin or "",
        "phone": case.family.phone.replace(" ", ""),
        "topics": ["quota", "region", "housing", "aid", "contract", "moving", "services", "work"],
        "date": stage.today(),
    }


def _application(stage: Rehearsal, case: Case, task: str, actor: Actor) -> Values:
    return application(case.family, case.origin, case.destination)


def _scans(stage: Rehearsal, case: Case, task: str, actor: Actor) -> Values:
    with stage.reading() as uow:
        wanted = tasks.look(uow, stage.ctx, actor, task).known["scans"]
    kinds: Sequence[Mapping[str, object]] = wanted if isinstance(wanted, list) else []
    return {
        "scans": [
            {
                "_was": str(number),
                "files": [
                    stage.scan(actor, task, f"scans.{number}.files", NAMES[str(row["kind"])])
                ],
            }
            for number, row in enumerate(kinds)
        ]
    }


def _registration(stage: Rehearsal, case: Case, task: str, actor: Actor) -> Values:
    found = [{"_was": str(n), "iin": one.person.iin} for n, one in enumerate(case.family.members)]
    return {"people": found, "complete": True}


def _assignment(stage: Rehearsal, case: Case, task: str, actor: Actor) -> Values:
    candidate = Candidate("leo_specialist", f"leo.{case.destination}")
    return {"assigned": stage.holder(candidate, turn=case.family.number).account}


def _contact(stage: Rehearsal, case: Case, task: str, actor: Actor) -> Values:
    return {"channel": "phone", "date": stage.today(), "result": "reached"}


def _advice(stage: Rehearsal, case: Case, task: str, actor: Actor) -> Values:
    return {"topics": ["region", "housing", "moving", "work"], "date": stage.today()}


def _vacancies(stage: Rehearsal, case: Case, task: str, actor: Actor) -> Values:
    occupation = case.family.occupation
    offer = {
        "position": occupation.kk,
        "employer": "«Береке» ЖШС",
        "locality": wished(case.family, case.destination),
        "pay": occupation.pay,
        "wanted": True,
    }
    return {"offers": [offer], "reaction": "interested"}


def _move(stage: Rehearsal, case: Case, task: str, actor: Actor) -> Values:
    day = date.fromisoformat(stage.today()) + timedelta(days=21)
    place = wished(case.family, case.destination)
    return {
        "locality": place,
        "route": f"{places(case.origin)[0]} – {places(case.destination)[0]} – {place}",
        "date": day.isoformat(),
        "transport": "rail",
        "heads": len(case.family.members),
        "terms": "Жүк контейнермен, отбасы пойызбен",
    }


def _unemployment(stage: Rehearsal, case: Case, task: str, actor: Actor) -> Values:
    with stage.reading() as uow:
        known = tasks.look(uow, stage.ctx, actor, task).known
    return {"reason": known["reason"], "text": known["text"]}


def _rework(stage: Rehearsal, case: Case, task: str, actor: Actor) -> Values:
    with stage.reading() as uow:
        known = tasks.look(uow, stage.ctx, actor, task).known
    address = f"{known['origin_address']}, 5-пәтер"
    return answered(known, "Нақтыланды", origin_address=address)


_MADE: Mapping[str, Callable[[Rehearsal, Case, str, Actor], Values]] = {
    "consultation": _consultation,
    "application": _application,
    "scans": _scans,
    "registration": _registration,
    "assignment": _assignment,
    "contact": _contact,
    "advice": _advice,
    "vacancies": _vacancies,
    "move": _move,
    "unemployment_draft": _unemployment,
    "rework": _rework,
}
