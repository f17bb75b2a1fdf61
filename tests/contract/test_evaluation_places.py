"""SpiffWorkflow's own evaluation is never reached: no Python from a diagram is ever run.

The test reads SpiffWorkflow's source for every function that touches a script engine, evaluates or
executes. A new version with a new place fails here, until somebody has looked at it and written
down below why it is out of reach.
"""

import ast
import builtins
from collections.abc import Iterator
from pathlib import Path

import pytest
import SpiffWorkflow

import engine.bpmn.build
from engine import bpmn
from engine.bpmn.live import Inner, Instance, LiveTask
from engine.bpmn.noscripts import NO_SCRIPTS
from engine.bpmn.specs.base import NodeSpec, ScopeSpec
from tests.unit.bpmn.drawing import (
    Case,
    boundary,
    end,
    extension,
    file,
    flow,
    gateway,
    mapping,
    node,
    script,
    service,
    start,
    timer,
    user,
    way,
)

PACKAGE = Path(SpiffWorkflow.__file__).parent
#: Names whose use means that something may be evaluated.
SUSPECT = {
    "script_engine",
    "evaluate",
    "execute",
    "eval",
    "exec",
    "call_service",
    "_evaluate",
    "_execute",
    "calculate_correlations",
    "get_correlations",
    "check_condition",
    "_matches",
    "valueof",
    "compile",
}
NEVER_MADE = "no object of that class is ever made: engine.bpmn.build makes our own"
REFUSES = "returns or keeps NoScripts, which refuses whatever is asked of it"
ENGINE = "the script engine itself, for which NoScripts stands"
SERIALIZER = "SpiffWorkflow's serializer is not used"
#: Reason → module → functions. Anything else that the search finds is new.
KNOWN: dict[str, dict[str, set[str]]] = {
    ENGINE: {
        "bpmn/script_engine/python_engine.py": {
            "PythonScriptEngine.call_service",
            "PythonScriptEngine.evaluate",
            "PythonScriptEngine.execute",
        },
        "bpmn/script_engine/python_environment.py": {
            "TaskDataEnvironment.evaluate",
            "TaskDataEnvironment.execute",
        },
    },
    REFUSES: {
        "bpmn/util/subworkflow.py": {"BpmnSubWorkflow.script_engine"},
        "bpmn/workflow.py": {"BpmnWorkflow.__init__", "BpmnWorkflow.script_engine"},
    },
    SERIALIZER: {
        "bpmn/serializer/migration/version_1_2.py": {
            "convert_timer_expressions.convert_cycle",
            "convert_timer_expressions.convert_timedate",
        },
    },
    NEVER_MADE: {
        "bpmn/specs/bpmn_process_spec.py": {
            "AdHocSubprocessSpec.add_path",
            "AdHocSubprocessSpec.check_condition",
            "AdHocSubprocessSpec.path_complete",
        },
        "bpmn/specs/bpmn_task_spec.py": {"_BpmnCondition._matches"},
        "bpmn/specs/event_definitions/conditional.py": {"ConditionalEventDefinition.has_fired"},
        "bpmn/specs/event_definitions/message.py": {
            "MessageEventDefinition.calculate_correlations",
            "MessageEventDefinition.catch",
            "MessageEventDefinition.get_correlations",
            "MessageEventDefinition.throw",
        },
        "bpmn/specs/event_definitions/timer.py": {
            "CycleTimerEventDefinition.cycle_complete",
            "DurationTimerEventDefinition.has_fired",
            "TimeDateEventDefinition.has_fired",
        },
        "bpmn/specs/mixins/multiinstance_task.py": {
            "MultiInstanceTask.check_completion_condition",
            "ParallelMultiInstanceTask.create_children",
            "SequentialMultiInstanceTask._update_hook",
            "StandardLoopTask.loop_complete",
        },
        "bpmn/specs/mixins/script_task.py": {"ScriptEngineTask._run_hook", "ScriptTask._execute"},
        "camunda/specs/event_definitions.py": {"MessageEventDefinition.throw"},
        "camunda/specs/multiinstance_task.py": {"update_task_spec"},
        "dmn/engine/DMNEngine.py": {
            "DMNEngine.__check_rule",
            "DMNEngine.evaluate",
            "DMNEngine.needs_eq",
        },
        "dmn/specs/model.py": {"Rule.output_as_dict"},
        "operators.py": {"Match.__init__", "Operator._get_values"},
        "specs/ExclusiveChoice.py": {"ExclusiveChoice._run_hook"},
        "specs/Join.py": {"Join._check_threshold_structured", "Join._check_threshold_unstructured"},
        "specs/MultiChoice.py": {"MultiChoice._get_matching_outputs"},
        "specs/MultiInstance.py": {"MultiInstance._get_predicted_outputs"},
        "specs/SubWorkflow.py": {"SubWorkflow._create_subworkflow"},
        "specs/ThreadMerge.py": {"ThreadMerge._start"},
        "specs/ThreadSplit.py": {"ThreadSplit._get_predicted_outputs"},
        "specs/Transform.py": {"Transform._update_hook"},
        "specs/Trigger.py": {"Trigger._run_hook"},
        "spiff/specs/event_definitions.py": {
            "MessageEventDefinition.throw",
            "MessageEventDefinition.update_task",
            "SpiffItemAwareEventDefinition.throw",
        },
        "spiff/specs/mixins/service_task.py": {
            "ServiceTask._execute",
            "ServiceTask.evaluate_params",
        },
        "spiff/specs/spiff_task.py": {"SpiffBpmnTask.execute_script"},
    },
}
#: Methods that our classes do inherit from a class with such a place, and why that is right.
INHERITED = {
    ("bpmn/workflow.py", "BpmnWorkflow.__init__"): REFUSES,
    ("bpmn/workflow.py", "BpmnWorkflow.script_engine"): REFUSES,
    ("bpmn/util/subworkflow.py", "BpmnSubWorkflow.script_engine"): REFUSES,
}


