"""One pass over files: diagrams, decision tables and forms read together, and what is wrong."""

import hashlib
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from typing import Any

import orjson

from engine import bpmn, dmn, forms
from engine.errors import ZholdamaError
from engine.forms import Form
from engine.handling import Extensions
from engine.model.problems import Problem, Severity
from engine.model.text import Text, text
from engine.services import shapes, templates


def form_key(file: str) -> str:
    """Return the key of a form's file: ``forms/people/contact.json`` is ``people/contact``."""
    return file.removeprefix("forms/").removesuffix(".json").removesuffix(".form")


def digest_of(files: Mapping[str, bytes]) -> str:
    """Return the content hash of a set of files, names included."""
    whole = hashlib.sha256()
    for name, content in sorted(files.items()):
        whole.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    return whole.hexdigest()


#: Returns what was made for a key, or makes it.
Keep = Callable[[Hashable, Callable[[], Any]], Any]


def _make(key: Hashable, make: Callable[[], Any]) -> Any:
    """Keep nothing: what is read once."""
    return make()


#: Kept with the diagrams it tells of, and not executed: `engine.services.workshop.rehearsals`.
KEPT = "/scenarios.toml"


class Reading:
    """What some files hold, and everything that is wrong with them."""

    def __init__(self, files: Mapping[str, bytes], keep: Keep = _make) -> None:
        """Read nothing yet; `keep` gives what was read before of the same content."""
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
        """Return the files with such an ending, by name."""
        return [item for item in sorted(self.files.items()) if item[0].endswith(suffixes)]

    def read_forms(self) -> None:
        """Read the forms, keeping those without errors."""
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
        """Read the decision tables, each seeing the others."""
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
        """Read what the diagrams say by themselves."""
        for file, content in self.named(".bpmn"):
            self.drafts.append(self._draft(file, content))

    def _draft(self, file: str, content: bytes) -> bpmn.Draft:
        found: bpmn.Draft = self.keep(("diagram", file, content), lambda: bpmn.draft(content, file))
        return found

    def take_diagrams(
        self, together: bpmn.Together | None, only: Collection[str] | None = None
    ) -> None:
        """Take the processes over; with `together` what they refer to is checked.

        `only`: files of which it is asked; None: all of them.
        """
        for read in self.drafts:
            if only is not None and read.file not in only:
                self._twice_in(read, frozenset(only))
                continue
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

    def _twice_in(self, read: bpmn.Draft, only: frozenset[str]) -> None:
        """Note processes of a file not asked for that one of those asked for has too."""
        for other in self.drafts:
            if other.file in only:
                for key in other.processes.keys() & read.processes.keys():
                    self.problems.append(_twice(other.file, key, read.file))

    def decisions_of(self, file: str) -> frozenset[str]:
        """Return the keys of the decisions that a file has."""
        return frozenset(
            ref for ref, model in self.decisions.items() if model.definitions.source == file
        )

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
            roles=shapes.roles(extensions),
            starts=shapes.starts(extensions),
            messages=shapes.messages(extensions),
            templates=templates.versions(extensions),
        )

    def read_rest(self) -> None:
        """Note files that are none of ours."""
        known = (".json", ".form", ".dmn", ".bpmn", KEPT)
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
) -> tuple[Reading, bpmn.Together]:
    """Read files together, diagrams not yet checked among each other; see `read`."""
    reading = Reading(files, keep)
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
) -> Reading:
    """Read and check files together; `deployed` are processes that may be called besides.

    `keep` gives what was read before of the same content (`engine.services.caches`).
    """
    reading, together = gather(files, extensions, deployed, keep)
    reading.take_diagrams(together)
    reading.problems.sort(key=lambda one: (one.file, one.line))
    return reading
