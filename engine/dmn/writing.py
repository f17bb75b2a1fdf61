"""A decision model as it is kept: written so that a difference shows what changed.

Decisions, rules and cells stay in their order (that of rules may mean something); the drawing
follows the elements: shapes, then edges.
"""

from engine.xml import Element, local, parse, stable

#: Attributes that come first, in this order.
FIRST = (
    "id",
    "label",
    "name",
    "kind",
    "hitPolicy",
    "aggregation",
    "typeRef",
    "href",
    "namespace",
    "dmnElementRef",
    "x",
    "y",
    "width",
    "height",
)
_DRAWN = {"DMNShape": 1, "DMNEdge": 2}


def normal(content: bytes) -> bytes:
    """Return the model in its stable form: it means the same and has the same comments.

    Raises `XmlRefused` with the line.
    """
    root = parse(content)
    for table in list(root.iter("{*}decisionTable")):
        # The editor leaves out what goes without saying; people look for it.
        if table.get("hitPolicy") is None:
            table.set("hitPolicy", "UNIQUE")
    places = {str(node.get("id")): place for place, node in enumerate(root.iter()) if local(node)}
    for diagram in list(root.iter("{*}DMNDiagram")):
        _arrange(diagram, places)
    return stable(root, FIRST)


def _arrange(diagram: Element, places: dict[str, int]) -> None:
    """Sort the shapes and edges of a drawing; what else stands in it keeps its place before."""

    def rank(node: Element) -> tuple[int, int]:
        ref = str(node.get("dmnElementRef"))
        group = _DRAWN.get(local(node), 0)
        return group, places.get(ref, len(places)) if group else 0

    for node in sorted(diagram, key=rank):
        diagram.append(node)
