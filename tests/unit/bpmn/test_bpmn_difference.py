"""What differs between two diagrams: exactly what was edited; and the form they are kept in.

ZHOLDAMA_HYPOTHESIS=long tries many more edits.
"""

import os
import random
import re
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from engine import bpmn, xml
from engine.bpmn.difference import compare
from engine.bpmn.writing import normal
from engine.errors import XmlRefused
from engine.model.differences import Attribute, Change, Kind
from tests.unit.bpmn.drawing import end, extension, file, flow, gateway, start, user, way

ROOT = Path(__file__).parents[3]
DIAGRAMS = sorted((ROOT / "processes").rglob("*.bpmn"))
ROUNDS = 400 if os.environ.get("ZHOLDAMA_HYPOTHESIS") == "long" else 15
MODEL = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
SMALL = file(start() + user("a") + user("b") + end() + way("s a b e"))


def shape(name: str, x: int = 0) -> str:
    return (
        '<b:BPMNDiagram xmlns:b="http://www.omg.org/spec/BPMN/20100524/DI" '
        'xmlns:c="http://www.omg.org/spec/DD/20100524/DC"><b:BPMNPlane>'
        f'<b:BPMNShape bpmnElement="{name}"><c:Bounds x="{x}" y="0" width="1" height="1.0"/>'
        "</b:BPMNShape></b:BPMNPlane></b:BPMNDiagram>"
    )


def only(old: bytes, new: bytes) -> Change:
    (change,) = compare(old, new).changes
    return change


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_a_diagram_does_not_differ_from_itself_however_it_is_written(path: Path) -> None:
    content = path.read_bytes()
    assert not compare(content, content)
    assert not compare(content, xml.to_bytes(xml.parse(content), pretty=True))
    swapped = content.replace(b"camunda:", b"c7:").replace(b"xmlns:camunda", b"xmlns:c7")
    assert not compare(content, swapped)


def test_an_attribute_is_told_with_both_values() -> None:
    old = file(start() + user("a", camunda_formKey="f/one") + end() + way("s a e"))
    change = only(old, old.replace(b"f/one", b"f/two"))
    assert (change.kind, change.element, change.type) == (Kind.CHANGED, "a", "userTask")
    assert change.attributes == (Attribute("camunda:formKey", "f/one", "f/two"),)


@pytest.mark.parametrize(
    ("inner", "was", "now", "name"),
    [
        ("<documentation>{}</documentation>", "one", "two", "documentation"),
        (
            extension('<camunda:properties><camunda:property name="law" value="{}"/>'
                      "</camunda:properties>"),
            "K-9",
            "K-10",
            "camunda:property[law]",
        ),
        (
            extension('<camunda:inputOutput><camunda:inputParameter name="x">{}'
                      "</camunda:inputParameter></camunda:inputOutput>"),
            "${a}",
            "= b",
            "camunda:inputParameter[x]",
        ),
        (
            extension('<camunda:inputOutput><camunda:inputParameter name="x"><camunda:map>'
                      '<camunda:entry key="k">{}</camunda:entry></camunda:map>'
                      "</camunda:inputParameter></camunda:inputOutput>"),
            "1",
            "2",
            "camunda:inputParameter[x]/camunda:map/camunda:entry[k]",
        ),
        (
            '<multiInstanceLoopCharacteristics camunda:collection="{}"/>',
            "rows",
            "families",
            "multiInstanceLoopCharacteristics@camunda:collection",
        ),
    ],
)  # fmt: skip
def test_what_stands_in_an_element_is_told_of_it(inner: str, was: str, now: str, name: str) -> None:
    def drawn(value: str) -> bytes:
        task = f'<userTask id="a">{inner.replace("{}", value)}</userTask>'
        return file(start() + task + end() + way("s a e"))

    assert only(drawn(was), drawn(now)).attributes == (Attribute(name, was, now),)


def test_a_timer_and_a_condition_are_told() -> None:
    timed = (
        '<boundaryEvent id="t" attachedToRef="a"><timerEventDefinition id="{}">'
        "<timeDuration>{}</timeDuration></timerEventDefinition></boundaryEvent>"
    )
    body = start() + user("a") + end() + way("s a e") + timed + flow("t", "e", "{}")
    change = only(file(body.format("i1", "P1D", "= x")), file(body.format("i2", "P2D", "= x")))
    assert change.attributes == (Attribute("timerEventDefinition/timeDuration", "P1D", "P2D"),)
    change = only(file(body.format("i", "P1D", "= x")), file(body.format("i", "P1D", "= y")))
    assert (change.element, change.attributes) == (
        "t_e",
        (Attribute("conditionExpression", "= x", "= y"),),
    )


