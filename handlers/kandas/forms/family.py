"""People of the application: form values to persons and back, and what cannot be true of them."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date
from itertools import chain
from typing import Any

from engine.model.text import text
from handlers.kandas import content
from handlers.kandas.forms.base import Errors, Row, Values, rows, word
from handlers.people import iin as numbers
from handlers.people import records as people
from handlers.people.facts import PersonFacts, Relationship


def _day(said: str) -> date | None:
    return date.fromisoformat(said[:10]) if said else None


def facts(row: Row, known: str = "") -> PersonFacts:
    """Return a person as typed; `known` is the id the person has already."""
    return PersonFacts(
        id=known,
        surname=word(row, "surname"),
        name=word(row, "name"),
        patronymic=word(row, "patronymic"),
        iin=word(row, "iin") or None,
        born=_day(word(row, "born")),
        sex=word(row, "sex"),
        citizenship=word(row, "citizenship"),
        document=word(row, "document"),
        education=word(row, "education"),
    )


def everybody(values: Values) -> Iterator[tuple[str, Row]]:
    """Yield the applicant and the members with the beginning of their fields' paths."""
    yield "", values
    for number, row in enumerate(rows(values, "members")):
        yield f"members.{number}.", row


def check_numbers(found: Iterator[tuple[str, Row]], errors: Errors) -> None:
    """Check every IIN against birth and sex, and that nobody is named twice."""
    seen: dict[str, str] = {}
    for path, row in found:
        iin = word(row, "iin")
        if not iin:
            continue
        said = numbers.against(iin, birth=_day(word(row, "born")), said=word(row, "sex"))
        errors.add(f"{path}iin", said)
        if iin in seen:
            errors.add(f"{path}iin", text("This person is in the application already."))
        seen[iin] = path


def check_members(values: Values, errors: Errors) -> None:
    """Check what cannot be true of a family: two spouses, the same person twice without an IIN."""
    spouses = 0
    seen: set[tuple[str, str, str]] = set()
    for path, row in everybody(values):
        key = (word(row, "surname").casefold(), word(row, "name").casefold(), word(row, "born"))
        if key in seen and not word(row, "iin"):
            errors.add(f"{path}surname", text("This person is in the application already."))
        seen.add(key)
        spouses += word(row, "relationship") == Relationship.SPOUSE.value
        if spouses > 1 and word(row, "relationship") == Relationship.SPOUSE.value:
            errors.add(f"{path}relationship", text("The application already names a spouse."))
    check_numbers(chain(everybody(values), _lost_ways(values)), errors)
    _check_lost(values, errors)


def _lost_ways(values: Values) -> Iterator[tuple[str, Row]]:
    """Yield the children who died with the beginning of their fields' paths."""
    for number, row in enumerate(content.lost(values)):
        yield (f"lost.{number}." if "lost" in values else "deceased_"), row


def _check_lost(values: Values, errors: Errors) -> None:
    """Check that no child without an IIN is named twice."""
    seen: set[tuple[str, str, str]] = set()
    for path, row in _lost_ways(values):
        key = (word(row, "surname").casefold(), word(row, "name").casefold(), word(row, "iin"))
        if key in seen and not word(row, "iin"):
            errors.add(f"{path}name", text("This person is in the application already."))
        seen.add(key)


def save(session: Any, case_number: str, values: Values) -> dict[str, object]:
    """Write persons and family; return the values with everybody's person id in them."""
    applicant = people.save_person(session, facts(values, word(values, "person")))
    written: list[tuple[str, Relationship]] = [(applicant.id, Relationship.APPLICANT)]
    members: list[dict[str, object]] = []
    for row in rows(values, "members"):
        member = people.save_person(session, facts(row, word(row, "person")))
        members.append(dict(row) | {"person": member.id})
        written.append((member.id, Relationship(word(row, "relationship"))))
    people.save_family(session, case_number, written)
    contacts = {channel: word(values, channel) for channel in ("phone", "email", "messenger")}
    people.save_contacts(session, applicant.id, contacts)
    return dict(values) | {"person": applicant.id, "members": members}


def save_lost(session: Any, values: Values, before: Values) -> dict[str, object]:
    """Write the children who died, who are no members; return the values with their ids in them.

    `before` are the values as they were: only its own children may be named by their ids.
    """
    known = {word(row, "person") for row in content.lost(before)} - {""}
    if "lost" not in values:
        return {"deceased": "".join(_child(session, row, known) for row in content.lost(values))}
    kept = {**values, "lost": rows(values, "lost")}
    return {
        "lost": [dict(row) | {"person": _child(session, row, known)} for row in content.lost(kept)]
    }


def _child(session: Any, row: Row, own: Collection[str]) -> str:
    """Write a child who died; return the id."""
    iin = word(row, "iin")
    known = people.person_by_iin(session, iin) if iin else None
    if known is not None:
        return known.id
    before = word(row, "person")
    earlier = people.person(session, before) if before in own else None
    kept = earlier.id if earlier is not None and not earlier.iin else ""
    parts = ("surname", "name", "patronymic", "iin")
    return people.save_person(session, facts({part: word(row, part) for part in parts}, kept)).id


def lost_ids(values: Values) -> list[str]:
    """Return the person ids of the children who died."""
    return [found for row in content.lost(values) if (found := word(row, "person"))]


def with_numbers(session: Any, values: Values, iins: dict[str, str]) -> dict[str, object]:
    """Write IINs by person id; return the values with them."""
    for person_id, iin in iins.items():
        known = people.person(session, person_id)
        if known is not None and known.iin != iin:
            people.save_person(session, replace(known, iin=iin))
    members = [
        dict(row) | {"iin": iins.get(word(row, "person"), word(row, "iin"))}
        for row in rows(values, "members")
    ]
    own = iins.get(word(values, "person"), word(values, "iin"))
    return dict(values) | {"iin": own, "members": members}
