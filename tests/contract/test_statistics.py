"""Statistics counted by hand against the service; the event log; what they cost."""

import gzip
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import insert, text

from engine.clock import TestClock
from engine.errors import Forbidden, NotFound
from engine.model.calendar import WorkingCalendar
from engine.model.people import ADMIN, SYSTEM, Actor, ActorKind, Candidate
from engine.services import definitions
from engine.services.cockpit.statistics import xes
from engine.services.cockpit.statistics.asking import Query, kept
from engine.services.cockpit.statistics.forecast import forecast
from engine.services.cockpit.statistics.returns import returns
from engine.services.cockpit.statistics.steps import Timed, steps
from engine.services.cockpit.statistics.weeks import weeks
from engine.services.context import Context
from engine.store import Database, Keys, new_id
from engine.store.statistics import Scope, Statistics
from engine.store.tables import instance, user_task
from tests.contract.diagrams import FILES, TWO_OFFICES
from tests.contract.shared import KINDS, a_world
from tests.contract.test_heat import plan
from tests.contract.world import World, populated

SCHEMA = Path(__file__).with_name("xes.xsd")
#: The same letters, but who checks may return them by a paragraph.
RETURNING = TWO_OFFICES.replace(
    b'<camunda:property name="term" value="1"/>',
    b'<camunda:property name="term" value="1"/><camunda:property name="returns" value="K-2.4"/>',
)


@pytest.fixture(scope="module", params=KINDS)
def busy(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, keys: Keys
) -> Iterator[World]:
    """Three cases: one accepted in time, one returned and accepted late, one still checked.

    Made once on each kind of database; who changes it takes `fresh`.
    """
    with a_world(request, tmp_path_factory, keys) as world:
        yield made_busy(world)


@pytest.fixture
def fresh(sqlite: Database, ctx: Context, clock: TestClock) -> World:
    """The same, to be changed."""
    return made_busy(populated(sqlite, ctx, clock))


def made_busy(world: World) -> World:
    with world.database.begin() as uow:
        uow.organisations.put("office.a", {"kk": "А"}, "office", "47", "")
        uow.organisations.put("office.b", {"kk": "Б"}, "office", "10", "")
        definitions.deploy(uow, world.ctx, SYSTEM, {**FILES, "letters.bpmn": RETURNING})
        uow.commit()
    checked(world, world.written("N-1")[1], hours=2, decision="accept")
    case, task = world.written("N-2")
    checked(world, task, hours=1, decision="return")
    again = world.claim("writer", world.open_task(case))
    task = world.complete("writer", again, subject="Сәлем").next_tasks[0]
    checked(world, task, hours=80, decision="accept")
    world.written("N-3")
    return world


def checked(world: World, task: str, *, hours: int, decision: str) -> None:
    world.clock.advance(timedelta(hours=hours))
    world.claim("checker", task)
    world.complete("checker", task, decision=decision)


def query(world: World, **asked: Any) -> Query:
    now = world.clock.now()
    period = {"since": now - timedelta(days=60), "until": now + timedelta(days=1)}
    return Query(**{**period, **asked})


def counted(world: World, count: Any, who: Actor | None = None, **asked: Any) -> Any:
    with world.database.reading() as uow:
        return count(uow, world.ctx, who or world["admin"], query(world, **asked))


def of(rows: tuple[Timed, ...], **wanted: str) -> Timed:
    return next(
        one for one in rows if all(getattr(one, key) == said for key, said in wanted.items())
    )


def of_region(office: str) -> Actor:
    """An administrator of the region of an office."""
    held = frozenset({Candidate(ADMIN, office)})
    return Actor(kind=ActorKind.PERSON, name="R", account="0" * 32, memberships=held)


