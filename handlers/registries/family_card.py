"""The digital family card (Отбасының цифрлық картасы, ОЦК): close relatives, K-9.

No interface is published: the JSON contract of `handlers.registries.contract`, service
``relatives``. What order 74 wants of the card is in `handlers.registries.wellbeing`.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Literal

from engine.handling import Call, handler
from handlers.people.facts import Difference, MemberFacts
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
from handlers.registries.contract import JsonClient, Personal

SYSTEM = "family_card"
#: Relations that K-9 asks for.
CLOSE = frozenset({"parent", "child"})
#: What a relative is to the applicant.
Relation = Literal["spouse", "parent", "child", "sibling", "ward"]


class Relative(Personal):
    """A close relative whom the card knows."""

    #: Surname.
    surname: str
    #: Given name.
    name: str
    #: Patronymic.
    patronymic: str = ""
    #: Date of birth.
    born: date
    #: What the relative is to the applicant.
    relation: Relation


class Card(Personal):
    """A family as the card knows it: the applicant's."""

    #: Everybody related to the applicant.
    relatives: list[Relative]


class Client(JsonClient):
    """The card by the JSON contract."""

    system = SYSTEM

    def relatives(self, iin: str, key: str, at: datetime) -> Reply[Card]:
        """Ask for a person's close relatives; `at` is UTC."""
        return self._ask_about(Personal(iin=iin), Card, service="relatives", key=key, at=at)


class RelativesAnswer(Settled):
    """What the card said, without personal data."""

    #: Parents and children whom the card knows and the application does not name.
    others: int = 0
    #: Of them parents.
    parents: int = 0
    #: Of them children.
    children: int = 0


def judge(
    people: Sequence[MemberFacts], card: Card, relations: Collection[str] = CLOSE
) -> tuple[list[Relative], list[Difference]]:
    """Return relatives outside the application, and these and whom the card does not know."""
    named = {one.person.iin for one in people}
    outside = [one for one in card.relatives if one.iin not in named and one.relation in relations]
    known = {one.iin for one in card.relatives} | {card.iin}
    told = [
        Difference(person="", field=f"relative.{one.relation}", here="", there=_said(one))
        for one in outside
    ]
    told += [
        Difference(
            person=one.person.id, field="relationship", here=one.relationship.value, there=""
        )
        for one in people
        if one.person.iin not in known
    ]
    return outside, told


def _said(one: Relative) -> str:
    name = " ".join(part for part in (one.surname, one.name, one.patronymic) if part)
    return f"{name}, {one.born:%d.%m.%Y}"


@handler("registries.family_card.relatives", retry=RETRY)
def relatives(query: Query, call: Call) -> RelativesAnswer:
    """Ask the family card for the applicant's other close relatives: parents and children.

    K-9. Their names go to the log of answers, their number to the diagram.
    """
    people = family(call)
    applicant = people[0].person
    reply = attempt(
        call,
        query.patience,
        lambda: Client(settings_of(call)).relatives(
            applicant.iin or "", call.idempotency_key, call.now
        ),
    )
    if isinstance(reply, RegistryFault):
        keep(call, SYSTEM, reply.outcome, reply.exchange, applicant.id)
        return RelativesAnswer(**settled([], (), reply.outcome).model_dump())
    if reply.value is None:
        keep(call, SYSTEM, "not_found", reply.exchange, applicant.id)
        return RelativesAnswer(**settled([], (), "not_found").model_dump())
    outside, told = judge(people, reply.value)
    answer = settled([], told)
    keep(call, SYSTEM, answer.outcome, reply.exchange, applicant.id, told)
    kinds = [one.relation for one in outside]
    return RelativesAnswer(
        **answer.model_dump(),
        others=len(outside),
        parents=kinds.count("parent"),
        children=kinds.count("child"),
    )
