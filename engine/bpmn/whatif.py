"""What would be wrong if a variable had a value of another type than it has by the diagram.

The check of a deployment (`engine.bpmn.usage`) is done a second time, as if the variable were of
that type wherever it is read ahead of where a case stands; what it then finds and did not find
before is what the value would break.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from engine.bpmn.dataflow import Analysis
from engine.bpmn.diagram import Node
from engine.bpmn.findings import Findings
from engine.bpmn.formulas import Formula
from engine.bpmn.shapes import Known
from engine.bpmn.states import State, Variable
from engine.bpmn.together import Together
from engine.bpmn.usage import Uses, feeds
from engine.feel.types import Type, bare
from engine.model.text import Text, text


@dataclass(frozen=True, kw_only=True)
class Misfit:
    """Where a value would not fit."""

    #: Element that needs the variable, or that sets it as something else.
    element: str
    #: Why, naming both types.
    message: Text


class _AsIf(Uses):
    """Looks as if a variable were of another type."""

    def __init__(
        self, analysis: Analysis, known: Known, findings: Findings, name: str, kind: Type
    ) -> None:
        super().__init__(analysis, known, findings)
        self._name, self._kind = name, kind

    def _changed(self, state: State) -> State:
        one = state.get(self._name, Variable())
        return {**state, self._name: replace(one, type=self._kind, sure=True)}

    def _look(self, node: Node, formula: Formula, state: State, what: str) -> None:
        super()._look(node, formula, self._changed(state), what)

    def _decision(self, node: Node, state: State) -> None:
        super()._decision(node, self._changed(state))


def misfits(
    together: Together, process: str, name: str, kind: Type, among: Collection[str]
) -> tuple[Misfit, ...]:
    """Return where a value of a type would not fit, at the elements `among`, in their order.

    Of a process that cannot be followed nothing is told.
    """
    analysis = together.analysis(process)
    if analysis is None or not analysis.settled:
        return ()
    before, after = Findings(""), Findings("")
    Uses(analysis, together.known, before).check()
    _AsIf(analysis, together.known, after, name, kind).check()
    known = {(one.element, str(one.message)) for one in before.problems}
    found = [
        Misfit(element=one.element, message=one.message)
        for one in after.problems
        if one.element in among and (one.element, str(one.message)) not in known
    ]
    return (*found, *_declared(analysis, name, kind, among))


def _declared(
    analysis: Analysis, name: str, kind: Type, among: Collection[str]
) -> Iterator[Misfit]:
    """Yield the first element before which the variable is known to be of another type."""
    for place in analysis.ways.order:
        one = analysis.arrived.get(place, {}).get(name)
        if place in among and one is not None and not feeds(kind, one.type):
            source = min(one.sources, default=place)
            said = text(
                "{name} is set as {wanted} by {element}, not as {found}",
                name=name,
                element=source,
                wanted=bare(one.type),
                found=bare(kind),
            )
            yield Misfit(element=source, message=said)
            return


def needs(together: Together, process: str, element: str, there: Collection[str]) -> frozenset[str]:
    """Return the variables that an element must have and that are not there.

    Local ones count as there: its own inputs, and those of the activities around it, are mapped.
    """
    analysis = together.analysis(process)
    found: set[str] = set()

    def read(node: Node, formula: Formula, state: State, what: str) -> None:
        if node.id != element:
            return
        local = {name for name, one in state.items() if one.local}
        found.update(formula.needs - local)

    if analysis is not None:
        analysis.read(read)
    return frozenset(found.difference(there))


def ahead_of(together: Together, process: str, standing: Collection[str]) -> frozenset[str]:
    """Return the elements that a case may still come to, those where it stands included."""
    analysis = together.analysis(process)
    if analysis is None:
        return frozenset()
    after: dict[str, set[str]] = {}
    for place, sides in analysis.ways.before.items():
        for source, _ in sides:
            after.setdefault(source, set()).add(place)
    seen: set[str] = set()
    stack = [place for one in standing for place in (one, f"{one}/")]
    while stack:
        place = stack.pop()
        if place not in seen:
            seen.add(place)
            stack += after.get(place, ())
    return frozenset(place.removesuffix("/") for place in seen)
