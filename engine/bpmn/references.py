"""What diagrams refer to outside themselves: handlers, forms, decisions, processes, functions."""

from collections.abc import Collection, Iterator
from dataclasses import fields, is_dataclass

from engine.bpmn.diagram import Node, Scope
from engine.bpmn.findings import Findings
from engine.bpmn.formulas import Formula
from engine.bpmn.shapes import Known, read_declared
from engine.bpmn.telling import check_words
from engine.bpmn.together import STARTS_WITH, THROWS, Drawn, Together, every
from engine.bpmn.usage import Uses
from engine.errors import ExpressionError
from engine.feel.builtins import BUILT_IN
from engine.model.problems import Severity
from engine.model.text import Text, text


def check_references(one: Drawn, findings: Findings, together: Together) -> None:
    """Note every reference to what does not exist, and every use of a variable that is not set."""
    known = together.known
    for node in every(one.scope):
        for code, message in _wrong(node, known):
            findings.at(node.line, node.id, code, message)
        for message in _roles(node, known):
            findings.at(node.line, node.id, "bpmn.unknown-role", message, Severity.WARNING)
        _messages(node, findings, together)
    _declarations(one, findings)
    check_words(one, findings)
    _templates(one, findings, known)
    analysis = together.analysis(one.process.key) if one.whole else None
    if analysis is not None and together.drawn[one.process.key] is one:
        Uses(analysis, known, findings).check()
        if analysis.settled and not analysis.open:
            _searched(one, findings, analysis.names)


def _searched(one: Drawn, findings: Findings, names: Collection[str]) -> None:
    """Warn of variables that can be searched (property ``search``) and that nothing sets."""
    said = (part.strip() for part in one.process.properties.get("search", "").split(","))
    for name in dict.fromkeys(part for part in said if part and part not in names):
        lost = text(
            "{process} says that {name} can be searched, but nothing in it sets {name}",
            process=one.process.key,
            name=name,
        )
        findings.at(one.line, one.process.key, "bpmn.search", lost, Severity.WARNING)


def _templates(one: Drawn, findings: Findings, known: Known) -> None:
    """Warn of elements made from a template that has changed since."""
    for element in one.process.elements.values():
        now = known.templates.get(element.template)
        if now is not None and element.template_version not in {None, now}:
            said = text(
                "The template of {element} has changed since it was chosen; choose it again, its "
                "values stay",
                element=element.id,
            )
            findings.at(element.line, element.id, "bpmn.old-template", said, Severity.WARNING)


def _declarations(one: Drawn, findings: Findings) -> None:
    """Note declarations of what a case begins with that cannot be read."""
    places = [(one.line, one.process.key, one.process.properties)]
    places += [(node.line, node.id, node.properties) for node in one.scope.starts()]
    for line, element, properties in places:
        try:
            read_declared(properties.get(STARTS_WITH, ""))
        except ExpressionError as exc:
            said = text(
                "starts-with of {element} cannot be read; write name: type, name: type ({reason})",
                element=element,
                reason=exc.text,
            )
            findings.at(line, element, "bpmn.starts-with", said)


def _messages(node: Node, findings: Findings, together: Together) -> None:
    """Warn of messages and signals that nobody waits for, or nobody sends."""
    event = node.event
    if event is None or event.kind not in {"message", "signal"} or event.name is None:
        return
    if node.kind in THROWS and not together.catches(event):
        code, said = (
            "bpmn.uncaught",
            text(
                "Nobody waits for {name}: what {element} sends goes nowhere; draw who catches it",
                name=event.name.source,
                element=node.id,
            ),
        )
    elif node.kind not in THROWS and not together.sends(event):
        code, said = (
            "bpmn.unsent",
            text(
                "Nobody sends {name}: {element} waits in vain; draw who sends it, or have a "
                "domain declare that it does",
                name=event.name.source,
                element=node.id,
            ),
        )
    else:
        return
    findings.at(node.line, node.id, code, said, Severity.WARNING)


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


def _roles(node: Node, known: Known) -> Iterator[Text]:
    """Yield roles that no domain knows; a role that is computed is not looked at.

    A warning: an account may be given any role (``zholdama user``), and then it is somebody's.
    """
    candidates = node.assignment.candidates if node.assignment else None
    if candidates is None or not known.roles or candidates.source.startswith("="):
        return
    for part in candidates.source.split(","):
        role = part.partition("@")[0].strip()
        if role and not {"$", "#", "{", "}"} & set(role) and role not in known.roles:
            yield text(
                "No domain knows the role {role}, so that {element} may be nobody's; known are "
                "{known}",
                role=role,
                element=node.id,
                known=", ".join(sorted(known.roles)),
            )


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
