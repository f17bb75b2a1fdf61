"""What an administrator can do to a case, a task, a job, an incident, a version or a handler.

Each act is declared once as an `Operation` and always goes the same way, for one subject from its
page and for thousands in a batch:

    look     what would change, what stands in the way; and a stamp of the state that was looked at
    perform  lock, see that the stamp still fits, do it, write the audit row

The act itself writes the case's history. Modules of this package declare theirs in a tuple
`OPERATIONS`; `engine.services.cockpit.catalogue` gathers them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from engine.errors import Conflict, NotFound, Refused, StepFailed, ValueRefused
from engine.model.people import Actor
from engine.model.text import Text, Words, text
from engine.services import access, audit
from engine.services.context import Context, UnitOfWork
from engine.store import blind_index

Params = Mapping[str, object]
Said = Text | Words | str


class Subject(Enum):
    """What an operation is done to."""

    CASE = "case"
    TASK = "task"
    JOB = "job"
    INCIDENT = "incident"
    DEFINITION = "definition"
    #: A topic that handlers listen to.
    HANDLER = "handler"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """One operation on one subject, as somebody asks for it."""

    #: Id of the subject; a handler's is its topic.
    subject: str
    #: What was typed beside it, read by the operation: see `Operation.read`.
    params: Params = field(default_factory=dict)
    #: Why, in the person's own words; they may name people.
    reason: str = ""
    #: Stamp of the state that was looked at; empty: none was, whatever is there is taken.
    stamp: str = ""
    #: Batch it is a part of; empty: none.
    batch: str = ""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that an operation would change."""

    #: What.
    what: Said
    #: As it is; empty: nothing yet.
    before: Said = ""
    #: As it would be; empty: nothing any more.
    after: Said = ""
    #: Element of the diagram; empty: none.
    element: str = ""


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What an operation would do to a subject."""

    #: Case number, task, topic: what the subject is called.
    name: Said
    #: What would change.
    changes: tuple[Change, ...] = ()
    #: What one ought to know before.
    warnings: tuple[Text, ...] = ()
    #: Why it cannot be done; empty: it can.
    refusals: tuple[Text, ...] = ()
    #: State of the subject that was looked at.
    stamp: str = ""
    #: What can be chosen for a field of the form: values with what they are called.
    choices: Mapping[str, Sequence[tuple[str, Said]]] = field(default_factory=dict)
    #: What stands in a field of the form before anything is typed.
    given: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Done:
    """What an operation did."""

    #: What undoing it takes; None: it cannot be undone. Kept sealed.
    undo: Params | None = None
    #: For the audit row, no personal data.
    told: Params = field(default_factory=dict)


class Look(Protocol):
    """Tells what an operation would do, and does nothing.

    While the form is not filled, or wrongly, `Wish.params` are empty: it tells what the subject is
    called, what stands in the way whatever is typed, and what can be chosen.
    """

    def __call__(self, uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Preview:
        """Raise `NotFound` for an unknown subject."""
        ...


class Act(Protocol):
    """Does an operation; everything is locked, checked and recorded around it."""

    def __call__(self, uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
        """Raise `Refused`, `Conflict` or `StepFailed` if it cannot be done; nothing stands then."""
        ...


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One kind of act."""

    #: Stable name, part of addresses: ``retry``. The audit log says ``incident.retry``.
    name: str
    #: What it is done to.
    subject: Subject
    #: What the button says.
    title: Text
    #: What it does, one sentence.
    about: Text
    #: Reads what was typed into a form or stands in a batch's row; `FormRefused` names the field.
    read: Callable[[Mapping[str, str]], Params] = dict
    #: Tells what would change.
    look: Look
    #: Does it.
    act: Act
    #: State of many subjects as `Preview.stamp` says it, by id; those that are gone are missing.
    stamps: Callable[[UnitOfWork, Sequence[str]], Mapping[str, str]]
    #: Takes back what `Done.undo` says; None: it cannot be taken back.
    undo: Act | None = None
    #: Does many at once in one transaction, all or none, where that is faster than one by one;
    #: raises what `act` would, and the caller then takes them one by one. Audits by itself.
    many: Callable[[UnitOfWork, Context, Actor, Sequence[Wish]], None] | None = None
    #: Whether it cannot be taken back and asks twice.
    grave: bool = False
    #: Whether it asks why; a note, which changes nothing, does not.
    reasoned: bool = True