def places() -> Iterator[tuple[str, str, int]]:
    """Yield module, qualified name of the function, and line of each place."""
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        yield from _in(tree, path.relative_to(PACKAGE).as_posix(), "")


def _in(tree: ast.AST, module: str, name: str) -> Iterator[tuple[str, str, int]]:
    for child in ast.iter_child_nodes(tree):
        inner = name
        if isinstance(child, ast.ClassDef | ast.FunctionDef):
            inner = f"{name}.{child.name}" if name else child.name
        used = child.attr if isinstance(child, ast.Attribute) else getattr(child, "id", "")
        if used in SUSPECT:
            yield module, inner, getattr(child, "lineno", 0)
        yield from _in(child, module, inner)


FOUND = sorted(set(places()))


def ours(kind: type) -> Iterator[type]:
    yield kind
    for below in kind.__subclasses__():
        if below.__module__.startswith("engine."):
            yield from ours(below)


def test_every_place_is_known() -> None:
    known = {
        (module, name)
        for modules in KNOWN.values()
        for module, names in modules.items()
        for name in names
    }
    found = {(module, name) for module, name, _line in FOUND}
    assert not found - known, (
        "SpiffWorkflow evaluates in a place nobody has looked at. See whether our classes can "
        "reach it (engine/bpmn/specs), then add it to KNOWN with the reason"
    )
    assert not known - found, "these places are gone: delete them from KNOWN"


def test_the_search_finds_what_is_there() -> None:
    """If the search itself broke, every other test here would pass."""
    assert ("bpmn/specs/bpmn_task_spec.py", "_BpmnCondition._matches") in {f[:2] for f in FOUND}
    assert len({f[:2] for f in FOUND}) > 40


