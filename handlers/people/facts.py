"""What is known of people, as plain data that outlives a database session."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

#: Citizenship codes (ISO 3166-1 alpha-3; ``XXX``: stateless) that the forms offer.
KAZAKHSTAN, STATELESS = "KAZ", "XXX"


class Relationship(Enum):
    """What a member is to the applicant: annex 2 of order 170, items 1–4; order 74 has more."""

    APPLICANT = "applicant"
    SPOUSE = "spouse"
    PARENT = "parent"
    SPOUSE_PARENT = "spouse_parent"
    CHILD = "child"
    ADOPTED_CHILD = "adopted_child"
    CHILD_FAMILY = "child_family"
    SIBLING = "sibling"
    #: Child in somebody's care, and who has the care: only order 74 asks for them.
    WARD = "ward"
    GUARDIAN = "guardian"
    OTHER_RELATIVE = "other_relative"


#: The four groups of annex 2 in its order, with the relationships that each takes.
ANNEX_2 = (
    (Relationship.SPOUSE,),
    (Relationship.PARENT, Relationship.SPOUSE_PARENT),
    (Relationship.CHILD, Relationship.ADOPTED_CHILD, Relationship.CHILD_FAMILY),
    (Relationship.SIBLING,),
)


@dataclass(frozen=True, kw_only=True)
class PersonFacts:
    """A person as the registries and forms see one."""

    #: Person id.
    id: str
    #: Surname.
    surname: str
    #: Given name.
    name: str
    #: Patronymic; empty if there is none.
    patronymic: str = ""
    #: IIN; None until it is issued.
    iin: str | None = None
    #: Date of birth.
    born: date | None = None
    #: ``male``, ``female`` or empty.
    sex: str = ""
    #: Citizenship, ISO 3166-1 alpha-3.
    citizenship: str = ""
    #: Number of the foreign document, until an IIN is issued.
    document: str = ""
    #: Education, one of the form's options.
    education: str = ""

    @property
    def full_name(self) -> str:
        """Return surname, name and patronymic."""
        return " ".join(part for part in (self.surname, self.name, self.patronymic) if part)


@dataclass(frozen=True, kw_only=True)
class MemberFacts:
    """A person's place in a family."""

    #: The person.
    person: PersonFacts
    #: What the person is to the applicant.
    relationship: Relationship


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that a registry knows otherwise than the application."""

    #: Person id; empty: the family as a whole.
    person: str
    #: Field, e.g. ``born``.
    field: str
    #: As in the application.
    here: str
    #: As in the registry.
    there: str


@dataclass(frozen=True, kw_only=True)
class AnswerFacts:
    """A registry's answer as it is shown: what differs, from where, when."""

    #: Answer id.
    id: str
    #: System, e.g. ``gbd_fl``.
    system: str
    #: Person id; empty: about the family.
    person: str
    #: ``found``, ``not_found``, ``mismatch`` or ``unavailable``.
    outcome: str
    #: ``system`` or ``sandbox``: who answered.
    source: str
    #: What the registry knows otherwise.
    differences: tuple[Difference, ...]
    #: When it was asked (UTC).
    asked: datetime
    #: When it answered (UTC).
    answered: datetime
