"""What is wrong with how variables are used: not set, perhaps not set, of another type."""

from collections.abc import Iterator

from engine.bpmn.dataflow import Analysis
from engine.bpmn.diagram import Node
from engine.bpmn.findings import Findings
from engine.bpmn.formulas import Formula
from engine.bpmn.shapes import HandlerShape, Known
from engine.bpmn.states import State, Variable, types
from engine.feel import types as t
from engine.model.problems import Severity
from engine.model.text import Text, text

#: Elements named in the sentence about a way; the trace has all of them.
NAMED = 4
#: Types between which a handler's input makes no difference: it reads ISO texts as dates.
READ_AS_DATE = frozenset({"string", "date", "date and time"})


class Uses:
    """Looks at every expression of a process that was followed."""

    def __init__(self, analysis: Analysis, known: Known, findings: Findings) -> None:
        """Look at one process."""
        self.analysis = analysis
        self.known = known
        self.findings = findings
        self._told: set[tuple[str, str]] = set()

    def check(self) -> None:
        """Note everything; only that, if the process was too large to be followed to the end."""
        if not self.analysis.settled:
            self._unsettled()
            return
        self.analysis.read(self._look)
        for name, node in self.analysis.ways.nodes.items():
            if name in self.analysis.inside:
                self._decision(node, self.analysis.inside[name])
                self._form(node)

    def _unsettled(self) -> None:
        first = next(iter(self.analysis.ways.nodes.values()))
        said = text(
            "The process is too large for its variables to be followed: whether they are set, and "
            "their types, was not checked"
        )
        self._say(first, "bpmn.not-followed", said, Severity.WARNING)

    def _look(self, node: Node, formula: Formula, state: State, what: str) -> None:
        for name in sorted(formula.needs):
            self._needed(node, name, state.get(name))
        self._mistakes(node, formula, state)
        if what:
            self._input(node, formula, state, what)
        if node.multi is not None and formula is node.multi.collection:
            self._collection(node, formula, state)
        if any(flow.condition is formula for flow in node.outgoing):
            self._condition(node, formula, state)

    # --- set or not ---------------------------------------------------------------------------

    def _needed(self, node: Node, name: str, one: Variable | None) -> None:
        if (one is not None and one.sure) or (node.id, name) in self._told:
            return
        self._told.add((node.id, name))
        if one is not None or name in self.analysis.names:
            self._perhaps(node, name)
        elif self.analysis.open:
            if ("", name) in self._told:
                return  # once is enough: one declaration mends them all
            self._told.add(("", name))
            said = text(
                "{element} reads {name}, which nothing in the process sets; if a case begins with "
                "it, declare it at the process: property starts-with, {name}: string",
                element=node.id,
                name=name,
            )
            self._say(node, "bpmn.undeclared", said, Severity.WARNING)
        else:
            said = text(
                "{element} reads {name}, which nothing sets before; correct the name, map the "
                "variable, or declare it with the property starts-with of the process",
                element=node.id,
                name=name,
            )
            self._say(node, "bpmn.unset", said)

    def _perhaps(self, node: Node, name: str) -> None:
        way = self.analysis.way_without(node.id, name)
        said = text(
            "{name} may not be set yet when {element} reads it: nothing sets it on the way {way}",
            name=name,
            element=node.id,
            way=_shortened(way) or node.id,
        )
        self._say(node, "bpmn.maybe-unset", said, Severity.WARNING, way)

    # --- types --------------------------------------------------------------------------------

    def _mistakes(self, node: Node, formula: Formula, state: State) -> None:
        before = {(one.line, one.column) for one in formula.mistakes(self.known.functions)}
        for found in formula.mistakes(self.known.functions, types(state)):
            if (found.line, found.column) not in before:
                said = text(
                    "{found} (line {line}, column {column} of “{source}”)",
                    found=found.message,
                    line=found.line,
                    column=found.column,
                    source=formula.source,
                )
                self._say(node, "bpmn.type", said)

    def _input(self, node: Node, formula: Formula, state: State, name: str) -> None:
        topic = node.topic.constant if node.topic else None
        shape = self.known.topics.get(topic or "")
        if topic is None or shape is None:
            return
        written = formula.constant
        if written is not None:
            refused = shape.refuses(name, written)
            if refused is not None:
                self._say(node, "bpmn.input-value", refused)
            return
        found = self.analysis.effects.kind(formula, state)
        wanted = shape.takes.get(name, t.ANY)
        if not feeds(found, wanted):
            said = self._other_type(topic, shape, name, found, formula, state)
            self._say(node, "bpmn.input-type", said)

    def _other_type(
        self,
        topic: str,
        shape: HandlerShape,
        name: str,
        found: t.Type,
        formula: Formula,
        state: State,
    ) -> Text:
        wanted = shape.takes[name]
        for field, form in self._fields(formula, state):
            return text(
                "The field {field} of the form {form} gives {found}, and the handler of {topic} "
                "takes {name} as {wanted}; change one of them",
                field=field,
                form=form,
                found=t.bare(found),
                topic=topic,
                name=name,
                wanted=t.bare(wanted),
            )
        return text(
            "The handler of {topic} takes {name} as {wanted}, and is given {found}",
            topic=topic,
            name=name,
            wanted=t.bare(wanted),
            found=t.bare(found),
        )

    def _fields(self, formula: Formula, state: State) -> Iterator[tuple[str, str]]:
        """Yield field and form of the variables that a person filled in."""
        for name in sorted(formula.names):
            one = state.get(name)
            for source in sorted(one.sources if one else ()):
                node = self.analysis.ways.nodes.get(source)
                duty = node.assignment if node else None
                form = duty.form.constant if duty and duty.form else None
                shape = self.known.form_shapes.get(form or "")
                if form is not None and shape is not None and name in shape.fields:
                    yield name, form

    def _collection(self, node: Node, formula: Formula, state: State) -> None:
        found = t.bare(self.analysis.effects.kind(formula, state))
        if found.name not in ("list", "Any", "Null"):
            said = text(
                "{element} repeats for each item of {source}, which is no list but {found}",
                element=node.id,
                source=formula.source,
                found=found,
            )
            self._say(node, "bpmn.collection-type", said)

    def _condition(self, node: Node, formula: Formula, state: State) -> None:
        found = t.bare(self.analysis.effects.kind(formula, state))
        if found.name not in ("boolean", "Any", "Null"):
            said = text(
                "The condition “{source}” after {element} gives {found}, and only true lets a case "
                "through; compare it with something",
                source=formula.source,
                element=node.id,
                found=found,
            )
            self._say(node, "bpmn.condition-type", said)

    def _decision(self, node: Node, state: State) -> None:
        ref = node.decision.ref.constant if node.decision else None
        shape = self.known.decision_shapes.get(ref or "")
        if ref is None or shape is None:
            return
        for name, wanted in shape.takes.items():
            self._needed(node, name, state.get(name))
            found = state[name].type if name in state else t.ANY
            if not feeds(found, wanted):
                said = text(
                    "The decision {ref} takes {name} as {wanted}, and is given {found}",
                    ref=ref,
                    name=name,
                    wanted=t.bare(wanted),
                    found=t.bare(found),
                )
                self._say(node, "bpmn.decision-type", said)

    def _form(self, node: Node) -> None:
        """Note what a form's conditions read although it is neither its field nor a variable."""
        key = node.assignment.form.constant if node.assignment and node.assignment.form else None
        shape = self.known.form_shapes.get(key or "")
        if shape is None or self.analysis.open:
            return
        for name in sorted(set(shape.reads) - self.analysis.names):
            said = text(
                "A condition of the form {form} reads {name}, which is neither a field of it nor "
                "a variable that anything sets before {element}",
                form=key,
                name=name,
                element=node.id,
            )
            self._say(node, "bpmn.form-condition", said, Severity.WARNING)

    def _say(
        self,
        node: Node,
        code: str,
        said: Text,
        severity: Severity = Severity.ERROR,
        trace: tuple[str, ...] = (),
    ) -> None:
        self.findings.at(node.line, node.id, code, said, severity, trace)


def _shortened(way: tuple[str, ...]) -> str:
    last = way[-NAMED:]
    return " → ".join(["…", *last] if len(way) > NAMED else last)


def feeds(found: t.Type, wanted: t.Type) -> bool:
    """Tell whether values of a type can be an input of another; what is not known can.

    A handler's model reads ISO texts as dates, as decision tables do, and counts no text as a
    number: it might be any text.
    """
    a, b = t.bare(found), t.bare(wanted)
    if a.name in ("Any", "Null") or b.name in ("Any", "Null"):
        return True
    if isinstance(a, t.ListType) and isinstance(b, t.ListType):
        return feeds(a.item, b.item)
    if isinstance(a, t.ContextType) and isinstance(b, t.ContextType):
        return all(feeds(a.fields[key], b.fields[key]) for key in a.fields.keys() & b.fields.keys())
    return a.name == b.name or ({a.name, b.name} <= READ_AS_DATE and b.name != "string")
