"""Substitution: a head says who works in whose place, and from when to when.

While it is in force, `accounts.load` gives the substitute the absent person's roles there; every
act done by them is written down as done in her place. The absent person keeps her own access: she
may come in for an hour and sign what only she knows, and both are told what happens; what one has
claimed the other cannot take.

It begins and ends with the local day, by two jobs: the first hands over the open tasks if that was
asked for, the second gives what still lies on the substitute's desk back to the office's queue,
with its draft. Nothing depends on these jobs being in time: rights follow the day, not the jobs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from engine.errors import Conflict, Forbidden, FormRefused, NotFound
from engine.model.people import ADMIN, SYSTEM, Actor, Candidate
from engine.model.steps import JobKind
from engine.model.substitution import BEYOND, LONGEST, Handed, Term, begins, local_day
from engine.model.text import Text, text
from engine.services import access, audit, claims, history, notifications
from engine.services.claims import Claimed
from engine.services.context import Context, UnitOfWork
from engine.services.views import Colleague, SubstitutionView
from engine.store.jobs import NewJob
from engine.store.tasks import TaskRow

#: Topics of the two jobs.
BEGIN, END = "begin", "end"
#: Why a task leaves the substitute's desk, as history tells it.
OVER = text("The substitution is over")

Errors = dict[str, list[Text]]


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a head asks for; what she left out is empty or None."""

    #: Organisation code.
    organisation: str
    #: Account id of who is away.
    absent: str = ""
    #: Account id of who works in her place.
    substitute: str = ""
    #: First local day.
    first: date | None = None
    #: Last local day, included.
    last: date | None = None
    #: Role names; none: every role that the absent person holds there.
    roles: tuple[str, ...] = ()
    #: Whether her open tasks go to the substitute on the first day.
    hand_over: bool = False


# Setting and ending.


