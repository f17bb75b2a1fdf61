"""From the parsed XML to a `Scope`: everything that is drawn, compiled; problems on the way."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

from engine.bpmn import camunda as ext
from engine.bpmn.diagram import ACTIVITIES, EVENTS, GATEWAYS, Event, Flow, Node, Scope
from engine.bpmn.events import EventReader
from engine.bpmn.findings import BPMN, Findings, camunda, child
from engine.bpmn.flows import FlowReader, twice
from engine.bpmn.formulas import Formula
from engine.bpmn.parameters import attribute, parameters, properties
from engine.model.text import text
from engine.xml import Element, local, namespace

#: Most elements in a file; ours have some dozens.
MAX_NODES = 5000
#: Deepest nesting of subprocesses.
MAX_NESTING = 20
KNOWN = ACTIVITIES | GATEWAYS | EVENTS
#: Drawn for the reader; nothing to execute and nothing to say about it.
SILENT = frozenset(
    {
        "sequenceFlow",
        "laneSet",
        "textAnnotation",
        "association",
        "dataObject",
        "dataObjectReference",
        "documentation",
        "extensionElements",
        "incoming",
        "outgoing",
        "ioSpecification",
        "property",
        "multiInstanceLoopCharacteristics",
        "standardLoopCharacteristics",
        "dataInputAssociation",
        "dataOutputAssociation",
    }
)
#: Drawn, but without effect here.
WITHOUT_EFFECT = frozenset({"dataStoreReference", "group", "auditing", "monitoring"})
REMEDY = {
    "complexGateway": "use exclusive, parallel or inclusive gateways",
    "transaction": "use a subprocess with error events",
    "adHocSubProcess": "use a subprocess with parallel or inclusive gateways",
    "subChoreography": "draw a process",
    "callChoreography": "draw a process",
}


class Reader:
    """Reads the scopes of one file."""

    def __init__(self, root: Element, findings: Findings) -> None:
        """Collect the file's messages, signals and errors."""
        self.findings = findings
        self.events = EventReader(root, findings)
        self._ids: set[str] = set()
        #: Elements that cannot be executed: what follows from that is not told again.
        self.refused: set[str] = set()
        self.flows = FlowReader(findings, self._ids, self.refused)

    def scope(self, holder: Element, depth: int = 0) -> Scope:
        """Read a process or the inside of a subprocess."""
        self._ids.add(str(holder.get("id") or ""))
        nodes: dict[str, Node] = {}
        for item in holder:
            node = self._item(item, depth)
            if node is not None:
                nodes[node.id] = node
            elif namespace(item) == BPMN and local(item) not in SILENT | WITHOUT_EFFECT:
                self.refused.add(str(item.get("id")))
        if len(nodes) > MAX_NODES:
            self.refused.update(nodes)
            self.findings.error(
                holder,
                "bpmn.size",
                text("There are more than {limit} elements; split the process", limit=MAX_NODES),
            )
            return Scope(id=str(holder.get("id") or ""), nodes={})
        flows = self.flows.read(holder, nodes)
        leaving, coming = defaultdict[str, list[Flow]](list), defaultdict[str, list[Flow]](list)
        for flow in flows:
            leaving[flow.source].append(flow)
            coming[flow.target].append(flow)
        for name, node in nodes.items():
            nodes[name] = replace(node, outgoing=tuple(leaving[name]), incoming=tuple(coming[name]))
        return Scope(id=str(holder.get("id") or ""), nodes=nodes)

    def _item(self, item: Element, depth: int) -> Node | None:
        kind = local(item)
        if namespace(item) != BPMN or kind in SILENT:
            return None
        if kind in WITHOUT_EFFECT:
            self.findings.warn(
                item,
                "bpmn.no-effect",
                text("{kind} has no effect when the process runs", kind=kind),
            )
            return None
        if kind not in KNOWN:
            remedy = REMEDY.get(kind, "use an element of the supported dialect")
            self.findings.error(
                item,
                "bpmn.unknown-element",
                text("{kind} cannot be executed; {remedy}", kind=kind, remedy=text(remedy)),
            )
            return None
        return self._node(item, kind, depth)

    def _node(self, item: Element, kind: str, depth: int) -> Node | None:
        if len(self._ids) > 2 * MAX_NODES:
            return None
        name = str(item.get("id") or "")
        if not name or name in self._ids:
            message = twice(name) if name else text("{kind} has no id; give it one", kind=kind)
            self.findings.error(item, "bpmn.id", message)
            return None
        self._ids.add(name)
        ext.refuse_java(item, self.findings)
        if child(item, "standardLoopCharacteristics") is not None:
            self.findings.error(
                item,
                "bpmn.loop",
                text(
                    "The loop marker of {element} is not executed; draw the loop with a gateway",
                    element=name,
                ),
            )
        node = Node(
            id=name,
            kind=kind,
            line=int(item.sourceline or 0),
            multi=ext.multi(item, self.findings) if kind in ACTIVITIES else None,
            inputs=parameters(item, "inputParameter", self.findings),
            outputs=parameters(item, "outputParameter", self.findings),
            retry=ext.retry(item),
            properties=properties(item),
        )
        special = _SPECIAL.get(kind)
        made = special(self, item, node, depth) if special else node
        if made is not None and (made.inputs or made.outputs) and not _maps(made):
            self.findings.error(
                item,
                "bpmn.parameter",
                text("{element} has no variables of its own; map them at a task", element=name),
            )
        return made

    # --- kinds with something of their own --------------------------------------------------

    def _person(self, item: Element, node: Node, depth: int) -> Node:
        return replace(node, assignment=ext.assignment(item, self.findings))

    def _service(self, item: Element, node: Node, depth: int) -> Node:
        topic = self._topic(item)
        if topic is None and not any(camunda(item, name) for name in ext.JAVA):
            self.findings.error(
                item,
                "bpmn.no-topic",
                text(
                    "{element} says nothing of who does it; set camunda:type to external "
                    "and camunda:topic to a handler's topic",
                    element=node.id,
                ),
            )
        return replace(node, topic=topic)

    def _topic(self, item: Element) -> Formula | None:
        if camunda(item, "type") not in {"", "external"}:
            self.findings.error(
                item,
                "bpmn.java",
                text(
                    "The type {kind} is not executed; set camunda:type to external",
                    kind=camunda(item, "type"),
                ),
            )
        return attribute(item, "topic", self.findings)

    def _send(self, item: Element, node: Node, depth: int) -> Node:
        topic = self._topic(item)
        event = self.events.message(item, item) if topic is None else None
        return replace(node, topic=topic, event=event)

    def _receive(self, item: Element, node: Node, depth: int) -> Node:
        if item.get("instantiate") == "true":
            self.findings.error(
                item,
                "bpmn.instantiate",
                text(
                    "{element} may not start a process; draw a message start event", element=node.id
                ),
            )
        return replace(node, event=self.events.message(item, item))

    def _rule(self, item: Element, node: Node, depth: int) -> Node:
        topic, decision = self._topic(item), ext.decision(item, self.findings)
        if topic is None and decision is None and not any(camunda(item, n) for n in ext.JAVA):
            self.findings.error(
                item,
                "bpmn.no-decision",
                text("{element} decides nothing; set camunda:decisionRef", element=node.id),
            )
        return replace(node, topic=topic, decision=decision)

    def _script(self, item: Element, node: Node, depth: int) -> Node:
        return replace(node, script=ext.script(item, self.findings))

    def _call(self, item: Element, node: Node, depth: int) -> Node:
        return replace(node, called=ext.called_process(item, self.findings))

    def _subprocess(self, item: Element, node: Node, depth: int) -> Node | None:
        if depth >= MAX_NESTING:
            self.findings.error(
                item,
                "bpmn.nesting",
                text("Subprocesses are nested deeper than {limit}", limit=MAX_NESTING),
            )
            return None
        return replace(
            node,
            inside=self.scope(item, depth + 1),
            triggered=item.get("triggeredByEvent") == "true",
        )

    def _event(self, item: Element, node: Node, depth: int) -> Node | None:
        event = self.events.read(item, node.kind)
        if event is None:
            return None
        definition = child(item, "messageEventDefinition")
        throws = node.kind in {"endEvent", "intermediateThrowEvent"}
        topic = self._topic(definition) if definition is not None and throws else None
        if definition is not None:
            ext.refuse_java(definition, self.findings)
        starting = node.kind == "startEvent"
        return replace(
            node,
            event=event,
            topic=topic,
            retry=node.retry or (ext.retry(definition) if definition is not None else ""),
            attached_to=str(item.get("attachedToRef") or ""),
            interrupting=item.get("isInterrupting" if starting else "cancelActivity") != "false",
        )


def _maps(node: Node) -> bool:
    """Tell whether an element applies ``camunda:inputOutput``."""
    if node.kind in ACTIVITIES or node.kind == "intermediateCatchEvent":
        return True
    throws = node.kind in {"intermediateThrowEvent", "endEvent"}
    return throws and node.event is not None and node.event.kind in {"message", "signal"}


_Special = Callable[[Reader, Element, Node, int], Node | None]
_SPECIAL: dict[str, _Special] = {
    "userTask": Reader._person,
    "manualTask": Reader._person,
    "serviceTask": Reader._service,
    "sendTask": Reader._send,
    "receiveTask": Reader._receive,
    "businessRuleTask": Reader._rule,
    "scriptTask": Reader._script,
    "callActivity": Reader._call,
    "subProcess": Reader._subprocess,
    **dict.fromkeys(EVENTS, Reader._event),
}

__all__ = ["Event", "Reader"]
