"""What will be late by the end of the week, from what waits today.

For each open task with a deadline up to the end of the working week: of the tasks of the same step
and office in the last eight weeks that were still open at its age, the share that was open after
its term as well (`survival`). Offices with few such tasks borrow from the same step everywhere. The
sum of the chances is the number to expect. What is late already is late.

How good that is the page says by itself: the forecast of a week ago, made with what was known then,
beside what became of it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from engine.model.calendar import ZONE, WorkingCalendar
from engine.model.people import Actor
from engine.services import calendar
from engine.services.cockpit.statistics.asking import Ground, Query, ground
from engine.services.cockpit.statistics.steps import MOST
from engine.services.cockpit.statistics.survival import Survival, chance
from engine.services.cockpit.statistics.times import WorkingSeconds
from engine.services.context import Context, UnitOfWork

#: How far back is looked.
LEARNT_FROM = timedelta(weeks=8)
#: Open tasks read of each office, the earliest deadlines first.
EACH = 1000
#: Tasks that are named.
NAMED = 50
#: Chance from which a task is named.
LIKELY = 0.5
Key = tuple[str, str, str]


class Stay(NamedTuple):
    """A task: when it came, when it had to be done, when it was; seconds since 1970.

    A tuple: a hundred thousand of them are made for a page.
    """

    #: Process, element, office.
    key: Key
    #: When it came.
    came: int
    #: Its deadline; None: it has none.
    due: int | None
    #: When it was done; None: it is open.
    went: int | None = None
    #: Task, case and case number; empty: it is done.
    task: str = ""
    instance: str = ""
    business_key: str = ""


@dataclass(frozen=True, kw_only=True)
class Expected:
    """A step of an office: what waits, and what of it will be late."""

    #: Process key, element id, code of the office.
    process: str
    element: str
    office: str
    #: Names by language.
    names: Mapping[str, str]
    office_names: Mapping[str, str]
    #: Open tasks with a deadline up to the end of the week, late ones included.
    waiting: int
    #: Of those, late already.
    late: int
    #: How many will be late in all: the sum of the chances.
    expected: float


@dataclass(frozen=True, kw_only=True)
class Likely:
    """A task that will probably be late, and is not yet."""

    #: Task id, case id, case number.
    task: str
    instance: str
    business_key: str
    #: Names of step and office by language.
    names: Mapping[str, str]
    office_names: Mapping[str, str]
    #: Deadline.
    due: datetime
    #: How likely it is, 0 to 1.
    chance: float


@dataclass(frozen=True, kw_only=True)
class Lookback:
    """The same a week ago, and what became of it."""

    #: When it would have been made.
    at: datetime
    #: Tasks with a deadline in the seven days from then on.
    tasks: int
    #: How many it would have expected to be late.
    expected: float
    #: How many were.
    late: int


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What will be late this week."""

    #: End of the working week that it is made for.
    until: datetime
    #: By step and office, the most to expect first.
    rows: tuple[Expected, ...]
    #: Tasks that are not late and probably will be, the likeliest first; at most `NAMED`.
    likely: tuple[Likely, ...]
    #: The forecast of a week ago; None: nothing was due.
    before: Lookback | None
    #: Whether an office has more open tasks than were looked at.
    more: bool

    @property
    def waiting(self) -> int:
        """Return how many tasks are due up to the end of the week."""
        return sum(one.waiting for one in self.rows)

    @property
    def late(self) -> int:
        """Return how many of them are late."""
        return sum(one.late for one in self.rows)

    @property
    def expected(self) -> float:
        """Return how many of them will be."""
        return sum(one.expected for one in self.rows)


def forecast(uow: UnitOfWork, ctx: Context, actor: Actor, query: Query) -> Forecast:
    """Return what will be late this week (admin); the query's period does not matter.

    `Forbidden`, `NotFound`.
    """
    now = ctx.now()
    asked = replace(query, since=now - LEARNT_FROM, until=now + timedelta(seconds=1))
    base = ground(uow, actor, asked)
    days = calendar.load(uow, ctx)
    until = week_end(days, now)
    done = list(_done(uow, base))
    open_ = list(_open(uow, base))
    crystal = Crystal([*done, *open_], WorkingSeconds(days, until), int(now.timestamp()))
    view = _View(uow, ctx, base, crystal)
    due = [one for one in open_ if one.due is not None and one.due <= until.timestamp()]
    return Forecast(
        until=until,
        rows=tuple(sorted(view.rows(due), key=lambda row: (-row.expected, -row.waiting))),
        likely=tuple(view.likely(due)),
        before=lookback([*done, *open_], days, now),
        more=len(open_) >= EACH and _full(open_),
    )


def week_end(days: WorkingCalendar, now: datetime) -> datetime:
    """Return the end (UTC) of the last working day of the week in which work ends next."""
    next_close = days.next_close(now).astimezone(ZONE).date()
    monday = next_close - timedelta(days=next_close.weekday())
    worked = [monday + timedelta(days=day) for day in range(7)]
    return days.day_end(max(day for day in worked if days.is_working(day)))


