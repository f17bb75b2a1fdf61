"""Reading sequence flows: ends, conditions, defaults."""

from collections import defaultdict
from dataclasses import replace

from engine.bpmn.camunda import refuse_java
from engine.bpmn.diagram import Flow, Node
from engine.bpmn.findings import Findings, child, children, content
from engine.bpmn.mends import default
from engine.model.text import Text, text
from engine.xml import Element


class FlowReader:
    """Reads the flows of one file."""

    def __init__(self, findings: Findings, ids: set[str], refused: set[str]) -> None:
        """Share what the reader of elements knows: ids taken, elements refused."""
        self.findings = findings
        self._ids = ids
        self._refused = refused

    def read(self, holder: Element, nodes: dict[str, Node]) -> list[Flow]:
        """Return the flows between executable elements of a scope."""
        defaults = {str(item.get("default")) for item in holder if item.get("default")}
        flows: list[Flow] = []
        for item in children(holder, "sequenceFlow"):
            source, target = str(item.get("sourceRef")), str(item.get("targetRef"))
            if source not in nodes or target not in nodes:
                missing = source if source not in nodes else target
                if missing in self._refused:
                    continue
                self.findings.error(
                    item,
                    "bpmn.flow",
                    text(
                        "The flow {element} leads from {source} to {target}, but there is no "
                        "executable {missing} beside it",
                        element=item.get("id"),
                        source=source,
                        target=target,
                        missing=missing,
                    ),
                )
                continue
            name = str(item.get("id") or f"{source}-{target}-{len(flows)}")
            if name in self._ids:
                self.findings.error(item, "bpmn.id", twice(name))
                continue
            self._ids.add(name)
            refuse_java(item, self.findings)
            flows.append(self._flow(item, name, source, target, name in defaults))
        return self._with_defaults(holder, nodes, flows)

    def _with_defaults(
        self, holder: Element, nodes: dict[str, Node], flows: list[Flow]
    ) -> list[Flow]:
        """Take the only flow without condition out of an exclusive gateway for its default."""
        leaving = defaultdict[str, list[int]](list)
        for index, flow in enumerate(flows):
            leaving[flow.source].append(index)
        drawn = {str(item.get("id")): item for item in holder}
        for node in nodes.values():
            own = leaving[node.id]
            free = [index for index in own if flows[index].condition is None]
            if node.kind != "exclusiveGateway" or len(own) < 2 or len(free) != 1:
                continue
            if not flows[free[0]].default:
                flows[free[0]] = replace(flows[free[0]], default=True)
                self.findings.warn(
                    drawn[node.id],
                    "bpmn.default-taken",
                    text(
                        "{element} has no default flow; {flow}, the only one without a condition, "
                        "is taken for it",
                        element=node.id,
                        flow=flows[free[0]].id,
                    ),
                    (default(flows[free[0]]),),
                )
        return flows

    def _flow(self, item: Element, name: str, source: str, target: str, default: bool) -> Flow:
        condition = child(item, "conditionExpression")
        compiled = None
        if condition is not None and not default:
            language = str(condition.get("language") or "")
            compiled = self.findings.formula(
                condition, content(condition), bare="feel", language=language
            )
        return Flow(id=name, source=source, target=target, condition=compiled, default=default)


def twice(name: str) -> Text:
    """Say that an id is taken."""
    return text("The id {element} is there twice; give one of them another", element=name)
