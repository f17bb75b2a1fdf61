"""A DMN document as data: its elements with their lines, expressions still as XML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from engine.dmn.errors import ModelRefused
from engine.feel.lexer import normal_name
from engine.model.text import text
from engine.xml import Element, local, namespace

#: Model namespaces of DMN 1.1 to 1.5.
VERSIONS: Final = {
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd": "1.1",
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "1.2",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
}
#: Elements that are expressions.
EXPRESSIONS: Final = frozenset(
    [
        "literalExpression",
        "decisionTable",
        "context",
        "invocation",
        "list",
        "relation",
        "functionDefinition",
        "conditional",
        "for",
        "some",
        "every",
        "filter",
    ]
)


class Kind(Enum):
    """What an element of the requirements graph is."""

    INPUT = "inputData"
    DECISION = "decision"
    KNOWLEDGE = "businessKnowledgeModel"
    SERVICE = "decisionService"


class Reference(NamedTuple):
    """A link to an element: its namespace and id."""

    namespace: str
    id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Drg:
    """An element of the requirements graph."""

    #: What it is.
    kind: Kind
    #: Where it is.
    reference: Reference
    #: Its name, white space normalised.
    name: str
    #: Type of its variable as written; empty if none.
    type_ref: str
    #: The element itself, for its expression.
    element: Element
    #: What it requires: input data, decisions, knowledge.
    requires: tuple[Reference, ...] = ()
    #: Of a decision service: the decisions whose values it gives.
    outputs: tuple[Reference, ...] = ()
    #: Of a decision service: decisions given from outside.
    input_decisions: tuple[Reference, ...] = ()
    #: Of a decision service: input data given from outside.
    input_data: tuple[Reference, ...] = ()

    @property
    def line(self) -> int:
        """Line in the document, from 1."""
        return self.element.sourceline or 0


@dataclass(frozen=True, slots=True)
class Import:
    """Another model, visible under a name (or without one)."""

    name: str
    namespace: str
    line: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Definitions:
    """One document."""

    #: The model's own namespace.
    namespace: str
    #: The model's name.
    name: str
    #: File name, for problems.
    source: str
    #: Version of DMN.
    version: str
    #: Imported models.
    imports: tuple[Import, ...]
    #: Item definitions.
    items: tuple[Element, ...]
    #: Elements of the requirements graph, in the document's order.
    drgs: tuple[Drg, ...]


def children(element: Element, *names: str) -> Iterator[Element]:
    """Direct children of these local names; all elements if none is given."""
    for child in element:
        name = local(child)
        if name and (not names or name in names):
            yield child


def child(element: Element, *names: str) -> Element | None:
    """The first of them."""
    return next(children(element, *names), None)


def text_of(element: Element | None) -> str:
    """The text of an element or of its ``text`` child."""
    if element is None:
        return ""
    inner = child(element, "text")
    return (inner if inner is not None else element).text or ""


def expression_of(element: Element) -> Element | None:
    """The expression directly under an element."""
    return next((found for found in children(element) if local(found) in EXPRESSIONS), None)


def type_ref(element: Element) -> str:
    """A typeRef attribute, or (item definitions) a typeRef child; the prefix of FEEL's types goes.

    A name with another prefix stays as it is: a type of a model imported under that prefix's
    namespace is resolved by `itemtypes`.
    """
    written = element.get("typeRef")
    if written is None:
        inner = child(element, "typeRef")
        written = "" if inner is None else inner.text or ""
    written = written.strip()
    prefix, colon, rest = written.partition(":")
    if colon and prefix in element.nsmap and "/DMN/" in element.nsmap[prefix]:
        return normal_name(rest)
    if colon and prefix in element.nsmap:
        return f"{{{element.nsmap[prefix]}}}{normal_name(rest)}"
    return normal_name(written)


def _reference(element: Element, own: str) -> Reference:
    space, mark, name = (element.get("href") or "").strip().partition("#")
    if not mark:
        return Reference(own, space)
    return Reference(space or own, name)


def _references(element: Element, own: str, *names: str) -> tuple[Reference, ...]:
    return tuple(_reference(found, own) for found in children(element, *names))


def _requires(element: Element, own: str) -> tuple[Reference, ...]:
    found: list[Reference] = []
    for requirement in children(element, "informationRequirement", "knowledgeRequirement"):
        names = ("requiredInput", "requiredDecision", "requiredKnowledge")
        found.extend(_references(requirement, own, *names))
    return tuple(found)


def _drg(element: Element, own: str) -> Drg:
    variable = child(element, "variable")
    name = element.get("name") or ""
    return Drg(
        kind=Kind(local(element)),
        reference=Reference(own, element.get("id") or name),
        name=normal_name(name),
        type_ref="" if variable is None else type_ref(variable),
        element=element,
        requires=_requires(element, own),
        outputs=_references(element, own, "outputDecision"),
        input_decisions=_references(element, own, "inputDecision"),
        input_data=_references(element, own, "inputData"),
    )


def read(root: Element, source: str) -> Definitions:
    """The document of a parsed ``definitions`` element; `ModelRefused` if it is none."""
    version = VERSIONS.get(namespace(root))
    if local(root) != "definitions" or version is None:
        raise ModelRefused(
            text("{source} is not a DMN model of version 1.1 to 1.5", source=source or "XML")
        )
    own = root.get("namespace") or ""
    kinds = {kind.value for kind in Kind}
    return Definitions(
        namespace=own,
        name=root.get("name") or "",
        source=source,
        version=version,
        imports=tuple(_import(found) for found in children(root, "import")),
        items=tuple(children(root, "itemDefinition")),
        drgs=tuple(_drg(found, own) for found in _drg_elements(root) if local(found) in kinds),
    )


def _drg_elements(root: Element) -> Iterator[Element]:
    """Elements of the graph; DMN 1.1 allows them within groups called drgElement."""
    for found in children(root):
        yield from children(found) if local(found) == "drgElement" else (found,)


def _import(element: Element) -> Import:
    return Import(
        normal_name(element.get("name") or ""),
        element.get("namespace") or "",
        element.sourceline or 0,
    )
