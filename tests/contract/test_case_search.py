"""Finding cases: every filter against the rows themselves, order, counts, walk; on both databases.

The ground is drawn by the bench's generator: a few hundred cases of every state, with tasks, jobs,
incidents and variables. What a list must hold is worked out here row by row, without its SQL.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from sqlalchemy import update

from engine.bench import offices
from engine.bench.cases import MESSAGE, Cases
from engine.bench.domains import Ground
from engine.bench.offices import Country
from engine.clock import TestClock
from engine.errors import Forbidden, FormRefused, NotFound, ValueRefused
from engine.feel import compile_lenient
from engine.handling import Extensions
from engine.model.elements import Process
from engine.model.people import ADMIN, SYSTEM, Actor, Candidate
from engine.services import accounts, definitions, organisations, searchable, signing_in
from engine.services.cockpit import asking, conditions, filters, hourly, overview, search
from engine.services.cockpit.filters import Shared
from engine.services.cockpit.selecting import Selection, read_query
from engine.services.context import Context
from engine.store import Database, Keys, listing, removals
from engine.store.counting import counting, rows
from engine.store.tables import instance, organisation
from engine.store.wanted import Sort, Wanted
from tests.conftest import NOW
from tests.contract.diagrams import HEAD
from tests.contract.shared import KINDS, of_kind
from tests.contract.world import World

CASES = 300
#: Enough people and offices for that.
SMALL = {"OFFICES": 6, "ROLES": 4, "FEW": 2, "LARGE": 2, "MANY": 3, "PLACES": 2}
#: Conditions that are tried.
TRIED = 1000 if os.environ.get("ZHOLDAMA_HYPOTHESIS") == "long" else 40
DAY = timedelta(days=1)
#: A region, and its offices.
REGION, REGIONAL = "471010000", ("office001", "office003")


class Fair:
    """The ground, and everything on it as plain rows."""

    def __init__(self, database: Database) -> None:
        self.clock = TestClock(NOW)
        self.ctx = Context(clock=self.clock, extensions=Extensions(), faces={})
        self.database = database
        app: Any = SimpleNamespace(database=database, context=self.ctx)
        country = Country()
        country.move_in(app)
        written = Cases(Ground(app=app, files={}, folder=Path()), country)
        written.write(CASES)
        self.older, self.newer = written.versions[:2]
        self._arrange()
        with database.reading() as uow:
            self.cases = {row.id: row for row in rows(uow, "instance")}
            self.tasks = [row for row in rows(uow, "user_task") if row.status == "open"]
            self.jobs = rows(uow, "job")
            self.incidents = [row for row in rows(uow, "incident") if row.resolved_at is None]
            self.variables: dict[str, dict[str, Any]] = {one: {} for one in self.cases}
            for row in rows(uow, "case_variable"):
                value = {"text": row.words, "number": row.number, "moment": row.moment}
                flag = row.kind == "boolean"
                held = bool(row.number) if flag else value[row.kind]
                self.variables[row.instance_id][row.name] = held
            self.logins = {one.id: one.login for one in accounts.list_accounts(uow)}

    def _arrange(self) -> None:
        """Have two offices of one region, and a process that runs in two versions."""
        joined = update(organisation).where(organisation.c.code.in_(REGIONAL))
        some = instance.c.business_key.like("%5")
        moved = update(instance).where(instance.c.definition_id == self.older, some)
        with self.database.begin() as uow:
            uow.execute(joined.values(region=REGION))
            uow.execute(moved.values(definition_id=self.newer))
            uow.commit()

    def work(self, **said: Callable[[Any], bool]) -> set[str]:
        """Return cases with an open task of which all that holds."""
        return {t.instance_id for t in self.tasks if all(holds(t) for holds in said.values())}

    def walked(self, query: Mapping[str, list[str]], size: int = 7) -> list[str]:
        """Return the whole list, page by page."""
        found: list[str] = []
        after = ""
        while True:
            with self.database.reading() as uow:
                page = search.page(
                    uow, self.ctx, SYSTEM, asking.read(query), after=after, size=size
                )
            found += [line.id for line in page.lines]
            after = page.next
            if not after:
                return found


@pytest.fixture(scope="module", params=KINDS)
def fair(
    request: pytest.FixtureRequest, keys: Keys, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fair]:
    with of_kind(request, tmp_path_factory) as url, pytest.MonkeyPatch.context() as patch:
        for name, value in SMALL.items():
            patch.setattr(offices, name, value)
        database = Database(url, keys)
        yield Fair(database)
        database.close()


def local(days: int) -> str:
    return (NOW - days * DAY).strftime("%Y-%m-%d")


def midnight(days: int) -> datetime:
    """Beginning of that day in Kazakhstan."""
    return (NOW + timedelta(hours=5) - days * DAY).replace(
        hour=0, minute=0, second=0, microsecond=0
    ) - timedelta(hours=5)


#: Query → which rows of `instance` fit, given the ground.
FILTERS: list[tuple[dict[str, list[str]], Callable[[Fair, Any], bool]]] = [
    ({}, lambda f, c: True),
    ({"status": ["active"]}, lambda f, c: c.status == "active"),
    ({"status": ["failed", "cancelled"]}, lambda f, c: c.status in {"failed", "cancelled"}),
    ({"process": ["bench_0"]}, lambda f, c: c.process == "bench_0"),
    (
        {"process": ["bench_1", "bench_2"], "status": ["completed"]},
        lambda f, c: c.process in {"bench_1", "bench_2"} and c.status == "completed",
    ),
    ({"process": ["bench_0", "bench_0"]}, lambda f, c: c.process == "bench_0"),
    ({"process": ["nothing"]}, lambda f, c: False),
    ({"number": ["B-26-00001"]}, lambda f, c: c.business_key.startswith("B-26-00001")),
    (
        {"number": ["B-25", "B-26-00002"]},
        lambda f, c: c.business_key.startswith(("B-25", "B-26-00002")),
    ),
    # One of them begins as the other does.
    ({"number": ["B-26", "B-26-00002"]}, lambda f, c: c.business_key.startswith("B-26")),
    ({"number": ["%"]}, lambda f, c: False),
    ({"key": ["B-26-0000299"]}, lambda f, c: c.business_key == "B-26-0000299"),
    (
        {"element": ["step_0_0"]},
        lambda f, c: c.id in f.work(at=lambda t: t.element == "step_0_0"),
    ),
    (
        {"office": ["office000"]},
        lambda f, c: c.id in f.work(at=lambda t: t.organisation == "office000"),
    ),
    (
        {"office": ["office000", "office001"], "element": ["step_0_0", "step_1_0"]},
        lambda f, c: (
            c.id
            in f.work(
                at=lambda t: t.organisation in {"office000", "office001"},
                element=lambda t: t.element in {"step_0_0", "step_1_0"},
            )
        ),
    ),
    ({"office": ["unknown"]}, lambda f, c: False),
    (
        {"region": [REGION]},
        lambda f, c: c.id in f.work(at=lambda t: t.organisation in REGIONAL),
    ),
    (
        {"region": [REGION], "office": ["office000", "office001"]},
        lambda f, c: c.id in f.work(at=lambda t: t.organisation == "office001"),
    ),
    ({"region": ["611010000"]}, lambda f, c: False),
    ({"late": ["1"]}, lambda f, c: c.id in f.work(due=lambda t: t.due_at < NOW)),
    (
        {"late": ["1"], "sort": ["newest"]},
        lambda f, c: c.id in f.work(due=lambda t: t.due_at < NOW),
    ),
    (
        {"due-from": [local(100)], "due-to": [local(-100)]},
        lambda f, c: c.id in f.work(due=lambda t: midnight(100) <= t.due_at < midnight(-101)),
    ),
    ({"sort": ["deadline"]}, lambda f, c: c.id in f.work()),
    (
        {"started-from": [local(300)], "started-to": [local(100)]},
        lambda f, c: midnight(300) <= c.started_at < midnight(99),
    ),
    (
        {"ended-from": [local(300)], "ended-to": [local(100)]},
        lambda f, c: c.ended_at is not None and midnight(300) <= c.ended_at < midnight(99),
    ),
    ({"incident": ["1"]}, lambda f, c: c.id in {one.instance_id for one in f.incidents}),
    (
        {"message": ["TIMEOUT after"]},
        lambda f, c: c.id in {i.instance_id for i in f.incidents if i.message == MESSAGE},
    ),
    ({"where": ['decision = "return"']}, lambda f, c: f.variables[c.id]["decision"] == "return"),
    ({"where": ["rounds > 2"]}, lambda f, c: f.variables[c.id]["rounds"] > 2),
    ({"where": ["rounds in (1, 2, >= 2)"]}, lambda f, c: f.variables[c.id]["rounds"] >= 1),
    (
        {"where": ['decision = "return" and rounds > 2 or not(urgent)']},
        lambda f, c: (
            (f.variables[c.id]["decision"] == "return" and f.variables[c.id]["rounds"] > 2)
            or not f.variables[c.id]["urgent"]
        ),
    ),
    ({"where": ["nothing = null"], "status": ["active"]}, lambda f, c: False),
    (
        {"where": ['decision != "accept" and decided != null']},
        lambda f, c: f.variables[c.id]["decision"] != "accept",
    ),
    (
        {"status": ["active"], "late": ["1"], "where": ["rounds >= 1"]},
        lambda f, c: (
            c.status == "active"
            and f.variables[c.id]["rounds"] >= 1
            and c.id in f.work(due=lambda t: t.due_at < NOW)
        ),
    ),
]


@pytest.fixture
def walks(called: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to read a list: sorted because little fits, and by stretches because much does."""
    if called:
        for name, value in (("SMALL", 3), ("FIRST", 40), ("PATIENT", 60), ("LONGER", 3)):
            monkeypatch.setattr(listing, name, value)


