"""Mechanical cures on the file: the problem goes, everything else stays as it was written."""

import pytest

from engine import bpmn
from engine.bpmn.mending import mended
from engine.errors import ValueRefused, XmlRefused

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!-- drawn by hand -->
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" \
xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" \
xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" \
xmlns:di="http://www.omg.org/spec/DD/20100524/DI" id="d" targetNamespace="t">
"""
SOURCE = (
    HEAD
    + """  <bpmn:process id="p" isExecutable="true">
    <bpmn:laneSet id="lanes">
      <bpmn:lane id="lane">
        <bpmn:flowNodeRef>a</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>join</bpmn:flowNodeRef>
      </bpmn:lane>
    </bpmn:laneSet>
    <bpmn:startEvent id="s"/>
    <!-- who pays -->
    <bpmn:exclusiveGateway id="fork" default="to_a"/>
    <bpmn:task id="a"/>
    <bpmn:task id="b"/>
    <bpmn:task id="c"/>
    <bpmn:parallelGateway id="join" name="Қосылу">
      <bpmn:incoming>a_join</bpmn:incoming>
      <bpmn:incoming>b_join</bpmn:incoming>
      <bpmn:outgoing>join_merge</bpmn:outgoing>
    </bpmn:parallelGateway>
    <bpmn:exclusiveGateway id="merge">
      <bpmn:incoming>join_merge</bpmn:incoming>
      <bpmn:incoming>c_merge</bpmn:incoming>
      <bpmn:outgoing>merge_e</bpmn:outgoing>
    </bpmn:exclusiveGateway>
    <bpmn:endEvent id="e"/>
    <bpmn:sequenceFlow id="s_fork" sourceRef="s" targetRef="fork"/>
    <bpmn:sequenceFlow id="to_a" sourceRef="fork" targetRef="a"/>
    <bpmn:sequenceFlow id="to_b" sourceRef="fork" targetRef="b">
      <bpmn:conditionExpression>x = 1</bpmn:conditionExpression>
    </bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="to_c" sourceRef="fork" targetRef="c">
      <bpmn:conditionExpression>x = 2</bpmn:conditionExpression>
    </bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="a_join" sourceRef="a" targetRef="join"/>
    <bpmn:sequenceFlow id="b_join" sourceRef="b" targetRef="join"/>
    <bpmn:sequenceFlow id="join_merge" sourceRef="join" targetRef="merge"/>
    <bpmn:sequenceFlow id="c_merge" sourceRef="c" targetRef="merge"/>
    <bpmn:sequenceFlow id="merge_e" sourceRef="merge" targetRef="e"/>
  </bpmn:process>
  <bpmndi:BPMNDiagram id="diagram">
    <bpmndi:BPMNPlane id="plane" bpmnElement="p">
      <bpmndi:BPMNShape id="join_di" bpmnElement="join">
        <dc:Bounds x="300" y="100" width="50" height="50"/>
      </bpmndi:BPMNShape>
      <bpmndi:BPMNEdge id="a_join_di" bpmnElement="a_join">
        <di:waypoint x="250" y="125"/>
        <di:waypoint x="300" y="125"/>
      </bpmndi:BPMNEdge>
      <bpmndi:BPMNEdge id="join_merge_di" bpmnElement="join_merge">
        <di:waypoint x="350" y="125"/>
        <di:waypoint x="400" y="125"/>
      </bpmndi:BPMNEdge>
    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</bpmn:definitions>
