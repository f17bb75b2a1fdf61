"""Who sees what of a plan: row by row of roles, column by column of parts, on both databases."""

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.model.people import ADMIN, SUPERVISOR, Actor
from engine.store import Database
from handlers.support import face, offices, records, rights
from handlers.support.quarters import Quarter
from handlers.support.records import overviews, seen
from handlers.support.rights import Part
from tests.unit.support.world import CENTRE, MOTHER, NOW, OTHER, actor, new_measure, opened

PLAN = "Ж-26-00001"
INTERIOR, SOCIAL = offices.body("interior", "47"), offices.body("social", "47")
QUARTER = Quarter(year=2026, number=3)

CENTRE_PARTS = {
    Part.NUMBERS,
    Part.STATES,
    Part.FAMILY,
    Part.MEMBER,
    Part.GROUND,
    Part.MEASURES,
    Part.OWN_MEASURES,
    Part.CONCLUSIONS,
}
RISKS = {Part.RISKS, Part.MEMBER_RISKS}
BODY = {Part.MEMBER, Part.OWN_MEASURES}

#: Who → what is seen of the plan as a whole, of the interior body's measure, of the social body's.
MATRIX: dict[str, tuple[Actor, set[Part], set[Part], set[Part]]] = {
    "leading specialist": (
        actor((offices.SPECIALIST, CENTRE), account="leader"),
        CENTRE_PARTS | RISKS,
        CENTRE_PARTS | RISKS,
        CENTRE_PARTS | RISKS,
    ),
    "another specialist": (
        actor((offices.SPECIALIST, CENTRE)),
        CENTRE_PARTS,
        CENTRE_PARTS,
        CENTRE_PARTS,
    ),
    "head": (
        actor((offices.HEAD, CENTRE)),
        CENTRE_PARTS | RISKS,
        CENTRE_PARTS | RISKS,
        CENTRE_PARTS | RISKS,
    ),
    "supervisor of the centre": (
        actor((SUPERVISOR, CENTRE)),
        CENTRE_PARTS | RISKS,
        CENTRE_PARTS | RISKS,
        CENTRE_PARTS | RISKS,
    ),
    "another centre": (actor((offices.HEAD, OTHER)), set(), set(), set()),
    "interior": (
        actor((offices.BODY_SPECIALIST, INTERIOR)),
        set(),
        BODY | {Part.MEMBER_RISKS},
        set(),
    ),
    "head of the interior": (
        actor((offices.BODY_HEAD, INTERIOR)),
        set(),
        BODY | {Part.MEMBER_RISKS},
        set(),
    ),
    "social": (actor((offices.BODY_SPECIALIST, SOCIAL)), set(), set(), BODY),
    "social elsewhere": (
        actor((offices.BODY_SPECIALIST, offices.body("social", "61"))),
        set(),
        set(),
        set(),
    ),
    "region": (
        actor((offices.OVERSEER, "leo.47")),
        {Part.NUMBERS, Part.CONCLUSIONS},
        {Part.NUMBERS, Part.CONCLUSIONS},
        {Part.NUMBERS, Part.CONCLUSIONS},
    ),
    "another region": (actor((offices.OVERSEER, "leo.61")), set(), set(), set()),
    "family policy": (actor((offices.POLICY, offices.POLICY)), set(), set(), set()),
    "admin": (
        actor((ADMIN, "mlsp")),
        {Part.NUMBERS, Part.STATES},
        {Part.NUMBERS, Part.STATES},
        {Part.NUMBERS, Part.STATES},
    ),
    "admin of the region": (
        actor((ADMIN, "leo.47")),
        {Part.NUMBERS, Part.STATES},
        {Part.NUMBERS, Part.STATES},
        {Part.NUMBERS, Part.STATES},
    ),
    "admin of another region": (actor((ADMIN, "leo.61")), set(), set(), set()),
    "admin of codes that name no region": (
        actor((ADMIN, "x.y"), (ADMIN, "sb.y"), (ADMIN, "leo.99")),
        set(),
        set(),
        set(),
    ),
    "kandas officer": (actor(("career_director", "cc.47.1")), set(), set(), set()),
    "nobody": (actor(), set(), set(), set()),
}


def written(session: Any) -> None:
    """Write a plan with a measure at the interior body for the child, one at the social body."""
    mother, daughter = opened(session)
    wanted = [
        new_measure("interior", daughter.person, child=True),
        new_measure("social", mother.person),
    ]
    for one in records.plan_measures(session, PLAN, wanted, 1, NOW):
        records.sent(session, one.id, due=datetime(2026, 10, 1, 13, tzinfo=UTC), at=NOW)
        records.report(
            session,
            one.id,
            round=1,
            outcome="report",
            body=one.body,
            said="Something was done",
            documents=[],
            risks="less afraid",
            late=False,
            by="B",
            at=NOW,
        )
    risks = [
        {"person": one.person, "kind": kind, "level": "high", "note": "n"}
        for one, kind in ((mother, "relapse"), (daughter, "victimisation"))
    ]
    records.save_risks(session, PLAN, risks, by="C", at=NOW)
    records.set_state(session, PLAN, records.PlanState.RUNNING)
    number = "Т-26-3-" + CENTRE
    records.open_quarter(session, number, centre=CENTRE, region="47", quarter=QUARTER)
    session.flush()


@pytest.fixture
def plan(database: Database) -> Database:
    """A database with the plan."""
    with database.begin() as uow:
        written(uow.session)
        uow.commit()
    return database