@pytest.mark.parametrize("called", [False, True], ids=["topmost", "all"])
@pytest.mark.parametrize(("query", "fits"), FILTERS, ids=[str(one) for one, _ in FILTERS])
@pytest.mark.usefixtures("walks")
def test_a_list_holds_what_fits_and_nothing_else_in_its_order(
    fair: Fair, query: dict[str, list[str]], fits: Callable[[Fair, Any], bool], called: bool
) -> None:
    asked = {**query, "called": ["1"]} if called else query
    wanted = {
        one.id for one in fair.cases.values() if fits(fair, one) and (called or not one.parent_id)
    }
    found = fair.walked(asked, size=60)
    assert set(found) == wanted
    assert len(found) == len(wanted)
    if asking.read(asked).sort.value == "newest":
        assert found == sorted(found, reverse=True)
    with fair.database.reading() as uow:
        total = search.count(uow, fair.ctx, SYSTEM, asking.read(asked))
    assert (total.number, total.exact) == (len(wanted), True)


def test_a_version_is_listed_without_the_others_of_its_process(fair: Fair) -> None:
    for version in (fair.older, fair.newer):
        wanted = {one.id for one in fair.cases.values() if one.definition_id == version}
        assert wanted
        found = fair.walked({"version": [version], "called": ["1"]}, size=100)
        assert (set(found), len(found)) == (wanted, len(wanted))


