"""Branches: a line of work over all files. What was saved in one lies over what is deployed.

A file that nobody saved in the branch, or that stands there as it was once deployed, follows what
is deployed: a branch gets old only where somebody works in it. Where both changed, the branch's
stands, and says so (`FileView.stale`).

Saving names the revision that one began from. Whoever comes second is told (`SavedMeanwhile`), and
her text stays as her working copy: nothing is overwritten. Working copies are nobody else's
business and never refused.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from engine.errors import NotFound, SavedMeanwhile
from engine.model.people import Actor
from engine.model.text import text
from engine.services import audit
from engine.services.context import Context, UnitOfWork
from engine.services.workshop import naming
from engine.services.workshop.views import (
    BranchView,
    CopyView,
    FileState,
    FileView,
    Kept,
    Presence,
)

#: The branch that all analysts share; it is always there.
MAIN = "main"
#: Whoever was not seen for so long at a file is gone.
AWAY = timedelta(seconds=30)


def digest(content: bytes | None) -> str:
    """Return the SHA-256 of a file's content, hexadecimal; empty for none."""
    return "" if content is None else hashlib.sha256(content).hexdigest()


# Reading.


def deployed_files(uow: UnitOfWork) -> Mapping[str, bytes]:
    """Return each file as it was deployed last, by name."""
    return uow.definitions.newest_files()


def find(uow: UnitOfWork, branch: str) -> BranchView:
    """Return a branch; `NotFound`."""
    row = uow.workshop.branch(branch)
    if row is not None:
        by = uow.accounts.names([row.created_by]).get(row.created_by, row.created_by)
        return BranchView(id=row.id, name=row.name, made=row.created_at, by=by)
    if branch == MAIN:
        return BranchView(id="", name=MAIN)
    raise NotFound(text("There is no branch {name}", name=branch))


def files(uow: UnitOfWork, branch: str) -> Mapping[str, bytes]:
    """Return all files of a branch: what is deployed, what was saved in it over that; `NotFound`.

    Working copies are not among them.
    """
    whole = dict(deployed_files(uow))
    for row in heads(uow, find(uow, branch)):
        if _follows(row):
            continue
        if row.content is None:
            whole.pop(row.name, None)
        else:
            whole[row.name] = bytes(row.content)
    return dict(sorted(whole.items()))


def list_files(uow: UnitOfWork, branch: str) -> tuple[FileView, ...]:
    """Return every file of a branch, those taken away too, by name; `NotFound`."""
    found = find(uow, branch)
    deployed = deployed_files(uow)
    saved = {row.name: row for row in heads(uow, found)}
    people = uow.accounts.names(row.saved_by for row in saved.values())
    names = sorted(deployed.keys() | saved.keys())
    views = [_view(name, saved.get(name), deployed.get(name), people) for name in names]
    return tuple(one for one in views if one.digest or one.deployed)


def file(uow: UnitOfWork, branch: str, name: str, *, begun: bool = False) -> FileView:
    """Return a file of a branch as it stands there (`FileView.content`); `NotFound`.

    `begun`: an empty one where there is none, for who typed a new file and has not saved it.
    """
    found = find(uow, branch)
    head = uow.workshop.head(found.id, name) if found.id else None
    deployed = deployed_files(uow).get(name)
    view = _view(name, head, deployed, uow.accounts.names([head.saved_by] if head else []))
    if not view.digest and not begun:
        raise NotFound(text("There is no file {name} in this branch", name=name))
    return view


def working(uow: UnitOfWork, actor: Actor, branch: str, name: str) -> bytes | None:
    """Return what this person typed at a file and has not saved; None: nothing. `NotFound`."""
    kept = copy(uow, actor, branch, name)
    return None if kept is None else kept.content


def copy(uow: UnitOfWork, actor: Actor, branch: str, name: str) -> CopyView | None:
    """Return this person's working copy of a file; None: she has none. `NotFound`."""
    found = find(uow, branch)
    row = uow.workshop.copy(found.id, name, actor.account) if found.id else None
    return None if row is None or row.content is None else _copy(row)


