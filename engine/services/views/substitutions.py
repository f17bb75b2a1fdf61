"""Who works in whose place."""

from dataclasses import dataclass
from datetime import date, datetime

from engine.services.views.states import Names


@dataclass(frozen=True, kw_only=True)
class SubstitutionView:
    """A substitution that is in force or to come."""

    #: Substitution id.
    id: str
    #: Organisation code.
    organisation: str
    #: Names of the organisation, by language.
    organisation_names: Names
    #: Account id of who is away.
    absent: str
    #: Her name.
    absent_name: str
    #: Account id of who works in her place.
    substitute: str
    #: That person's name.
    substitute_name: str
    #: Role names; empty: every role that the absent person holds there.
    roles: tuple[str, ...]
    #: First local day.
    first: date
    #: Last local day, included.
    last: date
    #: Whether it is in force today.
    running: bool
    #: Whether her open tasks go to the substitute on the first day.
    hand_over: bool
    #: When it was set.
    set_at: datetime
    #: Name of who set it; empty: the installation itself.
    set_by: str


@dataclass(frozen=True, kw_only=True)
class Colleague:
    """Somebody of an organisation, as one chooses who is away and who substitutes."""

    #: Account id.
    account: str
    #: Name.
    name: str
    #: Role names there that a substitution can hand on.
    roles: tuple[str, ...]
    #: Open tasks on her desk that it would hand on.
    open: int
