"""The digital family card (ОЦК) under order 74: a family's situation, its plan, changes of status.

S-2, S-4.8, S-12, S-13. No interface is published: the JSON contract of
`handlers.registries.contract`, services ``situation``, ``plan-completed`` and ``statuses``. Levels
of well-being are the card's five groups, from ``A`` (well off) to ``E`` (in crisis).
The card also speaks first: `handlers.registries.signals`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Literal, get_args

from pydantic import Field

from engine.handling import Call, handler
from handlers.people import records
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


class PersonChange(Wire):
    """What changed for one person between two days; None: the card does not know the day."""

    #: Person id.
    person: str
    #: Standing on the first day.
    before: Standing | None
    #: Standing on the last day.
    after: Standing | None

    @property
    def known(self) -> bool:
        """Tell whether both days are known."""
        return self.before is not None and self.after is not None

    @property
    def direction(self) -> int:
        """Return 1 if the level rose, -1 if it fell, 0 if it stayed or is not known."""
        if self.before is None or self.after is None or self.before.level == self.after.level:
            return 0
        return 1 if self.after.level < self.before.level else -1

    def came(self, backwards: bool = False) -> set[str]:
        """Return the statuses that came, or those that went."""
        if self.before is None or self.after is None:
            return set()
        old, new = set(self.before.statuses), set(self.after.statuses)
        return old - new if backwards else new - old


class ChangesQuery(Query):
    """Whose changes between which days."""

    #: Person ids.
    persons: list[str]
    #: The first day.
    first: date
    #: The last day.
    last: date


class ChangesAnswer(Delivered):
    """How many changed and how: numbers for the quarter, no personal data (S-13)."""

    #: People asked about.
    people: int = 0
    #: Of them known on both days.
    known: int = 0
    #: Of them with a better level of well-being.
    improved: int = 0
    #: With a worse one.
    worsened: int = 0
    #: With the same.
    unchanged: int = 0
    #: Status → how many have it who did not.
    gained: dict[str, int] = Field(default_factory=dict)
    #: Status → how many had it and do not any more.
    lost: dict[str, int] = Field(default_factory=dict)


def counted(changes: Sequence[PersonChange], outcome: str = Outcome.FOUND) -> ChangesAnswer:
    """Return the numbers of some people's changes."""
    known = [one for one in changes if one.known]
    directions = [one.direction for one in known]
    return ChangesAnswer(
        outcome=outcome,
        people=len(changes),
        known=len(known),
        improved=directions.count(1),
        worsened=directions.count(-1),
        unchanged=directions.count(0),
        gained=_tally(one.came() for one in known),
        lost=_tally(one.came(backwards=True) for one in known),
    )


def _tally(groups: Iterable[set[str]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for group in groups:
        for status in group:
            found[status] = found.get(status, 0) + 1
    return dict(sorted(found.items()))


def status_changes(
    call: Call, people: Mapping[str, str], first: date, last: date, patience: int = 2
) -> list[PersonChange] | RegistryFault:
    """Ask how people (id → IIN) stood on two days; what came is kept with the case of `call`.

    For a handler that gathers a quarter (S-13): `counted` makes numbers of it. Raises `RetryLater`
    while patience lasts, then returns the fault.
    """
    iins, standings = list(people.values()), dict[tuple[str, date], Standing]()
    for start in range(0, len(iins), BATCH):
        reply = _standings(call, iins[start : start + BATCH], (first, last), patience)
        found = reply.value.standings if isinstance(reply, Reply) and reply.value else []
        outcome = Outcome.FOUND if found else Outcome.NOT_FOUND
        fault = reply.outcome if isinstance(reply, RegistryFault) else ""
        # Many people at once, under the number of a quarter: whoever reads its case may not see it.
        keep(call, SYSTEM, fault or outcome, reply.exchange, restricted=True)
        if isinstance(reply, RegistryFault):
            return reply
        standings |= {(one.iin, one.day): one for one in found}
    return [
        PersonChange(
            person=person, before=standings.get((iin, first)), after=standings.get((iin, last))
        )
        for person, iin in people.items()
    ]


def _standings(
    call: Call, iins: Sequence[str], days: Sequence[date], patience: int
) -> Reply[Statuses] | RegistryFault:
    client, key = Client(settings_of(call)), f"{call.idempotency_key}/{iins[0]}"
    return attempt(call, patience, lambda: client.statuses(iins, days, key, call.now))


@handler("registries.family_card.status_changes", retry=RETRY)
def changes(query: ChangesQuery, call: Call) -> ChangesAnswer:
    """Ask the family card how the social status of people changed between two days.

    S-13. Numbers only; who has no IIN is not asked about.
    """
    with call.records() as session:
        found = [records.person(session, one) for one in query.persons]
    people = {one.id: one.iin for one in found if one is not None and one.iin}
    if not people:
        return ChangesAnswer(outcome=Outcome.NOT_ASKED)
    told = status_changes(call, people, query.first, query.last, query.patience)
    if isinstance(told, RegistryFault):
        return ChangesAnswer(outcome=told.outcome, people=len(people))
    known = any(one.known for one in told)
    return counted(told, Outcome.FOUND if known else Outcome.NOT_FOUND)
