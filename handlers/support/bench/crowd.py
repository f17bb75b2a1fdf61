"""A region's year: thousands of plans with ten measures each, written table by table.

Tables, types and constraints are the product's, so that encryption, keys and indexes are what they
are; only the way through the forms is left out. The sealed states of the engine's cases stay empty:
neither lists nor boards read them. All plans are at one centre, the hardest case for its pages.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from engine.store import blind_index
from engine.store.tables import definition, instance, user_task
from handlers.people.records import tables as people
from handlers.registries.sandbox.names import SURNAMES, WOMEN
from handlers.support import offices
from handlers.support.bench.office import CENTRE, FIELDS, REGION, START, Office
from handlers.support.records import tables

#: How the ten measures of a running plan stand.
STATES = ("done", "done", "done", "refused", "review", "returned", *["in_work"] * 3, "sent")
#: State → element at which it waits.
WAITS = {"review": "review", "returned": "work", "in_work": "work", "sent": "acceptance"}
CLOSED = frozenset({"done", "refused"})
#: States in which a report has come.
REPORTED = CLOSED | {"review", "returned"}
#: Number of the first plan: those before it are made through the forms.
FIRST = 1_001
#: Plans whose rows are written together.
BATCH = 200

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody of the crowd. Nobody exists."""

    #: Id.
    id: str
    #: Place in the family; 0 turned to the centre, 1 is her child.
    place: int
    #: Surname.
    surname: str
    #: Given name.
    name: str


