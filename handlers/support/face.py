"""What the engine's pages are told of the cases of order 74: cards, search, sentences.

Who may see a case without its people (`handlers.support.rights`) gets its number for a title.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.handling import CaseCard, faces
from engine.i18n import translate
from engine.model.people import Actor
from engine.model.text import Text, text
from handlers.people import records as people
from handlers.people.kazakh import genitive
from handlers.people.regions import name as region_name
from handlers.support import quarters, records, rights
from handlers.support.records import Measure, Member, Plan
from handlers.support.records.seen import parts_of
from handlers.support.rights import Part

#: Keys of the processes.
PLAN, MEASURE = "support_plan", "support_measure"
QUARTER, FOLLOW_UP = "support_quarter", "support_followup"

#: How a plan ended, as people say it.
OUTCOMES: Mapping[str, Text] = {
    "completed": text("The plan is completed"),
    "full": text("Completed in full"),
    "exceptions": text("Closed with exceptions"),
    "not_in_difficulty": text("No difficult life situation was found"),
    "no_consent": text("No consent was given"),
    "family_refused": text("The family refused the plan"),
    "closed": text("Closed for another reason"),
}

NOTICES: Mapping[str, Text] = {
    "support_overdue": text("The term of {case} was missed"),
    "support_escalated": text("{case}: the measure was returned again and again"),
    "support_superior": text("{case}: the body is late by more than five working days"),
    "support_withdrawn": text("{case}: the measure was withdrawn"),
    "support_changed": text("{case}: the measure was changed"),
    "support_moved": text("{case}: the family moves to your centre"),
    "support_relapse": text("{case}: a new plan was opened because of a relapse"),
    "support_signal": text("{case}: the digital family card found a family in difficulty"),
    "support_rollup": text("The conclusions of {quarter} are there"),
}


def title(family: Sequence[Member], language: str) -> str:
    """Return what a family is called; a sentence of its own while nobody is known."""
    if not family:
        return translate(text("New family"), language)
    applicant = family[0].person
    name = f"{applicant.surname} {applicant.name}".strip()
    said = genitive(name) if language == "kk" else name
    return translate(text("The family of {name}", name=said), language)


class _Face:
    """What the faces share."""

    def find(self, session: Any, words: str) -> list[str]:
        """Return business keys that fit a person's IIN or all words of a name."""
        return []

    def notices(self) -> Mapping[str, Text]:
        """Return the sentences of this domain's notifications."""
        return NOTICES


class PlanFace(_Face):
    """The face of `support_plan`."""

    def cards(self, session: Any, keys: list[str], actor: Actor) -> Mapping[str, CaseCard]:
        """Return cards by plan number, in three queries."""
        found = records.plans(session, keys)
        named = [key for key, one in found.items() if Part.FAMILY in parts_of(actor, one)]
        families = records.members_of(session, named)
        return {
            number: CaseCard(
                title=title(families.get(number, []), actor.language)
                if number in named
                else number,
                heads=one.heads,
                origin=region_name(one.region, actor.language, short=True),
                registered=one.opened_at,
            )
            for number, one in found.items()
        }

    def find(self, session: Any, words: str) -> list[str]:
        """Return plan numbers that fit a person's IIN or all words of a name."""
        return people.cases_of(session, words)


class MeasureFace(_Face):
    """The face of `support_measure`: the body knows the one person whom its measure is for."""

    def cards(self, session: Any, keys: list[str], actor: Actor) -> Mapping[str, CaseCard]:
        """Return cards by the measure's number, in four queries."""
        found = records.measures_by_number(session, keys)
        plans = records.plans(session, {one.plan for one in found.values()})
        named = {one.plan for one in found.values() if _named(actor, one, plans[one.plan])}
        families = records.members_of(session, named)
        return {
            number: CaseCard(
                title=_whom(one, families.get(one.plan, [])) or number,
                origin=region_name(one.body.split(".")[2], actor.language, short=True),
                round=one.rounds + 1,
                registered=one.sent_at,
            )
            for number, one in found.items()
        }


def _named(actor: Actor, found: Measure, plan: Plan) -> bool:
    parts = rights.of_measure(
        actor,
        centre=plan.centre,
        region=plan.region,
        specialist=plan.specialist,
        body=found.body,
    )
    return Part.MEMBER in parts


def _whom(found: Measure, family: Sequence[Member]) -> str:
    whom = [member for member in family if member.person.id == found.person] or family[:1]
    return whom[0].person.full_name if whom else ""


class QuarterFace(_Face):
    """The face of `support_quarter`: no person stands in it."""

    def cards(self, session: Any, keys: list[str], actor: Actor) -> Mapping[str, CaseCard]:
        """Return cards by the quarter's number."""
        found = records.conclusions(session, keys)
        return {number: self._card(one, actor.language) for number, one in found.items()}

    @staticmethod
    def _card(found: records.Conclusion, language: str) -> CaseCard:
        quarter = quarters.parse(found.quarter)
        said = text(
            "Quarter {n} of {year}, centre {centre}",
            n=quarter.number,
            year=quarter.year,
            centre=_short(found.centre, language),
        )
        return CaseCard(
            title=translate(said, language),
            origin=region_name(found.region, language, short=True),
        )


def _short(centre: str, language: str) -> str:
    """Return a centre by region and number, e.g. ``Маңғ., 1``."""
    _, region, number = centre.split(".")
    return f"{region_name(region, language, short=True)}, {number}"


class FollowUpFace(PlanFace):
    """The face of `support_followup`: the plan it follows."""

    def cards(self, session: Any, keys: list[str], actor: Actor) -> Mapping[str, CaseCard]:
        """Return cards by the follow-up's number."""
        numbers = {key.partition("/")[0]: key for key in keys}
        found = super().cards(session, list(numbers), actor)
        return {numbers[number]: card for number, card in found.items()}

    def find(self, session: Any, words: str) -> list[str]:
        """Return numbers of follow-ups that fit a person's IIN or all words of a name."""
        return [f"{number}/Б" for number in people.cases_of(session, words)]


faces[PLAN], faces[MEASURE] = PlanFace(), MeasureFace()
faces[QUARTER], faces[FOLLOW_UP] = QuarterFace(), FollowUpFace()
