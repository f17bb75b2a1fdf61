"""What the administrators' list of cases is asked for: as an address says it, and as it is meant.

=============  =====================================================================================
``number``     how the case number begins; several
``key``        a whole case number; several
``person``     name or IIN, sealed (`engine.services.search`)
``process``    key; several
``version``    id of a definition; several
``status``     active, suspended, completed, failed, cancelled; several
``element``    id of an element at which it stands now: an open task, a job, a wait; several
``office``     code of an office with an open task; several
``region``     of such an office; several
``who``        login of who has an open task; several
``started-from``, ``started-to``, ``ended-…``, ``due-…``: local days, both included
``late``       ``1``: an open task is past its deadline
``incident``   ``1``: an incident is open
``message``    part of what an open incident says
``called``     ``1``: cases that other cases called are listed, too
``where``      a condition over searchable variables, in FEEL
``sort``       newest or deadline
=============  =====================================================================================
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from engine.errors import FormRefused, ValueRefused
from engine.model.people import Actor
from engine.model.substitution import begins
from engine.model.text import Text, text
from engine.services import search
from engine.services.cockpit import conditions, declared
from engine.services.context import Context, UnitOfWork
from engine.store.tables.instances import STATUSES
from engine.store.wanted import All, Condition, Sort, Wanted

#: Fields that may stand in an address more than once.
SEVERAL = (
    "number",
    "key",
    "process",
    "version",
    "status",
    "element",
    "office",
    "region",
    "who",
)
#: Days, both included: fields ``…-from`` and ``…-to``.
DAYS = ("started", "ended", "due")
FLAGS = ("late", "incident", "called")
#: Values of one field, and characters of one value.
_MOST, _LONG = 50, 500
_WRONG = text("The list cannot be narrowed like that")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A list's address, read but not yet understood."""

    #: Values by field: one for each time that it stands there.
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def all(self, name: str) -> tuple[str, ...]:
        """Return the values of a field."""
        return self.fields.get(name, ())

    def one(self, name: str) -> str:
        """Return the first value of a field, empty if it has none."""
        return next(iter(self.all(name)), "")

    @property
    def narrowed(self) -> bool:
        """Tell whether any field narrows the list."""
        return any(name not in {"sort", "called"} for name in self.fields)

    @property
    def sort(self) -> Sort:
        """Return the order; who asks for deadlines sees the most urgent first."""
        urgent = any(name in self.fields for name in ("late", "due-from", "due-to"))
        if self.one("sort") in {one.value for one in Sort}:
            return Sort(self.one("sort"))
        return Sort.DEADLINE if urgent else Sort.NEWEST

    def pairs(self) -> list[tuple[str, str]]:
        """Return what an address says, in the order of the fields."""
        return [(name, value) for name in FIELDS for value in self.all(name)]


FIELDS = (
    "number",
    "key",
    "person",
    "process",
    "version",
    "status",
    "element",
    "office",
    "region",
    "who",
    *(f"{name}-{end}" for name in DAYS for end in ("from", "to")),
    *FLAGS,
    "message",
    "where",
    "sort",
)


def read(said: Mapping[str, Sequence[str]]) -> Asked:
    """Read an address; fields that nobody knows are left out."""
    found: dict[str, tuple[str, ...]] = {}
    for name in FIELDS:
        most = _MOST if name in SEVERAL else 1
        values = [one.strip()[:_LONG] for one in said.get(name, ()) if one.strip()]
        if values:
            found[name] = tuple(dict.fromkeys(values))[:most]
    return Asked(fields=found)


def read_query(query: Mapping[str, str]) -> Asked:
    """Read a selection's query: several values of a field have commas between them."""
    return read(
        {name: value.split(",") if name in SEVERAL else [value] for name, value in query.items()}
    )


def understood(uow: UnitOfWork, ctx: Context, actor: Actor, asked: Asked) -> Wanted:
    """Return what an address means; `FormRefused` names the fields that cannot be read."""
    return _Understanding(uow, ctx, actor, asked).wanted()


