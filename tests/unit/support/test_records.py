"""Records of order 74 on both databases: numbers, one plan per person, measures, versions."""

import threading
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.store import Base, Database, Keys
from handlers.support import offices, records
from handlers.support.records import AlreadyOpen, MeasureState, PlanState
from handlers.support.records.forgetting import forget
from tests.unit.support.world import (
    CENTRE,
    DAUGHTER,
    FATHER,
    MOTHER,
    NOW,
    OTHER,
    family,
    new_measure,
    opened,
    running,
)


def test_numbers_count_by_year(database: Database) -> None:
    with database.begin() as uow:
        found = [records.next_number(uow.session, year) for year in (2026, 2026, 2027)]
    assert found == ["Ж-26-00001", "Ж-26-00002", "Ж-27-00001"]


def test_a_plan_keeps_what_the_intake_said(database: Database) -> None:
    with database.begin() as uow:
        members = opened(uow.session)
        uow.commit()
    with database.reading() as uow:
        found = records.plan(uow.session, "Ж-26-00001")
        people = records.members(uow.session, "Ж-26-00001")
        assert records.plan(uow.session, "Ж-26-00002") is None
        assert records.plans(uow.session, ["Ж-26-00001", "Ж-26-00002"]) == {"Ж-26-00001": found}
    assert found is not None
    assert (found.state, found.centre, found.region) == (PlanState.INTAKE, CENTRE, "47")
    assert (found.heads, found.children, found.specialist) == (2, 1, "leader")
    assert found.content["grounds"] == ["poverty"]
    assert [one.person.id for one in people] == [one.person for one in members]
    assert [one.child for one in people] == [False, True]
    guard = records.guardian(people)
    assert guard is not None
    assert guard.person.iin == MOTHER


def test_a_dead_guardian_represents_nobody(sqlite: Database) -> None:
    with sqlite.begin() as uow:
        members = opened(uow.session)
        records.died(uow.session, "Ж-26-00001", members[0].person)
        uow.session.flush()
        assert records.guardian(records.members(uow.session, "Ж-26-00001")) is None
        with pytest.raises(LookupError):
            records.died(uow.session, "Ж-26-00001", "nobody")


def test_a_person_has_one_open_plan(database: Database) -> None:
    with database.begin() as uow:
        opened(uow.session)
        uow.commit()
    with database.begin() as uow:
        found = records.open_plans(uow.session, [MOTHER, FATHER, DAUGHTER])
        assert {iin: (one.plan, one.centre) for iin, one in found.items()} == {
            MOTHER: ("Ж-26-00001", CENTRE),
            DAUGHTER: ("Ж-26-00001", CENTRE),
        }
        assert records.open_plans(uow.session, [MOTHER], besides="Ж-26-00001") == {}
        records.begin(uow.session, "Ж-26-00002", OTHER, "61", NOW)
        with pytest.raises(AlreadyOpen):
            records.save_members(uow.session, "Ж-26-00002", family(uow.session))
        # The transaction lives on: the form shows the error and keeps what was typed.
        assert records.plan(uow.session, "Ж-26-00002") is not None


def test_two_centres_write_one_family_at_the_same_moment(database: Database) -> None:
    """Both look first and see nothing; the database lets exactly one of them write."""
    barrier = threading.Barrier(2)
    won: list[str] = []
    lost: list[str] = []

    def write(number: str, centre: str) -> None:
        with database.reading() as uow:
            assert records.open_plans(uow.session, [MOTHER, DAUGHTER]) == {}
        barrier.wait()
        with database.begin() as uow:
            try:
                opened(uow.session, number, centre)
            except AlreadyOpen:
                lost.append(number)
                return
            uow.commit()
            won.append(number)

    offers = [("Ж-26-00001", CENTRE), ("Ж-26-00002", OTHER)]
    threads = [threading.Thread(target=write, args=one) for one in offers]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert (len(won), len(lost)) == (1, 1)
    with database.reading() as uow:
        found = records.open_plans(uow.session, [MOTHER, DAUGHTER])
    assert {one.plan for one in found.values()} == set(won)


