"""K-9 to K-13: three offices that check and sign or return with remarks; the assignment of K-11."""

from collections.abc import Mapping
from typing import Any, ClassVar

from engine.handling import FormAdapter, Work, form_adapter
from engine.model.people import Actor
from engine.model.text import text
from handlers.kandas import records
from handlers.kandas.forms.base import (
    RETURN,
    current,
    keep_remarks,
    office,
    options,
    refused,
    word,
)
from handlers.kandas.forms.registering import signed_version


class Checking(FormAdapter):
    """An office that signs the application or returns it with remarks."""

    gives: ClassVar[Mapping[str, str]] = {"decision": "string", "returned_by": "string?"}

    #: How the office is called in `processes/kandas/return.dmn`.
    office: ClassVar[str]

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Keep what was found; a return needs a remark, a signature what the form asks for."""
        found = current(session, work)
        returned = word(values, "decision") == RETURN
        if returned:
            keep_remarks(
                session, work, values, office=self.office, round=found.round, by=actor.name
            )
        answers = {key: value for key, value in values.items() if key != "remarks"}
        records.save_check(
            session,
            work.business_key,
            step=work.element,
            round=found.round,
            found=answers | {"version": found.version},
            by=actor.name,
            at=work.now,
        )
        if not returned:
            return {"decision": "forward"}
        return {"decision": RETURN, "returned_by": self.office}

    def document(self, session: Any, work: Work) -> bytes | None:
        """Sign the version that the application has now; a return signs nothing."""
        returned = work.variables.get("decision") == RETURN
        return None if returned else signed_version(session, work)


@form_adapter("kandas/head_check")
class HeadCheck(Checking):
    """K-9: the head of the mobility centre, through the digital family card."""

    office = "mobility_origin"


@form_adapter("kandas/leo_origin")
class OriginCheck(Checking):
    """K-10: the leadership of the local executive body of origin; returns by analogy (A-05)."""

    office = "leo_origin"


@form_adapter("kandas/completeness")
class Completeness(Checking):
    """K-12, K-13: three checks by an employee of the body of settlement."""

    office = "leo_settlement"


@form_adapter("kandas/assignment")
class Assignment(FormAdapter):
    """K-11: the leadership routes the application to an employee."""

    gives: ClassVar[Mapping[str, str]] = {"assigned": "string"}

    def load(self, session: Any, work: Work) -> Mapping[str, object]:
        """Offer the employees of the body of settlement."""
        return {"employees": options(self._employees(session, work))}

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Keep the instruction; return the account that K-12 and K-13 wait for."""
        chosen = word(values, "assigned")
        if chosen not in {found for found, _ in self._employees(session, work)}:
            raise refused("assigned", text("This person does not work there."))
        records.save_check(
            session,
            work.business_key,
            step=work.element,
            round=current(session, work).round,
            found=values,
            by=actor.name,
            at=work.now,
        )
        return {"assigned": chosen}

    @staticmethod
    def _employees(session: Any, work: Work) -> list[tuple[str, str]]:
        return records.employees(session, "leo_specialist", office(work, "dest_leo"))
