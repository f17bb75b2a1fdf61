"""Files from a disk into a branch: each is read hardened, one that can't be read is not kept."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from engine.errors import Conflict, Refused
from engine.model.people import Actor
from engine.model.problems import Problem
from engine.model.text import Text, text
from engine.services.context import Context, UnitOfWork
from engine.services.workshop import branches, checking, naming, tending
from engine.services.workshop.views import FileView

#: Files that are taken at once.
MOST = 100


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What became of an uploaded file."""

    #: Its name in the branch; as it was sent, if it was refused.
    name: str
    #: Whether it stands in the branch now.
    kept: bool
    #: Whether that changed anything.
    changed: bool = False
    #: Why it was not kept; None: it was.
    refused: Text | None = None
    #: Line of the file, from 1; 0: none.
    line: int = 0
    #: What the check says of it.
    problems: tuple[Problem, ...] = ()


def place(name: str, there: Collection[str], folder: str = "") -> str:
    """Return where a file belongs: where its name stands already, else in the folder.

    Without a folder: diagrams and tables in ``processes``, forms in ``forms``.
    """
    plain = name.replace("\\", "/").strip("/").rpartition("/")[2]
    same = [one for one in there if one.rpartition("/")[2] == plain]
    if len(same) == 1 and not folder:
        return same[0]
    usual = "forms" if plain.endswith((".json", ".form")) else "processes"
    return f"{folder.strip('/') or usual}/{plain}"


def take(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    branch: str,
    sent: Iterable[tuple[str, bytes]],
    *,
    folder: str = "",
    note: str = "",
    since: datetime | None = None,
) -> tuple[Taken, ...]:
    """Save uploaded files in a branch, each for itself; return what became of them. Caller commits.

    `since`: what others saved after that moment is not overwritten. Raises `Forbidden`, `NotFound`.
    """
    naming.analyst(actor)
    there = {one.name: one for one in branches.list_files(uow, branch)}
    found: list[Taken] = []
    files_sent = list(sent)
    for name, content in files_sent[:MOST]:
        where = place(name, there, folder)
        found.append(_take(uow, ctx, actor, branch, where, content, there.get(where), note, since))
    too_many = text("{count} files are taken at once: send this one again", count=MOST)
    found += [Taken(name=name, kept=False, refused=too_many) for name, _ in files_sent[MOST:]]
    files = branches.files(uow, branch)
    kept = [one for one in found if one.kept]
    problems = {
        one.name: tuple(each for each in checking.check(uow, ctx, files, one.name))
        for one in kept
        if one.name.endswith(naming.ENDINGS)
    }
    return tuple(
        Taken(
            name=one.name,
            kept=one.kept,
            changed=one.changed,
            refused=one.refused,
            line=one.line,
            problems=tuple(p for p in problems.get(one.name, ()) if p.file == one.name),
        )
        for one in found
    )


def _take(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    branch: str,
    name: str,
    content: bytes,
    before: FileView | None,
    note: str,
    since: datetime | None,
) -> Taken:
    try:
        _refuse_if_saved(before, since)
        with uow.savepoint():
            if before is None or not before.digest:
                done = tending.create(uow, ctx, actor, branch, name, content)
            else:
                base = before.revision
                done = branches.save(uow, ctx, actor, branch, name, content, base=base, note=note)
    except (Refused, Conflict) as problem:
        line = getattr(problem, "line", 0)
        return Taken(name=name, kept=False, refused=problem.text, line=line)
    changed = before is None or done.digest != before.digest
    return Taken(name=name, kept=True, changed=changed)


def _refuse_if_saved(before: FileView | None, since: datetime | None) -> None:
    """Raise `Conflict` if somebody saved the file since a moment."""
    if before and since and before.saved_at and before.saved_at > since:
        raise Conflict(
            text(
                "{by} saved {name} meanwhile; look at it first",
                by=before.saved_by,
                name=before.name,
            )
        )
