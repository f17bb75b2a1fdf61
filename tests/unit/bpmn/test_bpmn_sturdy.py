"""Threads, size, foreign errors, and states that an earlier release wrote."""

import contextlib
import importlib
import pkgutil
import threading
import time
from uuid import UUID

import SpiffWorkflow

from engine import bpmn
from engine.bpmn.stepping import FOREIGN
from engine.model.acts import CompleteTask, FinishHandler
from engine.model.steps import Status
from tests.unit.bpmn.drawing import (
    START,
    Case,
    boundary,
    end,
    errors,
    extension,
    file,
    gateway,
    mapping,
    node,
    parse,
    service,
    start,
    timer,
    user,
    way,
)

PROCESS = file(
    start() + gateway("parallel", "f", "j") + user("a") + service("b") + end() + way("s f a j e")
    + node(
        "subProcess", "sub",
        extension(mapping({"x": "= 1.5"})) + start("s2") + user("w") + end("e2") + way("s2 w e2"),
    )
    + way("f b sub j") + boundary("t", "a", timer("R/PT1H", "Cycle"), interrupting=False)
    + end("te") + way("t te")
)  # fmt: skip
#: Written by release 0.1: b was finished; a with its timer, and w inside sub, are open.
STORED_BY_0_1 = (
    b'Z1{"v":{"name":"\xd2\x9a-1","day":{"\\u0001":["d","2026-03-02"]}},"l":{"00000000-0000-4000'
    b'-8000-000000000003":{"x":{"\\u0001":["n","1.5"]}}},"e":"","w":[[null,"p",[["00000000-0000-4'
    b'000-8000-000000000001",null,"a",32,"f_a",1772442000.0,null],["00000000-0000-4000-8000-00000'
    b'0000002","00000000-0000-4000-8000-000000000001","t",32,"",1772442000.0,{"due":{"\\u0001":["s'
    b'","2026-03-02T10:00:00+00:00"]},"again":{"every":"PT1H"}}],["00000000-0000-4000-8000-000000'
    b'000003",null,"sub",32,"b_sub",1772442000.0,null]]],["00000000-0000-4000-8000-000000000003",'
    b'"sub",[["00000000-0000-4000-8000-000000000004",null,"w",32,"s2_w",1772442000.0,null]]]]}'
)


def test_a_state_of_an_earlier_release_loads_and_finishes() -> None:
    definition, env = parse(PROCESS), bpmn.Environment(now=START)
    open_ = bpmn.overview(definition, STORED_BY_0_1)
    assert [token.element for token in open_] == ["a", "t", "sub", "w"]
    state = STORED_BY_0_1
    for number in (4, 1):
        token = UUID(f"00000000-0000-4000-8000-{number:012}")
        state, step = bpmn.advance(definition, state, CompleteTask(token=token), env)
    assert step.status is Status.COMPLETED
    assert step.variables["name"] == "Қ-1"
    assert str(step.variables["day"]) == "2026-03-02"


def test_what_is_written_today_is_what_the_stored_state_looks_like() -> None:
    """If this fails, the format has changed: raise `VERSION`, and keep reading the old one."""
    case = Case(PROCESS, name="Қ-1")
    case.act(FinishHandler(token=case.token("b")))
    assert case.state.startswith(b'Z1{"v":{')
    now, then = (sorted(set(part.split(b'"'))) for part in (case.state, STORED_BY_0_1))
    known = {word for word in then if word.isalpha()}
    assert {word for word in now if word.isalpha()} <= known | {b"name"}


def test_threads_share_a_definition() -> None:
    definition, failures = parse(PROCESS), []

    def work(number: int) -> None:
        try:
            for _ in range(30):
                case = Case(definition, n=number)
                case.finish("b")
                case.complete("w")
                case.complete("a")
                assert case.done
                assert case.variables == {"n": number}
        except Exception as exc:  # noqa: BLE001 - whatever it is, it is the test's finding
            failures.append(exc)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_every_error_of_spiffworkflow_is_mapped() -> None:
    """Its errors have two roots; whatever it raises inside a step becomes `StepFailed`."""
    for module in pkgutil.walk_packages(SpiffWorkflow.__path__, "SpiffWorkflow."):
        with contextlib.suppress(ImportError):  # one needs a package that nobody has
            importlib.import_module(module.name)
    found, stack = set(), [Exception]
    while stack:
        below = stack.pop().__subclasses__()
        stack += below
        found |= {kind for kind in below if kind.__module__.startswith("SpiffWorkflow")}
    assert len(found) > 8
    unmapped = {kind.__name__ for kind in found if not issubclass(kind, FOREIGN)}
    assert unmapped <= {"DeadMethodCalled"}, "only of weak subscribers, of which there are none"


def test_a_diagram_with_too_many_elements_is_refused_in_time() -> None:
    body = start() + "".join(user(f"u{number}") for number in range(5001)) + end()
    began = time.perf_counter()
    assert errors(file(body))[0][0] == "bpmn.size"
    assert time.perf_counter() - began < 10
