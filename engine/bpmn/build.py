"""From a `Scope` to SpiffWorkflow's specifications: one loop, no recursion along flows."""

from engine.bpmn.diagram import Node, Scope
from engine.bpmn.specs.activities import (
    ActivitySpec,
    CallSpec,
    ExternalSpec,
    ScriptSpec,
    UserSpec,
)
from engine.bpmn.specs.base import NodeSpec, ScopeSpec
from engine.bpmn.specs.decisions import DecisionSpec
from engine.bpmn.specs.events import (
    BoundarySpec,
    CatchSpec,
    EndExternalSpec,
    EndSendSpec,
    EndSpec,
    ListenerSpec,
)
from engine.bpmn.specs.gateways import EventGatewaySpec, ExclusiveSpec, InclusiveSpec, ParallelSpec
from engine.bpmn.specs.messages import ReceiveSpec, SendSpec
from engine.bpmn.specs.multi import MultiSpec
from engine.bpmn.specs.scope import SubprocessSpec

_CLASSES: dict[str, type[NodeSpec]] = {
    "startEvent": NodeSpec,
    "endEvent": EndSpec,
    "boundaryEvent": BoundarySpec,
    "userTask": UserSpec,
    "manualTask": UserSpec,
    "serviceTask": ExternalSpec,
    "sendTask": SendSpec,
    "receiveTask": ReceiveSpec,
    "businessRuleTask": DecisionSpec,
    "scriptTask": ScriptSpec,
    "task": ActivitySpec,
    "callActivity": CallSpec,
    "subProcess": SubprocessSpec,
    "exclusiveGateway": ExclusiveSpec,
    "parallelGateway": ParallelSpec,
    "inclusiveGateway": InclusiveSpec,
    "eventBasedGateway": EventGatewaySpec,
}


def _class(node: Node) -> type[NodeSpec]:
    event = node.event.kind if node.event else ""
    if node.topic is not None:
        return EndExternalSpec if node.kind == "endEvent" else ExternalSpec
    if node.kind == "endEvent" and event in {"message", "signal"}:
        return EndSendSpec
    if node.kind == "intermediateThrowEvent":
        return SendSpec if event in {"message", "signal"} else NodeSpec
    if node.kind == "intermediateCatchEvent":
        return NodeSpec if event == "link" else CatchSpec
    return _CLASSES[node.kind]


def build(scope: Scope, specs: dict[str, ScopeSpec]) -> ScopeSpec:
    """Make the specification of a scope and of those inside it; all are put into `specs` by id."""
    spec = ScopeSpec(scope)
    specs[scope.id] = spec
    made = {node.id: _make(spec, node, specs) for node in scope.nodes.values()}
    for node in scope.nodes.values():
        _connect(made, node, scope)
    for node in scope.event_subprocesses():
        _listen(spec, made[node.id])
    plain = [made[node.id] for node in scope.starts() if node.event and node.event.kind == "none"]
    spec.plain_start = plain[0] if plain else None
    return spec


def _make(spec: ScopeSpec, node: Node, specs: dict[str, ScopeSpec]) -> NodeSpec:
    kind = _class(node)
    made = kind(spec, node, f"{node.id}#each" if node.multi else "")
    if isinstance(made, SubprocessSpec) and node.inside is not None:
        made.inside = build(node.inside, specs)
    if node.multi is not None and isinstance(made, ActivitySpec):
        return MultiSpec(spec, made, node.multi)
    return made


def _connect(made: dict[str, NodeSpec], node: Node, scope: Scope) -> None:
    spec = made[node.id]
    for flow in node.outgoing:
        spec.connect(made[flow.target])
        spec.follows.append((flow, made[flow.target]))
    if node.event and node.event.kind == "link" and node.kind == "intermediateThrowEvent":
        _link(spec, made, scope)
    host = made.get(node.attached_to)
    if host is not None and isinstance(spec, BoundarySpec) and node.event:
        if node.event.kind == "error":
            code = node.event.name.source if node.event.name else ""
            host.error_boundaries.append((code, spec))
        else:
            host.boundaries.append(spec)


def _link(spec: NodeSpec, made: dict[str, NodeSpec], scope: Scope) -> None:
    """Let a link throw event lead to the catch event of the same name."""
    from engine.bpmn.diagram import Flow  # noqa: PLC0415

    for other in scope.nodes.values():
        if other.kind != "intermediateCatchEvent" or not other.event or other.event.kind != "link":
            continue
        same = other.event.name and spec.node.event and spec.node.event.name
        if same and other.event.name.source == same.source:  # type: ignore[union-attr]
            flow = Flow(id="", source=spec.node.id, target=other.id)
            spec.connect(made[other.id])
            spec.follows.append((flow, made[other.id]))


def _listen(spec: ScopeSpec, subprocess: NodeSpec) -> None:
    """Stand a listener in this scope for each start of an event subprocess."""
    if not isinstance(subprocess, SubprocessSpec):
        return
    for start in subprocess.inside.scope.starts():
        listener = ListenerSpec(subprocess.inside.task_specs[start.id], subprocess)
        if start.event and start.event.kind == "error":
            spec.errors.append((start.event.name.source if start.event.name else "", listener))
        else:
            spec.listeners.append(listener)