def test_the_most_urgent_comes_first(fair: Fair) -> None:
    due: dict[str, datetime] = {}
    for task in fair.tasks:
        due[task.instance_id] = min(task.due_at, due.get(task.instance_id, task.due_at))
    found = fair.walked({"sort": ["deadline"], "called": ["1"]})
    assert [due[one] for one in found] == sorted(due.values())


def test_a_batch_walks_the_same_cases(fair: Fair) -> None:
    query = {"process": "bench_0,bench_1", "late": "1"}
    found: list[str] = []
    while True:
        with fair.database.reading() as uow:
            after = found[-1] if found else ""
            some = search.walk(uow, fair.ctx, SYSTEM, query, after, 11)
        found += [one for one, _ in some]
        if len(some) < 11:
            break
    assert found == sorted(set(found), reverse=True)
    listed = fair.walked({"process": ["bench_0", "bench_1"], "late": ["1"]})
    assert set(found) == set(listed)
    with fair.database.reading() as uow:
        query = read_query("process=bench_0&sort=deadline")
        urgent = search.walk(uow, fair.ctx, SYSTEM, query, "", 300)
    listed = fair.walked({"process": ["bench_0"], "sort": ["deadline"]})
    assert {one for one, _ in urgent} == set(listed)
    assert Selection(list="cases", query={"sort": "deadline"}).everything
    assert len(found) > 11


