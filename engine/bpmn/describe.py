"""What other rooms may know of a definition: `engine.model.elements`."""

from collections.abc import Iterator

from engine.bpmn.diagram import Node, Scope
from engine.bpmn.findings import bpmn, camunda, child, content
from engine.bpmn.formulas import Formula
from engine.bpmn.parameters import properties
from engine.model.elements import Element as Described
from engine.model.elements import Lane, Process, Trigger
from engine.xml import Element

LANGUAGES = ("ru", "en")


def describe(process: Element, scope: Scope, root: Element) -> Process:
    """Return the process as plain data."""
    drawn = {str(item.get("id")): item for item in process.iter() if item.get("id")}
    lanes = _lane_of(process)
    elements: dict[str, Described] = {}
    for node, parent in _walk(scope, ""):
        lane = lanes.get(node.id) or (elements[parent].lane if parent else "")
        elements[node.id] = _element(node, parent, drawn[node.id], lane)
    return Process(
        key=scope.id,
        names=names(process),
        elements=elements,
        lanes=tuple(_lanes(process)),
        triggers=tuple(_triggers(scope)),
        properties=properties(process),
    )


def _walk(scope: Scope, parent: str) -> Iterator[tuple[Node, str]]:
    for node in scope.nodes.values():
        yield node, parent
        if node.inside is not None:
            yield from _walk(node.inside, node.id)


def names(node: Element) -> dict[str, str]:
    """Return the names by language: the element's own is Kazakh."""
    said = properties(node)
    found = {"kk": " ".join(str(node.get("name") or "").split())}
    return found | {key: said[f"name:{key}"] for key in LANGUAGES if said.get(f"name:{key}")}


def _documentation(node: Element, said: dict[str, str]) -> dict[str, str]:
    own = content(child(node, "documentation"))
    found = {"kk": own} if own else {}
    return found | {key: said[f"doc:{key}"] for key in LANGUAGES if said.get(f"doc:{key}")}


def _element(node: Node, parent: str, drawn: Element, lane: str) -> Described:
    said = dict(node.properties)
    law = (part.strip() for part in said.get("law", "").split(","))
    return Described(
        id=node.id,
        kind=node.kind,
        names=names(drawn),
        law=tuple(part for part in law if part),
        documentation=_documentation(drawn, said),
        lane=lane,
        line=node.line,
        event=node.event.kind if node.event else "",
        attached_to=node.attached_to,
        parent=parent,
        form=_source(node.assignment.form if node.assignment else None),
        candidates=_source(node.assignment.candidates if node.assignment else None),
        assigned=node.assignment is not None and node.assignment.assignee is not None,
        topic=_source(node.topic),
        template=camunda(drawn, "modelerTemplate"),
        template_version=_number(camunda(drawn, "modelerTemplateVersion")),
        decision=_source(node.decision.ref if node.decision else None),
        called=_source(node.called.key if node.called else None),
        binding=node.called.binding if node.called else "",
        properties=said,
    )


def _number(written: str) -> int | None:
    return int(written) if written.isdecimal() else None


def _source(formula: Formula | None) -> str:
    return "" if formula is None else formula.source


def _lane_of(process: Element) -> dict[str, str]:
    """Return lane ids by element id; of nested lanes the innermost counts."""
    found: dict[str, str] = {}
    for lane in process.iter(bpmn("lane")):
        for ref in lane.findall(bpmn("flowNodeRef")):
            found[content(ref)] = str(lane.get("id"))
    return found


def _lanes(process: Element) -> Iterator[Lane]:
    for lane in process.iter(bpmn("lane")):
        if lane.find(bpmn("childLaneSet")) is None:
            way = properties(lane).get("way", "")
            yield Lane(id=str(lane.get("id")), names=names(lane), way=way)


def _triggers(scope: Scope) -> Iterator[Trigger]:
    for node in scope.starts():
        event = node.event
        if event is None or event.kind not in {"timer", "message", "signal"}:
            continue
        value = event.value if event.kind == "timer" else event.name
        yield Trigger(element=node.id, kind=event.kind, value=_source(value), timer=event.timer)
