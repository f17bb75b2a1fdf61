"""What the sandbox's systems of order 74 know and have been told."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from handlers.people.facts import MemberFacts, Relationship
from handlers.registries.enforcement import PROBATION, Proceeding, Proceedings
from handlers.registries.family_card import Relation, Relative
from handlers.registries.probation import Record
from handlers.registries.sandbox.hardship import Hardship, Watch
from handlers.registries.sandbox.receipts import Receipts
from handlers.registries.unified_system import (
    PlanNews,
    Service,
    Services,
    ServicesRequest,
    Taken,
)
from handlers.registries.wellbeing import (
    Completion,
    Noted,
    Situation,
    Standing,
    Statuses,
    StatusesRequest,
)

#: What a member is in the application → what the family card calls it.
RELATIONS: Mapping[Relationship, Relation] = {
    Relationship.SPOUSE: "spouse",
    Relationship.PARENT: "parent",
    Relationship.CHILD: "child",
    Relationship.ADOPTED_CHILD: "child",
    Relationship.CHILD_FAMILY: "ward",
    Relationship.SIBLING: "sibling",
}


def relative(one: MemberFacts) -> Relative:
    """Return a member as the family card says it."""
    person = one.person
    return Relative(
        iin=person.iin or "",
        surname=person.surname,
        name=person.name,
        patronymic=person.patronymic,
        born=person.born or date.min,
        relation=RELATIONS[one.relationship],
    )


class Care:
    """Families in difficulty, and what has been told about their plans. Safe between threads."""

    def __init__(self, hardships: Sequence[Hardship], receipts: Receipts) -> None:
        """Index the families by everybody's IIN."""
        self._of = {iin: one for one in hardships for iin in one.family.by_iin}
        self._watched = {watch.iin: watch for one in hardships for watch in one.watched}
        self._receipts = receipts
        #: Plan number → what the unified system was told, in order.
        self.plans: dict[str, list[PlanNews]] = {}
        #: Plan number → what the family card was told.
        self.completions: dict[str, Completion] = {}

    def situation(self, iin: str, day: date) -> Situation | None:
        """Return how an applicant's family stands on a day."""
        found = self._of.get(iin)
        if found is None or found.family.applicant.iin != iin:
            return None
        stage = found.stage(day) or found.stages[0]
        return Situation(
            iin=iin,
            relatives=[relative(one) for one in found.family.members[1:]],
            level=stage.level,
            statuses=list(stage.statuses[iin]),
            determined_on=stage.on,
        )

    def statuses(self, asked: StatusesRequest) -> Statuses | None:
        """Return how people stood on some days; whoever was not known then is left out."""
        found = [
            Standing(
                iin=iin,
                day=day,
                level=stage.level,
                statuses=list(stage.statuses[iin]),
                determined_on=stage.on,
            )
            for iin in asked.iins
            for day in asked.days
            if (one := self._of.get(iin)) and (stage := one.stage(day))
        ]
        return Statuses(iins=asked.iins, standings=found) if found else None

    def completed(self, told: Completion, key: str, at: datetime) -> Noted | None:
        """Take the completion of a known person's plan, once per key."""
        if told.iin not in self._of:
            return None

        def make() -> Noted:
            self.completions[told.plan_number] = told
            return Noted(iin=told.iin, accepted_at=at)

        return self._receipts.once(f"completed/{key}", make)

    def services(self, asked: ServicesRequest) -> Services | None:
        """Return the support that people get or got."""
        families = {id(one): one for iin in asked.iins if (one := self._of.get(iin))}
        found = [
            Service(iin=given.iin, code=given.code, since=given.since, until=given.until)
            for one in families.values()
            for given in one.support
            if given.iin in asked.iins
        ]
        return Services(iins=asked.iins, services=found) if found else None

    def plan(self, news: PlanNews, key: str, at: datetime) -> Taken | None:
        """Take news of a known person's plan, once per key."""
        if news.iin not in self._of:
            return None

        def make() -> Taken:
            self.plans.setdefault(news.plan_number, []).append(news)
            return Taken(iin=news.iin, accepted_at=at)

        return self._receipts.once(f"plan/{key}", make)

    def proceedings(self, iin: str) -> Proceedings | None:
        """Return all proceedings against a person, of which supervision is one kind."""
        watch = self._watched.get(iin)
        if watch is None:
            return None
        return Proceedings(iin=iin, proceedings=[_proceeding(watch, PROBATION), _alimony(watch)])

    def record(self, iin: str) -> Record | None:
        """Return a person's record in the probation service's register."""
        watch = self._watched.get(iin)
        if watch is None:
            return None
        return Record(
            iin=iin, registered_on=watch.since, until=watch.until, duties=list(watch.duties)
        )


def _proceeding(watch: Watch, kind: str) -> Proceeding:
    return Proceeding(
        number=f"{watch.since:%y}/{watch.iin[-5:]}",
        kind=kind,
        opened=watch.since,
        closed=watch.until,
        duties=list(watch.duties),
    )


def _alimony(watch: Watch) -> Proceeding:
    """Return younger proceedings that have nothing to do with supervision."""
    return Proceeding(
        number=f"{watch.since:%y}/{watch.iin[-5:]}-2",
        kind="alimony",
        opened=watch.since.replace(day=min(watch.since.day + 1, 28)),
    )