class _Understanding:
    """Reads the fields of one address and notes what is wrong with them."""

    def __init__(self, uow: UnitOfWork, ctx: Context, actor: Actor, asked: Asked) -> None:
        """Take the address."""
        self._uow, self._ctx, self._actor, self._asked = uow, ctx, actor, asked
        self._errors: dict[str, tuple[Text, ...]] = {}

    def wanted(self) -> Wanted:
        """Return what is meant."""
        asked = self._asked
        found = Wanted(
            numbers=asked.all("number"),
            keys=asked.all("key"),
            person=self._person(),
            processes=asked.all("process"),
            versions=asked.all("version"),
            statuses=self._statuses(),
            elements=asked.all("element"),
            offices=self._offices(),
            people=self._people(),
            started=self._days("started"),
            ended=self._days("ended"),
            due=self._due(),
            incident=bool(asked.one("incident")),
            message=asked.one("message"),
            called=bool(asked.one("called")),
            variables=self._condition(),
            sort=asked.sort,
        )
        if self._errors:
            raise FormRefused(_WRONG, self._errors)
        return found

    def _refuse(self, name: str, said: Text) -> None:
        self._errors[name] = (*self._errors.get(name, ()), said)

    def _person(self) -> frozenset[str] | None:
        said = self._asked.one("person")
        if not said:
            return None
        words = search.opened(self._uow, said)
        return frozenset(search.keys_of(self._uow, self._ctx, self._actor, words))

    def _statuses(self) -> tuple[str, ...]:
        found = self._asked.all("status")
        if set(found) - set(STATUSES):
            self._refuse("status", text("There is no such state"))
        return found

    def _offices(self) -> frozenset[str] | None:
        offices, regions = self._asked.all("office"), self._asked.all("region")
        if not offices and not regions:
            return None
        there = frozenset(
            one.code for one in self._uow.organisations.all() if one.region in regions
        )
        chosen = frozenset(offices)
        return (chosen & there if regions else chosen) if offices else there

    def _people(self) -> tuple[str, ...]:
        found = []
        for login in self._asked.all("who"):
            row = self._uow.accounts.by_login(login)
            if row is None:
                self._refuse("who", text("Nobody here has the login {login}", login=login))
            else:
                found.append(row.id)
        return tuple(found)

    def _days(self, name: str) -> tuple[datetime | None, datetime | None]:
        since, until = (self._day(f"{name}-{end}") for end in ("from", "to"))
        if since and until and since > until:
            self._refuse(f"{name}-to", text("The last day is before the first one"))
        return _midnight(since), _midnight(until + timedelta(days=1) if until else None)

    def _day(self, name: str) -> date | None:
        said = self._asked.one(name)
        if not said:
            return None
        for pattern in ("%Y-%m-%d", "%d.%m.%Y"):
            try:
                found = datetime.strptime(said, pattern).date()  # noqa: DTZ007  (a day has no zone)
            except ValueError:
                continue
            if 2000 <= found.year <= 2100:
                return found
        self._refuse(name, text("Write the day like 25.11.2026"))
        return None

    def _due(self) -> tuple[datetime | None, datetime | None]:
        since, until = self._days("due")
        if self._asked.one("late"):
            now = self._ctx.now()
            until = min(until, now) if until else now
        return since, until

    def _condition(self) -> Condition:
        try:
            found = conditions.read(self._asked.one("where"))
        except ValueRefused as problem:
            self._refuse("where", problem.text)
            return All()
        return declared.narrowed(self._uow, self._ctx, found)


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else begins(day)


def without(asked: Asked, name: str, value: str) -> Asked:
    """Return an address without one of its values: what a chip's cross leads to."""
    left: dict[str, Any] = {**asked.fields}
    left[name] = tuple(one for one in asked.all(name) if one != value)
    return replace(asked, fields={key: found for key, found in left.items() if found})


def chips(asked: Asked) -> Iterator[tuple[str, str]]:
    """Yield what narrows the list, field and value."""
    yield from ((name, value) for name, value in asked.pairs() if name != "sort")
