"""Deployments: only what changed is deployed, now or from a moment on.

A process gets a new version if its closure (`closures`) is another than that of its latest version,
and runs on a deployment that holds just its own files; versions of the processes it calls are
written beside it (``definition.calls``), so that law 4 holds for them too.

::

    deploy ──▶ active                      versions are written, start events handed over
       └─────▶ scheduled ──the moment──▶ active
                   └────────withdraw───▶ withdrawn

A deployment that is to take effect later holds what it changes. Which versions that makes, and on
which other files they stand, is found out at its moment, by a job: until then nothing knows of it
who starts a case, and it comes never early. Whoever deploys holds a lock: numbers are unique, and
the second one sees what the first has done.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine import bpmn
from engine.errors import Conflict, DefinitionRefused, NotFound, ZholdamaError
from engine.model.people import SYSTEM, Actor
from engine.model.problems import Problem, Severity
from engine.model.steps import JobKind
from engine.model.text import text
from engine.services import arming, audit, bundles, claims, closures, readings
from engine.services.context import Context, UnitOfWork
from engine.store.jobs import NewJob

#: States of a deployment.
ACTIVE, SCHEDULED, WITHDRAWN = "active", "scheduled", "withdrawn"
#: Letters of a tag.
TAG = 60


@dataclass(frozen=True, kw_only=True)
class Wish:
    """How a deployment is wished for."""

    #: What changed, for the list of versions.
    note: str = ""
    #: Short name, e.g. of a release.
    tag: str = ""
    #: When it takes effect; None or past: at once.
    active_from: datetime | None = None
    #: Branch that it comes from.
    branch: str = ""
    #: Names of files that it takes away.
    removed: Collection[str] = ()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What files would change if they were deployed now."""

    #: Changed and new files.
    changed: Mapping[str, bytes]
    #: Names of files that would be taken away.
    removed: frozenset[str]
    #: What was read; None: nothing changed.
    read: Any = None
    #: Closures of all processes that were read, by key.
    closures: Mapping[str, closures.Closure]
    #: Keys of processes that would get a new version.
    keys: frozenset[str]
    #: Keys of processes that would be in no diagram any more.
    ended: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        """Tell whether anything changes."""
        return bool(self.changed or self.removed or self.keys)


def planned(
    uow: UnitOfWork, ctx: Context, files: Mapping[str, bytes], removed: Collection[str] = ()
) -> Plan:
    """Compare files with what is deployed; wrong ones too, `Plan.read` has their problems."""
    there = uow.definitions.newest_files()
    changed = {name: data for name, data in files.items() if there.get(name) != data}
    gone = frozenset(removed) & there.keys()
    if not changed and not gone:
        return Plan(changed={}, removed=gone, closures={}, keys=frozenset())
    latest = {row.key: row for row in uow.definitions.all_latest()}
    keep = ctx.caches.readings.get
    read = readings.read(files, ctx.extensions, frozenset(latest), keep)
    gone |= _moved(read.sources, latest, there, files)
    found = closures.closures(read, files)
    # A process whose diagram was taken away begins anew, even as it was: nothing waits for it.
    living = {key: row for key, row in latest.items() if row.resource in there}
    # As last deployed, yet its file changed: meanwhile that file held it no more, nothing waits.
    again = {key for key in found if read.sources[key] in changed}
    keys = again | {
        key
        for key, one in found.items()
        if key not in again and _before(uow, ctx, living.get(key)) != one.digest
    }
    touched = gone | changed.keys()
    ended = {key for key, row in living.items() if row.resource in touched and key not in found}
    return Plan(
        changed=changed,
        removed=gone,
        read=read,
        closures=found,
        keys=frozenset(keys),
        ended=frozenset(ended),
    )


def _moved(
    sources: Mapping[str, str],
    latest: Mapping[str, Any],
    there: Mapping[str, bytes],
    files: Mapping[str, bytes],
) -> frozenset[str]:
    """Return the files in which processes stood that now stand in another one."""
    before = {latest[key].resource for key in sources if key in latest}
    return frozenset((before & there.keys()) - files.keys())


