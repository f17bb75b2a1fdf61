"""Plays a family's way through the offices as people would: through the services, nothing else.

The demo fills an installation with it, the acceptance tests go through the order with it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from engine.demo import Stage
from engine.model.people import Actor, Candidate
from engine.services import instances
from engine.services.views import CaseView, Completed
from handlers.kandas import cases, regions
from handlers.kandas.sayings import NAMES, USUAL, Values, answered, application, places, wished
from handlers.registries.sandbox.families import Family


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


class Rehearsal(Stage):
    """A stage on which families go their way."""

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
        return [row.element for row in self.open_tasks(case.instance)]

    def task(self, case: Case, element: str) -> Any:
        """Return the open task of an element; `LookupError` if there is none."""
        return self.open_task(case.instance, element)

    def work(
        self, case: Case, element: str, values: Values | None = None, *, login: str = ""
    ) -> Completed:
        """Have the one whose task it is claim and complete it; jobs run afterwards."""
        task = self.task(case, element).id
        actor = self.take(case, element, login=login)
        said = usual(self, case, element, task, actor) if values is None else values
        case.last = self.complete(actor, task, said)
        return case.last

    def take(self, case: Case, element: str, *, login: str = "") -> Actor:
        """Have the one whose task it is claim it; return who that is."""
        return self.claim(self.task(case, element), login=login, turn=case.family.number)


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
    wanted = stage.known_values(actor, task)["scans"]
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
    known = stage.known_values(actor, task)
    return {"reason": known["reason"], "text": known["text"]}


def _rework(stage: Rehearsal, case: Case, task: str, actor: Actor) -> Values:
    known = stage.known_values(actor, task)
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
