"""S-9 to S-11 at one measure: accepted, asked, reported, reviewed, returned, transferred."""

from collections.abc import Mapping
from typing import Any, ClassVar

from engine.handling import FormAdapter, Work, form_adapter
from engine.model.calendar import ZONE
from engine.model.people import Actor
from engine.model.text import Text, text
from handlers.people.typed import refused, word, words
from handlers.support import records
from handlers.support.forms.base import RETURN, about, body_options, item, may_see, the_measure
from handlers.support.offices import BODY_SPECIALIST, place_of
from handlers.support.records import Measure, MeasureState, Report
from handlers.support.rights import Part

#: Answers of a body to which the centre has to say something.
ASK, NOT_OURS = "ask", "not_ours"
#: What a body reports → how the measure ends if the centre accepts it.
ENDS: Mapping[str, MeasureState] = {
    "report": MeasureState.DONE,
    "impossible": MeasureState.IMPOSSIBLE,
    "refused_by_person": MeasureState.REFUSED,
}
#: What these forms tell who fills them in, besides what is asked (`about` and the last answers).
TOLD = frozenset({"title", "expected", "term", "returned", "answer"})
#: How a measure has ended → why nothing can be reported on it any more.
OVER: Mapping[MeasureState, Text] = {
    MeasureState.WITHDRAWN: text("The measure was withdrawn: there is nothing to report."),
    MeasureState.DONE: text("The measure is marked as done already."),
    MeasureState.IMPOSSIBLE: text("The measure is marked as impossible already."),
    MeasureState.REFUSED: text("The measure is marked as refused already."),
    MeasureState.CARRIED: text("The family has moved: another centre has the measure now."),
}