def test_a_plan_that_is_over_frees_its_people(database: Database) -> None:
    with database.begin() as uow:
        opened(uow.session)
        records.mark_completed(uow.session, "Ж-26-00001", on=date(2026, 12, 1), result="full")
        records.settle(uow.session, "Ж-26-00001", PlanState.COMPLETED, outcome="done", at=NOW)
        records.settle(uow.session, "Ж-26-00001", PlanState.CLOSED, outcome="late", at=NOW)
        uow.session.flush()
        assert records.open_plans(uow.session, [MOTHER]) == {}
        assert records.finished_plan(uow.session, MOTHER) == "Ж-26-00001"
        assert records.finished_plan(uow.session, FATHER) == ""
        opened(uow.session, "Ж-26-00002")
        uow.commit()
    with database.reading() as uow:
        found = records.plan(uow.session, "Ж-26-00001")
    assert found is not None
    assert (found.state, found.outcome, found.result) == (PlanState.COMPLETED, "done", "full")


def test_measures_for_children_stand_first_and_keep_their_numbers(database: Database) -> None:
    with database.begin() as uow:
        mother, daughter = opened(uow.session)
        wanted = [
            new_measure("social", mother.person),
            new_measure("education", daughter.person, child=True),
        ]
        first = records.plan_measures(uow.session, "Ж-26-00001", wanted, 1, NOW)
        kept = [replace(wanted[1], id=first[1].id, title="Otherwise"), new_measure("housing")]
        again = records.plan_measures(uow.session, "Ж-26-00001", kept, 2, NOW)
        records.drop_planned(uow.session, "Ж-26-00001", [one.id for one in again])
        uow.commit()
    with database.reading() as uow:
        found = records.measures(uow.session, "Ж-26-00001")
    assert [(one.number, one.field, one.child) for one in found] == [
        ("Ж-26-00001/2", "education", True),
        ("Ж-26-00001/3", "housing", False),
    ]
    assert found[0].title == "Otherwise"
    assert found[0].version == 1


def test_a_report_after_the_term_makes_a_measure_late_and_rework_does_not(
    database: Database,
) -> None:
    with database.begin() as uow:
        early, late = running(uow.session, "social", "housing")
        due = records.measure(uow.session, early.id)
        assert due is not None
        assert due.due is not None
        after = due.due + timedelta(minutes=1)
        assert not due.late(due.due)
        assert due.late(after)
        assert not records.reported(uow.session, early.id, at=due.due)
        records.move_to(uow.session, early.id, MeasureState.RETURNED)
        assert records.reported(uow.session, early.id, at=after)
        assert records.reported(uow.session, late.id, at=after)
        found = [records.measure(uow.session, one.id) for one in (early, late)]
    assert [one.was_late for one in found if one] == [False, True]
    assert [one.rounds for one in found if one] == [1, 0]


def test_what_is_closed_stays_closed(sqlite: Database) -> None:
    with sqlite.begin() as uow:
        (one,) = running(uow.session, "social")
        records.close(uow.session, one.id, MeasureState.DONE, at=NOW)
        records.close(uow.session, one.id, MeasureState.WITHDRAWN, at=NOW, reason="no")
        assert records.withdraw_all(uow.session, "Ж-26-00001", "no", NOW) == []
        found = records.measure(uow.session, one.id)
    assert found is not None
    assert (found.state, found.reason, found.open) == (MeasureState.DONE, "", False)