def test_who_has_the_work_is_found_by_login(fair: Fair) -> None:
    task = next(
        one for one in fair.tasks if one.assignee and not fair.cases[one.instance_id].parent_id
    )
    found = fair.walked({"who": [fair.logins[task.assignee]]})
    assert task.instance_id in found
    mine = fair.work(who=lambda t: t.assignee == task.assignee)
    assert set(found) == {one for one in mine if not fair.cases[one].parent_id}


def test_a_walk_that_looked_at_much_says_so_and_goes_on(
    fair: Fair, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("SMALL", 3), ("FIRST", 5), ("MOST", 20), ("COUNTED", 30)):
        monkeypatch.setattr(listing, name, value)
    asked = asking.read({"where": ["nothing != null"]})
    with fair.database.reading() as uow:
        page = search.page(uow, fair.ctx, SYSTEM, asked)
        total = search.count(uow, fair.ctx, SYSTEM, asked)
    assert page.tired
    assert page.next
    assert page.lines == ()
    assert (total.number, total.exact) == (0, False)
    assert fair.walked({"where": ["nothing != null"]}) == []


def test_an_administrator_of_a_region_finds_her_cases_however_old_they_are(
    fair: Fair, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("SMALL", 1), ("FIRST", 5), ("MOST", 30), ("COUNTED", 30)):
        monkeypatch.setattr(listing, name, value)
    top = {one.id for one in fair.cases.values() if not one.parent_id}
    with fair.database.reading() as uow:
        hers: dict[str, set[str]] = {task.organisation: set() for task in fair.tasks}
        for task in rows(uow, "user_task"):
            if task.organisation in hers and task.instance_id in top:
                hers[task.organisation].add(task.instance_id)
        code = min(hers, key=lambda one: len(hers[one]))
        assert 1 < len(hers[code]) < 30
        page = uow.lookup.cases(Wanted(), frozenset({code})).page(after=None, size=50)
        total = uow.lookup.cases(Wanted(), frozenset({code})).count(50)
        none = uow.lookup.cases(Wanted(), frozenset()).page(after=None, size=50)
    assert [row.id for row in page.rows] == sorted(hers[code], reverse=True)
    assert (page.tired, total.number, total.exact) == (False, len(hers[code]), True)
    assert (none.rows, none.tired) == ([], False)


@pytest.mark.parametrize("sort", [Sort.NEWEST, Sort.DEADLINE])
def test_a_list_may_be_narrowed_to_hundreds_of_offices(fair: Fair, sort: Sort) -> None:
    codes = frozenset({*REGIONAL, *(f"elsewhere{n}" for n in range(600))})
    wanted = fair.work(at=lambda t: t.organisation in REGIONAL)
    asked = Wanted(offices=codes, called=True, sort=sort)
    with fair.database.reading() as uow:
        cases = uow.lookup.cases(asked, None)
        found = [row.id for row in cases.page(after=None, size=CASES).rows]
        total = cases.count(CASES)
    assert (set(found), len(found)) == (wanted, len(wanted))
    assert (total.number, total.exact) == (len(wanted), True)


# Conditions

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([-2, 0, 1, 2, 2.5, 7]),
    st.sampled_from(["", "a", "return", "ә", "Z"]),
    st.sampled_from([NOW, NOW + DAY]),
    st.sampled_from([NOW.date(), (NOW + DAY).date()]),
)
CONSTANTS = st.sampled_from(
    [
        "0", "2", "2.5", "-2", '"a"', '"return"', '"ә"', "true", "false", "null",
        '@"2026-11-25"', f'@"{NOW.isoformat()}"', "1 + 1",
    ]
)  # fmt: skip
NAMES = st.sampled_from(["x", "y", "z"])


def _atoms() -> st.SearchStrategy[str]:
    compared = st.builds(
        "{} {} {}".format, NAMES, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), CONSTANTS
    )
    between = st.builds("{} between {} and {}".format, NAMES, CONSTANTS, CONSTANTS)
    among = st.builds("{} in ({}, {})".format, NAMES, CONSTANTS, CONSTANTS)
    listed = st.builds("{} in [{}, {}]".format, NAMES, CONSTANTS, CONSTANTS)
    within = st.builds("{} in [{}..{})".format, NAMES, CONSTANTS, CONSTANTS)
    tested = st.builds("{} in (> {}, <= {})".format, NAMES, CONSTANTS, CONSTANTS)
    return st.one_of(compared, compared, between, among, listed, within, tested, NAMES)


