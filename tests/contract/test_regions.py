"""Administrators of regions: what is of another region does not exist for them, on both databases.

Three regions' offices; a family of cases by where their work is: ``who`` names it.
"""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import insert, select, text

from engine.errors import Forbidden, NotFound
from engine.jobs.executor import Executor
from engine.model.people import ADMIN, SYSTEM, Actor, Candidate
from engine.model.text import text as sentence
from engine.services import (
    access,
    accounts,
    calendar,
    comments,
    definitions,
    documents,
    instances,
    organisations,
    signing_in,
    substitutions,
    tasks,
)
from engine.services.cockpit import incidents
from engine.services.cockpit.incidentacts import RESOLVE
from engine.services.cockpit.operations import (
    Done,
    Operation,
    Preview,
    Subject,
    Wish,
    look,
    perform,
)
from engine.services.context import UnitOfWork
from engine.services.views import CaseQuery
from engine.services.workshop import migration
from engine.store import Database, new_id
from engine.store.tables import instance, user_task
from tests.contract.diagrams import HEAD
from tests.contract.world import World

PDF = b"%PDF-1.7 content"
FILES = {
    "asked.bpmn": (
        HEAD
        + """
<process id="asked" name="Кім істейді" isExecutable="true">
 <startEvent id="begin"/><sequenceFlow id="f1" sourceRef="begin" targetRef="work"/>
 <userTask id="work" name="Жұмыс" camunda:candidateGroups="${who}"/>
 <sequenceFlow id="f2" sourceRef="work" targetRef="then"/>
 <userTask id="then" name="Сосын" camunda:candidateGroups="writer@office.61"/>
 <sequenceFlow id="f3" sourceRef="then" targetRef="done"/><endEvent id="done"/>
</process>
</definitions>"""
    ).encode(),
    "calling.bpmn": (
        HEAD
        + """
<process id="calling" name="Шақырады" isExecutable="true">
 <startEvent id="begin"/><sequenceFlow id="f1" sourceRef="begin" targetRef="both"/>
 <parallelGateway id="both"/>
 <sequenceFlow id="f2" sourceRef="both" targetRef="own"/>
 <sequenceFlow id="f3" sourceRef="both" targetRef="call"/>
 <userTask id="own" name="Өз жұмысы" camunda:candidateGroups="writer@office.47"/>
 <callActivity id="call" calledElement="asked">
  <extensionElements><camunda:in source="who" target="who"/></extensionElements>
 </callActivity>
 <sequenceFlow id="f4" sourceRef="own" targetRef="join"/>
 <sequenceFlow id="f5" sourceRef="call" targetRef="join"/>
 <parallelGateway id="join"/><sequenceFlow id="f6" sourceRef="join" targetRef="done"/>
 <endEvent id="done"/>
</process>
</definitions>"""
    ).encode(),
}


def _nothing(uow: object, ctx: object, actor: Actor, wish: Wish) -> Preview:
    return Preview(name=wish.subject)


def _done(uow: object, ctx: object, actor: Actor, wish: Wish) -> Done:
    return Done()


def poke(subject: Subject) -> Operation:
    """An operation that does nothing, whose way is the real one."""
    return Operation(
        name="poke",
        subject=subject,
        title=sentence("Poke"),
        about=sentence("Does nothing."),
        look=_nothing,
        act=_done,
        stamps=lambda uow, ids: dict.fromkeys(ids, "1"),
    )


@pytest.fixture
def regions(world: World) -> World:
    ctx = world.ctx
    with world.database.begin() as uow:
        for region in ("47", "61", "10"):
            for kind in ("office", "leo"):
                organisations.create(
                    uow,
                    ctx,
                    SYSTEM,
                    code=f"{kind}.{region}",
                    names={"kk": f"Кеңсе {region}"},
                    kind=kind,
                    region=region,
                )
        definitions.deploy(uow, ctx, SYSTEM, FILES)
        for region in ("47", "61", "10"):
            held = (Candidate("writer", f"office.{region}"), Candidate(ADMIN, f"leo.{region}"))
            for name, role in zip(("clerk", "admin"), held, strict=True):
                accounts.create(
                    uow,
                    ctx,
                    SYSTEM,
                    login=f"{name}{region}",
                    password="correct horse",
                    name=name,
                    memberships=[role],
                )
        uow.commit()
    with world.database.reading() as uow:
        for one in accounts.list_accounts(uow):
            world.people[one.login] = signing_in.load(uow, one.id)
    return world


