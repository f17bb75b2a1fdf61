"""Requirements, knowledge, services, types, boxes and imports of a model."""

from datetime import timedelta
from pathlib import Path

import pytest

from engine import dmn
from engine.dmn import DecisionFailed, ModelRefused
from engine.errors import NotFound, XmlRefused
from engine.feel import Context, FeelLimitError
from tests.unit.dmn.models import HEAD, decision, inputs, literal, model, requires


def value(body: str, name: str = "D", **given: object) -> object:
    return dmn.load(model(body)).decide(name, given).value


def test_a_decision_is_made_once() -> None:
    calls: list[int] = []

    def count_up() -> int:
        calls.append(1)
        return len(calls)

    need = '<informationRequirement><requiredDecision href="#base"/></informationRequirement>'
    body = (
        decision("base", literal("next()"))
        + f'<decision id="left" name="left"><variable name="left"/>{need}'
        + literal("base")
        + "</decision>"
        + f'<decision id="D" name="D"><variable name="D"/>{need}'
        '<informationRequirement><requiredDecision href="#left"/></informationRequirement>'
        + literal("[base, left]")
        + "</decision>"
    )
    made = dmn.load(model(body)).decide("D", {}, Context(functions={"next": count_up}))
    assert made.value == [1, 1]
    assert calls == [1]


def test_only_what_is_required_is_seen() -> None:
    assert value(
        inputs(a="number", b="number") + decision("D", literal("[a, b]"), "a"), a=1, b=2
    ) == [
        1,
        None,
    ]


KNOWLEDGE = (
    '<businessKnowledgeModel id="f" name="f"><variable name="f" typeRef="number"/>'
    '<encapsulatedLogic><formalParameter name="x" typeRef="number"/>{}</encapsulatedLogic>'
    "</businessKnowledgeModel>"
)
NEEDS_F = '<knowledgeRequirement><requiredKnowledge href="#f"/></knowledgeRequirement>'


def with_knowledge(logic: str, call: str) -> str:
    return KNOWLEDGE.format(literal(logic)) + (
        f'<decision id="D" name="D"><variable name="D"/>{NEEDS_F}{call}</decision>'
    )


def test_knowledge_is_called_by_text_and_by_box() -> None:
    box = (
        "<invocation><literalExpression><text>f</text></literalExpression>"
        f'<binding><parameter name="x"/>{literal("20")}</binding></invocation>'
    )
    assert value(with_knowledge("x + 1", literal("f(1)"))) == 2
    assert value(with_knowledge("x + 1", box)) == 21
    assert value(with_knowledge("x + 1", literal('f("text")'))) is None


def test_knowledge_may_call_itself_within_bounds() -> None:
    assert value(with_knowledge("if x < 2 then 1 else x * f(x - 1)", literal("f(5)"))) == 120
    with pytest.raises(FeelLimitError):
        value(with_knowledge("f(x + 1)", literal("f(1)")))


def test_a_service_takes_its_inputs() -> None:
    body = (
        inputs(a="number")
        + decision("inner", literal("a * 2"), "a")
        + '<decision id="D" name="D"><variable name="D"/>'
        '<informationRequirement><requiredDecision href="#inner"/></informationRequirement>'
        + literal("inner + 1")
        + "</decision>"
        '<decisionService id="S" name="S"><variable name="S"/><outputDecision href="#D"/>'
        '<encapsulatedDecision href="#inner"/><inputData href="#a"/></decisionService>'
    )
    assert value(body, "S", a=3) == 7


def test_types_are_enforced() -> None:
    item = (
        '<itemDefinition name="tGrade"><typeRef>string</typeRef><allowedValues>'
        '<text>"a","b"</text></allowedValues></itemDefinition>'
    )
    body = item + inputs(g="tGrade") + decision("D", literal("g"), "g")
    assert value(body, g="a") == "a"
    assert value(body, g="z") is None
    assert value(body, g=["b"]) == "b"


def test_boxes() -> None:
    context = (
        f'<context><contextEntry><variable name="a b"/>{literal("2")}</contextEntry>'
        f'<contextEntry><variable name="c"/>{literal("a b * 2")}</contextEntry></context>'
    )
    assert value(decision("D", context)) == {"a b": 2, "c": 4}
    listed = f"<list>{literal('1')}{literal('1 + 1')}</list>"
    assert value(decision("D", listed)) == [1, 2]
    relation = (
        '<relation><column name="a"/><column name="b"/>'
        f"<row>{literal('1')}{literal('2')}</row></relation>"
    )
    assert value(decision("D", relation)) == [{"a": 1, "b": 2}]
    chosen = (
        f"<conditional><if>{literal('1 = 1')}</if><then>{literal('1')}</then>"
        f"<else>{literal('2')}</else></conditional>"
    )
    assert value(decision("D", chosen)) == 1
    loop = (
        f'<for iteratorVariable="x"><in>{literal("[1,2]")}</in>'
        f"<return>{literal('x * 2')}</return></for>"
    )
    assert value(decision("D", loop)) == [2, 4]
    some = (
        f'<some iteratorVariable="x"><in>{literal("[1,2]")}</in>'
        f"<satisfies>{literal('x > 1')}</satisfies></some>"
    )
    assert value(decision("D", some)) is True
    kept = f"<filter><in>{literal('[1,2,3]')}</in><match>{literal('item > 1')}</match></filter>"
    assert value(decision("D", kept)) == [2, 3]
    function = (
        '<context><contextEntry><variable name="g"/><functionDefinition><formalParameter name="x"/>'
        f"{literal('x + 1')}</functionDefinition></contextEntry>"
        f"<contextEntry>{literal('g(1)')}</contextEntry></context>"
    )
    assert value(decision("D", function)) == 2


