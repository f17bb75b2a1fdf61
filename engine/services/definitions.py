"""Deployments: check, deploy, read. A deployment is immutable and content-hashed (law 4)."""

from collections.abc import Mapping

from engine.model.people import Actor
from engine.model.problems import Problem
from engine.services.context import Context, UnitOfWork
from engine.services.views import DefinitionView


def check(files: Mapping[str, bytes], ctx: Context) -> list[Problem]:
    """Check diagrams (``.bpmn``), tables (``.dmn``) and forms (``.json``) together.

    A form's key is its path without a leading ``forms/`` and without ``.json``:
    ``forms/kandas/application.json`` is ``kandas/application``.
    """
    raise NotImplementedError


def deploy(
    uow: UnitOfWork, ctx: Context, actor: Actor, files: Mapping[str, bytes], note: str = ""
) -> str:
    """Deploy files together; return the deployment's id. Unchanged content: the same deployment.

    Raises `DefinitionRefused` with all problems if one of them is an error.
    """
    raise NotImplementedError


def latest(uow: UnitOfWork, process: str) -> DefinitionView:
    """Return the latest version of a process; `NotFound`."""
    raise NotImplementedError


def list_latest(uow: UnitOfWork) -> tuple[DefinitionView, ...]:
    """Return the latest version of every process, by key."""
    raise NotImplementedError


def load(uow: UnitOfWork, definition_id: str) -> DefinitionView:
    """Return one version; `NotFound`."""
    raise NotImplementedError


def diagram(uow: UnitOfWork, definition_id: str) -> bytes:
    """Return the BPMN file of a version, byte for byte as deployed; `NotFound`."""
    raise NotImplementedError


def form(uow: UnitOfWork, ctx: Context, definition_id: str, key: str) -> Mapping[str, object]:
    """Return the JSON of a form of the version's deployment; `NotFound`."""
    raise NotImplementedError
