"""Files of every kind: what differs between two of them, and the form in which they are kept."""

from collections.abc import Callable

from engine.bpmn import difference as diagram_difference
from engine.bpmn import writing as diagrams
from engine.dmn import difference as table_difference
from engine.dmn import writing as tables
from engine.errors import NotFound
from engine.forms import difference as form_difference
from engine.forms import writing as forms
from engine.model.differences import Difference
from engine.model.text import text

#: Endings of forms.
FORMS = (".json", ".form")
#: Stand for a file that a version does not have.
NO_DIAGRAM = b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>'
NO_TABLE = b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"/>'
_Compare = Callable[[bytes, bytes], Difference]


def normal(name: str, content: bytes, like: bytes = b"") -> bytes:
    """Return a file in its stable form: one changed attribute is one changed line.

    `like` is the version before, if there is one: what editors moved to the end of a diagram goes
    back to its place. Files of other kinds are returned as they are. Writing twice changes
    nothing more. Raises `XmlRefused` or `ValueRefused` for what cannot be read.
    """
    if name.endswith(".bpmn"):
        return diagrams.normal(content, like)
    if name.endswith(".dmn"):
        return tables.normal(content)
    return forms.normal(content) if name.endswith(FORMS) else content


def comparable(name: str) -> bool:
    """Tell whether a file is a diagram, a table or a form."""
    return name.endswith((".bpmn", ".dmn", *FORMS))


def kind_of(name: str) -> str:
    """Return ``diagram``, ``table`` or ``form``; `NotFound` for any other file."""
    endings = {".bpmn": "diagram", ".dmn": "table"} | dict.fromkeys(FORMS, "form")
    found = next((kind for ending, kind in endings.items() if name.endswith(ending)), "")
    if not found:
        raise NotFound(text("{name} is neither a diagram, nor a table, nor a form", name=name))
    return found


def difference(name: str, old: bytes | None, new: bytes | None) -> Difference:
    """Return what differs; None stands for no such file.

    Raises `XmlRefused` or `ValueRefused` for what cannot be read, `NotFound` for a file of
    another kind.
    """
    compare, nothing = _BY_KIND[kind_of(name)]
    return compare(nothing if old is None else old, nothing if new is None else new)


_BY_KIND: dict[str, tuple[_Compare, bytes]] = {
    "diagram": (diagram_difference.compare, NO_DIAGRAM),
    "table": (table_difference.compare, NO_TABLE),
    "form": (form_difference.compare, b"{}"),
}
