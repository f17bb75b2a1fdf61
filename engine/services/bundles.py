"""A deployment as it runs: parsed diagrams, decision tables and forms, shared by all threads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from engine import bpmn, dmn, feel
from engine.errors import DefinitionRefused, NotFound, StepFailed
from engine.forms import Form
from engine.model.calendar import WorkingCalendar
from engine.model.problems import Severity
from engine.model.text import text
from engine.services.context import Context, UnitOfWork
from engine.services.readings import Reading, digest_of, form_key, read

__all__ = [
    "Bundle",
    "digest_of",
    "form_key",
    "load",
    "of_definition",
    "of_deployment",
    "of_pinned",
    "read",
]


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
                {
                    "decision": one.decision or one.table,
                    "rules": list(one.numbers),
                    "inputs": [list(pair) for pair in one.inputs],
                    "annotations": [list(some) for some in one.annotations],
                }
                for one in made.fired
            ]
            return made.value, fired

        return bpmn.Environment(now=now, functions=functions, decide=decide)


def load(deployment_id: str, files: Mapping[str, bytes]) -> Bundle:
    """Parse what was deployed, unchecked references allowed: it was checked then."""
    reading = Reading(files)
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
    found: Bundle = ctx.caches.deployments.get(
        (uow.database_id, deployment_id),
        lambda: load(deployment_id, uow.definitions.files(deployment_id)),
    )
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