def _before(uow: UnitOfWork, ctx: Context, row: Any) -> str:
    """Return the closure's hash of the latest version; an older release did not write it down."""
    if row is None:
        return ""
    if row.closure:
        return str(row.closure)
    files = uow.definitions.files(row.deployment_id)
    try:
        bundle = bundles.of_deployment(uow, ctx, row.deployment_id)
    except ZholdamaError:
        return ""
    found = closures.closures(bundle, files).get(row.key)
    return found.digest if found else ""


def deploy(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    files: Mapping[str, bytes],
    wish: Wish,
) -> str:
    """Deploy what changed among files; return the deployment's id. Caller commits.

    Nothing changed: the id of the deployment that stands. Raises `DefinitionRefused` with all
    problems if one is an error.
    """
    uow.definitions.lock()
    plan = planned(uow, ctx, files, wish.removed)
    if not plan:
        return _standing(uow, files)
    refuse_errors(plan.read.problems)
    now = ctx.due_now(uow)
    later = wish.active_from if wish.active_from and wish.active_from > now else None
    number = uow.definitions.number_of_newest() + 1
    made = uow.definitions.add_deployment(_row(uow, actor, files, wish, plan, number, later), now)
    if later is not None:
        uow.definitions.add_files(made, plan.changed)
        _wait(uow, ctx, made, later)
    else:
        _take_effect(uow, ctx, made, plan, files)
    told = {"processes": sorted(plan.keys), "files": sorted(plan.changed), "tag": wish.tag}
    act = "deployment.schedule" if later else "deployment.create"
    audit.append(uow, ctx, actor, act, f"deployment:{made}", told)
    return made


def _standing(uow: UnitOfWork, files: Mapping[str, bytes]) -> str:
    """Return the deployment that brought these files, or the newest one."""
    known = uow.definitions.deployed(readings.digest_of(files))
    if known is not None:
        return known
    newest = uow.definitions.newest()
    if newest is None:
        raise NotFound(text("There is nothing to deploy"))
    return str(newest.id)


def refuse_errors(problems: Iterable[Problem]) -> None:
    """Raise `DefinitionRefused` if one of the problems is an error."""
    errors = [one for one in problems if one.severity is Severity.ERROR]
    if errors:
        said = text("The deployment has {count} errors; nothing was deployed", count=len(errors))
        raise DefinitionRefused(said, tuple(problems))


def _row(
    uow: UnitOfWork,
    actor: Actor,
    files: Mapping[str, bytes],
    wish: Wish,
    plan: Plan,
    number: int,
    later: datetime | None,
) -> dict[str, Any]:
    return {
        "digest": _own_digest(uow, {**plan.changed, **_needed(plan, files)}, number),
        "note": wish.note.strip(),
        "created_by": actor.account or actor.name,
        "number": 0 if later else number,
        "state": SCHEDULED if later else ACTIVE,
        "active_from": later,
        "tag": wish.tag.strip()[:TAG],
        "branch": wish.branch,
        "handed_in": readings.digest_of(files),
        "removed": sorted(plan.removed) or None,
        "processes": sorted(plan.keys | plan.ended),
    }


def _own_digest(uow: UnitOfWork, files: Mapping[str, bytes], number: int) -> str:
    """Return the content hash; of content that was deployed before, one of its own."""
    found = readings.digest_of(files)
    while uow.definitions.taken(found):
        found = hashlib.sha256(f"{found} {number} {len(files)}".encode()).hexdigest()
    return found