class OfMeasure(FormAdapter):
    """A form about one measure: what it says of the measure and the person is its office's."""

    def shown(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Keep the measure from a body that has it no more, and risks from all but few (S-7.3)."""
        found = the_measure(session, work)
        plan = records.plan(session, found.plan)
        kept = set(values)
        if plan is None or not may_see(actor, plan, Part.OWN_MEASURES, found.body):
            kept -= TOLD
        if plan is None or not may_see(actor, plan, Part.MEMBER_RISKS, found.body):
            kept -= {"risks"}
        return {key: said for key, said in values.items() if key in kept}


def running(session: Any, work: Work) -> Measure:
    """Return the case's measure; `FormRefused` if it is over or gone with the family."""
    found = the_measure(session, work)
    if found.state in OVER:
        raise refused("decision", OVER[found.state])
    return found


def last_report(session: Any, found: Measure) -> Report | None:
    """Return the latest report on a measure; None before the first."""
    reports = records.reports(session, [found.id])
    return reports[-1] if reports else None


def returned(session: Any, found: Measure) -> str:
    """Return why the centre returned a measure, the latest reason; empty if it never did."""
    said = [one.reason for one in records.reviews(session, [found.id]) if one.decision == RETURN]
    return said[-1] if said else ""


def answered(session: Any, found: Measure) -> str:
    """Return the centre's latest answer to a question of the body; empty if there is none."""
    said = [one.answer for one in records.questions(session, [found.id]) if one.answered_at]
    return said[-1] if said else ""


@form_adapter("support/acceptance")
class Acceptance(OfMeasure):
    """S-10: the body takes the measure, asks back, or says that it is not its business."""

    gives: ClassVar[Mapping[str, str]] = {"decision": "string"}

    def load(self, session: Any, work: Work) -> Mapping[str, object]:
        """Show the measure, and the centre's answer."""
        return {**about(session, work), "answer": answered(session, the_measure(session, work))}

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Keep the answer of the body."""
        found, decision = running(session, work), word(values, "decision")
        if decision in {ASK, NOT_OURS}:
            asked = word(values, "asked" if decision == ASK else "reason")
            records.ask(session, found.id, kind=decision, asked=asked, by=actor.name, at=work.now)
        else:
            records.move_to(session, found.id, MeasureState.IN_WORK, at=work.now)
        return {"decision": decision}


@form_adapter("support/answer")
class Answer(OfMeasure):
    """The centre answers a body's question; the term runs on."""

    gives: ClassVar[Mapping[str, str]] = {}

    def load(self, session: Any, work: Work) -> Mapping[str, object]:
        """Show the question."""
        asked = records.open_question(session, the_measure(session, work).id)
        return {**about(session, work), "asked": asked.asked if asked else ""}

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Keep the answer."""
        _answer(session, work, word(values, "said"), actor)
        return {}


def _answer(session: Any, work: Work, said: str, actor: Actor) -> None:
    asked = records.open_question(session, the_measure(session, work).id)
    if asked is not None:
        records.answer(session, asked.id, said=said, by=actor.name, at=work.now)


@form_adapter("support/report")
class ReportForm(OfMeasure):
    """S-10, S-11(1), (4): the body reports, with documents; or asks the centre back."""

    gives: ClassVar[Mapping[str, str]] = {"decision": "string"}

    def load(self, session: Any, work: Work) -> Mapping[str, object]:
        """Show the measure and why it came back; fill in what was reported before."""
        found = the_measure(session, work)
        before = last_report(session, found)
        return {
            **about(session, work),
            "returned": returned(session, found),
            "answer": answered(session, found),
            "said": before.said if before and before.outcome == "report" else "",
            "documents": list(before.documents) if before else [],
        }

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Keep the report; whether it is late is counted from the plan's term."""
        found, decision = running(session, work), word(values, "decision")
        if decision == ASK:
            asked = word(values, "asked")
            records.ask(session, found.id, kind=ASK, asked=asked, by=actor.name, at=work.now)
            return {"decision": ASK}
        late = records.reported(session, found.id, at=work.now)
        records.report(
            session,
            found.id,
            round=found.rounds + 1,
            outcome=decision,
            body=found.body,
            said=word(values, "said" if decision == "report" else "reason"),
            documents=words(values, "documents"),
            risks=word(values, "risks"),
            late=late,
            by=actor.name,
            at=work.now,
        )
        return {"decision": decision}


@form_adapter("support/review")
class ReviewForm(OfMeasure):
    """S-11(2), (3): the centre marks the status, or returns the measure with a reason (B-10)."""

    gives: ClassVar[Mapping[str, str]] = {"decision": "string", "outcome": "string?"}

    def load(self, session: Any, work: Work) -> Mapping[str, object]:
        """Show the report; what it says of risks is shown elsewhere, to few."""
        report = last_report(session, the_measure(session, work))
        if report is None:
            return about(session, work)
        return {
            **about(session, work),
            "outcome": report.outcome,
            "said": report.said,
            "reported": f"{report.at.astimezone(ZONE):%d.%m.%Y, %H:%M} · {report.by}",
            "documents": list(report.documents),
        }

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Keep the mark; return how the measure ended, or that it goes back."""
        found, decision = running(session, work), word(values, "decision")
        report = last_report(session, found)
        if report is None:
            raise refused("decision", text("Nothing was reported on this measure yet."))
        back = decision == RETURN
        records.review(
            session,
            found.id,
            round=report.round,
            decision=decision,
            reason=word(values, "reason" if back else "note"),
            by=actor.name,
            at=work.now,
        )
        if back:
            records.move_to(session, found.id, MeasureState.RETURNED)
            return {"decision": RETURN}
        state = ENDS[report.outcome]
        reason = "" if state is MeasureState.DONE else report.said
        records.close(session, found.id, state, at=work.now, reason=reason)
        return {"decision": decision, "outcome": state.value}


@form_adapter("support/escalation")
class Escalation(OfMeasure):
    """B-10: after too many returns the body's head says how the measure will get done."""

    gives: ClassVar[Mapping[str, str]] = {"decision": "string"}

    def load(self, session: Any, work: Work) -> Mapping[str, object]:
        """Show how often and why it came back."""
        found = the_measure(session, work)
        return {
            **about(session, work),
            "rounds": str(found.rounds),
            "returned": returned(session, found),
        }

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Keep what the head says; centre and body read it at the measure."""
        found, said = running(session, work), word(values, "said")
        records.ask(session, found.id, kind="escalation", asked=said, by=actor.name, at=work.now)
        return {"decision": "go_on"}


@form_adapter("support/transfer")
class Transfer(OfMeasure):
    """The centre gives a measure to another body, or leaves it with an explanation."""

    gives: ClassVar[Mapping[str, str]] = {"decision": "string", "measure": "context?"}

    def load(self, session: Any, work: Work) -> Mapping[str, object]:
        """Show what the body says; offer the region's bodies."""
        found = the_measure(session, work)
        asked = records.open_question(session, found.id)
        return {
            **about(session, work),
            "reason": asked.asked if asked else "",
            "bodies": body_options(place_of(found.centre)),
        }

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Give the measure to the chosen body; return it as the process carries it."""
        found, decision = running(session, work), word(values, "decision")
        if decision == "keep":
            _answer(session, work, word(values, "said"), actor)
            return {"decision": decision}
        if word(values, "body") == found.body:
            raise refused("body", text("This body has the measure already."))
        _answer(session, work, "", actor)
        return {"decision": decision, **_given(session, work, word(values, "body"))}


def _given(session: Any, work: Work, body: str) -> dict[str, object]:
    """Give the measure to a body of its region; return the variable that carries it."""
    found = the_measure(session, work)
    if body not in {one["value"] for one in body_options(place_of(found.centre))}:
        raise refused("body", text("There is no such body in this region."))
    records.set_body(session, found.id, body)
    return {"measure": item(the_measure(session, work))}


@form_adapter("support/choose_body")
class ChooseBody(OfMeasure):
    """S-9, B-09: nobody at the body can take the measure; the centre chooses again."""

    gives: ClassVar[Mapping[str, str]] = {"measure": "context"}

    def load(self, session: Any, work: Work) -> Mapping[str, object]:
        """Show the body that has nobody; offer the region's bodies."""
        found = the_measure(session, work)
        return {
            **about(session, work),
            "now": found.body,
            "bodies": body_options(place_of(found.centre), [found.body]),
        }

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Refuse a body without people; the same one may have somebody by now."""
        running(session, work)
        body = word(values, "body")
        if not records.employees(session, BODY_SPECIALIST, body):
            said = text("Nobody at this body can take a measure: choose another one.")
            raise refused("body", said)
        return _given(session, work, body)