def started(world: World, where: str, key: str = "", process: str = "asked") -> str:
    return world.start(key or f"R-{where}", process, who=f"writer@office.{where}")


def test_where_an_administrator_reaches(regions: World) -> None:
    with regions.database.reading() as uow:
        assert access.reach(uow, regions["admin"]) is None
        assert access.reach(uow, SYSTEM) is None
        assert access.reach(uow, regions["admin47"]) == {"office.47", "leo.47"}
        assert access.reach(uow, regions["clerk47"]) == frozenset()
        both = replace(
            regions["admin47"],
            memberships=frozenset({Candidate(ADMIN, "leo.47"), Candidate(ADMIN, "leo.61")}),
        )
        assert access.reach(uow, both) == {"office.47", "leo.47", "office.61", "leo.61"}
        nowhere = replace(both, memberships=frozenset({Candidate(ADMIN, "unknown")}))
        assert access.reach(uow, nowhere) == frozenset()


def test_a_case_of_another_region_is_not_there(regions: World) -> None:
    own, foreign = started(regions, "47"), started(regions, "10")
    ctx, admin = regions.ctx, regions["admin47"]
    with regions.database.begin() as uow:
        file = documents.add(uow, ctx, SYSTEM, foreign, name="a.pdf", mime="", data=PDF)
        uow.commit()
    with regions.database.reading() as uow:
        assert instances.view(uow, ctx, admin, own).variables == {"who": "writer@office.47"}
        task = uow.tasks.open_of(foreign)[0].id
        for attempt in (
            lambda: instances.view(uow, ctx, admin, foreign),
            lambda: instances.history(uow, ctx, admin, foreign),
            lambda: instances.variables(uow, ctx, admin, foreign),
            lambda: instances.suspend(uow, ctx, admin, foreign, "reason"),
            lambda: instances.cancel(uow, ctx, admin, foreign, "reason"),
            lambda: comments.list_comments(uow, ctx, admin, foreign),
            lambda: documents.list_documents(uow, ctx, admin, foreign),
            lambda: documents.read(uow, ctx, admin, file.id),
            lambda: tasks.look(uow, ctx, admin, task),
            lambda: tasks.assign(uow, ctx, admin, [task], regions["clerk10"].account),
            lambda: access.administered(uow, admin, foreign),
        ):
            with pytest.raises(NotFound):
                attempt()
        assert tasks.look(uow, ctx, admin, uow.tasks.open_of(own)[0].id).may_assign
        assert documents.read(uow, ctx, regions["admin"], file.id)[1] == PDF


def test_a_case_stays_hers_when_its_work_goes_elsewhere(regions: World) -> None:
    case = started(regions, "47")
    regions.complete("clerk47", regions.claim("clerk47", regions.open_task(case)))
    task = regions.open_task(case)
    with regions.database.reading() as uow:
        for login in ("admin47", "admin61"):
            access.administered(uow, regions[login], case)
            view = instances.view(uow, regions.ctx, regions[login], case)
            done = [row for row in view.history if row.what == "completed"]
            assert done
            assert tasks.look(uow, regions.ctx, regions[login], task).may_assign
        with pytest.raises(NotFound):
            access.administered(uow, regions["admin10"], case)


def test_a_called_case_is_its_callers_region_s_too_and_not_the_other_way_round(
    regions: World,
) -> None:
    caller = started(regions, "10", "K-1", process="calling")
    Executor(regions.database, regions.ctx).run_due()
    with regions.database.reading() as uow:
        (called,) = uow.instances.children(caller)
        for login in ("admin47", "admin10"):
            access.administered(uow, regions[login], called)
        access.administered(uow, regions["admin47"], caller)
        for login, case in (("admin10", caller), ("admin61", caller), ("admin61", called)):
            with pytest.raises(NotFound):
                access.administered(uow, regions[login], case)


