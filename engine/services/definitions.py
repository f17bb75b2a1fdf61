"""Deployments: check, deploy, read. A deployment is immutable and content-hashed (law 4)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.errors import NotFound
from engine.model.people import Actor
from engine.model.problems import Problem
from engine.model.text import text
from engine.services import bundles, deploying, readings, retention
from engine.services.context import Context, UnitOfWork
from engine.services.views import DefinitionView


def check(files: Mapping[str, bytes], ctx: Context) -> list[Problem]:
    """Check diagrams (``.bpmn``), tables (``.dmn``) and forms (``.json``) together.

    A form's key is its path without a leading ``forms/`` and without ``.json``:
    ``forms/domain/application.json`` is ``domain/application``.
    """
    reading = readings.read(files, ctx.extensions)
    return reading.problems + retention.warnings(reading, ctx.settings)


def deploy(
    uow: UnitOfWork, ctx: Context, actor: Actor, files: Mapping[str, bytes], note: str = ""
) -> str:
    """Deploy files together, at once; return the deployment's id. See `deploying.deploy`."""
    return deploying.deploy(uow, ctx, actor, files, deploying.Wish(note=note))


def was_deployed(uow: UnitOfWork, files: Mapping[str, bytes]) -> bool:
    """Tell whether these files were deployed once, whatever was deployed over them since."""
    return uow.definitions.deployed(readings.digest_of(files)) is not None


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


def suspended(uow: UnitOfWork, process: str) -> datetime | None:
    """Return since when a process starts no new cases; None: it does, or is not deployed.

    For pages that offer to start one: they say so before somebody fills a form.
    """
    row = uow.definitions.to_start(process, "")
    found: datetime | None = None if row is None else row.paused_since
    return found


def diagram(uow: UnitOfWork, definition_id: str) -> bytes:
    """Return the BPMN file of a version, byte for byte as deployed; `NotFound`."""
    row = _found(uow.definitions.find(definition_id))
    return uow.definitions.files(row.deployment_id)[row.resource]


def form(uow: UnitOfWork, ctx: Context, definition_id: str, key: str) -> Mapping[str, object]:
    """Return the JSON of a form of the version's deployment; `NotFound`."""
    bundle = bundles.of_definition(uow, ctx, definition_id)
    bundle.form(key)
    return bundle.form_json[key]
