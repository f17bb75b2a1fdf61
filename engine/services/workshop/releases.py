"""From a branch to a deployment, and back to an earlier version."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from engine.errors import Conflict, Forbidden, NotFound, StaleRevision, ZholdamaError
from engine.model.people import Actor
from engine.model.text import packed, text
from engine.services import bundles, closures, deploying, retention
from engine.services.context import Context, UnitOfWork
from engine.services.deploying import Plan, Wish
from engine.services.workshop import branches, naming, owners
from engine.services.workshop.views import (
    FileState,
    Preview,
    ScheduledView,
    Touched,
    VersionView,
)


def preview(uow: UnitOfWork, ctx: Context, branch: str, actor: Actor | None = None) -> Preview:
    """Return what deploying a branch would change; `NotFound`. Nothing is changed.

    With `actor` it says too whether she may (`Preview.refusal`).
    """
    found = branches.find(uow, branch)
    files, removed = _deployable(uow, branch)
    plan = deploying.planned(uow, ctx, files, removed)
    problems = plan.read.problems + retention.warnings(plan.read, ctx.settings) if plan.read else []
    touched = _touched(uow, plan)
    changed = branches.list_files(uow, branch)
    return Preview(
        branch=found.name,
        seen=seen(uow),
        files=tuple(
            one
            for one in changed
            if one.state is not FileState.SAME and one.name.endswith(naming.ENDINGS)
        ),
        processes=touched,
        problems=tuple(problems),
        scheduled=_in_the_way(uow, plan),
        refusal=owners.refusal(uow, ctx, actor, _keys(uow, ctx, plan)) if actor and plan else None,
    )


def _deployable(uow: UnitOfWork, branch: str) -> tuple[Mapping[str, bytes], frozenset[str]]:
    """Return the files of a branch without its scenarios, and what it takes away."""
    whole = branches.files(uow, branch)
    files = {name: data for name, data in whole.items() if name.endswith(naming.ENDINGS)}
    ours = {name for name in branches.deployed_files(uow) if name.endswith(naming.ENDINGS)}
    return files, frozenset(ours - files.keys())


def seen(uow: UnitOfWork) -> str:
    """Return a mark of what is deployed: another one as soon as anybody has deployed."""
    newest = uow.definitions.newest()
    return f"{newest.number}.{newest.id}" if newest else ""


def _keys(uow: UnitOfWork, ctx: Context, plan: Plan) -> list[str]:
    """Return whose processes a plan touches; an empty key for files of none."""
    standing = {name for key in plan.keys for name in plan.closures[key].files}
    standing |= _stood(uow, ctx, plan.ended)
    loose = (plan.changed.keys() | plan.removed) - standing
    return sorted([*plan.keys, *plan.ended, *([""] if loose else [])])


def _stood(uow: UnitOfWork, ctx: Context, keys: Collection[str]) -> set[str]:
    """Return the files on which the latest versions of processes stand."""
    found = set[str]()
    for row in uow.definitions.all_latest() if keys else ():
        if row.key in keys:
            found.add(row.resource)
            # One that cannot be read any more leaves its forms to the owners of the rest.
            with suppress(ZholdamaError):
                bundle = bundles.of_deployment(uow, ctx, row.deployment_id)
                files = uow.definitions.files(row.deployment_id)
                found |= closures.closures(bundle, files)[row.key].files
    return found


def _touched(uow: UnitOfWork, plan: Plan) -> tuple[Touched, ...]:
    latest = {row.key: row for row in uow.definitions.all_latest()}
    keys = sorted(plan.keys | plan.ended)
    running = uow.definitions.running(keys) if keys else {}
    versions = {key: [row.id for row in uow.definitions.versions(key)] for key in keys}
    return tuple(
        Touched(
            key=key,
            names=_names(plan, latest.get(key), key),
            before=latest[key].version if key in latest else 0,
            running=sum(running.get(one, 0) for one in versions[key]),
            ended=key in plan.ended,
        )
        for key in keys
    )


def _names(plan: Plan, row: Any, key: str) -> Mapping[str, str]:
    if key in plan.keys:
        names: Mapping[str, str] = plan.read.definitions[key].process.names
        return names
    found: Mapping[str, str] = row.names
    return found


def _in_the_way(uow: UnitOfWork, plan: Plan) -> tuple[ScheduledView, ...]:
    """Return deployments to come that change the same files: they will replace this one's."""
    ours = plan.changed.keys() | plan.removed
    return tuple(one for one in scheduled(uow) if not ours.isdisjoint(one.files))


def scheduled(uow: UnitOfWork) -> tuple[ScheduledView, ...]:
    """Return the deployments that are to take effect, the next one first."""
    rows = uow.definitions.scheduled()
    people = uow.accounts.names(row.created_by for row in rows)
    return tuple(
        ScheduledView(
            id=row.id,
            at=row.active_from,
            deployed=row.created_at,
            by=people.get(row.created_by, row.created_by),
            note=row.note,
            tag=row.tag,
            branch=row.branch,
            processes=tuple(row.processes or ()),
            files=(*sorted(uow.definitions.files(row.id)), *(row.removed or ())),
        )
        for row in rows
    )


