"""XML: hardened reading, stable writing. The only importer of lxml.

What comes from outside is untrusted (reliability: "XML"): at most 5 MB and 100,000 elements, no
DOCTYPE, no entities, no network. Everyone else works on the parsed `Element` and never on bytes.
"""

import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from lxml import etree
from lxml.etree import LxmlError
from lxml.etree import _Element as Element

from engine.errors import XmlRefused
from engine.model.text import text
from engine.xml.stable import stable

__all__ = [
    "MAX_BYTES",
    "MAX_ELEMENTS",
    "Element",
    "LxmlError",
    "Schema",
    "canonical",
    "element",
    "local",
    "namespace",
    "parse",
    "stable",
    "to_bytes",
]

#: Largest document, in bytes.
MAX_BYTES = 5 * 1024 * 1024
#: Most elements in a document.
MAX_ELEMENTS = 100_000


def _parser() -> etree.XMLParser:
    """Return a new parser: they are cheap, and one must not be shared between threads."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_pis=True,
    )


def _refuse_doctype(data: bytes) -> None:
    """Refuse before parsing: the definition of an entity alone may cost memory."""
    found = data.find(b"<!DOCTYPE")
    if found >= 0:
        raise _doctype(data.count(b"\n", 0, found) + 1)


def _doctype(line: int) -> XmlRefused:
    return XmlRefused(text("A document with a DOCTYPE is not accepted; delete that line"), line)


def parse(data: bytes, source: str = "") -> Element:
    """Return the root element of a document from outside.

    `source` is the name that errors mention. Raises `XmlRefused` with the line: too large, not
    well-formed, a DOCTYPE in whatever encoding, too many elements.
    """
    if len(data) > MAX_BYTES:
        raise XmlRefused(
            text(
                "{source} has {size} bytes; at most {limit} are accepted",
                source=source or "XML",
                size=len(data),
                limit=MAX_BYTES,
            )
        )
    _refuse_doctype(data)
    try:
        root = etree.fromstring(data, _parser())
    except (etree.XMLSyntaxError, ValueError) as exc:
        line = getattr(exc, "lineno", 0) or 0
        raise XmlRefused(
            text(
                "{source} is not well-formed XML: {reason}",
                source=source or "XML",
                reason=str(exc).splitlines()[0],
            ),
            line,
        ) from exc
    return _bounded(root, source)


def _bounded(root: Element, source: str) -> Element:
    """Refuse what only the parsed tree shows."""
    tree = root.getroottree()
    if tree.docinfo.internalDTD is not None or tree.docinfo.doctype:
        raise _doctype(1)
    for count, node in enumerate(root.iter(), 1):
        if isinstance(node, etree._Entity):
            raise XmlRefused(text("An entity reference is not accepted"), node.sourceline or 0)
        if count > MAX_ELEMENTS:
            raise XmlRefused(
                text(
                    "{source} has more than {limit} elements",
                    source=source or "XML",
                    limit=MAX_ELEMENTS,
                ),
                node.sourceline or 0,
            )
    return root


def local(node: Element) -> str:
    """Return the tag without its namespace; empty for comments."""
    tag = node.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def namespace(node: Element) -> str:
    """Return the namespace of the tag; empty if it has none, or for comments."""
    tag = node.tag
    return tag[1:].partition("}")[0] if isinstance(tag, str) and tag.startswith("{") else ""


def element(
    tag: str,
    attributes: Mapping[str, str] | None = None,
    *children: "Element | str",
    prefixes: Mapping[str | None, str] | None = None,
) -> Element:
    """Build an element: ``element("{urn:x}a", {"id": "1"}, "text", element("b"))``.

    Attributes are written in the given order. Strings among the children are text at that place.
    Raises `XmlRefused` if text holds characters that XML cannot carry.
    """
    try:
        node = etree.Element(
            tag, dict(attributes or {}), nsmap=dict(prefixes) if prefixes else None
        )
        for child in children:
            if isinstance(child, str):
                _add_text(node, child)
            else:
                node.append(child)
    except (ValueError, TypeError) as exc:
        raise XmlRefused(
            text("{tag} cannot be written as XML: {reason}", tag=tag, reason=exc)
        ) from exc
    return node


def _add_text(node: Element, piece: str) -> None:
    if len(node):
        node[-1].tail = (node[-1].tail or "") + piece
    else:
        node.text = (node.text or "") + piece


def to_bytes(node: Element, *, pretty: bool = False) -> bytes:
    """Write UTF-8 with a declaration; the same element always gives the same bytes."""
    written: bytes = etree.tostring(
        node, xml_declaration=True, encoding="UTF-8", pretty_print=pretty, with_tail=False
    )
    return written


def canonical(node: Element, *, exclusive: bool = True, comments: bool = False) -> bytes:
    """Return Canonical XML, without comments unless told (exc-c14n 1.0, or c14n 1.0)."""
    written: bytes = etree.tostring(
        node, method="c14n", exclusive=exclusive, with_comments=comments, with_tail=False
    )
    return written


class Schema:
    """An XSD from the local disk."""

    def __init__(self, path: Path) -> None:
        """Read a schema and what it imports next to it; meant to be kept (it costs 50 ms)."""
        parser = etree.XMLParser(no_network=True, resolve_entities=False)
        root = etree.fromstring(path.read_bytes(), parser, base_url=path.as_uri())
        self._schema = etree.XMLSchema(root)
        self._lock = threading.Lock()

    @classmethod
    @cache
    def at(cls, path: Path) -> "Schema":
        """Return the schema at a path, read once per process."""
        return cls(path)

    def violations(self, root: Element) -> list[tuple[int, str]]:
        """Return ``(line, message)`` for everything in the document that breaks the schema."""
        with self._lock:  # the error log belongs to the schema, not to the call
            if self._schema.validate(root):
                return []
            return [(entry.line, entry.message) for entry in self._schema.error_log]