def look(uow: UnitOfWork, ctx: Context, actor: Actor, operation: Operation, wish: Wish) -> Preview:
    """Return what it would do (admin); `NotFound` for what is not hers to see."""
    _reach(uow, actor, operation, wish.subject)
    return operation.look(uow, ctx, actor, wish)


def perform(uow: UnitOfWork, ctx: Context, actor: Actor, operation: Operation, wish: Wish) -> Done:
    """Do it (admin); the caller commits, or takes everything back.

    Raises `NotFound` for what is not hers to see, `ValueRefused` without a reason, `Conflict` if
    the subject changed since it was looked at, and whatever the operation raises.
    """
    if operation.reasoned and not wish.reason.strip():
        raise ValueRefused(text("A reason is needed"))
    case = _reach(uow, actor, operation, wish.subject)
    if case:
        uow.instances.lock(case)
    if wish.stamp:
        _refuse_if_changed(uow, operation, wish)
    done = operation.act(uow, ctx, actor, wish)
    recorded(uow, ctx, actor, operation, wish, done.told)
    return done


def recorded(
    uow: UnitOfWork, ctx: Context, actor: Actor, operation: Operation, wish: Wish, told: Params
) -> None:
    """Write an act that was done into the audit log, with its batch and a digest of the reason."""
    found = {**told, **({"batch": wish.batch} if wish.batch else {})}
    if wish.reason.strip():
        found["reason"] = blind_index(wish.reason)  # of a case that is gone, nothing else is left
    audit.append(uow, ctx, actor, act_of(operation), subject_of(operation, wish.subject), found)


def unchanged(there: object, wish: Wish) -> None:
    """Raise `Conflict` if what an act left, and is to be taken back, is not as it left it."""
    if there != wish.params.get("now", there):
        raise Conflict(text("This has changed since; it stays as it is"))


def act_of(operation: Operation) -> str:
    """Return what the audit log calls it: ``incident.retry``."""
    return f"{operation.subject.value}.{operation.name}"


def subject_of(operation: Operation, subject: str) -> str:
    """Return what the audit log calls its subject: ``case:<id>``."""
    return f"{operation.subject.value}:{subject}"


def _refuse_if_changed(uow: UnitOfWork, operation: Operation, wish: Wish) -> None:
    if operation.stamps(uow, [wish.subject]).get(wish.subject) != wish.stamp:
        raise Conflict(text("This changed after it was looked at; look again"))


def _reach(uow: UnitOfWork, actor: Actor, operation: Operation, subject: str) -> str:
    """Return the id of the case that a subject belongs to, "" for none; `NotFound` if foreign."""
    access.admin(actor)
    case = case_of(uow, operation.subject, subject)
    access.of_case(uow, actor, case)
    return case


def case_of(uow: UnitOfWork, kind: Subject, subject: str) -> str:
    """Return the id of the case that a subject belongs to, "" for none; `NotFound`."""
    if kind is Subject.CASE:
        return subject
    if kind is Subject.TASK:
        found = uow.tasks.find(subject)
        return _case(None if found is None else found[0])
    if kind is Subject.JOB:
        return _case(uow.jobs.find(subject))
    if kind is Subject.INCIDENT:
        return _case(uow.incidents.find(subject))
    return ""


def _case(row: Any) -> str:
    if row is None:
        raise access.no_case()
    return row.instance_id or ""


#: What leaves a subject where it is; everything else (the database is away) stops a batch.
STAYS = (Refused, Conflict, NotFound, StepFailed)
