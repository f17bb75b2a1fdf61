"""A stage for the plan cycle of order 74: two regions, their centres and bodies, one family."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from engine.clock import TestClock
from engine.demo import Office, Officer, Stage, make_bin
from engine.jobs.executor import Executor
from engine.model.people import ADMIN, SUPERVISOR, SYSTEM, Candidate
from engine.services import calendar, definitions
from engine.services.context import Context
from engine.services.views import Completed
from engine.store import Database, Keys
from handlers.people.iin import FEMALE
from handlers.registries.sandbox.families import make_iin
from handlers.registries.sandbox.server import Sandbox
from handlers.support import cases, offices, records
from handlers.support.records import Measure, Plan
from tests.acceptance.kandas_stage import PASSWORD, ROOT, START, on_stage_as, wired_as

REGIONS = ("47", "61")
#: The one body at which nobody works.
EMPTY = offices.body("tourism", "47")
MOTHER = make_iin(date(1992, 11, 30), FEMALE, 8101)
DAUGHTER = make_iin(date(2016, 4, 12), FEMALE, 8102)
Values = Mapping[str, object]


def files() -> dict[str, bytes]:
    """Read what is deployed of order 74."""
    found = [*ROOT.glob("processes/support/*.bpmn"), *ROOT.glob("processes/support/*.dmn")]
    found += ROOT.glob("forms/support/*.json")
    return {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in found}


def codes() -> Iterator[tuple[str, str, str]]:
    """Yield code, kind and region of every office."""
    yield "mlsp", "ministry", ""
    yield offices.POLICY, offices.POLICY, ""
    for region in REGIONS:
        yield offices.centre(region), offices.CENTRE, region
        yield f"leo.{region}", "leo", region
        for one in offices.FIELDS:
            yield offices.body(one, region), f"sb.{one}", region


def held(code: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield login and roles of who works at an office."""
    if code == "mlsp":
        yield "admin", (ADMIN,)
    elif code == offices.POLICY:
        yield "policy", (offices.POLICY,)
    elif code.startswith("leo."):
        yield code, (offices.OVERSEER,)
    elif offices.is_centre(code):
        yield f"{code}-1", (offices.SPECIALIST,)
        yield f"{code}-2", (offices.SPECIALIST,)
        yield f"{code}-head", (offices.HEAD, SUPERVISOR)
    elif code != EMPTY:
        yield code, (offices.BODY_SPECIALIST,)
        yield f"{code}-head", (offices.BODY_HEAD, SUPERVISOR)


def furnished() -> tuple[list[Office], list[Officer]]:
    """Return offices and people."""
    made: list[Office] = []
    people: list[Officer] = []
    for number, (code, kind, region) in enumerate(codes()):
        names = dict.fromkeys(("kk", "ru", "en"), code)
        bin_ = make_bin(700 + number * 10)
        made.append(Office(code=code, kind=kind, region=region, names=names, bin=bin_))
        for login, roles in held(code):
            serial = 8200 + len(people)
            people.append(
                Officer(
                    login=login,
                    name=f"Somebody {login}",
                    iin=make_iin(date(1980, 1, 1), FEMALE, serial),
                    memberships=tuple(Candidate(role, code) for role in roles),
                )
            )
    return made, people


def person(surname: str, name: str, iin: str, born: str, **other: object) -> dict[str, object]:
    """Return a person as typed at intake."""
    return {
        "surname": surname,
        "name": name,
        "patronymic": "",
        "iin": iin,
        "born": born,
        "sex": "female",
        **other,
    }


def intake(**other: object) -> dict[str, object]:
    """Return a mother with a daughter as typed at intake."""
    return {
        "outcome": "open",
        **person("Сәрсен", "Дана", MOTHER, "1992-11-30"),
        "phone": "+77010000001",
        "address": "Ақтау, 5-1-10",
        "represents": "parent",
        "members": [person("Сәрсен", "Аружан", DAUGHTER, "2016-04-12", relationship="child")],
        "grounds": ["violence"],
        "situation": "Without a home since August",
        "status_before": "E",
        "consent": True,
        **other,
    }


def row(body: str, title: str, **other: object) -> dict[str, object]:
    """Return a measure as typed into the plan."""
    return {
        "body": offices.body(body, "47"),
        "title": title,
        "expected": f"{title}: done",
        "term": "2026-10-05",
        **other,
    }


@dataclass(kw_only=True)
class Case:
    """A family's plan on its way."""

    #: Plan number.
    number: str
    #: Instance id.
    instance: str
    #: What became of the last completion.
    last: Completed | None = None
    #: What was told to whom, by login.
    told: dict[str, list[str]] = field(default_factory=dict)