def _needed(plan: Plan, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files on which the new versions stand."""
    names = {name for key in plan.keys for name in plan.closures[key].files}
    return {name: files[name] for name in names}


def _take_effect(
    uow: UnitOfWork,
    ctx: Context,
    deployment_id: str,
    plan: Plan,
    files: Mapping[str, bytes],
    stored: Collection[str] = (),
) -> None:
    """Write files and versions, hand start events over; those of ended processes wait no more."""
    whole = {**plan.changed, **_needed(plan, files)}
    more = {name: data for name, data in whole.items() if name not in stored}
    uow.definitions.add_files(deployment_id, more)
    latest = {row.key: row.id for row in uow.definitions.all_latest()}
    made = {
        key: _release(uow, ctx, deployment_id, plan, key, latest.get(key))
        for key in sorted(plan.keys)
    }
    for key, definition_id in made.items():
        _bind(uow, definition_id, plan.closures[key].calls - made.keys(), latest)
    arming.disarm(uow, ctx, [latest[key] for key in sorted(plan.ended)])
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in plan.changed.items()}
    uow.workshop.deployed(hashes | dict.fromkeys(plan.removed, ""))


def _release(
    uow: UnitOfWork, ctx: Context, deployment_id: str, plan: Plan, key: str, before: str | None
) -> str:
    """Write the next version of a process and hand its start events over to it."""
    found: bpmn.Definition = plan.read.definitions[key]
    made = uow.definitions.add(
        deployment_id=deployment_id,
        key=key,
        file=plan.read.sources[key],
        names=found.process.names,
        closure=plan.closures[key].digest,
        at=ctx.now(),
    )
    arming.hand_over(uow, ctx, [before] if before else [], made, found.process.triggers)
    return made


def _bind(
    uow: UnitOfWork, definition_id: str, calls: Collection[str], latest: Mapping[str, str]
) -> None:
    """Pin the versions of called processes that this deployment does not bring."""
    pinned = {key: latest[key] for key in calls if key in latest}
    if pinned:
        uow.definitions.bind(definition_id, pinned)


def _wait(uow: UnitOfWork, ctx: Context, deployment_id: str, due: datetime) -> None:
    """Add the job of the moment; its token is the deployment's id, to be cancelled by."""
    job = NewJob(
        kind=JobKind.ACTIVATION,
        due_at=due,
        element="",
        token=deployment_id,
        payload={},
        max_attempts=claims.OWN_PLAN.max_attempts,
    )
    uow.jobs.add([job], ctx.now())


def activate(uow: UnitOfWork, ctx: Context, deployment_id: str) -> None:
    """Let a scheduled deployment take effect; nothing if it was withdrawn. Caller commits.

    It changes what it was deployed to change; all other files are as they are now. Raises
    `DefinitionRefused` if they do not go together any more.
    """
    uow.definitions.lock()
    row = uow.definitions.deployment(deployment_id)
    if row is None or row.state != SCHEDULED:
        return
    brought = uow.definitions.files(deployment_id)
    gone = frozenset(row.removed or ())
    files = {**uow.definitions.newest_files(), **brought}
    files = {name: data for name, data in files.items() if name not in gone}
    plan = planned(uow, ctx, files, gone)
    if plan:
        refuse_errors(plan.read.problems)
    number = uow.definitions.number_of_newest() + 1
    uow.definitions.change(
        deployment_id,
        number=number,
        state=ACTIVE,
        removed=sorted(plan.removed) or None,
        processes=sorted(plan.keys | plan.ended),
    )
    _take_effect(uow, ctx, deployment_id, plan, files, brought)
    told = {"processes": sorted(plan.keys), "files": sorted(plan.changed)}
    audit.append(uow, ctx, SYSTEM, "deployment.activate", f"deployment:{deployment_id}", told)


def withdraw(uow: UnitOfWork, ctx: Context, actor: Actor, deployment_id: str) -> None:
    """Take a deployment back that has not taken effect; `NotFound`, `Conflict`. Caller commits."""
    uow.definitions.lock()
    row = uow.definitions.deployment(deployment_id)
    if row is None:
        raise NotFound(text("There is no such deployment"))
    if row.state != SCHEDULED:
        raise Conflict(text("This deployment has taken effect or was withdrawn"))
    uow.definitions.change(deployment_id, state=WITHDRAWN)
    uow.jobs.cancel([deployment_id], ctx.now())
    audit.append(uow, ctx, actor, "deployment.withdraw", f"deployment:{deployment_id}")
