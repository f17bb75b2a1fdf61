"""What is looked at before a definition may run: how its elements are joined."""

from collections import defaultdict

from engine.bpmn.diagram import Node, Scope
from engine.bpmn.findings import Findings
from engine.bpmn.joints import links, wrong
from engine.bpmn.soundness import MOST_STATES, Search
from engine.model.problems import Severity
from engine.model.text import Text, text
from engine.xml import Element


class Check:
    """Looks at one process."""

    def __init__(self, process: Element, findings: Findings) -> None:
        """Remember where the elements are drawn."""
        self.findings = findings
        self.process = process
        self._budget = MOST_STATES
        self.drawn = {str(item.get("id")): item for item in process.iter() if item.get("id")}

    def scope(self, scope: Scope, *, inside: bool = False, triggered: bool = False) -> None:
        """Note what is wrong with a scope and those inside it."""
        self._starts(scope, inside=inside, triggered=triggered)
        for node in scope.nodes.values():
            for code, message in wrong(node, scope):
                self.findings.error(self.drawn[node.id], code, message)
            if node.inside is not None:
                self.scope(node.inside, inside=True, triggered=node.triggered)
        for name in _unreached(scope):
            self.findings.warn(
                self.drawn[name],
                "bpmn.unreached",
                text("No way leads to {element}; it is never executed", element=name),
            )
        for node in scope.nodes.values():
            self._warnings(node)

    def _starts(self, scope: Scope, *, inside: bool, triggered: bool) -> None:
        starts = scope.starts()
        plain = [node for node in starts if node.event and node.event.kind == "none"]
        said: Text | None = None
        if not starts:
            said = text("{scope} has no start event; draw one", scope=scope.id)
        elif triggered and (plain or len(starts) > 1):
            said = text(
                "The event subprocess {scope} needs exactly one start event, with a trigger",
                scope=scope.id,
            )
        elif inside and not triggered and (len(plain) != 1 or len(starts) > 1):
            said = text(
                "The subprocess {scope} needs exactly one start event, without a trigger",
                scope=scope.id,
            )
        elif len(plain) > 1:
            said = text("{scope} has several plain start events; leave one", scope=scope.id)
        elif not inside and any(node.event and node.event.kind == "error" for node in starts):
            said = text("An error cannot start {scope}; use an event subprocess", scope=scope.id)
        if said is not None:
            self.findings.error(self.drawn.get(scope.id, self.process), "bpmn.start", said)

    def _warnings(self, node: Node) -> None:
        drawn = self.drawn[node.id]
        if _may_stop(node):
            self.findings.warn(
                drawn,
                "bpmn.no-default",
                text(
                    "If no condition is true, the case stops at {element}; mark a default flow",
                    element=node.id,
                ),
            )
        duty = node.assignment
        if duty is not None and duty.candidates is None and duty.assignee is None:
            self.findings.warn(
                drawn,
                "bpmn.nobody",
                text("Nobody may do {element}; set camunda:candidateGroups", element=node.id),
            )
        if node.kind == "parallelGateway" and any(flow.condition for flow in node.outgoing):
            self.findings.warn(
                drawn,
                "bpmn.condition-ignored",
                text(
                    "Conditions after the parallel gateway {element} are not evaluated",
                    element=node.id,
                ),
            )

    def stuck(self, scope: Scope) -> None:
        """Note where tokens can wait for ever."""
        search = Search(scope, self._budget)
        found = search.stuck()
        self._budget = search.budget
        if found is not None:
            join, trace = found
            self.findings.error(
                self.drawn[join],
                "bpmn.stuck",
                text(
                    "A case can get stuck at {element}: not all its flows are always taken; "
                    "join them with an inclusive or exclusive gateway",
                    element=join,
                ),
                trace,
            )
        for node in scope.nodes.values():
            if node.inside is not None:
                self.stuck(node.inside)


def check(process: Element, scope: Scope, findings: Findings) -> None:
    """Note everything that stops the process from running, or from going on."""
    looking, before = Check(process, findings), len(findings.problems)
    looking.scope(scope)
    found = findings.problems[before:]
    if not any(problem.severity is Severity.ERROR for problem in found):
        looking.stuck(scope)


def _may_stop(node: Node) -> bool:
    return (
        node.kind in {"exclusiveGateway", "inclusiveGateway"}
        and bool(node.outgoing)
        and all(flow.condition and not flow.default for flow in node.outgoing)
    )


def _unreached(scope: Scope) -> list[str]:
    """Return the elements that no token can come to."""
    seen: set[str] = set()
    stack = [node.id for node in scope.starts()] + [n.id for n in scope.event_subprocesses()]
    stack += [node.id for node in links(scope, "intermediateCatchEvent")]
    boundaries = defaultdict[str, list[str]](list)
    for node in scope.nodes.values():
        boundaries[node.attached_to].append(node.id)
    while stack:
        name = stack.pop()
        if name in seen:
            continue
        seen.add(name)
        stack += [flow.target for flow in scope.nodes[name].outgoing]
        stack += boundaries[name]
    return [name for name in scope.nodes if name not in seen]
