"""A million cases, running and ended, for the administrators' search: rows alone, no live states.

Drawn by a generator with a seed of its own. Of a hundred cases 60 are completed, 34 run, the rest
is cancelled, failed or suspended; one of five was called by another. Running ones have an open task
each, a few a job that waits, one of two hundred an incident; each has four searchable variables.
"""

import random
from collections.abc import Sequence
from datetime import timedelta
from itertools import accumulate, pairwise
from typing import Any

from engine.bench.domains import Ground
from engine.bench.offices import BATCH, Country
from engine.model.people import SYSTEM
from engine.model.text import text
from engine.services import definitions
from engine.store import new_id
from engine.store.counting import rows, settle
from engine.store.tables import case_variable, incident, instance, job, user_task

#: Days over which they were started.
DAYS = 720
#: Processes, versions of each, elements of each at which work waits.
PROCESSES, VERSIONS, ELEMENTS = 8, 3, 6
#: Statuses and how many of a hundred cases have each.
_STATUSES = {"completed": 60, "active": 34, "cancelled": 4, "failed": 1, "suspended": 1}
_DECISIONS = {"accept": 70, "return": 24, "refuse": 6}
#: Of a thousand running cases: have an incident.
_FAILING = 5
#: Searchable variables of each case.
VARIABLES = ("decision", "rounds", "urgent", "decided")
#: What most incidents say.
MESSAGE = "The registry does not answer: timeout after 20 s"
_Row = dict[str, Any]


def _diagram(process: int, version: int) -> bytes:
    """Return a version of a process: steps one after another."""
    steps = [f"step_{process}_{k}" for k in range(ELEMENTS)]
    drawn = "".join(
        f'<userTask id="{one}" name="{one} v{version}" camunda:candidateGroups="clerk@bench"/>'
        for one in steps
    )
    flows = "".join(
        f'<sequenceFlow id="flow{k}" sourceRef="{source}" targetRef="{target}"/>'
        for k, (source, target) in enumerate(pairwise(["begun", *steps, "finish"]))
    )
    return (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
        ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="bench" targetNamespace="bench">'
        f'<process id="bench_{process}" name="bench {process}" isExecutable="true">'
        f'<extensionElements><camunda:properties><camunda:property name="search"'
        f' value="{", ".join(VARIABLES)}"/></camunda:properties></extensionElements>'
        f'<startEvent id="begun"/>{drawn}<endEvent id="finish"/>{flows}</process></definitions>'
    ).encode()


