"""What the engine's pages are told of a kandas's case: its card, its search, its sentences."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.handling import CaseCard, faces
from engine.i18n import translate
from engine.model.people import Actor
from engine.model.text import Text, text
from handlers.kandas import records, regions
from handlers.kandas.records import Application
from handlers.people import records as people
from handlers.people.facts import MemberFacts
from handlers.people.kazakh import genitive

#: Key of the process.
PROCESS = "kandas_approval"

NOTICES: Mapping[str, Text] = {
    "kandas_overdue": text("The term of {case} was missed"),
    "kandas_total": text("{case}: the nine working days are over"),
    "kandas_rework": text("{case} was returned to the career centre of origin for rework"),
    "kandas_unreachable": text("{case}: the family cannot be reached"),
    "kandas_given_up": text("{case} was closed: the family could not be reached"),
    "kandas_withdrawn": text("{case} was closed: the application was withdrawn"),
    "kandas_unemployed": text("{case}: the draft decision on unemployment was sent"),
}

#: What the numbers of this order's cases begin with (`records.next_number`).
OURS = "Қ-"


def title(family: Sequence[MemberFacts], language: str) -> str:
    """Return what a family is called; a sentence of its own while nobody is known."""
    if not family:
        return translate(text("New family"), language)
    applicant = family[0].person
    name = f"{applicant.surname} {applicant.name}".strip()
    said = genitive(name) if language == "kk" else name
    return translate(text("The family of {name}", name=said), language)


class KandasFace:
    """The face of `kandas_approval`."""

    def cards(self, session: Any, keys: list[str], actor: Actor) -> Mapping[str, CaseCard]:
        """Return cards by case number, in two queries."""
        found = records.applications(session, keys)
        families = people.families(session, keys)
        return {
            number: self._card(one, families.get(number, []), actor.language)
            for number, one in found.items()
        }

    @staticmethod
    def _card(found: Application, family: Sequence[MemberFacts], language: str) -> CaseCard:
        origin = regions.region_of(found.origin_centre)
        return CaseCard(
            title=title(family, language),
            origin=regions.name(origin, language, short=True),
            destination=regions.name(found.destination, language, short=True),
            heads=found.heads if found.version else 0,  # until K-6 only who came is known
            round=found.round,
            groups={
                "origin": regions.name(origin, language),
                "settlement": regions.name(found.destination, language),
            },
            registered=found.registered_at,
        )

    def find(self, session: Any, words: str) -> list[str]:
        """Return case numbers that fit a person's IIN or all words of a name.

        Of this order alone: whoever is in a case of another may be for other eyes.
        """
        return [one for one in people.cases_of(session, words) if one.startswith(OURS)]

    def forget(self, session: Any, keys: list[str]) -> None:
        """Delete the applications, and the people in no other case."""
        records.forget(session, keys)
        people.forget_families(session, keys)

    def notices(self) -> Mapping[str, Text]:
        """Return the sentences of this domain's notifications."""
        return NOTICES


faces[PROCESS] = KandasFace()
