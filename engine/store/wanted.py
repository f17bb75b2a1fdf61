"""What administrators look for: which cases, and conditions on their variables."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum


class Sort(Enum):
    """Order of a list of cases."""

    NEWEST = "newest"
    #: The most urgent first; only cases with open tasks have a deadline.
    DEADLINE = "deadline"


@dataclass(frozen=True, kw_only=True)
class Compare:
    """A searchable variable is of a kind, and its value compares so with another."""

    #: Name of the variable.
    name: str
    #: Column: words | number | moment.
    column: str
    #: text | number | boolean | date | moment.
    kind: str
    #: One of ``= != < <= > >=``.
    operator: str
    #: As the column holds it.
    value: str | float | datetime
    #: Whether it must not be so: no value, one of another kind, or one that compares otherwise.
    never: bool = False


@dataclass(frozen=True, kw_only=True)
class There:
    """A searchable variable has a value, or has none."""

    #: Name of the variable.
    name: str
    #: Whether it has one.
    there: bool


@dataclass(frozen=True, kw_only=True)
class Of:
    """A case is of one of these versions."""

    #: Ids of definitions.
    versions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class All:
    """Every part holds; without parts it always does."""

    #: Conditions.
    parts: tuple["Condition", ...] = ()


@dataclass(frozen=True, kw_only=True)
class Any:
    """One of the parts holds; without parts it never does."""

    #: Conditions.
    parts: tuple["Condition", ...] = ()


Condition = Compare | There | Of | All | Any


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a list of cases is narrowed to; several values of one field mean any of them."""

    #: How the case number begins.
    numbers: tuple[str, ...] = ()
    #: Whole case numbers.
    keys: tuple[str, ...] = ()
    #: Case numbers that a person leads to; None: nobody was asked for.
    person: frozenset[str] | None = None
    #: Keys of processes.
    processes: tuple[str, ...] = ()
    #: Ids of versions.
    versions: tuple[str, ...] = ()
    #: active | suspended | completed | failed | cancelled.
    statuses: tuple[str, ...] = ()
    #: Elements at which they stand now: an open task, a job, a wait.
    elements: tuple[str, ...] = ()
    #: Codes of the offices with an open task; None: any.
    offices: frozenset[str] | None = None
    #: Account ids of who has an open task.
    people: tuple[str, ...] = ()
    #: Moments, from the first, until before the second.
    started: tuple[datetime | None, datetime | None] = (None, None)
    ended: tuple[datetime | None, datetime | None] = (None, None)
    #: Of the deadline of an open task.
    due: tuple[datetime | None, datetime | None] = (None, None)
    #: Whether there is an open incident.
    incident: bool = False
    #: What its message contains.
    message: str = ""
    #: Whether cases that other cases called are listed, too.
    called: bool = False
    #: On searchable variables.
    variables: Condition = field(default_factory=All)
    #: Order.
    sort: Sort = Sort.NEWEST

    @property
    def fields(self) -> frozenset[str]:
        """Return the names of the fields that narrow the list."""
        usual = Wanted()
        return frozenset(
            name
            for name in self.__dataclass_fields__
            if name not in {"called", "sort"} and getattr(self, name) != getattr(usual, name)
        )

    def without(self, fields: Collection[str]) -> "Wanted":
        """Return what is left to ask for when some fields are known to fit."""
        usual = Wanted()
        return replace(self, **{name: getattr(usual, name) for name in self.fields & set(fields)})

    @property
    def work(self) -> bool:
        """Tell whether an open task is asked for, not only a place in the diagram."""
        narrowed = self.offices is not None or bool(self.people) or self.due != (None, None)
        return narrowed or self.sort is Sort.DEADLINE
