"""Versions of processes: how many cases run on each, and suspending the start of new ones.

While a version is suspended, no case is started on it, whoever asks:

=========================  ====================================================================
a person, the portal       is refused and told why; nothing is kept
the clock                  stays due, and starts late when the version is resumed (law 5)
another case (call,        its job fails, is tried again, and becomes an incident that an
message)                   administrator tries again after resuming: nothing is lost
a signal                   passes it over; it reaches everybody else, the audit log says so
=========================  ====================================================================

Running cases go on; they can be suspended besides, as a batch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.errors import Conflict, NotFound
from engine.model.people import Actor
from engine.model.text import Text, Words, text
from engine.services import access
from engine.services.cockpit.operations import Change, Done, Operation, Preview, Subject, Wish
from engine.services.context import Context, UnitOfWork

ALREADY = text("No new cases are started on this version already")
NOT_SUSPENDED = text("This version is not suspended")


@dataclass(frozen=True, kw_only=True)
class Pause:
    """Why a version starts nothing."""

    #: Since when.
    since: datetime
    #: Name of who suspended it.
    by: str
    #: In her own words.
    reason: str


@dataclass(frozen=True, kw_only=True)
class VersionRow:
    """One version of a process."""

    #: Definition id.
    id: str
    #: Process key.
    key: str
    #: Number.
    version: int
    #: Name of the process in it.
    name: Words
    #: When it was deployed, by whom.
    deployed: datetime
    deployed_by: str
    #: Note of its deployment; may be empty.
    note: str
    #: Cases that run on it, suspended ones included.
    running: int
    #: Open incidents of them.
    incidents: int
    #: Why it starts nothing; None: it does.
    pause: Pause | None


@dataclass(frozen=True, kw_only=True)
class ProcessRow:
    """A process with its versions summed up."""

    #: Its newest version.
    newest: VersionRow
    #: How many versions there are on which cases run, the newest included.
    versions: int
    #: Cases that run on any of them.
    running: int
    #: Of these, on older versions.
    older: int
    #: Open incidents.
    incidents: int
    #: Versions that start nothing.
    paused: int


def list_versions(uow: UnitOfWork, actor: Actor, process: str) -> tuple[VersionRow, ...]:
    """Return all versions of a process, newest first (admin of everything); `NotFound`."""
    access.everywhere(uow, actor)
    rows = uow.definitions.versions(process)
    if not rows:
        raise NotFound(text("There is no process {process}", process=process))
    return _rows(uow, rows, [process])


def list_processes(uow: UnitOfWork, actor: Actor) -> tuple[ProcessRow, ...]:
    """Return every process with its counts, by key (admin of everything)."""
    access.everywhere(uow, actor)
    newest = uow.definitions.all_latest()
    keys = [row.key for row in newest]
    running, failed = uow.definitions.running_by_process(keys), uow.definitions.incidents(keys)
    pauses = uow.definitions.paused_of(keys)
    heads = _rows(uow, newest, keys)
    return tuple(
        ProcessRow(
            newest=one,
            versions=len({one.id, *running.get(one.key, {})}),
            running=sum(running.get(one.key, {}).values()),
            older=sum(n for at, n in running.get(one.key, {}).items() if at != one.id),
            incidents=sum(failed.get(at, 0) for at in {one.id, *running.get(one.key, {})}),
            paused=pauses.get(one.key, 0),
        )
        for one in heads
    )


def _rows(uow: UnitOfWork, rows: Sequence[Any], keys: Sequence[str]) -> tuple[VersionRow, ...]:
    running, failed = uow.definitions.running(keys), uow.definitions.incidents(keys)
    pauses = _pauses(uow, [row.id for row in rows])
    return tuple(
        VersionRow(
            id=row.id,
            key=row.key,
            version=row.version,
            name=Words.named(row.names, row.key),
            deployed=row.created_at,
            deployed_by=row.created_by,
            note=getattr(row, "note", ""),
            running=running.get(row.id, 0),
            incidents=failed.get(row.id, 0),
            pause=pauses.get(row.id),
        )
        for row in rows
    )


def _pauses(uow: UnitOfWork, ids: Sequence[str]) -> Mapping[str, Pause]:
    found = uow.definitions.paused(ids)
    names = uow.accounts.names(row.made_by for row in found.values())
    return {
        one: Pause(since=row.since, by=names.get(row.made_by, row.made_by), reason=row.reason)
        for one, row in found.items()
    }


# The operations.


def stamps(uow: UnitOfWork, subjects: Sequence[str]) -> Mapping[str, str]:
    """Return whether versions start cases, by id; unknown ones are missing."""
    found = uow.definitions.paused(subjects)
    return {
        one: f"suspended:{found[one].since.isoformat()}" if one in found else "starts"
        for one in subjects
        if uow.definitions.find(one) is not None
    }


def _version(uow: UnitOfWork, wish: Wish) -> Any:
    row = uow.definitions.find(wish.subject)
    if row is None:
        raise NotFound(text("There is no such version of a process"))
    return row


def _look(
    uow: UnitOfWork, wish: Wish, change: tuple[Text, Text], refusal: Text | None, *more: Text
) -> Preview:
    row = _version(uow, wish)
    running = uow.definitions.running([row.key]).get(row.id, 0)
    before, after = change
    changes = [Change(what=text("New cases of this version"), before=before, after=after)]
    if running:
        count = text("{n}, they go on", n=running)
        changes.append(Change(what=text("Running cases"), before=str(running), after=count))
    return Preview(
        name=text(
            "{process} v{number}", process=Words.named(row.names, row.key), number=row.version
        ),
        changes=() if refusal else tuple(changes),
        warnings=() if refusal else more,
        refusals=(refusal,) if refusal else (),
        stamp=stamps(uow, [row.id])[row.id],
    )


def _look_suspend(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Preview:
    already = wish.subject in uow.definitions.paused([wish.subject])
    return _look(
        uow,
        wish,
        (text("are started"), text("are refused")),
        ALREADY if already else None,
        text("What the clock starts waits and starts late, when the version is resumed."),
        text("What other cases call or start becomes an incident, to be tried again then."),
        text("What a signal would start is not started, and not later either."),
        *_of_newest(uow, wish),
    )


def _of_newest(uow: UnitOfWork, wish: Wish) -> tuple[Text, ...]:
    row = _version(uow, wish)
    newest = uow.definitions.latest(row.key)
    if newest is not None and newest.id == row.id:
        return ()
    return (text("This is an older version: new cases are started on the newest one anyway."),)


def _look_resume(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Preview:
    paused = wish.subject in uow.definitions.paused([wish.subject])
    return _look(
        uow,
        wish,
        (text("are refused"), text("are started")),
        None if paused else NOT_SUSPENDED,
    )


def _suspend(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    row = _version(uow, wish)
    if not uow.definitions.pause(
        row.id, since=ctx.now(), by=actor.account or actor.name, reason=wish.reason
    ):
        raise Conflict(ALREADY)
    return Done(undo={}, told={"process": row.key, "version": row.version})


def _resume(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    row = _version(uow, wish)
    if not uow.definitions.go_on(row.id):
        raise Conflict(NOT_SUSPENDED)
    ctx.bell.ring(uow)
    return Done(undo={}, told={"process": row.key, "version": row.version})


OPERATIONS = (
    Operation(
        name="suspend",
        subject=Subject.DEFINITION,
        title=text("Start no new cases"),
        about=text(
            "Running cases go on; new ones of this version are refused until it is resumed."
        ),
        look=_look_suspend,
        act=_suspend,
        undo=_resume,
        stamps=stamps,
    ),
    Operation(
        name="resume",
        subject=Subject.DEFINITION,
        title=text("Start new cases again"),
        about=text("What the clock should have started meanwhile starts now."),
        look=_look_resume,
        act=_resume,
        undo=_suspend,
        stamps=stamps,
    ),
)