def test_the_table_is_what_queries_grant(plan: Database) -> None:
    with plan.reading() as uow:
        found = records.plan(uow.session, PLAN)
        assert found is not None
        held = {"centre": found.centre, "region": found.region, "specialist": found.specialist}
        for name, (who, whole, interior, social) in MATRIX.items():
            assert rights.of_plan(who, **held) == whole, name
            assert rights.of_measure(who, **held, body=INTERIOR) == interior, name
            assert rights.of_measure(who, **held, body=SOCIAL) == social, name


def test_a_board_shows_no_more_than_the_row_says(plan: Database) -> None:
    with plan.reading() as uow:
        for name, (who, parts, _, _) in MATRIX.items():
            board = seen.board(uow.session, who, PLAN)
            assert (board is not None) == (Part.STATES in parts), name
            if board is not None:
                assert_board(board, parts, name)


def assert_board(board: seen.Board, parts: set[Part], name: str) -> None:
    texts = {one.title for one in board.measures} | {one.person for one in board.measures}
    shown = {
        Part.FAMILY: bool(board.members),
        Part.GROUND: bool(board.plan.content),
        Part.RISKS: bool(board.risks) and any(one.risks for one in board.reports),
        Part.MEASURES: bool(board.reports) and texts != {""},
    }
    assert shown == {part: part in parts for part in shown}, name
    assert len(board.measures) == 2, name


@pytest.mark.parametrize("place", [1, 2], ids=["interior", "social"])
def test_a_measure_shows_no_more_than_the_row_says(plan: Database, place: int) -> None:
    with plan.reading() as uow:
        for name, row in MATRIX.items():
            parts = row[2] if place == 1 else row[3]
            found = seen.measure_seen(uow.session, row[0], f"{PLAN}/{place}")
            assert (found is not None) == bool(parts & {Part.STATES, Part.OWN_MEASURES}), name
            if found is not None:
                assert_measure(found, parts, name, child=place == 1)


def assert_measure(found: seen.MeasureSeen, parts: set[Part], name: str, *, child: bool) -> None:
    shown = {
        Part.OWN_MEASURES: bool(found.measure.title) and bool(found.reports),
        Part.MEMBER: found.member is not None,
        Part.MEMBER_RISKS: bool(found.risks) and any(one.risks for one in found.reports),
    }
    assert shown == {part: part in parts for part in shown}, name
    assert (found.guardian is not None) == (child and found.member is not None), name
    # Of the one member and of nobody else.
    assert {one.kind for one in found.risks} <= {"victimisation" if child else "relapse"}, name


def test_lists_and_numbers_reach_only_so_far(plan: Database) -> None:
    with plan.reading() as uow:
        session = uow.session
        first = records.members(session, PLAN)[0].person.id
        for name, (who, whole, interior, social) in MATRIX.items():
            columns = ((f"{PLAN}/1", interior), (f"{PLAN}/2", social))
            centre = Part.FAMILY in whole
            own = {key for key, parts in columns if Part.OWN_MEASURES in parts and not centre}
            region = Part.CONCLUSIONS in whole and not centre
            assert {one.measure.number for one in overviews.inbox(session, who)} == own, name
            assert bool(overviews.plans_of(session, who, CENTRE, NOW)) == centre, name
            assert (overviews.overview(session, who, CENTRE, NOW) is not None) == centre, name
            numbers = overviews.region_overview(session, who, "47", NOW)
            assert (numbers is not None) == region, name
            assert bool(seen.plans_of_person(session, who, first)) == centre, name


def test_a_conclusion_is_seen_outside_the_centre_once_it_was_sent(plan: Database) -> None:
    number = "Т-26-3-" + CENTRE
    with plan.begin() as uow:
        for name, (who, whole, _, _) in MATRIX.items():
            before = seen.conclusion_seen(uow.session, who, number)
            assert (before is not None) == (Part.FAMILY in whole), name
        records.send_conclusion(uow.session, number, NOW)
        uow.session.flush()
        for name, (who, whole, _, _) in MATRIX.items():
            expected = Part.CONCLUSIONS in whole or name == "family policy"
            after = seen.conclusion_seen(uow.session, who, number)
            assert (after is not None) == expected, name
            assert bool(seen.conclusions_seen(uow.session, who, QUARTER)) == expected, name


def test_a_card_names_people_only_to_those_who_may_see_them(plan: Database) -> None:
    numbers = [f"{PLAN}/1", f"{PLAN}/2"]
    with plan.reading() as uow:
        for name, (who, whole, interior, social) in MATRIX.items():
            (card,) = face.PlanFace().cards(uow.session, [PLAN], who).values()
            (after,) = face.FollowUpFace().cards(uow.session, [f"{PLAN}/Б"], who).values()
            family = Part.FAMILY in whole
            assert ("Сәрсен" in card.title) == family, name
            assert ("Сәрсен" in after.title) == family, name
            assert (card.heads > 0) == family, name
            found = face.MeasureFace().cards(uow.session, numbers, who)
            for number, parts in zip(numbers, (interior, social), strict=True):
                assert ("Сәрсен" in found[number].title) == (Part.MEMBER in parts), name
                assert (found[number].title == number) == (Part.MEMBER not in parts), name


def test_a_measure_is_found_by_its_own_member_and_by_nobody_else_in_the_family(
    plan: Database,
) -> None:
    with plan.reading() as uow:
        found = face.MeasureFace().find
        assert found(uow.session, MOTHER) == [f"{PLAN}/2"]
        assert found(uow.session, "Аружан") == [f"{PLAN}/1"]
        assert sorted(found(uow.session, "сәрсен")) == [f"{PLAN}/1", f"{PLAN}/2"]
        assert found(uow.session, "Somebody else") == []
        assert face.PlanFace().find(uow.session, "Аружан Сәрсен") == [PLAN]
        assert face.FollowUpFace().find(uow.session, MOTHER) == [f"{PLAN}/Б"]
