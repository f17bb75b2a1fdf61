"""A file in two versions, side by side.

A version is named by ``deployed`` (what was deployed last), ``branch`` (as saved), ``mine`` (as
this person typed it, else as saved) or the id of a deployment.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from engine.dmn import grid
from engine.errors import NotFound, Refused, XmlRefused
from engine.model.differences import Difference
from engine.model.people import Actor
from engine.model.text import Text, text
from engine.services.context import UnitOfWork
from engine.services.workshop import branches
from engine.services.workshop.comparing import NO_TABLE, difference, kind_of

#: Deployments that may be chosen; and that are looked through for an old one.
_SHOWN, _MOST = 20, 1000
DEPLOYED, BRANCH, MINE = "deployed", "branch", "mine"


@dataclass(frozen=True, kw_only=True)
class Side:
    """A file in one version."""

    #: ``deployed``, ``branch``, ``mine`` or the id of a deployment.
    key: str
    #: Which version that is, in words.
    title: Text
    #: What it holds; None: this version has no such file.
    content: bytes | None
    #: Who wrote it; empty if that is not known.
    by: str = ""
    #: When it was saved or deployed; None if that is not known.
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two versions of a file."""

    #: Its name.
    name: str
    #: ``diagram``, ``table`` or ``form``.
    kind: str
    #: The one before.
    old: Side
    #: The one after.
    new: Side
    #: What differs; empty if a version cannot be read.
    difference: Difference
    #: Why a version cannot be read; None if both can.
    problem: Text | None = None
    #: Decision tables, laid over each other.
    grids: tuple[grid.Grid, ...] = ()


def side(uow: UnitOfWork, actor: Actor, branch: str, name: str, key: str) -> Side:
    """Return a file in one version; `NotFound` for an unknown branch or deployment."""
    if key == DEPLOYED:
        content = branches.deployed_files(uow).get(name)
        return Side(key=key, title=text("Deployed last"), content=content)
    if key == MINE:
        kept = branches.copy(uow, actor, branch, name)
        if kept is not None:
            title = text("As I typed it")
            return Side(key=key, title=title, content=kept.content, by=actor.name, at=kept.at)
    if key in (BRANCH, MINE):
        return _saved(uow, branch, name, key)
    return _in_deployment(uow, name, key)


def _saved(uow: UnitOfWork, branch: str, name: str, key: str) -> Side:
    known = branches.find(uow, branch)
    title = text("Branch {name}", name=known.name)
    try:
        found = branches.file(uow, branch, name)
    except NotFound:
        return Side(key=key, title=title, content=None)
    return Side(key=key, title=title, content=found.content, by=found.saved_by, at=found.saved_at)


def _in_deployment(uow: UnitOfWork, name: str, key: str) -> Side:
    """Return a file as it stood when a deployment was made; most files came with an earlier one."""
    row = uow.definitions.deployment(key)
    if row is None:
        raise NotFound(text("There is no such deployment"))
    made = uow.definitions.holding(name, _MOST)
    own = next((one for one in made if one.id == key or 0 < one.number <= row.number), None)
    content = uow.definitions.files(own.id)[name] if own else None
    return replace(_side(uow, row, _numbers(uow, name)), content=content)


def history(uow: UnitOfWork, name: str) -> tuple[Side, ...]:
    """Return the deployments that brought a file, newest first, without what it held."""
    numbers = _numbers(uow, name)
    return tuple(_side(uow, row, numbers) for row in uow.definitions.holding(name, _SHOWN))


def _side(uow: UnitOfWork, row: Any, numbers: Mapping[str, int]) -> Side:
    title = text("Deployment {id}", id=row.tag or row.id[:8])
    if row.id in numbers:
        title = text("Version {number}", number=numbers[row.id])
    by = uow.accounts.names([row.created_by]).get(row.created_by, row.created_by)
    return Side(key=row.id, title=title, content=None, by=by, at=row.created_at)


def _numbers(uow: UnitOfWork, name: str) -> dict[str, int]:
    """Return version numbers by deployment, if the file is the diagram of a process."""
    keys = [row.key for row in uow.definitions.all_latest() if row.resource == name]
    rows = [row for key in keys for row in uow.definitions.versions(key)]
    return {row.deployment_id: row.version for row in rows}


def compare(
    uow: UnitOfWork, actor: Actor, branch: str, name: str, old: str, new: str
) -> Comparison:
    """Return two versions of a file side by side.

    Raises `NotFound` for an unknown branch or deployment, or if neither version has the file.
    """
    kind = kind_of(name)
    before, after = (side(uow, actor, branch, name, key) for key in (old, new))
    if before.content is None and after.content is None:
        raise NotFound(text("There is no file {name} in this branch", name=name))
    return _compared(name, kind, before, after)


def _compared(name: str, kind: str, old: Side, new: Side) -> Comparison:
    found = Comparison(name=name, kind=kind, old=old, new=new, difference=Difference())
    try:
        told = difference(name, old.content, new.content)
        laid = _grids(old.content, new.content) if kind == "table" else ()
    except Refused as problem:
        line = problem.line if isinstance(problem, XmlRefused) else 0
        said = text("Line {line}: {reason}", line=line, reason=problem.text)
        return replace(found, problem=said if line else problem.text)
    return replace(found, difference=told, grids=laid)


def _grids(old: bytes | None, new: bytes | None) -> tuple[grid.Grid, ...]:
    return grid.grids(NO_TABLE if old is None else old, NO_TABLE if new is None else new)
