"""An imagined country for the lists of the bench: offices, roles, people, one process.

Offices are as unequal as they are in life: the n-th largest has 1/n^0.8 of the largest one's work,
and in an office the n-th role 1/n of the first one's. All of it is drawn by a generator with a seed
of its own, so that two runs measure the same.
"""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import Any

from engine.bootstrap import App
from engine.model.people import SUPERVISOR, SYSTEM, Actor, Candidate
from engine.model.substitution import local_day
from engine.services import accounts, definitions, signing_in
from engine.services.context import UnitOfWork
from engine.store import new_id
from engine.store.tables import account, membership, organisation, substitution

#: How many offices and roles there are, and how many people each office has for a role.
OFFICES, ROLES, CLERKS = 500, 200, 2
#: Roles that a small office has; the ten largest have all of them.
FEW, LARGE = 40, 10
#: Of how many people one is away and has a substitute.
AWAY = 25
#: Roles of somebody with many, and at how many offices.
MANY, PLACES = 60, 12
#: Rows sent at once.
BATCH = 5_000
PROCESS, FORM = "bench_request", "bench/request"
_FORM_JSON = json.dumps(
    {
        "type": "default",
        "id": "bench_request",
        "schemaVersion": 18,
        "components": [{"type": "textfield", "id": "note", "key": "note", "label": "note"}],
    }
).encode()
_SPACES = (
    'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
)
#: Step, its lane, the group of the way it belongs to, days it may take.
_STEPS = (("accept", "origin", 3), ("check", "origin", 5), ("decide", "settlement", 10))


def diagram() -> bytes:
    """Return the process: three offices' steps one after another, each with a term."""
    lanes = "".join(
        f'<lane id="lane_{key}" name="{key}"><extensionElements><camunda:properties>'
        f'<camunda:property name="way" value="{way}"/></camunda:properties></extensionElements>'
        f"<flowNodeRef>{key}</flowNodeRef></lane>"
        for key, way, _ in _STEPS
    )
    steps = "".join(
        f'<userTask id="{key}" name="{key}" camunda:formKey="{FORM}"'
        f' camunda:candidateGroups="${{{key}_role}}@${{{key}_office}}"'
        f' camunda:dueDate="${{working_days({days})}}"/>'
        for key, _, days in _STEPS
    )
    nodes = ["begun", *(key for key, _, _ in _STEPS), "finish"]
    flows = "".join(
        f'<sequenceFlow id="flow{k}" sourceRef="{source}" targetRef="{target}"/>'
        for k, (source, target) in enumerate(pairwise(nodes))
    )
    return (
        f'<definitions {_SPACES} id="bench" targetNamespace="bench">'
        f'<process id="{PROCESS}" name="bench" isExecutable="true">'
        f'<laneSet id="lanes">{lanes}</laneSet><startEvent id="begun"/>{steps}'
        f'<endEvent id="finish"/>{flows}</process></definitions>'
    ).encode()


