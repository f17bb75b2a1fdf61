"""How one element is joined to others, and whether what is written in it can be read."""

from collections.abc import Iterator
from datetime import UTC, datetime

from engine.bpmn import timers
from engine.bpmn.diagram import ACTIVITIES, Node, Scope
from engine.bpmn.formulas import Formula
from engine.errors import ExpressionError
from engine.model.people import Candidate
from engine.model.retry import Retry
from engine.model.text import Text, text

#: Any moment will do to see whether a written time can be read.
SOME_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
Wrong = Iterator[tuple[str, Text]]


def wrong(node: Node, scope: Scope) -> Wrong:
    """Yield code and sentence for everything that is wrong with an element."""
    yield from _joined(node)
    if node.kind == "boundaryEvent":
        yield from _boundary(node, scope)
    if node.kind == "exclusiveGateway":
        yield from _exclusive(node)
    if node.kind == "eventBasedGateway":
        yield from _event_based(node, scope)
    if node.event is not None and node.event.kind == "link":
        yield from _link(node, scope)
    if node.triggered and node.multi is not None:
        yield "bpmn.multi", text("The event subprocess {element} cannot repeat", element=node.id)
    yield from _values(node)


def _joined(node: Node) -> Wrong:
    """See that flows lead into and out of an element as they may."""
    if node.incoming and (node.kind in {"startEvent", "boundaryEvent"} or node.triggered):
        yield (
            "bpmn.flow",
            text(
                "No flow may lead into {element}; delete {flow}",
                element=node.id,
                flow=node.incoming[0].id,
            ),
        )
    throws_link = node.kind == "intermediateThrowEvent" and node.event and node.event.kind == "link"
    ends = node.kind == "endEvent" or node.triggered or throws_link
    if ends and node.outgoing:
        yield (
            "bpmn.flow",
            text(
                "No flow may lead out of {element}; delete {flow}",
                element=node.id,
                flow=node.outgoing[0].id,
            ),
        )
    if not ends and not node.outgoing:
        yield (
            "bpmn.no-way-out",
            text(
                "No flow leads out of {element}; draw one, at last to an end event", element=node.id
            ),
        )


def _boundary(node: Node, scope: Scope) -> Wrong:
    host = scope.nodes.get(node.attached_to)
    if host is None or host.kind not in ACTIVITIES or host.triggered:
        yield (
            "bpmn.boundary",
            text("{element} is not attached to an activity beside it", element=node.id),
        )
    if node.event and node.event.kind == "error" and not node.interrupting:
        yield (
            "bpmn.boundary",
            text(
                "The error event {element} always interrupts; delete cancelActivity",
                element=node.id,
            ),
        )


def _exclusive(node: Node) -> Wrong:
    free = [flow for flow in node.outgoing if flow.condition is None and not flow.default]
    if len(node.outgoing) > 1 and free:
        yield (
            "bpmn.condition",
            text(
                "The flow {flow} out of {element} has no condition; give it one, "
                "or make it the default",
                flow=free[0].id,
                element=node.id,
            ),
        )


def _event_based(node: Node, scope: Scope) -> Wrong:
    if len(node.outgoing) < 2:
        yield "bpmn.event-gateway", text("{element} needs two or more events", element=node.id)
    for flow in node.outgoing:
        target = scope.nodes[flow.target]
        event = target.event.kind if target.event else ""
        catches = target.kind in {"intermediateCatchEvent", "receiveTask"} and event != "link"
        if not catches or target.multi is not None or len(target.incoming) > 1:
            yield (
                "bpmn.event-gateway",
                text(
                    "After {element} only catching events and receive tasks of its own may come, "
                    "not {target}",
                    element=node.id,
                    target=target.id,
                ),
            )


def _link(node: Node, scope: Scope) -> Wrong:
    catches = [other for other in links(scope, "intermediateCatchEvent") if _same(other, node)]
    throws = [other for other in links(scope, "intermediateThrowEvent") if _same(other, node)]
    if len(catches) != 1 or not throws:
        yield (
            "bpmn.link",
            text(
                "The link of {element} needs exactly one catching end, and a throwing one",
                element=node.id,
            ),
        )


def links(scope: Scope, kind: str) -> list[Node]:
    """Return the link events of that kind."""
    nodes = scope.nodes.values()
    return [
        node for node in nodes if node.kind == kind and node.event and node.event.kind == "link"
    ]


def _same(one: Node, two: Node) -> bool:
    names = [node.event.name.source for node in (one, two) if node.event and node.event.name]
    return len(names) == 2 and names[0] == names[1]


def _values(node: Node) -> Wrong:
    """See that what is written, and not computed, can be read."""
    event, duty = node.event, node.assignment
    moments: list[Formula | None] = [duty.due, duty.follow_up] if duty else []
    moments.append(event.value if event else None)
    for formula in moments:
        written = formula.constant if formula else None
        if written is not None:
            yield from _moment(written)
    thrown = event if event and event.kind == "error" and node.kind == "endEvent" else None
    if thrown is not None and (thrown.name is None or not thrown.name.source):
        yield "bpmn.error", text("The error of {element} has no code", element=node.id)
    if duty is not None and duty.candidates and duty.candidates.constant is not None:
        yield from _candidates(duty.candidates.constant)
    if node.retry and "${" not in node.retry:
        try:
            Retry.parse(node.retry)
        except ValueError:
            yield (
                "bpmn.retry",
                text(
                    "The retries {value} cannot be read; write R5/PT5M or PT1M,PT5M",
                    value=node.retry,
                ),
            )


def _moment(written: str) -> Wrong:
    try:
        timers.first(written, SOME_MOMENT)
    except ExpressionError as exc:
        yield "bpmn.timer", exc.text


def _candidates(written: str) -> Wrong:
    for part in written.split(","):
        try:
            Candidate.parse(part)
        except ValueError:
            yield (
                "bpmn.candidate",
                text(
                    "{value} names no role at an organisation; write role@organisation",
                    value=part.strip(),
                ),
            )
