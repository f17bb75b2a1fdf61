"""What is looked at before a definition may run: how its elements are joined."""

from collections import defaultdict

from engine.bpmn.diagram import Node, Scope
from engine.bpmn.findings import Findings
from engine.bpmn.joints import links, wrong
from engine.bpmn.live import MAX_ELEMENTS_PER_STEP
from engine.bpmn.mends import Mends, defaults
from engine.bpmn.soundness import GRAVE, MOST_STATES, Flaw, Kind, flaws
from engine.model.problems import Problem, Severity
from engine.model.text import Text, text
from engine.xml import Element


class Check:
    """Looks at one process."""

    def __init__(self, process: Element, findings: Findings) -> None:
        """Remember where the elements are drawn."""
        self.findings = findings
        self.process = process
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
            self._warnings(node, scope)

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

    def _warnings(self, node: Node, scope: Scope) -> None:
        drawn = self.drawn[node.id]
        if _may_stop(node):
            self.findings.warn(
                drawn,
                "bpmn.no-default",
                text(
                    "If no condition is true, the case stops at {element}; mark a default flow",
                    element=node.id,
                ),
                defaults(node, scope),
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
        """Note what playing the token game shows (see `engine.bpmn.soundness`)."""
        found = flaws(scope)
        mends = Mends(scope, found)
        for flaw in found:
            drawn = self.drawn.get(flaw.element, self.process)
            self.findings.problems.append(
                Problem(
                    file=self.findings.file,
                    line=int(drawn.sourceline or 0),
                    element=flaw.element,
                    code=f"bpmn.{flaw.kind.value}",
                    message=_said(flaw),
                    severity=Severity.ERROR if flaw.kind in GRAVE else Severity.WARNING,
                    trace=flaw.trace,
                    mends=mends.of(flaw),
                )
            )


def check(process: Element, scope: Scope, findings: Findings) -> None:
    """Note everything that stops the process from running, or from going on."""
    looking, before = Check(process, findings), len(findings.problems)
    looking.scope(scope)
    found = findings.problems[before:]
    if not any(problem.severity is Severity.ERROR for problem in found):
        looking.stuck(scope)


def _said(flaw: Flaw) -> Text:
    """Say what is wrong with how tokens go, and what to do."""
    element = flaw.element
    return {
        Kind.STUCK: text(
            "A case can get stuck at {element}: not all its flows are always taken; "
            "join them with an inclusive or exclusive gateway",
            element=element,
        ),
        Kind.NEVER_JOINS: text(
            "The join {element} can never be complete: no case takes all its flows; "
            "join them with an inclusive or exclusive gateway",
            element=element,
        ),
        Kind.TWICE: text(
            "Two tokens can be at {element} at once, and what follows is done twice; "
            "join the parallel ways before it",
            element=element,
        ),
        Kind.MAY_MEET: text(
            "Two tokens can be at {element} at once if conditions let both ways on; "
            "join the ways before it",
            element=element,
        ),
        Kind.NO_END: text(
            "From {element} no end can be reached any more; draw a way out of this circle",
            element=element,
        ),
        Kind.SPINS: text(
            "The circle through {element} waits for nothing and has no way out that it could "
            "ever take; draw a task or a timer in it",
            element=element,
        ),
        Kind.MAY_SPIN: text(
            "The circle through {element} waits for nothing; if it is gone round too often, "
            "the case stops after {limit} elements",
            element=element,
            limit=MAX_ELEMENTS_PER_STEP,
        ),
        Kind.ENDS_TWICE: text(
            "One case can reach the end {element} twice; join the ways before it, or give each "
            "its own end",
            element=element,
        ),
        Kind.DEAD: text(
            "{element} is never executed, whatever the conditions say", element=element
        ),
        Kind.UNEXPLORED: text(
            "{element} has more than the {limit} states that are played; whether a case can get "
            "stuck in the others is not known",
            element=element,
            limit=MOST_STATES,
        ),
    }[flaw.kind]


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
