"""A diagram as it is kept: written so that a difference of two versions shows what changed.

Elements stand in the order in which they were drawn, or in that of an earlier version: editors put
what was replaced at the end. Flow nodes come before flows (the order of flows is that in which
conditions are asked, and stays), annotations last, as the schema wants it. The drawing follows the
elements: shapes, then edges.
"""

from collections.abc import Callable, Mapping
from operator import itemgetter

from engine.bpmn.findings import BPMN, bpmn
from engine.errors import XmlRefused
from engine.xml import Element, local, namespace, parse, stable

#: Attributes that come first, in this order.
FIRST = (
    "id",
    "name",
    "xsi:type",
    "x",
    "y",
    "width",
    "height",
    "processRef",
    "isExecutable",
    "attachedToRef",
    "cancelActivity",
    "isInterrupting",
    "triggeredByEvent",
    "sourceRef",
    "targetRef",
    "default",
    "bpmnElement",
    "isHorizontal",
    "isExpanded",
    "isMarkerVisible",
    "targetNamespace",
    "exporter",
    "exporterVersion",
    "source",
    "target",
    "camunda:type",
    "camunda:topic",
    "camunda:formKey",
    "camunda:candidateGroups",
    "camunda:assignee",
    "camunda:dueDate",
    "camunda:followUpDate",
    "camunda:decisionRef",
    "camunda:resultVariable",
    "camunda:mapDecisionResult",
    "camunda:collection",
    "camunda:elementVariable",
)
#: Values that mean the same as no attribute; editors leave them out.
DEFAULTS = {
    "cancelActivity": "true",
    "isInterrupting": "true",
    "isSequential": "false",
    "triggeredByEvent": "false",
    "parallelMultiple": "false",
    "isForCompensation": "false",
    "isCollection": "false",
    "isClosed": "false",
    "instantiate": "false",
    "startQuantity": "1",
    "completionQuantity": "1",
    "processType": "None",
    "gatewayDirection": "Unspecified",
    "associationDirection": "None",
    "eventGatewayType": "Exclusive",
    "behavior": "All",
    "textFormat": "text/plain",
    "typeLanguage": "http://www.w3.org/2001/XMLSchema",
    "expressionLanguage": "http://www.w3.org/1999/XPath",
}
_BPMNDI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
_NODES = ("Task", "task", "Event", "Gateway", "subProcess", "callActivity", "transaction")
_DATA = ("dataObject", "dataObjectReference", "dataStoreReference", "adHocSubProcess")
_ARTIFACTS = ("textAnnotation", "association", "group")
#: Of a process: what the schema has after everything else.
_LAST = ("resourceRole", "performer", "humanPerformer", "potentialOwner", "processRole")
#: Behind everything.
_END = (99, 0)
_LATER = (*_LAST, "correlationSubscription", "supports")


def normal(content: bytes, like: bytes = b"") -> bytes:
    """Return the diagram in its stable form; the elements in the order of `like`, if given.

    The result means the same and has the same comments. Raises `XmlRefused` with the line.
    """
    root = parse(content)
    _leave_out_defaults(root)
    before = _remembered(like)
    for name in ("process", "subProcess", "transaction", "adHocSubProcess"):
        for holder in list(root.iter(bpmn(name))):
            _arrange(holder, _rank_in(holder, before))
    places = _places(root)
    for plane in list(root.iter(f"{_BPMNDI}BPMNPlane")):
        _arrange(plane, lambda node: _drawn(node, places))
    return stable(root, FIRST)


def _leave_out_defaults(root: Element) -> None:
    for node in root.iter():
        if namespace(node) == BPMN:
            for name in [
                name for name, value in node.attrib.items() if DEFAULTS.get(name) == value
            ]:
                del node.attrib[name]


Rank = Callable[[Element], tuple[int, int] | None]


def _arrange(holder: Element, rank: Rank) -> None:
    """Sort children; one without a rank stays behind its neighbour, a comment before it."""
    rows: list[tuple[tuple[int, int], Element]] = []
    comments: list[Element] = []
    last = (0, 0)
    for child in holder:
        if not local(child):
            comments.append(child)
            continue
        last = rank(child) or last
        rows += [(last, one) for one in (*comments, child)]
        comments = []
    rows += [(_END, one) for one in comments]
    for _, child in sorted(rows, key=itemgetter(0)):
        holder.append(child)


def _places(root: Element) -> dict[str, int]:
    """Return the place of each element that has an id, in reading order."""
    named = [str(node.get("id")) for node in root.iter() if local(node) and node.get("id")]
    return {name: place for place, name in reversed(list(enumerate(named)))}


def _remembered(like: bytes) -> dict[str, int]:
    """Return the places in a version before; none if there was none that can be read."""
    try:
        return _places(parse(like)) if like else {}
    except XmlRefused:
        return {}


def _group(node: Element) -> int | None:
    kind = local(node)
    if kind == "sequenceFlow":
        return 3
    if kind.endswith(_NODES) or kind in _DATA:
        return 2
    if kind in _ARTIFACTS:
        return 4
    return 5 if kind in _LATER and local(node.getparent()) == "process" else None


def _rank_in(holder: Element, before: Mapping[str, int]) -> Rank:
    """Return a rank that puts known nodes where they were, and a new one behind its neighbour."""
    ranks: dict[Element, tuple[int, int]] = {}
    last = 0
    for node in holder:
        group = _group(node)
        if group == 2:
            last = before.get(str(node.get("id")), last)
        if group is not None:
            ranks[node] = (group, last if group == 2 else 0)
    return ranks.get


def _drawn(node: Element, places: Mapping[str, int]) -> tuple[int, int] | None:
    order = {f"{_BPMNDI}BPMNShape": 1, f"{_BPMNDI}BPMNEdge": 2}
    if node.tag not in order:
        return None
    return order[node.tag], places.get(str(node.get("bpmnElement")), len(places) + 1_000_000)
