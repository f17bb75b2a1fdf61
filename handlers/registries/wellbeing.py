"""The digital family card (ОЦК) under order 74: a family's situation, its plan, changes of status.

S-2, S-4.8, S-12, S-13. No interface is published: the JSON contract of
`handlers.registries.contract`, services ``situation``, ``plan-completed`` and ``statuses``. Levels
of well-being are the card's five groups, from ``A`` (well off) to ``E`` (in crisis).
How people's statuses changed is counted in `handlers.registries.changes`, and the card also speaks
first: `handlers.registries.signals`.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal, get_args

from pydantic import Field

from engine.handling import Call, handler
from handlers.registries.asking import (
    INSIST,
    RETRY,
    Command,
    Delivered,
    Query,
    Settled,
    attempt,
    family,
    keep,
    settings_of,
    settled,
)
from handlers.registries.base import Outcome, RegistryFault, Reply
from handlers.registries.contract import JsonClient, Personal, Wire
from handlers.registries.family_card import SYSTEM, Card, Relation, judge

Level = Literal["A", "B", "C", "D", "E"]
#: A word of the card for a social status, e.g. ``unemployed``.
Status = Annotated[str, Field(pattern=r"^[a-z_]{2,40}$")]
#: How a plan can end (S-12, B-12).
Result = Literal["full", "exceptions"]
#: Most people in one question about statuses.
BATCH = 200


class Situation(Card):
    """How a family stands by the card: `relatives` is its composition."""

    #: Level of well-being.
    level: Level
    #: Social statuses of the applicant.
    statuses: list[Status]
    #: Day on which the card determined level and statuses.
    determined_on: date


class Completion(Personal):
    """That a plan was completed."""

    #: Plan number.
    plan_number: str
    #: Day of completion.
    completed_on: date
    #: In full, or closed with exceptions.
    result: Result


class Noted(Personal):
    """The card's receipt."""

    #: When it was accepted.
    accepted_at: datetime


class StatusesRequest(Wire):
    """Whose statuses on which days."""

    #: IINs.
    iins: list[str]
    #: Days.
    days: list[date]


class Standing(Personal):
    """How a person stood on a day."""

    #: The day that was asked about.
    day: date
    #: Level of well-being of the family.
    level: Level
    #: Social statuses.
    statuses: list[Status]
    #: Day on which the card determined them.
    determined_on: date


class Statuses(Wire):
    """How people stood; whom the card does not know on a day is left out."""

    #: IINs of the question, as the card understood it.
    iins: list[str]
    #: A standing for each person and day known.
    standings: list[Standing]


class Client(JsonClient):
    """The card by the JSON contract."""

    system = SYSTEM

    def situation(self, iin: str, key: str, at: datetime) -> Reply[Situation]:
        """Ask how a person's family stands; `at` is UTC."""
        return self._ask_about(Personal(iin=iin), Situation, service="situation", key=key, at=at)

    def plan_completed(self, told: Completion, key: str, at: datetime) -> Reply[Noted]:
        """Tell that a plan was completed, once per key; `at` is UTC."""
        return self._ask_about(told, Noted, service="plan-completed", key=key, at=at)

    def statuses(
        self, iins: Sequence[str], days: Sequence[date], key: str, at: datetime
    ) -> Reply[Statuses]:
        """Ask how people stood on some days, `BATCH` people at most; `at` is UTC."""
        wanted = StatusesRequest(iins=list(iins), days=list(days))
        reply = self._ask(wanted, Statuses, service="statuses", key=key, at=at)
        if reply.value is not None:
            about = {one.iin for one in reply.value.standings}
            on = {one.day for one in reply.value.standings}
            if reply.value.iins != wanted.iins or not (about <= set(iins) and on <= set(days)):
                raise RegistryFault(Outcome.OTHER_PERSON, reply.exchange)
        return reply


class SituationAnswer(Settled):
    """How the question ended; level and statuses are in the log of answers."""


@handler("registries.family_card.situation", retry=RETRY)
def situation(query: Query, call: Call) -> SituationAnswer:
    """Ask the family card how the applicant's family stands: level, social status, composition.

    S-2, S-4.8. Who lives there and is not in the case, and the other way round, goes to the log of
    answers as a difference.
    """
    people = family(call)
    applicant = people[0].person
    if not applicant.iin:
        return SituationAnswer(outcome=Outcome.NOT_ASKED, source="scan")
    iin, client = applicant.iin, Client(settings_of(call))
    reply = attempt(
        call, query.patience, lambda: client.situation(iin, call.idempotency_key, call.now)
    )
    known = None if isinstance(reply, RegistryFault) else reply.value
    fault = reply.outcome if isinstance(reply, RegistryFault) else Outcome.NOT_FOUND
    differences = judge(people, known, get_args(Relation))[1] if known else []
    answer = settled([], differences, "" if known else fault)
    keep(call, SYSTEM, answer.outcome, reply.exchange, applicant.id, differences)
    return SituationAnswer(**answer.model_dump())


class CompletionCommand(Command):
    """When and how the plan ended."""

    #: Day of completion.
    completed_on: date
    #: In full, or closed with exceptions (B-12).
    result: Result


class CompletionResult(Delivered):
    """The card's receipt."""

    #: When it was accepted; None if it was not.
    accepted_at: datetime | None = None


@handler("registries.family_card.plan_completed", retry=INSIST)
def plan_completed(command: CompletionCommand, call: Call) -> CompletionResult:
    """Tell the family card that the plan was completed, with date and result.

    S-12. Told once, however often the job comes again.
    """
    applicant = family(call)[0].person
    if not applicant.iin:
        return CompletionResult(outcome=Outcome.NOT_ASKED)
    told = Completion(
        iin=applicant.iin,
        plan_number=call.business_key,
        completed_on=command.completed_on,
        result=command.result,
    )
    client = Client(settings_of(call))
    reply = attempt(
        call, command.patience, lambda: client.plan_completed(told, call.idempotency_key, call.now)
    )
    noted = None if isinstance(reply, RegistryFault) else reply.value
    fault = reply.outcome if isinstance(reply, RegistryFault) else Outcome.NOT_FOUND
    outcome = Outcome.FOUND if noted else fault
    # Of the plan, not of a person: the card's answer about the applicant stays the newest of it.
    keep(call, SYSTEM, outcome, reply.exchange, source="system")
    return CompletionResult(outcome=outcome, accepted_at=noted.accepted_at if noted else None)
