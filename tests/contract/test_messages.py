"""Messages and signals: correlation, the buffer, start events; two that fit is an error."""

from datetime import timedelta

import pytest

from engine.errors import AmbiguousMessage
from engine.model.people import SYSTEM
from engine.services import definitions, instances, messages
from engine.services.views import CaseState
from tests.contract.diagrams import HEAD
from tests.contract.world import World

FILES = {
    "waiting.bpmn": (
        HEAD
        + """
<message id="M_answer" name="answer"/><message id="M_open" name="open"/>
<signal id="S_storm" name="storm"/>
<process id="waiting" name="Күту" isExecutable="true">
 <startEvent id="begin"/>
 <sequenceFlow id="f1" sourceRef="begin" targetRef="wait"/>
 <intermediateCatchEvent id="wait"><messageEventDefinition messageRef="M_answer"/>
 </intermediateCatchEvent>
 <sequenceFlow id="f2" sourceRef="wait" targetRef="done"/><endEvent id="done"/>
</process>
<process id="keyed" name="Кілтпен күту" isExecutable="true">
 <startEvent id="begin_k"/>
 <sequenceFlow id="k1" sourceRef="begin_k" targetRef="wait_k"/>
 <intermediateCatchEvent id="wait_k">
  <extensionElements><camunda:properties>
   <camunda:property name="correlationKey" value="${number}"/>
  </camunda:properties></extensionElements>
  <messageEventDefinition messageRef="M_answer"/>
 </intermediateCatchEvent>
 <sequenceFlow id="k2" sourceRef="wait_k" targetRef="done_k"/><endEvent id="done_k"/>
</process>
<process id="stormy" name="Сигнал" isExecutable="true">
 <startEvent id="begin_s"/>
 <sequenceFlow id="s1" sourceRef="begin_s" targetRef="wait_s"/>
 <intermediateCatchEvent id="wait_s"><signalEventDefinition signalRef="S_storm"/>
 </intermediateCatchEvent>
 <sequenceFlow id="s2" sourceRef="wait_s" targetRef="done_s"/><endEvent id="done_s"/>
</process>
<process id="opened" name="Хабармен басталады" isExecutable="true">
 <startEvent id="begin_o"><messageEventDefinition messageRef="M_open"/></startEvent>
 <sequenceFlow id="o1" sourceRef="begin_o" targetRef="look"/>
 <userTask id="look" name="Қарау" camunda:candidateGroups="writer@office.a"/>
 <sequenceFlow id="o2" sourceRef="look" targetRef="done_o"/><endEvent id="done_o"/>
</process>
</definitions>"""
    ).encode()
}


@pytest.fixture
def waiting(world: World) -> World:
    with world.database.begin() as uow:
        definitions.deploy(uow, world.ctx, SYSTEM, FILES)
        uow.commit()
    return world


def publish(world: World, name: str = "answer", **how: object) -> tuple[str, ...]:
    with world.database.begin() as uow:
        reached = messages.publish(uow, world.ctx, SYSTEM, name, **how)  # type: ignore[arg-type]
        uow.commit()
    return reached


def state(world: World, case: str) -> CaseState:
    with world.database.reading() as uow:
        return instances.view(uow, world.ctx, world["admin"], case).state


def test_a_message_reaches_the_case_with_its_number(waiting: World) -> None:
    one, two = waiting.start("A-1", "waiting"), waiting.start("A-2", "waiting")
    assert publish(waiting, business_key="A-2", payload={"x": 5}) == (two,)
    assert (state(waiting, one), state(waiting, two)) == (CaseState.ACTIVE, CaseState.COMPLETED)
    with waiting.database.reading() as uow:
        assert uow.instances.variables(two)["x"] == 5


def test_a_message_nobody_waits_for_reaches_nobody(waiting: World) -> None:
    waiting.start("A-1", "waiting")
    assert publish(waiting, business_key="A-9") == ()
    assert publish(waiting, "other", business_key="A-1") == ()


def test_a_correlation_key_decides_where_there_is_one(waiting: World) -> None:
    one = waiting.start("A-1", "keyed", number="77")
    assert publish(waiting, business_key="A-1") == ()
    assert publish(waiting, correlation="78") == ()
    assert publish(waiting, correlation="77") == (one,)


def test_two_cases_that_fit_is_an_error_not_a_guess(waiting: World) -> None:
    cases = [waiting.start("A-1", "waiting") for _ in range(2)]
    with pytest.raises(AmbiguousMessage) as refused:
        publish(waiting, business_key="A-1")
    assert set(refused.value.instances) == set(cases)
    assert {state(waiting, case) for case in cases} == {CaseState.ACTIVE}


def test_an_early_message_is_kept_and_delivered_once(waiting: World) -> None:
    assert publish(waiting, business_key="A-1", payload={"x": 1}, ttl=timedelta(days=1)) == ()
    first, second = waiting.start("A-1", "waiting"), waiting.start("A-1", "waiting")
    assert state(waiting, first) is CaseState.COMPLETED
    assert state(waiting, second) is CaseState.ACTIVE


def test_an_early_message_expires(waiting: World) -> None:
    publish(waiting, business_key="A-1", ttl=timedelta(hours=1))
    waiting.clock.advance(timedelta(hours=1))
    case = waiting.start("A-1", "waiting")
    assert state(waiting, case) is CaseState.ACTIVE
    with waiting.database.begin() as uow:
        assert messages.purge(uow, waiting.ctx) == 1
        assert messages.purge(uow, waiting.ctx) == 0


def test_without_time_to_live_nothing_is_kept(waiting: World) -> None:
    publish(waiting, business_key="A-1")
    assert state(waiting, waiting.start("A-1", "waiting")) is CaseState.ACTIVE


def test_a_message_starts_a_case(waiting: World) -> None:
    (case,) = publish(waiting, "open", business_key="O-1", payload={"from": "portal"})
    with waiting.database.reading() as uow:
        view = instances.view(uow, waiting.ctx, waiting["admin"], case)
    assert (view.process, view.business_key, view.here) == ("opened", "O-1", ("look",))
    assert view.variables["from"] == "portal"


def test_only_the_newest_version_is_started(waiting: World) -> None:
    with waiting.database.begin() as uow:
        newer = {"waiting.bpmn": FILES["waiting.bpmn"].replace("Қарау".encode(), "Оқу".encode())}
        definitions.deploy(uow, waiting.ctx, SYSTEM, newer)
        uow.commit()
    (case,) = publish(waiting, "open", business_key="O-1")
    with waiting.database.reading() as uow:
        assert instances.view(uow, waiting.ctx, waiting["admin"], case).version == 2


def test_a_signal_reaches_everybody(waiting: World) -> None:
    cases = [waiting.start(f"S-{number}", "stormy") for number in range(3)]
    waiting.start("A-1", "waiting")
    with waiting.database.begin() as uow:
        reached = messages.signal(uow, waiting.ctx, SYSTEM, "storm", {"force": 9})
        uow.commit()
    assert sorted(reached) == sorted(cases)
    assert {state(waiting, case) for case in cases} == {CaseState.COMPLETED}