class Cases:
    """Writes cases until there are as many as were asked for."""

    def __init__(self, ground: Ground, country: Country) -> None:
        """Take the offices and their people."""
        self._ground = ground
        self._country = country
        self._dice = random.Random(7)  # noqa: S311  (drawn, not secret)
        self._sums = list(accumulate(country.weights))
        self._now = ground.app.context.now()
        self._rows: dict[Any, list[_Row]] = {}
        self._last = ""
        self.versions: list[str] = []

    def write(self, number: int) -> None:
        """Write `number` cases, the oldest first."""
        self._define()
        pace = timedelta(days=DAYS) / number
        with self._ground.bar(text("cases"), number) as advance:
            for start in range(0, number, BATCH):
                end = min(start + BATCH, number)
                for k in range(start, end):
                    self._case(self._now - pace * (number - k), k)
                self._send()
                advance(end - start)
        settle(self._ground.app.database)

    def _define(self) -> None:
        """Deploy every version of every process; `versions` are in the order of both."""
        app = self._ground.app
        for version in range(VERSIONS):
            files = {f"processes/{k}.bpmn": _diagram(k, version) for k in range(PROCESSES)}
            with app.database.begin() as uow:
                definitions.deploy(uow, app.context, SYSTEM, files, f"bench {version}")
                uow.commit()
        with app.database.reading() as uow:
            for k in range(PROCESSES):
                found = rows(uow, "definition", key=f"bench_{k}")
                self.versions += [one.id for one in sorted(found, key=lambda one: one.version)]

    def _case(self, born: Any, number: int) -> None:
        made, dice = new_id(born), self._dice
        status = dice.choices(tuple(_STATUSES), list(_STATUSES.values()))[0]
        process = min(int(dice.expovariate(0.5)), PROCESSES - 1)
        version = min(number * VERSIONS // 1_000_000, VERSIONS - 1)
        goes_on = status in {"active", "suspended"}
        ended = None if goes_on else born + timedelta(days=dice.expovariate(1 / 20))
        called = self._last if dice.random() < 0.2 else ""
        self._add(
            instance,
            id=made,
            definition_id=self.versions[process * VERSIONS + version],
            process=f"bench_{process}",
            business_key=f"B-{born:%y}-{number:07}",
            status=status,
            revision=3,
            state=b"",
            variables=b"",
            waits=False,
            parent_id=called or None,
            parent_token=None,
            root_id=called or made,
            started_at=born,
            started_by="bench",
            ended_at=min(ended, self._now) if ended else None,
            end_element="" if goes_on else "finish",
            failure="",
            removal_at=None,
        )
        if not called:
            self._last = made
        self._work(made, process, born, number, goes_on=goes_on)
        self._variables(made, born)

    def _work(self, made: str, process: int, born: Any, number: int, *, goes_on: bool) -> None:
        dice = self._dice
        place = dice.choices(self._country.places, cum_weights=self._sums)[0]
        who = dice.choice(self._country.clerks[place])
        element = f"step_{process}_{min(int(dice.expovariate(0.6)), ELEMENTS - 1)}"
        claimed = dice.random() < 0.4 or not goes_on
        self._add(
            user_task,
            id=f"{dice.getrandbits(128):032x}",
            instance_id=made,
            process=f"bench_{process}",
            element=element,
            business_key=f"B-{born:%y}-{number:07}",
            status="open" if goes_on else "completed",
            role=place.role,
            organisation=place.organisation,
            more_candidates=False,
            assignee=who if claimed else None,
            claimed_at=born if claimed else None,
            form="",
            priority=50,
            due_at=born + timedelta(days=dice.uniform(1, DAYS + 60)),
            created_at=born,
            ended_at=None if goes_on else born + timedelta(days=1),
            completed_by=None if goes_on else who,
            submission="",
            round=1,
            step=1,
            local=None,
            revision=1,
            draft=None,
            draft_at=None,
            sent=None,
        )
        if goes_on and dice.randrange(1000) < 50:
            self._job(made, element, born)
        if goes_on and dice.randrange(1000) < _FAILING:
            self._add(
                incident,
                id=new_id(born),
                instance_id=made,
                job_id=None,
                element=element,
                message=MESSAGE if dice.random() < 0.7 else "Something else went wrong",
                created_at=born,
                resolved_at=None,
                resolved_by="",
            )

    def _job(self, made: str, element: str, born: Any) -> None:
        self._add(
            job,
            id=new_id(born),
            instance_id=made,
            definition_id=None,
            element=f"timer_{element}",
            token="",
            kind="timer",
            topic="",
            due_at=self._now + timedelta(days=self._dice.uniform(1, 30)),
            state="ready",
            locked_by="",
            locked_until=None,
            attempts=0,
            max_attempts=5,
            retry="",
            idempotency_key=f"{self._dice.getrandbits(128):032x}",
            payload=b"",
            last_error="",
            created_at=born,
            finished_at=None,
        )

    def _variables(self, made: str, born: Any) -> None:
        dice = self._dice
        decision = dice.choices(tuple(_DECISIONS), list(_DECISIONS.values()))[0]
        self._variable(made, "decision", kind="text", words=decision)
        rounds = float(min(int(dice.expovariate(0.9)), 9))
        self._variable(made, "rounds", kind="number", number=rounds)
        self._variable(made, "urgent", kind="boolean", number=float(dice.random() < 0.1))
        self._variable(made, "decided", kind="moment", moment=born)

    def _variable(self, made: str, name: str, **value: Any) -> None:
        blank = {"words": None, "number": None, "moment": None}
        self._add(case_variable, **{"instance_id": made, "name": name, **blank, **value})

    def _add(self, table: Any, **row: Any) -> None:
        self._rows.setdefault(table, []).append(row)

    def _send(self) -> None:
        with self._ground.app.database.begin() as uow:
            for table in (instance, user_task, job, incident, case_variable):
                rows: Sequence[_Row] = self._rows.pop(table, [])
                if rows:
                    uow.execute(table.insert(), rows)
            uow.commit()
