"""Deployments: check, deploy, read. A deployment is immutable and content-hashed (law 4)."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from engine import bpmn
from engine.bpmn.formulas import formula
from engine.errors import DefinitionRefused, NotFound
from engine.model.elements import Trigger
from engine.model.people import Actor
from engine.model.problems import Problem, Severity
from engine.model.steps import JobKind
from engine.model.text import text
from engine.services import audit, bundles, calendar, retention
from engine.services.context import Context, UnitOfWork
from engine.services.views import DefinitionView
from engine.store.jobs import NewJob
from engine.store.messages import NewSubscription


def check(files: Mapping[str, bytes], ctx: Context) -> list[Problem]:
    """Check diagrams (``.bpmn``), tables (``.dmn``) and forms (``.json``) together.

    A form's key is its path without a leading ``forms/`` and without ``.json``:
    ``forms/domain/application.json`` is ``domain/application``.
    """
    reading = bundles.read(files, ctx.extensions)
    return reading.problems + retention.warnings(reading, ctx.settings)


def deploy(
    uow: UnitOfWork, ctx: Context, actor: Actor, files: Mapping[str, bytes], note: str = ""
) -> str:
    """Deploy files together; return the deployment's id. Unchanged content: the same deployment.

    Start events that wait (timers, messages, signals) are armed for the new versions, and disarmed
    for the versions they replace; a timer that is due and has not fired yet is not lost by that, it
    starts the new version. Raises `DefinitionRefused` with all problems if one is an error.
    """
    digest = bundles.digest_of(files)
    known = uow.definitions.deployed(digest)
    if known is not None:
        return known
    deployed = frozenset(row.key for row in uow.definitions.all_latest())
    reading = bundles.read(files, ctx.extensions, deployed)
    _refuse_errors(reading.problems)
    made = uow.definitions.add_deployment(
        digest=digest, files=files, note=note, at=ctx.now(), by=actor.account or actor.name
    )
    for key, found in sorted(reading.definitions.items()):
        _release(uow, ctx, made, reading.sources[key], found)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    uow.workshop.deployed(hashes)
    audit.append(uow, ctx, actor, "deployment.create", f"deployment:{made}", {"digest": digest})
    return made


def _refuse_errors(problems: Iterable[Problem]) -> None:
    errors = [one for one in problems if one.severity is Severity.ERROR]
    if errors:
        said = text("The deployment has {count} errors; nothing was deployed", count=len(errors))
        raise DefinitionRefused(said, tuple(problems))


def _release(
    uow: UnitOfWork, ctx: Context, deployment_id: str, file: str, found: bpmn.Definition
) -> None:
    """Write the next version of a process and hand its start events over to it."""
    process = found.process
    before = [row.id for row in [uow.definitions.latest(process.key)] if row is not None]
    made = uow.definitions.add(
        deployment_id=deployment_id,
        key=process.key,
        file=file,
        names=process.names,
        at=ctx.now(),
    )
    overdue: Mapping[str, datetime] = {}
    if before:
        overdue = uow.jobs.cancel_starts(before, ctx.due_now(uow))
        uow.subscriptions.close_starts(before)
    for trigger in process.triggers:
        _arm(uow, ctx, made, trigger, overdue.get(trigger.element))


def _arm(
    uow: UnitOfWork,
    ctx: Context,
    definition_id: str,
    trigger: Trigger,
    overdue: datetime | None = None,
) -> None:
    if trigger.kind == "timer":
        due, again = _first_time(uow, ctx, trigger)
        start_timer(uow, ctx, definition_id, trigger.element, overdue or due, again)
        return
    waiting = NewSubscription(
        instance_id=None,
        definition_id=definition_id,
        business_key="",
        element=trigger.element,
        token="",
        kind=trigger.kind,
        name=trigger.value,
        correlation="",
    )
    uow.subscriptions.add([waiting], ctx.now())


def _first_time(
    uow: UnitOfWork, ctx: Context, trigger: Trigger
) -> tuple[datetime, Mapping[str, object] | None]:
    """Return when a timer start event is first due, and what tells the next time.

    A cycle without end that began in the past goes on with its next time: ``R/2026-01-01…/P3M``
    says on which days the quarters begin, not that each new version starts one for January.
    """
    now = ctx.due_now(uow)
    functions = bpmn.calendar_functions(calendar.load(uow, ctx), now)
    env = bpmn.Environment(now=now, functions=functions)
    due, again = bpmn.first(formula(trigger.value).value({}, env), now)
    if again is not None and "left" not in again and due < now:
        return bpmn.following(due, again, env)
    return due, again


def start_timer(
    uow: UnitOfWork,
    ctx: Context,
    definition_id: str,
    element: str,
    due: Any,
    again: Mapping[str, object] | None,
) -> None:
    """Arm a timer start event: a job without an instance."""
    job = NewJob(
        kind=JobKind.TIMER,
        due_at=due,
        element=element,
        definition_id=definition_id,
        payload={"again": again, "due": due},
    )
    uow.jobs.add([job], ctx.now())


def _view(row: Any) -> DefinitionView:
    return DefinitionView(
        id=row.id,
        key=row.key,
        version=row.version,
        names=row.names,
        deployment_id=row.deployment_id,
        digest=row.digest,
        deployed=row.created_at,
        deployed_by=row.created_by,
    )


def _found(row: Any) -> Any:
    if row is None:
        raise NotFound(text("There is no such version of a process"))
    return row


def latest(uow: UnitOfWork, process: str) -> DefinitionView:
    """Return the latest version of a process; `NotFound`."""
    row = uow.definitions.latest(process)
    if row is None:
        raise NotFound(text("There is no process {process}", process=process))
    return _view(row)


def list_latest(uow: UnitOfWork) -> tuple[DefinitionView, ...]:
    """Return the latest version of every process, by key."""
    return tuple(_view(row) for row in uow.definitions.all_latest())


def load(uow: UnitOfWork, definition_id: str) -> DefinitionView:
    """Return one version; `NotFound`."""
    return _view(_found(uow.definitions.find(definition_id)))


def diagram(uow: UnitOfWork, definition_id: str) -> bytes:
    """Return the BPMN file of a version, byte for byte as deployed; `NotFound`."""
    row = _found(uow.definitions.find(definition_id))
    return uow.definitions.files(row.deployment_id)[row.resource]


def form(uow: UnitOfWork, ctx: Context, definition_id: str, key: str) -> Mapping[str, object]:
    """Return the JSON of a form of the version's deployment; `NotFound`."""
    bundle = bundles.of_definition(uow, ctx, definition_id)
    bundle.form(key)
    return bundle.form_json[key]
