"""The centre's plans: what is late and where, what waits for whom, the list with its search."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import NotFound
from engine.model.text import text
from engine.services import definitions, instances, tasks
from engine.web import say, searching, state
from engine.web.asking import choice
from engine.web.policy import allow, roles
from handlers.people import records as people
from handlers.support import cases, offices
from handlers.support.face import PLAN
from handlers.support.pages import frame
from handlers.support.pages.blueprint import CENTRES, blueprint
from handlers.support.pages.drawing import Eye, body_name
from handlers.support.records import PlanState, desks, overviews
from handlers.support.records.desks import Narrowed, Step
from handlers.support.records.overviews import Load, Overview, PlanListed

#: Plans on a page.
SIZE = 50
#: Late measures shown by name.
LATEST = 6


@dataclass(frozen=True, kw_only=True)
class PlanLine:
    """A plan in the list."""

    #: The records' row.
    listed: PlanListed
    #: The family's name.
    title: str
    #: Where it is.
    state: str
    #: What waits for the reader: words and deadline.
    step: Step | None
    #: What that is.
    step_words: str
    #: Its deadline.
    due: say.Due | None


@dataclass(frozen=True, kw_only=True)
class Body:
    """A body in the table of what waits for bodies."""

    #: Its load.
    load: Load
    #: Its name.
    name: str


@dataclass(frozen=True, kw_only=True)
class Wait:
    """A kind of task that waits for the centre."""

    #: Where it leads: the inbox with these tasks.
    href: str
    #: What is to be done.
    words: str
    #: How many.
    count: int
    #: Of them late.
    late: int
    #: The earliest term.
    due: say.Due | None


def _centre(codes: Sequence[str]) -> str:
    asked = request.args.get("centre", "") or (codes[0] if codes else "")
    if asked not in codes:
        raise NotFound(text("There is no such office among yours."))
    return asked


def _asked(uow: Any) -> tuple[Narrowed, str]:
    """Read the address: what the list is narrowed to, and the words that were searched for."""
    said = request.args
    words = searching.words(uow).replace("\0", "")
    numbers = tuple(people.cases_of(uow.session, words)) if words else None
    state_ = choice(PlanState, said.get("state", ""), None)
    field = said.get("field", "")
    body = said.get("body", "")
    return Narrowed(
        state=state_,
        over=said.get("over") == "1",
        field=field if field in offices.FIELDS else "",
        body=body if offices.is_body(body) else "",
        late=said.get("late") == "1",
        waiting=said.get("waiting") == "1",
        numbers=numbers,
        words=words.upper(),
    ), words


@blueprint.get("/")
@allow(CENTRES)
def plans() -> ResponseReturnValue:
    """Show a centre's plans; a further page of the list comes as rows alone."""
    plain = searching.cleaned("support.plans")
    if plain is not None:
        return plain
    centres = frame.centres()
    centre = _centre([code for code, _ in centres])
    after = request.args.get("after", "")
    part = bool(after and request.headers.get("HX-Request"))
    with state.reading() as uow:
        eye = frame.eye(uow)
        what, words = _asked(uow)
        lines, following = _page(uow, centre, what, after, eye)
        whole = {} if part else _whole(uow, centre, eye)
    return render_template(
        "support/plan_rows.html" if part else "support/plans.html",
        lines=lines,
        following=following,
        address=address,
        asked=what,
        words=words,
        centre=centre,
        centres=centres,
        narrowed=what != Narrowed(),
        **whole,
    )


def _page(
    uow: Any, centre: str, what: Narrowed, after: str, eye: Eye
) -> tuple[list[PlanLine], str]:
    found = desks.narrowed(
        uow.session,
        state.actor(),
        centre,
        eye.now,
        what,
        after=after if frame.NUMBER.fullmatch(after) else "",
        limit=SIZE + 1,
    )
    shown = found[:SIZE]
    lines = list(_lines(uow, centre, shown, eye))
    return lines, shown[-1].plan.number if len(found) > SIZE else ""


