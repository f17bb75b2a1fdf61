"""Two versions of a process side by side: which element of the new one stands for which old one.

A mapping is ``{old id: new id}``; an empty new id says that nothing stands for the old one. Cases
are taken over along it (`engine.bpmn.migrating`).
"""

from collections.abc import Iterator, Mapping

from engine.bpmn.diagram import Event, Flow, Node
from engine.bpmn.formulas import Formula
from engine.bpmn.parsing import Definition
from engine.bpmn.specs.base import NodeSpec, ScopeSpec
from engine.model.migrations import Hindrance, Obstacle
from engine.model.text import Text, text

_SAID: dict[Obstacle, Text] = {
    Obstacle.GONE: text("The new version has no element for {element}; map it to one"),
    Obstacle.KIND: text("{element} is of another kind in the new version: {target}"),
    Obstacle.SCOPE: text("{element} stands in another subprocess in the new version: {target}"),
    Obstacle.MULTI: text("{element} is repeated differently in the new version: {target}"),
    Obstacle.TOPIC: text("Another handler does {element} in the new version: {target}"),
    Obstacle.CALLED: text("{element} calls another process in the new version: {target}"),
    Obstacle.JOIN: text("A token waits at {element}, but {target} has no such way in any more"),
}


def hindrance(obstacle: Obstacle, element: str, target: str = "") -> Hindrance:
    """Return what stands in the way, in words."""
    said = Text(_SAID[obstacle].msgid, {"element": element, "target": target})
    return Hindrance(obstacle=obstacle, element=element, message=said)


def same(old: Formula | None, new: Formula | None) -> bool:
    """Tell whether two expressions say the same, word by word."""
    return (old.source if old else None) == (new.source if new else None)


def default(
    source: Definition, target: Definition, renamed: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the mapping that suggests itself: the same id, or a recognised new one."""
    there = target.process.elements
    found: dict[str, str] = {}
    for element in source.process.elements:
        named = element if element in there else (renamed or {}).get(element, "")
        found[element] = named if named in there else ""
    return found


class Pairing:
    """A mapping between two versions, with what follows from it for scopes and flows."""

    def __init__(self, source: Definition, target: Definition, mapping: Mapping[str, str]) -> None:
        """Take the mapping as it is; see `mistakes`."""
        self.source = source
        self.target = target
        self.mapping = mapping
        self._old = dict(_drawn(source))
        self._new = dict(_drawn(target))

    def image(self, element: str) -> NodeSpec | None:
        """Return what stands for an old element in the new version; None: nothing does."""
        return self._new.get(self.mapping.get(element, ""))

    def scope(self, old: ScopeSpec) -> ScopeSpec | None:
        """Return the scope that stands for an old one."""
        if old is self.source.top:
            return self.target.top
        return self.target.scopes.get(self.mapping.get(old.name or "", ""))

    def obstacle(self, old: NodeSpec) -> Hindrance | None:
        """Return why a token cannot stand at an element's image; None: it can."""
        new = self.image(old.node.id)
        if new is None:
            return hindrance(Obstacle.GONE, old.node.id)
        found = _unlike(old.node, new.node)
        if found is None and new._wf_spec is not self.scope(old._wf_spec):
            found = Obstacle.SCOPE
        return None if found is None else hindrance(found, old.node.id, new.node.id)

    def mistakes(self, chosen: Mapping[str, str]) -> list[Hindrance]:
        """Return what is wrong with what a person chose: unknown ids, elements that are unlike."""
        found: list[Hindrance] = []
        for element, target in chosen.items():
            old = self._old.get(element)
            if old is None:
                found.append(_unknown(element))
            elif target and target not in self._new:
                found.append(_unknown(target))
            elif target:
                found += [one for one in [self.obstacle(old)] if one is not None]
        return found

    def candidates(self, element: str) -> list[str]:
        """Return the new elements of the same kind, in the order of drawing."""
        old = self._old[element]
        return [name for name, new in self._new.items() if _unlike(old.node, new.node) is None]

    def flow(self, join: Node, via: str) -> str:
        """Return the flow into the image of a join that stands for an old one; empty: none does.

        The same id; else from the image of the same element; else the only one left on both sides.
        """
        image = self.image(join.id)
        return "" if image is None else self._flows(join.incoming, image.node.incoming).get(via, "")

    def _flows(self, old: tuple[Flow, ...], new: tuple[Flow, ...]) -> dict[str, str]:
        ids = {flow.id for flow in new}
        pairs = {flow.id: flow.id for flow in old if flow.id in ids}
        for flow in old:
            begins = self.mapping.get(flow.source, "")
            free = [one.id for one in new if one.id not in pairs.values()]
            fits = [one.id for one in new if one.source == begins and one.id in free]
            if flow.id not in pairs and fits:
                pairs[flow.id] = fits[0]
        rest = [flow.id for flow in old if flow.id not in pairs]
        free = [flow.id for flow in new if flow.id not in pairs.values()]
        if len(rest) == len(free) == 1:
            pairs[rest[0]] = free[0]
        return pairs


def _drawn(definition: Definition) -> Iterator[tuple[str, NodeSpec]]:
    """Yield what is drawn: a multi-instance itself, not what it repeats."""
    for scope in definition.scopes.values():
        for name in scope.scope.nodes:
            spec = scope.task_specs[name]
            if isinstance(spec, NodeSpec):
                yield name, spec


def _unknown(element: str) -> Hindrance:
    said = text("There is no element {element}", element=element)
    return Hindrance(obstacle=Obstacle.GONE, element=element, message=said)


def _unlike(old: Node, new: Node) -> Obstacle | None:
    alike = (
        old.kind == new.kind
        and _kind(old.event) == _kind(new.event)
        and old.triggered == new.triggered
        and (old.topic is None) == (new.topic is None)
    )
    if not alike:
        return Obstacle.KIND
    if _repeated(old) != _repeated(new):
        return Obstacle.MULTI
    if not same(old.topic, new.topic):
        return Obstacle.TOPIC
    called = (old.called.key if old.called else None, new.called.key if new.called else None)
    return None if same(*called) else Obstacle.CALLED


def _kind(event: Event | None) -> str:
    return event.kind if event else ""


def _repeated(node: Node) -> tuple[object, ...]:
    return (node.multi.sequential, node.multi.item) if node.multi else ()