def test_a_move_takes_open_measures_along(database: Database) -> None:
    with database.begin() as uow:
        done, still = running(uow.session, "social", "housing")
        records.close(uow.session, done.id, MeasureState.DONE, at=NOW)
        records.ask_move(uow.session, "Ж-26-00001", to=OTHER, reason="work", by="W", at=NOW)
        assert [one.id for one in records.carry(uow.session, "Ж-26-00001", OTHER)] == [still.id]
        records.hand_over(uow.session, "Ж-26-00001", to=OTHER, region="61")
        records.take_over(uow.session, "Ж-26-00001", specialist="new", by="N", at=NOW)
        uow.commit()
    with database.reading() as uow:
        plan = records.plan(uow.session, "Ж-26-00001")
        found = {one.id: one for one in records.measures(uow.session, "Ж-26-00001")}
        (move,) = records.moves(uow.session, "Ж-26-00001")
    assert plan is not None
    assert (plan.centre, plan.region, plan.specialist) == (OTHER, "61", "new")
    assert found[done.id].centre == CENTRE
    assert (found[still.id].centre, found[still.id].state) == (OTHER, MeasureState.CARRIED)
    assert (move.origin, move.destination, move.reason) == (CENTRE, OTHER, "work")
    assert move.taken_at == NOW


def test_versions_follow_each_other(database: Database) -> None:
    said = {"cause": "first", "digest": "0" * 64, "document": b"<plan/>", "content": {"a": 1}}
    with database.begin() as uow:
        opened(uow.session)
        records.freeze(uow.session, "Ж-26-00001", 1, by="S", at=NOW, **said)
        with pytest.raises(ValueError, match="does not follow"):
            records.freeze(uow.session, "Ж-26-00001", 3, by="S", at=NOW, **said)
        uow.session.flush()
        records.decide(uow.session, "Ж-26-00001", 1, decision="approve", remark="", by="H", at=NOW)
        uow.commit()
    with database.reading() as uow:
        (found,) = records.versions(uow.session, "Ж-26-00001")
        plan = records.plan(uow.session, "Ж-26-00001")
    assert (found.document, found.content, found.decided_by) == (b"<plan/>", {"a": 1}, "H")
    assert plan is not None
    assert (plan.version, plan.approved_at) == (1, NOW)


def test_what_is_said_on_a_measure_is_kept_in_order(database: Database) -> None:
    with database.begin() as uow:
        (one,) = running(uow.session, "social")
        records.ask(uow.session, one.id, kind="ask", asked="Who?", by="B", at=NOW)
        uow.session.flush()
        asked = records.open_question(uow.session, one.id)
        assert asked is not None
        records.answer(uow.session, asked.id, said="She", by="C", at=NOW)
        assert records.open_question(uow.session, one.id) is None
        records.report(
            uow.session,
            one.id,
            round=1,
            outcome="report",
            body=one.body,
            said="Done",
            documents=["d1"],
            risks="less",
            late=False,
            by="B",
            at=NOW,
        )
        records.review(
            uow.session, one.id, round=1, decision="return", reason="Why?", by="C", at=NOW
        )
        uow.commit()
    with database.reading() as uow:
        (report,) = records.reports(uow.session, [one.id])
        (review,) = records.reviews(uow.session, [one.id])
        (question,) = records.questions(uow.session, [one.id])
    assert (report.said, report.documents, report.risks) == ("Done", ("d1",), "less")
    assert (review.decision, review.reason) == ("return", "Why?")
    assert (question.asked, question.answer, question.answered_by) == ("Who?", "She", "C")


