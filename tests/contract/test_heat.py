"""Where the time goes, counted by hand against the service; and what it costs among a million."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, text

from engine.errors import Forbidden, NotFound
from engine.model.calendar import WorkingCalendar
from engine.model.people import SYSTEM
from engine.services import definitions
from engine.services.workshop.heat import HeatView, Query, Warmth, heat
from engine.store import Database, new_id
from engine.store.heat import Heat
from engine.store.tables import instance, user_task
from tests.contract.diagrams import FILES, TWO_OFFICES
from tests.contract.world import World


def seen(world: World, who: str = "admin", **asked: object) -> HeatView:
    now = world.clock.now()
    period = {"since": now - timedelta(days=60), "until": now + timedelta(days=1)}
    with world.database.reading() as uow:
        query = Query(**{"process": "letters", **period, **asked})  # type: ignore[arg-type]
        return heat(uow, world.ctx, world[who], query)


def row(view: HeatView, element: str) -> Warmth:
    return next(one for one in view.rows if one.element == element)


def played(world: World, key: str, hours: int, decision: str = "accept") -> str:
    """Play a case whose check takes so many hours of the clock."""
    case, task = world.written(key)
    world.clock.advance(timedelta(hours=hours))
    world.claim("checker", task)
    world.complete("checker", task, decision=decision)
    return case


def test_median_and_nine_in_ten_are_working_time(world: World) -> None:
    days, times = WorkingCalendar(), []
    for number, hours in enumerate((1, 20, 30, 70, 100)):
        began = world.clock.now()
        played(world, f"N-{number}", hours)
        times.append(days.working_time(began, world.clock.now()))
    found = row(seen(world), "check")
    assert (found.timed, found.entered, found.term) == (5, 5, 1)
    assert found.median == sorted(times)[2]
    assert found.p90 == max(times)
    assert found.level == 4
    assert found.share == pytest.approx(1.0, abs=0.01)


def test_what_was_late_returned_and_open_is_counted(world: World) -> None:
    played(world, "N-1", 80, "return")
    world.written("N-2")
    world.clock.advance(timedelta(days=9))
    view = seen(world)
    check, write = row(view, "check"), row(view, "write")
    assert (check.late, check.open, check.entered) == (2, 1, 2)
    assert (write.again, write.open, write.entered) == (1, 1, 3)
    assert row(view, "which").entered == 1, "what nobody does is counted off history"


def test_versions_regions_and_periods_narrow_it(world: World) -> None:
    played(world, "N-1", 5)
    with world.database.reading() as uow:
        first = definitions.latest(uow, "letters").id
    with world.database.begin() as uow:
        uow.organisations.put("office.a", {"kk": "А"}, "office", "47", "")
        files = {**FILES, "letters.bpmn": TWO_OFFICES.replace(b"P1D", b"P2D")}
        definitions.deploy(uow, world.ctx, SYSTEM, files)
        uow.commit()
    world.start("N-2")
    assert seen(world).cases == 2
    assert seen(world, definition_id=first).cases == 1
    assert {one.element for one in seen(world, region="47").rows} == {"write"}
    long_ago = datetime(2020, 1, 1, tzinfo=world.clock.now().tzinfo)
    assert seen(world, since=long_ago, until=long_ago + timedelta(days=1)).rows == ()
    with pytest.raises(NotFound):
        seen(world, definition_id="0" * 32)
    with pytest.raises(NotFound):
        seen(world, process="none")


def test_only_analysts_and_administrators_look(world: World) -> None:
    with pytest.raises(Forbidden):
        seen(world, "head")


def crowd(database: Database, world: World, cases: int) -> None:
    """Write many ended cases with two tasks each, an hour apart."""
    with database.begin() as uow:
        definition = definitions.latest(uow, "letters").id
        made = [new_id(world.clock.now() - timedelta(hours=n)) for n in range(cases)]
        whole = {
            "definition_id": definition, "process": "letters", "business_key": "X",
            "status": "completed", "revision": 3, "state": b"", "variables": b"", "waits": False,
            "started_at": world.clock.now(), "started_by": "", "end_element": "done",
            "failure": "",
        }  # fmt: skip
        uow.execute(insert(instance), [{**whole, "id": one, "root_id": one} for one in made])
        task = {
            "process": "letters", "element": "check", "business_key": "X", "status": "completed",
            "role": "checker", "organisation": "office.b", "more_candidates": False, "form": "",
            "priority": 50, "due_at": world.clock.now(), "created_at": world.clock.now(),
            "ended_at": world.clock.now(), "submission": "", "round": 1, "step": 1, "revision": 1,
        }  # fmt: skip
        rows = [
            {**task, "id": new_id(world.clock.now()), "instance_id": one}
            for one in made
            for _ in range(2)
        ]
        uow.execute(insert(user_task), rows)
        uow.commit()


def plan(database: Database, statement: str, values: dict[str, object]) -> str:
    """Return how the database would go about a statement."""
    word = "EXPLAIN" if database.dialect == "postgresql" else "EXPLAIN QUERY PLAN"
    with database.reading() as uow:
        rows = uow.execute(text(f"{word} {statement}"), values).all()
    return "\n".join(" ".join(map(str, one)) for one in rows)


def test_no_table_is_read_through_whatever_it_holds(world: World) -> None:
    """The plans of the statements themselves, among more cases than a sample takes."""
    crowd(world.database, world, 3000)
    with world.database.begin() as uow:
        uow.execute(text("ANALYZE"))
        uow.commit()
    said: list[str] = []
    with world.database.reading() as uow:
        real = uow.execute

        def noted(statement, values=None):  # type: ignore[no-untyped-def]
            kind = uow.connection.dialect
            said.append(
                str(statement.compile(dialect=kind, compile_kwargs={"literal_binds": True}))
            )
            return real(statement, values)

        uow.execute = noted  # type: ignore[method-assign]
        tables = Heat(uow)
        now = world.clock.now()
        cases = tables.sample(
            "letters", since=now - timedelta(days=30), until=now, definition_id="", most=30
        )
        assert len(cases) == 30
        tables.tasks(cases, None)
        tables.passed(cases)
        tables.stays(cases, ["check"])
    assert len(said) == 4
    for statement in said:
        how = plan(world.database, statement, {})
        assert "SCAN user_task" not in how, how
        assert "SCAN instance" not in how, how
        assert "Seq Scan on user_task" not in how, how
        assert "Seq Scan on instance" not in how, how
