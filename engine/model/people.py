"""Who acts: accounts, the organisations they work for and the roles they hold there."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum

#: Languages of the product, the default first.
LANGUAGES = ("kk", "ru", "en")

#: Role that may inspect every instance and administer the installation.
ADMIN = "admin"
#: Role that may edit diagrams, forms and tables.
ANALYST = "analyst"
#: Suffix-free role of the head of an organisation: sees its work, assigns and takes back.
SUPERVISOR = "supervisor"


@dataclass(frozen=True, order=True)
class Candidate:
    """A role at an organisation: who may claim a task. Written ``role@organisation``."""

    #: Role name, e.g. ``mobility_head``.
    role: str
    #: Organisation code, e.g. ``mc.10``.
    organisation: str

    def __str__(self) -> str:
        """Return the notation of `camunda:candidateGroups`."""
        return f"{self.role}@{self.organisation}"

    @classmethod
    def parse(cls, text: str) -> "Candidate":
        """Read ``role@organisation``; `ValueError` if either half is missing."""
        role, at, organisation = text.strip().partition("@")
        if not (role and at and organisation):
            raise ValueError(text)
        return cls(role, organisation)


@dataclass(frozen=True, order=True)
class StandIn:
    """A role that is another person's, held in her place while she is away."""

    #: The role.
    candidate: Candidate
    #: Name of who is away.
    name: str
    #: Her account id.
    account: str
    #: Last local day.
    until: date


class ActorKind(Enum):
    """What kind of author a change has (law 8)."""

    PERSON = "person"
    TIMER = "timer"
    HANDLER = "handler"
    SYSTEM = "system"


@dataclass(frozen=True, kw_only=True)
class Actor:
    """The author of an act. Every service that changes something receives one."""

    #: Person, timer, handler or the system itself.
    kind: ActorKind = ActorKind.PERSON
    #: Account id of a person, else empty.
    account: str = ""
    #: Name to show: the person's, the handler's topic, the timer's element.
    name: str = ""
    #: Roles held, each at an organisation: her own, and those of people she substitutes.
    memberships: frozenset[Candidate] = field(default_factory=frozenset)
    #: Language of the person: one of `LANGUAGES`.
    language: str = "kk"
    #: Whose roles the ones are that are not her own.
    standing_in: frozenset[StandIn] = field(default_factory=frozenset)
    #: In whose place this act is done; None: in nobody's. See `acting_for`.
    in_place_of: StandIn | None = None

    def holds(self, role: str) -> bool:
        """Tell whether the actor has this role at any organisation."""
        return any(held.role == role for held in self.memberships)

    def organisations(self, role: str) -> frozenset[str]:
        """Return the codes of the organisations at which the actor has this role."""
        return frozenset(held.organisation for held in self.memberships if held.role == role)

    @property
    def own(self) -> frozenset[Candidate]:
        """Return the roles that are the actor's own."""
        return self.memberships - {one.candidate for one in self.standing_in}

    def acting_for(self, candidates: Iterable[Candidate]) -> "Actor":
        """Return the actor as author of an act on work of these roles.

        Who holds one of them herself acts for herself. Otherwise the first one that is held in
        somebody's place says in whose.
        """
        asked = list(candidates)
        if not self.standing_in or not self.own.isdisjoint(asked):
            return self
        for wanted in asked:
            places = sorted(one for one in self.standing_in if one.candidate == wanted)
            if places:
                return replace(self, in_place_of=places[0])
        return self

    def on(self, day: date) -> "Actor":
        """Return the actor without the places that were over before a local day.

        Whoever was loaded a moment before midnight acts a moment after it.
        """
        kept = frozenset(one for one in self.standing_in if one.until >= day)
        if kept == self.standing_in:
            return self
        held = self.own | {one.candidate for one in kept}
        return replace(self, memberships=held, standing_in=kept)


#: Author of what the engine does by itself.
SYSTEM = Actor(kind=ActorKind.SYSTEM, name="system")
