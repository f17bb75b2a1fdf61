"""Mechanical cures, done on the file: what `engine.bpmn.mends` offers, and nothing else changes.

Ids, names, comments, the drawing and the formatting of all else stay; a changed gateway keeps its
flows and its place. The drawing of a flow past a join that is taken away goes where the join stood.
"""

import re

from engine.bpmn.findings import bpmn, child
from engine.bpmn.mends import DEFAULT, JOINS, REMOVE
from engine.errors import ValueRefused
from engine.model.text import text
from engine.xml import Element, local, parse, to_bytes

_DECLARATION = re.compile(rb"<\?xml\s.*?\?>\s*", re.DOTALL)
_BEFORE = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*", re.DOTALL)


def mended(source: bytes, *, element: str, mend: str) -> bytes:
    """Return a BPMN file after a cure that a finding at an element offered.

    Raises `XmlRefused` if the file cannot be read, `ValueRefused` if the cure cannot be done.
    """
    root = parse(source)
    name, _, other = mend.partition("@")
    file = _File(root, other or element, mend)
    if name in JOINS:
        file.join(JOINS[name])
    elif name == REMOVE:
        file.remove()
    elif name.startswith(DEFAULT):
        file.default(name.removeprefix(DEFAULT))
    else:
        raise _refused(mend, element)
    return _written(root, source)


def _refused(mend: str, element: str) -> ValueRefused:
    return ValueRefused(text("{mend} cannot be done at {element}", mend=mend, element=element))


class _File:
    """A file with the gateway to be changed."""

    def __init__(self, root: Element, name: str, mend: str) -> None:
        self.root, self.name = root, name
        self.by_id = {str(item.get("id")): item for item in root.iter() if item.get("id")}
        found = self.by_id.get(name)
        if found is None or not local(found).endswith("Gateway"):
            raise _refused(mend, name)
        self.gateway = found

    def _flows(self, end: str) -> list[Element]:
        holder = self.gateway.getparent()
        flows = [] if holder is None else list(holder.iterchildren(bpmn("sequenceFlow")))
        return [flow for flow in flows if flow.get(end) == self.name]

    def _drawn(self, name: str) -> list[Element]:
        """Return the shapes or edges that draw an element."""
        return [item for item in self.root.iter() if item.get("bpmnElement") == name]

    def join(self, kind: str) -> None:
        """Make the gateway one of another kind."""
        self.gateway.tag = bpmn(kind)
        if kind == "parallelGateway":
            self.gateway.attrib.pop("default", None)
        for shape in self._drawn(self.name) if kind == "exclusiveGateway" else ():
            shape.set("isMarkerVisible", "true")

    def default(self, name: str) -> None:
        """Make a flow the default one; a condition that it has goes."""
        flow = self.by_id.get(name)
        if flow is None or flow.get("sourceRef") != self.name:
            raise _refused(DEFAULT + name, self.name)
        self.gateway.set("default", name)
        condition = child(flow, "conditionExpression")
        if condition is not None:
            _take(condition)

    def remove(self) -> None:
        """Take the gateway away; the flows into it lead where it led."""
        out = self._flows("sourceRef")
        if len(out) != 1 or out[0].get("targetRef") not in self.by_id.keys() - {self.name}:
            raise _refused(REMOVE, self.name)
        target, past = str(out[0].get("targetRef")), str(out[0].get("id"))
        into = self._flows("targetRef")
        for flow in into:
            flow.set("targetRef", target)
            self._draw_on(str(flow.get("id")), past)
        self._come_in(target, past, [str(flow.get("id")) for flow in into])
        for item in (self.gateway, out[0], *self._drawn(self.name), *self._drawn(past)):
            _take(item)
        self._let_go({self.name, past})
        for reference in list(self.root.iter(bpmn("flowNodeRef"))):
            if (reference.text or "").strip() == self.name:
                _take(reference)

    def _let_go(self, gone: set[str]) -> None:
        """Take away the dotted lines from and to what is gone; what they said stays."""
        for line in list(self.root.iter(bpmn("association"))):
            if gone & {line.get("sourceRef"), line.get("targetRef")}:
                for item in (line, *self._drawn(str(line.get("id")))):
                    _take(item)

    def _draw_on(self, flow: str, past: str) -> None:
        """Let the line of a flow go on as that of the one behind the gateway did."""
        for edge in self._drawn(flow):
            last = [item for item in edge if local(item) == "waypoint"][-1:]
            points = [p for other in self._drawn(past) for p in other if local(p) == "waypoint"]
            for at in last:
                index = edge.index(at)
                for point in reversed(points):
                    copy = point.__copy__()
                    copy.tail = at.tail
                    edge.insert(index + 1, copy)

    def _come_in(self, target: str, past: str, into: list[str]) -> None:
        """Put the flows into the list of those that an element names as coming to it."""
        item = self.by_id[target]
        for incoming in [c for c in item.iterchildren(bpmn("incoming")) if c.text == past]:
            incoming.text = into[0] if into else ""
            for name in reversed(into[1:]):
                copy = incoming.__copy__()
                copy.text, copy.tail = name, incoming.tail
                item.insert(item.index(incoming) + 1, copy)


def _take(item: Element) -> None:
    """Take an element away, with the white space before what follows it."""
    parent = item.getparent()
    if parent is None:
        return
    before = item.getprevious()
    if item.getnext() is None:
        if before is not None:
            before.tail = item.tail
        elif not (parent.text or "").strip():
            parent.text = None
    parent.remove(item)


def _written(root: Element, source: bytes) -> bytes:
    """Write a file with what stood before its root as it stood there."""
    written = to_bytes(root)
    encoding = (root.getroottree().docinfo.encoding or "UTF-8").upper()
    if encoding not in {"UTF-8", "ASCII", "US-ASCII"}:
        return written
    before = _BEFORE.match(source)
    head = before.group() if before else b""
    end = b"\n" if source.endswith(b"\n") else b""
    return head + _DECLARATION.sub(b"", written, count=1) + end