def test_an_added_step_is_that_step_and_its_flows() -> None:
    new = file(start() + user("a") + user("n") + user("b") + end() + way("s a n b e"))
    found = compare(SMALL, new)
    assert {(one.kind, one.element) for one in found.changes} == {
        (Kind.ADDED, "n"),
        (Kind.ADDED, "a_n"),
        (Kind.ADDED, "n_b"),
        (Kind.REMOVED, "a_b"),
    }


def test_a_flow_led_elsewhere_is_a_change_of_its_end() -> None:
    body = start() + user("a") + user("b") + end() + way("s a b e")
    old, new = file(body + flow("a", "e", name="x")), file(body + flow("a", "b", name="x"))
    assert only(old, new).attributes == (Attribute("targetRef", "e", "b"),)


def test_another_type_under_the_same_id_is_a_change() -> None:
    new = SMALL.replace(b'<userTask id="a"', b'<manualTask id="a"')
    new = new.replace(b"</userTask>", b"</manualTask>", 1)
    assert only(SMALL, new).attributes == (Attribute("type", "userTask", "manualTask"),)


def test_a_renamed_id_is_recognised_and_flows_did_not_change() -> None:
    found = compare(SMALL, SMALL.replace(b'"a"', b'"accept"'))
    assert found.renamed == {"a": "accept"}
    assert [(one.element, one.was) for one in found.changes] == [("accept", "a")]


