"""Deployments: only what changed, pinned with what it calls, from a moment on, two at once."""

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from engine.errors import Conflict, DefinitionRefused
from engine.model.people import SYSTEM
from engine.services import definitions, deploying, instances, messages
from engine.services.deploying import Wish
from engine.services.workshop import releases
from tests.concurrency.jobs_diagrams import END, PARENT, START, flow, process, timer, user
from tests.concurrency.jobs_world import World

Files = Mapping[str, bytes]
FORM = """{"type": "default", "id": "%s", "schemaVersion": 19, "components": [
 {"type": "textfield", "id": "F1", "key": "subject", "label": "%s"}]}"""


def form(name: str, label: str = "Тақырып") -> bytes:
    return (FORM % (name, label)).encode()


def asks(key: str, form_key: str, label: str = "") -> bytes:
    """begun → work (user, with a form) → done."""
    work = user("work").replace(
        "<userTask ", f'<userTask name="{label}" camunda:formKey="{form_key}" '
    )
    return process(key, START, work, END, flow("begun", "work", "done"))


def called(label: str = "") -> bytes:
    work = user("work").replace("<userTask ", f'<userTask name="{label}" ')
    return process("child", START, work, END, flow("begun", "work", "done"))


def by_message(key: str, label: str) -> bytes:
    start = '<startEvent id="begun"><messageEventDefinition messageRef="m"/></startEvent>'
    work = user("work").replace("<userTask ", f'<userTask name="{label}" ')
    more = '<message id="m" name="open"/>'
    return process(key, start, work, END, flow("begun", "work", "done"), more=more)


def hourly(label: str) -> bytes:
    start = f'<startEvent id="hour">{timer("R/PT1H", "timeCycle")}</startEvent>'
    work = user("work").replace("<userTask ", f'<userTask name="{label}" ')
    return process("hourly", start, work, END, flow("hour", "work", "done"))


SHARED: Files = {
    "forms/a.json": form("a"),
    "forms/b.json": form("b"),
    "processes/one.bpmn": asks("one", "a"),
    "processes/two.bpmn": asks("two", "b"),
}


def deploy(world: World, files: Files, **how: Any) -> str:
    with world.database.begin() as uow:
        made = deploying.deploy(uow, world.ctx, SYSTEM, files, Wish(**how))
        uow.commit()
    return made


def versions(world: World) -> dict[str, int]:
    with world.database.reading() as uow:
        return {row.key: row.version for row in uow.definitions.all_latest()}


def stored(world: World, deployment: str) -> set[str]:
    return {row.name for row in world.table("resource", deployment_id=deployment)}


def newest(world: World) -> dict[str, bytes]:
    with world.database.reading() as uow:
        return uow.definitions.newest_files()


def label(world: World, instance: str) -> str:
    """Return what the work of a case is called: which version it runs on."""
    with world.database.reading() as uow:
        row = uow.instances.find(instance)
        found = definitions.diagram(uow, row.definition_id).decode()
    return found.partition('<userTask name="')[2].partition('"')[0]


def test_only_what_changed_is_deployed_again(world: World) -> None:
    deploy(world, SHARED)
    made = deploy(world, {**SHARED, "forms/a.json": form("a", "Басқа")})
    assert versions(world) == {"one": 2, "two": 1}
    assert stored(world, made) == {"forms/a.json", "processes/one.bpmn"}
    assert newest(world) == {**SHARED, "forms/a.json": form("a", "Басқа")}


def test_nothing_changed_is_no_deployment(world: World) -> None:
    made = deploy(world, SHARED)
    assert deploy(world, SHARED) == made
    assert deploy(world, {"processes/one.bpmn": SHARED["processes/one.bpmn"]}) == made
    assert len(world.table("deployment")) == 1


def test_what_was_deployed_before_comes_back_as_the_newest(world: World) -> None:
    deploy(world, SHARED)
    deploy(world, {**SHARED, "processes/one.bpmn": asks("one", "a", "Жаңа")})
    deploy(world, SHARED)
    assert versions(world) == {"one": 3, "two": 1}
    assert newest(world) == SHARED


