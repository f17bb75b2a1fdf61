"""The handler that asks for the people of a case."""

from datetime import timedelta

from pydantic import Field

from engine.handling import Call, handler
from handlers.people.facts import Difference, PersonFacts
from handlers.registries.asking import (
    RETRY,
    Query,
    Settled,
    attempt,
    compare,
    family,
    keep,
    settings_of,
    settled,
)
from handlers.registries.base import Outcome, RegistryFault, Reply
from handlers.registries.contract import message_id as label_of
from handlers.registries.gbd_fl.client import SYSTEM, Client, PersonFound


class PersonQuery(Query):
    """Whom to ask for."""

    #: Person id; empty: everybody of the case who has an IIN.
    person: str = ""


class PersonAnswer(Settled):
    """What the register said, without personal data."""

    #: Ids of those whom the register knows.
    known: list[str] = Field(default_factory=list)
    #: Whether the applicant (or the one asked for) has the status of kandas there.
    kandas: bool = False
    #: Whether the applicant (or the one asked for) has a registered residence.
    registered: bool = False


def differences(person: PersonFacts, found: PersonFound) -> list[Difference]:
    """Return what the register knows otherwise than the application, a death included."""
    there = {
        "surname": found.surname,
        "name": found.name,
        "patronymic": found.patronymic,
        "born": found.born.isoformat(),
        "sex": found.sex,
        "citizenship": found.citizenship,
    }
    dead = [Difference(person=person.id, field="alive", here="", there="dead")]
    return compare(person, there) + ([] if found.alive else dead)


class _Round:
    """Asks for person after person and gathers what the diagram is told."""

    def __init__(self, call: Call, client: Client, patience: int) -> None:
        self._call, self._client, self._patience = call, client, patience
        self.found: dict[str, PersonFound] = {}
        self.scans: list[str] = []
        self.differences: list[Difference] = []
        self.fault = ""

    def ask(self, person: PersonFacts) -> None:
        """Ask for one; after a fault the others are not asked, they need the scan too."""
        if self.fault or not person.iin:
            self.scans.append(f"identity:{person.id}")
            return
        label = label_of(f"{self._call.idempotency_key}/{person.id}")
        iin = person.iin
        reply = attempt(
            self._call, self._patience, lambda: self._client.person(iin, label, self._call.now)
        )
        if isinstance(reply, RegistryFault):
            self.fault = reply.outcome
            self._keep(person, reply.outcome, reply)
        elif reply.value is None:
            self._keep(person, Outcome.NOT_FOUND, reply)
        else:
            self._take(person, reply.value, reply)

    def _take(self, person: PersonFacts, found: PersonFound, reply: Reply[PersonFound]) -> None:
        told = differences(person, found)
        self.found[person.id] = found
        self.differences += told
        outcome = Outcome.MISMATCH if told else Outcome.FOUND
        keep(self._call, SYSTEM, outcome, reply.exchange, person.id, told)

    def _keep(
        self, person: PersonFacts, outcome: str, reply: Reply[PersonFound] | RegistryFault
    ) -> None:
        self.scans.append(f"identity:{person.id}")
        keep(self._call, SYSTEM, outcome, reply.exchange, person.id)


@handler("registries.gbd_fl.person", retry=RETRY, timeout=timedelta(seconds=45))
def person(query: PersonQuery, call: Call) -> PersonAnswer:
    """Ask the register of natural persons for the people of a case: identity, status, residence.

    K-6. Answers go to the log with what differs; see `handlers.registries.asking` for outcomes.
    """
    people = [member.person for member in family(call)]
    wanted = [found for found in people if query.person in {"", found.id}]
    asked = _Round(call, Client(settings_of(call)), query.patience)
    for one in wanted:
        asked.ask(one)
    first = asked.found.get(wanted[0].id) if wanted else None
    told = settled(asked.scans, asked.differences, asked.fault)
    return PersonAnswer(
        **told.model_dump(),
        known=list(asked.found),
        kandas=bool(first and first.kandas_number),
        registered=bool(first and first.address.region),
    )