@pytest.mark.parametrize("version", ["20151101/dmn.xsd", "20180521/MODEL/"])
def test_older_versions(version: str) -> None:
    head = HEAD.replace("https://www.omg.org/spec/DMN/20230324/MODEL/",
                        f"http://www.omg.org/spec/DMN/{version}")  # fmt: skip
    assert dmn.load(model(decision("D", literal("1 + 1")), head)).decide("D", {}).value == 2


IMPORTER = model(
    '<import name="base" namespace="urn:base" importType="x"/>'
    '<decision id="D" name="D"><variable name="D"/><informationRequirement>'
    '<requiredDecision href="urn:base#B"/></informationRequirement>'
    + literal("base.B + 1")
    + "</decision>"
)
BASE = model(
    inputs(a="number") + decision("B", literal("a * 2"), "a"), HEAD.replace("urn:test", "urn:base")
)


def test_imports(tmp_path: Path) -> None:
    (tmp_path / "base.dmn").write_bytes(BASE)
    (tmp_path / "main.dmn").write_bytes(IMPORTER)
    assert dmn.load(tmp_path / "main.dmn").decide("D", {"a": 4}).value == 9
    loaded = dmn.load_all({"main.dmn": IMPORTER, "base.dmn": BASE})
    assert loaded["main.dmn"].decide("D", {("urn:base", "a"): 4}).value == 9


def test_an_import_that_is_not_there() -> None:
    problems = dmn.load(IMPORTER, "main.dmn").problems()
    assert {"dmn.import", "dmn.unknown-requirement"} <= {problem.code for problem in problems}


def test_a_circle_is_found_and_refused() -> None:
    def needs(name: str, other: str) -> str:
        return (
            f'<decision id="{name}" name="{name}"><variable name="{name}"/><informationRequirement>'
            f'<requiredDecision href="#{other}"/></informationRequirement>'
            f"{literal(other)}</decision>"
        )

    loaded = dmn.load(model(needs("A", "B") + needs("B", "A")))
    assert "dmn.circle" in {problem.code for problem in loaded.problems()}
    with pytest.raises(DecisionFailed, match="circle"):
        loaded.decide("A", {})


def test_two_decisions_of_one_name() -> None:
    loaded = dmn.load(
        model(decision("D", literal("1")) + decision("D", literal("2")).replace('id="D"', 'id="E"'))
    )
    assert [problem.code for problem in loaded.problems()] == ["dmn.double-name"]


def test_documents_that_are_refused() -> None:
    with pytest.raises(XmlRefused):
        dmn.load(b'<!DOCTYPE x [<!ENTITY a "b">]>' + model(""))
    with pytest.raises(XmlRefused):
        dmn.load(b"<definitions")
    with pytest.raises(ModelRefused):
        dmn.load(b"<definitions/>")
    with pytest.raises(NotFound):
        dmn.load(model("")).decide("nothing", {})


def test_models_that_import_each_other() -> None:
    other = model(
        '<import name="t" namespace="urn:test" importType="x"/>',
        HEAD.replace("urn:test", "urn:base"),
    )
    with pytest.raises(ModelRefused, match="circle"):
        dmn.load_all({"main.dmn": IMPORTER, "base.dmn": other})


def test_inputs_are_told() -> None:
    loaded = dmn.load(model(inputs(a="number", b="number") + decision("D", literal("a"), "a")))
    assert loaded.inputs("D") == ("a",)
    assert loaded.decisions == ("D",)
    assert requires("a") in model(decision("D", "", "a")).decode()


def test_texts_of_dates_are_read_where_dates_are_declared() -> None:
    item = (
        '<itemDefinition name="tPerson"><itemComponent name="born"><typeRef>date</typeRef>'
        "</itemComponent></itemDefinition>"
    )
    body = (
        item
        + inputs(day="date", person="tPerson")
        + decision("D", literal("day - person.born"), "day", "person")
    )
    loaded = dmn.load(model(body))
    given = {"day": "2026-01-31", "person": {"born": "2026-01-01"}}
    assert loaded.decide("D", given).value == timedelta(days=30)
    assert loaded.decide("D", given, texts=False).value is None
    assert loaded.decide("D", {**given, "day": "tomorrow"}).value is None
