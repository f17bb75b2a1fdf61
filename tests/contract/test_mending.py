"""Moving tokens, beginning anew, setting variables: all rows follow, or nothing is changed."""

from collections.abc import Mapping

import pytest

from engine import bpmn
from engine.errors import (
    Conflict,
    Forbidden,
    FormRefused,
    MoveRefused,
    NotFound,
    TaskClosed,
    ValueRefused,
)
from engine.model.people import SYSTEM
from engine.services import audit, bundles, definitions, instances, tasks
from engine.services.cockpit import catalogue, operations
from engine.services.cockpit.operations import Done, Preview, Subject, Wish
from tests.contract.diagrams import FILES, HEAD
from tests.contract.shared import race
from tests.contract.test_case_migration import open_jobs
from tests.contract.world import World

REASON = "the wrong office got it"
#: Two ways at once into a join, a handler, a subprocess with a local variable, typed variables.
BRANCHES = (
    HEAD
    + """
<process id="branches" name="Тармақтар" isExecutable="true">
 <extensionElements><camunda:properties>
  <camunda:property name="starts-with" value="rounds: number, day: date?"/>
 </camunda:properties></extensionElements>
 <startEvent id="begin"/>
 <sequenceFlow id="b1" sourceRef="begin" targetRef="merge"/>
 <exclusiveGateway id="merge"/>
 <sequenceFlow id="b0" sourceRef="merge" targetRef="fork"/>
 <parallelGateway id="fork"/>
 <sequenceFlow id="b2" sourceRef="fork" targetRef="left"/>
 <sequenceFlow id="b3" sourceRef="fork" targetRef="right"/>
 <userTask id="left" name="Сол" camunda:candidateGroups="writer@office.a"/>
 <userTask id="right" name="Оң" camunda:candidateGroups="checker@office.b"/>
 <sequenceFlow id="b4" sourceRef="left" targetRef="join"/>
 <sequenceFlow id="b5" sourceRef="right" targetRef="join"/>
 <parallelGateway id="join" name="Бірігу"/>
 <sequenceFlow id="b6" sourceRef="join" targetRef="inner"/>
 <subProcess id="inner" name="Ішкі">
  <extensionElements><camunda:inputOutput>
   <camunda:inputParameter name="own">= rounds + 1</camunda:inputParameter>
  </camunda:inputOutput></extensionElements>
  <startEvent id="ib"/><sequenceFlow id="i1" sourceRef="ib" targetRef="deep"/>
  <userTask id="deep" name="Терең" camunda:candidateGroups="writer@office.a"/>
  <sequenceFlow id="i2" sourceRef="deep" targetRef="ie"/><endEvent id="ie"/>
 </subProcess>
 <sequenceFlow id="b7" sourceRef="inner" targetRef="which"/>
 <exclusiveGateway id="which" default="b8"/>
 <sequenceFlow id="b8" sourceRef="which" targetRef="done"/>
 <sequenceFlow id="b9" sourceRef="which" targetRef="merge">
  <conditionExpression xsi:type="tFormalExpression">= rounds &gt; 3</conditionExpression>
 </sequenceFlow>
 <endEvent id="done" name="Соңы"/>
</process>
<process id="caller" name="Шақырушы" isExecutable="true">
 <startEvent id="cb"/><sequenceFlow id="c1" sourceRef="cb" targetRef="call"/>
 <callActivity id="call" calledElement="letters"/>
 <sequenceFlow id="c2" sourceRef="call" targetRef="ce"/><endEvent id="ce"/>
</process>
</definitions>"""
).encode()


@pytest.fixture
def world(world: World) -> World:
    with world.database.begin() as uow:
        files = {**FILES, "branches.bpmn": BRANCHES}
        definitions.deploy(uow, world.ctx, SYSTEM, files, "mending")
        uow.commit()
    return world