def deploy(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    branch: str,
    *,
    note: str,
    tag: str = "",
    active_from: datetime | None = None,
    expected: str = "",
) -> str:
    """Deploy a branch; return the deployment's id. Caller commits.

    `expected`: what `Preview.seen` said: if somebody deployed since, `StaleRevision`, and one looks
    again. Raises `DefinitionRefused`, `Forbidden`, `NotFound`, `Conflict` if nothing changes.
    """
    naming.analyst(actor)
    found = branches.open_branch(uow, ctx, branch, lock=True)
    uow.definitions.lock()
    if expected and expected != seen(uow):
        raise StaleRevision(
            text("Somebody deployed meanwhile: look again at what would change, then deploy")
        )
    files, removed = _deployable(uow, branch)
    wish = Wish(note=note, tag=tag, active_from=active_from, branch=found.name, removed=removed)
    return _deploy(uow, ctx, actor, files, wish)


def _deploy(
    uow: UnitOfWork, ctx: Context, actor: Actor, files: Mapping[str, bytes], wish: Wish
) -> str:
    plan = deploying.planned(uow, ctx, files, wish.removed)
    if not plan:
        raise Conflict(text("Nothing would change: all of this is deployed already"))
    why = owners.refusal(uow, ctx, actor, _keys(uow, ctx, plan))
    if why is not None:
        raise Forbidden(why)
    return deploying.deploy(uow, ctx, actor, files, wish)


def withdraw(uow: UnitOfWork, ctx: Context, actor: Actor, deployment_id: str) -> None:
    """Take a deployment back before it takes effect; who may deploy it may. Caller commits."""
    naming.analyst(actor)
    row = uow.definitions.deployment(deployment_id)
    if row is None:
        raise NotFound(text("There is no such deployment"))
    why = owners.refusal(uow, ctx, actor, row.processes or [""])
    if why is not None:
        raise Forbidden(why)
    deploying.withdraw(uow, ctx, actor, deployment_id)


def versions(uow: UnitOfWork, key: str) -> tuple[VersionView, ...]:
    """Return all versions of a process, newest first; `NotFound` for an unknown process."""
    rows = uow.definitions.versions(key)
    if not rows:
        raise NotFound(text("There is no process {process}", process=key))
    people = uow.accounts.names(row.created_by for row in rows)
    running = uow.definitions.running([key])
    return tuple(
        VersionView(
            id=row.id,
            key=row.key,
            version=row.version,
            names=row.names,
            deployment_id=row.deployment_id,
            file=row.resource,
            note=row.note,
            tag=row.tag,
            branch=row.branch,
            deployed=row.created_at,
            active_from=row.active_from,
            by=people.get(row.created_by, row.created_by),
            running=running.get(row.id, 0),
            newest=place == 0,
        )
        for place, row in enumerate(rows)
    )


def roll_back(
    uow: UnitOfWork, ctx: Context, actor: Actor, definition_id: str, note: str = ""
) -> str:
    """Deploy an earlier version's own files again, as the newest; return the deployment's id.

    Processes that it calls stay as they are. Raises what `deploy` does. Caller commits.
    """
    naming.analyst(actor)
    uow.definitions.lock()
    row = uow.definitions.find(definition_id)
    if row is None:
        raise NotFound(text("There is no such version of a process"))
    files, removed = _as_it_was(uow, ctx, row)
    said = text("Back to version {version}. {note}", version=row.version, note=note.strip())
    wish = Wish(note=packed(said), removed=removed)
    return _deploy(uow, ctx, actor, files, wish)


def _as_it_was(
    uow: UnitOfWork, ctx: Context, row: Any
) -> tuple[Mapping[str, bytes], Collection[str]]:
    """Return what is deployed with a version's own files over it, and what stands in the way."""
    old = uow.definitions.files(row.deployment_id)
    bundle = bundles.of_deployment(uow, ctx, row.deployment_id)
    own = closures.closures(bundle, old)[row.key].files
    files = {**branches.deployed_files(uow), **{name: old[name] for name in own}}
    latest = uow.definitions.latest(row.key)
    moved = {latest.resource} - {row.resource} if latest else set()
    return {name: data for name, data in files.items() if name not in moved}, moved


def files_of(uow: UnitOfWork, deployment_id: str) -> Mapping[str, bytes]:
    """Return the files of a deployment by name; `NotFound`."""
    if uow.definitions.deployment(deployment_id) is None:
        raise NotFound(text("There is no such deployment"))
    found: Mapping[str, bytes] = uow.definitions.files(deployment_id)
    return found
