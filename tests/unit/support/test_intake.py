"""The intake on both databases: two centres with one family, a signal delivered twice at once."""

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.clock import TestClock
from engine.errors import FormRefused
from engine.handling import Work
from engine.services.context import Context
from engine.store import Database
from handlers.people.facts import MemberFacts, PersonFacts, Relationship
from handlers.registries.signals import Signal
from handlers.support import cases, records
from handlers.support.forms.intake import Intake
from handlers.support.records import PlanState
from tests.unit.support.world import (
    CENTRE,
    DAUGHTER,
    FATHER,
    MOTHER,
    NOW,
    OTHER,
    actor,
    at_once,
)

SOMEBODY = actor(("centre_specialist", CENTRE))


def work(number: str) -> Work:
    return Work(
        task="t",
        instance="i",
        business_key=number,
        process="support_plan",
        element="intake",
        variables={"plan": number},
        now=NOW,
    )


def typed(applicant: str = MOTHER, **other: object) -> dict[str, object]:
    """Return a family as typed: who came first, and the child."""
    mother = applicant == MOTHER
    return {
        "outcome": "open",
        "surname": "Сәрсен",
        "name": "Дана" if mother else "Қанат",
        "iin": applicant,
        "born": "1992-11-30" if mother else "1985-03-12",
        "sex": "female" if mother else "male",
        "phone": "+77010000001",
        "represents": "parent",
        "members": [
            {
                "surname": "Сәрсен",
                "name": "Аружан",
                "iin": DAUGHTER,
                "born": "2016-04-12",
                "sex": "female",
                "relationship": "child",
            }
        ],
        "grounds": ["abuse"],
        "consent": True,
        **other,
    }


def test_mother_and_father_come_to_two_centres_at_the_same_moment(database: Database) -> None:
    """The child is in both families: one plan is opened, the other centre is told which."""
    plans = {"Ж-26-00001": (CENTRE, MOTHER), "Ж-26-00002": (OTHER, FATHER)}
    with database.begin() as uow:
        for number, (centre, _) in plans.items():
            records.begin(uow.session, number, centre, centre.split(".")[1], NOW)
        uow.commit()
    refused: dict[str, FormRefused] = {}

    def save(number: str) -> None:
        with database.begin() as uow:
            try:
                Intake().save(uow.session, work(number), typed(plans[number][1]), SOMEBODY)
            except FormRefused as error:
                refused[number] = error
                return
            uow.commit()

    at_once(*(lambda number=number: save(number) for number in plans))
    (lost,) = refused
    (won,) = set(plans) - {lost}
    assert set(refused[lost].errors) == {"members.0.iin"}
    (said,) = refused[lost].errors["members.0.iin"]
    assert said.params["plan"] == won
    with database.reading() as uow:
        assert {one.plan for one in records.open_plans(uow.session, [DAUGHTER]).values()} == {won}
        found = records.plan(uow.session, lost)
        assert found is not None
        assert (found.state, found.content) == (PlanState.INTAKE, {})


def test_only_people_of_this_plan_are_named_by_id(sqlite: Database) -> None:
    """A hidden id is typed by a browser: it must not make one person into another."""
    with sqlite.begin() as uow:
        records.begin(uow.session, "Ж-26-00001", CENTRE, "47", NOW)
        Intake().save(uow.session, work("Ж-26-00001"), typed(), SOMEBODY)
        stolen = records.members(uow.session, "Ж-26-00001")[0].person
        records.begin(uow.session, "Ж-26-00002", OTHER, "61", NOW)
        foreign = typed(FATHER, person=stolen.id, members=[], represents="")
        Intake().save(uow.session, work("Ж-26-00002"), foreign, SOMEBODY)
        (other,) = records.members(uow.session, "Ж-26-00002")
        (mother, _) = records.members(uow.session, "Ж-26-00001")
    assert other.person.id != stolen.id
    assert mother.person.iin == MOTHER


def signal() -> Signal:
    def person(relationship: Relationship, iin: str, name: str, born: datetime) -> MemberFacts:
        facts = PersonFacts(id="", surname="Сәрсен", name=name, iin=iin, born=born.date())
        return MemberFacts(person=facts, relationship=relationship)

    return Signal(
        message_id="signal-0001",
        digest="0" * 64,
        sent_at=NOW,
        region="47",
        ground="abuse",
        level="E",
        determined_on=NOW.date(),
        phone="",
        people=(
            person(Relationship.APPLICANT, MOTHER, "Дана", datetime(1992, 11, 30, tzinfo=UTC)),
            person(Relationship.CHILD, DAUGHTER, "Аружан", datetime(2016, 4, 12, tzinfo=UTC)),
        ),
    )


def test_one_signal_delivered_twice_at_once_opens_one_plan(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []

    def start(_uow: Any, _ctx: Any, number: str, _centre: str) -> tuple[str, ...]:
        started.append(number)
        return ()

    # What the case does after it was started is the acceptance tests' business.
    monkeypatch.setattr(cases, "start", start)
    ctx = Context(clock=TestClock(NOW))
    taken: list[cases.Taken] = []

    def accept() -> None:
        with database.begin() as uow:
            taken.append(cases.accept_signal(uow, ctx, signal()))
            uow.commit()

    at_once(accept, accept, accept)
    assert len({one.plan for one in taken}) == 1
    assert sorted(one.known or "" for one in taken) == ["", "0" * 64, "0" * 64]
    assert started == [taken[0].plan]
    with database.reading() as uow:
        (kept,) = records.signals(uow.session, CENTRE)
    assert kept.state == "accepted"
