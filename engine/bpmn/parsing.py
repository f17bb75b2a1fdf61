"""A file to definitions: parse once, check, share."""

from collections.abc import Mapping
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
from engine.bpmn.references import Known, check_references
from engine.bpmn.specs.base import ScopeSpec
from engine.errors import XmlRefused
from engine.model.elements import Process
from engine.model.problems import Problem, Severity
from engine.model.text import text
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


def parse(data: bytes, file: str, *, known: Known | None = None) -> Parsed:
    """Read a BPMN file. Never raises for bad input: what is wrong is a problem with its line."""
    findings = Findings(file)
    try:
        root = parse_xml(data, file)
    except XmlRefused as exc:
        problem = Problem(file=file, line=exc.line, element="", code="bpmn.xml", message=exc.text)
        return Parsed(processes={}, problems=[problem])
    if root.tag != bpmn("definitions"):
        findings.error(
            root,
            "bpmn.root",
            text("The file is no BPMN 2.0 diagram: its root is {tag}", tag=local(root)),
        )
        return Parsed(processes={}, problems=findings.problems)
    definitions = _definitions(root, findings, known)
    _validate(root, findings)
    problems = sorted(findings.problems, key=lambda problem: problem.line)
    wrong = any(problem.severity is Severity.ERROR for problem in problems)
    return Parsed(processes={} if wrong else definitions, problems=problems)


def _definitions(root: Element, findings: Findings, known: Known | None) -> dict[str, Definition]:
    reader = Reader(root, findings)
    found: dict[str, Definition] = {}
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
        if known is not None:
            drawn = {str(item.get("id")): item for item in process.iter() if item.get("id")}
            check_references(scope, drawn, findings, known)
        if not any(problem.severity is Severity.ERROR for problem in findings.problems):
            specs: dict[str, ScopeSpec] = {}
            build(scope, specs)
            described = replace(describe(process, scope, root), days_kept=kept)
            found[scope.id] = Definition(process=described, scopes=specs)
    if not any(process.get("isExecutable") != "false" for process in children(root, "process")):
        findings.error(
            root,
            "bpmn.nothing",
            text("The file has no executable process; set isExecutable to true"),
        )
    return found


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
