"""A small family with a running plan, written through the records."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from engine.model.people import Actor, Candidate
from handlers.people import records as people
from handlers.people.facts import PersonFacts, Relationship
from handlers.support import offices, records
from handlers.support.records import Measure, NewMeasure, NewMember

NOW = datetime(2026, 9, 7, 6, 0, tzinfo=UTC)
MOTHER, FATHER, DAUGHTER = "921130400018", "850312300012", "160412650014"
CENTRE, OTHER = offices.centre("47"), offices.centre("61")


def actor(*held: tuple[str, str], account: str = "a") -> Actor:
    """Return somebody who holds roles at offices."""
    return Actor(
        account=account, name="Somebody", memberships=frozenset(Candidate(*one) for one in held)
    )


def person(session: Any, surname: str, name: str, iin: str, born: date) -> PersonFacts:
    """Write a person."""
    facts = PersonFacts(id="", surname=surname, name=name, iin=iin, born=born)
    return people.save_person(session, facts)


def family(session: Any) -> list[NewMember]:
    """Write a mother and her daughter."""
    mother = person(session, "Сәрсен", "Дана", MOTHER, date(1992, 11, 30))
    daughter = person(session, "Сәрсен", "Аружан", DAUGHTER, date(2016, 4, 12))
    people.save_contacts(session, mother.id, {"phone": "+77010000001"})
    return [
        NewMember(
            person=mother.id,
            iin=MOTHER,
            relation=Relationship.APPLICANT,
            child=False,
            represents="parent",
        ),
        NewMember(person=daughter.id, iin=DAUGHTER, relation=Relationship.CHILD, child=True),
    ]


def opened(session: Any, number: str = "Ж-26-00001", centre: str = CENTRE) -> list[NewMember]:
    """Open a plan with the family in it."""
    records.begin(session, number, centre, offices.place_of(centre), NOW)
    content = {"grounds": ["poverty"], "address": "Ақтау, 5-1-10"}
    records.save_intake(session, number, content, "leader")
    members = family(session)
    records.save_members(session, number, members)
    return members


def new_measure(field: str, person: str = "", *, child: bool = False, **said: Any) -> NewMeasure:
    """Return a measure of a field in region 47."""
    return NewMeasure(
        **{
            "person": person,
            "child": child,
            "body": offices.body(field, "47"),
            "service": "",
            "title": f"Do what {field} does",
            "expected": "It is done",
            "term": date(2026, 10, 1),
            **said,
        }
    )


def running(session: Any, *fields: str, number: str = "Ж-26-00001") -> list[Measure]:
    """Open a plan whose measures were sent."""
    members = opened(session, number)
    wanted = [new_measure(one, members[0].person) for one in fields]
    found = records.plan_measures(session, number, wanted, 1, NOW)
    for one in found:
        records.sent(session, one.id, due=datetime(2026, 10, 1, 13, tzinfo=UTC), at=NOW)
    records.set_state(session, number, records.PlanState.RUNNING)
    session.flush()
    return found


def at_once(*acts: Callable[[], object]) -> None:
    """Run acts in threads that start together."""
    barrier = threading.Barrier(len(acts))
    failed: list[BaseException] = []

    def run(act: Callable[[], object]) -> None:
        barrier.wait()
        try:
            act()
        except BaseException as error:  # noqa: BLE001  (shown by the assertion below)
            failed.append(error)

    threads = [threading.Thread(target=run, args=(one,)) for one in acts]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failed == []
