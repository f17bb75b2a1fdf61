"""S-12 and what comes besides: completion, a new centre takes over, looks after the plan."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from engine.handling import FormAdapter, Work, form_adapter
from engine.model.calendar import ZONE
from engine.model.people import Actor
from engine.model.text import text
from handlers.people import records as people
from handlers.people.typed import day, refused, word
from handlers.support import records
from handlers.support.forms.base import (
    body_options,
    called,
    current,
    due_day,
    number_of,
    office_option,
    today,
)
from handlers.support.records import Measure, MeasureState, Member, PlanState

#: Results of a plan (B-12).
FULL, EXCEPTIONS = "full", "exceptions"


def result(found: Sequence[Measure]) -> str:
    """Return how a plan ends: in full if all that stayed in it was done, else with exceptions.

    B-12. What an amendment took out of the plan is no part of it; a plan of which nothing was done
    was not carried out in full.
    """
    stayed = [one.state for one in found if one.state is not MeasureState.WITHDRAWN]
    return FULL if stayed and set(stayed) == {MeasureState.DONE} else EXCEPTIONS


def listed(found: Sequence[Measure], family: Sequence[Member]) -> list[dict[str, object]]:
    """Return measures as forms show them."""
    names = {one.person.id: one.person.full_name for one in family}
    return [
        {
            "title": f"{one.place}. {one.title}",
            "body": one.body,
            "whom": names.get(one.person, ""),
            "term": due_day(one),
            "at": one.state.value,
        }
        for one in found
    ]


@form_adapter("support/completion")
class Completion(FormAdapter):
    """The centre marks the plan as completed, with the day; or goes on with new measures."""

    gives: ClassVar[Mapping[str, str]] = {"decision": "string"}

    def load(self, session: Any, work: Work) -> Mapping[str, object]:
        """Show how every measure ended and what follows from it; propose today."""
        found = current(session, work)
        measures = records.measures(session, found.number)
        family = records.members(session, found.number)
        return {
            "result": result(measures),
            "bodies": body_options(found.region, [one.body for one in measures]),
            "measures": listed(measures, family),
            "completed_on": today(work).isoformat(),
            "status_after": word(found.content, "status_after") or None,
        }

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Keep the mark; `FormRefused` while a measure is open, or for a day that cannot be."""
        found, decision = current(session, work), word(values, "decision")
        if decision != "complete":
            kept = dict(found.content) | {"continued": word(values, "reason")}
            records.save_intake(session, found.number, kept, found.specialist)
            records.set_state(session, found.number, PlanState.DRAFTING)
            return {"decision": decision}
        measures = records.measures(session, found.number)
        on = day(values, "completed_on") or today(work)
        self._check(measures, on, today(work))
        kept = dict(found.content) | {
            "status_after": word(values, "status_after"),
            "note": word(values, "note"),
        }
        records.save_intake(session, found.number, kept, found.specialist)
        records.mark_completed(session, found.number, on=on, result=result(measures))
        return {"decision": decision}

    @staticmethod
    def _check(measures: Sequence[Measure], on: date, now: date) -> None:
        if any(one.open for one in measures):
            raise refused(
                "decision", text("A measure is open still: the plan cannot be completed.")
            )
        last = max((one.closed_at for one in measures if one.closed_at), default=None)
        if on > now or (last is not None and on < last.astimezone(ZONE).date()):
            said = text("The day lies between the last measure’s mark and today.")
            raise refused("completed_on", said)


@form_adapter("support/takeover")
class Takeover(FormAdapter):
    """A family has moved here: the new centre meets it and takes its plan over."""

    gives: ClassVar[Mapping[str, str]] = {"decision": "string"}

    def load(self, session: Any, work: Work) -> Mapping[str, object]:
        """Show where it comes from and what is open; fill in how it is reached."""
        found = current(session, work)
        family, moves = records.members(session, found.number), records.moves(session, found.number)
        open_ = [one for one in records.measures(session, found.number) if one.open]
        reached = people.contacts(session, family[0].person.id) if family else {}
        return {
            "origin": moves[-1].origin if moves else None,
            "centres": [office_option(session, one.origin) for one in moves],
            "reason": moves[-1].reason if moves else "",
            "family": "\n".join(called(one) for one in family),
            "bodies": body_options(found.region, [one.body for one in open_]),
            "measures": listed(open_, family),
            "address": "",
            "phone": reached.get("phone", ""),
            "decision": "take",
        }

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Keep the new address; whoever takes the plan over leads it."""
        found = current(session, work)
        kept = dict(found.content) | {"address": word(values, "address")}
        records.save_intake(session, found.number, kept, actor.account)
        family = records.members(session, found.number)
        if family:
            applicant = family[0].person.id
            reached = people.contacts(session, applicant) | {"phone": word(values, "phone")}
            people.save_contacts(session, applicant, reached)
        records.take_over(
            session, found.number, specialist=actor.account, by=actor.name, at=work.now
        )
        return {"decision": "take"}


@form_adapter("support/followup")
class FollowUpForm(FormAdapter):
    """B-13: some months later the centre looks whether the family has fallen back."""

    gives: ClassVar[Mapping[str, str]] = {"result": "string"}

    def load(self, session: Any, work: Work) -> Mapping[str, object]:
        """Show whom to ask after."""
        family = records.members(session, number_of(work))
        return {
            "family": "\n".join(called(one) for one in family),
            "months": str(_months(work)),
        }

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Keep what was found."""
        records.follow_up(
            session,
            number_of(work),
            _months(work),
            result=word(values, "result"),
            note=word(values, "note"),
            by=actor.name,
            at=work.now,
        )
        return {"result": word(values, "result")}


def _months(work: Work) -> int:
    found = work.variables.get("month")
    return int(found) if isinstance(found, int | float) else 0