def test_amendments_risks_and_follow_ups(database: Database) -> None:
    with database.begin() as uow:
        mother, daughter = opened(uow.session)
        act = {"act": "withdraw", "measure": "m"}
        made = records.amend(
            uow.session, "Ж-26-00001", version=2, acts=[act], reason="r", by="C", at=NOW
        )
        uow.session.flush()
        assert records.applied(uow.session, made, NOW)
        assert not records.applied(uow.session, made, NOW)
        risk = {"person": daughter.person, "kind": "victimisation", "level": "high", "note": "n"}
        for _ in range(2):
            records.save_risks(uow.session, "Ж-26-00001", [risk], by="C", at=NOW)
            uow.session.flush()
        records.follow_up(uow.session, "Ж-26-00001", 3, result="relapsed", note="n", by="C", at=NOW)
        uow.session.flush()
        records.relapsed(uow.session, "Ж-26-00001", "Ж-26-00009")
        uow.commit()
    with database.reading() as uow:
        (amendment,) = records.amendments(uow.session, "Ж-26-00001")
        (found,) = records.risks(uow.session, "Ж-26-00001")
        assert records.risks(uow.session, "Ж-26-00001", mother.person) == []
        (look,) = records.follow_ups(uow.session, "Ж-26-00001")
    assert (amendment.acts, amendment.applied_at) == ((act,), NOW)
    assert (found.kind, found.level, found.person) == ("victimisation", "high", daughter.person)
    assert (look.months, look.opened) == (3, "Ж-26-00009")


def test_a_signal_is_kept_once(database: Database) -> None:
    said = {"centre": CENTRE, "iins": [MOTHER], "content": {"a": 1}, "state": "accepted"}
    with database.begin() as uow:
        records.begin(uow.session, "Ж-26-00001", CENTRE, "47", NOW)
        assert records.keep_signal(uow.session, "s-1", plan="Ж-26-00001", at=NOW, **said)
        assert not records.keep_signal(uow.session, "s-1", plan="Ж-26-00002", at=NOW, **said)
        assert records.signalled_plan(uow.session, [FATHER, MOTHER]) == "Ж-26-00001"
        assert records.signalled_plan(uow.session, [FATHER]) == ""
        uow.commit()
    with database.reading() as uow:
        found = records.signal(uow.session, "s-1")
        assert records.signal(uow.session, "s-2") is None
        assert records.signals(uow.session, CENTRE) == [found]
        assert records.signals(uow.session, OTHER) == []


def test_nothing_said_of_people_is_readable_in_the_file(sqlite_url: str, keys: Keys) -> None:
    database = Database(sqlite_url, keys)
    with database.begin() as uow:
        (one,) = running(uow.session, "social")
        risk = {"person": one.person, "kind": "victimisation", "level": "high", "note": "beaten"}
        records.save_risks(uow.session, "Ж-26-00001", [risk], by="C", at=NOW)
        uow.commit()
    database.close()
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    written = b"".join(file.read_bytes() for file in path.parent.glob(path.name + "*"))
    assert offices.body("social", "47").encode() in written
    for word in ("poverty", "victimisation", "beaten", MOTHER, "Ақтау", "Do what social does"):
        assert word.encode() not in written, word


def test_a_forgotten_plan_leaves_no_row_and_another_keeps_all_of_its_own(
    database: Database,
) -> None:
    """Every table of order 74 is looked at: one that is new and forgotten here is found."""
    gone, kept = "Ж-26-00001", "Ж-26-00002"
    with database.begin() as uow:
        session = uow.session
        for number in (gone, kept):
            records.begin(session, number, CENTRE, "47", NOW)
        [measure, other] = [
            records.plan_measures(session, number, [new_measure("health")], 1, NOW)[0]
            for number in (gone, kept)
        ]
        for one in (measure, other):
            records.ask(session, one.id, kind="ask", asked="?", by="X", at=NOW)
            records.review(
                session, one.id, round=1, decision="return", reason="why", by="X", at=NOW
            )
        session.flush()
        forget(session, [gone])
        uow.commit()
    with database.reading() as uow:
        left = [
            (table.name, row)
            for table in Base.metadata.sorted_tables
            if table.name.startswith("support_")
            for row in uow.execute(select(table))
            if gone in map(str, row) or measure.id in map(str, row)
        ]
        assert left == []
        assert records.plan(uow.session, kept) is not None
        assert len(records.reviews(uow.session, [other.id])) == 1
