"""Who may see and do what. One place; every service that takes an id asks here.

What is not a person's to see does not exist for her: `NotFound`, the same as for an unknown id, so
that ids tell nothing. Timers, handlers and the system itself may do everything.

Administrators. Whoever holds the role at an office without a region administers everything. At an
office of a region she administers that region: its offices, the accounts of people who work
nowhere else, and the cases that have or had a task at one of its offices, or were called by such a
case; all of such a case, also its tasks elsewhere. `reach` says which offices that are. A case that
never had a task (it failed before its first one) is left to those who administer everything, and so
is what is of no case: settings, definitions, the calendar, handlers (`everywhere`). Lists take
`reach` and are narrowed in the database (`engine.store.administered`); single things ask
`administered`. A domain may keep more back (`engine.services.sights`).
"""

from collections.abc import Collection, Iterable
from typing import Protocol

from engine.errors import Forbidden, NotFound
from engine.model.people import ADMIN, SUPERVISOR, Actor, ActorKind, Candidate
from engine.model.text import text
from engine.services.context import UnitOfWork
from engine.store.administered import Reach
from engine.store.tasks import TaskRow


def is_machine(actor: Actor) -> bool:
    """Tell whether this is no person."""
    return actor.kind is not ActorKind.PERSON


def may_claim(actor: Actor, candidates: Iterable[Candidate]) -> bool:
    """Tell whether one of the roles is hers."""
    return not actor.memberships.isdisjoint(candidates)


def reach(uow: UnitOfWork, actor: Actor) -> Reach:
    """Return the offices that she administers; None: all. Nobody else administers any."""
    return uow.organisations.reach(actor)


def reaches(uow: UnitOfWork, actor: Actor, organisation: str) -> bool:
    """Tell whether she administers an office."""
    known = reach(uow, actor)
    return known is None or organisation in known


def administers(uow: UnitOfWork, actor: Actor, instance_id: str) -> bool:
    """Tell whether she administers a case that is there."""
    known = reach(uow, actor)
    return known is None or bool(uow.reachable.worked_at([instance_id], known))


def supervises(uow: UnitOfWork, actor: Actor, candidates: Iterable[Candidate]) -> bool:
    """Tell whether she heads one of the organisations, or administers it."""
    known = reach(uow, actor)
    if known is None:
        return True
    hers = known | actor.organisations(SUPERVISOR)
    return any(candidate.organisation in hers for candidate in candidates)


def manages(
    uow: UnitOfWork, actor: Actor, instance_id: str, candidates: Iterable[Candidate]
) -> bool:
    """Tell whether she may give a task to somebody: heads its office, or administers its case."""
    return supervises(uow, actor, candidates) or administers(uow, actor, instance_id)


def as_head(uow: UnitOfWork, actor: Actor, candidates: Iterable[Candidate]) -> Actor:
    """Return the actor as author of an act of the head of these organisations."""
    asked = list(candidates)
    known = reach(uow, actor)
    if known is None or any(one.organisation in known for one in asked):
        return actor
    return actor.acting_for(Candidate(SUPERVISOR, one.organisation) for one in asked)


class Worked(Protocol):
    """A task, as far as it tells whose it is or was."""

    @property
    def instance_id(self) -> str:
        """Return its case."""
        ...

    @property
    def assignee(self) -> str | None:
        """Return the account id of who has or had it."""
        ...

    @property
    def completed_by(self) -> str | None:
        """Return the account id of who completed it."""
        ...


def sees(uow: UnitOfWork, actor: Actor, task: Worked, candidates: tuple[Candidate, ...]) -> bool:
    """Tell whether a task is, was or could be hers, or she administers its case."""
    return (
        may_claim(actor, candidates)
        or (bool(actor.account) and actor.account in {task.assignee, task.completed_by})
        or manages(uow, actor, task.instance_id, candidates)
    )


def no_task() -> NotFound:
    """Return the error for an unknown task and for a foreign one alike."""
    return NotFound(text("There is no such task, or it is not yours to see"))


def no_case() -> NotFound:
    """Return the error for an unknown case and for a foreign one alike."""
    return NotFound(text("There is no such case, or it is not yours to see"))


def task(uow: UnitOfWork, actor: Actor, task_id: str) -> tuple[TaskRow, str, tuple[Candidate, ...]]:
    """Return a task this person may see, its definition's id and candidates; `NotFound`."""
    found = uow.tasks.find(task_id)
    if found is None:
        raise no_task()
    row, definition_id = found
    candidates = uow.tasks.candidates(row)
    if not sees(uow, actor, row, candidates):
        raise no_task()
    return row, definition_id, candidates


def opened(uow: UnitOfWork, actor: Actor, row: TaskRow) -> None:
    """Raise `NotFound` unless a task whose row was just read is this person's to see."""
    if not (sees(uow, actor, row, ()) or sees(uow, actor, row, uow.tasks.candidates(row))):
        raise no_task()


def completed(uow: UnitOfWork, actor: Actor, task_ids: Collection[str]) -> frozenset[str]:
    """Return which of some tasks are completed and hers to see: what `task` would let her open."""
    rows = uow.tasks.completed(sorted(task_ids)) if task_ids else ()
    return frozenset(
        row.id
        for row in rows
        # Its further candidates were forgotten when it was completed.
        if sees(uow, actor, row, (Candidate(row.role, row.organisation),) if row.role else ())
    )


def case(uow: UnitOfWork, actor: Actor, instance_id: str) -> None:
    """Raise `NotFound` unless this person may see the case."""
    if is_machine(actor):
        return
    if not actor.account or not uow.reachable.is_visible(instance_id, actor):
        raise no_case()


def admin(actor: Actor) -> None:
    """Raise `Forbidden` for a person who is no administrator."""
    if not is_machine(actor) and not actor.holds(ADMIN):
        raise Forbidden(text("Only an administrator may do this"))


def administered(uow: UnitOfWork, actor: Actor, instance_id: str) -> None:
    """Raise `Forbidden` for no administrator, `NotFound` for a case that is not hers to act on."""
    admin(actor)
    if uow.instances.find(instance_id) is None or not administers(uow, actor, instance_id):
        raise no_case()


def of_case(uow: UnitOfWork, actor: Actor, instance_id: str | None) -> None:
    """Raise as `administered` does for what is of a case, as `everywhere` for what is of none."""
    if instance_id:
        administered(uow, actor, instance_id)
    else:
        everywhere(uow, actor)


def everywhere(uow: UnitOfWork, actor: Actor) -> None:
    """Raise `Forbidden` unless she administers the whole installation, not a region of it."""
    admin(actor)
    if reach(uow, actor) is not None:
        raise Forbidden(text("Only an administrator of the whole installation may do this"))