def listed(world: World, actor: Actor, **narrowed: object) -> list[str]:
    found: list[str] = []
    query = CaseQuery(size=2, **narrowed)  # type: ignore[arg-type]
    with world.database.reading() as uow:
        while True:
            page = instances.find(uow, world.ctx, actor, query)
            found += [row.business_key for row in page.rows]
            if not page.next:
                return found
            query = replace(query, after=page.next)


def test_a_list_has_her_region_s_cases_newest_first_page_by_page(regions: World) -> None:
    for number in range(7):
        started(regions, ("47", "10")[number % 2], f"L-{number}")
    assert listed(regions, regions["admin47"]) == ["L-6", "L-4", "L-2", "L-0"]
    assert listed(regions, regions["admin10"]) == ["L-5", "L-3", "L-1"]
    assert listed(regions, regions["admin61"]) == []
    assert len(listed(regions, regions["admin"])) == 7
    assert listed(regions, regions["admin47"], text="L-4") == ["L-4"]
    assert listed(regions, regions["admin47"], process="letters") == []


def test_who_administers_one_region_and_works_in_another_sees_both(regions: World) -> None:
    started(regions, "47", "W-1")
    started(regions, "10", "W-2")
    started(regions, "61", "W-3")
    both = regions["admin47"].memberships | regions["clerk10"].memberships
    actor = replace(regions["admin47"], memberships=both)
    assert listed(regions, actor) == ["W-2", "W-1"]
    with regions.database.reading() as uow:
        case = uow.instances.newest("W-2")
        assert case is not None
        view = instances.view(uow, regions.ctx, actor, case)
        assert view.variables == {}, "what is seen as work is not administered"
        with pytest.raises(NotFound):
            access.administered(uow, actor, case)


def test_an_act_on_a_foreign_case_or_task_finds_nothing(regions: World) -> None:
    foreign = started(regions, "10")
    task = regions.open_task(foreign)
    for subject, named in ((Subject.CASE, foreign), (Subject.TASK, task)):
        operation, wish = poke(subject), Wish(subject=named, reason="why", stamp="1")
        for way in (look, perform):
            with regions.database.begin() as uow, pytest.raises(NotFound):
                way(uow, regions.ctx, regions["admin47"], operation, wish)
            with regions.database.begin() as uow:
                way(uow, regions.ctx, regions["admin10"], operation, wish)
                way(uow, regions.ctx, regions["admin"], operation, wish)


def test_an_incident_of_a_foreign_case_is_not_there(regions: World) -> None:
    foreign = started(regions, "10")
    with regions.database.begin() as uow:
        made = [
            uow.incidents.add(
                instance_id=case, job_id=None, element="work", message="", at=regions.clock.now()
            )
            for case in (foreign, None)
        ]
        uow.commit()
    operation = poke(Subject.INCIDENT)
    of_case, of_none = (Wish(subject=one, reason="why") for one in made)
    with regions.database.begin() as uow:
        assert len(incidents.page(uow, regions.ctx, regions["admin"], {}).rows) == 2
        assert incidents.page(uow, regions.ctx, regions["admin47"], {}).rows == ()
        offered = incidents.choices(uow, regions["admin10"], {})
        assert list(offered.processes) == ["asked"]
        assert not incidents.choices(uow, regions["admin47"], {}).processes
        assert not incidents.choices(uow, regions["admin"], {"state": "resolved"}).processes
        with pytest.raises(NotFound):
            perform(uow, regions.ctx, regions["admin47"], RESOLVE, of_case)
        with pytest.raises(Forbidden):
            perform(uow, regions.ctx, regions["admin47"], RESOLVE, of_none)
    with regions.database.begin() as uow:
        perform(uow, regions.ctx, regions["admin10"], operation, of_case)
        perform(uow, regions.ctx, regions["admin"], operation, of_none)
        with pytest.raises(NotFound):
            perform(uow, regions.ctx, regions["admin47"], operation, of_case)
        with pytest.raises(Forbidden):
            perform(uow, regions.ctx, regions["admin47"], operation, of_none)


