"""What a plan and a conclusion say, each as one canonical document: what the head signs (B-08).

The document carries number, version and the SHA-256 of its content, so that a signature over it
names what was signed.
"""

import hashlib
from collections.abc import Mapping, Sequence

from engine.xml import Element, canonical, element, to_bytes

PLAN, CONCLUSION = "urn:zholdama:support:plan", "urn:zholdama:support:conclusion"
#: Fields of a measure in the order of the document.
MEASURE = ("number", "whom", "body", "service", "title", "expected", "term", "act")
Values = Mapping[str, object]


def _said(value: object) -> str:
    return "" if value is None else str(value)


def _part(space: str, tag: str, values: Values, names: Sequence[str]) -> Element:
    children = [
        element(f"{{{space}}}{name}", None, said)
        for name in names
        if (said := _said(values.get(name)))
    ]
    return element(f"{{{space}}}{tag}", None, *children)


def _texts(space: str, tag: str, found: object) -> list[Element]:
    rows = found if isinstance(found, list) else []
    return [element(f"{{{space}}}{tag}", None, _said(one)) for one in rows]


def measures(content: Values) -> list[Values]:
    """Return the measures that a version names."""
    found = content.get("measures")
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _plan(content: Values) -> Element:
    return element(
        f"{{{PLAN}}}content",
        None,
        _part(PLAN, "statement", content, ("centre", "cause", "reason")),
        *_texts(PLAN, "aim", content.get("aims")),
        *(_part(PLAN, "measure", one, MEASURE) for one in measures(content)),
        prefixes={None: PLAN},
    )


def digest(content: Values) -> str:
    """Return the SHA-256 of what a plan says, hexadecimal."""
    return hashlib.sha256(canonical(_plan(content))).hexdigest()


def document(number: str, version: int, content: Values) -> bytes:
    """Return the document of a plan's version, as it is signed (UTF-8)."""
    return _document(PLAN, "plan", number, version, _plan(content))


def _document(space: str, tag: str, number: str, version: int, content: Element) -> bytes:
    sha256 = hashlib.sha256(canonical(content)).hexdigest()
    root = element(
        f"{{{space}}}{tag}",
        {"number": number, "version": str(version), "sha256": sha256},
        content,
        prefixes={None: space},
    )
    return to_bytes(root)


def points(content: Values, key: str) -> list[str]:
    """Return the texts of a conclusion's list: ``shortcomings`` or ``proposals``."""
    found = content.get(key)
    rows = [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
    return [_said(one.get("said")) for one in rows]


def conclusion(number: str, version: int, quarter: str, content: Values) -> bytes:
    """Return the document of a conclusion, as it is signed (S-14)."""
    return _document(CONCLUSION, "conclusion", number, version, _conclusion(quarter, content))


def conclusion_digest(quarter: str, content: Values) -> str:
    """Return the SHA-256 of what a conclusion says, hexadecimal: it stands in its document."""
    return hashlib.sha256(canonical(_conclusion(quarter, content))).hexdigest()


def _conclusion(quarter: str, content: Values) -> Element:
    said = {**content, "quarter": quarter}
    return element(
        f"{{{CONCLUSION}}}content",
        None,
        _part(CONCLUSION, "statement", said, ("quarter", "effect", "findings")),
        *_texts(CONCLUSION, "shortcoming", points(content, "shortcomings")),
        *_texts(CONCLUSION, "proposal", points(content, "proposals")),
        prefixes={None: CONCLUSION},
    )
