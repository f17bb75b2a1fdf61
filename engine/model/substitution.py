"""Substitution: who does another's work while she is away, from one local day to another.

A substitution is for whole local days (Asia/Almaty), both ends included. It begins and ends by
itself with the calendar day; a person may end it earlier, and then it ends at once.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from engine.model.calendar import ZONE
from engine.model.people import ADMIN, ANALYST, Candidate

#: Longest substitution, in days, both ends counted: a year, a leap year's day included.
LONGEST = 366
#: Roles that reach beyond an organisation. No head can hand them on: they are an administrator's
#: to give, and a head who could name her own substitute for one would make herself administrator.
BEYOND = frozenset({ADMIN, ANALYST})


def local_day(moment: datetime) -> date:
    """Return the local date of a moment."""
    return moment.astimezone(ZONE).date()


def begins(day: date) -> datetime:
    """Return the moment (UTC) at which a local day begins."""
    return datetime.combine(day, time(), ZONE).astimezone(UTC)


def passes(roles: Collection[str], role: str) -> bool:
    """Tell whether a substitution for these roles (none: for all) hands on a role."""
    return role not in BEYOND and (not roles or role in roles)


@dataclass(frozen=True, kw_only=True)
class Term:
    """From one local day to another, both included."""

    #: First local day.
    first: date
    #: Last local day.
    last: date

    @property
    def days(self) -> int:
        """Return how many days it has; none or fewer if it ends before it begins."""
        return (self.last - self.first).days + 1

    @property
    def over(self) -> datetime:
        """Return the moment (UTC) at which it is over: midnight after the last day."""
        return begins(self.last + timedelta(days=1))

    def covers(self, day: date) -> bool:
        """Tell whether it is in force on a local day."""
        return self.first <= day <= self.last

    def meets(self, other: "Term") -> bool:
        """Tell whether the two share a day."""
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True, kw_only=True)
class Handed:
    """What a substitution hands on."""

    #: Organisation code.
    organisation: str
    #: Role names; none: every role that the absent person holds there.
    roles: tuple[str, ...] = ()

    def of(self, held: Collection[Candidate]) -> frozenset[Candidate]:
        """Return which of an absent person's own roles are handed on."""
        return frozenset(
            one
            for one in held
            if one.organisation == self.organisation and passes(self.roles, one.role)
        )

    def meets(self, other: "Handed") -> bool:
        """Tell whether the two hand on the same role of the same person."""
        if self.organisation != other.organisation:
            return False
        return not self.roles or not other.roles or not set(self.roles).isdisjoint(other.roles)
