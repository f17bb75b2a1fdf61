"""The Supreme Court's system («Жоғарғы Сот» АЖ): decisions on adoption, K-6.

No interface is published: the JSON contract of `handlers.registries.contract`, service
``adoptions``.
"""

from collections.abc import Sequence
from datetime import date, datetime

from pydantic import Field

from engine.handling import Call, handler
from handlers.people.facts import PersonFacts, Relationship
from handlers.registries.asking import (
    RETRY,
    Query,
    Settled,
    attempt,
    family,
    keep,
    settings_of,
    settled,
)
from handlers.registries.base import RegistryFault, Reply
from handlers.registries.contract import JsonClient, Personal, Wire

SYSTEM = "supreme_court"


class AdoptionsRequest(Personal):
    """Whose adoptions are wanted: the adopter's."""

    #: IINs of the children.
    children: list[str]


class Decision(Wire):
    """A court's decision on adoption."""

    #: IIN of the child.
    child: str
    #: Number of the case.
    number: str
    #: Date of the decision.
    on: date
    #: Name of the court.
    court: str


class Adoptions(Personal):
    """What the courts decided about an adopter."""

    #: The decisions in force.
    decisions: list[Decision]


class Client(JsonClient):
    """The system by the JSON contract."""

    system = SYSTEM

    def adoptions(
        self, iin: str, children: Sequence[str], key: str, at: datetime
    ) -> Reply[Adoptions]:
        """Ask for the decisions on children; `at` is UTC."""
        asked = AdoptionsRequest(iin=iin, children=list(children))
        return self._ask_about(asked, Adoptions, service="adoptions", key=key, at=at)


class AdoptionsAnswer(Settled):
    """What the courts said, without personal data."""

    #: Ids of the children whose adoption is decided.
    decided: list[str] = Field(default_factory=list)


def _scans(children: Sequence[PersonFacts]) -> list[str]:
    return [f"adoption:{child.id}" for child in children]


@handler("registries.supreme_court.adoptions", retry=RETRY)
def adoptions(query: Query, call: Call) -> AdoptionsAnswer:
    """Ask for the court's decision on each adopted child of the application.

    K-6. Without an adopted child nobody is asked (``not_asked``).
    """
    people = family(call)
    applicant = people[0].person
    children = [one.person for one in people if one.relationship is Relationship.ADOPTED_CHILD]
    if not children:
        return AdoptionsAnswer(outcome="not_asked", source="system")
    iins = [child.iin for child in children if child.iin]
    reply = attempt(
        call,
        query.patience,
        lambda: Client(settings_of(call)).adoptions(
            applicant.iin or "", iins, call.idempotency_key, call.now
        ),
    )
    if isinstance(reply, RegistryFault):
        keep(call, SYSTEM, reply.outcome, reply.exchange, applicant.id)
        return AdoptionsAnswer(**settled(_scans(children), (), reply.outcome).model_dump())
    known = {found.child for found in reply.value.decisions} if reply.value else set()
    told = settled(_scans([child for child in children if child.iin not in known]), ())
    keep(call, SYSTEM, told.outcome, reply.exchange, applicant.id)
    decided = [child.id for child in children if child.iin in known]
    return AdoptionsAnswer(**told.model_dump(), decided=decided)
