"""Looking after branches: make, rename, close; new files, files taken away, two lines of work."""

from engine.errors import Conflict, NotFound, StaleRevision, ValueRefused
from engine.model.people import Actor
from engine.model.text import text
from engine.services import audit
from engine.services.context import Context, UnitOfWork
from engine.services.workshop import branches, naming
from engine.services.workshop.branches import AWAY, MAIN
from engine.services.workshop.views import BranchRow, FileState, FileView


def list_branches(uow: UnitOfWork, ctx: Context) -> tuple[BranchRow, ...]:
    """Return the branches that are worked on, the shared one first."""
    names = {MAIN} | {row.name for row in uow.workshop.branches()}
    return tuple(_row(uow, ctx, name) for name in sorted(names, key=lambda one: (one != MAIN, one)))


def _row(uow: UnitOfWork, ctx: Context, name: str) -> BranchRow:
    found = branches.find(uow, name)
    files = branches.list_files(uow, name)
    saved = [one for one in files if one.saved_at is not None]
    last = max(saved, key=lambda one: (one.saved_at, one.name), default=None)
    there = uow.workshop.present(found.id, ctx.now() - AWAY) if found.id else ()
    return BranchRow(
        name=name,
        changed=sum(one.state is not FileState.SAME for one in files),
        people=tuple(dict.fromkeys(row.person for row in there)),
        saved_at=last.saved_at if last else None,
        saved_by=last.saved_by if last else "",
    )


def make(uow: UnitOfWork, ctx: Context, actor: Actor, name: str) -> str:
    """Make a branch; return its name. `Conflict` if there is one. Caller commits."""
    naming.analyst(actor)
    wanted = naming.branch_name(name)
    if wanted == MAIN or not uow.workshop.make(wanted, ctx.now(), actor.account or actor.name):
        raise _taken(wanted)
    row = uow.workshop.branch(wanted)
    subject = f"branch:{row.id if row else wanted}"
    audit.append(uow, ctx, actor, "branch.make", subject, {"name": wanted})
    return wanted


def _taken(name: str) -> Conflict:
    return Conflict(text("There is a branch {name} already", name=name))


def rename(uow: UnitOfWork, ctx: Context, actor: Actor, name: str, new: str) -> str:
    """Give a branch another name; return it. The shared one keeps its own. Caller commits."""
    naming.analyst(actor)
    wanted = naming.branch_name(new)
    _refuse_main(name)
    row = branches.open_branch(uow, ctx, name, lock=True)
    if wanted == MAIN or uow.workshop.branch(wanted) is not None:
        raise _taken(wanted)
    uow.workshop.rename(row.id, wanted)
    told = {"name": name, "new": wanted}
    audit.append(uow, ctx, actor, "branch.rename", f"branch:{row.id}", told)
    return wanted


def close(uow: UnitOfWork, ctx: Context, actor: Actor, name: str) -> None:
    """End the work on a branch; what was saved in it is kept, but not shown. Caller commits."""
    naming.analyst(actor)
    _refuse_main(name)
    row = branches.open_branch(uow, ctx, name, lock=True)
    uow.workshop.close(row.id, ctx.now(), actor.account or actor.name)
    audit.append(uow, ctx, actor, "branch.close", f"branch:{row.id}", {"name": name})


def _refuse_main(name: str) -> None:
    if name == MAIN:
        raise ValueRefused(text("The branch {name} is everybody's and stays", name=MAIN))


def create(
    uow: UnitOfWork, ctx: Context, actor: Actor, branch: str, name: str, content: bytes
) -> FileView:
    """Save a file that is not there yet; `Conflict` if it is. Caller commits."""
    naming.file_name(name)
    naming.analyst(actor)
    branches.open_branch(uow, ctx, branch, lock=True)
    there = branches.files(uow, branch)
    if name in there:
        raise Conflict(text("There is a file {name} already", name=name))
    if len(there) >= naming.MOST:
        raise ValueRefused(text("A branch holds at most {limit} files", limit=naming.MOST))
    return branches.save(uow, ctx, actor, branch, name, content, base=_revision(uow, branch, name))


def _revision(uow: UnitOfWork, branch: str, name: str) -> int:
    found = branches.find(uow, branch)
    head = uow.workshop.head(found.id, name) if found.id else None
    return 0 if head is None else int(head.revision)


def remove(
    uow: UnitOfWork, ctx: Context, actor: Actor, branch: str, name: str, *, base: int
) -> None:
    """Take a file away from a branch. Caller commits.

    Raises `StaleRevision` if it was saved since `base`, `NotFound`.
    """
    naming.analyst(actor)
    row = branches.open_branch(uow, ctx, branch, lock=True)
    there = branches.file(uow, branch, name)
    if there.revision != base:
        raise StaleRevision(text("{name} was saved meanwhile; look at it first", name=name))
    head = uow.workshop.head(row.id, name)
    origin = there.deployed if head is None or head.digest == head.base else head.base
    branches.write(uow, ctx, actor, row, name, head, None, origin, "")
    uow.workshop.drop_all(row.id, [name])


def move(
    uow: UnitOfWork, ctx: Context, actor: Actor, branch: str, name: str, new: str, *, base: int
) -> FileView:
    """Give a file another name. Caller commits. Raises what `create` and `remove` do."""
    if name.rpartition(".")[2] != new.rpartition(".")[2]:
        raise ValueRefused(text("A file keeps its kind: the name must end as it did"))
    content = branches.file(uow, branch, name).content
    made = create(uow, ctx, actor, branch, new, content)
    remove(uow, ctx, actor, branch, name, base=base)
    return made


def take_deployed(
    uow: UnitOfWork, ctx: Context, actor: Actor, branch: str, name: str, *, base: int
) -> None:
    """Let a file of a branch be as it is deployed; its own line of work ends. Caller commits."""
    _settle(uow, ctx, actor, branch, name, base, keep=False)


def keep_own(
    uow: UnitOfWork, ctx: Context, actor: Actor, branch: str, name: str, *, base: int
) -> None:
    """Say that a file of a branch has what was deployed meanwhile, or wants none of it."""
    _settle(uow, ctx, actor, branch, name, base, keep=True)


def _settle(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    branch: str,
    name: str,
    base: int,
    *,
    keep: bool,
) -> None:
    naming.analyst(actor)
    row = branches.open_branch(uow, ctx, branch, lock=True)
    head = uow.workshop.head(row.id, name)
    if head is None:
        raise NotFound(text("There is no file {name} in this branch", name=name))
    if head.revision != base:
        raise StaleRevision(text("{name} was saved meanwhile; look at it first", name=name))
    deployed = branches.deployed_files(uow).get(name)
    content = head.content if keep else deployed
    own = None if content is None else bytes(content)
    branches.write(uow, ctx, actor, row, name, head, own, branches.digest(deployed), head.note)
