"""How the social status of people changed between two days, by the digital family card: S-13.

Asked for a quarter, about many people at once: what comes is kept restricted, and the process gets
numbers.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from pydantic import Field

from engine.handling import Call, handler
from handlers.people import records
from handlers.registries.asking import RETRY, Delivered, Query, attempt, keep, settings_of
from handlers.registries.base import Outcome, RegistryFault, Reply
from handlers.registries.contract import Wire
from handlers.registries.family_card import SYSTEM
from handlers.registries.wellbeing import BATCH, Client, Standing, Statuses


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