"""
)


def changed(before: str, after: bytes) -> tuple[list[str], list[str]]:
    """Return the lines that went and the lines that came."""
    old, new = before.splitlines(), after.decode().splitlines()
    return [line.strip() for line in old if line not in new], [
        line.strip() for line in new if line not in old
    ]


def codes(source: bytes) -> list[str]:
    return [one.code for one in bpmn.parse(source, "f.bpmn").problems if one.code != "bpmn.schema"]


def offered(source: bytes) -> list[str]:
    return [mend.id for one in bpmn.parse(source, "f.bpmn").problems for mend in one.mends]


def test_a_join_becomes_one_of_another_kind_and_nothing_else_changes() -> None:
    assert codes(SOURCE.encode()) == ["bpmn.never-joins"]
    assert offered(SOURCE.encode())[0] == "join-exclusive@join"
    made = mended(SOURCE.encode(), element="join", mend="join-exclusive@join")
    went, came = changed(SOURCE, made)
    assert went == [
        '<bpmn:parallelGateway id="join" name="Қосылу">',
        "</bpmn:parallelGateway>",
        '<bpmndi:BPMNShape id="join_di" bpmnElement="join">',
    ]
    assert came == [
        '<bpmn:exclusiveGateway id="join" name="Қосылу">',
        '<bpmndi:BPMNShape id="join_di" bpmnElement="join" isMarkerVisible="true">',
    ]
    assert codes(made) == []


def test_an_inclusive_join_needs_no_marker() -> None:
    made = mended(SOURCE.encode(), element="join", mend="join-inclusive@join")
    assert changed(SOURCE, made)[1] == [
        '<bpmn:inclusiveGateway id="join" name="Қосылу">',
        "</bpmn:inclusiveGateway>",
    ]
    assert codes(made) == []


def test_a_join_too_many_is_taken_away_with_its_drawing() -> None:
    assert "remove-join@join" in offered(SOURCE.encode())
    made = mended(SOURCE.encode(), element="join", mend="remove-join@join")
    assert codes(made) == []
    text = made.decode()
    assert '"join"' not in text
    assert ">join<" not in text
    assert "join_merge" not in text
    assert text.count("<bpmn:incoming>") == 3, "merge names all that come to it"
    assert "<bpmn:incoming>a_join</bpmn:incoming>\n      <bpmn:incoming>b_join" in text
    edge = text.partition('"a_join_di"')[2].partition("</bpmndi:BPMNEdge>")[0]
    assert [part.partition('"')[0] for part in edge.split('x="')[1:]] == [
        "250",
        "300",
        "350",
        "400",
    ]
    assert "<!-- drawn by hand -->\n<bpmn:definitions" in text
    assert "    <!-- who pays -->\n    <bpmn:exclusiveGateway" in text


def test_words_about_a_join_stay_when_it_goes() -> None:
    words = (
        '<bpmn:textAnnotation id="words"/>'
        '<bpmn:association id="dotted" sourceRef="join" targetRef="words"/>'
        '<bpmn:association id="other" sourceRef="merge" targetRef="words"/>'
    )
    source = SOURCE.replace("  </bpmn:process>", words + "  </bpmn:process>")
    made = mended(source.encode(), element="join", mend="remove-join@join").decode()
    assert '"words"/>' in made
    assert '"dotted"' not in made
    assert '"other"' in made


def test_a_missing_default_is_the_last_flow_and_its_condition_goes() -> None:
    source = SOURCE.replace(' default="to_a"', "").replace(
        '"to_a" sourceRef="fork" targetRef="a"/>',
        '"to_a" sourceRef="fork" targetRef="a"><bpmn:conditionExpression>x = 3'
        "</bpmn:conditionExpression></bpmn:sequenceFlow>",
    )
    source = source.replace("parallelGateway", "exclusiveGateway")
    assert codes(source.encode()) == ["bpmn.no-default"]
    assert offered(source.encode()) == ["default:to_c"]
    made = mended(source.encode(), element="fork", mend="default:to_c")
    assert codes(made) == []
    assert '<bpmn:exclusiveGateway id="fork" default="to_c"/>' in made.decode()
    assert "x = 2" not in made.decode()
    assert "x = 1" in made.decode()


def test_the_only_flow_without_a_condition_is_written_down_as_the_default() -> None:
    source = SOURCE.replace(' default="to_a"', "").replace("parallelGateway", "exclusiveGateway")
    assert codes(source.encode()) == ["bpmn.default-taken"]
    assert offered(source.encode()) == ["default:to_a"]
    assert codes(mended(source.encode(), element="fork", mend="default:to_a")) == []


@pytest.mark.parametrize(
    ("element", "mend"),
    [
        ("join", "nonsense"),
        ("join", ""),
        ("a", "join-exclusive"),
        ("nobody", "join-exclusive"),
        ("join", "join-exclusive@a"),
        ("fork", "remove-join"),
        ("fork", "default:a_join"),
        ("fork", "default:nothing"),
    ],
)
def test_what_cannot_be_done_is_refused(element: str, mend: str) -> None:
    with pytest.raises(ValueRefused):
        mended(SOURCE.encode(), element=element, mend=mend)


def test_what_is_no_xml_is_refused() -> None:
    with pytest.raises(XmlRefused):
        mended(b"<a", element="a", mend="join-exclusive")


def test_other_encodings_are_written_as_utf_8() -> None:
    source = SOURCE.replace("UTF-8", "UTF-16").encode("utf-16")
    made = mended(source, element="join", mend="join-exclusive@join")
    assert codes(made) == []
    assert "Қосылу" in made.decode()
