"""The unified digital system of the social and labour field (бірыңғай цифрлық жүйе), order 74.

S-3.1, S-4.8: what support a family already gets, and how its plan goes. No interface is published:
the JSON contract of `handlers.registries.contract`, services ``services`` and ``plan``. Whoever
keeps plans names, with `plans_from`, where they are read; this package knows no domain.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, Literal

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
from handlers.registries.wellbeing import Result

SYSTEM = "unified_system"


class ServicesRequest(Wire):
    """Whose support is asked about."""

    #: IINs of the family.
    iins: list[str]


class Service(Personal):
    """A support that a person gets or got."""

    #: Code of the support.
    code: str
    #: First day.
    since: date
    #: Last day; None: without end.
    until: date | None = None

    def runs(self, day: date) -> bool:
        """Tell whether it is given on a day."""
        return self.since <= day and (self.until is None or day <= self.until)


class Services(Wire):
    """What the system knows of these people."""

    #: IINs of the question, as the system understood it.
    iins: list[str]
    #: The support.
    services: list[Service]


class MeasureState(Wire):
    """How one measure of a plan stands."""

    #: Number, e.g. ``Ж-26-00122/3``.
    number: str
    #: Code of the public service; empty if it is none.
    service: str = ""
    #: Code of the organisation that does it.
    body: str
    #: Status, e.g. ``in_work`` or ``done``.
    status: str
    #: Day by which it is to be done.
    term: date | None = None
    #: Day on which it was.
    done_on: date | None = None


class PlanState(Wire):
    """How a plan stands, without what its measures say."""

    #: Days of opening, approval and completion.
    opened_on: date | None = None
    approved_on: date | None = None
    completed_on: date | None = None
    #: How it ended.
    result: Result | None = None
    #: Its measures.
    measures: list[MeasureState] = Field(default_factory=list)


class PlanNews(Personal):
    """What happened to a plan of the person with this IIN."""

    #: Plan number.
    plan_number: str
    #: What happened.
    status: Literal["opened", "approved", "measures", "completed", "closed"]
    #: How it stands now.
    plan: PlanState


class Taken(Personal):
    """The system's receipt."""

    #: When it was accepted.
    accepted_at: datetime


class Client(JsonClient):
    """The system by the JSON contract."""

    system = SYSTEM

    def services(self, iins: Sequence[str], key: str, at: datetime) -> Reply[Services]:
        """Ask for all support that people get, in one question; `at` is UTC."""
        wanted = ServicesRequest(iins=list(iins))
        reply = self._ask(wanted, Services, service="services", key=key, at=at)
        if reply.value is not None:
            about = {one.iin for one in reply.value.services}
            if reply.value.iins != wanted.iins or not about <= set(iins):
                raise RegistryFault(Outcome.OTHER_PERSON, reply.exchange)
        return reply

    def plan(self, news: PlanNews, key: str, at: datetime) -> Reply[Taken]:
        """Tell how a plan goes, once per key; `at` is UTC."""
        return self._ask_about(news, Taken, service="plan", key=key, at=at)


#: Reads how a plan stands: session, plan number; None if there is no such plan.
Source = Callable[[Any, str], PlanState | None]
_sources: list[Source] = []


def plans_from(read: Source) -> Source:
    """Name where plans are read; the last one named counts."""
    _sources.append(read)
    return read


class ServicesAnswer(Settled):
    """How the question ended; the support itself is in the log of answers."""

    #: How many services are given today.
    running: int = 0


@handler("registries.unified_system.services", retry=RETRY)
def services(query: Query, call: Call) -> ServicesAnswer:
    """Ask the unified system which support the members of the family already get.

    S-4.8. "None" is an answer too: ``not_found``, source ``system``.
    """
    iins = [one.person.iin for one in family(call) if one.person.iin]
    if not iins:
        return ServicesAnswer(outcome=Outcome.NOT_ASKED, source="scan")
    client = Client(settings_of(call))
    reply = attempt(
        call, query.patience, lambda: client.services(iins, call.idempotency_key, call.now)
    )
    if isinstance(reply, RegistryFault):
        keep(call, SYSTEM, reply.outcome, reply.exchange)
        return ServicesAnswer(**settled([], (), reply.outcome).model_dump())
    found = reply.value.services if reply.value else []
    outcome = Outcome.FOUND if found else Outcome.NOT_FOUND
    keep(call, SYSTEM, outcome, reply.exchange, source="system")
    running = [one for one in found if one.runs(call.now.date())]
    return ServicesAnswer(outcome=outcome, source="system", running=len(running))


class PlanCommand(Command):
    """What happened; how the plan stands is read from the records."""

    #: What happened.
    status: Literal["opened", "approved", "measures", "completed", "closed"]


class PlanResult(Delivered):
    """The system's receipt."""

    #: When it was accepted; None if it was not.
    accepted_at: datetime | None = None


@handler("registries.unified_system.plan", retry=INSIST)
def plan(command: PlanCommand, call: Call) -> PlanResult:
    """Tell the unified system how the plan goes: opened, approved, its measures, completed, closed.

    S-4.4, S-4.8. Told once, however often the job comes again.
    """
    applicant = family(call)[0].person
    if not applicant.iin:
        return PlanResult(outcome=Outcome.NOT_ASKED)
    news = PlanNews(
        iin=applicant.iin,
        plan_number=call.business_key,
        status=command.status,
        plan=_state(call),
    )
    client = Client(settings_of(call))
    reply = attempt(
        call, command.patience, lambda: client.plan(news, call.idempotency_key, call.now)
    )
    taken = None if isinstance(reply, RegistryFault) else reply.value
    fault = reply.outcome if isinstance(reply, RegistryFault) else Outcome.NOT_FOUND
    outcome = Outcome.FOUND if taken else fault
    # About the applicant, so that the family's services stay the newest answer about the family.
    keep(call, SYSTEM, outcome, reply.exchange, applicant.id, source="system")
    return PlanResult(outcome=outcome, accepted_at=taken.accepted_at if taken else None)


def _state(call: Call) -> PlanState:
    """Read how the plan stands; the session is closed before anybody is told (law 2)."""
    if not _sources:
        return PlanState()
    with call.records() as session:
        return _sources[-1](session, call.business_key) or PlanState()
