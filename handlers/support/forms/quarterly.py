"""S-13, S-14: the centre's conclusion on a quarter, its approval, and who reads it."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from engine.handling import FormAdapter, Work, form_adapter
from engine.model.people import Actor
from handlers.people.typed import word
from handlers.support import content, records
from handlers.support.forms.base import APPROVE, office_option
from handlers.support.records import Conclusion


def current(session: Any, work: Work) -> Conclusion:
    """Return the case's quarter; `LookupError` if the case was started without one."""
    found = records.conclusion(session, work.business_key)
    if found is None:
        raise LookupError(f"case {work.business_key} has no quarter")
    return found


def shown(found: Conclusion) -> dict[str, object]:
    """Return a conclusion as those see it who do not write it."""
    return {
        "quarter": found.quarter,
        "findings": word(found.content, "findings"),
        "shortcomings": _numbered(content.points(found.content, "shortcomings")),
        "proposals": _numbered(content.points(found.content, "proposals")),
    }


def _numbered(found: Sequence[str]) -> str:
    return "\n".join(f"{place}. {one}" for place, one in enumerate(found, 1))


@form_adapter("support/conclusion")
class ConclusionForm(FormAdapter):
    """The centre writes what the quarter's numbers mean: shortcomings and proposals."""

    gives: ClassVar[Mapping[str, str]] = {"version": "number"}

    def load(self, session: Any, work: Work) -> Mapping[str, object]:
        """Fill in what was written before, and the head's remark."""
        found = current(session, work)
        return {**found.content, "quarter": found.quarter, "remark": found.remark}

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Keep the conclusion; return its version."""
        kept = {key: said for key, said in values.items() if key not in {"quarter", "remark"}}
        version = records.write_conclusion(
            session, work.business_key, kept, by=actor.name, at=work.now
        )
        return {"version": version}


@form_adapter("support/conclusion_approval")
class ConclusionApproval(FormAdapter):
    """The centre's head approves the conclusion, or gives it back."""

    gives: ClassVar[Mapping[str, str]] = {"decision": "string"}

    def load(self, session: Any, work: Work) -> Mapping[str, object]:
        """Show the conclusion."""
        return shown(current(session, work))

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Keep the decision."""
        decision = word(values, "decision")
        records.judge_conclusion(
            session,
            work.business_key,
            approved=decision == APPROVE,
            remark=word(values, "remark"),
            by=actor.name,
            at=work.now,
        )
        return {"decision": decision}

    def document(self, session: Any, work: Work) -> bytes | None:
        """Return the conclusion as it is signed; None if it goes back."""
        if work.variables.get("decision") != APPROVE:
            return None
        found = current(session, work)
        return content.conclusion(found.number, found.version, found.quarter, found.content)


@form_adapter("support/acquaintance")
class Acquaintance(FormAdapter):
    """S-14, B-03: the family-policy body reads the conclusion."""

    gives: ClassVar[Mapping[str, str]] = {}

    def load(self, session: Any, work: Work) -> Mapping[str, object]:
        """Show the conclusion."""
        found = current(session, work)
        centres = [office_option(session, found.centre)]
        return {**shown(found), "centre": found.centre, "centres": centres}

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Keep that it was read, and the answer to the centre."""
        records.read_conclusion(
            session,
            work.business_key,
            answer=word(values, "answer"),
            by=actor.name,
            at=work.now,
        )
        return {}
