"""Opening a case: the number, the record, the process with the limits of the day."""

from collections.abc import Mapping
from typing import Any

from engine.errors import Forbidden
from engine.handling import begins, roles, sends
from engine.model.calendar import ZONE
from engine.model.people import Actor
from engine.model.text import text
from engine.services import instances, messages
from handlers.kandas import records, regions
from handlers.kandas.face import PROCESS
from handlers.kandas.limits import Limits

#: Role that opens cases, at a career centre.
OPENER = "career_specialist"


def variables(case_number: str, centre: str, settings: Mapping[str, str]) -> dict[str, object]:
    """Return what the process starts with; every name a condition reads is there from the start."""
    return {
        "case": case_number,
        "offices": regions.offices(centre, ""),
        "limits": Limits.read(settings).variables(),
        "origin": regions.region_of(centre),
        "destination": "",
        "round": 1,
        "asked_round": 0,
        "version": 0,
        "changed": True,
        "decision": "",
        "returned_by": "",
        "back_to": "",
        "portal_number": None,
        "documents": [],
        "deceased": [],
        "facts": None,
        "identity_scans": None,
        "civil_scans": None,
        "guardianship_scans": None,
        "adoption_scans": None,
        "assigned": "",
        "contact_attempts": 0,
        "contact_result": "",
        "reaction": "",
        "outcome": "",
        "unemployment_reason": "no_job",
        "found_vacancies": [],
        "moves_on": None,
        "moving_heads": 0,
        "transport": "",
    }


begins(PROCESS, lambda: variables("", "cc.10.1", {}))
roles(
    "career_director",
    "career_specialist",
    "leo_head",
    "leo_specialist",
    "mobility_head",
    "mobility_specialist",
)
for _message in ("kandas.withdrawn", "kandas.appeared", "kandas.vacancy_found"):
    sends(_message)


def open_case(uow: Any, ctx: Any, actor: Actor, centre: str) -> tuple[str, str]:
    """Open a case at a career centre (K-5); return its number and instance id. Caller commits.

    Raises `Forbidden` unless the actor is an employee of that centre.
    """
    if centre not in actor.organisations(OPENER):
        raise Forbidden(text("Only an employee of the career centre opens a case there."))
    now = ctx.now()
    number = records.next_number(uow.session, now.astimezone(ZONE).year)
    records.begin(uow.session, number, centre, now)
    settings = {**ctx.settings, **uow.settings.all()}
    known = variables(number, centre, settings)
    return number, instances.start(uow, ctx, actor, PROCESS, number, known)


def withdraw(uow: Any, ctx: Any, actor: Actor, case_number: str) -> None:
    """Close a case because the kandas withdraws the application (A-09). Caller commits."""
    messages.publish(uow, ctx, actor, "kandas.withdrawn", business_key=case_number)


def appeared(uow: Any, ctx: Any, actor: Actor, case_number: str) -> None:
    """Go back to K-14: a kandas who could not be reached has turned up. Caller commits."""
    messages.publish(uow, ctx, actor, "kandas.appeared", business_key=case_number)


def vacancy_found(uow: Any, ctx: Any, actor: Actor, case_number: str) -> None:
    """Go back to K-16: within the search period a vacancy has come up. Caller commits."""
    messages.publish(uow, ctx, actor, "kandas.vacancy_found", business_key=case_number)
