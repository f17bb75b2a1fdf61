"""What a check finds, collected while a diagram is read."""

from collections.abc import Iterator

from engine.bpmn.formulas import Formula, formula
from engine.errors import ExpressionError
from engine.model.problems import Mend, Problem, Severity
from engine.model.text import Text, text
from engine.xml import Element

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
OPERATON = "http://operaton.org/schema/1.0/bpmn"
XSI = "http://www.w3.org/2001/XMLSchema-instance"


def bpmn(name: str) -> str:
    """Return the full tag of a BPMN element."""
    return f"{{{BPMN}}}{name}"


def children(node: Element, name: str) -> list[Element]:
    """Return the direct BPMN children of that name."""
    found: list[Element] = node.findall(bpmn(name))
    return found


def child(node: Element, name: str) -> Element | None:
    """Return the first direct BPMN child of that name."""
    return node.find(bpmn(name))


def camunda(node: Element, name: str) -> str:
    """Return a ``camunda:`` (or ``operaton:``) attribute, stripped; empty if it is not there."""
    found = node.get(f"{{{CAMUNDA}}}{name}") or node.get(f"{{{OPERATON}}}{name}") or ""
    return str(found).strip()


def extensions(node: Element, name: str) -> Iterator[Element]:
    """Walk the ``camunda:`` extension elements of that name."""
    holder = child(node, "extensionElements")
    if holder is not None:
        for found in holder:
            if found.tag in (f"{{{CAMUNDA}}}{name}", f"{{{OPERATON}}}{name}"):
                yield found


def camunda_children(node: Element, name: str) -> Iterator[Element]:
    """Walk the ``camunda:`` children of an extension element."""
    for found in node:
        if found.tag in (f"{{{CAMUNDA}}}{name}", f"{{{OPERATON}}}{name}"):
            yield found


def content(node: Element | None) -> str:
    """Return the text directly in an element, stripped, whatever comments stand in it."""
    return "" if node is None else "".join(node.xpath("text()")).strip()


class Findings:
    """Collects problems of one file."""

    def __init__(self, file: str) -> None:
        """Start without any."""
        self.file = file
        self.problems: list[Problem] = []

    def error(
        self, node: Element | None, code: str, message: Text, trace: tuple[str, ...] = ()
    ) -> None:
        """Note what stops a deployment; `trace` are the elements that lead to it."""
        self._add(node, code, message, Severity.ERROR, trace)

    def warn(
        self, node: Element | None, code: str, message: Text, mends: tuple[Mend, ...] = ()
    ) -> None:
        """Note what is merely not executed."""
        self._add(node, code, message, Severity.WARNING, mends=mends)

    def at(
        self,
        line: int,
        element: str,
        code: str,
        message: Text,
        severity: Severity = Severity.ERROR,
        trace: tuple[str, ...] = (),
    ) -> None:
        """Note what is wrong at an element that was read, where its XML is not at hand."""
        self.problems.append(
            Problem(
                file=self.file,
                line=line,
                element=element,
                code=code,
                message=message,
                severity=severity,
                trace=trace,
            )
        )

    def _add(
        self,
        node: Element | None,
        code: str,
        message: Text,
        severity: Severity,
        trace: tuple[str, ...] = (),
        mends: tuple[Mend, ...] = (),
    ) -> None:
        self.problems.append(
            Problem(
                file=self.file,
                line=0 if node is None else int(node.sourceline or 0),
                element=_nearest_id(node),
                code=code,
                message=message,
                severity=severity,
                trace=trace,
                mends=mends,
            )
        )

    def formula(
        self, node: Element, source: str, *, bare: str = "text", language: str = ""
    ) -> Formula | None:
        """Compile an expression; what is wrong with it becomes an error at the element."""
        if not source.strip():
            return None
        try:
            return formula(source, bare=bare, language=language)
        except ExpressionError as exc:
            self.error(
                node,
                "bpmn.expression",
                text(
                    "The expression of {element} is wrong: {reason}",
                    element=_nearest_id(node),
                    reason=exc.text,
                ),
            )
            return None


def _nearest_id(node: Element | None) -> str:
    while node is not None:
        found = node.get("id")
        if found:
            return str(found)
        node = node.getparent()
    return ""
