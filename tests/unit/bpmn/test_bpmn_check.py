"""What a check says: element, line, remedy. What cannot run is an error, what has no effect not."""

import ast
import random
from pathlib import Path

import pytest

from engine import bpmn
from engine.bpmn.events import REMEDIES
from engine.bpmn.reading import REMEDY
from engine.errors import ZholdamaError
from engine.i18n import catalogue
from engine.model.problems import Severity
from tests.unit.bpmn.drawing import (
    NAMESPACES,
    START,
    Case,
    boundary,
    end,
    errors,
    extension,
    file,
    flow,
    gateway,
    mapping,
    node,
    parse,
    service,
    start,
    timer,
    user,
    warnings,
    way,
)

TWO_STARTS = start("s1") + start("s2") + end("e1") + way("s1 e1") + way("s2 e1")
FINE = start() + user("a") + end() + way("s a e")


def around(element: str, name: str = "x") -> bytes:
    return file(start() + element + end() + way(f"s {name} e"))


def test_a_fine_diagram_has_no_problem_and_names_its_line() -> None:
    parsed = bpmn.parse(file(FINE), "f.bpmn")
    assert parsed.problems == []
    assert parsed.processes["p"].process.elements["a"].line == 5


@pytest.mark.parametrize(
    ("element", "code"),
    [
        (node("complexGateway", "x"), "bpmn.unknown-element"),
        (node("transaction", "x", FINE), "bpmn.unknown-element"),
        (node("adHocSubProcess", "x", FINE), "bpmn.unknown-element"),
        (node("serviceTask", "x"), "bpmn.no-topic"),
        (node("serviceTask", "x", camunda_class="a.B"), "bpmn.java"),
        (node("serviceTask", "x", camunda_delegateExpression="${b}"), "bpmn.java"),
        (node("serviceTask", "x", camunda_expression="${b}"), "bpmn.java"),
        (node("businessRuleTask", "x"), "bpmn.no-decision"),
        (node("callActivity", "x"), "bpmn.called"),
        (node("sendTask", "x"), "bpmn.message"),
        (node("receiveTask", "x"), "bpmn.message"),
        (node("scriptTask", "x", "<script>no</script>", scriptFormat="feel"), "bpmn.script"),
        (node("scriptTask", "x", scriptFormat="feel"), "bpmn.script"),
        (node("scriptTask", "x", scriptFormat="feel", camunda_resultVariable="r"), "bpmn.script"),
        (gateway("exclusive", "x").replace("></", f">{extension(mapping({'a': '1'}))}</"),
         "bpmn.parameter"),
        (user("x", inner="<standardLoopCharacteristics/>"), "bpmn.loop"),
        (node("intermediateThrowEvent", "x", '<signalEventDefinition signalRef="no"/>'),
         "bpmn.signal"),
        (user("x", inner="<multiInstanceLoopCharacteristics/>"), "bpmn.multi"),
        (user("x", camunda_dueDate="= 1 +"), "bpmn.expression"),
        (user("x", camunda_dueDate="${a.b()}"), "bpmn.expression"),
        (user("x", camunda_dueDate="tomorrow"), "bpmn.timer"),
        (user("x", camunda_candidateGroups="managers"), "bpmn.candidate"),
        (node("subProcess", "x"), "bpmn.start"),
        (node("subProcess", "x", TWO_STARTS), "bpmn.start"),
        (node("intermediateCatchEvent", "x"), "bpmn.event"),
        (node("intermediateCatchEvent", "x", "<timerEventDefinition/>"), "bpmn.timer"),
        (node("intermediateCatchEvent", "x", "<conditionalEventDefinition/>"), "bpmn.event"),
        (node("intermediateThrowEvent", "x", "<compensateEventDefinition/>"), "bpmn.event"),
        (node("intermediateThrowEvent", "x", "<escalationEventDefinition/>"), "bpmn.event"),
        (
            service("x", inner=extension('<camunda:executionListener class="a" event="start"/>')),
            "bpmn.listener",
        ),
        (user("x", inner=extension("<camunda:taskListener/>")), "bpmn.listener"),
        (service("x", inner=extension("<camunda:connector/>")), "bpmn.listener"),
        (
            service(
                "x",
                inner=extension(
                    "<camunda:failedJobRetryTimeCycle>often</camunda:failedJobRetryTimeCycle>"
                ),
            ),
            "bpmn.retry",
        ),
        (service("x", inner=extension(mapping({"": "1"}))), "bpmn.parameter"),
        (
            node("callActivity", "x", calledElement="c", camunda_calledElementBinding="version"),
            "bpmn.called",
        ),
        (
            node("callActivity", "x", extension("<camunda:in source='a'/>"), calledElement="c"),
            "bpmn.handover",
        ),
        (node("businessRuleTask", "x", camunda_decisionRef="d", camunda_mapDecisionResult="one"),
         "bpmn.decision"),
    ],
)  # fmt: skip
def test_what_cannot_run_is_an_error_at_its_element(element: str, code: str) -> None:
    parsed = bpmn.parse(around(element), "f.bpmn")
    found = [p for p in parsed.problems if p.severity is Severity.ERROR]
    assert [(p.code, p.element) for p in found] == [(code, "x")]
    assert found[0].line == 5
    assert not parsed.processes


