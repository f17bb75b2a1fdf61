"""Suspending, resuming, cancelling and deleting a case."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import CalledCase, Conflict, ValueRefused
from engine.model.people import Actor
from engine.model.text import Text, text
from engine.services import ending, instances, notifications, retention
from engine.services.cockpit import calling, stamps, typed
from engine.services.cockpit.operations import (
    Change,
    Done,
    Operation,
    Params,
    Preview,
    Subject,
    Wish,
)
from engine.services.context import Context, UnitOfWork
from engine.services.views import CaseState
from engine.store import due

STATE_NAMES: Mapping[str, Text] = {
    CaseState.ACTIVE.value: text("running"),
    CaseState.SUSPENDED.value: text("suspended"),
    CaseState.COMPLETED.value: text("completed"),
    CaseState.FAILED.value: text("failed"),
    CaseState.CANCELLED.value: text("cancelled"),
}
#: Cases below that a preview names one by one.
NAMED = 20
#: Cases below that one act switches.
BELOW = 2000


def stamp(uow: UnitOfWork, case: str) -> str:
    """Return the stamp of a case."""
    return stamps.cases(uow, [case]).get(case, "")


def below(uow: UnitOfWork, case: str) -> Iterator[Any]:
    """Return the cases that a case called and that go on, callers first; at most `BELOW`."""
    level, count = [case], 0
    while level and count < BELOW:
        level = list(uow.instances.still_called_by(level))[: BELOW - count]
        count += len(level)
        for one in level:
            found = uow.instances.find(one)
            if found is not None:
                yield found


# Suspending and resuming.


def _read_called(said: Mapping[str, str]) -> Params:
    return {"called": typed.ticked(said, "called")}


@dataclass(frozen=True, kw_only=True)
class _Switch:
    """Suspending or resuming: the same, the other way round."""

    #: State in which it can be done, and the one after it.
    before: CaseState
    after: CaseState

    def _touched(self, uow: UnitOfWork, wish: Wish) -> list[Any]:
        own = calling.case(uow, wish.subject)
        rest = below(uow, wish.subject) if wish.params.get("called") else ()
        return [own, *(one for one in rest if one.status == self.before.value)]

    def look(self, uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Preview:
        """Tell which cases are switched."""
        own, *rest = self._touched(uow, wish)
        fits = own.status == self.before.value
        changes = [_becomes(uow, ctx, one, self.after) for one in [own, *rest[:NAMED]]]
        if rest[NAMED:]:
            changes.append(Change(what=text("{n} further called cases", n=len(rest) - NAMED)))
        return Preview(
            name=calling.case_name(uow, ctx, own),
            changes=tuple(changes) if fits else (),
            warnings=tuple(_of_switching(uow, own, wish, self.after)) if fits else (),
            refusals=() if fits else (instances.NOT_IN[self.before],),
            stamp=stamp(uow, wish.subject),
        )

    def act(self, uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
        """Switch the case, and those below that are in the same state."""
        done = []
        for one in self._touched(uow, wish):
            if _switched(uow, ctx, actor, one.id, self.after, wish):
                done.append(one.id)
        return Done(undo={"cases": done}, told={"cases": len(done)})

    def undo(self, uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
        """Switch those back that were switched."""
        cases = wish.params["cases"]
        for one in cases if isinstance(cases, list) else ():
            _switched(uow, ctx, actor, str(one), self.before, wish)
        return Done()


def _switched(
    uow: UnitOfWork, ctx: Context, actor: Actor, case: str, after: CaseState, wish: Wish
) -> bool:
    switch = instances.suspend if after is CaseState.SUSPENDED else instances.resume
    try:
        switch(uow, ctx, actor, case, wish.reason)
    except ValueRefused:
        # The case itself must fit; one below that went its way meanwhile is left alone.
        if case == wish.subject:
            raise
        return False
    return True


def _becomes(uow: UnitOfWork, ctx: Context, row: Any, after: CaseState) -> Change:
    return Change(
        what=calling.case_name(uow, ctx, row),
        before=STATE_NAMES[row.status],
        after=STATE_NAMES[after.value],
    )


def _of_switching(uow: UnitOfWork, own: Any, wish: Wish, after: CaseState) -> Iterator[Text]:
    if after is CaseState.SUSPENDED:
        open_tasks = uow.tasks.open_of(wish.subject)
        if any(task.assignee for task in open_tasks):
            yield text("Somebody works on a task of it: it cannot be sent until the case goes on.")
    else:
        yield text("Timers that came due meanwhile fire now.")
    calls = uow.instances.still_called_by([wish.subject])
    if calls and not wish.params.get("called"):
        yield text("It called {n} cases that are not touched.", n=len(calls))
    if own.parent_id:
        yield text("Another case called this one and waits for it.")


# Cancelling.


def _look_cancel(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Preview:
    own = calling.case(uow, wish.subject)
    refusals = tuple(_against_cancel(uow, ctx, own))
    touched = [own, *below(uow, wish.subject)] if not refusals else []
    changes = [_becomes(uow, ctx, one, CaseState.CANCELLED) for one in touched[:NAMED]]
    if touched[NAMED:]:
        changes.append(Change(what=text("{n} further called cases", n=len(touched) - NAMED)))
    for one in touched[:NAMED]:
        changes += _falls_away(uow, ctx, one)
    return Preview(
        name=calling.case_name(uow, ctx, own),
        changes=tuple(changes),
        warnings=(text("Whoever has a task of it is told."),) if touched else (),
        refusals=refusals,
        stamp=stamp(uow, wish.subject),
    )


def _against_cancel(uow: UnitOfWork, ctx: Context, own: Any) -> Iterator[Text]:
    if own.status not in ending.OPEN:
        yield ending.ENDED
        return
    try:
        instances.refuse_if_waited_for(uow, ctx, own)
    except CalledCase as error:
        yield error.text


def _falls_away(uow: UnitOfWork, ctx: Context, row: Any) -> Iterator[Change]:
    for task in uow.tasks.open_of(row.id):
        who = task.assignee_name
        draft = task.draft is not None
        at = text("open, {who} has it", who=who) if who else text("open, nobody has it")
        gone = text("withdrawn, what was typed is dropped") if draft else text("withdrawn")
        yield Change(
            what=calling.step(uow, ctx, row, task.element),
            before=at,
            after=gone,
            element=task.element,
        )
    for job in uow.jobs.of_instance(row.id):
        if job.state in due.OPEN:
            what = calling.step(uow, ctx, row, job.element) if job.element else job.topic
            yield Change(
                what=what,
                before=text("job waits"),
                after=text("withdrawn"),
                element=job.element,
            )
    for wait in uow.subscriptions.of_case(row.id):
        yield Change(
            what=calling.step(uow, ctx, row, wait.element),
            before=text("waits for {name}", name=wait.name),
            after=text("withdrawn"),
            element=wait.element,
        )


def _cancel(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    own = calling.case(uow, wish.subject)
    if own.status not in ending.OPEN:
        raise Conflict(ending.ENDED)
    touched = [own, *below(uow, wish.subject)]
    had = [task for one in touched for task in uow.tasks.open_of(one.id) if task.assignee]
    instances.cancel(uow, ctx, actor, wish.subject, wish.reason)
    for task in had:
        notifications.tell(
            uow,
            ctx,
            "case_cancelled",
            accounts=[task.assignee],
            instance_id=task.instance_id,
        )
    return Done(told={"cases": len(touched), "tasks": len(had)})


# Deleting.


def _look_delete(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Preview:
    own = calling.case(uow, wish.subject)
    until, refusals = retention.kept(uow, ctx, own)
    whole = len(uow.removals.tree(own.id))
    ended = own.ended_at
    changes = [
        Change(
            what=text("The case with everything that belongs to it"),
            before=text("ended {moment}", moment=ended) if ended else "",
            after=text("removed for good"),
        ),
        Change(what=text("Cases in all, called ones included"), before=str(whole), after="0"),
    ]
    if until is not None:
        said = text("{moment}", moment=until)
        changes.append(Change(what=text("Kept by law until"), before=said))
    return Preview(
        name=calling.case_name(uow, ctx, own),
        changes=tuple(changes) if not refusals else tuple(changes[2:]),
        warnings=(text("The audit log stays: it says who removed which case, and when."),),
        refusals=refusals,
        stamp=stamp(uow, wish.subject),
    )


def _delete(uow: UnitOfWork, ctx: Context, actor: Actor, wish: Wish) -> Done:
    retention.remove(uow, ctx, actor, calling.case(uow, wish.subject))
    return Done()


_SUSPEND = _Switch(before=CaseState.ACTIVE, after=CaseState.SUSPENDED)
_RESUME = _Switch(before=CaseState.SUSPENDED, after=CaseState.ACTIVE)

OPERATIONS = (
    Operation(
        name="suspend",
        subject=Subject.CASE,
        title=text("Suspend the case"),
        about=text(
            "It stops where it stands: no task of it can be sent, its timers and jobs wait."
        ),
        read=_read_called,
        look=_SUSPEND.look,
        act=_SUSPEND.act,
        undo=_SUSPEND.undo,
        stamps=stamps.cases,
    ),
    Operation(
        name="resume",
        subject=Subject.CASE,
        title=text("Resume the case"),
        about=text("It goes on where it was suspended."),
        read=_read_called,
        look=_RESUME.look,
        act=_RESUME.act,
        undo=_RESUME.undo,
        stamps=stamps.cases,
    ),
    Operation(
        name="cancel",
        subject=Subject.CASE,
        title=text("Cancel the case"),
        about=text(
            "It ends for a reason: its tasks, jobs and waits are withdrawn, "
            "and so are the cases it called."
        ),
        look=_look_cancel,
        act=_cancel,
        stamps=stamps.cases,
        grave=True,
    ),
    Operation(
        name="delete",
        subject=Subject.CASE,
        title=text("Delete the case"),
        about=text(
            "It is removed with all records on it; "
            "only an ended one that the law does not have kept any longer."
        ),
        look=_look_delete,
        act=_delete,
        stamps=stamps.cases,
        grave=True,
    ),
)