def test_times_are_working_time_and_deadlines_are_kept_or_not(busy: World) -> None:
    found = counted(busy, steps)
    check, write = of(found.steps, element="check"), of(found.steps, element="write")
    assert (check.done, check.dated, check.kept, check.term) == (3, 3, 2, 1)
    assert (write.done, write.dated, write.in_time) == (4, 0, None)
    assert check.names["kk"] == "Тексеру"
    assert check.law == ("K-2",)
    day = WorkingCalendar()
    longest = day.working_time(busy.clock.now() - timedelta(hours=80), busy.clock.now())
    assert check.p90 == longest
    assert check.median == timedelta(hours=2)
    assert check.share == pytest.approx(1.0, abs=0.01)
    office = of(found.offices, office="office.b")
    assert (office.done, office.office_names["kk"]) == (3, "Б")
    assert found.offices[0].office == "office.b", "who keeps the fewest deadlines comes first"
    assert of(found.both, element="check", office="office.b").kept == 2


def test_what_was_sent_back_is_told_by_step_paragraph_and_office(busy: World) -> None:
    found = counted(busy, returns)
    assert [(one.element, one.decided, one.back) for one in found.steps] == [("check", 3, 1)]
    (one,) = found.both
    assert (one.office, one.reason, one.share) == ("office.b", "K-2.4", pytest.approx(1 / 3))


def test_weeks_count_what_came_and_went(busy: World) -> None:
    found = counted(busy, weeks)
    assert sum(one.began for one in found) == 3
    assert sum(one.ended for one in found) == 2
    assert sum(one.done for one in found) == 7
    assert [one.monday.weekday() for one in found] == [0] * len(found)
    assert {one.monday.isoformat() for one in found} == {"2026-11-23"} | {
        one.monday.isoformat() for one in found[1:]
    }


def test_what_waits_is_foretold_and_what_is_late_is_late(fresh: World) -> None:
    found = counted(fresh, forecast)
    (row,) = [one for one in found.rows if one.element == "check"]
    assert (row.waiting, row.late, row.office) == (1, 0, "office.b")
    assert 0 < row.expected < 1
    fresh.clock.advance(timedelta(days=5))
    (row,) = [one for one in counted(fresh, forecast).rows if one.element == "check"]
    assert (row.late, row.expected) == (1, 1.0)


@pytest.mark.parametrize(
    ("asked", "tasks"),
    [
        ({"process": "letters"}, 7),
        ({"office": "office.b"}, 3),
        ({"region": "47"}, 4),
        ({"process": "letters", "office": "office.a"}, 4),
    ],
)
def test_filters_narrow_it(busy: World, asked: dict[str, str], tasks: int) -> None:
    assert counted(busy, steps, **asked).tasks == tasks


def test_a_version_and_a_period_narrow_it(busy: World) -> None:
    with busy.database.reading() as uow:
        newest, first = (row.id for row in uow.heat.versions("letters"))
    assert counted(busy, steps, process="letters", definition_id=first).tasks == 0
    assert counted(busy, steps, process="letters", definition_id=newest).tasks == 7
    assert sum(one.began for one in counted(busy, weeks, process="letters")) == 3
    past = busy.clock.now() - timedelta(days=90)
    found = counted(busy, steps, since=past, until=past + timedelta(days=20))
    assert (found.tasks, found.steps) == (0, ())


def test_an_administrator_of_a_region_sees_its_offices_alone(busy: World) -> None:
    hers = of_region("office.a")
    found = counted(busy, steps, hers)
    assert {one.office for one in found.offices} == {"office.a"}
    assert counted(busy, returns, hers).both == ()
    assert {one.office for one in counted(busy, forecast, hers).rows} <= {"office.a"}
    for asked in ({"office": "office.b"}, {"region": "10"}):
        with pytest.raises(NotFound):
            counted(busy, steps, hers, **asked)
    with pytest.raises(Forbidden):
        counted(busy, steps, busy["head"])
    with pytest.raises(Forbidden):
        counted(busy, lambda *given: kept(*given, steps), busy["head"])


