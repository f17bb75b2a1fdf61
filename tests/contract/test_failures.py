"""A step that cannot be taken changes nothing and is seen; a case that failed is closed."""

import pytest

from engine.errors import Conflict, Forbidden, StepFailed, TaskClosed
from engine.model.people import SYSTEM
from engine.services import definitions, incidents, instances, tasks
from engine.services.cockpit import incidents as mending
from engine.services.cockpit.incidentacts import RESOLVE
from engine.services.cockpit.operations import Wish, perform
from engine.services.views import CaseState
from tests.contract.diagrams import HEAD
from tests.contract.world import World

FILES = {
    "failing.bpmn": (
        HEAD
        + """
<error id="E_bad" name="bad" errorCode="bad"/>
<process id="stuck" name="Қате шарт" isExecutable="true">
 <startEvent id="begin"/>
 <sequenceFlow id="f1" sourceRef="begin" targetRef="work"/>
 <userTask id="work" name="Жұмыс" camunda:candidateGroups="writer@office.a"/>
 <sequenceFlow id="f2" sourceRef="work" targetRef="which"/>
 <exclusiveGateway id="which"/>
 <sequenceFlow id="f3" sourceRef="which" targetRef="done">
  <conditionExpression xsi:type="tFormalExpression">= number &gt; 5</conditionExpression>
 </sequenceFlow>
 <endEvent id="done"/>
</process>
<process id="doomed" name="Қатемен аяқталады" isExecutable="true">
 <startEvent id="begin_d"/>
 <sequenceFlow id="d1" sourceRef="begin_d" targetRef="fork"/>
 <parallelGateway id="fork"/>
 <sequenceFlow id="d2" sourceRef="fork" targetRef="one"/>
 <sequenceFlow id="d3" sourceRef="fork" targetRef="two"/>
 <userTask id="one" name="Бірінші" camunda:candidateGroups="writer@office.a"/>
 <userTask id="two" name="Екінші" camunda:candidateGroups="writer@office.a"/>
 <sequenceFlow id="d4" sourceRef="one" targetRef="bad"/>
 <sequenceFlow id="d5" sourceRef="two" targetRef="good"/>
 <endEvent id="bad"><errorEventDefinition errorRef="E_bad"/></endEvent>
 <endEvent id="good"/>
</process>
</definitions>"""
    ).encode()
}


@pytest.fixture
def failing(world: World) -> World:
    with world.database.begin() as uow:
        definitions.deploy(uow, world.ctx, SYSTEM, FILES)
        uow.commit()
    return world


def test_a_step_that_fails_leaves_the_task_open_and_an_incident(failing: World) -> None:
    case = failing.start("N-1", "stuck", number=1)
    task = failing.claim("writer", failing.open_task(case))
    for _ in range(2):
        with pytest.raises(StepFailed) as failed:
            failing.complete("writer", task)
        with failing.database.begin() as uow:
            incidents.record(uow, failing.ctx, failing["writer"], case, failed.value)
            uow.commit()
    assert failing.open_task(case) == task
    with failing.database.begin() as uow:
        (found,) = mending.page(uow, failing.ctx, failing["admin"], {}).rows
        assert (found.business_key, found.instance_id) == ("N-1", case)
        assert found.element == "which"
        with pytest.raises(Forbidden):
            mending.page(uow, failing.ctx, failing["writer"], {})
        wish = Wish(subject=found.id, reason="asked again")
        perform(uow, failing.ctx, failing["admin"], RESOLVE, wish)
        with pytest.raises(Conflict, match="dealt with this"):
            perform(uow, failing.ctx, failing["admin"], RESOLVE, wish)


def test_a_failed_case_has_nothing_open(failing: World) -> None:
    case = failing.start("N-1", "doomed")
    with failing.database.reading() as uow:
        open_ = {task.element: task.id for task in uow.tasks.open_of(case)}
    failing.claim("writer", open_["one"])
    failing.claim("writer", open_["two"])
    assert failing.complete("writer", open_["one"]).state is CaseState.FAILED
    with pytest.raises(TaskClosed):
        failing.complete("writer", open_["two"])
    with failing.database.reading() as uow:
        view = instances.view(uow, failing.ctx, failing["admin"], case)
        assert not tasks.look(uow, failing.ctx, failing["writer"], open_["two"]).mine
    assert (view.state, view.tasks, len(view.incidents)) == (CaseState.FAILED, (), 1)
    assert view.failure