def test_a_form_nobody_asks_for_is_kept_and_makes_no_version(world: World) -> None:
    deploy(world, SHARED)
    made = deploy(world, {**SHARED, "forms/c.json": form("c")})
    assert versions(world) == {"one": 1, "two": 1}
    assert stored(world, made) == {"forms/c.json"}


def test_who_calls_changes_with_what_is_called(world: World) -> None:
    files = {"processes/parent.bpmn": PARENT, "processes/child.bpmn": called("Бірінші")}
    deploy(world, files)
    deploy(world, {**files, "processes/child.bpmn": called("Екінші")})
    assert versions(world) == {"parent": 2, "child": 2}


def test_a_case_calls_the_version_it_was_deployed_with(world: World) -> None:
    """Also where the called process was not deployed again with its caller."""
    files = {"processes/parent.bpmn": PARENT, "processes/child.bpmn": called("Бірінші")}
    deploy(world, files)
    files["processes/parent.bpmn"] = PARENT.replace(b'name="parent"', b'name="changed"')
    made = deploy(world, files)
    assert versions(world) == {"parent": 2, "child": 1}
    assert stored(world, made) == {"processes/parent.bpmn"}
    case = world.start("parent")
    deploy(world, {**files, "processes/child.bpmn": called("Екінші")})
    world.executor().run_due()
    [child] = world.table("instance", parent_id=case)
    assert label(world, child.id) == "Бірінші"


def test_a_process_that_moves_to_another_file_leaves_the_first(world: World) -> None:
    deploy(world, SHARED)
    moved = {name: data for name, data in SHARED.items() if name != "processes/one.bpmn"}
    moved["processes/first.bpmn"] = SHARED["processes/one.bpmn"]
    deploy(world, moved)
    assert newest(world) == moved


def test_a_diagram_taken_away_starts_nothing_more(world: World) -> None:
    files = {"processes/h.bpmn": hourly("Бірінші"), **SHARED}
    deploy(world, files)
    deploy(world, SHARED, removed=["processes/h.bpmn"])
    assert newest(world) == SHARED
    world.clock.advance(timedelta(hours=2))
    world.executor().run_due()
    assert world.table("instance") == []
    deploy(world, files)
    assert versions(world)["hourly"] == 2


def test_a_process_renamed_in_its_file_and_back_starts_again(world: World) -> None:
    ours = {"h.bpmn": hourly("Бірінші")}
    deploy(world, ours)
    deploy(world, {"h.bpmn": ours["h.bpmn"].replace(b'"hourly"', b'"other"')})
    deploy(world, ours)
    assert versions(world)["hourly"] == 2
    assert newest(world) == ours
    world.clock.advance(timedelta(hours=1))
    world.executor().run_due()
    assert [one.process for one in world.table("instance")] == ["hourly"]


def test_errors_stop_everything(world: World) -> None:
    deploy(world, SHARED)
    with pytest.raises(DefinitionRefused):
        deploy(world, {**SHARED, "processes/one.bpmn": asks("one", "none")})
    assert newest(world) == SHARED


# From a moment on.


def soon(world: World) -> datetime:
    return world.clock.now() + timedelta(days=3)


def test_until_its_moment_nothing_knows_of_it(world: World) -> None:
    before = {"p.bpmn": by_message("opened", "Ескі")}
    deploy(world, before)
    deploy(world, {"p.bpmn": by_message("opened", "Жаңа")}, active_from=soon(world), tag="2027")
    world.clock.advance(timedelta(days=3, seconds=-1))
    world.executor().run_due()
    assert versions(world) == {"opened": 1}
    assert newest(world) == before
    assert label(world, opened(world)) == "Ескі"
    world.clock.advance(timedelta(seconds=1))
    world.executor().run_due()
    assert versions(world) == {"opened": 2}
    assert label(world, opened(world)) == "Жаңа"


