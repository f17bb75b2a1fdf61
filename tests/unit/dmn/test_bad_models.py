"""Models from outside: of other tools, nested, huge, broken. A clear answer, soon."""

import os
import random
import time
from contextlib import suppress
from pathlib import Path

import pytest

from engine import dmn
from engine.errors import ZholdamaError
from engine.feel import Context, FeelError, Limits
from tests.unit.dmn.models import decision, inputs, literal, model, table

MODELS = Path(__file__).parents[2] / "tck" / "models" / "zholdama"
ROUNDS = 5000 if os.environ.get("ZHOLDAMA_HYPOTHESIS") == "long" else 60


def codes(data: bytes) -> set[str]:
    return {problem.code for problem in dmn.load(data).problems()}


def test_a_table_without_input_data_reads_variables_by_name() -> None:
    rows = [("> 5", '"many"'), ("<= 5", '"few"')]
    loaded = dmn.load(model(decision("D", table({"amount": "integer"}, rows))))
    assert loaded.problems() == []
    assert loaded.inputs("D") == ("amount",)
    assert loaded.decide("D", {"amount": 7}).value == "many"


def test_declared_input_data_closes_the_model() -> None:
    loaded = dmn.load(model(inputs(a="number") + decision("D", literal("other"), "a")))
    assert loaded.decide("D", {"a": 1, "other": 2}).value is None
    assert codes(model(inputs(a="number") + decision("D", literal("other"), "a"))) == {"feel.type"}


def test_other_languages_are_refused() -> None:
    text = literal("amount").replace(
        "<literalExpression>", '<literalExpression expressionLanguage="javascript">'
    )
    assert codes(model(decision("D", text))) == {"dmn.language"}
    feel = text.replace("javascript", "https://www.omg.org/spec/DMN/20230324/FEEL/")
    assert codes(model(decision("D", feel))) == set()


def test_java_is_not_run() -> None:
    box = '<functionDefinition kind="Java"><formalParameter name="x"/></functionDefinition>'
    assert codes(model(decision("D", box))) == {"dmn.external"}


def test_boxes_within_boxes() -> None:
    deep = "<list>" * 200 + literal("1") + "</list>" * 200
    with suppress(ZholdamaError):
        loaded = dmn.load(model(decision("D", deep)))
        loaded.problems()
        loaded.decide("D", {})


def test_a_long_chain_of_decisions() -> None:
    def link(number: int) -> str:
        need = (
            f'<informationRequirement><requiredDecision href="#d{number - 1}"/>'
            "</informationRequirement>"
        )
        return (
            f'<decision id="d{number}" name="d{number}"><variable name="d{number}"/>'
            f"{need}{literal(f'd{number - 1} + 1')}</decision>"
        )

    body = decision("d0", literal("0")) + "".join(link(number) for number in range(1, 1000))
    loaded = dmn.load(model(body))
    assert loaded.decide("d100", {}).value == 100
    with pytest.raises(FeelError):
        loaded.decide("d999", {})
    assert loaded.problems() == []


def test_a_large_table_is_checked_soon() -> None:
    rows = [(f"[{n * 10}..{n * 10 + 10})", f'"{n}"', '"x"') for n in range(350)]
    start = time.perf_counter()
    found = dmn.load(
        model(inputs(a="number", b="string")
              + decision("D", table({"a": "number", "b": "string"}, rows), "a", "b"))
    ).problems()  # fmt: skip
    assert time.perf_counter() - start < 20
    assert found


def test_a_huge_table_is_not_searched() -> None:
    rows = [(str(n), f'"{n}"') for n in range(3000)]
    data = model(inputs(a="number") + decision("D", table({"a": "number"}, rows), "a"))
    start = time.perf_counter()
    loaded = dmn.load(data)
    assert codes(data) == {"dmn.table-size"}
    assert loaded.decide("D", {"a": 2999}).value == "2999"
    assert time.perf_counter() - start < 20


def test_limits_hold_across_decisions() -> None:
    loaded = dmn.load(model(decision("D", literal("for i in 1..100000 return i"))))
    with pytest.raises(FeelError):
        loaded.decide("D", {}, Context(limits=Limits(steps=1000)))


@pytest.mark.parametrize("name", ["benefit/benefit.dmn", "calendar/calendar.dmn"])
def test_broken_models_give_clear_errors(name: str) -> None:
    """Bytes of a good model changed, lost and doubled: only our own errors come out."""
    good = (MODELS / name).read_bytes()
    rng = random.Random(33)
    for _ in range(ROUNDS):
        data = bytearray(good)
        for _ in range(rng.randint(1, 6)):
            at = rng.randrange(len(data))
            change = rng.randrange(4)
            if change == 0:
                data[at] = rng.randrange(32, 127)
            elif change == 1:
                del data[at : at + rng.randint(1, 40)]
            elif change == 2:
                data[at:at] = data[at : at + rng.randint(1, 40)]
            else:
                data[at:at] = rng.choice([b"<", b'"', b"((", b"[1..", b"null", b"not(", b"-", b"#"])
        with suppress(ZholdamaError):
            loaded = dmn.load(bytes(data), "broken.dmn")
            loaded.problems()
            for decision_name in loaded.decisions:
                with suppress(ZholdamaError):
                    loaded.decide(decision_name, {"Family": {"members": 4, "income": 1}})
