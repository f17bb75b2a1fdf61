"""K-14 to K-17 in the mobility centre of settlement, and the draft plan of K-19."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from engine.handling import FormAdapter, Work, form_adapter
from engine.model.calendar import ZONE
from engine.model.people import Actor
from engine.model.text import text
from handlers.kandas import records
from handlers.kandas.forms.base import (
    Row,
    Values,
    current,
    limit,
    refused,
    rows,
    word,
    words,
)
from handlers.kandas.records import Contacting, Move, Offer, Plan

#: Transport as the order lists it (K-17.3).
TRANSPORT = ("road", "rail", "air")


def _today(work: Work) -> str:
    return work.now.astimezone(ZONE).date().isoformat()


@form_adapter("kandas/contact")
class Contact(FormAdapter):
    """K-14: one attempt to reach the kandas; several in vain are an outcome (A-09)."""

    gives: ClassVar[Mapping[str, str]] = {
        "contact_result": "string",
        "contact_attempts": "number?",
        "outcome": "string?",
    }

    def load(self, session: Any, work: Work) -> Mapping[str, object]:
        """Fill in today."""
        return {"date": _today(work)}

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Keep the attempt; tell the process whether to try again."""
        attempt = Contacting(
            channel=word(values, "channel"),
            held_on=date.fromisoformat(word(values, "date")[:10]),
            result=word(values, "result"),
            note=word(values, "note"),
            by=actor.name,
        )
        records.contacted(session, work.business_key, attempt, work.now)
        return self._outcome(attempt.result, work)

    @staticmethod
    def _outcome(result: str, work: Work) -> dict[str, object]:
        if result == "reached":
            return {"contact_result": "reached", "contact_attempts": 0}
        if result == "withdrawn":
            return {"contact_result": "withdrawn", "outcome": "withdrawn"}
        made = work.variables.get("contact_attempts")
        tried = 1 + (made if isinstance(made, int) else 0)
        if tried < int(limit(work, "contact_attempts") or 1):
            return {"contact_result": "again", "contact_attempts": tried}
        return {"contact_result": "unreachable", "outcome": "unreachable", "contact_attempts": 0}


@form_adapter("kandas/advice")
class Advice(FormAdapter):
    """K-15(2): advice on the conditions of resettlement."""

    gives: ClassVar[Mapping[str, str]] = {"advised_on": "string"}

    def load(self, session: Any, work: Work) -> Mapping[str, object]:
        """Fill in today."""
        return {"date": _today(work)}

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Keep what was explained."""
        records.save_check(
            session,
            work.business_key,
            step=work.element,
            round=1,
            found=values,
            by=actor.name,
            at=work.now,
        )
        return {"advised_on": word(values, "date")}


def _offer(row: Row) -> Offer:
    pay = row.get("pay")
    return Offer(
        position=word(row, "position"),
        employer=word(row, "employer"),
        locality=word(row, "locality"),
        pay=int(pay) if isinstance(pay, int | float) else None,
        wanted=bool(row.get("wanted")),
    )


@form_adapter("kandas/vacancies")
class Vacancies(FormAdapter):
    """K-16: vacancies offered and what the kandas says to them."""

    gives: ClassVar[Mapping[str, str]] = {
        "reaction": "string",
        "unemployment_reason": "string",
        "outcome": "string?",
    }

    def load(self, session: Any, work: Work) -> Mapping[str, object]:
        """Fill in what the labour exchange found."""
        return {
            "offers": [
                {
                    "position": word(row, "title"),
                    "employer": word(row, "employer"),
                    "locality": word(row, "place"),
                    "pay": row.get("pay"),
                }
                for row in rows(work.variables, "found_vacancies")[:10]
            ]
        }

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Keep the vacancies; interest means exactly one of them."""
        reaction = word(values, "reaction")
        found = [_offer(row) for row in rows(values, "offers")]
        wanted = sum(one.wanted for one in found)
        if reaction == "interested" and wanted != 1:
            raise refused("offers", text("Tick the one vacancy that the kandas chose."))
        if reaction == "refused" and not found:
            raise refused("offers", text("Write down the vacancy that was refused."))
        records.save_offers(session, work.business_key, found, reaction, actor.name, work.now)
        self._note(session, work, values, actor)
        told: dict[str, object] = {"reaction": reaction}
        if reaction == "withdrawn":
            told["outcome"] = "withdrawn"
        return told | {"unemployment_reason": "refusal" if reaction == "refused" else "no_job"}

    @staticmethod
    def _note(session: Any, work: Work, values: Values, actor: Actor) -> None:
        """Keep the answer with the active measures and the note; the vacancies are rows."""
        records.save_check(
            session,
            work.business_key,
            step=work.element,
            round=current(session, work).round,
            found={key: value for key, value in values.items() if key != "offers"},
            by=actor.name,
            at=work.now,
        )


@form_adapter("kandas/move")
class MoveForm(FormAdapter):
    """K-17: route, day, transport and heads."""

    gives: ClassVar[Mapping[str, str]] = {
        "moves_on": "string",
        "moving_heads": "number",
        "transport": "string",
    }

    def load(self, session: Any, work: Work) -> Mapping[str, object]:
        """Fill in the locality of the chosen vacancy, else the wished one, and the heads."""
        found = current(session, work)
        chosen = [one for one in records.offers(session, work.business_key) if one.wanted]
        place = chosen[-1].locality if chosen else ""
        return {
            "locality": place or word(found.content, "destination_locality"),
            "heads": found.heads,
        }

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Keep the move; nobody arrives who is not in the application."""
        found = current(session, work)
        heads = int(word(values, "heads") or 0)
        if heads > found.heads:
            said = text("There are {count} people in the application.", count=found.heads)
            raise refused("heads", said)
        move = Move(
            locality=word(values, "locality"),
            route=word(values, "route"),
            day=date.fromisoformat(word(values, "date")[:10]),
            transport=word(values, "transport"),
            heads=heads,
            terms=word(values, "terms"),
        )
        records.save_move(session, work.business_key, move, actor.name, work.now)
        return {
            "moves_on": move.day.isoformat(),
            "moving_heads": heads,
            "transport": move.transport,
        }


@form_adapter("kandas/plan_draft")
class PlanDraft(FormAdapter):
    """K-19: the draft of the individual plan, formed with the kandas."""

    gives: ClassVar[Mapping[str, str]] = {"outcome": "string"}

    def save(
        self, session: Any, work: Work, values: Mapping[str, object], actor: Actor
    ) -> Mapping[str, object]:
        """Keep which of the 25 services it contains (version 0 of the plan, A-11)."""
        plan = Plan(
            services=tuple(sorted(int(one) for one in words(values, "services"))),
            wishes=word(values, "wishes"),
            channel=word(values, "channel"),
        )
        records.save_plan(session, work.business_key, plan, actor.name, work.now)
        records.settle(session, work.business_key, "plan_draft")
        return {"outcome": "plan_draft"}