def do(
    world: World,
    name: str,
    case: str,
    params: Mapping[str, str],
    *,
    stamp: str = "",
    by: str = "admin",
) -> Done:
    """Do an act as the page does: read what was typed, do it, commit."""
    operation = catalogue.operation(Subject.CASE, name)
    wish = Wish(subject=case, params=operation.read(params), reason=REASON, stamp=stamp)
    with world.database.begin() as uow:
        done = operations.perform(uow, world.ctx, world[by], operation, wish)
        uow.commit()
    return done


def looked(world: World, name: str, case: str, params: Mapping[str, str] | None = None) -> Preview:
    operation = catalogue.operation(Subject.CASE, name)
    read = {} if params is None else operation.read(params)
    with world.database.reading() as uow:
        wish = Wish(subject=case, params=read)
        return operations.look(uow, world.ctx, world["admin"], operation, wish)


def open_tasks(world: World, case: str) -> dict[str, str]:
    with world.database.reading() as uow:
        return {one.element: one.id for one in uow.tasks.open_of(case)}


def told(world: World, case: str, what: str) -> list[object]:
    with world.database.reading() as uow:
        rows = instances.history(uow, world.ctx, world["admin"], case)
    return [one for one in rows if one.what == what]


def audited(world: World, case: str) -> list[str]:
    with world.database.reading() as uow:
        assert audit.verify(uow).broken == 0
        return [row.act for row in audit.list_rows(uow, subject=f"case:{case}")]


def row_of(world: World, case: str) -> object:
    with world.database.reading() as uow:
        return uow.instances.find(case)


def branches(world: World, **variables: object) -> str:
    return world.start("B-1", "branches", **{"rounds": 1, **variables})


# --- moving ---------------------------------------------------------------------------------------


def test_back_to_where_it_was_and_all_rows_follow(world: World) -> None:
    case, task = world.written()
    stamp = looked(world, "move-token", case).stamp
    do(world, "move-token", case, {"target": "write"}, stamp=stamp)
    assert set(open_tasks(world, case)) == {"write"}
    assert open_jobs(world, case) == {}, "timer and reminder of the check went with it"
    with world.database.reading() as uow:
        assert uow.tasks.find(task)[0].status == "cancelled"
    (row,) = told(world, case, "moved")
    assert (row.element, row.who) == ("check", "Admin")
    assert {k: row.detail[k] for k in ("from", "to", "mode", "reason")} == {
        "from": "check",
        "to": "write",
        "mode": "entered",
        "reason": REASON,
    }
    assert audited(world, case) == ["case.move-token"]
    with world.database.reading() as uow:
        (step,) = [
            r for r in audit.list_rows(uow, subject=f"instance:{case}") if r.act == "instance.moved"
        ]
    assert REASON not in str(step.detail), "only its digest"
    again = world.claim("writer", world.open_task(case))
    world.complete("writer", again, subject="Қайта")
    assert set(open_jobs(world, case)) == {"timer:late", "reminder:check"}


def test_the_preview_names_what_closes_what_opens_and_for_whom(world: World) -> None:
    case, task = world.written()
    world.claim("checker", task)
    blank = looked(world, "move-token", case)
    assert blank.given["token"] == task
    assert [value for value, _ in blank.choices["target"]][:2] == ["check", "write"], (
        "where it was, the newest first"
    )
    seen = looked(world, "move-token", case, {"target": "write"})
    said = [(str(one.what), str(one.before), str(one.after)) for one in seen.changes]
    assert said == [
        ("Token", "Тексеру", "Жазу"),
        ("Тексеру", "an open task", "is withdrawn"),
        ("late", "waits beside it", "is withdrawn"),
        ("Жазу", "", "a task for writer (Кеңсе a)"),
    ]
    with world.database.begin() as uow:
        tasks.save_draft(uow, world.ctx, world["checker"], task, {"decision": "return"}, 2)
        uow.commit()
    (warning,) = looked(world, "move-token", case, {"target": "write"}).warnings
    assert "not sent is lost" in str(warning)


