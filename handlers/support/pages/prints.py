"""The plan on paper (S-8): for the plan's own centre, which sees it whole; a body gets no print.

The sheet is in Kazakh whatever the reader's language is; risks do not stand on it.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from flask.typing import ResponseReturnValue

from engine.errors import Forbidden, NotFound
from engine.model.text import text
from engine.services import instances, signatures
from engine.services.views import SignatureView
from engine.signing import enveloped
from engine.web import rendering, say, state
from engine.web.policy import allow
from handlers.support import offices, paper, services
from handlers.support.face import PLAN
from handlers.support.forms.base import APPROVE, called
from handlers.support.pages import drawing, frame, telling
from handlers.support.pages.blueprint import CENTRES, blueprint
from handlers.support.pages.drawing import Eye
from handlers.support.pages.quarter import send
from handlers.support.records import (
    Measure,
    MeasureState,
    Plan,
    PlanState,
    Version,
    desks,
    seen,
    versions,
)
from handlers.support.rights import Part

#: Language of the sheet.
LANGUAGE = "kk"
#: Who gets a print sees all of this.
WHOLE = frozenset({Part.FAMILY, Part.GROUND, Part.MEASURES})
#: Forms whose choices are words of the sheet.
FORMS = ("support/intake", "support/plan")
#: States in which a plan is not carried out yet.
BEFORE = frozenset({PlanState.INTAKE, PlanState.DRAFTING, PlanState.APPROVAL})
#: States of a measure whose reason is told.
OTHERWISE = frozenset({MeasureState.IMPOSSIBLE, MeasureState.REFUSED, MeasureState.WITHDRAWN})
Seals = Mapping[str, list[paper.Signed]]


def may_print(found: seen.Board) -> bool:
    """Tell whether the actor sees all that stands on a plan's sheet."""
    return found.parts >= WHOLE


@blueprint.get("/plans/<number>/plan.pdf")
@allow(CENTRES)
def plan_pdf(number: str) -> ResponseReturnValue:
    """Print a plan: family, ground, measures, who approved what and when."""
    with state.reading() as uow:
        found = frame.board(uow, number)
        if not may_print(found):
            raise frame.no_plan()
        sheet = _Sheet(uow, found).made()
    return send(paper.plan(sheet, at=state.now()), "application/pdf", "plan.pdf", "inline")


