"""Acts on a plan as pages: what will happen, why, the button; back with nothing lost on an error.

What may be done when, `handlers.support.cases` decides; these pages show it before and ask.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import Conflict, FormRefused, NotFound, Refused, ZholdamaError
from engine.model.text import Text, text
from engine.services import tasks
from engine.web import errors, state
from engine.web.policy import allow
from handlers.support import cases, rights
from handlers.support.face import title
from handlers.support.pages import drawing, frame
from handlers.support.pages.blueprint import CENTRES, blueprint
from handlers.support.pages.drawing import Eye
from handlers.support.records import OVER, Measure, Member, PlanState, after, desks, seen
from handlers.support.rights import Part

#: Longest reason, characters.
LONGEST = 2000


@dataclass(frozen=True, kw_only=True)
class Act:
    """An act on a plan."""

    #: What it is called.
    title: Text
    #: What the button says.
    button: Text
    #: Icon.
    icon: str
    #: What happens, sentence by sentence.
    happens: tuple[Text, ...]
    #: What is asked for: ``to``, ``person``, ``reason``.
    asks: tuple[str, ...] = ()
    #: Whether it cannot be undone.
    warns: bool = False
    #: What is said once it was done.
    done: Text


ACTS: Mapping[str, Act] = {
    "amend": Act(
        title=text("Change the plan"),
        button=text("Begin the change"),
        icon="tool",
        happens=(
            text("A task opens in which measures are added, changed, transferred or withdrawn."),
            text("Nothing changes for anybody until the head has approved it."),
            text("Then only the bodies that it touches are told; the others work on."),
        ),
        done=text("The change is begun: say in this task what is to change."),
    ),
    "moved": Act(
        title=text("The family moves away"),
        button=text("Hand the plan over"),
        icon="truck",
        asks=("to", "reason"),
        happens=(
            text(
                "The plan goes to the new centre at once; "
                "here only what was sent before can be read."
            ),
            text("Open measures stop at their bodies and wait for the new centre."),
            text("What is done stays done."),
        ),
        warns=True,
        done=text("The plan was handed over; the new centre has been told."),
    ),
    "died": Act(
        title=text("A member of the family has died"),
        button=text("Note the death"),
        icon="candle",
        asks=("person",),
        happens=(
            text("Open measures for this person are withdrawn and their bodies told."),
            text("Measures for the others go on."),
        ),
        warns=True,
        done=text("The death is noted; what was open for this person is withdrawn."),
    ),
    "close": Act(
        title=text("Close the plan"),
        button=text("Close the plan"),
        icon="ban",
        asks=("reason",),
        happens=(
            text("The plan ends at once; open measures are withdrawn and their bodies told."),
            text("It cannot be opened again; a new plan may be opened for the family."),
        ),
        warns=True,
        done=text("The plan is closed."),
    ),
    "again": Act(
        title=text("Open a new plan"),
        button=text("Open a new plan"),
        icon="rotate",
        happens=(
            text("A new plan is opened at this centre and linked to this one."),
            text("This one stays as it ended."),
        ),
        done=text("The new plan is open: begin with the intake."),
    ),
}


@dataclass(frozen=True, kw_only=True)
class Typed:
    """What stands in the form: nothing yet, or what was sent and refused."""

    #: Code of the new centre.
    to: str = ""
    #: Person id.
    person: str = ""
    #: Why.
    reason: str = ""
    #: Errors by field; ``""``: of the act as a whole.
    errors: Mapping[str, Sequence[Text]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Fate:
    """A member with what is open for her or him."""

    #: The member.
    member: Member
    #: Age in words.
    age: str
    #: Open measures, with the names of their bodies.
    open: tuple[tuple[Measure, str], ...]


def open_acts(found: seen.Board, *, followed: bool = False) -> tuple[str, ...]:
    """Return the acts that a plan's state and the actor's rights allow.

    `followed`: another plan of the family has followed this one.
    """
    if Part.FAMILY not in found.parts:
        return ()
    heads = found.plan.centre in rights.reach(state.actor()).headed
    closing = ("close",) if heads else ()
    if found.plan.state is PlanState.RUNNING:
        return ("amend", "moved", "died", *closing)
    if found.plan.state in OVER:
        return () if found.plan.state is PlanState.NOT_OPENED or followed else ("again",)
    return closing


@blueprint.get("/plans/<number>/<any(amend,moved,died,close,again):act>")
@allow(CENTRES)
def ask(number: str, act: str) -> ResponseReturnValue:
    """Show what an act will do, and ask for what it needs."""
    return _page(number, act, Typed())


@blueprint.post("/plans/<number>/<any(amend,moved,died,close,again):act>")
@allow(CENTRES)
def carry_out(number: str, act: str) -> ResponseReturnValue:
    """Carry an act out; or show the page again with what was typed."""
    typed = _sent(act)
    frame.known(number)
    if typed.errors:
        return _page(number, act, typed, 400)
    try:
        where = DOING[act](number, typed)
    except NotFound:
        raise
    except FormRefused as refused:
        return _page(number, act, replace(typed, errors=refused.errors), 400)
    except (Conflict, Refused) as refused:
        return _page(number, act, _told(typed, refused), errors.status_of(refused))
    flash(state.said(ACTS[act].done), "ok")
    return redirect(where, code=303)


def _sent(act: str) -> Typed:
    said = request.form
    typed = Typed(
        to=said.get("to", "")[:40],
        person=said.get("person", "")[:32],
        reason=said.get("reason", "").replace("\0", "").strip()[:LONGEST],
    )
    missing = {
        "to": text("Choose the centre to which the family moves."),
        "person": text("Choose who has died."),
        "reason": text("Write why."),
    }
    found = {name: [missing[name]] for name in ACTS[act].asks if not getattr(typed, name)}
    return replace(typed, errors=found)


def _told(typed: Typed, refused: ZholdamaError) -> Typed:
    return replace(typed, errors={"": [refused.text]})


def _page(number: str, act: str, typed: Typed, status: int = 200) -> ResponseReturnValue:
    with state.reading() as uow:
        found = frame.board(uow, number)
        if Part.FAMILY not in found.parts:
            raise frame.no_plan()
        eye = frame.eye(uow)
        centres = frame.all_centres(uow) if "to" in ACTS[act].asks else []
        followed = bool(after(uow.session, number))
    here = act in open_acts(found, followed=followed)
    body = render_template(
        "support/act.html",
        act=act,
        what=ACTS[act],
        plan=found.plan,
        title=title(found.members, eye.language),
        typed=typed,
        here=here,
        centres=[one for one in centres if one[0] != found.plan.centre],
        fates=_fates(found, eye),
        open=_open(found.measures, eye),
    )
    return body, status if here or status != 200 else 409


def _open(found: Sequence[Measure], eye: Eye) -> list[tuple[Measure, str]]:
    return [
        (one, drawing.body_name(one.body, eye.language, one.body.split(".")[2]))
        for one in found
        if one.open
    ]


def _fates(found: seen.Board, eye: Eye) -> list[Fate]:
    open_ = _open(found.measures, eye)
    return [
        Fate(
            member=one,
            age=eye.age(one.person.born),
            open=tuple(pair for pair in open_ if pair[0].person == one.person.id),
        )
        for one in found.members
        if not one.deceased
    ]


def _board(number: str) -> str:
    return url_for("support.board", number=number)


def _amend(number: str, _: Typed) -> str:
    with state.writing() as uow:
        cases.start_amendment(uow, state.context(), state.actor(), number)
        where = _claimed(uow, number, "amendment")
        uow.commit()
    return where


def _claimed(uow: Any, number: str, element: str) -> str:
    """Claim the task that an act has brought; return its address, or the board's."""
    steps = desks.steps(uow.session, state.actor(), [number]).get(number, [])
    fresh = [one for one in steps if one.element == element and one.is_for(state.actor())]
    if not fresh:
        return _board(number)
    if not fresh[-1].assignee:
        tasks.claim(uow, state.context(), state.actor(), fresh[-1].task)
    return url_for("task.show", task_id=fresh[-1].task)


