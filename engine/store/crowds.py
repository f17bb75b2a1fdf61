"""One case made many: for the bench and trials, which need more of them than can be started.

A copy is what a start would have left: rows of its own, with ids, a token and a seal of its own.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Table, func, insert, select, update

from engine.store.crypto import Keys
from engine.store.ids import new_id
from engine.store.repository import Repository
from engine.store.tables import event, incident, instance, job
from engine.store.work import UnitOfWork

_Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Left:
    """How an element was left."""

    #: Rows of history.
    events: int
    #: Cases that have such a row.
    cases: int
    #: Moment of the last one (UTC); None: there is none.
    last: datetime | None


@dataclass(frozen=True, kw_only=True)
class _Names:
    """What is a copy's own."""

    #: Its number, from 0.
    number: int
    #: Instance id.
    case: str
    #: Job id.
    job: str
    #: Token of the timer, hexadecimal.
    token: str


@dataclass(frozen=True, kw_only=True)
class _Mould:
    """A case that waits at one timer, opened."""

    #: Row of `instance`.
    case: Mapping[str, Any]
    #: Its live state.
    state: bytes
    #: Its variables.
    variables: bytes
    #: Row of `job`.
    timer: Mapping[str, Any]
    #: What the timer has to know.
    payload: bytes
    #: Rows of `event`, without their numbers.
    past: list[_Row]

    def case_of(self, copy: _Names, keys: Keys) -> _Row:
        """Return the copy's row of `instance`."""
        state = self.state.replace(_written(self.timer["token"]), _written(copy.token))
        return {
            **self.case,
            "id": copy.case,
            "root_id": copy.case,
            "business_key": f"{self.case['business_key']}-{copy.number}",
            "state": keys.seal(state, f"instance.state:{copy.case}"),
            "variables": keys.seal(self.variables, f"instance.variables:{copy.case}"),
        }

    def timer_of(self, copy: _Names, keys: Keys) -> _Row:
        """Return the copy's row of `job`."""
        return {
            **self.timer,
            "id": copy.job,
            "idempotency_key": copy.job,
            "instance_id": copy.case,
            "token": copy.token,
            "payload": keys.seal(self.payload, f"job.payload:{copy.job}"),
        }

    def past_of(self, copy: _Names) -> Iterator[_Row]:
        """Return the copy's rows of `event`."""
        tokens = {self.timer["token"]: copy.token}
        for row in self.past:
            token = tokens.get(row["token"], row["token"])
            yield {**row, "instance_id": copy.case, "token": token}


class Crowds(Repository):
    """Copies cases that wait at one timer and nowhere else."""

    def __init__(self, uow: UnitOfWork) -> None:
        """Write in this transaction."""
        super().__init__(uow)
        self._keys = uow.keys

    def copy(self, instance_id: str, numbers: Iterable[int], at: datetime) -> None:
        """Copy a case once for each of these numbers, which its own number is lengthened by.

        Its links of the audit chain are not copied. `at` is the moment that ids carry.
        """
        mould = self._mould(instance_id)
        some = [
            _Names(number=n, case=new_id(at), job=new_id(at), token=uuid4().hex) for n in numbers
        ]
        self._insert(instance, [mould.case_of(one, self._keys) for one in some])
        self._insert(job, [mould.timer_of(one, self._keys) for one in some])
        self._insert(event, [row for one in some for row in mould.past_of(one)])

    def give_up(self, element: str, message: str, at: datetime) -> int:
        """Have all jobs that wait at an element be given up, an incident each; return how many."""
        waiting = (job.c.element == element, job.c.state == "ready")
        found = self._uow.execute(select(job.c.id, job.c.instance_id).where(*waiting)).all()
        given_up = {"state": "dead", "attempts": job.c.max_attempts, "last_error": message}
        self._uow.execute(update(job).where(*waiting).values(**given_up))
        common = {"element": element, "message": message, "created_at": at, "resolved_by": ""}
        rows = [
            {**common, "id": new_id(at), "job_id": one.id, "instance_id": one.instance_id}
            for one in found
        ]
        self._insert(incident, rows)
        return len(rows)

    def left(self, element: str) -> Left:
        """Return how often cases left an element, as history tells."""
        cases = func.count(func.distinct(event.c.instance_id))
        row = self._uow.execute(
            select(
                func.count().label("events"),
                cases.label("cases"),
                func.max(event.c.at).label("last"),
            ).where(event.c.element == element, event.c.what == "left")
        ).one()
        return Left(events=row.events, cases=row.cases, last=row.last)

    def _mould(self, found: str) -> _Mould:
        [case] = self._rows(instance, instance.c.id == found)
        [timer] = self._rows(job, job.c.instance_id == found, job.c.state == "ready")
        past = self._rows(event, event.c.instance_id == found)
        open_ = self._keys.unseal
        return _Mould(
            case=case,
            state=open_(bytes(case["state"]), f"instance.state:{found}"),
            variables=open_(bytes(case["variables"]), f"instance.variables:{found}"),
            timer=timer,
            payload=open_(bytes(timer["payload"]), f"job.payload:{timer['id']}"),
            past=[{name: row[name] for name in row if name != "id"} for row in past],
        )

    def _rows(self, table: Table, *conditions: Any) -> list[_Row]:
        found = self._uow.execute(select(table).where(*conditions)).mappings().all()
        return [dict(row) for row in found]

    def _insert(self, table: Table, rows: list[_Row]) -> None:
        self._uow.execute(insert(table), rows)


def _written(token: str) -> bytes:
    """Return a token as the live state writes it."""
    return str(UUID(token)).encode()