def copies(uow: UnitOfWork, actor: Actor, branch: str) -> tuple[CopyView, ...]:
    """Return all working copies that a person has in a branch, by file; `NotFound`."""
    found = find(uow, branch)
    rows = uow.workshop.copies(found.id, actor.account) if found.id else ()
    return tuple(_copy(row) for row in rows)


def mine(uow: UnitOfWork, actor: Actor, branch: str) -> Mapping[str, bytes]:
    """Return all files of a branch with this person's working copies over them; `NotFound`."""
    typed = {one.name: one.content for one in copies(uow, actor, branch)}
    return {**files(uow, branch), **typed}


def others(
    uow: UnitOfWork, ctx: Context, actor: Actor, branch: str, name: str = ""
) -> tuple[Presence, ...]:
    """Return who else is at a file (empty: at any file) of a branch; `NotFound`."""
    found = find(uow, branch)
    rows = uow.workshop.present(found.id, ctx.now() - AWAY) if found.id else ()
    return tuple(
        Presence(
            file=row.name,
            account=row.account_id,
            name=row.person,
            since=row.since,
            element=row.element,
        )
        for row in rows
        if row.account_id != actor.account and name in {"", row.name}
    )


def heads(uow: UnitOfWork, found: BranchView) -> Iterable[Any]:
    """Return the newest revision of every file that was saved in a branch."""
    return uow.workshop.heads(found.id) if found.id else ()


def _follows(head: Any) -> bool:
    """Tell whether a saved file is what it grew out of: the branch changes nothing about it."""
    return bool(head.digest == head.base)


def _view(name: str, head: Any, deployed: bytes | None, people: Mapping[str, str]) -> FileView:
    there = digest(deployed)
    own = head is not None and not _follows(head)
    content = head.content if own else deployed
    now = digest(content)
    return FileView(
        name=name,
        content=b"" if content is None else bytes(content),
        revision=0 if head is None else head.revision,
        digest=now,
        deployed=there,
        state=_state(now, there),
        stale=own and there not in {now, head.base},
        saved_by="" if head is None else people.get(head.saved_by, head.saved_by),
        saved_at=None if head is None else head.saved_at,
        note="" if head is None else head.note,
    )


def _state(now: str, deployed: str) -> FileState:
    if now == deployed:
        return FileState.SAME
    if not deployed:
        return FileState.NEW
    return FileState.CHANGED if now else FileState.REMOVED


def _copy(row: Any) -> CopyView:
    return CopyView(
        name=row.name, content=bytes(row.content), base=row.base, at=row.kept_at or row.seen_at
    )


# Typing.


def keep(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    branch: str,
    name: str,
    content: bytes | None,
    *,
    base: int,
    element: str = "",
    deployed: str = "",
) -> Kept:
    """Keep what a person types (None: she only looks, what was kept stays). Caller commits.

    `base`: the revision she began from; `deployed`: hash of what was deployed then, where it is
    known. Raises `NotFound`, `Forbidden`, `ValueRefused` for a file too large.
    """
    naming.analyst(actor)
    naming.file_name(name)
    naming.size(name, content)
    row = open_branch(uow, ctx, branch)
    before = uow.workshop.copy(row.id, name, actor.account)
    now = ctx.now()
    goes_on = before if before and before.base == base and before.content is not None else None
    kept: dict[str, Any] = {
        "branch_id": row.id,
        "name": name,
        "account_id": actor.account,
        "content": content,
        "base": base,
        "base_digest": goes_on.base_digest if goes_on else deployed or _deployed(uow, name),
        "element": element[:255],
        "since": before.since if before and before.seen_at > now - AWAY else now,
        "kept_at": None if content is None else now,
        "seen_at": now,
    }
    if content is None and before is not None:
        kept |= {one: getattr(before, one) for one in ("content", "base", "base_digest", "kept_at")}
    uow.workshop.keep(kept)
    head = uow.workshop.head(row.id, name)
    revision = 0 if head is None else head.revision
    return Kept(at=now, revision=revision, others=others(uow, ctx, actor, branch, name))


