"""A region whose people do what order 74 has them do, through the services, with real forms.

The bench measures on it, the trials of concurrency fight on it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from engine.clock import TestClock
from engine.demo import Office as Organisation
from engine.demo import Officer, Stage, make_bin
from engine.jobs.executor import Executor
from engine.model.people import SYSTEM, Actor, Candidate
from engine.services import calendar, definitions, tasks
from handlers.people.iin import FEMALE
from handlers.registries.sandbox.families import make_iin
from handlers.support import cases, offices

REGION = "47"
CENTRE = offices.centre(REGION)
#: The fields that have a body.
FIELDS = tuple(offices.FIELDS)
#: Monday, 7 September 2026, 10:00 in Kazakhstan.
START = datetime(2026, 9, 7, 5, 0, tzinfo=UTC)
PASSWORD = "measured by the bench"  # noqa: S105  of accounts of a throw-away database
#: No signature: it is not what is measured here.
SETTINGS = {"support.approval_signed": "no"}
#: Attempts after which a question to a system without an address is given up.
ATTEMPTS = 3

Values = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Running:
    """A plan that is carried out."""

    #: Its number.
    number: str
    #: Its instance id.
    instance: str
    #: Instance ids of its measures by their numbers, in the order of the plan.
    measures: Mapping[str, str]


class Office(Stage):
    """A centre with its bodies; every person holds what she needs."""

    clock: TestClock
    executor: Executor
    database: Any
    #: Fields whose bodies take the measures in turn.
    fields: tuple[str, ...]

    @classmethod
    def opened(
        cls, database: Any, context: Any, systems: Mapping[str, str] | None = None
    ) -> "Office":
        """Take an installation; the clock stands from now on.

        `systems`: settings that lead to the outside systems; without them nobody answers there.
        """
        clock = TestClock(START)
        ctx = replace(
            context, clock=clock, settings={**context.settings, **(systems or {}), **SETTINGS}
        )
        executor = Executor(database, ctx)
        made = cls(
            begin=database.begin,
            reading=database.reading,
            ctx=ctx,
            run_due=lambda: executor.run_due(10_000),
        )
        made.clock, made.executor, made.database = clock, executor, database
        return made

    def move_in(self, files: Mapping[str, bytes], bodies: int = len(FIELDS)) -> None:
        """Deploy what the project holds and hire everybody, at so many bodies."""
        with self.begin() as uow:
            calendar.seed(uow, self.ctx, [START.year, START.year + 1])
            definitions.deploy(uow, self.ctx, SYSTEM, files, "bench")
            uow.commit()
        self.fields = FIELDS[:bodies]
        self.furnish(_organisations(self.fields), _officers(self.fields), PASSWORD)

    def centre(self) -> Actor:
        """Return the centre's specialist."""
        return self.actor("centre")

    def head(self) -> Actor:
        """Return the centre's head."""
        return self.actor("head")

    def body(self, code: str) -> Actor:
        """Return the specialist of a body, e.g. ``sb.housing.47``."""
        return self.actor(code)

    def run_a_plan(self, family: int, measures: int) -> Running:
        """Open a plan for family number `family` and have it approved with that many measures."""
        with self.begin() as uow:
            number, instance = cases.open_case(uow, self.ctx, self.centre(), CENTRE)
            uow.commit()
        self.run_due()
        self.do(self.centre(), instance, "intake", intake(family))
        for _ in range(ATTEMPTS):
            self.clock.advance(timedelta(minutes=5))
            self.run_due()
        self.do(self.centre(), instance, "plan", drawn_up(measures, self.fields))
        self.do(self.head(), instance, "approval_plain", {"decision": "approve"})
        return Running(number=number, instance=instance, measures=self.children(instance))

    def children(self, instance: str) -> dict[str, str]:
        """Return the cases of a plan's measures by number, in the order of the plan."""
        with self.reading() as uow:
            found = [uow.instances.find(one) for one in uow.instances.children(instance)]
        return {row.business_key: row.id for row in found if row is not None}

    def do(self, actor: Actor, instance: str, element: str, values: Values) -> None:
        """Have somebody claim and complete a task; jobs run afterwards."""
        self.complete(actor, self.held(actor, instance, element), values)

    def held(self, actor: Actor, instance: str, element: str) -> str:
        """Have somebody claim the open task of an element; return its id."""
        task: str = self.open_task(instance, element).id
        with self.begin() as uow:
            tasks.claim(uow, self.ctx, actor, task)
            uow.commit()
        return task

    def accepted(self, instance: str) -> None:
        """Have a measure's body accept it."""
        self.do(self.body_of(instance), instance, "acceptance", {"decision": "accept"})

    def reported(self, instance: str) -> None:
        """Have a measure's body report it as done."""
        self.do(self.body_of(instance), instance, "work", REPORT)

    def body_of(self, instance: str) -> Actor:
        """Return the specialist of the body that has a measure."""
        with self.reading() as uow:
            measure: Any = uow.instances.variables(instance)["measure"]
        return self.actor(measure["body"])


#: What a body reports, and what the centre says to it.
REPORT: Values = {"decision": "report", "said": "Көмек көрсетілді."}
ACCEPT: Values = {"decision": "accept"}


def _organisation(number: int, code: str, kind: str) -> Organisation:
    names = {"kk": code, "ru": code, "en": code}
    return Organisation(code=code, kind=kind, region=REGION, names=names, bin=make_bin(number))


def _organisations(fields: tuple[str, ...]) -> Iterator[Organisation]:
    yield _organisation(1, CENTRE, offices.CENTRE)
    yield _organisation(2, f"leo.{REGION}", "leo")
    for number, field in enumerate(fields, 3):
        yield _organisation(number, offices.body(field, REGION), f"sb.{field}")


def _officer(login: str, role: str, organisation: str) -> Officer:
    return Officer(login=login, name=login, memberships=(Candidate(role, organisation),))


def _officers(fields: tuple[str, ...]) -> Iterator[Officer]:
    yield _officer("centre", offices.SPECIALIST, CENTRE)
    yield _officer("head", offices.HEAD, CENTRE)
    yield _officer("overseer", offices.OVERSEER, f"leo.{REGION}")
    for field in fields:
        code = offices.body(field, REGION)
        yield _officer(code, offices.BODY_SPECIALIST, code)


def intake(family: int) -> dict[str, object]:
    """Return what the intake form says of a family of one; nobody exists."""
    born = date(1980 + family % 20, 1 + family % 12, 1 + family % 28)
    return {
        "outcome": "open",
        "surname": f"Отбасы {family}",
        "name": "Дана",
        "iin": make_iin(born, FEMALE, 1000 + family),
        "born": born.isoformat(),
        "sex": "female",
        "phone": "+77010000001",
        "address": "Ақтау, 5-1-10",
        "grounds": ["illness"],
        "situation": "Табысы жоқ.",
        "consent": True,
    }


def drawn_up(measures: int, fields: tuple[str, ...] = FIELDS) -> dict[str, object]:
    """Return what the plan's form says: that many measures, at the bodies of the fields in turn."""
    term = (START + timedelta(days=30)).date().isoformat()
    return {
        "decision": "submit",
        "aims": ["adaptation"],
        "measures": [
            {
                "body": offices.body(fields[place % len(fields)], REGION),
                "title": f"Іс-шара {place + 1}",
                "expected": "Отбасы қолдау алды",
                "term": term,
            }
            for place in range(measures)
        ],
        "involved": True,
    }
