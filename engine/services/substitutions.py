"""Substitution: a head says who works in whose place, and from when to when.

While it is in force, `signing_in.load` gives the substitute the absent person's roles there; every
act done by them is written down as done in her place. The absent person keeps her own access: she
may come in for an hour and sign what only she knows, and both are told what happens; what one has
claimed the other cannot take.

It begins and ends with the local day, by two jobs: the first hands over the open tasks if that was
asked for, the second gives what still lies on the substitute's desk back to the office's queue,
with its draft. Nothing depends on these jobs being in time: rights follow the day, not the jobs.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from engine.errors import Conflict, Forbidden, FormRefused, NotFound
from engine.model.people import Actor, Candidate
from engine.model.steps import JobKind
from engine.model.substitution import Term, begins, local_day
from engine.model.text import text
from engine.services import access, audit, claims, standing
from engine.services.context import Context, UnitOfWork
from engine.services.views import Colleague, SubstitutionView
from engine.services.wishes import Wish, errors_of, people_of
from engine.store.jobs import NewJob


def create(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> str:
    """Set a substitution; return its id. Head of the organisation or administrator.

    `Forbidden`, `NotFound` (no such organisation), `FormRefused` with errors by field: ``absent``,
    ``substitute``, ``first``, ``last``, ``roles``.
    """
    author = _head(uow, actor, wish.organisation)
    if uow.organisations.find(wish.organisation) is None:
        raise NotFound(text("There is no organisation {code}", code=wish.organisation))
    errors = errors_of(uow, ctx, author, wish)
    if errors or wish.first is None or wish.last is None:
        raise FormRefused(text("Please check the marked fields"), errors)
    term = Term(first=wish.first, last=wish.last)
    row = uow.substitutions.add(_row(wish, term, author), ctx.now())
    audit.append(uow, ctx, author, "substitution.set", f"substitution:{row.id}", _told(wish))
    _later(uow, ctx, row.id, standing.END, term.over)
    if term.covers(local_day(ctx.now())):
        standing.begin(uow, ctx, author, row)
    else:
        _later(uow, ctx, row.id, standing.BEGIN, begins(term.first))
        standing.tell(uow, ctx, row, "substitution_set", [row.substitute])
    standing.tell(uow, ctx, row, "substitution_absent", [row.absent])
    return str(row.id)


def _head(uow: UnitOfWork, actor: Actor, organisation: str) -> Actor:
    place = Candidate("", organisation)
    if not access.supervises(uow, actor, [place]):
        raise Forbidden(text("Only the head of the organisation sets who substitutes whom"))
    return access.as_head(uow, actor, [place])


def _row(wish: Wish, term: Term, author: Actor) -> dict[str, Any]:
    return {
        "absent": wish.absent,
        "substitute": wish.substitute,
        "organisation": wish.organisation,
        "roles": sorted(set(wish.roles)),
        "first_day": term.first,
        "last_day": term.last,
        "hand_over": wish.hand_over,
        "set_by": author.account or None,
    }


def _told(wish: Wish) -> dict[str, object]:
    return {
        "absent": wish.absent,
        "substitute": wish.substitute,
        "organisation": wish.organisation,
        "roles": sorted(set(wish.roles)),
        "first": str(wish.first),
        "last": str(wish.last),
    }


def _later(uow: UnitOfWork, ctx: Context, substitution: str, topic: str, due: Any) -> None:
    """Add a job; its token is the substitution's id, so that ending that cancels it."""
    job = NewJob(
        kind=JobKind.SUBSTITUTION,
        due_at=due,
        element="",
        token=substitution,
        topic=topic,
        payload={},
        max_attempts=claims.OWN_PLAN.max_attempts,
    )
    uow.jobs.add([job], ctx.now())
    ctx.bell.ring(uow)


def end(uow: UnitOfWork, ctx: Context, actor: Actor, substitution_id: str) -> int:
    """End one at once, or take back one to come; return how many tasks went back to the queue.

    `NotFound` for unknown and foreign ids alike; `Conflict` if it is over already.
    """
    row = uow.substitutions.lock(substitution_id)
    if row is None or not access.supervises(uow, actor, [Candidate("", row.organisation)]):
        raise NotFound(text("There is no such substitution, or it is not yours to end"))
    now = ctx.now()
    if row.ended_at is not None or row.last_day < local_day(now):
        raise Conflict(text("This substitution is over already"))
    author = _head(uow, actor, row.organisation)
    uow.substitutions.end(row.id, author.account, now)
    uow.jobs.cancel([row.id], now)
    subject = f"substitution:{row.id}"
    audit.append(uow, ctx, author, "substitution.end", subject, {"absent": row.absent})
    return standing.over(uow, ctx, author, row, local_day(now))


def list_open(
    uow: UnitOfWork, ctx: Context, actor: Actor, organisation: str = ""
) -> tuple[SubstitutionView, ...]:
    """Return those in force and to come, by first day; of all that she administers for "".

    `Forbidden` for who does not head the organisation.
    """
    if organisation:
        _head(uow, actor, organisation)
    else:
        access.admin(actor)
    today = local_day(ctx.now())
    reach = None if organisation else access.reach(uow, actor)
    found = uow.substitutions.open(today, organisation)
    rows = [row for row in found if reach is None or row.organisation in reach]
    names = uow.accounts.names([row.set_by or "" for row in rows])
    return tuple(_view(row, today, names.get(row.set_by, "")) for row in rows)


def _view(row: Any, today: date, set_by: str) -> SubstitutionView:
    return SubstitutionView(
        id=row.id,
        organisation=row.organisation,
        organisation_names=row.organisation_names,
        absent=row.absent,
        absent_name=row.absent_name,
        substitute=row.substitute,
        substitute_name=row.substitute_name,
        roles=tuple(row.roles),
        first=row.first_day,
        last=row.last_day,
        running=row.first_day <= today,
        hand_over=row.hand_over,
        set_at=row.set_at,
        set_by=set_by,
    )


def colleagues(
    uow: UnitOfWork, ctx: Context, actor: Actor, organisation: str
) -> tuple[Colleague, ...]:
    """Return the open accounts of an organisation, by name; its head or an administrator."""
    _head(uow, actor, organisation)
    people = people_of(uow, organisation)
    names = uow.accounts.names(people)
    loads = _loads(uow, organisation, people)
    return tuple(
        Colleague(
            account=one,
            name=names[one],
            roles=tuple(sorted(held.role for held in people[one])),
            open=loads.get(one, 0),
        )
        for one in sorted(people, key=lambda account: names[account])
    )


def _loads(
    uow: UnitOfWork, organisation: str, people: dict[str, frozenset[Candidate]]
) -> dict[str, int]:
    """Return how many open tasks each would hand on."""
    found: dict[str, set[str]] = {}
    for row in uow.tasks.on_desks(organisation):
        if Candidate(row.role, organisation) in people.get(row.assignee, ()):
            found.setdefault(row.assignee, set()).add(row.id)
    return {account: len(tasks) for account, tasks in found.items()}


def roles_of(people: Sequence[Colleague]) -> tuple[str, ...]:
    """Return every role that somebody of an office holds and can hand on."""
    return tuple(sorted({role for one in people for role in one.roles}))