CONDITIONS = st.recursive(
    _atoms(),
    lambda inner: st.one_of(
        st.builds("({}) and ({})".format, inner, inner),
        st.builds("({}) or ({})".format, inner, inner),
        st.builds("not({})".format, inner),
    ),
    max_leaves=5,
)


@settings(
    deadline=None,
    max_examples=TRIED,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(values=st.tuples(VALUES, VALUES, VALUES), condition=CONDITIONS)
def test_a_condition_finds_a_case_if_and_only_if_feel_says_it_is_true(
    fair: Fair, values: tuple[object, ...], condition: str
) -> None:
    try:
        read = conditions.read(condition)
    except ValueRefused:
        reject()
    scope = dict(zip(("x", "y", "z"), values, strict=True))
    case = next(iter(fair.cases))
    with fair.database.begin() as uow:
        uow.lookup.keep(case, {name: searchable.kept(value) for name, value in scope.items()})
        asked = Wanted(variables=read, called=True, keys=(fair.cases[case].business_key,))
        found = [row.id for row in uow.lookup.cases(asked, None).page(after=None, size=2).rows]
        uow.rollback()
    true = compile_lenient(condition, frozenset()).evaluate(scope) is True
    assert found == ([case] if true else [])


@pytest.mark.parametrize(
    "condition",
    ["x > y", "sum(x) = 1", "x +", "x = [1, 2]", 'x = "900101300123"', "x = 900101300123",
     "some a in x satisfies a", "x.y = 1", "x[1] = 2", "1 = 1", "if x then y else z",
     'x > date and time("2026-01-01T00:00:00")', "x < true", "x" * 501],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_with_its_place(condition: str) -> None:
    with pytest.raises(ValueRefused):
        conditions.read(condition)


def test_a_refusal_stands_at_its_field(fair: Fair) -> None:
    wrong = {"where": ["x >"], "who": ["nobody"], "status": ["gone"], "started-from": ["then"],
             "due-from": ["2026-02-02"], "due-to": ["2026-02-01"]}  # fmt: skip
    with fair.database.reading() as uow, pytest.raises(FormRefused) as refused:
        search.page(uow, fair.ctx, SYSTEM, asking.read(wrong))
    assert set(refused.value.errors) == {"where", "who", "status", "started-from", "due-to"}


# The overview


def test_every_number_of_the_overview_is_that_of_its_list(fair: Fair) -> None:
    with fair.database.reading() as uow:
        seen = overview.see(uow, fair.ctx, SYSTEM)
    for number in seen.numbers.values():
        found = fair.walked({name: [value] for name, value in number.query.items()}, size=100)
        assert number.total.number == len(found)
    assert seen.processes
    for process in seen.processes:
        query = {"process": [process.key], "status": ["active"], "called": ["1"]}
        assert process.sum("running") == len(fair.walked(query, size=100))
        for one in process.versions:
            query = {"version": [one.id], "status": ["suspended"], "called": ["1"]}
            assert one.suspended == len(fair.walked(query, size=100))
            query = {"version": [one.id], "incident": ["1"], "called": ["1"]}
            assert one.incidents == len(fair.walked(query, size=100))
    for office in seen.offices[:5]:
        here = {"office": [office.code], "called": ["1"]}
        assert office.open == len(fair.walked(here, size=100))
        assert office.late == len(fair.walked({**here, "late": ["1"]}, size=100))


def test_figures_are_written_once_an_hour_and_tell_what_grew(
    fair: Fair, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = Context(clock=TestClock(NOW), extensions=Extensions(), faces={})
    with fair.database.begin() as uow:
        yesterday = NOW.replace(minute=0) - DAY
        uow.overview.write(yesterday, [("late", "", "", 0), ("incidents", "", "", 0)])
        with monkeypatch.context() as patch:
            # A list looks no farther; a figure counts them all.
            patch.setattr(listing, "COUNTED", 5)
            found = hourly.gather(uow, ctx)
        assert [hour for hour, _ in found] == [
            yesterday + k * timedelta(hours=1) for k in range(1, 25)
        ]
        old = yesterday - hourly.PARTS
        uow.overview.write(old, [("late", "", "", 1), ("late", "office", "x", 1)])
        hourly.write(uow, found)
        assert uow.overview.figures(old, old + DAY)
        assert not uow.overview.figures(old, old + DAY, "office")
        assert hourly.gather(uow, ctx) == ()
        counted = overview._offices(uow, NOW, None)
        assert counted
        assert overview._written(uow, NOW.replace(minute=0), None) == counted
        seen = overview.see(uow, ctx, SYSTEM)
        assert seen.worse
        assert all(one.now > one.before for one in seen.worse)
        trend = {one.name: one.days for one in seen.trends}
        top = [one for one in fair.cases.values() if not one.parent_id]
        hour = NOW.replace(minute=0)
        assert sum(value or 0 for _, value in trend["started"]) == sum(
            hour - DAY <= one.started_at < hour for one in top
        )
        assert trend["late"][-1][1] == seen.numbers["late"].total.number
        uow.rollback()


# Variables that may be searched

LETTERS = (
    HEAD
    + """
<process id="searched" name="Іздеу" isExecutable="true">
 <extensionElements><camunda:properties>
  <camunda:property name="search" value="decision, rounds ,iin,decision"/>
 </camunda:properties></extensionElements>
 <startEvent id="begin"/><sequenceFlow id="f1" sourceRef="begin" targetRef="one"/>
 <userTask id="one" name="Бір" camunda:candidateGroups="writer@office.a"/>
 <sequenceFlow id="f2" sourceRef="one" targetRef="two"/>
 <userTask id="two" name="Екі" camunda:candidateGroups="writer@office.a"/>
 <sequenceFlow id="f3" sourceRef="two" targetRef="done"/><endEvent id="done"/>
</process>
</definitions>"""
).encode()


@pytest.fixture
def searched(world: World) -> World:
    deploy(world, LETTERS)
    return world


def deploy(world: World, diagram: bytes) -> None:
    with world.database.begin() as uow:
        definitions.deploy(uow, world.ctx, SYSTEM, {"searched.bpmn": diagram}, "searched")
        uow.commit()


def kept(world: World, case: str) -> dict[str, tuple[str, Any]]:
    with world.database.reading() as uow:
        found = rows(uow, "case_variable", instance_id=case)
    return {one.name: (one.kind, one.words or one.number or one.moment) for one in found}


def test_a_step_writes_what_it_changed_of_them_by_one_statement(searched: World) -> None:
    case = searched.start("S-1", "searched", decision="accept", rounds=1, other="secret")
    assert kept(searched, case) == {"decision": ("text", "accept"), "rounds": ("number", 1.0)}
    task = searched.claim("writer", searched.open_task(case))
    with counting(searched.database) as count:
        done = searched.complete("writer", task)
    assert not [one for one in count.texts if "case_variable" in one]
    second = searched.claim("writer", done.next_tasks[0])
    with counting(searched.database) as count:
        searched.complete("writer", second, decision="return", rounds=None)
    written = [one for one in count.texts if "case_variable" in one]
    assert len(written) <= 1


@pytest.mark.parametrize(
    ("value", "kind"),
    [("900101300123", "none"), ("ЖСН 900101 300123", "none"), (900101300123, "none"),
     (101300123, "number"), (1013001230, "none"), ("x" * 101, "none"), (["a"], "none"),
     ("x" * 100, "text"), (True, "boolean"), (NOW, "moment"), (NOW.date(), "date"),
     (datetime(2026, 1, 1), "none"), (float("inf"), "none")],  # noqa: DTZ001
)  # fmt: skip
def test_nothing_is_kept_that_is_long_or_like_an_iin(value: object, kind: str) -> None:
    assert searchable.kept(value)["kind"] == kind


def test_an_iin_in_a_searchable_variable_stays_sealed(searched: World) -> None:
    case = searched.start("S-2", "searched", iin="900101300123", decision="accept")
    assert kept(searched, case)["iin"] == ("none", None)


def test_a_case_that_began_before_its_diagram_named_a_variable_is_not_without_it(
    world: World,
) -> None:
    before = LETTERS.replace(b'name="search"', b'name="other"')
    deploy(world, before)
    world.start("E-1", "searched", decision="return")
    deploy(world, LETTERS)
    without = world.start("E-2", "searched")
    returned = world.start("E-3", "searched", decision="return")
    with world.database.reading() as uow:
        for where, found in (
            ('decision != "accept"', {without, returned}),
            ("decision = null", {without}),
            ('not(decision in ["accept"])', {without, returned}),
            ("unheard = null", set()),
        ):
            asked = asking.read({"where": [where], "process": ["searched"]})
            lines = search.page(uow, world.ctx, SYSTEM, asked).lines
            assert {one.id for one in lines} == found, where


def test_older_code_that_knows_no_searchable_variables_removes_a_case(
    searched: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = searched.start("S-4", "searched", decision="accept")
    monkeypatch.setattr(removals, "_OWNED", removals._OWNED[1:])
    with searched.database.begin() as uow:
        assert uow.removals.remove([case], ["S-4"]) == 1
        uow.commit()
    assert kept(searched, case) == {}


def test_a_case_that_goes_to_another_version_is_searched_by_what_that_one_names(
    searched: World,
) -> None:
    case = searched.start("S-3", "searched", decision="accept", rounds=2)
    process = Process(key="searched", names={}, elements={}, properties={"search": "rounds,other"})
    with searched.database.begin() as uow:
        searchable.anew(uow, process, case, {"decision": "accept", "rounds": 3, "other": "x"})
        uow.commit()
    assert kept(searched, case) == {"rounds": ("number", 3.0), "other": ("text", "x")}


# Saved filters


def region_admin(world: World, code: str, region: str) -> Actor:
    with world.database.begin() as uow:
        organisations.create(
            uow, world.ctx, SYSTEM, code=code, names={"kk": code}, kind="office", region=region
        )
        made = accounts.create(
            uow,
            world.ctx,
            SYSTEM,
            login=f"admin-{code}",
            password="correct horse",
            name=code,
            memberships=[Candidate(ADMIN, code)],
        )
        uow.commit()
    with world.database.reading() as uow:
        return signing_in.load(uow, made)


def test_a_saved_filter_is_seen_by_those_it_is_shared_with_and_changed_by_its_owner(
    world: World,
) -> None:
    whole = world["admin"]
    mine, same, other = (
        region_admin(world, "office.r1", "471010000"),
        region_admin(world, "office.r2", "471010000"),
        region_admin(world, "office.r3", "611010000"),
    )

    def names(actor: Actor) -> list[str]:
        with world.database.reading() as uow:
            return [one.name for one in filters.seen(uow, actor, "cases")]

    with world.database.begin() as uow:
        ids = {
            shared: filters.save(
                uow, world.ctx, mine, list_="cases", name=shared.value,
                query="?status=active&after=xyz&late=", shared=shared, office="office.r1",
            )
            for shared in Shared
        }  # fmt: skip
        uow.commit()
    assert names(mine) == ["all", "mine", "office"]
    assert names(same) == names(other) == names(whole) == ["all"]
    with world.database.begin() as uow:
        assert filters.seen(uow, mine, "cases")[0].query == "status=active"
        with pytest.raises(NotFound):
            filters.remove(uow, world.ctx, other, ids[Shared.MINE])
        with pytest.raises(Forbidden):
            filters.remove(uow, world.ctx, other, ids[Shared.ALL])
        with pytest.raises(Forbidden):
            filters.change(uow, world.ctx, whole, ids[Shared.ALL], name="x", shared=Shared.MINE)
        with pytest.raises(FormRefused):
            filters.save(uow, world.ctx, mine, list_="cases", name=" mine ", query="")
        with pytest.raises(FormRefused):
            filters.change(
                uow, world.ctx, mine, ids[Shared.ALL], name="y", shared=Shared.OFFICE,
                office="office.r3",
            )  # fmt: skip
        with pytest.raises(Forbidden):
            filters.seen(uow, world["writer"], "cases")
        filters.begin_with(uow, other, "cases", ids[Shared.ALL])
        assert filters.start_of(uow, other, "cases") == "status=active"
        assert filters.start_of(uow, mine, "cases") == ""
        filters.remove(uow, world.ctx, whole, ids[Shared.ALL])
        assert filters.start_of(uow, other, "cases") == ""
        uow.commit()
    assert names(other) == []