def test_what_is_kept_for_a_minute_is_kept_for_the_same_eyes_only(fresh: World) -> None:
    def cached(who: Actor) -> int:
        with fresh.database.reading() as uow:
            return kept(uow, fresh.ctx, who, asked, steps).tasks

    asked = query(fresh)
    assert cached(fresh["admin"]) == 7
    assert cached(of_region("office.a")) == 4
    checked(fresh, fresh.open_task(newest_case(fresh)), hours=0, decision="accept")
    assert cached(fresh["admin"]) == 7, "within a minute it is not counted again"
    fresh.clock.advance(timedelta(minutes=1))
    assert cached(fresh["admin"]) == 8


def newest_case(world: World) -> str:
    with world.database.reading() as uow:
        return str(uow.instances.newest("N-3"))


def test_more_tasks_than_are_looked_at_are_told(busy: World) -> None:
    with busy.database.reading() as uow:
        found = steps(uow, busy.ctx, busy["admin"], query(busy), most=4)
    assert (found.tasks, found.more) == (4, True)


@pytest.mark.parametrize("asked", [{"process": "none"}, {"region": "99"}, {"until": None}])
def test_what_is_not_there_is_not_found(busy: World, asked: dict[str, Any]) -> None:
    if "until" in asked:
        asked = {"until": busy.clock.now() + timedelta(days=400)}
    with pytest.raises(NotFound):
        counted(busy, steps, **asked)


# --- the event log -------------------------------------------------------------------------------


def logged(world: World, who: Actor | None = None, **asked: Any) -> bytes:
    with world.database.reading() as uow:
        return b"".join(xes.log(uow, world.ctx, who or world["admin"], query(world, **asked)))


def events(data: bytes) -> Iterator[dict[str, str]]:
    root = etree.fromstring(data)
    for one in root.iter("{*}event"):
        yield {each.get("key"): each.get("value") for each in one}


def test_the_log_is_what_the_standards_schema_wants(busy: World) -> None:
    schema = etree.XMLSchema(etree.fromstring(SCHEMA.read_bytes()))
    schema.assertValid(etree.fromstring(logged(busy)))
    broken = logged(busy).replace(b'<date key="time:timestamp" value="2', b'<date key="x" value="')
    assert not schema.validate(etree.fromstring(broken)), "the schema can say no"


def test_the_log_tells_each_case_from_its_beginning_to_its_end(busy: World) -> None:
    root = etree.fromstring(logged(busy))
    traces = {
        trace.find("{*}string[@key='concept:name']").get("value"): trace
        for trace in root.iter("{*}trace")
    }
    assert set(traces) == {"N-1", "N-2", "N-3"}
    told = {each.get("key"): each.get("value") for each in traces["N-2"] if "event" not in each.tag}
    assert (told["process"], told["version"], told["status"]) == ("letters", "2", "completed")
    lived = [
        one["lifecycle:transition"]
        for one in events(etree.tostring(traces["N-2"]))
        if one.get("element") == "check"
    ]
    assert lived == ["schedule", "start", "complete"] * 2
    names = [one["concept:name"] for one in events(logged(busy)) if one.get("element") == "write"]
    assert set(names) == {"Жазу"}


def test_the_log_names_nobody(busy: World) -> None:
    data = logged(busy)
    for login in ("writer", "checker"):
        assert busy[login].account.encode() not in data
        assert busy[login].name.encode() not in data
    done = [one for one in events(data) if one["lifecycle:transition"] == "start"]
    people = {one["org:resource"] for one in done if one.get("element") == "check"}
    assert len(people) == 1
    assert re.fullmatch("[0-9a-f]{16}", people.pop())
    offices = {(one["org:role"], one["org:group"]) for one in done if one.get("kind") == "userTask"}
    assert offices == {("writer", "office.a"), ("checker", "office.b")}