@pytest.mark.parametrize("place", sorted({(m, n) for m, n, _ in FOUND}), ids=str)
def test_no_class_of_ours_inherits_a_place(place: tuple[str, str]) -> None:
    module, name = place
    owner, _, method = name.partition(".")
    method = method.partition(".")[0]
    if place in INHERITED or not method:
        return
    for kind in (*ours(NodeSpec), ScopeSpec, Instance, Inner, LiveTask):
        for base in kind.__mro__:
            if base.__name__ == owner and base.__module__.endswith(
                module.removesuffix(".py").replace("/", ".")
            ):
                reached = getattr(kind, method, None)
                assert reached is not vars(base).get(method), f"{kind.__name__} reaches {name}"


def test_the_stand_in_refuses_everything() -> None:
    with pytest.raises(AssertionError, match="evaluate"):
        NO_SCRIPTS.evaluate(None, "1")
    with pytest.raises(AssertionError):
        NO_SCRIPTS.environment.evaluate("1", {})


def test_our_parser_makes_only_our_classes() -> None:
    for kind in engine.bpmn.build._CLASSES.values():
        assert issubclass(kind, NodeSpec)
        assert kind.__module__.startswith("engine.")


HOSTILE = "__import__('os').system('true')"


def whole_dialect() -> bytes:
    """A diagram with an expression at every place where one may stand."""
    io = extension(mapping({"i": "= x"}, {"o": "${i}"}))
    body = start() + script("k", "x = 1") + gateway("exclusive", "g", default="g_e2")
    body += user(
        "u",
        inner='<multiInstanceLoopCharacteristics camunda:collection="= [x, 2]" '
        'camunda:elementVariable="v"><completionCondition>= v = 2</completionCondition>'
        "</multiInstanceLoopCharacteristics>",
        camunda_candidateGroups="r@${v}",
        camunda_dueDate="= now()",
        camunda_priority="${50}",
    )
    body += service("h", "t", io) + node(
        "intermediateCatchEvent", "t", timer("${&quot;PT1H&quot;}")
    )
    body += boundary("b", "u", timer("= &quot;R/PT1H&quot;", "Cycle"), interrupting=False)
    body += node(
        "intermediateThrowEvent",
        "m",
        extension(
            '<camunda:properties><camunda:property name="correlationKey" value="= x"/>'
            "</camunda:properties>"
        )
        + '<messageEventDefinition messageRef="m1"/>',
    )
    body += end("e", "e2", "e3") + way("s k g") + flow("g", "u", "x = 1") + flow("g", "e2")
    body += way("u h t m e") + way("b e3")
    return file(body, before='<message id="m1" name="${x}"/>')


def test_a_whole_case_runs_without_python_evaluating_anything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = whole_dialect()
    Case(data)  # compiles what is compiled once

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("something is evaluated as Python")

    with monkeypatch.context() as patched:
        patched.setattr(builtins, "eval", refuse)
        patched.setattr(builtins, "exec", refuse)
        case = Case(data)
        case.fire("b")
        case.complete("u")
        case.complete("u")
        case.finish("h", i=5)
        case.fire("t")
    assert case.done
    assert case.variables == {"x": 1, "o": 5}


@pytest.mark.parametrize("notation", [HOSTILE, f"= {HOSTILE}", f"${{{HOSTILE}}}"])
def test_hostile_python_is_no_expression(notation: str) -> None:
    body = start() + gateway("exclusive", "g", default="g_e2") + end("e", "e2")
    body += way("s g") + flow("g", "e", notation) + flow("g", "e2")
    parsed = bpmn.parse(file(body), "x.bpmn")
    if parsed.processes:  # it is a comparison of nothing with nothing: never true, never run
        assert Case(file(body)).step.end == "e2"
    else:
        assert parsed.problems[0].element in {"g_e", "g"}


def test_only_the_bench_may_run_spiffworkflow_by_itself() -> None:
    """`engine.bpmn.baseline` evaluates Python: the bench hands it its own diagram, nobody else."""
    root = Path(engine.bpmn.build.__file__).parents[2]
    users = {
        path.relative_to(root).as_posix()
        for folder in ("engine", "handlers")
        for path in (root / folder).rglob("*.py")
        if "engine.bpmn.baseline import" in path.read_text(encoding="utf-8")
    }
    assert users <= {"engine/bench/measuring.py"}