def test_all_ids_of_a_diagram_may_change_at_once() -> None:
    content = (ROOT / "processes/support/plan.bpmn").read_bytes()
    names = set(re.findall(rb' id="([^"]+)"', content))
    longest = b"|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    fresh = re.sub(rb'(?<=")(' + longest + rb')(?=")', rb"N_\1", content)
    fresh = re.sub(rb"(?<=>)(" + longest + rb")(?=</bpmn:)", rb"N_\1", fresh)
    found = compare(content, fresh)
    assert all(other == f"N_{one}" for one, other in found.renamed.items())
    lost = len(found.of(Kind.REMOVED))
    assert lost <= len(found.renamed) / 50


def test_what_only_stands_elsewhere_moved() -> None:
    old = file(start() + end() + way("s e"), after=shape("s"))
    new = file(start() + end() + way("s e"), after=shape("s", 7))
    change = only(old, new)
    assert (change.kind, change.moved) == (Kind.MOVED, True)
    assert change.attributes == (Attribute("bounds", "0,0,1,1", "7,0,1,1"),)


def test_another_lane_is_a_move_too() -> None:
    lanes = (
        '<laneSet id="l"><lane id="x"><flowNodeRef>{}</flowNodeRef></lane>'
        '<lane id="y"><flowNodeRef>{}</flowNodeRef></lane></laneSet>'
    )
    body = start() + end() + way("s e")
    old, new = file(lanes.format("s", "e") + body), file(lanes.format("e", "s") + body)
    change = compare(old, new).changes[0]
    assert (change.kind, change.attributes) == (Kind.MOVED, (Attribute("lane", "x", "y"),))


def test_the_order_of_conditions_is_told() -> None:
    body = start() + gateway("exclusive", "g") + user("a") + end() + way("s g") + flow("a", "e")
    one, two = flow("g", "a", "= x"), flow("g", "e", "= y")
    assert only(file(body + one + two), file(body + two + one)).attributes == (
        Attribute("outgoing:order", "g_a, g_e", "g_e, g_a"),
    )


def test_a_file_that_is_no_xml_is_refused_with_its_line() -> None:
    with pytest.raises(XmlRefused) as refused:
        compare(SMALL, b"<a>\n<b>")
    assert refused.value.line == 2


# Known edits, at random.

Edit = Callable[[random.Random, xml.Element], tuple[Kind, str, str] | None]


def _named(root: xml.Element, dice: random.Random, *tags: str) -> xml.Element:
    found = [node for tag in tags for node in root.iter(f"{MODEL}{tag}") if node.get("id")]
    return dice.choice(found)


def renames(dice: random.Random, root: xml.Element) -> tuple[Kind, str, str] | None:
    node = _named(root, dice, "userTask", "serviceTask", "endEvent")
    node.set("name", f"n{dice.random()}")
    return Kind.CHANGED, str(node.get("id")), "name"


def gives_a_form(dice: random.Random, root: xml.Element) -> tuple[Kind, str, str] | None:
    node = _named(root, dice, "userTask")
    node.set(f"{CAMUNDA}formKey", f"f/{dice.random()}")
    return Kind.CHANGED, str(node.get("id")), "camunda:formKey"


def cites(dice: random.Random, root: xml.Element) -> tuple[Kind, str, str] | None:
    node = _named(root, dice, "userTask", "serviceTask", "boundaryEvent")
    found = node.find(f".//{CAMUNDA}property[@name='law']")
    if found is None:
        return None
    found.set("value", f"K-{dice.random()}")
    return Kind.CHANGED, str(node.get("id")), "camunda:property[law]"


def moves(dice: random.Random, root: xml.Element) -> tuple[Kind, str, str] | None:
    drawn = dice.choice(list(root.iter(f"{DI}BPMNShape")))
    drawn[0].set("x", str(dice.randrange(10_000, 20_000)))
    return Kind.MOVED, str(drawn.get("bpmnElement")), "bounds"


EDITS: tuple[Edit, ...] = (renames, gives_a_form, cites, moves)


@cache
def parsed(path: Path) -> bytes:
    return path.read_bytes()


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_known_edits_and_nothing_else_are_found(seed: int) -> None:
    dice = random.Random(seed)
    content = parsed(dice.choice([one for one in DIAGRAMS if one.stem != "quarters"]))
    root = xml.parse(content)
    made = [dice.choice(EDITS)(dice, root) for _ in range(dice.randrange(1, 6))]
    edits = {edit for edit in made if edit}
    found = compare(content, xml.to_bytes(root)).changes
    told = {
        (Kind.MOVED if one.name in {"bounds", "lane"} else Kind.CHANGED, change.element, one.name)
        for change in found
        for one in change.attributes
    }
    assert told == edits
    changed = {name for kind, name, _ in edits if kind is Kind.CHANGED}
    assert all((one.kind is Kind.CHANGED) == (one.element in changed) for one in found)


def test_a_thousand_elements_are_compared_in_less_than_a_second() -> None:
    names = [f"t{number}" for number in range(500)]
    body = start() + "".join(user(name) for name in names) + end() + way(f"s {' '.join(names)} e")
    other = body.replace('"t', '"x')
    began = time.process_time()
    found = compare(file(body), file(other))
    assert time.process_time() - began < 1
    assert found.renamed


# The form in which diagrams are kept.


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_our_diagrams_are_kept_as_they_are(path: Path) -> None:
    assert normal(path.read_bytes()) == path.read_bytes()


def lines_that_differ(old: bytes, new: bytes) -> int:
    return len(set(new.splitlines()) - set(old.splitlines()))


def test_one_attribute_is_one_line() -> None:
    content = parsed(DIAGRAMS[0])
    changed = normal(content.replace(b'camunda:formKey="kandas/contact"', b'camunda:formKey="x"'))
    assert lines_that_differ(content, changed) == 1
    assert len(changed.splitlines()) == len(content.splitlines())


def test_what_an_editor_put_at_the_end_goes_back_to_its_place() -> None:
    content = normal(SMALL)
    body = user("a")
    mixed = SMALL.replace(body.encode(), b"").replace(b"</process>", body.encode() + b"</process>")
    assert normal(mixed) != content
    assert normal(mixed, content) == content
    assert normal(normal(mixed, content), content) == content
    assert normal(mixed, b"<broken") == normal(mixed)


def test_a_comment_stays_with_what_follows_it() -> None:
    told = SMALL.replace(b'<userTask id="b"', b'<!-- about b --><userTask id="b"')
    moved = told.replace(way("s").encode(), b"")
    assert b'<!-- about b -->\n    <userTask id="b"' in normal(moved)


def test_the_order_of_flows_stays_and_the_drawing_follows_the_elements() -> None:
    written = normal(
        file(
            way("s e") + start() + end() + flow("s", "e", name="z") + flow("s", "e", name="y"),
            after=shape("e").replace(
                "</b:BPMNPlane>", '<b:BPMNShape bpmnElement="s"/></b:BPMNPlane>'
            ),
        )
    ).decode()
    places = [written.index(one) for one in ('id="s"', 'id="e"', '"s_e"', 'id="z"', 'id="y"')]
    assert places == sorted(places)
    assert written.index('bpmnElement="s"') < written.index('bpmnElement="e"')


def test_diagrams_of_other_tools_mean_the_same_in_that_form() -> None:
    corpus = sorted((ROOT / "tests/diagrams").rglob("*.bpmn"))
    assert len(corpus) > 40
    for path in corpus:
        content = path.read_bytes()
        written = normal(content)
        assert normal(written) == written, path.name
        assert not compare(content, written), path.name
        # The schema fixes an order of its own: nothing may come out of it.
        assert found(written) == found(content), path.name


def found(content: bytes) -> list[tuple[str, str]]:
    return sorted((one.code, one.element) for one in bpmn.parse(content, "f.bpmn").problems)
