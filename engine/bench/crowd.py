"""A million open tasks, made of three real cases.

Three cases are played by the services, one to each step of `engine.bench.offices`; their rows are
then copied with ids, moments, people and offices of their own, sealed under their own ids. Each
copy is a case like any other: it opens, and its next step can be taken. What lists never read is
left out: jobs, history, the audit chain.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from engine.bench.domains import Ground
from engine.bench.offices import BATCH, PROCESS, Country
from engine.errors import NotFound
from engine.model.people import Actor, Candidate
from engine.model.text import text
from engine.services import instances, tasks
from engine.services.context import UnitOfWork
from engine.store import Keys, new_id
from engine.store.counting import rows, settle
from engine.store.tables import instance, no_deadline, task_candidate, user_task
from engine.store.values import dumps

#: Steps of the process, and how many cases of ten stand at each.
STEPS = ("accept", "check", "decide")
_STAND = (5, 3, 2)
#: Days back over which the open cases arrived.
DAYS = 60
#: Of a hundred open tasks: claimed, without a deadline, with further candidates, urgent.
_CLAIMED, _ENDLESS, _SHARED, _URGENT = 40, 5, 10, 8
#: An average case's answers, as they stand in its variables.
_ANSWERS = {f"answer{k:02}": f"what was answered to question {k}" for k in range(12)}
_Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class _Mould:
    """A case that was played, and its tasks: what is copied."""

    #: Row of `instance`.
    case: Mapping[str, Any]
    #: Live state and variables, opened.
    state: bytes
    variables: Mapping[str, object]
    #: Rows of `user_task`, the open one last.
    tasks: Sequence[Mapping[str, Any]]


def _dashed(token: str) -> str:
    return "-".join((token[:8], token[8:12], token[12:16], token[16:20], token[20:]))


class Crowd:
    """Writes cases until there are as many open tasks as were asked for."""

    def __init__(self, ground: Ground, country: Country) -> None:
        """Take the people and their offices."""
        self._ground = ground
        self._country = country
        self._dice = country.dice
        self._sums = list(accumulate(country.weights))
        self._now = ground.app.context.now()

    def write(self, number: int) -> None:
        """Write `number` open tasks, each in a case of its own, the oldest first."""
        moulds = [self._mould(step) for step in range(len(STEPS))]
        pace = timedelta(days=DAYS) / number
        with self._ground.bar(text("cases"), number) as advance:
            for start in range(0, number, BATCH):
                end = min(start + BATCH, number)
                self._batch(moulds, [self._now - pace * (number - k) for k in range(start, end)])
                advance(end - start)
        settle(self._ground.app.database)

    def _mould(self, step: int) -> _Mould:
        """Play a case to a step; its offices' names stand for those of the copies."""
        database, ctx = self._ground.app.database, self._ground.app.context
        held = frozenset(Candidate(f"{one}?role", f"{one}?office") for one in STEPS)
        actor = Actor(account=self._country.many[0], name="Bench", memberships=held)
        begun: dict[str, object] = {"answers": _ANSWERS}
        for one in STEPS:
            begun |= {f"{one}_role": f"{one}?role", f"{one}_office": f"{one}?office"}
        with database.begin() as uow:
            made = instances.start(uow, ctx, actor, PROCESS, f"mould-{step}", begun)
            for _ in range(step):
                token = tasks.claim_next(uow, ctx, actor)
                if token is None:
                    raise NotFound(text("The bench's diagram offered no task"))
                tasks.complete(uow, ctx, actor, token, {"note": "seen"})
            return self._cast(uow, made)

    @staticmethod
    def _cast(uow: UnitOfWork, made: str) -> _Mould:
        """Read the rows of a case that is then undone."""
        found = [one._asdict() for one in rows(uow, "user_task", instance_id=made)]
        return _Mould(
            case=rows(uow, "instance", id=made)[0]._asdict(),
            state=uow.instances.state(made),
            variables=uow.instances.variables(made),
            tasks=sorted(found, key=lambda row: STEPS.index(row["element"])),
        )

    def _batch(self, moulds: Sequence[_Mould], moments: Sequence[datetime]) -> None:
        cases: list[_Row] = []
        work: list[_Row] = []
        shared: list[_Row] = []
        keys = self._ground.app.database.keys
        for born in moments:
            mould = self._dice.choices(moulds, _STAND)[0]
            copy = _Copy(self._country, self._places(), born)
            cases.append(copy.case(mould, keys))
            work += copy.tasks(mould)
            shared += copy.shared
        with self._ground.app.database.begin() as uow:
            for table, some in ((instance, cases), (user_task, work), (task_candidate, shared)):
                if some:
                    uow.execute(table.insert(), some)
            uow.commit()

    def _places(self) -> list[Candidate]:
        """Return who does each step of a case; one of four second steps by the first's."""
        found = self._dice.choices(self._country.places, cum_weights=self._sums, k=len(STEPS))
        return [found[0], found[0 if self._dice.random() < 0.25 else 1], found[2]]


