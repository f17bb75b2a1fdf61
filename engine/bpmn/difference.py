"""What differs between two versions of a diagram, element by element.

Told of an element: its attributes, what stands in it (documentation, properties, parameters, event
definitions, conditions), the ends of a flow, the order in which a gateway asks its conditions. Its
bounds, waypoints and lane are its place. What follows from the rest is not told: ``incoming``,
``outgoing``, the exporter, ids of event definitions.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from engine.bpmn.findings import BPMN, CAMUNDA, OPERATON, XSI, bpmn, content
from engine.bpmn.writing import DEFAULTS
from engine.model.comparing import compare as compared
from engine.model.differences import Difference
from engine.model.matching import Thing
from engine.xml import Element, local, namespace, parse
from engine.xml.telling import Dialect, facts, prefixed

_BPMNDI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
#: Elements whose children are elements of their own.
HOLDERS = frozenset(
    {
        "definitions",
        "collaboration",
        "process",
        "subProcess",
        "transaction",
        "adHocSubProcess",
        "laneSet",
        "childLaneSet",
        "lane",
    }
)
#: Children that belong to what they stand in, or follow from it.
PARTS = frozenset(
    {
        "documentation",
        "extensionElements",
        "ioSpecification",
        "property",
        "dataInputAssociation",
        "dataOutputAssociation",
        "multiInstanceLoopCharacteristics",
        "standardLoopCharacteristics",
        "incoming",
        "outgoing",
        "flowNodeRef",
        "import",
    }
)
_TELLING = Dialect(
    prefixes={
        BPMN: "",
        CAMUNDA: "camunda",
        OPERATON: "camunda",
        XSI: "xsi",
        "http://www.omg.org/spec/BPMN/20100524/DI": "",
        "http://www.omg.org/spec/DD/20100524/DC": "",
        "http://www.omg.org/spec/DD/20100524/DI": "",
        "http://www.omg.org/spec/BPMN/non-normative/color/1.0": "color",
        "http://bpmn.io/schema/bpmn/biocolor/1.0": "bioc",
        "http://camunda.org/schema/modeler/1.0": "modeler",
    },
    defaults={
        **DEFAULTS,
        "implementation": "##WebService",
        "camunda:asyncBefore": "false",
        "camunda:asyncAfter": "false",
        "camunda:exclusive": "true",
    },
    silent=frozenset(
        {
            "exporter",
            "exporterVersion",
            "xsi:schemaLocation",
            "xsi:type",
            "modeler:executionPlatform",
        }
        | {"modeler:executionPlatformVersion", "incoming", "outgoing", "flowNodeRef", "BPMNDiagram"}
    ),
)
_NODES = ("Task", "task", "Event", "Gateway", "Activity", "ubProcess", "transaction")
#: Attributes of a shape that are its looks, not its place.
_LOOKS = ("color:", "bioc:", "stroke", "fill")
#: Lists in an element whose order counts.
_ORDERED = ("camunda:inputParameter", "camunda:outputParameter", "camunda:in", "camunda:out")


def compare(old: bytes, new: bytes) -> Difference:
    """Return what differs between two diagrams; `XmlRefused` if one cannot be read."""
    return compared(things(old), things(new))


def things(content: bytes) -> list[Thing]:
    """Return the elements of a diagram, in reading order; `XmlRefused`."""
    return list(_Telling(parse(content)).things())


@dataclass(kw_only=True)
class _Surroundings:
    """What flows and drawing say of elements, by id."""

    #: Relation and id of the neighbours.
    near: defaultdict[str, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))
    #: Flows that leave, in the order in which they are asked.
    leaving: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    #: Innermost lane.
    lanes: dict[str, str] = field(default_factory=dict)
    #: Where it is drawn.
    places: defaultdict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    #: How it is drawn.
    looks: defaultdict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))


class _Telling:
    """Tells the elements of one file."""

    def __init__(self, root: Element) -> None:
        self._root = root
        self._around = _surroundings(root)

    def things(self) -> Iterator[Thing]:
        yield from self._walk(self._root, "")

    def _walk(self, node: Element, within: str) -> Iterator[Thing]:
        """Walk an element that speaks for itself, and those in it."""
        kind = local(node)
        inner = within
        if kind not in ("laneSet", "childLaneSet"):
            thing = self._thing(node, kind, within)
            yield thing
            inner = thing.id if kind not in ("definitions", "collaboration", "lane") else within
        if kind in HOLDERS:
            for child in _own(node):
                yield from self._walk(child, inner)

    def _thing(self, node: Element, kind: str, within: str) -> Thing:
        apart = frozenset(local(child) for child in _own(node)) if kind in HOLDERS else frozenset()
        name = _id(node)
        around = self._around
        told = facts(node, _TELLING, apart) | around.looks[name]
        if not name:
            told["id"] = str(node.get("id") or "")
        place = dict(around.places[name])
        if name in around.lanes:
            place["lane"] = around.lanes[name]
        return Thing(
            id=name,
            type=kind,
            family=_family(kind),
            name=" ".join((told.get("name") or told.get("text") or "").split()),
            within=within,
            facts=told,
            place=place,
            refs=frozenset(key for key in (*told, "lane") if _refers(key)),
            near=frozenset(around.near[name]),
            sequences=dict(self._sequences(name, kind, told)),
        )

    def _sequences(
        self, name: str, kind: str, told: Mapping[str, str]
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        if kind in ("exclusiveGateway", "complexGateway"):
            yield "outgoing", tuple(self._around.leaving[name])
        for key in _ORDERED:
            named = dict.fromkeys(
                one.removeprefix(f"{key}[").partition("]")[0]
                for one in told
                if one.startswith(f"{key}[")
            )
            if len(named) > 1:
                yield key, tuple(named)


def _own(node: Element) -> list[Element]:
    """Return the children that speak for themselves."""
    return [child for child in node if namespace(child) == BPMN and local(child) not in PARTS]


def _id(node: Element) -> str:
    """Return the id, or what stands for it; empty for the file as a whole."""
    if local(node) == "definitions":
        return ""
    if node.get("id"):
        return str(node.get("id"))
    if local(node) == "sequenceFlow":
        return f"{node.get('sourceRef')}→{node.get('targetRef')}"
    return local(node)


def _family(kind: str) -> str:
    """Return what a type may be changed into in the editor without being another element."""
    return "node" if kind.endswith(_NODES) else kind


def _refers(key: str) -> bool:
    """Tell whether a fact is the id of another element."""
    last = key.rpartition("/")[2].rpartition("@")[2]
    return last == "lane" or last == "default" or (last.endswith("Ref") and ":" not in last)


def _surroundings(root: Element) -> _Surroundings:
    found = _Surroundings()
    for flow in root.iter(bpmn("sequenceFlow"), bpmn("messageFlow"), bpmn("association")):
        source, target = str(flow.get("sourceRef")), str(flow.get("targetRef"))
        found.leaving[source].append(_id(flow))
        found.near[source].add(("to", target))
        found.near[target].add(("from", source))
        found.near[_id(flow)] |= {("from", source), ("to", target)}
    for event in root.iter(bpmn("boundaryEvent")):
        found.near[_id(event)].add(("on", str(event.get("attachedToRef"))))
    for lane in root.iter(bpmn("lane")):
        for ref in lane.iterchildren(bpmn("flowNodeRef")):
            found.lanes[content(ref)] = _id(lane)
    for drawn in root.iter(f"{_BPMNDI}BPMNShape", f"{_BPMNDI}BPMNEdge"):
        _draw(drawn, str(drawn.get("bpmnElement")), found)
    return found


def _draw(drawn: Element, name: str, found: _Surroundings) -> None:
    place, looks = found.places[name], found.looks[name]
    for key, value in drawn.attrib.items():
        called = prefixed(str(key), _TELLING)
        if called.startswith(_LOOKS):
            looks[called] = str(value)
        elif called not in ("id", "bpmnElement", "sourceElement", "targetElement"):
            place[called] = str(value)
    points = [_numbers(point, "x", "y") for point in drawn if local(point) == "waypoint"]
    if points:
        place["waypoints"] = " ".join([*place.get("waypoints", "").split(), *points])
    for child in drawn:
        if local(child) == "Bounds":
            place["bounds"] = _numbers(child, *_BOUNDS)
        for bounds in child if local(child) == "BPMNLabel" else ():
            place["label@bounds"] = _numbers(bounds, *_BOUNDS)


_BOUNDS = ("x", "y", "width", "height")


def _numbers(node: Element, *names: str) -> str:
    """Return coordinates as ``x,y,…``; 100.0 is 100."""
    return ",".join(str(node.get(name) or "0").removesuffix(".0") for name in names)
