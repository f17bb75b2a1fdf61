"""Multi-instance, called processes, decisions, scripts, mappings and variables."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import IntEnum, StrEnum

import pytest

from engine import bpmn
from engine.errors import StepFailed
from engine.model.steps import Happened
from tests.unit.bpmn.drawing import (
    Case,
    boundary,
    end,
    errors,
    extension,
    file,
    flow,
    mapping,
    node,
    script,
    service,
    start,
    timer,
    user,
    way,
)


def each(
    collection: str = "", cardinality: str = "", done: str = "", *, one_by_one: bool = False
) -> str:
    attributes = (
        f'camunda:collection="{collection}" camunda:elementVariable="item"' if collection else ""
    )
    inner = f"<loopCardinality>{cardinality}</loopCardinality>" if cardinality else ""
    inner += f"<completionCondition>{done}</completionCondition>" if done else ""
    flag = "true" if one_by_one else "false"
    return (
        f'<multiInstanceLoopCharacteristics isSequential="{flag}" {attributes}>{inner}'
        "</multiInstanceLoopCharacteristics>"
    )


def repeated(loop: str, **attributes: str) -> bytes:
    body = start() + user("a", inner=loop, **attributes) + user("z") + end() + way("s a z e")
    return file(body)


def test_a_parallel_multi_instance_offers_all_at_once() -> None:
    case = Case(
        repeated(each("people"), camunda_candidateGroups="r@${item}"), people=["x", "y", "z"]
    )
    assert case.open == ["a", "a", "a"]
    assert [task.candidates for task in case.step.tasks] == [("r@x",), ("r@y",), ("r@z",)]
    assert [task.local["loopCounter"] for task in case.step.tasks] == [0, 1, 2]
    assert case.step.tasks[0].local["nrOfInstances"] == 3
    for _number in range(3):
        assert case.open.count("z") == 0
        case.complete("a")
    assert case.open == ["z"]
    assert "item" not in case.variables
    assert "nrOfInstances" not in case.variables


def test_a_sequential_multi_instance_offers_one_after_the_other() -> None:
    case = Case(repeated(each("${people}", one_by_one=True)), people=["x", {"n": date(2026, 1, 1)}])
    assert [task.local["item"] for task in case.step.tasks] == ["x"]
    case.complete("a")
    assert [task.local["item"] for task in case.step.tasks] == [{"n": date(2026, 1, 1)}]
    assert case.open == ["a"]
    case.complete("a")
    assert case.open == ["z"]


@pytest.mark.parametrize("one_by_one", [False, True])
@pytest.mark.parametrize("loop", [{"collection": "people"}, {"cardinality": "count(people)"}])
def test_no_item_at_all_passes(loop: dict[str, str], one_by_one: bool) -> None:
    case = Case(repeated(each(**loop, one_by_one=one_by_one)), people=[])
    assert case.open == ["z"]


def test_the_completion_condition_withdraws_the_rest() -> None:
    case = Case(
        repeated(each(cardinality="5", done="${nrOfCompletedInstances >= 2}".replace(">", "&gt;")))
    )
    case.complete("a", 3)
    assert case.open.count("a") == 4
    case.complete("a", 0)
    assert case.open == ["z"]
    assert case.history(Happened.CANCELLED) == ["a", "a", "a"]


def test_a_condition_sees_what_the_iteration_wrote() -> None:
    case = Case(repeated(each(cardinality="3", done="= verdict = &quot;no&quot;", one_by_one=True)))
    case.complete("a", verdict="yes")
    case.complete("a", verdict="no")
    assert case.open == ["z"]


@pytest.mark.parametrize("value", ["1001", "1000000", "x", "2.5"])
def test_the_number_of_iterations_is_bounded_and_whole(value: str) -> None:
    with pytest.raises(StepFailed, match=r"a would be done|cardinality of a"):
        Case(repeated(each(cardinality="n")), n=value)


def test_a_thousand_iterations_are_allowed() -> None:
    case = Case(repeated(each(cardinality="1000")))
    assert len(case.open) == 1000
    case.complete("a", 500)
    assert len(case.open) == 999


def test_a_collection_must_be_a_list() -> None:
    with pytest.raises(StepFailed, match="not a list"):
        Case(repeated(each("people")), people="x")


def test_a_boundary_event_belongs_to_all_iterations() -> None:
    body = start() + user("a", inner=each(cardinality="3")) + user("z") + end() + way("s a e")
    body += boundary("b", "a", timer("PT1H")) + way("b z e")
    case = Case(file(body))
    assert case.open == ["a", "a", "a", "b"]
    case.complete("a")
    case.fire("b")
    assert case.open == ["z"]


def test_an_error_of_an_iteration_goes_to_the_boundary() -> None:
    body = start() + service("a", inner=each(cardinality="3")) + user("z") + end() + way("s a e")
    body += boundary("b", "a", '<errorEventDefinition errorRef="x"/>') + way("b z e")
    case = Case(file(body, before='<error id="x" errorCode="X"/>'))
    case.error("a", "X")
    assert case.open == ["z"]


def test_a_repeated_subprocess_has_its_own_variables_per_iteration() -> None:
    inner = start("is_") + user("w") + script("k", "total = total + item") + end("ie")
    inner += way("is_ w k ie")
    body = start() + node("subProcess", "sub", each("items") + inner) + end() + way("s sub e")
    case = Case(file(body), items=[1, 10, 100], total=0)
    assert [task.local["item"] for task in case.step.tasks] == [1, 10, 100]
    for _number in range(3):
        case.complete("w")
    assert case.done
    assert case.variables["total"] == 111


def test_results_of_iterations_are_collected_by_the_output_mapping() -> None:
    io = extension(mapping({"n": "= item * 2"}, {"results": "= append(results, n)"}))
    body = start() + service("a", inner=io + each("items")) + end() + way("s a e")
    case = Case(file(body), items=[1, 2], results=[])
    assert [handler.inputs for handler in case.step.handlers] == [{"n": 2}, {"n": 4}]
    case.finish("a", 1)
    case.finish("a", 0)
    assert case.done
    assert case.variables["results"] == [4, 2]


CALL = extension(
    '<camunda:in businessKey="${number}"/><camunda:in source="x" target="a"/>'
    '<camunda:in sourceExpression="${x + 1}" target="b"/><camunda:out source="r" target="result"/>'
    '<camunda:out sourceExpression="= r * 2" target="twice"/>'
)


def test_a_call_activity_asks_for_an_instance_of_its_own() -> None:
    body = start() + node("callActivity", "c", CALL, calledElement="child") + end() + way("s c e")
    case = Case(file(body), x=1, number="N1", secret="no")
    (call,) = case.step.calls
    assert (call.called, call.binding, call.business_key) == ("child", "deployment", "N1")
    assert call.variables == {"a": 1, "b": 2}
    case.finish("c", r=5, other=6)
    assert case.done
    assert case.variables == {"x": 1, "number": "N1", "secret": "no", "result": 5, "twice": 10}


def test_everything_may_be_handed_over_and_an_error_comes_back() -> None:
    inner = extension('<camunda:in variables="all"/><camunda:out variables="all"/>')
    body = start() + end() + user("z") + way("s c e") + way("b z e")
    body += node(
        "callActivity", "c", inner, calledElement="${which}", camunda_calledElementBinding="latest"
    )
    body += boundary("b", "c", "<errorEventDefinition/>")
    case = Case(file(body), which="other", x=1)
    (call,) = case.step.calls
    assert (call.called, call.binding, call.variables) == (
        "other",
        "latest",
        {"which": "other", "x": 1},
    )
    case.error("c", "ANY")
    assert case.open == ["z"]


RULE = {"camunda_decisionRef": "rate"}


@pytest.mark.parametrize(
    ("mapped", "given", "kept"),
    [
        ("", {"a": 1, "b": 2}, {"a": 1, "b": 2}),
        ("singleEntry", {"a": 1}, 1),
        ("singleEntry", 7, 7),
        ("singleEntry", [], None),
        ("singleResult", [{"a": 1, "b": 2}], {"a": 1, "b": 2}),
        ("collectEntries", [{"a": 1}, {"a": 2}], [1, 2]),
        ("collectEntries", [1, 2], [1, 2]),
        ("resultList", {"a": 1}, [{"a": 1}]),
        ("resultList", None, []),
    ],
)
def test_a_decision_is_evaluated_in_the_step(mapped: str, given: object, kept: object) -> None:
    attributes = RULE | {"camunda_resultVariable": "r"}
    if mapped:
        attributes["camunda_mapDecisionResult"] = mapped
    io = extension(mapping({"level": "= x + 1"}))
    body = start() + node("businessRuleTask", "d", io, **attributes) + end() + way("s d e")
    asked = []

    def decide(ref, inputs):
        asked.append((ref, inputs["level"], inputs["x"]))
        return given, [2]

    case = Case(file(body), decide=decide, x=1)
    assert asked == [("rate", 2, 1)]
    assert case.variables == {"x": 1, "r": kept}
    (left,) = [e for e in case.events(Happened.LEFT) if e.element == "d"]
    assert left.detail == {"rules": [2]}


def test_without_a_result_variable_the_output_mapping_sees_the_result() -> None:
    io = extension(mapping({}, {"fee": "${decisionResult.sum}"}))
    body = start() + node("businessRuleTask", "d", io, **RULE) + end() + way("s d e")
    case = Case(file(body), decide=lambda ref, inputs: ({"sum": 5}, []))
    assert case.variables == {"fee": 5}


def test_two_results_where_one_is_wanted_fail_the_step() -> None:
    attributes = RULE | {"camunda_resultVariable": "r", "camunda_mapDecisionResult": "singleResult"}
    body = start() + node("businessRuleTask", "d", **attributes) + end() + way("s d e")
    with pytest.raises(StepFailed, match="2 results") as caught:
        Case(file(body), decide=lambda ref, inputs: ([1, 2], []))
    assert caught.value.element == "d"


def test_a_script_assigns_line_after_line() -> None:
    source = 'a = 1\n// a remark\nb = a +\n  1\nналог = {"x": b = 2}\n'.replace('"', "&quot;")
    case = Case(file(start() + script("k", source) + end() + way("s k e")))
    assert case.variables == {"a": 1, "b": 2, "налог": {"x": True}}


def test_a_script_may_be_one_expression_with_a_result_variable() -> None:
    body = node(
        "scriptTask", "k", "<script>x = 1</script>", scriptFormat="FEEL", camunda_resultVariable="r"
    )
    assert Case(file(start() + body + end() + way("s k e")), x=1).variables == {"x": 1, "r": True}


@pytest.mark.parametrize("language", ["python", "javascript", "groovy", ""])
def test_scripts_in_other_languages_are_refused(language: str) -> None:
    attributes = {"scriptFormat": language} if language else {}
    body = start() + node("scriptTask", "k", "<script>x = 1</script>", **attributes) + end()
    assert errors(file(body + way("s k e"))) == [("bpmn.script-format", "k")]


def test_lists_maps_and_scripts_in_parameters() -> None:
    inner = extension(
        '<camunda:inputOutput><camunda:inputParameter name="l"><camunda:list><camunda:value>a'
        "</camunda:value><camunda:value>${x}</camunda:value><camunda:script scriptFormat='feel'>"
        "x + 1</camunda:script></camunda:list></camunda:inputParameter>"
        '<camunda:inputParameter name="m"><camunda:map><camunda:entry key="k">= l</camunda:entry>'
        '<camunda:entry key="n"><camunda:list/></camunda:entry></camunda:map>'
        '</camunda:inputParameter><camunda:inputParameter name="empty"/>'
        "</camunda:inputOutput>"
    )
    case = Case(file(start() + service("a", inner=inner) + end() + way("s a e")), x=1)
    (handler,) = case.step.handlers
    assert handler.inputs == {"l": ["a", 1, 2], "m": {"k": ["a", 1, 2], "n": []}, "empty": ""}


def test_values_survive_saving_and_loading() -> None:
    kept = {
        "decimal": Decimal("12.50"),
        "date": date(2026, 2, 28),
        "time": time(9, 30),
        "moment": datetime(2026, 2, 28, 9, 30, tzinfo=UTC),
        "duration": timedelta(days=-1, microseconds=5),
        "nested": [{"a": [Decimal("0.1"), None, True]}],
        "big": 2**70,
        "text": "қ\u0001\"'",
        "looks": {"\u0001\u0001": ["d", "2026-01-01"], "\\u0001": 1},
    }
    case = Case(file(start() + user("a", "b") + end() + way("s a b e")), **kept)
    case.complete("a", tuple=(1, 2), whole=Decimal("3.0"), number=1.5)
    case.complete("b")
    assert case.variables == kept | {"tuple": [1, 2], "whole": 3, "number": 1.5}
    assert isinstance(case.variables["whole"], int)


NO_VARIABLES = [
    float("nan"),
    float("inf"),
    object(),
    Decimal("NaN"),
    b"x",
    {"\x01": ["d", "x"]},
    "half a \ud800 character",
]


@pytest.mark.parametrize("value", NO_VARIABLES)
def test_values_that_cannot_be_kept_fail_the_step(value: object) -> None:
    case = Case(file(start() + user("a") + end() + way("s a e")))
    with pytest.raises(StepFailed):
        case.complete("a", x=value)
    case.complete("a", x=1)
    assert case.done


def test_kinds_derived_from_pythons_are_kept_as_the_plain_ones() -> None:
    class Colour(StrEnum):
        RED = "red"

    class Level(IntEnum):
        HIGH = 3

    case = Case(file(start() + user("a", "b") + end() + way("s a b e")), c=Colour.RED, n=Level.HIGH)
    case.complete("a")
    assert case.variables == {"c": "red", "n": 3}
    assert type(case.variables["c"]) is str
    assert type(case.variables["n"]) is int


def test_a_stored_value_that_only_looks_like_a_date_is_left_alone() -> None:
    case = Case(file(start() + user("a", "b") + end() + way("s a b e")), d=date(2026, 1, 1))
    case.state = case.state.replace(b"2026-01-01", b"2026-99-01")
    case.complete("a")
    assert case.variables["d"] == {"\x01": ["d", "2026-99-01"]}


def test_a_value_nested_without_end_fails_the_step() -> None:
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(StepFailed, match=r"nested"):
        Case(file(start() + user("a") + end() + way("s a e")), x=loop)


def test_retries_and_locals_come_with_the_handler() -> None:
    inner = extension(
        "<camunda:failedJobRetryTimeCycle>R5/PT5M</camunda:failedJobRetryTimeCycle>"
        + mapping({"q": "${x}"})
    )
    case = Case(
        file(start() + service("a", "reg.${which}", inner) + end() + way("s a e")), x=1, which="z"
    )
    (handler,) = case.step.handlers
    assert (handler.topic, handler.retry, handler.inputs) == ("reg.z", "R5/PT5M", {"q": 1})


def test_inputs_of_a_subprocess_are_local_to_it() -> None:
    inner = (
        start("is_") + user("w") + script("k", "x = x + 1\ny = x") + end("ie") + way("is_ w k ie")
    )
    sub = node("subProcess", "sub", extension(mapping({"x": "= 10"}, {"got": "= x"})) + inner)
    case = Case(file(start() + sub + end() + way("s sub e")), x=1)
    assert case.step.tasks[0].local == {"x": 10}
    case.complete("w")
    assert case.variables == {"x": 1, "y": 11, "got": 11}


def test_the_overview_tells_where_the_tokens_are() -> None:
    body = start() + user("a") + end() + way("s a e") + boundary("b", "a", timer("P1D"))
    case = Case(file(body + flow("b", "e")))
    tokens = bpmn.overview(case.definition, case.state)
    assert [(t.element, t.kind, t.active) for t in tokens] == [
        ("a", "userTask", True),
        ("b", "boundaryEvent", False),
    ]
    assert tokens[0].since == case.now
