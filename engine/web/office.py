"""The head's page: the office's open work by person and deadline, and moving it between people."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import NotFound, ValueRefused
from engine.i18n import translate_count
from engine.model.people import ADMIN, SUPERVISOR
from engine.model.text import text
from engine.services import tasks
from engine.services.views import Workload, WorkloadRow
from engine.web import lists, rendering, say, state, substitutes
from engine.web.policy import HEADS, allow

blueprint = Blueprint("office", __name__)


@dataclass(frozen=True, kw_only=True)
class Person:
    """One line of the workload."""

    #: The services' row.
    load: WorkloadRow
    #: Roles in words.
    roles: str
    #: Next deadline; None: none.
    due: say.Due | None
    #: Share of the largest load, in twentieths: width of the bar.
    share: int
    #: Whether only this person's tasks are listed.
    here: bool


def _codes() -> list[str]:
    actor = state.actor()
    return sorted(actor.organisations(SUPERVISOR))


def _mine(asked: str | None) -> str:
    """Return the office that is asked for, else the first of hers; `NotFound` for a foreign one."""
    codes = _codes()
    code = asked or codes[0]
    if code not in codes and not state.actor().holds(ADMIN):
        raise NotFound(text("There is no such office among yours."))
    return code


def _offices() -> list[tuple[str, str]]:
    return [(one, rendering.office_name(one, state.language())) for one in _codes()]


def _people(load: Workload, eye: lists.Eye, chosen: str | None) -> list[Person]:
    most = max((row.open for row in load.rows), default=0) or 1
    return [
        Person(
            load=row,
            roles=", ".join(
                rendering.role_name(role, eye.language) for role in row.roles if role != SUPERVISOR
            ),
            due=say.due(row.next_due, eye.now, eye.calendar, eye.language)
            if row.next_due
            else None,
            share=round(20 * row.open / most),
            here=chosen == (row.account or "free"),
        )
        for row in load.rows
    ]


@blueprint.get("/")
@allow(HEADS)
def show() -> ResponseReturnValue:
    """Show who has how much, and the tasks themselves."""
    code = _mine(request.args.get("office"))
    chosen = request.args.get("person")
    with state.reading() as uow:
        load = tasks.workload(uow, state.context(), state.actor(), code)
        eye = lists.Eye(
            language=state.language(), now=state.now(), calendar=state.working_calendar(uow)
        )
    wanted = [one for one in load.tasks if chosen in (None, one.assignee or "free")]
    return render_template(
        "office/workload.html",
        load=load,
        people=_people(load, eye, chosen),
        sections=lists.sections(wanted, eye),
        offices=_offices(),
        stands=substitutes.in_force(code),
        chosen=chosen,
        total=len(wanted),
    )


@blueprint.post("/assign")
@allow(HEADS)
def assign() -> ResponseReturnValue:
    """Give the ticked tasks to a person, or back to the queue."""
    ids, to = request.form.getlist("task")[:500], request.form.get("to", "")
    if not ids:
        raise ValueRefused(text("Tick at least one task first."))
    if not to:
        raise ValueRefused(text("Choose the person who is to have the tasks."))
    with state.writing() as uow:
        n = tasks.assign(uow, state.context(), state.actor(), ids, None if to == "free" else to)
        uow.commit()
    flash(translate_count("{n} task moved.", "{n} tasks moved.", n, state.language()), "ok")
    back = {key: request.form[key] for key in ("office", "person") if request.form.get(key)}
    return redirect(url_for("office.show", **back), code=303)  # type: ignore[arg-type]


def _desk(asked: str | None) -> substitutes.Desk:
    return substitutes.Desk(
        show="office.substitutions",
        create="office.substitute",
        end="office.end_substitution",
        offices=_offices(),
        office=_mine(asked),
    )


@blueprint.get("/substitutions")
@allow(HEADS)
def substitutions() -> ResponseReturnValue:
    """Show who substitutes whom in the office, and the form."""
    typed = substitutes.Typed(absent=request.args.get("absent", "")[:64])
    return substitutes.page(_desk(request.args.get("office")), typed)


@blueprint.post("/substitutions")
@allow(HEADS)
def substitute() -> ResponseReturnValue:
    """Set who substitutes whom."""
    return substitutes.create(_desk(request.form.get("office")))


@blueprint.post("/substitutions/<substitution_id>/end")
@allow(HEADS)
def end_substitution(substitution_id: str) -> ResponseReturnValue:
    """End a substitution now."""
    return substitutes.end(_desk(request.form.get("office")), substitution_id)