def test_a_preview_changes_nothing(world: World) -> None:
    case, _ = world.written()
    before = row_of(world, case)
    looked(world, "move-token", case, {"target": "done"})
    assert row_of(world, case) == before


def test_a_task_that_opens_again_for_the_same_people_goes_on_where_it_was(world: World) -> None:
    case, task = world.written()
    world.claim("checker", task)
    with world.database.begin() as uow:
        found = uow.tasks.find(task)
        assert found is not None
        typed = {"x": "typed"}
        tasks.save_draft(uow, world.ctx, world["checker"], task, typed, found[0].revision)
        uow.commit()
    seen = looked(world, "move-token", case, {"target": "check"})
    assert not [one for one in seen.warnings if "is lost" in str(one)]
    do(world, "move-token", case, {"target": "check"})
    with world.database.reading() as uow:
        (now,) = uow.tasks.open_of(case)
        assert now.id != task
        assert now.assignee == world["checker"].account


def test_a_branch_that_could_never_join_is_refused_and_nothing_stands(world: World) -> None:
    case = branches(world)
    before = row_of(world, case), open_tasks(world, case)
    with pytest.raises(
        MoveRefused, match=r"for ever at Бірігу: Оң → Бірігу. In vain would be: Оң"
    ) as e:
        do(world, "move-token", case, {"from": "left", "target": "inner"})
    assert (e.value.join, e.value.vain) == ("join", ("right",))
    assert (row_of(world, case), open_tasks(world, case)) == before
    assert audited(world, case) == []
    seen = looked(world, "move-token", case, {"from": "left", "target": "inner"})
    assert [str(one) for one in seen.refusals] == [str(e.value)]


def test_of_several_tokens_one_has_to_be_chosen(world: World) -> None:
    case = branches(world)
    with pytest.raises(FormRefused) as refused:
        do(world, "move-token", case, {"target": "begin"})
    assert set(refused.value.errors) == {"token"}
    with pytest.raises(TaskClosed):
        do(world, "move-token", case, {"from": "deep", "target": "left"})
    with pytest.raises(FormRefused) as refused:
        do(world, "move-token", case, {"token": "zz", "mode": "sideways"})
    assert set(refused.value.errors) == {"token", "target", "mode"}


def test_a_suspended_case_is_mended_and_stays_suspended(world: World) -> None:
    case, _ = world.written()
    with world.database.begin() as uow:
        instances.suspend(uow, world.ctx, world["admin"], case, "wait")
        uow.commit()
    do(world, "move-token", case, {"target": "write"})
    assert row_of(world, case).status == "suspended"
    do(world, "move-token", case, {"target": "done"})
    row = row_of(world, case)
    assert (row.status, row.end_element) == ("completed", "done")
    with pytest.raises(TaskClosed, match="has ended"):
        do(world, "move-token", case, {"target": "write"})


def test_what_failed_at_the_old_place_is_settled(world: World) -> None:
    case, _ = world.written()
    made: dict[str, str] = {}
    with world.database.begin() as uow:
        late = next(j for j in uow.jobs.of_instance(case) if j.element == "late")
        for job, element in ((late.id, "late"), (None, "check"), (None, "elsewhere")):
            made[element] = uow.incidents.add(
                instance_id=case, job_id=job, element=element, message="x", at=world.clock.now()
            )
        uow.commit()
    do(world, "move-token", case, {"target": "write"})
    with world.database.reading() as uow:
        assert [row.element for row in uow.incidents.open(case)] == ["elsewhere"]
        for element in ("late", "check"):
            assert uow.incidents.find(made[element]).resolution == "moved"
            assert [row.kind for row in uow.failures.notes(made[element])] == ["moved"]


def test_who_may_not_and_foreign_cases(world: World) -> None:
    case, _ = world.written()
    for login in ("checker", "head"):
        with pytest.raises(Forbidden):
            do(world, "move-token", case, {"target": "write"}, by=login)
    for name, params in (
        ("move-token", {"target": "write"}),
        ("restart", {"target": "write"}),
        ("set-variable", {"name": "x", "kind": "text", "value": "y"}),
        ("remove-variable", {"name": "x"}),
    ):
        with pytest.raises(NotFound):
            do(world, name, "0" * 32, params)


