"""What the engine's pages are told of the four kinds of cases: cards, search, sentences.

A card says no more of people than the actor may see (`handlers.support.rights`): a body sees its
measure's member, a region and an administrator only numbers.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.handling import CaseCard, faces
from engine.i18n import translate
from engine.model.people import Actor
from engine.model.sight import Sight
from engine.model.text import Text, text
from handlers.people import records as people
from handlers.people.kazakh import genitive
from handlers.people.regions import name as region_name
from handlers.support import offices, records, rights
from handlers.support.quarters import parse
from handlers.support.records import Conclusion, Measure, Member, Plan, seen
from handlers.support.rights import Part

#: Keys of the processes.
PLAN, MEASURE, QUARTER, QUARTERS = (
    "support_plan",
    "support_measure",
    "support_quarter",
    "support_quarters",
)
FOLLOW_UP = "support_followup"
#: What stands behind a plan's number in the business key of its follow-up.
AFTER = "/Б"

NOTICES: Mapping[str, Text] = {
    "support_overdue": text("The term of {case} was missed"),
    "support_sent": text("A new measure has come: {case}"),
    "support_late": text("The report on {case} is late"),
    "support_superior": text("{case}: five working days after the term there is no report"),
    "support_escalated": text("{case} was returned too often: the head of the body steps in"),
    "support_withdrawn": text("{case} was withdrawn: nothing more is to be done"),
    "support_changed": text("{case} was changed: look at term and content"),
    "support_detected": text("{case}: the family card signals a family in difficulty"),
    "support_closed": text("The plan {case} was closed"),
    "support_nobody_left": text("{case}: nobody of the family is alive, close the plan"),
    "support_no_guardian": text("{case}: the child has no representative on file"),
    "support_left": text("{case}: the family has moved away, nothing more is to be done"),
    "support_moved": text("{case}: the family has moved to your centre"),
    "support_completed": text("The plan {case} was completed"),
    "support_relapsed": text("{case}: the family has fallen back, a new plan was opened"),
    "support_conclusion": text("{case}: the conclusion on the quarter was sent"),
    "support_rollup": text("The quarter {quarter} is counted: see your region"),
}
#: How a plan ended, as people say it.
OUTCOMES: Mapping[str, Text] = {
    "completed": text("The plan is completed"),
    "full": text("Completed in full"),
    "exceptions": text("Closed with exceptions"),
    "not_in_difficulty": text("No difficult life situation was found"),
    "no_consent": text("No consent was given"),
    "duplicate": text("The family has an open plan"),
    "family_refused": text("The family refused the plan"),
    "closed": text("Closed for another reason"),
}


def title(family: Sequence[Member], language: str) -> str:
    """Return what a family is called; a sentence of its own while nobody is known."""
    if not family:
        return translate(text("New family"), language)
    name = _called(family[0])
    said = genitive(name) if language == "kk" else name
    return translate(text("The family of {name}", name=said), language)


def _called(found: Member) -> str:
    return f"{found.person.surname} {found.person.name}".strip()


class _Face:
    """What the four faces have in common."""

    def cards(self, session: Any, keys: list[str], actor: Actor) -> Mapping[str, CaseCard]:
        """Return cards by business key; none unless the kind of case has one."""
        return {}

    def find(self, session: Any, words: str) -> list[str]:
        """Return business keys that fit a name or IIN; none unless the kind has people."""
        return []

    def notices(self) -> Mapping[str, Text]:
        """Return the sentences of this domain's notifications."""
        return NOTICES


class PlanFace(_Face):
    """The face of `support_plan`."""

    def cards(self, session: Any, keys: list[str], actor: Actor) -> Mapping[str, CaseCard]:
        """Return cards by plan number, in three queries."""
        found = records.plans(session, keys)
        families = records.members_of(session, found)
        return {
            number: self.card(one, families.get(number, []), actor) for number, one in found.items()
        }

    @staticmethod
    def card(found: Plan, family: Sequence[Member], actor: Actor) -> CaseCard:
        """Return a plan's card."""
        parts = rights.of_plan(
            actor, centre=found.centre, region=found.region, specialist=found.specialist
        )
        if not parts:  # who had work in it once is told the number alone
            return CaseCard(title=found.number)
        shown = Part.FAMILY in parts
        return CaseCard(
            title=title(family, actor.language) if shown else found.number,
            origin=region_name(found.region, actor.language, short=True),
            heads=found.heads if shown else 0,
            registered=found.opened_at,
            groups=_groups(found.region, "", actor.language),
        )

    def forget(self, session: Any, keys: list[str]) -> None:
        """Delete the plans with all that was written on them, and the people in no other case."""
        records.forget(session, keys)
        people.forget_families(session, keys)

    def find(self, session: Any, words: str) -> list[str]:
        """Return plan numbers that fit a member's IIN or all words of a name."""
        return [one for one in people.cases_of(session, words) if one.startswith("Ж-")]

    def sights(self, session: Any, keys: list[str], actor: Actor) -> Mapping[str, Sight]:
        """Return how much of plans an actor sees (S-7.3)."""
        return seen.plan_sights(session, actor, keys)


