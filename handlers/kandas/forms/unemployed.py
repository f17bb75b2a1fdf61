"""K-18: the draft decision on registration as unemployed, and the director's signature."""

from collections.abc import Mapping
from typing import Any, ClassVar

from engine.handling import FormAdapter, Work, form_adapter
from engine.i18n import translate
from engine.model.people import Actor
from engine.model.text import text
from engine.xml import element, to_bytes
from handlers.kandas import records
from handlers.kandas.forms.base import RETURN, keep_remarks, word
from handlers.people import records as people

NAMESPACE = "urn:zholdama:kandas:decision"
#: Ground in the form → ground in the labour market system.
GROUNDS = {"no_job": "no_job", "refused": "refusal"}


@form_adapter("kandas/unemployment")
class Unemployment(FormAdapter):
    """The specialist drafts the decision."""

    gives: ClassVar[Mapping[str, str]] = {"unemployment_reason": "string"}

    def load(self, session: Any, work: Work) -> Mapping[str, object]:
        """Fill in the ground, and a text to start from or the one that came back."""
        drafted = records.decision(session, work.business_key)
        if drafted is not None:
            return {"reason": drafted.reason, "text": drafted.said}
        ground = "refused" if work.variables.get("reaction") == "refused" else "no_job"
        names = [member.person.full_name for member in people.family(session, work.business_key)]
        draft = text(
            "Register {name} as unemployed on the application {number}.",
            name=names[0] if names else "",
            number=work.business_key,
        )
        return {"reason": ground, "text": translate(draft, "kk")}

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Keep the draft for the director."""
        reason = word(values, "reason")
        records.save_decision(
            session,
            work.business_key,
            reason=reason,
            said=word(values, "text"),
            by=actor.name,
            at=work.now,
        )
        return {"unemployment_reason": GROUNDS[reason]}


@form_adapter("kandas/director")
class Director(FormAdapter):
    """The director, or who stands in, signs the draft or gives it back."""

    gives: ClassVar[Mapping[str, str]] = {"decision": "string"}

    def load(self, session: Any, work: Work) -> Mapping[str, object]:
        """Show the draft."""
        drafted = records.decision(session, work.business_key)
        return {"text": drafted.said if drafted else ""}

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Keep remarks on a return."""
        decision = word(values, "decision")
        if decision == RETURN:
            keep_remarks(session, work, values, office="director", round=0, by=actor.name)
        return {"decision": decision}

    def document(self, session: Any, work: Work) -> bytes | None:
        """Return the decision as it is signed; None if the draft goes back."""
        drafted = records.decision(session, work.business_key)
        if drafted is None or work.variables.get("decision") == RETURN:
            return None
        root = element(
            f"{{{NAMESPACE}}}decision",
            {
                "case": work.business_key,
                "version": str(drafted.version),
                "ground": GROUNDS[drafted.reason],
            },
            element(f"{{{NAMESPACE}}}text", None, drafted.said),
            prefixes={None: NAMESPACE},
        )
        return to_bytes(root)