def test_two_admins_move_one_token_and_one_of_them_is_told(world: World) -> None:
    case, _ = world.written()
    stamp = looked(world, "move-token", case).stamp
    found = race(
        [
            lambda target=target: do(world, "move-token", case, {"target": target}, stamp=stamp)
            for target in ("write", "check")
        ]
    )
    (won,) = [one for one in found if isinstance(one, Done)]
    (lost,) = [one for one in found if isinstance(one, Conflict)]
    assert "look again" in str(lost)
    assert set(open_tasks(world, case)) == {won.told["to"]}
    assert len(told(world, case, "moved")) == 1
    assert audited(world, case) == ["case.move-token"]


# --- beginning anew -------------------------------------------------------------------------------


def test_what_has_ended_begins_anew_with_what_it_knew(world: World) -> None:
    case, task = world.written()
    world.complete("checker", world.claim("checker", task), decision="accept")
    seen = looked(world, "restart", case, {"target": "check"})
    assert [str(one.what) for one in seen.changes] == ["Тексеру", "late"]
    made = str(do(world, "restart", case, {"target": "check"}).told["as"])
    assert set(open_tasks(world, made)) == {"check"}
    new = row_of(world, made)
    assert (new.business_key, new.definition_id) == ("N-1", row_of(world, case).definition_id)
    with world.database.reading() as uow:
        assert uow.instances.variables(made) == uow.instances.variables(case)
        assert instances.find_by_key(uow, world.ctx, world["admin"], "N-1") == made
    (link,) = told(world, case, "restarted")
    assert link.detail["as"] == made
    (begun,) = told(world, made, "started")
    assert (begun.detail["instead_of"], begun.detail["reason"]) == (case, REASON)
    world.complete("checker", world.claim("checker", world.open_task(made)), decision="accept")
    assert row_of(world, made).status == "completed"


def test_what_still_runs_is_cancelled_and_typed_values_go_along(world: World) -> None:
    case = branches(world)
    params = {"target": "join", "mode": "behind", "name-1": "rounds", "kind-1": "number"}
    seen = looked(world, "restart", case, {**params, "value-1": "2"})
    assert next(str(one.after) for one in seen.changes) == "is cancelled"
    assert any("does not begin again" in str(one) for one in seen.warnings), "two ways at once"
    made = str(do(world, "restart", case, {**params, "value-1": "2"}).told["as"])
    assert row_of(world, case).status == "cancelled"
    assert open_tasks(world, case) == {}
    with world.database.reading() as uow:
        assert uow.instances.variables(made)["rounds"] == 2
        assert uow.tasks.open_of(made)[0].local == {"own": 3}


def test_a_case_does_not_begin_where_it_could_not_end_nor_with_what_does_not_fit(
    world: World,
) -> None:
    case = branches(world)
    before = row_of(world, case)
    with pytest.raises(MoveRefused, match="for ever at Бірігу"):
        do(world, "restart", case, {"target": "left"})
    typed = {"target": "inner", "name-1": "rounds", "kind-1": "text", "value-1": "two"}
    with pytest.raises(FormRefused) as refused:
        do(world, "restart", case, typed)
    assert set(refused.value.errors) == {"value-1"}
    second = {"target": "inner", "name-2": "rounds", "kind-2": "text", "value-2": "two"}
    with pytest.raises(FormRefused) as refused:
        do(world, "restart", case, second)
    assert set(refused.value.errors) == {"value-2"}, "the line it was typed on, not the first"
    with pytest.raises(FormRefused) as refused:
        do(world, "restart", case, {**typed, "kind-1": "number", "version": "oldest"})
    assert set(refused.value.errors) == {"value-1", "version"}
    assert row_of(world, case) == before