def test_numbers_of_cases_to_take_over_are_of_her_region(regions: World) -> None:
    own, foreign = started(regions, "47"), started(regions, "10")
    ctx, admin, source = regions.ctx, regions["admin47"], definition(regions)
    with regions.database.begin() as uow:
        changed = FILES["asked.bpmn"].replace("Сосын".encode(), "Кейін".encode())
        definitions.deploy(uow, ctx, SYSTEM, {**FILES, "asked.bpmn": changed})
        uow.commit()
    target = definition(regions)
    with regions.database.begin() as uow:
        for login, count in (("admin47", 1), ("admin61", 0), ("admin", 2)):
            _, found = migration.choices(uow, regions[login], "asked")
            seen = migration.preview(uow, ctx, regions[login], source, target)
            assert (found.cases, seen.total, seen.examined) == (count, count, count)
        with pytest.raises(NotFound):
            migration.migrate(uow, ctx, admin, foreign, target, None, "why")
        migration.migrate(uow, ctx, admin, own, target, None, "why")


def definition(world: World) -> str:
    with world.database.reading() as uow:
        return definitions.latest(uow, "asked").id


def test_what_is_of_no_region_is_left_to_who_administers_everything(regions: World) -> None:
    ctx, admin = regions.ctx, regions["admin47"]
    day = regions.clock.now().date()
    refused: tuple[Callable[[UnitOfWork], object], ...] = (
        lambda uow: access.everywhere(uow, admin),
        lambda uow: perform(
            uow, ctx, admin, poke(Subject.HANDLER), Wish(subject="a.topic", reason="why")
        ),
        lambda uow: calendar.override(uow, ctx, admin, day, working=False, source="x"),
        lambda uow: tasks.workload(uow, ctx, admin, "office.10"),
        lambda uow: substitutions.list_open(uow, ctx, admin, "office.10"),
    )
    for attempt in refused:
        with regions.database.begin() as uow, pytest.raises(Forbidden):
            attempt(uow)
    with regions.database.begin() as uow:
        assert tasks.workload(uow, ctx, admin, "office.47").organisation == "office.47"
        assert substitutions.list_open(uow, ctx, admin) == ()


def crowd(world: World, size: int) -> None:
    """Put many cases of other offices beside one, by copying its rows."""
    model = started(world, "10", "C-0")
    with world.database.begin() as uow:
        case = dict(uow.execute(select(instance).where(instance.c.id == model)).one()._mapping)
        task = dict(
            uow.execute(select(user_task).where(user_task.c.instance_id == model)).one()._mapping
        )
        made = [new_id(world.clock.now()) for _ in range(size)]
        uow.execute(
            insert(instance),
            [{**case, "id": one, "root_id": one, "business_key": f"C-{one}"} for one in made],
        )
        uow.execute(
            insert(user_task),
            [
                {
                    **task,
                    "id": new_id(world.clock.now()),
                    "instance_id": one,
                    "status": "completed",
                    "completed_by": f"{number % 50:032x}",
                }
                for number, one in enumerate(made)
            ],
        )
        uow.execute(text("ANALYZE"))
        uow.commit()


def plans(database: Database, actor: Actor) -> list[str]:
    """Return how the database goes about each statement of a page."""
    word = "EXPLAIN" if database.dialect == "postgresql" else "EXPLAIN QUERY PLAN"
    said: list[str] = []
    with database.reading() as uow:
        real = uow.connection.execute

        def spy(statement, values=None):  # type: ignore[no-untyped-def]
            plain = {"literal_binds": True}
            raw = str(statement.compile(uow.connection.engine, compile_kwargs=plain))
            rows = real(text(f"{word} {raw.replace(':', chr(92) + ':')}")).all()
            said.append("\n".join(" ".join(map(str, row)) for row in rows))
            return real(statement, values)

        uow.organisations.reach(actor)
        setattr(uow.connection, "execute", spy)  # noqa: B010  (mypy knows the method's overloads)
        uow.reachable.page(actor, size=50)
    return said


def test_a_region_s_page_is_read_off_the_index(regions: World) -> None:
    """However few of very many cases are hers: neither cases nor tasks are read through."""
    started(regions, "47", "mine")
    crowd(regions, 3000)
    said = plans(regions.database, regions["admin47"])
    assert "ix_user_task_region" in said[0]
    read = re.compile(r"(Seq Scan on|SCAN) (instance|user_task)\b")
    for one in said:
        assert not read.search(one), one
    assert listed(regions, regions["admin47"]) == ["mine"]
