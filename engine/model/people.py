"""Who acts: accounts, the organisations they work for and the roles they hold there."""

from dataclasses import dataclass, field
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
    #: Roles held, each at an organisation.
    memberships: frozenset[Candidate] = field(default_factory=frozenset)
    #: Language of the person: one of `LANGUAGES`.
    language: str = "kk"

    def holds(self, role: str) -> bool:
        """Tell whether the actor has this role at any organisation."""
        return any(held.role == role for held in self.memberships)

    def organisations(self, role: str) -> frozenset[str]:
        """Return the codes of the organisations at which the actor has this role."""
        return frozenset(held.organisation for held in self.memberships if held.role == role)


#: Author of what the engine does by itself.
SYSTEM = Actor(kind=ActorKind.SYSTEM, name="system")