def test_a_called_case_is_not_begun_anew_alone(world: World) -> None:
    case = world.start("C-1", "caller")
    call = next(iter(open_jobs(world, case)))
    assert call == "call:call"
    with world.database.begin() as uow:
        token = uow.jobs.of_instance(case)[0].token
        made = instances.start(uow, world.ctx, SYSTEM, "letters", "C-1", {}, parent=(case, token))
        uow.commit()
    with pytest.raises(ValueRefused, match="waits for it"):
        do(world, "restart", made, {"target": "write"})
    assert looked(world, "restart", made).refusals


def test_a_call_that_is_moved_away_takes_the_called_case_along(world: World) -> None:
    case = world.start("C-1", "caller")
    with world.database.begin() as uow:
        (job,) = uow.jobs.of_instance(case)
        made = instances.start(
            uow, world.ctx, SYSTEM, "letters", "C-1", {}, parent=(case, job.token)
        )
        uow.commit()
    do(world, "move-token", case, {"target": "call", "mode": "behind"})
    assert (row_of(world, case).status, row_of(world, made).status) == ("completed", "cancelled")
    assert open_tasks(world, made) == {}
    with world.database.reading() as uow:
        assert {one.state for one in uow.jobs.of_instance(case)} == {"cancelled"}


def test_the_newest_version_can_be_chosen(world: World) -> None:
    case, _ = world.written()
    with world.database.begin() as uow:
        changed = FILES["letters.bpmn"].replace("Тексеру".encode(), "Сынау".encode())
        definitions.deploy(uow, world.ctx, SYSTEM, {**FILES, "letters.bpmn": changed}, "newer")
        uow.commit()
    assert len(looked(world, "restart", case).choices["version"]) == 2
    made = str(do(world, "restart", case, {"target": "check", "version": "newest"}).told["as"])
    with world.database.reading() as uow:
        newest = definitions.latest(uow, "letters").id
    assert row_of(world, made).definition_id == newest != row_of(world, case).definition_id


# --- variables ------------------------------------------------------------------------------------


def set_(world: World, case: str, name: str, kind: str, value: str, scope: str = "") -> Done:
    params = {"name": name, "kind": kind, "value": value, "scope": scope}
    return do(world, "set-variable", case, params)


def both(world: World, case: str) -> dict[str, object]:
    """Return the case's variables: the copy that pages read, which equals the live state's."""
    with world.database.reading() as uow:
        row = uow.instances.find(case)
        definition = bundles.of_definition(uow, world.ctx, row.definition_id).definition(
            row.process
        )
        (top, *_) = bpmn.scopes(definition, uow.instances.state(case))
        assert dict(top.values) == uow.instances.variables(case)
    return dict(top.values)


def test_a_variable_is_changed_kept_in_history_and_can_be_taken_back(world: World) -> None:
    case = branches(world)
    seen = looked(world, "set-variable", case, {"name": "rounds", "kind": "number", "value": "5"})
    (change,) = seen.changes
    assert (change.what, change.before, change.after) == ("rounds", "1", "5")
    done = set_(world, case, "rounds", "number", "5")
    assert both(world, case)["rounds"] == 5
    with world.database.reading() as uow:
        (row,) = [r for r in uow.events.of_instance(case) if r.what == "variables"]
        assert row.sealed == {"before": 1, "after": 5}
        assert row.reason == REASON
        assert row.detail == {"variable": "rounds", "scope": ""}
    operation = catalogue.operation(Subject.CASE, "set-variable")
    back = Wish(subject=case, params=done.undo or {}, reason="back")
    with world.database.begin() as uow:
        assert operation.undo is not None
        operation.undo(uow, world.ctx, world["admin"], back)
        uow.commit()
    assert both(world, case)["rounds"] == 1
    with world.database.begin() as uow, pytest.raises(Conflict, match="changed since"):
        operation.undo(uow, world.ctx, world["admin"], back)
    assert audited(world, case) == ["case.set-variable"]