class _Sheet:
    """Says a plan in the words of its sheet."""

    def __init__(self, uow: Any, found: seen.Board) -> None:
        self._uow, self._board, self._plan = uow, found, found.plan
        self._eye = Eye(language=LANGUAGE, now=state.now(), calendar=state.working_calendar(uow))
        self._case = desks.case_of(uow.session, found.plan.number, PLAN)
        self._labels = _labels(uow, self._case)
        self._versions = versions(uow.session, found.plan.number)
        self._approved = [one for one in self._versions if one.decision == APPROVE]

    def made(self) -> paper.PlanPaper:
        """Return the sheet."""
        plan, last = self._plan, self._approved[-1:]
        version = last[0].number if last else 0
        level = str(plan.content.get("status_before") or "")
        return paper.PlanPaper(
            number=plan.number,
            version=version,
            pending=plan.version if plan.version > version else 0,
            centre=rendering.office_name(plan.centre, LANGUAGE),
            state=self._eye.said(frame.STATES[plan.state]),
            ended=self._ended(plan),
            people=list(self._people()),
            grounds=telling.grounds(plan, self._labels),
            situation=str(plan.content.get("situation") or ""),
            level=self._labels.get(f"status_before:{level}", level),
            aims=self._aims(),
            measures=[self._line(one) for one in self._board.measures if self._stands(one)],
            editions=list(self._editions()),
        )

    def _ended(self, plan: Plan) -> str:
        if plan.completed_on is not None:
            words = self._eye.said(text("The plan is completed"))
            result = f", {_result(plan.result, self._eye)}" if plan.result else ""
            return f"{words}: {plan.completed_on:%d.%m.%Y}{result}"
        if plan.ended_at is not None:
            return ". ".join(part for part in (_day(plan.ended_at), plan.reason) if part)
        return ""

    def _people(self) -> Iterable[paper.Person]:
        for one in telling.family(self._board, self._eye, self._labels):
            yield paper.Person(
                name=one.member.person.full_name,
                born=one.member.person.born,
                relation=one.relationship,
                child=one.member.child,
                represents=one.represents,
                deceased=one.member.deceased,
            )

    def _aims(self) -> list[str]:
        said = [one.content.get("aims") for one in self._versions]
        codes = next((one for one in reversed(said) if isinstance(one, list) and one), [])
        return [self._labels.get(f"aims:{one}", str(one)) for one in codes]

    def _stands(self, one: Measure) -> bool:
        """Tell whether a measure is in the version in force; before any, all that is planned is."""
        return not self._approved or one.version <= self._approved[-1].number

    def _line(self, one: Measure) -> paper.Line:
        names = {member.person.id: called(member) for member in self._board.members}
        family = self._eye.said(text("The whole family"))
        under_way = self._plan.state not in BEFORE or one.state is not MeasureState.PLANNED
        return paper.Line(
            place=one.place,
            whom=names.get(one.person, family),
            child=one.child,
            title=drawing.title_of(one, LANGUAGE),
            expected=one.expected,
            field=offices.field_name(one.field, LANGUAGE),
            body=rendering.office_name(one.body, LANGUAGE),
            service=services.name(one.service, LANGUAGE) if one.service else "",
            term=self._term(one),
            state=self._eye.said(drawing.LOOKS[one.state.value][2]) if under_way else "",
            on=_since(one) if under_way else None,
            reason=one.reason if one.state in OTHERWISE else "",
        )

    @staticmethod
    def _term(one: Measure) -> str:
        if one.due is not None:
            return _day(one.due)
        if one.term is not None:
            return f"{one.term:%d.%m.%Y}"
        return f"{one.days} жұмыс күні" if one.days is not None else "–"

    def _editions(self) -> Iterable[paper.Edition]:
        seals = self._seals()
        said = {one.version.number: one for one in telling.editions(self._versions, self._eye)}
        for one in self._approved:
            told = said[one.number]
            yield paper.Edition(
                number=one.number,
                cause=told.cause,
                reason=told.reason,
                changes=[_change(change) for change in told.changes],
                by=one.decided_by,
                at=one.decided_at,
                digest=one.digest,
                signatures=seals.get(_document(one), []),
            )

    def _seals(self) -> Seals:
        """Return the signatures that stand, by the digest of what was signed."""
        found: dict[str, list[paper.Signed]] = {}
        with suppress(NotFound, Forbidden):
            for one in self._chain():
                if one.voided is None and one.valid:
                    found.setdefault(one.digest, []).append(self._seal(one))
        return found

    def _chain(self) -> Sequence[SignatureView]:
        if not self._case:
            return ()
        return signatures.list_signatures(self._uow, state.context(), state.actor(), self._case)

    def _seal(self, one: SignatureView) -> paper.Signed:
        signed = signatures.signed_document(self._uow, state.context(), state.actor(), one.id)
        return paper.Signed(
            name=one.who,
            office=rendering.pick(one.organisation, LANGUAGE),
            at=one.at,
            serial=enveloped.last_serial(signed),
        )


def _labels(uow: Any, case: str) -> dict[str, str]:
    with suppress(NotFound, Forbidden):
        view = instances.view(uow, state.context(), state.actor(), case)
        made = [telling.labels(uow, view.definition_id, one, LANGUAGE) for one in FORMS]
        return {key: said for one in made for key, said in one.items()}
    return {}


def _document(one: Version) -> str:
    return hashlib.sha256(one.document).hexdigest()


def _result(code: str, eye: Eye) -> str:
    return eye.said(text("result:full") if code == "full" else text("result:exceptions"))


def _change(found: telling.Change) -> str:
    lines = "; ".join(f"{old} → {new}" for old, new in found.lines)
    said = f"{found.words}: {found.title}"
    return f"{said} ({lines})" if lines else said


def _since(one: Measure) -> datetime | None:
    """Return since when a measure is where it is, where the records say it."""
    moments = {
        MeasureState.SENT: one.sent_at,
        MeasureState.IN_WORK: one.accepted_at,
        MeasureState.REVIEW: one.reported_at,
    }
    return one.closed_at or moments.get(one.state)


def _day(when: datetime) -> str:
    return f"{say.local(when):%d.%m.%Y}"