def test_a_file_tells_all_its_errors_at_once() -> None:
    body = start() + node("serviceTask", "a") + node("complexGateway", "b") + node("sendTask", "c")
    found = errors(file(body + end() + way("s a b c e")))
    assert found == [("bpmn.no-topic", "a"), ("bpmn.unknown-element", "b"), ("bpmn.message", "c")]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (start() + user("a") + way("s a"), ("bpmn.no-way-out", "a")),
        (user("a") + end() + way("a e"), ("bpmn.start", "p")),
        (FINE + start("s2") + way("s2 a"), ("bpmn.start", "p")),
        (FINE + boundary("b", "zzz", timer("P1D")) + way("b a"), ("bpmn.boundary", "b")),
        (FINE + boundary("b", "s", timer("P1D")) + way("b a"), ("bpmn.boundary", "b")),
        (FINE + flow("e", "a"), ("bpmn.flow", "e")),
        (FINE + flow("a", "s"), ("bpmn.flow", "s")),
        (FINE + flow("a", "nowhere"), ("bpmn.flow", "a_nowhere")),
        (FINE + user("a"), ("bpmn.id", "a")),
        (FINE + "<userTask/>", ("bpmn.id", "p")),
        (
            start() + gateway("exclusive", "g") + end("e", "f", "h") + way("s g e") + way("g f")
            + flow("g", "h", "x"),
            ("bpmn.condition", "g"),
        ),
        (
            start() + gateway("eventBased", "g") + user("a", "b") + end() + way("s g a e")
            + way("g b e"),
            ("bpmn.event-gateway", "g"),
        ),
        (
            start() + node("intermediateThrowEvent", "t", '<linkEventDefinition name="L"/>')
            + way("s t"),
            ("bpmn.link", "t"),
        ),
        (start() + end("e", inner="<errorEventDefinition/>") + way("s e"), ("bpmn.error", "e")),
        (
            FINE + boundary("b", "a", "<errorEventDefinition/>", interrupting=False) + way("b e"),
            ("bpmn.boundary", "b"),
        ),
        (
            FINE + node("subProcess", "es", start("es1") + end("es2") + way("es1 es2"),
                        triggeredByEvent="true"),
            ("bpmn.start", "es"),
        ),
    ],
)  # fmt: skip
def test_how_elements_are_joined_is_checked(body: str, expected: tuple[str, str]) -> None:
    assert expected in errors(file(body))


def test_what_is_without_effect_is_a_warning() -> None:
    body = FINE + '<dataStoreReference id="ds"/><dataObject id="do"/><group id="gr"/>'
    body += '<dataObjectReference id="dor" dataObjectRef="do"/>'
    body += "<textAnnotation id='ta'><text>x</text></textAnnotation>" + user("lonely", "z")
    body += way("lonely z e") + user("nobody", camunda_candidateGroups="") + way("a nobody e")
    found = warnings(file(body))
    assert ("bpmn.no-effect", "ds") in found
    assert ("bpmn.no-effect", "gr") in found
    assert ("bpmn.unreached", "lonely") in found
    assert ("bpmn.unreached", "z") in found
    assert ("bpmn.nobody", "nobody") in found
    assert not [
        item for item in found if item[1] in {"do", "dor", "ta"} and item[0] != "bpmn.schema"
    ]
    assert Case(file(body)).open == ["a"]


def test_the_only_flow_without_condition_is_taken_for_the_default_with_a_warning() -> None:
    body = start() + gateway("exclusive", "g") + end("e", "f") + way("s g")
    body += flow("g", "e", "x = 1") + flow("g", "f")
    assert warnings(file(body)) == [("bpmn.default-taken", "g")]
    assert Case(file(body), x=1).step.end == "e"
    assert Case(file(body), x=2).step.end == "f"


def test_a_gateway_without_default_is_warned_of() -> None:
    body = start() + gateway("exclusive", "g") + end("e", "f") + way("s g")
    body += flow("g", "e", "x = 1") + flow("g", "f", "x = 2")
    assert warnings(file(body)) == [("bpmn.no-default", "g")]


