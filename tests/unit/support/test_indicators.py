"""A quarter in numbers (S-13), each of which was counted by hand from the played quarter."""

from engine.store import Database
from handlers.support import offices, quarters, records
from handlers.support.records import Count, Time
from tests.unit.support.quarter_world import THIRD, a_quarter, at
from tests.unit.support.world import CENTRE, DAUGHTER, MOTHER, OTHER


def found_in(
    database: Database, centre: str = CENTRE, quarter: str = "2026-3"
) -> records.Indicators:
    with database.begin() as uow:
        a_quarter(uow.session)
        return records.gather(uow.session, centre, quarters.parse(quarter))


def test_measures_are_counted_as_they_stood_at_the_end_of_the_quarter(database: Database) -> None:
    found = found_in(database)
    assert found.total == Count(
        done=2,
        impossible=1,
        refused=1,
        withdrawn=1,
        open=3,  # employment, the meals and sport; culture was sent in October
        late=2,  # health was reported late, employment not at all
        returned=1,  # health; sport went back in October
        escalated=0,
        days=8.5,  # six days and eleven
    )
    assert found.total.total == 8


def test_each_field_and_each_body_has_its_own_numbers(database: Database) -> None:
    found = found_in(database)
    by_field = {one.code: one for one in found.fields}
    assert set(by_field) == {
        "education",
        "health",
        "social",
        "housing",
        "employment",
        "sport",
        "interior",
    }
    assert by_field["education"] == Count(code="education", done=1, open=1, days=6.0)
    assert by_field["health"] == Count(code="health", done=1, late=1, returned=1, days=11.0)
    assert by_field["employment"] == Count(code="employment", open=1, late=1)
    by_body = {one.code: one for one in found.bodies}
    assert by_body[offices.body("education", "47")].total == 2
    assert sum(one.total for one in found.bodies) == found.total.total


def test_plans_of_the_quarter(database: Database) -> None:
    found = found_in(database)
    assert (found.opened, found.running) == (1, 1)
    assert (found.completed, found.exceptions, found.closed) == (1, 0, 0)
    assert (found.relapsed, found.children) == (0, 1)
    assert found.statuses == {"E": {"C": 1}}
    assert found.followups == {"stable": 1}


def test_times_are_of_the_steps_that_ended_in_the_quarter(database: Database) -> None:
    found = {one.step: one for one in found_in(database).times}
    # The plan of May was approved in May.
    assert found["approval"] == Time(step="approval", count=1, days=3.0, longest=3.0)
    # Six on the 5th, one on the 7th, one on the 20th, after the approval of the 4th.
    assert found["dispatch"] == Time(step="dispatch", count=8, days=3.1, longest=16.0)
    # 5, 7, 3, 3 and sport's 8; the second report of health is none of a first round.
    assert found["report"] == Time(step="report", count=5, days=5.2, longest=8.0)
    # 1, 1, 2, 1, 3; what was said in October is not of this quarter.
    assert found["review"] == Time(step="review", count=5, days=1.6, longest=3.0)


def test_the_next_quarter_has_what_happened_after_the_end(database: Database) -> None:
    found = found_in(database, quarter="2026-4")
    assert (found.total.done, found.total.open) == (1, 3)  # the meals; employment, sport, culture
    assert (found.total.returned, found.total.escalated) == (1, 1)
    assert {one.step: one.count for one in found.times} == {
        "approval": 0,
        "dispatch": 1,
        "report": 1,
        "review": 2,
    }


def test_two_centres_do_not_mix_and_one_without_plans_has_zeros(database: Database) -> None:
    with database.begin() as uow:
        a_quarter(uow.session)
        other = records.gather(uow.session, OTHER, THIRD)
        empty = records.gather(uow.session, offices.centre("10"), THIRD)
        assert records.centres_at_work(uow.session, THIRD) == [CENTRE, OTHER]
        assert records.centres_at_work(uow.session, quarters.parse("2025-1")) == []
    assert other.total == Count(done=1, days=2.0)
    assert empty.total == Count()
    assert (empty.opened, empty.running, empty.fields, empty.bodies) == (0, 0, (), ())
    assert all(one.days is None for one in empty.times)


def test_numbers_are_kept_as_they_were_gathered_first(database: Database) -> None:
    number = quarters.case_number(THIRD, CENTRE)
    with database.begin() as uow:
        a_quarter(uow.session)
        records.open_quarter(uow.session, number, centre=CENTRE, region="47", quarter=THIRD)
        first = records.with_changes(
            records.gather(uow.session, CENTRE, THIRD),
            {"people": 2, "known": 2, "improved": 1, "lost": {"unemployed": 1}, "gained": {}},
        )
        records.save_indicators(uow.session, number, first, at(10, 15))
        records.save_indicators(uow.session, number, records.Indicators(quarter="x"), at(10, 16))
        uow.commit()
    with database.reading() as uow:
        kept = records.conclusion(uow.session, number)
        asked = records.people_at_work(uow.session, CENTRE, THIRD)
    assert kept is not None
    assert kept.indicators == first
    assert kept.gathered_at == at(10, 15)
    assert kept.indicators.changes == {"people": 2, "known": 2, "improved": 1}
    assert set(asked.values()) == {MOTHER, DAUGHTER}
