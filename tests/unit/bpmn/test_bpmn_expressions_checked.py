"""What no variable could make right is an error on the element before anything runs."""

import pytest

from engine import bpmn
from engine.bpmn import Known

DIAGRAM = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="x"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><process id="p" isExecutable="true">
 <startEvent id="b"/><sequenceFlow id="f1" sourceRef="b" targetRef="g"/>
 <exclusiveGateway id="g" default="f3"/><sequenceFlow id="f2" sourceRef="g" targetRef="e">
 <conditionExpression xsi:type="tFormalExpression">{condition}</conditionExpression></sequenceFlow>
 <sequenceFlow id="f3" sourceRef="g" targetRef="e"/><endEvent id="e"/></process></definitions>"""


def found(condition: str) -> list[str]:
    parsed = bpmn.parse(DIAGRAM.format(condition=condition).encode(), "d.bpmn", known=Known())
    return [
        f"{one.element}: {one.message}"
        for one in parsed.problems
        if one.code == "bpmn.wrong-expression"
    ]


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ('= 5 &lt; "x"', "line 1"),
        ('= number &gt; 3 and "a" = 1', "column"),
        ("= substring()", "substring"),
        ("${5 &lt; 'x'}", "“${5 < 'x'}”"),
    ],
)
def test_unlike_types_and_wrong_arguments_are_named(condition: str, said: str) -> None:
    [message] = found(condition)
    assert message.startswith("g: ")
    assert said in message


@pytest.mark.parametrize(
    "condition", ['= decision = "return"', "${round > 2}", "= count(rows) > limits.most"]
)
def test_what_only_the_case_can_tell_is_left_to_it(condition: str) -> None:
    assert found(condition.replace(">", "&gt;")) == []