class _Copy:
    """One case, copied."""

    def __init__(self, country: Country, places: Sequence[Candidate], born: datetime) -> None:
        self._country = country
        self._dice = country.dice
        self._places = places
        self._born = born
        self._id = new_id(born)
        self._number = f"B-{born:%Y}-{self._id[:18]}"
        self._tokens: dict[str, str] = {}
        #: Rows of `task_candidate`.
        self.shared: list[_Row] = []

    def case(self, mould: _Mould, keys: Keys) -> _Row:
        """Return the row of the case, sealed under its own id."""
        self._tokens = {row["id"]: f"{self._dice.getrandbits(128):032x}" for row in mould.tasks}
        state, variables = mould.state, dumps(mould.variables)
        for old, new in self._tokens.items():
            state = state.replace(_dashed(old).encode(), _dashed(new).encode())
        for step, place in zip(STEPS, self._places, strict=True):
            for old, new in (("role", place.role), ("office", place.organisation)):
                state = state.replace(f"{step}?{old}".encode(), new.encode())
                variables = variables.replace(f"{step}?{old}".encode(), new.encode())
        return {
            **mould.case,
            "id": self._id,
            "root_id": self._id,
            "business_key": self._number,
            "started_at": self._born,
            "state": keys.seal(state, f"instance.state:{self._id}"),
            "variables": keys.seal(variables, f"instance.variables:{self._id}"),
        }

    def tasks(self, mould: _Mould) -> list[_Row]:
        """Return the rows of its tasks: those done, and the open one."""
        *done, last = mould.tasks
        moment = self._born
        found = []
        for row, place in zip(done, self._places, strict=False):
            ended = moment + timedelta(minutes=self._dice.randrange(20, 600))
            found.append({**self._row(row, place, moment), **self._done(place, ended)})
            moment = ended
        place = self._places[len(done)]
        found.append({**self._row(last, place, moment), **self._open(row_id=last["id"], at=place)})
        return found

    def _row(self, row: Mapping[str, Any], place: Candidate, arrived: datetime) -> _Row:
        due = arrived + timedelta(hours=self._dice.randrange(24, 80 * 24))
        endless = self._dice.randrange(100) < _ENDLESS
        return {
            **row,
            "id": self._tokens[row["id"]],
            "instance_id": self._id,
            "business_key": self._number,
            "role": place.role,
            "organisation": place.organisation,
            "created_at": arrived,
            "due_at": no_deadline(arrived) if endless else due,
            "priority": 80 if self._dice.randrange(100) < _URGENT else 50,
        }

    def _done(self, place: Candidate, ended: datetime) -> _Row:
        who = self._dice.choice(self._country.clerks[place])
        return {"assignee": who, "completed_by": who, "claimed_at": ended, "ended_at": ended}

    def _open(self, *, row_id: str, at: Candidate) -> _Row:
        """Return what tells open tasks apart: whose they are, and who else may claim them."""
        claimed = self._dice.randrange(100) < _CLAIMED
        more = self._dice.randrange(100) < _SHARED
        if more:
            other = self._dice.choice(self._country.places)
            self.shared.append(
                {
                    "task_id": self._tokens[row_id],
                    "organisation": other.organisation,
                    "role": other.role,
                }
            )
        return {
            "assignee": self._dice.choice(self._country.clerks[at]) if claimed else None,
            "claimed_at": self._born if claimed else None,
            "more_candidates": more,
        }
