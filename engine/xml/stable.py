"""Writing a document so that a line-by-line difference shows what changed, and nothing else.

One element is one line (its attributes in a fixed order), its children stand below it, two spaces
further in. Text is kept to the letter; so is everything in an element that mixes text and elements.
Comments stay where they are. Namespaces that nothing uses are not declared: the editors drop them
too. The same document always gives the same bytes, whoever wrote it.
"""

import re
from collections.abc import Iterator, Sequence

from lxml import etree
from lxml.etree import _Element as Element

#: Prefixes whose declarations come first; the others follow by name.
_PREFIXES = (
    "",
    "bpmn",
    "bpmn2",
    "semantic",
    "bpmndi",
    "dmn",
    "dmndi",
    "dc",
    "di",
    "xsi",
    "camunda",
)
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_PREFIX = re.compile(r"([A-Za-z_][\w.-]*):")
_INDENT = "  "
_IN_TEXT = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_IN_VALUE = _IN_TEXT | {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"}


def stable(root: Element, first: Sequence[str] = ()) -> bytes:
    """Return the document as UTF-8; `first` are the attributes that come first, as written.

    Comments before and after the root are kept; the other attributes follow by name, those with a
    prefix last.
    """
    return "".join(line + "\n" for line in _Writer(first).document(root)).encode()


class _Writer:
    """Writes one document."""

    def __init__(self, first: Sequence[str]) -> None:
        self._rank = {name: place for place, name in enumerate(first)}
        self._used = frozenset[str]()

    def document(self, root: Element) -> Iterator[str]:
        yield '<?xml version="1.0" encoding="UTF-8"?>'
        self._used = _used(root)
        before = list(root.itersiblings(preceding=True))
        for node in [*reversed(before), root, *root.itersiblings()]:
            yield from self._lines(node, 0)

    def _lines(self, node: Element, depth: int) -> Iterator[str]:
        """Write a node, each of its children on lines of their own."""
        pad = _INDENT * depth
        if not _spreads(node):
            yield pad + self._flat(node)
            return
        yield f"{pad}<{self._head(node)}>"
        for child in node:
            yield from self._lines(child, depth + 1)
        yield f"{pad}</{_tag(node)}>"

    def _flat(self, node: Element) -> str:
        """Write a node with every white space it has."""
        if not isinstance(node.tag, str):
            return f"<!--{node.text or ''}-->"
        inner = [] if _empty(node) else [_escaped(node.text, _IN_TEXT)]
        inner += [self._flat(child) + _escaped(child.tail, _IN_TEXT) for child in node]
        if not any(inner):
            return f"<{self._head(node)}/>"
        return f"<{self._head(node)}>{''.join(inner)}</{_tag(node)}>"

    def _head(self, node: Element) -> str:
        named = [(_name(node, str(key)), str(value)) for key, value in node.attrib.items()]
        named.sort(key=lambda pair: (*self._place(pair[0]), pair[0]))
        spaces = [
            (f"xmlns:{prefix}" if prefix else "xmlns", uri)
            for prefix, uri in _declared(node).items()
            if prefix in self._used
        ]
        pairs = [*spaces, *named]
        return _tag(node) + "".join(
            f' {key}="{_escaped(value, _IN_VALUE)}"' for key, value in pairs
        )

    def _place(self, name: str) -> tuple[int, bool]:
        return self._rank.get(name, len(self._rank)), ":" in name


def _spreads(node: Element) -> bool:
    """Tell whether a node holds nothing but other nodes: white space between them means nothing."""
    if not len(node) or node.get(_SPACE) == "preserve":
        return False
    return not any(piece and piece.strip() for piece in [node.text, *(c.tail for c in node)])


def _empty(node: Element) -> bool:
    """Tell whether a node without children holds nothing but the break of a line."""
    text = node.text or ""
    kept = len(node) or node.get(_SPACE) == "preserve" or text.strip() or "\n" not in text
    return not kept


def _escaped(text: str | None, signs: dict[str, str]) -> str:
    return re.sub(r'[&<>\r"\n\t]', lambda found: signs.get(found[0], found[0]), text or "")


def _tag(node: Element) -> str:
    name = etree.QName(node).localname
    return f"{node.prefix}:{name}" if node.prefix else str(name)


def _name(node: Element, key: str) -> str:
    """Return an attribute's name with the prefix it has here."""
    if not key.startswith("{"):
        return key
    space, _, name = key[1:].partition("}")
    if space == "http://www.w3.org/XML/1998/namespace":
        return f"xml:{name}"
    fitting = sorted(prefix for prefix, uri in node.nsmap.items() if prefix and uri == space)
    return f"{fitting[0]}:{name}"


def _used(root: Element) -> frozenset[str]:
    """Return the prefixes that anything in the document may mean, also within values and text."""
    found: set[str] = set()
    for node in root.iter(etree.Element):
        found.add(node.prefix or "")
        for said in [node.text, node.tail, *node.attrib.values()]:
            found.update(_PREFIX.findall(str(said or "")))
        found.update(
            _name(node, str(key)).partition(":")[0] for key in node.attrib if key[0] == "{"
        )
    return frozenset(found)


def _declared(node: Element) -> dict[str, str]:
    """Return the namespaces that are declared at this node, by prefix, in order."""
    above = node.getparent()
    known = {} if above is None else above.nsmap
    new = {
        prefix or "": uri or "" for prefix, uri in node.nsmap.items() if known.get(prefix) != uri
    }
    if None in known and "" not in new and node.prefix is None and not etree.QName(node).namespace:
        new[""] = ""
    rank = {prefix: f"{place:02}" for place, prefix in enumerate(_PREFIXES)}
    return {prefix: new[prefix] for prefix in sorted(new, key=lambda one: rank.get(one, one))}
