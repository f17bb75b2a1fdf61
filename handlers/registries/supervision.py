"""One port for data on probation, with two adapters, off until their owner is named: S-4.8, B-06.

The order names the enforcement bodies' system for data that another service keeps. So there are two
adapters, `handlers.registries.enforcement` and `handlers.registries.probation`; the setting
``registries.probation_owner`` names which of them answers for the data. The other one, and both
while nobody is named, says ``off`` without a question, and the case goes on.

**What they say is for few to see.** Answers and faults go to the log as restricted
(`handlers.people.records.answers`), and the process learns only that there was an answer: that
somebody is under supervision is no process variable. Nobody under 14 is asked about (Criminal
Code, article 15).
"""

from abc import abstractmethod
from datetime import date, datetime, timedelta
from typing import Literal

from pydantic import BaseModel, Field

from engine.errors import ValueRefused
from engine.handling import Call
from engine.model.text import text
from handlers.people.facts import PersonFacts
from handlers.registries.asking import Query, age, attempt, family, keep, settings_of
from handlers.registries.base import Exchange, Outcome, RegistryFault, Reply, Settings
from handlers.registries.contract import JsonClient, Personal, message_id

#: The adapters, by the systems that they ask.
ADAPTERS = ("enforcement", "probation")
#: Age from which somebody can be under supervision.
ANSWERABLE = 14


class Supervision(Personal):
    """That a person is or was under supervision, whichever system says so."""

    #: First day.
    since: date
    #: Last day; None: without end yet.
    until: date | None = None
    #: Duties, in the system's own words.
    duties: list[str] = Field(default_factory=list)

    def lasts(self, day: date) -> bool:
        """Tell whether the person is under supervision on a day."""
        return self.since <= day and (self.until is None or day <= self.until)


class Client(JsonClient):
    """What the handlers need of an adapter."""

    @abstractmethod
    def supervision(self, iin: str, key: str, at: datetime) -> Reply[Supervision]:
        """Ask whether a person is under supervision; `at` is UTC."""


def owners(settings: Settings) -> tuple[str, ...]:
    """Return the adapters that may be asked; `ValueRefused` if the setting names another."""
    said = settings.text("probation_owner").split(",")
    named = tuple(one.strip() for one in said if one.strip())
    if unknown := [one for one in named if one not in ADAPTERS]:
        raise ValueRefused(
            text("registries.probation_owner names {name}, which is no system", name=unknown[0])
        )
    return named


class SupervisionAnswer(BaseModel):
    """Whether there was an answer. What it was stands only in the restricted log."""

    #: ``answered``, ``off``, ``not_asked``, or a fault's name.
    outcome: str
    #: ``scan`` after a fault: somebody has to find out some other way.
    source: Literal["system", "scan"] = "system"


def ask(query: Query, call: Call, client: Client) -> SupervisionAnswer:
    """Ask for everybody of the case who is old enough; nobody while the adapter is off."""
    if client.system not in owners(settings_of(call)):
        nothing = Exchange(request="", response="", took=timedelta())
        keep(call, client.system, Outcome.OFF, nothing, source="system")
        return SupervisionAnswer(outcome=Outcome.OFF)
    people = _answerable(call)
    for person in people:
        fault = _ask_about(person, query, call, client)
        if fault is not None:
            return SupervisionAnswer(outcome=fault.outcome, source="scan")
    return SupervisionAnswer(outcome=Outcome.ANSWERED if people else Outcome.NOT_ASKED)


def _answerable(call: Call) -> list[PersonFacts]:
    today = call.now.date()
    people = [one.person for one in family(call)]
    return [one for one in people if one.iin and one.born and age(one.born, today) >= ANSWERABLE]


def _ask_about(
    person: PersonFacts, query: Query, call: Call, client: Client
) -> RegistryFault | None:
    iin, key = person.iin or "", message_id(f"{call.idempotency_key}/{person.id}")
    reply = attempt(call, query.patience, lambda: client.supervision(iin, key, call.now))
    fault = reply if isinstance(reply, RegistryFault) else None
    if isinstance(reply, RegistryFault):
        outcome = reply.outcome
    else:
        outcome = Outcome.NOT_FOUND if reply.value is None else Outcome.FOUND
    source = "scan" if fault else "system"
    keep(call, client.system, outcome, reply.exchange, person.id, source=source, restricted=True)
    return fault
