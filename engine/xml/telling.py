"""What an element says, as a flat list of facts: for comparing two versions of it.

An attribute is told under its name with the usual prefix (``camunda:formKey``), text and attributes
of inner elements under their path (``timerEventDefinition/timeDuration``). Inner elements that have
a name are told apart by it: ``camunda:inputParameter[patience]``. Ids of inner elements, comments
and white space around text are not told.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree
from lxml.etree import _Element as Element

#: Attributes by which inner elements of one name are told apart; the first one that is there.
_NAMING = ("name", "key", "target", "event", "label")
#: Inner elements that hold others and say nothing themselves.
_HOLDERS = frozenset({"extensionElements", "properties", "inputOutput"})


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How a kind of document is told."""

    #: Prefix by namespace; the elements' own namespace has the prefix "".
    prefixes: Mapping[str, str]
    #: Values that mean the same as none, by attribute.
    defaults: Mapping[str, str] = field(default_factory=dict)
    #: Attributes and elements that are not told, by name.
    silent: frozenset[str] = frozenset()


def facts(node: Element, dialect: Dialect, apart: frozenset[str] = frozenset()) -> dict[str, str]:
    """Return what an element says; inner elements of the names `apart` speak for themselves."""
    found = dict(_attributes(node, dialect))
    if node.text and node.text.strip() and not len(node):
        found["text"] = node.text.strip()
    teller = _Teller(dialect, found)
    for child in node.iterchildren(etree.Element):
        if _called(child, dialect) not in apart | dialect.silent:
            teller.tell(child, "")
    return found


class _Teller:
    """Tells the inner elements of one element."""

    def __init__(self, dialect: Dialect, found: dict[str, str]) -> None:
        self._dialect = dialect
        self._found = found
        self._used = Counter[str]()

    def tell(self, node: Element, path: str) -> None:
        name = _called(node, self._dialect)
        if name.rpartition(":")[2] in _HOLDERS:
            self._inner(node, path)
            return
        naming = next((one for one in _NAMING if node.get(one)), "")
        own = self._free(f"{path}{name}[{node.get(naming)}]" if naming else f"{path}{name}")
        said = [pair for pair in _attributes(node, self._dialect) if pair[0] != naming]
        text = "".join(node.xpath("text()")).strip()
        for key, value in said:
            self._found[own if key == "value" and not text else f"{own}@{key}"] = value
        if text or not (said or len(node)):
            self._found[own] = text
        self._inner(node, f"{own}/")

    def _inner(self, node: Element, path: str) -> None:
        for child in node.iterchildren(etree.Element):
            if _called(child, self._dialect) not in self._dialect.silent:
                self.tell(child, path)

    def _free(self, name: str) -> str:
        """Return a name that is not taken, by a number if need be."""
        self._used[name] += 1
        return name if self._used[name] == 1 else f"{name}#{self._used[name]}"


def _attributes(node: Element, dialect: Dialect) -> Iterator[tuple[str, str]]:
    for key, value in node.attrib.items():
        name = prefixed(str(key), dialect)
        if name not in dialect.silent and dialect.defaults.get(name) != value and name != "id":
            yield name, str(value)


def _called(node: Element, dialect: Dialect) -> str:
    return prefixed(str(node.tag), dialect)


def prefixed(name: str, dialect: Dialect) -> str:
    """Return ``{uri}name`` as ``prefix:name``, whatever prefix the document uses."""
    if not name.startswith("{"):
        return name
    space, _, local = name[1:].partition("}")
    prefix = dialect.prefixes.get(space, space)
    return f"{prefix}:{local}" if prefix else local
