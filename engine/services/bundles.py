"""A deployment as it runs: parsed diagrams, decision tables and forms, shared by all threads."""

import hashlib
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from engine import bpmn, dmn, feel, forms
from engine.errors import DefinitionRefused, NotFound, StepFailed, ZholdamaError
from engine.forms import Form
from engine.handling import Extensions
from engine.model.calendar import WorkingCalendar
from engine.model.problems import Problem, Severity
from engine.model.text import Text, text
from engine.services import shapes
from engine.services.context import Context, UnitOfWork


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """A deployment, parsed."""

    #: Deployment id.
    id: str
    #: Executable processes by key.
    definitions: Mapping[str, bpmn.Definition]
    #: Files of the processes by key.
    sources: Mapping[str, str]
    #: Forms by key.
    forms: Mapping[str, Form]
    #: Forms' JSON by key.
    form_json: Mapping[str, Mapping[str, object]]
    #: Decision models by decision key.
    decisions: Mapping[str, dmn.Model] = field(repr=False)

    def definition(self, key: str) -> bpmn.Definition:
        """Return a process; `NotFound`."""
        if key not in self.definitions:
            raise NotFound(text("There is no process {process} in this deployment", process=key))
        return self.definitions[key]

    def form(self, key: str) -> Form:
        """Return a form; `NotFound`."""
        if key not in self.forms:
            raise NotFound(text("There is no form {form} in this deployment", form=key))
        return self.forms[key]

    def environment(self, calendar: WorkingCalendar, now: datetime) -> bpmn.Environment:
        """Return what a step at this moment may know."""
        functions = bpmn.calendar_functions(calendar, now)
        context = feel.Context(now=now, functions=functions)

        def decide(ref: str, inputs: Mapping[str, object]) -> tuple[object, object]:
            model = self.decisions.get(ref)
            if model is None:
                raise StepFailed(text("There is no decision {ref} here", ref=ref))
            made = model.decide(ref, inputs, context)
            fired = [
                {"decision": one.decision or one.table, "rules": list(one.numbers)}
                for one in made.fired
            ]
            return made.value, fired

        return bpmn.Environment(now=now, functions=functions, decide=decide)


def form_key(file: str) -> str:
    """Return the key of a form's file: ``forms/people/contact.json`` is ``people/contact``."""
    return file.removeprefix("forms/").removesuffix(".json").removesuffix(".form")


def digest_of(files: Mapping[str, bytes]) -> str:
    """Return the content hash of a set of files, names included."""
    whole = hashlib.sha256()
    for name, content in sorted(files.items()):
        whole.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    return whole.hexdigest()


Keep = Callable[[Hashable, Callable[[], Any]], Any]


def _make(key: Hashable, make: Callable[[], Any]) -> Any:
    """Keep nothing: what is read once."""
    return make()


class _Reading:
    """One pass over files: what they hold, and everything that is wrong with them."""

    def __init__(self, files: Mapping[str, bytes], keep: Keep = _make) -> None:
        self.files = files
        self.keep = keep
        self.drafts: list[bpmn.Draft] = []
        self.problems: list[Problem] = []
        self.definitions: dict[str, bpmn.Definition] = {}
        self.sources: dict[str, str] = {}
        self.forms: dict[str, Form] = {}
        self.form_json: dict[str, Mapping[str, object]] = {}
        self.decisions: dict[str, dmn.Model] = {}

    def named(self, *suffixes: str) -> list[tuple[str, bytes]]:
        return [item for item in sorted(self.files.items()) if item[0].endswith(suffixes)]

    def read_forms(self) -> None:
        for file, content in self.named(".json", ".form"):
            found = self._form_problems(file, content)
            self.problems += found
            if not any(one.severity is Severity.ERROR for one in found):
                key = form_key(file)
                self.forms[key] = forms.load(content, key=key)
                self.form_json[key] = orjson.loads(content)

    def _form_problems(self, file: str, content: bytes) -> list[Problem]:
        found: list[Problem] = self.keep(
            ("form", file, content), lambda: forms.problems(content, file)
        )
        return found

    def read_tables(self) -> None:
        tables = dict(self.named(".dmn"))
        models, problems = self.keep(("tables", *tables.items()), lambda: self._models(tables))
        self.problems += problems
        for model in models:
            for drg in model.by_id.values():
                self.decisions[drg.reference.id] = model

    def _models(self, tables: Mapping[str, bytes]) -> tuple[list[dmn.Model], list[Problem]]:
        before, self.problems = self.problems, []
        try:
            models = list(dmn.load_all(tables).values())
        except ZholdamaError:
            models = [model for _, model in self._each(tables)]
        found, self.problems = self.problems, before
        return models, found + [one for model in models for one in model.problems()]

    def _each(self, tables: Mapping[str, bytes]) -> Iterator[tuple[str, dmn.Model]]:
        """Read table by table, so that each one that cannot be read is named."""
        for file, content in tables.items():
            try:
                yield file, dmn.load(content, file, others=tables)
            except ZholdamaError as problem:
                self.problems.append(_unreadable(file, problem))

    def draft_diagrams(self) -> None:
        for file, content in self.named(".bpmn"):
            self.drafts.append(self._draft(file, content))

    def _draft(self, file: str, content: bytes) -> bpmn.Draft:
        found: bpmn.Draft = self.keep(("diagram", file, content), lambda: bpmn.draft(content, file))
        return found

    def take_diagrams(self, together: bpmn.Together | None) -> None:
        """Take the processes over; with `together` what they refer to is checked."""
        for read in self.drafts:
            parsed = (
                bpmn.Parsed(processes=read.processes, problems=list(read.problems))
                if together is None
                else bpmn.finish(read, together)
            )
            self.problems += parsed.problems
            for key, found in parsed.processes.items():
                if key in self.definitions:
                    self.problems.append(_twice(read.file, key, self.sources[key]))
                self.definitions[key] = found
                self.sources[key] = read.file

    def known(self, extensions: Extensions, deployed: frozenset[str]) -> bpmn.Known:
        """Return what diagrams may refer to: what was read, and what the domains bring."""
        drawn = {one.process.key for read in self.drafts for one in read.drawn}
        return bpmn.Known(
            topics={found.topic: shapes.handler_shape(found) for found in extensions},
            forms=frozenset(self.forms),
            form_shapes={
                key: shapes.form_shape(form, extensions.forms.get(key))
                for key, form in self.forms.items()
            },
            decisions=frozenset(self.decisions),
            decision_shapes={
                ref: shapes.decision_shape(model, ref)
                for ref, model in self.decisions.items()
                if ref in model.decision_ids
            },
            processes=frozenset(drawn | deployed),
            functions=frozenset(bpmn.CALENDAR_FUNCTIONS),
            roles=shapes.roles(),
            starts=shapes.starts(extensions),
            messages=shapes.messages(extensions),
        )

    def read_rest(self) -> None:
        known = (".json", ".form", ".dmn", ".bpmn")
        for file in sorted(self.files):
            if not file.endswith(known):
                said = text("{file} is neither a diagram, nor a table, nor a form", file=file)
                self.problems.append(_problem(file, "deployment.unknown-file", said))


