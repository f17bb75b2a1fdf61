"""What diagrams refer to outside themselves: handlers, forms, decisions, processes, functions."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass

from engine.bpmn.diagram import Node, Scope
from engine.bpmn.findings import Findings
from engine.bpmn.formulas import Formula
from engine.feel.builtins import BUILT_IN
from engine.model.text import Text, text
from engine.xml import Element


@dataclass(frozen=True, kw_only=True)
class HandlerShape:
    """Inputs and outputs of a handler."""

    #: Inputs it cannot do without.
    required: Collection[str] = ()
    #: Inputs it may be given.
    optional: Collection[str] = ()
    #: What it returns.
    outputs: Collection[str] = ()


@dataclass(frozen=True, kw_only=True)
class Known:
    """What diagrams may refer to."""

    #: Shapes of handlers by external topic.
    topics: Mapping[str, HandlerShape] = field(default_factory=dict)
    #: Form keys.
    forms: Collection[str] = ()
    #: Decision keys.
    decisions: Collection[str] = ()
    #: Keys of processes that may be called.
    processes: Collection[str] = ()
    #: Names of functions besides the language's own.
    functions: Collection[str] = ()


def check_references(
    scope: Scope, drawn: Mapping[str, Element], findings: Findings, known: Known
) -> None:
    """Note every reference to what does not exist, at its element."""
    for node in scope.nodes.values():
        for code, message in _wrong(node, known):
            findings.error(drawn[node.id], code, message)
        if node.inside is not None:
            check_references(node.inside, drawn, findings, known)


def _wrong(node: Node, known: Known) -> Iterator[tuple[str, Text]]:
    topic = node.topic.constant if node.topic else None
    if topic is not None:
        yield from _topic(node, topic, known)
    form = node.assignment.form.constant if node.assignment and node.assignment.form else None
    if form is not None and form not in known.forms:
        yield "bpmn.unknown-form", text("There is no form {form}; add forms/{form}.json", form=form)
    ref = node.decision.ref.constant if node.decision else None
    if ref is not None and ref not in known.decisions:
        yield (
            "bpmn.unknown-decision",
            text("There is no decision {ref}; add a DMN file that has it", ref=ref),
        )
    called = node.called.key.constant if node.called else None
    if called is not None and called not in known.processes:
        yield (
            "bpmn.unknown-process",
            text("There is no process {called}; add a BPMN file that has it", called=called),
        )
    for name in sorted(_calls(node) - set(known.functions) - BUILT_IN.keys()):
        yield (
            "bpmn.unknown-function",
            text(
                "There is no function {name}; known are {known}",
                name=name,
                known=", ".join(sorted(known.functions)) or "FEEL's",
            ),
        )
    yield from _mistakes(node, known)


def _mistakes(node: Node, known: Known) -> Iterator[tuple[str, Text]]:
    """Yield what no value of any variable could make right in the node's expressions."""
    for formula in formulas(node):
        for found in formula.mistakes(known.functions):
            message = text(
                "{found} (line {line}, column {column} of “{source}”)",
                found=found.message,
                line=found.line,
                column=found.column,
                source=formula.source,
            )
            yield "bpmn.wrong-expression", message


def _topic(node: Node, topic: str, known: Known) -> Iterator[tuple[str, Text]]:
    shape = known.topics.get(topic)
    if shape is None:
        yield (
            "bpmn.unknown-topic",
            text("No handler is registered for the topic {topic}", topic=topic),
        )
        return
    given = {name for name, _ in node.inputs}
    for name in sorted(set(shape.required) - given):
        yield (
            "bpmn.missing-input",
            text(
                "The handler of {topic} needs the input {name}; add an inputParameter",
                topic=topic,
                name=name,
            ),
        )
    for name in sorted(given - set(shape.required) - set(shape.optional)):
        yield (
            "bpmn.unknown-input",
            text("The handler of {topic} takes no input {name}; delete it", topic=topic, name=name),
        )


def _calls(node: Node) -> set[str]:
    return {name for formula in formulas(node) for name in formula.calls}


def formulas(part: object) -> Iterator[Formula]:
    """Walk all expressions of a node and its flows, not those inside a subprocess."""
    if isinstance(part, Formula):
        yield part
    elif isinstance(part, tuple):
        for item in part:
            yield from formulas(item)
    elif is_dataclass(part) and not isinstance(part, Scope | type):
        for own in fields(part):
            if own.name != "incoming":
                yield from formulas(getattr(part, own.name))
