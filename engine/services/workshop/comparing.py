"""Two versions of a file: what differs between them, and the form in which files are kept."""

from engine.bpmn import writing as diagrams
from engine.dmn import writing as tables
from engine.forms import writing as forms

#: Endings of forms.
FORMS = (".json", ".form")


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