def batches(rows: Sequence[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    """Cut rows into what is sent at once."""
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


@dataclass
class Country:
    """Who works where."""

    #: Draws everything.
    dice: random.Random = field(default_factory=lambda: random.Random(20260105))  # noqa: S311  no secret
    #: Roles at offices at which there is work, the largest offices first.
    places: list[Candidate] = field(default_factory=list)
    #: How much of the work each of `places` has.
    weights: list[float] = field(default_factory=list)
    #: Account ids of who holds each of `places`.
    clerks: dict[Candidate, list[str]] = field(default_factory=dict)
    #: Account id of the head by office, the largest first.
    heads: dict[str, str] = field(default_factory=dict)
    #: Account ids of people with many roles.
    many: list[str] = field(default_factory=list)

    def draw(self) -> None:
        """Say which office has which roles, and how much work they have."""
        roles = [f"role{k:03}" for k in range(ROLES)]
        for number in range(OFFICES):
            held = roles if number < LARGE else self.dice.sample(roles, FEW)
            share = (number + 1) ** -0.8
            whole = sum(1 / (k + 1) for k in range(len(held)))
            for k, role in enumerate(self.dice.sample(held, len(held))):
                self.places.append(Candidate(role, f"office{number:03}"))
                self.weights.append(share / (k + 1) / whole)

    def move_in(self, app: App) -> None:
        """Write offices and people, and deploy the process."""
        self.draw()
        people, held = self._people(app)
        with app.database.begin() as uow:
            offices = [_office(code) for code in dict.fromkeys(o.organisation for o in self.places)]
            uow.execute(organisation.insert(), offices)
            for table, rows in ((account, people), (membership, held)):
                for some in batches(rows):
                    uow.execute(table.insert(), some)
            uow.execute(substitution.insert(), self._substitutes(app))
            files = {"processes/request.bpmn": diagram(), f"forms/{FORM}.json": _FORM_JSON}
            definitions.deploy(uow, app.context, SYSTEM, files, "bench")
            uow.commit()

    def _people(self, app: App) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return rows of accounts and memberships."""
        now, hashed = app.context.now(), accounts.prepare("measured by the bench").hashed
        people: list[dict[str, Any]] = []
        held: list[dict[str, Any]] = []

        def hire(roles: Sequence[Candidate]) -> str:
            made = new_id(now)
            people.append(_account(made, f"bench{len(people)}", hashed, now))
            held.extend(
                {"account_id": made, "role": one.role, "organisation": one.organisation}
                for one in roles
            )
            return made

        offices: dict[str, list[Candidate]] = {}
        for place in self.places:
            offices.setdefault(place.organisation, []).append(place)
        for code, places in offices.items():
            self.heads[code] = hire([Candidate(SUPERVISOR, code)])
            # Three roles a person, the busiest ones together: what a clerk's own list is long by.
            for start in range(0, len(places), 3):
                some = places[start : start + 3]
                hired = [hire(some) for _ in range(CLERKS)]
                self.clerks.update(dict.fromkeys(some, hired))
        self.many = [hire(self._much(offices)) for _ in range(LARGE)]
        return people, held

    def _much(self, offices: dict[str, list[Candidate]]) -> list[Candidate]:
        """Return the roles of somebody with many, one of the largest offices' among them."""
        codes = list(offices)
        chosen = [self.dice.choice(codes[:LARGE]), *self.dice.sample(codes[LARGE:], PLACES - 1)]
        every = [self.dice.sample(offices[code], MANY // PLACES) for code in chosen]
        return [one for some in every for one in some]

    def _substitutes(self, app: App) -> list[dict[str, Any]]:
        """Return rows: one of `AWAY` people is away, her neighbour works in her place."""
        now = app.context.now()
        day = local_day(now)
        pairs = [(place, some) for place, some in self.clerks.items() if len(some) > 1][::AWAY]
        return [
            {
                "id": new_id(now),
                "absent": some[0],
                "substitute": some[1],
                "organisation": place.organisation,
                "roles": [],
                "first_day": day - timedelta(days=2),
                "last_day": day + timedelta(days=14),
                "hand_over": False,
                "set_at": now,
                "set_by": None,
                "ended_at": None,
                "ended_by": None,
            }
            for place, some in pairs
        ]

    def actor(self, uow: UnitOfWork, app: App, account_id: str) -> Actor:
        """Return a person as the pages know her."""
        return signing_in.load(uow, account_id, at=app.context.now())


def _office(code: str) -> dict[str, Any]:
    return {"code": code, "names": {"kk": code}, "kind": "bench", "region": "", "bin": ""}


def _account(made: str, login: str, hashed: str, now: Any) -> dict[str, Any]:
    return {
        "id": made,
        "login": login,
        "password": hashed,
        "name": f"Bench {login}",
        "iin": "",
        "iin_index": "",
        "language": "kk",
        "active": True,
        "created_at": now,
        "sessions": 0,
    }