def create(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> str:
    """Set a substitution; return its id. Head of the organisation or administrator.

    `Forbidden`, `NotFound` (no such organisation), `FormRefused` with errors by field: ``absent``,
    ``substitute``, ``first``, ``last``, ``roles``.
    """
    author = _head(actor, wish.organisation)
    if uow.organisations.find(wish.organisation) is None:
        raise NotFound(text("There is no organisation {code}", code=wish.organisation))
    errors = _errors(uow, ctx, author, wish)
    if errors or wish.first is None or wish.last is None:
        raise FormRefused(text("Please check the marked fields"), errors)
    term = Term(first=wish.first, last=wish.last)
    row = uow.substitutions.add(_row(wish, term, author), ctx.now())
    audit.append(uow, ctx, author, "substitution.set", f"substitution:{row.id}", _told(wish))
    _later(uow, ctx, row.id, END, term.over)
    if term.covers(local_day(ctx.now())):
        _begin(uow, ctx, author, row)
    else:
        _later(uow, ctx, row.id, BEGIN, begins(term.first))
        _tell(uow, ctx, row, "substitution_set", [row.substitute])
    _tell(uow, ctx, row, "substitution_absent", [row.absent])
    return str(row.id)


def _head(actor: Actor, organisation: str) -> Actor:
    place = Candidate("", organisation)
    if not access.supervises(actor, [place]):
        raise Forbidden(text("Only the head of the organisation sets who substitutes whom"))
    return access.as_head(actor, [place])


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
    uow.after_commit(ctx.bell.ring)


def end(uow: UnitOfWork, ctx: Context, actor: Actor, substitution_id: str) -> int:
    """End one at once, or take back one to come; return how many tasks went back to the queue.

    `NotFound` for unknown and foreign ids alike; `Conflict` if it is over already.
    """
    row = uow.substitutions.lock(substitution_id)
    if row is None or not access.supervises(actor, [Candidate("", row.organisation)]):
        raise NotFound(text("There is no such substitution, or it is not yours to end"))
    now = ctx.now()
    if row.ended_at is not None or row.last_day < local_day(now):
        raise Conflict(text("This substitution is over already"))
    author = _head(actor, row.organisation)
    uow.substitutions.end(row.id, author.account, now)
    uow.jobs.cancel([row.id], now)
    subject = f"substitution:{row.id}"
    audit.append(uow, ctx, author, "substitution.end", subject, {"absent": row.absent})
    return _over(uow, ctx, author, row, local_day(now))


# Checking.


def _errors(uow: UnitOfWork, ctx: Context, author: Actor, wish: Wish) -> Errors:
    errors: Errors = {}
    people = _people(uow, wish.organisation)
    held = people.get(wish.absent, frozenset())
    _check_absent(errors, author, wish, people)
    _check_substitute(errors, wish, people)
    unknown = sorted(set(wish.roles) - {one.role for one in held})
    if unknown and held:
        errors["roles"] = [text("The person who is away does not hold this role here")]
    _check_term(errors, local_day(ctx.now()), wish)
    if not errors:
        _check_others(errors, uow, local_day(ctx.now()), wish)
    return errors


def _people(uow: UnitOfWork, organisation: str) -> dict[str, frozenset[Candidate]]:
    """Return the active accounts of an organisation, each with what it can hand on there."""
    rows = [row.id for row in uow.accounts.all(organisation) if row.active]
    held = uow.accounts.memberships(rows)
    handed = Handed(organisation=organisation)
    return {one: handed.of(held[one]) for one in rows}


def _check_absent(
    errors: Errors, author: Actor, wish: Wish, people: dict[str, frozenset[Candidate]]
) -> None:
    stead = author.in_place_of
    if not wish.absent:
        errors["absent"] = [text("Choose who is away")]
    elif wish.absent not in people:
        errors["absent"] = [text("This person does not work in this organisation")]
    elif not people[wish.absent]:
        errors["absent"] = [text("This person holds no role here that another could take over")]
    elif stead is not None and stead.account == wish.absent:
        # Nobody prolongs her own powers.
        errors["absent"] = [
            text(
                "You are the head here only in the place of {name}. Who substitutes that person "
                "is for another head or an administrator to say",
                name=stead.name,
            )
        ]


def _check_substitute(errors: Errors, wish: Wish, people: dict[str, frozenset[Candidate]]) -> None:
    if not wish.substitute:
        errors["substitute"] = [text("Choose who substitutes")]
    elif wish.substitute == wish.absent:
        errors["substitute"] = [text("Nobody substitutes herself: choose somebody else")]
    elif wish.substitute not in people:
        errors["substitute"] = [
            text("A substitute works in the same organisation, with an account that is open")
        ]


def _check_term(errors: Errors, today: date, wish: Wish) -> None:
    if wish.first is None:
        errors["first"] = [text("Write the first day as a day of the calendar")]
    elif wish.first < today:
        errors["first"] = [text("This day is past: a substitution begins today or later")]
    elif wish.first > today + timedelta(days=LONGEST):
        errors["first"] = [text("A substitution is set at most a year ahead")]
    if wish.last is None:
        errors["last"] = [text("Write the last day as a day of the calendar: it needs an end")]
    elif wish.first is not None and wish.last < wish.first:
        errors["last"] = [text("The last day is before the first one")]
    elif wish.first is not None and Term(first=wish.first, last=wish.last).days > LONGEST:
        errors["last"] = [text("A substitution lasts at most a year")]


def _check_others(errors: Errors, uow: UnitOfWork, today: date, wish: Wish) -> None:
    """Refuse a second substitute for the same person and role on the same day."""
    if wish.first is None or wish.last is None:
        return
    term = Term(first=wish.first, last=wish.last)
    handed = Handed(organisation=wish.organisation, roles=wish.roles)
    for row in uow.substitutions.of_absent(wish.absent, today):
        other = Handed(organisation=row.organisation, roles=tuple(row.roles))
        if handed.meets(other) and term.meets(Term(first=row.first_day, last=row.last_day)):
            errors["first"] = [
                text(
                    "From {first} to {last} {name} substitutes this person already",
                    first=f"{row.first_day:%d.%m.%Y}",
                    last=f"{row.last_day:%d.%m.%Y}",
                    name=row.substitute_name,
                )
            ]


# Beginning and being over.


def fire(uow: UnitOfWork, ctx: Context, job: Claimed) -> None:
    """Do the job of a first or of a last day; nothing if it was ended meanwhile."""
    row = uow.substitutions.lock(job.token)
    if row is None or row.ended_at is not None:
        return
    if job.topic == BEGIN:
        if local_day(ctx.now()) <= row.last_day:
            _begin(uow, ctx, SYSTEM, row)
        return
    # By the day after, whatever this machine's clock says: the database's clock made it due.
    after = max(local_day(ctx.now()), row.last_day + timedelta(days=1))
    audit.append(uow, ctx, SYSTEM, "substitution.over", f"substitution:{row.id}")
    _over(uow, ctx, SYSTEM, row, after)


def _begin(uow: UnitOfWork, ctx: Context, actor: Actor, row: Any) -> None:
    moved = _hand_over(uow, ctx, actor, row) if row.hand_over else 0
    _tell(uow, ctx, row, "substitution_begun", [row.substitute], moved)


def _tell(
    uow: UnitOfWork, ctx: Context, row: Any, kind: str, people: Iterable[str], count: int = 0
) -> None:
    names = uow.accounts.names([row.absent, row.substitute])
    notifications.tell(
        uow,
        ctx,
        kind,
        accounts=people,
        params={
            "absent": names[row.absent],
            "substitute": names[row.substitute],
            "first": row.first_day,
            "last": row.last_day,
            "count": count,
        },
    )


def _hand_over(uow: UnitOfWork, ctx: Context, actor: Actor, row: Any) -> int:
    """Give the absent person's open tasks of the roles handed on to the substitute."""
    own = uow.accounts.memberships([row.absent])[row.absent]
    handed = Handed(organisation=row.organisation, roles=tuple(row.roles)).of(own)
    found = [one for one in _desk(uow, row.absent) if not handed.isdisjoint(one[1])]
    names = uow.accounts.names([row.absent, row.substitute])
    detail = {"from": names[row.absent], "to": names[row.substitute]}
    return sum(_move(uow, ctx, actor, task, row.substitute, detail) for task, _ in found)


def _over(uow: UnitOfWork, ctx: Context, actor: Actor, row: Any, day: date) -> int:
    """Give back to the queue what the substitute holds no role for any more; tell both."""
    own, places = uow.substitutions.held(row.substitute, day)
    held = own | {one.candidate for one in places}
    found = [
        task
        for task, candidates in _desk(uow, row.substitute)
        if held.isdisjoint(candidates)
        and any(one.organisation == row.organisation for one in candidates)
    ]
    detail = {"reason": OVER.msgid}
    moved = sum(_move(uow, ctx, actor, task, None, detail) for task in found)
    _tell(uow, ctx, row, "substitution_over", [row.absent, row.substitute], moved)
    return moved


def _desk(uow: UnitOfWork, account: str) -> list[tuple[TaskRow, tuple[Candidate, ...]]]:
    """Return somebody's open tasks with their candidates; those without any stay where they are."""
    rows = uow.tasks.on_desk(account)
    found = [(task, uow.tasks.candidates(task)) for task in rows]
    return [(task, candidates) for task, candidates in found if candidates]


def _move(
    uow: UnitOfWork,
    ctx: Context,
    actor: Actor,
    task: TaskRow,
    account: str | None,
    detail: dict[str, str],
) -> bool:
    """Give a task to somebody, or back to the queue; False if it left that desk meanwhile."""
    if not uow.tasks.assign(task.id, account, ctx.now(), expected=task.assignee):
        return False
    what = "assigned" if account else "released"
    history.note(
        uow, ctx, actor, task.instance_id, what, detail, element=task.element, token=task.id
    )
    return True


# Looking.


def list_open(
    uow: UnitOfWork, ctx: Context, actor: Actor, organisation: str = ""
) -> tuple[SubstitutionView, ...]:
    """Return those in force and to come, by first day; of all organisations for an administrator.

    `Forbidden` for who does not head the organisation.
    """
    if not organisation and not actor.holds(ADMIN):
        raise Forbidden(text("Only an administrator may do this"))
    if organisation:
        _head(actor, organisation)
    today = local_day(ctx.now())
    rows = uow.substitutions.open(today, organisation)
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
    _head(actor, organisation)
    people = _people(uow, organisation)
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
    return tuple(sorted({role for one in people for role in one.roles} - BEYOND))
