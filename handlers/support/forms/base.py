"""What the adapters share besides `handlers.people.typed`: who, what, until when."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from engine.handling import Work
from engine.model.calendar import ZONE
from engine.model.people import Actor
from handlers.people.regions import name as region_name
from handlers.support import offices, records, rights
from handlers.support.records import Measure, Member, Plan
from handlers.support.rights import Part

#: The two answers to a version or a conclusion.
APPROVE, RETURN = "approve", "return"


def today(work: Work) -> date:
    """Return the day in Kazakhstan."""
    return work.now.astimezone(ZONE).date()


def limit(work: Work, name: str) -> Any:
    """Return one of the plan's limits (`handlers.support.limits`)."""
    limits = work.variables.get("limits")
    return limits.get(name) if isinstance(limits, dict) else None


def number_of(work: Work) -> str:
    """Return the number of the plan that a case is about."""
    return str(work.variables.get("plan") or work.business_key)


def current(session: Any, work: Work) -> Plan:
    """Return the case's plan; `LookupError` if the case was started without one."""
    found = records.plan(session, number_of(work))
    if found is None:
        raise LookupError(f"case {work.business_key} has no plan")
    return found


def the_measure(session: Any, work: Work) -> Measure:
    """Return the case's measure; `LookupError` if the case was started without one."""
    said = work.variables.get("measure")
    found = records.measure(session, str(said.get("id"))) if isinstance(said, dict) else None
    if found is None:
        raise LookupError(f"case {work.business_key} has no measure")
    return found


def may_see(actor: Actor, found: Plan, part: Part, body: str = "") -> bool:
    """Tell whether an actor sees a part of a plan, or of a measure of it at a body."""
    place = {"centre": found.centre, "region": found.region, "specialist": found.specialist}
    if body:
        return part in rights.of_measure(actor, body=body, **place)
    return part in rights.of_plan(actor, **place)


def item(found: Measure) -> dict[str, object]:
    """Return a measure as the process carries it: ids, codes and dates, nothing of people."""
    return {
        "id": found.id,
        "number": found.number,
        "body": found.body,
        "superior": str(offices.superior_of(found.body)),
        "days": found.days,
        "term": found.term.isoformat() if found.term else None,
    }


def people_options(family: Sequence[Member]) -> list[dict[str, str]]:
    """Return the living members as options, with the day of birth: two may be called the same."""
    return [{"value": one.person.id, "label": called(one)} for one in family if not one.deceased]


def called(found: Member) -> str:
    """Return name and day of birth."""
    born = f", {found.person.born:%d.%m.%Y}" if found.person.born else ""
    return f"{found.person.full_name}{born}"


def body_options(region: str, besides: Iterable[str] = ()) -> list[dict[str, str]]:
    """Return a region's bodies as options; `besides` are bodies of other regions."""
    own = [offices.body(field, region) for field in offices.FIELDS]
    return [_body_option(code, region) for code in dict.fromkeys([*own, *besides])]


def _body_option(code: str, region: str) -> dict[str, str]:
    place = offices.place_of(code)
    names = {
        language: offices.field_name(offices.field_of(code), language)
        + ("" if place == region else f", {region_name(place, language, short=True)}")
        for language in ("kk", "ru", "en")
    }
    return {
        "value": code,
        "label": names["kk"],
        "label:ru": names["ru"],
        "label:en": names["en"],
    }


def office_option(session: Any, code: str) -> dict[str, str]:
    """Return an office as an option: its name in the language of whoever looks."""
    name = records.office_name(session, code)
    return {
        "value": code,
        "label": name.said("kk"),
        "label:ru": name.said("ru"),
        "label:en": name.said("en"),
    }


def about(session: Any, work: Work) -> dict[str, object]:
    """Return what the forms of a measure show of it; the panel above them tells whom it is for."""
    found = the_measure(session, work)
    return {
        "number": found.number,
        "title": found.title,
        "expected": found.expected,
        "term": due_day(found),
    }


def due_day(found: Measure) -> str | None:
    """Return the day on which a term ends, ISO; None while only working days are known."""
    if found.due is not None:
        return found.due.astimezone(ZONE).date().isoformat()
    return found.term.isoformat() if found.term else None
