"""A file to definitions: parse once, check, share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import SpiffWorkflow.bpmn.parser

from engine.bpmn.build import build
from engine.bpmn.camunda import refuse_java
from engine.bpmn.checks import check
from engine.bpmn.describe import describe
from engine.bpmn.findings import Findings, bpmn, children
from engine.bpmn.lifetime import days_kept
from engine.bpmn.reading import Reader
from engine.bpmn.references import check_references
from engine.bpmn.shapes import Known
from engine.bpmn.specs.base import ScopeSpec
from engine.bpmn.together import Drawn, Together
from engine.errors import XmlRefused
from engine.model.elements import Process
from engine.model.problems import Problem, Severity
from engine.model.text import Text, text
from engine.xml import Element, Schema, local
from engine.xml import parse as parse_xml


@dataclass(frozen=True, kw_only=True, eq=False)
class Definition:
    """An executable process: parsed once, shared by all its instances and threads."""

    #: What is known of it without running it.
    process: Process
    #: Specifications by scope id; inner use.
    scopes: dict[str, ScopeSpec] = field(repr=False)

    @property
    def top(self) -> ScopeSpec:
        """Return the specification of the process itself; inner use."""
        return self.scopes[self.process.key]


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """What a file holds."""

    #: Executable processes by key; empty if there is any error.
    processes: Mapping[str, Definition]
    #: Errors and warnings in the order of lines.
    problems: list[Problem]


@cache
def _schema() -> Schema:
    """Return the XSDs that SpiffWorkflow ships and does not use by itself."""
    folder = Path(str(SpiffWorkflow.bpmn.parser.__file__)).parent / "schema"
    return Schema.at(folder / "BPMN20.xsd")


@dataclass(frozen=True, kw_only=True, eq=False)
class Draft:
    """What a file says by itself: read once for its content, whatever stands beside it."""

    #: The file.
    file: str
    #: Its executable processes, as far as they can be read.
    drawn: tuple[Drawn, ...] = ()
    #: Executable processes by key; empty if there is any error.
    processes: Mapping[str, Definition] = field(default_factory=dict)
    #: What is wrong whatever it refers to, in the order of lines.
    problems: tuple[Problem, ...] = ()


def draft(data: bytes, file: str) -> Draft:
    """Read a BPMN file. Never raises for bad input: what is wrong is a problem with its line."""
    findings = Findings(file)
    try:
        root = parse_xml(data, file)
    except XmlRefused as exc:
        problem = Problem(file=file, line=exc.line, element="", code="bpmn.xml", message=exc.text)
        return Draft(file=file, problems=(problem,))
    if root.tag != bpmn("definitions"):
        findings.error(root, "bpmn.root", _other_root(root))
        return Draft(file=file, problems=tuple(findings.problems))
    drawn = _drawn(root, findings)
    _validate(root, findings)
    problems = tuple(sorted(findings.problems, key=lambda problem: problem.line))
    return Draft(
        file=file,
        drawn=drawn,
        processes={} if _wrong(problems) else {one.process.key: _built(one) for one in drawn},
        problems=problems,
    )


def parse(data: bytes, file: str, *, known: Known | None = None) -> Parsed:
    """Read a BPMN file; with `known` what it refers to is checked as well. Never raises."""
    read = draft(data, file)
    if known is None:
        return Parsed(processes=read.processes, problems=list(read.problems))
    return finish(read, Together(read.drawn, known))


def finish(read: Draft, together: Together) -> Parsed:
    """Check a file that was read among the others that it is deployed with."""
    findings = Findings(read.file)
    findings.problems += read.problems
    for one in read.drawn:
        check_references(one, findings, together)
    problems = sorted(findings.problems, key=lambda problem: problem.line)
    return Parsed(processes={} if _wrong(problems) else read.processes, problems=problems)


def _wrong(problems: Iterable[Problem]) -> bool:
    return any(problem.severity is Severity.ERROR for problem in problems)


def refuse_others(data: bytes, file: str) -> None:
    """Raise `XmlRefused`, with the line, for what is no BPMN 2.0; the rest is not looked at."""
    root = parse_xml(data, file)
    if root.tag != bpmn("definitions"):
        raise XmlRefused(_other_root(root), root.sourceline or 0)


def _other_root(root: Element) -> Text:
    return text("The file is no BPMN 2.0 diagram: its root is {tag}", tag=local(root))


def _drawn(root: Element, findings: Findings) -> tuple[Drawn, ...]:
    reader = Reader(root, findings)
    found: dict[str, Drawn] = {}
    for process in children(root, "process"):
        if process.get("isExecutable") == "false":
            continue
        key = str(process.get("id") or "")
        if not key or key in found:
            findings.error(
                process, "bpmn.id", text("A process needs an id that no other in the file has")
            )
            continue
        refuse_java(process, findings)
        kept = days_kept(process, findings)
        scope = reader.scope(process)
        if not reader.refused:
            check(process, scope, findings)
        found[key] = Drawn(
            file=findings.file,
            scope=scope,
            process=replace(describe(process, scope, root), days_kept=kept),
            line=int(process.sourceline or 0),
            whole=not reader.refused,
        )
    if not any(process.get("isExecutable") != "false" for process in children(root, "process")):
        findings.error(
            root,
            "bpmn.nothing",
            text("The file has no executable process; set isExecutable to true"),
        )
    return tuple(found.values())


def _built(one: Drawn) -> Definition:
    specs: dict[str, ScopeSpec] = {}
    build(one.scope, specs)
    return Definition(process=one.process, scopes=specs)


def _validate(root: Element, findings: Findings) -> None:
    """Compare with the schema: a warning, since other tools often break it in their extensions."""
    for line, reason in _schema().violations(root):
        findings.problems.append(
            Problem(
                file=findings.file,
                line=line,
                element="",
                code="bpmn.schema",
                message=text("The schema of BPMN 2.0 says: {reason}", reason=reason),
                severity=Severity.WARNING,
            )
        )