KINDS: list[tuple[str, str, object]] = [
    ("text", " сәлем ", " сәлем "),
    ("number", "12,5", 12.5),
    ("truth", "иә", True),
    ("feel", '[1, {"a": null, "b": "x"}]', [1, {"a": None, "b": "x"}]),
    ("null", "", None),
]


def test_kinds_of_values(world: World) -> None:
    case = branches(world)
    for kind, written, value in KINDS:
        set_(world, case, "anew", kind, written)
        found = both(world, case)["anew"]
        assert found == value
        assert type(found) is not str or kind == "text"
        done = do(world, "remove-variable", case, {"name": "anew"})
        assert "anew" not in both(world, case)
        assert done.undo is not None
        assert done.undo["before"] == value


MISTYPED: list[tuple[dict[str, str], str]] = [
    ({"name": "rounds", "kind": "text", "value": "many"}, "value"),
    ({"name": "rounds", "kind": "truth", "value": "true"}, "value"),
    ({"name": "day", "kind": "number", "value": "3"}, "value"),
    ({"name": "rounds", "kind": "number", "value": "three"}, "value"),
    ({"name": "x", "kind": "day", "value": "31.02.2026"}, "value"),
    ({"name": "x", "kind": "feel", "value": "[1, "}, "value"),
    ({"name": "x", "kind": "feel", "value": "rounds + 1"}, "value"),
    ({"name": "x", "kind": "feel", "value": "[today()]"}, "value"),
    ({"name": "x", "kind": "feel", "value": '[1, {"a": [1..5]}]'}, "value"),
    ({"name": "x", "kind": "feel", "value": "function(x) x"}, "value"),
    ({"name": "x", "kind": "text", "value": "ЖСН 850312300012"}, "value"),
    ({"name": "x", "kind": "number", "value": "850312300012"}, "value"),
    ({"name": "x", "kind": "colour", "value": "red"}, "kind"),
    ({"name": "1x", "kind": "text", "value": ""}, "name"),
    ({"name": "x", "kind": "text", "value": "", "scope": "ff"}, "scope"),
    ({"name": "x", "kind": "text", "value": "", "scope": "0" * 32}, "scope"),
]


def test_what_does_not_fit_is_refused_at_its_field(world: World) -> None:
    case = branches(world)
    before = row_of(world, case)
    for typed, field in MISTYPED:
        with pytest.raises(FormRefused) as refused:
            do(world, "set-variable", case, typed)
        assert set(refused.value.errors) == {field}, typed
    assert row_of(world, case) == before


def test_the_element_that_needs_another_type_is_named(world: World) -> None:
    case = branches(world)
    with pytest.raises(FormRefused) as refused:
        set_(world, case, "rounds", "text", "many")
    said = " ".join(str(one) for one in refused.value.errors["value"])
    assert "Ішкі" in said
    assert "number" in said


def test_the_local_variables_of_a_token_are_changed_and_its_form_sees_it(world: World) -> None:
    case = branches(world)
    do(world, "move-token", case, {"from": "right", "target": "right", "mode": "behind"})
    world.complete("writer", world.claim("writer", open_tasks(world, case)["left"]))
    preview = looked(world, "set-variable", case)
    ((_, _), (token, where)) = preview.choices["scope"]
    assert str(where) == "Ішкі"
    set_(world, case, "own", "number", "40", token)
    assert "own" not in both(world, case)
    with world.database.reading() as uow:
        (task,) = uow.tasks.open_of(case)
        assert task.local == {"own": 40}
    do(world, "remove-variable", case, {"name": "own", "scope": token})
    with world.database.reading() as uow:
        assert uow.tasks.open_of(case)[0].local == {}


def test_removing_names_who_reads_it(world: World) -> None:
    case = branches(world)
    seen = looked(world, "remove-variable", case, {"name": "rounds"})
    assert [str(one) for one in seen.warnings] == ["Ішкі reads rounds", "which reads rounds"]
    with pytest.raises(FormRefused):
        do(world, "remove-variable", case, {"name": "never"})
