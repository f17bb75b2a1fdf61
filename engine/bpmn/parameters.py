"""Reading ``camunda:property`` and ``camunda:inputOutput``: text, lists, maps, FEEL scripts."""

from collections.abc import Collection, Mapping
from functools import reduce

from engine.bpmn.findings import Findings, camunda, camunda_children, content, extensions
from engine.bpmn.formulas import Formula
from engine.feel import Finding
from engine.feel.fitting import common
from engine.feel.types import ANY, ContextType, ListType, Type
from engine.model.text import text
from engine.xml import Element, local, parse


def properties(node: Element) -> dict[str, str]:
    """Return the ``camunda:property`` values."""
    found: dict[str, str] = {}
    for holder in extensions(node, "properties"):
        for item in camunda_children(holder, "property"):
            found[str(item.get("name") or "")] = str(item.get("value") or "")
    return found


def properties_of(diagram: bytes, key: str) -> dict[str, str]:
    """Return those of a process, read off its diagram without the rest; `XmlRefused`."""
    nodes = parse(diagram).iter("{*}process")
    return next((properties(node) for node in nodes if node.get("id") == key), {})


def attribute(node: Element, name: str, findings: Findings) -> Formula | None:
    """Return an attribute that may be an expression."""
    return findings.formula(node, camunda(node, name))


def parameters(node: Element, kind: str, findings: Findings) -> tuple[tuple[str, Formula], ...]:
    """Return ``inputParameter`` or ``outputParameter``: name and value (text, list or map)."""
    found: list[tuple[str, Formula]] = []
    for holder in extensions(node, "inputOutput"):
        for item in camunda_children(holder, kind):
            name, value = str(item.get("name") or "").strip(), parameter(item, findings)
            if not name:
                findings.error(item, "bpmn.parameter", text("A parameter has no name; give it one"))
            elif value is not None:
                found.append((name, value))
    return tuple(found)


def parameter(item: Element, findings: Findings) -> Formula | None:
    """Return the value of a parameter, a list's item or a map's entry."""
    inner = next((part for part in item if isinstance(part.tag, str)), None)
    if local(item) in {"list", "map", "script"}:
        inner = item
    if inner is None:
        return findings.formula(item, content(item)) or Formula("", None)
    kind = local(inner)
    if kind == "list":
        parts = [parameter(value, findings) for value in inner if isinstance(value.tag, str)]
        return ListFormula([part for part in parts if part is not None])
    if kind == "map":
        entries = [
            (str(entry.get("key") or ""), parameter(entry, findings))
            for entry in camunda_children(inner, "entry")
        ]
        return MapFormula([(key, value) for key, value in entries if value is not None])
    if kind == "script":
        return findings.formula(
            inner, content(inner), bare="feel", language=str(inner.get("scriptFormat") or "feel")
        )
    findings.error(
        inner,
        "bpmn.parameter",
        text("A parameter holds {kind}; write text, list, map or a FEEL script", kind=kind),
    )
    return None


class ListFormula(Formula):
    """A list of expressions."""

    __slots__ = ("parts",)

    def __init__(self, parts: list[Formula]) -> None:
        """Keep the parts."""
        super().__init__("[…]", None)
        self.parts = parts

    constant = None

    @property
    def calls(self) -> frozenset[str]:
        """Return the functions of all parts."""
        return frozenset().union(*(part.calls for part in self.parts))

    @property
    def names(self) -> frozenset[str]:
        """Return the variables of all parts."""
        return frozenset().union(*(part.names for part in self.parts))

    @property
    def needs(self) -> frozenset[str]:
        """Return what any part needs."""
        return frozenset().union(*(part.needs for part in self.parts))

    def mistakes(
        self, functions: Collection[str], types: Mapping[str, Type] | None = None
    ) -> list[Finding]:
        """Return what is wrong in any part."""
        return [found for part in self.parts for found in part.mistakes(functions, types)]

    def kind(self, functions: Collection[str], types: Mapping[str, Type]) -> Type:
        """Return a list of what all parts have in common."""
        kinds = [part.kind(functions, types) for part in self.parts]
        return ListType("list", reduce(common, kinds) if kinds else ANY)

    def value(self, scope, env):  # type: ignore[no-untyped-def]
        """Evaluate all."""
        return [part.value(scope, env) for part in self.parts]


class MapFormula(Formula):
    """A map of expressions."""

    __slots__ = ("entries",)

    def __init__(self, entries: list[tuple[str, Formula]]) -> None:
        """Keep the entries."""
        super().__init__("{…}", None)
        self.entries = entries

    constant = None

    @property
    def calls(self) -> frozenset[str]:
        """Return the functions of all entries."""
        return frozenset().union(*(part.calls for _, part in self.entries))

    @property
    def names(self) -> frozenset[str]:
        """Return the variables of all entries."""
        return frozenset().union(*(part.names for _, part in self.entries))

    @property
    def needs(self) -> frozenset[str]:
        """Return what any entry needs."""
        return frozenset().union(*(part.needs for _, part in self.entries))

    def mistakes(
        self, functions: Collection[str], types: Mapping[str, Type] | None = None
    ) -> list[Finding]:
        """Return what is wrong in any entry."""
        return [found for _, part in self.entries for found in part.mistakes(functions, types)]

    def kind(self, functions: Collection[str], types: Mapping[str, Type]) -> Type:
        """Return a context of the entries' types."""
        return ContextType(
            "context", {key: part.kind(functions, types) for key, part in self.entries}
        )

    def value(self, scope, env):  # type: ignore[no-untyped-def]
        """Evaluate all."""
        return {key: part.value(scope, env) for key, part in self.entries}