def opened(world: World) -> str:
    with world.database.begin() as uow:
        (case,) = messages.publish(uow, world.ctx, SYSTEM, "open", business_key="K-7")
        uow.commit()
    return case


def test_timers_are_handed_over_at_that_moment(world: World) -> None:
    """At three the old version starts for the last time, from then on the new one."""
    deploy(world, {"h.bpmn": hourly("Ескі")})
    at = world.clock.now() + timedelta(hours=3, minutes=30)
    deploy(world, {"h.bpmn": hourly("Жаңа")}, active_from=at)
    said = []
    for _ in range(5):
        world.clock.advance(timedelta(hours=1))
        world.executor().run_due()
        cases = world.table("instance")
        said = sorted(label(world, one.id) for one in cases)
    assert said.count("Ескі") == 3
    assert said.count("Жаңа") >= 1
    assert len(world.jobs("ready", kind="timer")) == 1


def test_what_was_deployed_meanwhile_stays(world: World) -> None:
    deploy(world, SHARED)
    at = soon(world)
    deploy(world, {**SHARED, "processes/one.bpmn": asks("one", "a", "Жаңа")}, active_from=at)
    deploy(world, {**SHARED, "forms/a.json": form("a", "Басқа")})
    world.clock.advance(timedelta(days=4))
    world.executor().run_due()
    assert newest(world)["forms/a.json"] == form("a", "Басқа")
    assert newest(world)["processes/one.bpmn"] == asks("one", "a", "Жаңа")
    case = world.start("one")
    with world.database.reading() as uow:
        found = uow.instances.find(case)
        asked = definitions.form(uow, world.ctx, found.definition_id, "a")
    assert versions(world) == {"one": 3, "two": 1}
    assert asked["components"][0]["label"] == "Басқа"  # type: ignore[index]


def test_one_that_does_not_fit_any_more_is_an_incident(world: World) -> None:
    deploy(world, SHARED)
    deploy(
        world, {**SHARED, "processes/one.bpmn": asks("one", "b", "Жаңа")}, active_from=soon(world)
    )
    rest = {"processes/one.bpmn": asks("one", "a"), "forms/a.json": form("a")}
    deploy(world, rest, removed=["forms/b.json", "processes/two.bpmn"])
    for _ in range(12):
        world.clock.advance(timedelta(days=1))
        world.executor().run_due()
    assert versions(world)["one"] == 1
    assert len(world.incidents()) == 1


def test_it_can_be_taken_back_before(world: World) -> None:
    deploy(world, SHARED)
    made = deploy(
        world, {**SHARED, "processes/one.bpmn": asks("one", "a", "Жаңа")}, active_from=soon(world)
    )
    with world.database.begin() as uow:
        deploying.withdraw(uow, world.ctx, SYSTEM, made)
        uow.commit()
    world.clock.advance(timedelta(days=4))
    world.executor().run_due()
    assert versions(world) == {"one": 1, "two": 1}
    with world.database.begin() as uow, pytest.raises(Conflict):
        deploying.withdraw(uow, world.ctx, SYSTEM, made)


# Two at once.


def test_it_can_be_planned_and_taken_back_again_and_again(world: World) -> None:
    deploy(world, SHARED)
    changed = {**SHARED, "forms/a.json": form("a", "Мазмұны")}
    later = world.ctx.now() + timedelta(days=1)
    for _ in range(4):
        made = deploy(world, changed, active_from=later)
        with world.database.begin() as uow:
            deploying.withdraw(uow, world.ctx, SYSTEM, made)
            uow.commit()
    deploy(world, changed)
    assert versions(world) == {"one": 2, "two": 1}


def test_a_branch_leaves_the_scenarios_that_were_deployed(world: World) -> None:
    deploy(world, {**SHARED, "processes/scenarios.toml": b""})
    with world.database.reading() as uow:
        assert releases._deployable(uow, "main")[1] == frozenset()


