"""Guardianship («Е-қамқоршылық» АЖ): children under guardianship of the applicant, K-6.

No interface is published: the JSON contract of `handlers.registries.contract`, service ``wards``.
"""

from collections.abc import Sequence
from datetime import date, datetime

from pydantic import Field

from engine.handling import Call, handler
from handlers.people.facts import Difference, MemberFacts
from handlers.people.iin import masked
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

SYSTEM = "guardianship"


class Ward(Wire):
    """A child under guardianship."""

    #: IIN of the child.
    iin: str
    #: Number of the decision.
    number: str
    #: Date of the decision.
    on: date


class Wards(Personal):
    """What the system knows of a guardian."""

    #: The children.
    wards: list[Ward]


class Client(JsonClient):
    """The system by the JSON contract."""

    system = SYSTEM

    def wards(self, iin: str, key: str, at: datetime) -> Reply[Wards]:
        """Ask for a guardian's wards; `at` is UTC."""
        return self._ask_about(Personal(iin=iin), Wards, service="wards", key=key, at=at)


class WardsQuery(Query):
    """Whose guardianship the application claims."""

    #: Ids of the members whom the application calls wards; empty: not said.
    claimed: list[str] = Field(default_factory=list)


class WardsAnswer(Settled):
    """What the system said, without personal data."""

    #: Ids of the people of the case who are the applicant's wards.
    wards: list[str] = Field(default_factory=list)


def judge(
    people: Sequence[MemberFacts], wards: Sequence[Ward]
) -> tuple[list[str], list[Difference]]:
    """Return who of the family is a ward, and the wards that the application leaves out."""
    known = {ward.iin for ward in wards}
    inside = [one.person.id for one in people if one.person.iin in known]
    outside = known - {one.person.iin for one in people}
    return inside, [
        Difference(person="", field="ward", here="", there=masked(iin)) for iin in sorted(outside)
    ]


@handler("registries.guardianship.wards", retry=RETRY)
def wards(query: WardsQuery, call: Call) -> WardsAnswer:
    """Ask which children are under the applicant's guardianship.

    K-6. "None" is an answer too (``not_found``, source ``system``). ``scans`` then says
    ``guardianship``: whoever claims a ward attaches the decision. With ``claimed`` it names exactly
    those whom the system does not know: ``guardianship:<person id>``.
    """
    people = family(call)
    applicant = people[0].person
    if not applicant.iin:
        return WardsAnswer(outcome="not_asked", source="scan", scans=["guardianship"])
    iin = applicant.iin
    reply = attempt(
        call,
        query.patience,
        lambda: Client(settings_of(call)).wards(iin, call.idempotency_key, call.now),
    )
    if isinstance(reply, RegistryFault):
        keep(call, SYSTEM, reply.outcome, reply.exchange, applicant.id)
        told = settled(["guardianship"], (), reply.outcome)
        return WardsAnswer(**told.model_dump())
    inside, left_out = judge(people, reply.value.wards if reply.value else [])
    scans = [f"guardianship:{one}" for one in query.claimed if one not in inside]
    if not (query.claimed or inside or left_out):
        scans = ["guardianship"]
    told = settled(scans, left_out, "" if inside or left_out else "not_found")
    source = "scan" if query.claimed and scans else "system"
    told = told.model_copy(update={"source": source})
    keep(call, SYSTEM, told.outcome, reply.exchange, applicant.id, left_out, source)
    return WardsAnswer(**told.model_dump(), wards=inside)