def test_the_log_is_narrowed_like_everything_else(busy: World) -> None:
    past = busy.clock.now() - timedelta(days=100)
    assert b"<trace>" not in logged(busy, since=past, until=past + timedelta(days=9))
    with pytest.raises(NotFound):
        logged(busy, of_region("office.a"), office="office.b")
    with pytest.raises(Forbidden):
        logged(busy, busy["head"])


def test_a_packed_log_is_the_same_log(busy: World) -> None:
    data = logged(busy)
    whole = b"".join(xes.packed([data[:100], data[100:]]))
    assert gzip.GzipFile(fileobj=io.BytesIO(whole)).read() == data


# --- what it costs -------------------------------------------------------------------------------


def crowd(world: World, cases: int) -> None:
    """Write many ended cases with two tasks each, an hour apart."""
    now = world.clock.now()
    with world.database.begin() as uow:
        definition = definitions.latest(uow, "letters").id
        whole = {
            "definition_id": definition, "process": "letters", "business_key": "X",
            "status": "completed", "revision": 3, "state": b"", "variables": b"", "waits": False,
            "started_by": "", "end_element": "done", "failure": "",
        }  # fmt: skip
        task = {
            "process": "letters", "element": "check", "business_key": "X", "status": "completed",
            "role": "checker", "organisation": "office.b", "more_candidates": False, "form": "",
            "priority": 50, "submission": "", "round": 1, "step": 1, "revision": 1,
        }  # fmt: skip
        rows, tasks = [], []
        for number in range(cases):
            at = now - timedelta(hours=number)
            one = new_id(at)
            rows.append({**whole, "id": one, "root_id": one, "started_at": at, "ended_at": at})
            times = {"created_at": at, "ended_at": at, "due_at": at}
            tasks += [{**task, "id": new_id(at), "instance_id": one, **times} for _ in range(2)]
        uow.execute(insert(instance), rows)
        uow.execute(insert(user_task), tasks)
        places = ["begin", "write", "check", "which", "done", "late"]
        uow.events.add([left_behind(row, one) for row in rows for one in places])
        uow.execute(text("ANALYZE"))
        uow.commit()


def left_behind(case: dict[str, Any], element: str) -> dict[str, Any]:
    """Return the row of history that an element of a case left."""
    return {
        "instance_id": case["id"], "at": case["ended_at"], "what": "left", "element": element,
        "token": "", "actor_kind": "person", "actor": "", "actor_name": "",
        "detail": {"flows": ["f4"]}, "reason": None,
    }  # fmt: skip


def test_no_table_is_read_through_for_a_few_days_of_years(world: World) -> None:
    """The plans of the statements themselves, among more than a year of cases."""
    crowd(world, 4000)
    said: list[str] = []
    now = world.clock.now()
    scope = Scope(since=now - timedelta(days=2), until=now)
    with world.database.reading() as uow:
        real = uow.execute

        def noted(statement, values=None):  # type: ignore[no-untyped-def]
            kind = uow.connection.dialect
            whole = statement.compile(dialect=kind, compile_kwargs={"literal_binds": True})
            said.append(str(whole))
            return real(statement, values)

        uow.execute = noted  # type: ignore[method-assign]
        tables = Statistics(uow)
        assert len(list(tables.completed(scope, 1000))) == 96
        assert len(list(tables.began(scope, 1000))) in {48, 49}
        assert len(list(tables.ended(scope, 1000))) == 48
        list(tables.decided(scope, {"check"}, {"which"}))
        list(tables.waiting(scope, ["office.b"], 10))
        next(tables.cases(scope, 10))
        tables.history(["0" * 32])
    assert len(said) == 7
    for statement in said:
        how = plan(world.database, statement.replace("%%", "%"), {})
        for table in ("user_task", "instance", "event"):
            assert f"SCAN {table}" not in how, (statement, how)
            assert f"Seq Scan on {table}" not in how, (statement, how)