def test_who_ends_her_own_process_takes_no_file_of_others_along(world: World) -> None:
    deploy(world, {**SHARED, "forms/c.json": form("c")})
    with world.database.reading() as uow:
        ends = deploying.planned(uow, world.ctx, {}, ["processes/one.bpmn", "forms/a.json"])
        more = deploying.planned(uow, world.ctx, {}, ["processes/one.bpmn", "forms/c.json"])
        assert releases._keys(uow, world.ctx, ends) == ["one"]
        assert releases._keys(uow, world.ctx, more) == ["", "one"]


def test_two_who_deploy_at_once_get_numbers_of_their_own(world: World) -> None:
    deploy(world, SHARED)
    gate = threading.Barrier(4)
    made: list[str] = []
    wrong: list[BaseException] = []

    def one(number: int) -> None:
        gate.wait()
        try:
            made.append(
                deploy(
                    world,
                    {
                        "processes/one.bpmn": asks("one", "a", f"L{number}"),
                        "forms/a.json": SHARED["forms/a.json"],
                    },
                )
            )
        except BaseException as problem:  # noqa: BLE001  the test names it
            wrong.append(problem)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(set(made)) == 4
    rows = world.table("definition", key="one")
    assert sorted(row.version for row in rows) == [1, 2, 3, 4, 5]
    assert sorted(row.number for row in world.table("deployment")) == [1, 2, 3, 4, 5]
    last = max(rows, key=lambda row: row.version)
    assert newest(world)["processes/one.bpmn"] == _diagram(world, last.id)


def _diagram(world: World, definition_id: str) -> bytes:
    with world.database.reading() as uow:
        return definitions.diagram(uow, definition_id)


def test_who_starts_does_not_wait_for_who_deploys(world: World) -> None:
    """On PostgreSQL; SQLite has one writer whatever it writes."""
    if world.database.dialect == "sqlite":
        return
    deploy(world, SHARED)
    with world.database.begin() as uow:
        uow.definitions.lock()
        done = threading.Event()

        def start() -> None:
            world.start("one")
            done.set()

        thread = threading.Thread(target=start)
        thread.start()
        assert done.wait(10), "starting a case waited for a deployment"
        thread.join()


# What an older release wrote.


def test_what_an_older_release_deploys_meanwhile_counts_as_the_newest(world: World) -> None:
    deploy(world, SHARED)
    old = deploy(world, {**SHARED, "forms/a.json": form("a", "Ескі")})
    with world.database.begin() as uow:
        uow.definitions.change(old, number=0, handed_in="", processes=None)
        uow.commit()
    assert newest(world)["forms/a.json"] == form("a", "Ескі")
    deploy(world, {**SHARED, "forms/a.json": form("a", "Жаңа")})
    assert newest(world)["forms/a.json"] == form("a", "Жаңа")
    assert sorted(row.number for row in world.table("deployment")) == [1, 2, 3]


def test_versions_of_an_older_release_are_compared_by_their_files(world: World) -> None:
    deploy(world, SHARED)
    with world.database.begin() as uow:
        from sqlalchemy import update  # noqa: PLC0415

        from engine.store.tables import definition  # noqa: PLC0415

        uow.execute(update(definition).values(closure=""))
        uow.commit()
    deploy(world, {**SHARED, "forms/a.json": form("a", "Басқа")})
    assert versions(world) == {"one": 2, "two": 1}


def test_a_start_needs_no_further_statement(world: World) -> None:
    """The bench counts them too; here it is seen that delayed versions cost a start nothing."""
    deploy(world, SHARED)
    deploy(world, {**SHARED, "forms/a.json": form("a", "Жаңа")}, active_from=soon(world))
    with world.database.begin() as uow:
        instances.start(uow, world.ctx, world.clerk, "one", "K-1")
        uow.commit()
    assert versions(world) == {"one": 1, "two": 1}