def _full(stays: Iterable[Stay]) -> bool:
    counted: dict[str, int] = {}
    for one in stays:
        counted[one.key[2]] = counted.get(one.key[2], 0) + 1
    return max(counted.values(), default=0) >= EACH


def _done(uow: UnitOfWork, base: Ground) -> Iterator[Stay]:
    for row in uow.statistics.completed(base.scope, MOST):
        process, element, office, came, went, _, due = tuple(row)
        yield Stay((process, element, office), came, due, went)


def _open(uow: UnitOfWork, base: Ground) -> Iterator[Stay]:
    for row in uow.statistics.waiting(base.scope, base.offices, EACH):
        yield Stay(
            key=(row.process, row.element, row.organisation),
            came=row.came,
            due=row.due,
            task=row.id,
            instance=row.instance_id,
            business_key=row.business_key,
        )


class Crystal:
    """Chances at a moment, by what was known then."""

    def __init__(self, stays: Iterable[Stay], counting: WorkingSeconds, now: int) -> None:
        """Learn from what came before `now` (seconds since 1970), as it stood at that moment."""
        self.now = now
        self._counting = counting
        done: dict[Key, list[int]] = {}
        waiting: dict[Key, list[int]] = {}
        dated = late = 0
        for one in stays:
            if one.came > now:
                continue
            over = one.went is not None and one.went <= now
            end = one.went if one.went is not None and over else now
            if one.due is not None and (over or one.due <= now):
                dated += 1
                late += end > one.due
            lasted = counting.at(end) - counting.at(one.came)
            into = done if over else waiting
            into.setdefault(one.key, []).append(lasted)
            into.setdefault((one.key[0], one.key[1], ""), []).append(lasted)
        #: Share of all work that is late; where nothing was due yet, as likely as not.
        self._usual = late / dated if dated else 0.5
        self._known = {
            key: Survival.of(done.get(key, ()), waiting.get(key, ())) for key in {*done, *waiting}
        }

    def chance(self, one: Stay) -> float:
        """Return the chance that an open task will be late, 0 to 1; 1 if it is."""
        if one.due is None:
            return 0.0
        if one.due <= self.now:
            return 1.0
        nothing = Survival()
        own = self._known.get(one.key, nothing)
        everywhere = self._known.get((one.key[0], one.key[1], ""), nothing)
        age = self._counting.between(one.came, self.now)
        term = self._counting.between(one.came, one.due)
        return chance(own, everywhere, self._usual, age, term)


def lookback(stays: Sequence[Stay], days: WorkingCalendar, now: datetime) -> Lookback | None:
    """Return the forecast of a week ago for the seven days from then on, and what happened."""
    at = now - timedelta(days=7)
    then, end = int(at.timestamp()), int(now.timestamp())
    crystal = Crystal(stays, WorkingSeconds(days, now), then)
    due = [one for one in stays if open_at(one, then) and then < (one.due or 0) <= end]
    if not due:
        return None
    return Lookback(
        at=at,
        tasks=len(due),
        expected=sum(map(crystal.chance, due)),
        late=sum(was_late(one) for one in due),
    )


def open_at(one: Stay, moment: int) -> bool:
    """Tell whether a task was open at a moment."""
    return one.came <= moment and (one.went is None or one.went > moment)


def was_late(one: Stay) -> bool:
    """Tell whether a task whose deadline is over missed it."""
    return one.due is not None and (one.went is None or one.went > one.due)


class _View:
    """Chances, named."""

    def __init__(self, uow: UnitOfWork, ctx: Context, base: Ground, crystal: Crystal) -> None:
        self._uow, self._ctx, self._base, self._crystal = uow, ctx, base, crystal

    def rows(self, due: Iterable[Stay]) -> Iterator[Expected]:
        groups: dict[Key, list[Stay]] = {}
        for one in due:
            groups.setdefault(one.key, []).append(one)
        for key, found in groups.items():
            yield Expected(
                process=key[0],
                element=key[1],
                office=key[2],
                names=self._step(key),
                office_names=self._office(key),
                waiting=len(found),
                late=sum((one.due or 0) <= self._crystal.now for one in found),
                expected=sum(map(self._crystal.chance, found)),
            )

    def likely(self, due: Iterable[Stay]) -> Iterator[Likely]:
        chances = [
            (self._crystal.chance(one), one) for one in due if (one.due or 0) > self._crystal.now
        ]
        found = [pair for pair in chances if pair[0] >= LIKELY]
        found.sort(key=lambda pair: (-pair[0], pair[1].due or 0, pair[1].task))
        for likely, one in found[:NAMED]:
            yield Likely(
                task=one.task,
                instance=one.instance,
                business_key=one.business_key,
                names=self._step(one.key),
                office_names=self._office(one.key),
                due=datetime.fromtimestamp(one.due or 0, ZONE),
                chance=likely,
            )

    def _step(self, key: Key) -> Mapping[str, str]:
        found = self._base.elements(self._uow, self._ctx, key[0]).get(key[1])
        return found.names if found else {}

    def _office(self, key: Key) -> Mapping[str, str]:
        found = self._base.offices.get(key[2])
        return found.names if found else {}