def _problem(file: str, code: str, said: Text, element: str = "", line: int = 0) -> Problem:
    return Problem(file=file, line=line, element=element, code=code, message=said)


def _unreadable(file: str, problem: ZholdamaError) -> Problem:
    return _problem(file, "dmn.unreadable", problem.text, line=getattr(problem, "line", 0))


def _twice(file: str, key: str, other: str) -> Problem:
    said = text("The process {process} is already in {file}", process=key, file=other)
    return _problem(file, "bpmn.process-twice", said, key)


def gather(
    files: Mapping[str, bytes],
    extensions: Extensions,
    deployed: frozenset[str] = frozenset(),
    keep: Keep = _make,
) -> tuple[_Reading, bpmn.Together]:
    """Read files together, diagrams not yet checked among each other; see `read`."""
    reading = _Reading(files, keep)
    reading.read_rest()
    reading.read_forms()
    reading.read_tables()
    reading.draft_diagrams()
    drawn = [one for read in reading.drafts for one in read.drawn]
    return reading, bpmn.Together(drawn, reading.known(extensions, deployed))


def read(
    files: Mapping[str, bytes],
    extensions: Extensions,
    deployed: frozenset[str] = frozenset(),
    keep: Keep = _make,
) -> _Reading:
    """Read and check files together; `deployed` are processes that may be called besides.

    `keep` gives what was read before of the same content (`engine.services.caches`).
    """
    reading, together = gather(files, extensions, deployed, keep)
    reading.take_diagrams(together)
    reading.problems.sort(key=lambda one: (one.file, one.line))
    return reading


def load(deployment_id: str, files: Mapping[str, bytes]) -> Bundle:
    """Parse what was deployed, unchecked references allowed: it was checked then."""
    reading = _Reading(files)
    reading.read_forms()
    reading.read_tables()
    reading.draft_diagrams()
    reading.take_diagrams(None)
    errors = [one for one in reading.problems if one.severity is Severity.ERROR]
    if errors:
        raise DefinitionRefused(
            text("The deployment cannot be read any more: {first}", first=errors[0].message), errors
        )
    return Bundle(
        id=deployment_id,
        definitions=reading.definitions,
        sources=reading.sources,
        forms=reading.forms,
        form_json=reading.form_json,
        decisions=reading.decisions,
    )


def of_deployment(uow: UnitOfWork, ctx: Context, deployment_id: str) -> Bundle:
    """Return a deployment, parsed once."""
    found = ctx.caches.deployments.get(
        (uow.database_id, deployment_id),
        lambda: load(deployment_id, uow.definitions.files(deployment_id)),
    )
    assert isinstance(found, Bundle)  # noqa: S101  (the cache holds nothing else)
    return found


def of_pinned(uow: UnitOfWork, ctx: Context, definition_id: str, deployment_id: str) -> Bundle:
    """Return the deployment of a definition whose row was just read; steps then know it."""
    ctx.caches.pinned.get((uow.database_id, definition_id), lambda: deployment_id)
    return of_deployment(uow, ctx, deployment_id)


def of_definition(uow: UnitOfWork, ctx: Context, definition_id: str) -> Bundle:
    """Return the deployment of a pinned definition; `NotFound`."""

    def pinned() -> str:
        row = uow.definitions.find(definition_id)
        if row is None:
            raise NotFound(text("There is no such version of a process"))
        return str(row.deployment_id)

    deployment_id = ctx.caches.pinned.get((uow.database_id, definition_id), pinned)
    return of_deployment(uow, ctx, deployment_id)