def _moved(number: str, typed: Typed) -> str:
    with state.writing() as uow:
        ctx, actor = state.context(), state.actor()
        cases.move_family(uow, ctx, actor, number, typed.to, typed.reason)
        uow.commit()
    return url_for("support.plans")


def _died(number: str, typed: Typed) -> str:
    with state.writing() as uow:
        cases.person_died(uow, state.context(), state.actor(), number, typed.person)
        uow.commit()
    return _board(number)


def _close(number: str, typed: Typed) -> str:
    with state.writing() as uow:
        cases.close_plan(uow, state.context(), state.actor(), number, typed.reason)
        uow.commit()
    return _board(number)


def _again(number: str, _: Typed) -> str:
    with state.writing() as uow:
        ctx, actor = state.context(), state.actor()
        found = cases.own(uow, actor, number)
        if after(uow.session, number):
            raise Conflict(text("A plan of this family has followed already."))
        if found.state not in OVER:
            raise Conflict(text("The plan is still open."))
        opened, _old = cases.relapse(uow.session, number, ctx.now())
        cases.start(uow, ctx, opened, found.centre)
        where = _claimed(uow, opened, "intake")
        uow.commit()
    return where


#: Act → what carries it out; returns where to go on.
DOING: Mapping[str, Callable[[str, Typed], str]] = {
    "amend": _amend,
    "moved": _moved,
    "died": _died,
    "close": _close,
    "again": _again,
}