def _lines(uow: Any, centre: str, found: Sequence[PlanListed], eye: Eye) -> Iterable[PlanLine]:
    numbers = [one.plan.number for one in found]
    steps = desks.steps(uow.session, state.actor(), numbers, office=centre)
    for one in found:
        waits = frame.mine(steps.get(one.plan.number, []))
        first = waits[0] if waits else None
        yield PlanLine(
            listed=one,
            title=one.name or eye.said(text("New family")),
            state=eye.said(frame.STATES[one.plan.state]),
            step=first,
            step_words=frame.task_words(first.element) if first else "",
            due=_due(first.due if first else None, eye),
        )


def _due(when: datetime | None, eye: Eye) -> say.Due | None:
    return say.due(when, eye.now, eye.calendar, eye.language) if when else None


def _whole(uow: Any, centre: str, eye: Eye) -> dict[str, object]:
    """Return what stands above the list: numbers, what waits for whom, what is late."""
    session, actor = uow.session, state.actor()
    numbers = overviews.overview(session, actor, centre, eye.now)
    if numbers is None:
        raise frame.no_plan()
    region = offices.place_of(centre)
    reworking = [one.code for one in numbers.bodies if one.late and one.returned]
    late = desks.latest(session, actor, centre, eye.now, LATEST, reworking)
    return {
        "numbers": numbers,
        "states": _states(numbers, eye),
        "waits": list(_waits(uow, centre, eye)),
        "bodies": _bodies(numbers, region, eye),
        "fields": [
            (one.code, offices.field_name(one.code, eye.language)) for one in numbers.fields
        ],
        "late": [
            (one, body_name(one.measure.body, eye.language, region), _due(one.due, eye))
            for one in late
        ],
        "may_open": centre in actor.organisations(cases.OPENER),
    }


def _states(numbers: Overview, eye: Eye) -> list[tuple[str, str, int]]:
    return [
        (one.value, eye.said(words), numbers.plans.get(one, 0))
        for one, words in frame.STATES.items()
    ]


def _waits(uow: Any, centre: str, eye: Eye) -> Iterable[Wait]:
    for one in desks.waiting(uow.session, state.actor(), centre, eye.now):
        yield Wait(
            href=url_for("inbox.show", box="office", step=one.element, office=centre),
            words=frame.task_words(one.element),
            count=one.count,
            late=one.late,
            due=_due(one.due, eye),
        )


def _bodies(numbers: Overview, region: str, eye: Eye) -> list[Body]:
    found = [
        Body(load=one, name=body_name(one.code, eye.language, region))
        for one in numbers.bodies
        if one.open
    ]
    return sorted(found, key=lambda one: (-one.load.late, -one.load.open, one.name))


def address(**changes: str) -> str:
    """Return this list's address with some of its parameters changed; empty ones go."""
    asked = {key: value for key, value in request.args.items() if key != "after"} | changes
    kept = {key: value for key, value in asked.items() if value}
    return url_for("support.plans") + ("?" + urlencode(kept) if kept else "")


@blueprint.post("/find")
@allow(CENTRES)
def find() -> ResponseReturnValue:
    """Search: lead to the list with the words sealed in its address."""
    return searching.led("support.plans")


@blueprint.get("/new")
@allow(roles(cases.OPENER))
def new() -> ResponseReturnValue:
    """Ask at which centre the family turned up."""
    codes = sorted(state.actor().organisations(cases.OPENER))
    found = [(code, name) for code, name in frame.centres() if code in codes]
    with state.reading() as uow:
        suspended = definitions.suspended(uow, PLAN)
    return render_template("support/new.html", centres=found, suspended=suspended)


@blueprint.post("/new")
@allow(roles(cases.OPENER))
def open_case() -> ResponseReturnValue:
    """Open a plan and go to its intake (S-2)."""
    with state.writing() as uow:
        _, instance = cases.open_case(
            uow, state.context(), state.actor(), request.form.get("centre", "")
        )
        first = instances.view(uow, state.context(), state.actor(), instance).tasks[0]
        tasks.claim(uow, state.context(), state.actor(), first.task_id)
        uow.commit()
    return redirect(url_for("task.show", task_id=first.task_id), code=303)