class MeasureFace(_Face):
    """The face of `support_measure`."""

    def cards(self, session: Any, keys: list[str], actor: Actor) -> Mapping[str, CaseCard]:
        """Return cards by the measures' numbers, in four queries."""
        found = records.measures_by_number(session, keys)
        plans = records.plans(session, {one.plan for one in found.values()})
        families = records.members_of(session, plans)
        return {
            number: self._card(one, plans[one.plan], families.get(one.plan, []), actor)
            for number, one in found.items()
        }

    @staticmethod
    def _card(found: Measure, plan: Plan, family: Sequence[Member], actor: Actor) -> CaseCard:
        parts = rights.of_measure(
            actor,
            centre=plan.centre,
            region=plan.region,
            specialist=plan.specialist,
            body=found.body,
        )
        if not parts:
            return CaseCard(title=found.number)
        whom = next((one for one in family if one.person.id == found.person), None)
        about = whom or next(iter(family), None)
        named = about is not None and Part.MEMBER in parts
        return CaseCard(
            title=_called(about) if about is not None and named else found.number,
            origin=region_name(plan.region, actor.language, short=True),
            destination=offices.field_name(found.field, actor.language),
            round=found.rounds + 1,
            registered=found.sent_at,
            groups=_groups(plan.region, found.field, actor.language),
        )

    def find(self, session: Any, words: str) -> list[str]:
        """Return measures for a person of this IIN or name: of nobody else in the family."""
        found = people.cases_of(session, words)
        return records.measures_of_people(session, found, words)

    def sights(self, session: Any, keys: list[str], actor: Actor) -> Mapping[str, Sight]:
        """Return how much of measures an actor sees (S-7.3)."""
        return seen.measure_sights(session, actor, keys)


class QuarterFace(_Face):
    """The face of `support_quarter`."""

    def cards(self, session: Any, keys: list[str], actor: Actor) -> Mapping[str, CaseCard]:
        """Return cards by business key, in one query."""
        found = records.conclusions(session, keys)
        return {number: self._card(one, actor) for number, one in found.items()}

    @staticmethod
    def _card(found: Conclusion, actor: Actor) -> CaseCard:
        quarter = parse(found.quarter)
        said = text(
            "Quarter {n} of {year}, centre {centre}",
            n=quarter.number,
            year=quarter.year,
            centre=_short(found.centre, actor.language),
        )
        return CaseCard(
            title=translate(said, actor.language),
            origin=region_name(found.region, actor.language, short=True),
            groups=_groups(found.region, "", actor.language),
        )

    def sights(self, session: Any, keys: list[str], actor: Actor) -> Mapping[str, Sight]:
        """Return how much of quarters an actor sees (S-7.3)."""
        return seen.quarter_sights(session, actor, keys)


def _short(centre: str, language: str) -> str:
    """Return a centre by region and number, e.g. ``Маңғ., 1``."""
    _, region, number = centre.split(".")
    return f"{region_name(region, language, short=True)}, {number}"


class FollowUpFace(_Face):
    """The face of `support_followup`: the plan's card under the follow-up's key."""

    def cards(self, session: Any, keys: list[str], actor: Actor) -> Mapping[str, CaseCard]:
        """Return the cards of the plans."""
        found = PlanFace().cards(session, [one.removesuffix(AFTER) for one in keys], actor)
        return {f"{number}{AFTER}": card for number, card in found.items()}

    def find(self, session: Any, words: str) -> list[str]:
        """Return follow-ups of plans that fit."""
        return [f"{number}{AFTER}" for number in PlanFace().find(session, words)]

    def sights(self, session: Any, keys: list[str], actor: Actor) -> Mapping[str, Sight]:
        """Return how much of follow-ups an actor sees (S-7.3)."""
        numbers = {one: one.removesuffix(AFTER) for one in keys}
        known = seen.plan_sights(session, actor, numbers.values())
        return {key: known[number] for key, number in numbers.items() if number in known}


def _groups(region: str, field: str, language: str) -> Mapping[str, str]:
    return {
        "centre": region_name(region, language),
        "body": offices.field_name(field, language) if field else "",
    }


faces[PLAN] = PlanFace()
faces[MEASURE] = MeasureFace()
faces[QUARTER] = QuarterFace()
faces[FOLLOW_UP] = FollowUpFace()