class Play(Stage):
    """Plays plans."""

    clock: TestClock
    sandbox: Sandbox
    database: Database
    executor: Executor

    def open(self, centre: str = "fsc.47.1") -> Case:
        """Have a family turn up at a centre."""
        with self.begin() as uow:
            number, instance = cases.open_case(uow, self.ctx, self.actor(f"{centre}-1"), centre)
            uow.commit()
        self.run_due()
        return Case(number=number, instance=instance)

    def act(self, act: Any, login: str, *args: Any) -> Any:
        """Have somebody do something to a plan besides its tasks."""
        self.clock.advance(timedelta(minutes=1))
        with self.begin() as uow:
            found = act(uow, self.ctx, self.actor(login), *args)
            uow.commit()
        self.run_due()
        return found

    def instance(self, number: str) -> str:
        """Return the newest instance with a business key, called ones too."""
        with self.reading() as uow:
            found = uow.session.execute(records_of_instance(number)).scalars().all()
        return str(found[-1])

    def elements(self, number: str) -> list[str]:
        """Return where a case waits for people."""
        return sorted(one.element for one in self.open_tasks(self.instance(number)))

    def work(self, number: str, element: str, values: Values, *, login: str = "") -> Completed:
        """Have the one whose task it is claim and complete it, a minute later than before."""
        self.clock.advance(timedelta(minutes=1))
        task = self.open_task(self.instance(number), element)
        return self.complete(self.claim(task, login=login), task.id, values)

    def shown(self, number: str, element: str) -> Mapping[str, Any]:
        """Return what the form of a task is filled with."""
        task = self.open_task(self.instance(number), element)
        return self.known_values(self.claim(task), task.id)

    def planned(self, *rows: Values, **other: object) -> Case:
        """Bring a family to an approved plan with these measures."""
        case = self.open()
        self.work(case.number, "intake", intake(**other))
        self.draw_up(case.number, *rows)
        self.work(case.number, "approval", {"decision": "approve"})
        return case

    def draw_up(self, number: str, *rows: Values) -> None:
        """Draw a plan up."""
        known = self.shown(number, "plan")["people"]
        whom = {"mother": known[0]["value"], "daughter": known[-1]["value"]}
        measures = [
            {**one, "person": whom.get(str(one.get("person", "mother")), "")} for one in rows
        ]
        values = {
            "decision": "submit",
            "aims": ["adaptation"],
            "measures": measures,
            "involved": True,
        }
        self.work(number, "plan", values)

    def report(self, number: str, **said: object) -> None:
        """Have a body report on a measure."""
        self.work(number, "work", {"decision": "report", "said": "Done", **said})

    def done(self, number: str) -> None:
        """Have a measure accepted, reported and marked as done."""
        self.work(number, "acceptance", {"decision": "accept"})
        self.report(number)
        self.work(number, "review", {"decision": "accept"})

    def until(self, moment: datetime) -> None:
        """Move the clock and do what became due."""
        self.clock.set(moment)
        self.run_due()

    def plan(self, number: str) -> Plan:
        """Return a plan's record."""
        with self.reading() as uow:
            found = records.plan(uow.session, number)
        assert found is not None
        return found

    def measures(self, number: str) -> dict[str, Measure]:
        """Return a plan's measures by number, without the plan's."""
        with self.reading() as uow:
            found = records.measures(uow.session, number)
        return {one.number.partition("/")[2]: one for one in found}

    def states(self, number: str) -> dict[str, str]:
        """Return where a plan's measures are."""
        return {key: one.state.value for key, one in self.measures(number).items()}

    def told(self, login: str) -> list[str]:
        """Return what somebody was told, oldest first."""
        with self.reading() as uow:
            rows = uow.notifications.of_account(self.logins[login], unread=False, size=100)
        return [one.kind for one in reversed(rows)]

    def ended(self, number: str) -> str:
        """Return where a case ended; empty while it runs."""
        with self.reading() as uow:
            found = uow.instances.find(self.instance(number))
        return str(found.end_element or "")


def records_of_instance(number: str) -> Any:
    """Return the query for a case's ids, oldest first."""
    from sqlalchemy import select  # noqa: PLC0415

    from engine.store.tables import instance  # noqa: PLC0415

    return (
        select(instance.c.id)
        .where(instance.c.business_key == number)
        .order_by(instance.c.started_at, instance.c.id)
    )


def prepare(database: Database) -> None:
    """Deploy order 74 and hire everybody."""
    ctx = Context(clock=TestClock(START))
    with database.begin() as uow:
        calendar.seed(uow, ctx, [2026, 2027])
        definitions.deploy(uow, ctx, SYSTEM, files(), "test")
        uow.commit()
    stage = Stage(begin=database.begin, reading=database.reading, ctx=ctx, run_due=lambda: 0)
    stage.furnish(*furnished(), PASSWORD)


def make_template(folder: Path, keys: Keys) -> Path:
    """Build a SQLite file with everything in place; tests copy it."""
    path = folder / "support.db"
    database = Database(f"sqlite:///{path}", keys)
    database.upgrade()
    prepare(database)
    database.close()
    return path


def wired(database: Database, sandbox: Sandbox) -> Play:
    """Wire an installation around a database that is in place."""
    return wired_as(Play, database, sandbox)


def on_stage(
    template: Path, folder: Path, keys: Keys, sandbox: Sandbox
) -> AbstractContextManager[Play]:
    """Copy the template and wire an installation around it."""
    return on_stage_as(Play, template, folder, keys, sandbox)