class Plan:
    """A plan of the crowd with its rows, by table."""

    def __init__(self, place: int, processes: Mapping[str, str]) -> None:
        """Make plan number `place`; `processes` are ids of definitions by key."""
        chance = Random(place)  # noqa: S311  a made-up family, not a secret
        self.number = f"Ж-26-{place:05d}"
        self.case = f"{place:032x}"
        # Of ten plans one is at intake, two are completed, the others run.
        self.state = {0: "drafting", 1: "completed", 2: "completed"}.get(place % 10, "running")
        self.opened = START - timedelta(hours=place % 2_000)
        self.over = self.opened if self.state == "completed" else None
        self.family = f"{chance.getrandbits(128):032x}"
        self._processes = processes
        surname = chance.choice(SURNAMES)
        self.people = [
            Person(
                id=f"{chance.getrandbits(128):032x}",
                place=one,
                surname=surname,
                name=chance.choice(WOMEN),
            )
            for one in (0, 1)
        ]

    def persons(self) -> Iterator[Row]:
        """Yield the people."""
        for one in self.people:
            yield {
                "id": one.id,
                "iin": None,
                "iin_index": None,
                "surname": one.surname,
                "name": one.name,
                "patronymic": "",
                "born": "1990-01-01" if one.place == 0 else "2016-01-01",
                "document": "",
            }

    def words(self) -> Iterator[Row]:
        """Yield the words that find them."""
        for one in self.people:
            for word in {one.surname, one.name}:
                yield {"person_id": one.id, "word_index": blind_index(word.casefold())}

    def families(self) -> Iterator[Row]:
        """Yield the family."""
        yield {"id": self.family, "case_number": self.number}

    def family_members(self) -> Iterator[Row]:
        """Yield the people's places in it."""
        for one in self.people:
            yield {
                "family_id": self.family,
                "person_id": one.id,
                "relation": ("applicant", "child")[one.place],
                "position": one.place,
            }

    def plans(self) -> Iterator[Row]:
        """Yield the plan."""
        yield {
            "number": self.number,
            "centre": CENTRE,
            "region": REGION,
            "state": self.state,
            "content": {"grounds": ["disease"], "situation": "Табысы жоқ."},
            "source": "centre",
            "heads": 2,
            "children": 1,
            "last_measure": len(STATES),
            "opened_at": self.opened,
            "result": "exceptions" if self.over else "",
            "ended_at": self.over,
            "outcome": "completed" if self.over else "",
        }

    def members(self) -> Iterator[Row]:
        """Yield the people's places in the plan."""
        for one in self.people:
            yield {
                "plan": self.number,
                "person": one.id,
                "person_index": blind_index(one.id),
                "place": one.place,
                "relation": ("applicant", "child")[one.place],
                "child": one.place == 1,
                "represents": ("parent", "")[one.place],
                "open": self.over is None,
            }

    def states(self) -> Iterator[tuple[int, str, str]]:
        """Yield place, state and body of the measures; those of a plan at intake are planned."""
        for place, state in enumerate(STATES, 1):
            shown = {"drafting": "planned", "completed": "done"}.get(self.state, state)
            yield place, shown, offices.body(FIELDS[(int(self.case, 16) + place) % 12], REGION)

    def measure_id(self, place: int) -> str:
        """Return the id of a measure, and of its case."""
        return f"{int(self.case, 16):016x}{place:016x}"

    def measures(self) -> Iterator[Row]:
        """Yield the measures: a fifth of those at their bodies are past the term."""
        for place, state, body in self.states():
            late = (int(self.case, 16) + place) % 5 == 0
            yield {
                "id": self.measure_id(place),
                "plan": self.number,
                "place": place,
                "number": f"{self.number}/{place}",
                "version": 1,
                "centre": CENTRE,
                "region": REGION,
                "person": self.people[place % 2].id,
                "child": place % 2 == 1,
                "field": offices.field_of(body),
                "body": body,
                "title": f"Іс-шара {place}",
                "expected": "Отбасы қолдау алды",
                "days": 10,
                "state": state,
                "sent_at": None if state == "planned" else self.opened,
                "due": None if state == "planned" else START + timedelta(days=-3 if late else 9),
                "reported_at": self.opened if state in REPORTED else None,
                "closed_at": self.opened if state in CLOSED else None,
                "rounds": int(state == "returned"),
                "was_late": late and state in REPORTED,
            }

    def reports(self) -> Iterator[Row]:
        """Yield what the bodies reported."""
        for place, state, body in self.states():
            if state in REPORTED:
                yield {
                    "id": self.measure_id(place),
                    "measure": self.measure_id(place),
                    "round": 1,
                    "outcome": "refused_by_person" if state == "refused" else "report",
                    "body": body,
                    "said": "Көмек көрсетілді.",
                    "documents": [],
                    "risks": "",
                    "late": False,
                    "by": "Маман",
                    "at": self.opened,
                }

    def reviews(self) -> Iterator[Row]:
        """Yield what the centre said to them."""
        for place, state, _ in self.states():
            if state in REPORTED - {"review"}:
                yield {
                    "id": self.measure_id(place),
                    "measure": self.measure_id(place),
                    "round": 1,
                    "decision": "return" if state == "returned" else "accept",
                    "reason": "Құжат жоқ." if state == "returned" else "",
                    "by": "Маман",
                    "at": self.opened,
                }

    def cases(self) -> Iterator[Row]:
        """Yield the plan's case."""
        yield self._case("support_plan", self.case, self.number, over=self.over is not None)

    def measure_cases(self) -> Iterator[Row]:
        """Yield the cases of the measures that were sent."""
        for place, state, _ in self.states():
            if state != "planned":
                over, number = state in CLOSED, f"{self.number}/{place}"
                case = self._case("support_measure", self.measure_id(place), number, over=over)
                yield case | {"parent_id": self.case, "parent_token": self.case}

    def _case(self, process: str, case: str, number: str, *, over: bool) -> Row:
        return {
            "id": case,
            "definition_id": self._processes[process],
            "process": process,
            "business_key": number,
            "status": "completed" if over else "active",
            "revision": 1,
            "state": b"",
            "variables": b"",
            "waits": True,
            "parent_id": None,
            "parent_token": None,
            "root_id": self.case,
            "started_at": self.opened,
            "started_by": "",
            "ended_at": self.opened if over else None,
            "end_element": "",
            "failure": "",
        }

    def tasks(self) -> Iterator[Row]:
        """Yield what waits for people."""
        if self.state == "drafting":
            yield self._task("support_plan", self.case, self.number, "plan", CENTRE)
        for place, state, body in self.states():
            if state in WAITS:
                where = CENTRE if state == "review" else body
                case, number = self.measure_id(place), f"{self.number}/{place}"
                yield self._task("support_measure", case, number, WAITS[state], where)

    def _task(self, process: str, case: str, number: str, element: str, where: str) -> Row:
        return {
            "id": case,
            "instance_id": case,
            "process": process,
            "element": element,
            "business_key": number,
            "status": "open",
            "role": offices.SPECIALIST if where == CENTRE else offices.BODY_SPECIALIST,
            "organisation": where,
            "more_candidates": False,
            "form": f"support/{element}",
            "priority": 50,
            "due_at": START + timedelta(hours=int(case[-2:], 16) * 6 - 300),
            "created_at": self.opened,
            "submission": "",
            "round": 1,
            "step": 1,
            "revision": 0,
        }


#: Tables in the order in which their rows refer to each other.
ORDER: tuple[tuple[Any, Callable[[Plan], Iterator[Row]]], ...] = (
    (people.Person.__table__, Plan.persons),
    (people.PersonWord.__table__, Plan.words),
    (people.Family.__table__, Plan.families),
    (people.FamilyMember.__table__, Plan.family_members),
    (tables.PlanRow.__table__, Plan.plans),
    (tables.MemberRow.__table__, Plan.members),
    (tables.MeasureRow.__table__, Plan.measures),
    (tables.ReportRow.__table__, Plan.reports),
    (tables.ReviewRow.__table__, Plan.reviews),
    (instance, Plan.cases),
    (instance, Plan.measure_cases),
    (user_task, Plan.tasks),
)


def settle(office: Office, plans: int) -> None:
    """Write so many plans; the diagrams are deployed already."""
    with office.reading() as uow:
        found = uow.execute(definition.select()).all()
    processes = {row.key: row.id for row in found}
    end = FIRST + plans
    for first in range(FIRST, end, BATCH):
        some = [Plan(place, processes) for place in range(first, min(first + BATCH, end))]
        with office.begin() as uow:
            for table, rows in ORDER:
                uow.execute(table.insert(), [row for plan in some for row in rows(plan)])
            uow.commit()