def test_references_are_checked_against_what_is_known() -> None:
    known = bpmn.Known(
        topics={"t": bpmn.HandlerShape(required=["a", "b"], optional=["c"])},
        forms=["f"],
        decisions=["d"],
        processes=["p"],
        functions=bpmn.CALENDAR_FUNCTIONS,
    )
    io = extension(mapping({"a": "1", "c": "2", "z": "3"}))
    body = start() + service("x", "t", io) + service("y", "other") + end()
    body += user("u", camunda_formKey="g", camunda_dueDate="${woking_days(1)}")
    body += node("businessRuleTask", "r", camunda_decisionRef="q")
    body += node("callActivity", "c", calledElement="pp") + way("s x y u r c e")
    assert sorted(errors(file(body), known=known)) == [
        ("bpmn.missing-input", "x"),
        ("bpmn.unknown-decision", "r"),
        ("bpmn.unknown-form", "u"),
        ("bpmn.unknown-function", "u"),
        ("bpmn.unknown-input", "x"),
        ("bpmn.unknown-process", "c"),
        ("bpmn.unknown-topic", "y"),
    ]
    assert errors(file(body)) == []
    io = extension(mapping({"a": "1", "b": "= count([1])"}))
    body = start() + service("x", "t", io) + user("u", camunda_formKey="f") + end()
    body += node("callActivity", "c", calledElement="${which}") + way("s x u c e")
    assert errors(file(body), known=known) == []


@pytest.mark.parametrize(
    "data",
    [b"", b"<a/>", b"<!DOCTYPE a><a/>", b"<a", b"\xff\xfe", b"<definitions/>", b" " * 6_000_000],
)
def test_what_is_no_diagram_is_one_clear_problem(data: bytes) -> None:
    parsed = bpmn.parse(data, "f.bpmn")
    assert len(parsed.problems) == 1
    assert not parsed.processes
    assert parsed.problems[0].file == "f.bpmn"


def test_a_file_without_an_executable_process_is_an_error() -> None:
    data = file(FINE).replace(b'isExecutable="true"', b'isExecutable="false"')
    assert errors(data) == [("bpmn.nothing", "d")]


def test_pools_lanes_and_black_boxes() -> None:
    lanes = (
        '<laneSet id="ls"><lane id="l1" name="Орталық"><extensionElements><camunda:properties>'
        '<camunda:property name="way" value="origin"/>'
        '<camunda:property name="name:ru" value="Центр"/>'
        "</camunda:properties></extensionElements><flowNodeRef>a</flowNodeRef></lane>"
        '<lane id="l2" name="B"><flowNodeRef>sub</flowNodeRef></lane></laneSet>'
    )
    inner = start("s2") + user("w") + end("e2") + way("s2 w e2")
    law = extension(
        '<camunda:properties><camunda:property name="law" value="K-9, K-10"/>'
        '<camunda:property name="name:en" value="Check"/></camunda:properties>'
    )
    body = (
        lanes
        + start()
        + user("a", inner="<documentation>Неге</documentation>" + law, name="Тексеру")
    )
    body += node("subProcess", "sub", inner) + end() + way("s a sub e")
    pools = (
        '<collaboration id="c"><participant id="p1" processRef="p"/><participant id="p2" name="X"/>'
        "</collaboration>"
    )
    process = parse(file(body, before=pools)).process
    assert [(lane.id, lane.way, dict(lane.names)) for lane in process.lanes] == [
        ("l1", "origin", {"kk": "Орталық", "ru": "Центр"}),
        ("l2", "", {"kk": "B"}),
    ]
    element = process.elements["a"]
    assert (element.lane, element.law, element.kind) == ("l1", ("K-9", "K-10"), "userTask")
    assert element.names == {"kk": "Тексеру", "en": "Check"}
    assert element.documentation == {"kk": "Неге"}
    assert process.elements["w"].lane == "l2"
    assert process.elements["w"].parent == "sub"


def test_two_processes_in_a_file() -> None:
    other = FINE.replace('"s"', '"s_"').replace('"a"', '"a_"').replace('"e"', '"e_"')
    other = other.replace('"s_a"', '"f1"').replace('"a_e"', '"f2"')
    parsed = bpmn.parse(
        file(FINE, after=f'<process id="q" isExecutable="true">{other}</process>'), "f.bpmn"
    )
    assert sorted(parsed.processes) == ["p", "q"]
    twice = bpmn.parse(file(FINE, after='<process id="p" isExecutable="true"/>'), "f.bpmn")
    assert "bpmn.id" in [problem.code for problem in twice.problems]


def test_foreign_extensions_and_breaches_of_the_schema_are_no_errors() -> None:
    body = FINE.replace("<userTask ", '<userTask xmlns:zeebe="urn:z" zeebe:x="1" ')
    body += "<extensionElements><zeebe:y xmlns:zeebe='urn:z'/></extensionElements>"
    parsed = bpmn.parse(file(body), "f.bpmn")
    assert parsed.processes
    assert {problem.code for problem in parsed.problems} <= {"bpmn.schema"}


