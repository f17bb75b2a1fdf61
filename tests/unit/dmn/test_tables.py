"""Hit policies, what fired, and the words of a violation."""

from decimal import Decimal

import pytest

from engine import dmn
from engine.dmn import DecisionFailed
from tests.unit.dmn.models import decision, inputs, model, table

ROWS = [("< 18", '"child"'), ("[18..65)", '"adult"'), (">= 65", '"elder"'), (">= 80", '"old"')]


def decide(
    policy: str, age: object, *, extra: str = "", rows: object = None, output: str = ""
) -> object:
    body = table(
        {"age": "number"},
        rows or ROWS,  # type: ignore[arg-type]
        policy=policy,
        extra=extra,
        output=output or '<output id="out" typeRef="string"/>',
    )
    loaded = dmn.load(model(inputs(age="number") + decision("D", body, "age")))
    return loaded.decide("D", {"age": age}).value


@pytest.mark.parametrize(
    ("policy", "age", "expected"),
    [
        ("UNIQUE", 30, "adult"),
        ("FIRST", 90, "elder"),
        ("RULE ORDER", 90, ["elder", "old"]),
        ("COLLECT", 90, ["elder", "old"]),
        ("COLLECT", None, []),
        ("UNIQUE", None, None),
        ("ANY", 17, "child"),
    ],
)
def test_policy(policy: str, age: object, expected: object) -> None:
    assert decide(policy, age) == expected


@pytest.mark.parametrize("policy", ["UNIQUE", "ANY"])
def test_a_violation_names_the_rules(policy: str) -> None:
    with pytest.raises(DecisionFailed, match="3, 4"):
        decide(policy, 90)


def test_any_allows_the_same_answer_twice() -> None:
    rows = [(">= 10", '"x"'), (">= 20", '"x"')]
    assert decide("ANY", 30, rows=rows) == "x"


PRIORITY = (
    '<output id="out" typeRef="string"><outputValues><text>"old","elder","adult","child"</text>'
    "</outputValues></output>"
)


def test_priority_is_the_order_of_the_values_allowed() -> None:
    assert decide("PRIORITY", 90, output=PRIORITY) == "old"
    assert decide("OUTPUT ORDER", 90, output=PRIORITY) == ["old", "elder"]


@pytest.mark.parametrize(
    ("aggregation", "expected"),
    [("SUM", Decimal(30)), ("MIN", Decimal(10)), ("MAX", Decimal(20)), ("COUNT", Decimal(2))],
)
def test_aggregation(aggregation: str, expected: Decimal) -> None:
    rows = [("> 1", "10"), ("> 2", "20"), ("> 100", "7")]
    output = '<output id="out" typeRef="number"/>'
    found = decide("COLLECT", 5, extra=f'aggregation="{aggregation}"', rows=rows, output=output)
    assert found == expected


def test_count_of_none_is_zero() -> None:
    rows = [("> 100", "7")]
    output = '<output id="out" typeRef="number"/>'
    assert decide("COLLECT", 5, extra='aggregation="COUNT"', rows=rows, output=output) == 0
    assert decide("COLLECT", 5, extra='aggregation="SUM"', rows=rows, output=output) is None


def test_a_default_stands_in() -> None:
    output = (
        '<output id="out" typeRef="string"><defaultOutputEntry><text>"none"</text>'
        "</defaultOutputEntry></output>"
    )
    assert decide("UNIQUE", None, output=output) == "none"


def test_the_result_says_which_rules_fired() -> None:
    body = table({"age": "number", "age * 2": "number"}, [("> 5", "-", '"x"'), ("-", "> 5", '"y"')],
                 policy="COLLECT")  # fmt: skip
    made = dmn.load(model(inputs(age="number") + decision("D", body, "age"))).decide(
        "D", {"age": 6}
    )
    (fired,) = made.fired
    assert (fired.decision, fired.table, fired.rules, fired.numbers) == (
        "D",
        "tab",
        ("r1", "r2"),
        (1, 2),
    )
    assert fired.inputs == (("age", Decimal(6)), ("age * 2", Decimal(12)))


def test_several_outputs_make_a_context() -> None:
    output = '<output name="a" typeRef="string"/><output name="b c" typeRef="number"/>'
    body = table({"age": "number"}, [("-", '"x"', "1")], output=output)
    loaded = dmn.load(model(inputs(age="number") + decision("D", body, "age")))
    assert loaded.decide("D", {}).value == {"a": "x", "b c": 1}


def test_a_value_of_a_wrong_type_is_null_and_noted() -> None:
    loaded = dmn.load(
        model(inputs(age="number") + decision("D", table({"age": "number"}, ROWS), "age"))
    )
    made = loaded.decide("D", {"age": "thirty"})
    assert made.value is None
    assert "age" in str(made.notes[0])


def test_values_outside_those_allowed_are_refused() -> None:
    body = table({"age": "number"}, ROWS).replace(
        "</inputExpression>",
        "</inputExpression><inputValues><text>[0..150]</text></inputValues>",
    )
    loaded = dmn.load(model(inputs(age="number") + decision("D", body, "age")))
    assert loaded.decide("D", {"age": 20}).value == "adult"
    made = loaded.decide("D", {"age": 200})
    assert made.value is None
    assert "not allowed" in str(made.notes[0])