def throw_away(uow: UnitOfWork, actor: Actor, branch: str, name: str) -> None:
    """Throw a person's working copy away; `NotFound` for an unknown branch. Caller commits."""
    naming.analyst(actor)
    found = find(uow, branch)
    if found.id:
        uow.workshop.drop(found.id, name, actor.account)


def open_branch(uow: UnitOfWork, ctx: Context, branch: str, *, lock: bool = False) -> Any:
    """Return the row of a branch to write in, the shared one made if it is not there; `NotFound`.

    With `lock` nobody else saves in it until the transaction ends.
    """
    read = uow.workshop.lock if lock else uow.workshop.branch
    row = read(branch)
    if row is None and branch == MAIN:
        uow.workshop.make(MAIN, ctx.now(), "")
        row = read(branch)
    if row is None:
        raise NotFound(text("There is no branch {name}", name=branch))
    return row


def _deployed(uow: UnitOfWork, name: str) -> str:
    return digest(deployed_files(uow).get(name))


# Saving.


def save(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    branch: str,
    name: str,
    content: bytes,
    *,
    base: int,
    note: str = "",
    deployed: str = "",
) -> FileView:
    """Save a file in a branch for everybody who works there. Caller commits.

    `base`: the revision it began from. Raises `SavedMeanwhile` if that is not the newest any more,
    `Refused` for what cannot be read as what its name says, `NotFound`, `Forbidden`.
    """
    naming.analyst(actor)
    naming.file_name(name)
    naming.size(name, content)
    row = open_branch(uow, ctx, branch, lock=True)
    head = uow.workshop.head(row.id, name)
    written = naming.readable(name, content, _before(uow, name, head))
    if head is not None and head.revision != base and head.digest != digest(written):
        raise _meanwhile(uow, name, head)
    if head is None or head.digest != digest(written) or _follows(head):
        origin = _origin(uow, actor, row.id, name, head, base, deployed)
        write(uow, ctx, actor, row, name, head, written, origin, note)
    uow.workshop.drop(row.id, name, actor.account)
    return file(uow, branch, name)


def _meanwhile(uow: UnitOfWork, name: str, head: Any) -> SavedMeanwhile:
    by = uow.accounts.names([head.saved_by]).get(head.saved_by, head.saved_by)
    said = text("{by} saved {name} meanwhile; your text is kept as your own copy", by=by, name=name)
    content = None if head.content is None else bytes(head.content)
    return SavedMeanwhile(said, revision=head.revision, content=content, by=by, at=head.saved_at)


def _before(uow: UnitOfWork, name: str, head: Any) -> bytes:
    """Return the version before the one that is being saved; nothing: it is new."""
    if head is not None and not _follows(head):
        return bytes(head.content or b"")
    return deployed_files(uow).get(name, b"")


def _origin(
    uow: UnitOfWork, actor: Actor, branch_id: str, name: str, head: Any, base: int, deployed: str
) -> str:
    """Return the hash of the deployed content out of which the saved one grew."""
    if head is not None and not _follows(head):
        return str(head.base)
    typed = uow.workshop.copy(branch_id, name, actor.account)
    if typed is not None and typed.content is not None and typed.base == base:
        return str(typed.base_digest)
    return deployed or _deployed(uow, name)


def write(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    row: Any,
    name: str,
    head: Any,
    content: bytes | None,
    origin: str,
    note: str,
) -> None:
    """Write the next revision of a file (None: it is taken away); the branch is locked."""
    revision = 1 if head is None else head.revision + 1
    uow.workshop.save(
        {
            "branch_id": row.id,
            "name": name,
            "revision": revision,
            "content": content,
            "digest": digest(content),
            "base": origin,
            "note": note.strip()[: naming.NOTE],
            "saved_at": ctx.now(),
            "saved_by": actor.account or actor.name,
        }
    )
    told = {"file": name, "revision": revision, "digest": digest(content)}
    audit.append(uow, ctx, actor, "branch.save", f"branch:{row.id}", told)