def test_a_breach_of_the_schema_is_told_with_its_line() -> None:
    data = file(FINE).replace(b'id="d"', b'id="d" nonsense="1"')
    ((code, _element),) = warnings(data)
    assert code == "bpmn.schema"
    (problem,) = bpmn.parse(data, "f.bpmn").problems
    assert problem.line == 2
    assert "nonsense" in str(problem.message)


def test_comments_inside_an_expression_do_not_hide_it() -> None:
    body = start() + gateway("exclusive", "g", default="g_f") + end("e", "f") + way("s g")
    body += flow("g", "e", "<!-- why --> x = 1") + flow("g", "f")
    assert Case(file(body), x=1).step.end == "e"
    assert Case(file(body), x=2).step.end == "f"


def test_listeners_of_the_process_and_of_flows_are_refused() -> None:
    listener = extension('<camunda:executionListener event="start" class="a.B"/>')
    assert errors(file(listener + FINE)) == [("bpmn.listener", "p")]
    body = FINE.replace('targetRef="e">', f'targetRef="e">{listener}')
    assert errors(file(body)) == [("bpmn.listener", "a_e")]


def test_flows_need_ids_of_their_own_and_may_have_none() -> None:
    assert ("bpmn.id", "a_e") in errors(file(FINE + way("a e")))
    body = start() + gateway("parallel", "f", "j") + end() + way("s f") + way("j e")
    body += '<sequenceFlow sourceRef="f" targetRef="j"/>' * 3
    assert Case(file(body)).done


def test_an_error_event_must_refer_to_an_error_that_is_there() -> None:
    body = FINE + boundary("b", "a", '<errorEventDefinition errorRef="no"/>') + way("b e")
    assert errors(file(body)) == [("bpmn.error", "b")]


def test_operatons_namespace_is_read_as_well() -> None:
    data = file(FINE).replace(b"http://camunda.org/schema", b"http://operaton.org/schema")
    assert Case(data).step.tasks[0].candidates == ("clerk@office",)


def test_subprocesses_nested_too_deeply_are_refused() -> None:
    inner = start("s0") + end("e0") + way("s0 e0")
    for depth in range(1, 30):
        inner = (
            start(f"s{depth}") + node("subProcess", f"x{depth}", inner) + end(f"e{depth}")
            + way(f"s{depth} x{depth} e{depth}")
        )  # fmt: skip
    assert "bpmn.nesting" in [code for code, _ in errors(file(inner))]


def test_mutated_diagrams_never_break_the_reader_nor_the_engine() -> None:
    """A thousand damaged files: a problem, or a definition whose start works or fails clearly."""
    source = file(
        start() + gateway("parallel", "f", "j") + user("a", inner=timer("P1D"))
        + service("b", inner=extension(mapping({"q": "= 1"}))) + end() + way("s f a j e")
        + way("f b j") + boundary("t", "a", timer("PT1H")) + way("t e")
    )  # fmt: skip
    pieces = source.split(b">")
    chance = random.Random(7)
    failed = 0
    for _number in range(1000):
        damaged = list(pieces)
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(1, len(damaged) - 1)
            kind = chance.randrange(4)
            if kind == 0:
                del damaged[at]
            elif kind == 1:
                damaged.insert(at, damaged[chance.randrange(len(damaged))])
            elif kind == 2:
                damaged[at] = damaged[at].replace(b'"a"', b'"j"').replace(b"PT1H", b"= ((")
            else:
                other = chance.randrange(1, len(damaged) - 1)
                damaged[at], damaged[other] = damaged[other], damaged[at]
        parsed = bpmn.parse(b">".join(damaged), "m.bpmn")
        for definition in parsed.processes.values():
            try:
                bpmn.start(definition, {}, bpmn.Environment(now=START))
            except ZholdamaError:
                failed += 1
    assert failed < 500


def test_every_sentence_has_its_translations() -> None:
    said = set()
    for path in [*Path("engine/bpmn").rglob("*.py"), *Path("engine/xml").rglob("*.py")]:
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "text" and call.args:
                first = call.args[0]
                if isinstance(first, ast.Constant):
                    said.add(first.value)
    said |= {*REMEDIES.values(), *REMEDY.values()}
    assert len(said) > 70
    for language in ("kk", "ru"):
        missing = sorted(said - set(catalogue(language)))
        assert not missing, f"{language}: {missing}"


def test_namespaces_of_the_tests_are_those_of_the_dialect() -> None:
    assert "camunda.org/schema/1.0/bpmn" in NAMESPACES
